//! `vignette`: darker towards the corners.

use super::ways::{blended, format, in_rgb};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
    Way,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// Most pixels along a side of the mask: it is smooth, and made larger.
const MASK: u32 = 256;

/// The description of `vignette`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "vignette",
    description: "Darkens the picture towards its corners.",
    ai_hint: "Barely seen: strength 0.3. Old photograph: strength 0.8, size 0.3.",
    example_prompt: "Darken the edges so that the eye stays on the speaker.",
    example: r#"{"strength": 0.8, "size": 0.4}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "strength",
            Kind::FRACTION,
            Default::Number(0.5),
            "How dark the corners get; 1 is black.",
        )
        .alias(&["amount"]),
        Param::optional(
            "size",
            Kind::FRACTION,
            Default::Number(0.5),
            "How far from the centre it begins; 0 is the centre, 1 the corners.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let (strength, size) = (params.number("strength"), params.number("size"));
    if strength == 0.0 {
        return Ok(Vec::new());
    }
    let number = Expr::constant;
    let (width, height) = (context.frame.0.min(MASK), context.frame.1.min(MASK));
    // From -1 to 1 across and down.
    let square = |place: Variable, extent: u32| {
        let half = f64::from(extent) / 2.0;
        Expr::pow(
            (Expr::var(place) + number(0.5 - half)) / number(half),
            number(2.0),
        )
    };
    let level = || {
        let squares = square(Variable::PixelX, width) + square(Variable::PixelY, height);
        let distance = Expr::pow(squares / number(2.0), number(0.5));
        let begun = Expr::clip(
            (distance - number(size)) / number((1.0 - size).max(0.01)),
            number(0.0),
            number(1.0),
        );
        let shade = number(1.0) - Expr::pow(begun, number(2.0)) * number(strength);
        shade * number(f64::from(context.working.white))
    };
    let painted = ["r", "g", "b"]
        .into_iter()
        .fold(Filter::new("geq"), |paint, plane| paint.arg(plane, level()));
    let mask = Way::Still {
        size: (width, height),
        paint: vec![
            format(context.rgb()),
            painted,
            Filter::new("scale")
                .arg("w", context.frame.0)
                .arg("h", context.frame.1)
                .arg("flags", "bilinear"),
            format(context.rgb()),
        ],
        show: Vec::new(),
    };
    let shaded = Step::Fork {
        ways: vec![Way::Along(Vec::new()), mask],
        merge: blended("multiply", 1.0),
    };
    Ok(in_rgb(context, vec![shaded]))
}
