//! Rectangles in fractions of the output, and the pixels that they become.

use serde::{Deserialize, Serialize};

use super::LayoutError;

/// Sums of fractions such as 0.7 + 0.3 may exceed 1 by a rounding error, never by a pixel.
const TOLERANCE: f64 = 1e-9;

/// A rectangle in fractions of the output: `x, y` is its top left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Rect {
    /// The whole output.
    pub const FULL: Self = Self {
        x: 0.0,
        y: 0.0,
        width: 1.0,
        height: 1.0,
    };

    /// A rectangle within the output.
    ///
    /// ```
    /// use stoat_ferret_core::layout::{LayoutError, Rect};
    /// assert_eq!(Rect::new(0.0, 0.0, 1.0, 1.0), Ok(Rect::FULL));
    /// assert_eq!(
    ///     Rect::new(0.75, 0.0, 0.5, 1.0),
    ///     Err(LayoutError::OutOfBounds { edge: "right", reach: 1.25 }),
    /// );
    /// ```
    ///
    /// # Errors
    /// [`LayoutError::NotFinite`], [`LayoutError::OutOfRange`] or [`LayoutError::OutOfBounds`].
    pub fn new(x: f64, y: f64, width: f64, height: f64) -> Result<Self, LayoutError> {
        for (field, value) in [("x", x), ("y", y)] {
            in_range(field, value, 0.0, 1.0)?;
        }
        for (field, value) in [("width", width), ("height", height)] {
            in_range(field, value, f64::MIN_POSITIVE, 1.0)?;
        }
        for (edge, reach) in [("right", x + width), ("bottom", y + height)] {
            if reach > 1.0 + TOLERANCE {
                return Err(LayoutError::OutOfBounds { edge, reach });
            }
        }
        Ok(Self { x, y, width, height })
    }

    /// The rectangle of that size whose `anchor` lies at `x, y`; it may reach beyond the output.
    ///
    /// ```
    /// use stoat_ferret_core::layout::{Anchor, Rect};
    /// let rect = Rect::anchored(0.5, 0.5, 0.5, 0.25, Anchor::Center)?;
    /// assert_eq!((rect.x(), rect.y()), (0.25, 0.375));
    /// # Ok::<(), stoat_ferret_core::layout::LayoutError>(())
    /// ```
    ///
    /// # Errors
    /// [`LayoutError::NotFinite`], or [`LayoutError::OutOfRange`] for a size of zero or less or
    /// anything larger than a hundred outputs.
    pub fn anchored(x: f64, y: f64, width: f64, height: f64, anchor: Anchor) -> Result<Self, LayoutError> {
        const FAR: f64 = 100.0;
        for (field, value) in [("x", x), ("y", y)] {
            in_range(field, value, -FAR, FAR)?;
        }
        for (field, value) in [("width", width), ("height", height)] {
            in_range(field, value, f64::MIN_POSITIVE, FAR)?;
        }
        let (across, down) = anchor.fractions();
        Ok(Self {
            x: x - across * width,
            y: y - down * height,
            width,
            height,
        })
    }

    /// Left edge.
    #[must_use]
    pub const fn x(self) -> f64 {
        self.x
    }

    /// Top edge.
    #[must_use]
    pub const fn y(self) -> f64 {
        self.y
    }

    /// Width.
    #[must_use]
    pub const fn width(self) -> f64 {
        self.width
    }

    /// Height.
    #[must_use]
    pub const fn height(self) -> f64 {
        self.height
    }

    /// The box in an output of `width x height` pixels. Edges lie on even pixels, where pictures with
    /// halved colour planes can be placed exactly; an edge of the output stays where it is, and
    /// neighbours share theirs. A box is 2 pixels wide and high at least.
    ///
    /// ```
    /// use stoat_ferret_core::layout::{PixelBox, Rect};
    /// assert_eq!(
    ///     Rect::new(0.5, 0.0, 0.5, 0.5)?.to_pixels(1920, 1080),
    ///     PixelBox { x: 960, y: 0, width: 960, height: 540 },
    /// );
    /// # Ok::<(), stoat_ferret_core::layout::LayoutError>(())
    /// ```
    #[must_use]
    pub fn to_pixels(self, width: u32, height: u32) -> PixelBox {
        let (x, width) = side(self.x, self.width, width);
        let (y, height) = side(self.y, self.height, height);
        PixelBox { x, y, width, height }
    }
}

