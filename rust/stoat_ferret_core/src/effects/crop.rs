//! `crop`: keeps a part of the picture.

use super::{Default, Duration, EffectSpec, Kind, Param, Params, PictureContext, Place, Role};
use crate::document::{Animated, Crop};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

const FRACTION: Kind = Kind::Number { min: 0.0, max: 1.0, unit: "" };

/// The description of `crop`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "crop",
    description: "Keeps a rectangle of the picture; the rest of the clip's place is filled by `fit`.",
    ai_hint: "Fractions of the source picture. Move x or y by keyframes to pan over a wide picture.",
    example_prompt: "Crop to the left half of the screen recording.",
    example: r#"{"x": 0, "y": 0, "width": 0.5, "height": 1}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional("x", FRACTION, Default::Number(0.0), "Left edge of the part, 0 to 1.").animatable(),
        Param::optional("y", FRACTION, Default::Number(0.0), "Upper edge of the part, 0 to 1.").animatable(),
        Param::optional("width", FRACTION, Default::Number(1.0), "Width of the part, above 0 to 1.")
            .alias(&["w"]),
        Param::optional("height", FRACTION, Default::Number(1.0), "Height of the part, above 0 to 1.")
            .alias(&["h"]),
    ],
    duration: Duration::Same,
    memory: false,
    role: Role::Filters { picture: Some(picture), sound: None, on_canvas: false },
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

fn picture(params: &Params, _: &PictureContext<'_>) -> Vec<Filter> {
    vec![filter(&rectangle(params))]
}

/// The filter that keeps this part. Its edges are as wide as chroma needs them: even.
pub(crate) fn filter(crop: &Crop) -> Filter {
    let part = |of: Variable, fraction: f64| Expr::var(of) * Expr::constant(fraction);
    let place = |of: Variable, fraction: &Animated| {
        Expr::var(of) * fraction.expression(&Expr::var(Variable::T))
    };
    Filter::new("crop")
        .arg("w", part(Variable::Iw, crop.width))
        .arg("h", part(Variable::Ih, crop.height))
        .arg("x", place(Variable::Iw, &crop.x))
        .arg("y", place(Variable::Ih, &crop.y))
}
