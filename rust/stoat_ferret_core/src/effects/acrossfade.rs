//! `acrossfade`: stands for a transition of the sound to the next clip, with a hard cut of the picture
//! in its middle.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::ffmpeg::audio::Curve;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::transitions::AcrossfadeBuilder;

const CURVE: Kind = Kind::Word {
    allowed: Curve::NAMES,
    aliases: &[("linear", "tri")],
};

/// The description of `acrossfade`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "acrossfade",
    description: "Crosses the sound of this clip over to the next one's while they overlap.",
    ai_hint: "On audio tracks, or for a soft cut in speech. With a transition of the picture give its audio curves instead.",
    example_prompt: "Cross the music over to the next piece in two seconds.",
    example: r#"{"duration": 1, "curve1": "tri"}"#,
    places: &[Place::Clip],
    params: &[
        Param::required("duration", Kind::Time { max: 60.0 }, "How long both clips sound.")
            .alias(&["length"]),
        Param::optional(
            "curve1",
            CURVE,
            Default::Text("tri"),
            "How this clip goes; tri is linear.",
        ),
        Param::optional("curve2", CURVE, Default::Text("tri"), "How the next clip comes."),
        Param::optional(
            "overlap",
            Kind::Bool,
            Default::Bool(true),
            "Whether the clips overlap. False is refused: clips that do not overlap need audio_fade instead.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Transition { picture: false },
};

/// What the effect does, as a filter for reading.
pub(super) fn preview(params: &Params) -> Result<Filter, BuildError> {
    let builder = AcrossfadeBuilder::new(params.seconds("duration").unwrap_or(1.0))?
        .curve1(params.text("curve1").parse()?)
        .curve2(params.text("curve2").parse()?);
    Ok(builder.overlap(params.flag("overlap")).build())
}
