//! Speed, level, fades, mixing and ducking from Python.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use stoat_ferret_core::ffmpeg::audio::{AfadeBuilder, AmixBuilder, Curve, DuckingPattern, VolumeBuilder};
use stoat_ferret_core::ffmpeg::speed::SpeedControl;

use crate::errors::{parsed, refused};
use crate::expression::PyExpr;
use crate::filters::{PyFilter, PyFilterGraph, label, pad};

/// A change of speed, from 0.25 (a quarter) to 4 (four times as fast). Sound keeps its pitch.
#[pyclass(
    name = "SpeedControl",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PySpeedControl(SpeedControl);

#[pymethods]
impl PySpeedControl {
    #[new]
    fn new(speed: f64) -> PyResult<Self> {
        SpeedControl::new(speed).map(Self).map_err(refused)
    }

    /// How many times as fast.
    #[getter]
    fn speed(&self) -> f64 {
        self.0.speed()
    }

    /// Retimes pictures; the factor is rounded to six decimals.
    fn setpts_filter(&self) -> PyFilter {
        PyFilter(self.0.setpts_filter())
    }

    /// Retimes pictures exactly, the first one at 0.
    fn exact_setpts_filter(&self) -> PyFilter {
        PyFilter(self.0.exact_setpts_filter())
    }

    /// Retimes sound: filters from 0.5 to 2 whose product is the speed; none at speed 1.
    fn atempo_filters(&self) -> Vec<PyFilter> {
        self.0.atempo_filters().into_iter().map(PyFilter).collect()
    }
}

/// A change of level by a factor from 0 (silence) to 10.
#[pyclass(
    name = "VolumeBuilder",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PyVolumeBuilder(VolumeBuilder);

#[pymethods]
impl PyVolumeBuilder {
    #[new]
    fn new(volume: f64) -> PyResult<Self> {
        VolumeBuilder::new(volume).map(Self).map_err(refused)
    }

    /// A change of level in decibels, from -100 to 20: a number, or text such as `-3dB`.
    #[staticmethod]
    fn from_db(level: &Bound<'_, PyAny>) -> PyResult<Self> {
        let made = if let Ok(text) = level.cast::<PyString>() {
            VolumeBuilder::from_db(&text.extract::<String>()?)
        } else {
            let number = level.extract();
            VolumeBuilder::from_decibels(
                number
                    .map_err(|_: PyErr| PyTypeError::new_err("a level is a number of decibels or a str"))?,
            )
        };
        made.map(Self).map_err(refused)
    }

    /// A factor that changes with the time `t` in seconds.
    #[staticmethod]
    fn from_expression(expression: PyExpr) -> PyResult<Self> {
        VolumeBuilder::from_expression(expression.tree)
            .map(Self)
            .map_err(refused)
    }

    /// The filter `volume`.
    fn build(&self) -> PyFilter {
        PyFilter(self.0.build())
    }
}

/// A fade of sound, `in` from silence or `out` to silence, over a duration in seconds.
#[pyclass(
    name = "AfadeBuilder",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PyAfadeBuilder(AfadeBuilder);

#[pymethods]
impl PyAfadeBuilder {
    #[new]
    fn new(fade_type: &str, duration: f64) -> PyResult<Self> {
        AfadeBuilder::new(parsed(fade_type)?, duration)
            .map(Self)
            .map_err(refused)
    }

    /// The names of all curves, in FFmpeg's order.
    #[staticmethod]
    fn curves() -> Vec<&'static str> {
        Curve::NAMES.to_vec()
    }

    /// When the fade starts, in seconds of the stream.
    fn start_time(&self, seconds: f64) -> PyResult<Self> {
        self.0.start_time(seconds).map(Self).map_err(refused)
    }

    /// The shape of the fade by its name, such as `tri` (linear, when left out), `qsin` or `exp`.
    fn curve(&self, name: &str) -> PyResult<Self> {
        Ok(Self(self.0.curve(parsed(name)?)))
    }

    /// The filter `afade`.
    fn build(&self) -> PyFilter {
        PyFilter(self.0.build())
    }
}

/// A mix of 2 to 32 streams of sound.
#[pyclass(
    name = "AmixBuilder",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PyAmixBuilder(AmixBuilder);

#[pymethods]
impl PyAmixBuilder {
    #[new]
    fn new(inputs: u32) -> PyResult<Self> {
        AmixBuilder::new(inputs).map(Self).map_err(refused)
    }

    /// When the mix ends: with the `longest` input (when left out), the `shortest` or the `first`.
    fn duration_mode(&self, mode: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().duration_mode(parsed(mode)?)))
    }

    /// How many seconds the level takes to settle when an input ends.
    fn dropout_transition(&self, seconds: f64) -> PyResult<Self> {
        self.0
            .clone()
            .dropout_transition(seconds)
            .map(Self)
            .map_err(refused)
    }

    /// The factor of each input, from 0 to 100, in their order.
    fn weights(&self, weights: Vec<f64>) -> PyResult<Self> {
        self.0.clone().weights(weights).map(Self).map_err(refused)
    }

    /// Whether the sum is scaled down so that it cannot clip. FFmpeg does when this is left out.
    fn normalize(&self, normalize: bool) -> Self {
        Self(self.0.clone().normalize(normalize))
    }

    /// The filter `amix`.
    fn build(&self) -> PyFilter {
        PyFilter(self.0.build())
    }
}

/// Music that steps back while a voice speaks. The graph reads music and voice, and writes the ducked music
/// and the voice as it was.
#[pyclass(
    name = "DuckingPattern",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PyDuckingPattern(DuckingPattern);

#[pymethods]
impl PyDuckingPattern {
    #[new]
    fn new() -> Self {
        Self(DuckingPattern::new())
    }

    /// The amplitude of the voice, from 0.000976563 to 1, from which the music is lowered (0.02 when left out).
    fn threshold(&self, amplitude: f64) -> PyResult<Self> {
        self.0.clone().threshold(amplitude).map(Self).map_err(refused)
    }

    /// How much it is lowered, from 1 to 20 (8 when left out).
    fn ratio(&self, ratio: f64) -> PyResult<Self> {
        self.0.clone().ratio(ratio).map(Self).map_err(refused)
    }

    /// How fast the music goes down, in milliseconds from 0.01 to 2000 (20 when left out).
    fn attack(&self, milliseconds: f64) -> PyResult<Self> {
        self.0.clone().attack(milliseconds).map(Self).map_err(refused)
    }

    /// How fast the music comes back, in milliseconds from 0.01 to 9000 (300 when left out).
    fn release(&self, milliseconds: f64) -> PyResult<Self> {
        self.0.clone().release(milliseconds).map(Self).map_err(refused)
    }

    /// Where music and voice come from: pads such as `0:a` and `1:a` (when left out) or labels.
    fn inputs(&self, music: &str, voice: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().inputs(pad(music)?, pad(voice)?)))
    }

    /// The labels of the ducked music and of the voice (`ducked` and `voice` when left out). Both must be read.
    fn outputs(&self, ducked: &str, voice: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().outputs(label(ducked)?, label(voice)?)))
    }

    /// The graph: a copy of the voice drives `sidechaincompress`; the music keeps its length.
    fn build(&self) -> PyFilterGraph {
        PyFilterGraph(self.0.build())
    }
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PySpeedControl>()?;
    m.add_class::<PyVolumeBuilder>()?;
    m.add_class::<PyAfadeBuilder>()?;
    m.add_class::<PyAmixBuilder>()?;
    m.add_class::<PyDuckingPattern>()
}
