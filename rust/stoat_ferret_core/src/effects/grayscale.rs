//! `grayscale`: the picture without its colours.

use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `grayscale`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "grayscale",
    description: "Takes the colours away; the luma stays exactly as it is.",
    ai_hint: "Flashbacks and archive looks. For part of the colour only, give an amount below 1.",
    example_prompt: "Make the flashback black and white.",
    example: r#"{"amount": 1}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "amount",
        Kind::FRACTION,
        Default::Number(1.0),
        "How much of the colour goes; 1 is all of it.",
    )],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let amount = params.number("amount");
    if amount == 0.0 {
        return Ok(Vec::new());
    }
    let middle = f64::from(context.working.white / 2 + 1);
    let chroma = || {
        let off = Expr::var(Variable::Val) - Expr::constant(middle);
        off * Expr::constant(1.0 - amount) + Expr::constant(middle)
    };
    Ok(chain([Filter::new("lut")
        .arg("c1", chroma())
        .arg("c2", chroma())]))
}
