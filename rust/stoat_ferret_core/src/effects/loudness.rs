//! `loudness`: as loud as asked for, by EBU R128.

use super::level::factor;
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};

/// What lies between samples is seen at this many of them.
const OVERSAMPLED: u32 = 192_000;
/// The share of a ceiling that is left for what lies between the samples of a higher rate.
const CLOSE: f64 = 0.99;

/// The description of `loudness`.
///
/// Filters: volume, aresample, alimiter.
pub const SPEC: EffectSpec = EffectSpec {
    name: "loudness",
    description: "Makes a sound as loud as asked for, by EBU R128: it is measured as a whole first, then all of it gets one gain.",
    ai_hint: "On the project, last: -14 for the web, -16 for podcasts, -23 for European television. On a clip: voices of the same loudness. Silence, and what is shorter than 0.4 s, stays as it is. A render can do it by itself: its option loudness.",
    example_prompt: "Make the whole film as loud as YouTube plays it.",
    example: r#"{"target": -14}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound).measuring()),
};

/// Names of the parameters that a render asks by, too.
pub(crate) const PARAMS: &[Param] = &[
    Param::optional(
        "target",
        Kind::Number {
            min: -40.0,
            max: -5.0,
            unit: "LUFS",
        },
        Default::Number(-16.0),
        "Integrated loudness of the whole.",
    )
    .alias(&["integrated", "lufs", "i"]),
    Param::optional(
        "true_peak",
        Kind::Number {
            min: -9.0,
            max: 0.0,
            unit: "dBTP",
        },
        Default::Number(-1.0),
        "Highest peak, also between samples.",
    )
    .alias(&["tp", "ceiling", "peak"]),
    Param::optional(
        "peaks",
        Kind::Word {
            allowed: &["limit", "keep"],
            aliases: &[("limiter", "limit"), ("linear", "keep")],
        },
        Default::Text("limit"),
        "Where the gain would lift peaks above the highest: limit holds them down, keep takes less gain for all.",
    ),
];

/// Whether a limiter holds peaks down.
pub(crate) fn limits(params: &Params) -> bool {
    params.text("peaks") != "keep"
}

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let gain = Filter::new("volume")
        .arg("volume", Value::Measured(context.measured))
        .arg("precision", "float");
    if !limits(params) {
        return Ok(vec![gain]);
    }
    let limiter = Filter::new("alimiter")
        .arg("limit", factor(params.number("true_peak")) * CLOSE)
        .arg("attack", 5.0)
        .arg("release", 50.0)
        .arg("level", false)
        // Without it the sound would be late by the attack.
        .arg("latency", true);
    let at = |rate: u32| Filter::new("aresample").value(i64::from(rate));
    Ok(vec![gain, at(OVERSAMPLED), limiter, at(context.sample_rate)])
}
