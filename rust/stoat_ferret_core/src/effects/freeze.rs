//! `freeze`: the picture stands still.

use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `freeze`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "freeze",
    description: "Holds one frame of a clip; its length stays, its sound goes on.",
    ai_hint: "For a name over a standing picture: at the moment, for 2 s. To make the clip longer, trim it first.",
    example_prompt: "Freeze the picture when she turns around.",
    example: r#"{"at": 0.5, "duration": 1.2}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "at",
            Kind::Time { max: 86_400.0 },
            Default::Number(0.0),
            "The frame that is held, by its time from the clip's start.",
        )
        .alias(&["start", "time"]),
        Param::optional(
            "duration",
            Kind::Time { max: 86_400.0 },
            Default::None,
            "How long it is held; left out, to the end of the clip.",
        )
        .alias(&["length"]),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let rate = context.rate.as_f64();
    #[expect(clippy::cast_possible_truncation, reason = "frames of a day")]
    let frame = |seconds: f64| (seconds * rate).round() as i64;
    let at = frame(params.seconds("at").unwrap_or(0.0)).min(context.frames - 1);
    let end = params
        .seconds("duration")
        .map_or(context.frames, |length| at + frame(length))
        .min(context.frames);
    if end <= at + 1 {
        return Ok(Vec::new());
    }
    #[expect(clippy::cast_precision_loss, reason = "frames of a day")]
    let number = |frame: i64| Expr::constant(frame as f64);
    let held = Expr::between(Expr::var(Variable::N), number(at + 1), number(end - 1));
    // As many copies of the frame come as are left out behind it.
    Ok(chain([
        Filter::new("select").arg("expr", Expr::not(held)),
        Filter::new("loop")
            .arg("loop", end - at - 1)
            .arg("size", 1_i64)
            // It counts from one.
            .arg("start", at + 1),
    ]))
}
