//! Renders: what is run, and how far a run has come.

pub mod progress;
