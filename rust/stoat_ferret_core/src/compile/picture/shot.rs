//! A clip's own picture: frames of its source on the project's grid, cropped, scaled and tinted.

use super::super::arrange::Placed;
use super::super::graph::{Built, Flow, Graph, Refused, SourceInput, at};
use super::super::measurements::number_for;
use super::super::media::{MediaFacts, NEAREST, Packets, VideoFacts};
use super::super::place::{Placement, cropped, place};
use super::super::tint::{Normal, Working, from_rgb, normal, scaler, source_to_rgb, tag};
use super::canvas::{box_effects, canvas_effects, makes_alpha};
use super::{NOISE, Scene, as_f64, lasting, numbered, remembered, within};
use crate::document::{Animated, Effect, Generator, Source};
use crate::effects::Role;
use crate::effects::speed_control::Between;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::generators::Making;
use crate::layout::SourceShape;
use crate::problem::Problem;
use crate::render::plan;
use crate::time::{Frame, FrameRange, Time};

/// Seconds that are decoded before a cut: enough for any codec's reordering.
const PRE_ROLL: f64 = 2.0;
/// Seconds of a source before a clip in which is looked for what moves, and at least four frames.
const LEAD: f64 = 0.5;

/// A clip's picture at its size.
pub struct Boxed {
    /// Its frames.
    pub flow: Flow,
    /// Where it lies on the canvas.
    pub placement: Placement,
    /// Whether it lets anything through.
    pub alpha: bool,
}

