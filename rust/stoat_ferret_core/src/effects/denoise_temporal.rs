//! `denoise_temporal`: less noise, from frame to frame.

use super::steps::chain;
use super::ways::past_alpha;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// Less than any difference of two pictures; at zero the filter takes a strength of its own.
const NONE: f64 = 0.001;

/// The description of `denoise_temporal`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "denoise_temporal",
    description: "Takes noise out where a picture stays as it was from frame to frame, and leaves detail and edges alone.",
    ai_hint: "For a camera that stands, or after stabilize: 10, at night 20 to 30. Too much leaves trails behind what moves. For single frames and fast motion use denoise.",
    example_prompt: "The wall behind the speaker flickers with noise; calm it.",
    example: r#"{"strength": 25}"#,
    places: &[Place::Clip],
    params: &[Param::optional(
        "strength",
        Kind::Number {
            min: 0.0,
            max: 100.0,
            unit: "levels of 255",
        },
        Default::Number(10.0),
        "How strong a change from frame to frame may be and still be taken for noise, more or less.",
    )
    .alias(&["amount", "threshold"])],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let strength = params.number("strength");
    if strength == 0.0 {
        return Ok(Vec::new());
    }
    let denoiser = Filter::new("hqdn3d")
        .arg("luma_spatial", NONE)
        .arg("chroma_spatial", NONE)
        .arg("luma_tmp", strength)
        .arg("chroma_tmp", strength);
    Ok(past_alpha(context, chain([denoiser])))
}
