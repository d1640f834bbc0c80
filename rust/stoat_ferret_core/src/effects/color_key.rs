//! `color_key`: one colour becomes transparent.

use super::steps::chain;
use super::ways::format;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::{from_rgb, tag, to_rgb};

/// The description of `color_key`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "color_key",
    description: "Makes one colour transparent, by its distance in RGB: for drawings, logos and screen recordings.",
    ai_hint: "A logo on white: color white, similarity 0.1. For filmed screens take chroma_key.",
    example_prompt: "Remove the white background of the logo.",
    example: r##"{"color": "#ffffff", "similarity": 0.2}"##,
    places: &[Place::Clip],
    params: &[
        Param::required("color", Kind::Color, "The colour that goes.").alias(&["colour", "key"]),
        Param::optional(
            "similarity",
            Kind::Number {
                min: 0.01,
                max: 1.0,
                unit: "",
            },
            Default::Number(0.1),
            "How far from that colour goes as well; 1 is the distance from black to white.",
        ),
        Param::optional(
            "blend",
            Kind::FRACTION,
            Default::Number(0.0),
            "How far beyond that it is half transparent.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).making_alpha()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    Ok(chain([
        to_rgb(),
        format("rgba"),
        Filter::new("colorkey")
            .arg("color", params.color("color").unwrap_or(Color::BLACK))
            .arg("similarity", params.number("similarity"))
            .arg("blend", params.number("blend")),
        from_rgb(),
        format(context.format()),
        tag(),
    ]))
}
