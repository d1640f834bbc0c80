//! What a transition asks of the two clips that it joins.

use crate::time::FrameRange;

use super::{by_start, overlaps};

/// A transition between two clips of a track, by their indices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// Index of the clip that leaves.
    pub from: usize,
    /// Index of the clip that comes.
    pub to: usize,
    /// Duration in frames: how much of both clips lies under the transition.
    pub length: i64,
}

/// Why clips and transitions of a track do not go together. Indices count the given lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransitionFault {
    /// A clip index beyond the list.
    #[error("the transition names a clip that is not on the track")]
    NoSuchClip {
        /// Index of the transition.
        transition: usize,
    },
    /// A transition needs one frame at least.
    #[error("the transition lasts {length} frames; it needs at least 1")]
    Empty {
        /// Index of the transition.
        transition: usize,
        /// Its length in frames.
        length: i64,
    },
    /// The clip that comes is not the next one after the clip that leaves.
    #[error("the transition joins two clips that do not follow one another")]
    NotAdjacent {
        /// Index of the transition.
        transition: usize,
    },
    /// Two transitions join the same clips.
    #[error("the two clips are joined by another transition already")]
    Duplicate {
        /// Index of the transition.
        transition: usize,
        /// Index of the one before it.
        other: usize,
    },
    /// Longer than a clip that it joins.
    #[error("the transition lasts {length} frames, longer than a clip that it joins ({longest} frames)")]
    TooLong {
        /// Index of the transition.
        transition: usize,
        /// Index of the clip that is too short.
        clip: usize,
        /// Length of the transition in frames.
        length: i64,
        /// Length of the clip in frames.
        longest: i64,
    },
    /// The transitions at both ends of a clip meet within it.
    #[error("the transitions at both ends of the clip need {needed} frames; it has {length}")]
    Crowded {
        /// Index of the clip.
        clip: usize,
        /// Index of the transition into the clip.
        into: usize,
        /// Index of the transition out of the clip.
        out_of: usize,
        /// Frames that both need together.
        needed: i64,
        /// Frames that the clip has.
        length: i64,
    },
    /// The clips overlap by something else than the transition's length (below zero: a gap).
    #[error("the transition lasts {length} frames, but the clips overlap by {overlap}")]
    WrongOverlap {
        /// Index of the transition.
        transition: usize,
        /// Length of the transition in frames.
        length: i64,
        /// Frames by which the clips overlap; negative where there is a gap.
        overlap: i64,
    },
    /// Two clips overlap and no transition joins them.
    #[error("two clips overlap by {} frames without a transition", .range.len())]
    Unjoined {
        /// Index of the clip that starts first.
        earlier: usize,
        /// Index of the clip that starts within it.
        later: usize,
        /// The frames that both hold.
        range: FrameRange,
    },
}

/// Every fault of a track: its clips at `clips` (in any order), joined by `transitions`.
/// An empty answer means that two clips overlap only where a transition joins them, and by exactly its
/// length. In O(n log n).
///
/// ```
/// use stoat_ferret_core::time::{Frame, FrameRange};
/// use stoat_ferret_core::timeline::{Transition, TransitionFault, check_transitions};
/// let range = |start, end| FrameRange::new(Frame(start), Frame(end));
/// let clips = [range(0, 90), range(60, 150)];
/// assert_eq!(check_transitions(&clips, &[Transition { from: 0, to: 1, length: 30 }]), []);
/// assert_eq!(
///     check_transitions(&clips, &[]),
///     [TransitionFault::Unjoined { earlier: 0, later: 1, range: range(60, 90) }],
/// );
/// ```
#[must_use]
pub fn check_transitions(clips: &[FrameRange], transitions: &[Transition]) -> Vec<TransitionFault> {
    let mut links = Links::new(clips);
    let mut faults = Vec::new();
    for (index, transition) in transitions.iter().enumerate() {
        links.check(index, *transition, &mut faults);
    }
    links.check_crowding(transitions, &mut faults);
    faults.extend(links.unjoined());
    faults
}

