//! The gate for text and paths.

use std::path::PathBuf;

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use stoat_ferret_core::sanitize::{SafeText, ValidatedPath};

use crate::refusal;

create_exception!(
    _core,
    PathValidationError,
    PyValueError,
    "A path that is no regular file below an allowed root."
);

/// Adds the names of this file to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("PathValidationError", m.py().get_type::<PathValidationError>())?;
    m.add_function(wrap_pyfunction!(sanitize_text, m)?)?;
    m.add_function(wrap_pyfunction!(validate_path, m)?)
}

/// The text with its line breaks as `\n`, free of control characters.
#[pyfunction]
#[pyo3(signature = (text, *, limit = SafeText::LIMIT), text_signature = "(text, *, limit=10000)")]
fn sanitize_text(text: &str, limit: usize) -> PyResult<String> {
    SafeText::with_limit(text, limit)
        .map(SafeText::into_string)
        .map_err(|error| refusal::value_error(&error, error.hint()))
}

/// The resolved path of a regular file below one of the allowed roots.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "paths are extracted by value")]
fn validate_path(path: PathBuf, allowed_roots: Vec<PathBuf>) -> PyResult<PathBuf> {
    ValidatedPath::new(&path, &allowed_roots)
        .map(ValidatedPath::into_path)
        .map_err(|error| PathValidationError::new_err(refusal::text(&error, error.hint())))
}
