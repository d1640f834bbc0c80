//! Colour tables of `.cube` files: read, checked, and written in the one form that `FFmpeg` is given.
//!
//! `FFmpeg` reads such files itself, but passes over what is wrong in them, and its versions do not agree
//! on what a domain means: it gets what was understood here.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::document::fields::shorten;
use crate::problem::Problem;

/// Colours of the largest curve.
const LARGEST_CURVE: usize = 65_536;
/// Colours along each edge of the largest cube.
const LARGEST_CUBE: usize = 256;

/// A table from colours to colours, each of red, green and blue where 0 is black and 1 is full.
///
/// ```
/// use stoat_ferret_core::cube::Cube;
///
/// let negative = Cube::read("TITLE \"negative\"\nLUT_1D_SIZE 2\n1 1 1\n0 0 0\n")?;
/// assert_eq!(negative.text(), "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n");
/// let refused = Cube::read("LUT_1D_SIZE 2\n1 1 1\n0 0\n").unwrap_err();
/// assert_eq!(refused.message, "line 3: a colour is three numbers");
/// # Ok::<(), stoat_ferret_core::problem::Problem>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cube {
    /// A curve for each component, or a cube of colours.
    shape: Shape,
    /// Colours of a curve, or along each edge of the cube.
    size: usize,
    /// The colours; in a cube red changes first, blue last.
    colors: Vec<[f32; 3]>,
}

/// How a table is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each component by itself.
    Curve,
    /// All three components together.
    Cube,
}

impl Shape {
    /// How many components decide about one.
    #[must_use]
    pub fn dimensions(self) -> u32 {
        match self {
            Self::Curve => 1,
            Self::Cube => 3,
        }
    }

    fn keyword(self) -> &'static str {
        match self {
            Self::Curve => "LUT_1D_SIZE",
            Self::Cube => "LUT_3D_SIZE",
        }
    }

    fn colors(self, size: usize) -> usize {
        match self {
            Self::Curve => size,
            Self::Cube => size * size * size,
        }
    }
}

/// A table in the making.
#[derive(Default)]
struct Reading {
    shape: Option<(Shape, usize)>,
    seen: Vec<&'static str>,
    colors: Vec<[f32; 3]>,
}

const KEYWORDS: [&str; 9] = [
    "TITLE",
    "DOMAIN_MIN",
    "DOMAIN_MAX",
    "LUT_1D_SIZE",
    "LUT_3D_SIZE",
    "LUT_1D_INPUT_RANGE",
    "LUT_3D_INPUT_RANGE",
    "LUT_IN_VIDEO_RANGE",
    "LUT_OUT_VIDEO_RANGE",
];

