//! `counter`: a number that counts on the picture.

use super::lettering::{
    self, LONGEST, Measure, alpha, boxed, corner, floor, lasts, letters, t, unit, while_shown, whole_size,
};
use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::document::animated::Easing;
use crate::ffmpeg::drawtext::{self, Part};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

const NUMBER: Kind = Kind::Number {
    min: -999_999_999.0,
    max: 999_999_999.0,
    unit: "",
};
const AROUND: Kind = Kind::Text { max: LONGEST / 100 };

/// The description of `counter`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "counter",
    description: "Counts from one number to another on the picture, with decimals, groups of digits, prefix and suffix.",
    ai_hint: "Give `decimals` for percentages and prices, `grouping` above 10000, and `ease_out` for a number that settles. Put it over a clip, or on a track for longer.",
    example_prompt: "Count the revenue up from 0 to 12,500 dollars.",
    example: r#"{"from": 0, "to": 12500, "grouping": "comma", "prefix": "$", "fontsize": 64, "easing": "ease_out"}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: PARAMS,
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture).writing()),
};

const PARAMS: &[Param] = &[
    Param::optional("from", NUMBER, Default::Number(0.0), "Where it begins.").alias(&["start_value"]),
    Param::required("to", NUMBER, "Where it ends.").alias(&["end_value", "value"]),
    Param::optional(
        "count_duration",
        Kind::Time { max: 86_400.0 },
        Default::None,
        "How long it counts; left out, it reaches its end in the last frame in which it shows.",
    ),
    Param::optional(
        "easing",
        Kind::Word {
            allowed: &["linear", "ease", "ease_in", "ease_out"],
            aliases: &[("ease_in_out", "ease")],
        },
        Default::Text("linear"),
        "How fast it counts: evenly, slowly at both ends, at first, or in the end.",
    ),
    Param::optional(
        "decimals",
        Kind::Whole { min: 0, max: 6 },
        Default::Number(0.0),
        "Digits after the decimal mark.",
    ),
    Param::optional(
        "decimal_mark",
        Kind::Word {
            allowed: &["point", "comma"],
            aliases: &[("dot", "point"), (".", "point"), (",", "comma")],
        },
        Default::Text("point"),
        "What stands before the decimals.",
    ),
    Param::optional(
        "grouping",
        Kind::Word {
            allowed: &["none", "comma", "point", "space", "apostrophe"],
            aliases: &[
                ("dot", "point"),
                (".", "point"),
                (",", "comma"),
                (" ", "space"),
                ("'", "apostrophe"),
            ],
        },
        Default::Text("none"),
        "What stands between groups of three digits.",
    ),
    Param::optional(
        "digits",
        Kind::Whole { min: 1, max: 9 },
        Default::Number(1.0),
        "How many digits stand before the decimals at least: zeros fill them up. Not together with grouping.",
    ),
    Param::optional(
        "prefix",
        AROUND,
        Default::Text(""),
        "What stands before the number, behind its sign.",
    ),
    Param::optional(
        "suffix",
        AROUND,
        Default::Text(""),
        "What stands behind the number.",
    )
    .hint("A unit: \" %\", \" km\"."),
    lettering::POSITION,
    lettering::FONTSIZE,
    lettering::FONTCOLOR,
    lettering::FONT,
    lettering::WEIGHT,
    lettering::ITALIC,
    lettering::MARGIN,
    lettering::SAFE_AREA,
    lettering::START,
    lettering::DURATION,
    lettering::FADE_IN,
    lettering::FADE_OUT,
    lettering::OPACITY,
    lettering::BOX,
    lettering::BOX_COLOR,
    lettering::BOX_PADDING,
    lettering::BORDER_WIDTH,
    lettering::BORDER_COLOR,
    lettering::SHADOW_X,
    lettering::SHADOW_Y,
    lettering::SHADOW_COLOR,
];

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    if params.text("grouping") != "none" && params.number("digits") > 1.0 {
        return Err(BuildError::Unsupported {
            message: "`digits` does not go with `grouping`".to_owned(),
            hint: "leave one of them out".to_owned(),
        });
    }
    if params.text("grouping") == params.text("decimal_mark") && params.number("decimals") > 0.0 {
        return Err(BuildError::Unsupported {
            message: "groups of digits and decimals cannot have the same mark".to_owned(),
            hint: "give another `grouping` or `decimal_mark`".to_owned(),
        });
    }
    let span = lasts(params, context.seconds());
    let shown = while_shown(context, span);
    let mut filters = Vec::new();
    for form in forms(params, &value(params, context)) {
        let condition = form
            .condition
            .into_iter()
            .chain(shown.clone())
            .reduce(|a, b| a * b);
        filters.push(written(params, context, &form.parts, condition)?);
    }
    Ok(chain(filters))
}

