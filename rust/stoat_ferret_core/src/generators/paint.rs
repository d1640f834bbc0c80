//! Pictures by arithmetic: every plane of a frame as an expression of the place of its pixels.

use crate::ffmpeg::color::Color;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::Working;

/// A number of an expression.
pub fn number(value: f64) -> Expr {
    Expr::constant(value)
}

/// A colour as levels of the working format, before they are rounded: luma, blue and red difference, alpha.
pub fn levels(color: &Color, working: Working) -> [f64; 4] {
    let [red, green, blue] = color.rgb().map(|part| f64::from(part) / 255.0);
    let [luma, blue, red] = levels_of([red, green, blue], working);
    [luma, blue, red, color.opacity() * f64::from(working.white)]
}

/// The same of red, green and blue in fractions, without alpha: BT.709 in limited range.
pub fn levels_of([red, green, blue]: [f64; 3], working: Working) -> [f64; 3] {
    let step = f64::from(working.white + 1) / 256.0;
    let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    [
        step * (16.0 + 219.0 * luma),
        step * (128.0 + 224.0 * (blue - luma) / 1.8556),
        step * (128.0 + 224.0 * (red - luma) / 1.5748),
    ]
}

/// A plane's pixels on the frame.
#[derive(Debug, Clone, Copy)]
pub struct Plane {
    /// Pixels of the frame for one of the plane, across and down.
    pub step: (f64, f64),
    /// The place of the frame on the canvas, in pixels.
    pub corner: (f64, f64),
}

impl Plane {
    /// Pixels of the canvas from its left edge to the middle of the pixel; a colour difference lies on the
    /// first of the pixels that share it.
    pub fn across(&self) -> Expr {
        scaled(Variable::PixelX, self.step.0, self.corner.0 + 0.5)
    }

    /// Pixels of the canvas from its upper edge to the middle of the pixels.
    pub fn down(&self) -> Expr {
        scaled(Variable::PixelY, self.step.1, self.corner.1 + 0.5 * self.step.1)
    }
}

fn scaled(place: Variable, step: f64, offset: f64) -> Expr {
    let place = Expr::var(place);
    let place = if step > 1.0 { place * number(step) } else { place };
    place + number(offset)
}

/// The filters that paint a frame whose corner lies at this place of the canvas: `plane` makes each of luma,
/// blue and red difference (0 to 2), and alpha (3) where that is wanted.
pub fn painted(
    working: Working,
    corner: (f64, f64),
    alpha: bool,
    plane: impl Fn(usize, &Plane) -> Expr,
) -> Vec<Filter> {
    let format = if alpha { working.alpha } else { working.plain };
    let (across, down) = working.chroma();
    let whole = Plane {
        step: (1.0, 1.0),
        corner,
    };
    let shared = Plane {
        step: (f64::from(across), f64::from(down)),
        corner,
    };
    // The filter cuts what is behind the point off.
    let rounded = |at: usize, place: &Plane| {
        let white = number(f64::from(working.white));
        match plane(at, place) {
            Expr::Const(level) => number(level.clamp(0.0, f64::from(working.white)).round()),
            level => Expr::clip(level + number(0.5), number(0.0), white),
        }
    };
    let geq = Filter::new("geq")
        .arg("lum", rounded(0, &whole))
        .arg("cb", rounded(1, &shared))
        .arg("cr", rounded(2, &shared))
        .maybe("a", alpha.then(|| rounded(3, &whole)));
    vec![Filter::new("format").value(format), geq]
}
