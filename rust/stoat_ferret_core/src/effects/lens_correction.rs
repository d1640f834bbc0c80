//! `lens_correction`: straight lines are straight.

use super::steps::chain;
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::Filter;

const fn number(min: f64, max: f64) -> Kind {
    Kind::Number { min, max, unit: "" }
}

/// The description of `lens_correction`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "lens_correction",
    description: "Straightens lines that a lens has bent (radial distortion).",
    ai_hint: "Action cameras bulge: k1 about -0.2, k2 about 0.02. Lines bent inwards: k1 above 0.",
    example_prompt: "Take the fisheye out of the action camera footage.",
    example: r#"{"k1": -0.25, "k2": 0.02}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "k1",
            number(-1.0, 1.0),
            Default::Number(0.0),
            "Quadratic term: below 0 takes a bulge out.",
        ),
        Param::optional(
            "k2",
            number(-1.0, 1.0),
            Default::Number(0.0),
            "Fourth order term.",
        ),
        Param::optional(
            "center_x",
            number(0.0, 1.0),
            Default::Number(0.5),
            "Middle of the lens, from the left.",
        )
        .alias(&["cx"]),
        Param::optional(
            "center_y",
            number(0.0, 1.0),
            Default::Number(0.5),
            "Middle of the lens, from the top.",
        )
        .alias(&["cy"]),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, _: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let (k1, k2) = (params.number("k1"), params.number("k2"));
    if (k1, k2) == (0.0, 0.0) {
        return Ok(Vec::new());
    }
    Ok(chain([Filter::new("lenscorrection")
        .arg("cx", params.number("center_x"))
        .arg("cy", params.number("center_y"))
        .arg("k1", k1)
        .arg("k2", k2)
        .arg("i", "bilinear")]))
}
