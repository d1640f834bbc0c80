//! Whole plans of typical projects, as they were when they were last looked at.

mod common;

use common::{film, one, part, project};
use serde_json::{Value, json};

fn shown(document: &Value, range: Option<(i64, i64)>) -> String {
    serde_json::to_string_pretty(&part(document, range)).unwrap_or_default()
}

fn talk_then_film() -> Value {
    json!([
        {"id": "a", "source": "talk.mp4", "in_point": 1, "out_point": 4},
        {"id": "b", "source": "silent.mp4", "out_point": 3},
    ])
}

#[test]
fn cut() {
    insta::assert_snapshot!(shown(&film(&talk_then_film(), &json!([])), None));
}

#[test]
fn transition() {
    let dissolve = json!([{"type": "dissolve", "duration": 1, "from": "a", "to": "b"}]);
    insta::assert_snapshot!(shown(&film(&talk_then_film(), &dissolve), None));
}

#[test]
fn picture_in_picture() {
    let small = json!({"x": 0.95, "y": 0.05, "width": 0.3, "height": 0.3, "anchor": "top_right",
        "opacity": {"keyframes": [{"time": 0, "value": 0}, {"time": 1, "value": 1, "easing": "ease"}]}});
    let document = project(&json!([
        {"type": "video", "clips": [{"source": "talk.mp4", "out_point": 4}]},
        {"type": "video", "clips": [{"source": "silent.mp4", "out_point": 2, "timeline_start": 1, "transform": small}]},
    ]));
    insta::assert_snapshot!(shown(&document, None));
}

#[test]
fn title() {
    let text = json!({"generator": "title", "text": "It's 100%: \\ done", "fontsize": 48, "fade_in": 0.5});
    let document = project(&json!([
        {"type": "video", "clips": [{"source": {"generator": "color", "color": "navy"}, "out_point": 3}]},
        {"type": "text", "clips": [{"source": text, "out_point": 2, "timeline_start": 0.5}]},
    ]));
    insta::assert_snapshot!(shown(&document, None));
}

#[test]
fn speed() {
    let fast = json!([{"type": "speed_control", "params": {"factor": 2}}]);
    insta::assert_snapshot!(shown(
        &one(&json!({"source": "talk.mp4", "out_point": 6, "effects": fast})),
        None
    ));
}

#[test]
fn ducking() {
    let document = project(&json!([
        {"id": "speech", "type": "video", "clips": [{"source": "talk.mp4", "out_point": 4}]},
        {"id": "music", "type": "audio", "volume": 0.5,
            "clips": [{"source": "music.flac", "out_point": 4,
                "effects": [{"type": "audio_fade", "params": {"fade_type": "out", "duration": 1}}]}],
            "ducking": {"under": ["speech"]}},
    ]));
    insta::assert_snapshot!(shown(&document, None));
}

#[test]
fn still_image() {
    let photo = json!({"source": "photo.png", "out_point": 2, "fit": "cover"});
    insta::assert_snapshot!(shown(&one(&photo), None));
}

#[test]
fn range() {
    let dissolve = json!([{"type": "dissolve", "duration": 1, "from": "a", "to": "b"}]);
    insta::assert_snapshot!(shown(&film(&talk_then_film(), &dissolve), Some((45, 75))));
}
