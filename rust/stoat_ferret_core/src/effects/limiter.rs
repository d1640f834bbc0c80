//! `limiter`: no sample goes beyond a ceiling.

use super::level::{factor, milliseconds};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `limiter`.
///
/// Filters: alimiter.
pub const SPEC: EffectSpec = EffectSpec {
    name: "limiter",
    description: "Holds peaks below a ceiling; what stays below it is left as it is.",
    ai_hint: "-1 for the finished programme, -3 before lossy coding. For a denser sound put a compressor before it.",
    example_prompt: "Keep the peaks of the whole film below -3 dB.",
    example: r#"{"ceiling": -9}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "ceiling",
            Kind::Number {
                min: -24.0,
                max: 0.0,
                unit: "dB",
            },
            Default::Number(-1.0),
            "Largest sample that passes, in dB of full scale.",
        )
        .alias(&["limit", "threshold"]),
        Param::optional(
            "attack",
            Kind::Number {
                min: 0.1,
                max: 80.0,
                unit: "milliseconds",
            },
            Default::Number(5.0),
            "How long before a peak it begins to turn down.",
        )
        .alias(&["attack_ms"]),
        milliseconds("release", 8000.0, 50.0, "How fast it lets go.").alias(&["release_ms"]),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound).never_louder()),
};

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let filter = Filter::new("alimiter")
        .arg("limit", factor(params.number("ceiling")))
        .arg("attack", params.number("attack"))
        .arg("release", params.number("release").max(1.0))
        .arg("level", false)
        // Without it the sound would be late by the attack.
        .arg("latency", true);
    Ok(vec![filter])
}