impl Scene<'_> {
    /// A clip's picture at its size, frames `range` of the timeline; nothing where it has none.
    pub fn boxed(&self, graph: &mut Graph, placed: &Placed<'_>, range: FrameRange) -> Built<Option<Boxed>> {
        let made = remembered(placed, range);
        let boxed = self.boxed_whole(graph, placed, made, None)?;
        Ok(boxed.map(|boxed| Boxed {
            flow: within(boxed.flow, made, range),
            ..boxed
        }))
    }

    /// All of a clip's picture, as far as the effect that is given a measurement, and through what measures it.
    pub fn measured(&self, graph: &mut Graph, number: usize) -> Built<Option<Flow>> {
        let known = self.measurements.get(number);
        let Some(placed) = known.and_then(|known| known.clip(self.arrangement)) else {
            return Ok(None);
        };
        let boxed = self.boxed_whole(graph, placed, placed.frames, known.map(|known| known.effect))?;
        Ok(boxed.map(|boxed| boxed.flow))
    }

    /// The same, whatever effects remember; with `until`, only as far as what measures for that effect.
    fn boxed_whole(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        range: FrameRange,
        until: Option<&Effect>,
    ) -> Built<Option<Boxed>> {
        let clip = placed.clip;
        let offset = range.start() - placed.frames.start();
        let Some(mut shot) = self.shot(graph, placed, range)? else {
            return Ok(None);
        };
        let (mut shape, first) = cropped(shot.shape, &clip.transform);
        let mut crops: Vec<Filter> = first.into_iter().collect();
        for effect in &clip.effects {
            if let Role::Frame(make) = effect.spec.role
                && let Some((filters, framed)) = make(&effect.params, &shape)
            {
                crops.extend(filters);
                shape = framed;
            }
        }
        let placement =
            place(shape, &clip.transform, clip.fit, self.canvas, &clip.pointer).map_err(Refused::from)?;
        let effects: Vec<&Effect> = box_effects(placed);
        let still = shot.still
            && effects.is_empty()
            && !placement.moves
            && clip.transform.opacity.constant().is_some()
            && !crops.iter().any(moves);
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
            || effects.iter().any(|effect| makes_alpha(effect));
        let format = if alpha {
            self.working.alpha
        } else {
            self.working.plain
        };
        let mut flow = shot
            .flow
            .then_all(crops)
            .then_all(self.scaled(&shot.normal, shot.alpha, shape.decoded_size(), placement.scale))
            .then(Filter::new("setsar").value(1_i64))
            .then_all(placement.cut.clone())
            .then(Filter::new("format").value(format))
            .then(tag());
        for effect in effects {
            let mut context = self.context(placed, placement.frame, alpha, offset);
            context.measured = number_for(self.measurements, effect).unwrap_or(0);
            if until.is_some_and(|until| until.pointer == effect.pointer) {
                let measure = effect.spec.picture().and_then(|way| way.measures);
                let steps = measure.map_or_else(|| Ok(Vec::new()), |make| make(&effect.params, &context));
                let steps = at(steps, &effect.pointer)?;
                flow = self.stepped(graph, flow, &steps, 0, range.len())?;
                break;
            }
            if effect.spec.measures() {
                graph.wait_for(context.measured);
            }
            let acting = self.acting_on(effect, &context, range.len())?;
            if !acting.steps.is_empty() {
                flow = self.with(graph, flow, acting, offset, format)?;
            }
        }
        if until.is_some() {
            return Ok(Some(Boxed {
                flow,
                placement,
                alpha,
            }));
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

    /// Brings a source to this size. What mixes pixels weighs their colours by alpha: those that cannot be seen,
    /// often black, would give edges a dark seam.
    fn scaled(&self, normal: &Normal, alpha: bool, from: (u32, u32), to: (u32, u32)) -> Vec<Filter> {
        if !alpha || from == to {
            return scaler(normal, from, to).into_iter().collect();
        }
        let rgb = || Filter::new("format").value(self.working.rgb);
        let scale = Filter::new("scale").arg("w", to.0).arg("h", to.1);
        let inplace = |name: &'static str| Filter::new(name).arg("inplace", true);
        (!normal.rgb)
            .then(|| source_to_rgb(normal))
            .into_iter()
            .chain([
                rgb(),
                inplace("premultiply"),
                scale,
                rgb(),
                inplace("unpremultiply"),
                from_rgb(),
            ])
            .collect()
    }

    /// A clip's frames as its source gives them, at the project's rate; nothing where it has no picture.
    fn shot(&self, graph: &mut Graph, placed: &Placed<'_>, range: FrameRange) -> Built<Option<Shot>> {
        let offset = range.start() - placed.frames.start();
        match &placed.clip.source {
            Source::Media(_) => placed
                .facts
                .map_or(Ok(None), |facts| self.filmed(graph, placed, facts, range)),
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
                let played = placed.pace.source(rate.seconds_of(offset)) * rate.as_f64();
                // Two frames before the first one that shows: which of them it is, is decided as for a file.
                #[expect(clippy::cast_possible_truncation, reason = "frames of a timeline")]
                let skip = (from + played.floor() as i64 - 2).max(0);
                let mut flow = Flow::source(
                    Filter::new("testsrc2")
                        .arg("s", size)
                        .arg("r", Value::Rational(rate.num().into(), rate.den().into())),
                )
                .then(Filter::new("trim").arg("start_frame", skip));
                let mut shot = Shot {
                    flow: Flow::default(),
                    shape: SourceShape::new(self.canvas.0, self.canvas.1),
                    normal: Normal {
                        rgb: true,
                        ..Normal::default()
                    },
                    still: false,
                    alpha: false,
                };
                let rgb = Filter::new("format").value("rgb24");
                let retimed = self.retimed(placed, Time::ZERO, offset, range.len());
                if placed.clip.between() == Between::Nearest {
                    shot.flow = flow.then_all(retimed).then(rgb);
                } else {
                    flow = self.composable(placed, flow.then(rgb), &mut shot)?;
                    shot.flow = flow.then_all(retimed);
                }
                Ok(Some(shot))
            }
            Source::Generator(Generator::Made { made, params, .. }) => {
                let Some(make) = made.picture else {
                    return Ok(None);
                };
                let making = Making {
                    context: self.context(placed, self.canvas, false, offset),
                    from: placed.clip.in_point.to_seconds(),
                    speed: placed.even_speed()?,
                };
                let shown = at(make(params, &making), &placed.clip.pointer)?;
                let mut flow = self
                    .color(Value::from("black"), shown.size)?
                    .then_all(shown.still);
                let still = shown.frames.is_empty();
                if !still {
                    flow = flow.then_all(self.freeze(range.len(), offset));
                    flow = self.stepped(graph, flow, &shown.frames, offset, range.len())?;
                }
                Ok(Some(Shot {
                    flow,
                    shape: SourceShape::new(self.canvas.0, self.canvas.1),
                    normal: Normal::default(),
                    still,
                    alpha: shown.alpha,
                }))
            }
            Source::Generator(
                Generator::Title(_) | Generator::Caption(_) | Generator::Silence | Generator::Tone { .. },
            ) => Ok(None),
        }
    }

    fn filmed(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        facts: &MediaFacts,
        range: FrameRange,
    ) -> Built<Option<Shot>> {
        let Some(video) = facts.video.as_ref() else {
            return Ok(None);
        };
        let offset = range.start() - placed.frames.start();
        let still = facts.is_still();
        let normal = normal(video, self.working);
        let mut flow = match graph.lent(&placed.clip.pointer, range.start()) {
            Some(flow) => flow,
            None => self.file(graph, facts, video, self.shown(placed, facts, range).begin),
        };
        let mut shot = Shot {
            flow: Flow::default(),
            shape: video.shape(),
            normal,
            still,
            alpha: video.alpha,
        };
        if still {
            flow = flow.then(Filter::new("trim").arg("end_frame", 1_i64));
        } else if placed.clip.between() != Between::Nearest {
            flow = flow.then_all(shot.normal.first.clone());
            flow = self.composable(placed, flow, &mut shot)?;
            shot.flow = flow.then_all(self.retimed(placed, facts.origin(), offset, range.len()));
            return Ok(Some(shot));
        } else {
            flow = flow.then_all(self.retimed(placed, facts.origin(), offset, range.len()));
        }
        shot.flow = flow.then_all(shot.normal.first.clone());
        Ok(Some(shot))
    }

    /// Frames of a source as they are composed: what is between two of them is made of nothing else.
    fn composable(&self, placed: &Placed<'_>, flow: Flow, shot: &mut Shot) -> Built<Flow> {
        if self.working != Working::EIGHT {
            return Err(Refused(
                Problem::new(
                    "effect.unsupported",
                    &placed.clip.pointer,
                    "Frames between those of a source are made in 8 bits, and this file has more.",
                )
                .hint("Choose a format of 8 bits, or leave \"frames\" at nearest."),
            ));
        }
        let size = shot.shape.decoded_size();
        let converted = flow.then_all(scaler(&shot.normal, size, size));
        shot.normal = Normal::default();
        let format = if shot.alpha {
            self.working.alpha
        } else {
            self.working.plain
        };
        Ok(converted.then(Filter::new("format").value(format)).then(tag()))
    }

    /// The frames of a file from a time on, or a little earlier.
    fn file(&self, graph: &mut Graph, facts: &MediaFacts, video: &VideoFacts, begin: f64) -> Flow {
        let rate = self.rate();
        let still = facts.is_still();
        let input = SourceInput {
            from: plan::Input::Source {
                path: facts.path.clone(),
            },
            seek: (!still && begin > 0.0).then_some(begin),
            demuxer: facts.demuxer.clone(),
            format: facts.demuxer.clone().or_else(|| facts.format.clone()),
            decoder: video.decoder.clone(),
            // Only the picture demuxers take a rate.
            still_rate: (still && facts.demuxer.is_some()).then(|| (rate.num().into(), rate.den().into())),
        };
        Flow::from(graph.input(input, video.index))
    }

    /// What frames `range` of the timeline show of the file of a clip.
    fn shown(&self, placed: &Placed<'_>, facts: &MediaFacts, range: FrameRange) -> Shown {
        let time = |frame: Frame| {
            let played = placed
                .pace
                .source(self.rate().seconds_of(frame - placed.frames.start()));
            placed.clip.in_point.to_seconds() + played
        };
        let from = time(range.start());
        let as_fast = placed.pace.is_plain() && placed.clip.between() == Between::Nearest;
        let begin = self.begin_of(facts, from, as_fast);
        Shown {
            begin,
            from,
            to: time(range.end()),
        }
    }

    /// Opens each file once for all clips that show one part of it after the other: to go on decoding takes
    /// less than to open it again and to decode what lies before.
    pub fn open_together(&self, graph: &mut Graph, clips: &[(&Placed<'_>, FrameRange)]) {
        let mut together: Vec<Together<'_>> = Vec::new();
        for &(placed, range) in clips {
            let Some(facts) = placed.facts.filter(|facts| !facts.is_still()) else {
                continue;
            };
            if remembered(placed, range) != range || placed.clip.between() != Between::Nearest {
                continue;
            }
            let (Source::Media(_), Some(video)) = (&placed.clip.source, &facts.video) else {
                continue;
            };
            let shown = self.shown(placed, facts, range);
            let place = (placed.clip.pointer.as_str(), range.start());
            let last = together
                .iter_mut()
                .rev()
                .find(|group| group.facts.path == facts.path);
            match last {
                // What overlaps would be kept in memory until its clip comes.
                Some(group) if group.to <= shown.from + NOISE && shown.begin <= group.to + APART => {
                    group.to = shown.to;
                    group.places.push(place);
                }
                _ => together.push(Together {
                    facts,
                    video,
                    begin: shown.begin,
                    to: shown.to,
                    places: vec![place],
                }),
            }
        }
        for group in together.iter().filter(|group| group.places.len() > 1) {
            let flow = self.file(graph, group.facts, group.video, group.begin);
            let copies = graph.split(flow, "split", group.places.len());
            for ((pointer, from), copy) in group.places.iter().zip(copies) {
                graph.lend(pointer, *from, copy);
            }
        }
    }

    /// Seconds of a source at which decoding begins to show what is there at `from`: at the last place where
    /// a decoder can begin, where that is known. `as_fast`: a frame of the source lasts as long as one that is shown.
    fn begin_of(&self, facts: &MediaFacts, from: f64, as_fast: bool) -> f64 {
        let Some(Packets::Known(run)) = &facts.packets else {
            return from - PRE_ROLL;
        };
        let exact = from * self.rate().as_f64();
        let nearest = exact.round();
        // What is nearest to a time may begin before it, unless that is when a frame itself is due.
        let after = if as_fast && (exact - nearest).abs() <= NEAREST {
            nearest + 1.0
        } else {
            exact.floor()
        };
        #[expect(clippy::cast_possible_truncation, reason = "frames of a source")]
        match run.start_before(after as i64) {
            // Half a frame later, so that rounding does not lead to the place before.
            Some(start) => (as_f64(start) + 0.5) / self.rate().as_f64(),
            None => from - PRE_ROLL,
        }
    }

    /// Source frames on the project's grid: frame `k` is the source frame whose time is nearest.
    ///
    /// A source frame counts from the middle between it and the one before it, so `fps` with
    /// `round=up` picks the nearest at any pair of rates. A microsecond is taken off, so that rounding of
    /// timestamps never decides between two frames that are equally near.
    ///
    /// Where frames in between are made, a source frame counts from its own time on.
    fn retimed(&self, placed: &Placed<'_>, origin: Time, offset: i64, frames: i64) -> Vec<Filter> {
        let rate = self.rate();
        let pts = || Expr::var(Variable::Pts);
        let between = placed.clip.between().filter(rate);
        let counts = if between.is_some() {
            pts()
        } else {
            let middle = (pts() + Expr::var(Variable::PrevInPts)) / Expr::constant(2.0);
            Expr::if_then_else(Expr::var(Variable::FrameN), middle, pts())
        };
        let tie = if between.is_some() { 0 } else { TIE };
        let zero = as_f64(origin.flicks() + placed.clip.in_point.flicks());
        let skipped = rate.seconds_of(offset) * as_f64(Time::FLICKS_PER_SECOND) + as_f64(tie);
        let [longer, exactly] = lasting(frames);
        let setpts = |time: Expr| Filter::new("setpts").value(time);
        let mut filters = Vec::new();
        if between.is_some() {
            // A frame is made when the two after it are known.
            filters.push(Filter::new("tpad").arg("stop_mode", "clone").arg("stop", 3_i64));
        }
        filters.push(Filter::new("settb").value(Value::Rational(1, Time::FLICKS_PER_SECOND)));
        if placed.clip.between() == Between::Motion {
            // What moves is looked for in every frame that comes in, which takes long: where decoding had to
            // begin earlier, all but the last of those frames are left out.
            let video = placed.facts.and_then(|facts| facts.video.as_ref());
            let few = video
                .and_then(|video| video.rate)
                .map_or(0.0, |(frames, seconds)| {
                    4.0 * f64::from(seconds) / f64::from(frames.max(1))
                });
            let lead = LEAD.max(few) * as_f64(Time::FLICKS_PER_SECOND);
            #[expect(clippy::cast_possible_truncation, reason = "flicks of a source")]
            filters.push(Filter::new("trim").arg("start_pts", (zero - lead) as i64));
        }
        match placed.pace.constant() {
            _ if placed.pace.is_plain() => filters.push(setpts(counts - Expr::constant(zero + skipped))),
            Some(speed) => {
                let time = (counts - Expr::constant(zero)) / Expr::constant(speed);
                filters.push(setpts(time - Expr::constant(skipped)));
            }
            None => {
                let second = || Expr::constant(as_f64(Time::FLICKS_PER_SECOND));
                // Which frame is the last one before a moment is decided at the moments of frames alone;
                // what is between two of them depends on the whole way.
                let steps = if between.is_some() { 4 } else { 1 };
                let moments: Vec<f64> = (offset * steps..=(offset + frames) * steps)
                    .map(|step| rate.seconds_of(step) / as_f64(steps))
                    .collect();
                let time = placed.pace.expression(&(pts() / second()), &moments);
                filters.push(setpts(counts - Expr::constant(zero)));
                filters.push(setpts(time * second() - Expr::constant(skipped)));
            }
        }
        filters.extend(between);
        filters.extend([
            self.steady().arg("start_time", 0_i64).arg("round", "up"),
            longer,
            exactly,
        ]);
        if offset != 0 {
            filters.push(numbered(offset));
        }
        filters
    }
}

/// What is shown of a file, in seconds of its source.
struct Shown {
    /// Where decoding begins.
    begin: f64,
    /// Where it is shown from.
    from: f64,
    /// Where it is shown to.
    to: f64,
}

/// Clips that show one part of a file after the other.
struct Together<'a> {
    facts: &'a MediaFacts,
    video: &'a VideoFacts,
    /// Seconds of the source.
    begin: f64,
    /// Seconds of the source that they have shown so far.
    to: f64,
    /// Each by its place in the document and the first frame that is needed of it.
    places: Vec<(&'a str, Frame)>,
}

/// Seconds that are rather decoded for nothing than a file is opened once more.
const APART: f64 = 1.0;

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

fn is_opaque(color: &crate::ffmpeg::color::Color) -> bool {
    let text = color.to_string();
    !text.contains('@') && text.len() != "0xRRGGBBAA".len()
}

/// Whether what a filter does to a frame depends on when the frame shows.
fn moves(filter: &Filter) -> bool {
    let depends = |value: &Value| matches!(value, Value::Expression(value) if value.uses(Variable::T));
    filter.args.iter().any(|(_, value)| depends(value))
}
