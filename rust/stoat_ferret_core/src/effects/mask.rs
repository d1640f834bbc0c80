//! `mask`: only a part of the clip's picture shows.

use super::steps::chain;
use super::ways::format;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
    Way,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `mask`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "mask",
    description: "Shows only a rectangle or an ellipse of the clip's picture, or all but that.",
    ai_hint: "A round picture in picture: ellipse on a square clip. Soft spotlight: ellipse with feather 80. The tracks below show through.",
    example_prompt: "Show the speaker in a circle.",
    example: r#"{"shape": "ellipse", "x": 0.25, "y": 0.1, "width": 0.5, "height": 0.8, "feather": 10}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "shape",
            Kind::Word {
                allowed: &["rectangle", "ellipse"],
                aliases: &[("rect", "rectangle"), ("circle", "ellipse"), ("oval", "ellipse")],
            },
            Default::Text("rectangle"),
            "What shows: a rectangle, or the ellipse within it.",
        ),
        Param::optional(
            "x",
            Kind::FRACTION,
            Default::Number(0.0),
            "Left edge, as a fraction of the picture.",
        ),
        Param::optional(
            "y",
            Kind::FRACTION,
            Default::Number(0.0),
            "Upper edge, as a fraction of the picture.",
        ),
        Param::optional(
            "width",
            Kind::FRACTION,
            Default::Number(1.0),
            "Width, as a fraction of the picture.",
        )
        .alias(&["w"]),
        Param::optional(
            "height",
            Kind::FRACTION,
            Default::Number(1.0),
            "Height, as a fraction of the picture.",
        )
        .alias(&["h"]),
        Param::optional(
            "feather",
            Kind::Number {
                min: 0.0,
                max: 1000.0,
                unit: "pixels",
            },
            Default::Number(0.0),
            "Width of the soft edge, half inside and half outside, in pixels of the project's output.",
        ),
        Param::optional(
            "invert",
            Kind::Bool,
            Default::Bool(false),
            "Show everything but the shape.",
        )
        .alias(&["inverted"]),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).making_alpha()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let gray = || format(context.working.gray);
    let painted = Way::Still {
        size: context.frame,
        paint: vec![gray(), Filter::new("geq").arg("lum", level(params, context))],
        show: Vec::new(),
    };
    let alpha = Step::Fork {
        ways: vec![Way::Along(chain([Filter::new("alphaextract"), gray()])), painted],
        merge: Filter::new("blend").arg("all_mode", "multiply"),
    };
    Ok(vec![Step::beside(
        [vec![alpha], chain([gray()])].concat(),
        Filter::new("alphamerge"),
    )])
}

/// How much of a pixel shows, in levels of a grey picture.
fn level(params: &Params, context: &PictureContext<'_>) -> Expr {
    let number = Expr::constant;
    let (width, height) = (f64::from(context.frame.0), f64::from(context.frame.1));
    let extents = (
        params.number("width") * width / 2.0,
        params.number("height") * height / 2.0,
    );
    // Distances from the middle of the shape, of the middle of the pixel.
    let off =
        |place: Variable, start: f64, half: f64| Expr::abs(Expr::var(place) + number(0.5 - start - half));
    let across = off(Variable::PixelX, params.number("x") * width, extents.0);
    let down = off(Variable::PixelY, params.number("y") * height, extents.1);
    // Pixels outside of the edge; below 0 inside.
    let outside = if params.text("shape") == "ellipse" {
        let (a, b) = (extents.0.max(0.5), extents.1.max(0.5));
        let radius = |a: f64, b: f64, power: f64| {
            let part = |off: &Expr, half: f64| Expr::pow(off.clone() / number(half.powf(power)), number(2.0));
            Expr::pow(part(&across, a) + part(&down, b), number(0.5))
        };
        // The distance to first order: exact for a circle.
        let unit = radius(a, b, 1.0);
        unit.clone() * (unit - number(1.0)) / Expr::max(radius(a, b, 2.0), number(1e-6))
    } else {
        Expr::max(across - number(extents.0), down - number(extents.1))
    };
    let soft = (params.number("feather") * context.scale).max(1.0);
    let shown = Expr::clip(number(0.5) - outside / number(soft), number(0.0), number(1.0));
    let shown = if params.flag("invert") {
        number(1.0) - shown
    } else {
        shown
    };
    shown * number(f64::from(context.working.white))
}
