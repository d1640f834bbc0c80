//! The Python face of `stoat_ferret_core`: translation only.
#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use pyo3::prelude::*;

mod command;
mod errors;
mod expression;
mod filters;
mod sound;
mod text;
mod transitions;

/// The Rust core of stoat-and-ferret.
#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    errors::register(m)?;
    expression::register(m)?;
    filters::register(m)?;
    text::register(m)?;
    sound::register(m)?;
    transitions::register(m)?;
    command::register(m)?;
    Ok(())
}
