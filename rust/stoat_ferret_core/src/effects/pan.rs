//! `pan`: the sound moves to the left or the right.

use std::f64::consts::FRAC_PI_2;

use super::sides::{center, evaluated, mixed, pairs, put, same};
use super::{Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `pan`.
///
/// Filters: aeval, aformat, pan.
pub const SPEC: EffectSpec = EffectSpec {
    name: "pan",
    description: "Moves the sound to the left or the right; nothing of it is lost on the way.",
    ai_hint: "-1 is all left, 0 leaves it, 1 is all right. A speaker on the left of the picture: -0.3. Keyframes let it pass by.",
    example_prompt: "Let the car pass from left to right.",
    example: r#"{"position": {"keyframes": [{"time": 0, "value": -1}, {"time": 3, "value": 1}]}}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::required(
        "position",
        Kind::Number {
            min: -1.0,
            max: 1.0,
            unit: "",
        },
        "Where it is, from -1 (left) to 1 (right).",
    )
    .alias(&["pan", "balance"])
    .animatable()],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Sound(
        Sound::of(sound)
            .needing_sides()
            .louder_where(|params| !params.animated("position").is(0.0)),
    ),
};

/// One side fades as a cosine while what it loses comes up as a sine on the other one: their powers stay
/// the same together.
fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let position = params.animated("position");
    if let Some(constant) = position.constant() {
        return Ok(still(constant, context.channels));
    }
    let position = position.expression(&Expr::var(Variable::T)).readable()?;
    Ok(evaluated(&moving(&position, context.channels)))
}

fn still(position: f64, channels: u32) -> Vec<Filter> {
    if position == 0.0 {
        return Vec::new();
    }
    let angle = position.abs() * FRAC_PI_2;
    let (kept, moved) = (angle.cos(), angle.sin());
    let mut matrix = same(channels);
    for (index, (left, right)) in pairs(channels).iter().enumerate() {
        let (to, from) = if position < 0.0 {
            (*left, *right)
        } else {
            (*right, *left)
        };
        let mut row = vec![(to, 1.0), (from, moved)];
        if let (0, Some(center)) = (index, center(channels)) {
            row.push((center, moved));
            matrix = put(matrix, center, vec![(center, kept)]);
        }
        matrix = put(matrix, to, row);
        matrix = put(matrix, from, vec![(from, kept)]);
    }
    vec![mixed(channels, &matrix)]
}

fn moving(position: &Expr, channels: u32) -> Vec<String> {
    let angle = format!("({position})*{FRAC_PI_2}");
    // To the left, and to the right.
    let (left_angle, right_angle) = (format!("max(0,-({angle}))"), format!("max(0,{angle})"));
    let all = usize::try_from(channels).unwrap_or(0);
    let mut formulas: Vec<String> = (0..all).map(|channel| format!("val({channel})")).collect();
    let mut set = |channel: usize, formula: String| {
        if let Some(place) = formulas.get_mut(channel) {
            *place = formula;
        }
    };
    for (index, (left, right)) in pairs(channels).iter().enumerate() {
        let side = |own: usize, other: usize, towards: &str, away: &str| {
            let shared = match center(channels) {
                Some(center) if index == 0 => format!("+val({center})*sin({towards})"),
                _ => String::new(),
            };
            format!("val({own})*cos({away})+val({other})*sin({towards}){shared}")
        };
        set(*left, side(*left, *right, &left_angle, &right_angle));
        set(*right, side(*right, *left, &right_angle, &left_angle));
    }
    if let Some(center) = center(channels) {
        set(center, format!("val({center})*cos({angle})"));
    }
    formulas
}
