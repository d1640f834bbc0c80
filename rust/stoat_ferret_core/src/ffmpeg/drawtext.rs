//! Text over pictures.

use std::fmt::Write;

use super::color::Color;
use super::error::{BuildError, LONGEST, start, tokens, within};
use super::expression::{Expr, Variable};
use super::filter::{Filter, Value};

/// Where a text stands. Lengths are pixels of the picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Position {
    /// In the middle of the picture.
    Center,
    /// In the middle of the lower edge, `margin` above it.
    BottomCenter {
        /// Distance from the edge.
        margin: Expr,
    },
    /// In the upper left corner, `margin` away from both edges.
    TopLeft {
        /// Distance from the edges.
        margin: Expr,
    },
    /// In the upper right corner, `margin` away from both edges.
    TopRight {
        /// Distance from the edges.
        margin: Expr,
    },
    /// In the lower left corner, `margin` away from both edges.
    BottomLeft {
        /// Distance from the edges.
        margin: Expr,
    },
    /// In the lower right corner, `margin` away from both edges.
    BottomRight {
        /// Distance from the edges.
        margin: Expr,
    },
    /// The text's upper left corner at `x`, `y`.
    Absolute {
        /// Distance of the text from the left edge.
        x: Expr,
        /// Distance of the text from the upper edge.
        y: Expr,
    },
    /// The text's centre at fractions of the picture: 0 is the left or upper edge, 1 the right or lower one.
    Fraction {
        /// Fraction of the width.
        x: Expr,
        /// Fraction of the height.
        y: Expr,
    },
}

impl Position {
    /// The names that [`Position::preset`] knows.
    pub const PRESETS: &'static [&'static str] = &[
        "center",
        "bottom_center",
        "top_left",
        "top_right",
        "bottom_left",
        "bottom_right",
    ];

    /// A position by its name; `margin` in pixels.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::drawtext::Position;
    ///
    /// assert_eq!(Position::preset("center", 10), Ok(Position::Center));
    /// assert!(Position::preset("centre of the earth", 10).is_err());
    /// ```
    ///
    /// # Errors
    /// [`BuildError::Unknown`] for any other name.
    pub fn preset(name: &str, margin: impl Into<Expr>) -> Result<Self, BuildError> {
        let margin = margin.into();
        Ok(match name {
            "center" => Self::Center,
            "bottom_center" => Self::BottomCenter { margin },
            "top_left" => Self::TopLeft { margin },
            "top_right" => Self::TopRight { margin },
            "bottom_left" => Self::BottomLeft { margin },
            "bottom_right" => Self::BottomRight { margin },
            _ => {
                return Err(BuildError::Unknown {
                    what: "position",
                    given: name.to_owned(),
                    allowed: Self::PRESETS.to_vec(),
                });
            }
        })
    }

    /// The expressions of the text's upper left corner.
    fn corner(&self) -> (Expr, Expr) {
        let width = || Expr::var(Variable::FrameWidth);
        let height = || Expr::var(Variable::FrameHeight);
        let middle = (width() - Variable::TextW) / 2;
        let right = |margin: &Expr| width() - Variable::TextW - margin.clone();
        let bottom = |margin: &Expr| height() - Variable::TextH - margin.clone();
        match self {
            Self::Center => (middle, (height() - Variable::TextH) / 2),
            Self::BottomCenter { margin } => (middle, bottom(margin)),
            Self::TopLeft { margin } => (margin.clone(), margin.clone()),
            Self::TopRight { margin } => (right(margin), margin.clone()),
            Self::BottomLeft { margin } => (margin.clone(), bottom(margin)),
            Self::BottomRight { margin } => (right(margin), bottom(margin)),
            Self::Absolute { x, y } => (x.clone(), y.clone()),
            Self::Fraction { x, y } => (
                width() * x.clone() - Expr::var(Variable::TextW) / 2,
                height() * y.clone() - Expr::var(Variable::TextH) / 2,
            ),
        }
    }
}

tokens! {
    /// How the lines of a text stand to one another. Needs `FFmpeg` 7 or newer.
    TextAlign, "alignment" {
        /// At the left.
        Left = "left",
        /// In the middle.
        Center = "center",
        /// At the right.
        Right = "right",
    }
}

