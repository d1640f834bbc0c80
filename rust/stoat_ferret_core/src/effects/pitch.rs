//! `pitch`: higher or deeper, at the same speed.

use super::{Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role, Sound, SoundContext};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};

/// The description of `pitch`.
///
/// Filters: adelay, rubberband.
pub const SPEC: EffectSpec = EffectSpec {
    name: "pitch",
    description: "Makes the sound higher or deeper; length and tempo stay.",
    ai_hint: "12 is an octave up, -12 one down. A deeper voice: -3. Beyond 5 either way voices sound unreal.",
    example_prompt: "Make the voice three semitones deeper.",
    example: r#"{"semitones": -3}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::required(
        "semitones",
        Kind::Number {
            min: -12.0,
            max: 12.0,
            unit: "semitones",
        },
        "How much higher, or below 0 deeper; parts of one are fine.",
    )],
    duration: Duration::Same,
    memory: Memory::Past,
    role: Role::Sound(Sound::of(sound)),
};

fn sound(params: &Params, context: &SoundContext) -> Result<Vec<Filter>, BuildError> {
    let semitones = params.number("semitones");
    if semitones == 0.0 {
        return Ok(Vec::new());
    }
    let window = (context.sample_rate / 24).next_power_of_two();
    let shift = Filter::new("rubberband")
        .arg("pitch", (semitones / 12.0).exp2())
        .arg("pitchq", "quality")
        .arg("channels", "together");
    // Higher, it loses what it holds at the end (FFmpeg 5.1): silence, which may be lost, goes after it.
    let mut filters = vec![Filter::new("apad").arg("pad_len", i64::from(window) * 4)];
    let late = lateness(semitones, window);
    if late > 0 {
        filters.extend([shift, Filter::new("atrim").arg("start_sample", late)]);
    } else {
        let delays = Value::word(format!("{}S", -late))?;
        filters.push(Filter::new("adelay").arg("delays", delays).arg("all", true));
        filters.push(shift);
    }
    Ok(filters)
}

/// Samples by which shifted sound comes late, below 0 early, as measured on bursts and clicks at 22 to 96 kHz:
/// within 4 ms over the whole range.
fn lateness(semitones: f64, window: u32) -> i64 {
    let share = -semitones * (1.0 - semitones.abs() / 36.0) * 75.0 / 2048.0;
    #[expect(clippy::cast_possible_truncation, reason = "less than a window")]
    let samples = (share * f64::from(window)).round() as i64;
    samples
}
