//! Time without drift: flicks for moments, frames for the project's grid, rates between them.
//!
//! Three kinds of number exist, and no other: [`Time`] (a moment or length in flicks),
//! [`Frame`] (an index on a frame grid) and samples (a plain count at a sample rate).
//! A [`Rate`] turns one into the other by integer arithmetic, so that a place has one value
//! however it was reached. Seconds as floating point numbers exist on the wire only.

mod frame;
mod position;
mod rate;
mod timecode;

pub use frame::{Frame, FrameRange};
pub use position::parse_position;
pub use rate::Rate;

use std::fmt;
use std::ops::{Add, Neg, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What keeps a text or number from being a time, a rate or a timecode.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TimeError {
    /// Neither NaN nor an infinity is a time.
    #[error("{0} is not a finite number of seconds")]
    NotFinite(f64),
    /// Beyond [`Time::LIMIT`].
    #[error("`{0}` is further from zero than {days} days, the longest time", days = Time::LIMIT_DAYS)]
    OutOfRange(String),
    /// Neither seconds, a timecode, a clock time nor a number of frames.
    #[error("`{0}` is not a time")]
    NotATime(String),
    /// Neither a number nor a fraction.
    #[error("`{0}` is not a frame rate")]
    NotARate(String),
    /// Outside (0, 1000] frames per second, or too fine a fraction.
    #[error("the frame rate `{0}` is not in the range above 0 up to 1000 frames per second")]
    RateOutOfRange(String),
    /// A field of a timecode is larger than its unit.
    #[error("in the timecode `{timecode}` the {field} must be below {limit}")]
    TimecodeField {
        /// The text as given.
        timecode: String,
        /// `minutes`, `seconds` or `frames`.
        field: &'static str,
        /// The first value that is too large.
        limit: i64,
    },
    /// Drop-frame counting exists for 29.97 frames per second and its multiples.
    #[error("the drop-frame timecode `{timecode}` needs 29.97 frames per second or a multiple, not {rate}")]
    NoDropFrame {
        /// The text as given.
        timecode: String,
        /// The rate that was to count it.
        rate: Rate,
    },
    /// The first labels of most minutes are skipped in drop-frame counting.
    #[error("the drop-frame timecode `{timecode}` names a label that is skipped; the next one is `{next}`")]
    DroppedLabel {
        /// The text as given.
        timecode: String,
        /// The first label after it that exists.
        next: String,
    },
}

impl TimeError {
    /// What to write instead, as one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotFinite(_) | Self::OutOfRange(_) => {
                "give a finite number of seconds below 147 days".into()
            }
            Self::NotATime(_) => {
                "write seconds (12.5 or \"12.5s\"), milliseconds (\"500ms\"), a clock time (\"1:30\"), \
                 a timecode (\"00:01:02:15\") or frames (\"315f\")"
                    .into()
            }
            Self::NotARate(_) | Self::RateOutOfRange(_) => {
                "write a number such as 30 or 29.97, or a fraction such as \"30000/1001\"".into()
            }
            Self::TimecodeField { field, limit, .. } => format!("use {} at most {}", field, limit - 1),
            Self::NoDropFrame { .. } => "write a `:` before the frames for non-drop counting".into(),
            Self::DroppedLabel { next, .. } => format!("use `{next}`"),
        }
    }
}

/// A moment or a length, in flicks: 1/705,600,000 of a second.
///
/// Every frame of 24, 25, 30, 48, 50, 60, 90, 100 and 120 frames per second, of the 1000/1001 rates,
/// and every sample of 8 to 192 kHz lasts a whole number of flicks.
/// The operators saturate; the `checked_*` forms tell.
///
/// ```
/// use stoat_ferret_core::time::Time;
/// assert_eq!(Time::from_seconds(0.5)?, Time::from_flicks(352_800_000));
/// # Ok::<(), stoat_ferret_core::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

impl Time {
    /// Flicks in one second.
    pub const FLICKS_PER_SECOND: i64 = 705_600_000;
    /// The start of everything.
    pub const ZERO: Self = Self(0);
    /// The furthest time from zero that comes from seconds: 2^53 flicks, a little over 147 days.
    /// Within it every frame keeps its place over a conversion to seconds and back;
    /// every single flick does below 2^23 s (97 days), where seconds as `f64` still tell flicks apart.
    pub const LIMIT: Self = Self(1 << 53);
    /// Whole days in [`Time::LIMIT`].
    pub const LIMIT_DAYS: i64 = (1 << 53) / (Self::FLICKS_PER_SECOND * 86_400);

