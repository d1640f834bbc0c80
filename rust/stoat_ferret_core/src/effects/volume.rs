//! `volume`: louder or quieter.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::document::Animated;
use crate::ffmpeg::audio::VolumeBuilder;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The description of `volume`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "volume",
    description: "Makes the sound louder or quieter.",
    ai_hint: "1 leaves it, 0.5 or \"-6dB\" is half the level, 0 is silence. Music under speech: \"-18dB\".",
    example_prompt: "Lower the music by six decibels.",
    example: r#"{"volume": 0.8}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::required(
            "volume",
            Kind::Gain,
            "Factor from 0 to 10, or decibels as text (\"-6dB\").",
        )
        .alias(&["gain", "level"])
        .animatable(),
        Param::optional(
            "precision",
            Kind::Word {
                allowed: &["fixed", "float", "double"],
                aliases: &[],
            },
            Default::Text("float"),
            "Kept for older documents: the sound is always mixed at float precision.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Sound(Sound::of(sound).louder_where(|params| params.animated("volume").max() > 1.0)),
};

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    filters(&params.animated("volume"))
}

/// The filters of a gain; none where it changes nothing.
///
/// An animated gain is evaluated for every 64 samples, 1.3 ms at 48 kHz: below what is heard as steps.
pub(crate) fn filters(gain: &Animated) -> Result<Vec<Filter>, BuildError> {
    if gain.is(1.0) {
        return Ok(Vec::new());
    }
    let precise = |filter: Filter| filter.arg("precision", "float");
    if let Some(constant) = gain.constant() {
        return Ok(vec![precise(VolumeBuilder::new(constant)?.build())]);
    }
    let changing = VolumeBuilder::from_expression(gain.expression(&Expr::var(Variable::T)))?;
    Ok(vec![
        Filter::new("asetnsamples").arg("n", 64_i64).arg("p", false),
        precise(changing.build()),
        Filter::new("asetnsamples").arg("n", 1024_i64).arg("p", false),
    ])
}
