//! The Python face of `stoat_ferret_core`: translation only.
#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

use pyo3::prelude::*;

mod command;
mod errors;
mod expression;
mod filters;
mod hardware;
mod layout;
mod progress;
mod project;
mod refusal;
mod sanitize;
mod sound;
mod text;
mod time;
mod timeline;
mod transitions;

/// Plans are thousands of small values, which the system's allocator takes a third of the time for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The Rust core of stoat-and-ferret.
#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    command::register(m)?;
    errors::register(m)?;
    expression::register(m)?;
    filters::register(m)?;
    hardware::register(m)?;
    layout::register(m)?;
    progress::register(m)?;
    project::register(m)?;
    sanitize::register(m)?;
    sound::register(m)?;
    text::register(m)?;
    time::register(m)?;
    timeline::register(m)?;
    transitions::register(m)?;
    Ok(())
}
