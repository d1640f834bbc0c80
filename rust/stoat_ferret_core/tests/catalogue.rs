//! The catalogue of effects: complete, and its examples work.

mod common;

use std::collections::BTreeSet;

use common::{found, project};
use serde_json::{Value, json};
use stoat_ferret_core::effects::{EFFECTS, catalogue, find, preview_with};

const FOUNDING: [&str; 14] = [
    "text_overlay",
    "speed_control",
    "audio_mix",
    "volume",
    "audio_fade",
    "audio_ducking",
    "video_fade",
    "xfade",
    "acrossfade",
    "fade_in",
    "fade_out",
    "blur",
    "crop",
    "color",
];

fn effects() -> Vec<Value> {
    let catalogue = catalogue();
    let effects = catalogue.get("effects").and_then(Value::as_array);
    effects.cloned().unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn the_founding_names_are_there_and_no_name_twice() {
    let effects = effects();
    let names: BTreeSet<&str> = effects.iter().map(|effect| text(&effect["type"])).collect();
    assert!(BTreeSet::from(FOUNDING).is_subset(&names));
    assert_eq!(names.len(), effects.len());
    assert!(EFFECTS.iter().map(|spec| spec.name).is_sorted());
}

#[test]
fn every_effect_says_what_it_does_and_when_to_use_it() {
    for effect in effects() {
        let name = text(&effect["type"]);
        for words in [
            &effect["description"],
            &effect["ai_hints"]["effect"],
            &effect["example_prompt"],
        ] {
            assert!(text(words).len() > 10, "{name}: {words}");
        }
        assert!(!text(&effect["filter_preview"]).is_empty(), "{name}");
        assert!(!effect["targets"].as_array().unwrap().is_empty(), "{name}");
        assert!(
            effect["ports"]["video"] == true || effect["ports"]["audio"] == true,
            "{name}"
        );
    }
}

#[test]
fn every_parameter_is_documented_and_every_hint_is_about_one() {
    for effect in effects() {
        let name = text(&effect["type"]);
        let properties = effect["parameter_schema"]["properties"].as_object().unwrap();
        assert!(!properties.is_empty(), "{name}");
        for (param, schema) in properties {
            assert!(text(&schema["description"]).len() > 5, "{name}.{param}");
            assert!(
                schema["type"].is_string() || schema["anyOf"].is_array(),
                "{name}.{param}: {schema}"
            );
        }
        let hints = effect["ai_hints"].as_object().unwrap();
        for hinted in hints.keys().filter(|key| *key != "effect") {
            assert!(properties.contains_key(hinted), "{name}: a hint for {hinted}");
        }
        for named in ["required", "animatable"] {
            let list = if named == "required" {
                &effect["parameter_schema"][named]
            } else {
                &effect[named]
            };
            for param in list.as_array().unwrap() {
                assert!(properties.contains_key(text(param)), "{name}: {named} {param}");
            }
        }
    }
}

#[test]
fn every_example_reads_without_problems_wherever_the_effect_may_stand() {
    for effect in effects() {
        let spec = find(text(&effect["type"])).unwrap();
        let preview = preview_with(spec, &effect["example"]).unwrap();
        assert_eq!(text(&effect["filter_preview"]), preview);
        for place in effect["targets"].as_array().unwrap() {
            let clip = |id: &str| json!({"id": id, "source": "talk.mp4", "out_point": 5});
            let mut document = project(&json!([
                {"type": "video", "clips": [clip("a"), clip("b")]},
                {"type": "video", "clips": [clip("c")]},
                {"type": "audio", "clips": [{"source": "music.flac", "out_point": 9}]},
            ]));
            let list = json!([{"type": effect["type"], "params": effect["example"]}]);
            match text(place) {
                "clip" => document["tracks"][0]["clips"][0]["effects"] = list,
                "track" => document["tracks"][0]["effects"] = list,
                _ => document["global_effects"] = list,
            }
            assert_eq!(
                Vec::<(String, String)>::new(),
                found(&document),
                "{} on {place}",
                spec.name
            );
            common::plan(&document);
        }
    }
}

#[test]
fn transitions_and_layouts_are_listed() {
    let catalogue = catalogue();
    for (list, key, some) in [
        ("transitions", "type", "dissolve"),
        ("layouts", "name", "side_by_side"),
    ] {
        let names: Vec<&str> = catalogue[list]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| text(&item[key]))
            .collect();
        assert!(names.contains(&some), "{list}: {names:?}");
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
    }
}
