//! How far an `FFmpeg` run has come, from the lines of its `-progress` output.
//!
//! The core reads no clock: who feeds the lines says how much time has passed.

use serde::Serialize;

use crate::time::Time;

/// The time over which measured throughput is smoothed, in seconds.
const SMOOTHING_SECONDS: f64 = 5.0;

/// No line that `FFmpeg` writes comes near this many bytes; what is longer is dropped.
const LONGEST_LINE: usize = 4096;

/// What a run is to make. What is not known is left out.
///
/// ```
/// use stoat_ferret_core::render::progress::Expected;
/// let video = Expected { frames: Some(300), ..Expected::default() };
/// assert_eq!(video.seconds, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Expected {
    /// Frames of the picture.
    pub frames: Option<u64>,
    /// Duration in seconds: what counts in a run without pictures.
    pub seconds: Option<f64>,
}

/// The state of a run after a block of progress lines.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Progress {
    /// Frames done; never falls.
    pub frame: u64,
    /// Frames per second as `FFmpeg` states them.
    pub fps: Option<f64>,
    /// Times real time, as `FFmpeg` states it.
    pub speed: Option<f64>,
    /// Seconds of output done; never falls.
    pub out_time: f64,
    /// 0 to 100; never falls. 0 until the end where nothing is known of the length.
    pub percent: f64,
    /// Seconds to go, by measured throughput; `None` before anything is measured.
    pub eta_seconds: Option<f64>,
    /// Whether `FFmpeg` has ended its output. A run that was stopped ends it too: whether the work is
    /// done is for its artifact to show.
    pub finished: bool,
}

/// Reads progress lines as they come.
///
/// ```
/// use stoat_ferret_core::render::progress::{Expected, ProgressParser};
/// let mut parser = ProgressParser::new(Expected { frames: Some(300), seconds: None });
/// assert_eq!(parser.feed("frame=150\nfps=30.0\nout_time_us=50", 4.9), None);
/// let progress = parser.feed("00000\nspeed=1.5x\nprogress=continue\n", 5.0).ok_or("no block")?;
/// assert_eq!((progress.percent, progress.out_time, progress.eta_seconds), (50.0, 5.0, Some(5.0)));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProgressParser {
    expected: Expected,
    line: String,
    is_overlong: bool,
    latest: Progress,
    throughput: Throughput,
}

impl ProgressParser {
    /// A parser for a run that is to make `expected`.
    ///
    /// ```
    /// # use stoat_ferret_core::render::progress::{Expected, ProgressParser};
    /// assert_eq!(ProgressParser::new(Expected::default()).latest().percent, 0.0);
    /// ```
    #[must_use]
    pub fn new(expected: Expected) -> Self {
        Self {
            expected,
            line: String::new(),
            is_overlong: false,
            latest: Progress::default(),
            throughput: Throughput::default(),
        }
    }

    /// Takes the next piece of output, cut anywhere, `elapsed` seconds after the start of the run.
    /// The newest state, if the piece ends a block (`progress=...`).
    pub fn feed(&mut self, text: &str, elapsed: f64) -> Option<Progress> {
        let mut completed = None;
        for piece in text.split_inclusive(['\n', '\r']) {
            let rest = piece.trim_end_matches(['\n', '\r']);
            self.append(rest);
            if rest.len() < piece.len() {
                let line = std::mem::take(&mut self.line);
                let ends_block = !std::mem::take(&mut self.is_overlong) && self.read_line(&line, elapsed);
                completed = if ends_block { Some(self.latest) } else { completed };
            }
        }
        completed
    }

    /// The state after the last complete block.
    #[must_use]
    pub const fn latest(&self) -> &Progress {
        &self.latest
    }

    fn append(&mut self, piece: &str) {
        if self.line.len() + piece.len() > LONGEST_LINE {
            self.is_overlong = true;
            self.line.clear();
        } else if !self.is_overlong {
            self.line.push_str(piece);
        }
    }

    /// Whether the line ends a block.
    fn read_line(&mut self, line: &str, elapsed: f64) -> bool {
        let Some((key, value)) = line.split_once('=') else {
            return false;
        };
        let value = value.trim();
        match key.trim() {
            "frame" => self.latest.frame = self.latest.frame.max(value.parse().unwrap_or(0)),
            "fps" => self.latest.fps = number(value),
            "speed" => self.latest.speed = number(value.trim_end_matches('x')),
            // Both are microseconds, whatever the second one's name says.
            "out_time_us" | "out_time_ms" => {
                let done = number(value).map_or(0.0, |microseconds| microseconds / 1_000_000.0);
                self.latest.out_time = self.latest.out_time.max(done);
            }
            "progress" => {
                self.end_block(value == "end", elapsed);
                return true;
            }
            _ => {}
        }
        false
    }

    fn end_block(&mut self, is_end: bool, elapsed: f64) {
        self.latest.finished |= is_end;
        let Some((done, expected)) = self.done_of_expected() else {
            self.latest.percent = if self.latest.finished { 100.0 } else { 0.0 };
            return;
        };
        let percent = (done / expected * 100.0).clamp(0.0, 100.0);
        self.latest.percent = self.latest.percent.max(percent);
        self.throughput.measure(done, elapsed);
        let left = (expected - done).max(0.0);
        self.latest.eta_seconds = if self.latest.finished {
            Some(0.0)
        } else {
            self.throughput
                .per_second
                .map(|rate| left / rate)
                .filter(|eta| eta.is_finite())
        };
    }

    /// In frames where their number is known, else in seconds.
    fn done_of_expected(&self) -> Option<(f64, f64)> {
        if let Some(frames) = self.expected.frames.filter(|frames| *frames > 0) {
            return Some((count(self.latest.frame), count(frames)));
        }
        let seconds = self
            .expected
            .seconds
            .filter(|seconds| seconds.is_finite() && *seconds > 0.0)?;
        Some((self.latest.out_time, seconds))
    }
}

/// Units of work per second, smoothed so that the estimate neither jumps nor lags.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Throughput {
    done: f64,
    elapsed: f64,
    per_second: Option<f64>,
}

impl Throughput {
    /// `done` units after `elapsed` seconds. A clock that stands or runs backwards measures nothing.
    fn measure(&mut self, done: f64, elapsed: f64) {
        let passed = elapsed - self.elapsed;
        if !passed.is_finite() || passed <= 0.0 {
            return;
        }
        let now = (done - self.done) / passed;
        let weight = 1.0 - (-passed / SMOOTHING_SECONDS).exp();
        let smoothed = self
            .per_second
            .map_or(now, |before| before + (now - before) * weight);
        *self = Self {
            done,
            elapsed,
            per_second: (smoothed > 0.0).then_some(smoothed),
        };
    }
}

/// A number that `FFmpeg` states; `N/A`, negative values and nonsense are none.
fn number(text: &str) -> Option<f64> {
    text.trim()
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite() && *value >= 0.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "for a ratio; frame counts lie far below 2^53"
)]
const fn count(frames: u64) -> f64 {
    frames as f64
}

/// The expectation of a run by its length on the timeline.
impl From<Time> for Expected {
    fn from(duration: Time) -> Self {
        Self {
            frames: None,
            seconds: Some(duration.to_seconds()),
        }
    }
}

#[cfg(test)]
mod tests;
