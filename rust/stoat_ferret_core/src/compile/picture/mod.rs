//! The picture of a range of frames: lanes from the lowest to the highest, composed on the background.
//!
//! The lowest lane is a sequence of whole canvases (`concat`); only the frames of a transition pass
//! through `xfade`. Every other lane is laid over it, clip by clip, at the clip's own size. Each stream
//! carries `t` as seconds from its clip's start, computed from whole frames, so a frame is the same
//! whichever range it is rendered in.

mod blending;
mod canvas;
mod crossing;
mod over;
mod shot;

use super::arrange::{Arrangement, Placed};
use super::graph::{Built, Flow, Graph, at};
use super::measurements::Measurement;
use super::sequence::{concat, in_sequence};
use super::tint::{Working, tag};
use crate::document::{Effect, TrackKind};
use crate::effects::speed_control::Between;
use crate::effects::{FontFile, Memory, PictureContext, Step, Way, acts, every_filter};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::time::{FrameRange, Rate};
use canvas::{Ground, draws};
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
    /// Whether `drawtext` takes the colours of the picture that it writes on, and outlines throw shadows.
    pub writes_exactly: bool,
    /// What is measured, by number.
    pub measurements: &'a [Measurement<'a>],
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

    fn programme(&self, alpha: bool, first: i64) -> PictureContext<'_> {
        PictureContext {
            rate: self.rate(),
            frames: self.arrangement.frames,
            first,
            scale: self.scale,
            canvas: self.canvas,
            frame: self.canvas,
            area: None,
            fonts: self.fonts,
            tables: Some(&self.arrangement.tables),
            opacity: None,
            working: self.working,
            alpha,
            enclosed: true,
            measured: 0,
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
            let acting = self.acting(effect, range, false)?;
            if !acting.steps.is_empty() {
                flow = self.with(graph, flow, acting, 0, self.working.plain)?;
            }
        }
        Ok(flow)
    }

    /// What an effect of a track or the programme does to the frames of `range`, which are numbered from 0:
    /// in the time of the programme where it asks for it. A span where none does is the same wherever it lies.
    fn acting(&self, effect: &Effect, range: FrameRange, alpha: bool) -> Built<Acting> {
        let mut acting = self.acting_on(effect, &self.programme(alpha, range.start().0), range.len())?;
        if every_filter(&acting.steps).into_iter().any(knows_time) {
            let by_itself = match acting.steps.as_slice() {
                [Step::Filter(fade)] => self.fade_by_itself(fade, range),
                _ => None,
            };
            acting.clock = -range.start().0;
            if let Some((fade, clock)) = by_itself {
                acting.steps = vec![fade.into()];
                acting.clock = clock;
            }
        }
        Ok(acting)
    }

    /// A flow with an effect, in a pixel format; its first frame has the number `first`.
    ///
    /// A way through RGB and back changes a picture, even where the effect does nothing to it: only the
    /// frames that the effect changes take it, so that all others are the same in every span and range.
    fn with(
        &self,
        graph: &mut Graph,
        flow: Flow,
        acting: Acting,
        first: i64,
        format: &'static str,
    ) -> Built<Flow> {
        let format = || Filter::new("format").value(format);
        let Acting {
            steps,
            clock,
            frames,
            changed: (start, end),
            remembers,
            on_clear,
        } = acting;
        let steps = in_time_of(clock, steps);
        let number = first - clock;
        if remembers {
            // What an effect with a memory makes has the frames that came in, whatever it dropped.
            let flow = self.stepped(graph, flow, &steps, number, frames)?;
            let [longer, exactly] = lasting(frames);
            return Ok(flow
                .then_all([longer, exactly, self.clock(), numbered(first), self.steady()])
                .then(format()));
        }
        let done = |graph: &mut Graph, flow: Flow, number: i64, frames: i64| {
            if on_clear {
                Ok(self.drawn(graph, flow, &steps))
            } else {
                self.stepped(graph, flow, &steps, number, frames)
            }
        };
        let in_rgb = on_clear || every_filter(&steps).into_iter().any(is_fade_in_rgb);
        if (start, end) == (0, frames) || !in_rgb {
            return Ok(done(graph, flow, number, frames)?.then(format()));
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
                done(graph, part, number + from, to - from)?
            } else {
                part
            };
            flows.push(part.then(format()).then(numbered(0)));
        }
        let joined = concat(flows.len(), true);
        Ok(graph
            .merge(flows, joined)
            .then_all([self.clock(), numbered(first), self.steady()])
            .then(tag()))
    }

    /// A flow of `frames` frames with steps; they count its first one as number `first`.
    fn stepped(&self, graph: &mut Graph, flow: Flow, steps: &[Step], first: i64, frames: i64) -> Built<Flow> {
        let mut flow = flow;
        let written = self.written(steps);
        for step in written.as_deref().unwrap_or(steps) {
            flow = match step {
                Step::Filter(filter) => flow.then(filter.clone()),
                Step::Fork { ways, merge } => {
                    let along = ways.iter().filter(|way| matches!(way, Way::Along(_))).count();
                    let mut copies = graph.split(flow, "split", along).into_iter();
                    let mut ends = Vec::new();
                    for way in ways {
                        ends.push(match way {
                            Way::Along(steps) => {
                                let copy = copies.next().unwrap_or_default();
                                self.stepped(graph, copy, steps, first, frames)?
                            }
                            Way::Still { size, paint, show } => self
                                .color(Value::from("black"), *size)?
                                .then_all(paint.iter().cloned())
                                .then_all(self.freeze(frames, first))
                                .then_all(show.iter().cloned()),
                        });
                    }
                    graph.merge(ends, merge.clone())
                }
            };
        }
        Ok(flow)
    }

    /// A fade whose time counts from the start of `range`, or from its own where it has begun before, and
    /// the frame of the range at which it is 0: it is the same wherever the programme has it.
    fn fade_by_itself(&self, filter: &Filter, range: FrameRange) -> Option<(Filter, i64)> {
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
        Some((fade, base - range.start().0))
    }

    /// What an effect does to a stream of `frames` frames: a span that it leaves as
    /// it is need not be made again because of it.
    fn acting_on(&self, effect: &Effect, context: &PictureContext<'_>, frames: i64) -> Built<Acting> {
        let offset = context.first;
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
        let steps = if changed.0 < changed.1 {
            steps_of(effect, context)?
        } else {
            Vec::new()
        };
        Ok(Acting {
            steps,
            clock: 0,
            frames,
            changed,
            remembers: effect.spec.memory != Memory::None,
            on_clear: context.alpha && draws(effect),
        })
    }

    /// What a clip's effects may know of a stream of its frames from number `first` on.
    fn context<'c>(
        &'c self,
        placed: &'c Placed<'_>,
        frame: (u32, u32),
        alpha: bool,
        first: i64,
    ) -> PictureContext<'c> {
        PictureContext {
            rate: self.rate(),
            frames: placed.frames.len(),
            first,
            scale: self.scale,
            canvas: self.canvas,
            frame,
            area: None,
            fonts: self.fonts,
            tables: Some(&self.arrangement.tables),
            opacity: None,
            working: self.working,
            alpha,
            enclosed: true,
            measured: 0,
        }
    }
}

