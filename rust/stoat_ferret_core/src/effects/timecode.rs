//! `timecode`: the time of each frame, on the picture.

use super::counter::written;
use super::lettering::{self, floor, lasts, t, while_shown};
use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::drawtext::Part;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::Expr;
use crate::time::Rate;

/// The description of `timecode`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "timecode",
    description: "Burns the timecode of every frame into the picture: hours, minutes, seconds and frames.",
    ai_hint: "On a clip it counts from the clip's start, on the project or a track it is the timecode of the programme. `first` is what the first frame is called, such as \"01:00:00:00\".",
    example_prompt: "Burn the timecode into the picture for the review.",
    example: r#"{"position": "bottom_center", "fontsize": 40}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).writing()),
};

const PARAMS: &[Param] = &[
    Param::optional(
        "first",
        Kind::Time { max: 86_400.0 },
        Default::Number(0.0),
        "The timecode of the clip's first frame, as a time or as a timecode; `;` before its frames counts with skipped labels.",
    )
    .alias(&["offset", "start_timecode"]),
    Param::optional(
        "drop_frame",
        Kind::Bool,
        Default::None,
        "Count with skipped labels (00:01:00;02), which keeps them with the clock at 29.97 and 59.94 frames a second; left out, where the rate has it.",
    ),
    Param::optional(
        "prefix",
        Kind::Text { max: 100 },
        Default::Text(""),
        "What stands before the timecode.",
    ),
    Param::optional(
        "suffix",
        Kind::Text { max: 100 },
        Default::Text(""),
        "What stands behind the timecode.",
    ),
    Param {
        default: Default::Text("bottom_center"),
        ..lettering::POSITION
    },
    lettering::FONTSIZE,
    lettering::FONTCOLOR,
    lettering::FONT,
    lettering::WEIGHT,
    lettering::ITALIC,
    lettering::MARGIN,
    lettering::SAFE_AREA,
    lettering::START,
    lettering::DURATION,
    lettering::FADE_IN,
    lettering::FADE_OUT,
    lettering::OPACITY,
    Param {
        default: Default::Bool(true),
        ..lettering::BOX
    },
    lettering::BOX_COLOR,
    lettering::BOX_PADDING,
    lettering::BORDER_WIDTH,
    lettering::BORDER_COLOR,
    lettering::SHADOW_X,
    lettering::SHADOW_Y,
    lettering::SHADOW_COLOR,
];

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let rate = context.rate;
    let dropping = params
        .optional_flag("drop_frame")
        .unwrap_or(rate.has_drop_frame());
    if dropping && !rate.has_drop_frame() {
        return Err(BuildError::Unsupported {
            message: format!("there is no drop-frame timecode at {rate} frames a second"),
            hint: "leave `drop_frame` out, or use 29.97 or 59.94 frames a second".to_owned(),
        });
    }
    let shown = while_shown(context, lasts(params, context.seconds()));
    let first = lettering::frame_at(context, params.seconds("first").unwrap_or(0.0));
    let label = label(first, rate, dropping);
    let fields = [
        (
            label.clone() / Expr::constant(rate_of(rate.nominal() * 3600)),
            // Timecodes are those of a day.
            24.0,
            ":",
        ),
        (
            label.clone() / Expr::constant(rate_of(rate.nominal() * 60)),
            60.0,
            ":",
        ),
        (
            label.clone() / Expr::constant(rate_of(rate.nominal())),
            60.0,
            if dropping { ";" } else { ":" },
        ),
        (label, rate_of(rate.nominal()), ""),
    ];
    let mut parts = vec![Part::Words(params.text("prefix").to_owned())];
    for (value, count, mark) in fields {
        // What is written has no fraction.
        parts.push(Part::Whole {
            value: Expr::modulo(value, Expr::constant(count)),
            digits: 2,
        });
        parts.push(Part::Words(mark.to_owned()));
    }
    parts.push(Part::Words(params.text("suffix").to_owned()));
    Ok(chain([written(params, context, &parts, shown)?]))
}

/// The number of a frame's label: that of the frame, and the labels that are skipped before it.
fn label(first: i64, rate: Rate, dropping: bool) -> Expr {
    let (num, den) = (rate_of(rate.num().into()), rate_of(rate.den().into()));
    let frame = floor(t() * Expr::constant(num) / Expr::constant(den) + Expr::constant(0.5))
        + Expr::constant(rate_of(first));
    if !dropping {
        return frame;
    }
    let (nominal, dropped) = (rate.nominal(), rate.nominal() / 15);
    let minute = nominal * 60 - dropped;
    let ten_minutes = rate_of(minute * 10 + dropped);
    let tens = floor(frame.clone() / Expr::constant(ten_minutes));
    let rest = Expr::modulo(frame.clone(), Expr::constant(ten_minutes)) - Expr::constant(rate_of(dropped));
    let minutes = floor(Expr::max(rest, Expr::constant(0.0)) / Expr::constant(rate_of(minute)));
    frame + tens * Expr::constant(rate_of(9 * dropped)) + minutes * Expr::constant(rate_of(dropped))
}

fn rate_of(number: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "frames of days stay below 2^53")]
    let number = number as f64;
    number
}
