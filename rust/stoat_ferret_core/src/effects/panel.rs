//! Filled rectangles that move and fade, behind texts.
//!
//! `drawbox` computes its place once, and has no opacity that changes: a rectangle that moves or fades is one
//! of them for each place and opacity that it has, from frame to frame.

use super::PictureContext;
use super::lettering::between;
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::{Working, tag};

/// Rectangles on the picture. `drawbox` mixes a colour into a halved plane once for each pixel that shares a
/// sample of it, and takes the colours of BT.601 for all.
pub(super) fn painted(context: &PictureContext<'_>, boxes: Vec<Filter>) -> Vec<Filter> {
    if context.alpha || boxes.is_empty() {
        return boxes;
    }
    apart(context.working, boxes)
}

/// Filters that draw in colours of [`in_planes`], on planes of full size as if they were green, blue and red.
/// The way there and back leaves all other pixels as they are.
pub(crate) fn apart(working: Working, drawing: Vec<Filter>) -> Vec<Filter> {
    let (whole, apart) = (working.whole, working.opaque_rgb);
    let format = |name: &'static str| Filter::new("format").value(name);
    let scale = || Filter::new("scale").arg("flags", "neighbor");
    let called = |name: &'static str| {
        Filter::new("mergeplanes")
            .arg("map1p", 1_i64)
            .arg("map2p", 2_i64)
            .arg("format", name)
    };
    let before = [scale(), format(whole), called(apart), format(apart)];
    let after = [
        format(apart),
        called(whole),
        tag(),
        scale(),
        format(working.plain),
        tag(),
    ];
    before.into_iter().chain(drawing).chain(after).collect()
}

/// The colour whose green, blue and red are brightness and the two colour differences of this one.
pub(crate) fn in_planes(color: &Color) -> Color {
    let [red, green, blue] = color.rgb().map(f64::from);
    let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let level = |value: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "levels of limited range"
        )]
        let level = value.round() as u8;
        level
    };
    let y = level(16.0 + luma * 219.0 / 255.0);
    let u = level(128.0 + (blue - luma) / 1.8556 * 224.0 / 255.0);
    let v = level(128.0 + (red - luma) / 1.5748 * 224.0 / 255.0);
    color.with_rgb([v, y, u])
}

/// How many different places and opacities a rectangle may have.
const MOST: usize = 2000;

/// A filled rectangle, in pixels of this render and seconds of the clip.
pub(super) struct Panel {
    /// Left edge.
    pub x: Expr,
    /// Upper edge.
    pub y: Expr,
    /// From the left edge to the right one.
    pub width: Expr,
    /// From the upper edge to the lower one.
    pub height: Expr,
    /// What it is filled with.
    pub color: Color,
    /// How much of its colour's opacity it has, from 0 to 1.
    pub alpha: Option<Expr>,
}

/// What of it shows in a frame: the edges, and the opacity in steps of 255.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
    opacity: i64,
}

impl Panel {
    /// The filters that paint it on the frames of the clip from `start` to before `end`.
    pub fn filters(
        &self,
        context: &PictureContext<'_>,
        start: i64,
        end: i64,
    ) -> Result<Vec<Filter>, BuildError> {
        if self.color.is_clear() {
            return Ok(Vec::new());
        }
        if context.working == Working::TEN {
            return Err(BuildError::Unsupported {
                message: "a box behind several lines cannot be painted in 10 bits".to_owned(),
                hint: "render in 8 bits, or give the box an opacity of 0 and put a clip of a colour below"
                    .to_owned(),
            });
        }
        let moves = [
            Some(&self.x),
            Some(&self.y),
            Some(&self.width),
            Some(&self.height),
            self.alpha.as_ref(),
        ]
        .into_iter()
        .flatten()
        .any(|value| value.uses(Variable::T));
        let mut runs: Vec<(i64, Option<Seen>)> = Vec::new();
        for frame in start..end {
            let seen = self.seen(context, frame);
            if runs.last().is_none_or(|(_, last)| *last != seen) {
                runs.push((frame, seen));
            }
            if !moves {
                break;
            }
            if runs.len() > MOST {
                return Err(BuildError::Unsupported {
                    message: format!(
                        "a box that moves or fades over more than {MOST} frames cannot be drawn"
                    ),
                    hint: "let it move and fade for a shorter time, or leave the box out".to_owned(),
                });
            }
        }
        let color = if context.alpha {
            self.color.clone()
        } else {
            in_planes(&self.color)
        };
        let ends = runs.iter().skip(1).map(|(frame, _)| *frame).chain([end]);
        let filters = runs.iter().zip(ends).filter_map(|((from, seen), to)| {
            let seen = (*seen)?;
            let all = *from <= 0 && to >= context.frames && context.enclosed;
            let shown = between(
                context,
                context.rate.seconds_of(*from),
                context.rate.seconds_of(to),
            );
            let filter = Filter::new("drawbox")
                .arg("x", seen.left)
                .arg("y", seen.top)
                .arg("w", seen.right - seen.left)
                .arg("h", seen.bottom - seen.top)
                .arg("t", "fill")
                .arg("color", color.at_opacity(f64_of(seen.opacity) / 255.0))
                .maybe("enable", (!all).then_some(shown));
            Some(filter)
        });
        Ok(filters.collect())
    }

    /// What of it lies on the canvas in a frame; nothing where that is nothing.
    fn seen(&self, context: &PictureContext<'_>, frame: i64) -> Option<Seen> {
        let known = |variable| match variable {
            Variable::T => Some(context.rate.seconds_of(frame)),
            Variable::FrameWidth => Some(f64::from(context.canvas.0)),
            Variable::FrameHeight => Some(f64::from(context.canvas.1)),
            _ => None,
        };
        let number = |value: &Expr| value.value(&known);
        let (x, y) = (number(&self.x)?, number(&self.y)?);
        let (right, bottom) = (x + number(&self.width)?, y + number(&self.height)?);
        let opacity = self.alpha.as_ref().map_or(Some(1.0), number)?;
        let edge = |value: f64, most: u32| nearest(value).clamp(0, i64::from(most));
        let seen = Seen {
            left: edge(x, context.canvas.0),
            top: edge(y, context.canvas.1),
            right: edge(right, context.canvas.0),
            bottom: edge(bottom, context.canvas.1),
            opacity: nearest(opacity * 255.0).clamp(0, 255),
        };
        (seen.left < seen.right && seen.top < seen.bottom && seen.opacity > 0).then_some(seen)
    }
}

fn nearest(value: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "pixels and levels; what is more is clamped"
    )]
    let nearest = value.round() as i64;
    nearest
}

fn f64_of(value: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 255")]
    let value = value as f64;
    value
}
