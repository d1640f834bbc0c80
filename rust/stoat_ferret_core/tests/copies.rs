//! Frames that are copied instead of encoded: which, and why not more.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

mod common;

use common::{capabilities, target};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use stoat_ferret_core::compile::{Media, Target, compile};
use stoat_ferret_core::render::plan::{Plan, Step, StepKind};

/// Frames between two key frames of the sources.
const GROUP: i64 = 50;
const FRAMES: i64 = 1000;

/// The first packets show frames without a hole at every fourth one, and before each key frame.
fn whole() -> String {
    let bits = |digit: i64| {
        (0..4).fold(0, |bits, place| {
            bits << 1 | u32::from(ends(digit * 4 + place + 1))
        })
    };
    (0..FRAMES / 4)
        .filter_map(|digit| char::from_digit(bits(digit), 16))
        .collect()
}

fn ends(frame: i64) -> bool {
    (frame - 1) % 4 == 0 || frame % GROUP == 0
}

/// Sources of the programme's size and rate; `0.mp4` and `1.mp4` have the same parameter sets.
fn known() -> Media {
    let starts: Vec<i64> = (0..FRAMES / GROUP).map(|group| group * GROUP).collect();
    let packets = |parameters: &str, ids: &[u32]| json!({"first": 0, "starts": starts, "whole": whole(), "parameters": parameters, "ids": ids});
    let all = [
        ("0.mp4", packets("usual", &[0])),
        ("1.mp4", packets("usual", &[0])),
        ("2.mp4", packets("other", &[0])),
        ("3.mp4", json!({"refused": "its frames may be interlaced"})),
        ("7.mp4", packets("own", &[0, 7])),
    ];
    let mut media = Media::new();
    for (name, packets) in all {
        let facts = json!({"path": format!("/media/{name}"), "identity": format!("content of {name}"),
            "kind": "video", "format": "mov", "start": 0.0, "duration": 40.0,
            "video": {"index": 0, "width": 640, "height": 360, "sar": [1, 1], "rate": [25, 1],
                "pixel_format": "yuv420p", "color": {"range": "tv", "space": "bt709"}},
            "audio": {"index": 1, "sample_rate": 48000, "channels": 2, "layout": "stereo"},
            "packets": packets});
        let facts = serde_json::from_value(facts).unwrap_or_else(|error| panic!("{error}"));
        media.insert(name.to_owned(), facts);
    }
    media
}

fn wanted() -> Target {
    let mut wanted = target("mp4");
    wanted.copy = true;
    wanted
}

fn planned(document: &Value, target: &Target) -> Plan {
    compile(document, &known(), &capabilities(), target, None)
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn seconds(frames: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "frames of minutes")]
    let frames = frames as f64;
    frames / 25.0
}

fn clip(source: &str, from: i64, to: i64) -> Value {
    json!({"source": source, "in_point": seconds(from), "out_point": seconds(to)})
}

fn film(clips: &[Value]) -> Value {
    json!({"schema": "stoat.project/1", "output": {"width": 640, "height": 360, "fps": 25},
        "tracks": [{"type": "video", "clips": clips}]})
}

fn copied(plan: &Plan) -> Vec<(i64, i64)> {
    let steps = plan.steps.iter().filter(|step| step.kind == StepKind::Copy);
    steps.filter_map(|step| step.span).collect()
}

