//! Reading documents: what is understood, and how everything else is refused.

mod common;

use common::{expected, film, found, good, one, plan, problems, project, refused};
use serde_json::{Value, json};
use stoat_ferret_core::compile::{Use, UseKind, sources};
use stoat_ferret_core::document::{Crossover, read};

const CLIP: &str = "/tracks/0/clips/0";

/// Clips `a`, `b`, … of these lengths in seconds, one after another.
fn colors(lengths: &[f64]) -> Value {
    lengths
        .iter()
        .zip(["a", "b", "c", "d"])
        .map(|(length, id)| {
            json!({"id": id, "source": {"generator": "color", "color": "red"}, "out_point": length})
        })
        .collect()
}

fn same(one: &Value, other: &Value) {
    assert_eq!(format!("{:?}", good(one)), format!("{:?}", good(other)));
}

#[test]
fn every_problem_is_told_at_once_where_it_stands() {
    let document = json!({
        "schema": "stoat.project/7", "name": 5, "trakcs": [],
        "output": {"width": 641, "height": 8, "fps": 0, "sample_rate": 1, "channels": 5,
            "background": "blackish", "backgruond": "#000"},
        "tracks": [{"type": "vidoe", "clips": [{
            "source": "", "in_point": -1, "out_point": "soon", "fit": "contian", "enabled": "yes",
            "volume": "loud", "transform": {"opacity": 2, "anchor": "top", "crop": {"width": 0.5, "x": 0.8}},
            "effects": [{"type": "blurr"}, {"params": {}}, {"type": "blur", "params": {"raduis": 3}}],
        }]}],
        "markers": [{"name": "nowhere"}],
        "metadata": {"a/b=c": "x", "title": 3},
    });
    let found = found(&document);
    for pair in expected(&[
        ("document.schema", "/schema"),
        ("document.wrong_type", "/name"),
        ("document.unknown_field", "/trakcs"),
        ("output.odd_size", "/output/width"),
        ("document.out_of_range", "/output/height"),
        ("output.rate", "/output/fps"),
        ("document.out_of_range", "/output/sample_rate"),
        ("output.channels", "/output/channels"),
        ("color.invalid", "/output/background"),
        ("document.unknown_field", "/output/backgruond"),
        ("document.not_allowed", "/tracks/0/type"),
        ("source.invalid", "/tracks/0/clips/0/source"),
        ("time.negative", "/tracks/0/clips/0/in_point"),
        ("time.invalid", "/tracks/0/clips/0/out_point"),
        ("document.not_allowed", "/tracks/0/clips/0/fit"),
        ("document.wrong_type", "/tracks/0/clips/0/enabled"),
        ("volume.invalid", "/tracks/0/clips/0/volume"),
        ("document.out_of_range", "/tracks/0/clips/0/transform/opacity"),
        ("crop.outside", "/tracks/0/clips/0/transform/crop/width"),
        ("effect.unknown", "/tracks/0/clips/0/effects/0/type"),
        ("document.missing", "/tracks/0/clips/0/effects/1"),
        (
            "document.unknown_field",
            "/tracks/0/clips/0/effects/2/params/raduis",
        ),
        ("document.missing", "/markers/0"),
        ("metadata.name", "/metadata/a~1b=c"),
        ("document.wrong_type", "/metadata/title"),
    ]) {
        assert!(found.contains(&pair), "{pair:?} is missing in {found:#?}");
    }
    for problem in problems(&document) {
        assert!(
            !problem.message.is_empty() && !problem.hint.is_empty(),
            "{problem:?}"
        );
    }
}

