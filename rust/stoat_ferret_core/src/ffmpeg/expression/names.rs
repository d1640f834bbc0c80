//! The words of expressions: variables that filters give, and functions with their numbers of arguments.

use std::str::FromStr;

use super::ExpressionError;

macro_rules! names {
    ($(#[$meta:meta])* $kind:ident { $($(#[$note:meta])* $variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $kind {
            $($(#[$note])* $variant,)+
        }

        impl $kind {
            /// All of them, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that `FFmpeg` knows.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

names! {
    /// A variable that a filter gives to its expressions. Which ones exist depends on the filter.
    Variable {
        /// Time of the frame in seconds.
        T = "t",
        /// Number of the frame, from 0.
        N = "n",
        /// Number of the frame that comes out, from 1, for `perspective`.
        OutNumber = "on",
        /// Width of the frame, in pixels (of the overlay, for `overlay`).
        FrameWidth = "w",
        /// Height of the frame, in pixels (of the overlay, for `overlay`).
        FrameHeight = "h",
        /// Width of the main picture of `overlay`, or of `xfade`'s plane, in pixels.
        W = "W",
        /// Height of the main picture of `overlay`, or of `xfade`'s plane, in pixels.
        H = "H",
        /// Width of the drawn text, in pixels.
        TextW = "text_w",
        /// Height of the drawn text, in pixels.
        TextH = "text_h",
        /// Height of a line of text, in pixels.
        LineH = "line_h",
        /// From the baseline of the drawn text to the highest point of its glyphs, in pixels.
        HighestGlyph = "max_glyph_a",
        /// Width of the main picture, in pixels.
        MainW = "main_w",
        /// Height of the main picture, in pixels.
        MainH = "main_h",
        /// Width of the overlay, in pixels.
        OverlayW = "overlay_w",
        /// Height of the overlay, in pixels.
        OverlayH = "overlay_h",
        /// Width of the filter's input, in pixels.
        Iw = "iw",
        /// Height of the filter's input, in pixels.
        Ih = "ih",
        /// Width of the filter's output, in pixels.
        Ow = "ow",
        /// Height of the filter's output, in pixels.
        Oh = "oh",
        /// Column, in pixels; the already evaluated x of `overlay` and `drawtext`.
        X = "x",
        /// Row, in pixels; the already evaluated y of `overlay` and `drawtext`.
        Y = "y",
        /// Column of the pixel in `geq` and `xfade`.
        PixelX = "X",
        /// Row of the pixel in `geq` and `xfade`.
        PixelY = "Y",
        /// Value of the first picture's pixel in `xfade`.
        A = "A",
        /// Value of the second picture's pixel in `xfade`.
        B = "B",
        /// Progress of `xfade`, from 1 down to 0.
        P = "P",
        /// Plane of the pixel in `xfade`.
        Plane = "PLANE",
        /// Timestamp of the frame in units of the time base, for `setpts`.
        Pts = "PTS",
        /// Timestamp of the first frame, for `setpts`.
        StartPts = "STARTPTS",
        /// `setpts`: timestamp of the frame before, as it came in.
        PrevInPts = "PREV_INPTS",
        /// `lut`: value of the pixel.
        Val = "val",
        /// Time base in seconds, for `setpts`.
        Tb = "TB",
        /// Number of the frame, for `setpts`.
        FrameN = "N",
        /// Time of the frame in seconds, for `geq` and `setpts`.
        FrameT = "T",
        /// Sample rate in hertz, for audio.
        SampleRate = "sample_rate",
    }
}

impl Variable {
    const ALIASES: &'static [(&'static str, Self)] =
        &[("tw", Self::TextW), ("th", Self::TextH), ("lh", Self::LineH)];
}

impl FromStr for Variable {
    type Err = ExpressionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().map(|variable| (variable.name(), *variable));
        known
            .chain(Self::ALIASES.iter().copied())
            .find(|(known, _)| *known == name)
            .map(|(_, variable)| variable)
            .ok_or_else(|| ExpressionError::UnknownVariable {
                name: name.to_owned(),
            })
    }
}

names! {
    /// A function of an expression.
    FuncName {
        /// `between(x,low,high)`: 1 when low <= x <= high.
        Between = "between",
        /// `if(condition,then,else)`; without `else` it is 0.
        If = "if",
        /// `lt(a,b)`: 1 when a < b.
        Lt = "lt",
        /// `gt(a,b)`: 1 when a > b.
        Gt = "gt",
        /// `eq(a,b)`: 1 when a equals b.
        Eq = "eq",
        /// `gte(a,b)`: 1 when a >= b.
        Gte = "gte",
        /// `lte(a,b)`: 1 when a <= b.
        Lte = "lte",
        /// `clip(x,low,high)`: x kept within low and high.
        Clip = "clip",
        /// `abs(x)`.
        Abs = "abs",
        /// `min(a,b)`.
        Min = "min",
        /// `max(a,b)`.
        Max = "max",
        /// `mod(a,b)`: the remainder of a / b.
        Mod = "mod",
        /// `hypot(a,b)`: the length of the hypotenuse.
        Hypot = "hypot",
        /// `atan2(y,x)`: the angle of a point, in radians.
        Atan2 = "atan2",
        /// `cos(x)`, of radians.
        Cos = "cos",
        /// `sin(x)`, of radians.
        Sin = "sin",
        /// `not(x)`: 1 when x is 0.
        Not = "not",
        /// `ifnot(condition,then,else)`: `if` turned around.
        IfNot = "ifnot",
    }
}

impl FuncName {
    /// What it makes of numbers, as `FFmpeg` does; nothing of a wrong number of them.
    pub(super) fn of(self, numbers: &[f64]) -> Option<f64> {
        let truth = |is: bool| if is { 1.0 } else { 0.0 };
        Some(match (self, numbers) {
            (Self::Between, [x, low, high]) => truth(x >= low && x <= high),
            (Self::If, [condition, then, rest @ ..]) => {
                if *condition == 0.0 {
                    rest.first().copied().unwrap_or(0.0)
                } else {
                    *then
                }
            }
            (Self::IfNot, [condition, then, rest @ ..]) => {
                if *condition == 0.0 {
                    *then
                } else {
                    rest.first().copied().unwrap_or(0.0)
                }
            }
            (Self::Lt, [a, b]) => truth(a < b),
            (Self::Gt, [a, b]) => truth(a > b),
            #[expect(clippy::float_cmp, reason = "the very comparison that is asked for")]
            (Self::Eq, [a, b]) => truth(a == b),
            (Self::Gte, [a, b]) => truth(a >= b),
            (Self::Lte, [a, b]) => truth(a <= b),
            (Self::Clip, [x, low, high]) => x.max(*low).min(*high),
            (Self::Abs, [x]) => x.abs(),
            (Self::Min, [a, b]) => a.min(*b),
            (Self::Max, [a, b]) => a.max(*b),
            (Self::Mod, [a, b]) => a - (a / b).floor() * b,
            (Self::Not, [x]) => truth(*x == 0.0),
            _ => return None,
        })
    }

    /// The fewest and the most arguments that it takes.
    #[must_use]
    pub const fn arity(self) -> (usize, usize) {
        match self {
            Self::Abs | Self::Not | Self::Cos | Self::Sin => (1, 1),
            Self::Lt
            | Self::Gt
            | Self::Eq
            | Self::Gte
            | Self::Lte
            | Self::Min
            | Self::Max
            | Self::Mod
            | Self::Hypot
            | Self::Atan2 => (2, 2),
            Self::If | Self::IfNot => (2, 3),
            Self::Between | Self::Clip => (3, 3),
        }
    }
}

impl FromStr for FuncName {
    type Err = ExpressionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|function| function.name() == name)
            .ok_or_else(|| ExpressionError::UnknownFunction {
                name: name.to_owned(),
            })
    }
}
