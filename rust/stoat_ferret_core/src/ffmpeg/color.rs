//! Colours as `FFmpeg` reads them, checked.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::str::FromStr;

use super::error::BuildError;
use super::filter::Value;

/// A colour: a name that `FFmpeg` knows or `#RGB`, `#RRGGBB`, `#RRGGBBAA` (also with `0x`),
/// perhaps with an opacity from 0 to 1 after `@`.
///
/// ```
/// use stoat_ferret_core::ffmpeg::color::Color;
///
/// assert_eq!("White@0.5".parse::<Color>().unwrap().to_string(), "white@0.5");
/// assert_eq!("#f80".parse::<Color>().unwrap().to_string(), "0xff8800");
/// assert!("red:x=0".parse::<Color>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Color(Cow<'static, str>);

impl Color {
    /// Opaque black.
    pub const BLACK: Self = Self(Cow::Borrowed("black"));
    /// Opaque white.
    pub const WHITE: Self = Self(Cow::Borrowed("white"));

    /// A colour by its parts; an alpha of 255 is opaque.
    ///
    /// ```
    /// use stoat_ferret_core::ffmpeg::color::Color;
    ///
    /// assert_eq!(Color::rgba([255, 128, 0], 255).to_string(), "0xff8000");
    /// assert_eq!(Color::rgba([255, 128, 0], 127).to_string(), "0xff80007f");
    /// ```
    #[must_use]
    pub fn rgba([red, green, blue]: [u8; 3], alpha: u8) -> Self {
        let opaque = format!("0x{red:02x}{green:02x}{blue:02x}");
        Self(Cow::Owned(if alpha == u8::MAX {
            opaque
        } else {
            format!("{opaque}{alpha:02x}")
        }))
    }

    /// Whether something shows through.
    ///
    /// ```
    /// # use stoat_ferret_core::ffmpeg::color::Color;
    /// let translucent = |text: &str| text.parse::<Color>().unwrap().is_translucent();
    /// assert!(translucent("red@0.5") && translucent("#ff00007f"));
    /// assert!(!translucent("red") && !translucent("#ff0000"));
    /// ```
    #[must_use]
    pub fn is_translucent(&self) -> bool {
        self.0.contains('@') || self.0.len() == "0xRRGGBBAA".len() && self.0.starts_with("0x")
    }

    /// White that lets through as much as this colour.
    ///
    /// ```
    /// # use stoat_ferret_core::ffmpeg::color::Color;
    /// let white = |text: &str| text.parse::<Color>().unwrap().as_white().to_string();
    /// assert_eq!(["0xffffff@0.5", "0xffffff7f", "0xffffff"], [white("red@0.5"), white("#1020307f"), white("#102030")]);
    /// ```
    #[must_use]
    pub fn as_white(&self) -> Self {
        let (base, opacity) = self.0.split_at(self.0.find('@').unwrap_or(self.0.len()));
        let alpha = base
            .strip_prefix("0x")
            .and_then(|digits| digits.get("RRGGBB".len()..))
            .unwrap_or_default();
        Self(Cow::Owned(["0xffffff", alpha, opacity].concat()))
    }

    /// The names that are colours, in lower case.
    #[must_use]
    pub const fn names() -> &'static [&'static str] {
        NAMES
    }
}

impl Display for Color {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<Color> for Value {
    fn from(color: Color) -> Self {
        Self::Word(color.0)
    }
}

impl FromStr for Color {
    type Err = BuildError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || BuildError::Color {
            given: text.to_owned(),
        };
        let lower = text.trim().to_ascii_lowercase();
        let (base, opacity) = match lower.split_once('@') {
            Some((base, opacity)) => (base, Some(opacity)),
            None => (lower.as_str(), None),
        };
        let base = if let Some(digits) = base.strip_prefix('#').or_else(|| base.strip_prefix("0x")) {
            format!("0x{}", hex_digits(digits).ok_or_else(refused)?)
        } else if NAMES.contains(&base) {
            base.to_owned()
        } else {
            return Err(refused());
        };
        let Some(opacity) = opacity else {
            return Ok(Self(Cow::Owned(base)));
        };
        let opacity: f64 = opacity.parse().map_err(|_| refused())?;
        if !(0.0..=1.0).contains(&opacity) {
            return Err(refused());
        }
        Ok(Self(Cow::Owned(format!("{base}@{opacity}"))))
    }
}

