//! The Python face of `stoat_ferret_core`: translation only.
use pyo3::prelude::*;

/// The Rust core of stoat-and-ferret.
#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
