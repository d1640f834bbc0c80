//! `drop_shadow`: the clip floats above what lies below.

use super::steps::chain;
use super::ways::{format, overlay, pixels};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
    Way,
};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::{from_rgb, tag};

const OFFSET: Kind = Kind::Number {
    min: -500.0,
    max: 500.0,
    unit: "pixels",
};

/// The description of `drop_shadow`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "drop_shadow",
    description: "Throws the shadow of the clip's picture on what lies below.",
    ai_hint: "For a picture in picture or a cut-out person: the defaults. Give it last, after mask, key and border.",
    example_prompt: "Give the small picture a soft shadow.",
    example: r#"{"x": 12, "y": 12, "blur": 8, "opacity": 0.6}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "x",
            OFFSET,
            Default::Number(8.0),
            "How far to the right it falls, in pixels of the project's output.",
        )
        .alias(&["offset_x"]),
        Param::optional(
            "y",
            OFFSET,
            Default::Number(8.0),
            "How far downwards it falls, in pixels of the project's output.",
        )
        .alias(&["offset_y"]),
        Param::optional(
            "blur",
            Kind::Number {
                min: 0.0,
                max: 200.0,
                unit: "pixels",
            },
            Default::Number(10.0),
            "How soft it is, in pixels of the project's output.",
        )
        .alias(&["radius"]),
        Param::optional(
            "opacity",
            Kind::FRACTION,
            Default::Number(0.5),
            "1 lets nothing through.",
        ),
        Param::optional("color", Kind::Color, Default::Text("#000000"), "Its colour.").alias(&["colour"]),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).on_canvas().making_alpha()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let opacity = params.number("opacity");
    if opacity == 0.0 {
        return Ok(Vec::new());
    }
    let (width, height) = context.canvas;
    let [x, y] = ["x", "y"].map(|name| pixels(context, params.number(name)));
    let room = |by: i64| (by.max(0), (-by).max(0));
    let ((left, from_x), (top, from_y)) = (room(x), room(y));
    let blur = params.number("blur") * context.scale;
    let gray = || format(context.working.gray);
    let fallen = [
        Some(Filter::new("alphaextract")),
        Some(gray()),
        Some(Filter::new("lut").arg("c0", Expr::var(Variable::Val) * Expr::constant(opacity))),
        // FFmpeg 5.1 takes 16 for the black of grey: it pads with a shadow.
        Some(
            Filter::new("mergeplanes")
                .arg("map1s", 0_i64)
                .arg("map1p", 0_i64)
                .arg("map2s", 0_i64)
                .arg("map2p", 0_i64)
                .arg("format", context.working.opaque_rgb),
        ),
        Some(
            Filter::new("pad")
                .arg("w", i64::from(width) + x.abs())
                .arg("h", i64::from(height) + y.abs())
                .arg("x", left)
                .arg("y", top),
        ),
        Some(
            Filter::new("crop")
                .arg("w", width)
                .arg("h", height)
                .arg("x", from_x)
                .arg("y", from_y),
        ),
        Some(Filter::new("extractplanes").arg("planes", "g")),
        (blur > 0.0).then(|| Filter::new("gblur").arg("sigma", blur).arg("steps", 2_i64)),
        Some(gray()),
    ];
    let colored = Way::Still {
        size: context.canvas,
        paint: vec![
            Filter::new("drawbox")
                .arg("w", Expr::var(Variable::Iw))
                .arg("h", Expr::var(Variable::Ih))
                .arg("t", "fill")
                .arg(
                    "color",
                    Color::rgba(params.color("color").unwrap_or(Color::BLACK).rgb(), u8::MAX),
                ),
            format("gbrp"),
            from_rgb(),
            format(context.working.plain),
            tag(),
        ],
        show: Vec::new(),
    };
    let shadow = Step::Fork {
        ways: vec![colored, Way::Along(chain(fallen.into_iter().flatten()))],
        merge: Filter::new("alphamerge"),
    };
    Ok(vec![Step::Fork {
        ways: vec![
            Way::Along(vec![shadow, format(context.working.alpha).into()]),
            Way::Along(Vec::new()),
        ],
        merge: overlay(context),
    }])
}
