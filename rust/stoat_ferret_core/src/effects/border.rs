//! `border`: a frame around the clip's picture.

use super::steps::chain;
use super::ways::pixels;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `border`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "border",
    description: "Draws a frame on the edges of the clip's picture, inside of it.",
    ai_hint: "For a picture in picture: 4 to 8, white. Goes well with drop_shadow, which comes after it.",
    example_prompt: "Put a white frame around the small picture.",
    example: r##"{"width": 8, "color": "#ffffff"}"##,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "width",
            Kind::Number {
                min: 0.0,
                max: 500.0,
                unit: "pixels",
            },
            Default::Number(6.0),
            "Width of the frame in pixels of the project's output.",
        )
        .alias(&["thickness", "size"]),
        Param::optional(
            "color",
            Kind::Color,
            Default::Text("#ffffff"),
            "Colour of the frame.",
        )
        .alias(&["colour"]),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let width = pixels(context, params.number("width"));
    if params.number("width") == 0.0 {
        return Ok(Vec::new());
    }
    Ok(chain([Filter::new("drawbox")
        .arg("x", 0_i64)
        .arg("y", 0_i64)
        .arg("w", Expr::var(Variable::Iw))
        .arg("h", Expr::var(Variable::Ih))
        .arg("t", width.max(1))
        .arg("color", params.color("color").unwrap_or(Color::WHITE))
        .maybe("replace", context.alpha.then_some(true))]))
}
