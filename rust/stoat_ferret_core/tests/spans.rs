//! Spans and their keys: where the picture is cut, and what an edit changes of it.
#![expect(clippy::panic, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::HashSet;

use common::{capabilities, media, target};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use stoat_ferret_core::compile::{Capabilities, Material, Media, Target, compile};
use stoat_ferret_core::render::plan::{Plan, Step};

/// Sources whose content is known, at places below `folder`.
fn known(folder: &str) -> Media {
    let mut known = Media::new();
    for (number, rate) in [(0, 30), (1, 25), (2, 24)] {
        let facts = json!({"path": format!("{folder}/{number}.mp4"), "identity": format!("content-{number}"),
            "kind": "video", "format": "mov", "demuxer": "mov", "start": 0.0, "duration": 600.0,
            "video": {"index": 0, "width": 1280, "height": 720, "sar": [1, 1], "rate": [rate, 1],
                "pixel_format": "yuv420p"},
            "audio": {"index": 1, "sample_rate": 48000, "channels": 2, "layout": "stereo"}});
        known.insert(
            format!("{number}.mp4"),
            serde_json::from_value(facts).unwrap_or_else(|error| panic!("{error}")),
        );
    }
    known
}

fn able() -> Capabilities {
    let mut able = capabilities();
    "the program".clone_into(&mut able.ffmpeg.identity);
    for font in &mut able.fonts {
        "the font".clone_into(&mut font.identity);
    }
    able
}

fn planned(document: &Value, target: &Target, range: Option<(i64, i64)>) -> Plan {
    compile(document, &known("/media"), &able(), target, range)
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn spans(plan: &Plan) -> Vec<&Step> {
    plan.steps.iter().filter(|step| step.span.is_some()).collect()
}

fn keys(plan: &Plan) -> Vec<String> {
    spans(plan).iter().filter_map(|step| step.key.clone()).collect()
}

fn whole(document: &Value) -> Plan {
    planned(document, &target("mp4"), None)
}

/// A clip: source, frames of its in point, frames that it lasts.
type Cut = (usize, i64, i64);

fn seconds(frames: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "frames of minutes")]
    let frames = frames as f64;
    frames / 30.0
}

/// Clips one after another; `crossed` joins those of these numbers with the next one for ten frames.
fn film(cuts: &[Cut], crossed: &[usize], titles: &[(i64, i64, &str)]) -> Value {
    let mut start = 0;
    let mut clips = Vec::new();
    let mut transitions = Vec::new();
    for (number, (source, from, length)) in cuts.iter().enumerate() {
        clips.push(json!({"id": format!("c{number}"), "source": format!("{source}.mp4"),
            "in_point": seconds(*from), "out_point": seconds(from + length), "timeline_start": seconds(start)}));
        start += length;
        if crossed.contains(&number) && number + 1 < cuts.len() {
            start -= 10;
            transitions.push(json!({"type": "dissolve", "duration": seconds(10),
                "from": format!("c{number}"), "to": format!("c{}", number + 1)}));
        }
    }
    let titles: Vec<Value> = titles
        .iter()
        .map(|(start, length, text)| {
            json!({"id": format!("t{start}"), "source": {"generator": "title", "text": text},
                "timeline_start": seconds(*start), "out_point": seconds(*length)})
        })
        .collect();
    json!({"schema": "stoat.project/1", "name": "Test",
    "output": {"width": 640, "height": 360, "fps": 30},
    "tracks": [
        {"id": "main", "type": "video", "clips": clips, "transitions": transitions},
        {"id": "titles", "type": "text", "clips": titles},
    ]})
}

fn cut() -> impl Strategy<Value = Cut> {
    (
        0_usize..3,
        0_i64..3000,
        prop_oneof![25_i64..90, 90_i64..400, 400_i64..1200],
    )
}

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    prop::collection::vec(cut(), 1..14)
}

