//! Where pictures go: layouts in fractions of the output, boxes in pixels, and the fit of a source
//! into a box. Everything that reaches `FFmpeg` from here is a literal integer.

mod fit;
mod rect;

pub use fit::{Fit, Fitted, SourceShape, fit};
pub use rect::{Anchor, PixelBox, Rect};

use crate::problem::nearest;

/// Why a layout, rectangle or fit is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LayoutError {
    /// NaN or an infinity.
    #[error("`{field}` is not a finite number")]
    NotFinite {
        /// The field at fault.
        field: &'static str,
    },
    /// A field outside its range.
    #[error("`{field}` is {value}; it must be from {least} to {most}")]
    OutOfRange {
        /// The field at fault.
        field: &'static str,
        /// The value as given.
        value: f64,
        /// The least accepted value.
        least: f64,
        /// The greatest accepted value.
        most: f64,
    },
    /// A rectangle that reaches beyond the output.
    #[error("the rectangle reaches beyond the {edge} edge of the output, to {reach}")]
    OutOfBounds {
        /// `right` or `bottom`.
        edge: &'static str,
        /// Where it ends, in fractions of the output.
        reach: f64,
    },
    /// A layout of that name does not exist.
    #[error("there is no layout `{name}`")]
    UnknownLayout {
        /// The name as given.
        name: String,
    },
    /// A layout without a rectangle.
    #[error("a layout needs at least one rectangle")]
    NoRectangles,
    /// A source or box without area.
    #[error("a picture of {width}x{height} has no area")]
    NoArea {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// To cover the box, the picture would have to be scaled beyond what can be held in memory.
    #[error("a picture this narrow would have to be scaled to {width}x{height} to cover its box")]
    TooNarrow {
        /// Width in pixels that it would need.
        width: u64,
        /// Height in pixels that it would need.
        height: u64,
    },
}

impl LayoutError {
    /// What to do about it, as one sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotFinite { .. } | Self::OutOfRange { .. } => {
                "give fractions of the output, from 0 to 1".into()
            }
            Self::OutOfBounds { .. } => "make it smaller or move it inwards".into(),
            Self::UnknownLayout { name } => match nearest(name, Layout::NAMES) {
                Some(candidate) => format!("did you mean `{candidate}`?"),
                None => format!("use one of: {}", Layout::NAMES.join(", ")),
            },
            Self::NoRectangles => "give a rectangle for each clip".into(),
            Self::NoArea { .. } => "use a picture that is at least one pixel wide and high".into(),
            Self::TooNarrow { .. } => "crop it first, or use the fit `contain`".into(),
        }
    }
}

/// How clips share the output: one rectangle for each, in the order of the clips.
///
/// ```
/// use stoat_ferret_core::layout::{Layout, PipOptions};
/// let layout = Layout::from_name("side_by_side", PipOptions::default())?;
/// assert_eq!(layout.rects()[1].x(), 0.5);
/// # Ok::<(), stoat_ferret_core::layout::LayoutError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    rects: Vec<Rect>,
}

/// The small picture of a picture-in-picture layout, in fractions of the output: both sides are scaled
/// alike, so the small picture has the output's shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PipOptions {
    /// Width and height, above 0 up to 1.
    pub size: f64,
    /// Distance from both edges, from 0; with the size at most 1.
    pub margin: f64,
}

impl Default for PipOptions {
    fn default() -> Self {
        Self {
            size: 0.25,
            margin: 0.05,
        }
    }
}

impl Layout {
    /// Every layout that has a name, in the order of the catalogue.
    pub const NAMES: [&'static str; 7] = [
        "pip_top_left",
        "pip_top_right",
        "pip_bottom_left",
        "pip_bottom_right",
        "side_by_side",
        "top_bottom",
        "grid_2x2",
    ];

    /// The layout of that name; `pip` shapes the small picture of the picture-in-picture layouts, whose
    /// first rectangle is the whole output.
    ///
    /// ```
    /// # use stoat_ferret_core::layout::{Layout, PipOptions};
    /// let pip = Layout::from_name("pip_top_right", PipOptions { size: 0.25, margin: 0.0625 })?;
    /// assert_eq!((pip.rects()[1].x(), pip.rects()[1].y()), (0.6875, 0.0625));
    /// assert!(Layout::from_name("pip_topright", PipOptions::default()).is_err());
    /// # Ok::<(), stoat_ferret_core::layout::LayoutError>(())
    /// ```
    ///
    /// # Errors
    /// [`LayoutError::UnknownLayout`], or what [`Rect::new`] refuses of a size and margin.
    pub fn from_name(name: &str, pip: PipOptions) -> Result<Self, LayoutError> {
        let cells = |cells: &[(f64, f64, f64, f64)]| {
            let rects = cells
                .iter()
                .map(|(x, y, width, height)| Rect::new(*x, *y, *width, *height));
            rects.collect::<Result<_, _>>().map(|rects| Self { rects })
        };
        match name {
            "pip_top_left" => Self::pip(pip, false, false),
            "pip_top_right" => Self::pip(pip, true, false),
            "pip_bottom_left" => Self::pip(pip, false, true),
            "pip_bottom_right" => Self::pip(pip, true, true),
            "side_by_side" => cells(&[(0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 0.5, 1.0)]),
            "top_bottom" => cells(&[(0.0, 0.0, 1.0, 0.5), (0.0, 0.5, 1.0, 0.5)]),
            "grid_2x2" => cells(&[
                (0.0, 0.0, 0.5, 0.5),
                (0.5, 0.0, 0.5, 0.5),
                (0.0, 0.5, 0.5, 0.5),
                (0.5, 0.5, 0.5, 0.5),
            ]),
            _ => Err(LayoutError::UnknownLayout {
                name: name.to_owned(),
            }),
        }
    }

    /// A layout of one's own.
    ///
    /// ```
    /// # use stoat_ferret_core::layout::{Layout, LayoutError, Rect};
    /// assert_eq!(Layout::custom(vec![Rect::FULL])?.rects(), [Rect::FULL]);
    /// assert_eq!(Layout::custom(vec![]), Err(LayoutError::NoRectangles));
    /// # Ok::<(), LayoutError>(())
    /// ```
    ///
    /// # Errors
    /// [`LayoutError::NoRectangles`] for an empty list.
    pub fn custom(rects: Vec<Rect>) -> Result<Self, LayoutError> {
        if rects.is_empty() {
            Err(LayoutError::NoRectangles)
        } else {
            Ok(Self { rects })
        }
    }

    /// The rectangles, in the order of the clips; the first is the lowest.
    #[must_use]
    pub fn rects(&self) -> &[Rect] {
        &self.rects
    }

    fn pip(options: PipOptions, right: bool, bottom: bool) -> Result<Self, LayoutError> {
        let PipOptions { size, margin } = options;
        rect::in_range("size", size, f64::MIN_POSITIVE, 1.0)?;
        rect::in_range("margin", margin, 0.0, 1.0 - size)?;
        let far = 1.0 - size - margin;
        let side = |is_far| if is_far { far.max(0.0) } else { margin };
        Ok(Self {
            rects: vec![Rect::FULL, Rect::new(side(right), side(bottom), size, size)?],
        })
    }
}

#[cfg(test)]
mod tests;
