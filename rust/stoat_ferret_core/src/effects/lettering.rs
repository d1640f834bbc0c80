//! What all effects that write have in common: which font, how wide, where lines break.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;

use super::{Default as Else, Position};
use super::{FontFile, Kind, Param, Params, PictureContext, covers};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::drawtext::{DrawtextBuilder, Part};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};

/// The longest text in characters.
pub(crate) const LONGEST: usize = 10_000;
/// The weights of a family, from thin to black.
const WEIGHTS: &[&str] = &[
    "thin",
    "extra_light",
    "light",
    "regular",
    "medium",
    "semi_bold",
    "bold",
    "extra_bold",
    "black",
];
/// Names of weights in the styles of fonts.
const STYLES: &[(&str, &str)] = &[
    ("", "regular"),
    ("book", "regular"),
    ("demi", "semi_bold"),
    ("demibold", "semi_bold"),
    ("extrabold", "extra_bold"),
    ("extralight", "extra_light"),
    ("hairline", "thin"),
    ("heavy", "black"),
    ("normal", "regular"),
    ("roman", "regular"),
    ("semibold", "semi_bold"),
    ("ultrabold", "extra_bold"),
    ("ultralight", "extra_light"),
];
/// Parameters whose words are drawn.
const WORDS: [&str; 5] = ["text", "name", "role", "prefix", "suffix"];

pub(super) const PIXELS: Kind = Kind::Number {
    min: 0.0,
    max: 1000.0,
    unit: "pixels",
};
pub(super) const OFFSET: Kind = Kind::Number {
    min: -1000.0,
    max: 1000.0,
    unit: "pixels",
};
pub(super) const SIZE: Kind = Kind::Number {
    min: 1.0,
    max: 2000.0,
    unit: "pixels",
};
const FADE: Kind = Kind::Time { max: 600.0 };

pub(super) const POSITION: Param = Param::optional(
    "position",
    Kind::Position,
    Else::Text("center"),
    "A preset, or {\"x\", \"y\"}: the centre of the text in fractions of the output, or \"center\".",
);
pub(super) const FONTSIZE: Param = Param::optional(
    "fontsize",
    SIZE,
    Else::Number(48.0),
    "Height of the font in pixels of the project's output.",
)
.alias(&["font_size", "size"]);
pub(super) const FONTCOLOR: Param = Param::optional(
    "fontcolor",
    Kind::Color,
    Else::Text("#ffffff"),
    "Colour of the text.",
)
.alias(&["font_color", "color", "colour"]);
pub(super) const FONT: Param = Param::optional(
    "font",
    Kind::Text { max: 200 },
    Else::None,
    "Family of the font, or family and style.",
)
.alias(&["font_family", "fontfamily"]);
pub(super) const WEIGHT: Param = Param::optional(
    "weight",
    Kind::Word {
        allowed: WEIGHTS,
        aliases: &[
            ("book", "regular"),
            ("demi_bold", "semi_bold"),
            ("heavy", "black"),
            ("normal", "regular"),
        ],
    },
    Else::None,
    "How thick the letters are: one of the installed styles of the family; left out, that of the font.",
)
.alias(&["font_weight", "fontweight"])
.hint("Titles read best in bold or medium; thin and light need a large fontsize.");
pub(super) const ITALIC: Param = Param::optional(
    "italic",
    Kind::Bool,
    Else::Bool(false),
    "Take the slanted style of the family.",
);
pub(super) const MARGIN: Param = Param::optional(
    "margin",
    PIXELS,
    Else::Number(40.0),
    "Distance from the edges for the presets, in pixels of the project's output.",
);
pub(super) const SAFE_AREA: Param = Param::optional(
    "safe_area",
    Kind::Word {
        allowed: &["none", "action", "title"],
        aliases: &[
            ("off", "none"),
            ("action_safe", "action"),
            ("title_safe", "title"),
        ],
    },
    Else::Text("none"),
    "How far presets keep from the edges at least: action 5 %, title 10 % of the output's width and height.",
)
.hint("For television: title. Players that crop a little: action.");
pub(super) const START: Param = Param::optional(
    "start",
    Kind::Moment { max: 86_400.0 },
    Else::Number(0.0),
    "When the text appears, from the clip's start; below 0, it has begun before the clip.",
)
.alias(&["start_time"]);
pub(super) const DURATION: Param = Param::optional(
    "duration",
    Kind::Time { max: 86_400.0 },
    Else::None,
    "How long it stays; left out, to the end of the clip.",
)
.alias(&["length"]);
pub(super) const FADE_IN: Param =
    Param::optional("fade_in", FADE, Else::Number(0.0), "How long it takes to appear.");