/// The frames of a clip that have to be made for those of `range` to come out as they do in the whole.
pub fn remembered(placed: &Placed<'_>, range: FrameRange) -> FrameRange {
    let memories = || {
        let seen = placed
            .clip
            .effects
            .iter()
            .filter(|effect| effect.spec.picture().is_some());
        seen.map(|effect| effect.spec.memory)
    };
    if memories().any(|memory| memory == Memory::Whole) {
        placed.frames
    } else if memories().any(|memory| memory == Memory::Past) || searches(placed) {
        FrameRange::new(placed.frames.start(), range.end())
    } else {
        range
    }
}

/// Whether a frame of a clip depends on others.
pub fn remembers(placed: &Placed<'_>) -> bool {
    let mut seen = placed
        .clip
        .effects
        .iter()
        .filter(|effect| effect.spec.picture().is_some());
    seen.any(|effect| effect.spec.memory != Memory::None) || searches(placed)
}

/// Whether what moves in a clip is looked for, which begins where it was found before.
fn searches(placed: &Placed<'_>) -> bool {
    placed.clip.between() == Between::Motion
}

/// The frames of `range` out of those of `made`.
fn within(flow: Flow, made: FrameRange, range: FrameRange) -> Flow {
    if made == range {
        return flow;
    }
    let start = range.start() - made.start();
    flow.then(
        Filter::new("trim")
            .maybe("start_frame", (start > 0).then_some(start))
            .arg("end_frame", range.end() - made.start()),
    )
}

