//! What effects on bands of frequencies have in common.

use std::f64::consts::FRAC_1_SQRT_2;

use super::{Default, Kind, Param, SoundContext};
use crate::ffmpeg::filter::Filter;

/// Share of the sample rate above which a filter has nothing to work on.
const HIGHEST: f64 = 0.49;

/// How steep a filter is.
pub(super) const SLOPE: Param = Param::optional(
    "slope",
    Kind::Word {
        allowed: &["gentle", "normal", "steep"],
        aliases: &[("6", "gentle"), ("12", "normal"), ("24", "steep")],
    },
    Default::Text("normal"),
    "How fast it falls: by 6 (gentle), 12 (normal) or 24 dB an octave (steep).",
);

/// A frequency in hertz.
pub(super) const fn frequency(default: Default, description: &'static str) -> Param {
    Param::optional(
        "frequency",
        Kind::Number {
            min: 10.0,
            max: 20_000.0,
            unit: "hertz",
        },
        default,
        description,
    )
}

/// The highest frequency that filters can be set to.
pub(super) fn highest(context: &SoundContext) -> f64 {
    f64::from(context.sample_rate) * HIGHEST
}

/// A filter that is computed at double precision: deep bands lose theirs otherwise.
pub(super) fn precise(name: &'static str, frequency: f64) -> Filter {
    Filter::new(name)
        .arg("frequency", frequency)
        .arg("precision", "f64")
}

/// A pass filter as flat as can be (Butterworth): 3 dB down at the frequency, whatever the slope.
pub(super) fn pass(name: &'static str, frequency: f64, slope: &str) -> Vec<Filter> {
    let poles = |number: i64| precise(name, frequency).arg("poles", number);
    let sharp = |q: f64| poles(2).arg("width_type", "q").arg("width", q);
    match slope {
        "gentle" => vec![poles(1)],
        "steep" => vec![sharp(0.541_196), sharp(1.306_563)],
        _ => vec![sharp(FRAC_1_SQRT_2)],
    }
}
