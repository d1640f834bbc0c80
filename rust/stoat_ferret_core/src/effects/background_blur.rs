//! `background_blur`: the clip's own picture fills the canvas behind it.

use super::steps::chain;
use super::ways::{format, overlay};
use super::{
    Area, Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role,
    Step, Way,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `background_blur`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "background_blur",
    description: "Fills what the clip leaves free of the film with its own picture, larger and blurred, instead of bars.",
    ai_hint: "Upright video in a wide film, and the other way round: the defaults. The clip must lie still; where it covers the film, nothing is to be filled.",
    example_prompt: "Put a blurred copy of the phone video behind it instead of the black bars.",
    example: r#"{"radius": 6, "brightness": 0.6}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "radius",
            Kind::Number {
                min: 0.0,
                max: 200.0,
                unit: "pixels",
            },
            Default::Number(24.0),
            "How much it is blurred, in pixels of the project's output.",
        )
        .alias(&["blur", "sigma"]),
        Param::optional(
            "brightness",
            Kind::FRACTION,
            Default::Number(0.7),
            "1 leaves it as bright as it is, 0 is black.",
        ),
        Param::optional(
            "zoom",
            Kind::Number {
                min: 1.0,
                max: 4.0,
                unit: "",
            },
            Default::Number(1.0),
            "How much larger it is than it must be to fill the film.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).on_canvas().lying_still()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let whole = Area {
        left: 0,
        top: 0,
        width: context.canvas.0,
        height: context.canvas.1,
    };
    let Some(seen) = context.area.and_then(|area| area.within(whole)) else {
        return Ok(Vec::new());
    };
    if seen == whole {
        return Ok(Vec::new());
    }
    let part = filling(seen, context.canvas, params.number("zoom"));
    let brightness = params.number("brightness");
    let blur = params.number("radius") * context.scale;
    let ways = [
        Some(
            Filter::new("crop")
                .arg("w", part.width)
                .arg("h", part.height)
                .arg("x", part.left)
                .arg("y", part.top),
        ),
        Some(format(context.working.plain)),
        Some(
            Filter::new("scale")
                .arg("w", context.canvas.0)
                .arg("h", context.canvas.1),
        ),
        (blur > 0.0).then(|| Filter::new("gblur").arg("sigma", blur).arg("steps", 2_i64)),
        (brightness < 1.0).then(|| dimmed(context, brightness)),
        Some(Filter::new("setsar").value(1_i64)),
        Some(format(context.format())),
    ];
    Ok(vec![Step::Fork {
        ways: vec![
            Way::Along(chain(ways.into_iter().flatten())),
            Way::Along(Vec::new()),
        ],
        merge: overlay(context),
    }])
}

/// The middle of a part of the canvas that has the shape of the whole.
fn filling(seen: Area, canvas: (u32, u32), zoom: f64) -> Area {
    let larger = (f64::from(canvas.0) / f64::from(seen.width))
        .max(f64::from(canvas.1) / f64::from(seen.height))
        * zoom;
    let axis = |start: i64, has: u32, whole: u32| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the extent of a canvas"
        )]
        let half = (f64::from(whole) / larger / 2.0).round() as u32;
        let extent = (half.max(1) * 2).min(has);
        // Colour planes may be halved.
        (start + i64::from((has - extent) / 4 * 2), extent)
    };
    let (left, width) = axis(seen.left, seen.width, canvas.0);
    let (top, height) = axis(seen.top, seen.height, canvas.1);
    Area {
        left,
        top,
        width,
        height,
    }
}

/// Every colour so much darker.
fn dimmed(context: &PictureContext<'_>, brightness: f64) -> Filter {
    let step = f64::from(context.working.white + 1) / 256.0;
    let about = |middle: f64| {
        let middle = || Expr::constant(middle * step);
        (Expr::var(Variable::Val) - middle()) * Expr::constant(brightness) + middle()
    };
    Filter::new("lutyuv")
        .arg("y", about(16.0))
        .arg("u", about(128.0))
        .arg("v", about(128.0))
}
