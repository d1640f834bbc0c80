//! `shape`: a figure on a transparent picture.

use super::paint::{Plane, levels, number, painted};
use super::{GeneratorSpec, Made, Making, Misfit, Role, Shown};
use crate::effects::{Default, Kind, Param, Params};
use crate::ffmpeg::color::Color;
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::expression::Expr;
use crate::ffmpeg::filter::Filter;

const PLACE: Kind = Kind::Number {
    min: -1.0,
    max: 2.0,
    unit: "",
};
const EXTENT: Kind = Kind::Number {
    min: 0.001,
    max: 2.0,
    unit: "",
};
const PIXELS: Kind = Kind::Number {
    min: 0.0,
    max: 1000.0,
    unit: "pixels",
};

pub const SPEC: GeneratorSpec = GeneratorSpec {
    name: "shape",
    aliases: &[],
    description: "A figure, filled and perhaps with an outline, on a transparent picture.",
    ai_hint: "Grounds of texts, frames around what matters (fill \"#00000000\" and an outline), arrows that point at \
              it. Put it on a track above; move and fade it by the keyframes of its clip's transform.",
    example_prompt: "Point at the house with a red arrow.",
    example: r##"{"shape": "star", "fill": "#ffc020", "outline": "#802000", "outline_width": 6, "width": 0.3}"##,
    params: &[
        Param::required(
            "shape",
            Kind::Word {
                allowed: &[
                    "rectangle",
                    "ellipse",
                    "triangle",
                    "polygon",
                    "star",
                    "line",
                    "arrow",
                ],
                aliases: &[],
            },
            "The figure. A line and an arrow go from one point to another; every other figure fills a box.",
        ),
        Param::optional(
            "fill",
            Kind::Color,
            Default::Text("#ffffff"),
            "Its colour; with an opacity of 0 only the outline shows.",
        )
        .alias(&["color", "colour"]),
        Param::optional(
            "outline",
            Kind::Color,
            Default::Text("#000000"),
            "Colour of the outline.",
        )
        .alias(&["outline_color"]),
        Param::optional(
            "outline_width",
            PIXELS,
            Default::Number(0.0),
            "Width of the outline, which lies inside of the figure's edge, in pixels of the project's output.",
        ),
        Param::optional(
            "x",
            PLACE,
            Default::Number(0.5),
            "Middle of the box, from the left, in fractions of the picture.",
        ),
        Param::optional(
            "y",
            PLACE,
            Default::Number(0.5),
            "Middle of the box, from the top.",
        ),
        Param::optional(
            "width",
            EXTENT,
            Default::Number(0.5),
            "Width of the box, in fractions of the picture's width.",
        )
        .alias(&["w"]),
        Param::optional(
            "height",
            EXTENT,
            Default::Number(0.5),
            "Height of the box, in fractions of the picture's height.",
        )
        .alias(&["h"]),
        Param::optional(
            "rotation",
            Kind::Number {
                min: -360.0,
                max: 360.0,
                unit: "degrees",
            },
            Default::Number(0.0),
            "How far the box is turned, clockwise.",
        ),
        Param::optional(
            "radius",
            PIXELS,
            Default::Number(0.0),
            "Of rectangle: radius of its corners, in pixels of the project's output.",
        )
        .alias(&["corner_radius"]),
        Param::optional(
            "sides",
            Kind::Whole { min: 3, max: 24 },
            Default::Number(6.0),
            "Of polygon: how many sides.",
        ),
        Param::optional(
            "points",
            Kind::Whole { min: 3, max: 24 },
            Default::Number(5.0),
            "Of star: how many points.",
        ),
        Param::optional(
            "inner",
            Kind::Number {
                min: 0.05,
                max: 0.95,
                unit: "",
            },
            Default::Number(0.382),
            "Of star: how far its inner corners are out, as a part of the outer ones.",
        ),
        Param::optional(
            "from_x",
            PLACE,
            Default::Number(0.25),
            "Of line and arrow: where it begins, from the left.",
        ),
        Param::optional(
            "from_y",
            PLACE,
            Default::Number(0.5),
            "Of line and arrow: where it begins, from the top.",
        ),
        Param::optional(
            "to_x",
            PLACE,
            Default::Number(0.75),
            "Of line and arrow: where it ends, from the left; there is the arrow's tip.",
        ),
        Param::optional(
            "to_y",
            PLACE,
            Default::Number(0.5),
            "Of line and arrow: where it ends, from the top.",
        ),
        Param::optional(
            "thickness",
            Kind::Number {
                min: 1.0,
                max: 1000.0,
                unit: "pixels",
            },
            Default::Number(12.0),
            "Of line and arrow: how thick, in pixels of the project's output.",
        ),
        Param::optional(
            "head",
            Kind::Number {
                min: 2.0,
                max: 20.0,
                unit: "",
            },
            Default::Number(4.0),
            "Of arrow: length and width of its head, in thicknesses.",
        ),
    ],
    role: Role::Made(Made {
        picture: Some(picture),
        sound: None,
        check,
    }),
};