    /// A time of that many flicks.
    ///
    /// ```
    /// # use stoat_ferret_core::time::Time;
    /// assert_eq!(Time::from_flicks(705_600_000).to_seconds(), 1.0);
    /// ```
    #[must_use]
    pub const fn from_flicks(flicks: i64) -> Self {
        Self(flicks)
    }

    /// The time nearest to that many seconds.
    ///
    /// ```
    /// # use stoat_ferret_core::time::Time;
    /// assert_eq!(Time::from_seconds(-0.25)?.flicks(), -176_400_000);
    /// assert!(Time::from_seconds(f64::NAN).is_err());
    /// assert!(Time::from_seconds(1e9).is_err());
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`TimeError::NotFinite`], or [`TimeError::OutOfRange`] beyond [`Time::LIMIT`].
    pub fn from_seconds(seconds: f64) -> Result<Self, TimeError> {
        if !seconds.is_finite() {
            return Err(TimeError::NotFinite(seconds));
        }
        let product = seconds * float(Self::FLICKS_PER_SECOND);
        // The product is rounded once already; what it lost decides which flick is nearest.
        let lost = seconds.mul_add(float(Self::FLICKS_PER_SECOND), -product);
        let whole = product.round();
        let rest = (product - whole) + lost;
        let flicks = whole + f64::from(i8::from(rest > 0.5) - i8::from(rest < -0.5));
        if flicks.is_nan() || flicks.abs() > float(Self::LIMIT.0) {
            return Err(TimeError::OutOfRange(seconds.to_string()));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within ±2^53, as checked above"
        )]
        Ok(Self(flicks as i64))
    }

    /// The length of `count` samples at `sample_rate`, to the nearest flick.
    ///
    /// ```
    /// # use stoat_ferret_core::time::Time;
    /// assert_eq!(Time::from_samples(24_000, 48_000), Time::from_flicks(352_800_000));
    /// ```
    #[must_use]
    pub fn from_samples(count: i64, sample_rate: u32) -> Self {
        let flicks = i128::from(count) * i128::from(Self::FLICKS_PER_SECOND);
        Self(nearest_quotient(flicks, i128::from(sample_rate)))
    }

    /// The number of flicks.
    #[must_use]
    pub const fn flicks(self) -> i64 {
        self.0
    }

    /// The number of seconds, as the wire has it.
    #[must_use]
    pub fn to_seconds(self) -> f64 {
        float(self.0) / float(Self::FLICKS_PER_SECOND)
    }

    /// The number of samples up to here at `sample_rate`, to the nearest (halves up).
    #[must_use]
    pub fn to_samples(self, sample_rate: u32) -> i64 {
        nearest_quotient(
            i128::from(self.0) * i128::from(sample_rate),
            i128::from(Self::FLICKS_PER_SECOND),
        )
    }

    /// The sum, unless it overflows.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(flicks) => Some(Self(flicks)),
            None => None,
        }
    }

    /// The difference, unless it overflows.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(flicks) => Some(Self(flicks)),
            None => None,
        }
    }

    /// `factor` times this, unless it overflows.
    #[must_use]
    pub const fn checked_mul(self, factor: i64) -> Option<Self> {
        match self.0.checked_mul(factor) {
            Some(flicks) => Some(Self(flicks)),
            None => None,
        }
    }

    /// Whether this lies before zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl Add for Time {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Time {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Time {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

/// Seconds in the shortest decimal form that reads back as the same time: `1.5 s`.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.to_seconds())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_seconds())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_seconds(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "times on the wire are f64; exact up to 2^53"
)]
const fn float(integer: i64) -> f64 {
    integer as f64
}

/// `numerator / denominator` to the nearest integer, halves up, held within `i64`.
/// A denominator below one counts as one: rates and sample rates are positive where they are made.
fn nearest_quotient(numerator: i128, denominator: i128) -> i64 {
    let denominator = denominator.max(1);
    let quotient = numerator.div_euclid(denominator);
    let up = numerator.rem_euclid(denominator) * 2 >= denominator;
    let nearest = quotient + i128::from(up);
    i64::try_from(nearest).unwrap_or(if nearest < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
