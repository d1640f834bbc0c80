//! The sound of a range of frames: one continuous programme, mixed at float precision.
//!
//! Every track is a sequence of pieces of whole numbers of samples; sample `S(f)` where frame `f` starts
//! is rounded from the start of the timeline, so rounding never adds up.

mod clip;
mod measure;
mod mix;
mod ramp;
mod track;

use super::arrange::{Arrangement, Lane};
use super::graph::{Built, Flow, Graph, SourceInput, at};
use super::measurements::{Measurement, number_for};
use super::sequence::{concat, in_sequence};
use crate::check::ducked_under;
use crate::document::{Effect, TrackKind};
use crate::effects::{Memory, SoundContext, SoundFilters};
use crate::ffmpeg::audio::AmixBuilder;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::render::plan;
use crate::time::{Frame, FrameRange, Rate};
use clip::sounds;
use mix::Voice;
use track::Clips;

/// Seconds that are mixed before a range where the mix has a memory that fades (ducking, limiter).
const SETTLING: f64 = 12.0;
/// Seconds that effects with a memory get to hear beyond a range: some look ahead.
const AHEAD: f64 = 1.0;
/// Highest peak that the limiter lets through: encoders overshoot a little.
const CEILING: f64 = 0.95;

/// What every part of the sound needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Score<'a> {
    /// Clips on the grid.
    pub arrangement: &'a Arrangement<'a>,
    /// Samples per second of this render.
    pub sample_rate: u32,
    /// The track that is heard alone, as it is in the mix.
    pub stem: Option<&'a str>,
    /// What is measured, by number.
    pub measurements: &'a [Measurement<'a>],
}

/// A part of a track's sound that another step makes.
#[derive(Debug, Clone)]
pub struct Stem {
    /// Index of the track.
    pub lane: usize,
    /// The step.
    pub step: String,
}