#[test]
fn slips_get_the_nearest_name_and_all_that_is_allowed() {
    for (document, guess) in [
        (json!({"trakcs": []}), "tracks"),
        (json!({"output": {"widht": 640}}), "width"),
        (one(&json!({"source": "a", "in_pont": 1})), "in_point"),
        (one(&json!({"source": "a", "fit": "contian"})), "contain"),
        (one(&json!({"source": {"generator": "titel"}})), "title"),
        (
            one(&json!({"source": "a", "effects": [{"type": "speed_contrl", "params": {"factor": 2}}]})),
            "speed_control",
        ),
        (
            film(
                &colors(&[2.0, 2.0]),
                &json!([{"type": "disolve", "duration": 1, "from": "a", "to": "b"}]),
            ),
            "dissolve",
        ),
        (
            film(
                &colors(&[2.0, 2.0]),
                &json!([{"type": "fade", "duration": 1, "from": "a", "to": "bb"}]),
            ),
            "b",
        ),
    ] {
        let problems = problems(&document);
        let [problem] = problems.as_slice() else {
            panic!("{problems:#?}")
        };
        let told = format!("{} {}", problem.message, problem.hint).to_lowercase();
        assert!(
            told.contains("did you mean") && told.contains(guess),
            "{problem:?}"
        );
        assert!(
            problem.allowed.iter().flatten().any(|name| name == guess),
            "{problem:?}"
        );
    }
}

#[test]
fn other_roots_than_objects_are_refused() {
    for root in [json!(null), json!([]), json!("x"), json!(1), json!(true)] {
        assert_eq!(expected(&[("document.wrong_type", "")]), found(&root));
    }
    assert!(good(&json!({})).tracks.is_empty());
}

#[test]
fn names_that_people_guess_mean_the_known_ones() {
    let guessed = one(
        &json!({"source": {"generator": "text", "text": "x"}, "in": 0, "out": 5, "at": 1,
        "effects": [
            {"effect_type": "text_overlay", "parameters": {"text": "Hi", "font_size": 30, "font_color": "red",
                "position": "middle", "start_time": 1, "length": 2}},
            {"type": "video_fade", "params": {"fade_type": "fade_in", "length": 1}},
        ]}),
    );
    let known = one(
        &json!({"source": {"generator": "title", "text": "x"}, "in_point": 0, "out_point": 5,
        "timeline_start": 1, "effects": [
            {"type": "text_overlay", "params": {"text": "Hi", "fontsize": 30, "fontcolor": "red",
                "position": "center", "start": 1, "duration": 2}},
            {"type": "video_fade", "params": {"fade_type": "in", "duration": 1}},
        ]}),
    );
    same(&guessed, &known);
    let joined = |transition: Value| film(&colors(&[2.0, 2.0]), &json!([transition]));
    same(
        &joined(json!({"transition": "crossfade", "length": 1, "from": "a", "to": "b"})),
        &joined(json!({"type": "fade", "duration": 1, "from": "a", "to": "b"})),
    );
}

#[test]
fn a_name_and_its_alias_together_are_refused() {
    let twice = one(&json!({"source": "a", "in_point": 0, "in": 1, "out_point": 2}));
    assert_eq!(
        expected(&[("document.given_twice", "/tracks/0/clips/0/in")]),
        found(&twice)
    );
}