pub(super) const FADE_OUT: Param =
    Param::optional("fade_out", FADE, Else::Number(0.0), "How long it takes to go.");
pub(super) const OPACITY: Param =
    Param::optional("opacity", Kind::FRACTION, Else::Number(1.0), "1 is opaque.").animatable();
pub(super) const BOX: Param = Param::optional(
    "box",
    Kind::Bool,
    Else::Bool(false),
    "Draw a box behind the text.",
);
pub(super) const BOX_COLOR: Param = Param::optional(
    "box_color",
    Kind::Color,
    Else::Text("#000000@0.5"),
    "Colour of the box.",
)
.alias(&["boxcolor"]);
pub(super) const BOX_PADDING: Param = Param::optional(
    "box_padding",
    PIXELS,
    Else::Number(12.0),
    "Space around the text in the box.",
)
.alias(&["boxborderw"]);
pub(super) const BORDER_WIDTH: Param = Param::optional(
    "border_width",
    PIXELS,
    Else::Number(0.0),
    "Width of the letters' outline.",
)
.alias(&["borderw"]);
pub(super) const BORDER_COLOR: Param = Param::optional(
    "border_color",
    Kind::Color,
    Else::Text("#000000"),
    "Colour of the outline.",
)
.alias(&["bordercolor"]);
pub(super) const SHADOW_X: Param = Param::optional(
    "shadow_x",
    OFFSET,
    Else::Number(0.0),
    "Shadow's offset to the right.",
)
.alias(&["shadowx"]);
pub(super) const SHADOW_Y: Param = Param::optional(
    "shadow_y",
    OFFSET,
    Else::Number(0.0),
    "Shadow's offset downwards.",
)
.alias(&["shadowy"]);
pub(super) const SHADOW_COLOR: Param = Param::optional(
    "shadow_color",
    Kind::Color,
    Else::Text("#000000@0.6"),
    "Colour of the shadow.",
)
.alias(&["shadowcolor"]);
pub(super) const LINE_SPACING: Param = Param::optional(
    "line_spacing",
    OFFSET,
    Else::Number(0.0),
    "Additional space between lines.",
);

/// Why there is no font to draw with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lacking {
    /// None of this name, or none at all.
    Font,
    /// The family has no such style.
    Style {
        /// The family.
        family: String,
        /// The style that is asked for.
        wanted: String,
        /// The styles that it has.
        styles: Vec<String>,
    },
}

/// All that a text says, in one.
pub(crate) fn words(params: &Params) -> String {
    let counts = params.seconds("first").is_some() || params.optional_number("decimals").is_some();
    let digits = if counts { "0123456789" } else { "" };
    WORDS
        .iter()
        .map(|name| params.text(name))
        .chain([digits])
        .collect()
}

/// The font that a text is drawn with: the one asked for, else the first that lacks fewest of its glyphs;
/// of its family the style that is asked for, or the plain one.
pub(crate) fn font<'f>(params: &Params, fonts: &'f [FontFile]) -> Result<&'f FontFile, Lacking> {
    styled(params, fonts, params.text("weight"))
}

