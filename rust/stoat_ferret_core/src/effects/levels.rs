//! `levels`: where black, white and the middle lie.

use super::steps::chain;
use super::ways::in_rgb;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

const fn part(min: f64, max: f64) -> Kind {
    Kind::Number { min, max, unit: "" }
}

/// The description of `levels`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "levels",
    description: "Says which brightness becomes black, which white, and where the middle lies between them.",
    ai_hint: "Flat footage: black 0.06, white 0.92. Lift shadows with gamma above 1. Washed out: output_black 0.1.",
    example_prompt: "The interview looks flat, give it full contrast.",
    example: r#"{"black": 0.1, "white": 0.9, "gamma": 1.2}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "black",
            part(0.0, 0.45),
            Default::Number(0.0),
            "What becomes black, as a fraction of full brightness.",
        ),
        Param::optional(
            "white",
            part(0.55, 1.0),
            Default::Number(1.0),
            "What becomes white, as a fraction of full brightness.",
        ),
        Param::optional(
            "gamma",
            part(0.1, 10.0),
            Default::Number(1.0),
            "Above 1 brightens the middle, below 1 darkens it.",
        ),
        Param::optional(
            "output_black",
            part(0.0, 1.0),
            Default::Number(0.0),
            "What black becomes.",
        ),
        Param::optional(
            "output_white",
            part(0.0, 1.0),
            Default::Number(1.0),
            "What white becomes; below output_black, the picture is a negative.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let [black, white, gamma, low, high] =
        ["black", "white", "gamma", "output_black", "output_white"].map(|name| params.number(name));
    #[expect(clippy::float_cmp, reason = "what is left out, not measured")]
    if [black, white, gamma, low, high] == [0.0, 1.0, 1.0, 0.0, 1.0] {
        return Ok(Vec::new());
    }
    let top = f64::from(context.working.white);
    let number = Expr::constant;
    let level = || {
        let share = (Expr::var(Variable::Val) / number(top) - number(black)) / number(white - black);
        let share = Expr::pow(Expr::clip(share, number(0.0), number(1.0)), number(1.0 / gamma));
        (share * number(high - low) + number(low)) * number(top)
    };
    let table = ["r", "g", "b"]
        .into_iter()
        .fold(Filter::new("lutrgb"), |table, plane| table.arg(plane, level()));
    Ok(in_rgb(context, chain([table])))
}
