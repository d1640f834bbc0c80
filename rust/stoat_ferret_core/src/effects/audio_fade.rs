//! `audio_fade`: the clip's sound comes out of, or goes to, silence.

use super::fading::{FADE_TYPE, START_TIME, length, when};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::audio::{AfadeBuilder, Curve, FadeDirection};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `audio_fade`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "audio_fade",
    description: "Fades a clip's sound in or out.",
    ai_hint: "Music: in 1, out 3 seconds. 0.02 takes the click from a hard cut in speech.",
    example_prompt: "Fade the music out over three seconds.",
    example: r#"{"fade_type": "in", "duration": 2, "curve": "tri"}"#,
    places: &[Place::Clip, Place::Track],
    params: &[
        FADE_TYPE,
        length(600.0),
        START_TIME,
        Param::optional(
            "curve",
            Kind::Word {
                allowed: Curve::NAMES,
                aliases: &[("linear", "tri")],
            },
            Default::Text("tri"),
            "Shape of the fade; tri is linear.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Sound(Sound::of(sound).never_louder()),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let (direction, start) = when(params, context.seconds());
    let curve = params.text("curve");
    Ok(filter(direction, start, params, curve)?.into_iter().collect())
}

/// The fade; nothing where it has no length.
pub(super) fn filter(
    direction: FadeDirection,
    start: f64,
    params: &Params,
    curve: &str,
) -> Result<Option<Filter>, BuildError> {
    let Some(length) = params.seconds("duration").filter(|length| *length > 0.0) else {
        return Ok(None);
    };
    let builder = AfadeBuilder::new(direction, length)?
        .start_time(start)?
        .curve(curve.parse()?);
    Ok(Some(builder.build()))
}
