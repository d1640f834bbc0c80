//! Ways that several effects go: through RGB, past the alpha, within a part of the picture.

use super::steps::chain;
use super::{PictureContext, Step, Way};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::{from_rgb, tag, to_rgb};

/// A pixel format.
pub(super) fn format(name: &'static str) -> Filter {
    Filter::new("format").value(name)
}

/// Steps that work on RGB, in planes.
pub(super) fn in_rgb(context: &PictureContext<'_>, steps: Vec<Step>) -> Vec<Step> {
    let to = [to_rgb(), format(context.rgb())];
    let back = [from_rgb(), format(context.format()), tag()];
    [chain(to), steps, chain(back)].concat()
}

/// Steps that mix pixels with their neighbours, alpha included: what cannot be seen has no colour to give.
pub(super) fn weighed(context: &PictureContext<'_>, steps: Vec<Step>) -> Vec<Step> {
    if !context.alpha {
        return steps;
    }
    let inplace = |name: &'static str| Filter::new(name).arg("inplace", true);
    let to = [to_rgb(), format(context.rgb()), inplace("premultiply")];
    let back = [
        format(context.rgb()),
        inplace("unpremultiply"),
        from_rgb(),
        format(context.format()),
        tag(),
    ];
    [chain(to), steps, chain(back)].concat()
}

/// Steps that know of no alpha: it goes by another way.
pub(super) fn past_alpha(context: &PictureContext<'_>, steps: Vec<Step>) -> Vec<Step> {
    if !context.alpha {
        return steps;
    }
    let plain = || format(context.working.plain);
    let colors = [chain([plain()]), steps, chain([plain()])].concat();
    vec![Step::Fork {
        ways: vec![
            Way::Along(colors),
            Way::Along(chain([Filter::new("alphaextract")])),
        ],
        merge: Filter::new("alphamerge"),
    }]
}

/// Lays one picture over another of the same size.
pub(super) fn overlay(context: &PictureContext<'_>) -> Filter {
    Filter::new("overlay")
        .arg("format", context.working.overlay)
        // Several threads disturb one another on a canvas with alpha.
        .maybe("threads", context.alpha.then_some(1_i64))
}

/// Mixes two pictures in RGB planes, leaving the first one's alpha.
pub(super) fn blended(mode: &'static str, opacity: f64) -> Filter {
    ["c0", "c1", "c2"]
        .into_iter()
        .fold(Filter::new("blend"), |blend, plane| {
            blend
                .arg([plane, "_mode"].concat(), mode)
                .arg([plane, "_opacity"].concat(), opacity)
        })
}

/// A whole number of pixels of this render for a length in pixels of the project's output.
pub(super) fn pixels(context: &PictureContext<'_>, length: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "lengths on a picture")]
    let pixels = (length * context.scale).round() as i64;
    pixels
}
