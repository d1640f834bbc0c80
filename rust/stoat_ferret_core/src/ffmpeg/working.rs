//! The pixel formats that pictures are composed in, and the ways between them.

use super::filter::Filter;

/// The pixel formats that the picture is composed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Working {
    /// Opaque.
    pub plain: &'static str,
    /// Opaque, with colour planes of full size.
    pub whole: &'static str,
    /// With alpha.
    pub alpha: &'static str,
    /// Alpha alone.
    pub gray: &'static str,
    /// Greatest value of a component.
    pub white: u32,
    /// The format that `overlay` composes in.
    pub overlay: &'static str,
    /// RGB with alpha, in planes.
    pub rgb: &'static str,
    /// RGB without alpha, in planes.
    pub opaque_rgb: &'static str,
}

impl Working {
    /// 8 bits, halved colour planes.
    pub const EIGHT: Self = Self {
        plain: "yuv420p",
        whole: "yuv444p",
        alpha: "yuva420p",
        gray: "gray",
        white: 255,
        overlay: "yuv420",
        rgb: "gbrap",
        opaque_rgb: "gbrp",
    };
    /// 10 bits, colour halved across.
    pub const TEN: Self = Self {
        plain: "yuv422p10le",
        whole: "yuv444p10le",
        alpha: "yuva422p10le",
        gray: "gray10le",
        white: 1023,
        overlay: "yuv422p10",
        rgb: "gbrap10le",
        opaque_rgb: "gbrp10le",
    };

    /// Pixels that share one pair of colour differences, across and down.
    #[must_use]
    pub fn chroma(&self) -> (u32, u32) {
        if *self == Self::EIGHT { (2, 2) } else { (2, 1) }
    }
}

/// RGB to BT.709 in limited range.
#[must_use]
pub fn from_rgb() -> Filter {
    Filter::new("scale")
        .arg("out_color_matrix", "bt709")
        .arg("out_range", "tv")
}

/// BT.709 in limited range to RGB.
#[must_use]
pub fn to_rgb() -> Filter {
    Filter::new("scale")
        .arg("in_color_matrix", "bt709")
        .arg("in_range", "tv")
        .arg("out_range", "pc")
}

/// Says what the numbers mean, for filters and encoders after it.
#[must_use]
pub fn tag() -> Filter {
    Filter::new("setparams")
        .arg("range", "tv")
        .arg("color_primaries", "bt709")
        .arg("color_trc", "bt709")
        .arg("colorspace", "bt709")
}
