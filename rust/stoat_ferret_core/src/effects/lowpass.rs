//! `lowpass`: takes away what is higher than a frequency.

use super::band::{SLOPE, frequency, highest, pass};
use super::{Default, Duration, EffectSpec, Memory, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `lowpass`.
///
/// Filters: lowpass.
pub const SPEC: EffectSpec = EffectSpec {
    name: "lowpass",
    description: "Takes away what is higher than a frequency: hiss, or all but the bass.",
    ai_hint: "Hiss: 12000. Music from the next room: 400, steep. A telephone: 3400 with a highpass at 300.",
    example_prompt: "Let the music sound as if it came from next door.",
    example: r#"{"frequency": 400, "slope": "steep"}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        frequency(Default::Number(8000.0), "Where the sound is 3 dB quieter.").alias(&["cutoff"]),
        SLOPE,
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound)),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let frequency = params.number("frequency");
    if frequency > highest(context) {
        return Ok(Vec::new());
    }
    Ok(pass("lowpass", frequency, params.text("slope")))
}
