//! `text_overlay`: a text on the picture.

use super::lettering::{
    self, LONGEST, Measure, alpha, between, boxed, corner, floor, frame_at, lasts, letters, margins, pixels,
    t, while_shown, whole_size, wide,
};
use super::moving::{ANIMATION_DURATION, ANIMATION_IN, ANIMATION_OUT, Moving};
use super::panel::{Panel, painted};
use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, FontFile, Kind, Memory, Param, Params, Picture, PictureContext, Place,
    Position, Role, Step,
};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::drawtext::{self, DrawtextBuilder, Part};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// How many pieces a text that is written character by character may have.
const MOST_TYPED: usize = 1000;

/// The parameters of a text; the title generator takes the same.
pub(crate) const PARAMS: &[Param] = &[
    Param::required(
        "text",
        Kind::Text { max: LONGEST },
        "What is written; new lines break it.",
    )
    .alias(&["content", "title"]),
    lettering::POSITION.hint("Subtitles: bottom_center. Names of speakers: lower_third."),
    lettering::FONTSIZE
        .animatable()
        .hint("A title in 1920x1080: 72 to 120. Subtitles: 48."),
    lettering::FONTCOLOR,
    lettering::FONT,
    lettering::WEIGHT,
    lettering::ITALIC,
    Param::optional(
        "width",
        Kind::Number {
            min: 0.01,
            max: 1.0,
            unit: "",
        },
        Default::None,
        "How wide a line may be, as a fraction of the output: it is broken at spaces, and a word only where it does not fit alone. Left out, lines break where the text does, and at the safe area.",
    )
    .alias(&["max_width", "wrap_width"])
    .hint("A text of unknown length: 0.8. A column beside a person: 0.4."),
    Param::optional(
        "align",
        Kind::Word {
            allowed: &["left", "center", "right"],
            aliases: &[("centre", "center"), ("middle", "center")],
        },
        Default::Text("left"),
        "How the lines stand to one another.",
    )
    .alias(&["text_align", "alignment"]),
    lettering::MARGIN,
    lettering::SAFE_AREA,
    lettering::START,
    lettering::DURATION,
    lettering::FADE_IN,
    lettering::FADE_OUT,
    ANIMATION_IN,
    ANIMATION_OUT,
    ANIMATION_DURATION,
    lettering::OPACITY,
    lettering::BOX,
    lettering::BOX_COLOR,
    lettering::BOX_PADDING,
    lettering::BORDER_WIDTH,
    lettering::BORDER_COLOR,
    lettering::SHADOW_X,
    lettering::SHADOW_Y,
    lettering::SHADOW_COLOR,
    lettering::LINE_SPACING,
];

/// The description of `text_overlay`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "text_overlay",
    description: "Writes a text on the picture, with fades, box, outline and shadow.",
    ai_hint: "Times are from the clip's start. For a title over several clips use a title generator on a track above.",
    example_prompt: "Add a title 'Chapter 1' that fades in at the start.",
    example: r#"{"text": "Chapter 1: Introduction", "fontsize": 64, "position": "center"}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).writing()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    Ok(chain(filters(params, context)?))
}

/// The drawing of a text in a stream whose `t` counts from the clip's start.
pub(crate) fn filters(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Filter>, BuildError> {
    let text = Text::of(params, context)?;
    match &text.block {
        None => Ok(vec![text.whole()?]),
        Some(block) => text.laid(block),
    }
}

/// A text that is to be drawn.
struct Text<'a> {
    params: &'a Params,
    context: &'a PictureContext<'a>,
    font: Option<&'a FontFile>,
    span: (f64, f64),
    moving: Moving<'a>,
    alpha: Option<Expr>,
    /// What is written.
    words: String,
    /// The lines that are laid out one by one; nothing where the text is drawn as a whole.
    block: Option<Block>,
}

/// Lines one below another, in pixels.
struct Block {
    lines: Vec<String>,
    size: f64,
    width: f64,
    height: f64,
    ascent: f64,
    pitch: f64,
    measure: Measure,
}