/// A part of a text that may change from frame to frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Always the same words.
    Words(String),
    /// A whole number below 2^31, rounded towards zero.
    Whole {
        /// The number.
        value: Expr,
        /// How many digits it has at least.
        digits: u32,
    },
}

/// Text drawn over pictures, exactly as it is given: nothing in it is expanded.
///
/// ```
/// use stoat_ferret_core::ffmpeg::color::Color;
/// use stoat_ferret_core::ffmpeg::drawtext::{DrawtextBuilder, Position};
///
/// let filter = DrawtextBuilder::new("Chapter 1: Introduction").unwrap()
///     .fontsize(64).unwrap()
///     .fontcolor(Color::WHITE)
///     .position(Position::Center).unwrap()
///     .build();
/// assert_eq!(
///     filter.to_string(),
///     r"drawtext=text=Chapter 1\\: Introduction:fontsize=64:fontcolor=white:x=(w-text_w)/2:y=(h-text_h)/2:expansion=none"
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DrawtextBuilder {
    text: String,
    fontfile: Option<String>,
    fontsize: Option<Expr>,
    fontcolor: Option<Color>,
    position: Option<(Expr, Expr)>,
    alpha: Option<Expr>,
    text_box: Option<(Color, u32)>,
    border: Option<(u32, Color)>,
    shadow: Option<(i32, i32, Color)>,
    line_spacing: Option<i32>,
    align: Option<TextAlign>,
    enable: Option<Expr>,
    expands: bool,
}

impl DrawtextBuilder {
    /// The least and the greatest size of a font, in pixels.
    pub const FONTSIZE: (f64, f64) = (1.0, 4096.0);
    /// The greatest padding or border, in pixels.
    const WIDEST: f64 = 1000.0;

    /// A text to draw. Line ends of any kind become line feeds.
    ///
    /// # Errors
    /// [`BuildError::Nul`] when the text has a NUL character.
    pub fn new(text: &str) -> Result<Self, BuildError> {
        if text.contains('\0') {
            return Err(BuildError::Nul { what: "the text" });
        }
        Ok(Self {
            text: drawable(text),
            fontfile: None,
            fontsize: None,
            fontcolor: None,
            position: None,
            alpha: None,
            text_box: None,
            border: None,
            shadow: None,
            line_spacing: None,
            align: None,
            enable: None,
            expands: false,
        })
    }

