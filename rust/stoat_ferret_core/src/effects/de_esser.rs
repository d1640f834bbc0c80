//! `de_esser`: softens sharp S sounds.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// What the filter calls the whole of its reduction, in dB.
const WHOLE: f64 = 48.0;
/// How much of the highs the filter keeps while it works; less reaches down into vowels.
const KEPT: f64 = 0.5;

/// The description of `de_esser`.
///
/// Filters: deesser.
pub const SPEC: EffectSpec = EffectSpec {
    name: "de_esser",
    description: "Softens sharp S sounds of speech and singing, about 4 to 10 kHz; while they last the voice below loses up to 2 dB.",
    ai_hint: "Start with the defaults; raise the intensity for quiet or dull recordings, lower it when a voice lisps.",
    example_prompt: "The S sounds of the speaker are too sharp.",
    example: r#"{"intensity": 0.6}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "intensity",
            Kind::FRACTION,
            Default::Number(0.5),
            "How readily it works; 0 is never.",
        )
        .alias(&["amount"]),
        Param::optional(
            "reduction",
            Kind::Number {
                min: 0.0,
                max: 24.0,
                unit: "dB",
            },
            Default::Number(12.0),
            "How much quieter the highs get at most.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound)),
};

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    // The filter takes the fifth power of what it is given.
    let intensity = params.number("intensity").cbrt();
    let reduction = params.number("reduction");
    if intensity == 0.0 || reduction == 0.0 {
        return Ok(Vec::new());
    }
    let filter = Filter::new("deesser")
        .arg("i", intensity)
        .arg("m", 1.0 - reduction / WHOLE)
        .arg("f", KEPT);
    Ok(vec![filter])
}
