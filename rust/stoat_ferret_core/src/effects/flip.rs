//! `flip`: left and right, or top and bottom, change places.

use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `flip`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "flip",
    description: "Mirrors the picture: left to right, top to bottom, or both.",
    ai_hint: "Selfie cameras: horizontal. Text in the picture becomes unreadable.",
    example_prompt: "Mirror the selfie video.",
    example: r#"{"direction": "horizontal"}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "direction",
        Kind::Word {
            allowed: &["horizontal", "vertical", "both"],
            aliases: &[
                ("h", "horizontal"),
                ("v", "vertical"),
                ("hflip", "horizontal"),
                ("vflip", "vertical"),
            ],
        },
        Default::Text("horizontal"),
        "horizontal swaps left and right, vertical swaps top and bottom.",
    )],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, _: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let direction = params.text("direction");
    let across = (direction != "vertical").then(|| Filter::new("hflip"));
    let down = (direction != "horizontal").then(|| Filter::new("vflip"));
    Ok(chain(across.into_iter().chain(down)))
}
