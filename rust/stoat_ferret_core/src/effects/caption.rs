//! `caption`: a text whose words light up as they are said.
//!
//! It is drawn by libass, which knows how wide words are, from a script that the graph holds itself.
//! Times are milliseconds half a frame before the frames that they mean, so that rounding changes none.

use std::fmt::Write as _;

use super::lettering::{LONGEST, font};
use super::steps::{Way, chain};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Position,
    Role, Step,
};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};
use crate::ffmpeg::working::{from_rgb, tag, to_rgb};

/// Words of one caption.
const MOST_WORDS: usize = 1000;

const PIXELS: Kind = Kind::Number {
    min: 0.0,
    max: 1000.0,
    unit: "pixels",
};

/// The parameters of a caption; the caption generator takes the same.
pub(crate) const PARAMS: &[Param] = &[
    Param::required(
        "text",
        Kind::Text {
            max: LONGEST,
        },
        "What is said; new lines break it, and lines that are too long break at words.",
    )
    .alias(&["content"]),
    Param::optional(
        "words",
        Kind::Numbers {
            min: -86_400.0,
            max: 86_400.0,
            most: MOST_WORDS,
        },
        Default::None,
        "When each word is said, in seconds from the clip's start (below 0: before it); left out, they share the clip by their lengths.",
    )
    .hint("A number for each part of the text between white space, in order."),
    Param::optional(
        "highlight",
        Kind::Word {
            allowed: &["word", "spoken", "none"],
            aliases: &[("karaoke", "spoken"), ("fill", "spoken"), ("off", "none")],
        },
        Default::Text("word"),
        "What is lit: the word that is said, all that was said by now, or nothing.",
    ),
    Param::optional(
        "highlight_color",
        Kind::Color,
        Default::Text("#ffd400"),
        "Colour of what is lit.",
    ),
    Param::optional(
        "position",
        Kind::Position,
        Default::Text("bottom_center"),
        "A preset, or {\"x\", \"y\"}: the centre of the text in fractions of the output, or \"center\".",
    ),
    Param::optional(
        "margin",
        PIXELS,
        Default::Number(40.0),
        "Distance from the edges, in pixels of the project's output; lines break there.",
    ),
    Param::optional(
        "fontsize",
        Kind::Number {
            min: 1.0,
            max: 2000.0,
            unit: "pixels",
        },
        Default::Number(56.0),
        "Height of a line in pixels of the project's output.",
    )
    .alias(&["font_size", "size"])
    .hint("In 1920x1080: 56 to 72; for phones, upright: 90."),
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
        "border_width",
        Kind::Number {
            min: 0.0,
            max: 100.0,
            unit: "pixels",
        },
        Default::Number(3.0),
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
        Kind::Number {
            min: 0.0,
            max: 200.0,
            unit: "pixels",
        },
        Default::Number(12.0),
        "Space around the text in the box.",
    )
    .alias(&["boxborderw"]),
];

/// The description of `caption`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "caption",
    description: "Writes what is said, and lights each word as it is said.",
    ai_hint: "For a whole film use import_captions with the style highlight or karaoke; times are from the clip's start.",
    example_prompt: "Show the words in yellow as they are spoken.",
    example: r#"{"text": "Every word lights up", "words": [0, 0.3, 0.7, 1.1], "fontsize": 40}"#,
    places: &[Place::Clip],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).on_canvas()),
};

/// Why a caption cannot be drawn: the parameter, what is wrong, and what to do.
pub(crate) fn fault(params: &Params) -> Option<(&'static str, String, &'static str)> {
    let (times, count) = (params.numbers("words"), words(params.text("text")).count());
    if !times.is_empty() && times.len() != count {
        return Some((
            "words",
            format!("There are {} times for {count} words.", times.len()),
            "Give a time for each part of the text between white space, or leave them out.",
        ));
    }
    if times.windows(2).any(|pair| matches!(pair, [a, b] if b < a)) {
        return Some((
            "words",
            "A word is said before the one in front of it.".to_owned(),
            "Give the times in the order of the words.",
        ));
    }
    let moves = match params.position("position") {
        Position::Fractions { x, y } => [x, y].iter().flatten().any(|axis| axis.constant().is_none()),
        Position::Preset(_) => false,
    };
    moves.then(|| {
        (
            "position",
            "A caption does not move.".to_owned(),
            "Give numbers, or use a title for a text that moves.",
        )
    })
}