fn parts(plan: &Plan) -> Vec<&Step> {
    plan.steps.iter().filter(|step| step.span.is_some()).collect()
}

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_is_copied_begins_at_a_key_frame_and_has_no_hole(
        cuts in prop::collection::vec((0_usize..2, 0_i64..800, 5_i64..200), 1..8)
    ) {
        let clips: Vec<Value> = cuts.iter().map(|(source, from, length)| {
            clip(&format!("{source}.mp4"), *from, from + length)
        }).collect();
        let plan = planned(&film(&clips), &wanted());
        let parts = parts(&plan);
        let mut end = 0;
        for part in &parts {
            let (from, to) = part.span.unwrap_or_default();
            prop_assert_eq!(end, from);
            end = to;
        }
        prop_assert_eq!(plan.frames, end);
        let mut start = 0;
        let mut found = Vec::new();
        for (_, from, length) in &cuts {
            let first = (from + GROUP - 1) / GROUP * GROUP;
            let last = (first..=from + length).rev().find(|frame| ends(*frame)).unwrap_or(first);
            if last - first >= 25 {
                found.push((start + first - from, start + last - from));
            }
            start += length;
        }
        prop_assert_eq!(&found, &copied(&plan));
        for part in parts.iter().filter(|part| part.kind == StepKind::Copy) {
            let (Some(packets), Some((from, to))) = (part.packets, part.span) else {
                panic!("a copy has packets and frames")
            };
            prop_assert_eq!(to - from, packets.count);
            prop_assert_eq!(0, packets.first % GROUP);
        }
        let joins = plan.steps.iter().filter(|step| step.kind == StepKind::Join).count();
        prop_assert_eq!(usize::from(!found.is_empty()), joins);
    }

    #[test]
    fn whether_anything_is_copied_is_no_matter_to_the_rest(from in 0_i64..100, length in 80_i64..200) {
        let mut blurred = clip("1.mp4", 0, 600);
        blurred["effects"] = json!([{"type": "blur", "params": {}}]);
        let mut plain = film(&[blurred.clone(), clip("0.mp4", from, from + length)]);
        let with = planned(&plain, &wanted());
        plain["tracks"][0]["clips"][1]["effects"] = json!([{"type": "blur", "params": {}}]);
        let without = planned(&plain, &wanted());
        let first = |plan: &Plan| parts(plan).first().map(|step| (step.graph.clone(), step.argv.clone()));
        prop_assert!(!copied(&with).is_empty());
        prop_assert!(copied(&without).is_empty());
        prop_assert_eq!(first(&with), first(&without));
    }
}

#[test]
fn what_changes_a_pixel_is_encoded() {
    let plain = clip("0.mp4", 0, 200);
    assert_eq!(
        vec![(0, 200)],
        copied(&planned(&film(std::slice::from_ref(&plain)), &wanted()))
    );
    let changes = [
        json!({"effects": [{"type": "blur", "params": {}}]}),
        json!({"effects": [{"type": "speed_control", "params": {"factor": 2}}]}),
        json!({"transform": {"opacity": 0.5}}),
        json!({"transform": {"x": 0.4}}),
        json!({"transform": {"width": 0.5, "height": 0.5}}),
        json!({"transform": {"rotation": 90}}),
        json!({"transform": {"crop": {"x": 0.1, "y": 0, "width": 0.5, "height": 1}}}),
    ];
    for change in changes {
        let mut changed = plain.clone();
        for (name, value) in change.as_object().into_iter().flatten() {
            changed[name] = value.clone();
        }
        assert!(
            copied(&planned(&film(&[changed]), &wanted())).is_empty(),
            "{change}"
        );
    }
    let louder = json!([{"type": "volume", "params": {"gain": 0.5}}]);
    let mut loud = plain;
    loud["effects"] = louder;
    assert_eq!(
        vec![(0, 200)],
        copied(&planned(&film(&[loud]), &wanted())),
        "sound is no matter"
    );
}

#[test]
fn what_lies_over_it_or_fades_it_is_encoded() {
    let mut document = film(&[clip("0.mp4", 0, 400)]);
    document["tracks"]
        .as_array_mut()
        .unwrap_or(&mut Vec::new())
        .push(json!({"type": "text", "clips": [
        {"source": {"generator": "title", "text": "Here"}, "timeline_start": 4, "out_point": 2}]}));
    // From the key frame after the title on; before it up to the last frame without a hole.
    assert_eq!(vec![(0, 100), (150, 400)], copied(&planned(&document, &wanted())));
    let mut fading = film(&[clip("0.mp4", 0, 400)]);
    fading["global_effects"] = json!([{"type": "fade_in", "params": {"duration": 1}}]);
    assert_eq!(vec![(50, 400)], copied(&planned(&fading, &wanted())));
}

#[test]
fn a_transition_is_encoded() {
    let mut second = clip("1.mp4", 0, 200);
    second["id"] = json!("second");
    second["timeline_start"] = json!(7);
    let mut first = clip("0.mp4", 0, 200);
    first["id"] = json!("first");
    let mut document = film(&[first, second]);
    document["tracks"][0]["transitions"] =
        json!([{"type": "dissolve", "from": "first", "to": "second", "duration": 1}]);
    assert_eq!(vec![(0, 173), (225, 375)], copied(&planned(&document, &wanted())));
}