fn check(params: &Params) -> Option<Misfit> {
    let ends = ["from_x", "from_y", "to_x", "to_y"].map(|name| params.number(name).to_bits());
    let is_point = ends.first() == ends.get(2) && ends.get(1) == ends.get(3);
    let goes = matches!(params.text("shape"), "line" | "arrow");
    (goes && is_point).then(|| Misfit {
        param: "to_x",
        message: "It ends where it begins.".to_owned(),
        hint: "Give another point to end at.",
    })
}

/// Where a figure lies, in pixels of the canvas.
struct Lying {
    /// The middle of its box.
    middle: (f64, f64),
    /// Half of the width and height of the box.
    half: (f64, f64),
    /// Radians, clockwise.
    turn: f64,
}

impl Lying {
    fn of(params: &Params, making: &Making<'_>) -> Self {
        let context = &making.context;
        let (width, height) = (f64::from(context.canvas.0), f64::from(context.canvas.1));
        let across = |name: &str| params.number(name) * width;
        let down = |name: &str| params.number(name) * height;
        if !matches!(params.text("shape"), "line" | "arrow") {
            return Self {
                middle: (across("x"), down("y")),
                half: (across("width") / 2.0, down("height") / 2.0),
                turn: params.number("rotation").to_radians(),
            };
        }
        let thickness = params.number("thickness") * context.scale;
        let breadth = if params.text("shape") == "arrow" {
            thickness * params.number("head")
        } else {
            thickness
        };
        let (from, to) = ((across("from_x"), down("from_y")), (across("to_x"), down("to_y")));
        let way = (to.0 - from.0, to.1 - from.1);
        Self {
            middle: (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1)),
            half: (way.0.hypot(way.1) / 2.0, breadth / 2.0),
            turn: way.1.atan2(way.0),
        }
    }

    /// What of the canvas it may cover: left and upper edge, and size; even, and nothing where it lies outside.
    fn area(&self, canvas: (u32, u32)) -> Option<((u32, u32), (u32, u32))> {
        let (sine, cosine) = self.turn.sin_cos();
        let reach = (
            (self.half.0 * cosine).abs() + (self.half.1 * sine).abs(),
            (self.half.0 * sine).abs() + (self.half.1 * cosine).abs(),
        );
        let axis = |middle: f64, reach: f64, extent: u32| {
            // The soft edge is wider by a half pixel, and a colour difference by one more.
            let even = |place: f64| {
                let place = place.clamp(0.0, f64::from(extent));
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "within the canvas"
                )]
                let place = place as u32;
                place
            };
            let (first, last) = (
                even(middle - reach - 4.0) & !1,
                even(middle + reach + 5.0).next_multiple_of(2),
            );
            let last = last.min(extent);
            (last > first).then(|| (first, last - first))
        };
        let (left, width) = axis(self.middle.0, reach.0, canvas.0)?;
        let (top, height) = axis(self.middle.1, reach.1, canvas.1)?;
        Some(((left, top), (width, height)))
    }

    /// The place of a pixel in the box, from its middle, along its sides.
    fn place(&self, plane: &Plane) -> (Expr, Expr) {
        let across = plane.across() - number(self.middle.0);
        let down = plane.down() - number(self.middle.1);
        if self.turn == 0.0 {
            return (across, down);
        }
        let (sine, cosine) = self.turn.sin_cos();
        (
            across.clone() * number(cosine) + down.clone() * number(sine),
            down * number(cosine) - across * number(sine),
        )
    }
}

