//! The picture of a range of frames: lanes from the lowest to the highest, composed on the background.
//!
//! The lowest lane is a sequence of whole canvases (`concat`); only the frames of a transition pass
//! through `xfade`. Every other lane is laid over it, clip by clip, at the clip's own size. Each stream
//! carries `t` as seconds from its clip's start, computed from whole frames, so a frame is the same
//! whichever range it is rendered in.

use super::arrange::{Arrangement, Join, Lane, Placed};
use super::graph::{Built, Flow, Graph, Refused, SourceInput, at};
use super::media::MediaFacts;
use super::pieces::{Piece, Show, needed, pieces, shares};
use super::place::{Placement, cropped, place, with_size};
use super::tint::{Normal, Working, from_rgb, normal, scaler, tag, to_rgb};
use crate::document::{Animated, Effect, Generator, Source, TrackKind};
use crate::effects::{FontFile, PictureContext, Role, crop, text_overlay};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::ffmpeg::transitions::XfadeBuilder;
use crate::layout::SourceShape;
use crate::render::plan;
use crate::time::{FrameRange, Rate, Time};

/// Transitions whose first frame, the earlier clip alone, `FFmpeg` reads from memory beyond the picture.
const READS_BEYOND: [&str; 4] = ["slideup", "slideleft", "revealup", "revealleft"];

/// Seconds that are decoded before a cut: enough for any codec's reordering.
const PRE_ROLL: f64 = 2.0;

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
}

/// What lies under a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// The background's colour.
    Opaque,
    /// Nothing.
    Clear,
}

/// A clip's picture at its size.
struct Boxed {
    flow: Flow,
    placement: Placement,
    alpha: bool,
}

