//! Everything that is said to `FFmpeg`: filters as typed values, expressions as trees, commands as data.
//!
//! Builders make [`filter::Filter`] values; only [`print`] turns values into filter text, and it escapes.

pub mod audio;
pub mod color;
pub mod command;
pub mod drawtext;
pub mod error;
pub mod expression;
pub mod filter;
pub mod print;
pub mod speed;
pub mod transitions;
pub mod working;
