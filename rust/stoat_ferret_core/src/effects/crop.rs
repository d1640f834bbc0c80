//! `crop`: keeps a part of the picture.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::document::{Animated, Crop};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::layout::SourceShape;

/// The description of `crop`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "crop",
    description: "Keeps a rectangle of the picture; the rest of the clip's place is filled by `fit`.",
    ai_hint: "Fractions of the source picture. Move x or y by keyframes to pan over a wide picture.",
    example_prompt: "Crop to the left half of the screen recording.",
    example: r#"{"x": 0, "y": 0, "width": 0.5, "height": 1}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "x",
            Kind::FRACTION,
            Default::Number(0.0),
            "Left edge of the part, 0 to 1.",
        )
        .animatable(),
        Param::optional(
            "y",
            Kind::FRACTION,
            Default::Number(0.0),
            "Upper edge of the part, 0 to 1.",
        )
        .animatable(),
        Param::optional(
            "width",
            Kind::FRACTION,
            Default::Number(1.0),
            "Width of the part, above 0 to 1.",
        )
        .alias(&["w"]),
        Param::optional(
            "height",
            Kind::FRACTION,
            Default::Number(1.0),
            "Height of the part, above 0 to 1.",
        )
        .alias(&["h"]),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Frame(framed),
};

/// The rectangle of the parameters.
pub(crate) fn rectangle(params: &Params) -> Crop {
    Crop {
        x: params.animated("x"),
        y: params.animated("y"),
        width: params.number("width"),
        height: params.number("height"),
    }
}

fn framed(params: &Params, shape: &SourceShape) -> Option<(Vec<Filter>, SourceShape)> {
    let part = rectangle(params);
    let frame = shape.decoded_size();
    filter(&part, frame).map(|filter| (vec![filter], shape.with_size(size(&part, frame))))
}

/// The size of the part of a frame in pixels: even, because colour planes may be halved.
pub(crate) fn size(crop: &Crop, (width, height): (u32, u32)) -> (u32, u32) {
    let part = |extent: u32, fraction: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to a frame's extent"
        )]
        let half = (f64::from(extent) * fraction / 2.0).round() as u32;
        (half.max(1) * 2).min((extent & !1).max(1))
    };
    (part(width, crop.width), part(height, crop.height))
}

/// The filter that keeps this part of a frame of this size; nothing where the part is the whole.
pub(crate) fn filter(crop: &Crop, frame: (u32, u32)) -> Option<Filter> {
    let (width, height) = size(crop, frame);
    if (width, height) == frame {
        return None;
    }
    let place = |extent: u32, fraction: &Animated| {
        Expr::constant(f64::from(extent)) * fraction.expression(&Expr::var(Variable::T))
    };
    Some(
        Filter::new("crop")
            .arg("w", width)
            .arg("h", height)
            .arg("x", place(frame.0, &crop.x))
            .arg("y", place(frame.1, &crop.y)),
    )
}
