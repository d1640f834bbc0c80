//! `audio_ducking`: the track steps back while others sound.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::document::Ducking;
use crate::ffmpeg::audio::DuckingPattern;
use crate::ffmpeg::error::BuildError;

pub(crate) const PARAMS: &[Param] = &[
    Param::optional(
        "threshold",
        Kind::Number {
            min: 0.000_976_563,
            max: 1.0,
            unit: "",
        },
        Default::Number(0.02),
        "Level of the other tracks, 0 to 1, above which this one steps back.",
    ),
    Param::optional(
        "ratio",
        Kind::Number {
            min: 1.0,
            max: 20.0,
            unit: "",
        },
        Default::Number(8.0),
        "How much is taken away: for every dB above the threshold this track loses up to 1 - 1/ratio dB.",
    ),
    Param::optional(
        "attack",
        Kind::Number {
            min: 0.01,
            max: 2000.0,
            unit: "milliseconds",
        },
        Default::Number(20.0),
        "How fast it steps back.",
    )
    .alias(&["attack_ms"]),
    Param::optional(
        "release",
        Kind::Number {
            min: 0.01,
            max: 9000.0,
            unit: "milliseconds",
        },
        Default::Number(300.0),
        "How fast it returns.",
    )
    .alias(&["release_ms"]),
];

/// The description of `audio_ducking`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "audio_ducking",
    description: "Lowers this track while the video tracks sound. Times are milliseconds.",
    ai_hint: "For music under speech the defaults suit. To choose the tracks, set the track's ducking.",
    example_prompt: "Duck the music under the interview.",
    example: r#"{"threshold": 0.05}"#,
    places: &[Place::Clip, Place::Track],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Ducking,
};

/// The ducking that the parameters describe, under these tracks.
pub(crate) fn ducking(params: &Params, under: Vec<String>) -> Ducking {
    Ducking {
        under,
        threshold: params.number("threshold"),
        ratio: params.number("ratio"),
        attack: params.number("attack"),
        release: params.number("release"),
    }
}

/// The builder of this ducking.
pub(crate) fn pattern(ducking: &Ducking) -> Result<DuckingPattern, BuildError> {
    DuckingPattern::new()
        .threshold(ducking.threshold)?
        .ratio(ducking.ratio)?
        .attack(ducking.attack)?
        .release(ducking.release)
}