impl Cube {
    /// The table that the text of a file says.
    ///
    /// # Errors
    /// `media.not_a_lut` with the line and what is wrong there, or `media.lut_unsupported` for a table that
    /// says something that is not done here.
    pub fn read(text: &str) -> Result<Self, Problem> {
        let mut reading = Reading::default();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                reading.line(line).map_err(|refused| refused.at(number))?;
            }
        }
        let (shape, size) = reading
            .shape
            .ok_or_else(|| wrong("it says neither LUT_1D_SIZE nor LUT_3D_SIZE").whole())?;
        let (given, needed) = (reading.colors.len(), shape.colors(size));
        if given != needed {
            let keyword = shape.keyword();
            return Err(wrong(format!(
                "it has {given} colours, and {keyword} {size} takes {needed}"
            ))
            .whole());
        }
        Ok(Self {
            shape,
            size,
            colors: reading.colors,
        })
    }

    /// How it is looked up.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Colours of a curve, or along each edge of a cube.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The table as `FFmpeg` reads it; equal tables have the same text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(32 + self.colors.len() * 30);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{} {}", self.shape.keyword(), self.size);
        for [red, green, blue] in &self.colors {
            let _ = writeln!(text, "{red} {green} {blue}");
        }
        text
    }

    /// Names the table: SHA-256 of its text.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut digest = String::with_capacity(64);
        for byte in Sha256::digest(self.text()) {
            let _ = write!(digest, "{byte:02x}");
        }
        digest
    }
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), Refused> {
        let starts_a_word = line.starts_with(|first: char| first.is_ascii_alphabetic());
        let is_number = line
            .split_whitespace()
            .next()
            .is_some_and(|word| word.parse::<f32>().is_ok());
        if starts_a_word && !is_number {
            self.keyword(line)
        } else {
            self.color(line)
        }
    }

    fn keyword(&mut self, line: &str) -> Result<(), Refused> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let Some(keyword) = KEYWORDS.into_iter().find(|known| *known == word) else {
            return Err(wrong(format!("{:?} is no word of a .cube file", shorten(word))));
        };
        if !self.colors.is_empty() {
            return Err(wrong(format!("{keyword} stands after the first colour")));
        }
        if self.seen.contains(&keyword) {
            return Err(wrong(format!("{keyword} stands twice")));
        }
        self.seen.push(keyword);
        match keyword {
            "TITLE" => Ok(()),
            "LUT_1D_SIZE" => self.size(Shape::Curve, LARGEST_CURVE, rest),
            "LUT_3D_SIZE" => self.size(Shape::Cube, LARGEST_CUBE, rest),
            "DOMAIN_MIN" => domain(keyword, rest, &[0.0; 3]),
            "DOMAIN_MAX" => domain(keyword, rest, &[1.0; 3]),
            "LUT_1D_INPUT_RANGE" | "LUT_3D_INPUT_RANGE" => domain(keyword, rest, &[0.0, 1.0]),
            _ => Err(unsupported(
                format!("{keyword} is not supported"),
                "Save the table for full range (data levels).",
            )),
        }
    }

    fn size(&mut self, shape: Shape, largest: usize, rest: &str) -> Result<(), Refused> {
        let keyword = shape.keyword();
        if self.shape.is_some() {
            return Err(unsupported(
                "it has a curve and a cube in one",
                "Save them as two tables, and use one after the other.",
            ));
        }
        match rest.trim().parse::<usize>() {
            Ok(size) if (2..=largest).contains(&size) => {
                self.shape = Some((shape, size));
                Ok(())
            }
            _ => Err(wrong(format!(
                "{keyword} is {:?}, no whole number from 2 to {largest}",
                shorten(rest.trim())
            ))),
        }
    }

    fn color(&mut self, line: &str) -> Result<(), Refused> {
        let Some((shape, size)) = self.shape else {
            return Err(wrong("a colour stands before LUT_1D_SIZE or LUT_3D_SIZE"));
        };
        if self.colors.len() == shape.colors(size) {
            return Err(wrong(format!(
                "there are more colours than the {} that {} {size} takes",
                self.colors.len(),
                shape.keyword()
            )));
        }
        let numbers = numbers(line)?;
        let color =
            <[f32; 3]>::try_from(numbers.as_slice()).map_err(|_| wrong("a colour is three numbers"))?;
        self.colors.push(color);
        Ok(())
    }
}

fn numbers(text: &str) -> Result<Vec<f32>, Refused> {
    text.split_whitespace()
        .map(|word| {
            let number = word.parse::<f32>().ok().filter(|number| number.is_finite());
            // There is one zero.
            number
                .map(|number| number + 0.0)
                .ok_or_else(|| wrong(format!("{:?} is no finite number", shorten(word))))
        })
        .collect()
}

fn domain(keyword: &str, rest: &str, usual: &[f32]) -> Result<(), Refused> {
    let given = numbers(rest)?;
    if given.len() != usual.len() {
        return Err(wrong(format!("{keyword} takes {} numbers", usual.len())));
    }
    // Some programs round the ends of a range.
    let same = given
        .iter()
        .zip(usual)
        .all(|(given, usual)| (given - usual).abs() < 1e-6);
    if same {
        return Ok(());
    }
    Err(unsupported(
        format!(
            "{keyword} is {}; only tables of colours from 0 to 1 are supported",
            rest.trim()
        ),
        "Save the table for colours from 0 to 1.",
    ))
}

/// Why a line is refused.
struct Refused {
    code: &'static str,
    reason: String,
    hint: &'static str,
}

fn wrong(reason: impl Into<String>) -> Refused {
    Refused {
        code: "media.not_a_lut",
        reason: reason.into(),
        hint: "Give a colour table as grading programs export it, as .cube; mend the file or export it again.",
    }
}

fn unsupported(reason: impl Into<String>, hint: &'static str) -> Refused {
    Refused {
        code: "media.lut_unsupported",
        reason: reason.into(),
        hint,
    }
}

impl Refused {
    fn whole(self) -> Problem {
        Problem::new(self.code, "", self.reason).hint(self.hint)
    }

