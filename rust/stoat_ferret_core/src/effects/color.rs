//! `color`: brightness, contrast, saturation and gamma.

use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::document::Animated;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};

/// The description of `color`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "color",
    description: "Changes brightness, contrast, saturation and gamma of the picture.",
    ai_hint: "Small steps look best: contrast 1.1, saturation 1.2. Saturation 0 is black and white.",
    example_prompt: "Make the interview a little warmer and more contrasty.",
    example: r#"{"contrast": 1.15, "saturation": 1.2}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "brightness",
            Kind::Number {
                min: -1.0,
                max: 1.0,
                unit: "",
            },
            Default::Number(0.0),
            "Added to the luma, as a fraction of its range.",
        )
        .animatable(),
        Param::optional(
            "contrast",
            Kind::Number {
                min: 0.0,
                max: 4.0,
                unit: "",
            },
            Default::Number(1.0),
            "Factor of the luma's distance from mid grey.",
        )
        .animatable(),
        Param::optional(
            "saturation",
            Kind::Number {
                min: 0.0,
                max: 3.0,
                unit: "",
            },
            Default::Number(1.0),
            "Factor of the colour; 0 is black and white.",
        )
        .animatable(),
        Param::optional(
            "gamma",
            Kind::Number {
                min: 0.1,
                max: 10.0,
                unit: "",
            },
            Default::Number(1.0),
            "Exponent of the luma; above 1 lifts the mid tones.",
        )
        .animatable(),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, _: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let mut filter = Filter::new("eq");
    let mut animated = false;
    let mut changes = false;
    for (name, neutral) in [
        ("brightness", 0.0),
        ("contrast", 1.0),
        ("saturation", 1.0),
        ("gamma", 1.0),
    ] {
        let value = params.animated(name);
        if value.is(neutral) {
            continue;
        }
        changes = true;
        filter = filter.arg(
            name,
            match value {
                Animated::Constant(number) => Value::from(number),
                Animated::Keyframes(_) => {
                    animated = true;
                    Value::from(value.expression(&Expr::var(Variable::T)))
                }
            },
        );
    }
    if !changes {
        return Ok(Vec::new());
    }
    // `eq` knows 8-bit formats only.
    Ok(chain([if animated {
        filter.arg("eval", "frame")
    } else {
        filter
    }]))
}
