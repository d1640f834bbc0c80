//! Long programmes in parts that open few clips each.

use super::super::arrange::Lane;
use super::super::pieces::{Show, pieces};
use crate::time::{Frame, FrameRange};

/// Clips that one run opens at most: beyond it memory and open files grow for nothing.
pub const MOST_CLIPS: usize = 40;

/// Parts of `range` that open few of `files` each, cut where one of them begins and no join runs.
///
/// `joins` are in order of time.
pub fn opened(mut files: Vec<FrameRange>, joins: &[FrameRange], range: FrameRange) -> Vec<FrameRange> {
    files.sort_by_key(|file| file.start());
    cut(&files, joins, range)
}

/// Parts of the sound of a track that open few clips each, cut where no transition runs.
pub fn lane_chunks(lane: &Lane<'_>, range: FrameRange) -> Vec<FrameRange> {
    let parts = pieces(lane, range, |_| true);
    let spans: Vec<FrameRange> = parts
        .iter()
        .filter(|piece| matches!(piece.show, Show::Clip(_)))
        .map(|piece| piece.frames)
        .collect();
    let joins: Vec<FrameRange> = lane.joins.iter().map(|join| join.frames).collect();
    cut(&spans, &joins, range)
}

/// Cuts `range` at starts of `spans` that lie in no join, so that no part has many spans.
fn cut(spans: &[FrameRange], joins: &[FrameRange], range: FrameRange) -> Vec<FrameRange> {
    let mut parts = Vec::new();
    let mut start = range.start();
    let mut open = 0;
    let mut running: Vec<Frame> = Vec::new();
    for span in spans {
        let at = span.start();
        if open >= MOST_CLIPS && at > start && !in_any(joins, at) {
            parts.push(FrameRange::new(start, at));
            start = at;
            running.retain(|end| *end > at);
            open = running.len();
        }
        running.push(span.end());
        open += 1;
    }
    parts.push(FrameRange::new(start, range.end()));
    parts
}

/// Whether a cut at this frame would fall into a join; the first frame of a join counts, because a
/// join is computed from there.
fn in_any(joins: &[FrameRange], frame: Frame) -> bool {
    let after = joins.partition_point(|join| join.start() <= frame);
    let around = joins.iter().take(after).rev().take(8);
    around.into_iter().any(|join| join.contains(frame))
}
