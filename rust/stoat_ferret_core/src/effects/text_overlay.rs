//! `text_overlay`: a text on the picture.

use super::{
    Default, Duration, EffectSpec, FontFile, Kind, Param, Params, PictureContext, Place, Position, Role, covers,
};
use crate::document::{Animated, Color};
use crate::ffmpeg::drawtext::{DrawtextBuilder, Placement};
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

/// The longest text in characters.
pub(crate) const LONGEST: usize = 10_000;

const PIXELS: Kind = Kind::Number { min: 0.0, max: 1000.0, unit: "pixels" };
const OFFSET: Kind = Kind::Number { min: -1000.0, max: 1000.0, unit: "pixels" };
const FADE: Kind = Kind::Time { max: 600.0 };

/// The parameters of a text; the title generator takes the same.
pub(crate) const PARAMS: &[Param] = &[
    Param::required("text", Kind::Text { max: LONGEST }, "What is written; new lines break it.")
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
        Kind::Number { min: 1.0, max: 2000.0, unit: "pixels" },
        Default::Number(48.0),
        "Height of the font in pixels of the project's output.",
    )
    .alias(&["font_size", "size"])
    .animatable()
    .hint("A title in 1920x1080: 72 to 120. Subtitles: 48."),
    Param::optional("fontcolor", Kind::Color, Default::Text("#ffffff"), "Colour of the text.")
        .alias(&["font_color", "color", "colour"]),
    Param::optional("font", Kind::Text { max: 200 }, Default::None, "Family of the font, or family and style.")
        .alias(&["font_family", "fontfamily"]),
    Param::optional(
        "margin",
        PIXELS,
        Default::Number(40.0),
        "Distance from the edges for the presets, in pixels of the project's output.",
    ),
    Param::optional(
        "start",
        Kind::Time { max: 86_400.0 },
        Default::Number(0.0),
        "When the text appears, from the clip's start.",
    )
    .alias(&["start_time"]),
    Param::optional(
        "duration",
        Kind::Time { max: 86_400.0 },
        Default::None,
        "How long it stays; left out, to the end of the clip.",
    )
    .alias(&["length"]),
    Param::optional("fade_in", FADE, Default::Number(0.0), "How long it takes to appear."),
    Param::optional("fade_out", FADE, Default::Number(0.0), "How long it takes to go."),
    Param::optional(
        "opacity",
        Kind::Number { min: 0.0, max: 1.0, unit: "" },
        Default::Number(1.0),
        "1 is opaque.",
    )
    .animatable(),
    Param::optional("box", Kind::Bool, Default::Bool(false), "Draw a box behind the text."),
    Param::optional("box_color", Kind::Color, Default::Text("#000000@0.5"), "Colour of the box.")
        .alias(&["boxcolor"]),
    Param::optional("box_padding", PIXELS, Default::Number(12.0), "Space around the text in the box.")
        .alias(&["boxborderw"]),
    Param::optional("border_width", PIXELS, Default::Number(0.0), "Width of the letters' outline.")
        .alias(&["borderw"]),
    Param::optional("border_color", Kind::Color, Default::Text("#000000"), "Colour of the outline.")
        .alias(&["bordercolor"]),
    Param::optional("shadow_x", OFFSET, Default::Number(0.0), "Shadow's offset to the right.")
        .alias(&["shadowx"]),
    Param::optional("shadow_y", OFFSET, Default::Number(0.0), "Shadow's offset downwards.").alias(&["shadowy"]),
    Param::optional("shadow_color", Kind::Color, Default::Text("#000000@0.6"), "Colour of the shadow.")
        .alias(&["shadowcolor"]),
    Param::optional("line_spacing", OFFSET, Default::Number(0.0), "Additional space between lines."),
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
    memory: false,
    role: Role::Filters { picture: Some(picture), sound: None, on_canvas: true },
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Vec<Filter> {
    vec![builder(params, context).build()]
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
    fonts.iter().find(|font| text.chars().all(|c| covers(font, c))).or_else(|| fonts.first())
}

