//! `noise_reduction`: takes steady noise away.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `noise_reduction`.
///
/// Filters: afftdn.
pub const SPEC: EffectSpec = EffectSpec {
    name: "noise_reduction",
    description: "Takes steady noise away: hiss, fans, air conditioning. It does not follow noise that changes.",
    ai_hint: "Set floor to the level of the noise in a pause. More than 20 dB sounds hollow; then use a gate too.",
    example_prompt: "Remove the hiss of the recording.",
    example: r#"{"reduction": 15, "floor": -45}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "reduction",
            Kind::Number {
                min: 0.0,
                max: 60.0,
                unit: "dB",
            },
            Default::Number(12.0),
            "How much quieter the noise gets at most.",
        )
        .alias(&["amount"]),
        Param::optional(
            "floor",
            Kind::Number {
                min: -80.0,
                max: -20.0,
                unit: "dB",
            },
            Default::Number(-50.0),
            "Level of the noise in dB of full scale.",
        )
        .alias(&["noise_floor"]),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound)),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let reduction = params.number("reduction");
    if reduction < 0.01 {
        return Ok(Vec::new());
    }
    // Windows of three steps of an 80th of a second: the sound comes out two steps late.
    let late = i64::from(context.sample_rate / 80) * 2;
    Ok(vec![
        Filter::new("apad").arg("pad_len", late),
        Filter::new("afftdn")
            .arg("nr", reduction)
            .arg("nf", params.number("floor")),
        Filter::new("atrim").arg("start_sample", late),
    ])
}
