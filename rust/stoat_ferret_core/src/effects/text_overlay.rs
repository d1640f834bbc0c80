//! `text_overlay`: a text on the picture.

use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, FontFile, Kind, Memory, Param, Params, Picture, PictureContext, Place,
    Position, Role, Step, covers,
};
use crate::document::Animated;
use crate::ffmpeg::color::Color;
use crate::ffmpeg::drawtext::{self, DrawtextBuilder};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The longest text in characters.
pub(crate) const LONGEST: usize = 10_000;

const PIXELS: Kind = Kind::Number {
    min: 0.0,
    max: 1000.0,
    unit: "pixels",
};
const OFFSET: Kind = Kind::Number {
    min: -1000.0,
    max: 1000.0,
    unit: "pixels",
};
const FADE: Kind = Kind::Time { max: 600.0 };

/// The parameters of a text; the title generator takes the same.
pub(crate) const PARAMS: &[Param] = &[
    Param::required(
        "text",
        Kind::Text { max: LONGEST },
        "What is written; new lines break it.",
    )
    .alias(&["content", "title"]),
    Param::optional(
        "position",
        Kind::Position,
        Default::Text("center"),
        "A preset, or {\"x\", \"y\"}: the centre of the text in fractions of the output, or \"center\".",
    )
    .hint("Subtitles: bottom_center. Names of speakers: lower_third."),
    Param::optional(
        "fontsize",
        Kind::Number {
            min: 1.0,
            max: 2000.0,
            unit: "pixels",
        },
        Default::Number(48.0),
        "Height of the font in pixels of the project's output.",
    )
    .alias(&["font_size", "size"])
    .animatable()
    .hint("A title in 1920x1080: 72 to 120. Subtitles: 48."),
    Param::optional(
        "fontcolor",
        Kind::Color,
        Default::Text("#ffffff"),
        "Colour of the text.",
    )
    .alias(&["font_color", "color", "colour"]),
    Param::optional(
        "font",
        Kind::Text { max: 200 },
        Default::None,
        "Family of the font, or family and style.",
    )
    .alias(&["font_family", "fontfamily"]),
    Param::optional(
        "margin",
        PIXELS,
        Default::Number(40.0),
        "Distance from the edges for the presets, in pixels of the project's output.",
    ),
    Param::optional(
        "start",
        Kind::Moment { max: 86_400.0 },
        Default::Number(0.0),
        "When the text appears, from the clip's start; below 0, it has begun before the clip.",
    )
    .alias(&["start_time"]),
    Param::optional(
        "duration",
        Kind::Time { max: 86_400.0 },
        Default::None,
        "How long it stays; left out, to the end of the clip.",
    )
    .alias(&["length"]),
    Param::optional(
        "fade_in",
        FADE,
        Default::Number(0.0),
        "How long it takes to appear.",
    ),
    Param::optional("fade_out", FADE, Default::Number(0.0), "How long it takes to go."),
    Param::optional("opacity", Kind::FRACTION, Default::Number(1.0), "1 is opaque.").animatable(),
    Param::optional(
        "box",
        Kind::Bool,
        Default::Bool(false),
        "Draw a box behind the text.",
    ),
    Param::optional(
        "box_color",
        Kind::Color,
        Default::Text("#000000@0.5"),
        "Colour of the box.",
    )
    .alias(&["boxcolor"]),
    Param::optional(
        "box_padding",
        PIXELS,
        Default::Number(12.0),
        "Space around the text in the box.",
    )
    .alias(&["boxborderw"]),
    Param::optional(
        "border_width",
        PIXELS,
        Default::Number(0.0),
        "Width of the letters' outline.",
    )
    .alias(&["borderw"]),
    Param::optional(
        "border_color",
        Kind::Color,
        Default::Text("#000000"),
        "Colour of the outline.",
    )
    .alias(&["bordercolor"]),
    Param::optional(
        "shadow_x",
        OFFSET,
        Default::Number(0.0),
        "Shadow's offset to the right.",
    )
    .alias(&["shadowx"]),
    Param::optional(
        "shadow_y",
        OFFSET,
        Default::Number(0.0),
        "Shadow's offset downwards.",
    )
    .alias(&["shadowy"]),
    Param::optional(
        "shadow_color",
        Kind::Color,
        Default::Text("#000000@0.6"),
        "Colour of the shadow.",
    )
    .alias(&["shadowcolor"]),
    Param::optional(
        "line_spacing",
        OFFSET,
        Default::Number(0.0),
        "Additional space between lines.",
    ),
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
    role: Role::Picture(Picture::of(picture).on_canvas()),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    Ok(chain([filter(params, context)?]))
}

