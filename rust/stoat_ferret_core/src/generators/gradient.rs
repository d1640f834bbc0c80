//! `gradient`: colours that run into one another.

use super::paint::{Plane, levels, number, painted};
use super::{GeneratorSpec, Made, Making, Misfit, Role, Shown};
use crate::effects::{Default, Kind, Param, Params};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::Expr;

/// Most colours of a gradient.
const MOST: usize = 8;

pub const SPEC: GeneratorSpec = GeneratorSpec {
    name: "gradient",
    aliases: &[],
    description: "Two to eight colours that run into one another, along a line or from a point outwards.",
    ai_hint: "A ground for titles. Two near shades look calm; with opacities it darkens the lower part of a picture \
              below a text: colors [\"#00000000\", \"#000000c0\"], angle 90.",
    example_prompt: "Put the title on a ground that goes from dark blue to orange.",
    example: r##"{"colors": ["#102040", "#c05020", "#ffd080"], "angle": 30}"##,
    params: &[
        Param::required(
            "colors",
            Kind::Colors { least: 2, most: MOST },
            "The colours, in order; each may have an opacity.",
        )
        .alias(&["colours"]),
        Param::optional(
            "positions",
            Kind::Numbers {
                min: 0.0,
                max: 1.0,
                most: MOST,
            },
            Default::None,
            "Where each colour is reached, 0 is the start and 1 the end, rising; left out, they are evenly apart. \
             Two that are equal make an edge.",
        ),
        Param::optional(
            "kind",
            Kind::Word {
                allowed: &["linear", "radial"],
                aliases: &[],
            },
            Default::Text("linear"),
            "Along a line, or from a point outwards.",
        ),
        Param::optional(
            "angle",
            Kind::Number {
                min: -360.0,
                max: 360.0,
                unit: "degrees",
            },
            Default::Number(0.0),
            "Of linear: the direction, clockwise; 0 goes from left to right, 90 from top to bottom. \
             It begins and ends in the corners.",
        ),
        Param::optional(
            "center_x",
            Kind::FRACTION,
            Default::Number(0.5),
            "Of radial: where it begins, from the left.",
        ),
        Param::optional(
            "center_y",
            Kind::FRACTION,
            Default::Number(0.5),
            "Of radial: where it begins, from the top.",
        ),
        Param::optional(
            "radius",
            Kind::Number {
                min: 0.01,
                max: 4.0,
                unit: "",
            },
            Default::None,
            "Of radial: how far away it ends, in heights of the picture; left out, in the farthest corner.",
        ),
    ],
    role: Role::Made(Made {
        picture: Some(picture),
        sound: None,
        check,
    }),
};

fn check(params: &Params) -> Option<Misfit> {
    let (colors, positions) = (params.colors("colors").len(), params.numbers("positions"));
    let misfit = |message: String| Misfit {
        param: "positions",
        message,
        hint: "Give each colour a position from 0 to 1, in rising order, or leave the positions out.",
    };
    if positions.is_empty() {
        return None;
    }
    if positions.len() != colors {
        let given = positions.len();
        return Some(misfit(format!(
            "There are {colors} colours and {given} positions."
        )));
    }
    let falls = positions
        .iter()
        .zip(positions.iter().skip(1))
        .any(|(one, next)| next < one);
    falls.then(|| misfit("The positions do not rise.".to_owned()))
}

fn picture(params: &Params, making: &Making<'_>) -> Result<Shown, BuildError> {
    let context = &making.context;
    let stops = stops(params);
    let alpha = stops.iter().any(|(_, color)| color.is_translucent());
    let still = painted(context.working, (0.0, 0.0), alpha, |component, plane| {
        let values = stops.iter().map(|(at, color)| {
            let levels = levels(color, context.working);
            (*at, levels.get(component).copied().unwrap_or_default())
        });
        blended(
            &values.collect::<Vec<_>>(),
            position(params, context.canvas, plane),
        )
    });
    Ok(Shown {
        size: context.canvas,
        still,
        frames: Vec::new(),
        alpha,
    })
}

fn stops(params: &Params) -> Vec<(f64, &Color)> {
    let (colors, positions) = (params.colors("colors"), params.numbers("positions"));
    let even = |index: usize| {
        #[expect(clippy::cast_precision_loss, reason = "at most eight")]
        let share = index as f64 / (colors.len() - 1).max(1) as f64;
        share
    };
    let at = |index: usize| positions.get(index).copied().unwrap_or_else(|| even(index));
    colors
        .iter()
        .enumerate()
        .map(|(index, color)| (at(index), color))
        .collect()
}

/// How far along a pixel lies: 0 where the gradient begins, 1 where it ends.
fn position(params: &Params, canvas: (u32, u32), plane: &Plane) -> Expr {
    let (width, height) = (f64::from(canvas.0), f64::from(canvas.1));
    if params.text("kind") == "radial" {
        let center = (
            params.number("center_x") * width,
            params.number("center_y") * height,
        );
        let corner = center
            .0
            .max(width - center.0)
            .hypot(center.1.max(height - center.1));
        let radius = params
            .optional_number("radius")
            .map_or(corner, |radius| radius * height);
        let away = Expr::hypot(plane.across() - number(center.0), plane.down() - number(center.1));
        return away / number(radius);
    }
    let (sine, cosine) = direction(params.number("angle"));
    let length = width * cosine.abs() + height * sine.abs();
    let part = |place: Expr, half: f64, direction: f64| (place - number(half)) * number(direction / length);
    part(plane.across(), width / 2.0, cosine) + part(plane.down(), height / 2.0, sine) + number(0.5)
}

/// Sine and cosine of an angle in degrees. Of a right angle, both are whole: the remains that floating point
/// leaves would tear an edge that lies on the middle of pixels.
fn direction(angle: f64) -> (f64, f64) {
    let (sine, cosine) = angle.to_radians().sin_cos();
    let settled = |value: f64| if value.abs() < 1e-12 { 0.0 } else { value };
    (settled(sine), settled(cosine))
}

/// The level at a position, between the levels of the stops beside it.
fn blended(stops: &[(f64, f64)], position: Expr) -> Expr {
    let (Some(first), Some(last)) = (stops.first(), stops.last()) else {
        return number(0.0);
    };
    #[expect(clippy::float_cmp, reason = "the same colour has the very same level")]
    let even = stops.iter().all(|(_, level)| *level == first.1);
    if even {
        return number(first.1);
    }
    let mut steps = Vec::new();
    for ((from, level), (to, next)) in stops.iter().zip(stops.iter().skip(1)) {
        if to > from {
            let slope = (next - level) / (to - from);
            steps.push((
                *from,
                number(level - slope * from) + Expr::kept(0) * number(slope),
            ));
        }
    }
    steps.push((last.0, number(last.1)));
    Expr::keeping(
        0,
        position,
        Expr::piecewise(&Expr::kept(0), number(first.1), steps),
    )
}
