//! Rates, frames and timecodes.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBool;
use serde_json::{Number, Value};
use stoat_ferret_core::compile::grid;
use stoat_ferret_core::document::{Animated, Easing, Keyframe, Pace};
use stoat_ferret_core::time::{self, Frame, Rate, Time, TimeError};

use crate::refusal::value_error;

/// Adds the names of this file to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(parse_rate, m)?)?;
    m.add_function(wrap_pyfunction!(parse_time, m)?)?;
    m.add_function(wrap_pyfunction!(frame_at, m)?)?;
    m.add_function(wrap_pyfunction!(frames_at, m)?)?;
    m.add_function(wrap_pyfunction!(clip_frames, m)?)?;
    m.add_function(wrap_pyfunction!(source_time, m)?)?;
    m.add_function(wrap_pyfunction!(time_reached, m)?)?;
    m.add_function(wrap_pyfunction!(seconds_at, m)?)?;
    m.add_function(wrap_pyfunction!(samples_for, m)?)?;
    m.add_function(wrap_pyfunction!(timecode, m)?)
}

/// A number or a text, as the wire has it.
struct Wire(Value);

impl<'py> FromPyObject<'_, 'py> for Wire {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = value.extract::<String>() {
            return Ok(Self(Value::String(text)));
        }
        let number = value
            .extract::<f64>()
            .ok()
            .filter(|_| !value.is_instance_of::<PyBool>());
        let number = number.ok_or_else(|| PyTypeError::new_err("expected a number or a string"))?;
        let finite = Number::from_f64(number).ok_or_else(|| refused(&TimeError::NotFinite(number)))?;
        Ok(Self(Value::Number(finite)))
    }
}

/// A frame rate in any of its forms.
#[derive(Clone, Copy)]
struct Fps(Rate);

impl<'py> FromPyObject<'_, 'py> for Fps {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Wire(value) = value.extract()?;
        Rate::from_json(&value).map(Self).map_err(|error| refused(&error))
    }
}

/// A speed: a number, or the keyframes `(time, value, easing)` of one that changes.
struct Speed(Pace);

impl Default for Speed {
    fn default() -> Self {
        Self(Pace::PLAIN)
    }
}

impl<'py> FromPyObject<'_, 'py> for Speed {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(speed) = value.extract::<f64>() {
            return Ok(Self(Pace::new(&Animated::Constant(speed))));
        }
        let mut keys: Vec<Keyframe> = Vec::new();
        for (time, value, easing) in value.extract::<Vec<(f64, f64, String)>>()? {
            let time = Time::from_seconds(time).map_err(|error| refused(&error))?;
            if keys.last().is_some_and(|last| last.time >= time) {
                return Err(PyValueError::new_err(
                    "keyframes of a speed come in order of time",
                ));
            }
            if !(value > 0.0 && value.is_finite()) {
                return Err(PyValueError::new_err("a speed is above 0"));
            }
            keys.push(Keyframe {
                time,
                value,
                easing: Easing::from_word(&easing),
            });
        }
        if keys.is_empty() {
            return Err(PyValueError::new_err("a speed has at least one keyframe"));
        }
        Ok(Self(Pace::new(&Animated::Keyframes(keys))))
    }
}

fn refused(error: &TimeError) -> PyErr {
    value_error(error, error.hint())
}

/// The frame rate as a fraction in lowest terms: 29.97 is (30000, 1001).
#[pyfunction]
fn parse_rate(fps: Fps) -> (u32, u32) {
    (fps.0.num(), fps.0.den())
}

/// The seconds that a number, timecode, clock time or number of frames names.
#[pyfunction]
fn parse_time(value: Wire, fps: Fps) -> PyResult<f64> {
    let Wire(value) = value;
    time::parse_position(&value, fps.0)
        .map(Time::to_seconds)
        .map_err(|error| refused(&error))
}

/// The frame whose start is nearest to that many seconds.
#[pyfunction]
fn frame_at(seconds: f64, fps: Fps) -> PyResult<i64> {
    Time::from_seconds(seconds)
        .map(|time| fps.0.frame_at(time).0)
        .map_err(|error| refused(&error))
}

