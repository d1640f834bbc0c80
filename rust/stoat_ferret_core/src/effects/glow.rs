//! `glow`: light spreads from what is bright.

use super::steps::chain;
use super::ways::{blended, in_rgb};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `glow`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "glow",
    description: "Lets light spread from the bright parts of the picture.",
    ai_hint: "Dreamy: strength 0.5, threshold 0.4. Neon signs: strength 1, threshold 0.7, radius 20.",
    example_prompt: "Make the city lights glow.",
    example: r#"{"strength": 0.8, "radius": 16, "threshold": 0.4}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "strength",
            Kind::FRACTION,
            Default::Number(0.5),
            "How much light is added.",
        )
        .alias(&["amount"]),
        Param::optional(
            "radius",
            Kind::Number {
                min: 1.0,
                max: 200.0,
                unit: "pixels",
            },
            Default::Number(12.0),
            "How far light spreads, in pixels of the project's output.",
        ),
        Param::optional(
            "threshold",
            Kind::Number {
                min: 0.0,
                max: 0.95,
                unit: "",
            },
            Default::Number(0.5),
            "Brightness above which a colour gives light, as a fraction of full brightness.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let strength = params.number("strength");
    if strength == 0.0 {
        return Ok(Vec::new());
    }
    let threshold = params.number("threshold");
    let number = Expr::constant;
    let top = f64::from(context.working.white);
    let light = || {
        let above = (Expr::var(Variable::Val) / number(top) - number(threshold)) / number(1.0 - threshold);
        Expr::max(above, number(0.0)) * number(top)
    };
    let lights = ["r", "g", "b"]
        .into_iter()
        .fold(Filter::new("lutrgb"), |table, plane| table.arg(plane, light()));
    let spread = Filter::new("gblur")
        .arg("sigma", params.number("radius") * context.scale)
        .arg("steps", 2_i64);
    let lit = Step::beside(chain([lights, spread]), blended("screen", strength));
    Ok(in_rgb(context, vec![lit]))
}
