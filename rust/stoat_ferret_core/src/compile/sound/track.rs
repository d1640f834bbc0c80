//! A track's sound: its clips one after another, and both while two overlap.

use super::super::arrange::{Join, Lane, Placed};
use super::super::graph::{Built, Flow, Graph, at};
use super::super::pieces::Piece;
use super::super::sequence::{Medium, concat};
use super::{Score, as_f64, counted};
use crate::document::{Crossover, Effect};
use crate::effects::volume;
use crate::ffmpeg::audio::{AfadeBuilder, AmixBuilder, FadeDirection};
use crate::ffmpeg::filter::Filter;
use crate::time::FrameRange;

/// A track's clips.
pub struct Clips<'s>(pub &'s Score<'s>);

impl Medium for Clips<'_> {
    const SPLIT: &'static str = "asplit";

    fn crosses(&self, join: &Join) -> bool {
        matches!(join.transition.audio, Crossover::Curves(..))
    }

    fn clip(&self, graph: &mut Graph, placed: &Placed<'_>, frames: FrameRange) -> Built<Flow> {
        self.0.clip(graph, placed, frames)
    }

    fn gap(&self, frames: FrameRange) -> Built<Flow> {
        self.0.silence(self.0.samples(frames))
    }

    fn part(&self, flow: Flow, whole: FrameRange, part: FrameRange) -> Flow {
        flow.then(self.0.cut(whole, part)).then(counted(0))
    }

    /// Each clip with its fade, then their sum.
    fn cross(&self, graph: &mut Graph, (from, to): (Flow, Flow), join: &Join, piece: Piece) -> Built<Flow> {
        let score = self.0;
        let Crossover::Curves(goes, comes) = &join.transition.audio else {
            return Ok(from);
        };
        let pointer = &join.transition.pointer;
        let length = as_f64(score.samples(join.frames)) / f64::from(score.sample_rate);
        let faded = |flow: Flow, direction: FadeDirection, curve: &str| {
            let fade = AfadeBuilder::new(direction, length).and_then(|fade| Ok(fade.curve(curve.parse()?)));
            at(fade, pointer).map(|fade| flow.then(fade.build()))
        };
        let ends = [
            faded(from, FadeDirection::Out, goes)?,
            faded(to, FadeDirection::In, comes)?,
        ];
        let mix = at(AmixBuilder::new(2), pointer)?.normalize(false).build();
        // `amix` would choose a format by its neighbours; FFmpeg 5.1's ends without a timestamp, at which
        // `concat` loses count.
        let both = graph.merge(ends, mix).then(score.format());
        // A join is always computed from its first frame.
        let both = if piece.frames == join.frames {
            both
        } else {
            both.then(score.cut(join.frames, piece.frames))
        };
        Ok(both.then(counted(0)))
    }

    fn chained(&self, graph: &mut Graph, flows: Vec<Flow>) -> Flow {
        let filter = concat(flows.len(), false);
        graph.merge(flows, filter).then(self.0.clock())
    }
}

impl Score<'_> {
    /// Cuts `part` out of a stream that has `whole`.
    pub fn cut(&self, whole: FrameRange, part: FrameRange) -> Filter {
        let zero = self.sample_of(whole.start());
        let start = self.sample_of(part.start()) - zero;
        Filter::new("atrim")
            .maybe("start_sample", (start > 0).then_some(start))
            .arg("end_sample", self.sample_of(part.end()) - zero)
    }

    /// A track's sound with the track's own volume and effects.
    /// It starts with the first frame of `range`, and goes through `effects`.
    pub fn voiced(
        &self,
        graph: &mut Graph,
        lane: &Lane<'_>,
        track: Flow,
        (range, effects): (FrameRange, &[Effect]),
    ) -> Built<Flow> {
        let start = self.sample_of(range.start());
        let flow = track.then(counted(start));
        let flow = flow.then_all(at(volume::filters(&lane.track.volume), &lane.track.pointer)?);
        let context = self.context(self.arrangement.frames);
        let flow = self.with_effects(graph, flow, effects, &context, start)?;
        Ok(flow.then(counted(0)))
    }
}
