//! `censor`: a part of the picture that must not be seen.

use super::pixelate::{SIDE, squares};
use super::steps::chain;
use super::ways::{format, overlay, past_alpha};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::document::Animated;
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `censor`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "censor",
    description: "Hides a rectangle of the picture: in large squares, blurred, or under a box.",
    ai_hint: "Look at a frame for the place, and give x and y keyframes where it moves. A box is the only one that cannot be guessed back.",
    example_prompt: "Hide the number plate of the car.",
    example: r#"{"style": "pixelate", "x": 0.4, "y": 0.3, "width": 0.2, "height": 0.3, "size": 16}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "style",
            Kind::Word {
                allowed: &["pixelate", "blur", "box"],
                aliases: &[("pixels", "pixelate"), ("mosaic", "pixelate"), ("bar", "box")],
            },
            Default::Text("pixelate"),
            "How it is hidden.",
        ),
        Param::optional(
            "x",
            Kind::FRACTION,
            Default::Number(0.25),
            "Left edge, as a fraction of the picture.",
        )
        .animatable(),
        Param::optional(
            "y",
            Kind::FRACTION,
            Default::Number(0.25),
            "Upper edge, as a fraction of the picture.",
        )
        .animatable(),
        Param::optional(
            "width",
            Kind::FRACTION,
            Default::Number(0.5),
            "Width, as a fraction of the picture.",
        )
        .alias(&["w"]),
        Param::optional(
            "height",
            Kind::FRACTION,
            Default::Number(0.5),
            "Height, as a fraction of the picture.",
        )
        .alias(&["h"]),
        Param::optional(
            "size",
            SIDE,
            Default::Number(24.0),
            "Side of a square, or radius of the blur, in pixels of the project's output.",
        ),
        Param::optional(
            "color",
            Kind::Color,
            Default::Text("#000000"),
            "Colour of the box.",
        )
        .alias(&["colour"]),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let (width, height) = context.frame;
    let part = (
        extent(width, params.number("width")),
        extent(height, params.number("height")),
    );
    let place = |name: &str, frame: u32, part: u32| -> Expr {
        let free = f64::from(frame.saturating_sub(part));
        let halves = params
            .animated(name)
            .map(|fraction| (fraction * f64::from(frame)).min(free) / 2.0);
        match halves {
            Animated::Constant(halves) => Expr::constant(halves.floor() * 2.0),
            Animated::Keyframes(_) => {
                let halves = halves.expression(&Expr::var(Variable::T));
                let rest = Expr::modulo(halves.clone(), Expr::constant(1.0));
                (halves - rest) * Expr::constant(2.0)
            }
        }
    };
    let (x, y) = (place("x", width, part.0), place("y", height, part.1));
    let cut = Filter::new("crop")
        .arg("w", part.0)
        .arg("h", part.1)
        .arg("x", x.clone())
        .arg("y", y.clone());
    let size = params.number("size") * context.scale;
    let hidden: Vec<Filter> = match params.text("style") {
        "box" => vec![
            Filter::new("drawbox")
                .arg("w", Expr::var(Variable::Iw))
                .arg("h", Expr::var(Variable::Ih))
                .arg("t", "fill")
                .arg("color", params.color("color").unwrap_or(Color::BLACK)),
        ],
        "blur" => vec![Filter::new("gblur").arg("sigma", size).arg("steps", 2_i64)],
        _ => squares(size, part).into_iter().collect(),
    };
    let way = [cut, format(context.working.plain)].into_iter().chain(hidden);
    let lay = overlay(context).arg("x", x).arg("y", y);
    let censored = Step::beside(chain(way.chain([format(context.working.plain)])), lay);
    Ok(past_alpha(context, vec![censored]))
}

/// An even number of pixels.
fn extent(frame: u32, fraction: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to a frame's extent"
    )]
    let half = (f64::from(frame) * fraction / 2.0).round() as u32;
    (half.max(1) * 2).min(frame & !1)
}
