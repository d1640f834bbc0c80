//! The catalogue: what effects, transitions and layouts there are, as data for people and programs.

use serde_json::{Map, Value, json};

use super::params::{Default, Kind, POSITIONS, Param};
use super::{Duration, EFFECTS, EffectSpec, Memory, preview};
use crate::ffmpeg::transitions::TransitionType;
use crate::generators::{GENERATORS, GeneratorSpec};
use crate::layout;

/// Frames or a timecode; the core reads a few more spellings.
const TIME: &str = r"^([0-9]{1,12}f|[0-9]{1,3}:[0-5][0-9]:[0-5][0-9][:;][0-9]{2,3})$";
/// From -120 to 20 dB.
const DECIBELS: &str = concat!(
    r"^ *(-0*(120(\.0+)?|(1[01][0-9]|[0-9]{1,2})(\.[0-9]+)?)",
    r"|\+?0*(20(\.0+)?|1?[0-9](\.[0-9]+)?)) *(dB|db|DB) *$",
);
/// No control characters but tab and new line.
const TEXT: &str = r"^([^\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\r\n)*$";
/// A path that ends in `.cube`.
const CUBE: &str = r"^[^\u0000]+\.[cC][uU][bB][eE]$";
/// Digits, or a word that may be a name; and an opacity.
const COLOR: &str = concat!(
    "^((#|0x)([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[A-Za-z]{1,32})",
    r"(@(0(\.[0-9]{1,9})?|1(\.0{1,9})?))?$",
);

/// Everything that can be used in a project:
/// `{"effects": [...], "generators": [...], "transitions": [...], "layouts": [...]}`.
#[must_use]
pub fn catalogue() -> Value {
    let effects: Vec<Value> = EFFECTS.iter().copied().map(effect).collect();
    let transitions: Vec<Value> = TransitionType::NAMES
        .iter()
        .map(|name| json!({ "type": name }))
        .collect();
    let layouts: Vec<Value> = layout::Layout::NAMES
        .iter()
        .map(|name| json!({ "name": name }))
        .collect();
    let generators: Vec<Value> = GENERATORS.iter().copied().map(generator).collect();
    json!({ "effects": effects, "generators": generators, "transitions": transitions, "layouts": layouts })
}

/// What agents should know of parameters, and under `whole` of all of it.
fn hints_of(params: &[Param], whole: &str, hint: &str) -> Map<String, Value> {
    params
        .iter()
        .filter(|param| !param.ai_hint.is_empty())
        .map(|param| (param.name.to_owned(), json!(param.ai_hint)))
        .chain([(whole.to_owned(), json!(hint))])
        .collect()
}

fn animatable_of(params: &[Param]) -> Vec<&str> {
    params
        .iter()
        .filter(|param| param.animatable)
        .map(|param| param.name)
        .collect()
}

fn generator(spec: &GeneratorSpec) -> Value {
    let example: Value = serde_json::from_str(spec.example).unwrap_or(Value::Null);
    json!({
        "generator": spec.name,
        "aliases": spec.aliases,
        "description": spec.description,
        "parameter_schema": schema_of_all(spec.params),
        "ai_hints": hints_of(spec.params, "generator", spec.ai_hint),
        "example_prompt": spec.example_prompt,
        "example": example,
        "ports": { "video": spec.has_picture(), "audio": spec.has_sound() },
        "animatable": animatable_of(spec.params),
    })
}

fn effect(spec: &'static EffectSpec) -> Value {
    let hints = hints_of(spec.params, "effect", spec.ai_hint);
    let animatable = animatable_of(spec.params);
    let example: Value = serde_json::from_str(spec.example).unwrap_or(Value::Null);
    json!({
        "type": spec.name,
        "description": spec.description,
        "parameter_schema": parameter_schema(spec),
        "ai_hints": hints,
        "example_prompt": spec.example_prompt,
        "example": example,
        "filter_preview": preview(spec),
        "ports": {
            "video": spec.has_picture(),
            "audio": spec.has_sound(),
            "duration": match spec.duration {
                Duration::Same => "same".to_owned(),
                Duration::DividedBy(name) => format!("divided by {name}"),
            },
            "memory": spec.memory != Memory::None,
            "alpha": spec.makes_alpha(),
        },
        "targets": spec.places.iter().map(|place| place.word()).collect::<Vec<_>>(),
        "animatable": animatable,
    })
}

