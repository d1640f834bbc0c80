//! The ranking of encoders.

use pyo3::prelude::*;
use stoat_ferret_core::hardware::{self, Family, Preference, Probe};

use crate::refusal::value_error;

/// Adds the names of this file to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(rank_encoders, m)?)
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct EncoderProbe {
    name: String,
    ok: bool,
    #[pyo3(default)]
    kind: Option<String>,
}

#[derive(IntoPyObject)]
struct RankedEncoder {
    name: String,
    family: Option<&'static str>,
    why: String,
}

#[derive(IntoPyObject)]
struct PassedOverEncoder {
    name: String,
    why: String,
}

#[derive(IntoPyObject)]
struct EncoderRanking {
    encoders: Vec<RankedEncoder>,
    passed_over: Vec<PassedOverEncoder>,
}

/// The encoders of a codec among those that were tried, the best first.
#[pyfunction]
#[pyo3(signature = (codec, probes, *, requested = None, order = None))]
fn rank_encoders(
    codec: &str,
    probes: Vec<EncoderProbe>,
    requested: Option<String>,
    order: Option<Vec<String>>,
) -> PyResult<EncoderRanking> {
    let probes: Vec<Probe> = probes
        .into_iter()
        .map(|EncoderProbe { name, ok, kind }| Probe { name, ok, kind })
        .collect();
    let order = match order {
        Some(names) => names.iter().map(|name| family(name)).collect::<PyResult<_>>()?,
        None => Family::ALL.to_vec(),
    };
    let ranking = hardware::rank(codec, &probes, &Preference { requested, order });
    Ok(EncoderRanking {
        encoders: ranking
            .encoders
            .into_iter()
            .map(|encoder| RankedEncoder {
                name: encoder.name,
                family: encoder.family.map(Family::name),
                why: encoder.why,
            })
            .collect(),
        passed_over: ranking
            .passed_over
            .into_iter()
            .map(|encoder| PassedOverEncoder {
                name: encoder.name,
                why: encoder.why,
            })
            .collect(),
    })
}

fn family(name: &str) -> PyResult<Family> {
    Family::from_name(name).ok_or_else(|| {
        let known = Family::ALL.map(Family::name).join(", ");
        value_error(
            format!("there is no family of encoders `{name}`"),
            format!("use one of: {known}"),
        )
    })
}
