//! `equalizer`: one band louder or quieter.

use std::f64::consts::FRAC_1_SQRT_2;

use super::band::{frequency, highest, precise};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `equalizer`.
///
/// Filters: equalizer, highshelf, lowshelf.
pub const SPEC: EffectSpec = EffectSpec {
    name: "equalizer",
    description: "Makes one band of frequencies louder or quieter; several of them make a whole equalizer.",
    ai_hint: "Muddy speech: 250 Hz, -4 dB. Clearer: 3000 Hz, +3. Warmth: low_shelf 120, +3. Air: high_shelf 10000, +3.",
    example_prompt: "Take the mud out of the voice.",
    example: r#"{"frequency": 250, "gain": -4, "width": 1.5}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        frequency(
            Default::Required,
            "Middle of the band, or where a shelf has half its gain.",
        ),
        Param::required(
            "gain",
            Kind::Number {
                min: -24.0,
                max: 24.0,
                unit: "dB",
            },
            "How much louder, or below 0 quieter.",
        ),
        Param::optional(
            "kind",
            Kind::Word {
                allowed: &["peak", "low_shelf", "high_shelf"],
                aliases: &[("bell", "peak"), ("bass", "low_shelf"), ("treble", "high_shelf")],
            },
            Default::Text("peak"),
            "A band (peak), all below the frequency (low_shelf) or all above it (high_shelf).",
        ),
        Param::optional(
            "width",
            Kind::Number {
                min: 0.1,
                max: 4.0,
                unit: "octaves",
            },
            Default::Number(1.0),
            "Width of a band between the points of half its gain; shelves have none.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound)),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let (frequency, gain) = (params.number("frequency"), params.number("gain"));
    let highest = highest(context);
    let shelf = |name| {
        precise(name, frequency.min(highest))
            .arg("width_type", "q")
            .arg("width", FRAC_1_SQRT_2)
    };
    let filter = match params.text("kind") {
        "low_shelf" => shelf("lowshelf"),
        _ if frequency > highest => return Ok(Vec::new()),
        "high_shelf" => shelf("highshelf"),
        _ => precise("equalizer", frequency)
            .arg("width_type", "o")
            .arg("width", params.number("width")),
    };
    Ok(if gain == 0.0 {
        Vec::new()
    } else {
        vec![filter.arg("gain", gain)]
    })
}
