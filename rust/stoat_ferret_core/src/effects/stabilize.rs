//! `stabilize`: a camera that shook, held still.

use super::steps::chain;
use super::ways::{format, past_alpha};
use super::{
    Default, Duration, EffectSpec, Kind, Memory, Param, Params, Picture, PictureContext, Place, Role, Step,
};
use crate::ffmpeg::error::BuildError;
use crate::ffmpeg::filter::{Filter, Value};
use crate::ffmpeg::working::tag;

/// What the filters work in.
const EIGHT_BITS: &str = "yuv420p";

/// The description of `stabilize`.
///
/// Filters: vidstabdetect, vidstabtransform.
pub const SPEC: EffectSpec = EffectSpec {
    name: "stabilize",
    description: "Holds a shaken camera still: its motion over the whole clip is measured first, then smoothed.",
    ai_hint: "For hand-held footage, before other effects. smoothing 0.5 takes the tremble, 2 makes it glide. Cut shots into clips of their own first. The picture goes through eight bits.",
    example_prompt: "This was filmed by hand; make it steady.",
    example: r#"{"smoothing": 1}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "smoothing",
            Kind::Number {
                min: 0.05,
                max: 10.0,
                unit: "seconds",
            },
            Default::Number(0.5),
            "How far before and after a moment the camera's way is averaged.",
        ),
        Param::optional(
            "shakiness",
            Kind::Whole { min: 1, max: 10 },
            Default::Number(5.0),
            "How fast the camera may have moved: more looks further.",
        ),
        Param::optional(
            "edges",
            Kind::Word {
                allowed: &["zoom", "extend"],
                aliases: &[("crop", "zoom"), ("keep", "extend")],
            },
            Default::Text("zoom"),
            "What was not filmed: zoom in as far as is needed to hide it, or draw out what lies at the edge.",
        ),
    ],
    duration: Duration::Same,
    memory: Memory::Whole,
    role: Role::Picture(Picture::of(picture).measuring(measure)),
};

fn measure(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    let detect = Filter::new("vidstabdetect")
        .arg("result", Value::Measured(context.measured))
        .arg("shakiness", params.number("shakiness"))
        .arg("accuracy", 15_i64);
    Ok(chain([format(EIGHT_BITS), detect]))
}

fn picture(params: &Params, context: &PictureContext<'_>) -> Result<Vec<Step>, BuildError> {
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred frames")]
    let radius = (params.number("smoothing") * context.rate.as_f64())
        .round()
        .max(1.0) as i64;
    let still = Filter::new("vidstabtransform")
        .arg("input", Value::Measured(context.measured))
        .arg("smoothing", radius)
        // Versions of the library differ in what they take for the best way otherwise.
        .arg("optalgo", "gauss")
        .arg("optzoom", i64::from(params.text("edges") == "zoom"))
        .arg("crop", "keep")
        .arg("interpol", "bicubic");
    let steps = chain([format(EIGHT_BITS), still, format(context.working.plain), tag()]);
    Ok(past_alpha(context, steps))
}
