//! `lower_third`: who speaks, in the lower part of the picture.

use super::lettering::{
    self, Measure, alpha, corner, floor, frame_at, lasts, letters, margins, pixels, styled, while_shown,
    whole_size,
};
use super::moving::Moving;
use super::panel::{Panel, painted};
use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, FontFile, Kind, Memory, Param, Params, Picture, PictureContext, Place,
    Position, Role, Step,
};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::drawtext::{self, Part};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};

/// The longest name in characters.
const LONGEST_NAME: usize = 200;
/// The size of the second line, where it is not said, for one of the first.
const SMALLER: f64 = 0.65;

/// The description of `lower_third`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "lower_third",
    description: "Names a person: name and role on a plate with a bar, which slides in and out.",
    ai_hint: "Show it when somebody speaks for the first time, for 4 to 6 s: start and duration are from the clip's start. Put it on the right where the face is on the left.",
    example_prompt: "Introduce the speaker: Ada Example, Head of Research.",
    example: r#"{"name": "Ada Example", "role": "Head of Research", "fontsize": 28}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::required("name", Kind::Text { max: LONGEST_NAME }, "The first line."),
        Param::optional(
            "role",
            Kind::Text { max: LONGEST_NAME },
            Default::Text(""),
            "The second line; left out, there is none.",
        )
        .alias(&["subtitle", "title"]),
        Param {
            default: Default::Text("bottom_left"),
            description: "A preset, or {\"x\", \"y\"}: the centre of the plate in fractions of the output. At the right the bar is at the right, and it slides in from there.",
            ..lettering::POSITION
        },
        Param {
            default: Default::Number(44.0),
            description: "Height of the name's font in pixels of the project's output.",
            ..lettering::FONTSIZE
        },
        Param::optional(
            "role_fontsize",
            lettering::SIZE,
            Default::None,
            "The same of the role; left out, 0.65 of the name's.",
        ),
        lettering::FONTCOLOR,
        Param::optional(
            "role_color",
            Kind::Color,
            Default::Text("#d0d0d0"),
            "Colour of the role.",
        ),
        lettering::FONT,
        Param {
            default: Default::None,
            description: "How thick the name's letters are: one of the installed styles of the family.",
            ..lettering::WEIGHT
        },
        lettering::ITALIC,
        Param::optional(
            "bar_color",
            Kind::Color,
            Default::Text("#e8a33d"),
            "Colour of the bar.",
        ),
        Param::optional(
            "bar_width",
            lettering::PIXELS,
            Default::Number(8.0),
            "Width of the bar, in pixels of the project's output; 0 leaves it out.",
        ),
        Param {
            default: Default::Text("#101418@0.8"),
            description: "Colour of the plate.",
            ..lettering::BOX_COLOR
        },
        Param {
            default: Default::Number(18.0),
            description: "Space around the lines on the plate.",
            ..lettering::BOX_PADDING
        },
        lettering::MARGIN,
        Param {
            default: Default::Text("title"),
            ..lettering::SAFE_AREA
        },
        Param {
            description: "When it begins to slide in, from the clip's start; below 0, it has begun before the clip.",
            ..lettering::START
        },
        Param {
            description: "How long it stays, sliding included; left out, to the end of the clip.",
            ..lettering::DURATION
        },
        Param {
            description: "How long sliding in and out take each; 0: it is there at once.",
            ..super::moving::ANIMATION_DURATION
        },
        lettering::OPACITY,
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).writing()),
};

/// One of the two kinds of lines.
struct Lines<'f> {
    font: Option<&'f FontFile>,
    size: f64,
    measure: Measure,
    written: Vec<String>,
    color: Color,
}

