//! `bars`: colour bars with a tone, to line screens and levels up.

use super::paint::{Plane, levels_of, number, painted};
use super::{GeneratorSpec, Heard, Made, Making, Role, Shown, Sounding};
use crate::effects::{Default, Kind, Param, Params};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::Working;

pub const SPEC: GeneratorSpec = GeneratorSpec {
    name: "bars",
    aliases: &["colorbars", "smptebars"],
    description: "Colour bars in the levels of BT.709, with a tone of 1 kHz as its sound.",
    ai_hint: "Ten seconds or more before the programme, where a delivery asks for bars and tone. \
              Set the clip's muted for bars without the tone.",
    example_prompt: "Begin with ten seconds of bars and tone.",
    example: r#"{"style": "smpte"}"#,
    params: &[
        Param::optional(
            "style",
            Kind::Word {
                allowed: &["smpte", "ebu"],
                aliases: &[],
            },
            Default::Text("smpte"),
            "smpte: the pattern of SMPTE RP 219 with bars of 75 %, a ramp and steps around black; \
             ebu: white of 100 % and seven bars of 75 %.",
        ),
        Param::optional(
            "level",
            Kind::Number {
                min: -60.0,
                max: 0.0,
                unit: "dBFS",
            },
            Default::Number(-20.0),
            "Peak of the tone.",
        )
        .hint("-20 is usual with SMPTE, -18 with EBU."),
    ],
    role: Role::Made(Made {
        picture: Some(picture),
        sound: Some(sound),
        check: |_| None,
    }),
};

/// What a bar shows.
#[derive(Debug, Clone, Copy)]
enum Fill {
    /// Red, green and blue in fractions.
    Color([f64; 3]),
    /// Black at its left edge, white at its right one.
    Ramp,
}

/// Bars beside one another: where each ends, in parts of the picture's width, and what it shows.
type Row = Vec<(f64, Fill)>;

fn gray(level: f64) -> Fill {
    Fill::Color([level; 3])
}

/// Yellow, cyan, green, magenta, red and blue of a level.
fn colors(level: f64) -> [Fill; 6] {
    [
        [1.0, 1.0, 0.0],
        [0.0, 1.0, 1.0],
        [0.0, 1.0, 0.0],
        [1.0, 0.0, 1.0],
        [1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0],
    ]
    .map(|color| Fill::Color(color.map(|part| part * level)))
}

/// Widths become ends.
fn row(bars: impl IntoIterator<Item = (f64, Fill)>) -> Row {
    let mut end = 0.0;
    bars.into_iter()
        .map(|(width, fill)| {
            end += width;
            (end, fill)
        })
        .collect()
}

/// The rows of RP 219 and where each ends, in parts of the picture's height.
fn smpte() -> Vec<(f64, Row)> {
    const SIDE: f64 = 1.0 / 8.0;
    const BAR: f64 = 3.0 / 28.0;
    let third = BAR / 3.0;
    let bars = [gray(0.75)]
        .into_iter()
        .chain(colors(0.75))
        .map(|fill| (BAR, fill));
    let [yellow, cyan, _, _, red, blue] = colors(1.0);
    let around = |left: Fill, middle: Vec<(f64, Fill)>, right: Fill| {
        row([(SIDE, left)].into_iter().chain(middle).chain([(SIDE, right)]))
    };
    vec![
        (7.0 / 12.0, around(gray(0.4), bars.collect(), gray(0.4))),
        (8.0 / 12.0, around(cyan, vec![(7.0 * BAR, gray(0.75))], blue)),
        (
            9.0 / 12.0,
            around(
                yellow,
                vec![(BAR, gray(0.0)), (5.0 * BAR, Fill::Ramp), (BAR, gray(1.0))],
                red,
            ),
        ),
        (
            1.0,
            around(
                gray(0.15),
                vec![
                    (1.5 * BAR, gray(0.0)),
                    (2.0 * BAR, gray(1.0)),
                    (2.5 * third, gray(0.0)),
                    (third, gray(-0.02)),
                    (third, gray(0.0)),
                    (third, gray(0.02)),
                    (third, gray(0.0)),
                    (third, gray(0.04)),
                    (BAR, gray(0.0)),
                ],
                gray(0.15),
            ),
        ),
    ]
}

fn ebu() -> Vec<(f64, Row)> {
    let fills = [gray(1.0)].into_iter().chain(colors(0.75)).chain([gray(0.0)]);
    vec![(1.0, row(fills.map(|fill| (1.0 / 8.0, fill))))]
}

fn picture(params: &Params, making: &Making<'_>) -> Result<Shown, BuildError> {
    let context = &making.context;
    let rows = if params.text("style") == "ebu" {
        ebu()
    } else {
        smpte()
    };
    let still = painted(context.working, (0.0, 0.0), false, |component, plane| {
        stacked(&rows, context.canvas, plane, |row| {
            beside(row, context.canvas, plane, component, context.working)
        })
    });
    Ok(Shown {
        size: context.canvas,
        still,
        frames: Vec::new(),
        alpha: false,
    })
}

/// An edge in pixels; even, so that no two bars share a colour difference.
fn edge(part: f64, extent: u32) -> f64 {
    (part * f64::from(extent) / 2.0).round() * 2.0
}

fn stacked(rows: &[(f64, Row)], canvas: (u32, u32), plane: &Plane, make: impl Fn(&Row) -> Expr) -> Expr {
    let mut made = rows.iter().map(|(_, row)| make(row));
    let Some(first) = made.next() else {
        return number(0.0);
    };
    let ends = rows.iter().map(|(end, _)| edge(*end, canvas.1) / plane.step.1);
    Expr::piecewise(&Expr::var(Variable::PixelY), first, ends.zip(made).collect())
}

fn beside(row: &Row, canvas: (u32, u32), plane: &Plane, component: usize, working: Working) -> Expr {
    let mut start = 0.0;
    let mut made = row.iter().map(|(end, fill)| {
        let (from, to) = (start, edge(*end, canvas.0));
        start = to;
        level(*fill, (from, to), plane, component, working)
    });
    let Some(first) = made.next() else {
        return number(0.0);
    };
    let rest: Vec<Expr> = made.collect();
    let ends = row.iter().map(|(end, _)| edge(*end, canvas.0) / plane.step.0);
    Expr::piecewise(&Expr::var(Variable::PixelX), first, ends.zip(rest).collect())
}

fn level(fill: Fill, (from, to): (f64, f64), plane: &Plane, component: usize, working: Working) -> Expr {
    let of = |color: [f64; 3]| {
        levels_of(color, working)
            .get(component)
            .copied()
            .unwrap_or_default()
    };
    match fill {
        Fill::Color(color) => number(of(color)),
        Fill::Ramp if component == 0 => {
            let (black, white) = (of([0.0; 3]), of([1.0; 3]));
            // The first pixel is black and the last one white.
            let slope = (white - black) / (to - from - 1.0).max(1.0);
            number(black) + (plane.across() - number(from + 0.5)) * number(slope)
        }
        Fill::Ramp => number(of([0.0; 3])),
    }
}

fn sound(params: &Params, sounding: &Sounding) -> Heard {
    // `sine` makes an eighth of full scale.
    let gain = 8.0 * 10f64.powf(params.number("level") / 20.0);
    Heard {
        filters: vec![
            Filter::new("sine")
                .arg("frequency", 1000_i64)
                .arg("sample_rate", sounding.sample_rate),
            Filter::new("aformat").arg("sample_fmts", "fltp"),
            Filter::new("volume").arg("volume", gain),
        ],
        start: sounding.samples(),
    }
}
