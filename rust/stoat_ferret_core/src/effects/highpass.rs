//! `highpass`: takes away what is deeper than a frequency.

use super::band::{SLOPE, frequency, highest, pass};
use super::{Default, Duration, EffectSpec, Memory, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `highpass`.
///
/// Filters: highpass.
pub const SPEC: EffectSpec = EffectSpec {
    name: "highpass",
    description: "Takes away what is deeper than a frequency: rumble, wind, handling noise.",
    ai_hint: "Speech: 80, steep against wind. A telephone: 300 with a lowpass at 3400.",
    example_prompt: "Remove the rumble of the wind.",
    example: r#"{"frequency": 100, "slope": "steep"}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        frequency(Default::Number(80.0), "Where the sound is 3 dB quieter.").alias(&["cutoff"]),
        SLOPE,
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound)),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let frequency = params.number("frequency").min(highest(context));
    Ok(pass("highpass", frequency, params.text("slope")))
}
