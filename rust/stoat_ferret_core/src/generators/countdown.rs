//! `countdown`: a film leader, numbers that count the seconds down.

use std::f64::consts::PI;

use super::paint::{Plane, levels_of, number, painted};
use super::{GeneratorSpec, Heard, Made, Making, Role, Shown, Sounding};
use crate::effects::{Default, Kind, Param, Params, Step, Way, read_params, text_overlay};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::Working;

pub const SPEC: GeneratorSpec = GeneratorSpec {
    name: "countdown",
    aliases: &["leader"],
    description: "A film leader: numbers that count the seconds down under a hand that goes around once in each, \
                  with a beep at every second.",
    ai_hint: "Before the programme, with an out_point of as many seconds as it counts; after the last one it is \
              black and silent.",
    example_prompt: "Begin with a countdown from five.",
    example: r#"{"from": 5}"#,
    params: &[
        Param::optional(
            "from",
            Kind::Whole { min: 1, max: 60 },
            Default::Number(5.0),
            "The first number, which is how many seconds it lasts.",
        )
        .alias(&["seconds"]),
        Param::optional(
            "beep",
            Kind::Bool,
            Default::Bool(true),
            "Whether each second begins with a beep.",
        ),
        Param::optional(
            "level",
            Kind::Number {
                min: -60.0,
                max: 0.0,
                unit: "dBFS",
            },
            Default::Number(-20.0),
            "Peak of the beep.",
        ),
        Param::optional(
            "font",
            Kind::Text { max: 200 },
            Default::None,
            "Family of the numbers' font, or family and style.",
        )
        .alias(&["font_family", "fontfamily"]),
    ],
    role: Role::Made(Made {
        picture: Some(picture),
        sound: Some(sound),
        check: |_| None,
    }),
};

/// Red, green and blue of the ground, of 255, and of what is drawn on it.
const GROUND: u8 = 192;
const INK: u8 = 26;
/// What is left of the light behind the hand.
const SHADE: f64 = 0.7;
/// Seconds: a moment that is due may be told a little earlier by rounding.
const EARLY: f64 = 1e-6;

fn picture(params: &Params, making: &Making<'_>) -> Result<Shown, BuildError> {
    let context = &making.context;
    let ground = painted(context.working, (0.0, 0.0), false, |component, plane| {
        let of = |level: u8| {
            levels_of([f64::from(level) / 255.0; 3], context.working)
                .get(component)
                .copied()
                .unwrap_or_default()
        };
        if component == 0 {
            number(of(GROUND)) + lines(context.canvas, plane) * number(of(INK) - of(GROUND))
        } else {
            number(of(GROUND))
        }
    });
    let mut frames = vec![swept(making)];
    frames.extend(numbers(params, making)?);
    let over = (params.number("from") - making.from) / making.speed;
    if over < context.seconds() {
        let black = Filter::new("drawbox")
            .arg("color", "black")
            .arg("t", "fill")
            .arg("enable", Expr::gte(Expr::var(Variable::T), number(over - EARLY)));
        frames.push(Step::Filter(black));
    }
    Ok(Shown {
        size: context.canvas,
        still: ground,
        frames,
        alpha: false,
    })
}

/// How much of a pixel two rings and two lines through the middle cover.
fn lines((width, height): (u32, u32), plane: &Plane) -> Expr {
    let height = f64::from(height);
    let across = Expr::abs(plane.across() - number(f64::from(width) / 2.0));
    let down = Expr::abs(plane.down() - number(height / 2.0));
    let covered = |away: Expr, thickness: f64| {
        Expr::clip(number(0.5 + thickness / 2.0) - away, number(0.0), number(1.0))
    };
    let away = Expr::hypot(across.clone(), down.clone());
    let ring = |radius: f64| covered(Expr::abs(away.clone() - number(radius * height)), height * 0.008);
    let line = |away: Expr| covered(away, (height * 0.004).max(1.0));
    Expr::max(
        Expr::max(ring(0.42), ring(0.37)),
        Expr::max(line(across), line(down)),
    )
}

/// The part of a second that has passed.
fn passed(making: &Making<'_>) -> Expr {
    let time = Expr::var(Variable::T) * number(making.speed) + number(making.from + EARLY);
    Expr::modulo(time, number(1.0))
}