impl Lines<'_> {
    fn width(&self) -> f64 {
        self.written
            .iter()
            .map(|line| self.measure.width(line))
            .fold(0.0, f64::max)
    }
}

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let span = lasts(params, context.seconds());
    let padding = f64::from(pixels(params, context, "box_padding"));
    let bar = f64::from(pixels(params, context, "bar_width"));
    let room = f64::from(context.canvas.0) - 2.0 * (margins(params, context).0 + padding) - bar;
    let all = kinds(params, context, room.max(1.0));
    let width = all.iter().map(Lines::width).fold(0.0, f64::max) + 2.0 * padding + bar;
    let height = 2.0 * padding
        + all
            .iter()
            .map(|kind| f64_of(kind.written.len()) * (kind.measure.ascent + kind.measure.descent))
            .sum::<f64>();
    let size = (Expr::constant(width), Expr::constant(height));
    let (x, y) = corner(params, context, &size.0, &size.1);
    let (x, y) = (floor(x), floor(y));
    let at_right = matches!(
        params.position("position"),
        Position::Preset("top_right" | "bottom_right")
    );
    let (coming, going) = if at_right {
        ("slide_left", "slide_right")
    } else {
        ("slide_right", "slide_left")
    };
    // A clip that is cut goes on: its left part does not slide out, which the whole does not do there.
    let start = params.seconds("start").unwrap_or(0.0);
    let gone = params.seconds("duration").map_or(span.1, |length| start + length);
    let moving = Moving {
        coming,
        going,
        seconds: params.seconds("animation_duration").unwrap_or(0.0),
        span: (start, gone),
    };
    // Plate and letters move by whole pixels, so that they stay together.
    let x = match moving.offset(&(x.clone(), y.clone()), &size).0 {
        None => x,
        Some(offset) => floor(x + offset + Expr::constant(0.5)),
    };
    let alpha = alpha(params, context, span, (0.0, 0.0));
    let panel = |left: f64, width: f64, color: Color| Panel {
        x: x.clone() + Expr::constant(left),
        y: y.clone(),
        width: Expr::constant(width),
        height: size.1.clone(),
        color,
        alpha: alpha.clone(),
    };
    let color = |name: &str| params.color(name).unwrap_or(Color::BLACK);
    let (bar_at, text_at) = if at_right {
        (width - bar, padding)
    } else {
        (0.0, bar + padding)
    };
    let plate_at = if at_right { 0.0 } else { bar };
    let start = frame_at(context, span.0).max(0);
    let end = frame_at(context, span.1).min(context.frames);
    let mut boxes = panel(plate_at, width - bar, color("box_color")).filters(context, start, end)?;
    if bar > 0.0 {
        boxes.extend(panel(bar_at, bar, color("bar_color")).filters(context, start, end)?);
    }
    let mut filters = painted(context, boxes);
    let mut top = padding;
    for kind in &all {
        for line in &kind.written {
            let left = x.clone() + Expr::constant(text_at);
            let free = Expr::constant(width - bar - 2.0 * padding) - Variable::TextW;
            let baseline = y.clone() + Expr::constant(top + kind.measure.ascent);
            let words = [Part::Words(line.clone())];
            let mut builder = letters(&words, params, context, (kind.font, Expr::constant(kind.size)))?
                .fontcolor(kind.color.clone())
                .position(drawtext::Position::Absolute {
                    x: if at_right { left + free } else { left },
                    y: baseline - Expr::var(Variable::HighestGlyph),
                })?;
            if let Some(alpha) = &alpha {
                builder = builder.alpha(alpha.clone())?;
            }
            if let Some(shown) = while_shown(context, span) {
                builder = builder.enable(shown)?;
            }
            filters.push(builder.build());
            top += kind.measure.ascent + kind.measure.descent;
        }
    }
    Ok(chain(filters))
}

/// The lines of the name and those of the role.
fn kinds<'f>(params: &Params, context: &PictureContext<'f>, room: f64) -> Vec<Lines<'f>> {
    let name = whole_size(params, context, "fontsize");
    let role = match params.optional_number("role_fontsize") {
        Some(size) => (size * context.scale).round().max(1.0),
        None => (name * SMALLER).round().max(1.0),
    };
    let kinds = [
        ("name", "fontcolor", name, params.text("weight")),
        ("role", "role_color", role, ""),
    ];
    kinds
        .into_iter()
        .filter(|(text, ..)| !params.text(text).trim().is_empty())
        .map(|(text, color, size, weight)| {
            let font = styled(params, context.fonts, weight).ok();
            let measure = Measure::of(font, size, params.text(text));
            Lines {
                font,
                size,
                written: measure.lines(params.text(text), Some(room)),
                measure,
                color: params.color(color).unwrap_or(Color::WHITE),
            }
        })
        .collect()
}

fn f64_of(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of lines")]
    let count = count as f64;
    count
}
