//! `film_grain`: the grain of film, another on every frame.

use super::ways::format;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
    Way,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::{Expr, Variable};
use crate::ffmpeg::filter::Filter;
use crate::ffmpeg::working::Working;

/// Pixels by which the grain is larger than the picture, across and down: every frame shows another part.
const ROOM: u32 = 128;

/// The description of `film_grain`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "film_grain",
    description: "Lays the moving grain of film over the picture's luma.",
    ai_hint: "Fine grain: 0.15. Old film: 0.5. It takes many bits: expect larger files.",
    example_prompt: "Give it the look of 16 mm film.",
    example: r#"{"amount": 0.4}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[Param::optional(
        "amount",
        Kind::FRACTION,
        Default::Number(0.25),
        "How strong the grain is; 1 is up to a quarter of full brightness.",
    )
    .alias(&["strength"])],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    #[expect(clippy::cast_possible_truncation, reason = "at most 100")]
    let strength = (params.number("amount") * 100.0).round() as i64;
    if strength == 0 {
        return Ok(Vec::new());
    }
    let (width, height) = context.frame;
    let even = |extent: u32| extent + extent % 2;
    // Far from one another on frames that follow one another; whole steps of two pixels.
    let place = |stride: f64| {
        let frame = Expr::var(Variable::T) * Expr::constant(context.rate.as_f64());
        let steps = frame * Expr::constant(stride) + Expr::constant(0.5);
        let whole = steps.clone() - Expr::modulo(steps, Expr::constant(1.0));
        Expr::modulo(whole, Expr::constant(f64::from(ROOM / 2))) * Expr::constant(2.0)
    };
    let grain = Way::Still {
        size: (even(width) + ROOM, even(height) + ROOM),
        paint: vec![
            format(if context.working == Working::EIGHT {
                "yuv420p"
            } else {
                "yuv422p"
            }),
            Filter::new("lutyuv")
                .arg("y", 128_i64)
                .arg("u", 128_i64)
                .arg("v", 128_i64),
            // Several threads would share what the noise has come to.
            Filter::new("noise")
                .arg("c0s", strength)
                .arg("c0f", "a")
                .arg("threads", 1_i64),
            format(context.format()),
        ],
        show: vec![
            Filter::new("crop")
                .arg("w", width)
                .arg("h", height)
                .arg("x", place(29.0))
                .arg("y", place(47.0)),
        ],
    };
    Ok(vec![Step::Fork {
        ways: vec![Way::Along(Vec::new()), grain],
        merge: Filter::new("blend").arg("c0_mode", "grainmerge"),
    }])
}
