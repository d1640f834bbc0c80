//! How a source fills a box: scaled, then cut or padded, by literal integers.

use serde::{Deserialize, Serialize};

use super::LayoutError;

/// The longest side that a picture is scaled to, in pixels. A sliver that has to cover a box would
/// else ask for gigabytes.
const LONGEST_SIDE: u64 = 32_768;

/// How a picture fills a box of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// All of the picture is seen; what is left of the box stays free.
    #[default]
    Contain,
    /// All of the box is filled; what is too much of the picture is cut away evenly.
    Cover,
    /// The picture takes the shape of the box.
    Stretch,
}

/// The shape of a source as its file states it.
///
/// ```
/// use stoat_ferret_core::layout::SourceShape;
/// let phone = SourceShape { rotation: 90, ..SourceShape::new(1920, 1080) };
/// assert_eq!(phone.decoded_size(), (1080, 1920));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceShape {
    /// Coded width in pixels.
    pub width: u32,
    /// Coded height in pixels.
    pub height: u32,
    /// Width of a pixel to its height, before rotation; a zero in it means square.
    pub sar: (u32, u32),
    /// The clockwise turn that a player applies, in degrees: 0, 90, 180 or 270.
    pub rotation: u32,
}

impl SourceShape {
    /// A picture of square pixels that is not turned.
    ///
    /// ```
    /// # use stoat_ferret_core::layout::SourceShape;
    /// assert_eq!(SourceShape::new(640, 360).display_size(), (640, 360));
    /// ```
    #[must_use]
    pub const fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            sar: (1, 1),
            rotation: 0,
        }
    }

    /// The pixels of a frame after the decoder's side has turned it.
    #[must_use]
    pub const fn decoded_size(self) -> (u32, u32) {
        if self.is_turned() {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }

    /// The same shape with another number of decoded pixels.
    #[must_use]
    pub const fn with_size(self, decoded: (u32, u32)) -> Self {
        let (width, height) = if self.is_turned() {
            (decoded.1, decoded.0)
        } else {
            decoded
        };
        Self {
            width,
            height,
            ..self
        }
    }

    /// The shape after a quarter turn: what was across lies down.
    ///
    /// ```
    /// # use stoat_ferret_core::layout::SourceShape;
    /// let wide = SourceShape { sar: (4, 3), ..SourceShape::new(1440, 1080) };
    /// assert_eq!(wide.quarter_turned().display_size(), (1080, 1920));
    /// ```
    #[must_use]
    pub const fn quarter_turned(self) -> Self {
        Self {
            width: self.height,
            height: self.width,
            sar: (self.sar.1, self.sar.0),
            ..self
        }
    }

    /// The size in square pixels that a viewer sees, to the nearest pixel: the side along which pixels
    /// are longer grows.
    ///
    /// ```
    /// # use stoat_ferret_core::layout::SourceShape;
    /// let dv = SourceShape { sar: (64, 45), ..SourceShape::new(720, 576) };
    /// assert_eq!(dv.display_size(), (1024, 576));
    /// let tall = SourceShape { sar: (1, 2), ..SourceShape::new(720, 480) };
    /// assert_eq!(tall.display_size(), (720, 960));
    /// ```
    #[must_use]
    pub fn display_size(self) -> (u32, u32) {
        let (across, down) = self.pixel_shape();
        let (width, height) = (u128::from(self.width), u128::from(self.height));
        let (width, height) = if across >= down {
            (nearest(width * across, down), height)
        } else {
            (width, nearest(height * down, across))
        };
        let size = [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let [width, height] = size;
        if self.is_turned() {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Width to height as it is seen, exact.
    fn aspect(self) -> (u128, u128) {
        let (across, down) = self.pixel_shape();
        let aspect = (u128::from(self.width) * across, u128::from(self.height) * down);
        if self.is_turned() {
            (aspect.1, aspect.0)
        } else {
            aspect
        }
    }

    const fn is_turned(self) -> bool {
        self.rotation % 180 == 90
    }

    fn pixel_shape(self) -> (u128, u128) {
        match self.sar {
            (0, _) | (_, 0) => (1, 1),
            (across, down) => (u128::from(across), u128::from(down)),
        }
    }
}

/// What to do with a decoded and turned frame: scale it, cut it, and place it in its box.
/// Sizes are even, and offsets too, so that pictures with halved colour planes stay exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fitted {
    /// Scale to this width in pixels, ...
    pub scale_width: u32,
    /// ... and this height.
    pub scale_height: u32,
    /// Then keep this width in pixels, ...
    pub width: u32,
    /// ... and this height, ...
    pub height: u32,
    /// ... from this column ...
    pub crop_x: u32,
    /// ... and this row on.
    pub crop_y: u32,
    /// Then put it into the box, this many pixels from its left edge ...
    pub pad_x: u32,
    /// ... and this many from its top.
    pub pad_y: u32,
}

impl Fitted {
    /// Whether anything is cut away after scaling.
    #[must_use]
    pub const fn is_cropped(self) -> bool {
        self.width != self.scale_width || self.height != self.scale_height
    }

    /// Whether a box of that size has room beside the picture.
    #[must_use]
    pub const fn is_padded(self, box_width: u32, box_height: u32) -> bool {
        self.width != box_width || self.height != box_height
    }
}

/// How `source` fills a box of `box_width x box_height` pixels. In `contain` and `cover` its shape is
/// kept to within one pixel, the price of even sizes.
///
/// ```
/// use stoat_ferret_core::layout::{Fit, SourceShape, fit};
/// let fitted = fit(SourceShape::new(640, 480), 1920, 1080, Fit::Contain)?;
/// assert_eq!((fitted.scale_width, fitted.scale_height, fitted.pad_x), (1440, 1080, 240));
/// let fitted = fit(SourceShape::new(640, 480), 1920, 1080, Fit::Cover)?;
/// assert_eq!((fitted.scale_width, fitted.scale_height, fitted.crop_y), (1920, 1440, 180));
/// # Ok::<(), stoat_ferret_core::layout::LayoutError>(())
/// ```
///
/// # Errors
/// [`LayoutError::NoArea`] for a source or box without area (a box needs 2 pixels each way), or
/// [`LayoutError::TooNarrow`] for a sliver that is to cover.
pub fn fit(source: SourceShape, box_width: u32, box_height: u32, how: Fit) -> Result<Fitted, LayoutError> {
    if source.width == 0 || source.height == 0 {
        return Err(LayoutError::NoArea {
            width: source.width,
            height: source.height,
        });
    }
    if box_width < 2 || box_height < 2 {
        return Err(LayoutError::NoArea {
            width: box_width,
            height: box_height,
        });
    }
    let inner = (u64::from(box_width) & !1, u64::from(box_height) & !1);
    let scale = match how {
        Fit::Stretch => inner,
        Fit::Contain | Fit::Cover => scaled(source.aspect(), inner, how == Fit::Cover),
    };
    if scale.0.max(scale.1) > LONGEST_SIDE.max(inner.0).max(inner.1) {
        return Err(LayoutError::TooNarrow {
            width: scale.0,
            height: scale.1,
        });
    }
    let across = Side::new(scale.0, inner.0, box_width);
    let down = Side::new(scale.1, inner.1, box_height);
    Ok(Fitted {
        scale_width: across.scaled,
        scale_height: down.scaled,
        width: across.kept,
        height: down.kept,
        crop_x: across.crop,
        crop_y: down.crop,
        pad_x: across.pad,
        pad_y: down.pad,
    })
}

/// The size of that aspect that touches two edges of the (even) box: from within, or covering it.
fn scaled(aspect: (u128, u128), inner: (u64, u64), covers: bool) -> (u64, u64) {
    let (width, height) = (u128::from(inner.0), u128::from(inner.1));
    let is_wider = aspect.0 * height >= width * aspect.1;
    if is_wider == covers {
        (nearest_even(height * aspect.0, aspect.1), inner.1)
    } else {
        (inner.0, nearest_even(width * aspect.1, aspect.0))
    }
}

/// One direction of a fit, in pixels.
struct Side {
    scaled: u32,
    kept: u32,
    crop: u32,
    pad: u32,
}

impl Side {
    fn new(scaled: u64, inner: u64, outer: u32) -> Self {
        let pixels = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let kept = scaled.min(inner);
        Self {
            scaled: pixels(scaled),
            kept: pixels(kept),
            crop: pixels(half_even(scaled - kept)),
            pad: pixels(half_even(u64::from(outer).saturating_sub(kept))),
        }
    }
}

/// Half of a length, to the even number below.
const fn half_even(length: u64) -> u64 {
    length / 4 * 2
}

/// `num / den` to the nearest even number, 2 at least.
fn nearest_even(num: u128, den: u128) -> u64 {
    u64::try_from(nearest(num, den * 2))
        .unwrap_or(u64::MAX / 4)
        .clamp(1, u64::MAX / 4)
        * 2
}

/// `num / den` to the nearest integer, halves up.
const fn nearest(num: u128, den: u128) -> u128 {
    (num * 2 + den) / (den * 2)
}
