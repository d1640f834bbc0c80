//! Laws that hold for every document, tried on random ones.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod common;

use common::{capabilities, media, part, plan, project, target};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};
use stoat_ferret_core::compile::{compile, sources};
use stoat_ferret_core::document::read;

/// Names and words that lead deep into the reader.
const NAMES: [&str; 34] = [
    "schema",
    "id",
    "output",
    "fps",
    "width",
    "tracks",
    "type",
    "clips",
    "source",
    "generator",
    "color",
    "text",
    "in_point",
    "out_point",
    "timeline_start",
    "timeline_end",
    "transform",
    "crop",
    "x",
    "opacity",
    "keyframes",
    "time",
    "value",
    "effects",
    "params",
    "transitions",
    "from",
    "to",
    "duration",
    "audio",
    "ducking",
    "under",
    "metadata",
    "global_effects",
];
const WORDS: [&str; 18] = [
    "video",
    "audio",
    "text",
    "title",
    "tone",
    "color",
    "talk.mp4",
    "a",
    "red",
    "#12",
    "-6dB",
    "30000/1001",
    "45f",
    "00:00:01;02",
    "xfade",
    "crop",
    "speed_control",
    "\u{0}\u{1f600}",
];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-10i64..20).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ]
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = prop_oneof![4 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => ".{0,4}"];
    prop::collection::vec((name, value), 0..6)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>()))
}

fn anything() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(6, 96, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner)
        ]
    })
}

/// A document whose outer shape is right, with anything inside.
fn nearly() -> impl Strategy<Value = Value> {
    let effect = (
        prop::sample::select(&["crop", "xfade", "text_overlay", "speed_control", "audio_ducking"][..]),
        anything(),
    )
        .prop_map(|(kind, params)| json!({"type": kind, "params": params}));
    let clip = (anything(), leaf(), leaf(), anything(), prop::collection::vec(effect, 0..3)).prop_map(
        |(source, start, end, transform, effects)| {
            json!({"source": source, "in_point": start, "out_point": end, "transform": transform, "effects": effects})
        },
    );
    let lists = (
        prop::collection::vec(clip, 0..3),
        prop::collection::vec(object(leaf()), 0..3),
        anything(),
    );
    let track = (prop::sample::select(&["video", "audio", "text"][..]), lists).prop_map(
        |(kind, (clips, transitions, ducking))| {
            json!({"type": kind, "clips": clips, "transitions": transitions, "ducking": ducking})
        },
    );
    prop::collection::vec(track, 0..3).prop_map(|tracks| json!({ "tracks": tracks }))
}

/// A clip in frames, with its overlap with the clip before it or the gap before it.
#[derive(Debug, Clone, Copy)]
struct Part {
    length: i64,
    overlap: i64,
    gap: i64,
}

/// Clips whose overlaps fit: the two of a clip are together at most as long as it.
fn parts() -> impl Strategy<Value = Vec<Part>> {
    let raw = prop::collection::vec((1i64..90, 0i64..30, 0i64..20, any::<bool>()), 1..5);
    raw.prop_map(|raw| {
        let mut parts: Vec<Part> = Vec::new();
        let mut free = 0;
        for (length, overlap, gap, joined) in raw {
            let overlap = if joined { overlap.min(free).min(length) } else { 0 };
            let gap = if overlap > 0 { 0 } else { gap };
            free = length - overlap;
            parts.push(Part { length, overlap, gap });
        }
        parts
    })
}

fn total(parts: &[Part]) -> i64 {
    parts
        .iter()
        .map(|part| part.length - part.overlap + part.gap)
        .sum()
}

fn track(index: usize, sound: bool, parts: &[Part]) -> Value {
    let source = if sound {
        json!({"generator": "tone"})
    } else {
        json!({"generator": "testsrc"})
    };
    let mut end = 0;
    let (mut clips, mut transitions) = (Vec::new(), Vec::new());
    for (place, part) in parts.iter().enumerate() {
        let id = format!("{index}-{place}");
        let start = end + part.gap - part.overlap;
        end = start + part.length;
        let mut clip = json!({"id": id, "source": source, "out_point": format!("{}f", part.length)});
        if part.gap > 0 || place % 2 == 0 {
            clip["timeline_start"] = json!(format!("{start}f"));
        }
        clips.push(clip);
        if part.overlap > 0 {
            let before = format!("{index}-{}", place - 1);
            transitions.push(
                json!({"type": "fade", "duration": format!("{}f", part.overlap), "from": before, "to": id}),
            );
        }
    }
    let kind = if sound { "audio" } else { "video" };
    json!({"id": format!("track-{index}"), "type": kind, "clips": clips, "transitions": transitions})
}

/// A valid document and the frames that it lasts.
fn valid() -> impl Strategy<Value = (Value, i64)> {
    let rate = prop::sample::select(&["24", "25", "30000/1001", "30", "60"][..]);
    let tracks = prop::collection::vec((any::<bool>(), parts()), 1..4);
    (rate, tracks).prop_map(|(rate, tracks)| {
        let written: Value = tracks
            .iter()
            .enumerate()
            .map(|(index, (sound, parts))| track(index, *sound, parts))
            .collect();
        let mut document = project(&written);
        document["output"]["fps"] = json!(rate);
        (
            document,
            tracks.iter().map(|(_, parts)| total(parts)).max().unwrap_or(0),
        )
    })
}

fn cases(cases: u32) -> Config {
    Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn whatever_json_it_gets_the_reader_answers(document in prop_oneof![anything(), object(anything()), nearly()]) {
        if let Err(problems) = read(&document) {
            prop_assert!(!problems.is_empty());
            for problem in &problems {
                // Every problem points at something that is there, or at the object that lacks it.
                let parent = problem.path.rsplit_once('/').map_or("", |(parent, _)| parent);
                prop_assert!(document.pointer(&problem.path).or(document.pointer(parent)).is_some()
                    || problem.path.ends_with("/params") || parent.ends_with("/params"), "{problem:?}");
            }
        }
        prop_assert_eq!(read(&document).is_ok(), sources(&document).is_ok());
        // Nor does the compiler panic.
        let _ = compile(&document, &media(), &capabilities(), &target("mp4"), None);
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn a_project_lasts_as_long_as_its_longest_track((document, frames) in valid()) {
        let first = plan(&document);
        prop_assert_eq!(frames, first.frames);
        prop_assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&plan(&document)).unwrap());
    }

    #[test]
    fn ranges_add_up_to_the_whole((document, frames) in valid(), cuts in prop::collection::vec(0.0f64..1.0, 0..3)) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "some hundred frames")]
        let mut edges: Vec<i64> = cuts.iter().map(|cut| (cut * frames as f64) as i64).collect();
        edges.extend([0, frames]);
        edges.sort_unstable();
        edges.dedup();
        let whole = plan(&document);
        let parts: Vec<_> = edges.windows(2).map(|pair| part(&document, Some((pair[0], pair[1])))).collect();
        prop_assert_eq!(whole.frames, parts.iter().map(|part| part.frames).sum::<i64>());
        prop_assert_eq!(whole.samples, parts.iter().map(|part| part.samples).sum::<i64>());
    }
}