/// The same in a weight of its own; none (`""`): that of the font.
pub(super) fn styled<'f>(
    params: &Params,
    fonts: &'f [FontFile],
    weight: &str,
) -> Result<&'f FontFile, Lacking> {
    let name = params.text("font").trim().to_lowercase();
    let found = if name.is_empty() {
        let words = words(params);
        complete(fonts, &words).or_else(|| nearest(fonts, &words))
    } else {
        plainest(fonts.iter().filter(|font| {
            let family = font.family.to_lowercase();
            name == family || name == format!("{family} {}", font.style.to_lowercase())
        }))
    };
    let found = found.ok_or(Lacking::Font)?;
    let slanted = params.flag("italic");
    if weight.is_empty() && !slanted {
        return Ok(found);
    }
    let own = || style(&found.style).map_or("regular", |(weight, _)| weight);
    let wanted = (if weight.is_empty() { own() } else { weight }, slanted);
    let family = || fonts.iter().filter(|font| font.family == found.family);
    family()
        .find(|font| style(&font.style) == Some(wanted))
        .ok_or_else(|| Lacking::Style {
            family: found.family.clone(),
            wanted: [wanted.0, if slanted { " italic" } else { "" }].concat(),
            styles: family().map(|font| font.style.clone()).collect(),
        })
}

/// The first font that has every glyph of a text, a plain one where there is one.
pub(crate) fn complete<'f>(fonts: &'f [FontFile], text: &str) -> Option<&'f FontFile> {
    plainest(
        fonts
            .iter()
            .filter(|font| text.chars().all(|character| covers(font, character))),
    )
}

/// The first font that lacks fewest glyphs of a text, a plain one where there is one.
fn nearest<'f>(fonts: &'f [FontFile], text: &str) -> Option<&'f FontFile> {
    let characters: BTreeSet<char> = text.chars().collect();
    let lacks = |font: &FontFile| {
        characters
            .iter()
            .filter(|character| !covers(font, **character))
            .count()
    };
    fonts.iter().min_by_key(|font| (lacks(font), !is_plain(font)))
}

/// The first plain font of some, else the first.
fn plainest<'f>(mut fonts: impl Iterator<Item = &'f FontFile>) -> Option<&'f FontFile> {
    let first = fonts.next()?;
    if is_plain(first) {
        return Some(first);
    }
    Some(fonts.find(|font| is_plain(font)).unwrap_or(first))
}

/// Whether it is neither bold nor light, and upright: what a family's name alone stands for.
fn is_plain(font: &FontFile) -> bool {
    style(&font.style) == Some(("regular", false))
}

/// Weight and slant that the name of a style says; nothing where it says something else, such as narrow.
fn style(name: &str) -> Option<(&'static str, bool)> {
    let plain: String = name
        .to_lowercase()
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect();
    let upright = plain.replace("italic", "").replace("oblique", "");
    let weight = STYLES
        .iter()
        .find(|(name, _)| *name == upright)
        .map(|(_, weight)| *weight)
        .or_else(|| WEIGHTS.iter().copied().find(|weight| *weight == upright))?;
    Some((weight, plain != upright))
}

/// What a font measures at one size, in pixels.
#[derive(Debug, Clone)]
pub(super) struct Measure {
    advances: HashMap<char, f64>,
    size: f64,
    em: f64,
    /// From the baseline up to the upper edge of a line.
    pub ascent: f64,
    /// From the baseline down to the lower edge of a line.
    pub descent: f64,
    /// From one baseline to the next.
    pub pitch: f64,
}

impl Measure {
    /// Of the characters of `text` at a whole size. A font of unknown measures is taken for an ordinary one.
    pub fn of(font: Option<&FontFile>, size: f64, text: &str) -> Self {
        let known = font.filter(|font| font.units > 0);
        let em = known.map_or(1000.0, |font| f64::from(font.units));
        let (ascent, descent, gap) =
            known.map_or((928, 244, 0), |font| (font.ascent, font.descent, font.gap));
        let scaled = |units: i32| (f64::from(units) * size / em).round();
        let mut advances: HashMap<char, f64> = text.chars().map(|character| (character, em / 2.0)).collect();
        if let Some(font) = known {
            let steps = unpacked(font);
            for (character, advance) in &mut advances {
                *advance = steps.of(*character).or(steps.first()).unwrap_or(em / 2.0);
            }
            if let Some(space) = steps.of(' ') {
                // Wide enough for wherever the next tabulator is.
                advances.entry('\t').and_modify(|advance| *advance = 4.0 * space);
            }
        }
        Self {
            advances,
            size,
            em,
            ascent: scaled(ascent),
            descent: scaled(descent),
            pitch: scaled(ascent + descent + gap),
        }
    }