impl Score<'_> {
    fn rate(&self) -> Rate {
        self.arrangement.project.output.rate
    }

    fn channels(&self) -> u32 {
        self.arrangement.project.output.channels
    }

    fn layout(&self) -> &'static str {
        match self.channels() {
            1 => "mono",
            6 => "5.1",
            _ => "stereo",
        }
    }

    /// Samples of the frames of a range.
    pub fn samples(&self, range: FrameRange) -> i64 {
        self.rate().samples_in(range, self.sample_rate)
    }

    fn sample_of(&self, frame: Frame) -> i64 {
        self.rate().samples(frame.0, self.sample_rate)
    }

    fn heard_lanes(&self) -> Vec<(usize, &Lane<'_>)> {
        let lanes = self.arrangement.lanes.iter().enumerate();
        lanes
            .filter(|(_, lane)| lane.track.kind != TrackKind::Text && !lane.track.muted)
            .collect()
    }

    /// The range that has to be mixed for `range` to come out right.
    pub fn mixed(&self, range: FrameRange) -> FrameRange {
        let ducked = self
            .heard_lanes()
            .iter()
            .any(|(_, lane)| !ducked_under(self.arrangement.project, lane.track).is_empty());
        let of_tracks = self.heard_lanes();
        let remembered = remembers(&self.arrangement.project.effects)
            || of_tracks.iter().any(|(_, lane)| remembers(&lane.track.effects));
        if self.measurements.iter().any(|one| !one.is_of_clip()) {
            return self.whole();
        }
        if remembered {
            return self.remembered(range, self.whole());
        }
        let settling = if ducked || self.may_clip() { SETTLING } else { 0.0 };
        FrameRange::new(
            (range.start() - self.frames_of(settling)).max(Frame::ZERO),
            range.end(),
        )
    }

    /// What effects with a memory have to hear of `whole`, so that `range` comes out as it does in the whole.
    fn remembered(&self, range: FrameRange, whole: FrameRange) -> FrameRange {
        let end = (range.end() + self.frames_of(AHEAD)).min(whole.end());
        FrameRange::new(whole.start(), end.max(range.end()))
    }

    fn frames_of(&self, seconds: f64) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a few hundred frames")]
        let frames = (seconds * self.rate().as_f64()).ceil() as i64;
        frames
    }

    /// What the effects of a stream of so many frames may know.
    fn context(&self, frames: i64) -> SoundContext {
        SoundContext {
            rate: self.rate(),
            frames,
            sample_rate: self.sample_rate,
            channels: self.channels(),
            measured: 0,
        }
    }

    /// Builds the sound of `range`: a stream of exactly `samples(range)` samples.
    /// Tracks that were made before, in parts, are read from `stems`.
    pub fn sound(&self, graph: &mut Graph, range: FrameRange, stems: &[Stem]) -> Built<Flow> {
        let limited = self.may_clip();
        let mixed = self.mixed(range);
        let mut flow = self.programme(graph, mixed, stems, &self.arrangement.project.effects)?;
        if limited {
            // Without `latency` the limiter would delay the sound by its attack.
            flow = flow.then(
                Filter::new("alimiter")
                    .arg("limit", CEILING)
                    .arg("attack", 5_i64)
                    .arg("release", 50_i64)
                    .arg("level", false)
                    .arg("latency", true),
            );
        }
        let skipped = self.sample_of(range.start()) - self.sample_of(mixed.start());
        flow = flow.then(counted(0));
        if skipped > 0 {
            flow = flow
                .then(Filter::new("atrim").arg("start_sample", skipped))
                .then(counted(0));
        }
        Ok(flow.then_all(exactly(self.samples(range))))
    }

    /// All tracks as one, with the effects of the project, before anything is done to fit it into its range.
    fn programme(
        &self,
        graph: &mut Graph,
        mixed: FrameRange,
        stems: &[Stem],
        effects: &[Effect],
    ) -> Built<Flow> {
        let mut voices = Vec::new();
        for (number, lane) in self.heard_lanes() {
            if !stems.iter().any(|stem| stem.lane == number) && !is_heard(lane, mixed) {
                continue;
            }
            let track = self.track_of(graph, (number, lane), mixed, stems)?;
            voices.push(Voice {
                id: &lane.track.id,
                flow: self.voiced(graph, lane, track, (mixed, &lane.track.effects))?,
            });
        }
        self.duck(graph, &mut voices)?;
        if let Some(stem) = self.stem {
            // Others were there for it to step back for.
            let (kept, others) = voices.into_iter().partition(|voice: &Voice<'_>| voice.id == stem);
            voices = kept;
            for other in others {
                let ended = other.flow.then_all(exactly(self.samples(mixed)));
                graph.end_nowhere(ended, Filter::new("anullsink"));
            }
        }
        let flow = self.mix(graph, voices, mixed)?;
        let start = self.sample_of(mixed.start());
        let context = self.context(self.arrangement.frames);
        self.with_effects(graph, flow.then(counted(start)), effects, &context, start)
    }

    /// The parts of a track that were made before.
    fn made(&self, graph: &mut Graph, stems: &[&Stem]) -> Flow {
        let parts: Vec<Flow> = stems
            .iter()
            .map(|stem| {
                let from = plan::Input::Step {
                    step: stem.step.clone(),
                };
                let pad = graph.input(SourceInput::of(from), 0);
                Flow::from(pad).then(self.format()).then(counted(0))
            })
            .collect();
        let filter = concat(parts.len(), false);
        graph.merge(parts, filter).then(self.clock())
    }

    /// Whether the sum may go beyond full scale where no source does.
    fn may_clip(&self) -> bool {
        let lanes: Vec<&Lane<'_>> = self.heard_lanes().into_iter().map(|(_, lane)| lane).collect();
        let sounding = lanes.iter().filter(|lane| lane.clips.iter().any(sounds)).count();
        let loud = |effects: &[Effect]| {
            effects.iter().any(|effect| {
                let sound = effect.spec.sound();
                sound.is_some_and(|sound| (sound.louder)(&effect.params))
            })
        };
        sounding > 1
            || loud(&self.arrangement.project.effects)
            || self.arrangement.project.mix().is_some()
            || lanes.iter().any(|lane| {
                !lane.joins.is_empty()
                    || lane.track.volume.max() > 1.0
                    || loud(&lane.track.effects)
                    || lane
                        .clips
                        .iter()
                        .any(|placed| placed.clip.volume.max() > 1.0 || loud(&placed.clip.effects))
            })
    }

    /// One tick a sample: `concat` counts in microseconds.
    fn clock(&self) -> Filter {
        Filter::new("asettb").value(Value::Rational(1, self.sample_rate.into()))
    }

    fn silence(&self, samples: i64) -> Built<Flow> {
        let layout = at(Value::word(self.layout()).map_err(BuildError::from), "")?;
        Ok(Flow::source(
            Filter::new("anullsrc")
                .arg("r", self.sample_rate)
                .arg("cl", layout),
        )
        .then(self.format())
        .then(Filter::new("atrim").arg("end_sample", samples))
        .then(counted(0)))
    }

    pub fn format(&self) -> Filter {
        Filter::new("aformat")
            .arg("sample_fmts", "fltp")
            .arg("sample_rates", self.sample_rate)
            .arg("channel_layouts", self.layout())
    }

    /// A track's clips one after another, before anything is done to the track as a whole.
    pub fn track(&self, graph: &mut Graph, lane: &Lane<'_>, range: FrameRange) -> Built<Flow> {
        in_sequence(&Clips(self), graph, lane, range)
    }

    /// A stream whose first sample is number `start`, with effects.
    fn with_effects(
        &self,
        graph: &mut Graph,
        flow: Flow,
        effects: &[Effect],
        context: &SoundContext,
        start: i64,
    ) -> Built<Flow> {
        let mut flow = flow;
        for effect in effects {
            let Some(sound) = effect.spec.sound() else {
                continue;
            };
            let mut context = *context;
            if let Some(number) = number_for(self.measurements, effect) {
                context.measured = number;
                graph.wait_for(number);
            }
            let made = |make: SoundFilters| at(make(&effect.params, &context), &effect.pointer);
            let filters = made(sound.make)?;
            let beside = sound.beside.map_or_else(|| Ok(Vec::new()), made)?;
            if filters.is_empty() && beside.is_empty() {
                continue;
            }
            if beside.is_empty() {
                flow = flow.then_all(filters);
            } else {
                let mut ways = graph.split(flow, "asplit", 2).into_iter();
                let pair = [filters, beside].map(|way| ways.next().unwrap_or_default().then_all(way));
                let both = at(AmixBuilder::new(2), &effect.pointer)?.normalize(false).build();
                flow = graph.merge(pair, both);
            }
            if effect.spec.memory != Memory::None {
                // Filters with a memory may work in another format, and count their samples in their own way.
                flow = flow.then(self.format()).then(counted(start));
            }
        }
        Ok(flow)
    }
}

fn has_sound(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| effect.spec.sound().is_some())
}

/// Whether what is heard depends on what was heard before.
fn remembers(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| effect.spec.memory != Memory::None && effect.spec.sound().is_some())
}

/// Whether what is heard depends on what is heard later.
fn foresees(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| effect.spec.memory == Memory::Whole)
}

fn is_heard(lane: &Lane<'_>, range: FrameRange) -> bool {
    lane.clips
        .iter()
        .any(|placed| sounds(placed) && placed.frames.intersect(range).is_some())
}

/// Timestamps in whole samples, the first one `offset`.
fn counted(offset: i64) -> Filter {
    let n = Expr::var(Variable::FrameN);
    Filter::new("asetpts").value(if offset == 0 {
        n
    } else {
        n + Expr::constant(as_f64(offset))
    })
}

/// Exactly so many samples from the stream's start: silence is added, what is too much is cut.
fn exactly(samples: i64) -> Vec<Filter> {
    vec![
        Filter::new("apad"),
        Filter::new("atrim").arg("end_sample", samples),
        counted(0),
    ]
}

fn as_f64(number: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "samples of days stay below 2^53")]
    let number = number as f64;
    number
}
