//! Frame rates as exact fractions, and the conversions that they define.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Frame, FrameRange, Time, TimeError, nearest_quotient};

/// The whole rates whose 1000/1001 neighbours people write as decimals: 29.97 means 30000/1001.
const BROADCAST: [u32; 6] = [24, 30, 48, 60, 120, 240];

/// A decimal that fits no fraction of 32-bit numbers (33.333333333333336) is taken as the nearest
/// fraction up to this denominator (100/3).
const FINEST_DENOMINATOR: u64 = 100_000;

/// Frames per second as a fraction in lowest terms, above 0 and up to 1000.
///
/// ```
/// use stoat_ferret_core::time::Rate;
/// assert_eq!("29.97".parse::<Rate>()?, Rate::new(30_000, 1001)?);
/// assert_eq!(Rate::new(60, 2)?.to_string(), "30");
/// # Ok::<(), stoat_ferret_core::time::TimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    num: u32,
    den: u32,
}

impl Rate {
    /// The fastest rate, in frames per second.
    pub const MAX: u32 = 1000;

    /// `num / den` frames per second, in lowest terms.
    ///
    /// ```
    /// # use stoat_ferret_core::time::Rate;
    /// let rate = Rate::new(50, 4)?;
    /// assert_eq!((rate.num(), rate.den()), (25, 2));
    /// assert!(Rate::new(0, 1).is_err() && Rate::new(25, 0).is_err() && Rate::new(1001, 1).is_err());
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`TimeError::RateOutOfRange`] outside (0, 1000].
    pub fn new(num: u32, den: u32) -> Result<Self, TimeError> {
        reduced(u128::from(num), u128::from(den))
            .ok_or_else(|| TimeError::RateOutOfRange(format!("{num}/{den}")))
    }

    /// A rate as the wire has it: a number, or a string with a number or a fraction.
    ///
    /// ```
    /// # use stoat_ferret_core::time::Rate;
    /// use serde_json::json;
    /// assert_eq!(Rate::from_json(&json!(23.976))?, Rate::new(24_000, 1001)?);
    /// assert_eq!(Rate::from_json(&json!("60000/1001"))?, Rate::new(60_000, 1001)?);
    /// assert_eq!(Rate::from_json(&json!(12.5))?, Rate::new(25, 2)?);
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`TimeError::NotARate`] or [`TimeError::RateOutOfRange`].
    pub fn from_json(value: &Value) -> Result<Self, TimeError> {
        match value {
            Value::String(text) => text.parse(),
            Value::Number(number) => match number.as_f64() {
                // `f64` prints without an exponent, in the shortest form that reads back.
                Some(float) => float.to_string().parse(),
                None => Err(TimeError::NotARate(number.to_string())),
            },
            other => Err(TimeError::NotARate(other.to_string())),
        }
    }

    /// A number where the rate is whole, else the fraction as a string; [`Rate::from_json`] reads both.
    ///
    /// ```
    /// # use stoat_ferret_core::time::Rate;
    /// assert_eq!(Rate::new(25, 1)?.to_wire(), serde_json::json!(25));
    /// assert_eq!(Rate::new(30_000, 1001)?.to_wire(), serde_json::json!("30000/1001"));
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn to_wire(self) -> Value {
        if self.den == 1 {
            Value::from(self.num)
        } else {
            Value::from(self.to_string())
        }
    }

    /// 30 frames per second, what a project has that says nothing.
    pub const FPS_30: Self = Self { num: 30, den: 1 };

    /// How long so many frames last, in seconds.
    ///
    /// ```
    /// # use stoat_ferret_core::time::Rate;
    /// assert_eq!(Rate::FPS_30.seconds_of(45), 1.5);
    /// ```
    #[must_use]
    pub fn seconds_of(self, frames: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "frames of days stay far below 2^53")]
        let frames = frames as f64;
        frames * f64::from(self.den) / f64::from(self.num)
    }

    /// The numerator, in frames.
    #[must_use]
    pub const fn num(self) -> u32 {
        self.num
    }

    /// The denominator, in seconds.
    #[must_use]
    pub const fn den(self) -> u32 {
        self.den
    }

    /// Frames per second, to show or to estimate with; never to compute a position.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// The frame whose start is nearest to `time`; halfway between two, the later one.
    ///
    /// ```
    /// # use stoat_ferret_core::time::{Frame, Rate, Time};
    /// let rate = Rate::new(30, 1)?;
    /// assert_eq!(rate.frame_at(Time::from_seconds(0.51)?), Frame(15));
    /// assert_eq!(rate.frame_at(Time::from_seconds(0.05)?), Frame(2));
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn frame_at(self, time: Time) -> Frame {
        let frames = i128::from(time.flicks()) * i128::from(self.num);
        Frame(nearest_quotient(
            frames,
            i128::from(Time::FLICKS_PER_SECOND) * i128::from(self.den),
        ))
    }

    /// The start of `frame`, to the nearest flick; exact for the rates named at [`Time`].
    ///
    /// ```
    /// # use stoat_ferret_core::time::{Frame, Rate, Time};
    /// assert_eq!(Rate::new(30_000, 1001)?.time_of(Frame(1)), Time::from_flicks(23_543_520));
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn time_of(self, frame: Frame) -> Time {
        let flicks = i128::from(frame.0) * i128::from(Time::FLICKS_PER_SECOND) * i128::from(self.den);
        Time::from_flicks(nearest_quotient(flicks, i128::from(self.num)))
    }

    /// Whether `time` is the start of a frame.
    #[must_use]
    pub fn is_on_grid(self, time: Time) -> bool {
        self.time_of(self.frame_at(time)) == time
    }

    /// The audio samples in the first `frames` frames, to the nearest (halves up).
    ///
    /// ```
    /// # use stoat_ferret_core::time::Rate;
    /// assert_eq!(Rate::new(30_000, 1001)?.samples(30, 48_000), 48_048);
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn samples(self, frames: i64, sample_rate: u32) -> i64 {
        let samples = i128::from(frames) * i128::from(sample_rate) * i128::from(self.den);
        nearest_quotient(samples, i128::from(self.num))
    }

    /// The audio samples under `range` within the whole program: adjacent ranges neither share a
    /// sample nor lose one.
    ///
    /// ```
    /// # use stoat_ferret_core::time::{Frame, FrameRange, Rate};
    /// let rate = Rate::new(30_000, 1001)?;
    /// assert_eq!(rate.samples_in(FrameRange::new(Frame(1), Frame(2)), 48_000), 1601);
    /// assert_eq!(rate.samples_in(FrameRange::new(Frame(2), Frame(3)), 48_000), 1602);
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn samples_in(self, range: FrameRange, sample_rate: u32) -> i64 {
        self.samples(range.end().0, sample_rate)
            .saturating_sub(self.samples(range.start().0, sample_rate))
    }
}

