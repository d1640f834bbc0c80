//! `stereo_width`: left and right closer together or further apart.

use super::sides::{evaluated, mixed, pairs, put, same};
use super::{Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `stereo_width`.
///
/// Filters: aeval, aformat, pan.
pub const SPEC: EffectSpec = EffectSpec {
    name: "stereo_width",
    description: "Brings left and right closer together or further apart; what both share stays as it is.",
    ai_hint: "0 is mono, 1 leaves it, 1.5 is wide. Above 1.5 it sounds hollow, and mono players lose what was widened.",
    example_prompt: "Make the music a little wider.",
    example: r#"{"width": 1.3}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::required(
        "width",
        Kind::Number {
            min: 0.0,
            max: 2.0,
            unit: "",
        },
        "Factor of the difference between left and right.",
    )
    .animatable()],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Sound(
        Sound::of(sound)
            .needing_sides()
            .louder_where(|params| params.animated("width").max() > 1.0),
    ),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let width = params.animated("width");
    let channels = context.channels;
    if width.is(1.0) {
        return Ok(Vec::new());
    }
    if let Some(width) = width.constant() {
        let (own, other) = (0.5 + width / 2.0, 0.5 - width / 2.0);
        let mut matrix = same(channels);
        for (left, right) in pairs(channels).iter().copied() {
            matrix = put(matrix, left, vec![(left, own), (right, other)]);
            matrix = put(matrix, right, vec![(right, own), (left, other)]);
        }
        return Ok(vec![mixed(channels, &matrix)]);
    }
    let width = width.expression(&Expr::var(Variable::T)).readable()?;
    let all = usize::try_from(channels).unwrap_or(0);
    let formula = |channel: usize| {
        let pair = pairs(channels)
            .iter()
            .find(|pair| pair.0 == channel || pair.1 == channel);
        match pair {
            Some((left, right)) => {
                let other = if *left == channel { right } else { left };
                format!("(val({channel})+val({other})+({width})*(val({channel})-val({other})))/2")
            }
            None => format!("val({channel})"),
        }
    };
    Ok(evaluated(&(0..all).map(formula).collect::<Vec<_>>()))
}
