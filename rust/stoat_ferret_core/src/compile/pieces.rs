//! What a lane shows when: gaps, clips, and joins of two clips, one after another.

use super::arrange::{Join, Lane, Placed};
use crate::time::{Frame, FrameRange};

/// What a piece shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Nothing.
    Gap,
    /// The clip of this index.
    Clip(usize),
    /// The join of this index.
    Join(usize),
}

/// A stretch of frames in which a lane shows one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// What it shows.
    pub show: Show,
    /// When, on the timeline.
    pub frames: FrameRange,
}

/// The pieces that fill `range` without a hole. A join that does not cross over (in this medium) is a
/// hard cut in its middle.
pub fn pieces(lane: &Lane<'_>, range: FrameRange, crosses: impl Fn(&Join) -> bool) -> Vec<Piece> {
    let mut all = Vec::new();
    // What ends before the range shows nothing in it; a long lane is cut into many ranges.
    let passed = lane
        .clips
        .partition_point(|clip| clip.frames.end() <= range.start());
    let mut cursor = range.start();
    let mut push = |show: Show, start: Frame, end: Frame| {
        if let Some(frames) = FrameRange::new(start, end).intersect(range) {
            all.push(Piece { show, frames });
        }
    };
    let shown = |clip: &Placed<'_>| clip.frames.start() < range.end();
    let clips = lane.clips.iter().enumerate().skip(passed);
    for (index, clip) in clips.take_while(|(_, clip)| shown(clip)) {
        let before = lane.joins.binary_search_by_key(&index, |join| join.to).ok();
        let before = before.and_then(|number| lane.joins.get(number));
        let after = lane.joins.binary_search_by_key(&index, |join| join.from).ok();
        let after = after.and_then(|number| Some((number, lane.joins.get(number)?)));
        let start = match before {
            Some(join) if crosses(join) => join.frames.end(),
            Some(join) => middle(join),
            None => clip.frames.start(),
        };
        let end = match after {
            Some((_, join)) if crosses(join) => join.frames.start(),
            Some((_, join)) => middle(join),
            None => clip.frames.end(),
        };
        if cursor < start {
            push(Show::Gap, cursor, start);
        }
        push(Show::Clip(index), start, end);
        cursor = end;
        if let Some((number, join)) = after
            && crosses(join)
        {
            push(Show::Join(number), join.frames.start(), join.frames.end());
            cursor = join.frames.end();
        }
    }
    push(Show::Gap, cursor, range.end().max(cursor));
    all
}

fn middle(join: &Join) -> Frame {
    join.frames.start() + join.frames.len() / 2
}

/// What a piece needs of a clip: a join is always computed from its first frame.
pub fn needed(lane: &Lane<'_>, piece: Piece) -> FrameRange {
    match piece.show {
        Show::Join(number) => lane.joins.get(number).map_or(piece.frames, |join| {
            FrameRange::new(join.frames.start(), piece.frames.end())
        }),
        Show::Gap | Show::Clip(_) => piece.frames,
    }
}

/// The clips that a piece shows.
pub fn clips_of(lane: &Lane<'_>, piece: Piece) -> Vec<usize> {
    match piece.show {
        Show::Gap => Vec::new(),
        Show::Clip(index) => vec![index],
        Show::Join(number) => lane
            .joins
            .get(number)
            .map_or_else(Vec::new, |join| vec![join.from, join.to]),
    }
}

/// For every clip that `pieces` show: what is needed of it in all, and part by part.
pub fn shares(lane: &Lane<'_>, pieces: &[Piece]) -> Vec<(usize, FrameRange, Vec<FrameRange>)> {
    let mut shares: Vec<(usize, FrameRange, Vec<FrameRange>)> = Vec::new();
    for piece in pieces {
        let part = needed(lane, *piece);
        for clip in clips_of(lane, *piece) {
            match shares.iter_mut().find(|(index, ..)| *index == clip) {
                Some((_, whole, parts)) => {
                    *whole = FrameRange::new(whole.start().min(part.start()), whole.end().max(part.end()));
                    parts.push(part);
                }
                None => shares.push((clip, part, vec![part])),
            }
        }
    }
    shares
}
