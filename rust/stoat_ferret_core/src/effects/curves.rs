//! `curves`: what every brightness becomes.

use super::steps::chain;
use super::ways::in_rgb;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};

const CURVE: Kind = Kind::Points { most: 16 };

/// The description of `curves`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "curves",
    description: "Bends brightness and colours by curves: what goes in from 0 to 1, what comes out from 0 to 1.",
    ai_hint: "An S gives contrast: [[0, 0], [0.25, 0.18], [0.75, 0.82], [1, 1]]. Faded: [[0, 0.1], [1, 0.95]].",
    example_prompt: "Give the film a faded look with blue shadows.",
    example: r#"{"master": [[0, 0], [0.25, 0.15], [0.75, 0.85], [1, 1]], "blue": [[0, 0.1], [1, 0.9]]}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "master",
            CURVE,
            Default::None,
            "For all three colours, after their own curves: points of what goes in and what comes out.",
        )
        .alias(&["all", "rgb"]),
        Param::optional("red", CURVE, Default::None, "For red alone."),
        Param::optional("green", CURVE, Default::None, "For green alone."),
        Param::optional("blue", CURVE, Default::None, "For blue alone."),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let mut curves = Filter::new("curves");
    for name in ["master", "red", "green", "blue"] {
        let points = params.points(name);
        if points.is_empty() {
            continue;
        }
        let points: Vec<String> = points.iter().map(|(from, to)| format!("{from}/{to}")).collect();
        curves = curves.arg(name, Value::Text(points.join(" ")));
    }
    if curves.args.is_empty() {
        return Ok(Vec::new());
    }
    Ok(in_rgb(context, chain([curves])))
}
