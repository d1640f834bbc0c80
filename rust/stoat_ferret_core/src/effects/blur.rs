//! `blur`: a Gaussian blur of the picture.

use super::steps::chain;
use super::ways::weighed;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `blur`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "blur",
    description: "Blurs the picture evenly (Gaussian).",
    ai_hint: "A background under a title: 20. Barely soft: 2. Hiding a face needs 30 or more and a crop.",
    example_prompt: "Blur the background behind the title.",
    example: r#"{"radius": 12}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "radius",
        Kind::Number {
            min: 0.0,
            max: 200.0,
            unit: "pixels",
        },
        Default::Number(8.0),
        "Standard deviation of the blur in pixels of the project's output.",
    )
    .alias(&["sigma", "strength", "amount"])
    .hint("In pixels of the output: the same number looks the same at every render size.")],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let sigma = params.number("radius") * context.scale;
    if sigma == 0.0 {
        return Ok(Vec::new());
    }
    let blur = Filter::new("gblur").arg("sigma", sigma).arg("steps", 2_i64);
    Ok(weighed(context, chain([blur])))
}
