//! Layouts, boxes and fits.

use pyo3::prelude::*;
use stoat_ferret_core::layout::{self, Fit, Layout, LayoutError, PipOptions, Rect, SourceShape};

use crate::refusal::value_error;

/// Adds the names of this file to the module.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Fitted>()?;
    m.add_function(wrap_pyfunction!(layout_names, m)?)?;
    m.add_function(wrap_pyfunction!(layout_rects, m)?)?;
    m.add_function(wrap_pyfunction!(rect_to_pixels, m)?)?;
    m.add_function(wrap_pyfunction!(fit_picture, m)?)
}

type Fractions = (f64, f64, f64, f64);

fn refused(error: &LayoutError) -> PyErr {
    value_error(error, error.hint())
}

/// The names of the layouts, in the order of the catalogue.
#[pyfunction]
fn layout_names() -> Vec<&'static str> {
    Layout::NAMES.to_vec()
}

/// The rectangles (x, y, width, height in fractions of the output) of a layout, the lowest first.
#[pyfunction]
#[pyo3(signature = (name, *, size = 0.25, margin = 0.05))]
fn layout_rects(name: &str, size: f64, margin: f64) -> PyResult<Vec<Fractions>> {
    let layout = Layout::from_name(name, PipOptions { size, margin }).map_err(|error| refused(&error))?;
    Ok(layout
        .rects()
        .iter()
        .map(|rect| (rect.x(), rect.y(), rect.width(), rect.height()))
        .collect())
}

/// The box (x, y, width, height in pixels) of a rectangle in an output of that size.
#[pyfunction]
fn rect_to_pixels(rect: Fractions, width: u32, height: u32) -> PyResult<(i32, i32, u32, u32)> {
    let rect = Rect::new(rect.0, rect.1, rect.2, rect.3).map_err(|error| refused(&error))?;
    let pixels = rect.to_pixels(width, height);
    Ok((pixels.x, pixels.y, pixels.width, pixels.height))
}

/// What to do with a decoded and turned frame so that it fills its box: scale, crop, pad. Pixels.
#[pyclass(frozen, eq, get_all, skip_from_py_object, module = "stoat_ferret_core")]
#[derive(Clone, Copy, PartialEq)]
struct Fitted {
    scale_width: u32,
    scale_height: u32,
    width: u32,
    height: u32,
    crop_x: u32,
    crop_y: u32,
    pad_x: u32,
    pad_y: u32,
}

#[pymethods]
impl Fitted {
    fn __repr__(&self) -> String {
        let Self {
            scale_width,
            scale_height,
            width,
            height,
            crop_x,
            crop_y,
            pad_x,
            pad_y,
        } = self;
        format!(
            "Fitted(scale_width={scale_width}, scale_height={scale_height}, width={width}, height={height}, \
             crop_x={crop_x}, crop_y={crop_y}, pad_x={pad_x}, pad_y={pad_y})"
        )
    }
}

/// How a source of that coded size fills a box.
#[pyfunction]
#[pyo3(
    signature = (width, height, box_width, box_height, *, fit = "contain", sar = (1, 1), rotation = 0),
    text_signature = "(width, height, box_width, box_height, *, fit='contain', sar=(1, 1), rotation=0)"
)]
fn fit_picture(
    width: u32,
    height: u32,
    box_width: u32,
    box_height: u32,
    fit: &str,
    sar: (u32, u32),
    rotation: u32,
) -> PyResult<Fitted> {
    let how = match fit {
        "contain" => Fit::Contain,
        "cover" => Fit::Cover,
        "stretch" => Fit::Stretch,
        _ => {
            return Err(value_error(
                format!("there is no fit `{fit}`"),
                "use contain, cover or stretch",
            ));
        }
    };
    let source = SourceShape {
        width,
        height,
        sar,
        rotation,
    };
    let fitted = layout::fit(source, box_width, box_height, how).map_err(|error| refused(&error))?;
    Ok(Fitted {
        scale_width: fitted.scale_width,
        scale_height: fitted.scale_height,
        width: fitted.width,
        height: fitted.height,
        crop_x: fitted.crop_x,
        crop_y: fitted.crop_y,
        pad_x: fitted.pad_x,
        pad_y: fitted.pad_y,
    })
}