    /// How wide a line is at most: every character moves the next one by whole pixels, unless the program
    /// at hand shapes the text, which draws letters nearer together.
    pub fn width(&self, line: &str) -> f64 {
        let (mut whole, mut exact) = (0.0, 0.0);
        for character in line.chars() {
            let advance = self.advance(character) * self.size / self.em;
            whole += advance.round();
            exact += advance;
        }
        whole.max(exact.ceil())
    }

    fn advance(&self, character: char) -> f64 {
        self.advances.get(&character).copied().unwrap_or(self.em / 2.0)
    }

    /// The lines of a text, none wider than `room` unless it is a single character.
    pub fn lines(&self, text: &str, room: Option<f64>) -> Vec<String> {
        let paragraphs = text.replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}'], "\n");
        let Some(room) = room else {
            return paragraphs.split('\n').map(str::to_owned).collect();
        };
        paragraphs
            .split('\n')
            .flat_map(|paragraph| self.wrapped(paragraph, room))
            .collect()
    }

    /// A paragraph broken at spaces; a word that does not fit alone, within itself.
    fn wrapped(&self, paragraph: &str, room: f64) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in paragraph.split(' ') {
            let longer = [line.as_str(), word].join(" ");
            if line.is_empty() {
                word.clone_into(&mut line);
            } else if self.width(longer.trim_end()) <= room {
                line = longer;
                continue;
            } else {
                lines.push(line.trim_end().to_owned());
                word.clone_into(&mut line);
            }
            while self.width(&line) > room {
                let rest = self.split(&mut line, room);
                if rest.is_empty() {
                    break;
                }
                lines.push(std::mem::replace(&mut line, rest));
            }
        }
        lines.push(line.trim_end().to_owned());
        lines
    }

    /// Leaves what fits of a word, one character at least, and returns the rest.
    fn split(&self, word: &mut String, room: f64) -> String {
        let mut end = 0;
        for (at, character) in word.char_indices() {
            let next = at + character.len_utf8();
            // What has no width belongs to the character before it.
            let stays = self.advance(character) <= 0.0;
            let fits = word.get(..next).is_some_and(|part| self.width(part) <= room);
            if end > 0 && !stays && !fits {
                break;
            }
            end = next;
        }
        word.split_off(end)
    }
}

/// The advances of a font, by the order of its characters.
struct Advances<'f> {
    font: &'f FontFile,
    /// Number of the first character of each run, and what they advance.
    runs: Vec<(u32, f64)>,
}

fn unpacked(font: &FontFile) -> Advances<'_> {
    let number = |character: char| {
        let code = u32::from(character);
        let pairs = if code > 0xDFFF { 0x800 } else { 0 };
        code.saturating_sub(pairs + u32::from(' '))
    };
    let packed: Vec<char> = font.advances.chars().collect();
    let mut first = 0;
    let mut runs = Vec::new();
    for pair in packed.chunks(2) {
        if let [length, advance] = pair {
            runs.push((first, f64::from(number(*advance))));
            first += number(*length);
        }
    }
    Advances { font, runs }
}

impl Advances<'_> {
    /// In units of the font; nothing for a character that it lacks.
    fn of(&self, character: char) -> Option<f64> {
        let code = u32::from(character);
        let mut before = 0;
        for (first, last) in &self.font.coverage {
            if (*first..=*last).contains(&code) {
                return self.at(before + code - first);
            }
            before += (last + 1).saturating_sub(*first);
        }
        None
    }

    /// That of the first character, for one that is drawn as a box.
    fn first(&self) -> Option<f64> {
        self.at(0)
    }

    fn at(&self, number: u32) -> Option<f64> {
        let after = self.runs.partition_point(|(first, _)| *first <= number);
        self.runs.get(after.checked_sub(1)?).map(|(_, advance)| *advance)
    }
}

