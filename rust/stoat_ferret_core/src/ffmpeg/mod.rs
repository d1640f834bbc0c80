//! Everything that is said to `FFmpeg`: filters as typed values, expressions as trees, commands as data.
//!
//! Builders make [`filter::Filter`] values; only [`print`] turns values into filter text, and it escapes.

pub mod expression;
pub mod filter;
pub mod print;
