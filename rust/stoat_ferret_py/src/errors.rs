//! What builders refuse, as a Python exception.

use std::path::Path;
use std::str::FromStr;

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use stoat_ferret_core::ffmpeg::error::BuildError as CoreError;

use crate::refusal;

create_exception!(
    stoat_ferret_core,
    BuildError,
    PyValueError,
    "A builder refused a value.\n\n`message` says what is wrong, `hint` how to mend it, `code` is a stable word."
);

/// The Python exception of a refusal, with `message`, `hint` and `code`.
pub(crate) fn refused(error: impl Into<CoreError>) -> PyErr {
    let error = error.into();
    let (message, hint) = (error.to_string(), error.hint());
    let exception = BuildError::new_err(refusal::text(&message, &hint));
    Python::attach(|py| {
        let value = exception.value(py);
        value.setattr("message", message)?;
        value.setattr("hint", hint)?;
        value.setattr("code", error.code())
    })
    .map_or_else(|failure| failure, |()| exception)
}

/// The value that a text names.
pub(crate) fn parsed<T: FromStr<Err = CoreError>>(text: &str) -> PyResult<T> {
    text.parse().map_err(|error: CoreError| refused(error))
}

/// A path as text, which is what `FFmpeg`'s arguments and filters take.
pub(crate) fn path_text(path: &Path) -> PyResult<&str> {
    path.to_str()
        .ok_or_else(|| PyValueError::new_err(format!("the path {} is not Unicode", path.display())))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("BuildError", m.py().get_type::<BuildError>())
}
