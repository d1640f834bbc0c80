//! `ken_burns`: a slow move over a picture.

use super::steps::chain;
use super::ways::format;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
    Way,
};
use crate::document::Easing;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::Working;

const ZOOM: Kind = Kind::Number {
    min: 1.0,
    max: 4.0,
    unit: "",
};

/// The description of `ken_burns`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "ken_burns",
    description: "Moves slowly over the picture, from one part of it to another, over the whole clip.",
    ai_hint: "Photographs: end_zoom 1.2, ending on the face. Back out: start_zoom 1.3, end_zoom 1. Across: both zooms 1.3, start_x 0.4, end_x 0.6. Below 1.5 nobody sees pixels.",
    example_prompt: "Let the photograph slowly zoom in on her face.",
    example: r#"{"start_zoom": 1, "end_x": 0.3, "end_y": 0.4, "end_zoom": 2}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "start_x",
            Kind::FRACTION,
            Default::Number(0.5),
            "Middle of the part that shows first, from the left; at the edges, the part stays within the picture.",
        ),
        Param::optional(
            "start_y",
            Kind::FRACTION,
            Default::Number(0.5),
            "The same from the top.",
        ),
        Param::optional(
            "start_zoom",
            ZOOM,
            Default::Number(1.0),
            "How much larger it shows; 1 is the whole picture.",
        ),
        Param::optional(
            "end_x",
            Kind::FRACTION,
            Default::Number(0.5),
            "Middle of the part that shows last, from the left.",
        ),
        Param::optional(
            "end_y",
            Kind::FRACTION,
            Default::Number(0.5),
            "The same from the top.",
        ),
        Param::optional(
            "end_zoom",
            ZOOM,
            Default::Number(1.2),
            "How much larger it shows.",
        ),
        Param::optional(
            "easing",
            Kind::Word {
                allowed: &["linear", "ease", "ease_in", "ease_out"],
                aliases: &[("ease_in_out", "ease")],
            },
            Default::Text("linear"),
            "How it gets under way and comes to rest.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

/// A part of the picture in pixels: left and upper edge, width and height.
type Part = [f64; 4];

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let parts = ["start", "end"].map(|which| part(params, context, which));
    let whole = [0.0, 0.0, f64::from(context.frame.0), f64::from(context.frame.1)];
    if parts == [whole, whole] {
        return Ok(Vec::new());
    }
    let moved = || moving(&parts, &way(params, context, &parts));
    if context.working == Working::EIGHT {
        return Ok(chain([moved()]));
    }
    // The filter has 8 bits only.
    let colors = chain([format("yuv422p"), moved(), format(context.working.plain)]);
    if !context.alpha {
        return Ok(colors);
    }
    let alpha = chain([
        Filter::new("alphaextract"),
        format("gray"),
        moved(),
        format(context.working.gray),
    ]);
    Ok(vec![Step::Fork {
        ways: vec![Way::Along(colors), Way::Along(alpha)],
        merge: Filter::new("alphamerge"),
    }])
}

fn part(params: &Params, context: &PictureContext<'_>, which: &str) -> Part {
    let number = |name: &str| params.number(&[which, name].concat());
    let zoom = number("_zoom");
    let axis = |middle: f64, whole: u32| {
        let whole = f64::from(whole);
        let shown = whole / zoom;
        let edge = (middle * whole - shown / 2.0).clamp(0.0, whole - shown);
        // The filter takes the middles of pixels for their edges.
        (edge + (shown / whole - 1.0) / 2.0, shown)
    };
    let (left, width) = axis(number("_x"), context.frame.0);
    let (top, height) = axis(number("_y"), context.frame.1);
    [left, top, width, height]
}

/// How much of the way from one part to the other is done, from 0 to 1.
///
/// Where the parts differ in size, that changes by the same factor in the same time, and the place goes
/// with it: one point of the picture stands still, and the move seems to be as fast at its end as at its start.
fn way(params: &Params, context: &PictureContext<'_>, [from, to]: &[Part; 2]) -> Expr {
    let number = Expr::constant;
    // The filter counts from 1.
    let frame = Expr::var(Variable::OutNumber) + number(as_f64(context.first - 1));
    let done = frame / number(as_f64((context.frames - 1).max(1)));
    let done = Easing::from_word(params.text("easing")).shape(done);
    let ([.., from], [.., to]) = (from, to);
    let factor = to / from;
    if (factor - 1.0).abs() < 1e-6 {
        return done;
    }
    (Expr::pow(number(factor), done) - number(1.0)) / number(factor - 1.0)
}

/// Shows the part that lies so far on the way.
fn moving([from, to]: &[Part; 2], way: &Expr) -> Filter {
    let between = |from: f64, to: f64| {
        if (to - from).abs() < 1e-9 {
            Expr::constant(from)
        } else {
            Expr::constant(from) + Expr::constant(to - from) * way.clone()
        }
    };
    let [from_left, from_top, from_width, from_height] = from;
    let [to_left, to_top, to_width, to_height] = to;
    let ends = [
        (
            between(*from_left, *to_left),
            between(from_left + from_width, to_left + to_width),
        ),
        (
            between(*from_top, *to_top),
            between(from_top + from_height, to_top + to_height),
        ),
    ];
    let [(left, right), (top, bottom)] = ends;
    [
        ("x0", &left),
        ("y0", &top),
        ("x1", &right),
        ("y1", &top),
        ("x2", &left),
        ("y2", &bottom),
        ("x3", &right),
        ("y3", &bottom),
    ]
    .into_iter()
    .fold(Filter::new("perspective"), |filter, (name, place)| {
        filter.arg(name, place.clone())
    })
    .arg("interpolation", "cubic")
    .arg("sense", "source")
    .arg("eval", "frame")
}

fn as_f64(frames: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "frames of a timeline")]
    let frames = frames as f64;
    frames
}