/// One line of text that changes, whose baseline stays wherever its letters end.
pub(super) fn written(
    params: &Params,
    context: &PictureContext<'_>,
    parts: &[Part],
    shown: Option<Expr>,
) -> Result<Filter, BuildError> {
    let size = whole_size(params, context, "fontsize");
    let font = lettering::font(params, context.fonts).ok();
    let measure = Measure::of(font, size, "");
    let height = measure.ascent + measure.descent;
    let (x, y) = corner(
        params,
        context,
        &Expr::var(Variable::TextW),
        &Expr::constant(height),
    );
    let y = floor(y) + Expr::constant(measure.ascent) - Expr::var(Variable::HighestGlyph);
    let span = lasts(params, context.seconds());
    let fades = (
        params.seconds("fade_in").unwrap_or(0.0),
        params.seconds("fade_out").unwrap_or(0.0),
    );
    let builder = letters(parts, params, context, (font, Expr::constant(size)))?;
    let mut builder =
        boxed(builder, params, context)?.position(drawtext::Position::Absolute { x: floor(x), y })?;
    if let Some(alpha) = alpha(params, context, span, fades) {
        builder = builder.alpha(alpha)?;
    }
    if let Some(shown) = shown {
        builder = builder.enable(shown)?;
    }
    Ok(builder.build())
}

/// The number of each frame, in units of its last decimal and without its fraction.
fn value(params: &Params, context: &PictureContext<'_>) -> Expr {
    // A clip that is cut goes on counting: the end of what is left does not matter.
    let start = params.seconds("start").unwrap_or(0.0);
    let shows = params
        .seconds("duration")
        .map_or(context.seconds() - start, |length| length);
    let length = params
        .seconds("count_duration")
        .unwrap_or_else(|| shows - context.rate.seconds_of(1));
    let (from, to) = (params.number("from"), params.number("to"));
    let done = if length > 0.0 {
        unit((t() - Expr::constant(start)) / Expr::constant(length))
    } else {
        Expr::gte(t(), Expr::constant(start - context.rate.seconds_of(1) / 2.0))
    };
    let done = Easing::from_word(params.text("easing")).shape(done);
    let units = 10f64.powf(params.number("decimals"));
    (Expr::constant(from) + Expr::constant(to - from) * done) * Expr::constant(units)
}

/// One way in which the number is written, while it is of that kind.
struct Form {
    parts: Vec<Part>,
    condition: Option<Expr>,
}

/// Every way in which the number is written on its way: with and without a sign, and with so many groups.
fn forms(params: &Params, value: &Expr) -> Vec<Form> {
    let decimals = params.number("decimals");
    let units = 10f64.powf(decimals);
    let (from, to) = (params.number("from"), params.number("to"));
    let number = floor(Expr::abs(value.clone()) + Expr::constant(0.5 + NOISE));
    let whole = || number.clone() / Expr::constant(units);
    let negative =
        Expr::lt(value.clone(), Expr::constant(0.0)) * Expr::gt(number.clone(), Expr::constant(0.0));
    let signs = match (from < 0.0 || to < 0.0, from >= 0.0 || to >= 0.0) {
        (false, _) => vec![(false, None)],
        _ => vec![(false, Some(Expr::not(negative.clone()))), (true, Some(negative))],
    };
    let groups: Vec<u32> = match params.text("grouping") {
        "none" => vec![0],
        _ => (0..3)
            .filter(|group| from.abs().max(to.abs()) + 1.0 >= 1000f64.powi(group_power(*group)))
            .collect(),
    };
    let last = groups.len().saturating_sub(1);
    let mut forms = Vec::new();
    for (is_negative, sign) in signs {
        for (place, group) in groups.iter().enumerate() {
            let least = 1000f64.powi(group_power(*group));
            let above = (place > 0).then(|| Expr::gte(whole(), Expr::constant(least)));
            let below = (place < last).then(|| Expr::lt(whole(), Expr::constant(least * 1000.0)));
            let condition = sign
                .clone()
                .into_iter()
                .chain(above)
                .chain(below)
                .reduce(|a, b| a * b);
            let sign = if is_negative { "-" } else { "" };
            let mut parts = vec![Part::Words([sign, params.text("prefix")].concat())];
            parts.extend(digits(params, &whole(), *group));
            if decimals > 0.0 {
                let mark = if params.text("decimal_mark") == "comma" {
                    ","
                } else {
                    "."
                };
                parts.push(Part::Words(mark.to_owned()));
                parts.push(Part::Whole {
                    value: Expr::modulo(number.clone(), Expr::constant(units)),
                    digits: whole_number(decimals),
                });
            }
            parts.push(Part::Words(params.text("suffix").to_owned()));
            forms.push(Form { parts, condition });
        }
    }
    forms
}

/// A number before its decimals, in groups of three digits with `groups` marks.
fn digits(params: &Params, whole: &Expr, groups: u32) -> Vec<Part> {
    let mark = match params.text("grouping") {
        "comma" => ",",
        "point" => ".",
        "space" => " ",
        _ => "'",
    };
    let mut parts = Vec::new();
    for group in (0..=groups).rev() {
        // What is written has no fraction.
        let above = whole.clone() / Expr::constant(1000f64.powi(group_power(group)));
        let first = group == groups;
        if !first {
            parts.push(Part::Words(mark.to_owned()));
        }
        parts.push(Part::Whole {
            value: if first {
                above
            } else {
                Expr::modulo(above, Expr::constant(1000.0))
            },
            digits: if first {
                whole_number(params.number("digits"))
            } else {
                3
            },
        });
    }
    parts
}

/// A count of digits.
fn whole_number(number: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to 9")]
    let whole = number as u32;
    whole
}

fn group_power(group: u32) -> i32 {
    i32::try_from(group).unwrap_or(0)
}

/// Half a unit is rounded up, also where it is a little less in binary.
const NOISE: f64 = 1e-6;
