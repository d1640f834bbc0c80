//! The progress of a run.

use pyo3::prelude::*;
use stoat_ferret_core::render::progress::{self, Expected};

/// Adds the names of this file to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Progress>()?;
    m.add_class::<ProgressParser>()
}

/// The state of a run after a block of progress lines.
#[pyclass(frozen, eq, get_all, skip_from_py_object, module = "stoat_ferret_core")]
#[derive(Clone, Copy, PartialEq)]
struct Progress {
    frame: u64,
    fps: Option<f64>,
    speed: Option<f64>,
    out_time: f64,
    percent: f64,
    eta_seconds: Option<f64>,
    finished: bool,
}

impl From<&progress::Progress> for Progress {
    fn from(state: &progress::Progress) -> Self {
        Self {
            frame: state.frame,
            fps: state.fps,
            speed: state.speed,
            out_time: state.out_time,
            percent: state.percent,
            eta_seconds: state.eta_seconds,
            finished: state.finished,
        }
    }
}

#[pymethods]
impl Progress {
    fn __repr__(&self) -> String {
        let Self {
            frame,
            out_time,
            percent,
            finished,
            ..
        } = self;
        let finished = if *finished { "True" } else { "False" };
        format!("<Progress frame={frame} out_time={out_time:?} percent={percent:?} finished={finished}>")
    }
}

/// Reads the lines of `-progress` as they come.
#[pyclass(module = "stoat_ferret_core")]
struct ProgressParser(progress::ProgressParser);

#[pymethods]
impl ProgressParser {
    #[new]
    #[pyo3(signature = (*, frames = None, seconds = None))]
    fn new(frames: Option<u64>, seconds: Option<f64>) -> Self {
        Self(progress::ProgressParser::new(Expected { frames, seconds }))
    }

    /// Takes the next piece of output, `elapsed` seconds after the start of the run.
    fn feed(&mut self, text: &str, elapsed: f64) -> Option<Progress> {
        self.0.feed(text, elapsed).as_ref().map(Progress::from)
    }

    /// The state after the last complete block.
    #[getter]
    fn latest(&self) -> Progress {
        self.0.latest().into()
    }
}
