//! `noise`: a picture and a sound of chance, the same for the same seed.

use super::paint::{Plane, levels_of, number, painted};
use super::{GeneratorSpec, Heard, Made, Making, Role, Shown, Sounding};
use crate::effects::{Default, Kind, Param, Params, Step};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;

pub const SPEC: GeneratorSpec = GeneratorSpec {
    name: "noise",
    aliases: &["static", "snow"],
    description: "Moving grey noise as on a screen without a signal, with white, pink or brown noise as its sound.",
    ai_hint: "A screen that has lost its signal; on an audio track a bed of noise: pink sounds like rain, brown like \
              a far waterfall. The same seed makes the same noise. For grain on a picture use the effect film_grain.",
    example_prompt: "Let the television show snow, quietly hissing.",
    example: r#"{"seed": 7, "sound": "pink"}"#,
    params: &[
        Param::optional(
            "seed",
            Kind::Whole {
                min: 0,
                max: 1_000_000,
            },
            Default::Number(0.0),
            "Which noise it is.",
        ),
        Param::optional(
            "contrast",
            Kind::FRACTION,
            Default::Number(1.0),
            "How far the picture goes: 1 from black to white, 0 an even grey.",
        ),
        Param::optional(
            "sound",
            Kind::Word {
                allowed: &["white", "pink", "brown", "none"],
                aliases: &[],
            },
            Default::Text("white"),
            "How it sounds: white is even over all frequencies, pink falls by 3 dB an octave, brown by 6 dB.",
        ),
        Param::optional(
            "level",
            Kind::Number {
                min: -90.0,
                max: -12.0,
                unit: "dBFS",
            },
            Default::Number(-30.0),
            "Level of the sound, as the root of its mean square.",
        ),
    ],
    role: Role::Made(Made {
        picture: Some(picture),
        sound: Some(sound),
        check: |_| None,
    }),
};

/// Pixels that one picture of noise is larger than the frame, which is somewhere else on it at every moment.
const ROOM: u32 = 256;
/// Prime numbers below it: places repeat after their product of frames.
const PLACES: (f64, f64) = (251.0, 241.0);

fn picture(params: &Params, making: &Making<'_>) -> Result<Shown, BuildError> {
    let context = &making.context;
    let (width, height) = context.canvas;
    let (seed, contrast) = (params.number("seed"), params.number("contrast"));
    let [black, ..] = levels_of([0.0; 3], context.working);
    let [white, gray, _] = levels_of([1.0; 3], context.working);
    let still = painted(context.working, (0.0, 0.0), false, |component, plane| {
        if component != 0 {
            return number(gray);
        }
        let swing = (white - black) * contrast;
        (chance(seed, plane) - number(0.5)) * number(swing) + number(f64::midpoint(black, white))
    });
    // Numbers of frames of its own time: it goes on where a cut has taken something away.
    let time = Expr::var(Variable::T) * number(making.speed) + number(making.from);
    let frame = time * number(context.rate.as_f64()) + number(0.5);
    let frame = frame.clone() - Expr::modulo(frame, number(1.0));
    let place = |square: f64, stride: f64, places: f64| {
        let way = frame.clone() * frame.clone() * number(square) + frame.clone() * number(stride);
        Expr::modulo(way + number(seed), number(places))
    };
    let crop = Filter::new("crop")
        .arg("w", width)
        .arg("h", height)
        .arg("x", place(29.0, 53.0, PLACES.0))
        .arg("y", place(47.0, 71.0, PLACES.1))
        .arg("exact", 1_i64);
    Ok(Shown {
        size: (width + ROOM, height + ROOM),
        still,
        frames: vec![Step::Filter(crop)],
        alpha: false,
    })
}

/// A number from 0 to 1 that has nothing to do with those beside it: sums and products whose fractions are
/// taken, which every processor makes alike.
fn chance(seed: f64, plane: &Plane) -> Expr {
    let fraction = |value: Expr| Expr::modulo(value, number(1.0));
    // Seeds are far from one another along both sides.
    let x = fraction(plane.across() * number(0.1031) + number((seed * 0.754_877_666).fract()));
    let y = fraction(plane.down() * number(0.1031) + number((seed * 0.569_840_291).fract()));
    let (kept_x, kept_y, mixed) = (|| Expr::kept(0), || Expr::kept(1), || Expr::kept(2));
    let mix = kept_x() * (kept_y() + number(33.33))
        + kept_y() * (kept_x() + number(33.33))
        + kept_x() * (kept_x() + number(33.33));
    let all = (kept_x() + kept_y() + mixed() * number(2.0)) * (kept_x() + mixed());
    Expr::keeping(0, x, Expr::keeping(1, y, Expr::keeping(2, mix, fraction(all))))
}

fn sound(params: &Params, sounding: &Sounding) -> Heard {
    let kind = params.text("sound");
    // Root of the mean square at an amplitude of 1, by the filters that make the noise.
    let root = match kind {
        "pink" => 0.193_862,
        "brown" => 0.201_070,
        _ => 0.577_350,
    };
    let gain = if kind == "none" {
        0.0
    } else {
        10f64.powf(params.number("level") / 20.0) / root
    };
    #[expect(clippy::cast_possible_truncation, reason = "at most a million")]
    let seed = params.number("seed") as i64;
    let color = match kind {
        "pink" => "pink",
        "brown" => "brown",
        _ => "white",
    };
    Heard {
        filters: vec![
            Filter::new("anoisesrc")
                .arg("color", color)
                .arg("seed", seed)
                .arg("sample_rate", sounding.sample_rate),
            Filter::new("aformat").arg("sample_fmts", "fltp"),
            Filter::new("volume").arg("volume", gain),
        ],
        start: sounding.samples(),
    }
}
