//! Renders: what is run, and how far a run has come.

pub mod plan;
pub mod progress;