impl Scene<'_> {
    fn rate(&self) -> Rate {
        self.arrangement.project.output.rate
    }

    /// Builds the picture of `range`; the label of its stream has exactly `range.len()` frames.
    pub fn picture(&self, graph: &mut Graph, range: FrameRange) -> Built<String> {
        let mut lanes = self.arrangement.lanes.iter().filter(|lane| {
            lane.track.kind != TrackKind::Audio && !lane.track.hidden && !lane.clips.is_empty()
        });
        let mut main = match lanes.next() {
            Some(lane) => {
                let label = self.sequence(graph, lane, range, Ground::Opaque)?;
                let flow = Flow::from(label).then(numbered(range.start().0));
                self.with_effects(flow, &lane.track.effects)?
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
        Ok(graph.end(main.then_all(self.grid(0)).then(tag())))
    }

    fn grid(&self, offset: i64) -> Vec<Filter> {
        let rate = self.rate();
        vec![
            Filter::new("settb").value(Value::Rational(rate.den().into(), rate.num().into())),
            numbered(offset),
            Filter::new("fps").arg("fps", Value::Rational(rate.num().into(), rate.den().into())),
        ]
    }

    /// A stream of `frames` equal frames out of one.
    fn freeze(&self, frames: i64, offset: i64) -> Vec<Filter> {
        let rate = self.rate();
        vec![
            Filter::new("tpad").arg("stop_mode", "clone").arg("stop", -1_i64),
            Filter::new("trim").arg("end_frame", frames),
            Filter::new("settb").value(Value::Rational(rate.den().into(), rate.num().into())),
            numbered(offset),
        ]
    }

    fn color(&self, color: Value, size: (u32, u32)) -> Built<Flow> {
        let rate = self.rate();
        let words = at(
            Value::word(format!("{}x{}", size.0, size.1)).map_err(BuildError::from),
            "",
        )?;
        Ok(Flow::source(
            Filter::new("color")
                .arg("c", color)
                .arg("s", words)
                .arg("r", Value::Rational(rate.num().into(), rate.den().into())),
        )
        .then(Filter::new("trim").arg("end_frame", 1_i64)))
    }

    fn ground(&self, ground: Ground, frames: i64, offset: i64) -> Built<Flow> {
        let background = &self.arrangement.project.output.background;
        let (color, format) = match ground {
            Ground::Opaque => (Value::from(background.clone()), self.working.plain),
            Ground::Clear => (Value::from("black@0"), self.working.alpha),
        };
        Ok(self
            .color(color, self.canvas)?
            .then(Filter::new("format").value("rgba"))
            .then(from_rgb())
            .then(Filter::new("format").value(format))
            .then(tag())
            .then_all(self.freeze(frames, offset)))
    }

    /// Whole canvases of a lane, one piece after another.
    fn sequence(
        &self,
        graph: &mut Graph,
        lane: &Lane<'_>,
        range: FrameRange,
        ground: Ground,
    ) -> Built<String> {
        let parts = pieces(lane, range, |join| join.transition.kind.is_some());
        let mut streams: Vec<(usize, std::vec::IntoIter<String>)> = Vec::new();
        for (index, whole, ranges) in shares(lane, &parts) {
            let Some(placed) = lane.clips.get(index) else {
                continue;
            };
            let mut flow = self.on_canvas(graph, placed, whole, ground)?;
            if whole.start() != placed.frames.start() {
                // `concat` wants every piece to start at 0.
                flow = flow.then(numbered(0));
            }
            let labels = graph.split(flow, "split", ranges.len());
            let trimmed: Vec<String> = labels
                .into_iter()
                .zip(&ranges)
                .map(|(label, part)| {
                    if *part == whole {
                        return label;
                    }
                    let trim = Filter::new("trim")
                        .arg("start_frame", part.start() - whole.start())
                        .arg("end_frame", part.end() - whole.start());
                    graph.end(Flow::from(label).then(trim).then(numbered(0)))
                })
                .collect();
            streams.push((index, trimmed.into_iter()));
        }
        let mut next = |index: usize| {
            streams
                .iter_mut()
                .find(|(own, _)| *own == index)
                .and_then(|(_, labels)| labels.next())
        };
        let mut sequence = Vec::new();
        for piece in &parts {
            let flow = match piece.show {
                Show::Gap => Some(self.ground(ground, piece.frames.len(), 0)?),
                Show::Clip(index) => next(index).map(Flow::from),
                Show::Join(number) => match lane.joins.get(number) {
                    Some(join) => {
                        let pair = [next(join.from), next(join.to)];
                        let [Some(from), Some(to)] = pair else { continue };
                        Some(self.cross(graph, (from, to), join, *piece, ground)?)
                    }
                    None => None,
                },
            };
            let Some(flow) = flow else { continue };
            sequence.push(graph.end(flow));
        }
        if let [only] = sequence.as_slice() {
            return Ok(only.clone());
        }
        let count = i64::try_from(sequence.len()).unwrap_or(i64::MAX);
        let concat = Filter::new("concat")
            .arg("n", count)
            .arg("v", 1_i64)
            .arg("a", 0_i64);
        Ok(graph.end(Graph::merge(&sequence, concat).then_all(self.grid(0))))
    }

    /// The frames of a transition, out of the canvases of its two clips.
    fn cross(
        &self,
        graph: &mut Graph,
        (from, to): (String, String),
        join: &Join,
        piece: Piece,
        ground: Ground,
    ) -> Built<Flow> {
        let pointer = &join.transition.pointer;
        let name = join.transition.kind.as_deref().unwrap_or("fade");
        let kind = at(name.parse(), pointer)?;
        let length = self.rate().seconds_of(join.frames.len());
        let xfade = at(XfadeBuilder::new(kind, length, 0.0), pointer)?.build();
        let mut ends = Vec::new();
        for label in [from, to] {
            let flow = Flow::from(label).then_all(self.grid(0));
            let flow = match ground {
                Ground::Opaque => flow.then(Filter::new("format").value(self.whole_color())),
                Ground::Clear => flow.then_all(self.premultiplied()),
            };
            // FFmpeg 5.1 shows the second clip alone at the frame with which the first one ends;
            // what is beyond the range is cut off below.
            let beyond = Filter::new("tpad").arg("stop_mode", "clone").arg("stop", 2_i64);
            ends.push(graph.end(flow.then(beyond)));
        }
        let crossed = if READS_BEYOND.contains(&name) {
            self.crossed_after_first(graph, ends, xfade)
        } else {
            Graph::merge(&ends, xfade)
        };
        let crossed = match ground {
            Ground::Opaque => crossed.then(Filter::new("format").value(self.working.plain)),
            Ground::Clear => crossed.then_all(self.straight()),
        };
        let start = piece.frames.start() - join.frames.start();
        let trim = Filter::new("trim")
            .arg("start_frame", start)
            .arg("end_frame", piece.frames.end() - join.frames.start());
        Ok(crossed.then(trim).then(tag()).then(numbered(0)))
    }

    /// A transition whose first frame is the earlier clip's own.
    fn crossed_after_first(&self, graph: &mut Graph, ends: Vec<String>, xfade: Filter) -> Flow {
        let mut ends = ends.into_iter();
        let mut earlier = graph
            .split(Flow::from(ends.next().unwrap_or_default()), "split", 2)
            .into_iter();
        let first = Flow::from(earlier.next().unwrap_or_default());
        let first = graph.end(first.then(Filter::new("trim").arg("end_frame", 1_i64)));
        let both: Vec<String> = earlier.chain(ends).collect();
        let rest = Graph::merge(&both, xfade).then(Filter::new("trim").arg("start_frame", 1_i64));
        let rest = graph.end(rest.then(numbered(0)));
        let concat = Filter::new("concat")
            .arg("n", 2_i64)
            .arg("v", 1_i64)
            .arg("a", 0_i64);
        Graph::merge(&[first, rest], concat).then_all(self.grid(0))
    }

    /// The format with undivided colour that `xfade` works in.
    fn whole_color(&self) -> &'static str {
        if self.working == Working::EIGHT {
            "yuv444p"
        } else {
            "yuv444p10le"
        }
    }

    /// To RGB whose colours are weighed by their alpha: what may be mixed and drawn on.
    fn premultiplied(&self) -> Vec<Filter> {
        vec![
            to_rgb(),
            Filter::new("format").value(self.working.rgb),
            Filter::new("premultiply").arg("inplace", true),
        ]
    }

    /// Back to the working format with plain alpha.
    fn straight(&self) -> Vec<Filter> {
        vec![
            Filter::new("format").value(self.working.rgb),
            Filter::new("unpremultiply").arg("inplace", true),
            from_rgb(),
            Filter::new("format").value(self.working.alpha),
            tag(),
        ]
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

    /// A clip as whole canvases, frames `range` of the timeline.
    fn on_canvas(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        range: FrameRange,
        ground: Ground,
    ) -> Built<Flow> {
        let offset = range.start() - placed.frames.start();
        let below = |scene: &Self| scene.ground(ground, range.len(), offset);
        if ground == Ground::Opaque && whole_is_transparent(placed) {
            let canvas = self.on_canvas(graph, placed, range, Ground::Clear)?;
            let under = graph.end(below(self)?);
            let over = graph.end(canvas);
            return Ok(Graph::merge(&[under, over], self.overlay_whole())
                .then(Filter::new("format").value(self.working.plain)));
        }
        let flow = match self.boxed(graph, placed, range)? {
            None => below(self)?,
            Some(boxed) => self.laid(graph, boxed, ground, below)?,
        };
        let mut flow = self.title(flow, placed, ground)?;
        for effect in canvas_effects(placed) {
            let filters = filters_of(effect, &self.context(placed, self.canvas))?;
            if filters.is_empty() {
                continue;
            }
            flow = match ground {
                Ground::Opaque => flow
                    .then_all(filters)
                    .then(Filter::new("format").value(self.working.plain)),
                Ground::Clear if draws(effect) => flow
                    .then_all(self.premultiplied())
                    .then_all(filters)
                    .then_all(self.straight()),
                Ground::Clear => flow
                    .then_all(filters)
                    .then(Filter::new("format").value(self.working.alpha)),
            };
        }
        let is_title = matches!(placed.clip.source, Source::Generator(Generator::Title(_)));
        if is_title || canvas_effects(placed).is_empty() {
            return Ok(flow);
        }
        let opacity = &placed.clip.transform.opacity;
        self.with_opacity(graph, flow, opacity, self.canvas, (range.len(), offset))
    }

    fn laid(
        &self,
        graph: &mut Graph,
        boxed: Boxed,
        ground: Ground,
        below: impl Fn(&Self) -> Built<Flow>,
    ) -> Built<Flow> {
        let Boxed {
            flow,
            placement,
            alpha,
        } = boxed;
        let covers = placement.corner == Some((0, 0)) && placement.frame == self.canvas;
        if covers && (ground == Ground::Clear || !alpha) {
            let format = if ground == Ground::Clear {
                self.working.alpha
            } else {
                self.working.plain
            };
            return Ok(flow.then(Filter::new("format").value(format)));
        }
        let black = self.arrangement.project.output.background == crate::ffmpeg::color::Color::BLACK
            || self.arrangement.project.output.background.to_string() == "0x000000";
        if let (Ground::Opaque, false, true, Some((x, y))) = (ground, alpha, black, placement.corner)
            && x >= 0
            && y >= 0
            && x % 2 == 0
            && y % 2 == 0
            && x + i64::from(placement.frame.0) <= i64::from(self.canvas.0)
            && y + i64::from(placement.frame.1) <= i64::from(self.canvas.1)
        {
            let pad = Filter::new("pad")
                .arg("w", self.canvas.0)
                .arg("h", self.canvas.1)
                .arg("x", x)
                .arg("y", y)
                .arg("color", "black");
            return Ok(flow
                .then(Filter::new("format").value(self.working.plain))
                .then(pad));
        }
        let under = graph.end(below(self)?);
        let over = graph.end(flow.then(Filter::new("format").value(self.working.alpha)));
        let format = if ground == Ground::Clear {
            self.working.alpha
        } else {
            self.working.plain
        };
        let overlay = match ground {
            // Several threads disturb one another on a canvas with alpha: rows of colour are mixed by alpha
            // that another thread has mixed already.
            Ground::Clear => self.overlay(&placement).arg("threads", 1_i64),
            Ground::Opaque => self.overlay(&placement),
        };
        Ok(Graph::merge(&[under, over], overlay).then(Filter::new("format").value(format)))
    }

    fn overlay(&self, placement: &Placement) -> Filter {
        Filter::new("overlay")
            .arg("x", placement.x.clone())
            .arg("y", placement.y.clone())
            .arg("eof_action", "pass")
            .arg("format", self.working.overlay)
    }

    /// Lays a whole canvas over another.
    fn overlay_whole(&self) -> Filter {
        Filter::new("overlay")
            .arg("x", 0_i64)
            .arg("y", 0_i64)
            .arg("eof_action", "pass")
            .arg("format", self.working.overlay)
    }

    /// Writes a title generator's text.
    fn title(&self, flow: Flow, placed: &Placed<'_>, ground: Ground) -> Built<Flow> {
        let Source::Generator(Generator::Title(params)) = &placed.clip.source else {
            return Ok(flow);
        };
        let opacity = &placed.clip.transform.opacity;
        let context = PictureContext {
            opacity: Some(opacity),
            ..self.context(placed, self.canvas)
        };
        let text = at(text_overlay::filter(params, &context), &placed.clip.pointer)?;
        Ok(match ground {
            Ground::Opaque => flow
                .then(text)
                .then(Filter::new("format").value(self.working.plain)),
            Ground::Clear => flow
                .then_all(self.premultiplied())
                .then(text)
                .then_all(self.straight()),
        })
    }

    /// A clip's picture at its size, frames `range` of the timeline; nothing where it has none.
    fn boxed(&self, graph: &mut Graph, placed: &Placed<'_>, range: FrameRange) -> Built<Option<Boxed>> {
        let clip = placed.clip;
        let offset = range.start() - placed.frames.start();
        let Some(mut shot) = self.shot(graph, placed, range)? else {
            return Ok(None);
        };
        let (mut shape, first) = cropped(shot.shape, &clip.transform);
        let mut crops: Vec<Filter> = first.into_iter().collect();
        for effect in clip.effects.iter().filter(|effect| effect.spec.name == "crop") {
            let part = crop::rectangle(&effect.params);
            crops.extend(crop::filter(&part, shape.decoded_size()));
            shape = with_size(shape, crop::size(&part, shape.decoded_size()));
        }
        let placement =
            place(shape, &clip.transform, clip.fit, self.canvas, &clip.pointer).map_err(Refused::from)?;
        let effects: Vec<&Effect> = box_effects(placed);
        let still = shot.still
            && effects.is_empty()
            && !placement.moves
            && clip.transform.opacity.constant().is_some()
            && crops
                .iter()
                .all(|_| clip.transform.crop.as_ref().is_none_or(is_steady));
        let time = |scene: &Self| scene.freeze(range.len(), offset);
        if shot.still && !still {
            shot.flow = shot.flow.then_all(time(self));
        }
        // Where effects draw on the canvas, the opacity goes for what they draw as well, and comes last.
        let opaque = Animated::Constant(1.0);
        let opacity = if canvas_effects(placed).is_empty() {
            &clip.transform.opacity
        } else {
            &opaque
        };
        let alpha = shot.alpha
            || placement.turn.is_some()
            || !opacity.is(1.0)
            || effects.iter().any(|effect| effect.params.flag("alpha"));
        let format = if alpha {
            self.working.alpha
        } else {
            self.working.plain
        };
        let mut flow = shot
            .flow
            .then_all(crops)
            .then_all(scaler(&shot.normal, shape.decoded_size(), placement.scale))
            .then(Filter::new("setsar").value(1_i64))
            .then_all(placement.cut.clone())
            .then(Filter::new("format").value(format))
            .then(tag());
        for effect in effects {
            let filters = filters_of(effect, &self.context(placed, placement.frame))?;
            if !filters.is_empty() {
                flow = flow.then_all(filters).then(Filter::new("format").value(format));
            }
        }
        flow = self.with_opacity(graph, flow, opacity, placement.frame, (range.len(), offset))?;
        flow = flow
            .then_all(placement.turn.clone())
            .then_all(placement.resize.clone());
        if still {
            flow = flow.then_all(time(self));
        }
        Ok(Some(Boxed {
            flow,
            placement,
            alpha,
        }))
    }

    /// Multiplies the alpha of a stream.
    fn with_opacity(
        &self,
        graph: &mut Graph,
        flow: Flow,
        opacity: &Animated,
        size: (u32, u32),
        (frames, offset): (i64, i64),
    ) -> Built<Flow> {
        if opacity.is(1.0) {
            return Ok(flow);
        }
        if let Some(constant) = opacity.constant() {
            let scaled = Expr::var(Variable::Val) * Expr::constant(constant);
            return Ok(flow.then(Filter::new("lut").arg("c3", scaled)));
        }
        // One small picture whose grey is the opacity, made as large as the clip.
        let white = f64::from(self.working.white);
        let level = opacity
            .map(|value| value * white)
            .expression(&Expr::var(Variable::FrameT));
        let mut halves = graph.split(flow, "split", 2).into_iter();
        let (Some(picture), Some(mask)) = (halves.next(), halves.next()) else {
            return Ok(Flow::default());
        };
        let mask = graph.end(Flow::from(mask).then(Filter::new("alphaextract")));
        let level = graph.end(
            self.color(Value::from("black"), (2, 2))?
                .then(Filter::new("format").value(self.working.gray))
                .then_all(self.freeze(frames, offset))
                .then(Filter::new("geq").arg("lum", level))
                .then(
                    Filter::new("scale")
                        .arg("w", size.0)
                        .arg("h", size.1)
                        .arg("flags", "neighbor"),
                )
                .then(Filter::new("format").value(self.working.gray)),
        );
        let multiply = Filter::new("blend").arg("all_mode", "multiply");
        let mask = graph
            .end(Graph::merge(&[mask, level], multiply).then(Filter::new("format").value(self.working.gray)));
        Ok(Graph::merge(&[picture, mask], Filter::new("alphamerge")))
    }

    /// A clip's frames as its source gives them, at the project's rate; nothing where it has no picture.
    fn shot(&self, graph: &mut Graph, placed: &Placed<'_>, range: FrameRange) -> Built<Option<Shot>> {
        let offset = range.start() - placed.frames.start();
        match &placed.clip.source {
            Source::Media(_) => Ok(placed
                .facts
                .and_then(|facts| self.filmed(graph, placed, facts, range))),
            Source::Generator(Generator::Color(color)) => {
                let opaque = is_opaque(color);
                Ok(Some(Shot {
                    flow: self
                        .color(Value::from(color.clone()), self.canvas)?
                        .then(Filter::new("format").value("rgba")),
                    shape: SourceShape::new(self.canvas.0, self.canvas.1),
                    normal: Normal {
                        rgb: true,
                        ..Normal::default()
                    },
                    still: true,
                    alpha: !opaque,
                }))
            }
            Source::Generator(Generator::TestSource) => {
                let rate = self.rate();
                let size = at(
                    Value::word(format!("{}x{}", self.canvas.0, self.canvas.1)).map_err(BuildError::from),
                    &placed.clip.pointer,
                )?;
                let from = self.rate().frame_at(placed.clip.in_point).0;
                #[expect(clippy::cast_possible_truncation, reason = "frames of a timeline")]
                let skip = from + (as_f64(offset) * placed.speed).round() as i64;
                let flow = Flow::source(
                    Filter::new("testsrc2")
                        .arg("s", size)
                        .arg("r", Value::Rational(rate.num().into(), rate.den().into())),
                )
                .then(Filter::new("trim").arg("start_frame", skip))
                .then_all(self.speeded(placed.speed))
                .then_all(self.freeze(range.len(), offset))
                .then(Filter::new("format").value("rgb24"));
                Ok(Some(Shot {
                    flow,
                    shape: SourceShape::new(self.canvas.0, self.canvas.1),
                    normal: Normal {
                        rgb: true,
                        ..Normal::default()
                    },
                    still: false,
                    alpha: false,
                }))
            }
            Source::Generator(Generator::Title(_) | Generator::Silence | Generator::Tone { .. }) => Ok(None),
        }
    }

    fn speeded(&self, speed: f64) -> Vec<Filter> {
        let rate = self.rate();
        let start = Expr::var(Variable::Pts) - Expr::var(Variable::StartPts);
        vec![
            Filter::new("setpts").value(start / Expr::constant(speed)),
            Filter::new("fps").arg("fps", Value::Rational(rate.num().into(), rate.den().into())),
        ]
    }

    fn filmed(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        facts: &MediaFacts,
        range: FrameRange,
    ) -> Option<Shot> {
        let video = facts.video.as_ref()?;
        let rate = self.rate();
        let offset = range.start() - placed.frames.start();
        let still = facts.is_still();
        let from = placed.clip.in_point.to_seconds() + rate.seconds_of(offset) * placed.speed;
        let seek = from - PRE_ROLL;
        let pad = graph.input(
            SourceInput {
                from: plan::Input::Source {
                    path: facts.path.clone(),
                },
                seek: (!still && seek > 0.0).then_some(seek),
                demuxer: facts.demuxer.clone(),
                format: facts.demuxer.clone().or_else(|| facts.format.clone()),
                decoder: video.decoder.clone(),
                // Only the picture demuxers take a rate.
                still_rate: (still && facts.demuxer.is_some())
                    .then(|| (rate.num().into(), rate.den().into())),
            },
            video.index,
        );
        let normal = normal(video, self.working);
        let mut flow = Flow::from(pad);
        if still {
            flow = flow.then(Filter::new("trim").arg("end_frame", 1_i64));
        } else {
            flow = flow.then_all(self.retimed(placed, facts, offset, range.len()));
        }
        flow = flow.then_all(normal.first.clone());
        Some(Shot {
            flow,
            shape: video.shape(),
            normal,
            still,
            alpha: video.alpha,
        })
    }

    /// Source frames on the project's grid: frame `k` is the source frame whose time is nearest.
    ///
    /// A source frame counts from the middle between it and the one before it, so `fps` with
    /// `round=up` picks the nearest at any pair of rates. A microsecond is taken off, so that rounding of
    /// timestamps never decides between two frames that are equally near.
    fn retimed(&self, placed: &Placed<'_>, facts: &MediaFacts, offset: i64, frames: i64) -> Vec<Filter> {
        let rate = self.rate();
        let pts = || Expr::var(Variable::Pts);
        let first = Expr::eq(Expr::var(Variable::FrameN), Expr::constant(0.0));
        let middle = (pts() + Expr::var(Variable::PrevInPts)) / Expr::constant(2.0);
        let counts = Expr::if_then_else(first, pts(), middle);
        let zero = facts.origin().flicks() + placed.clip.in_point.flicks();
        let skipped = rate.seconds_of(offset) * as_f64(Time::FLICKS_PER_SECOND) + as_f64(TIE);
        let time = (counts - Expr::constant(as_f64(zero))) / Expr::constant(placed.speed);
        let mut filters = vec![
            Filter::new("settb").value(Value::Rational(1, Time::FLICKS_PER_SECOND)),
            Filter::new("setpts").value(time - Expr::constant(skipped)),
            Filter::new("fps")
                .arg("fps", Value::Rational(rate.num().into(), rate.den().into()))
                .arg("start_time", 0_i64)
                .arg("round", "up"),
        ];
        filters.extend(self.freeze(frames, offset));
        filters
    }

    /// Lays the clips of a lane over `main`, each at its own size.
    fn over(&self, graph: &mut Graph, main: Flow, lane: &Lane<'_>, range: FrameRange) -> Built<Flow> {
        let mut main = main;
        for piece in pieces(lane, range, |join| join.transition.kind.is_some()) {
            match piece.show {
                Show::Gap => {}
                Show::Clip(index) => {
                    let Some(placed) = lane.clips.get(index) else {
                        continue;
                    };
                    let joined = lane
                        .joins
                        .iter()
                        .any(|join| join.from == index || join.to == index);
                    main = self.clip_over(graph, main, placed, piece, joined)?;
                }
                Show::Join(number) => {
                    let Some(join) = lane.joins.get(number) else {
                        continue;
                    };
                    let part = needed(lane, piece);
                    let mut ends = Vec::new();
                    for index in [join.from, join.to] {
                        let Some(placed) = lane.clips.get(index) else {
                            continue;
                        };
                        let canvas = self.on_canvas(graph, placed, part, Ground::Clear)?;
                        ends.push(graph.end(canvas));
                    }
                    let [from, to] = ends.as_slice() else { continue };
                    let crossed =
                        self.cross(graph, (from.clone(), to.clone()), join, piece, Ground::Clear)?;
                    main = self.whole_over(graph, main, crossed, piece.frames.start().0);
                }
            }
        }
        Ok(main)
    }

    /// Lays a stream of whole canvases, from frame `start` of the timeline on, over `main`.
    fn whole_over(&self, graph: &mut Graph, main: Flow, canvases: Flow, start: i64) -> Flow {
        let under = graph.end(main);
        let over = graph.end(canvases.then(numbered(start)));
        Graph::merge(&[under, over], self.overlay_whole())
            .then(Filter::new("format").value(self.working.plain))
    }

    fn over_whole(&self, graph: &mut Graph, main: Flow, lane: &Lane<'_>, range: FrameRange) -> Built<Flow> {
        let label = self.sequence(graph, lane, range, Ground::Clear)?;
        let mut flow = Flow::from(label).then(numbered(range.start().0));
        let context = self.programme();
        for effect in &lane.track.effects {
            let filters = filters_of(effect, &context)?;
            if filters.is_empty() {
                continue;
            }
            flow = if draws(effect) {
                flow.then_all(self.premultiplied())
                    .then_all(filters)
                    .then_all(self.straight())
            } else {
                flow.then_all(filters)
                    .then(Filter::new("format").value(self.working.alpha))
            };
        }
        Ok(self.whole_over(graph, main, flow, range.start().0))
    }

    fn clip_over(
        &self,
        graph: &mut Graph,
        main: Flow,
        placed: &Placed<'_>,
        piece: Piece,
        joined: bool,
    ) -> Built<Flow> {
        let start = placed.frames.start().0;
        let canvas_effects = canvas_effects(placed);
        if let (Source::Generator(Generator::Title(params)), [], false) = (
            &placed.clip.source,
            all_picture_effects(placed).as_slice(),
            joined,
        ) {
            // Drawn on what lies below: the same picture as a transparent canvas laid over it, for less.
            let opacity = &placed.clip.transform.opacity;
            let context = PictureContext {
                opacity: Some(opacity),
                enclosed: false,
                ..self.context(placed, self.canvas)
            };
            let text = at(text_overlay::filter(params, &context), &placed.clip.pointer)?;
            return Ok(main.then_all(in_time_of(start, vec![text])));
        }
        let is_title = matches!(placed.clip.source, Source::Generator(Generator::Title(_)));
        if is_title || !canvas_effects.is_empty() {
            let canvas = self.on_canvas(graph, placed, piece.frames, Ground::Clear)?;
            return Ok(self.whole_over(graph, main, canvas, piece.frames.start().0));
        }
        let Some(boxed) = self.boxed(graph, placed, piece.frames)? else {
            return Ok(main);
        };
        let shift = |by: i64| {
            let pts = Expr::var(Variable::Pts);
            let moved = pts + Expr::constant(as_f64(by));
            (by != 0).then(|| Filter::new("setpts").value(moved))
        };
        let under = graph.end(main.then_all(shift(-start)));
        let over = graph.end(boxed.flow.then(Filter::new("format").value(self.working.alpha)));
        Ok(Graph::merge(&[under, over], self.overlay(&boxed.placement))
            .then(Filter::new("format").value(self.working.plain))
            .then_all(shift(start)))
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
}

/// Flicks that a frame counts earlier, to decide ties: 1.4 microseconds.
const TIE: i64 = 1000;

/// A clip's frames as its source gives them.
struct Shot {
    flow: Flow,
    shape: SourceShape,
    normal: Normal,
    still: bool,
    alpha: bool,
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

/// Filters on the main stream whose `t` counts from frame `start`.
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

fn is_opaque(color: &crate::ffmpeg::color::Color) -> bool {
    let text = color.to_string();
    !text.contains('@') && text.len() != "0xRRGGBBAA".len()
}

fn is_steady(part: &crate::document::Crop) -> bool {
    part.x.constant().is_some() && part.y.constant().is_some()
}

fn has_picture(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect.spec.role, Role::Filters { picture: Some(_), .. }))
}

fn draws(effect: &Effect) -> bool {
    effect.spec.name == "text_overlay"
}

fn filters_of(effect: &Effect, context: &PictureContext<'_>) -> Built<Vec<Filter>> {
    match effect.spec.role {
        Role::Filters {
            picture: Some(make), ..
        } => at(make(&effect.params, context), &effect.pointer),
        _ => Ok(Vec::new()),
    }
}

/// The clip's effects on its picture, apart from the crops, which come before its scaling.
fn all_picture_effects<'p>(placed: &'p Placed<'_>) -> Vec<&'p Effect> {
    placed
        .clip
        .effects
        .iter()
        .filter(|effect| effect.spec.name != "crop")
        .filter(|effect| matches!(effect.spec.role, Role::Filters { picture: Some(_), .. }))
        .collect()
}

/// The effects that work in the clip's own box: those before the first that draws on the canvas.
fn box_effects<'p>(placed: &'p Placed<'_>) -> Vec<&'p Effect> {
    all_picture_effects(placed)
        .into_iter()
        .take_while(|effect| !on_canvas(effect))
        .collect()
}

/// The effects that work on the canvas: from the first that draws on it.
fn canvas_effects<'p>(placed: &'p Placed<'_>) -> Vec<&'p Effect> {
    all_picture_effects(placed)
        .into_iter()
        .skip_while(|effect| !on_canvas(effect))
        .collect()
}

/// Whether a clip as a whole, with what is drawn on its canvas, lets through what lies below.
fn whole_is_transparent(placed: &Placed<'_>) -> bool {
    let effects = canvas_effects(placed);
    let is_title = matches!(placed.clip.source, Source::Generator(Generator::Title(_)));
    !effects.is_empty()
        && (!placed.clip.transform.opacity.is(1.0) && !is_title
            || effects.iter().any(|effect| effect.params.flag("alpha")))
}

fn on_canvas(effect: &Effect) -> bool {
    matches!(effect.spec.role, Role::Filters { on_canvas: true, .. })
}