fn crossed() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0_usize..14, 0..5)
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn spans_fill_the_programme_and_cut_no_transition(cuts in cuts(), crossed in crossed()) {
        let document = film(&cuts, &crossed, &[]);
        let plan = whole(&document);
        let spans: Vec<(i64, i64)> = spans(&plan).iter().filter_map(|step| step.span).collect();
        prop_assert_eq!(0, spans[0].0);
        prop_assert_eq!(plan.frames, spans[spans.len() - 1].1);
        for pair in spans.windows(2) {
            prop_assert_eq!(pair[0].1, pair[1].0);
        }
        let mut start = 0;
        for (number, (_, _, length)) in cuts.iter().enumerate() {
            start += length;
            if crossed.contains(&number) && number + 1 < cuts.len() {
                start -= 10;
                let within = start + 1..start + 10;
                prop_assert!(spans.iter().all(|(first, _)| !within.contains(first)));
            }
        }
        for (first, last) in &spans {
            prop_assert!(last - first <= 300, "{first} to {last}");
            prop_assert!(last - first >= 60 || spans.len() == 1, "{first} to {last}");
        }
    }

    #[test]
    fn what_is_inserted_changes_only_what_is_near(
        cuts in cuts(), crossed in crossed(), new in cut(), at in 0_usize..14
    ) {
        let at = at.min(cuts.len());
        let mut longer = cuts.clone();
        longer.insert(at, new);
        // Transitions stay between the clips that they join; that around the new clip goes.
        let moved: Vec<usize> = crossed
            .iter()
            .filter(|number| **number + 1 != at)
            .map(|number| if *number >= at { number + 1 } else { *number })
            .collect();
        let kept: Vec<usize> = crossed.iter().copied().filter(|number| number + 1 != at).collect();
        let before = keys(&whole(&film(&cuts, &kept, &[])));
        let after: HashSet<String> = keys(&whole(&film(&longer, &moved, &[]))).into_iter().collect();
        let lost = before.iter().filter(|key| !after.contains(*key)).count();
        prop_assert!(lost <= 4, "{lost} of {}", before.len());
    }

    #[test]
    fn what_moves_by_whole_frames_keeps_its_keys(
        cuts in cuts(), crossed in crossed(), new in cut(), starts in prop::collection::vec(0_i64..1900, 0..6)
    ) {
        let titles: Vec<(i64, i64, &str)> = starts
            .iter()
            .enumerate()
            .map(|(number, start)| {
                let start = i64::try_from(number).unwrap_or_default() * 2000 + start;
                (start, 45, "Title")
            })
            .collect();
        let mut longer = vec![new];
        longer.extend(&cuts);
        let moved: Vec<(i64, i64, &str)> = titles.iter().map(|(start, length, text)| (start + new.2, *length, *text)).collect();
        let later: Vec<usize> = crossed.iter().map(|number| number + 1).collect();
        let before = keys(&whole(&film(&cuts, &crossed, &titles)));
        let after: HashSet<String> = keys(&whole(&film(&longer, &later, &moved))).into_iter().collect();
        let lost = before.iter().filter(|key| !after.contains(*key)).count();
        prop_assert!(lost <= 3, "{lost} of {}", before.len());
    }

    #[test]
    fn a_range_is_made_of_the_spans_of_the_whole(
        cuts in cuts(), crossed in crossed(), from in 0.0..0.9_f64, length in 0.05..1.0_f64
    ) {
        let document = film(&cuts, &crossed, &[(30, 60, "Title")]);
        let plan = whole(&document);
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "frames of minutes")]
        let frame = |part: f64| (plan.frames as f64 * part) as i64;
        let (start, end) = (frame(from), frame((from + length).min(1.0)).max(frame(from) + 1));
        let known: HashSet<String> = keys(&plan).into_iter().collect();
        let part = planned(&document, &target("mp4"), Some((start, end)));
        let new = keys(&part).iter().filter(|key| !known.contains(*key)).count();
        prop_assert!(new <= 2, "{new}");
    }

    #[test]
    fn another_word_changes_only_the_spans_that_show_it(
        cuts in cuts(), crossed in crossed(), start in 0_i64..600, length in 10_i64..200
    ) {
        let total = whole(&film(&cuts, &crossed, &[])).frames;
        let (start, length) = (start % (total - 1).max(1), length.min(total).max(1));
        let one = whole(&film(&cuts, &crossed, &[(start, length, "One")]));
        let other = whole(&film(&cuts, &crossed, &[(start, length, "Two")]));
        for (one, other) in spans(&one).iter().zip(spans(&other)) {
            prop_assert_eq!(one.span, other.span);
            let (first, last) = one.span.unwrap_or_default();
            let shows = first < start + length && start < last;
            prop_assert_eq!(shows, one.key != other.key, "{} to {}", first, last);
        }
    }
}

#[test]
fn a_key_knows_no_names() {
    let cuts = [(0, 0, 200), (1, 40, 300), (2, 10, 90)];
    let document = film(&cuts, &[0], &[(30, 60, "Title")]);
    let renamed: Value = serde_json::from_str(
        &document
            .to_string()
            .replace("\"c0\"", "\"first\"")
            .replace("\"c1\"", "\"second\"")
            .replace("\"main\"", "\"other\"")
            .replace("\"name\":\"Test\"", "\"name\":\"Renamed\""),
    )
    .unwrap_or_default();
    let elsewhere = compile(&renamed, &known("/elsewhere"), &able(), &target("mp4"), None)
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(all_keys(&whole(&document)), all_keys(&elsewhere));
}