/// A rectangle in pixels; `x` and `y` may lie outside of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PixelBox {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width, at least 2.
    pub width: u32,
    /// Height, at least 2.
    pub height: u32,
}

/// The point of a picture that a position places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The middle of the picture.
    #[default]
    Center,
    /// The top left corner.
    TopLeft,
    /// The middle of the top edge.
    Top,
    /// The top right corner.
    TopRight,
    /// The middle of the left edge.
    Left,
    /// The middle of the right edge.
    Right,
    /// The bottom left corner.
    BottomLeft,
    /// The middle of the bottom edge.
    Bottom,
    /// The bottom right corner.
    BottomRight,
}

impl Anchor {
    /// Every anchor with the name that documents give it.
    pub const ALL: [(&'static str, Self); 9] = [
        ("center", Self::Center),
        ("top_left", Self::TopLeft),
        ("top", Self::Top),
        ("top_right", Self::TopRight),
        ("left", Self::Left),
        ("right", Self::Right),
        ("bottom_left", Self::BottomLeft),
        ("bottom", Self::Bottom),
        ("bottom_right", Self::BottomRight),
    ];

    /// The anchor of that name.
    ///
    /// ```
    /// use stoat_ferret_core::layout::Anchor;
    /// assert_eq!(Anchor::from_name("top_left"), Some(Anchor::TopLeft));
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, anchor)| anchor)
    }

    /// Where the anchor lies within the picture: fractions of its width and height.
    ///
    /// ```
    /// use stoat_ferret_core::layout::Anchor;
    /// assert_eq!(Anchor::BottomLeft.fractions(), (0.0, 1.0));
    /// ```
    #[must_use]
    pub const fn fractions(self) -> (f64, f64) {
        match self {
            Self::Center => (0.5, 0.5),
            Self::TopLeft => (0.0, 0.0),
            Self::Top => (0.5, 0.0),
            Self::TopRight => (1.0, 0.0),
            Self::Left => (0.0, 0.5),
            Self::Right => (1.0, 0.5),
            Self::BottomLeft => (0.0, 1.0),
            Self::Bottom => (0.5, 1.0),
            Self::BottomRight => (1.0, 1.0),
        }
    }
}

pub(super) fn in_range(field: &'static str, value: f64, least: f64, most: f64) -> Result<(), LayoutError> {
    if !value.is_finite() {
        return Err(LayoutError::NotFinite { field });
    }
    if value < least || value > most + TOLERANCE {
        return Err(LayoutError::OutOfRange {
            field,
            value,
            least,
            most,
        });
    }
    Ok(())
}

/// Start and length in pixels of a part of a side that is `pixels` long.
fn side(start: f64, length: f64, pixels: u32) -> (i32, u32) {
    let (near, far) = (edge(start, pixels), edge(start + length, pixels));
    (near, far.saturating_sub(near).try_into().unwrap_or(0).max(2))
}

/// An edge in pixels: even, or the output's own far edge.
fn edge(fraction: f64, pixels: u32) -> i32 {
    let exact = fraction * f64::from(pixels);
    let is_far_edge = (fraction - 1.0).abs() <= TOLERANCE;
    let nearest = if is_far_edge {
        f64::from(pixels)
    } else {
        (exact / 2.0).round() * 2.0
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float to integer cast saturates"
    )]
    let nearest = nearest as i32;
    nearest
}
