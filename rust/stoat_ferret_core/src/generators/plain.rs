//! The generators that the compiler makes by itself: `color`, `title`, `testsrc`, `silence` and `tone`.

use super::{GeneratorSpec, Role};
use crate::effects::{self, Default, Kind, Param};

pub const COLOR: GeneratorSpec = GeneratorSpec {
    name: "color",
    aliases: &["colour", "solid"],
    description: "An even picture of one colour.",
    ai_hint: "A ground for titles, or with an opacity a tint over everything below.",
    example_prompt: "Put the title on a dark blue ground.",
    example: r##"{"color": "#204060"}"##,
    params: &[Param::required(
        "color",
        Kind::Color,
        "The colour, also a half-transparent one.",
    )],
    role: Role::Color,
};

pub const TITLE: GeneratorSpec = GeneratorSpec {
    name: "title",
    aliases: &["text"],
    description: "A text on a transparent picture.",
    ai_hint: "Placed by its position and sized by its fontsize; of the clip's transform it takes the opacity only.",
    example_prompt: "Show the title for three seconds.",
    example: r#"{"text": "The End", "fontsize": 64}"#,
    params: effects::text_overlay::PARAMS,
    role: Role::Title,
};

pub const CAPTION: GeneratorSpec = GeneratorSpec {
    name: "caption",
    aliases: &[],
    description: "What is said, on a transparent picture; its words light up.",
    ai_hint: "For subtitles: import_captions makes them. Of the clip's transform it takes the opacity only.",
    example_prompt: "Show what is said, word by word.",
    example: r#"{"text": "Word by word"}"#,
    params: effects::caption::PARAMS,
    role: Role::Caption,
};

pub const TEST_SOURCE: GeneratorSpec = GeneratorSpec {
    name: "testsrc",
    aliases: &[],
    description: "A moving test picture.",
    ai_hint: "Stands for footage that is not there yet.",
    example_prompt: "Try the edit on a test picture.",
    example: "{}",
    params: &[],
    role: Role::TestSource,
};

pub const SILENCE: GeneratorSpec = GeneratorSpec {
    name: "silence",
    aliases: &[],
    description: "No picture and no sound: time that passes.",
    ai_hint: "Makes a track longer than its last clip.",
    example_prompt: "Let two silent seconds follow.",
    example: "{}",
    params: &[],
    role: Role::Silence,
};

pub const TONE: GeneratorSpec = GeneratorSpec {
    name: "tone",
    aliases: &["sine"],
    description: "A sine tone.",
    ai_hint: "To line levels up, 1000 Hz with an amplitude of 0.1 is the usual -20 dBFS.",
    example_prompt: "Put a beep over the word.",
    example: r#"{"frequency": 1000, "amplitude": 0.1}"#,
    params: &[
        Param::optional(
            "frequency",
            Kind::Number {
                min: 1.0,
                max: 20_000.0,
                unit: "hertz",
            },
            Default::Number(440.0),
            "Frequency of the sine.",
        ),
        Param::optional(
            "amplitude",
            Kind::Number {
                min: 0.0,
                max: 1.0,
                unit: "",
            },
            Default::Number(0.25),
            "Peak of the sine, 1 is full scale.",
        ),
    ],
    role: Role::Tone,
};
