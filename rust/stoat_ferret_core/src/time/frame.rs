//! Places on a frame grid, and half-open ranges of them.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// The index of a frame on a grid, counted from zero; also a number of frames.
/// The operators saturate.
///
/// ```
/// use stoat_ferret_core::time::Frame;
/// assert_eq!(Frame(3) + 2, Frame(5));
/// assert_eq!(Frame(5) - Frame(3), 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Frame(pub i64);

impl Frame {
    /// The first frame of a grid.
    pub const ZERO: Self = Self(0);
}

impl Add<i64> for Frame {
    type Output = Self;

    fn add(self, frames: i64) -> Self {
        Self(self.0.saturating_add(frames))
    }
}

impl Sub<i64> for Frame {
    type Output = Self;

    fn sub(self, frames: i64) -> Self {
        Self(self.0.saturating_sub(frames))
    }
}

impl Sub for Frame {
    type Output = i64;

    fn sub(self, other: Self) -> i64 {
        self.0.saturating_sub(other.0)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The frames from `start` up to, not including, `end`. `start <= end` always holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub struct FrameRange {
    start: Frame,
    end: Frame,
}

impl FrameRange {
    /// The frames `start <= frame < end`; an end before the start makes the empty range at `start`.
    ///
    /// ```
    /// use stoat_ferret_core::time::{Frame, FrameRange};
    /// let range = FrameRange::new(Frame(10), Frame(25));
    /// assert_eq!(range.len(), 15);
    /// assert!(range.contains(Frame(10)) && !range.contains(Frame(25)));
    /// assert!(FrameRange::new(Frame(5), Frame(4)).is_empty());
    /// ```
    #[must_use]
    pub fn new(start: Frame, end: Frame) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// `length` frames from `start` on; a negative length counts as none.
    ///
    /// ```
    /// use stoat_ferret_core::time::{Frame, FrameRange};
    /// assert_eq!(FrameRange::from_length(Frame(10), 5), FrameRange::new(Frame(10), Frame(15)));
    /// ```
    #[must_use]
    pub fn from_length(start: Frame, length: i64) -> Self {
        Self::new(start, start + length.max(0))
    }

    /// `length` frames up to, not including, `end`; a negative length counts as none.
    ///
    /// ```
    /// use stoat_ferret_core::time::{Frame, FrameRange};
    /// assert_eq!(FrameRange::from_end(Frame(15), 5), FrameRange::new(Frame(10), Frame(15)));
    /// ```
    #[must_use]
    pub fn from_end(end: Frame, length: i64) -> Self {
        Self {
            start: end - length.max(0),
            end,
        }
    }

    /// The first frame within.
    #[must_use]
    pub const fn start(self) -> Frame {
        self.start
    }

    /// The first frame after.
    #[must_use]
    pub const fn end(self) -> Frame {
        self.end
    }

    /// The number of frames.
    #[must_use]
    pub fn len(self) -> i64 {
        self.end - self.start
    }

    /// Whether there is no frame within.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `frame` lies within.
    #[must_use]
    pub fn contains(self, frame: Frame) -> bool {
        self.start <= frame && frame < self.end
    }

    /// The frames that both ranges hold; `None` where they hold none in common.
    ///
    /// ```
    /// use stoat_ferret_core::time::{Frame, FrameRange};
    /// let range = |a, b| FrameRange::new(Frame(a), Frame(b));
    /// assert_eq!(range(0, 10).intersect(range(5, 20)), Some(range(5, 10)));
    /// assert_eq!(range(0, 10).intersect(range(10, 20)), None);
    /// ```
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        let common = Self::new(self.start.max(other.start), self.end.min(other.end));
        (!common.is_empty()).then_some(common)
    }

    /// The same range, `by` frames later (earlier when negative).
    ///
    /// ```
    /// use stoat_ferret_core::time::{Frame, FrameRange};
    /// let range = FrameRange::new(Frame(10), Frame(15));
    /// assert_eq!(range.shift(-4), FrameRange::new(Frame(6), Frame(11)));
    /// ```
    #[must_use]
    pub fn shift(self, by: i64) -> Self {
        Self {
            start: self.start + by,
            end: self.end + by,
        }
    }
}

impl<'de> Deserialize<'de> for FrameRange {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            start: Frame,
            end: Frame,
        }
        let Wire { start, end } = Wire::deserialize(deserializer)?;
        if end < start {
            return Err(serde::de::Error::custom(format!(
                "a range from {start} cannot end at {end}"
            )));
        }
        Ok(Self { start, end })
    }
}

/// `[10, 25)`.
impl fmt::Display for FrameRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}
