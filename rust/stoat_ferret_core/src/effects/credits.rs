//! `credits`: a text that rolls over the picture from below.

use super::lettering::{
    self, LONGEST, Measure, alpha, between, floor, frame_at, lasts, letters, pixels, t, whole_size, wide,
};
use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::drawtext::{self, Part};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};

/// How many lines may roll.
const MOST_LINES: usize = 1000;

/// The description of `credits`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "credits",
    description: "Rolls a long text over the picture, from below its lower edge to above its upper one, at a constant speed.",
    ai_hint: "The speed follows from the length: 3 s for each line that fits on the picture reads well. FFmpeg 7 and newer moves by parts of a pixel, older ones by whole pixels: there, choose a duration that makes it whole pixels a frame.",
    example_prompt: "Roll the closing credits.",
    example: r#"{"text": "Directed by\nAda Example\n\nMusic\nBen Sample", "fontsize": 36}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::required(
            "text",
            Kind::Text { max: LONGEST },
            "What rolls; new lines break it, and empty ones keep their height.",
        )
        .alias(&["content"]),
        lettering::FONTSIZE,
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
            Default::Number(0.8),
            "How wide a line may be, as a fraction of the output; longer ones are broken at spaces.",
        ),
        Param::optional(
            "align",
            Kind::Word {
                allowed: &["left", "center", "right"],
                aliases: &[("centre", "center"), ("middle", "center")],
            },
            Default::Text("center"),
            "How the lines stand to one another; the widest is in the middle of the picture.",
        )
        .alias(&["text_align", "alignment"]),
        lettering::LINE_SPACING,
        Param {
            description: "When the first line comes in, from the clip's start; below 0, it has begun before the clip.",
            ..lettering::START
        },
        Param {
            description: "How long it takes until the last line has gone; left out, to the end of the clip.",
            ..lettering::DURATION
        },
        lettering::OPACITY,
        lettering::BORDER_WIDTH,
        lettering::BORDER_COLOR,
        lettering::SHADOW_X,
        lettering::SHADOW_Y,
        lettering::SHADOW_COLOR,
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).writing()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let size = whole_size(params, context, "fontsize");
    let font = lettering::font(params, context.fonts).ok();
    let measure = Measure::of(font, size, params.text("text"));
    let canvas = (f64::from(context.canvas.0), f64::from(context.canvas.1));
    let lines = measure.lines(
        params.text("text"),
        Some((params.number("width") * canvas.0).floor()),
    );
    if lines.len() > MOST_LINES {
        return Err(BuildError::Unsupported {
            message: format!("credits of more than {MOST_LINES} lines cannot be rolled"),
            hint: "divide them between several clips".to_owned(),
        });
    }
    let pitch = measure.pitch + f64::from(pixels(params, context, "line_spacing"));
    let width = lines.iter().map(|line| measure.width(line)).fold(0.0, f64::max);
    let count = f64_of(lines.len());
    let height = (count - 1.0) * pitch + measure.ascent + measure.descent;
    let span = lasts(params, context.seconds());
    let start = params.seconds("start").unwrap_or(0.0);
    // A clip that is cut goes on rolling: the end of what is left does not matter.
    let length = params.seconds("duration").unwrap_or(context.seconds() - start);
    let speed = (canvas.1 + height) / length.max(context.rate.seconds_of(1));
    let alpha = alpha(params, context, span, (0.0, 0.0));
    let reach = f64::from(wide(params, context, "border_width") + wide(params, context, "shadow_y"));
    let mut filters = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let baseline = canvas.1 + f64_of(number) * pitch + measure.ascent;
        // From when the line reaches the lower edge to when it has left the upper one, with a glyph to spare.
        let spare = 2.0 * size + reach;
        let comes = start + (baseline - spare - canvas.1) / speed;
        let goes = start + (baseline + spare) / speed;
        let (from, to) = (
            frame_at(context, comes.max(span.0).max(0.0)),
            frame_at(context, goes.min(span.1)),
        );
        if from >= to {
            continue;
        }
        let y = Expr::constant(baseline) - Expr::constant(speed) * (t() - Expr::constant(start));
        let free = Expr::constant(width) - Variable::TextW;
        let left = Expr::constant(((canvas.0 - width) / 2.0).floor());
        let x = match params.text("align") {
            "left" => left,
            "right" => left + free,
            _ => left + floor(free / 2),
        };
        let words = [Part::Words(line.clone())];
        let mut builder = letters(&words, params, context, (font, Expr::constant(size)))?
            .position(drawtext::Position::Absolute {
                x,
                y: y - Expr::var(Variable::HighestGlyph),
            })?
            .enable(between(
                context,
                context.rate.seconds_of(from),
                context.rate.seconds_of(to),
            ))?;
        if let Some(alpha) = &alpha {
            builder = builder.alpha(alpha.clone())?;
        }
        filters.push(builder.build());
    }
    Ok(chain(filters))
}

fn f64_of(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of lines")]
    let count = count as f64;
    count
}
