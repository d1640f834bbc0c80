//! Where a clip's picture lies: the filters that bring it to its size, and its place on the canvas.

use crate::document::{Animated, Transform};
use crate::effects::{Area, crop};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::layout::{Fit, SourceShape, fit};
use crate::problem::Problem;

/// A picture brought to its size.
#[derive(Debug)]
pub struct Placement {
    /// Size that the picture is scaled to, before any change of size over time.
    pub scale: (u32, u32),
    /// What is cut away after that.
    pub cut: Option<Filter>,
    /// Size of the frames then.
    pub frame: (u32, u32),
    /// Turning, which makes transparent corners.
    pub turn: Option<Filter>,
    /// Scaling over time.
    pub resize: Option<Filter>,
    /// Left edge on the canvas for `overlay`.
    pub x: Value,
    /// Upper edge on the canvas for `overlay`.
    pub y: Value,
    /// Left and upper edge where they are constant.
    pub corner: Option<(i64, i64)>,
    /// Whether anything changes over time.
    pub moves: bool,
}

impl Placement {
    /// Where it lies on the canvas, where that stays the same.
    pub fn area(&self) -> Option<Area> {
        self.corner.map(|(left, top)| Area {
            left,
            top,
            width: self.frame.0,
            height: self.frame.1,
        })
    }
}

/// Brings a picture of this shape to its place.
///
/// # Errors
/// What is not supported, by name.
pub fn place(
    shape: SourceShape,
    transform: &Transform,
    how: Fit,
    canvas: (u32, u32),
    pointer: &str,
) -> Result<Placement, Problem> {
    let (width, height) = (f64::from(canvas.0), f64::from(canvas.1));
    let resizes = transform.width.constant().is_none() || transform.height.constant().is_none();
    let (box_width, box_height) = (
        even(transform.width.max() * width),
        even(transform.height.max() * height),
    );
    let fitted = fit(shape, box_width, box_height, how).map_err(|error| {
        Problem::new(
            "transform.impossible",
            format!("{pointer}/transform"),
            error.to_string(),
        )
        .hint(error.hint())
    })?;
    let cut = fitted.is_cropped().then(|| {
        Filter::new("crop")
            .arg("w", fitted.width)
            .arg("h", fitted.height)
            .arg("x", fitted.crop_x)
            .arg("y", fitted.crop_y)
    });
    let frame = (fitted.width, fitted.height);
    let turn = turn(&transform.rotation, frame);
    if resizes && turn.is_some() {
        return Err(unsupported(
            pointer,
            "A clip cannot turn and change its size at the same time.",
            "Keep its rotation at 0, or its size constant.",
        ));
    }
    let resize = if resizes {
        if how == Fit::Cover && !keeps_shape(transform) {
            return Err(unsupported(
                pointer,
                "With fit cover the box of a clip cannot change its shape over time.",
                "Let width and height change by the same factor, or use fit stretch.",
            ));
        }
        Some(resize(transform, how, frame, (width, height)))
    } else {
        None
    };
    let constant = (transform.x.constant(), transform.y.constant());
    let corner = match (constant, &turn, resizes) {
        ((Some(x), Some(y)), None, false) => {
            let left = edge(x * width, transform.anchor.fractions().0, box_width) + i64::from(fitted.pad_x);
            let top = edge(y * height, transform.anchor.fractions().1, box_height) + i64::from(fitted.pad_y);
            Some((left, top))
        }
        _ => None,
    };
    let t = Expr::var(Variable::T);
    let (x, y) = match corner {
        Some((left, top)) => (Value::from(left), Value::from(top)),
        None => {
            let anchor = transform.anchor.fractions();
            let axis = |place: &Animated, extent: &Animated, anchor: f64, whole: f64, own: Variable| {
                // The middle of the box, less half of what is drawn.
                let middle = place.map(|place| place * whole).expression(&t)
                    + extent
                        .map(|extent| extent * whole * (0.5 - anchor))
                        .expression(&t);
                Value::from(middle - Expr::var(own) / Expr::constant(2.0))
            };
            (
                axis(
                    &transform.x,
                    &transform.width,
                    anchor.0,
                    width,
                    Variable::OverlayW,
                ),
                axis(
                    &transform.y,
                    &transform.height,
                    anchor.1,
                    height,
                    Variable::OverlayH,
                ),
            )
        }
    };
    let moves =
        resizes || constant.0.is_none() || constant.1.is_none() || transform.rotation.constant().is_none();
    Ok(Placement {
        scale: (fitted.scale_width, fitted.scale_height),
        cut,
        frame,
        turn,
        resize,
        x,
        y,
        corner,
        moves,
    })
}

