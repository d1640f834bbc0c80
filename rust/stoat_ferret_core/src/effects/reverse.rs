//! `reverse`: a clip runs backwards.

use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Sound,
    SoundContext, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// Bytes that the frames of a clip may take: all of them are kept until the last one is there.
const MOST_BYTES: f64 = 1.0e9;

/// The description of `reverse`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "reverse",
    description: "Plays a clip backwards, its sound too; all of its frames have to fit in a gigabyte.",
    ai_hint: "About 10 s in 1920x1080. Split a longer clip, reverse the parts and put them in reverse order.",
    example_prompt: "Play the jump backwards.",
    example: "{}",
    places: &[Place::Clip],
    params: &[Param::optional(
        "sound",
        Kind::Bool,
        Default::Bool(true),
        "Whether the sound runs backwards too; false leaves it as it is.",
    )
    .alias(&["audio"])
    .hint("Music and noises sound strange backwards: false, or another sound below.")],
    duration: Duration::Same,
    memory: Memory::Whole,
    role: Role::Both(Picture::of(picture), Sound::of(sound).never_louder()),
};

fn picture(_: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let (width, height) = (f64::from(context.frame.0), f64::from(context.frame.1));
    let each = match (context.working.white > 255, context.alpha) {
        (false, false) => 1.5,
        (false, true) => 2.5,
        (true, false) => 4.0,
        (true, true) => 6.0,
    };
    let most = MOST_BYTES / (width * height * each * context.rate.as_f64());
    if context.seconds() > most {
        return Err(BuildError::OutOfRange {
            what: "the length of a clip of this size that is reversed",
            given: context.seconds(),
            least: 0.0,
            most: (most * 10.0).floor() / 10.0,
            unit: " s",
        });
    }
    Ok(chain([Filter::new("reverse")]))
}

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let turned = params.flag("sound").then(|| Filter::new("areverse"));
    Ok(turned.into_iter().collect())
}
