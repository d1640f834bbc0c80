//! `reframe`: another shape, around what matters.

use super::crop;
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::document::{Animated, Crop};
use crate::ffmpeg::filter::Filter;
use crate::layout::SourceShape;

/// Names of shapes, and their width to their height.
const SHAPES: [(&str, f64); 7] = [
    ("9:16", 9.0 / 16.0),
    ("4:5", 4.0 / 5.0),
    ("1:1", 1.0),
    ("4:3", 4.0 / 3.0),
    ("16:9", 16.0 / 9.0),
    ("2:1", 2.0),
    ("21:9", 21.0 / 9.0),
];

/// The description of `reframe`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "reframe",
    description: "Cuts the largest part of another shape out of the picture, around a point that may move.",
    ai_hint: "Wide footage in a tall film: aspect 9:16, with keyframes for x where the speaker walks.",
    example_prompt: "Make a vertical version that follows the speaker.",
    example: r#"{"aspect": "9:16", "x": 0.3}"#,
    places: &[Place::Clip],
    params: &[
        Param::optional(
            "aspect",
            Kind::Word {
                allowed: &["9:16", "4:5", "1:1", "4:3", "16:9", "2:1", "21:9"],
                aliases: &[("vertical", "9:16"), ("square", "1:1"), ("portrait", "9:16"), ("landscape", "16:9")],
            },
            Default::Text("9:16"),
            "Width to height of the part.",
        )
        .alias(&["ratio", "aspect_ratio"]),
        Param::optional("x", Kind::FRACTION, Default::Number(0.5), "The point in the middle of the part, from the left; at the edges, the part stays within the picture.").animatable(),
        Param::optional("y", Kind::FRACTION, Default::Number(0.5), "The same from the top.").animatable(),
    ],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Frame(framed),
};

fn framed(params: &Params, shape: &SourceShape) -> Option<(Vec<Filter>, SourceShape)> {
    let wanted = SHAPES
        .iter()
        .find(|(name, _)| *name == params.text("aspect"))
        .map_or(1.0, |(_, aspect)| *aspect);
    let (width, height) = shape.display_size();
    let has = f64::from(width) / f64::from(height);
    let (width, height) = ((wanted / has).min(1.0), (has / wanted).min(1.0));
    let edge = |name: &str, extent: f64| -> Animated {
        params
            .animated(name)
            .map(|middle| (middle - extent / 2.0).clamp(0.0, 1.0 - extent))
    };
    let part = Crop {
        x: edge("x", width),
        y: edge("y", height),
        width,
        height,
    };
    let frame = shape.decoded_size();
    crop::filter(&part, frame).map(|filter| (vec![filter], shape.with_size(crop::size(&part, frame))))
}
