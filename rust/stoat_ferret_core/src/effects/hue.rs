//! `hue`: all colours turned around the wheel.

use super::steps::chain;
use super::ways::past_alpha;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `hue`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "hue",
    description: "Turns all colours around the colour wheel; greys and the luma stay.",
    ai_hint: "180 swaps every colour for its opposite. Keyframes from 0 to 360 cycle through all of them.",
    example_prompt: "Shift the colours of the dance scene towards blue.",
    example: r#"{"degrees": 120}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "degrees",
        Kind::Number {
            min: -3600.0,
            max: 3600.0,
            unit: "degrees",
        },
        Default::Number(0.0),
        "How far colours turn.",
    )
    .alias(&["angle", "shift"])
    .animatable()],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let degrees = params.animated("degrees");
    if degrees.is(0.0) {
        return Ok(Vec::new());
    }
    let hue = Filter::new("hue").arg("h", degrees.expression(&Expr::var(Variable::T)));
    Ok(past_alpha(context, chain([hue])))
}