fn all_keys(plan: &Plan) -> Vec<Option<String>> {
    plan.steps.iter().map(|step| step.key.clone()).collect()
}

#[test]
fn a_key_knows_what_the_picture_is_made_of() {
    let document = film(&[(0, 0, 100)], &[], &[(30, 60, "Title")]);
    let usual = keys(&whole(&document));
    assert!(usual.iter().all(|key| key.len() == 64));
    let with = |change: &dyn Fn(&mut Media, &mut Capabilities, &mut Target)| {
        let (mut media, mut able, mut target) = (known("/media"), able(), target("mp4"));
        change(&mut media, &mut able, &mut target);
        keys(&compile(&document, &media, &able, &target, None).unwrap_or_else(|found| panic!("{found:#?}")))
    };
    let content = with(&|media, _, _| {
        if let Some(Material::Known(facts)) = media.get_mut("0.mp4") {
            "other content".clone_into(&mut facts.identity);
        }
    });
    let program = with(&|_, able, _| "another program".clone_into(&mut able.ffmpeg.identity));
    let font = with(&|_, able, _| "another font".clone_into(&mut able.fonts[0].identity));
    let quality = with(&|_, _, target| target.crf = Some(30.0));
    let threads = with(&|_, _, target| target.threads = Some(1));
    let size = with(&|_, _, target| target.size = Some((320, 180)));
    let all = [usual, content, program, font, quality, threads, size];
    assert_eq!(all.len(), all.iter().flatten().collect::<HashSet<_>>().len());
}

#[test]
fn a_colour_table_is_known_by_what_is_in_it() {
    let mut document = film(&[(0, 0, 100)], &[], &[]);
    let at = |document: &Value, file: &str, digest: &str| {
        let facts = json!({"table": {"path": format!("/it's [a], b;c/{file}"), "dimensions": 3, "size": 2,
            "digest": digest}, "error": {"code": "media.not_media", "message": "It is a colour table."}});
        let mut media = known("/media");
        media.insert(
            file.to_owned(),
            serde_json::from_value(facts).unwrap_or_else(|error| panic!("{error}")),
        );
        compile(document, &media, &able(), &target("mp4"), None).unwrap_or_else(|found| panic!("{found:#?}"))
    };
    document["global_effects"] = json!([{"type": "lut", "params": {"file": "a.cube"}}]);
    let one = at(&document, "a.cube", "0a");
    let two = at(&document, "a.cube", "0b");
    document["global_effects"][0]["params"]["file"] = json!("b.cube");
    let renamed = at(&document, "b.cube", "0a");
    assert_eq!(1, keys(&one).len());
    assert_eq!(keys(&one), keys(&renamed));
    assert_ne!(keys(&one), keys(&two));
    let laid: Vec<_> = one.steps.iter().flat_map(|step| &step.tables).collect();
    assert_eq!(
        vec![("lut-0a.cube", "/it's [a], b;c/a.cube", "0a")],
        laid.iter()
            .map(|table| (table.name.as_str(), table.path.as_str(), table.digest.as_str()))
            .collect::<Vec<_>>()
    );
    let graphs: Vec<_> = one
        .steps
        .iter()
        .filter_map(|step| step.graph.as_deref())
        .collect();
    assert!(
        graphs
            .iter()
            .any(|graph| graph.contains("lut3d=file=lut-0a.cube:interp=tetrahedral"))
    );
}

#[test]
fn a_font_is_known_wherever_it_lies() {
    let document = film(&[(0, 0, 100)], &[], &[(30, 60, "Title")]);
    let at = |path: &str, identity: &str| {
        let mut able = able();
        path.clone_into(&mut able.fonts[0].path);
        identity.clone_into(&mut able.fonts[0].identity);
        let plan = compile(&document, &known("/media"), &able, &target("mp4"), None);
        keys(&plan.unwrap_or_else(|found| panic!("{found:#?}")))
    };
    for path in ["/fonts/a.ttf", "/my fonts/it's [a], b;c:d\\e.ttf"] {
        assert_eq!(at(path, "one"), at(path, "one"));
        assert_ne!(at(path, "one"), at(path, "two"));
        assert!(at(path, "").is_empty());
    }
    let named = film(&[(0, 0, 100)], &[], &[(30, 60, "see a:fontfile=/usr/x.ttf:b")]);
    assert_eq!(1, keys(&whole(&named)).len());
}

#[test]
fn what_cannot_be_known_has_no_key() {
    let document = film(&[(0, 0, 100)], &[], &[]);
    let mut unknown = able();
    unknown.ffmpeg.identity.clear();
    let plan = compile(&document, &known("/media"), &unknown, &target("mp4"), None)
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(plan.steps.iter().all(|step| step.key.is_none()));
    let document = json!({"schema": "stoat.project/1", "tracks": [
        {"type": "video", "clips": [{"source": "talk.mp4", "out_point": 2}]}]});
    let plan = compile(&document, &media(), &able(), &target("mp4"), None)
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(plan.steps.iter().all(|step| step.key.is_none()));
}

