//! `DrawtextBuilder`: text over pictures from Python.

use std::path::PathBuf;

use pyo3::prelude::*;
use stoat_ferret_core::ffmpeg::drawtext::{DrawtextBuilder, Position};
use stoat_ferret_core::ffmpeg::error::BuildError;
use stoat_ferret_core::ffmpeg::expression::Expr;

use crate::errors::{parsed, path_text, refused};
use crate::expression::PyExpr;
use crate::filters::PyFilter;

/// The distance of a preset from the edges, in pixels, when none is given.
const MARGIN: f64 = 40.0;

/// Text drawn over pictures, exactly as it is given: nothing in it is expanded. Lengths are pixels, times seconds.
///
/// Each method returns a new builder and raises `BuildError` for a value that cannot be.
#[pyclass(
    name = "DrawtextBuilder",
    module = "stoat_ferret_core",
    frozen,
    eq,
    skip_from_py_object
)]
#[derive(Clone, PartialEq)]
pub(crate) struct PyDrawtextBuilder(DrawtextBuilder);

impl PyDrawtextBuilder {
    fn with(
        &self,
        change: impl FnOnce(DrawtextBuilder) -> Result<DrawtextBuilder, BuildError>,
    ) -> PyResult<Self> {
        change(self.0.clone()).map(Self).map_err(refused)
    }
}

#[pymethods]
impl PyDrawtextBuilder {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        DrawtextBuilder::new(text).map(Self).map_err(refused)
    }

    /// The font's file. Without it FFmpeg looks for a font of the system, and fails where there is none.
    fn fontfile(&self, path: PathBuf) -> PyResult<Self> {
        let path = path_text(&path)?;
        self.with(|text| text.fontfile(path))
    }

    /// The font's size in pixels, from 1 to 4096, or an expression.
    fn fontsize(&self, size: PyExpr) -> PyResult<Self> {
        self.with(|text| text.fontsize(size.tree))
    }

    /// The text's colour: a name, `#RRGGBB` or either with an opacity, `white@0.5`.
    fn fontcolor(&self, color: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().fontcolor(parsed(color)?)))
    }

    /// Where the text stands: `center`, `bottom_center`, `top_left`, `top_right`, `bottom_left` or `bottom_right`,
    /// `margin` pixels from the edges (40 when left out).
    #[pyo3(signature = (preset, margin = None))]
    fn position(&self, preset: &str, margin: Option<PyExpr>) -> PyResult<Self> {
        let margin = margin.map_or(Expr::constant(MARGIN), |margin| margin.tree);
        let position = Position::preset(preset, margin).map_err(refused)?;
        self.with(|text| text.position(position))
    }

    /// Puts the text's upper left corner at `x`, `y` pixels.
    fn position_absolute(&self, x: PyExpr, y: PyExpr) -> PyResult<Self> {
        self.with(|text| text.position(Position::Absolute { x: x.tree, y: y.tree }))
    }

    /// Puts the text's centre at fractions of the picture's width and height, from 0 to 1.
    fn position_fraction(&self, x: PyExpr, y: PyExpr) -> PyResult<Self> {
        self.with(|text| text.position(Position::Fraction { x: x.tree, y: y.tree }))
    }

    /// The opacity of text, box, border and shadow, from 0 to 1.
    fn alpha(&self, alpha: PyExpr) -> PyResult<Self> {
        self.with(|text| text.alpha(alpha.tree))
    }

    /// Shows the text from `start` to `end` seconds; `fade_in` and `fade_out` seconds of that are fading.
    fn alpha_fade(&self, start: f64, fade_in: f64, end: f64, fade_out: f64) -> PyResult<Self> {
        self.with(|text| text.alpha_fade(start, fade_in, end, fade_out))
    }

    /// A filled box behind the text, `padding` pixels larger on each side.
    #[pyo3(name = "box", signature = (color = "black@0.5", padding = 0))]
    fn boxed(&self, color: &str, padding: u32) -> PyResult<Self> {
        let color = parsed(color)?;
        self.with(|text| text.with_box(color, padding))
    }

    /// A line of `width` pixels around each letter.
    #[pyo3(signature = (color = "black", width = 1))]
    fn border(&self, color: &str, width: u32) -> PyResult<Self> {
        let color = parsed(color)?;
        self.with(|text| text.border(width, color))
    }

    /// A shadow `x` pixels to the right of the text and `y` pixels below it.
    #[pyo3(signature = (color = "black", x = 2, y = 2))]
    fn shadow(&self, color: &str, x: i32, y: i32) -> PyResult<Self> {
        let color = parsed(color)?;
        self.with(|text| text.shadow(x, y, color))
    }

    /// Pixels between lines, beyond the font's own.
    fn line_spacing(&self, pixels: i32) -> PyResult<Self> {
        self.with(|text| text.line_spacing(pixels))
    }

    /// How lines stand to one another: `left`, `center` or `right`. Needs FFmpeg 7 or newer.
    fn align(&self, align: &str) -> PyResult<Self> {
        Ok(Self(self.0.clone().align(parsed(align)?)))
    }

    /// Draws only on frames where the expression is not 0.
    fn enable(&self, condition: PyExpr) -> PyResult<Self> {
        self.with(|text| text.enable(condition.tree))
    }

    /// The filter `drawtext`.
    fn build(&self) -> PyFilter {
        PyFilter(self.0.build())
    }
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<PyDrawtextBuilder>()
}
