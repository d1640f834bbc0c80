//! Lanes above the lowest one, laid over it clip by clip.

use super::super::arrange::{Lane, Placed};
use super::super::graph::{Built, Flow, Graph, at};
use super::super::pieces::{Piece, Show, needed, pieces};
use super::super::sequence::in_sequence;
use super::blending::{mixing, mixing_of_both, none_mixes};
use super::canvas::{Ground, all_picture_effects, canvas_effects};
use super::crossing::Canvases;
use super::{Scene, as_f64, in_time_of, numbered};
use crate::document::{Generator, Source};
use crate::effects::{PictureContext, chain, text_overlay};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::time::FrameRange;

impl Scene<'_> {
    /// Lays the clips of a lane over `main`, each at its own size.
    pub fn over(&self, graph: &mut Graph, main: Flow, lane: &Lane<'_>, range: FrameRange) -> Built<Flow> {
        let mut main = main;
        for piece in pieces(lane, range, |join| join.transition.kind.is_some()) {
            match piece.show {
                Show::Gap => {}
                Show::Clip(index) => {
                    let Some(placed) = lane.clips.get(index) else {
                        continue;
                    };
                    let joined = lane
                        .joins
                        .iter()
                        .any(|join| join.from == index || join.to == index);
                    main = self.clip_over(graph, main, placed, piece, (joined, range))?;
                }
                Show::Join(number) => {
                    let Some(join) = lane.joins.get(number) else {
                        continue;
                    };
                    let (Some(from), Some(to)) = (lane.clips.get(join.from), lane.clips.get(join.to)) else {
                        continue;
                    };
                    let mixing = mixing_of_both(from, to)?;
                    let part = needed(lane, piece);
                    let from = self.on_canvas(graph, from, part, Ground::Clear)?;
                    let to = self.on_canvas(graph, to, part, Ground::Clear)?;
                    let crossed = self.cross(graph, (from, to), join, piece, Ground::Clear)?;
                    main = match mixing {
                        Some(mixing) => {
                            self.mixed_within(graph, main, crossed, mixing, (piece.frames, range))
                        }
                        None => self.whole_over(graph, main, crossed, piece.frames.start() - range.start()),
                    };
                }
            }
        }
        Ok(main)
    }

    /// Lays a stream of whole canvases, from frame `start` of `main` on, over it.
    pub fn whole_over(&self, graph: &mut Graph, main: Flow, canvases: Flow, start: i64) -> Flow {
        graph
            .merge([main, canvases.then(numbered(start))], self.overlay_whole())
            .then(Filter::new("format").value(self.working.plain))
    }

    pub fn over_whole(
        &self,
        graph: &mut Graph,
        main: Flow,
        lane: &Lane<'_>,
        range: FrameRange,
    ) -> Built<Flow> {
        none_mixes(lane)?;
        let canvases = Canvases {
            scene: self,
            ground: Ground::Clear,
        };
        let mut flow = in_sequence(&canvases, graph, lane, range)?.then(numbered(0));
        for effect in &lane.track.effects {
            let acting = self.acting(effect, range, true)?;
            if !acting.steps.is_empty() {
                flow = self.with(graph, flow, acting, 0, self.working.alpha)?;
            }
        }
        Ok(self.whole_over(graph, main, flow, 0))
    }

    fn clip_over(
        &self,
        graph: &mut Graph,
        main: Flow,
        placed: &Placed<'_>,
        piece: Piece,
        (joined, range): (bool, FrameRange),
    ) -> Built<Flow> {
        // Of the clip, in the time of `main`.
        let start = placed.frames.start() - range.start();
        let canvas_effects = canvas_effects(placed);
        if let Some(mixing) = mixing(placed) {
            let canvas = self.on_canvas(graph, placed, piece.frames, Ground::Clear)?;
            return Ok(self.mixed_within(graph, main, canvas, mixing, (piece.frames, range)));
        }
        if let (Source::Generator(Generator::Title(params)), [], false) = (
            &placed.clip.source,
            all_picture_effects(placed).as_slice(),
            joined,
        ) {
            // Drawn on what lies below: the same picture as a transparent canvas laid over it, for less.
            let opacity = &placed.clip.transform.opacity;
            let context = PictureContext {
                opacity: Some(opacity),
                enclosed: false,
                ..self.context(placed, self.canvas, false, -start)
            };
            let text = at(text_overlay::filters(params, &context), &placed.clip.pointer)?;
            return self.stepped(graph, main, &in_time_of(start, chain(text)), 0, 0);
        }
        let is_title = matches!(
            placed.clip.source,
            Source::Generator(Generator::Title(_) | Generator::Caption(_))
        );
        if is_title || !canvas_effects.is_empty() {
            let canvas = self.on_canvas(graph, placed, piece.frames, Ground::Clear)?;
            let begin = piece.frames.start() - range.start();
            return Ok(self.whole_over(graph, main, canvas, begin));
        }
        let Some(boxed) = self.boxed(graph, placed, piece.frames)? else {
            return Ok(main);
        };
        let shift = |by: i64| {
            let pts = Expr::var(Variable::Pts);
            let moved = pts + Expr::constant(as_f64(by));
            (by != 0).then(|| Filter::new("setpts").value(moved))
        };
        let under = main.then_all(shift(-start));
        let over = boxed.flow.then(Filter::new("format").value(self.working.alpha));
        Ok(graph
            .merge([under, over], self.overlay(&boxed.placement))
            .then(Filter::new("format").value(self.working.plain))
            .then_all(shift(start)))
    }
}
