//! Colours in a document.

use super::fields::{Field, Problems, shorten};
use crate::ffmpeg::color::Color;
use crate::problem::Problem;

pub(crate) fn read_color(field: &Field<'_>, problems: &mut Problems) -> Option<Color> {
    let text = field.text(problems)?;
    if let Ok(color) = text.parse() {
        return Some(color);
    }
    problems.push(
        Problem::new(
            "color.invalid",
            field.pointer(),
            format!("{:?} is not a colour.", shorten(text)),
        )
        .hint("Give \"#rrggbb\", \"#rrggbbaa\", \"white@0.5\" or a colour name such as \"orange\"."),
    );
    None
}