/// The caption over the picture, whatever lies below.
pub(crate) fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let Ok(font) = font(params, context.fonts) else {
        return Ok(Vec::new());
    };
    // What is half transparent is drawn twice, because libass mixes an alpha as if it were one more colour:
    // the colours, and in white how much they cover.
    let drawn = |white: bool| {
        let script = script(params, context, (&font.family, &font.style), white);
        let folder = font.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Filter::new("subtitles")
            .arg("filename", Value::Text(format!("data:text/x-ssa,{script}")))
            .arg("fontsdir", Value::Path(folder.to_owned()))
    };
    let black = ["r", "g", "b"]
        .into_iter()
        .fold(Filter::new("lutrgb"), |table, plane| table.arg(plane, 0_i64));
    let working = context.working;
    let merge = Filter::new("mergeplanes")
        .arg("map1p", 1_i64)
        .arg("map2p", 2_i64)
        .arg("map3s", 1_i64)
        .arg("format", working.rgb);
    let mut words = chain([
        to_rgb(),
        Filter::new("format").value(working.rgb),
        black,
        // Newer versions undo it below only where they know of it.
        Filter::new("premultiply").arg("inplace", true),
        Filter::new("format").value(working.opaque_rgb),
    ]);
    words.push(Step::Fork {
        ways: vec![
            Way::Along(chain([drawn(false)])),
            Way::Along(chain([drawn(true)])),
        ],
        merge,
    });
    words.extend(chain([
        Filter::new("unpremultiply").arg("inplace", true),
        from_rgb(),
        Filter::new("format").value(working.alpha),
        tag(),
    ]));
    let mut over = Filter::new("overlay")
        .arg("x", 0_i64)
        .arg("y", 0_i64)
        .arg("format", working.overlay)
        // Left to itself, a newer one brings the words to another range on their way.
        .arg("alpha", "straight");
    if context.alpha {
        // Several threads disturb one another on a canvas with alpha.
        over = over.arg("threads", 1_i64);
    }
    Ok(vec![
        Step::beside(words, over),
        Filter::new("format").value(context.format()).into(),
    ])
}

/// Parts of a text between white space.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// The frame of the clip at which each word begins.
fn starts(params: &Params, context: &PictureContext<'_>) -> Vec<i64> {
    let text = params.text("text");
    let frame = |seconds: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "frames of days stay below 2^53")]
        let frame = (seconds * context.rate.as_f64()).round() as i64;
        frame
    };
    let given = params.numbers("words");
    if !given.is_empty() {
        return given.iter().map(|seconds| frame(*seconds)).collect();
    }
    #[expect(clippy::cast_precision_loss, reason = "letters of a text")]
    let long = |word: &str| word.chars().count() as f64;
    let all: f64 = words(text).map(long).sum();
    let mut before = 0.0;
    words(text)
        .map(|word| {
            let start = frame(context.seconds() * before / all);
            before += long(word);
            start
        })
        .collect()
}

/// Milliseconds between the frame before and this one.
fn moment(frame: i64, context: &PictureContext<'_>) -> i64 {
    let (num, den) = (i64::from(context.rate.num()), i64::from(context.rate.den()));
    (2 * frame - 1) * 500 * den / num
}

/// A colour as tags have it: `&HBBGGRR&`, and how much it lets through.
fn tagged(color: &Color, white: bool) -> (String, u8) {
    let [red, green, blue] = if white { [255; 3] } else { color.rgb() };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "255 times what is from 0 to 1"
    )]
    let through = 255 - (color.opacity() * 255.0).round() as u8;
    (format!("{blue:02X}{green:02X}{red:02X}"), through)
}

