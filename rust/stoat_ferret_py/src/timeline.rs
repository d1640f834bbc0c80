//! Clips in a row and their time ranges.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use stoat_ferret_core::timeline;

create_exception!(
    _core,
    TimeRangeError,
    PyValueError,
    "In and out points that are no part of the source."
);

/// Adds the names of this file to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<ClipInput>()?;
    m.add_class::<ClipWithPosition>()?;
    m.add("TimeRangeError", m.py().get_type::<TimeRangeError>())?;
    m.add_function(wrap_pyfunction!(calculate_clip_positions, m)?)?;
    m.add_function(wrap_pyfunction!(validate_time_range, m)?)
}

/// A clip to be placed after the one before it. Seconds.
#[pyclass(frozen, eq, from_py_object, module = "stoat_ferret_core")]
#[derive(Clone, Copy, PartialEq)]
struct ClipInput(timeline::ClipInput);

#[pymethods]
impl ClipInput {
    #[new]
    #[pyo3(signature = (in_point, out_point, *, gap = 0.0, transition = 0.0))]
    fn new(in_point: f64, out_point: f64, gap: f64, transition: f64) -> Self {
        Self(timeline::ClipInput {
            in_point,
            out_point,
            gap,
            transition,
        })
    }

    /// Start within the source.
    #[getter]
    fn in_point(&self) -> f64 {
        self.0.in_point
    }

    /// End within the source.
    #[getter]
    fn out_point(&self) -> f64 {
        self.0.out_point
    }

    /// Empty time before the clip.
    #[getter]
    fn gap(&self) -> f64 {
        self.0.gap
    }

    /// Duration of the transition from the clip before.
    #[getter]
    fn transition(&self) -> f64 {
        self.0.transition
    }

    /// How long the clip is.
    #[getter]
    fn duration(&self) -> f64 {
        self.0.duration()
    }

    fn __repr__(&self) -> String {
        let timeline::ClipInput {
            in_point,
            out_point,
            gap,
            transition,
        } = self.0;
        format!("ClipInput({in_point:?}, {out_point:?}, gap={gap:?}, transition={transition:?})")
    }
}

/// A clip and where it lies on the timeline. Seconds.
#[pyclass(frozen, eq, skip_from_py_object, module = "stoat_ferret_core")]
#[derive(Clone, Copy, PartialEq)]
struct ClipWithPosition(timeline::ClipWithPosition);

#[pymethods]
impl ClipWithPosition {
    /// The clip as given.
    #[getter]
    fn clip(&self) -> ClipInput {
        ClipInput(self.0.clip)
    }

    /// Where it starts.
    #[getter]
    fn timeline_start(&self) -> f64 {
        self.0.timeline_start
    }

    /// Where it ends.
    #[getter]
    fn timeline_end(&self) -> f64 {
        self.0.timeline_end
    }

    fn __repr__(&self) -> String {
        let (clip, start, end) = (self.clip().__repr__(), self.0.timeline_start, self.0.timeline_end);
        format!("ClipWithPosition(clip={clip}, timeline_start={start:?}, timeline_end={end:?})")
    }
}

/// Where clips in a row lie: total = sum(durations) - sum(transitions) + sum(gaps).
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "a list is extracted by value")]
fn calculate_clip_positions(clips: Vec<ClipInput>) -> PyResult<Vec<ClipWithPosition>> {
    let clips: Vec<timeline::ClipInput> = clips.iter().map(|clip| clip.0).collect();
    for clip in &clips {
        validate(clip.in_point, clip.out_point, clip.out_point)?;
    }
    Ok(timeline::calculate_clip_positions(&clips)
        .into_iter()
        .map(ClipWithPosition)
        .collect())
}

/// Refuses in and out points that are no part of a source that lasts `duration` seconds.
#[pyfunction]
fn validate_time_range(in_point: f64, out_point: f64, duration: f64) -> PyResult<()> {
    validate(in_point, out_point, duration)
}

fn validate(in_point: f64, out_point: f64, duration: f64) -> PyResult<()> {
    timeline::validate_time_range(in_point, out_point, duration)
        .map_err(|error| TimeRangeError::new_err(error.to_string()))
}
