//! `pixelate`: squares instead of detail.

use super::steps::chain;
use super::ways::{in_rgb, weighed};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `pixelate`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "pixelate",
    description: "Shows the picture in large squares of one colour each.",
    ai_hint: "To hide only a face or a number plate use censor, which does it within a rectangle.",
    example_prompt: "Make the background look like an old video game.",
    example: r#"{"size": 24}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "size",
        SIDE,
        Default::Number(16.0),
        "Side of a square in pixels of the project's output.",
    )
    .alias(&["block_size"])],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

/// How large a square may be.
pub(super) const SIDE: Kind = Kind::Number {
    min: 2.0,
    max: 1000.0,
    unit: "pixels",
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let squares = squares(params.number("size") * context.scale, context.frame);
    let squares = chain(squares);
    if context.alpha {
        return Ok(weighed(context, squares));
    }
    Ok(in_rgb(context, squares))
}

/// Squares of this side over frames of this size, in pixels.
pub(super) fn squares(side: f64, (width, height): (u32, u32)) -> [Filter; 2] {
    let count = |extent: u32| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the extent"
        )]
        let count = (f64::from(extent) / side).round() as u32;
        count.clamp(1, extent.max(1))
    };
    let scaled = |size: (u32, u32), flags: &'static str| {
        Filter::new("scale")
            .arg("w", size.0)
            .arg("h", size.1)
            .arg("flags", flags)
    };
    [
        scaled((count(width), count(height)), "area"),
        scaled((width, height), "neighbor"),
    ]
}
