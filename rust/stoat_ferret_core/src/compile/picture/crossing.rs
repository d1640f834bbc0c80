//! A lane as whole canvases, one piece after another, and the transitions between its clips.

use super::super::arrange::{Join, Placed};
use super::super::graph::{Built, Flow, Graph, at};
use super::super::pieces::Piece;
use super::super::sequence::{Medium, concat};
use super::super::tint::Working;
use super::canvas::Ground;
use super::{Scene, numbered};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::transitions::XfadeBuilder;
use crate::time::FrameRange;

/// Transitions whose first frame, the earlier clip alone, `FFmpeg` reads from memory beyond the picture.
const READS_BEYOND: [&str; 4] = ["slideup", "slideleft", "revealup", "revealleft"];

/// A lane as canvases on a ground.
pub struct Canvases<'s> {
    /// What they are part of.
    pub scene: &'s Scene<'s>,
    /// What shows where no clip is.
    pub ground: Ground,
}

impl Medium for Canvases<'_> {
    const SPLIT: &'static str = "split";

    fn crosses(&self, join: &Join) -> bool {
        join.transition.kind.is_some()
    }

    fn open(&self, graph: &mut Graph, clips: &[(&Placed<'_>, FrameRange)]) {
        self.scene.open_together(graph, clips);
    }

    fn clip(&self, graph: &mut Graph, placed: &Placed<'_>, frames: FrameRange) -> Built<Flow> {
        let flow = self.scene.on_canvas(graph, placed, frames, self.ground)?;
        Ok(if frames.start() == placed.frames.start() {
            flow
        } else {
            // `concat` wants every piece to start at 0.
            flow.then(numbered(0))
        })
    }

    fn gap(&self, frames: FrameRange) -> Built<Flow> {
        self.scene.ground(self.ground, frames.len(), 0)
    }

    fn part(&self, flow: Flow, whole: FrameRange, part: FrameRange) -> Flow {
        let start = part.start() - whole.start();
        let trim = Filter::new("trim")
            .maybe("start_frame", (start > 0).then_some(start))
            .arg("end_frame", part.end() - whole.start());
        flow.then(trim).then(numbered(0))
    }

    fn cross(&self, graph: &mut Graph, ends: (Flow, Flow), join: &Join, piece: Piece) -> Built<Flow> {
        self.scene.cross(graph, ends, join, piece, self.ground)
    }

    fn chained(&self, graph: &mut Graph, flows: Vec<Flow>) -> Flow {
        let filter = concat(flows.len(), true);
        graph.merge(flows, filter).then_all(self.scene.grid())
    }
}

impl Scene<'_> {
    /// The frames of a transition, out of the canvases of its two clips.
    pub fn cross(
        &self,
        graph: &mut Graph,
        (from, to): (Flow, Flow),
        join: &Join,
        piece: Piece,
        ground: Ground,
    ) -> Built<Flow> {
        let pointer = &join.transition.pointer;
        let name = join.transition.kind.as_deref().unwrap_or("fade");
        let kind = at(name.parse(), pointer)?;
        let length = self.rate().seconds_of(join.frames.len());
        let xfade = at(XfadeBuilder::new(kind, length, 0.0), pointer)?.build();
        let end = |flow: Flow| {
            let flow = flow.then(numbered(0)).then(self.steady());
            let flow = match ground {
                Ground::Opaque => flow.then(Filter::new("format").value(self.whole_color())),
                Ground::Clear => flow.then_all(self.premultiplied()),
            };
            if self.blends_last {
                return flow;
            }
            // What is beyond the range is cut off below.
            flow.then(Filter::new("tpad").arg("stop_mode", "clone").arg("stop", 2_i64))
        };
        let ends = [end(from), end(to)];
        let crossed = if READS_BEYOND.contains(&name) {
            self.crossed_after_first(graph, ends, xfade)
        } else {
            graph.merge(ends, xfade)
        };
        let crossed = match ground {
            Ground::Opaque => crossed.then(Filter::new("format").value(self.working.plain)),
            Ground::Clear => crossed.then_all(self.straight()),
        };
        let start = piece.frames.start() - join.frames.start();
        let trim = Filter::new("trim")
            .maybe("start_frame", (start > 0).then_some(start))
            .arg("end_frame", piece.frames.end() - join.frames.start());
        Ok(crossed.then(trim).then(numbered(0)))
    }

    /// A transition whose first frame is the earlier clip's own.
    fn crossed_after_first(&self, graph: &mut Graph, [earlier, later]: [Flow; 2], xfade: Filter) -> Flow {
        let mut copies = graph.split(earlier, "split", 2).into_iter();
        let first = copies.next().unwrap_or_default();
        let first = first.then(Filter::new("trim").arg("end_frame", 1_i64));
        let rest = graph
            .merge(copies.chain([later]), xfade)
            .then(Filter::new("trim").arg("start_frame", 1_i64))
            .then(numbered(0));
        graph.merge([first, rest], concat(2, true)).then_all(self.grid())
    }

    /// The format with undivided colour that `xfade` works in.
    fn whole_color(&self) -> &'static str {
        if self.working == Working::EIGHT {
            "yuv444p"
        } else {
            "yuv444p10le"
        }
    }
}