#[test]
fn fades_of_the_programme_are_no_matter_to_its_middle() {
    let cuts = [(0, 0, 300), (1, 0, 300), (2, 0, 300)];
    let plain = film(&cuts, &[], &[]);
    let mut faded = plain.clone();
    faded["global_effects"] = json!([{"type": "fade_in", "params": {"duration": 3}},
        {"type": "fade_out", "params": {"duration": 3}}]);
    let plain: HashSet<String> = keys(&whole(&plain)).into_iter().collect();
    let plan = whole(&faded);
    for step in spans(&plan) {
        let (first, last) = step.span.unwrap_or_default();
        let fades = first < 90 || last > 810;
        let known = step.key.as_ref().is_some_and(|key| plain.contains(key));
        // The fades are edges, too: around them the spans are others, and shorter.
        assert!(!(fades && known), "{first} to {last}");
        assert!(fades || known || first == 90 || last == 810, "{first} to {last}");
    }
}

#[test]
fn a_fade_at_the_end_is_the_same_wherever_the_end_is() {
    let faded = |cuts: &[Cut]| {
        let mut document = film(cuts, &[], &[]);
        document["global_effects"] = json!([{"type": "fade_out", "params": {"duration": 1.5}}]);
        keys(&whole(&document))
    };
    let before = faded(&[(0, 0, 150), (1, 0, 150)]);
    let after = faded(&[(2, 0, 100), (0, 0, 150), (1, 0, 150)]);
    assert_eq!(before.last(), after.last());
}

#[test]
fn a_programme_of_months_has_a_plan_that_fits_in_memory() {
    let months = json!({"schema": "stoat.project/1", "tracks": [
        {"type": "video", "clips": [{"source": {"generator": "color", "color": "red"}, "out_point": 12_000_000}]},
        {"type": "text", "clips": [
            {"source": {"generator": "title", "text": "Still here"}, "out_point": 12_000_000}]}]});
    let plan = whole(&months);
    let spans: Vec<(i64, i64)> = spans(&plan).iter().filter_map(|step| step.span).collect();
    assert!((1000..20_000).contains(&spans.len()), "{}", spans.len());
    assert_eq!(Some(plan.frames), spans.last().map(|span| span.1));
    // A day is not yet long.
    let day = json!({"schema": "stoat.project/1", "tracks": [
        {"type": "video", "clips": [{"source": {"generator": "color", "color": "red"}, "out_point": 40_000}]}]});
    assert_eq!(
        8000,
        whole(&day)
            .steps
            .iter()
            .filter(|step| step.span.is_some())
            .count()
    );
}

#[test]
fn one_span_may_be_wanted() {
    let document = film(&[(0, 0, 1200), (1, 0, 1200)], &[], &[]);
    let mut single = target("mp4");
    single.spans = (86_400.0, 86_400.0);
    assert_eq!(1, spans(&planned(&document, &single, None)).len());
    let short = film(&[(0, 0, 60), (1, 0, 30)], &[], &[]);
    assert_eq!(1, spans(&whole(&short)).len());
    single.spans = (1.0, 2.0);
    assert!(spans(&planned(&document, &single, None)).len() >= 40);
}

#[test]
fn no_span_ends_within_a_clip_that_remembers() {
    let crossed: Vec<usize> = (0..20).collect();
    let cuts: Vec<Cut> = (0..21).map(|number| (number % 3, 30 * 5, 60)).collect();
    let mut document = film(&cuts, &crossed, &[]);
    let frozen = json!({"id": "frozen", "source": "0.mp4", "out_point": 20, "timeline_start": 5,
        "effects": [{"type": "freeze", "params": {"at": 1}}]});
    let ends = |document: &Value| -> Vec<(i64, i64)> {
        let plan = whole(document);
        spans(&plan).iter().filter_map(|step| step.span).collect()
    };
    let inside = |ends: &[(i64, i64)]| ends.iter().any(|(_, end)| (151..750).contains(end));
    if let Some(tracks) = document["tracks"].as_array_mut() {
        tracks.push(json!({"id": "over", "type": "video", "clips": [frozen]}));
    }
    assert!(!inside(&ends(&document)), "{:?}", ends(&document));
    // Without the effect they do.
    if let Some(track) = document["tracks"]
        .as_array_mut()
        .and_then(|tracks| tracks.last_mut())
    {
        track["clips"][0]["effects"] = json!([]);
    }
    assert!(inside(&ends(&document)), "{:?}", ends(&document));
}
