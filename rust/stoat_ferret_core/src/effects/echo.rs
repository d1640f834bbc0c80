//! `echo`: the sound comes back, quieter each time.

use super::taps::{Tap, echoes};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

/// Level of an echo that nobody hears any more.
const INAUDIBLE: f64 = 1e-4;

/// Echoes of the first way; FFmpeg's filter takes those within 90 seconds.
const FIRST: u32 = 10;
/// Milliseconds after which that filter takes no echo.
const LATEST: f64 = 90_000.0;

/// The description of `echo`.
///
/// Filters: adelay, aecho, volume.
pub const SPEC: EffectSpec = EffectSpec {
    name: "echo",
    description: "Repeats the sound after a while, quieter each time.",
    ai_hint: "Mountains: 600, 0.4. A slap: 110, one repeat. What sounds after a clip's end is cut: put it on the track.",
    example_prompt: "Let the last word echo.",
    example: r#"{"delay": 400, "level": 0.5, "repeats": 4}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "delay",
            Kind::Number {
                min: 1.0,
                max: 5000.0,
                unit: "milliseconds",
            },
            Default::Number(350.0),
            "From the sound to its first echo, and from each echo to the next.",
        )
        .alias(&["delay_ms"]),
        Param::optional(
            "level",
            Kind::FRACTION,
            Default::Number(0.5),
            "How loud the first echo is; 1 is as loud as the sound.",
        ),
        Param::optional(
            "decay",
            Kind::Number {
                min: 0.0,
                max: 0.95,
                unit: "",
            },
            Default::Number(0.5),
            "How loud each echo is against the one before it.",
        )
        .alias(&["feedback"]),
        Param::optional(
            "repeats",
            Kind::Whole { min: 1, max: 20 },
            Default::Number(4.0),
            "How many echoes there are.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(
        Sound::of(sound)
            .beside(late)
            .louder_where(|params| params.number("level") > 0.0),
    ),
};

fn sound(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let mut taps = taps(params);
    if reaches_far(&taps) {
        taps.truncate(FIRST as usize);
    }
    Ok(echoes(1.0, &taps, 1.0))
}

/// The echoes that come too late for one filter, alone.
fn late(params: &Params, _: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let all = taps(params);
    if !reaches_far(&all) {
        return Ok(Vec::new());
    }
    let after = params.number("delay") * f64::from(FIRST);
    let rest: Vec<Tap> = all
        .into_iter()
        .skip(FIRST as usize)
        .map(|tap| Tap {
            after: tap.after - after,
            ..tap
        })
        .collect();
    let mut filters = vec![Filter::new("adelay").arg("delays", after).arg("all", true)];
    filters.extend(echoes(0.0, &rest, 1.0));
    Ok(filters)
}

fn reaches_far(taps: &[Tap]) -> bool {
    taps.last().is_some_and(|tap| tap.after > LATEST)
}

fn taps(params: &Params) -> Vec<Tap> {
    let (delay, decay) = (params.number("delay"), params.number("decay"));
    let mut taps = Vec::new();
    let (mut after, mut level) = (delay, params.number("level"));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 20")]
    for _ in 0..params.number("repeats") as u32 {
        if level < INAUDIBLE {
            break;
        }
        taps.push(Tap { after, level });
        after += delay;
        level *= decay;
    }
    taps
}