fn hex_digits(digits: &str) -> Option<String> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        3 => Some(digits.chars().flat_map(|digit| [digit, digit]).collect()),
        6 | 8 => Some(digits.to_owned()),
        _ => None,
    }
}

// The names of FFmpeg's `-colors`, the same in 5.1 and 9.
const NAMES: &[&str] = &[
    "aliceblue",
    "antiquewhite",
    "aqua",
    "aquamarine",
    "azure",
    "beige",
    "bisque",
    "black",
    "blanchedalmond",
    "blue",
    "blueviolet",
    "brown",
    "burlywood",
    "cadetblue",
    "chartreuse",
    "chocolate",
    "coral",
    "cornflowerblue",
    "cornsilk",
    "crimson",
    "cyan",
    "darkblue",
    "darkcyan",
    "darkgoldenrod",
    "darkgray",
    "darkgreen",
    "darkkhaki",
    "darkmagenta",
    "darkolivegreen",
    "darkorange",
    "darkorchid",
    "darkred",
    "darksalmon",
    "darkseagreen",
    "darkslateblue",
    "darkslategray",
    "darkturquoise",
    "darkviolet",
    "deeppink",
    "deepskyblue",
    "dimgray",
    "dodgerblue",
    "firebrick",
    "floralwhite",
    "forestgreen",
    "fuchsia",
    "gainsboro",
    "ghostwhite",
    "gold",
    "goldenrod",
    "gray",
    "green",
    "greenyellow",
    "honeydew",
    "hotpink",
    "indianred",
    "indigo",
    "ivory",
    "khaki",
    "lavender",
    "lavenderblush",
    "lawngreen",
    "lemonchiffon",
    "lightblue",
    "lightcoral",
    "lightcyan",
    "lightgoldenrodyellow",
    "lightgreen",
    "lightgrey",
    "lightpink",
    "lightsalmon",
    "lightseagreen",
    "lightskyblue",
    "lightslategray",
    "lightsteelblue",
    "lightyellow",
    "lime",
    "limegreen",
    "linen",
    "magenta",
    "maroon",
    "mediumaquamarine",
    "mediumblue",
    "mediumorchid",
    "mediumpurple",
    "mediumseagreen",
    "mediumslateblue",
    "mediumspringgreen",
    "mediumturquoise",
    "mediumvioletred",
    "midnightblue",
    "mintcream",
    "mistyrose",
    "moccasin",
    "navajowhite",
    "navy",
    "oldlace",
    "olive",
    "olivedrab",
    "orange",
    "orangered",
    "orchid",
    "palegoldenrod",
    "palegreen",
    "paleturquoise",
    "palevioletred",
    "papayawhip",
    "peachpuff",
    "peru",
    "pink",
    "plum",
    "powderblue",
    "purple",
    "red",
    "rosybrown",
    "royalblue",
    "saddlebrown",
    "salmon",
    "sandybrown",
    "seagreen",
    "seashell",
    "sienna",
    "silver",
    "skyblue",
    "slateblue",
    "slategray",
    "snow",
    "springgreen",
    "steelblue",
    "tan",
    "teal",
    "thistle",
    "tomato",
    "turquoise",
    "violet",
    "wheat",
    "white",
    "whitesmoke",
    "yellow",
    "yellowgreen",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_colour_and_random_is_not() {
        assert_eq!(140, NAMES.len());
        for name in NAMES {
            assert_eq!(*name, name.parse::<Color>().unwrap().to_string());
        }
        assert!("random".parse::<Color>().is_err());
    }

    #[test]
    fn forms_are_normalised_or_refused() {
        for (expected, given) in [
            ("0xff0000", "#FF0000"),
            ("0x00ff0080", "0x00FF0080"),
            ("0xffffff@0.25", "#fff@.25"),
            ("navy@1", " Navy@1.0 "),
        ] {
            assert_eq!(expected, given.parse::<Color>().unwrap().to_string());
        }
        for given in [
            "", "#", "#12", "#12345", "0xgg0000", "red@2", "red@nan", "red@", "blurple", "red\n", "a b",
        ] {
            let accepted = given.parse::<Color>().is_ok();
            assert_eq!(given == "red\n", accepted, "{given:?}");
        }
    }
}
