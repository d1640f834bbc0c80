//! From a compiled picture and sound to steps: runs of `FFmpeg` and what each has to make.

mod captions;
mod chunks;
mod copies;
mod keys;
mod measuring;
mod mux;
mod picture;
mod run;
mod sound;
mod spans;

use super::arrange::Arrangement;
use super::encode::{AudioEncoding, Encoding};
use super::graph::Built;
use super::measurements::Measurement;
use super::sound::Score;
use super::target::{Capabilities, Target};
use crate::render::plan::{ExpectedStream, Plan};
use crate::time::{FrameRange, Rate};
use chunks::MOST_CLIPS;

/// All that a plan is made of.
pub struct Job<'a> {
    /// Clips on the grid.
    pub arrangement: &'a Arrangement<'a>,
    /// What the binary can do.
    pub capabilities: &'a Capabilities,
    /// What is asked for.
    pub target: &'a Target,
    /// How it is encoded.
    pub encoding: &'a Encoding,
    /// Frames of the timeline to render.
    pub range: FrameRange,
    /// What is measured before the sound can be made.
    pub measurements: Vec<Measurement<'a>>,
}

impl Job<'_> {
    fn rate(&self) -> Rate {
        self.arrangement.project.output.rate
    }

    fn canvas(&self) -> (u32, u32) {
        let output = &self.arrangement.project.output;
        self.target.size.unwrap_or((output.width, output.height))
    }

    fn score(&self) -> Score<'_> {
        let project = self.arrangement.project.output.sample_rate;
        let sample_rate = self
            .encoding
            .audio
            .as_ref()
            .map_or(project, |audio| audio.sample_rate);
        Score {
            arrangement: self.arrangement,
            sample_rate,
            stem: self.target.stem.as_deref(),
            measurements: &self.measurements,
        }
    }

    /// The whole plan.
    pub fn plan(&self) -> Built<Plan> {
        let canvas = self.canvas();
        let score = self.score();
        let mut steps = Vec::new();
        let mut explanation = Vec::new();
        if let Some(video) = &self.encoding.video {
            explanation.push(format!(
                "Picture: {}x{} at {} fps, {}.",
                canvas.0,
                canvas.1,
                self.rate(),
                video.why
            ));
        }
        if let Some(audio) = &self.encoding.audio {
            explanation.push(format!(
                "Sound: one continuous programme at {} Hz, {}.",
                audio.sample_rate, audio.encoder
            ));
        }
        // Picture and sound have nothing to do with one another.
        let (pictures, sounds) = both(
            self.many_clips(),
            || self.encoding.video.as_ref().map(|video| self.video_steps(video)),
            || {
                self.encoding
                    .audio
                    .as_ref()
                    .map(|audio| self.audio_steps(audio, &score))
            },
        );
        for made in [pictures, sounds].into_iter().flatten() {
            steps.extend(made?);
        }
        if self.encoding.video.is_some() && self.encoding.audio.is_some() {
            steps.push(self.mux(&steps, &score)?);
            if let Some(film) = steps.last().filter(|_| self.encoding.format.is_package()) {
                let package = self.package(film)?;
                steps.push(package);
            }
        }
        if let Some(last) = steps.last_mut() {
            last.output.finished = true;
        }
        let steps = self.with_keys(steps);
        Ok(Plan {
            schema: "stoat.plan/1",
            format: self.encoding.format.name.to_owned(),
            width: canvas.0,
            height: canvas.1,
            rate: (self.rate().num(), self.rate().den()),
            frames: self.range.len(),
            sample_rate: score.sample_rate,
            samples: score.samples(self.range),
            duration: self.rate().seconds_of(self.range.len()),
            video: self.encoding.video.is_some(),
            audio: self.encoding.audio.is_some(),
            explanation,
            notices: Vec::new(),
            captions: self.caption_files(),
            steps,
        })
    }

    fn many_clips(&self) -> bool {
        let clips: usize = self.arrangement.lanes.iter().map(|lane| lane.clips.len()).sum();
        clips > MOST_CLIPS
    }

    fn expected_video(&self, codec: &str) -> ExpectedStream {
        let (width, height) = self.canvas();
        ExpectedStream::Video {
            codec: codec.to_owned(),
            width,
            height,
        }
    }

    fn expected_audio(&self, audio: &AudioEncoding) -> ExpectedStream {
        ExpectedStream::Audio {
            codec: audio.codec.to_owned(),
            sample_rate: audio.sample_rate,
            channels: self.arrangement.project.output.channels,
        }
    }
}

/// The results of both; the second on a thread of its own, where that is worth one.
fn both<A, B: Send>(apart: bool, first: impl FnOnce() -> A, second: impl FnOnce() -> B + Send) -> (A, B) {
    if !apart {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        match second.join() {
            Ok(second) => (first, second),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// A time base that every frame falls on exactly.
fn timescale(rate: Rate) -> u32 {
    const FINE: u32 = 10_000;
    let mut scale = rate.num();
    while scale < FINE {
        scale *= 2;
    }
    scale
}

fn weight(frames: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "frames of days stay below 2^53")]
    let weight = frames as f64;
    weight
}
