//! `blend`: how a clip lies over what is below it.

use super::ways::blended;
use super::{Default, Duration, EffectSpec, Kind, Memory, Param, Params, Place, Role};
use crate::ffmpeg::filter::Filter;

/// The description of `blend`.
pub const SPEC: EffectSpec = EffectSpec {
    name: "blend",
    description: "Mixes the clip's colours with those of what lies below it, instead of covering them.",
    ai_hint: "Light, fire or snow on black: screen. Ink or paper on white: multiply. Light leaks and textures: overlay or soft_light. The clip's opacity says how much. On the lowest track, the background of the output lies below.",
    example_prompt: "Lay the snow on black over the street so that only the snow shows.",
    example: r#"{"mode": "screen"}"#,
    places: &[Place::Clip],
    params: &[Param::optional(
        "mode",
        Kind::Word {
            allowed: &[
                "screen",
                "multiply",
                "overlay",
                "soft_light",
                "hard_light",
                "lighten",
                "darken",
                "difference",
                "addition",
            ],
            aliases: &[
                ("softlight", "soft_light"),
                ("hardlight", "hard_light"),
                ("add", "addition"),
                ("linear_dodge", "addition"),
            ],
        },
        Default::Text("screen"),
        "screen and addition make brighter, multiply and darken darker, overlay and both lights stronger; difference shows what differs.",
    )],
    duration: Duration::Same,
    memory: Memory::None,
    role: Role::Over(mixing),
};

/// The filter takes what is lit first, and the light second.
fn mixing(params: &Params) -> Filter {
    let mode = match params.text("mode") {
        "multiply" => "multiply",
        "overlay" => "overlay",
        "soft_light" => "softlight",
        "hard_light" => "hardlight",
        "lighten" => "lighten",
        "darken" => "darken",
        "difference" => "difference",
        "addition" => "addition",
        _ => "screen",
    };
    blended(mode, 1.0)
}
