//! How a refusal of the core reads in Python.

use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

/// A `ValueError` that says what is wrong, and on a line of its own what to do about it.
pub fn value_error(message: impl std::fmt::Display, hint: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(text(message, hint))
}

/// The message of every refusal that has a hint.
pub fn text(message: impl std::fmt::Display, hint: impl std::fmt::Display) -> String {
    format!("{message}\nhint: {hint}")
}
