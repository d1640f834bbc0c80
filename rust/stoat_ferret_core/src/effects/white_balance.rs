//! `white_balance`: warmer or colder, greener or pinker.

use super::steps::chain;
use super::ways::in_rgb;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// Daylight: what leaves a picture as it is.
const NEUTRAL: f64 = 6500.0;

/// The description of `white_balance`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "white_balance",
    description: "Makes the picture warmer or colder, greener or pinker, as bright as before.",
    ai_hint: "Warmer: 7500. Colder: 5500. Footage under neon light is greenish: tint 0.1 to 0.3.",
    example_prompt: "The indoor scenes are too cold, warm them up.",
    example: r#"{"temperature": 8500}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "temperature",
            Kind::Number {
                min: 4000.0,
                max: 25000.0,
                unit: "kelvin",
            },
            Default::Number(NEUTRAL),
            "Light that the camera is taken to have been set for: above 6500 is warmer, below is colder.",
        ),
        Param::optional(
            "tint",
            Kind::Number {
                min: -1.0,
                max: 1.0,
                unit: "",
            },
            Default::Number(0.0),
            "Below 0 is greener, above 0 is pinker.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

/// Weights of red, green and blue in the luma of BT.709.
const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];

/// Linear red, green and blue of daylight of a temperature from 4000 to 25000 kelvin: the daylight locus of
/// CIE 015, then the matrix of BT.709.
fn daylight(kelvin: f64) -> [f64; 3] {
    let t = 1000.0 / kelvin;
    let x = if kelvin <= 7000.0 {
        -4.607 * t.powi(3) + 2.9678 * t.powi(2) + 0.09911 * t + 0.244_063
    } else {
        -2.0064 * t.powi(3) + 1.9018 * t.powi(2) + 0.24748 * t + 0.23704
    };
    let y = -3.0 * x * x + 2.87 * x - 0.275;
    let (big_x, big_z) = (x / y, (1.0 - x - y) / y);
    [
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    ]
}

/// Factors of red, green and blue that leave the luma of grey as it is.
fn gains(temperature: f64, tint: f64) -> [f64; 3] {
    let (light, neutral) = (daylight(temperature), daylight(NEUTRAL));
    // Values on a picture are about the square root of light.
    let [red, green, blue] = [0, 1, 2].map(|part: usize| {
        let of = |light: [f64; 3]| light.get(part).copied().unwrap_or(1.0).max(0.01);
        (of(neutral) / of(light)).powf(1.0 / 2.2)
    });
    let gains = [red, green * 2f64.powf(-tint / 2.0), blue];
    let luma: f64 = gains.iter().zip(LUMA).map(|(gain, weight)| gain * weight).sum();
    gains.map(|gain| gain / luma)
}

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let (temperature, tint) = (params.number("temperature"), params.number("tint"));
    if temperature == NEUTRAL && tint == 0.0 {
        return Ok(Vec::new());
    }
    let [red, green, blue] = gains(temperature, tint);
    let mixer = Filter::new("colorchannelmixer")
        .arg("rr", red)
        .arg("gg", green)
        .arg("bb", blue);
    Ok(in_rgb(context, chain([mixer])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_keeps_its_luma_and_warmth_has_a_direction() {
        for (temperature, tint) in [(4000.0, 0.0), (9000.0, 0.5), (25000.0, -1.0), (NEUTRAL, 0.0)] {
            let [red, green, blue] = gains(temperature, tint);
            let luma = red * 0.2126 + green * 0.7152 + blue * 0.0722;
            assert!((luma - 1.0).abs() < 1e-9, "{temperature} {tint}: {luma}");
            assert!(
                (red > blue) == (temperature > NEUTRAL),
                "{temperature}: {red} {blue}"
            );
        }
        assert!(gains(NEUTRAL, 1.0)[1] < 1.0 && gains(NEUTRAL, -1.0)[1] > 1.0);
    }
}
