//! `sharpen`: edges stand out.

use super::steps::chain;
use super::ways::{past_alpha, pixels};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `sharpen`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "sharpen",
    description: "Makes edges stand out (unsharp mask on the luma).",
    ai_hint: "Soft footage: 0.5 to 1. Above 2, edges get bright borders. Denoise before, never after.",
    example_prompt: "Sharpen the drone shots a little.",
    example: r#"{"amount": 1.5}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "amount",
            Kind::Number {
                min: 0.0,
                max: 5.0,
                unit: "",
            },
            Default::Number(1.0),
            "How much of the difference from the blurred picture is added.",
        )
        .alias(&["strength"]),
        Param::optional(
            "radius",
            Kind::Number {
                min: 1.0,
                max: 3.0,
                unit: "pixels",
            },
            Default::Number(2.0),
            "How far around a pixel it looks, in pixels of the project's output.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let amount = params.number("amount");
    if amount == 0.0 {
        return Ok(Vec::new());
    }
    // The filter takes no more.
    let around = pixels(context, params.number("radius")).clamp(1, 6);
    let across = 2 * around + 1;
    let unsharp = Filter::new("unsharp")
        .arg("lx", across)
        .arg("ly", across)
        .arg("la", amount)
        .arg("ca", 0_i64);
    Ok(past_alpha(context, chain([unsharp])))
}
