//! The one printer of filter text: it escapes every value for the two parsers that `FFmpeg` runs over it.
//!
//! `FFmpeg` reads a graph twice. The graph parser splits at `[ ] , ;`, the option parser splits each filter's
//! arguments at `:`. Both undo `\x` and `'...'`, and both cut white space at the ends.
//! So a value is escaped for the option parser first, and the result for the graph parser; never quoted.

use std::fmt::Write;

/// What both parsers cut from the ends of a value.
const WHITE_SPACE: [char; 4] = [' ', '\n', '\t', '\r'];

/// Escapes `value` so that `FFmpeg`'s graph parser and option parser give back exactly `value`.
///
/// A NUL cannot be said to `FFmpeg` at all; it becomes U+FFFD. Builders refuse it before.
///
/// ```
/// use stoat_ferret_core::ffmpeg::print::escape;
///
/// assert_eq!(escape("Chapter 1: it's"), r"Chapter 1\\: it\\\'s");
/// assert_eq!(escape("[a],b;c"), r"\[a\]\,b\;c");
/// assert_eq!(escape(" edge "), r"\\\ edge\\\ ");
/// ```
#[must_use]
pub fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 8);
    push_escaped(&mut escaped, value);
    escaped
}

/// What prints itself at the end of a text, without the detour over [`std::fmt`]: a graph has thousands of parts.
pub(crate) trait Print {
    /// Appends itself to `out`.
    fn print(&self, out: &mut String);

    /// Alone, for [`std::fmt::Display`].
    fn printed(&self) -> String {
        let mut text = String::new();
        self.print(&mut text);
        text
    }
}

/// Appends [`escape`]`(value)` to `out`.
pub(crate) fn push_escaped(out: &mut String, value: &str) {
    let head = value.len() - value.trim_start_matches(WHITE_SPACE).len();
    let tail = value.trim_end_matches(WHITE_SPACE).len();
    // Everything special is ASCII, so the runs between are written whole.
    let mut written = 0;
    for (at, byte) in value.bytes().enumerate() {
        let escaped = match byte {
            b'\\' => r"\\\\",
            b'\'' => r"\\\'",
            b':' => r"\\:",
            b'[' => r"\[",
            b']' => r"\]",
            b',' => r"\,",
            b';' => r"\;",
            b'\0' => "\u{FFFD}",
            b' ' if at < head || at >= tail => r"\\\ ",
            b'\n' if at < head || at >= tail => "\\\\\\\n",
            b'\t' if at < head || at >= tail => "\\\\\\\t",
            b'\r' if at < head || at >= tail => "\\\\\\\r",
            _ => continue,
        };
        out.push_str(value.get(written..at).unwrap_or_default());
        out.push_str(escaped);
        written = at + 1;
    }
    out.push_str(value.get(written..).unwrap_or_default());
}

/// Escapes one level only, for places that the option parser alone reads (no graph around them).
///
/// ```
/// assert_eq!(stoat_ferret_core::ffmpeg::print::escape_option("a:b, c"), r"a\:b, c");
/// ```
#[must_use]
pub fn escape_option(value: &str) -> String {
    let head = value.len() - value.trim_start_matches(WHITE_SPACE).len();
    let tail = value.trim_end_matches(WHITE_SPACE).len();
    let mut escaped = String::with_capacity(value.len() + 8);
    for (at, c) in value.char_indices() {
        let edge = WHITE_SPACE.contains(&c) && (at < head || at >= tail);
        if edge || matches!(c, '\\' | '\'' | ':') {
            escaped.push('\\');
        }
        escaped.push(if c == '\0' { char::REPLACEMENT_CHARACTER } else { c });
    }
    escaped
}

/// Appends a finite number: integers without decimals, else the shortest digits that read back to the same number,
/// never with an exponent. What is not finite prints as 0; constructors refuse it before.
pub(crate) fn push_number(out: &mut String, number: f64) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only numbers that are whole and below 2^53"
    )]
    let whole = (number.fract() == 0.0 && number.abs() < MOST_WHOLE).then_some(number as i64);
    match whole {
        Some(whole) => push_integer(out, whole),
        None if number.is_finite() => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{number}");
        }
        None => out.push('0'),
    }
}

/// Every whole number below has a `f64` of its own.
const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Appends a whole number.
pub(crate) fn push_integer(out: &mut String, integer: impl itoa::Integer) {
    out.push_str(itoa::Buffer::new().format(integer));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `av_get_token` does: skips white space, reads to a terminator, undoes `\x` and quotes,
    /// cuts white space at the end that was not escaped. Gives the token and the rest.
    fn get_token<'a>(text: &'a str, terminators: &str) -> (String, &'a str) {
        let text = text.trim_start_matches(WHITE_SPACE);
        let mut token = String::new();
        let mut end = 0;
        let mut chars = text.char_indices().peekable();
        let mut rest = "";
        while let Some((at, c)) = chars.next() {
            if terminators.contains(c) {
                rest = &text[at..];
                break;
            }
            if c == '\\' && chars.peek().is_some() {
                token.push(chars.next().unwrap().1);
                end = token.len();
            } else if c == '\'' {
                for (_, quoted) in chars.by_ref() {
                    if quoted == '\'' {
                        break;
                    }
                    token.push(quoted);
                }
                end = token.len();
            } else {
                token.push(c);
            }
        }
        let kept = token.trim_end_matches(WHITE_SPACE).len().max(end);
        token.truncate(kept);
        (token, rest)
    }

    fn read_back(printed: &str) -> (String, String) {
        let (arguments, rest) = get_token(printed, "[],;");
        let (value, options) = get_token(&arguments, ":");
        (value, format!("{options}{rest}"))
    }

    proptest! {
        #[test]
        fn both_parsers_give_the_value_back(value in any::<String>().prop_filter("no NUL", |s| !s.contains('\0'))) {
            prop_assert_eq!((value.clone(), String::new()), read_back(&escape(&value)));
        }

        #[test]
        fn values_of_special_characters_survive(value in r"[\\':,;\[\]= %{}a\n\t\r]{0,24}") {
            prop_assert_eq!((value.clone(), String::new()), read_back(&escape(&value)));
        }

        #[test]
        fn what_follows_a_value_is_not_touched(value in r"[\\':,;\[\] %a\n]{0,12}") {
            let printed = format!("{}:x=1,b[c];d", escape(&value));
            prop_assert_eq!((value, ":x=1,b[c];d".to_owned()), read_back(&printed));
        }

        #[test]
        fn the_option_parser_alone_gives_the_value_back(value in r"[\\':,;\[\] %a\n]{0,24}") {
            let escaped = escape_option(&value);
            prop_assert_eq!((value, ""), get_token(&escaped, ":"));
        }

        #[test]
        fn numbers_read_back(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
            let mut printed = String::new();
            push_number(&mut printed, number);
            prop_assert!(!printed.contains(['e', 'E']));
            let read: f64 = printed.parse().unwrap();
            prop_assert!((read - number).abs() <= 0.0);
        }
    }
}
