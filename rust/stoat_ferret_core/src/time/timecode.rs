//! Timecodes: labels of frames, counted with or without skipped labels.
//!
//! A timecode counts frames at the nominal rate (30 for 29.97), so at a 1000/1001 rate a non-drop
//! label runs behind the clock. Drop-frame counting skips the first labels of every minute that is
//! not a tenth one, which keeps label and clock together; no frame is dropped.

use super::{Frame, Rate, TimeError};

impl Rate {
    /// The frames that a timecode counts in a second: the rate, rounded.
    #[must_use]
    pub fn nominal(self) -> i64 {
        super::nearest_quotient(i128::from(self.num()), i128::from(self.den())).max(1)
    }

    /// Whether drop-frame timecode exists at this rate: 29.97 and its multiples.
    #[must_use]
    pub fn has_drop_frame(self) -> bool {
        self.den() == 1001 && self.num() % 30_000 == 0
    }

    /// The non-drop timecode of `frame`: `00:01:02:15`.
    ///
    /// ```
    /// # use stoat_ferret_core::time::{Frame, Rate};
    /// assert_eq!(Rate::new(30, 1)?.timecode(Frame(1875)), "00:01:02:15");
    /// assert_eq!(Rate::new(30, 1)?.timecode(Frame(-1)), "-00:00:00:01");
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn timecode(self, frame: Frame) -> String {
        label(i128::from(frame.0), self.nominal(), ':')
    }

    /// The drop-frame timecode of `frame`, `00:01:02;15`, where the rate has one.
    ///
    /// ```
    /// # use stoat_ferret_core::time::{Frame, Rate};
    /// let rate = Rate::new(30_000, 1001)?;
    /// assert_eq!(rate.drop_frame_timecode(Frame(1799)).as_deref(), Some("00:00:59;29"));
    /// assert_eq!(rate.drop_frame_timecode(Frame(1800)).as_deref(), Some("00:01:00;02"));
    /// assert_eq!(Rate::new(30, 1)?.drop_frame_timecode(Frame(0)), None);
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    #[must_use]
    pub fn drop_frame_timecode(self, frame: Frame) -> Option<String> {
        if !self.has_drop_frame() {
            return None;
        }
        let count = i128::from(frame.0).abs();
        let (nominal, dropped) = (i128::from(self.nominal()), i128::from(self.dropped()));
        let minute = nominal * 60 - dropped;
        let ten_minutes = minute * 10 + dropped;
        let (tens, rest) = (count / ten_minutes, count % ten_minutes);
        let skipped = tens * 9 * dropped + (rest - dropped).max(0) / minute * dropped;
        Some(label(
            (count + skipped) * i128::from(frame.0.signum()),
            self.nominal(),
            ';',
        ))
    }

    /// The frame that a timecode labels; `;` before the frames means drop-frame counting.
    ///
    /// ```
    /// # use stoat_ferret_core::time::{Frame, Rate};
    /// let rate = Rate::new(30_000, 1001)?;
    /// assert_eq!(rate.parse_timecode("00:01:02:15")?, Frame(1875));
    /// assert_eq!(rate.parse_timecode("00:01:02;15")?, Frame(1873));
    /// assert!(rate.parse_timecode("00:01:00;01").is_err());
    /// # Ok::<(), stoat_ferret_core::time::TimeError>(())
    /// ```
    ///
    /// # Errors
    /// [`TimeError::NotATime`] for another form, [`TimeError::TimecodeField`] for a field beyond its
    /// unit, [`TimeError::NoDropFrame`] and [`TimeError::DroppedLabel`] for drop-frame labels that do
    /// not exist.
    pub fn parse_timecode(self, text: &str) -> Result<Frame, TimeError> {
        let fields = Fields::parse(text).ok_or_else(|| TimeError::NotATime(text.to_owned()))?;
        fields.check(text, self.nominal())?;
        let seconds = (fields.hours * 60 + fields.minutes) * 60 + fields.seconds;
        let count = seconds * self.nominal() + fields.frames;
        let skipped = if fields.drop_frame {
            self.skipped(text, &fields)?
        } else {
            0
        };
        Ok(Frame((count - skipped) * fields.sign))
    }

    /// The labels skipped before `fields`.
    fn skipped(self, text: &str, fields: &Fields) -> Result<i64, TimeError> {
        if !self.has_drop_frame() {
            return Err(TimeError::NoDropFrame {
                timecode: text.to_owned(),
                rate: self,
            });
        }
        let is_skipped = fields.minutes % 10 != 0 && fields.seconds == 0 && fields.frames < self.dropped();
        if is_skipped {
            let next = format!(
                "{:02}:{:02}:00;{:02}",
                fields.hours,
                fields.minutes,
                self.dropped()
            );
            return Err(TimeError::DroppedLabel {
                timecode: text.to_owned(),
                next,
            });
        }
        let minutes = fields.hours * 60 + fields.minutes;
        Ok((minutes - minutes / 10) * self.dropped())
    }

    /// The labels skipped in a minute that skips any.
    fn dropped(self) -> i64 {
        self.nominal() / 15
    }
}

struct Fields {
    sign: i64,
    hours: i64,
    minutes: i64,
    seconds: i64,
    frames: i64,
    drop_frame: bool,
}

impl Fields {
    /// `hours:minutes:seconds:frames`, or with `;` before the frames.
    fn parse(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let (sign, unsigned) = match trimmed.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, trimmed),
        };
        let (clock, frames) = unsigned.rsplit_once([':', ';'])?;
        let drop_frame = unsigned.contains(';');
        let mut parts = clock.split(':').map(field);
        let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            sign,
            hours,
            minutes,
            seconds,
            frames: field(frames)?,
            drop_frame,
        })
    }

    fn check(&self, text: &str, nominal: i64) -> Result<(), TimeError> {
        let fields = [
            ("minutes", self.minutes, 60),
            ("seconds", self.seconds, 60),
            ("frames", self.frames, nominal),
        ];
        match fields.into_iter().find(|(_, value, limit)| value >= limit) {
            Some((field, _, limit)) => Err(TimeError::TimecodeField {
                timecode: text.to_owned(),
                field,
                limit,
            }),
            None => Ok(()),
        }
    }
}

/// Up to six digits: enough for 147 days at any rate, and no product of fields overflows.
fn field(digits: &str) -> Option<i64> {
    let plain = (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn label(count: i128, nominal: i64, before_frames: char) -> String {
    let sign = if count < 0 { "-" } else { "" };
    let (seconds, frames) = (
        count.abs() / i128::from(nominal),
        count.abs() % i128::from(nominal),
    );
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{before_frames}{frames:02}")
}
