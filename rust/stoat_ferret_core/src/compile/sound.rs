//! The sound of a range of frames: one continuous programme, mixed at float precision.
//!
//! Every track is a sequence of pieces of whole numbers of samples; sample `S(f)` where frame `f` starts
//! is rounded from the start of the timeline, so rounding never adds up.

use super::arrange::{Arrangement, Join, Lane, Placed};
use super::graph::{Built, Flow, Graph, SourceInput, at};
use super::media::{AudioFacts, MediaFacts};
use super::pieces::{Piece, Show, needed, pieces, shares};
use crate::check::ducked_under;
use crate::document::{Crossover, Ducking, Effect, Generator, Source, TrackKind};
use crate::effects::{Params, Role, SoundContext, audio_ducking, speed_control, volume};
use crate::ffmpeg::audio::{AfadeBuilder, AmixBuilder, FadeDirection};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::render::plan;
use crate::time::{Frame, FrameRange, Rate};

/// Seconds that are decoded before a cut: packets of compressed sound reach back.
const PRE_ROLL: f64 = 2.0;
/// Seconds that are mixed before a range where the mix has a memory (ducking, limiter).
const SETTLING: f64 = 12.0;
/// Highest peak that the limiter lets through: encoders overshoot a little.
const CEILING: f64 = 0.95;

/// What every part of the sound needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Score<'a> {
    /// Clips on the grid.
    pub arrangement: &'a Arrangement<'a>,
    /// Samples per second of this render.
    pub sample_rate: u32,
}

/// A part of a track's sound that another step makes.
#[derive(Debug, Clone)]
pub struct Stem {
    /// Index of the track.
    pub lane: usize,
    /// The step.
    pub step: String,
}

