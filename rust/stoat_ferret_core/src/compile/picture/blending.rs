//! Clips whose colours are mixed with those of what lies below.

use super::super::arrange::{Lane, Placed};
use super::super::graph::{Built, Flow, Graph, Refused};
use super::super::tint::{from_rgb, tag, to_rgb};
use super::{Scene, numbered};
use crate::document::Effect;
use crate::effects::Role;
use crate::ffmpeg::filter::Filter;
use crate::problem::Problem;
use crate::time::FrameRange;

/// The effect that says how a clip lies over what is below: the last one that does.
fn effect<'p>(placed: &'p Placed<'_>) -> Option<&'p Effect> {
    let mut effects = placed.clip.effects.iter().rev();
    effects.find(|effect| matches!(effect.spec.role, Role::Over(_)))
}

/// What mixes a clip with what lies below; nothing where it covers it.
pub fn mixing(placed: &Placed<'_>) -> Option<Filter> {
    effect(placed).and_then(|effect| match effect.spec.role {
        Role::Over(make) => Some(make(&effect.params)),
        _ => None,
    })
}

/// What mixes both clips of a transition with what lies below.
///
/// # Errors
/// They do so in different ways: while one becomes the other, there is none between them.
pub fn mixing_of_both(from: &Placed<'_>, to: &Placed<'_>) -> Built<Option<Filter>> {
    let (first, second) = (mixing(from), mixing(to));
    if first == second {
        return Ok(first);
    }
    Err(refused(
        effect(to).or(effect(from)),
        "Both clips of a transition lie over what is below in the same way.",
        "Give both clips the same blend, or put them on tracks of their own with fades.",
    ))
}

/// Refuses clips that mix with what lies below where their track is made by itself.
///
/// # Errors
/// The first of them.
pub fn none_mixes(lane: &Lane<'_>) -> Built<()> {
    match lane.clips.iter().find_map(effect) {
        None => Ok(()),
        mixes => Err(refused(
            mixes,
            "The track has effects on its picture, so its clips are put together before it lies over others.",
            "Give the effects of the track to its clips, or take the blend off.",
        )),
    }
}

fn refused(effect: Option<&Effect>, message: &str, hint: &str) -> Refused {
    let pointer = effect.map_or("", |effect| effect.pointer.as_str());
    Refused(Problem::new("effect.unsupported", pointer, message).hint(hint))
}

impl Scene<'_> {
    /// Mixes whole canvases with what lies below; both have the same frames, which are numbered from `first`.
    pub fn mixed(&self, graph: &mut Graph, below: Flow, canvas: Flow, mixing: Filter, first: i64) -> Flow {
        let mut copies = graph.split(below, "split", 2).into_iter();
        let ground = copies.next().unwrap_or_default();
        let over = self.mixture(graph, copies.next().unwrap_or_default(), canvas, mixing);
        self.whole_over(graph, ground, over, first)
    }

    /// Mixes whole canvases, which show in `frames`, with `main`, which shows in `range`.
    ///
    /// Frames of `main` are kept until the clip comes. Where clips begin spans do, so these are few; to put
    /// the parts before it, with it and after it one behind the other keeps none, but FFmpeg 9 hangs on that
    /// in one run of ten.
    pub fn mixed_within(
        &self,
        graph: &mut Graph,
        main: Flow,
        canvas: Flow,
        mixing: Filter,
        (frames, range): (FrameRange, FrameRange),
    ) -> Flow {
        let canvas = canvas.then(numbered(0));
        let (start, end) = (frames.start() - range.start(), frames.end() - range.start());
        if (start, end) == (0, range.len()) {
            return self.mixed(graph, main, canvas, mixing, 0);
        }
        let mut copies = graph.split(main, "split", 2).into_iter();
        let ground = copies.next().unwrap_or_default();
        let trim = Filter::new("trim")
            .maybe("start_frame", (start > 0).then_some(start))
            .arg("end_frame", end);
        let part = copies.next().unwrap_or_default().then(trim).then(numbered(0));
        let over = self.mixture(graph, part, canvas, mixing);
        self.whole_over(graph, ground, over, start)
    }

    /// The colours of whole canvases mixed with those of what lies below, as opaque as the canvases are.
    fn mixture(&self, graph: &mut Graph, below: Flow, canvas: Flow, mixing: Filter) -> Flow {
        let mut copies = graph.split(canvas, "split", 2).into_iter();
        let colors = copies.next().unwrap_or_default();
        let cover = copies
            .next()
            .unwrap_or_default()
            .then(Filter::new("alphaextract"));
        let in_rgb = |flow: Flow| {
            flow.then(to_rgb())
                .then(Filter::new("format").value(self.working.opaque_rgb))
        };
        let mixed = graph
            .merge([in_rgb(below), in_rgb(colors)], mixing)
            .then(from_rgb())
            .then(Filter::new("format").value(self.working.plain))
            .then(tag());
        graph
            .merge([mixed, cover], Filter::new("alphamerge"))
            .then(Filter::new("format").value(self.working.alpha))
    }
}