/// When a text shows on a stream of `seconds`: from and to.
pub(crate) fn lasts(params: &Params, seconds: f64) -> (f64, f64) {
    let start = params.seconds("start").unwrap_or(0.0);
    let end = params
        .seconds("duration")
        .map_or(f64::INFINITY, |length| start + length);
    (start, end.min(seconds))
}

/// Seconds of the clip.
pub(super) fn t() -> Expr {
    Expr::var(Variable::T)
}

/// The greatest whole number that is not above this one.
pub(super) fn floor(value: Expr) -> Expr {
    match value {
        Expr::Const(number) => Expr::constant(number.floor()),
        value => value.clone() - Expr::modulo(value, Expr::constant(1.0)),
    }
}

/// A number within 0 and 1.
pub(super) fn unit(value: Expr) -> Expr {
    Expr::clip(value, Expr::constant(0.0), Expr::constant(1.0))
}

/// A length in pixels of the project's output, in whole pixels of this render.
pub(super) fn pixels(params: &Params, context: &PictureContext<'_>, name: &str) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most a thousand, times a scale of at most a thousand"
    )]
    let pixels = (params.number(name) * context.scale).round() as i32;
    pixels
}

/// The same for widths.
pub(super) fn wide(params: &Params, context: &PictureContext<'_>, name: &str) -> u32 {
    pixels(params, context, name).unsigned_abs().min(1000)
}

/// The size of a constant font in whole pixels of this render, as `FFmpeg` rounds it.
pub(super) fn whole_size(params: &Params, context: &PictureContext<'_>, name: &str) -> f64 {
    (params.number(name) * context.scale).round().max(1.0)
}

/// The scripts that are written from right to left.
const LEFTWARD: [RangeInclusive<char>; 5] = [
    '\u{590}'..='\u{8ff}',
    '\u{fb1d}'..='\u{fdff}',
    '\u{fe70}'..='\u{feff}',
    '\u{10800}'..='\u{10fff}',
    '\u{1e800}'..='\u{1efff}',
];
/// What begins and ends a part that runs from right to left.
const EMBEDDED: [char; 2] = ['\u{202b}', '\u{202c}'];

/// Whether a line runs from right to left: its first letter says so.
pub(super) fn runs_left(line: &str) -> bool {
    let first = line.chars().find(|character| character.is_alphabetic());
    first.is_some_and(|first| LEFTWARD.iter().any(|script| script.contains(&first)))
}

/// A line that runs the way its first letter does: `FFmpeg` takes all of them for running to the right, which
/// puts the full stop of a line in Hebrew at its wrong end. Of several lines it looks at the first alone.
fn directed(line: &str, font: Option<&FontFile>) -> String {
    let [begin, end] = EMBEDDED;
    let known = font.is_some_and(|font| EMBEDDED.into_iter().all(|mark| covers(font, mark)));
    // Who marked it knows better.
    let marked = line.starts_with(|mark| matches!(mark, '\u{200e}' | '\u{202a}'..='\u{202e}'));
    let fits = line.chars().count() + EMBEDDED.len() <= LONGEST;
    if runs_left(line) && known && fits && !marked && !line.contains('\n') {
        format!("{begin}{line}{end}")
    } else {
        line.to_owned()
    }
}

