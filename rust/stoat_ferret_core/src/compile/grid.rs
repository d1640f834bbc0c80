//! The frame grid for an editor: where everything of a document lies, and what a length in frames is in a source.

use serde::Serialize;
use serde_json::Value;

use super::arrange::{arrange, end_of};
use crate::document::{Pace, read};
use crate::problem::Problem;
use crate::time::{Frame, FrameRange, Rate, Time};

/// Where everything of a document lies, in frames of the project.
#[derive(Debug, Serialize)]
pub struct Grid {
    /// Length of the programme.
    pub frames: i64,
    /// One for each track, in their order.
    pub tracks: Vec<GridTrack>,
}

/// A track's clips.
#[derive(Debug, Serialize)]
pub struct GridTrack {
    /// The track's id.
    pub id: String,
    /// Its enabled clips in order of time.
    pub clips: Vec<GridClip>,
    /// Where two of them overlap, in order of time.
    pub joins: Vec<GridJoin>,
}

/// A clip's place.
#[derive(Debug, Serialize)]
pub struct GridClip {
    /// The clip's id.
    pub id: String,
    /// Its first frame.
    pub start: i64,
    /// The frame after its last one.
    pub end: i64,
    /// Seconds of source for a second of programme, on average.
    pub speed: f64,
}

/// A transition's place.
#[derive(Debug, Serialize)]
pub struct GridJoin {
    /// Id of the clip that goes.
    pub from: String,
    /// Id of the clip that comes.
    pub to: String,
    /// Where the transition stands in the document: it, or the effect that stands for it.
    pub pointer: String,
    /// Its first frame.
    pub start: i64,
    /// The frame after its last one.
    pub end: i64,
}

/// Places every enabled clip whose length the document tells.
///
/// # Errors
/// Every problem of the document.
pub fn grid(document: &Value) -> Result<Grid, Vec<Problem>> {
    let project = read(document)?;
    let arrangement = arrange(&project, None, &mut Vec::new());
    let rate = project.output.rate;
    let tracks = arrangement.lanes.iter().map(|lane| {
        let clips = lane.clips.iter().map(|placed| GridClip {
            id: placed.clip.id.clone(),
            start: placed.frames.start().0,
            end: placed.frames.end().0,
            speed: placed.pace.average(rate.seconds_of(placed.frames.len())),
        });
        let name = |index: usize| {
            lane.clips
                .get(index)
                .map_or_else(String::new, |placed| placed.clip.id.clone())
        };
        let joins = lane.joins.iter().map(|join| GridJoin {
            from: name(join.from),
            to: name(join.to),
            pointer: join.transition.pointer.clone(),
            start: join.frames.start().0,
            end: join.frames.end().0,
        });
        GridTrack {
            id: lane.track.id.clone(),
            clips: clips.collect(),
            joins: joins.collect(),
        }
    });
    Ok(Grid {
        frames: arrangement.frames,
        tracks: tracks.collect(),
    })
}

/// The frames of a clip that starts at `start` and plays its source from `in_point` to `out_point`;
/// nothing beyond the longest time.
///
/// ```
/// use stoat_ferret_core::compile::grid::clip_frames;
/// use stoat_ferret_core::document::{Animated, Pace};
/// use stoat_ferret_core::time::{Rate, Time};
/// let double = Pace::new(&Animated::Constant(2.0));
/// let second = Time::from_flicks(Time::FLICKS_PER_SECOND);
/// let frames = clip_frames(Rate::FPS_30, second, Time::ZERO, second, &double);
/// assert_eq!(frames.map(|frames| (frames.start().0, frames.end().0)), Some((30, 45)));
/// ```
#[must_use]
pub fn clip_frames(
    rate: Rate,
    start: Time,
    in_point: Time,
    out_point: Time,
    pace: &Pace,
) -> Option<FrameRange> {
    let end = end_of(start, in_point, out_point, pace)?;
    Some(FrameRange::new(rate.frame_at(start), rate.frame_at(end)))
}

/// The time of a source that is reached from `point` after so many frames of the project; the clip shows
/// `point` at its frame number `since`.
///
/// ```
/// use stoat_ferret_core::compile::grid::source_time;
/// use stoat_ferret_core::document::{Animated, Pace};
/// use stoat_ferret_core::time::{Rate, Time};
/// let double = Pace::new(&Animated::Constant(2.0));
/// let reached = source_time(Rate::FPS_30, Time::ZERO, 15, &double, 0);
/// assert_eq!(reached.map(Time::to_seconds), Some(1.0));
/// ```
#[must_use]
pub fn source_time(rate: Rate, point: Time, frames: i64, pace: &Pace, since: i64) -> Option<Time> {
    let played = |frames: i64| pace.source(rate.time_of(Frame(frames)).to_seconds());
    let length = match pace.constant() {
        // So that the same number of frames always has the same length.
        Some(_) => played(frames),
        None => played(since.checked_add(frames)?) - played(since),
    };
    point.checked_add(Time::from_seconds(length).ok()?)
}
