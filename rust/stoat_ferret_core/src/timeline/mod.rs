//! The duration algebra: where clips lie, given how long they are and what joins them.
//!
//! `total = sum(clips) - sum(overlaps) + gaps`, on the frame grid. Nothing else in the product adds up
//! durations: the edits, the checks and the compiler all ask here.

mod clips;
mod transitions;

pub use clips::{ClipInput, ClipWithPosition, TimeRangeError, calculate_clip_positions, validate_time_range};
pub use transitions::{Transition, TransitionFault, check_transitions, longest_transition};

use crate::time::{Frame, FrameRange};

/// One clip of a track as the algebra sees it: a length, and how it follows the clip before it.
/// All three are whole numbers of one unit, frames unless said otherwise.
///
/// ```
/// use stoat_ferret_core::timeline::Part;
/// let part = Part { overlap: 15, ..Part::new(90) };
/// assert_eq!(part.advance(), 75);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// How long the clip is on the timeline.
    pub length: i64,
    /// Empty time between the end of the clip before (or the start of the track) and this one.
    pub gap: i64,
    /// How much of the clip before lies under this one: the duration of the transition between them.
    pub overlap: i64,
}

impl Part {
    /// A clip that follows the one before by a cut.
    ///
    /// ```
    /// # use stoat_ferret_core::timeline::Part;
    /// assert_eq!(Part::new(90), Part { length: 90, gap: 0, overlap: 0 });
    /// ```
    #[must_use]
    pub const fn new(length: i64) -> Self {
        Self {
            length,
            gap: 0,
            overlap: 0,
        }
    }

    /// How much further the track reaches with this clip.
    #[must_use]
    pub const fn advance(self) -> i64 {
        self.length.saturating_sub(self.overlap).saturating_add(self.gap)
    }
}

/// The range of every part, in order, on a track that starts at zero.
///
/// ```
/// use stoat_ferret_core::time::{Frame, FrameRange};
/// use stoat_ferret_core::timeline::{Part, positions};
/// let parts = [Part::new(90), Part { overlap: 30, ..Part::new(60) }, Part { gap: 10, ..Part::new(20) }];
/// let range = |start, end| FrameRange::new(Frame(start), Frame(end));
/// assert_eq!(positions(&parts), [range(0, 90), range(60, 120), range(130, 150)]);
/// ```
#[must_use]
pub fn positions(parts: &[Part]) -> Vec<FrameRange> {
    let ends = parts.iter().scan(0i64, |end, part| {
        *end = end.saturating_add(part.advance());
        Some(*end)
    });
    ends.zip(parts)
        .map(|(end, part)| FrameRange::from_end(Frame(end), part.length))
        .collect()
}

/// How long a track with these parts is: `sum(lengths) - sum(overlaps) + sum(gaps)`.
///
/// ```
/// use stoat_ferret_core::timeline::{Part, total};
/// assert_eq!(total(&[Part::new(90), Part { overlap: 30, ..Part::new(60) }]), 120);
/// ```
#[must_use]
pub fn total(parts: &[Part]) -> i64 {
    parts
        .iter()
        .fold(0, |sum, part| sum.saturating_add(part.advance()))
}

/// The parts that lie at `ranges`, which are in the order of their starts: the inverse of [`positions`].
///
/// ```
/// use stoat_ferret_core::time::{Frame, FrameRange};
/// use stoat_ferret_core::timeline::{Part, parts};
/// let range = |start, end| FrameRange::new(Frame(start), Frame(end));
/// assert_eq!(
///     parts(&[range(5, 90), range(60, 120)]),
///     [Part { gap: 5, ..Part::new(85) }, Part { overlap: 30, ..Part::new(60) }],
/// );
/// ```
#[must_use]
pub fn parts(ranges: &[FrameRange]) -> Vec<Part> {
    let mut end = Frame::ZERO;
    ranges
        .iter()
        .map(|range| {
            let distance = range.start() - end;
            end = range.end();
            Part {
                length: range.len(),
                gap: distance.max(0),
                overlap: distance.saturating_neg().max(0),
            }
        })
        .collect()
}

/// Two clips that lie over one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// Index of the clip that starts first.
    pub earlier: usize,
    /// Index of the clip that starts within it.
    pub later: usize,
    /// The frames that both hold.
    pub range: FrameRange,
}

/// Clips that lie over one another, whatever their order; in O(n log n).
/// Every clip is held against the one before it that reaches furthest, so each clip that overlaps an
/// earlier one is named once. Empty clips overlap nothing.
///
/// ```
/// use stoat_ferret_core::time::{Frame, FrameRange};
/// use stoat_ferret_core::timeline::overlaps;
/// let range = |start, end| FrameRange::new(Frame(start), Frame(end));
/// let found = overlaps(&[range(80, 120), range(0, 90), range(120, 130)]);
/// assert_eq!(found.len(), 1);
/// assert_eq!((found[0].earlier, found[0].later, found[0].range), (1, 0, range(80, 90)));
/// ```
#[must_use]
pub fn overlaps(ranges: &[FrameRange]) -> Vec<Overlap> {
    let mut furthest: Option<(usize, FrameRange)> = None;
    let mut found = Vec::new();
    for (later, range) in by_start(ranges) {
        let overlap = furthest.and_then(|(earlier, before)| Some((earlier, before.intersect(range)?)));
        found.extend(overlap.map(|(earlier, range)| Overlap {
            earlier,
            later,
            range,
        }));
        if furthest.is_none_or(|(_, before)| range.end() > before.end()) {
            furthest = Some((later, range));
        }
    }
    found
}

/// The ranges with their indices, in the order of their starts (then ends, then indices).
fn by_start(ranges: &[FrameRange]) -> Vec<(usize, FrameRange)> {
    let mut sorted: Vec<_> = ranges.iter().copied().enumerate().collect();
    sorted.sort_by_key(|(index, range)| (range.start(), range.end(), *index));
    sorted
}

#[cfg(test)]
mod tests;