/// Letters as the parameters want them, of this size in pixels, without place and time.
pub(super) fn letters(
    parts: &[Part],
    params: &Params,
    context: &PictureContext<'_>,
    (font, size): (Option<&FontFile>, Expr),
) -> Result<DrawtextBuilder, BuildError> {
    let color = |name: &str, default: Color| params.color(name).unwrap_or(default);
    let builder = match parts {
        [Part::Words(words)] => DrawtextBuilder::new(&directed(words, font))?,
        parts => DrawtextBuilder::of(parts)?,
    };
    let mut builder = builder
        .fontsize(size)?
        .fontcolor(color("fontcolor", Color::WHITE));
    if let Some(font) = font {
        builder = builder.fontfile(&font.path)?;
    }
    if params.number("border_width") > 0.0 {
        let width = wide(params, context, "border_width").max(1);
        builder = builder.border(width, color("border_color", Color::BLACK))?;
    }
    let shadow = (
        pixels(params, context, "shadow_x"),
        pixels(params, context, "shadow_y"),
    );
    if shadow != (0, 0) {
        builder = builder.shadow(shadow.0, shadow.1, color("shadow_color", Color::BLACK))?;
    }
    Ok(builder)
}

/// Letters with the box that the parameters want behind them.
pub(super) fn boxed(
    builder: DrawtextBuilder,
    params: &Params,
    context: &PictureContext<'_>,
) -> Result<DrawtextBuilder, BuildError> {
    if !params.flag("box") {
        return Ok(builder);
    }
    let color = params.color("box_color").unwrap_or(Color::BLACK);
    builder.with_box(color, wide(params, context, "box_padding"))
}

/// Distances from the edges that presets keep, across and down, in pixels of this render.
pub(super) fn margins(params: &Params, context: &PictureContext<'_>) -> (f64, f64) {
    let safe = match params.text("safe_area") {
        "action" => 0.05,
        "title" => 0.1,
        _ => 0.0,
    };
    let margin = params.number("margin") * context.scale;
    let keeping = |extent: u32| margin.max((f64::from(extent) * safe).ceil());
    (keeping(context.canvas.0), keeping(context.canvas.1))
}

/// The upper left corner of something of this size where `position` wants it.
pub(super) fn corner(
    params: &Params,
    context: &PictureContext<'_>,
    width: &Expr,
    height: &Expr,
) -> (Expr, Expr) {
    let (right, bottom) = (Expr::var(Variable::FrameWidth), Expr::var(Variable::FrameHeight));
    let name = match params.position("position") {
        Position::Fractions { x, y } => {
            let along = |value: Option<crate::document::Animated>| {
                value.map_or(Expr::constant(0.5), |value| value.expression(&t()))
            };
            return (
                right * along(x) - width.clone() / 2,
                bottom * along(y) - height.clone() / 2,
            );
        }
        Position::Preset(name) => name,
    };
    let (across, down) = margins(params, context);
    let (across, down) = (Expr::constant(across), Expr::constant(down));
    let middle = || (right.clone() - width.clone()) / 2;
    let at_right = || right.clone() - width.clone() - across.clone();
    let at_bottom = || bottom.clone() - height.clone() - down.clone();
    match name {
        "top_center" => (middle(), down),
        "bottom_center" => (middle(), at_bottom()),
        "top_left" => (across, down),
        "top_right" => (at_right(), down),
        "bottom_left" => (across, at_bottom()),
        "bottom_right" => (at_right(), at_bottom()),
        "lower_third" => {
            let y = bottom.clone() * Expr::constant(5.0 / 6.0) - height.clone() / 2;
            let kept = if params.text("safe_area") == "none" || params.text("safe_area").is_empty() {
                y
            } else {
                Expr::min(y, at_bottom())
            };
            (across, kept)
        }
        _ => (middle(), (bottom - height.clone()) / 2),
    }
}

/// Fades times opacities, as an expression; nothing where the text is simply opaque.
pub(super) fn alpha(
    params: &Params,
    context: &PictureContext<'_>,
    (start, end): (f64, f64),
    (fade_in, fade_out): (f64, f64),
) -> Option<Expr> {
    let mut factors = Vec::new();
    if fade_in > 0.0 {
        factors.push(unit((t() - Expr::constant(start)) / Expr::constant(fade_in)));
    }
    if fade_out > 0.0 {
        factors.push(unit((Expr::constant(end) - t()) / Expr::constant(fade_out)));
    }
    let own = params
        .optional_number("opacity")
        .map(|_| params.animated("opacity"));
    for opacity in [own.as_ref(), context.opacity].into_iter().flatten() {
        if !opacity.is(1.0) {
            factors.push(opacity.expression(&t()));
        }
    }
    factors.into_iter().reduce(|a, b| a * b)
}