fn picture(params: &Params, making: &Making<'_>) -> Result<Shown, BuildError> {
    let context = &making.context;
    let color = |name: &str| params.color(name).unwrap_or(Color::WHITE);
    let (fill, outline) = (color("fill"), color("outline"));
    let width = params.number("outline_width") * context.scale;
    let lying = Lying::of(params, making);
    let edge = if width > 0.0 { &outline } else { &fill };
    let clear = Color::rgba(edge.rgb(), 0);
    let Some((corner, size)) = lying.area(context.canvas) else {
        return Ok(Shown {
            size: context.canvas,
            still: painted(context.working, (0.0, 0.0), true, |component, _| {
                number(
                    levels(&clear, context.working)
                        .get(component)
                        .copied()
                        .unwrap_or_default(),
                )
            }),
            frames: Vec::new(),
            alpha: true,
        });
    };
    let (filled, outlined) = (levels(&fill, context.working), levels(&outline, context.working));
    let opacities = (fill.opacity(), outline.opacity());
    let alike = (opacities.0 - opacities.1).abs() < 1e-9;
    let mut still = painted(
        context.working,
        (f64::from(corner.0), f64::from(corner.1)),
        true,
        |component, plane| {
            let inside = |inset: f64| {
                let outside = distance(params, making, &lying, plane) + number(inset);
                Expr::clip(number(0.5) - outside, number(0.0), number(1.0))
            };
            let of = |levels: &[f64; 4]| levels.get(component).copied().unwrap_or_default();
            let (inner, outer) = (of(&filled), of(&outlined));
            if component == 3 {
                if width <= 0.0 {
                    return inside(0.0) * number(inner);
                }
                let all = inside(0.0) * number(outer);
                return if alike {
                    all
                } else {
                    all + inside(width) * number(inner - outer)
                };
            }
            #[expect(clippy::float_cmp, reason = "the same colour has the very same level")]
            if width <= 0.0 || inner == outer || opacities.1 == 0.0 {
                return number(inner);
            }
            if opacities.0 == 0.0 {
                return number(outer);
            }
            let share = if alike {
                inside(width)
            } else {
                // Of what covers a pixel, the part that the fill does.
                let fill = inside(width) * number(opacities.0);
                let ring = (inside(0.0) - inside(width)) * number(opacities.1);
                fill.clone() / Expr::max(fill + ring, number(1e-6))
            };
            number(outer) + share * number(inner - outer)
        },
    );
    if size != context.canvas {
        still.push(
            Filter::new("pad")
                .arg("w", context.canvas.0)
                .arg("h", context.canvas.1)
                .arg("x", corner.0)
                .arg("y", corner.1)
                .arg("color", clear),
        );
    }
    Ok(Shown {
        size,
        still,
        frames: Vec::new(),
        alpha: true,
    })
}

