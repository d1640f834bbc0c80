//! Whole canvases: the background, a clip laid on it, and what is drawn there.

use super::super::arrange::Placed;
use super::super::graph::{Built, Flow, Graph, Refused, at};
use super::super::place::Placement;
use super::super::tint::{from_rgb, tag, to_rgb};
use super::blending::mixing;
use super::shot::Boxed;
use super::{Scene, remembered, steps_of, within};
use crate::document::{Animated, Effect, Generator, Source};
use crate::effects::{PictureContext, Step, apart, caption, chain, every_filter, in_planes, text_overlay};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::{Filter, Value};
use crate::problem::Problem;
use crate::time::FrameRange;

/// What lies under a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The background's colour.
    Opaque,
    /// Nothing.
    Clear,
}

impl Scene<'_> {
    pub fn color(&self, color: Value, size: (u32, u32)) -> Built<Flow> {
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

    pub fn ground(&self, ground: Ground, frames: i64, offset: i64) -> Built<Flow> {
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

    /// To RGB whose colours are weighed by their alpha: what may be mixed and drawn on.
    pub fn premultiplied(&self) -> Vec<Filter> {
        vec![
            to_rgb(),
            Filter::new("format").value(self.working.rgb),
            Filter::new("premultiply").arg("inplace", true),
        ]
    }

    /// Texts drawn on a clear canvas.
    ///
    /// `drawtext` mixes a colour's alpha into the canvas's alpha as if it were one more colour, so what is
    /// half transparent would become a quarter. The alpha is drawn by itself: in white, on its own grey.
    pub fn drawn(&self, graph: &mut Graph, flow: Flow, texts: &[Step]) -> Flow {
        let texts = self.parted(texts);
        let flow = flow.then_all(self.premultiplied());
        if !texts.iter().any(is_translucent) {
            return flow.then_all(texts).then_all(self.straight());
        }
        let mut halves = graph.split(flow, "split", 2).into_iter();
        let colors = halves.next().unwrap_or_default();
        let cover = halves.next().unwrap_or_default();
        let opaque = || Filter::new("format").value(self.working.opaque_rgb);
        let cover = cover
            .then(
                ["r", "g", "b"]
                    .into_iter()
                    .fold(Filter::new("colorchannelmixer"), |mixer, channel| {
                        mixer
                            .arg([channel, channel].concat(), 0_i64)
                            .arg([channel, "a"].concat(), 1_i64)
                    }),
            )
            .then(opaque())
            .then_all(texts.iter().map(in_white))
            .then(opaque());
        let colors = colors.then(opaque()).then_all(texts).then(opaque());
        let merge = Filter::new("mergeplanes")
            .arg("map1p", 1_i64)
            .arg("map2p", 2_i64)
            .arg("map3s", 1_i64)
            .arg("format", self.working.rgb);
        graph.merge([colors, cover], merge).then_all(self.straight())
    }

    /// Back to the working format with plain alpha.
    pub fn straight(&self) -> Vec<Filter> {
        vec![
            Filter::new("format").value(self.working.rgb),
            Filter::new("unpremultiply").arg("inplace", true),
            from_rgb(),
            Filter::new("format").value(self.working.alpha),
            tag(),
        ]
    }

    /// A clip as whole canvases, frames `range` of the timeline.
    pub fn on_canvas(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        range: FrameRange,
        ground: Ground,
    ) -> Built<Flow> {
        let made = remembered(placed, range);
        let flow = self.on_canvas_whole(graph, placed, made, ground)?;
        Ok(within(flow, made, range))
    }

    /// The same, whatever effects remember.
    fn on_canvas_whole(
        &self,
        graph: &mut Graph,
        placed: &Placed<'_>,
        range: FrameRange,
        ground: Ground,
    ) -> Built<Flow> {
        let offset = range.start() - placed.frames.start();
        let below = |scene: &Self| scene.ground(ground, range.len(), offset);
        if let (Ground::Opaque, Some(mixing)) = (ground, mixing(placed)) {
            let canvas = self.on_canvas(graph, placed, range, Ground::Clear)?;
            return Ok(self.mixed(graph, below(self)?, canvas, mixing, offset));
        }
        if ground == Ground::Opaque && whole_is_transparent(placed) {
            let canvas = self.on_canvas(graph, placed, range, Ground::Clear)?;
            return Ok(graph
                .merge([below(self)?, canvas], self.overlay_whole())
                .then(Filter::new("format").value(self.working.plain)));
        }
        let mut area = None;
        let flow = match self.boxed(graph, placed, range)? {
            None => below(self)?,
            Some(boxed) => {
                area = boxed.placement.area();
                self.laid(graph, boxed, ground, below)?
            }
        };
        let mut flow = self.title(graph, flow, (placed, offset), ground)?;
        for effect in canvas_effects(placed) {
            if effect.spec.measures() && effect.spec.picture().is_some() {
                return Err(Refused(
                    Problem::new(
                        "effect.unsupported",
                        &effect.pointer,
                        "How a clip moves is measured on its own picture, and an effect before this one has put it on the whole picture.",
                    )
                    .hint("Move it before the effects that write on the clip or lie around it."),
                ));
            }
            let context = PictureContext {
                area,
                ..self.context(placed, self.canvas, ground == Ground::Clear, offset)
            };
            if ground == Ground::Clear && draws(effect) {
                // The way through RGB and back is the whole clip's.
                let steps = steps_of(effect, &context)?;
                if !steps.is_empty() {
                    flow = self.drawn(graph, flow, &steps);
                }
                continue;
            }
            let acting = self.acting_on(effect, &context, range.len())?;
            if acting.steps.is_empty() {
                continue;
            }
            let format = match ground {
                Ground::Opaque => self.working.plain,
                Ground::Clear => self.working.alpha,
            };
            flow = self.with(graph, flow, acting, offset, format)?;
        }
        let is_title = matches!(placed.clip.source, Source::Generator(Generator::Title(_)));
        if is_title || (canvas_effects(placed).is_empty() && !is_caption(placed)) {
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
        let background = &self.arrangement.project.output.background;
        let black = *background == Color::BLACK || background.to_string() == "0x000000";
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
        let over = flow.then(Filter::new("format").value(self.working.alpha));
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
        Ok(graph
            .merge([below(self)?, over], overlay)
            .then(Filter::new("format").value(format)))
    }

    pub fn overlay(&self, placement: &Placement) -> Filter {
        Filter::new("overlay")
            .arg("x", placement.x.clone())
            .arg("y", placement.y.clone())
            .arg("eof_action", "pass")
            .arg("format", self.working.overlay)
    }

    /// Lays a whole canvas over another.
    pub fn overlay_whole(&self) -> Filter {
        Filter::new("overlay")
            .arg("x", 0_i64)
            .arg("y", 0_i64)
            .arg("eof_action", "pass")
            .arg("format", self.working.overlay)
    }

    /// Writes a title generator's text on frames of it from number `first` on.
    fn title(
        &self,
        graph: &mut Graph,
        flow: Flow,
        (placed, first): (&Placed<'_>, i64),
        ground: Ground,
    ) -> Built<Flow> {
        if let Source::Generator(Generator::Caption(params)) = &placed.clip.source {
            let context = self.context(placed, self.canvas, ground == Ground::Clear, first);
            let steps = at(caption::picture(params, &context), &placed.clip.pointer)?;
            return self.stepped(graph, flow, &steps, first, 0);
        }
        let Source::Generator(Generator::Title(params)) = &placed.clip.source else {
            return Ok(flow);
        };
        let opacity = &placed.clip.transform.opacity;
        let context = PictureContext {
            opacity: Some(opacity),
            ..self.context(placed, self.canvas, ground == Ground::Clear, first)
        };
        let text = at(text_overlay::filters(params, &context), &placed.clip.pointer)?;
        Ok(match ground {
            Ground::Opaque => flow
                .then_all(text)
                .then(Filter::new("format").value(self.working.plain)),
            Ground::Clear => self.drawn(graph, flow, &chain(text)),
        })
    }

    /// Multiplies the alpha of a stream.
    pub fn with_opacity(
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
        let mask = mask.then(Filter::new("alphaextract"));
        let large = Filter::new("scale").arg("w", size.0).arg("h", size.1);
        let level = self
            .color(Value::from("black"), (2, 2))?
            .then(Filter::new("format").value(self.working.gray))
            .then_all(self.freeze(frames, offset))
            .then(Filter::new("geq").arg("lum", level))
            .then(large.arg("flags", "neighbor"))
            .then(Filter::new("format").value(self.working.gray));
        let multiply = Filter::new("blend").arg("all_mode", "multiply");
        let mask = graph
            .merge([mask, level], multiply)
            .then(Filter::new("format").value(self.working.gray));
        Ok(graph.merge([picture, mask], Filter::new("alphamerge")))
    }
}

/// The clip's effects on its picture, apart from those on its shape, which come before its scaling.
pub fn all_picture_effects<'p>(placed: &'p Placed<'_>) -> Vec<&'p Effect> {
    placed
        .clip
        .effects
        .iter()
        .filter(|effect| effect.spec.picture().is_some())
        .collect()
}

/// The effects that work in the clip's own box: those before the first that draws on the canvas.
pub fn box_effects<'p>(placed: &'p Placed<'_>) -> Vec<&'p Effect> {
    all_picture_effects(placed)
        .into_iter()
        .take_while(|effect| !on_canvas(effect))
        .collect()
}

/// The effects that work on the canvas: from the first that draws on it.
pub fn canvas_effects<'p>(placed: &'p Placed<'_>) -> Vec<&'p Effect> {
    all_picture_effects(placed)
        .into_iter()
        // A text has no picture before the canvas that it is drawn on.
        .skip_while(|effect| !is_text(placed) && !on_canvas(effect))
        .collect()
}

fn is_text(placed: &Placed<'_>) -> bool {
    let source = &placed.clip.source;
    matches!(
        source,
        Source::Generator(Generator::Title(_) | Generator::Caption(_))
    )
}

/// Whether a clip as a whole, with what is drawn on its canvas, lets through what lies below.
fn whole_is_transparent(placed: &Placed<'_>) -> bool {
    let effects = canvas_effects(placed);
    let is_title = matches!(placed.clip.source, Source::Generator(Generator::Title(_)));
    (is_caption(placed) && !placed.clip.transform.opacity.is(1.0))
        // What changes a text leaves the background alone.
        || is_text(placed) && effects.iter().any(|effect| !draws(effect))
        || !effects.is_empty()
            && (!placed.clip.transform.opacity.is(1.0) && !is_title
                || effects
                    .iter()
                    .any(|effect| makes_alpha(effect) || lies_still(effect)))
}

/// Whether it works around a clip, and so before anything lies below that.
fn lies_still(effect: &Effect) -> bool {
    effect.spec.picture().is_some_and(|picture| picture.lies_still)
}

fn is_caption(placed: &Placed<'_>) -> bool {
    matches!(placed.clip.source, Source::Generator(Generator::Caption(_)))
}

fn on_canvas(effect: &Effect) -> bool {
    effect.spec.picture().is_some_and(|picture| picture.on_canvas)
}

/// Whether a picture may let something through because of this effect.
pub fn makes_alpha(effect: &Effect) -> bool {
    effect.spec.makes_alpha() || effect.params.flag("alpha")
}

pub fn draws(effect: &Effect) -> bool {
    effect.spec.writes()
}

fn colors(filter: &Filter) -> impl Iterator<Item = Color> {
    filter.args.iter().filter_map(|(key, value)| color(key, value))
}

fn color(key: &str, value: &Value) -> Option<Color> {
    match value {
        Value::Word(word) if key.ends_with("color") => word.parse().ok(),
        _ => None,
    }
}

/// Whether a drawing lets anything through.
fn is_translucent(drawing: &Filter) -> bool {
    // A box leaves the alpha of what it lies on.
    drawing.name == "drawbox"
        || drawing.args.iter().any(|(key, _)| key == "alpha")
        || colors(drawing).any(|color| color.is_translucent())
}

/// The same drawing with every colour white.
fn in_white(drawing: &Filter) -> Filter {
    recolored(drawing, Color::as_white)
}

impl Scene<'_> {
    /// Steps on an opaque picture, with texts that look alike in all versions; nothing where there are none.
    pub fn written(&self, steps: &[Step]) -> Option<Vec<Step>> {
        let is_text = |step: &Step| matches!(step, Step::Filter(filter) if filter.name == "drawtext");
        let is_grey = |color: Color| {
            let [red, green, blue] = color.rgb();
            red == green && green == blue
        };
        let alike = |run: &[Step]| {
            if !run.iter().all(is_text) {
                return run.to_vec();
            }
            let texts = self.parted(run);
            // Greys are the same in BT.601 and BT.709.
            if self.writes_exactly || texts.iter().all(|text| colors(text).all(is_grey)) {
                return chain(texts);
            }
            let texts = texts.iter().map(|text| recolored(text, in_planes));
            chain(apart(self.working, texts.collect()))
        };
        let runs = steps.chunk_by(|one, next| is_text(one) && is_text(next));
        steps.iter().any(is_text).then(|| runs.flat_map(alike).collect())
    }

    /// Texts whose boxes and, where it has to be, shadows are drawings of their own.
    fn parted(&self, texts: &[Step]) -> Vec<Filter> {
        let texts = every_filter(texts).into_iter().flat_map(beside_box);
        if self.writes_exactly {
            texts.collect()
        } else {
            texts.flat_map(|text| with_shadow(&text)).collect()
        }
    }
}

const BOX: [&str; 3] = ["box", "boxcolor", "boxborderw"];
const OUTLINE: [&str; 2] = ["borderw", "bordercolor"];
const SHADOW: [&str; 3] = ["shadowx", "shadowy", "shadowcolor"];

/// A text and the box behind it: newer versions cut off what of an outline and a shadow is beside the box.
fn beside_box(text: &Filter) -> Vec<Filter> {
    let has = |key: &str| text.args.iter().any(|(name, _)| name == key);
    if !has("box") || !(has("borderw") || has("shadowx")) {
        return vec![text.clone()];
    }
    let behind = unlettered(without(&without(text, &OUTLINE), &SHADOW));
    vec![behind, without(text, &BOX)]
}

/// A text and its shadow, where `drawtext` lets only letters throw one and not their outlines.
fn with_shadow(text: &Filter) -> Vec<Filter> {
    let value = |key: &str| {
        text.args
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    };
    let whole = |key: &str| match value(key) {
        Some(Value::Integer(pixels)) => Some(*pixels),
        _ => None,
    };
    let parts = (
        whole("borderw"),
        whole("shadowx"),
        whole("shadowy"),
        value("shadowcolor"),
    );
    let (Some(1..), Some(x), Some(y), Some(shade)) = parts else {
        return vec![text.clone()];
    };
    let plain = without(text, &SHADOW);
    let mut shadow = unlettered(plain.clone());
    for (key, value) in &mut shadow.args {
        match (key.as_ref(), &*value) {
            ("bordercolor", _) => *value = shade.clone(),
            ("x", Value::Expression(place)) => *value = (place.clone() + pixels(x)).into(),
            ("y", Value::Expression(place)) => *value = (place.clone() + pixels(y)).into(),
            _ => {}
        }
    }
    vec![shadow, plain]
}

fn without(drawing: &Filter, keys: &[&str]) -> Filter {
    let mut drawing = drawing.clone();
    drawing.args.retain(|(name, _)| !keys.contains(&name.as_ref()));
    drawing
}

/// The same drawing without its letters.
fn unlettered(mut drawing: Filter) -> Filter {
    for (key, value) in &mut drawing.args {
        if let ("fontcolor", Some(color)) = (key.as_ref(), color(key, value)) {
            *value = color.at_opacity(0.0).into();
        }
    }
    drawing
}

fn pixels(count: i64) -> Expr {
    #[expect(clippy::cast_precision_loss, reason = "at most some thousands")]
    let count = count as f64;
    Expr::constant(count)
}

fn recolored(drawing: &Filter, other: impl Fn(&Color) -> Color) -> Filter {
    let mut drawing = drawing.clone();
    for (key, value) in &mut drawing.args {
        if let Some(color) = color(key, value) {
            *value = other(&color).into();
        }
    }
    drawing
}