#[test]
fn keyframes_come_in_order_and_only_where_values_may_change() {
    let opacity =
        |value: Value| one(&json!({"source": "a", "out_point": 2, "transform": {"opacity": value}}));
    let keys = |keys: Value| opacity(json!({ "keyframes": keys }));
    let at = format!("{CLIP}/transform/opacity");
    assert!(
        found(&keys(
            json!([{"time": 0, "value": 0}, {"time": "15f", "value": 1, "easing": "hold"}])
        ))
        .is_empty()
    );
    for (document, code, path) in [
        (keys(json!([])), "keyframes.empty", "/keyframes"),
        (
            keys(json!([{"time": 1, "value": 0}, {"time": 1, "value": 1}])),
            "keyframes.order",
            "/keyframes/1/time",
        ),
        (
            keys(json!([{"time": 1, "value": 0}, {"time": 0, "value": 1}])),
            "keyframes.order",
            "/keyframes/1/time",
        ),
        (keys(json!([{"time": 0}])), "document.missing", "/keyframes/0"),
        (
            keys(json!([{"time": 0, "value": 7}])),
            "document.out_of_range",
            "/keyframes/0/value",
        ),
        (
            keys(json!([{"time": 0, "value": 1, "easing": "bouncy"}])),
            "document.not_allowed",
            "/keyframes/0/easing",
        ),
        (opacity(json!({})), "document.missing", ""),
    ] {
        assert_eq!(expected(&[(code, &format!("{at}{path}"))]), found(&document));
    }
    let tone = one(&json!({"out_point": 1,
        "source": {"generator": "tone", "frequency": {"keyframes": [{"time": 0, "value": 440}]}}}));
    assert_eq!(
        expected(&[("effect.not_animatable", "/tracks/0/clips/0/source/frequency")]),
        found(&tone)
    );
}

#[test]
fn null_is_the_same_as_nothing() {
    let bare = film(&json!([{"source": "a.mp4", "out_point": 2}]), &json!([]));
    let nulls = json!({"schema": null, "id": null, "name": "Test", "created_at": null, "markers": null,
        "metadata": null, "global_effects": null,
        "output": {"width": 640, "height": 360, "fps": 30, "channels": null, "background": null},
        "tracks": [{"id": "main", "type": "video", "name": null, "muted": null, "volume": null, "ducking": null,
            "effects": null, "transitions": null,
            "clips": [{"id": null, "source": "a.mp4", "in_point": null, "out_point": 2, "timeline_start": null,
                "timeline_end": null, "fit": null, "enabled": null, "transform": null, "effects": null}]}]});
    same(&bare, &nulls);
    assert_eq!(
        expected(&[("document.missing", CLIP)]),
        found(&one(&json!({"source": null})))
    );
}

#[test]
fn only_the_sound_of_a_transition_takes_null_as_a_word() {
    let audio = |fields: Value| {
        let mut transition = json!({"type": "fade", "duration": 1, "from": "a", "to": "b"});
        transition
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let project = good(&film(&colors(&[2.0, 2.0]), &json!([transition])));
        project.tracks[0].transitions[0].audio.clone()
    };
    assert_eq!(Crossover::Cut, audio(json!({"audio": null})));
    assert_eq!(Crossover::linear(), audio(json!({})));
    assert_eq!(
        Crossover::Curves("qsin".to_owned(), "tri".to_owned()),
        audio(json!({"audio": {"curve1": "qsin"}}))
    );
}

#[test]
fn ids_are_made_where_left_out_and_unique_where_given() {
    let project = good(&film(
        &json!([{"source": "a", "out_point": 1}, {"source": "a", "out_point": 1}]),
        &json!([]),
    ));
    let ids: Vec<&str> = project.tracks[0]
        .clips
        .iter()
        .map(|clip| clip.id.as_str())
        .collect();
    assert_eq!(["/tracks/0/clips/0", "/tracks/0/clips/1"], *ids);
    for (id, code) in [
        (json!(""), "document.bad_id"),
        (json!("a\nb"), "document.bad_id"),
        (json!("x".repeat(201)), "document.bad_id"),
        (json!("main"), "document.duplicate_id"),
        (json!(7), "document.wrong_type"),
    ] {
        let document = one(&json!({"id": id, "source": "a", "out_point": 1}));
        assert_eq!(expected(&[(code, "/tracks/0/clips/0/id")]), found(&document));
    }
}

