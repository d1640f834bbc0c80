//! What cannot be delivered, or not with the `FFmpeg` at hand, is refused by name.

mod common;

use common::{capabilities, coded, expected, film, found, media, one, project, target};
use serde_json::{Value, json};
use stoat_ferret_core::compile::{Capabilities, FORMATS, Media, Target, compile};
use stoat_ferret_core::problem::Problem;

const CLIP: &str = "/tracks/0/clips/0";

fn talk() -> Value {
    one(&json!({"source": "talk.mp4", "out_point": 2}))
}

fn asked(fields: &Value) -> Vec<Problem> {
    let target: Target = serde_json::from_value(fields.clone()).unwrap_or_else(|_| target("mp4"));
    let plan = compile(&talk(), &media(), &capabilities(), &target, None);
    plan.err().unwrap_or_default()
}

fn with(document: &Value, change: fn(&mut Capabilities, &mut Media)) -> Vec<Problem> {
    let (mut capabilities, mut media) = (capabilities(), media());
    change(&mut capabilities, &mut media);
    let plan = compile(document, &media, &capabilities, &target("mp4"), None);
    plan.err().unwrap_or_default()
}

#[test]
fn options_that_do_not_fit_are_refused_where_they_stand() {
    for (fields, code, path) in [
        (json!({"format": "mp5"}), "target.format", "/target/format"),
        (
            json!({"format": "mp4", "quality": "hihg"}),
            "target.quality",
            "/target/quality",
        ),
        (
            json!({"format": "mp4", "size": [641, 360]}),
            "target.size",
            "/target/size",
        ),
        (
            json!({"format": "mp4", "size": [8, 8]}),
            "target.size",
            "/target/size",
        ),
        (
            json!({"format": "mp4", "encoder": "libx265"}),
            "target.encoder",
            "/target/encoder",
        ),
        (
            json!({"format": "mp4", "encoder": "libvpx"}),
            "target.encoder",
            "/target/encoder",
        ),
        (
            json!({"format": "mp4", "video_codec": "theora"}),
            "target.codec",
            "/target/video_codec",
        ),
        (
            json!({"format": "webm", "audio_bitrate": "loud"}),
            "target.option",
            "/target/audio_bitrate",
        ),
        (
            json!({"format": "webm", "audio_bitrate": "9999M"}),
            "target.option",
            "/target/audio_bitrate",
        ),
        (
            json!({"format": "mp4", "bitrate": "1"}),
            "target.option",
            "/target/bitrate",
        ),
        (
            json!({"format": "gif", "audio_bitrate": "128k"}),
            "target.option",
            "/target/audio_bitrate",
        ),
    ] {
        assert_eq!(expected(&[(code, path)]), coded(&asked(&fields)), "{fields}");
    }
    let format = &asked(&json!({"format": "mp5"}))[0];
    let names: Vec<String> = FORMATS.iter().map(|format| format.name.to_owned()).collect();
    assert_eq!(
        (Some(names), "Did you mean \"mp4\"?"),
        (format.allowed.clone(), format.hint.as_str())
    );
}

#[test]
fn a_chapter_beyond_the_end_is_told() {
    let mut marked = talk();
    marked["markers"] = json!([{"time": 1, "name": "In", "chapter": true}, {"time": 2, "name": "Out", "chapter": true},
               {"time": 9, "name": "No chapter"}]);
    let notices = common::plan(&marked).notices;
    assert_eq!(
        expected(&[("marker.beyond_end", "/markers/1/time")]),
        coded(&notices)
    );
}

#[test]
fn what_a_format_cannot_hold_is_refused_before_it_is_made() {
    let mut quick = talk();
    quick["output"]["fps"] = json!(120);
    let found = |format: &str, range| {
        let plan = compile(&quick, &media(), &capabilities(), &target(format), range);
        plan.err().unwrap_or_default()
    };
    assert_eq!(
        expected(&[("target.rate", "/output/fps")]),
        coded(&found("gif", None))
    );
    assert_eq!(
        expected(&[("target.too_short", "/target/range")]),
        coded(&found("webm", Some((0, 2))))
    );
    assert_eq!(expected(&[]), coded(&found("webm", Some((0, 3)))));
    assert_eq!(expected(&[]), coded(&found("mp4", Some((0, 1)))));
}