/// The shape of a source after its transform's crop, and the crop's filter.
pub fn cropped(shape: SourceShape, transform: &Transform) -> (SourceShape, Option<Filter>) {
    let Some(part) = &transform.crop else {
        return (shape, None);
    };
    let frame = shape.decoded_size();
    let filter = crop::filter(part, frame);
    (shape.with_size(crop::size(part, frame)), filter)
}

fn unsupported(pointer: &str, message: &str, hint: &str) -> Problem {
    Problem::new("transform.unsupported", format!("{pointer}/transform"), message).hint(hint)
}

fn even(pixels: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, at most 10 x 16384"
    )]
    let half = (pixels / 2.0).round() as u32;
    half.max(1) * 2
}

fn edge(place: f64, anchor: f64, extent: u32) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 20 x 16384")]
    let edge = (place - anchor * f64::from(extent)).round() as i64;
    edge
}

fn turn(rotation: &Animated, frame: (u32, u32)) -> Option<Filter> {
    if rotation.constant().is_some_and(|degrees| degrees % 360.0 == 0.0) {
        return None;
    }
    let radians = rotation.map(f64::to_radians);
    let (width, height) = (f64::from(frame.0), f64::from(frame.1));
    let (out_width, out_height) = match radians.constant() {
        Some(angle) => {
            let (sin, cos) = (angle.sin().abs(), angle.cos().abs());
            // A right angle's cosine is not exactly 0 in floating point.
            let extent = |length: f64| even((length - 1e-6).max(2.0) + 0.999);
            (
                extent(width * cos + height * sin),
                extent(width * sin + height * cos),
            )
        }
        None => {
            let diagonal = even(width.hypot(height) + 1.0);
            (diagonal, diagonal)
        }
    };
    Some(
        Filter::new("rotate")
            .arg("a", radians.expression(&Expr::var(Variable::T)))
            .arg("ow", out_width)
            .arg("oh", out_height)
            .arg("c", "black@0"),
    )
}

/// Whether width and height change in step.
fn keeps_shape(transform: &Transform) -> bool {
    const SAMPLES: u32 = 64;
    let last = [&transform.width, &transform.height]
        .iter()
        .filter_map(|value| match value {
            Animated::Keyframes(keys) => keys.last().map(|key| key.time.to_seconds()),
            Animated::Constant(_) => None,
        })
        .fold(0.0, f64::max);
    let shape = |seconds: f64| transform.width.at(seconds) / transform.height.at(seconds);
    let first = shape(0.0);
    (0..=SAMPLES).all(|k| (shape(last * f64::from(k) / f64::from(SAMPLES)) / first - 1.0).abs() < 0.01)
}

fn resize(transform: &Transform, how: Fit, frame: (u32, u32), canvas: (f64, f64)) -> Filter {
    let t = Expr::var(Variable::T);
    let width = transform.width.map(|w| w * canvas.0).expression(&t);
    let height = transform.height.map(|h| h * canvas.1).expression(&t);
    let aspect = f64::from(frame.0) / f64::from(frame.1);
    let (width, height) = match how {
        Fit::Contain => {
            let fitted = Expr::min(width, height * Expr::constant(aspect));
            (fitted.clone(), fitted / Expr::constant(aspect))
        }
        Fit::Cover | Fit::Stretch => (width, height),
    };
    let least = |extent: Expr| Expr::max(extent, Expr::constant(2.0));
    Filter::new("scale")
        .arg("w", least(width))
        .arg("h", least(height))
        .arg("eval", "frame")
}
