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
use super::sequence::{concat, in_sequence};
use super::tint::{Working, tag};
use crate::document::{Effect, TrackKind};
use crate::effects::{FontFile, PictureContext, Role, acts};
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
                self.with_effects(graph, flow.then(numbered(0)), &lane.track.effects, range)?
            }
            None => self.ground(Ground::Opaque, range.len(), 0)?,
        };
        for lane in lanes {
            main = if has_picture(&lane.track.effects) {
                self.over_whole(graph, main, lane, range)?
            } else {
                self.over(graph, main, lane, range)?
            };
        }
        main = self.with_effects(graph, main, &self.arrangement.project.effects, range)?;
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

    /// Effects of a track or the programme on frames `range` of it, which are numbered from 0.
    fn with_effects(
        &self,
        graph: &mut Graph,
        flow: Flow,
        effects: &[Effect],
        range: FrameRange,
    ) -> Built<Flow> {
        let mut flow = flow;
        for effect in effects {
            let mut acting = self.acting(effect, range)?;
            if !acting.filters.is_empty() {
                acting.filters = self.in_time(range, acting.filters);
                flow = self.with(graph, flow, acting, 0, self.working.plain);
            }
        }
        Ok(flow)
    }

    /// What an effect of a track or the programme does to the frames of `range`.
    fn acting(&self, effect: &Effect, range: FrameRange) -> Built<Acting> {
        self.acting_on(effect, &self.programme(), range.start().0, range.len())
    }

    /// A flow with an effect, in a pixel format; its first frame has the number `first`.
    ///
    /// A way through RGB and back changes a picture, even where the effect does nothing to it: only the
    /// frames that the effect changes take it, so that all others are the same in every span and range.
    fn with(&self, graph: &mut Graph, flow: Flow, acting: Acting, first: i64, format: &'static str) -> Flow {
        let format = || Filter::new("format").value(format);
        let Acting {
            filters,
            frames,
            changed: (start, end),
        } = acting;
        if (start, end) == (0, frames) || !filters.iter().any(is_fade_in_rgb) {
            return flow.then_all(filters).then(format());
        }
        let parts: Vec<(i64, i64)> = [(0, start), (start, end), (end, frames)]
            .into_iter()
            .filter(|(from, to)| from < to)
            .collect();
        let copies = graph.split(flow, "split", parts.len());
        let mut flows = Vec::new();
        for (copy, (from, to)) in copies.into_iter().zip(parts) {
            let trim = Filter::new("trim")
                .maybe("start_frame", (from > 0).then_some(from))
                .arg("end_frame", to);
            let part = copy.then(trim);
            let part = if from == start {
                part.then_all(filters.iter().cloned())
            } else {
                part
            };
            flows.push(part.then(format()).then(numbered(0)));
        }
        let joined = concat(flows.len(), true);
        graph
            .merge(flows, joined)
            .then_all([self.clock(), numbered(first), self.steady()])
            .then(tag())
    }

    /// Filters on a stream that is numbered from 0 at the start of `range`, with the time of the programme
    /// where they ask for it: a span where none does is the same wherever it lies.
    fn in_time(&self, range: FrameRange, filters: Vec<Filter>) -> Vec<Filter> {
        if !filters.iter().any(knows_time) {
            return filters;
        }
        if let [fade] = filters.as_slice()
            && let Some(fade) = self.fade_by_itself(fade, range)
        {
            return fade;
        }
        in_time_of(-range.start().0, filters)
    }

    /// A fade whose time counts from the start of `range`, or from its own where it has begun before: it is
    /// the same wherever the programme has it.
    fn fade_by_itself(&self, filter: &Filter, range: FrameRange) -> Option<Vec<Filter>> {
        if filter.name != "fade" {
            return None;
        }
        let mut fade = filter.clone();
        let (_, start) = fade.args.iter_mut().find(|(key, _)| key == "st")?;
        let Value::Number(seconds) = *start else {
            return None;
        };
        let rate = self.rate();
        // The filter counts in frames, too.
        #[expect(clippy::cast_possible_truncation, reason = "frames of a timeline")]
        let begin = (seconds * rate.as_f64()).round() as i64;
        // Frames before its time 0 would count as after its end.
        let base = begin.min(range.start().0);
        *start = Value::from(rate.seconds_of(begin - base));
        Some(in_time_of(base - range.start().0, vec![fade]))
    }

    /// What an effect does to `frames` frames from frame `offset` of its stream on: a span that it leaves as
    /// it is need not be made again because of it.
    fn acting_on(
        &self,
        effect: &Effect,
        context: &PictureContext<'_>,
        offset: i64,
        frames: i64,
    ) -> Built<Acting> {
        let within = |frame: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the frames of a span")]
            let frame = (frame - as_f64(offset)).clamp(0.0, as_f64(frames)) as i64;
            frame
        };
        let rate = self.rate().as_f64();
        // A frame is changed where any of its time is.
        let changed =
            acts(effect.spec, &effect.params, context.seconds()).map_or((0, frames), |(from, to)| {
                (
                    within(((from + NOISE) * rate).floor()),
                    within(((to - NOISE) * rate).ceil()),
                )
            });
        let filters = if changed.0 < changed.1 {
            filters_of(effect, context)?
        } else {
            Vec::new()
        };
        Ok(Acting {
            filters,
            frames,
            changed,
        })
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

/// What an effect does to some frames.
struct Acting {
    /// Nothing, where it changes none of them.
    filters: Vec<Filter>,
    /// How many there are.
    frames: i64,
    /// The first of them that it changes, and the one after the last.
    changed: (i64, i64),
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

/// Seconds: less is rounding.
const NOISE: f64 = 1e-6;

/// Whether what a filter does may depend on the time of a frame.
fn knows_time(filter: &Filter) -> bool {
    const TIMELESS: [&str; 6] = ["eq", "gblur", "format", "crop", "scale", "setsar"];
    !TIMELESS.contains(&filter.name.as_ref())
        || filter
            .args
            .iter()
            .any(|(_, value)| matches!(value, Value::Expression(_)))
}

/// A fade to a colour, which ffmpeg computes in RGB; black and transparency it has in YUV.
fn is_fade_in_rgb(filter: &Filter) -> bool {
    const BLACK: [&str; 2] = ["black", "0x000000"];
    let is_far = |(key, color): &(_, Value)| key == "c" && !BLACK.contains(&color.to_string().as_str());
    filter.name == "fade" && filter.args.iter().any(is_far)
}

/// Filters on a stream whose `t` is to count from frame `start` of it.
fn in_time_of(start: i64, filters: Vec<Filter>) -> Vec<Filter> {
    if start == 0 {
        return filters;
    }
    let pts = || Expr::var(Variable::Pts);
    let mut all = vec![Filter::new("setpts").value(pts() - Expr::constant(as_f64(start)))];
    all.extend(filters);
    all.push(Filter::new("setpts").value(pts() + Expr::constant(as_f64(start))));
    all
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
