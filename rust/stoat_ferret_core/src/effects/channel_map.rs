//! `channel_map`: which channel is heard where.

use super::sides::{mixed, pairs, put, same};
use super::{Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// The description of `channel_map`.
///
/// Filters: pan.
pub const SPEC: EffectSpec = EffectSpec {
    name: "channel_map",
    description: "Puts left and right where they belong: one of them on both sides, both as one, swapped.",
    ai_hint: "A microphone on the left channel only: left_to_both. Two microphones that are hollow together: invert_right.",
    example_prompt: "The voice is on the left only; put it in the middle.",
    example: r#"{"mapping": "left_to_both"}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::required(
        "mapping",
        Kind::Word {
            allowed: &[
                "mono",
                "swap",
                "left_to_both",
                "right_to_both",
                "left_only",
                "right_only",
                "invert_left",
                "invert_right",
            ],
            aliases: &[("left", "left_to_both"), ("right", "right_to_both")],
        },
        "What becomes of left and right; in 5.1 of those in front, and of those around. mono is their mean, an inverted \
         channel has the opposite sign.",
    )
    .alias(&["mode", "map"])],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Sound(Sound::of(sound).needing_sides().never_louder()),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let channels = context.channels;
    let mut matrix = same(channels);
    for (left, right) in pairs(channels).iter().copied() {
        let both = vec![(left, 0.5), (right, 0.5)];
        let (l, r) = (vec![(left, 1.0)], vec![(right, 1.0)]);
        let silent = vec![(left, 0.0)];
        let rows = match params.text("mapping") {
            "mono" => (both.clone(), both),
            "swap" => (r, l),
            "left_to_both" => (l.clone(), l),
            "right_to_both" => (r.clone(), r),
            "left_only" => (l, silent),
            "right_only" => (silent, r),
            "invert_left" => (vec![(left, -1.0)], r),
            _ => (l, vec![(right, -1.0)]),
        };
        matrix = put(matrix, left, rows.0);
        matrix = put(matrix, right, rows.1);
    }
    Ok(vec![mixed(channels, &matrix)])
}