#[test]
fn a_profile_may_limit_the_rate_and_choose_that_of_samples() {
    let mut quick = talk();
    quick["output"]["fps"] = json!("60000/1001");
    let found = |format: &str, most: f64| {
        let mut wanted = target(format);
        wanted.most_fps = Some(most);
        wanted.sample_rate = Some(44_100);
        compile(&quick, &media(), &capabilities(), &wanted, None)
    };
    let refused = found("mp4", 59.9).err().unwrap_or_default();
    assert_eq!(expected(&[("profile.rate", "/output/fps")]), coded(&refused));
    assert_eq!(44_100, found("mp4", 60.0).unwrap().sample_rate);
    // Sound alone has no frames.
    assert_eq!(44_100, found("wav", 1.0).unwrap().sample_rate);
}

#[test]
fn a_range_is_a_part_of_the_project() {
    for range in [(-1, 5), (5, 5), (9, 3), (0, 61), (i64::MIN, i64::MAX)] {
        let problems = compile(&talk(), &media(), &capabilities(), &target("mp4"), Some(range));
        assert_eq!(
            expected(&[("target.range", "/target/range")]),
            coded(&problems.err().unwrap_or_default())
        );
    }
    assert_eq!(60, common::part(&talk(), Some((0, 60))).frames);
    assert_eq!(1, common::part(&talk(), Some((59, 60))).frames);
}

#[test]
fn every_effect_whose_filter_is_lacking_is_named() {
    let effects = json!([{"type": "glow", "params": {}}, {"type": "flip", "params": {}}, {"type": "blur", "params": {"radius": 0}},
        {"type": "reverse", "params": {}}, {"type": "lut", "params": {"file": "looks/curve.cube"}},
        {"type": "lut", "params": {"file": "looks/house.cube", "strength": 0.5}}]);
    let clips = json!([{"id": "a", "source": "talk.mp4", "out_point": 2, "effects": effects}]);
    let mut whole = film(&clips, &json!([]));
    whole["tracks"][0]["effects"] = json!([{"type": "echo", "params": {}}]);
    let problems = with(&whole, |capabilities, _| {
        for filter in ["gblur", "aecho", "areverse", "lut1d", "lut3d"] {
            capabilities.filters.remove(filter);
        }
    });
    // A blur of nothing needs no filter.
    assert_eq!(
        expected(&[
            ("effect.unavailable", "/tracks/0/clips/0/effects/0/type"),
            ("effect.unavailable", "/tracks/0/clips/0/effects/3/type"),
            ("effect.unavailable", "/tracks/0/clips/0/effects/4/type"),
            ("effect.unavailable", "/tracks/0/clips/0/effects/5/type"),
            ("effect.unavailable", "/tracks/0/effects/0/type"),
        ]),
        coded(&problems)
    );
    assert!(problems.iter().all(|problem| !problem.hint.is_empty()));
    assert!(
        problems
            .iter()
            .any(|problem| problem.message.contains("no gblur"))
    );
    for (problem, filter) in problems.iter().skip(2).zip(["lut1d", "lut3d"]) {
        assert!(problem.message.ends_with(&format!("it has no {filter}.")));
    }
}

