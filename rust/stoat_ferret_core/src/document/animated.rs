//! Numbers that may change over a clip: a constant, or keyframes that become one expression.

use super::fields::{Field, Problems};
use crate::ffmpeg::expression::Expr;
use crate::problem::Problem;
use crate::time::{Rate, Time};

/// How a value moves from one keyframe to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Easing {
    /// At constant speed.
    Linear,
    /// Slow at both ends (smoothstep).
    Ease,
    /// Slow at the start (quadratic).
    EaseIn,
    /// Slow at the end (quadratic).
    EaseOut,
    /// Stays until the next keyframe.
    Hold,
}

/// The words that name an easing.
pub const EASINGS: [&str; 5] = ["linear", "ease", "ease_in", "ease_out", "hold"];

impl Easing {
    /// The easing of this word; `linear` where it is none.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "ease" => Self::Ease,
            "ease_in" => Self::EaseIn,
            "ease_out" => Self::EaseOut,
            "hold" => Self::Hold,
            _ => Self::Linear,
        }
    }

    /// How much of the way is done when this part of the time has passed, both from 0 to 1.
    pub(crate) fn shape(self, u: Expr) -> Expr {
        let one = || Expr::constant(1.0);
        match self {
            Self::Linear => u,
            Self::Ease => u.clone() * u.clone() * (Expr::constant(3.0) - Expr::constant(2.0) * u),
            Self::EaseIn => u.clone() * u,
            Self::EaseOut => one() - (one() - u.clone()) * (one() - u),
            Self::Hold => Expr::constant(0.0),
        }
    }

    /// The most that [`Self::shape_number`] rises by, for a unit of time.
    pub(super) fn steepest(self) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Ease => 1.5,
            Self::EaseIn | Self::EaseOut => 2.0,
            Self::Hold => 0.0,
        }
    }

    /// The integral of [`Self::shape_number`] from 0 to `u`.
    pub(super) fn area(self, u: f64) -> f64 {
        match self {
            Self::Linear => u * u / 2.0,
            Self::Ease => u * u * u * (1.0 - u / 2.0),
            Self::EaseIn => u * u * u / 3.0,
            Self::EaseOut => u * u * (1.0 - u / 3.0),
            Self::Hold => 0.0,
        }
    }

    /// How much of the way is done when this part of the time has passed.
    pub(super) fn shape_number(self, u: f64) -> f64 {
        match self {
            Self::Linear => u,
            Self::Ease => u * u * (3.0 - 2.0 * u),
            Self::EaseIn => u * u,
            Self::EaseOut => 1.0 - (1.0 - u) * (1.0 - u),
            Self::Hold => 0.0,
        }
    }
}

/// A value at a time (from the clip's start), and how it goes on from there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keyframe {
    /// From the start of the clip; below zero, before it.
    pub time: Time,
    /// The value at that time.
    pub value: f64,
    /// The way to the next keyframe.
    pub easing: Easing,
}

/// A number, or a number that changes over the clip.
#[derive(Debug, Clone, PartialEq)]
pub enum Animated {
    /// The same over the whole clip.
    Constant(f64),
    /// At least one keyframe, in order of time; before the first and after the last the value stays.
    Keyframes(Vec<Keyframe>),
}

