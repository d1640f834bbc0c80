//! `sepia`: the brown of old photographs.

use super::steps::chain;
use super::ways::in_rgb;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `sepia`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "sepia",
    description: "Tints the picture brown like an old photograph.",
    ai_hint: "Full strength looks like a costume; 0.4 to 0.7 looks aged. Goes well with vignette and film_grain.",
    example_prompt: "Give the wedding photos an old-fashioned brown tone.",
    example: r#"{"amount": 0.8}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "amount",
        Kind::FRACTION,
        Default::Number(1.0),
        "0 is the picture, 1 is brown alone.",
    )],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

/// What of red, green and blue goes into red, green and blue.
const BROWN: [[f64; 3]; 3] = [
    [0.393, 0.769, 0.189],
    [0.349, 0.686, 0.168],
    [0.272, 0.534, 0.131],
];

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let amount = params.number("amount");
    if amount == 0.0 {
        return Ok(Vec::new());
    }
    let names = ["r", "g", "b"];
    let mut mixer = Filter::new("colorchannelmixer");
    for (to, row) in names.iter().zip(BROWN) {
        for (from, share) in names.iter().zip(row) {
            let own = if to == from { 1.0 } else { 0.0 };
            mixer = mixer.arg([*to, *from].concat(), own + (share - own) * amount);
        }
    }
    Ok(in_rgb(context, chain([mixer])))
}
