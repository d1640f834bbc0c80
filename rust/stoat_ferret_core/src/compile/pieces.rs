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
fn clips_of(lane: &Lane<'_>, piece: Piece) -> [Option<usize>; 2] {
    match piece.show {
        Show::Gap => [None, None],
        Show::Clip(index) => [Some(index), None],
        Show::Join(number) => {
            let join = lane.joins.get(number);
            [join.map(|join| join.from), join.map(|join| join.to)]
        }
    }
}

/// What pieces need of one clip.
#[derive(Debug)]
pub struct Share {
    /// Index of the clip.
    pub clip: usize,
    /// All that is needed of it, on the timeline.
    pub whole: FrameRange,
    /// The same part by part, in the order of the pieces.
    pub parts: Vec<FrameRange>,
}

/// For every clip that `pieces` show, in order: what is needed of it.
pub fn shares(lane: &Lane<'_>, pieces: &[Piece]) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let part = needed(lane, *piece);
        for clip in clips_of(lane, *piece).into_iter().flatten() {
            // A clip's pieces follow one another, so its share is among the last.
            match shares.iter_mut().rev().find(|share| share.clip <= clip) {
                Some(share) if share.clip == clip => {
                    let (start, end) = (share.whole.start(), share.whole.end());
                    share.whole = FrameRange::new(start.min(part.start()), end.max(part.end()));
                    share.parts.push(part);
                }
                _ => shares.push(Share {
                    clip,
                    whole: part,
                    parts: vec![part],
                }),
            }
        }
    }
    shares
}