/// The JSON Schema (draft 2020-12) of an effect's parameters.
#[must_use]
pub fn parameter_schema(spec: &EffectSpec) -> Value {
    schema_of_all(spec.params)
}

fn schema_of_all(params: &[Param]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for param in params {
        properties.insert(param.name.to_owned(), schema_of(param));
        if param.default == Default::Required {
            required.push(param.name);
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn schema_of(param: &Param) -> Value {
    let mut schema = kind_schema(param.kind);
    if param.animatable {
        // A curve of decibels is not read: the values of keyframes are numbers.
        let number = match param.kind {
            Kind::Gain => json!({ "type": "number", "minimum": 0, "maximum": 10 }),
            _ => schema.clone(),
        };
        schema = json!({ "anyOf": [schema, keyframes_schema(&number)] });
    }
    if let Value::Object(fields) = &mut schema {
        fields.insert("description".to_owned(), json!(param.description));
        match param.default {
            Default::Number(number) => fields.insert("default".to_owned(), json!(number)),
            Default::Text(text) => fields.insert("default".to_owned(), json!(text)),
            Default::Bool(flag) => fields.insert("default".to_owned(), json!(flag)),
            Default::Required | Default::None => None,
        };
        if !param.aliases.is_empty() {
            fields.insert("x-aliases".to_owned(), json!(param.aliases));
        }
    }
    schema
}

fn kind_schema(kind: Kind) -> Value {
    match kind {
        Kind::Number { min, max, unit } => {
            let mut schema = json!({ "type": "number", "minimum": min, "maximum": max });
            if let (Value::Object(fields), false) = (&mut schema, unit.is_empty()) {
                fields.insert("x-unit".to_owned(), json!(unit));
            }
            schema
        }
        Kind::Whole { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Gain => json!({ "anyOf": [
            { "type": "number", "minimum": 0, "maximum": 10 },
            { "type": "string", "pattern": DECIBELS },
        ]}),
        Kind::Time { max } => json!({ "x-unit": "seconds", "anyOf": [
            { "type": "number", "minimum": 0, "maximum": max },
            { "type": "string", "pattern": TIME, "description": "a timecode or frames (\"45f\")" },
        ]}),
        Kind::Moment { max } => json!({ "x-unit": "seconds", "anyOf": [
            { "type": "number", "minimum": -max, "maximum": max },
            { "type": "string", "pattern": TIME, "description": "a timecode or frames (\"45f\")" },
        ]}),
        Kind::Table => json!({ "type": "string", "pattern": CUBE, "x-file": "lut" }),
        Kind::Text { max } => json!({ "type": "string", "maxLength": max, "pattern": TEXT }),
        Kind::Word { allowed, .. } => json!({ "type": "string", "enum": allowed }),
        Kind::Transition => json!({ "type": "string", "enum": TransitionType::NAMES }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Color => color_schema(),
        Kind::Colors { least, most } => json!({
            "type": "array",
            "minItems": least,
            "maxItems": most,
            "items": color_schema(),
        }),
        Kind::Position => {
            let fraction = json!({ "type": "number", "minimum": -1, "maximum": 2 });
            let axis = json!({ "anyOf": [fraction, { "const": "center" }, keyframes_schema(&fraction)] });
            json!({ "anyOf": [
                { "type": "string", "enum": POSITIONS },
                { "type": "object", "properties": { "x": axis, "y": axis }, "additionalProperties": false },
            ]})
        }
        Kind::Points { most } => json!({
            "type": "array",
            "minItems": 2,
            "maxItems": most,
            "items": {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": { "type": "number", "minimum": 0, "maximum": 1 },
            },
        }),
        Kind::Numbers { min, max, most } => json!({
            "type": "array",
            "maxItems": most,
            "items": { "type": "number", "minimum": min, "maximum": max },
        }),
    }
}

fn color_schema() -> Value {
    json!({
        "type": "string",
        "pattern": COLOR,
        "description": "#rrggbb, #rrggbbaa or a CSS name, perhaps with an opacity: white@0.5",
    })
}

fn keyframes_schema(value: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { "keyframes": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "time": { "anyOf": [
                        { "type": "number" },
                        { "type": "string", "pattern": TIME },
                    ]},
                    "value": value,
                    "easing": { "type": "string", "enum": crate::document::animated::EASINGS },
                },
                "required": ["time", "value"],
                "additionalProperties": false,
            },
        }},
        "required": ["keyframes"],
        "additionalProperties": false,
    })
}