#[test]
fn what_the_ffmpeg_at_hand_lacks_is_named() {
    let clips = json!([{"id": "a", "source": "talk.mp4", "out_point": 2}, {"id": "b", "source": "silent.mp4", "out_point": 2}]);
    let joined = film(
        &clips,
        &json!([{"type": "dissolve", "duration": 1, "from": "a", "to": "b"}]),
    );
    let problems = with(&joined, |capabilities, _| {
        capabilities.transitions.remove("dissolve");
    });
    assert_eq!(
        expected(&[("transition.unavailable", "/tracks/0/transitions/0/type")]),
        coded(&problems)
    );
    assert!(
        problems[0]
            .allowed
            .iter()
            .flatten()
            .all(|name| name != "dissolve")
    );
    let at = format!("{CLIP}/source");
    let problems = with(&talk(), |capabilities, _| {
        capabilities.formats.demuxers = std::iter::once("matroska".to_owned()).collect();
    });
    assert_eq!(expected(&[("source.format_unavailable", &at)]), coded(&problems));
    let hdr = |capabilities: &mut Capabilities, media: &mut Media| {
        capabilities.filters.remove("tonemap");
        let facts = json!({"path": "/media/talk.mp4", "kind": "video", "duration": 10,
            "video": {"index": 0, "width": 3840, "height": 2160, "rate": [30, 1], "pixel_format": "yuv420p10le",
                "color": {"range": "tv", "space": "bt2020nc", "primaries": "bt2020", "transfer": "smpte2084"}}});
        media.extend(serde_json::from_value::<Media>(json!({"talk.mp4": facts})).unwrap_or_default());
    };
    assert_eq!(
        expected(&[("source.hdr_unavailable", &at)]),
        coded(&with(&talk(), hdr))
    );
}

#[test]
fn what_moves_is_looked_for_in_few_frames_before_a_clip() {
    let graph = |frames: &str| {
        let slow = json!([{"type": "speed_control", "params": {"factor": 0.5, "frames": frames}}]);
        let clip = json!({"source": "talk.mp4", "in_point": 8, "out_point": 9, "effects": slow});
        serde_json::to_string(&common::plan(&one(&clip))).unwrap()
    };
    // Half a second before it, in flicks.
    let trimmed = "trim=start_pts=5292000000";
    assert_eq!(
        [false, true],
        ["blend", "motion"].map(|frames| graph(frames).contains(trimmed))
    );
}

#[test]
fn small_texts_show_in_small_pictures() {
    let growing = json!({"keyframes": [{"time": 0, "value": 5}, {"time": 1, "value": 40}]});
    for more in [
        json!({"fontsize": 5}),
        json!({"fontsize": 5, "animation_in": "pop"}),
        json!({"fontsize": growing}),
    ] {
        let mut source = json!({"generator": "title", "text": "Some words"});
        source
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let target: Target = serde_json::from_value(json!({"format": "mp4", "size": [64, 36]})).unwrap();
        let film = one(&json!({"source": source, "out_point": 2}));
        let made = compile(&film, &media(), &capabilities(), &target, None);
        assert!(made.is_ok(), "{more}: {:?}", made.err());
    }
}

#[test]
fn texts_need_a_font_and_tell_of_missing_glyphs() {
    let says = |text: &str, font: Value| {
        one(&json!({"source": {"generator": "title", "text": text, "font": font}, "out_point": 1}))
    };
    assert!(common::plan(&says("Plain\ntext", json!(null))).notices.is_empty());
    let notices = common::plan(&says("日本 日", json!("Roboto"))).notices;
    assert_eq!(expected(&[("text.missing_glyphs", CLIP)]), coded(&notices));
    assert!(notices[0].message.contains("日本"));
    assert_eq!(
        expected(&[("text.no_font", CLIP)]),
        common::refused(&says("x", json!("Wingdings")))
    );
    let source = |more: Value| {
        let mut source = json!({"generator": "title", "text": "Some words"});
        source
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        common::refused(&one(&json!({"source": source, "out_point": 1})))
    };
    assert_eq!(
        expected(&[("text.no_style", CLIP)]),
        source(json!({"weight": "bold"}))
    );
    let growing = json!({"keyframes": [{"time": 0, "value": 20}, {"time": 1, "value": 40}]});
    for also in [
        json!({"width": 0.5}),
        json!({"align": "right"}),
        json!({"animation_in": "typewriter"}),
    ] {
        let mut both = also.clone();
        both["fontsize"] = growing.clone();
        assert_eq!(expected(&[("effect.refused", CLIP)]), source(both));
        assert!(source(also).is_empty());
    }
    let effect = |kind: &str, params: Value| {
        let effects = json!([{"type": kind, "params": params}]);
        common::refused(&one(
            &json!({"source": "talk.mp4", "out_point": 1, "effects": effects}),
        ))
    };
    let at = format!("{CLIP}/effects/0");
    for (kind, params) in [
        ("timecode", json!({"drop_frame": true})),
        ("counter", json!({"to": 1, "grouping": "comma", "digits": 3})),
        (
            "counter",
            json!({"to": 1, "grouping": "point", "decimal_mark": "point", "decimals": 1}),
        ),
    ] {
        assert_eq!(expected(&[("effect.refused", &at)]), effect(kind, params));
    }
    let moved =
        one(&json!({"source": {"generator": "title", "text": "x"}, "out_point": 1, "transform": {"x": 0.2}}));
    assert_eq!(
        expected(&[("transform.unsupported", "/tracks/0/clips/0/transform")]),
        common::refused(&moved)
    );
}