#[test]
fn rates_are_exact_however_they_are_written() {
    for (written, rate) in [
        (json!(30), (30, 1)),
        (json!("25"), (25, 1)),
        (json!(29.97), (30000, 1001)),
        (json!("29.97"), (30000, 1001)),
        (json!(23.976), (24000, 1001)),
        (json!(59.94), (60000, 1001)),
        (json!("30000/1001"), (30000, 1001)),
    ] {
        let read = good(&json!({"output": {"fps": written}})).output.rate;
        assert_eq!(rate, (read.num(), read.den()), "{written}");
    }
    for wrong in [
        json!(0),
        json!(-30),
        json!("fast"),
        json!("30/0"),
        json!([30]),
        json!(1e9),
    ] {
        let document = json!({"output": {"fps": wrong}});
        assert_eq!(
            expected(&[("output.rate", "/output/fps")]),
            found(&document),
            "{wrong}"
        );
    }
}

#[test]
fn times_fall_on_the_nearest_frame_at_2997_and_never_drift() {
    for (lengths, frames) in [
        (vec![10.0], 300),
        (vec![1.0, 1.0, 1.0], 90),
        (vec![0.5, 0.5], 30),
        (vec![0.1, 0.1, 0.1, 0.1], 12),
        (vec![1001.0], 30000),
    ] {
        let mut document = film(&colors(&lengths), &json!([]));
        document["output"]["fps"] = json!(29.97);
        let plan = plan(&document);
        assert_eq!(frames, plan.frames, "{lengths:?}");
        assert_eq!(frames * 48_000 * 1001 / 30_000, plan.samples, "{lengths:?}");
    }
}

#[test]
fn starts_are_derived_and_ends_are_checked() {
    let frames = |clips: Value, transitions: Value| plan(&film(&clips, &transitions)).frames;
    assert_eq!(240, frames(colors(&[3.0, 5.0]), json!([])));
    let dissolve = json!([{"type": "dissolve", "duration": 1, "from": "a", "to": "b"}]);
    assert_eq!(210, frames(colors(&[3.0, 5.0]), dissolve));
    let effect = json!([
        {"source": "talk.mp4", "out_point": 4, "effects": [{"type": "xfade", "params": {"transition": "fade", "duration": 1}}]},
        {"source": "silent.mp4", "out_point": 4},
    ]);
    assert_eq!(210, frames(effect, json!([])));
    // The whole of a source, at double speed, after a gap.
    let fast = json!([{"source": "talk.mp4", "timeline_start": 2,
        "effects": [{"type": "speed_control", "params": {"factor": 2}}]}]);
    assert_eq!(210, frames(fast, json!([])));
    // A picture takes any length; the end may say it.
    assert_eq!(
        90,
        frames(json!([{"source": "photo.png", "timeline_end": 3}]), json!([]))
    );
    let wrong = one(&json!({"source": "talk.mp4", "in_point": 1, "out_point": 3, "timeline_end": 5}));
    assert_eq!(
        expected(&[("clip.end_mismatch", "/tracks/0/clips/0/timeline_end")]),
        found(&wrong)
    );
    let right = one(&json!({"source": "talk.mp4", "in_point": 1, "out_point": 3, "timeline_end": 2}));
    assert_eq!(60, plan(&right).frames);
}

#[test]
fn clips_without_length_are_refused() {
    for (clip, code, path) in [
        (json!({"source": {"generator": "testsrc"}}), "clip.no_length", ""),
        (json!({"source": "photo.png"}), "clip.no_length", ""),
        (
            json!({"source": "talk.mp4", "in_point": 3, "out_point": 3}),
            "clip.empty",
            "/out_point",
        ),
        (
            json!({"source": "talk.mp4", "out_point": 0.01}),
            "clip.too_short",
            "",
        ),
        (
            json!({"source": "talk.mp4", "out_point": 11}),
            "clip.beyond_source",
            "/out_point",
        ),
        (json!({"source": "gone.mp4"}), "media.missing", "/source"),
        (json!({"source": "who.mp4"}), "media.unknown", "/source"),
    ] {
        assert_eq!(
            expected(&[(code, &format!("{CLIP}{path}"))]),
            refused(&one(&clip))
        );
    }
    assert_eq!(expected(&[("project.empty", "/tracks")]), refused(&json!({})));
}

