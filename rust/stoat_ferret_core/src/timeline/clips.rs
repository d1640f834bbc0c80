//! The algebra in seconds, for clips in a row: the library's simple face.

use crate::time::Time;

use super::{Part, positions};

/// A clip to be placed after the one before it. Seconds.
///
/// ```
/// use stoat_ferret_core::timeline::ClipInput;
/// let clip = ClipInput { in_point: 5.0, out_point: 15.0, ..ClipInput::default() };
/// assert_eq!(clip.duration(), 10.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ClipInput {
    /// Start within the source.
    pub in_point: f64,
    /// End within the source.
    pub out_point: f64,
    /// Empty time before the clip.
    pub gap: f64,
    /// Duration of the transition from the clip before.
    pub transition: f64,
}

impl ClipInput {
    /// How long the clip is.
    #[must_use]
    pub fn duration(&self) -> f64 {
        self.out_point - self.in_point
    }

    /// In flicks. What is no time (NaN, beyond 147 days) counts as zero; [`validate_time_range`] tells.
    fn part(&self) -> Part {
        let flicks = |seconds| Time::from_seconds(seconds).unwrap_or_default().flicks();
        Part {
            length: flicks(self.out_point)
                .saturating_sub(flicks(self.in_point))
                .max(0),
            gap: flicks(self.gap),
            overlap: flicks(self.transition),
        }
    }
}

/// A clip and where it lies on the timeline. Seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipWithPosition {
    /// The clip as given.
    pub clip: ClipInput,
    /// Where it starts.
    pub timeline_start: f64,
    /// Where it ends.
    pub timeline_end: f64,
}

/// Where clips in a row lie: `total = sum(durations) - sum(transitions) + sum(gaps)`.
///
/// ```
/// use stoat_ferret_core::timeline::{ClipInput, calculate_clip_positions};
/// let clips = [
///     ClipInput { in_point: 0.0, out_point: 10.0, ..ClipInput::default() },
///     ClipInput { in_point: 5.0, out_point: 15.0, ..ClipInput::default() },
/// ];
/// let result = calculate_clip_positions(&clips);
/// assert_eq!((result[0].timeline_start, result[0].timeline_end), (0.0, 10.0));
/// assert_eq!((result[1].timeline_start, result[1].timeline_end), (10.0, 20.0));
/// ```
#[must_use]
pub fn calculate_clip_positions(clips: &[ClipInput]) -> Vec<ClipWithPosition> {
    let parts: Vec<Part> = clips.iter().map(ClipInput::part).collect();
    let seconds = |flicks| Time::from_flicks(flicks).to_seconds();
    clips
        .iter()
        .zip(positions(&parts))
        .map(|(clip, range)| ClipWithPosition {
            clip: *clip,
            timeline_start: seconds(range.start().0),
            timeline_end: seconds(range.end().0),
        })
        .collect()
}

/// Why in and out points are no part of a source. Seconds.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TimeRangeError {
    /// NaN or an infinity.
    #[error("{value} is not a finite number of seconds")]
    NotFinite {
        /// The value as given.
        value: f64,
    },
    /// The source starts at zero.
    #[error("the in point {value} s lies before the start of the source")]
    NegativeInPoint {
        /// The in point as given.
        value: f64,
    },
    /// A clip needs material.
    #[error("the out point {out_point} s does not lie after the in point {in_point} s")]
    OutBeforeIn {
        /// The in point as given.
        in_point: f64,
        /// The out point as given.
        out_point: f64,
    },
    /// The source ends earlier.
    #[error("the out point {out_point} s lies beyond the end of the source at {duration} s")]
    OutBeyondDuration {
        /// The out point as given.
        out_point: f64,
        /// The source's duration.
        duration: f64,
    },
}

/// Whether `[in_point, out_point)` is a part of a source that lasts `duration`. Seconds.
///
/// ```
/// use stoat_ferret_core::timeline::{TimeRangeError, validate_time_range};
/// assert_eq!(validate_time_range(0.0, 10.0, 10.0), Ok(()));
/// assert_eq!(
///     validate_time_range(0.0, 12.0, 10.0),
///     Err(TimeRangeError::OutBeyondDuration { out_point: 12.0, duration: 10.0 }),
/// );
/// ```
///
/// # Errors
/// The first [`TimeRangeError`] that applies.
pub fn validate_time_range(in_point: f64, out_point: f64, duration: f64) -> Result<(), TimeRangeError> {
    if let Some(value) = [in_point, out_point, duration]
        .into_iter()
        .find(|value| !value.is_finite())
    {
        return Err(TimeRangeError::NotFinite { value });
    }
    if in_point < 0.0 {
        return Err(TimeRangeError::NegativeInPoint { value: in_point });
    }
    if out_point <= in_point {
        return Err(TimeRangeError::OutBeforeIn { in_point, out_point });
    }
    if out_point > duration {
        return Err(TimeRangeError::OutBeyondDuration { out_point, duration });
    }
    Ok(())
}