/// Pixels from the figure's edge, below 0 inside of it.
fn distance(params: &Params, making: &Making<'_>, lying: &Lying, plane: &Plane) -> Expr {
    let (across, down) = lying.place(plane);
    let (half_width, half_height) = lying.half;
    let scale = making.context.scale;
    match params.text("shape") {
        "ellipse" => ellipse(&across, &down, lying.half),
        "triangle" => {
            let side = (2.0 * half_height).hypot(half_width);
            let slanted = Expr::abs(across) * number(2.0 * half_height / side)
                - (down.clone() + number(half_height)) * number(half_width / side);
            Expr::max(slanted, down - number(half_height))
        }
        "polygon" => {
            let sides = params.number("sides");
            starry(
                &across,
                &down,
                lying.half,
                sides,
                (std::f64::consts::PI / sides).cos(),
            )
        }
        "star" => starry(
            &across,
            &down,
            lying.half,
            params.number("points"),
            params.number("inner"),
        ),
        "arrow" => {
            let thickness = params.number("thickness") * scale;
            arrow(across, down, lying.half, thickness / 2.0)
        }
        "line" => Expr::max(
            Expr::abs(across) - number(half_width),
            Expr::abs(down) - number(half_height),
        ),
        _ => {
            let radius = (params.number("radius") * scale).min(half_width).min(half_height);
            let over = (
                Expr::abs(across) - number(half_width - radius),
                Expr::abs(down) - number(half_height - radius),
            );
            let inside = Expr::max(over.0.clone(), over.1.clone());
            if radius <= 0.0 {
                return inside;
            }
            let beyond = |over: Expr| Expr::max(over, number(0.0));
            Expr::min(inside, number(0.0)) + Expr::hypot(beyond(over.0), beyond(over.1)) - number(radius)
        }
    }
}

/// The distance to first order: exact for a circle.
fn ellipse(across: &Expr, down: &Expr, (a, b): (f64, f64)) -> Expr {
    let radius = |a: f64, b: f64| Expr::hypot(across.clone() / number(a), down.clone() / number(b));
    let unit = radius(a, b);
    unit.clone() * (unit - number(1.0)) / Expr::max(radius(a * a, b * b), number(1e-6))
}

/// A star whose outer corners lie on an ellipse, the first one above its middle, and whose inner corners lie on
/// another, `inner` times as large; a polygon is one whose inner corners lie on its sides.
///
/// All edges are one edge, turned and mirrored: a point is brought to the sector of that one.
fn starry(across: &Expr, down: &Expr, (a, b): (f64, f64), points: f64, inner: f64) -> Expr {
    use std::f64::consts::{FRAC_PI_2, PI};
    let sector = PI / points;
    // The direction in which the edge looks, from the corner.
    let facing = (1.0 - inner * sector.cos()).atan2(inner * sector.sin());
    let (x, y) = (across.clone() / number(a), down.clone() / number(b));
    let (angle, from_corner) = (|| Expr::kept(0), || Expr::kept(1));
    let from_facing = || Expr::abs(from_corner()) - number(facing);
    let outside = Expr::hypot(x.clone(), y.clone()) * Expr::cos(from_facing()) - number(facing.cos());
    let pixels = if (a - b).abs() < 1e-9 {
        outside * number(a)
    } else {
        // Stretched with the box: a step of the plane counts as many pixels as it is long there.
        let turned = Expr::if_then_else(
            Expr::lt(from_corner(), number(0.0)),
            number(0.0) - from_facing(),
            from_facing(),
        );
        let steepness = Expr::hypot(
            Expr::cos(Expr::kept(2)) / number(a),
            Expr::sin(Expr::kept(2)) / number(b),
        );
        Expr::keeping(2, angle() - turned, outside / steepness)
    };
    let sectors = Expr::modulo(angle() + number(FRAC_PI_2 + sector), number(2.0 * sector));
    Expr::keeping(
        0,
        Expr::atan2(y, x),
        Expr::keeping(1, sectors - number(sector), pixels),
    )
}

/// Along its box from left to right: a shaft, and a head as long as it is wide.
fn arrow(across: Expr, down: Expr, (half_length, half_head): (f64, f64), half_shaft: f64) -> Expr {
    let head = (2.0 * half_head).min(2.0 * half_length);
    let aside = Expr::abs(down);
    let side = head.hypot(half_head);
    let slanted = (across.clone() - number(half_length)) * number(half_head / side)
        + aside.clone() * number(head / side);
    let point = Expr::max(number(half_length - head) - across.clone(), slanted);
    // The shaft ends within the head, so that no seam shows between them.
    let shaft = Expr::max(
        Expr::max(
            number(-half_length) - across.clone(),
            across - number(half_length - head / 2.0),
        ),
        aside - number(half_shaft),
    );
    Expr::min(point, shaft)
}