#[test]
fn sets_of_one_number_are_of_one_source() {
    let plan = planned(
        &film(&[
            clip("0.mp4", 0, 200),
            clip("2.mp4", 0, 400),
            clip("3.mp4", 0, 100),
        ]),
        &wanted(),
    );
    assert_eq!(vec![(200, 600)], copied(&plan));
    let reasons: Vec<&str> = parts(&plan)
        .iter()
        .filter_map(|step| step.not_copied.as_deref())
        .collect();
    assert!(reasons.contains(&"most of what is copied has other parameter sets of the same numbers"));
    assert!(reasons.contains(&"its frames may be interlaced"));
}

#[test]
fn what_is_encoded_takes_numbers_that_are_free() {
    let options = |plan: &Plan| {
        let encoded = parts(plan).into_iter().find(|step| step.kind == StepKind::Video);
        encoded
            .map(|step| serde_json::to_string(&step.argv).unwrap_or_default())
            .unwrap_or_default()
    };
    assert!(options(&planned(&film(&[clip("0.mp4", 3, 200)]), &wanted())).contains("sps-id=7"));
    assert!(options(&planned(&film(&[clip("7.mp4", 3, 200)]), &wanted())).contains("sps-id=1:"));
}

#[test]
fn some_targets_allow_no_copies() {
    let document = film(&[clip("0.mp4", 3, 400)]);
    let with = |change: &dyn Fn(&mut Target)| {
        let mut target = wanted();
        change(&mut target);
        let plan = planned(&document, &target);
        assert!(copied(&plan).is_empty());
        let reason = parts(&plan).iter().find_map(|step| step.not_copied.clone());
        reason.unwrap_or_default()
    };
    assert!(with(&|target| target.bitrate = Some("4M".to_owned())).contains("bit rate"));
    let lossless = with(&|target| {
        "mkv".clone_into(&mut target.format);
        target.video_codec = Some("h264".to_owned());
        "lossless".clone_into(&mut target.quality);
    });
    assert!(lossless.contains("lossless"));
    assert_eq!("", with(&|target| target.copy = false));
    assert!(with(&|target| target.size = Some((320, 180))).contains("size"));
    assert_eq!("", with(&|target| "webm".clone_into(&mut target.format)));
}

#[test]
fn long_spans_are_split_where_a_decoder_can_begin() {
    // Two seconds of 25 frames from one key frame to the next, and parts of five seconds.
    let mut wanted = wanted();
    wanted.copy = false;
    let plan = planned(&film(&[clip("0.mp4", 20, 620)]), &wanted);
    let spans: Vec<&Step> = parts(&plan);
    let starts: Vec<i64> = spans
        .iter()
        .filter_map(|step| step.span)
        .map(|(start, _)| start)
        .collect();
    assert_eq!(starts, [0, 130, 230, 380, 480]);
    for (step, start) in spans.iter().zip(starts).skip(1) {
        assert_eq!((start + 20) % GROUP, 0);
        let seek = step
            .argv
            .iter()
            .position(|word| *word == "-ss".into())
            .unwrap_or_else(|| panic!("{step:?}"));
        let begin = format!("{:.6}", seconds(start + 20) + 0.5 / 25.0);
        let found = format!("{:?}", step.argv.get(seek + 1));
        assert!(
            found.contains(begin.trim_end_matches('0')),
            "{found} and not {begin}"
        );
    }
}

/// How many files a picture of these clips opens.
fn opened(clips: &[Value]) -> usize {
    let mut wanted = wanted();
    wanted.copy = false;
    wanted.spans = (1000.0, 1000.0);
    let plan = planned(&film(clips), &wanted);
    parts(&plan).iter().map(|step| step.inputs.len()).sum()
}

#[test]
fn a_file_is_opened_once_for_clips_that_follow_one_another_in_it() {
    let one = |from: i64| clip("0.mp4", from, from + 30);
    let other = |from: i64| clip("1.mp4", from, from + 30);
    assert_eq!(opened(&[one(10), one(40), one(75)]), 1);
    assert_eq!(opened(&[one(10), other(10), one(40), other(60)]), 2);
    // A decoder begins at 200, which is near enough to 180 to go on.
    assert_eq!(opened(&[one(150), one(230)]), 1);
    assert_eq!(opened(&[one(150), one(600)]), 2);
    // Frames that come twice would be kept until their second clip.
    assert_eq!(opened(&[one(150), one(165)]), 2);
    assert_eq!(opened(&[one(150), one(120)]), 2);
}
