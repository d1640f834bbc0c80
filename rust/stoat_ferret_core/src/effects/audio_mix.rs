//! `audio_mix`: how the tracks' sounds are added up.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::ffmpeg::audio::AmixBuilder;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `audio_mix`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "audio_mix",
    description: "The project's mix: a weight for each audible track, in the order of the tracks.",
    ai_hint: "Usually not needed: set volumes on tracks and clips. normalize: true keeps the sum at full scale.",
    example_prompt: "Mix the music at half the level of the speech.",
    example: r#"{"inputs": 3, "weights": [1, 0.2, 0.5], "duration_mode": "longest"}"#,
    places: &[Place::Project, Place::Clip],
    params: &[
        Param::required(
            "inputs",
            Kind::Whole { min: 2, max: 32 },
            "How many tracks it mixes, the first ones.",
        ),
        Param::optional(
            "duration_mode",
            Kind::Word {
                allowed: &["longest", "shortest", "first"],
                aliases: &[],
            },
            Default::Text("longest"),
            "Where the mix ends: with the longest, the shortest or the first of the tracks.",
        )
        .alias(&["duration"]),
        Param::optional(
            "weights",
            Kind::Numbers {
                min: 0.0,
                max: 10.0,
                most: 32,
            },
            Default::None,
            "Factor of each track; the last one goes for those after it. Left out: 1 for all.",
        ),
        Param::optional(
            "normalize",
            Kind::Bool,
            Default::Bool(false),
            "Divide the mix by the sum of the weights.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Mix,
};

/// What the effect does, as a filter for reading.
pub(super) fn preview(params: &Params) -> Result<Filter, BuildError> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 32")]
    let inputs = params.number("inputs") as u32;
    let mut builder = AmixBuilder::new(inputs)?
        .duration_mode(params.text("duration_mode").parse()?)
        .normalize(params.flag("normalize"));
    if !params.numbers("weights").is_empty() {
        builder = builder.weights(params.numbers("weights").to_vec())?;
    }
    Ok(builder.build())
}