#[test]
fn an_overlap_without_a_transition_is_refused() {
    let mut clips = colors(&[3.0, 3.0]);
    clips[1]["timeline_start"] = json!(2.9);
    let problems = problems(&film(&clips, &json!([])));
    assert_eq!(
        expected(&[("clip.overlap", "/tracks/0/clips/1")]),
        common::coded(&problems)
    );
    assert!(problems[0].hint.contains("transition"));
    // The offered edit mends it.
    let edit = &problems[0].fixes[0].edits[0];
    assert_eq!(json!("move_clip"), edit["op"]);
    let mut mended = clips.clone();
    mended[1]["timeline_start"] = edit["timeline_start"].clone();
    assert_eq!(expected(&[]), refused(&film(&mended, &json!([]))));
    // On two tracks the same is a picture in picture.
    let both =
        project(&json!([{"type": "video", "clips": [clips[0]]}, {"type": "video", "clips": [clips[1]]}]));
    assert!(found(&both).is_empty());
}

#[test]
fn transitions_join_neighbours_by_exactly_their_length() {
    let fade = |from: &str, to: &str, duration: f64| json!({"type": "fade", "duration": duration, "from": from, "to": to});
    let at = "/tracks/0/transitions/0";
    let three = colors(&[3.0, 3.0, 3.0]);
    for (transitions, code, path) in [
        (
            json!([fade("a", "c", 1.0)]),
            "transition.not_adjacent",
            at.to_owned(),
        ),
        (
            json!([fade("b", "a", 1.0)]),
            "transition.not_adjacent",
            at.to_owned(),
        ),
        (
            json!([fade("a", "a", 1.0)]),
            "transition.not_adjacent",
            at.to_owned(),
        ),
        (
            json!([fade("a", "z", 1.0)]),
            "transition.unknown_clip",
            format!("{at}/to"),
        ),
        (
            json!([fade("a", "b", 0.001)]),
            "transition.too_short",
            at.to_owned(),
        ),
        (
            json!([fade("a", "b", 1.0), fade("a", "b", 1.0)]),
            "transition.twice",
            "/tracks/0/transitions/1".to_owned(),
        ),
    ] {
        let found = found(&film(&three, &transitions));
        assert!(
            found.contains(&(code.to_owned(), path)),
            "{transitions}: {found:?}"
        );
    }
    let long = film(&colors(&[3.0, 1.0]), &json!([fade("a", "b", 2.0)]));
    assert_eq!(expected(&[("transition.too_long", at)]), found(&long));
    let collide = film(
        &colors(&[3.0, 2.0, 3.0]),
        &json!([fade("a", "b", 1.5), fade("b", "c", 1.5)]),
    );
    assert!(found(&collide).contains(&(
        "transition.collide".to_owned(),
        "/tracks/0/transitions/1".to_owned()
    )));
    let touch = film(
        &colors(&[3.0, 3.0, 3.0]),
        &json!([fade("a", "b", 1.5), fade("b", "c", 1.5)]),
    );
    assert_eq!(180, plan(&touch).frames);
}

#[test]
fn a_transition_that_does_not_fit_the_overlap_comes_with_the_edit_that_mends_it() {
    let mut clips = colors(&[3.0, 3.0]);
    clips[1]["timeline_start"] = json!(2.5);
    let transition = json!([{"type": "fade", "duration": 1, "from": "a", "to": "b"}]);
    let problems = problems(&film(&clips, &transition));
    assert_eq!(
        expected(&[("transition.overlap", "/tracks/0/transitions/0")]),
        common::coded(&problems)
    );
    let edit = json!({"op": "move_clip", "clip_id": "b", "timeline_start": 2.0});
    assert_eq!(vec![edit], problems[0].fixes[0].edits);
    clips[1]["timeline_start"] = json!(2.0);
    assert_eq!(150, plan(&film(&clips, &transition)).frames);
}

