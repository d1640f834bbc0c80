//! `speed_control`: faster or slower.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};
use crate::ffmpeg::speed::SpeedControl;

/// The description of `speed_control`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "speed_control",
    description: "Plays a clip faster or slower; its length on the timeline changes with it, its pitch does not.",
    ai_hint: "2 is twice as fast and half as long. Slow motion: 0.5. Drop the sound of time lapses.",
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
        .alias(&["speed", "rate"]),
        Param::optional(
            "drop_audio",
            Kind::Bool,
            Default::Bool(false),
            "Leave the clip's sound out.",
        ),
    ],
    duration: Duration::DividedBy("factor"),
    memory: Memory::None,
    role: Role::Speed,
};

/// What the effect does, as filters for reading.
pub(super) fn preview(params: &Params) -> Result<Vec<Filter>, BuildError> {
    let control = SpeedControl::new(params.number("factor"))?;
    let mut filters = vec![control.setpts_filter()];
    if !params.flag("drop_audio") {
        filters.extend(control.atempo_filters());
    }
    Ok(filters)
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
