//! The pure core of stoat-and-ferret: it reads a project document, reports every problem in it,
//! and compiles it to a plan of `FFmpeg` runs. Nothing here reads a clock, a file or the environment,
//! apart from [`sanitize`], which has to resolve paths to judge them.

pub mod check;
pub mod compile;
pub mod cube;
pub mod document;
pub mod effects;
pub mod ffmpeg;
pub mod generators;
pub mod hardware;
pub mod layout;
pub mod nearest;
pub mod problem;
pub mod render;
pub mod sanitize;
pub mod time;
pub mod timeline;