#[test]
fn a_text_has_no_picture_of_its_own_to_take_a_part_of() {
    for (generator, effect, params) in [
        ("title", "crop", json!({"width": 0.5})),
        ("caption", "reframe", json!({"aspect": "9:16"})),
    ] {
        let source = json!({"generator": generator, "text": "x"});
        let effects = json!([{"type": effect, "params": params}]);
        let document = one(&json!({"source": source, "out_point": 1, "effects": effects}));
        let notices = common::plan(&document).notices;
        let at = format!("{CLIP}/effects/0");
        assert_eq!(expected(&[("effect.changes_nothing", &at)]), coded(&notices));
    }
}

#[test]
fn effects_that_cannot_mean_anything_here_are_refused() {
    let clip = |effects: Value| json!({"id": "a", "source": "talk.mp4", "out_point": 8, "effects": effects});
    let next = json!({"id": "b", "source": "talk.mp4", "out_point": 8});
    let fast = json!({"type": "speed_control", "params": {"factor": 3}});
    let apart = json!({"type": "acrossfade", "params": {"duration": 1, "overlap": false}});
    let blur = json!([{"type": "blur", "params": {"radius": 2}}]);
    let mix = |params: Value| json!({"type": "audio_mix", "params": params});
    let mixed = |effects: Value| {
        let mut document =
            project(&json!([{"type": "video", "clips": [next]}, {"type": "audio", "clips": []}]));
        document["global_effects"] = effects;
        document
    };
    let at = format!("{CLIP}/effects/0");
    let surrounded = |source: Value, transform: Value| {
        one(&json!({"source": source, "out_point": 1, "transform": transform,
            "effects": [{"type": "background_blur"}]}))
    };
    let going = json!({"x": {"keyframes": [{"time": 0, "value": 0}, {"time": 1, "value": 1}]}});
    let title = json!({"generator": "title", "text": "x"});
    let ramp_to = |speed: f64| {
        let keys = json!([{"time": 0, "value": 1}, {"time": 1, "value": speed}]);
        json!({"type": "speed_control", "params": {"factor": {"keyframes": keys}}})
    };
    let ramp = ramp_to(1.5);
    for (document, code, path) in [
        (
            surrounded(json!("talk.mp4"), going),
            "effect.unsupported",
            at.clone(),
        ),
        (
            surrounded(json!("talk.mp4"), json!({"rotation": 10})),
            "effect.unsupported",
            at.clone(),
        ),
        (surrounded(title, json!({})), "effect.unsupported", at.clone()),
        (one(&clip(json!([fast, fast]))), "clip.speed", CLIP.to_owned()),
        (one(&clip(json!([fast, ramp]))), "clip.speed", CLIP.to_owned()),
        (
            one(&clip(json!([ramp, ramp]))),
            "clip.speed",
            format!("{CLIP}/effects/1/params/factor"),
        ),
        (
            one(&clip(json!([ramp_to(-1.0)]))),
            "document.out_of_range",
            format!("{at}/params/factor/keyframes/1/value"),
        ),
        (
            film(&json!([clip(json!([apart])), next]), &json!([])),
            "effect.unsupported",
            format!("{at}/params/overlap"),
        ),
        (
            project(&json!([{"type": "audio", "clips": [clip(blur)]}])),
            "effect.no_picture",
            at.clone(),
        ),
        (
            film(
                &json!([next, {"id": "c", "source": "talk.mp4", "out_point": 8, "enabled": false}]),
                &json!([{"type": "fade", "duration": 1, "from": "b", "to": "c"}]),
            ),
            "transition.disabled_clip",
            "/tracks/0/transitions/0/to".to_owned(),
        ),
        (
            mixed(json!([mix(json!({"inputs": 3}))])),
            "mix.inputs",
            "/global_effects/0/params/inputs".to_owned(),
        ),
        (
            mixed(json!([mix(json!({"inputs": 2.5}))])),
            "document.wrong_type",
            "/global_effects/0/params/inputs".to_owned(),
        ),
        (
            mixed(json!([mix(json!({"inputs": 2, "weights": [1, 1, 1]}))])),
            "mix.weights",
            "/global_effects/0/params/weights".to_owned(),
        ),
        (
            mixed(json!([mix(json!({"inputs": 2})), mix(json!({"inputs": 2}))])),
            "mix.twice",
            "/global_effects/1".to_owned(),
        ),
    ] {
        assert_eq!(expected(&[(code, &path)]), found(&document), "{document}");
    }
}

