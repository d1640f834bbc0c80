//! What all fades share: their parameters, and when they start.

use super::{Default, Kind, Param, Params};
use crate::ffmpeg::audio::FadeDirection;

pub(super) const FADE_TYPE: Param = Param::required(
    "fade_type",
    Kind::Word {
        allowed: &["in", "out"],
        aliases: &[("fade_in", "in"), ("fade_out", "out")],
    },
    "\"in\" or \"out\".",
)
.alias(&["type", "direction"]);

pub(super) const START_TIME: Param = Param::optional(
    "start_time",
    Kind::Time { max: 86_400.0 },
    Default::None,
    "From the clip's start; left out, a fade in starts with the clip and a fade out ends with it.",
)
.alias(&["start"]);

pub(super) const FAR_COLOR: Param = Param::optional(
    "color",
    Kind::Color,
    Default::Text("#000000"),
    "Colour on the far side of the fade.",
);

/// The fade's length, at most `max` seconds.
pub(super) const fn length(max: f64) -> Param {
    Param::required("duration", Kind::Time { max }, "Length of the fade.").alias(&["length"])
}

/// Where a fade out starts that ends with a stream of `seconds`.
pub(super) fn last_start(params: &Params, seconds: f64) -> f64 {
    (seconds - params.seconds("duration").unwrap_or(0.0)).max(0.0)
}

/// Which way a stream of `seconds` fades, and from when on.
pub(super) fn when(params: &Params, seconds: f64) -> (FadeDirection, f64) {
    let (direction, start) = if params.text("fade_type") == "out" {
        (FadeDirection::Out, last_start(params, seconds))
    } else {
        (FadeDirection::In, 0.0)
    };
    (direction, params.seconds("start_time").unwrap_or(start))
}
