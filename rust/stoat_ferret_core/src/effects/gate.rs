//! `gate`: what is quieter than a threshold is turned down further.

use super::level::{factor, milliseconds};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `gate`.
///
/// Filters: agate.
pub const SPEC: EffectSpec = EffectSpec {
    name: "gate",
    description: "Turns down what is quieter than the threshold: room and hum between words.",
    ai_hint: "Set the threshold between the noise and the quietest word. A reduction of 12 sounds natural, 40 cuts off.",
    example_prompt: "Take the room noise out of the pauses.",
    example: r#"{"threshold": -35, "reduction": 40, "release": 20}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "threshold",
            Kind::Number {
                min: -80.0,
                max: 0.0,
                unit: "dB",
            },
            Default::Number(-45.0),
            "Level below which it closes, in dB of full scale: the mean (RMS), nearer to the peaks where the attack is much \
             faster than the release.",
        ),
        Param::optional(
            "reduction",
            Kind::Number {
                min: 0.0,
                max: 90.0,
                unit: "dB",
            },
            Default::Number(30.0),
            "How much quieter it gets at most.",
        )
        .alias(&["range"]),
        Param::optional(
            "ratio",
            Kind::Number {
                min: 1.0,
                max: 100.0,
                unit: "",
            },
            Default::Number(10.0),
            "One dB below the threshold becomes so many.",
        ),
        milliseconds("attack", 9000.0, 5.0, "How fast it opens.").alias(&["attack_ms"]),
        milliseconds("release", 9000.0, 150.0, "How fast it closes.").alias(&["release_ms"]),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound).never_louder()),
};

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let filter = Filter::new("agate")
        .arg("threshold", factor(params.number("threshold")))
        .arg("range", factor(-params.number("reduction")))
        .arg("ratio", params.number("ratio"))
        .arg("attack", params.number("attack"))
        .arg("release", params.number("release"))
        .arg("detection", "rms")
        .arg("link", "maximum");
    Ok(vec![filter])
}
