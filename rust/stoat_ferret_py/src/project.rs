//! Documents in, problems and plans out: JSON across the boundary, one call for a whole document.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use stoat_ferret_core::compile::{self as compiler, Capabilities, Material, Target, grid};
use stoat_ferret_core::cube::Cube;
use stoat_ferret_core::nearest::nearest;
use stoat_ferret_core::problem::Problem;
use stoat_ferret_core::render::plan::Plan;
use stoat_ferret_core::{document, effects};

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(check, m)?)?;
    m.add_function(wrap_pyfunction!(sources, m)?)?;
    m.add_function(wrap_pyfunction!(read_lut, m)?)?;
    m.add_function(wrap_pyfunction!(plain_lut, m)?)?;
    m.add_function(wrap_pyfunction!(arrangement, m)?)?;
    m.add_function(wrap_pyfunction!(compile, m)?)?;
    m.add_function(wrap_pyfunction!(obstacles, m)?)?;
    m.add_function(wrap_pyfunction!(catalogue, m)?)?;
    m.add_function(wrap_pyfunction!(effect_preview, m)?)?;
    m.add_function(wrap_pyfunction!(nearest_name, m)?)?;
    Ok(())
}

fn parsed<T: DeserializeOwned>(what: &str, text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(|error| PyValueError::new_err(format!("{what}: {error}")))
}

fn answer(result: Result<Value, Vec<Problem>>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(problems) => json!({ "problems": problems }).to_string(),
    }
}

/// Every problem of a project document, as a JSON list.
#[pyfunction]
fn check(py: Python<'_>, document: &str) -> PyResult<String> {
    py.detach(|| {
        let document: Value = parsed("document", document)?;
        let problems = document::read(&document).err().unwrap_or_default();
        Ok(json!(problems).to_string())
    })
}

/// The files and library ids that a document shows, as JSON.
#[pyfunction]
fn sources(document: &str) -> PyResult<String> {
    let document: Value = parsed("document", document)?;
    Ok(answer(compiler::sources(&document).map(|sources| json!(sources))))
}

/// What is in the text of a `.cube` file, as JSON: `{"dimensions", "size", "digest"}`, or `{"problem"}`.
#[pyfunction]
fn read_lut(py: Python<'_>, text: &str) -> String {
    py.detach(|| match Cube::read(text) {
        Ok(cube) => json!({
            "dimensions": cube.shape().dimensions(),
            "size": cube.size(),
            "digest": cube.digest(),
        }),
        Err(problem) => json!({ "problem": problem }),
    })
    .to_string()
}

/// The text of a `.cube` file in the one form that ffmpeg is given, and its digest.
#[pyfunction]
fn plain_lut(py: Python<'_>, text: &str) -> PyResult<(String, String)> {
    py.detach(|| Cube::read(text).map(|cube| (cube.text(), cube.digest())))
        .map_err(|problem| PyValueError::new_err(problem.message))
}

/// Where everything of a document lies, in frames of the project, as JSON.
#[pyfunction]
fn arrangement(py: Python<'_>, document: &str) -> PyResult<String> {
    py.detach(|| {
        let document: Value = parsed("document", document)?;
        match grid::grid(&document) {
            Ok(grid) => written(&grid, 4096),
            Err(problems) => written(&json!({ "problems": problems }), 4096),
        }
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frames {
    start: i64,
    end: i64,
}

/// Written as it stands: a value tree in between costs as much as the text.
#[derive(Serialize)]
struct Compiled {
    plan: Plan,
}

/// `value` as JSON, in a text of `room` bytes from the start: growing a long one costs as much as writing it.
fn written(value: &impl Serialize, room: usize) -> PyResult<String> {
    let mut text = Vec::with_capacity(room);
    serde_json::to_writer(&mut text, value)
        .map_err(|error| PyValueError::new_err(format!("plan: {error}")))?;
    Ok(String::from_utf8(text)?)
}

/// The plan for a target, or the problems in its way, as JSON.
#[pyfunction]
#[pyo3(signature = (document, media, capabilities, target, range=None))]
fn compile(
    py: Python<'_>,
    document: &str,
    media: &str,
    capabilities: &str,
    target: &str,
    range: Option<&str>,
) -> PyResult<String> {
    py.detach(|| {
        let document: Value = parsed("document", document)?;
        let media: HashMap<String, Material> = parsed("media", media)?;
        let capabilities = capabilities_of(capabilities)?;
        let target: Target = parsed("target", target)?;
        let range: Option<Frames> = range.map(|text| parsed("range", text)).transpose()?.flatten();
        let range = range.map(|frames| (frames.start, frames.end));
        match compiler::compile(&document, &media, &capabilities, &target, range) {
            Ok(plan) => {
                let graphs = plan.steps.iter().filter_map(|step| step.graph.as_ref());
                let room = graphs.map(|graph| graph.len() * 3 / 2 + 4096).sum();
                written(&Compiled { plan }, room)
            }
            Err(problems) => written(&json!({ "problems": problems }), 4096),
        }
    })
}

/// The name of `known` that `name` was likely meant to be.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "a list is extracted by value")]
fn nearest_name(name: &str, known: Vec<String>) -> Option<String> {
    nearest(name, known.iter().map(String::as_str)).map(str::to_owned)
}

/// The capabilities that were read last: they are long, and the same for every document.
static CAPABILITIES: Mutex<Option<(String, Arc<Capabilities>)>> = Mutex::new(None);

fn capabilities_of(text: &str) -> PyResult<Arc<Capabilities>> {
    let mut known = CAPABILITIES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((written, capabilities)) = known.as_ref()
        && written == text
    {
        return Ok(Arc::clone(capabilities));
    }
    let capabilities = Arc::new(parsed("capabilities", text)?);
    *known = Some((text.to_owned(), Arc::clone(&capabilities)));
    Ok(capabilities)
}

/// What stands in the way of a target, as JSON: `{wrong, problems}`, what `compile` would answer, without a plan.
///
/// `parts` are ranges of frames that alone may have filters that cannot be built.
#[pyfunction]
#[pyo3(signature = (document, media, capabilities, target, parts=None))]
#[expect(clippy::needless_pass_by_value, reason = "a list is extracted by value")]
fn obstacles(
    py: Python<'_>,
    document: &str,
    media: &str,
    capabilities: &str,
    target: &str,
    parts: Option<Vec<(i64, i64)>>,
) -> PyResult<String> {
    py.detach(|| {
        let document: Value = parsed("document", document)?;
        let media: HashMap<String, Material> = parsed("media", media)?;
        let capabilities = capabilities_of(capabilities)?;
        let target: Target = parsed("target", target)?;
        let found = compiler::obstacles(&document, &media, &capabilities, &target, parts.as_deref());
        Ok(json!({ "wrong": found.wrong, "problems": found.problems }).to_string())
    })
}

/// Effects, transitions and layouts, as JSON.
#[pyfunction]
fn catalogue() -> String {
    effects::catalogue().to_string()
}

/// The filter string that an effect makes with these parameters (JSON), for reading.
#[pyfunction]
fn effect_preview(effect_type: &str, parameters: &str) -> PyResult<String> {
    let parameters: Value = parsed("parameters", parameters)?;
    let Some(spec) = effects::find(effect_type) else {
        return Err(PyValueError::new_err(format!(
            "there is no effect {effect_type:?}"
        )));
    };
    Ok(answer(
        effects::preview_with(spec, &parameters).map(|filter| json!({ "filter": filter })),
    ))
}
