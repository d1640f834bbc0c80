//! Times as people, agents and documents write them.

use serde_json::Value;

use super::{Frame, Rate, Time, TimeError};

/// A time as the wire has it, at the project's `rate`.
///
/// | written | means |
/// |---|---|
/// | `12.5`, `"12.5"`, `"12.5s"` | seconds |
/// | `"500ms"` | milliseconds |
/// | `"1:30"`, `"1:02:03.5"` | minutes and seconds, hours before them |
/// | `"00:01:02:15"`, `"00:01:02;15"` | timecode, drop-frame with `;` |
/// | `"315f"` | frames |
///
/// A minus sign may come first; whether a negative time has a meaning is for the caller to say.
/// The result is not snapped to the frame grid.
///
/// ```
/// use serde_json::json;
/// use stoat_ferret_core::time::{Rate, Time, parse_position};
/// let rate = Rate::new(30, 1)?;
/// assert_eq!(parse_position(&json!("1:30"), rate)?, Time::from_seconds(90.0)?);
/// assert_eq!(parse_position(&json!("315f"), rate)?, Time::from_seconds(10.5)?);
/// assert_eq!(parse_position(&json!("00:00:10:15"), rate)?, Time::from_seconds(10.5)?);
/// assert!(parse_position(&json!("soon"), rate).is_err());
/// # Ok::<(), stoat_ferret_core::time::TimeError>(())
/// ```
///
/// # Errors
/// [`TimeError::NotATime`] for another form or type, [`TimeError::OutOfRange`] beyond
/// [`Time::LIMIT`], and those of [`Rate::parse_timecode`].
pub fn parse_position(value: &Value, rate: Rate) -> Result<Time, TimeError> {
    match value {
        Value::Number(number) => number.as_f64().map_or_else(
            || Err(TimeError::NotATime(number.to_string())),
            Time::from_seconds,
        ),
        Value::String(text) => parse_text(text, rate),
        other => Err(TimeError::NotATime(other.to_string())),
    }
}

fn parse_text(text: &str, rate: Rate) -> Result<Time, TimeError> {
    let trimmed = text.trim();
    let is_timecode = trimmed.contains(';') || trimmed.matches(':').count() == 3;
    let time = if is_timecode {
        rate.time_of(rate.parse_timecode(trimmed)?)
    } else if let Some(frames) = trimmed.strip_suffix('f') {
        let not_a_time = || TimeError::NotATime(text.to_owned());
        rate.time_of(Frame(whole(frames.trim_end()).ok_or_else(not_a_time)?))
    } else {
        Time::from_seconds(seconds(trimmed).ok_or_else(|| TimeError::NotATime(text.to_owned()))?)?
    };
    if time.flicks().saturating_abs() > Time::LIMIT.flicks() {
        return Err(TimeError::OutOfRange(text.to_owned()));
    }
    Ok(time)
}

fn seconds(text: &str) -> Option<f64> {
    if let Some(milliseconds) = text.strip_suffix("ms") {
        return Some(decimal(milliseconds.trim_end())? / 1000.0);
    }
    if let Some(seconds) = text.strip_suffix('s') {
        return decimal(seconds.trim_end());
    }
    if text.contains(':') {
        clock(text)
    } else {
        decimal(text)
    }
}

/// `minutes:seconds` or `hours:minutes:seconds`; the seconds may have decimals.
fn clock(text: &str) -> Option<f64> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    let mut total = 0.0;
    for (index, part) in unsigned.split(':').enumerate() {
        let is_unsigned = part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let value = decimal(part).filter(|value| is_unsigned && (index == 0 || *value < 60.0))?;
        total = total * 60.0 + value;
    }
    let only_seconds_have_decimals = unsigned.rsplit(':').skip(1).all(|part| !part.contains('.'));
    only_seconds_have_decimals.then_some(sign * total)
}

/// Plain decimals only: no exponents, infinities or plus signs.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.parse().ok() } else { None }
}

fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