/// What the hand has passed lies in the shade.
///
/// The half of the picture that is right of the middle and a half that turns with the hand: in the first half
/// of a second what lies in both of them is passed, later what lies in either.
fn swept(making: &Making<'_>) -> Step {
    let context = &making.context;
    let white = f64::from(context.working.white);
    let shade = |way: Way| {
        Way::Along(vec![Step::Fork {
            ways: vec![Way::Along(Vec::new()), way],
            merge: Filter::new("blend").arg("c0_mode", "multiply"),
        }])
    };
    // Even, and so large that it covers the frame whichever way it is turned.
    let (width, height) = context.canvas;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the size of a picture"
    )]
    let large = f64::from(width).hypot(f64::from(height)).ceil() as u32;
    let large = (large + 2).next_multiple_of(2);
    let half = |size: (u32, u32), turning: bool| {
        let inside = Expr::var(Variable::PixelX) + number(0.5 - f64::from(size.0) / 2.0);
        let inside = if turning { number(0.0) - inside } else { inside };
        let shaded = Expr::clip(inside + number(0.5), number(0.0), number(1.0));
        let level = number(white) - shaded * number(white * (1.0 - SHADE));
        // What is turned needs planes that are halved alike.
        let format = if context.working == Working::EIGHT {
            "yuv420p"
        } else {
            "yuv444p10le"
        };
        let none = f64::midpoint(0.0, white + 1.0);
        let geq = Filter::new("geq")
            .arg("lum", level)
            .arg("cb", none)
            .arg("cr", none);
        // Every row is the same.
        let rows = Filter::new("scale")
            .arg("w", size.0)
            .arg("h", size.1)
            .arg("flags", "neighbor");
        vec![Filter::new("format").value(format), geq, rows]
    };
    let plain = || Filter::new("format").value(context.working.plain);
    let right = || Way::Still {
        size: (context.canvas.0, 2),
        paint: [half(context.canvas, false), vec![plain()]].concat(),
        show: Vec::new(),
    };
    let turning = || Way::Still {
        size: (large, 2),
        paint: half((large, large), true),
        show: vec![
            Filter::new("rotate")
                .arg("a", passed(making) * number(2.0 * PI))
                .arg("ow", width)
                .arg("oh", height),
            plain(),
        ],
    };
    let either =
        |mode: &'static str, when: Expr| Filter::new("blend").arg("c0_mode", mode).arg("enable", when);
    let first = Step::Fork {
        ways: vec![shade(right()), shade(turning())],
        merge: either("lighten", Expr::lt(passed(making), number(0.5))),
    };
    Step::Fork {
        ways: vec![Way::Along(vec![first]), shade(turning())],
        merge: either("darken", Expr::gte(passed(making), number(0.5))),
    }
}

/// Every number that shows, while it does.
fn numbers(params: &Params, making: &Making<'_>) -> Result<Vec<Step>, BuildError> {
    let context = &making.context;
    let from = params.number("from");
    let mut steps = Vec::new();
    let mut shown = from;
    while shown >= 1.0 {
        let start = (from - shown - making.from) / making.speed;
        let length = 1.0 / making.speed;
        if start + length > 0.0 && start < context.seconds() {
            let mut text = serde_json::json!({
                "text": format!("{shown}"),
                "fontsize": (f64::from(context.canvas.1) * 0.5 / context.scale).clamp(1.0, 2000.0),
                "fontcolor": Color::rgba([INK; 3], u8::MAX).to_string(),
                "start": start,
                "duration": length,
            });
            if let (false, Some(fields)) = (params.text("font").is_empty(), text.as_object_mut()) {
                fields.insert("font".to_owned(), params.text("font").into());
            }
            let text = read_params(text_overlay::PARAMS, &text, "", context.rate, &mut Vec::new());
            steps.extend(
                text_overlay::filters(&text, context)?
                    .into_iter()
                    .map(Step::Filter),
            );
        }
        shown -= 1.0;
    }
    Ok(steps)
}

/// A tenth of a second of 1 kHz at each second, by the sample; with the first and last one at 0.
fn sound(params: &Params, sounding: &Sounding) -> Heard {
    let peak = if params.flag("beep") {
        10f64.powf(params.number("level") / 20.0)
    } else {
        0.0
    };
    let time = || Expr::var(Variable::T);
    let own = time() * number(sounding.speed) + number(sounding.from + EARLY);
    let sounds = Expr::lt(Expr::modulo(own.clone(), number(1.0)), number(0.1))
        * Expr::lt(own, number(params.number("from")));
    let wave = Expr::sin(time() * number(2.0 * PI * 1000.0)) * number(peak) * sounds;
    Heard {
        filters: vec![
            Filter::new("aevalsrc")
                .arg("exprs", wave)
                .arg("s", sounding.sample_rate)
                .arg("c", "mono"),
            Filter::new("aformat").arg("sample_fmts", "fltp"),
        ],
        start: 0,
    }
}
