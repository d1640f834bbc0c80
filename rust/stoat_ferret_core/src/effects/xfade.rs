//! `xfade`: stands for the transition to the next clip.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::transitions::XfadeBuilder;

/// The description of `xfade`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "xfade",
    description: "The transition from this clip to the next one of the track: they overlap by its duration.",
    ai_hint: "Prefer the track's transitions. One second suits most; fade and dissolve never look wrong.",
    example_prompt: "Dissolve to the next clip over one second.",
    example: r#"{"transition": "dissolve", "duration": 1}"#,
    places: &[Place::Clip],
    params: &[
        Param::required("transition", Kind::Transition, "Name of the transition.").alias(&["type"]),
        Param::required("duration", Kind::Time { max: 60.0 }, "How long both clips show.").alias(&["length"]),
        Param::optional(
            "offset",
            Kind::Time { max: 86_400.0 },
            Default::None,
            "Derived: the clip's length without the transition. When given, it has to agree.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Transition { picture: true },
};

/// What the effect does, as a filter for reading.
pub(super) fn preview(params: &Params) -> Result<Filter, BuildError> {
    let length = params.seconds("duration").unwrap_or(1.0);
    let offset = params.seconds("offset").unwrap_or(10.0 - length);
    Ok(XfadeBuilder::new(params.text("transition").parse()?, length, offset)?.build())
}