    /// A text with numbers in it that are computed for each frame.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::drawtext::{DrawtextBuilder, Part};
    /// use stoat_ferret_core::ffmpeg::expression::{Expr, Variable};
    ///
    /// let seconds = Part::Whole { value: Expr::var(Variable::T), digits: 2 };
    /// let filter = DrawtextBuilder::of(&[seconds, Part::Words(" %".to_owned())]).unwrap().build();
    /// assert_eq!(
    ///     filter.to_string(),
    ///     r"drawtext=text=%{eif\\:t\\:d\\:2} \\\\%:expansion=normal"
    /// );
    /// ```
    ///
    /// # Errors
    /// [`BuildError::Nul`] when the words have a NUL character, [`BuildError::Expression`] for an expression
    /// that nests deeper than `FFmpeg` reads.
    pub fn of(parts: &[Part]) -> Result<Self, BuildError> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Words(words) => text.push_str(&words.replace('\\', r"\\").replace('%', r"\%")),
                Part::Whole { value, digits } => {
                    let value = value.clone().readable()?;
                    // Writing to a String cannot fail.
                    let _ = write!(text, "%{{eif:{value}:d:{digits}}}");
                }
            }
        }
        Ok(Self {
            expands: true,
            ..Self::new(&text)?
        })
    }

    /// The font's file. Without it `FFmpeg` looks for a font of the system, and fails where there is none.
    ///
    /// # Errors
    /// [`BuildError::Nul`] when the path has a NUL character.
    pub fn fontfile(self, path: &str) -> Result<Self, BuildError> {
        if path.contains('\0') {
            return Err(BuildError::Nul {
                what: "the font's path",
            });
        }
        Ok(Self {
            fontfile: Some(path.to_owned()),
            ..self
        })
    }

    /// The font's size in pixels: a number or an expression.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] for a number outside 1 to 4096,
    /// [`BuildError::Expression`] for an expression that nests deeper than `FFmpeg` reads.
    pub fn fontsize(self, size: impl Into<Expr>) -> Result<Self, BuildError> {
        let size = size.into();
        if let Expr::Const(number) = size {
            within("the font size", number, Self::FONTSIZE, " px")?;
        }
        Ok(Self {
            fontsize: Some(size.readable()?),
            ..self
        })
    }

    /// The text's colour; black when left out.
    #[must_use]
    pub fn fontcolor(self, color: Color) -> Self {
        Self {
            fontcolor: Some(color),
            ..self
        }
    }

    /// Where the text stands; the upper left corner when left out.
    ///
    /// # Errors
    /// [`BuildError::Expression`] for an expression that nests deeper than `FFmpeg` reads.
    #[expect(clippy::needless_pass_by_value, reason = "a setter takes what it is given")]
    pub fn position(self, position: Position) -> Result<Self, BuildError> {
        let (x, y) = position.corner();
        Ok(Self {
            position: Some((x.readable()?, y.readable()?)),
            ..self
        })
    }

    /// The opacity of text, box, border and shadow, from 0 to 1, as an expression.
    ///
    /// # Errors
    /// [`BuildError::Expression`] for an expression that nests deeper than `FFmpeg` reads.
    pub fn alpha(self, alpha: impl Into<Expr>) -> Result<Self, BuildError> {
        Ok(Self {
            alpha: Some(alpha.into().readable()?),
            ..self
        })
    }

    /// Shows the text from `start_s` to `end`, with `fade_in` and `fade_out` seconds of fading inside that span.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::drawtext::DrawtextBuilder;
    ///
    /// let filter = DrawtextBuilder::new("a").unwrap().alpha_fade(0.0, 1.0, 5.0, 0.5).unwrap().build();
    /// assert_eq!(
    ///     filter.to_string(),
    ///     r"drawtext=text=a:alpha=if(lt(t\,0)\,0\,if(lt(t\,1)\,t\,if(lt(t\,4.5)\,1\,if(lt(t\,5)\,(5-t)/0.5\,0)))):expansion=none"
    /// );
    /// ```
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] for a negative time, [`BuildError::EmptySpan`] when the end does not come after
    /// the start, [`BuildError::FadesTooLong`] when both fades do not fit between them.
    pub fn alpha_fade(self, start_s: f64, fade_in: f64, end: f64, fade_out: f64) -> Result<Self, BuildError> {
        start(start_s)?;
        within("the fade in", fade_in, (0.0, LONGEST), " s")?;
        within("the end", end, (0.0, LONGEST), " s")?;
        within("the fade out", fade_out, (0.0, LONGEST), " s")?;
        let (span, fades) = (tidy(end - start_s), tidy(fade_in + fade_out));
        if span <= 0.0 {
            return Err(BuildError::EmptySpan { start: start_s, end });
        }
        if fades > span {
            return Err(BuildError::FadesTooLong { fades, span });
        }
        Ok(Self {
            alpha: Some(fade_expression(start_s, fade_in, end, fade_out)),
            ..self
        })
    }

    /// A filled box behind the text, `padding` pixels larger on each side.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] for a padding above 1000 pixels.
    pub fn with_box(self, color: Color, padding: u32) -> Result<Self, BuildError> {
        within("the box's padding", padding.into(), (0.0, Self::WIDEST), " px")?;
        Ok(Self {
            text_box: Some((color, padding)),
            ..self
        })
    }

    /// A line of `width` pixels around each letter.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] for a width above 1000 pixels.
    pub fn border(self, width: u32, color: Color) -> Result<Self, BuildError> {
        within("the border's width", width.into(), (0.0, Self::WIDEST), " px")?;
        Ok(Self {
            border: Some((width, color)),
            ..self
        })
    }

    /// A shadow, `x` pixels to the right of the text and `y` below it.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] for more than 1000 pixels either way.
    pub fn shadow(self, x: i32, y: i32, color: Color) -> Result<Self, BuildError> {
        for offset in [x, y] {
            within(
                "the shadow's offset",
                offset.into(),
                (-Self::WIDEST, Self::WIDEST),
                " px",
            )?;
        }
        Ok(Self {
            shadow: Some((x, y, color)),
            ..self
        })
    }

    /// Pixels between lines, beyond the font's own.
    ///
    /// # Errors
    /// [`BuildError::OutOfRange`] for more than 1000 pixels either way.
    pub fn line_spacing(self, pixels: i32) -> Result<Self, BuildError> {
        within(
            "the line spacing",
            pixels.into(),
            (-Self::WIDEST, Self::WIDEST),
            " px",
        )?;
        Ok(Self {
            line_spacing: Some(pixels),
            ..self
        })
    }

    /// How the lines stand to one another; at the left when left out. Needs `FFmpeg` 7 or newer.
    #[must_use]
    pub fn align(self, align: TextAlign) -> Self {
        Self {
            align: Some(align),
            ..self
        }
    }

    /// Draws only where the expression is not 0.
    ///
    /// # Errors
    /// [`BuildError::Expression`] for an expression that nests deeper than `FFmpeg` reads.
    pub fn enable(self, condition: Expr) -> Result<Self, BuildError> {
        Ok(Self {
            enable: Some(condition.readable()?),
            ..self
        })
    }

    /// The filter `drawtext`.
    #[must_use]
    pub fn build(&self) -> Filter {
        let mut filter = Filter::new("drawtext")
            .arg("text", Value::Text(self.text.clone()))
            .maybe("fontfile", self.fontfile.clone().map(Value::Path))
            .maybe("fontsize", self.fontsize.clone())
            .maybe("fontcolor", self.fontcolor.clone());
        if let Some((x, y)) = &self.position {
            filter = filter.arg("x", x.clone()).arg("y", y.clone());
        }
        filter = filter.maybe("alpha", self.alpha.clone());
        if let Some((color, padding)) = &self.text_box {
            filter = filter
                .arg("box", true)
                .arg("boxcolor", color.clone())
                .arg("boxborderw", *padding);
        }
        if let Some((width, color)) = &self.border {
            filter = filter.arg("borderw", *width).arg("bordercolor", color.clone());
        }
        if let Some((x, y, color)) = &self.shadow {
            filter = filter
                .arg("shadowx", *x)
                .arg("shadowy", *y)
                .arg("shadowcolor", color.clone());
        }
        filter
            .maybe("line_spacing", self.line_spacing)
            .maybe("text_align", self.align)
            .arg("expansion", if self.expands { "normal" } else { "none" })
            .maybe("enable", self.enable.clone())
    }
}

