//! `echo`: the sound comes back, quieter each time.

use super::taps::{Tap, echoes};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// Level of an echo that nobody hears any more.
const INAUDIBLE: f64 = 1e-4;

/// The description of `echo`.
///
/// Filters: aecho, volume.
pub const SPEC: EffectSpec = EffectSpec {
    name: "echo",
    description: "Repeats the sound after a while, quieter each time.",
    ai_hint: "Mountains: 600, 0.4. A slap: 110, one repeat. What sounds after a clip's end is cut: put it on the track.",
    example_prompt: "Let the last word echo.",
    example: r#"{"delay": 400, "level": 0.5, "repeats": 4}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "delay",
            Kind::Number {
                min: 1.0,
                max: 5000.0,
                unit: "milliseconds",
            },
            Default::Number(350.0),
            "From the sound to its first echo, and from each echo to the next.",
        )
        .alias(&["delay_ms"]),
        Param::optional(
            "level",
            Kind::FRACTION,
            Default::Number(0.5),
            "How loud the first echo is; 1 is as loud as the sound.",
        ),
        Param::optional(
            "decay",
            Kind::Number {
                min: 0.0,
                max: 0.95,
                unit: "",
            },
            Default::Number(0.5),
            "How loud each echo is against the one before it.",
        )
        .alias(&["feedback"]),
        Param::optional(
            "repeats",
            Kind::Whole { min: 1, max: 20 },
            Default::Number(4.0),
            "How many echoes there are.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound).louder_where(|params| params.number("level") > 0.0)),
};

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let (delay, decay) = (params.number("delay"), params.number("decay"));
    let mut taps = Vec::new();
    let (mut after, mut level) = (delay, params.number("level"));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 20")]
    for _ in 0..params.number("repeats") as u32 {
        if level < INAUDIBLE {
            break;
        }
        taps.push(Tap { after, level });
        after += delay;
        level *= decay;
    }
    Ok(echoes(1.0, &taps, 1.0))
}
