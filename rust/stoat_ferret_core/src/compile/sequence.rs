//! A lane as one stream: its gaps, clips and transitions one after another, in either medium.

use super::arrange::{Join, Lane, Placed};
use super::graph::{Built, Flow, Graph};
use super::pieces::{Piece, Share, Show, pieces, shares};
use crate::ffmpeg::filter::Filter;
use crate::time::FrameRange;

/// What picture and sound each do their own way.
pub trait Medium {
    /// The filter that copies a stream.
    const SPLIT: &'static str;

    /// Whether both clips of a join are seen (heard) while it lasts; else it is a hard cut.
    fn crosses(&self, join: &Join) -> bool;

    /// Opens what several of the clips share; what is needed of each comes with it, in order.
    fn open(&self, _graph: &mut Graph, _clips: &[(&Placed<'_>, FrameRange)]) {}

    /// A clip's frames (samples) from `frames` of the timeline, counted from 0.
    fn clip(&self, graph: &mut Graph, placed: &Placed<'_>, frames: FrameRange) -> Built<Flow>;

    /// What lies between clips, for `frames` of the timeline.
    fn gap(&self, frames: FrameRange) -> Built<Flow>;

    /// `part` of a flow that has `whole`, counted from 0.
    fn part(&self, flow: Flow, whole: FrameRange, part: FrameRange) -> Flow;

    /// A piece of a join, out of both clips from the join's first frame on.
    fn cross(&self, graph: &mut Graph, ends: (Flow, Flow), join: &Join, piece: Piece) -> Built<Flow>;

    /// Several flows one after another.
    fn chained(&self, graph: &mut Graph, flows: Vec<Flow>) -> Flow;
}

/// `range` of a lane. Every clip is opened once, whatever number of pieces it is part of.
pub fn in_sequence<M: Medium>(
    medium: &M,
    graph: &mut Graph,
    lane: &Lane<'_>,
    range: FrameRange,
) -> Built<Flow> {
    let parts = pieces(lane, range, |join| medium.crosses(join));
    let shares = shares(lane, &parts);
    let of = |share: &Share| Some((lane.clips.get(share.clip)?, share.whole));
    medium.open(graph, &shares.iter().filter_map(of).collect::<Vec<_>>());
    let mut streams = Vec::new();
    for share in shares {
        let Some(placed) = lane.clips.get(share.clip) else {
            continue;
        };
        let flow = medium.clip(graph, placed, share.whole)?;
        let copies = graph.split(flow, M::SPLIT, share.parts.len());
        let cut = copies.into_iter().zip(&share.parts).map(|(copy, part)| {
            if *part == share.whole {
                copy
            } else {
                medium.part(copy, share.whole, *part)
            }
        });
        streams.push((share.clip, cut.collect::<Vec<_>>().into_iter()));
    }
    let mut next = |clip: usize| {
        let place = streams.binary_search_by_key(&clip, |(own, _)| *own).ok()?;
        streams.get_mut(place)?.1.next()
    };
    let mut flows = Vec::new();
    for piece in &parts {
        let flow = match piece.show {
            Show::Gap => Some(medium.gap(piece.frames)?),
            Show::Clip(clip) => next(clip),
            Show::Join(number) => match lane.joins.get(number) {
                Some(join) => match (next(join.from), next(join.to)) {
                    (Some(from), Some(to)) => Some(medium.cross(graph, (from, to), join, *piece)?),
                    _ => None,
                },
                None => None,
            },
        };
        flows.extend(flow);
    }
    Ok(match flows.len() {
        1 => flows.pop().unwrap_or_default(),
        _ => medium.chained(graph, flows),
    })
}

/// The filter that joins `count` streams of one medium.
pub fn concat(count: usize, pictures: bool) -> Filter {
    Filter::new("concat")
        .arg("n", i64::try_from(count).unwrap_or(i64::MAX))
        .arg("v", i64::from(pictures))
        .arg("a", i64::from(!pictures))
}
