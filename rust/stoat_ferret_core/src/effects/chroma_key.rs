//! `chroma_key`: a green or blue screen becomes transparent.

use super::steps::chain;
use super::ways::format;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::{from_rgb, tag, to_rgb};

/// The description of `chroma_key`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "chroma_key",
    description: "Makes a screen of one colour transparent, however brightly it is lit, and takes its light off.",
    ai_hint: "Start with the defaults. Holes in the person: less similarity. Screen left over: more. Put the background on a track below.",
    example_prompt: "Replace the green screen behind the presenter.",
    example: r##"{"color": "#00b140", "similarity": 0.1, "blend": 0.04}"##,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "color",
            Kind::Color,
            Default::Text("#00b140"),
            "Colour of the screen.",
        )
        .alias(&["colour", "key"]),
        Param::optional(
            "similarity",
            Kind::Number {
                min: 0.01,
                max: 1.0,
                unit: "",
            },
            Default::Number(0.1),
            "How far from that colour, in hue and saturation, is still screen; grey is at about 0.2.",
        ),
        Param::optional(
            "blend",
            Kind::FRACTION,
            Default::Number(0.04),
            "How far beyond that it is half transparent.",
        ),
        Param::optional(
            "spill",
            Kind::FRACTION,
            Default::Number(0.5),
            "How much of the screen's light is taken off what stays; for green and blue screens.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).making_alpha()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let color = params.color("color").unwrap_or(Color::BLACK).rgb();
    let key = Filter::new("chromakey")
        .arg("color", Color::rgba(in_yuv(color), u8::MAX))
        .arg("similarity", params.number("similarity"))
        .arg("blend", params.number("blend"))
        .arg("yuv", true);
    let mut filters = vec![key];
    let [red, green, blue] = color;
    let spill = params.number("spill");
    if spill > 0.0 && red < green.max(blue) {
        filters.extend([
            to_rgb(),
            format("rgba"),
            Filter::new("despill")
                .arg("type", if green >= blue { "green" } else { "blue" })
                .arg("mix", 0.5)
                .arg(if green >= blue { "green" } else { "blue" }, -spill),
            from_rgb(),
            format(context.format()),
            tag(),
        ]);
    }
    Ok(chain(filters))
}

/// A colour's luma and differences as BT.709 has them in limited range.
fn in_yuv(rgb: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = rgb.map(|part| f64::from(part) / 255.0);
    let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let byte = |value: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "16 to 240 by the formula"
        )]
        let byte = value.round().clamp(0.0, 255.0) as u8;
        byte
    };
    [
        byte(16.0 + 219.0 * luma),
        byte(128.0 + 224.0 * (blue - luma) / 1.8556),
        byte(128.0 + 224.0 * (red - luma) / 1.5748),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primaries_are_where_the_standard_has_them() {
        assert_eq!([235, 128, 128], in_yuv([255, 255, 255]));
        assert_eq!([173, 42, 26], in_yuv([0, 255, 0]));
        assert_eq!([63, 102, 240], in_yuv([255, 0, 0]));
        assert_eq!([32, 240, 118], in_yuv([0, 0, 255]));
    }
}
