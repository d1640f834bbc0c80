//! Fades and crossfades from Python.

use pyo3::prelude::*;
use pyo3::types::PyString;
use stoat_ferret_core::ffmpeg::transitions::{AcrossfadeBuilder, FadeBuilder, TransitionType, XfadeBuilder};

use crate::errors::{parsed, refused};
use crate::expression::PyExpr;
use crate::filters::PyFilter;

/// A transition between two pictures: one of the 58 named ones of FFmpeg 9, or `custom` from an expression.
///
/// Each named one is also an attribute: `TransitionType.Dissolve`.
#[pyclass(
    name = "TransitionType",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(Clone, PartialEq)]
pub(crate) struct PyTransitionType(TransitionType);

#[pymethods]
impl PyTransitionType {
    /// The transition of this name. A name that is not known is refused with the nearest one as a hint.
    #[staticmethod]
    fn from_str(name: &str) -> PyResult<Self> {
        Ok(Self(parsed(name)?))
    }

    /// A transition that computes each pixel: an expression of `X Y W H A B PLANE P`, where `P` goes from 1 to 0.
    #[staticmethod]
    fn custom(expression: PyExpr) -> Self {
        Self(TransitionType::Custom(expression.tree))
    }

    /// The names of all transitions but `custom`, in FFmpeg's order.
    #[staticmethod]
    fn names() -> Vec<&'static str> {
        TransitionType::NAMES.to_vec()
    }

    /// The name that FFmpeg knows.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.name().hash(&mut hasher);
        hasher.finish()
    }

    fn __str__(&self) -> &'static str {
        self.0.name()
    }

    fn __repr__(&self) -> String {
        format!("TransitionType.{}", self.0.variant())
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for PyTransitionType {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        match given.cast::<PyString>() {
            Ok(name) => Self::from_str(&name.extract::<String>()?),
            Err(_) => Ok(given.cast::<Self>()?.get().clone()),
        }
    }
}

/// A fade of pictures, `in` from a colour or `out` to one, over a duration in seconds.
#[pyclass(
    name = "FadeBuilder",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PyFadeBuilder(FadeBuilder);

#[pymethods]
impl PyFadeBuilder {
    #[new]
    fn new(fade_type: &str, duration: f64) -> PyResult<Self> {
        FadeBuilder::new(parsed(fade_type)?, duration)
            .map(Self)
            .map_err(refused)
    }

    /// When the fade starts, in seconds of the stream.
    fn start_time(&self, seconds: f64) -> PyResult<Self> {
        self.0.clone().start_time(seconds).map(Self).map_err(refused)
    }

    /// The colour from or to which it fades (black when left out).
    fn color(&self, color: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().color(parsed(color)?)))
    }

    /// Whether the opacity fades instead, where the picture has one.
    fn alpha(&self, alpha: bool) -> Self {
        Self(self.0.clone().alpha(alpha))
    }

    /// The filter `fade`.
    fn build(&self) -> PyFilter {
        PyFilter(self.0.build())
    }
}

/// A crossfade of pictures: a transition (or its name), its duration (up to 60 s), and where in the first stream
/// it starts, in seconds. Both streams need the same size, rate and time base.
#[pyclass(
    name = "XfadeBuilder",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PyXfadeBuilder(XfadeBuilder);

#[pymethods]
impl PyXfadeBuilder {
    #[new]
    fn new(transition: PyTransitionType, duration: f64, offset: f64) -> PyResult<Self> {
        XfadeBuilder::new(transition.0, duration, offset)
            .map(Self)
            .map_err(refused)
    }

    /// The filter `xfade`.
    fn build(&self) -> PyFilter {
        PyFilter(self.0.build())
    }
}

/// A crossfade of sound over a duration in seconds.
#[pyclass(
    name = "AcrossfadeBuilder",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(PartialEq)]
pub(crate) struct PyAcrossfadeBuilder(AcrossfadeBuilder);

#[pymethods]
impl PyAcrossfadeBuilder {
    #[new]
    fn new(duration: f64) -> PyResult<Self> {
        AcrossfadeBuilder::new(duration).map(Self).map_err(refused)
    }

    /// How the first stream fades out, by the name of a curve (`tri`, linear, when left out).
    fn curve1(&self, name: &str) -> PyResult<Self> {
        Ok(Self(self.0.curve1(parsed(name)?)))
    }

    /// How the second stream fades in, by the name of a curve (`tri`, linear, when left out).
    fn curve2(&self, name: &str) -> PyResult<Self> {
        Ok(Self(self.0.curve2(parsed(name)?)))
    }

    /// Whether both sound together during the crossfade (when left out), or one after the other.
    fn overlap(&self, overlap: bool) -> Self {
        Self(self.0.overlap(overlap))
    }

    /// The filter `acrossfade`.
    fn build(&self) -> PyFilter {
        PyFilter(self.0.build())
    }
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyTransitionType>()?;
    let class = m.py().get_type::<PyTransitionType>();
    for transition in TransitionType::NAMED {
        class.setattr(transition.variant(), PyTransitionType(transition.clone()))?;
    }
    m.add_class::<PyFadeBuilder>()?;
    m.add_class::<PyXfadeBuilder>()?;
    m.add_class::<PyAcrossfadeBuilder>()
}
