//! `fade_in`: the programme comes out of black and silence.

use super::fading::{FAR_COLOR, length};
use super::steps::chain;
use super::{
    Duration, EffectSpec, Memory, Param, Params, Picture, PictureContext, Place, Role, Sound, SoundContext,
    Step,
};
use crate::ffmpeg::audio::FadeDirection;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

pub(super) const PARAMS: &[Param] = &[length(60.0), FAR_COLOR];

/// The description of `fade_in`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "fade_in",
    description: "Fades the whole programme in: picture from a colour, sound from silence.",
    ai_hint: "At the start of a film: 0.5 to 2 seconds.",
    example_prompt: "Fade in from black over one second.",
    example: r#"{"duration": 1}"#,
    places: &[Place::Project],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Both(Picture::of(picture).on_canvas(), Sound::of(sound).never_louder()),
};

fn picture(params: &Params, _: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    fade(FadeDirection::In, 0.0, params)
}

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    fade_sound(FadeDirection::In, 0.0, params)
}

pub(super) fn fade(direction: FadeDirection, start: f64, params: &Params) -> Result<Vec<Step>, BuildError> {
    Ok(chain(super::video_fade::filter(direction, start, params)?))
}

pub(super) fn fade_sound(
    direction: FadeDirection,
    start: f64,
    params: &Params,
) -> Result<Vec<Filter>, BuildError> {
    Ok(super::audio_fade::filter(direction, start, params, "tri")?
        .into_iter()
        .collect())
}