/// The longest transition between two adjacent clips, in frames: what is left of each beside its other
/// transition. Lengths in frames.
///
/// ```
/// use stoat_ferret_core::timeline::longest_transition;
/// assert_eq!(longest_transition(90, 20, 60, 0), 60);
/// assert_eq!(longest_transition(90, 50, 60, 0), 40);
/// ```
#[must_use]
pub fn longest_transition(from_length: i64, into_from: i64, to_length: i64, out_of_to: i64) -> i64 {
    from_length
        .saturating_sub(into_from)
        .min(to_length.saturating_sub(out_of_to))
        .max(0)
}

/// The clips of a track, and which transition (by index) leads into and out of each.
struct Links<'a> {
    clips: &'a [FrameRange],
    following: Vec<Option<usize>>,
    into: Vec<Option<usize>>,
    out_of: Vec<Option<usize>>,
}

impl<'a> Links<'a> {
    fn new(clips: &'a [FrameRange]) -> Self {
        let sorted = by_start(clips);
        let mut following = vec![None; clips.len()];
        for (here, next) in sorted.iter().zip(sorted.iter().skip(1)) {
            if let Some(slot) = following.get_mut(here.0) {
                *slot = Some(next.0);
            }
        }
        Self {
            clips,
            following,
            into: vec![None; clips.len()],
            out_of: vec![None; clips.len()],
        }
    }

    fn check(&mut self, index: usize, transition: Transition, faults: &mut Vec<TransitionFault>) {
        let Transition { from, to, length } = transition;
        let (Some(leaving), Some(coming)) = (self.clips.get(from), self.clips.get(to)) else {
            faults.push(TransitionFault::NoSuchClip { transition: index });
            return;
        };
        if length < 1 {
            faults.push(TransitionFault::Empty {
                transition: index,
                length,
            });
        }
        if self.following.get(from) != Some(&Some(to)) {
            faults.push(TransitionFault::NotAdjacent { transition: index });
            return;
        }
        if let Some(other) = self.out_of.get(from).copied().flatten() {
            faults.push(TransitionFault::Duplicate {
                transition: index,
                other,
            });
            return;
        }
        let too_long = [(from, leaving.len()), (to, coming.len())]
            .into_iter()
            .find(|(_, len)| length > *len);
        if let Some((clip, longest)) = too_long {
            faults.push(TransitionFault::TooLong {
                transition: index,
                clip,
                length,
                longest,
            });
        }
        let overlap = leaving.end() - coming.start();
        if overlap != length {
            faults.push(TransitionFault::WrongOverlap {
                transition: index,
                length,
                overlap,
            });
        }
        for (slots, clip) in [(&mut self.out_of, from), (&mut self.into, to)] {
            if let Some(slot) = slots.get_mut(clip) {
                *slot = Some(index);
            }
        }
    }

    fn check_crowding(&self, transitions: &[Transition], faults: &mut Vec<TransitionFault>) {
        let length_of = |index: usize| transitions.get(index).map_or(0, |transition| transition.length);
        for (clip, ends) in self.into.iter().zip(&self.out_of).enumerate() {
            let ((Some(into), Some(out_of)), Some(range)) = ((*ends.0, *ends.1), self.clips.get(clip)) else {
                continue;
            };
            let (needed, length) = (length_of(into).saturating_add(length_of(out_of)), range.len());
            if needed > length {
                faults.push(TransitionFault::Crowded {
                    clip,
                    into,
                    out_of,
                    needed,
                    length,
                });
            }
        }
    }

    /// Overlaps of clips that no transition joins. A joined pair that overlaps by the wrong amount has
    /// been told already.
    fn unjoined(&self) -> impl Iterator<Item = TransitionFault> {
        overlaps(self.clips).into_iter().filter_map(|overlap| {
            let transition_out = self.out_of.get(overlap.earlier).copied().flatten();
            let transition_in = self.into.get(overlap.later).copied().flatten();
            let is_joined = transition_out.is_some() && transition_out == transition_in;
            (!is_joined).then_some(TransitionFault::Unjoined {
                earlier: overlap.earlier,
                later: overlap.later,
                range: overlap.range,
            })
        })
    }
}
