//! What a builder refuses, and what to do about it.

use super::color::Color;
use super::expression::ExpressionError;
use super::filter::WordError;
use crate::nearest::suggestion;

/// Why a builder refused a value. [`std::fmt::Display`] says what is wrong, [`BuildError::hint`] how to mend it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BuildError {
    /// A number outside its range.
    #[error("{what} must be from {least} to {most}{unit}, not {given}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// The refused number.
        given: f64,
        /// The least number that is allowed.
        least: f64,
        /// The greatest number that is allowed.
        most: f64,
        /// The unit, with a leading space, or nothing.
        unit: &'static str,
    },
    /// A name that is none of the known ones.
    #[error("there is no {what} {given:?}")]
    Unknown {
        /// What is named.
        what: &'static str,
        /// The refused name.
        given: String,
        /// All names that are known.
        allowed: Vec<&'static str>,
    },
    /// A list of the wrong length.
    #[error("{what} must be {expected}, one for each input, not {given}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there must be.
        expected: usize,
        /// How many there are.
        given: usize,
    },
    /// A colour that `FFmpeg` does not know.
    #[error("{given:?} is not a colour")]
    Color {
        /// The refused colour.
        given: String,
    },
    /// A level that is not a number of decibels.
    #[error("{given:?} is not a level in decibels")]
    Decibels {
        /// The refused level.
        given: String,
    },
    /// A NUL character, which cannot be said to `FFmpeg`.
    #[error("{what} has a NUL character")]
    Nul {
        /// What has it.
        what: &'static str,
    },
    /// A span that ends before it starts, or at once.
    #[error("the end ({end} s) must come after the start ({start} s)")]
    EmptySpan {
        /// Start of the span, in seconds.
        start: f64,
        /// End of the span, in seconds.
        end: f64,
    },
    /// Two fades that do not fit into their span.
    #[error("the fades take {fades} s of a span of {span} s")]
    FadesTooLong {
        /// Both fades together, in seconds.
        fades: f64,
        /// Length of the span, in seconds.
        span: f64,
    },
    /// The transition `custom` by its bare name.
    #[error("the transition `custom` needs an expression")]
    CustomNeedsExpression,
    /// A path that is not absolute.
    #[error("the path {path:?} is not absolute")]
    RelativePath {
        /// The refused path.
        path: String,
    },
    /// An option of a command that is not a plain name, or that a method of its own sets.
    #[error("{name:?} cannot be set as an option")]
    CommandOption {
        /// The refused name.
        name: String,
    },
    /// A command without an output, or with a file that is still open.
    #[error("the command is not complete: {missing} is missing")]
    Incomplete {
        /// What is missing.
        missing: &'static str,
    },
    /// What cannot be done, or not with the rest.
    #[error("{message}")]
    Unsupported {
        /// What it is.
        message: String,
        /// What to do instead.
        hint: String,
    },
    /// An expression that cannot be.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// A token with a character that no token has.
    #[error(transparent)]
    Word(#[from] WordError),
}

