//! `reverb`: a room around the sound, out of thousands of echoes.

use super::band::{highest, pass};
use super::level::factor;
use super::taps::{Tap, echoes};
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Separator, Value};

/// Echoes of the room itself, of what scatters each of them, and of what scatters those.
const STAGES: [u32; 3] = [96, 16, 8];
/// Milliseconds over which the second and the third stage scatter.
const SCATTERED: [f64; 2] = [47.0, 7.9];
/// Decibels by which the echoes of each stage fall from its first to its last.
const FALLS: [f64; 3] = [60.0, 12.0, 12.0];
/// Milliseconds by which the channels' rooms are apart, so that they do not come from one point.
const APART: [f64; 6] = [0.0, 7.3, 3.1, 0.0, 11.9, 17.7];
/// Hertz below which a room only booms.
const BOOM: f64 = 150.0;

/// The description of `reverb`.
///
/// Filters: adelay, aecho, amix, asplit, highpass, lowpass, volume.
pub const SPEC: EffectSpec = EffectSpec {
    name: "reverb",
    description: "Adds a room around the sound: a dense, evenly dying pattern of echoes, no model of a real place.",
    ai_hint: "A room: decay 0.5, amount 0.15. A hall: 2, 0.25. A cathedral: 5, 0.4. On a clip it ends with the clip.",
    example_prompt: "Let the choir sound as in a church.",
    example: r#"{"decay": 3, "amount": 0.35}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::optional(
            "decay",
            Kind::Number {
                min: 0.1,
                max: 10.0,
                unit: "seconds",
            },
            Default::Number(1.5),
            "How long it takes to die away by 60 dB.",
        )
        .alias(&["decay_time", "time"]),
        Param::optional(
            "amount",
            Kind::FRACTION,
            Default::Number(0.25),
            "Level of the room beside the sound, which stays as it is.",
        )
        .alias(&["wet", "mix"]),
        Param::optional(
            "pre_delay",
            Kind::Number {
                min: 0.0,
                max: 200.0,
                unit: "milliseconds",
            },
            Default::Number(20.0),
            "From the sound to the first of the room.",
        ),
        Param::optional(
            "damping",
            Kind::Number {
                min: 500.0,
                max: 20_000.0,
                unit: "hertz",
            },
            Default::Number(6000.0),
            "Above it the room takes sounds in: low is soft, high is hard.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(
        Sound::of(|_, _| Ok(Vec::new()))
            .beside(room)
            .louder_where(|params| params.number("amount") > 0.0),
    ),
};

/// The room alone.
fn room(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let (decay, amount) = (params.number("decay"), params.number("amount"));
    if amount == 0.0 {
        return Ok(Vec::new());
    }
    let mut filters = pass("highpass", BOOM, "normal");
    filters.extend(delay(params.number("pre_delay"), context));
    let lengths = [decay * 1000.0, SCATTERED[0], SCATTERED[1]];
    let stages = STAGES.into_iter().zip(lengths).zip(FALLS);
    for (seed, ((count, length), fall)) in (1_u32..).zip(stages) {
        let taps = scattered(count, length, fall, seed);
        let power: f64 = taps.iter().map(|tap| tap.level * tap.level).sum();
        filters.extend(echoes(0.0, &taps, power.sqrt().recip().min(1.0)));
    }
    let damping = params.number("damping");
    if damping <= highest(context) {
        filters.extend(pass("lowpass", damping, "gentle"));
    }
    filters.push(Filter::new("volume").value(amount).arg("precision", "float"));
    Ok(filters)
}

fn delay(first: f64, context: &SoundContext) -> Option<Filter> {
    let channels = usize::try_from(context.channels).unwrap_or(1);
    let delays: Vec<f64> = APART.iter().take(channels).map(|apart| first + apart).collect();
    let some = delays.iter().any(|delay| *delay > 0.0);
    some.then(|| {
        let delays = delays.into_iter().map(Value::from).collect();
        Filter::new("adelay").arg("delays", Value::List(Separator::Bar, delays))
    })
}

/// Echoes over `length` milliseconds that fall by `fall` dB, one in each of `count` equal parts of it at a
/// place that looks like chance and is always the same.
fn scattered(count: u32, length: f64, fall: f64, seed: u32) -> Vec<Tap> {
    let mut state = seed.wrapping_mul(0x9E37_79B9);
    (0..count)
        .map(|index| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let chance = f64::from(state >> 8) / f64::from(1_u32 << 24);
            let share = (f64::from(index) + 0.05 + 0.9 * chance) / f64::from(count);
            Tap {
                after: share * length,
                level: factor(-fall * share),
            }
        })
        .collect()
}
