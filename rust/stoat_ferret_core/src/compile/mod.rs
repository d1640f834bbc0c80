//! The compiler: from a document and what is known of its sources to a plan.
pub(crate) mod arrange;
pub mod media;
pub mod target;