impl Block {
    fn of(lines: Vec<String>, measure: Measure, size: f64, spacing: f64) -> Self {
        let pitch = measure.pitch + spacing;
        #[expect(clippy::cast_precision_loss, reason = "a count of lines")]
        let further = lines.len().saturating_sub(1) as f64;
        Self {
            width: lines.iter().map(|line| measure.width(line)).fold(0.0, f64::max),
            height: measure.ascent + measure.descent + further * pitch,
            ascent: measure.ascent,
            lines,
            size,
            pitch,
            measure,
        }
    }

    /// From the upper edge to the baseline of a line.
    fn baseline(&self, line: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of lines")]
        let above = line as f64;
        self.ascent + above * self.pitch
    }
}

/// The size of letters that grow, as `FFmpeg` rounds it, and how large they are for their full size.
fn scaled(size: &Expr, scale: Expr) -> (Expr, Expr) {
    let grown = size.clone() * scale;
    let rounded = floor(grown.clone() + Expr::constant(0.5));
    let one = || Expr::constant(1.0);
    (Expr::max(grown, one()), Expr::max(rounded, one()) / size.clone())
}

/// The lengths of what is seen of a line whose characters appear and go at these frames: how long, from which
/// frame on, and before which one.
fn prefixes(times: &[(i64, i64)]) -> Vec<(usize, i64, i64)> {
    let mut turns: Vec<i64> = times.iter().flat_map(|(from, to)| [*from, *to]).collect();
    turns.sort_unstable();
    turns.dedup();
    let mut seen: Vec<(usize, i64, i64)> = Vec::new();
    for turn in turns.windows(2) {
        let [from, to] = turn else { continue };
        let length = times
            .iter()
            .take_while(|(start, end)| start <= from && from < end)
            .count();
        match seen.last_mut() {
            Some((last, _, end)) if *last == length && end == from => *end = *to,
            _ => seen.push((length, *from, *to)),
        }
    }
    seen.retain(|(length, _, to)| *length > 0 && *to > 0);
    seen
}

impl<'a> Text<'a> {
    fn of(params: &'a Params, context: &'a PictureContext<'a>) -> Result<Self, BuildError> {
        let span = lasts(params, context.seconds());
        let moving = Moving::of(params, span);
        let font = lettering::font(params, context.fonts).ok();
        let mut text = Self {
            params,
            context,
            font,
            span,
            moving,
            alpha: alpha(params, context, span, moving.fades(params)),
            words: params.text("text").to_owned(),
            block: None,
        };
        text.lay()?;
        Ok(text)
    }

    /// Breaks the text into lines where that is asked for.
    fn lay(&mut self) -> Result<(), BuildError> {
        let typed = self.moving.has("typewriter");
        let aligned = self.params.text("align") != "left";
        let wraps = self.params.optional_number("width").is_some();
        if self.params.animated("fontsize").constant().is_none() {
            let refused = [(wraps, "width"), (aligned, "align"), (typed, "typewriter")];
            if let Some((_, name)) = refused.into_iter().find(|(is, _)| *is) {
                return Err(BuildError::Unsupported {
                    message: format!("`{name}` does not go with a fontsize that changes over time"),
                    hint: format!("give one fontsize, or leave `{name}` out"),
                });
            }
            return Ok(());
        }
        let size = whole_size(self.params, self.context, "fontsize");
        let measure = Measure::of(self.font, size, &self.words);
        let room = self.room();
        let lines = measure.lines(&self.words, room);
        let broken = lines.len() > measure.lines(&self.words, None).len();
        let leftward = lines.iter().any(|line| lettering::runs_left(line));
        if typed || lines.len() > 1 && (wraps || aligned || broken || leftward) {
            let spacing = f64::from(pixels(self.params, self.context, "line_spacing"));
            self.block = Some(Block::of(lines, measure, size, spacing));
        }
        Ok(())
    }

