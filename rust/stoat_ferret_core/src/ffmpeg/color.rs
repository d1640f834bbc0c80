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

    /// The same colour, letting through more: its opacity times this one, from 0 to 1, in 255 steps.
    ///
    /// ```
    /// # use stoat_ferret_core::ffmpeg::color::Color;
    /// let half = |text: &str| text.parse::<Color>().unwrap().at_opacity(0.5).to_string();
    /// assert_eq!(["0xff000080", "0x00ff0040", "0x10203040"], [half("red"), half("lime@0.5"), half("#10203080")]);
    /// ```
    #[must_use]
    pub fn at_opacity(&self, opacity: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to the steps of a byte"
        )]
        let alpha = (self.opacity() * opacity * 255.0).round().clamp(0.0, 255.0) as u8;
        Self::rgba(self.rgb(), alpha)
    }

    /// Another colour that lets through as much as this one.
    ///
    /// ```
    /// # use stoat_ferret_core::ffmpeg::color::Color;
    /// let other = "white@0.5".parse::<Color>().unwrap().with_rgb([1, 2, 3]);
    /// assert_eq!("0x01020380", other.to_string());
    /// ```
    #[must_use]
    pub fn with_rgb(&self, rgb: [u8; 3]) -> Self {
        Self::rgba(rgb, u8::MAX).at_opacity(self.opacity())
    }

    /// How much of what lies below it hides, from 0 to 1.
    ///
    /// ```
    /// # use stoat_ferret_core::ffmpeg::color::Color;
    /// let opacity = |text: &str| text.parse::<Color>().unwrap().opacity();
    /// assert_eq!([1.0, 0.5, 0.2], [opacity("red"), opacity("red@0.5"), opacity("#ff000033")]);
    /// ```
    #[must_use]
    pub fn opacity(&self) -> f64 {
        let (base, opacity) = self.0.split_at(self.0.find('@').unwrap_or(self.0.len()));
        let digits = base
            .strip_prefix("0x")
            .and_then(|digits| digits.get("RRGGBB".len()..))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let after = opacity.strip_prefix('@').and_then(|number| number.parse().ok());
        f64::from(digits.unwrap_or(u8::MAX)) / 255.0 * after.unwrap_or(1.0)
    }

    /// Whether nothing of it is seen.
    ///
    /// ```
    /// # use stoat_ferret_core::ffmpeg::color::Color;
    /// assert!("red@0".parse::<Color>().unwrap().is_clear());
    /// assert!(!Color::BLACK.is_clear());
    /// ```
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.opacity() <= 0.0
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
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// Red, green and blue, without its opacity.
    ///
    /// ```
    /// # use stoat_ferret_core::ffmpeg::color::Color;
    /// let parts = |text: &str| text.parse::<Color>().unwrap().rgb();
    /// assert_eq!([[255, 165, 0]; 2], [parts("orange@0.5"), parts("#ffa500")]);
    /// ```
    #[must_use]
    pub fn rgb(&self) -> [u8; 3] {
        let base = self.0.split('@').next().unwrap_or_default();
        let Some(digits) = base.strip_prefix("0x") else {
            let named = NAMED.iter().find(|(name, _)| *name == base);
            return named.map_or([0; 3], |(_, parts)| *parts);
        };
        let part = |from: usize| {
            let pair = digits.get(from..from + 2).unwrap_or_default();
            u8::from_str_radix(pair, 16).unwrap_or(0)
        };
        [part(0), part(2), part(4)]
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
        } else if Self::names().any(|name| name == base) {
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

// What FFmpeg's `-colors` says, the same in 5.1 and 9.
const NAMED: &[(&str, [u8; 3])] = &[
    ("aliceblue", [0xf0, 0xf8, 0xff]),
    ("antiquewhite", [0xfa, 0xeb, 0xd7]),
    ("aqua", [0x00, 0xff, 0xff]),
    ("aquamarine", [0x7f, 0xff, 0xd4]),
    ("azure", [0xf0, 0xff, 0xff]),
    ("beige", [0xf5, 0xf5, 0xdc]),
    ("bisque", [0xff, 0xe4, 0xc4]),
    ("black", [0x00, 0x00, 0x00]),
    ("blanchedalmond", [0xff, 0xeb, 0xcd]),
    ("blue", [0x00, 0x00, 0xff]),
    ("blueviolet", [0x8a, 0x2b, 0xe2]),
    ("brown", [0xa5, 0x2a, 0x2a]),
    ("burlywood", [0xde, 0xb8, 0x87]),
    ("cadetblue", [0x5f, 0x9e, 0xa0]),
    ("chartreuse", [0x7f, 0xff, 0x00]),
    ("chocolate", [0xd2, 0x69, 0x1e]),
    ("coral", [0xff, 0x7f, 0x50]),
    ("cornflowerblue", [0x64, 0x95, 0xed]),
    ("cornsilk", [0xff, 0xf8, 0xdc]),
    ("crimson", [0xdc, 0x14, 0x3c]),
    ("cyan", [0x00, 0xff, 0xff]),
    ("darkblue", [0x00, 0x00, 0x8b]),
    ("darkcyan", [0x00, 0x8b, 0x8b]),
    ("darkgoldenrod", [0xb8, 0x86, 0x0b]),
    ("darkgray", [0xa9, 0xa9, 0xa9]),
    ("darkgreen", [0x00, 0x64, 0x00]),
    ("darkkhaki", [0xbd, 0xb7, 0x6b]),
    ("darkmagenta", [0x8b, 0x00, 0x8b]),
    ("darkolivegreen", [0x55, 0x6b, 0x2f]),
    ("darkorange", [0xff, 0x8c, 0x00]),
    ("darkorchid", [0x99, 0x32, 0xcc]),
    ("darkred", [0x8b, 0x00, 0x00]),
    ("darksalmon", [0xe9, 0x96, 0x7a]),
    ("darkseagreen", [0x8f, 0xbc, 0x8f]),
    ("darkslateblue", [0x48, 0x3d, 0x8b]),
    ("darkslategray", [0x2f, 0x4f, 0x4f]),
    ("darkturquoise", [0x00, 0xce, 0xd1]),
    ("darkviolet", [0x94, 0x00, 0xd3]),
    ("deeppink", [0xff, 0x14, 0x93]),
    ("deepskyblue", [0x00, 0xbf, 0xff]),
    ("dimgray", [0x69, 0x69, 0x69]),
    ("dodgerblue", [0x1e, 0x90, 0xff]),
    ("firebrick", [0xb2, 0x22, 0x22]),
    ("floralwhite", [0xff, 0xfa, 0xf0]),
    ("forestgreen", [0x22, 0x8b, 0x22]),
    ("fuchsia", [0xff, 0x00, 0xff]),
    ("gainsboro", [0xdc, 0xdc, 0xdc]),
    ("ghostwhite", [0xf8, 0xf8, 0xff]),
    ("gold", [0xff, 0xd7, 0x00]),
    ("goldenrod", [0xda, 0xa5, 0x20]),
    ("gray", [0x80, 0x80, 0x80]),
    ("green", [0x00, 0x80, 0x00]),
    ("greenyellow", [0xad, 0xff, 0x2f]),
    ("honeydew", [0xf0, 0xff, 0xf0]),
    ("hotpink", [0xff, 0x69, 0xb4]),
    ("indianred", [0xcd, 0x5c, 0x5c]),
    ("indigo", [0x4b, 0x00, 0x82]),
    ("ivory", [0xff, 0xff, 0xf0]),
    ("khaki", [0xf0, 0xe6, 0x8c]),
    ("lavender", [0xe6, 0xe6, 0xfa]),
    ("lavenderblush", [0xff, 0xf0, 0xf5]),
    ("lawngreen", [0x7c, 0xfc, 0x00]),
    ("lemonchiffon", [0xff, 0xfa, 0xcd]),
    ("lightblue", [0xad, 0xd8, 0xe6]),
    ("lightcoral", [0xf0, 0x80, 0x80]),
    ("lightcyan", [0xe0, 0xff, 0xff]),
    ("lightgoldenrodyellow", [0xfa, 0xfa, 0xd2]),
    ("lightgreen", [0x90, 0xee, 0x90]),
    ("lightgrey", [0xd3, 0xd3, 0xd3]),
    ("lightpink", [0xff, 0xb6, 0xc1]),
    ("lightsalmon", [0xff, 0xa0, 0x7a]),
    ("lightseagreen", [0x20, 0xb2, 0xaa]),
    ("lightskyblue", [0x87, 0xce, 0xfa]),
    ("lightslategray", [0x77, 0x88, 0x99]),
    ("lightsteelblue", [0xb0, 0xc4, 0xde]),
    ("lightyellow", [0xff, 0xff, 0xe0]),
    ("lime", [0x00, 0xff, 0x00]),
    ("limegreen", [0x32, 0xcd, 0x32]),
    ("linen", [0xfa, 0xf0, 0xe6]),
    ("magenta", [0xff, 0x00, 0xff]),
    ("maroon", [0x80, 0x00, 0x00]),
    ("mediumaquamarine", [0x66, 0xcd, 0xaa]),
    ("mediumblue", [0x00, 0x00, 0xcd]),
    ("mediumorchid", [0xba, 0x55, 0xd3]),
    ("mediumpurple", [0x93, 0x70, 0xd8]),
    ("mediumseagreen", [0x3c, 0xb3, 0x71]),
    ("mediumslateblue", [0x7b, 0x68, 0xee]),
    ("mediumspringgreen", [0x00, 0xfa, 0x9a]),
    ("mediumturquoise", [0x48, 0xd1, 0xcc]),
    ("mediumvioletred", [0xc7, 0x15, 0x85]),
    ("midnightblue", [0x19, 0x19, 0x70]),
    ("mintcream", [0xf5, 0xff, 0xfa]),
    ("mistyrose", [0xff, 0xe4, 0xe1]),
    ("moccasin", [0xff, 0xe4, 0xb5]),
    ("navajowhite", [0xff, 0xde, 0xad]),
    ("navy", [0x00, 0x00, 0x80]),
    ("oldlace", [0xfd, 0xf5, 0xe6]),
    ("olive", [0x80, 0x80, 0x00]),
    ("olivedrab", [0x6b, 0x8e, 0x23]),
    ("orange", [0xff, 0xa5, 0x00]),
    ("orangered", [0xff, 0x45, 0x00]),
    ("orchid", [0xda, 0x70, 0xd6]),
    ("palegoldenrod", [0xee, 0xe8, 0xaa]),
    ("palegreen", [0x98, 0xfb, 0x98]),
    ("paleturquoise", [0xaf, 0xee, 0xee]),
    ("palevioletred", [0xd8, 0x70, 0x93]),
    ("papayawhip", [0xff, 0xef, 0xd5]),
    ("peachpuff", [0xff, 0xda, 0xb9]),
    ("peru", [0xcd, 0x85, 0x3f]),
    ("pink", [0xff, 0xc0, 0xcb]),
    ("plum", [0xdd, 0xa0, 0xdd]),
    ("powderblue", [0xb0, 0xe0, 0xe6]),
    ("purple", [0x80, 0x00, 0x80]),
    ("red", [0xff, 0x00, 0x00]),
    ("rosybrown", [0xbc, 0x8f, 0x8f]),
    ("royalblue", [0x41, 0x69, 0xe1]),
    ("saddlebrown", [0x8b, 0x45, 0x13]),
    ("salmon", [0xfa, 0x80, 0x72]),
    ("sandybrown", [0xf4, 0xa4, 0x60]),
    ("seagreen", [0x2e, 0x8b, 0x57]),
    ("seashell", [0xff, 0xf5, 0xee]),
    ("sienna", [0xa0, 0x52, 0x2d]),
    ("silver", [0xc0, 0xc0, 0xc0]),
    ("skyblue", [0x87, 0xce, 0xeb]),
    ("slateblue", [0x6a, 0x5a, 0xcd]),
    ("slategray", [0x70, 0x80, 0x90]),
    ("snow", [0xff, 0xfa, 0xfa]),
    ("springgreen", [0x00, 0xff, 0x7f]),
    ("steelblue", [0x46, 0x82, 0xb4]),
    ("tan", [0xd2, 0xb4, 0x8c]),
    ("teal", [0x00, 0x80, 0x80]),
    ("thistle", [0xd8, 0xbf, 0xd8]),
    ("tomato", [0xff, 0x63, 0x47]),
    ("turquoise", [0x40, 0xe0, 0xd0]),
    ("violet", [0xee, 0x82, 0xee]),
    ("wheat", [0xf5, 0xde, 0xb3]),
    ("white", [0xff, 0xff, 0xff]),
    ("whitesmoke", [0xf5, 0xf5, 0xf5]),
    ("yellow", [0xff, 0xff, 0x00]),
    ("yellowgreen", [0x9a, 0xcd, 0x32]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_colour_and_random_is_not() {
        assert_eq!(140, Color::names().count());
        for name in Color::names() {
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