impl Animated {
    /// The value where it does not change.
    #[must_use]
    pub fn constant(&self) -> Option<f64> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Keyframes(keys) => {
                let first = keys.first()?.value;
                #[expect(clippy::float_cmp, reason = "the same written number")]
                keys.iter().all(|key| key.value == first).then_some(first)
            }
        }
    }

    /// Whether the value is this constant over the whole clip.
    #[must_use]
    pub fn is(&self, value: f64) -> bool {
        #[expect(clippy::float_cmp, reason = "the same written number")]
        self.constant().is_some_and(|constant| constant == value)
    }

    /// The least value that is ever reached.
    #[must_use]
    pub fn min(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Keyframes(keys) => keys.iter().map(|key| key.value).fold(f64::INFINITY, f64::min),
        }
    }

    /// The largest value that is ever reached (no easing goes beyond its ends).
    #[must_use]
    pub fn max(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Keyframes(keys) => keys.iter().map(|key| key.value).fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// The value at a time from the clip's start, in seconds.
    #[must_use]
    pub fn at(&self, seconds: f64) -> f64 {
        let keys = match self {
            Self::Constant(value) => return *value,
            Self::Keyframes(keys) => keys,
        };
        let mut value = keys.first().map_or(0.0, |key| key.value);
        for pair in keys.windows(2) {
            let [from, to] = pair else { continue };
            let (start, end) = (from.time.to_seconds(), to.time.to_seconds());
            if seconds >= end {
                value = to.value;
            } else if seconds >= start {
                let u = (seconds - start) / (end - start);
                value = from.value + (to.value - from.value) * from.easing.shape_number(u);
            }
        }
        value
    }

    /// The value times `factor` plus `offset`, over the same times.
    #[must_use]
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(change(*value)),
            Self::Keyframes(keys) => Self::Keyframes(
                keys.iter()
                    .map(|key| Keyframe {
                        value: change(key.value),
                        ..*key
                    })
                    .collect(),
            ),
        }
    }

    /// The value as an expression of `t`, seconds from the clip's start.
    ///
    /// Before the first keyframe and after the last the value stays.
    #[must_use]
    pub fn expression(&self, t: &Expr) -> Expr {
        match self {
            Self::Constant(value) => Expr::constant(*value),
            Self::Keyframes(keys) => {
                let Some((first, last)) = keys.first().zip(keys.last()) else {
                    return Expr::constant(0.0);
                };
                let mut steps: Vec<(f64, Expr)> = keys
                    .windows(2)
                    .filter_map(|pair| match pair {
                        [from, to] => Some((from.time.to_seconds(), between(*from, *to, t))),
                        _ => None,
                    })
                    .collect();
                steps.push((last.time.to_seconds(), Expr::constant(last.value)));
                Expr::piecewise(t, Expr::constant(first.value), steps)
            }
        }
    }
}

fn between(from: Keyframe, to: Keyframe, t: &Expr) -> Expr {
    let (start, end) = (from.time.to_seconds(), to.time.to_seconds());
    #[expect(clippy::float_cmp, reason = "the same written number")]
    let flat = from.value == to.value || from.easing == Easing::Hold;
    if flat {
        return Expr::constant(from.value);
    }
    let u = (t.clone() - Expr::constant(start)) / Expr::constant(end - start);
    Expr::constant(from.value) + Expr::constant(to.value - from.value) * from.easing.shape(u)
}

/// Reads a number or `{"keyframes": [...]}`.
pub(crate) fn read_animated(
    field: &Field<'_>,
    min: f64,
    max: f64,
    animatable: bool,
    rate: Rate,
    problems: &mut Problems,
) -> Option<Animated> {
    if !field.value.is_object() {
        return field.number(min, max, problems).map(Animated::Constant);
    }
    let mut fields = field.object(problems)?;
    let list = fields.require("keyframes", problems);
    fields.close(problems);
    let list = list?;
    if !animatable {
        problems.push(
            Problem::new(
                "effect.not_animatable",
                field.pointer(),
                "This parameter cannot change over time.".to_owned(),
            )
            .hint("Give one number."),
        );
        return None;
    }
    let items = list.items(problems);
    let mut keys: Vec<Keyframe> = Vec::new();
    for item in &items {
        let Some(mut fields) = item.object(problems) else {
            continue;
        };
        let time = fields
            .require("time", problems)
            .and_then(|f| f.moment(rate, problems));
        let value = fields
            .require("value", problems)
            .and_then(|f| f.number(min, max, problems));
        let easing = fields
            .get("easing")
            .and_then(|f| f.word(&EASINGS, &[("ease_in_out", "ease")], problems))
            .map_or(Easing::Linear, Easing::from_word);
        fields.close(problems);
        let (Some(time), Some(value)) = (time, value) else {
            continue;
        };
        if keys.last().is_some_and(|last| last.time >= time) {
            problems.push(
                Problem::new(
                    "keyframes.order",
                    format!("{}/time", item.pointer()),
                    "This keyframe is not later than the one before it.".to_owned(),
                )
                .hint("Put the keyframes in order of time, one for each time."),
            );
            continue;
        }
        keys.push(Keyframe { time, value, easing });
    }
    if keys.is_empty() {
        if items.is_empty() {
            problems.push(
                Problem::new(
                    "keyframes.empty",
                    list.pointer(),
                    "There is no keyframe.".to_owned(),
                )
                .hint("Give at least one keyframe, or a number instead."),
            );
        }
        return None;
    }
    Some(Animated::Keyframes(keys))
}
