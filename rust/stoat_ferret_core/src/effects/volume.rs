//! `volume`: louder or quieter.

use super::{Default, Duration, EffectSpec, Kind, Param, Params, Place, Role, SoundContext};
use crate::document::Animated;
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
        Param::required("volume", Kind::Gain, "Factor from 0 to 10, or decibels as text (\"-6dB\").")
            .alias(&["gain", "level"])
            .animatable(),
        Param::optional(
            "precision",
            Kind::Word { allowed: &["fixed", "float", "double"], aliases: &[] },
            Default::Text("float"),
            "Kept for older documents: the sound is always mixed at float precision.",
        ),
    ],
    duration: Duration::Same,
    memory: false,
    role: Role::Filters { picture: None, sound: Some(sound), on_canvas: false },
};

fn sound(params: &Params, _: &SoundContext) -> Vec<Filter> {
    filters(&params.animated("volume"))
}

/// The filters of a gain; none where it changes nothing.
///
/// An animated gain is evaluated for every 64 samples, 1.3 ms at 48 kHz: below what is heard as steps.
pub(crate) fn filters(gain: &Animated) -> Vec<Filter> {
    if gain.is(1.0) {
        return Vec::new();
    }
    let volume = Filter::new("volume");
    if let Some(constant) = gain.constant() {
        return vec![volume.arg("volume", constant).arg("precision", "float")];
    }
    vec![
        Filter::new("asetnsamples").arg("n", 64i64).arg("p", false),
        volume
            .arg("volume", gain.expression(&Expr::var(Variable::T)))
            .arg("eval", "frame")
            .arg("precision", "float"),
        Filter::new("asetnsamples").arg("n", 1024i64).arg("p", false),
    ]
}