    /// How wide a line may be, in pixels; nothing where it may be as wide as it is.
    fn room(&self) -> Option<f64> {
        let canvas = f64::from(self.context.canvas.0);
        let wanted = self
            .params
            .optional_number("width")
            .map(|part| (part * canvas).floor());
        let is_preset = matches!(self.params.position("position"), Position::Preset(_));
        if self.params.text("safe_area") == "none" || !is_preset {
            return wanted;
        }
        let within = (canvas - 2.0 * margins(self.params, self.context).0)
            .floor()
            .max(1.0);
        Some(wanted.map_or(within, |wanted| wanted.min(within)))
    }

    /// How far box, outline and shadow reach beyond the letters, in pixels.
    fn reach(&self) -> f64 {
        let wide = |name| f64::from(wide(self.params, self.context, name));
        let padding = if self.params.flag("box") {
            wide("box_padding")
        } else {
            0.0
        };
        let shadow = wide("shadow_x").max(wide("shadow_y"));
        padding.max(wide("border_width") + shadow)
    }

    /// Where something is that lies at `corner` and has this size, when it comes and goes from beyond the edges.
    fn moved(&self, corner: (Expr, Expr), size: &(Expr, Expr)) -> (Expr, Expr) {
        let reach = self.reach();
        let around = |value: &Expr, by: f64| value.clone() + Expr::constant(by);
        let outer = (around(&corner.0, -reach), around(&corner.1, -reach));
        let size = (around(&size.0, 2.0 * reach), around(&size.1, 2.0 * reach));
        let (across, down) = self.moving.offset(&outer, &size);
        let plus = |value: Expr, offset: Option<Expr>| match offset {
            None => value,
            Some(offset) => value + offset,
        };
        (plus(corner.0, across), plus(corner.1, down))
    }

    /// The text as one drawing.
    fn whole(&self) -> Result<Filter, BuildError> {
        let size = self
            .params
            .animated("fontsize")
            .map(|size| (size * self.context.scale).max(1.0))
            .expression(&t());
        let (width, height) = (Expr::var(Variable::TextW), Expr::var(Variable::TextH));
        let (size, place) = match self.moving.scale() {
            None => {
                let corner = corner(self.params, self.context, &width, &height);
                (size, self.moved(corner, &(width, height)))
            }
            Some(scale) => {
                let (drawn, ratio) = scaled(&size, scale);
                let full = (width.clone() / ratio.clone(), height.clone() / ratio);
                let corner = corner(self.params, self.context, &full.0, &full.1);
                let (x, y) = self.moved(corner, &full);
                (drawn, (x + (full.0 - width) / 2, y + (full.1 - height) / 2))
            }
        };
        let words = [Part::Words(self.words.clone())];
        let builder = letters(&words, self.params, self.context, (self.font, size))?.line_spacing(pixels(
            self.params,
            self.context,
            "line_spacing",
        ))?;
        let builder = boxed(builder, self.params, self.context)?;
        let shown = while_shown(self.context, self.span);
        Ok(self.placed(builder, place, shown)?.build())
    }

    fn placed(
        &self,
        builder: DrawtextBuilder,
        (x, y): (Expr, Expr),
        shown: Option<Expr>,
    ) -> Result<DrawtextBuilder, BuildError> {
        let mut builder = builder.position(drawtext::Position::Absolute { x, y })?;
        if let Some(alpha) = &self.alpha {
            builder = builder.alpha(alpha.clone())?;
        }
        if let Some(shown) = shown {
            builder = builder.enable(shown)?;
        }
        Ok(builder)
    }