/// The text with one kind of line end. `FFmpeg` 9 draws nothing at all of a text whose first or last line is empty,
/// and reads some line ends that 5.1 does not; a space in such a line keeps its height and the other lines.
fn drawable(text: &str) -> String {
    let mut lines = text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}'], "\n");
    if lines.starts_with('\n') {
        lines.insert(0, ' ');
    }
    if lines.ends_with('\n') {
        lines.push(' ');
    }
    lines
}

/// Takes the noise of binary fractions off a sum of times.
fn tidy(seconds: f64) -> f64 {
    (seconds * 1e9).round() / 1e9
}

fn fade_expression(start: f64, fade_in: f64, end: f64, fade_out: f64) -> Expr {
    let t = || Expr::var(Variable::T);
    let before = |time: f64| Expr::lt(t(), Expr::constant(tidy(time)));
    let over = |rise: Expr, time: f64| {
        if (time - 1.0).abs() < f64::EPSILON {
            rise
        } else {
            rise / time
        }
    };
    let mut alpha = Expr::constant(1.0);
    let mut tail = Expr::constant(0.0);
    if fade_out > 0.0 {
        tail = Expr::if_then_else(before(end), over(end - t(), fade_out), tail);
    }
    alpha = Expr::if_then_else(before(end - fade_out), alpha, tail);
    if fade_in > 0.0 {
        let since = if start > 0.0 { t() - start } else { t() };
        alpha = Expr::if_then_else(before(start + fade_in), over(since, fade_in), alpha);
    }
    Expr::if_then_else(before(start), Expr::constant(0.0), alpha)
}

#[cfg(test)]
mod tests;