impl FromStr for Rate {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let trimmed = text.trim();
        let not_a_rate = || TimeError::NotARate(text.to_owned());
        let rate = if let Some((num, den)) = trimmed.split_once('/') {
            let (num, den) = whole(num.trim()).zip(whole(den.trim())).ok_or_else(not_a_rate)?;
            reduced(num, den)
        } else {
            let (num, scale) = decimal(trimmed).ok_or_else(not_a_rate)?;
            broadcast(num, scale)
                .or_else(|| reduced(num, scale))
                .or_else(|| simplest(num, scale))
        };
        rate.ok_or_else(|| TimeError::RateOutOfRange(text.to_owned()))
    }
}

/// `30`, or the fraction `30000/1001`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_wire().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(&Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn whole(digits: &str) -> Option<u128> {
    let plain = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// `29.97` as 2997/100: the denominator keeps how many decimals were written.
fn decimal(text: &str) -> Option<(u128, u128)> {
    let Some((integer, decimals)) = text.split_once('.') else {
        return Some((whole(text)?, 1));
    };
    let scale = 10u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    Some((
        whole(integer)?
            .checked_mul(scale)?
            .checked_add(whole(decimals)?)?,
        scale,
    ))
}

/// The 1000/1001 rate that the decimal is, to the decimals written (two at least).
fn broadcast(num: u128, scale: u128) -> Option<Rate> {
    BROADCAST
        .into_iter()
        .filter(|_| scale >= 100)
        .find_map(|nominal| {
            let num_exact = u128::from(nominal) * 1000;
            let rounded = (num_exact * scale * 2 + 1001) / (2 * 1001);
            (rounded == num).then(|| reduced(num_exact, 1001)).flatten()
        })
}

fn reduced(num: u128, den: u128) -> Option<Rate> {
    let (mut a, mut b) = (num, den);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let in_range = num > 0 && den > 0 && num <= den.saturating_mul(u128::from(Rate::MAX));
    if !in_range {
        return None;
    }
    Some(Rate {
        num: u32::try_from(num / a).ok()?,
        den: u32::try_from(den / a).ok()?,
    })
}

/// The last convergent of the continued fraction of `num / den` with a small denominator.
fn simplest(num: u128, den: u128) -> Option<Rate> {
    let (mut num_left, mut den_left) = (num, den);
    let (mut before, mut latest) = ((0u128, 1u128), (1u128, 0u128));
    while den_left != 0 {
        let quotient = num_left / den_left;
        let next = (
            quotient.checked_mul(latest.0)?.checked_add(before.0)?,
            quotient.checked_mul(latest.1)?.checked_add(before.1)?,
        );
        if next.1 > u128::from(FINEST_DENOMINATOR) {
            break;
        }
        (before, latest) = (latest, next);
        (num_left, den_left) = (den_left, num_left % den_left);
    }
    reduced(latest.0, latest.1)
}
