//! `video_fade`: the clip's picture comes out of, or goes to, a colour or transparency.

use super::fading::{FADE_TYPE, FAR_COLOR, START_TIME, length, when};
use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::audio::FadeDirection;
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::transitions::FadeBuilder;

/// The description of `video_fade`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "video_fade",
    description: "Fades a clip's picture in or out, to a colour or to what lies below.",
    ai_hint: "For the whole film use fade_in and fade_out. alpha: true lets the tracks below show through.",
    example_prompt: "Fade this clip in from white over half a second.",
    example: r#"{"fade_type": "in", "duration": 1.5}"#,
    places: &[Place::Clip, Place::Track],
    params: &[
        FADE_TYPE,
        length(60.0),
        START_TIME,
        FAR_COLOR,
        Param::optional(
            "alpha",
            Kind::Bool,
            Default::Bool(false),
            "Fade to transparency instead of a colour.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let (direction, start) = when(params, context.seconds());
    Ok(chain(filter(direction, start, params)?))
}

/// The fade; nothing where it has no length.
pub(super) fn filter(
    direction: FadeDirection,
    start: f64,
    params: &Params,
) -> Result<Option<Filter>, BuildError> {
    let Some(length) = params.seconds("duration").filter(|length| *length > 0.0) else {
        return Ok(None);
    };
    let builder = FadeBuilder::new(direction, length)?.start_time(start)?;
    let builder = if params.flag("alpha") {
        builder.alpha(true)
    } else {
        builder.color(params.color("color").unwrap_or(Color::BLACK))
    };
    Ok(Some(builder.build()))
}
