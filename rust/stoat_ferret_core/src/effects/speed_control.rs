//! `speed_control`: faster or slower.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::document::Pace;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::ffmpeg::speed::SpeedControl;
use crate::time::Rate;

/// The description of `speed_control`.
///
/// Filters: minterpolate.
pub const SPEC: EffectSpec = EffectSpec {
    name: "speed_control",
    description: "Plays a clip faster or slower, evenly or along a curve; its length changes with it, its pitch does not.",
    ai_hint: "2 is twice as fast and half as long. Slow motion: 0.5. Ramp: keyframes of factor. Backwards: reverse; still: freeze.",
    example_prompt: "Play this clip at double speed.",
    example: r#"{"factor": 3}"#,
    places: &[Place::Clip],
    params: &[
        Param::required(
            "factor",
            Kind::Number {
                min: 0.25,
                max: 4.0,
                unit: "",
            },
            "How many seconds of the source play in one second.",
        )
        .animatable()
        .instead(" Backwards: add reverse; standing still: freeze.")
        .hint("A ramp: {\"keyframes\": [{\"time\": 1, \"value\": 1}, {\"time\": 2, \"value\": 3}]}, in seconds from the clip's start.")
        .alias(&["speed", "rate"]),
        Param::optional(
            "drop_audio",
            Kind::Bool,
            Default::Bool(false),
            "Leave the clip's sound out.",
        ),
        Param::optional(
            "frames",
            Kind::Word {
                allowed: &["nearest", "blend", "motion"],
                aliases: &[("duplicate", "nearest"), ("mix", "blend"), ("optical_flow", "motion")],
            },
            Default::Text("nearest"),
            "What shows between two frames of the source: the nearer one, a mix of both by their distance, or a picture in which things are on their way from one to the other.",
        )
        .alias(&["interpolation"])
        .hint("Slow motion that should look smooth: motion, which is slow to make; blend is quick, and blurs."),
    ],
    duration: Duration::DividedBy("factor"),
    memory: Memory::Past,
    role: Role::Speed,
};

/// What the effect does, as filters for reading.
pub(super) fn preview(params: &Params) -> Result<Vec<Filter>, BuildError> {
    let speed = params.animated("factor");
    let control = SpeedControl::new(speed.at(0.0))?;
    let mut filters = vec![if speed.constant().is_some() {
        control.setpts_filter()
    } else {
        let tb = || Expr::var(Variable::Tb);
        let source = (Expr::var(Variable::Pts) - Variable::StartPts) * tb();
        Filter::new("setpts").value(Pace::new(&speed).expression(&source, &[]) / tb())
    }];
    filters.extend(Between::of(params).filter(Rate::FPS_30));
    if !params.flag("drop_audio") {
        filters.extend(control.atempo_filters());
    }
    Ok(filters)
}

/// What shows between two frames of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// The nearer one.
    Nearest,
    /// A mix of both, by their distance.
    Blend,
    /// What moves on its way from one to the other.
    Motion,
}

impl Between {
    /// What parameters of `speed_control` say.
    #[must_use]
    pub fn of(params: &Params) -> Self {
        match params.text("frames") {
            "blend" => Self::Blend,
            "motion" => Self::Motion,
            _ => Self::Nearest,
        }
    }

    /// Makes the frames of a rate out of those of a source, whose times may be any; nothing where the
    /// nearest ones are enough.
    #[must_use]
    pub fn filter(self, rate: Rate) -> Option<Filter> {
        let filter =
            Filter::new("minterpolate").arg("fps", Value::Rational(rate.num().into(), rate.den().into()));
        match self {
            Self::Nearest => None,
            Self::Blend => Some(filter.arg("mi_mode", "blend").arg("scd", "none")),
            Self::Motion => Some(
                filter
                    .arg("mi_mode", "mci")
                    .arg("mc_mode", "aobmc")
                    .arg("me_mode", "bidir")
                    .arg("vsbmc", true),
            ),
        }
    }
}

/// The sound filters for a speed; none at normal speed.
///
/// `atempo` is ahead of the picture by half of its window, at the speed of what goes in; so much
/// silence before each of them brings it back (measured: within 7 ms at 2, within 15 ms at 0.5).
pub(crate) fn sound(factor: f64, sample_rate: u32) -> Result<Vec<Filter>, BuildError> {
    let half_window = (sample_rate / 24).next_power_of_two() / 2;
    let delay = Value::word(format!("{half_window}S"))?;
    let filters = SpeedControl::new(factor)?.atempo_filters();
    Ok(filters
        .into_iter()
        .flat_map(|atempo| {
            [
                Filter::new("adelay")
                    .arg("delays", delay.clone())
                    .arg("all", true),
                atempo,
            ]
        })
        .collect())
}