/// A track's stream, and which track it is.
struct Voice<'d> {
    id: &'d str,
    label: String,
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
        let settling = if ducked || self.may_clip() { SETTLING } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, reason = "a few hundred frames")]
        let before = (settling * self.rate().as_f64()).ceil() as i64;
        FrameRange::new((range.start() - before).max(Frame::ZERO), range.end())
    }

    /// Builds the sound of `range`; the label of its stream has exactly `samples(range)` samples.
    /// Tracks that were made before, in parts, are read from `stems`.
    pub fn sound(&self, graph: &mut Graph, range: FrameRange, stems: &[Stem]) -> Built<String> {
        let limited = self.may_clip();
        let mixed = self.mixed(range);
        let mut voices = Vec::new();
        for (number, lane) in self.heard_lanes() {
            let made: Vec<&Stem> = stems.iter().filter(|stem| stem.lane == number).collect();
            let track = if made.is_empty() {
                if !is_heard(lane, mixed) {
                    continue;
                }
                self.track(graph, lane, mixed)?
            } else {
                self.made(graph, &made)
            };
            let label = self.voiced(graph, lane, track, mixed)?;
            voices.push(Voice {
                id: &lane.track.id,
                label,
            });
        }
        self.duck(graph, &mut voices)?;
        let mut flow = self.mix(graph, &voices, mixed)?;
        flow = flow.then(counted(self.sample_of(mixed.start())));
        let context = SoundContext {
            rate: self.rate(),
            frames: self.arrangement.frames,
        };
        flow = with_effects(flow, &self.arrangement.project.effects, &context)?;
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
        flow = flow
            .then(counted(0))
            .then(Filter::new("atrim").arg("start_sample", skipped))
            .then(counted(0))
            .then_all(exactly(self.samples(range)));
        Ok(graph.end(flow))
    }

    /// The parts of a track that were made before.
    fn made(&self, graph: &mut Graph, stems: &[&Stem]) -> String {
        let mut labels = Vec::new();
        for stem in stems {
            let from = plan::Input::Step {
                step: stem.step.clone(),
            };
            let pad = graph.input(SourceInput::of(from), 0);
            labels.push(graph.end(Flow::from(pad).then(self.format()).then(counted(0))));
        }
        let count = i64::try_from(labels.len()).unwrap_or(i64::MAX);
        let concat = Filter::new("concat")
            .arg("n", count)
            .arg("v", 0_i64)
            .arg("a", 1_i64);
        graph.end(Graph::merge(&labels, concat).then(self.clock()))
    }

    /// Whether the sum may go beyond full scale where no source does.
    fn may_clip(&self) -> bool {
        let lanes: Vec<&Lane<'_>> = self.heard_lanes().into_iter().map(|(_, lane)| lane).collect();
        let sounding = lanes.iter().filter(|lane| lane.clips.iter().any(sounds)).count();
        let loud = |effects: &[Effect]| {
            effects
                .iter()
                .any(|effect| effect.spec.name == "volume" && effect.params.animated("volume").max() > 1.0)
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

    fn format(&self) -> Filter {
        Filter::new("aformat")
            .arg("sample_fmts", "fltp")
            .arg("sample_rates", self.sample_rate)
            .arg("channel_layouts", self.layout())
    }

    /// A track's clips one after another, before anything is done to the track as a whole.
    pub fn track(&self, graph: &mut Graph, lane: &Lane<'_>, range: FrameRange) -> Built<String> {
        let parts = pieces(lane, range, |join| {
            matches!(join.transition.audio, Crossover::Curves(..))
        });
        let mut streams: Vec<(usize, std::vec::IntoIter<String>)> = Vec::new();
        for (index, whole, ranges) in shares(lane, &parts) {
            let Some(placed) = lane.clips.get(index) else {
                continue;
            };
            let flow = self.clip(graph, placed, whole)?;
            let labels = graph.split(flow, "asplit", ranges.len());
            let mut trimmed = Vec::new();
            for (label, part) in labels.into_iter().zip(&ranges) {
                if *part == whole {
                    trimmed.push(label);
                    continue;
                }
                let start = self.sample_of(part.start()) - self.sample_of(whole.start());
                let end = self.sample_of(part.end()) - self.sample_of(whole.start());
                let trim = Filter::new("atrim")
                    .arg("start_sample", start)
                    .arg("end_sample", end);
                trimmed.push(graph.end(Flow::from(label).then(trim).then(counted(0))));
            }
            streams.push((index, trimmed.into_iter()));
        }
        let mut next = |index: usize| {
            streams
                .iter_mut()
                .find(|(own, _)| *own == index)
                .and_then(|(_, labels)| labels.next())
        };
        let mut sequence = Vec::new();
        for piece in &parts {
            let flow = match piece.show {
                Show::Gap => self.silence(self.samples(piece.frames))?,
                Show::Clip(index) => {
                    let Some(label) = next(index) else { continue };
                    Flow::from(label)
                }
                Show::Join(number) => {
                    let Some(join) = lane.joins.get(number) else {
                        continue;
                    };
                    let (Some(from), Some(to)) = (next(join.from), next(join.to)) else {
                        continue;
                    };
                    self.cross(graph, (from, to), join, needed(lane, *piece), *piece)?
                }
            };
            sequence.push(graph.end(flow));
        }
        let count = i64::try_from(sequence.len()).unwrap_or(i64::MAX);
        let flow = if let [only] = sequence.as_slice() {
            Flow::from(only.clone()).then(Filter::new("anull"))
        } else {
            Graph::merge(
                &sequence,
                Filter::new("concat")
                    .arg("n", count)
                    .arg("v", 0_i64)
                    .arg("a", 1_i64),
            )
            .then(self.clock())
        };
        Ok(graph.end(flow))
    }

    /// A track's sound with the track's own volume and effects.
    fn voiced(&self, graph: &mut Graph, lane: &Lane<'_>, track: String, range: FrameRange) -> Built<String> {
        let flow = Flow::from(track).then(counted(self.sample_of(range.start())));
        let flow = flow.then_all(at(volume::filters(&lane.track.volume), &lane.track.pointer)?);
        let context = SoundContext {
            rate: self.rate(),
            frames: self.arrangement.frames,
        };
        let flow = with_effects(flow, &lane.track.effects, &context)?;
        Ok(graph.end(flow.then(counted(0))))
    }

    /// Both sounds while two clips overlap.
    fn cross(
        &self,
        graph: &mut Graph,
        (from, to): (String, String),
        join: &Join,
        part: FrameRange,
        piece: Piece,
    ) -> Built<Flow> {
        let Crossover::Curves(goes, comes) = &join.transition.audio else {
            return Ok(Flow::from(from));
        };
        let pointer = &join.transition.pointer;
        let length = as_f64(self.samples(join.frames)) / f64::from(self.sample_rate);
        let mut ends = Vec::new();
        for (label, direction, curve) in [(from, FadeDirection::Out, goes), (to, FadeDirection::In, comes)] {
            let fade = at(
                AfadeBuilder::new(direction, length).and_then(|fade| Ok(fade.curve(curve.parse()?))),
                pointer,
            )?;
            ends.push(graph.end(Flow::from(label).then(fade.build())));
        }
        let mix = at(AmixBuilder::new(2), pointer)?.normalize(false).build();
        let start = self.sample_of(piece.frames.start()) - self.sample_of(part.start());
        let end = self.sample_of(piece.frames.end()) - self.sample_of(part.start());
        let trim = Filter::new("atrim")
            .arg("start_sample", start)
            .arg("end_sample", end);
        Ok(Graph::merge(&ends, mix)
            .then(self.format())
            .then(trim)
            .then(counted(0)))
    }

    /// A clip's sound, frames `range` of the timeline.
    fn clip(&self, graph: &mut Graph, placed: &Placed<'_>, range: FrameRange) -> Built<Flow> {
        let clip = placed.clip;
        let samples = self.samples(range);
        if !sounds(placed) {
            return self.silence(samples);
        }
        let source = match (&clip.source, placed.facts) {
            (Source::Media(_), Some(facts)) => match &facts.audio {
                Some(audio) => self.recorded(graph, placed, facts, audio, range)?,
                None => return self.silence(samples),
            },
            (Source::Generator(Generator::Tone { frequency, amplitude }), _) => {
                self.tone(placed, *frequency, *amplitude, range)?
            }
            _ => return self.silence(samples),
        };
        let offset = self.sample_of(range.start()) - self.sample_of(placed.frames.start());
        let whole = source.then_all(exactly(samples));
        if clip.volume.is(1.0) && !has_sound(&clip.effects) {
            return Ok(whole);
        }
        let mut flow = whole.then(counted(offset));
        flow = flow.then_all(at(volume::filters(&clip.volume), &clip.pointer)?);
        let context = SoundContext {
            rate: self.rate(),
            frames: placed.frames.len(),
        };
        flow = with_effects(flow, &clip.effects, &context)?;
        Ok(flow.then(self.format()).then_all(exactly(samples)))
    }

    fn source_seconds(&self, placed: &Placed<'_>, range: FrameRange) -> f64 {
        let offset = range.start() - placed.frames.start();
        placed.clip.in_point.to_seconds() + self.rate().seconds_of(offset) * placed.speed
    }

    fn recorded(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        facts: &MediaFacts,
        audio: &AudioFacts,
        range: FrameRange,
    ) -> Built<Flow> {
        let from = self.source_seconds(placed, range);
        let seek = from - PRE_ROLL;
        let pad = graph.input(
            SourceInput {
                from: plan::Input::Source {
                    path: facts.path.clone(),
                },
                seek: (seek > 0.0).then_some(seek),
                demuxer: facts.demuxer.clone(),
                format: facts.demuxer.clone().or_else(|| facts.format.clone()),
                decoder: None,
                still_rate: None,
            },
            audio.index,
        );
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let zero = ((from + facts.origin().to_seconds()) * f64::from(self.sample_rate)).round() as i64;
        let resample = |filter: Filter| filter.arg("async", 1_i64);
        Ok(Flow::from(pad)
            .then_all(self.downmix(audio)?)
            .then(resample(
                Filter::new("aresample").value(i64::from(self.sample_rate)),
            ))
            .then(self.format())
            .then(Filter::new("asetpts").value(Expr::var(Variable::Pts) - Expr::constant(as_f64(zero))))
            .then(Filter::new("atrim").arg("start_pts", 0_i64))
            .then(resample(Filter::new("aresample")).arg("first_pts", 0_i64))
            .then_all(at(
                speed_control::sound(placed.speed, self.sample_rate),
                &placed.clip.pointer,
            )?))
    }

    /// The channels of a source on those of the programme, where the level must not depend on the
    /// version of `FFmpeg`; other layouts are left to its resampler.
    fn downmix(&self, audio: &AudioFacts) -> Built<Option<Filter>> {
        let matrix = match (audio.channels, self.channels()) {
            (1, 2) => "stereo|c0=c0|c1=c0",
            (2, 1) => "mono|c0=0.5*c0+0.5*c1",
            // Left, right, centre, (low frequencies), and what surrounds, without clipping.
            (6, 2) => "stereo|c0=0.4142*c0+0.2929*c2+0.2929*c4|c1=0.4142*c1+0.2929*c2+0.2929*c5",
            (6, 1) => "mono|c0=0.25*c0+0.25*c1+0.25*c2+0.125*c4+0.125*c5",
            _ => return Ok(None),
        };
        Ok(Some(
            Filter::new("pan").arg("args", Value::Text(matrix.to_owned())),
        ))
    }

    fn tone(&self, placed: &Placed<'_>, frequency: f64, amplitude: f64, range: FrameRange) -> Built<Flow> {
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let skip = (self.source_seconds(placed, range) * f64::from(self.sample_rate)).round() as i64;
        // `sine` makes an eighth of full scale.
        let gain = crate::document::Animated::Constant(amplitude * 8.0);
        let copies = match self.channels() {
            1 => "mono|c0=c0",
            6 => "5.1|c0=c0|c1=c0|c2=c0|c3=0*c0|c4=c0|c5=c0",
            _ => "stereo|c0=c0|c1=c0",
        };
        Ok(Flow::source(
            Filter::new("sine")
                .arg("frequency", frequency)
                .arg("sample_rate", self.sample_rate),
        )
        .then(Filter::new("aformat").arg("sample_fmts", "fltp"))
        .then(Filter::new("atrim").arg("start_sample", skip))
        .then_all(at(volume::filters(&gain), &placed.clip.pointer)?)
        .then(Filter::new("pan").arg("args", Value::Text(copies.to_owned())))
        .then(self.format()))
    }

    /// Lets tracks step back for others.
    fn duck(&self, graph: &mut Graph, voices: &mut [Voice<'_>]) -> Built<()> {
        let project = self.arrangement.project;
        // A track is heard by others as it is after its own ducking: those that wait for nobody go first.
        for track in in_order_of_ducking(project) {
            let under = ducked_under(project, track);
            let mut keys = Vec::new();
            for voice in voices
                .iter_mut()
                .filter(|voice| under.iter().any(|id| id == voice.id))
            {
                let mut copies = graph
                    .split(Flow::from(std::mem::take(&mut voice.label)), "asplit", 2)
                    .into_iter();
                voice.label = copies.next().unwrap_or_default();
                keys.extend(copies.next());
            }
            let Some(voice) = voices.iter_mut().find(|voice| voice.id == track.id) else {
                for key in keys {
                    graph.end_nowhere(Flow::from(key), Filter::new("anullsink"));
                }
                continue;
            };
            let key = match keys.as_slice() {
                [] => continue,
                [only] => only.clone(),
                _ => graph.end(self.sum(&keys)?),
            };
            let ducking = track.ducking.clone().or_else(|| of_effect(track));
            let Some(ducking) = ducking else { continue };
            let pattern = at(audio_ducking::pattern(&ducking), &track.pointer)?;
            let key = graph.end(Flow::from(key).then(Filter::new("apad")));
            let pair = [std::mem::take(&mut voice.label), key];
            voice.label = graph.end(Graph::merge(&pair, pattern.compressor()).then(self.format()));
        }
        Ok(())
    }

    fn sum(&self, labels: &[String]) -> Built<Flow> {
        // `amix` itself takes thousands; the builder keeps to what every version takes.
        let count = i64::try_from(labels.len()).unwrap_or(i64::MAX);
        let filter = match u32::try_from(labels.len()) {
            Ok(inputs) if inputs <= 32 => at(AmixBuilder::new(inputs), "")?.normalize(false).build(),
            _ => Filter::new("amix").arg("inputs", count).arg("normalize", false),
        };
        Ok(Graph::merge(labels, filter).then(self.format()))
    }

    fn mix(&self, graph: &mut Graph, voices: &[Voice<'_>], range: FrameRange) -> Built<Flow> {
        let samples = self.samples(range);
        let mix = self.arrangement.project.mix();
        let mut labels: Vec<String> = Vec::new();
        for voice in voices {
            let weight = mix.map_or(1.0, |params| self.weight(params, voice.id));
            let gain = crate::document::Animated::Constant(weight);
            let filters = at(volume::filters(&gain), "")?;
            labels.push(if filters.is_empty() {
                voice.label.clone()
            } else {
                graph.end(Flow::from(voice.label.clone()).then_all(filters))
            });
        }
        let flow = match labels.as_slice() {
            [] => self.silence(samples)?,
            [only] => Flow::from(only.clone()),
            _ => self.sum(&labels)?,
        };
        let flow = match mix.and_then(|params| self.mix_end(params)) {
            Some(end) => {
                let heard = (self.sample_of(end) - self.sample_of(range.start())).max(0);
                flow.then_all(exactly(heard.max(1)))
            }
            None => flow,
        };
        Ok(flow.then_all(exactly(samples)))
    }

    fn weight(&self, params: &Params, id: &str) -> f64 {
        let tracks = self
            .arrangement
            .project
            .tracks
            .iter()
            .filter(|track| track.kind != TrackKind::Text);
        let index = tracks.clone().position(|track| track.id == id).unwrap_or(0);
        let weights = params.numbers("weights");
        let of = |index: usize| {
            weights
                .get(index)
                .or_else(|| weights.last())
                .copied()
                .unwrap_or(1.0)
        };
        let own = of(index);
        if params.flag("normalize") {
            let sum: f64 = (0..tracks.count()).map(of).sum();
            return if sum > 0.0 { own / sum } else { 0.0 };
        }
        own
    }

    /// Where the mix ends before the programme does.
    fn mix_end(&self, params: &Params) -> Option<Frame> {
        let mut ends = self
            .arrangement
            .lanes
            .iter()
            .filter(|lane| lane.track.kind != TrackKind::Text)
            .filter_map(|lane| lane.clips.iter().map(|placed| placed.frames.end()).max());
        match params.text("duration_mode") {
            "shortest" => ends.min(),
            "first" => ends.next(),
            _ => None,
        }
    }
}

fn of_effect(track: &crate::document::Track) -> Option<Ducking> {
    let of_clips = track.clips.iter().flat_map(|clip| &clip.effects);
    track
        .effects
        .iter()
        .chain(of_clips)
        .find(|effect| matches!(effect.spec.role, Role::Ducking))
        .map(|effect| audio_ducking::ducking(&effect.params, Vec::new()))
}

/// Tracks with ducking, each after those that it steps back for.
fn in_order_of_ducking(project: &crate::document::Project) -> Vec<&crate::document::Track> {
    let mut waiting: Vec<&crate::document::Track> = project
        .tracks
        .iter()
        .filter(|track| !ducked_under(project, track).is_empty())
        .collect();
    let mut ordered = Vec::new();
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|track| {
            !ducked_under(project, track).iter().any(|id| {
                waiting
                    .iter()
                    .any(|other| other.id == *id && other.id != track.id)
            })
        });
        // The checks refuse rings, so one is always ready.
        ordered.push(waiting.remove(ready.unwrap_or(0)));
    }
    ordered
}

fn with_effects(flow: Flow, effects: &[Effect], context: &SoundContext) -> Built<Flow> {
    let mut flow = flow;
    for effect in effects {
        if let Role::Filters {
            sound: Some(make), ..
        } = effect.spec.role
        {
            flow = flow.then_all(at(make(&effect.params, context), &effect.pointer)?);
        }
    }
    Ok(flow)
}

fn has_sound(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect.spec.role, Role::Filters { sound: Some(_), .. }))
}

/// Whether a clip makes any sound.
fn sounds(placed: &Placed<'_>) -> bool {
    let clip = placed.clip;
    if clip.muted || clip.drops_sound() || clip.volume.is(0.0) {
        return false;
    }
    match &clip.source {
        Source::Media(_) => placed.facts.is_some_and(|facts| facts.audio.is_some()),
        Source::Generator(Generator::Tone { .. }) => true,
        Source::Generator(_) => false,
    }
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