    /// The text line by line: so `FFmpeg` 5.1 can align lines, too, and all draw them equally far apart.
    fn laid(&self, block: &Block) -> Result<Vec<Filter>, BuildError> {
        let full = (Expr::constant(block.width), Expr::constant(block.height));
        let (x, y) = corner(self.params, self.context, &full.0, &full.1);
        let (x, y) = self.moved((floor(x), floor(y)), &full);
        let (size, ratio) = match self.moving.scale() {
            None => (Expr::constant(block.size), None),
            Some(scale) => {
                let (size, ratio) = scaled(&Expr::constant(block.size), scale);
                (size, Some(ratio))
            }
        };
        let now = |length: f64| match &ratio {
            None => Expr::constant(length),
            Some(ratio) => Expr::constant(length) * ratio.clone(),
        };
        // What grows does so around its centre.
        let (x, y) = match &ratio {
            None => (x, y),
            Some(_) => (
                x + (full.0 - now(block.width)) / 2,
                y + (full.1 - now(block.height)) / 2,
            ),
        };
        let mut filters = self.background(block, (&x, &y), (now(block.width), now(block.height)))?;
        let typed = self.moving.has("typewriter");
        let pieces = self.pieces(block);
        if pieces.len() > MOST_TYPED {
            return Err(BuildError::Unsupported {
                message: format!("a text cannot be written in more than {MOST_TYPED} steps"),
                hint: "shorten the text or its animation_duration, or let it fade in".to_owned(),
            });
        }
        for (piece, line, shown) in pieces {
            let down = block.baseline(line);
            let y = y.clone() + now(down) - Expr::var(Variable::HighestGlyph);
            let free = match (block.lines.get(line), typed) {
                // Letters that are written one by one stay where they are.
                (Some(whole), true) => now(block.width - block.measure.width(whole)),
                _ => now(block.width) - Variable::TextW,
            };
            let x = match self.params.text("align") {
                "center" => x.clone() + floor(free / 2),
                "right" => x.clone() + free,
                _ => x.clone(),
            };
            let words = [Part::Words(piece)];
            let builder = letters(&words, self.params, self.context, (self.font, size.clone()))?;
            filters.push(self.placed(builder, (x, y), shown)?.build());
        }
        Ok(filters)
    }

    /// The box behind all lines.
    fn background(
        &self,
        block: &Block,
        (x, y): (&Expr, &Expr),
        (width, height): (Expr, Expr),
    ) -> Result<Vec<Filter>, BuildError> {
        if !self.params.flag("box") || block.lines.iter().all(|line| line.trim().is_empty()) {
            return Ok(Vec::new());
        }
        let padding = f64::from(wide(self.params, self.context, "box_padding"));
        let panel = Panel {
            x: x.clone() - Expr::constant(padding),
            y: y.clone() - Expr::constant(padding),
            width: width + Expr::constant(2.0 * padding),
            height: height + Expr::constant(2.0 * padding),
            color: self.params.color("box_color").unwrap_or(Color::BLACK),
            alpha: self.alpha.clone(),
        };
        let (start, end) = self.frames();
        Ok(painted(self.context, panel.filters(self.context, start, end)?))
    }

    /// The frames of the clip that show the text.
    fn frames(&self) -> (i64, i64) {
        let start = frame_at(self.context, self.span.0).max(0);
        (
            start,
            frame_at(self.context, self.span.1).min(self.context.frames),
        )
    }

    /// What is drawn of which line, and while what holds.
    fn pieces(&self, block: &Block) -> Vec<(String, usize, Option<Expr>)> {
        let lines = || block.lines.iter().enumerate();
        if !self.moving.has("typewriter") {
            let shown = while_shown(self.context, self.span);
            return lines()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(number, line)| (line.clone(), number, shown.clone()))
                .collect();
        }
        let all: usize = lines().map(|(_, line)| line.chars().count()).sum();
        let mut before = 0;
        let mut pieces = Vec::new();
        for (number, line) in lines() {
            let count = line.chars().count();
            let times: Vec<(i64, i64)> = (before..before + count)
                .map(|character| {
                    let (from, to) = self.moving.typed(character, all);
                    (frame_at(self.context, from), frame_at(self.context, to))
                })
                .collect();
            before += count;
            for (length, from, to) in prefixes(&times) {
                let piece: String = line.chars().take(length).collect();
                if !piece.trim().is_empty() {
                    let seconds = |frame| self.context.rate.seconds_of(frame);
                    let shown = between(self.context, seconds(from.max(0)), seconds(to));
                    pieces.push((piece, number, Some(shown)));
                }
            }
        }
        pieces
    }
}
