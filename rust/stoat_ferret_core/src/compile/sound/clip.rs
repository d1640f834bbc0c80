//! A clip's own sound: samples of its source at the programme's rate and channels.

use super::super::arrange::Placed;
use super::super::graph::{Built, Flow, Graph, SourceInput, at};
use super::super::media::{AudioFacts, MediaFacts};
use super::{Score, as_f64, counted, exactly, foresees, has_sound, remembers};
use crate::document::{Animated, Generator, Source};
use crate::effects::{speed_control, volume};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::generators::{Heard, Sounding};
use crate::render::plan;
use crate::time::FrameRange;

/// Seconds that are decoded before a cut: packets of compressed sound reach back.
const PRE_ROLL: f64 = 2.0;

impl Score<'_> {
    /// A clip's sound, frames `range` of the timeline.
    pub fn clip(&self, graph: &mut Graph, placed: &Placed<'_>, range: FrameRange) -> Built<Flow> {
        if !sounds(placed) || (!remembers(&placed.clip.effects) && placed.pace.constant().is_some()) {
            return self.heard(graph, placed, range);
        }
        // What an effect remembers began with the clip, and so did the parts of a speed that changes.
        let needed = if foresees(&placed.clip.effects) {
            placed.frames
        } else {
            self.remembered(range, placed.frames)
        };
        let flow = self.heard(graph, placed, needed)?;
        if needed == range {
            return Ok(flow);
        }
        Ok(flow.then(self.cut(needed, range)).then(counted(0)))
    }

    /// The same from the first frame of `range` on, whatever effects remember.
    fn heard(&self, graph: &mut Graph, placed: &Placed<'_>, range: FrameRange) -> Built<Flow> {
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
            (Source::Generator(Generator::Made { made, params, .. }), _) => {
                let Some(make) = made.sound else {
                    return self.silence(samples);
                };
                let sounding = Sounding {
                    sample_rate: self.sample_rate,
                    from: clip.in_point.to_seconds(),
                    speed: placed.even_speed()?,
                };
                let heard = make(params, &sounding);
                self.everywhere(placed, heard, range)
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
        let context = self.context(placed.frames.len());
        flow = self.with_effects(graph, flow, &clip.effects, &context, offset)?;
        Ok(flow.then(self.format()).then_all(exactly(samples)))
    }

    /// Where `range` starts in a source whose clock starts at `origin`. What a range skips of a clip is a
    /// whole number of the programme's samples, so that it has the very samples that the whole has there.
    fn source_samples(&self, placed: &Placed<'_>, origin: f64, range: FrameRange) -> i64 {
        let start = (placed.clip.in_point.to_seconds() + origin) * f64::from(self.sample_rate);
        let skipped = self.sample_of(range.start()) - self.sample_of(placed.frames.start());
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let samples = start.round() as i64 + self.played(placed, skipped);
        samples
    }

    /// Samples of the source, at the programme's rate, that so many samples of a clip play.
    pub(super) fn played(&self, placed: &Placed<'_>, samples: i64) -> i64 {
        let rate = f64::from(self.sample_rate);
        let played = match placed.pace.constant() {
            Some(speed) => as_f64(samples) * speed,
            None => placed.pace.source(as_f64(samples) / rate) * rate,
        };
        #[expect(clippy::cast_possible_truncation, reason = "samples of days")]
        let played = played.round() as i64;
        played
    }

    fn source_seconds(&self, placed: &Placed<'_>, range: FrameRange) -> f64 {
        let offset = range.start() - placed.frames.start();
        placed.clip.in_point.to_seconds() + placed.pace.source(self.rate().seconds_of(offset))
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
        let zero = self.source_samples(placed, facts.origin().to_seconds(), range);
        let resample = |filter: Filter| filter.arg("async", 1_i64);
        let sound = Flow::from(pad)
            .then_all(self.downmix(audio)?)
            .then(resample(
                Filter::new("aresample").value(i64::from(self.sample_rate)),
            ))
            .then(self.format())
            .then(Filter::new("asetpts").value(Expr::var(Variable::Pts) - Expr::constant(as_f64(zero))))
            .then(Filter::new("atrim").arg("start_pts", 0_i64))
            .then(resample(Filter::new("aresample")).arg("first_pts", 0_i64));
        match placed.pace.constant() {
            Some(speed) => Ok(sound.then_all(at(
                speed_control::sound(speed, self.sample_rate),
                &placed.clip.pointer,
            )?)),
            None => self.ramped(graph, placed, sound, self.samples(range)),
        }
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
        let start = (placed.clip.in_point.to_seconds() * f64::from(self.sample_rate)).round() as i64;
        // `sine` makes an eighth of full scale.
        let gain = Animated::Constant(amplitude * 8.0);
        let mut filters = vec![
            Filter::new("sine")
                .arg("frequency", frequency)
                .arg("sample_rate", self.sample_rate),
            Filter::new("aformat").arg("sample_fmts", "fltp"),
        ];
        filters.extend(at(volume::filters(&gain), &placed.clip.pointer)?);
        Ok(self.everywhere(placed, Heard { filters, start }, range))
    }

    /// A sound of one channel in every one of the programme that has a place in the room. It goes on as it is
    /// at any speed of its clip.
    fn everywhere(&self, placed: &Placed<'_>, heard: Heard, range: FrameRange) -> Flow {
        let skipped = self.sample_of(range.start()) - self.sample_of(placed.frames.start());
        let copies = match self.channels() {
            1 => "mono|c0=c0",
            6 => "5.1|c0=c0|c1=c0|c2=c0|c3=0*c0|c4=c0|c5=c0",
            _ => "stereo|c0=c0|c1=c0",
        };
        let mut filters = heard.filters.into_iter();
        let source = filters.next().map_or_else(Flow::default, Flow::source);
        source
            .then_all(filters)
            .then(Filter::new("atrim").arg("start_sample", heard.start + skipped))
            .then(Filter::new("pan").arg("args", Value::Text(copies.to_owned())))
            .then(self.format())
    }
}

/// Whether a clip makes any sound.
pub fn sounds(placed: &Placed<'_>) -> bool {
    let clip = placed.clip;
    if clip.muted || clip.drops_sound() || clip.volume.is(0.0) {
        return false;
    }
    match &clip.source {
        Source::Media(_) => placed.facts.is_some_and(|facts| facts.audio.is_some()),
        Source::Generator(Generator::Tone { .. }) => true,
        Source::Generator(Generator::Made { made, .. }) => made.sound.is_some(),
        Source::Generator(_) => false,
    }
}