/// Where something shows from `start` to `end`, to the nearest frames; nothing where that is all of the stream.
pub(super) fn while_shown(context: &PictureContext<'_>, (start, end): (f64, f64)) -> Option<Expr> {
    (!context.enclosed || start > 0.0 || end < context.seconds())
        .then(|| between(context, start.max(0.0), end))
}

/// The frames from that at `start` to that before `end`.
pub(super) fn between(context: &PictureContext<'_>, start: f64, end: f64) -> Expr {
    let half = context.rate.seconds_of(1) / 2.0;
    Expr::gte(t(), Expr::constant(start - half)) * Expr::lt(t(), Expr::constant(end - half))
}

/// The frame of the clip that is nearest to a time.
pub(super) fn frame_at(context: &PictureContext<'_>, seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "frames of a clip")]
    let frame = (seconds * context.rate.as_f64()).round() as i64;
    frame
}

#[cfg(test)]
mod tests {
    use super::{Measure, directed, style, styled};
    use crate::effects::{FontFile, Kind, Lacking, Param, Params, read_params};
    use crate::time::Rate;

    /// Widths: `a` and `b` 500, `c` and `d` 1000, the space 250, a combining mark nothing.
    fn font(style: &str) -> FontFile {
        let packed = [1, 250, 2, 500, 2, 1000, 1, 0].map(|number| char::from_u32(number + 32));
        FontFile {
            family: "Own".to_owned(),
            style: style.to_owned(),
            path: "/own.ttf".to_owned(),
            identity: String::new(),
            coverage: vec![(32, 32), (97, 100), (0x301, 0x301)],
            units: 1000,
            ascent: 800,
            descent: 200,
            gap: 100,
            advances: packed.into_iter().flatten().collect(),
        }
    }

    #[test]
    fn lines_run_the_way_of_their_first_letter() {
        let mut known = font("Regular");
        known.coverage.push((0x202b, 0x202c));
        let drawn = |line: &str| directed(line, Some(&known));
        for line in ["\u{5e9}\u{5dc}!", "(\u{645}) abc.", "12 \u{5d0}"] {
            assert_eq!(drawn(line), format!("\u{202b}{line}\u{202c}"));
            assert_eq!(
                directed(line, Some(&font("Regular"))),
                line,
                "marks that would be seen"
            );
            assert_eq!(directed(line, None), line);
        }
        let marked = "\u{202a}\u{5d0} b.\u{202c}";
        let long = "\u{5d0}".repeat(super::LONGEST);
        for line in ["abc \u{5d0}!", "12!", "", marked, long.as_str()] {
            assert_eq!(drawn(line), line);
        }
    }