/// The frames whose starts are nearest to so many moments in seconds.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "a list is extracted by value")]
fn frames_at(seconds: Vec<f64>, fps: Fps) -> PyResult<Vec<i64>> {
    let frame = |second: &f64| Time::from_seconds(*second).map(|time| fps.0.frame_at(time).0);
    let frames: Result<_, _> = seconds.iter().map(frame).collect();
    frames.map_err(|error| refused(&error))
}

/// The first frame of a clip, and the one after its last.
#[pyfunction]
#[pyo3(
    signature = (timeline_start, in_point, out_point, fps, *, speed = Speed::default()),
    text_signature = "(timeline_start, in_point, out_point, fps, *, speed=1.0)"
)]
#[expect(clippy::needless_pass_by_value, reason = "it is extracted by value")]
fn clip_frames(
    timeline_start: f64,
    in_point: f64,
    out_point: f64,
    fps: Fps,
    speed: Speed,
) -> PyResult<(i64, i64)> {
    let time = |seconds: f64| Time::from_seconds(seconds).map_err(|error| refused(&error));
    let frames = grid::clip_frames(
        fps.0,
        time(timeline_start)?,
        time(in_point)?,
        time(out_point)?,
        &speed.0,
    );
    let frames = frames.ok_or_else(|| refused(&TimeError::OutOfRange(out_point.to_string())))?;
    Ok((frames.start().0, frames.end().0))
}

/// The time of a source, in seconds, that is reached from `point` after so many frames at a speed; the clip
/// shows `point` at its frame number `since`.
#[pyfunction]
#[pyo3(
    signature = (point, frames, fps, *, speed = Speed::default(), since = 0),
    text_signature = "(point, frames, fps, *, speed=1.0, since=0)"
)]
#[expect(clippy::needless_pass_by_value, reason = "it is extracted by value")]
fn source_time(point: f64, frames: i64, fps: Fps, speed: Speed, since: i64) -> PyResult<f64> {
    let from = Time::from_seconds(point).map_err(|error| refused(&error))?;
    let reached = grid::source_time(fps.0, from, frames, &speed.0, since);
    let reached = reached.ok_or_else(|| refused(&TimeError::OutOfRange(frames.to_string())))?;
    Ok(reached.to_seconds())
}

/// Seconds from the start of a clip, which shows `in_point`, until it comes to `point` of its source.
#[pyfunction]
#[pyo3(
    signature = (in_point, point, *, speed = Speed::default()),
    text_signature = "(in_point, point, *, speed=1.0)"
)]
#[expect(clippy::needless_pass_by_value, reason = "it is extracted by value")]
fn time_reached(in_point: f64, point: f64, speed: Speed) -> PyResult<f64> {
    let time = |seconds: f64| Time::from_seconds(seconds).map_err(|error| refused(&error));
    let played = time(point)?.to_seconds() - time(in_point)?.to_seconds();
    time(speed.0.reached(played)).map(Time::to_seconds)
}

/// The start of a frame in seconds.
#[pyfunction]
fn seconds_at(frame: i64, fps: Fps) -> f64 {
    fps.0.time_of(Frame(frame)).to_seconds()
}

/// The audio samples in that many frames, to the nearest.
#[pyfunction]
fn samples_for(frames: i64, fps: Fps, sample_rate: u32) -> i64 {
    fps.0.samples(frames, sample_rate)
}

/// The timecode of a frame.
#[pyfunction]
#[pyo3(signature = (frame, fps, *, drop_frame = false))]
fn timecode(frame: i64, fps: Fps, drop_frame: bool) -> PyResult<String> {
    if !drop_frame {
        return Ok(fps.0.timecode(Frame(frame)));
    }
    fps.0.drop_frame_timecode(Frame(frame)).ok_or_else(|| {
        let message = format!("there is no drop-frame timecode at {} frames per second", fps.0);
        value_error(
            message,
            "use 29.97 or a multiple of it, or leave `drop_frame` out",
        )
    })
}