#[test]
fn every_format_gets_a_plan_whose_last_step_alone_is_the_file() {
    let mut capabilities = capabilities();
    for name in [
        "libmp3lame",
        "alac",
        "prores_ks",
        "libsvtav1",
        "pcm_s24le",
        "libwebp",
        "libwebp_anim",
        "mjpeg",
        "tiff",
    ] {
        capabilities.encoders.insert(name.to_owned());
    }
    for format in FORMATS {
        let plan = compile(
            &talk(),
            &media(),
            &capabilities,
            &target(format.name),
            Some((0, 1)),
        );
        let plan = plan.unwrap_or_else(|problems| panic!("{}: {problems:?}", format.name));
        let finished: Vec<bool> = plan.steps.iter().map(|step| step.output.finished).collect();
        assert_eq!(Some(&true), finished.last(), "{}", format.name);
        assert_eq!(
            1,
            finished.iter().filter(|finished| **finished).count(),
            "{}",
            format.name
        );
        let mut made: Vec<&str> = Vec::new();
        for step in &plan.steps {
            assert!(
                step.needs.iter().all(|need| made.contains(&need.as_str())),
                "{}: {step:?}",
                format.name
            );
            made.push(&step.id);
        }
    }
}

#[test]
fn boxes_that_ten_bits_cannot_have_are_refused() {
    let mut able = capabilities();
    able.encoders
        .extend(["prores_ks", "pcm_s24le"].map(str::to_owned));
    let says = |kind: &str, params: Value| {
        let effects = json!([{"type": kind, "params": params}]);
        let document = one(&json!({"source": "talk.mp4", "out_point": 1, "effects": effects}));
        let mut target = target("mov");
        target.video_codec = Some("prores".to_owned());
        match compile(&document, &media(), &able, &target, None) {
            Ok(_) => Vec::new(),
            Err(problems) => coded(&problems),
        }
    };
    let refused = expected(&[("effect.refused", &format!("{CLIP}/effects/0"))]);
    let lines = json!({"text": "a\nb", "align": "right", "box": true});
    assert_eq!(refused, says("text_overlay", lines));
    assert_eq!(refused, says("lower_third", json!({"name": "A"})));
    let plain = json!({"name": "A", "box_color": "black@0", "bar_width": 0});
    assert!(says("lower_third", plain).is_empty());
    assert!(says("text_overlay", json!({"text": "a", "box": true})).is_empty());
}
