//! The Python face of `stoat_ferret_core`: translation only.
use pyo3::prelude::*;

mod hardware;
mod layout;
mod progress;
mod refusal;
mod sanitize;
mod time;
mod timeline;

/// The Rust core of stoat-and-ferret.
#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    hardware::register(m)?;
    layout::register(m)?;
    progress::register(m)?;
    sanitize::register(m)?;
    time::register(m)?;
    timeline::register(m)?;
    Ok(())
}
