//! `Filter`, `FilterChain`, `FilterGraph`: filter text from Python.

use std::path::PathBuf;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyString};
use stoat_ferret_core::ffmpeg::error::BuildError;
use stoat_ferret_core::ffmpeg::expression::Expr;
use stoat_ferret_core::ffmpeg::filter::{Filter, FilterChain, FilterGraph, Pad, Value, WordError};
use stoat_ferret_core::ffmpeg::print::escape;

use crate::errors::{path_text, refused};
use crate::expression::PyExpr;

/// One FFmpeg filter with its options. `str()` prints it with every value escaped for use inside a graph.
#[pyclass(
    name = "Filter",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(Clone, PartialEq)]
pub(crate) struct PyFilter(pub(crate) Filter);

#[pymethods]
impl PyFilter {
    #[new]
    fn new(name: String) -> PyResult<Self> {
        Ok(Self(Filter::named(name).map_err(refused)?))
    }

    /// The same filter with one more option. Text is escaped; `True` and `False` become 1 and 0.
    fn param(&self, key: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Value::word(key.to_owned()).map_err(refused)?;
        Ok(Self(self.0.clone().arg(key.to_owned(), option_value(value)?)))
    }

    /// The filter's name.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Filter({})", self.0)
    }
}

fn option_value(given: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(text) = given.cast::<PyString>() {
        let text: String = text.extract()?;
        if text.contains('\0') {
            return Err(refused(BuildError::Nul { what: "the value" }));
        }
        return Ok(Value::Text(text));
    }
    if given.is_instance_of::<PyBool>() {
        return Ok(Value::Flag(given.extract()?));
    }
    if given.is_instance_of::<PyInt>() {
        return Ok(Value::Integer(given.extract()?));
    }
    if let Ok(expression) = given.extract::<PyExpr>() {
        return Ok(match expression.tree {
            Expr::Const(number) => Value::Number(number),
            tree => Value::Expression(tree.readable().map_err(refused)?),
        });
    }
    if let Ok(path) = given.extract::<PathBuf>() {
        return Ok(Value::Path(path_text(&path)?.to_owned()));
    }
    if let Ok(number) = given.extract::<f64>() {
        // Only what is not finite comes here.
        Expr::finite(number).map_err(refused)?;
    }
    Err(PyTypeError::new_err(
        "a filter's option is a str, int, float, bool, Expr or path",
    ))
}

pub(crate) fn pad(text: &str) -> PyResult<Pad> {
    text.parse().map_err(refused)
}

pub(crate) fn label(text: &str) -> PyResult<String> {
    match pad(text)? {
        Pad::Label(label) => Ok(label.to_string()),
        Pad::Input { .. } => {
            let word = text.to_owned();
            Err(refused(WordError { word }))
        }
    }
}

/// Filters that feed one another, printed with `,` between them, with the pads they read and write in brackets.
#[pyclass(
    name = "FilterChain",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(Clone, PartialEq)]
pub(crate) struct PyFilterChain(pub(crate) FilterChain);

#[pymethods]
impl PyFilterChain {
    #[new]
    #[pyo3(signature = (filters = Vec::new()))]
    fn new(filters: Vec<PyRef<'_, PyFilter>>) -> Self {
        Self(FilterChain::new().then_all(filters.iter().map(|filter| filter.0.clone())))
    }

    /// The same chain reading one more pad: `0:v`, `1:a:0`, `0:2` (absolute index) or another chain's label.
    fn input(&self, pad: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().from(self::pad(pad)?)))
    }

    /// The same chain with one more filter at its end.
    fn then(&self, filter: PyRef<'_, PyFilter>) -> Self {
        Self(self.0.clone().then(filter.0.clone()))
    }

    /// The same chain writing one more label.
    fn output(&self, label: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().to(self::label(label)?)))
    }

    fn __len__(&self) -> usize {
        self.0.filters.len()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("FilterChain({})", self.0)
    }
}

/// A whole graph of chains, printed with `;` between them.
#[pyclass(
    name = "FilterGraph",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(Clone, PartialEq)]
pub(crate) struct PyFilterGraph(pub(crate) FilterGraph);

#[pymethods]
impl PyFilterGraph {
    #[new]
    #[pyo3(signature = (chains = Vec::new()))]
    fn new(chains: Vec<PyRef<'_, PyFilterChain>>) -> Self {
        Self(FilterGraph {
            chains: chains.iter().map(|chain| chain.0.clone()).collect(),
        })
    }

    /// The same graph with one more chain.
    fn chain(&self, chain: PyRef<'_, PyFilterChain>) -> Self {
        Self(self.0.clone().chain(chain.0.clone()))
    }

    /// The graph as the text of a graph file: one chain on a line.
    fn to_file_text(&self) -> String {
        self.0.to_file_text()
    }

    fn __len__(&self) -> usize {
        self.0.chains.len()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("FilterGraph({})", self.0)
    }
}

/// The text escaped for an option's value in a filter graph: unquoted, for both of FFmpeg's parsers.
///
/// A `drawtext` needs `expansion=none` beside it. Filters do this by themselves.
#[pyfunction]
fn escape_ffmpeg_text(text: &str) -> PyResult<String> {
    if text.contains('\0') {
        return Err(refused(BuildError::Nul { what: "the text" }));
    }
    Ok(escape(text))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyFilter>()?;
    m.add_class::<PyFilterChain>()?;
    m.add_class::<PyFilterGraph>()?;
    m.add_function(wrap_pyfunction!(escape_ffmpeg_text, m)?)
}