/// The font that the text is drawn with: the one asked for, else the first that has all its glyphs,
/// else the default one.
pub(crate) fn font<'f>(params: &Params, fonts: &'f [FontFile]) -> Option<&'f FontFile> {
    let wanted = params.text("font").trim().to_lowercase();
    if !wanted.is_empty() {
        return fonts.iter().find(|font| {
            let family = font.family.to_lowercase();
            wanted == family || wanted == format!("{family} {}", font.style.to_lowercase())
        });
    }
    let text = params.text("text");
    fonts
        .iter()
        .find(|font| text.chars().all(|c| covers(font, c)))
        .or_else(|| fonts.first())
}

/// When a text shows on a stream of `seconds`: from and to.
pub(crate) fn lasts(params: &Params, seconds: f64) -> (f64, f64) {
    let start = params.seconds("start").unwrap_or(0.0);
    let end = params
        .seconds("duration")
        .map_or(f64::INFINITY, |length| start + length);
    (start, end.min(seconds))
}

/// The drawing of a text in a stream whose `t` counts from the clip's start.
pub(crate) fn filter(params: &Params, context: &PictureContext<'_>) -> Result<Filter, BuildError> {
    let t = || Expr::var(Variable::T);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most a thousand, times a scale of at most a thousand"
    )]
    let pixels = |name: &str| (params.number(name) * context.scale).round() as i32;
    let wide = |name: &str| pixels(name).unsigned_abs().min(1000);
    let half = context.rate.seconds_of(1) / 2.0;
    let (start, end) = lasts(params, context.seconds());
    let color = |name: &str, default: Color| params.color(name).unwrap_or(default);
    let mut builder = DrawtextBuilder::new(params.text("text"))?
        .fontsize(
            params
                .animated("fontsize")
                .map(|size| size * context.scale)
                .expression(&t()),
        )?
        .fontcolor(color("fontcolor", Color::WHITE))
        .position(position(params, context))?
        .line_spacing(pixels("line_spacing"))?;
    if let Some(font) = font(params, context.fonts) {
        builder = builder.fontfile(&font.path)?;
    }
    if params.flag("box") {
        builder = builder.with_box(color("box_color", Color::BLACK), wide("box_padding"))?;
    }
    if params.number("border_width") > 0.0 {
        builder = builder.border(wide("border_width").max(1), color("border_color", Color::BLACK))?;
    }
    let shadow = (pixels("shadow_x"), pixels("shadow_y"));
    if shadow != (0, 0) {
        builder = builder.shadow(shadow.0, shadow.1, color("shadow_color", Color::BLACK))?;
    }
    if let Some(alpha) = alpha(params, context, start, end) {
        builder = builder.alpha(alpha)?;
    }
    if !context.enclosed || start > 0.0 || end < context.seconds() {
        builder = builder.enable(
            Expr::gte(t(), Expr::constant(start.max(0.0) - half)) * Expr::lt(t(), Expr::constant(end - half)),
        )?;
    }
    Ok(builder.build())
}

/// Fades times opacities, as an expression; nothing where the text is simply opaque.
fn alpha(params: &Params, context: &PictureContext<'_>, start: f64, end: f64) -> Option<Expr> {
    let t = || Expr::var(Variable::T);
    let mut factors = Vec::new();
    let unit = |value: Expr| Expr::clip(value, Expr::constant(0.0), Expr::constant(1.0));
    let fade_in = params.seconds("fade_in").unwrap_or(0.0);
    let fade_out = params.seconds("fade_out").unwrap_or(0.0);
    if fade_in > 0.0 {
        factors.push(unit((t() - Expr::constant(start)) / Expr::constant(fade_in)));
    }
    if fade_out > 0.0 {
        factors.push(unit((Expr::constant(end) - t()) / Expr::constant(fade_out)));
    }
    for opacity in [Some(&params.animated("opacity")), context.opacity]
        .into_iter()
        .flatten()
    {
        if !opacity.is(1.0) {
            factors.push(opacity.expression(&t()));
        }
    }
    factors.into_iter().reduce(|a, b| a * b)
}

fn position(params: &Params, context: &PictureContext<'_>) -> drawtext::Position {
    let margin = Expr::constant(params.number("margin") * context.scale);
    let along = |value: Option<&Animated>| match value {
        Some(value) => value.expression(&Expr::var(Variable::T)),
        None => Expr::constant(0.5),
    };
    let name = match params.position("position") {
        Position::Fractions { x, y } => {
            return drawtext::Position::Fraction {
                x: along(x.as_ref()),
                y: along(y.as_ref()),
            };
        }
        Position::Preset(name) => name,
    };
    match name {
        "top_center" => drawtext::Position::Absolute {
            x: (Expr::var(Variable::FrameWidth) - Variable::TextW) / 2,
            y: margin,
        },
        "lower_third" => drawtext::Position::Absolute {
            x: margin,
            y: Expr::var(Variable::FrameHeight) * Expr::constant(5.0 / 6.0) - Expr::var(Variable::TextH) / 2,
        },
        name => drawtext::Position::preset(name, margin).unwrap_or(drawtext::Position::Center),
    }
}