/// What an effect does to some frames.
struct Acting {
    /// Nothing, where it changes none of them.
    steps: Vec<Step>,
    /// The number of the frame at which the time of the steps is 0.
    clock: i64,
    /// How many there are.
    frames: i64,
    /// The first of them that it changes, and the one after the last.
    changed: (i64, i64),
    /// Whether they depend on one another.
    remembers: bool,
    /// Whether it writes on a canvas that is clear where nothing is.
    on_clear: bool,
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
    const TIMELESS: [&str; 35] = [
        "alphaextract",
        "alphamerge",
        "blend",
        "chromakey",
        "colorchannelmixer",
        "colorkey",
        "crop",
        "curves",
        "despill",
        "drawbox",
        "eq",
        "extractplanes",
        "format",
        "gblur",
        "geq",
        "hflip",
        "hue",
        "lenscorrection",
        "lut",
        "lut1d",
        "lut3d",
        "lutrgb",
        "lutyuv",
        "mergeplanes",
        "noise",
        "overlay",
        "pad",
        "scale",
        "setparams",
        "setsar",
        "split",
        "transpose",
        "unsharp",
        "vaguedenoiser",
        "vflip",
    ];
    const TIMES: [Variable; 5] = [
        Variable::T,
        Variable::N,
        Variable::FrameT,
        Variable::FrameN,
        Variable::Pts,
    ];
    let timely = |value: &Value| match value {
        Value::Expression(value) => TIMES.iter().any(|time| value.uses(*time)),
        _ => false,
    };
    !TIMELESS.contains(&filter.name.as_ref()) || filter.args.iter().any(|(_, value)| timely(value))
}

/// A fade to a colour, which ffmpeg computes in RGB; black and transparency it has in YUV.
fn is_fade_in_rgb(filter: &Filter) -> bool {
    const BLACK: [&str; 2] = ["black", "0x000000"];
    let is_far = |(key, color): &(_, Value)| key == "c" && !BLACK.contains(&color.to_string().as_str());
    filter.name == "fade" && filter.args.iter().any(is_far)
}

/// Steps on a stream whose `t` is to count from frame `start` of it.
fn in_time_of(start: i64, steps: Vec<Step>) -> Vec<Step> {
    if start == 0 {
        return steps;
    }
    let pts = || Expr::var(Variable::Pts);
    let by = || Expr::constant(as_f64(start));
    let to = Filter::new("setpts").value(pts() - by());
    let back = Filter::new("setpts").value(pts() + by());
    [to.into()]
        .into_iter()
        .chain(steps)
        .chain([back.into()])
        .collect()
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
    effects.iter().any(|effect| effect.spec.picture().is_some())
}

fn steps_of(effect: &Effect, context: &PictureContext<'_>) -> Built<Vec<Step>> {
    match effect.spec.picture() {
        Some(picture) => at((picture.make)(&effect.params, context), &effect.pointer),
        None => Ok(Vec::new()),
    }
}