/// The drawing of a text in a stream whose `t` counts from the clip's start.
pub(super) fn builder(params: &Params, context: &PictureContext<'_>) -> DrawtextBuilder {
    let t = || Expr::var(Variable::T);
    let pixels = |name: &str| params.number(name) * context.scale;
    let half = context.rate.seconds_of(1) / 2.0;
    let start = params.seconds("start").unwrap_or(0.0);
    let end = params.seconds("duration").map_or(f64::INFINITY, |length| start + length).min(context.seconds());

    let color = |name: &str, default: Color| params.color(name).unwrap_or(default).to_ffmpeg();
    let white = Color { rgb: [255; 3], alpha: 255 };
    let mut builder = DrawtextBuilder::new(params.text("text"))
        .size(params.animated("fontsize").map(|size| size * context.scale).expression(&t()))
        .color(color("fontcolor", white))
        .placement(placement(params, context))
        .line_spacing(pixels("line_spacing"));
    if let Some(font) = font(params, context.fonts) {
        builder = builder.font_file(font.path.clone());
    }
    if params.flag("box") {
        builder = builder.boxed(color("box_color", Color::BLACK), pixels("box_padding"));
    }
    if params.number("border_width") > 0.0 {
        builder = builder.border(color("border_color", Color::BLACK), pixels("border_width"));
    }
    if params.number("shadow_x") != 0.0 || params.number("shadow_y") != 0.0 {
        builder = builder.shadow(color("shadow_color", Color::BLACK), pixels("shadow_x"), pixels("shadow_y"));
    }
    if let Some(alpha) = alpha(params, context, start, end) {
        builder = builder.alpha(alpha);
    }
    if start > 0.0 || end < context.seconds() {
        builder = builder.enable(
            Expr::gte(t(), Expr::constant(start - half)) * Expr::lt(t(), Expr::constant(end - half)),
        );
    }
    builder
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
    for opacity in [Some(&params.animated("opacity")), context.opacity].into_iter().flatten() {
        if !opacity.is(1.0) {
            factors.push(opacity.expression(&t()));
        }
    }
    factors.into_iter().reduce(|a, b| a * b)
}

fn placement(params: &Params, context: &PictureContext<'_>) -> Placement {
    let margin = params.number("margin") * context.scale;
    let centre = |of: Variable, extent: Variable, fraction: Expr| {
        Expr::var(of) * fraction - Expr::var(extent) / Expr::constant(2.0)
    };
    let along = |value: &Option<Animated>| match value {
        Some(value) => value.expression(&Expr::var(Variable::T)),
        None => Expr::constant(0.5),
    };
    let middle_x = || centre(Variable::W, Variable::TextW, Expr::constant(0.5));
    let middle_y = || centre(Variable::H, Variable::TextH, Expr::constant(0.5));
    let near = || Expr::constant(margin);
    let far = |of: Variable, extent: Variable| Expr::var(of) - Expr::var(extent) - Expr::constant(margin);
    let (right, bottom) =
        (|| far(Variable::W, Variable::TextW), || far(Variable::H, Variable::TextH));
    let (x, y) = match params.position("position") {
        Position::Fractions { x, y } => (
            centre(Variable::W, Variable::TextW, along(&x)),
            centre(Variable::H, Variable::TextH, along(&y)),
        ),
        Position::Preset(name) => match name {
            "top_center" => (middle_x(), near()),
            "bottom_center" => (middle_x(), bottom()),
            "top_left" => (near(), near()),
            "top_right" => (right(), near()),
            "bottom_left" => (near(), bottom()),
            "bottom_right" => (right(), bottom()),
            "lower_third" => (near(), centre(Variable::H, Variable::TextH, Expr::constant(5.0 / 6.0))),
            _ => (middle_x(), middle_y()),
        },
    };
    Placement { x, y }
}