/// The script of a caption that lasts its clip.
fn script(
    params: &Params,
    context: &PictureContext<'_>,
    (family, style): (&str, &str),
    white: bool,
) -> String {
    let (width, height) = context.canvas;
    let scaled = |name: &str| params.number(name) * context.scale;
    let color = |name: &str| tagged(&params.color(name).unwrap_or(Color::WHITE), white);
    let styled = |name: &str| {
        let (color, through) = color(name);
        format!("&H{through:02X}{color}")
    };
    let (bold, italic) = (style.contains("Bold"), style.contains("Italic"));
    // Weights between are found by the whole name.
    let family = match style.replace("Italic", "").trim() {
        "" | "Regular" | "Bold" => family.to_owned(),
        weight => format!("{family} {weight}"),
    };
    let on = |flag: bool| if flag { -1 } else { 0 };
    let (outline, padding) = (scaled("border_width"), scaled("box_padding"));
    // 4: one box behind the whole text, in the colour of the shadow and as far around it.
    let (border, shadow) = if params.flag("box") {
        (4, padding)
    } else {
        (1, 0.0)
    };
    let (place, alignment) = placed(params, context);
    let margin = scaled("margin").round();
    let mut script = format!(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: {width}\nPlayResY: {height}\nWrapStyle: 0\n\
         ScaledBorderAndShadow: yes\nYCbCr Matrix: None\n\n[V4+ Styles]\n\
         Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BackColour, Bold, Italic, BorderStyle, \
         Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n\
         Style: Default,{},{},{},{},{},{},{},{border},{outline},{shadow},{alignment},{margin},{margin},{margin},-1\n\n\
         [Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
         Dialogue: 0,0:00:00.00,99:00:00.00,Default,,0,0,0,,{place}",
        family.replace(',', " "),
        scaled("fontsize"),
        styled("fontcolor"),
        styled("border_color"),
        styled("box_color"),
        on(bold),
        on(italic),
    );
    let lighting = Lighting {
        usual: color("fontcolor"),
        lit: color("highlight_color"),
        goes_out: params.text("highlight") == "word",
    };
    let starts = if params.text("highlight") == "none" {
        Vec::new()
    } else {
        starts(params, context)
    };
    let mut number = 0;
    let mut inside = false;
    for character in params.text("text").replace("\r\n", "\n").chars() {
        let begins = !character.is_whitespace() && !inside;
        inside = !character.is_whitespace();
        if let (true, Some(start)) = (begins, starts.get(number)) {
            lighting.word(&mut script, *start, starts.get(number + 1).copied(), context);
            number += 1;
        }
        letter(&mut script, character);
    }
    script.push('\n');
    script
}

/// How words light up.
struct Lighting {
    usual: (String, u8),
    lit: (String, u8),
    goes_out: bool,
}

impl Lighting {
    /// The tags of a word that is said from one frame until another.
    fn word(&self, script: &mut String, start: i64, end: Option<i64>, context: &PictureContext<'_>) {
        let tags = |(color, through): &(String, u8)| format!("\\1c&H{color}&\\1a&H{through:02X}&");
        let end = end.filter(|_| self.goes_out);
        let at_once = start <= 0 && end.is_none_or(|end| end > 0);
        let first = if at_once { &self.lit } else { &self.usual };
        // Writing to a text cannot fail.
        let _ = write!(script, "{{{}", tags(first));
        let mut turn = |frame: i64, to: &(String, u8)| {
            let at = moment(frame, context);
            let _ = write!(script, "\\t({at},{at},{})", tags(to));
        };
        if start > 0 {
            turn(start, &self.lit);
        }
        if let Some(end) = end.filter(|end| *end > 0) {
            turn(end, &self.usual);
        }
        script.push('}');
    }
}

/// Where a text lies: its tags, and which part of it lies there.
fn placed(params: &Params, context: &PictureContext<'_>) -> (String, u8) {
    let (width, height) = (f64::from(context.canvas.0), f64::from(context.canvas.1));
    match params.position("position") {
        Position::Fractions { x, y } => {
            let along = |axis: Option<crate::document::Animated>| axis.map_or(0.5, |value| value.at(0.0));
            let (x, y) = (along(x) * width, along(y) * height);
            (format!("{{\\pos({x:.2},{y:.2})}}"), 5)
        }
        Position::Preset("lower_third") => {
            let (x, y) = (params.number("margin") * context.scale, height * 5.0 / 6.0);
            (format!("{{\\pos({x:.2},{y:.2})}}"), 4)
        }
        Position::Preset(name) => (
            String::new(),
            match name {
                "top_left" => 7,
                "top_center" => 8,
                "top_right" => 9,
                "bottom_left" => 1,
                "bottom_center" => 2,
                "bottom_right" => 3,
                _ => 5,
            },
        ),
    }
}

/// A letter of a text, never a tag.
fn letter(script: &mut String, character: char) {
    match character {
        '\n' | '\r' => script.push_str("\\N"),
        '\t' => script.push_str("    "),
        '{' | '}' => script.extend(['\\', character]),
        // A joiner of words, which is not seen, keeps it from taking the letter behind it along.
        '\\' => script.push_str("\\\u{2060}"),
        _ => script.push(character),
    }
}
