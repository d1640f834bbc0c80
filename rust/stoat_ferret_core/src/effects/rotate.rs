//! `rotate`: quarter turns.

use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::ffmpeg::filter::Filter;
use crate::layout::SourceShape;

/// The description of `rotate`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "rotate",
    description: "Turns a clip by quarters; what was wide becomes tall before it is fitted to its place.",
    ai_hint: "For footage that lies on its side. For any other angle set the clip's transform.rotation.",
    example_prompt: "This phone video lies on its side, turn it upright.",
    example: r#"{"turn": "clockwise"}"#,
    places: &[Place::Clip],
    params: &[Param::optional(
        "turn",
        Kind::Word {
            allowed: &["clockwise", "counterclockwise", "half"],
            aliases: &[
                ("right", "clockwise"),
                ("left", "counterclockwise"),
                ("90", "clockwise"),
                ("180", "half"),
                ("270", "counterclockwise"),
            ],
        },
        Default::Text("clockwise"),
        "A quarter to the right, a quarter to the left, or half of a full turn.",
    )
    .alias(&["direction", "angle"])],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Frame(framed),
};

fn framed(params: &Params, shape: &SourceShape) -> Option<(Vec<Filter>, SourceShape)> {
    let quarter = |direction: &'static str| {
        let turned = Filter::new("transpose").arg("dir", direction);
        (vec![turned], shape.quarter_turned())
    };
    Some(match params.text("turn") {
        "half" => (vec![Filter::new("hflip"), Filter::new("vflip")], *shape),
        "counterclockwise" => quarter("cclock"),
        _ => quarter("clock"),
    })
}