#[test]
fn the_offset_of_an_xfade_has_to_agree() {
    let xfade = |offset: f64| {
        film(
            &json!([
                {"source": "talk.mp4", "out_point": 4, "effects": [{"type": "xfade",
                    "params": {"transition": "fade", "duration": 1, "offset": offset}}]},
                {"source": "silent.mp4", "out_point": 4},
            ]),
            &json!([]),
        )
    };
    assert_eq!(210, plan(&xfade(3.0)).frames);
    let at = "/tracks/0/clips/0/effects/0";
    assert_eq!(expected(&[("transition.offset", at)]), found(&xfade(1.0)));
}

#[test]
fn ducking_names_other_tracks_and_never_goes_round() {
    let tracks = |first: Value, second: Value| {
        let clips = json!([{"source": "music.flac", "out_point": 2}]);
        project(&json!([
            {"id": "x", "type": "audio", "clips": clips, "ducking": {"under": first}},
            {"id": "y", "type": "audio", "clips": clips, "ducking": {"under": second}},
            {"id": "z", "type": "audio", "clips": clips},
            {"id": "t", "type": "text"},
        ]))
    };
    assert!(found(&tracks(json!(["y"]), json!(["z"]))).is_empty());
    let ring = found(&tracks(json!(["y"]), json!(["x"])));
    assert_eq!(
        expected(&[("ducking.ring", "/tracks/0"), ("ducking.ring", "/tracks/1")]),
        ring
    );
    for (under, code, path) in [
        (json!([]), "ducking.nothing", ""),
        (json!(["x"]), "ducking.itself", "/0"),
        (json!(["z", "w"]), "ducking.unknown_track", "/1"),
        (json!(["t"]), "ducking.silent_track", "/0"),
    ] {
        let path = format!("/tracks/0/ducking/under{path}");
        assert_eq!(expected(&[(code, &path)]), found(&tracks(under, json!(["z"]))));
    }
}

#[test]
fn effects_are_known_in_place_and_in_range() {
    let effect = |effect: Value| one(&json!({"source": "a", "out_point": 9, "effects": [effect]}));
    let at = format!("{CLIP}/effects/0");
    for (value, code, path) in [
        (json!({"type": "sparkle"}), "effect.unknown", "/type"),
        (
            json!({"type": "fade_out", "params": {"duration": 1}}),
            "effect.not_here",
            "/type",
        ),
        (
            json!({"type": "speed_control", "params": {"factor": 9}}),
            "document.out_of_range",
            "/params/factor",
        ),
        (json!({"type": "speed_control"}), "document.missing", "/params"),
        (
            json!({"type": "volume", "params": {"volume": 11}}),
            "document.out_of_range",
            "/params/volume",
        ),
        (
            json!({"type": "volume", "params": {"volume": "99dB"}}),
            "volume.invalid",
            "/params/volume",
        ),
        (
            json!({"type": "text_overlay", "params": {"text": "\u{7}"}}),
            "text.refused",
            "/params/text",
        ),
        (
            json!({"type": "crop", "params": {"x": 0.8, "width": 0.5}}),
            "crop.outside",
            "/params/width",
        ),
    ] {
        assert_eq!(expected(&[(code, &format!("{at}{path}"))]), found(&effect(value)));
    }
    let problem = &problems(&effect(json!({"type": "fade_out", "params": {"duration": 1}})))[0];
    assert_eq!(Some(vec!["project".to_owned()]), problem.allowed);
    // What is disabled is read all the same.
    let disabled = effect(json!({"type": "blur", "enabled": false, "params": {"radius": -1}}));
    assert_eq!(1, found(&disabled).len());
}