    fn params(value: &serde_json::Value) -> Params {
        const PARAMS: &[Param] = &[
            Param::required("text", Kind::Text { max: 10 }, ""),
            super::FONT,
            super::WEIGHT,
            super::ITALIC,
        ];
        read_params(PARAMS, value, "", Rate::FPS_30, &mut Vec::new())
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "whole numbers")]
    fn lines_are_as_wide_as_their_characters() {
        let measure = Measure::of(Some(&font("Regular")), 11.0, "ab cd\u{301}?");
        let widths = ["", "a", "c", " ", "ab cd", "c\u{301}", "?"].map(|line| measure.width(line));
        assert_eq!([0.0, 6.0, 11.0, 3.0, 37.0, 11.0, 3.0], widths);
        assert_eq!((9.0, 2.0, 12.0), (measure.ascent, measure.descent, measure.pitch));
    }

    #[test]
    fn lines_break_at_spaces_and_words_where_they_must() {
        let text = "aa bb\r\ncd\u{301}ccc a\n\na  b";
        let measure = Measure::of(Some(&font("Regular")), 10.0, text);
        assert_eq!(
            vec!["aa bb", "cd\u{301}ccc a", "", "a  b"],
            measure.lines(text, None)
        );
        assert_eq!(
            vec!["aa", "bb", "cd\u{301}", "cc", "c a", "", "a  b"],
            measure.lines(text, Some(20.0))
        );
        assert_eq!(vec!["c", "d\u{301}"], measure.lines("cd\u{301}", Some(1.0)));
    }

    #[test]
    fn styles_say_weight_and_slant() {
        let read = [
            "Regular",
            "Book",
            "Bold Oblique",
            "Italic",
            "DemiBold",
            "ExtraLight",
            "Condensed",
        ]
        .map(style);
        let expected = [
            Some(("regular", false)),
            Some(("regular", false)),
            Some(("bold", true)),
            Some(("regular", true)),
            Some(("semi_bold", false)),
            Some(("extra_light", false)),
            None,
        ];
        assert_eq!(expected, read);
    }

    #[test]
    fn weights_are_looked_for_in_the_family() {
        let fonts = ["Regular", "Bold", "Bold Italic"].map(font);
        let chosen = |value: serde_json::Value| {
            let params = params(&value);
            styled(&params, &fonts, params.text("weight")).map(|font| font.style.as_str())
        };
        assert_eq!(Ok("Regular"), chosen(serde_json::json!({"text": "a"})));
        assert_eq!(
            Ok("Bold"),
            chosen(serde_json::json!({"text": "a", "weight": "bold"}))
        );
        assert_eq!(
            Ok("Bold Italic"),
            chosen(serde_json::json!({"text": "a", "font": "own bold", "weight": "bold", "italic": true}))
        );
        assert_eq!(
            Err(Lacking::Style {
                family: "Own".to_owned(),
                wanted: "black".to_owned(),
                styles: vec!["Regular".to_owned(), "Bold".to_owned(), "Bold Italic".to_owned()],
            }),
            chosen(serde_json::json!({"text": "a", "weight": "black"}))
        );
        assert_eq!(
            Err(Lacking::Font),
            chosen(serde_json::json!({"text": "a", "font": "Other"}))
        );
    }

    #[test]
    fn a_family_alone_is_its_plain_style() {
        let fonts = ["Bold", "Bold Italic", "Book", "Light"].map(font);
        let chosen = |value: serde_json::Value| {
            let params = params(&value);
            styled(&params, &fonts, params.text("weight")).map(|font| font.style.as_str())
        };
        assert_eq!(
            Ok("Book"),
            chosen(serde_json::json!({"text": "a", "font": "Own"}))
        );
        assert_eq!(Ok("Book"), chosen(serde_json::json!({"text": "a"})));
        assert_eq!(
            Ok("Bold Italic"),
            chosen(serde_json::json!({"text": "a", "font": "Own Bold", "italic": true}))
        );
    }

    #[test]
    fn the_font_that_lacks_least_is_taken() {
        let covering = |family: &str, style: &str, coverage: &[(u32, u32)]| FontFile {
            family: family.to_owned(),
            coverage: coverage.to_vec(),
            ..font(style)
        };
        let fonts = [
            covering("Latin", "Regular", &[(97, 122)]),
            covering("Greek", "Bold", &[(97, 122), (0x3b1, 0x3c9)]),
            covering("Greek", "Regular", &[(97, 122), (0x3b1, 0x3c9)]),
        ];
        let chosen = |text: &str| {
            let params = params(&serde_json::json!({"text": text}));
            styled(&params, &fonts, "").map(|font| (font.family.clone(), font.style.clone()))
        };
        let font = |family: &str| Ok((family.to_owned(), "Regular".to_owned()));
        assert_eq!(font("Latin"), chosen("abc"));
        assert_eq!(font("Greek"), chosen("a\u{3b1}"));
        assert_eq!(font("Greek"), chosen("a\u{3b1}\u{1f642}"));
        assert_eq!(font("Latin"), chosen("a\u{1f642}"));
    }
}
