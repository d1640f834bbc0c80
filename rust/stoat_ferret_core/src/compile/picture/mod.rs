//! The picture of a range of frames: lanes from the lowest to the highest, composed on the background.
//!
//! The lowest lane is a sequence of whole canvases (`concat`); only the frames of a transition pass
//! through `xfade`. Every other lane is laid over it, clip by clip, at the clip's own size. Each stream
//! carries `t` as seconds from its clip's start, computed from whole frames, so a frame is the same
//! whichever range it is rendered in.

mod canvas;
mod crossing;
mod over;
mod shot;

use super::arrange::{Arrangement, Placed};
use super::graph::{Built, Flow, Graph, at};
use super::sequence::in_sequence;
use super::tint::{Working, tag};
use crate::document::{Effect, TrackKind};
use crate::effects::{FontFile, PictureContext, Role};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::time::{FrameRange, Rate};
use canvas::Ground;
use crossing::Canvases;

/// What every part of the picture needs to know.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Clips on the grid.
    pub arrangement: &'a Arrangement<'a>,
    /// Size of this render in pixels.
    pub canvas: (u32, u32),
    /// Pixels of this render for one pixel of the project's output.
    pub scale: f64,
    /// Formats to compose in.
    pub working: Working,
    /// Fonts that can be drawn with.
    pub fonts: &'a [FontFile],
    /// Whether `xfade` blends the frame with which its first input ends.
    pub blends_last: bool,
}

impl Scene<'_> {
    fn rate(&self) -> Rate {
        self.arrangement.project.output.rate
    }

    /// Builds the picture of `range`: a stream of exactly `range.len()` frames.
    pub fn picture(&self, graph: &mut Graph, range: FrameRange) -> Built<Flow> {
        let mut lanes = self.arrangement.lanes.iter().filter(|lane| {
            lane.track.kind != TrackKind::Audio && !lane.track.hidden && !lane.clips.is_empty()
        });
        let mut main = match lanes.next() {
            Some(lane) => {
                let canvases = Canvases {
                    scene: self,
                    ground: Ground::Opaque,
                };
                let flow = in_sequence(&canvases, graph, lane, range)?;
                self.with_effects(flow.then(numbered(range.start().0)), &lane.track.effects)?
            }
            None => self.ground(Ground::Opaque, range.len(), range.start().0)?,
        };
        for lane in lanes {
            main = if has_picture(&lane.track.effects) {
                self.over_whole(graph, main, lane, range)?
            } else {
                self.over(graph, main, lane, range)?
            };
        }
        main = self.with_effects(main, &self.arrangement.project.effects)?;
        Ok(main.then_all(self.grid()).then(tag()))
    }

    /// Frames of the project's rate, numbered from 0.
    fn grid(&self) -> [Filter; 3] {
        [self.clock(), numbered(0), self.steady()]
    }

    /// One tick a frame.
    fn clock(&self) -> Filter {
        let rate = self.rate();
        Filter::new("settb").value(Value::Rational(rate.den().into(), rate.num().into()))
    }

    /// Says that the stream has the project's rate, which `setpts` forgets.
    fn steady(&self) -> Filter {
        let rate = self.rate();
        Filter::new("fps").arg("fps", Value::Rational(rate.num().into(), rate.den().into()))
    }

    /// A stream of `frames` equal frames out of one.
    fn freeze(&self, frames: i64, offset: i64) -> [Filter; 4] {
        let [longer, exactly] = lasting(frames);
        [longer, exactly, self.clock(), numbered(offset)]
    }

    fn programme(&self) -> PictureContext<'_> {
        PictureContext {
            rate: self.rate(),
            frames: self.arrangement.frames,
            scale: self.scale,
            canvas: self.canvas,
            frame: self.canvas,
            fonts: self.fonts,
            opacity: None,
            enclosed: true,
        }
    }

    fn with_effects(&self, flow: Flow, effects: &[Effect]) -> Built<Flow> {
        let mut flow = flow;
        for effect in effects {
            let filters = filters_of(effect, &self.programme())?;
            if !filters.is_empty() {
                flow = flow
                    .then_all(filters)
                    .then(Filter::new("format").value(self.working.plain));
            }
        }
        Ok(flow)
    }

    fn context<'c>(&'c self, placed: &'c Placed<'_>, frame: (u32, u32)) -> PictureContext<'c> {
        PictureContext {
            rate: self.rate(),
            frames: placed.frames.len(),
            scale: self.scale,
            canvas: self.canvas,
            frame,
            fonts: self.fonts,
            opacity: None,
            enclosed: true,
        }
    }
}

/// Exactly so many frames: the last one is repeated, what is too much is cut.
fn lasting(frames: i64) -> [Filter; 2] {
    [
        Filter::new("tpad").arg("stop_mode", "clone").arg("stop", -1_i64),
        Filter::new("trim").arg("end_frame", frames),
    ]
}

/// Timestamps in whole frames, the first one `offset`.
fn numbered(offset: i64) -> Filter {
    let n = Expr::var(Variable::FrameN);
    Filter::new("setpts").value(if offset == 0 {
        n
    } else {
        n + Expr::constant(as_f64(offset))
    })
}

fn as_f64(number: i64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "frames and flicks of days stay below 2^53"
    )]
    let number = number as f64;
    number
}

fn has_picture(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect.spec.role, Role::Filters { picture: Some(_), .. }))
}

fn filters_of(effect: &Effect, context: &PictureContext<'_>) -> Built<Vec<Filter>> {
    match effect.spec.role {
        Role::Filters {
            picture: Some(make), ..
        } => at(make(&effect.params, context), &effect.pointer),
        _ => Ok(Vec::new()),
    }
}
