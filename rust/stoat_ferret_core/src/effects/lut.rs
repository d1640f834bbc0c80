//! `lut`: a look from a colour table.

use super::steps::chain;
use super::ways::{blended, in_rgb};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};

/// The description of `lut`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "lut",
    description: "Gives the picture the look of a colour table in a .cube file, with curves (1D) or a cube (3D).",
    ai_hint: "The table has to be made for ordinary video (BT.709), not for a camera's log. 0.4 to 0.8 is often enough.",
    example_prompt: "Use our house look on the whole film, but only half as strong.",
    example: r#"{"file": "looks/house.cube", "strength": 0.5}"#,
    places: &[Place::Clip, Place::Track, Place::Project],
    params: &[
        Param::required(
            "file",
            Kind::Table,
            "Path of the .cube file, written like the source of a clip: from the project file, or from a media root.",
        )
        .hint("Tables for colours from 0 to 1, of at most 16 MiB."),
        Param::optional(
            "strength",
            Kind::FRACTION,
            Default::Number(1.0),
            "0 is the picture, 1 is the look alone.",
        ),
        Param::optional(
            "interpolation",
            Kind::Word {
                allowed: &["tetrahedral", "trilinear"],
                aliases: &[("linear", "trilinear")],
            },
            Default::Text("tetrahedral"),
            "How colours between those of a cube are found; between those of a curve lies a line.",
        )
        .hint("tetrahedral keeps greys cleaner; trilinear is what some programs show."),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Picture(Picture::of(picture)),
};

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let strength = params.number("strength");
    if strength == 0.0 {
        return Ok(Vec::new());
    }
    let looked_up = chain([table(params, context)?]);
    Ok(in_rgb(
        context,
        if strength < 1.0 {
            // The share of the first picture, which is the one that came in.
            vec![Step::beside(looked_up, blended("normal", 1.0 - strength))]
        } else {
            looked_up
        },
    ))
}

fn table(params: &Params, context: &PictureContext<'_>) -> Result<Filter, BuildError> {
    let file = params.text("file");
    let (dimensions, name) = match context.tables {
        None => (3, file.to_owned()),
        Some(tables) => {
            let table = tables.get(file).ok_or_else(|| BuildError::Unknown {
                what: "colour table",
                given: file.to_owned(),
                allowed: Vec::new(),
            })?;
            (table.dimensions, table.name())
        }
    };
    let name = Value::Path(name);
    Ok(if dimensions == 1 {
        Filter::new("lut1d").arg("file", name).arg("interp", "linear")
    } else {
        let interpolation = match params.text("interpolation") {
            "trilinear" => "trilinear",
            _ => "tetrahedral",
        };
        Filter::new("lut3d")
            .arg("file", name)
            .arg("interp", interpolation)
    })
}
