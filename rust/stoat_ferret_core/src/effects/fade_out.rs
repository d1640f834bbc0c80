//! `fade_out`: the programme goes to black and silence.

use super::fade_in::{PARAMS, fade, fade_sound};
use super::fading::last_start;
use super::{
    Duration, EffectSpec, Memory, Params, Picture, PictureContext, Place, Role, Sound, SoundContext, Step,
};
use crate::ffmpeg::audio::FadeDirection;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `fade_out`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "fade_out",
    description: "Fades the whole programme out at its end: picture to a colour, sound to silence.",
    ai_hint: "At the end of a film: 1 to 3 seconds.",
    example_prompt: "Fade out to black at the end.",
    example: r#"{"duration": 1}"#,
    places: &[Place::Project],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Both(Picture::of(picture).on_canvas(), Sound::of(sound).never_louder()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    fade(FadeDirection::Out, last_start(params, context.seconds()), params)
}

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    fade_sound(FadeDirection::Out, last_start(params, context.seconds()), params)
}
