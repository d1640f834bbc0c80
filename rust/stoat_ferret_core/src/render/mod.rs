//! What a render is going to do, and how far it has come.

pub mod plan;