#[test]
fn every_track_holds_what_it_can_carry() {
    let on = |kind: &str, source: Value| {
        project(&json!([{"type": kind, "clips": [{"source": source, "out_point": 1}]}]))
    };
    let wrong = expected(&[("clip.wrong_track", "/tracks/0/clips/0/source")]);
    assert_eq!(wrong, found(&on("text", json!("talk.mp4"))));
    assert_eq!(wrong, found(&on("audio", json!({"generator": "testsrc"}))));
    assert!(found(&on("text", json!({"generator": "title", "text": "x"}))).is_empty());
    assert!(found(&on("audio", json!({"generator": "tone"}))).is_empty());
    assert_eq!(
        expected(&[("source.no_sound", "/tracks/0/clips/0/source")]),
        refused(&on("audio", json!("silent.mp4")))
    );
}

#[test]
fn a_file_is_what_its_place_asks_for() {
    let with = |source: &str, file: &str| {
        let effects = json!([{"type": "lut", "params": {"file": file}}]);
        refused(&one(
            &json!({"source": source, "out_point": 1, "effects": effects}),
        ))
    };
    let (source, file) = (
        "/tracks/0/clips/0/source",
        "/tracks/0/clips/0/effects/0/params/file",
    );
    assert!(with("talk.mp4", "looks/house.cube").is_empty());
    assert_eq!(
        expected(&[("media.not_media", source)]),
        with("looks/house.cube", "looks/house.cube")
    );
    assert_eq!(
        expected(&[("media.unknown", file)]),
        with("talk.mp4", "other.cube")
    );
    assert_eq!(
        expected(&[("media.not_a_lut", file)]),
        with("talk.mp4", "film.cube")
    );
    for wrong in ["talk.mp4", "cube", ".cube", "a.cube/b", "a\0.cube", ""] {
        assert_eq!(expected(&[("lut.not_cube", file)]), with("talk.mp4", wrong));
    }
}

#[test]
fn sources_are_told_once_with_all_their_places() {
    let mut document = film(
        &json!([
            {"source": "a.mp4", "out_point": 1},
            {"source": "b.mp4", "out_point": 1, "enabled": false},
            {"source": "a.mp4", "out_point": 1, "effects": [
                {"type": "lut", "params": {"file": "a.cube"}},
                {"type": "lut", "enabled": false, "params": {"file": "b.cube"}},
            ]},
        ]),
        &json!([]),
    );
    document["global_effects"] = json!([{"type": "lut", "params": {"file": "a.cube"}}]);
    let places = ["/tracks/0/clips/0/source", "/tracks/0/clips/2/source"];
    let effects = [
        "/tracks/0/clips/2/effects/0/params/file",
        "/global_effects/0/params/file",
    ];
    assert_eq!(
        Ok(vec![
            Use {
                key: "a.mp4".to_owned(),
                kind: UseKind::Media,
                pointers: places.map(str::to_owned).to_vec()
            },
            Use {
                key: "a.cube".to_owned(),
                kind: UseKind::Lut,
                pointers: effects.map(str::to_owned).to_vec()
            }
        ]),
        sources(&document)
    );
    assert!(sources(&json!([])).is_err() && read(&json!([])).is_err());
}

#[test]
fn a_clip_that_ends_beyond_the_longest_time_is_refused_by_name() {
    let clip = |more: Value| {
        let mut clip =
            json!({"id": "a", "source": {"generator": "color", "color": "red"}, "out_point": 12_700_000});
        for (name, value) in more.as_object().into_iter().flatten() {
            clip[name] = value.clone();
        }
        json!({"schema": "stoat.project/1", "tracks": [{"type": "video", "clips": [clip]}]})
    };
    for late in [
        json!({"timeline_start": 12_700_000}),
        json!({"effects": [{"type": "speed_control", "params": {"factor": 0.25}}]}),
    ] {
        let found = found(&clip(late));
        assert_eq!(
            vec![("time.invalid".to_owned(), "/tracks/0/clips/0".to_owned())],
            found
        );
    }
    assert!(found(&clip(json!({}))).is_empty());
}