    fn at(self, line: usize) -> Problem {
        Problem::new(self.code, "", format!("line {line}: {}", self.reason)).hint(self.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (String, String) {
        let problem = Cube::read(text).unwrap_err();
        (problem.code.to_string(), problem.message)
    }

    #[test]
    fn what_is_said_around_the_colours_changes_nothing() {
        let plain = "LUT_1D_SIZE 2\n0 0 0\n1 0.5 1\n";
        let adorned = "# made by hand\r\nTITLE \"A look\"\r\nDOMAIN_MIN 0.0 0.0 0.0\r\n\
                       DOMAIN_MAX 1 1 1\r\nLUT_1D_SIZE 2\r\n\r\n0.000 -0 0e0\r\n\t1.0 .50  1.\r\n";
        assert_eq!(plain, Cube::read(adorned).unwrap().text());
        assert_eq!(
            Cube::read(plain).unwrap().digest(),
            Cube::read(adorned).unwrap().digest()
        );
    }

    #[test]
    fn a_cube_keeps_colours_outside_the_range_in_plain_digits() {
        let mut text = "LUT_3D_SIZE 2\nLUT_3D_INPUT_RANGE 0.0 1.0\n".to_owned();
        text.push_str(&"-0.25 1.5 1e-9\n".repeat(8));
        let cube = Cube::read(&text).unwrap();
        assert_eq!((Shape::Cube, 2), (cube.shape(), cube.size()));
        assert_eq!(
            format!("LUT_3D_SIZE 2\n{}", "-0.25 1.5 0.000000001\n".repeat(8)),
            cube.text()
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let wrong = [
            ("", "it says neither LUT_1D_SIZE nor LUT_3D_SIZE"),
            (
                "LUT_1D_SIZE 1\n",
                "line 1: LUT_1D_SIZE is \"1\", no whole number from 2 to 65536",
            ),
            (
                "LUT_1D_SIZE 65537\n",
                "line 1: LUT_1D_SIZE is \"65537\", no whole number from 2 to 65536",
            ),
            (
                "LUT_3D_SIZE 257\n",
                "line 1: LUT_3D_SIZE is \"257\", no whole number from 2 to 256",
            ),
            (
                "LUT_3D_SIZE\n",
                "line 1: LUT_3D_SIZE is \"\", no whole number from 2 to 256",
            ),
            (
                "LUT_1D_SIZE 2\n0 0 0\n",
                "it has 1 colours, and LUT_1D_SIZE 2 takes 2",
            ),
            (
                "LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1\n",
                "line 4: there are more colours than the 2 that LUT_1D_SIZE 2 takes",
            ),
            ("LUT_1D_SIZE 2\n0 0\n", "line 2: a colour is three numbers"),
            ("LUT_1D_SIZE 2\n0 0 0 0\n", "line 2: a colour is three numbers"),
            ("LUT_1D_SIZE 2\n0 NaN 0\n", "line 2: \"NaN\" is no finite number"),
            ("LUT_1D_SIZE 2\nnan 0 0\n", "line 2: \"nan\" is no finite number"),
            (
                "LUT_1D_SIZE 2\n0 1e99 0\n",
                "line 2: \"1e99\" is no finite number",
            ),
            ("LUT_1D_SIZE 2\n0 0,5 0\n", "line 2: \"0,5\" is no finite number"),
            (
                "0 0 0\n",
                "line 1: a colour stands before LUT_1D_SIZE or LUT_3D_SIZE",
            ),
            (
                "LUT_1D_SIZE 2\n0 0 0\nTITLE \"x\"\n",
                "line 3: TITLE stands after the first colour",
            ),
            (
                "LUT_1D_SIZE 2\nLUT_1D_SIZE 2\n",
                "line 2: LUT_1D_SIZE stands twice",
            ),
            (
                "LUT_2D_SIZE 2\n",
                "line 1: \"LUT_2D_SIZE\" is no word of a .cube file",
            ),
            ("DOMAIN_MIN 0 0\n", "line 1: DOMAIN_MIN takes 3 numbers"),
        ];
        for (text, reason) in wrong {
            assert_eq!(("media.not_a_lut".to_owned(), reason.to_owned()), refused(text));
        }
    }

    #[test]
    fn what_is_not_done_is_named() {
        let unsupported = [
            (
                "DOMAIN_MAX 4 4 4\n",
                "line 1: DOMAIN_MAX is 4 4 4; only tables of colours from 0 to 1 are supported",
            ),
            (
                "LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n",
                "line 2: it has a curve and a cube in one",
            ),
            (
                "LUT_IN_VIDEO_RANGE\n",
                "line 1: LUT_IN_VIDEO_RANGE is not supported",
            ),
        ];
        for (text, reason) in unsupported {
            assert_eq!(
                ("media.lut_unsupported".to_owned(), reason.to_owned()),
                refused(text)
            );
        }
    }
}
