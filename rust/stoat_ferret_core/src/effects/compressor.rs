//! `compressor`: loud passages become quieter, so that all of it can be louder.

use super::level::{factor, milliseconds};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `compressor`.
///
/// Filters: acompressor.
pub const SPEC: EffectSpec = EffectSpec {
    name: "compressor",
    description: "Makes loud passages quieter, by the ratio, where they are above the threshold.",
    ai_hint: "Speech: the defaults with makeup 4. Firm: threshold -24, ratio 4. It evens out; it does not limit peaks.",
    example_prompt: "Even out the levels of the interview.",
    example: r#"{"threshold": -20, "ratio": 4, "makeup": 4}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "threshold",
            Kind::Number {
                min: -60.0,
                max: 0.0,
                unit: "dB",
            },
            Default::Number(-18.0),
            "Level above which it works, in dB of full scale: the mean (RMS), nearer to the peaks where the attack is much \
             faster than the release.",
        ),
        Param::optional(
            "ratio",
            Kind::Number {
                min: 1.0,
                max: 20.0,
                unit: "",
            },
            Default::Number(3.0),
            "So many dB above the threshold become one.",
        ),
        milliseconds("attack", 2000.0, 10.0, "How fast it takes hold.").alias(&["attack_ms"]),
        milliseconds("release", 9000.0, 150.0, "How fast it lets go.").alias(&["release_ms"]),
        Param::optional(
            "knee",
            Kind::Number {
                min: 0.0,
                max: 18.0,
                unit: "dB",
            },
            Default::Number(6.0),
            "Width of the passage from nothing to the full ratio around the threshold.",
        ),
        Param::optional(
            "makeup",
            Kind::Number {
                min: 0.0,
                max: 36.0,
                unit: "dB",
            },
            Default::Number(0.0),
            "Gain afterwards.",
        )
        .alias(&["makeup_gain"]),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound).louder_where(|params| params.number("makeup") > 0.0)),
};

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let ratio = params.number("ratio");
    let filter = Filter::new("acompressor")
        .arg("threshold", factor(params.number("threshold")))
        .arg("ratio", ratio)
        .arg("attack", params.number("attack"))
        .arg("release", params.number("release"))
        .arg("knee", factor(params.number("knee")))
        .arg("makeup", factor(params.number("makeup")))
        .arg("detection", "rms")
        // The loudest channel counts, so that quiet ones beside it do not hide it.
        .arg("link", "maximum");
    Ok(vec![filter])
}