impl BuildError {
    /// What to do about it.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::speed::SpeedControl;
    ///
    /// let error = SpeedControl::new(8.0).unwrap_err();
    /// assert_eq!(error.to_string(), "the speed must be from 0.25 to 4, not 8");
    /// assert_eq!(error.hint(), "use 4");
    /// ```
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::OutOfRange {
                given,
                least,
                most,
                unit,
                ..
            } => {
                if given.is_nan() {
                    "use a finite number".to_owned()
                } else {
                    format!("use {}{unit}", given.clamp(*least, *most))
                }
            }
            Self::Unknown { given, allowed, .. } => suggestion(given, allowed.iter().copied()),
            Self::Count { expected, .. } => format!("give {expected}"),
            Self::Color { given } => {
                let forms = "use a name such as `white`, or #RRGGBB, perhaps with `@0.5` for the opacity";
                crate::nearest::nearest(given, Color::names())
                    .map_or_else(|| forms.to_owned(), |name| format!("did you mean `{name}`?"))
            }
            Self::Decibels { .. } => "write it as `-3dB`".to_owned(),
            Self::Nul { .. } => "take the NUL character out".to_owned(),
            Self::EmptySpan { start, .. } => format!("use an end greater than {start}"),
            Self::FadesTooLong { span, .. } => format!("shorten them to {span} s together"),
            Self::CustomNeedsExpression => "use `TransitionType.custom(expression)`".to_owned(),
            Self::RelativePath { .. } => "resolve the path first".to_owned(),
            Self::CommandOption { .. } => {
                "options are plain names without the dash; inputs, graphs, maps and flags have methods"
                    .to_owned()
            }
            Self::Incomplete { missing } => format!("add {missing}"),
            Self::Unsupported { hint, .. } => hint.clone(),
            Self::Expression(error) => error.hint(),
            Self::Word(error) => error.hint(),
        }
    }

    /// A stable word for the kind of error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "out_of_range",
            Self::Unknown { .. } => "unknown_name",
            Self::Count { .. } => "wrong_count",
            Self::Color { .. } => "bad_color",
            Self::Decibels { .. } => "bad_level",
            Self::Nul { .. } => "bad_text",
            Self::EmptySpan { .. } => "empty_span",
            Self::FadesTooLong { .. } => "fades_too_long",
            Self::CustomNeedsExpression => "custom_needs_expression",
            Self::RelativePath { .. } => "relative_path",
            Self::CommandOption { .. } => "bad_option",
            Self::Incomplete { .. } => "incomplete_command",
            Self::Unsupported { .. } => "unsupported",
            Self::Expression(_) => "bad_expression",
            Self::Word(_) => "bad_token",
        }
    }
}

/// `given`, when it is a number within `least` and `most`.
pub(crate) fn within(
    what: &'static str,
    given: f64,
    (least, most): (f64, f64),
    unit: &'static str,
) -> Result<f64, BuildError> {
    if (least..=most).contains(&given) {
        Ok(given)
    } else {
        Err(BuildError::OutOfRange {
            what,
            given,
            least,
            most,
            unit,
        })
    }
}

/// The longest time that a builder takes, in seconds: a hundred hours.
pub(crate) const LONGEST: f64 = 360_000.0;

/// A duration in seconds that is long enough for `FFmpeg` to see it: 0 means "the default" to its fades.
pub(crate) fn duration(given: f64) -> Result<f64, BuildError> {
    within("the duration", given, (0.001, LONGEST), " s")
}

/// A start in seconds, not before 0.
pub(crate) fn start(given: f64) -> Result<f64, BuildError> {
    within("the start", given, (0.0, LONGEST), " s")
}

macro_rules! tokens {
    ($(#[$meta:meta])* $kind:ident, $what:literal { $($(#[$note:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $kind {
            $($(#[$note])* $variant,)+
        }

        impl $kind {
            /// All of them, in the order of `FFmpeg`.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// All their names.
            pub const NAMES: &'static [&'static str] = &[$($name,)+];

            /// The name that `FFmpeg` knows.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::str::FromStr for $kind {
            type Err = $crate::ffmpeg::error::BuildError;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::ffmpeg::error::BuildError::Unknown {
                        what: $what,
                        given: name.to_owned(),
                        allowed: Self::NAMES.to_vec(),
                    }),
                }
            }
        }

        impl From<$kind> for $crate::ffmpeg::filter::Value {
            fn from(token: $kind) -> Self {
                Self::from(token.name())
            }
        }
    };
}
pub(crate) use tokens;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_a_number_is_out_of_every_range() {
        for given in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1, LONGEST + 1.0] {
            assert!(start(given).is_err(), "{given}");
        }
        assert_eq!(Ok(0.0), start(0.0));
        assert_eq!("use 0.001 s", duration(0.0).unwrap_err().hint());
    }
}
