"""What each edit does to a project, and why it is refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import orjson
import pytest
from editing import MEDIA, TITLE, Json, clip, counting, do, document, element, places, refused, text

from stoat_ferret import compile as core
from stoat_ferret import edit
from stoat_ferret.edit.apply import HANDLERS
from stoat_ferret.errors import RequestError
from stoat_ferret.model.edit import OPS


def added(**more: Any) -> Json:
    return {"op": "add_clip", "track_id": "video-main", "source": "a.mp4", "out_point": 2, **more}


EXAMPLES = [pytest.param(model.example(), id=op) for op, model in OPS.items()]


def test_every_edit_has_an_example_and_a_handler() -> None:
    """Nothing can be asked for that is not done, and all of it is shown."""
    assert set(OPS) == set(HANDLERS) == {str(parameter.id) for parameter in EXAMPLES}
    assert [] == [op for op, model in OPS.items() if not model.__doc__]
    assert [] == [
        (op, name)
        for op, model in OPS.items()
        for name, field in model.model_fields.items()
        if name not in {"op", "volume", "by"}
        and not field.description
        and not any(getattr(extra, "description", None) for extra in field.metadata)
        and "description" not in json.dumps(model.model_json_schema()["properties"].get(field.alias or name))
    ]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_apply(example: Json) -> None:
    """Each example changes a project, stays as it was written, and leaves what came in alone."""
    before = document()
    done = do(before, example)
    assert before == document()
    assert [] == core.check(orjson.dumps(done.document).decode())
    assert orjson.dumps(done.document) == orjson.dumps(edit.settle(done.document, MEDIA))
    assert [example] == [one.to_json() for one in edit.parse_edits([example])]
    assert example["op"] == done.results[0]["op"]
    if example["op"] != "move_effect":
        assert done.changes


# Reading


def test_everything_wrong_with_a_batch_is_told_at_once() -> None:
    """Unknown ops and fields, missing and impossible values, each with its place and what would be right."""
    batch = [
        {"op": "add_clp", "track_id": "x"},
        {"op": "remove_clip", "clip": "clip-1"},
        {"op": "trim_clip", "clip_id": "clip-1", "out_point": "later"},
        {"op": "add_clip", "track_id": "x", "source": {"generator": "color", "color": "no colour"}},
        7,
        {"track_id": "x"},
    ]
    with pytest.raises(RequestError) as caught:
        edit.parse_edits(batch)
    found = [(problem.code, problem.path) for problem in caught.value.problems]
    assert [
        ("edit.unknown_op", "/edits/0/op"),
        ("edit.field_missing", "/edits/1/clip_id"),
        ("edit.field_unknown", "/edits/1/clip"),
        ("edit.field_invalid", "/edits/2/out_point"),
        ("edit.field_invalid", "/edits/3/source/color"),
        ("edit.field_invalid", "/edits/4"),
        ("edit.field_missing", "/edits/5/op"),
    ] == found
    allowed = caught.value.problems[0].allowed
    assert allowed is not None
    assert "add_clip" == allowed[0]
    assert "Did you mean 'clip_id'?" == caught.value.problems[2].hint


@pytest.mark.parametrize(
    ("data", "code"), [([], "edit.batch"), ({}, "edit.batch"), ([{}] * 10_001, "edit.too_many")]
)
def test_no_batch(data: Any, code: str) -> None:
    """Nothing, no list, or far too much."""
    with pytest.raises(RequestError) as caught:
        edit.parse_edits(data)
    assert [code] == [problem.code for problem in caught.value.problems]


def test_other_spellings_are_read() -> None:
    """What documents accept under another name, edits do."""
    added = do(
        document(),
        {
            "op": "add_clip",
            "track_id": "video-main",
            "source": {"generator": "colour", "color": "red"},
            "in": 0,
            "out": 2,
            "start": "1200f",
            "fit": "fill",
            "effects": [{"effect_type": "text_overlay", "parameters": {"content": "A", "font_size": 20}}],
        },
    )
    made = element(added.document, "clip-new-1")
    assert {"generator": "color", "color": "red"} == made["source"]
    assert ("cover", 40.0, 42.0) == (made["fit"], made["timeline_start"], made["timeline_end"])
    assert {"text": "A", "fontsize": 20} == made["effects"][0]["params"]


# References


def test_later_edits_refer_to_what_earlier_ones_made() -> None:
    """`$k` is an id wherever one can stand."""
    done = do(
        document(),
        {"op": "create_track", "type": "video", "name": "Two"},
        {"op": "add_clip", "track_id": "$0", "source": "a.mp4", "out_point": 3},
        {"op": "add_clip", "track_id": "$0", "source": "b.mp4", "out_point": 3},
        {"op": "add_transition", "from": "$1", "to": "$2", "type": "fade", "duration": 1},
        {"op": "set_audio_mix", "tracks": {"$0": 0.5}},
        {"op": "set_ducking", "track_id": "audio-music", "ducking": {"under": ["$0"]}},
        {"op": "apply_layout", "layout": "side_by_side", "clip_ids": ["$1", "$2"]},
        {"op": "set_keyframes", "target": "$1", "param": "volume", "keyframes": [{"time": 0, "value": 1}]},
    )
    assert {"clip-new-1": (0.0, 3.0), "clip-new-2": (2.0, 5.0)} == places(done.document, "track-new-1")
    assert ["track-new-1"] == element(done.document, "audio-music")["ducking"]["under"]
    assert 0.5 == element(done.document, "track-new-1")["volume"]


@pytest.mark.parametrize("reference", ["$1", "$0", "$7"])
def test_a_reference_to_nothing_is_refused(reference: str) -> None:
    """An edit that makes nothing, the edit itself, and one that is not there."""
    problem = refused(
        document(), {"op": "remove_marker", "marker_id": "mk-1"}, {"op": "remove_clip", "clip_id": reference}
    )[0]
    assert ("edit.reference", "/edits/1/clip_id") == (problem.code, problem.path)


def test_independent_problems_are_told_together() -> None:
    """What depends on a refused edit is not reported besides."""
    found = refused(
        document(),
        {"op": "add_clip", "track_id": "titels", "source": TITLE, "out_point": 2},
        {"op": "remove_clip", "clip_id": "$0"},
        {"op": "remove_clip", "clip_id": "clip-9"},
        {"op": "update_marker", "marker_id": "mk-1", "name": "New"},
        {"op": "add_effect", "target": "clip-1", "type": "blurr"},
    )
    assert [
        ("track.unknown", "/edits/0/track_id"),
        ("clip.unknown", "/edits/2/clip_id"),
        ("effect.unknown", "/edits/4/type"),
    ] == [(problem.code, problem.path) for problem in found]
    assert "Did you mean 'titles'?" == found[0].hint
    assert found[2].allowed is not None
    assert "blur" == found[2].allowed[0]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (
            {
                "op": "add_effect",
                "target": "clip-1",
                "type": "text_overlay",
                "params": {"text": "A", "colr": 1},
            },
            "document.unknown_field",
            "/params/colr",
        ),
        (
            {"op": "add_effect", "target": "clip-1", "type": "text_overlay", "params": {"font_size": -4}},
            "document.missing",
            "/params/text",
        ),
        (
            {"op": "update_effect", "effect_id": "fx-1", "params": {"font_size": -4}},
            "document.out_of_range",
            "/params/font_size",
        ),
        (
            {"op": "update_effect", "effect_id": "fx-1", "params": {"text": None}},
            "document.missing",
            "/params",
        ),
        (
            added(effects=[{"type": "text_overlay", "params": {"text": "A", "font_size": -4}}]),
            "document.out_of_range",
            "/effects/0/params/font_size",
        ),
        (
            {
                "op": "set_keyframes",
                "target": "fx-1",
                "param": "fontsize",
                "keyframes": [{"time": 0, "value": 1}, {"time": 1, "value": -4}],
            },
            "document.out_of_range",
            "/keyframes/1/value",
        ),
        (
            {
                "op": "set_ducking",
                "track_id": "audio-music",
                "ducking": {"under": ["audio-music"]},
            },
            "ducking.itself",
            "/ducking/under/0",
        ),
    ],
)
def test_what_the_core_refuses_is_told_at_the_edit(change: Json, code: str, place: str) -> None:
    """The finished document is checked, and its problem belongs to the field that brought it."""
    found = refused(document(), {"op": "add_marker", "time": 1}, change)
    assert (code, f"/edits/1{place}") == (found[0].code, found[0].path)
    assert "/tracks" not in found[0].message


# Clips


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (added(), {"clip-new-1": (39.0, 41.0)}),
        (added(at=20), {"clip-new-1": (20.0, 22.0)}),
        (
            added(at=10, mode="insert"),
            {
                "clip-1": (0.0, 10.0),
                "clip-new-1": (10.0, 12.0),
                "clip-2": (12.0, 17.0),
                "clip-3": (32.0, 36.0),
            },
        ),
        (
            added(at=4, mode="insert"),
            {
                "clip-1": (0.0, 4.0),
                "clip-new-1": (4.0, 6.0),
                "clip-new-2": (6.0, 12.0),
                "clip-2": (12.0, 17.0),
            },
        ),
        (
            added(at=4, mode="overwrite"),
            {
                "clip-1": (0.0, 4.0),
                "clip-new-1": (4.0, 6.0),
                "clip-new-2": (6.0, 10.0),
                "clip-2": (10.0, 15.0),
            },
        ),
        (
            added(at=9, mode="overwrite", out_point=10),
            {"clip-1": (0.0, 9.0), "clip-new-1": (9.0, 19.0), "clip-3": (30.0, 34.0)},
        ),
    ],
)
def test_add_clip(change: Json, expected: dict[str, tuple[float, float]]) -> None:
    """At the end, in a gap, between two clips, into one, and over some."""
    found = places(do(document(), change).document)
    assert expected == {name: found[name] for name in expected}


def test_a_part_pushed_right_goes_on_in_its_source() -> None:
    """Inserting into a clip splits it where the new one starts."""
    done = do(document(), added(at=4, mode="insert")).document
    assert (10.0, 14.0) == (element(done, "clip-1")["in_point"], element(done, "clip-1")["out_point"])
    assert (14.0, 20.0) == (element(done, "clip-new-2")["in_point"], element(done, "clip-new-2")["out_point"])


def test_a_clip_lasts_as_long_as_its_source() -> None:
    """Without an out point it plays to the source's end, as many whole frames as there are."""
    done = do(document(), {"op": "add_clip", "track_id": "video-main", "source": "b.mp4", "in_point": 29.52})
    made = element(done.document, "clip-new-1")
    assert 29.986666666666668 == pytest.approx(made["out_point"], abs=1e-9)
    assert {"out_point": made["out_point"]} == done.results[0]["snapped"]
    assert (39.0, 39.46666666666667) == places(done.document)["clip-new-1"]


def test_times_off_the_grid_are_snapped_and_told() -> None:
    """The nearest frame is taken, and the result says which."""
    done = do(document(), added(at=20.02, out_point=2.01))
    assert {"at": 20.033333333333335, "out_point": 2.0} == done.results[0]["snapped"]
    assert (20.033333333333335, 22.033333333333335) == places(done.document)["clip-new-1"]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (added(at=9), "clip.overlap", "/edits/0/at"),
        (added(out_point=61), "clip.beyond_source", "/edits/0/out_point"),
        (added(in_point=3), "clip.empty", "/edits/0/out_point"),
        (added(out_point=0.001), "clip.too_short", "/edits/0/out_point"),
        (added(source="nothing.mp4"), "media.unknown", "/edits/0/source"),
        (added(source="lost.mp4"), "media.missing", "/edits/0/source"),
        (added(source=TITLE, out_point=None), "clip.no_length", "/edits/0/out_point"),
        (added(source="photo.png", out_point=None), "clip.no_length", "/edits/0/out_point"),
        (added(track_id="audio-music", source="silent.mp4"), "source.no_sound", "/edits/0/source"),
        (added(track_id="titles"), "clip.wrong_track", "/edits/0/source"),
        (added(id="clip-1"), "edit.id_taken", "/edits/0/id"),
        (added(at=33.5, mode="insert"), "clip.in_transition", "/edits/0/at"),
        (added(at=33.5, mode="overwrite"), "clip.in_transition", "/edits/0/at"),
        (
            {"op": "move_clip", "clip_id": "clip-2", "timeline_start": 1},
            "clip.overlap",
            "/edits/0/timeline_start",
        ),
        (
            {"op": "move_clip", "clip_id": "music-1", "timeline_start": 1, "track_id": "titles"},
            "clip.wrong_track",
            "/edits/0/track_id",
        ),
        ({"op": "trim_clip", "clip_id": "clip-1", "out_point": 21}, "clip.overlap", "/edits/0/out_point"),
        ({"op": "trim_clip", "clip_id": "clip-1", "in_point": 9}, "clip.before_start", "/edits/0/in_point"),
        (
            {"op": "trim_clip", "clip_id": "clip-1", "out_point": 61},
            "clip.beyond_source",
            "/edits/0/out_point",
        ),
        ({"op": "trim_clip", "clip_id": "clip-1", "in_point": 20}, "clip.empty", "/edits/0/in_point"),
        ({"op": "trim_clip", "clip_id": "clip-3", "out_point": 3}, "clip.in_transition", "/edits/0/ripple"),
        ({"op": "slip_clip", "clip_id": "clip-1", "by": -11}, "clip.beyond_source", "/edits/0/by"),
        ({"op": "slip_clip", "clip_id": "clip-1", "by": 41}, "clip.beyond_source", "/edits/0/by"),
        ({"op": "split_clip", "clip_id": "clip-1", "at": 10}, "clip.split_outside", "/edits/0/at"),
        ({"op": "split_clip", "clip_id": "clip-3", "at": 33.5}, "clip.in_transition", "/edits/0/at"),
        ({"op": "duplicate_clip", "clip_id": "clip-3"}, "clip.in_transition", "/edits/0/at"),
        ({"op": "duplicate_clip", "clip_id": "clip-1", "at": 11}, "clip.overlap", "/edits/0/at"),
        (
            {"op": "add_transition", "from": "clip-1", "to": "clip-3", "type": "fade", "duration": 1},
            "transition.not_adjacent",
            "/edits/0/to",
        ),
        (
            {"op": "add_transition", "from": "clip-2", "to": "clip-3", "type": "fade", "duration": 1},
            "transition.not_adjacent",
            "/edits/0/to",
        ),
        (
            {"op": "add_transition", "from": "clip-3", "to": "clip-4", "type": "fade", "duration": 2},
            "transition.twice",
            "/edits/0/from",
        ),
        (
            {"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "fade", "duration": 6},
            "transition.too_long",
            "/edits/0/duration",
        ),
        (
            {"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "desolve", "duration": 1},
            "transition.unknown",
            "/edits/0/type",
        ),
        (
            {"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "fade", "duration": 0.01},
            "edit.too_short",
            "/edits/0/duration",
        ),
        (
            {"op": "update_transition", "transition_id": "tr-1", "duration": 5},
            "transition.too_long",
            "/edits/0/duration",
        ),
        (
            {"op": "add_effect", "target": "titles", "type": "speed_control", "params": {"factor": 2}},
            "effect.not_here",
            "/edits/0/target",
        ),
        (
            {"op": "add_effect", "target": "clip-4", "type": "acrossfade", "params": {"duration": 1}},
            "transition.not_adjacent",
            "/edits/0/target",
        ),
        (
            {"op": "add_effect", "target": "clip-1", "type": "xfade", "params": {"transition": "fade"}},
            "document.missing",
            "/edits/0/params/duration",
        ),
        (
            {"op": "add_effect", "target": "video-main", "type": "audio_ducking"},
            "ducking.nothing",
            "/edits/0/target",
        ),
        (
            {"op": "set_keyframes", "target": "clip-1", "param": "transform.z", "keyframes": None},
            "keyframes.param",
            "/edits/0/param",
        ),
        (
            {"op": "apply_layout", "layout": "side_bi_side", "clip_ids": ["clip-1"]},
            "layout.unknown",
            "/edits/0/layout",
        ),
        (
            {
                "op": "apply_layout",
                "layout": [{"x": 0, "y": 0, "width": 1, "height": 1}],
                "clip_ids": ["clip-1", "clip-2"],
            },
            "layout.too_many",
            "/edits/0/clip_ids",
        ),
        ({"op": "set_audio_mix"}, "edit.nothing", "/edits/0/tracks"),
        (
            {"op": "update_clip", "clip_id": "clip-1", "source": "lost.mp4"},
            "media.missing",
            "/edits/0/source",
        ),
        (
            {"op": "update_clip", "clip_id": "clip-4", "enabled": False},
            "transition.disabled_clip",
            "/edits/0",
        ),
        ({"op": "add_marker", "time": "00:00:01:45"}, "time.invalid", "/edits/0/time"),
        ({"op": "import_captions"}, "captions.one_of", "/edits/0/text"),
        ({"op": "import_captions", "source": "a.srt"}, "captions.unread", "/edits/0/source"),
        ({"op": "import_captions", "text": "1\n0:00 --> 0:01\nA"}, "captions.invalid", "/edits/0/text"),
        ({"op": "import_captions", "text": "\n"}, "captions.none", "/edits/0/text"),
        (
            {"op": "import_captions", "text": "A", "track_id": "video-main"},
            "captions.invalid",
            "/edits/0/text",
        ),
    ],
)
def test_refusals_and_their_fixes(change: Json, code: str, path: str) -> None:
    """What cannot be is refused by name, and every fix that is offered can be posted as it is."""
    found = refused(document(), change)
    assert [(code, path)] == [(problem.code, problem.path) for problem in found]
    assert found[0].hint
    for fix in found[0].fixes:
        do(document(), *[dict(one) for one in fix.edits])


@pytest.mark.parametrize(
    ("change", "count"),
    [
        (added(at=9), 2),
        (added(out_point=61), 1),
        (added(source=TITLE, out_point=None), 1),
        (added(at=33.5, mode="insert"), 1),
        ({"op": "trim_clip", "clip_id": "clip-1", "out_point": 21}, 1),
        ({"op": "trim_clip", "clip_id": "clip-3", "out_point": 3}, 2),
        ({"op": "slip_clip", "clip_id": "clip-1", "by": -11}, 1),
        ({"op": "add_transition", "from": "clip-1", "to": "clip-3", "type": "fade", "duration": 1}, 1),
        ({"op": "add_transition", "from": "clip-2", "to": "clip-3", "type": "fade", "duration": 1}, 1),
        ({"op": "add_transition", "from": "clip-3", "to": "clip-4", "type": "fade", "duration": 2}, 1),
        ({"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "fade", "duration": 6}, 1),
    ],
)
def test_fixes_are_offered(change: Json, count: int) -> None:
    """Where there is a way, the refusal shows it."""
    assert count == len(refused(document(), change)[0].fixes)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"out_point": 15, "ripple": True},
            {"clip-1": (0.0, 5.0), "clip-2": (5.0, 10.0), "clip-3": (25.0, 29.0)},
        ),
        ({"out_point": 15}, {"clip-1": (0.0, 5.0), "clip-2": (10.0, 15.0)}),
        ({"in_point": 12}, {"clip-1": (2.0, 10.0), "clip-2": (10.0, 15.0)}),
        ({"in_point": 12, "ripple": True}, {"clip-1": (0.0, 8.0), "clip-2": (8.0, 13.0)}),
        ({"in_point": 8, "ripple": True}, {"clip-1": (0.0, 12.0), "clip-2": (12.0, 17.0)}),
        ({"in_point": 12, "out_point": 18}, {"clip-1": (2.0, 8.0), "clip-2": (10.0, 15.0)}),
    ],
)
def test_trim_clip(change: Json, expected: dict[str, tuple[float, float]]) -> None:
    """Either edge, with later clips or without."""
    found = places(do(document(), {"op": "trim_clip", "clip_id": "clip-1", **change}).document)
    assert expected == {name: found[name] for name in expected}


def test_slip_keeps_the_place() -> None:
    """Another part of the source at the same place."""
    done = do(document(), {"op": "slip_clip", "clip_id": "clip-1", "by": "-15f"}).document
    slipped = element(done, "clip-1")
    assert (9.5, 19.5, 0.0, 10.0) == tuple(
        slipped[name] for name in ("in_point", "out_point", "timeline_start", "timeline_end")
    )


@pytest.mark.parametrize(
    ("ripple", "expected"),
    [
        (False, {"clip-2": (10.0, 15.0), "clip-4": (33.0, 39.0)}),
        (True, {"clip-2": (10.0, 15.0), "clip-4": (30.0, 36.0)}),
    ],
)
def test_remove_clip(ripple: bool, expected: dict[str, tuple[float, float]]) -> None:
    """Its transition goes with it, and later clips come closer by what was shown of it alone."""
    done = do(document(), {"op": "remove_clip", "clip_id": "clip-3", "ripple": ripple}).document
    found = places(done)
    assert expected == {name: found[name] for name in expected}
    assert [] == element(done, "video-main")["transitions"]


def test_move_clip_to_another_track() -> None:
    """It leaves its place empty, and its transition."""
    change = {"op": "move_clip", "clip_id": "clip-4", "timeline_start": 50, "track_id": "audio-music"}
    done = do(document(), change)
    assert (50.0, 56.0) == places(done.document, "audio-music")["clip-4"]
    assert "clip-4" not in places(done.document)
    assert [] == element(done.document, "video-main")["transitions"]
    assert ({"start": 33.0, "end": 39.0}, {"start": 50.0, "end": 56.0}) == done.spans


def test_duplicate_clip() -> None:
    """Behind the original, with ids of its own."""
    done = do(document(), {"op": "duplicate_clip", "clip_id": "clip-1"})
    assert {"op": "duplicate_clip", "id": "clip-new-1", "ids": ["effect-new-1"]} == done.results[0]
    found = places(done.document)
    assert ((10.0, 20.0), (20.0, 25.0)) == (found["clip-new-1"], found["clip-2"])


def with_clip(**more: Any) -> Json:
    base = document()
    base["tracks"][0]["clips"][0] = clip("clip-1", "a.mp4", 10, 20, 0, **more)
    return base


def split(base: Json, at: float = 4) -> tuple[Json, Json]:
    done = do(base, {"op": "split_clip", "clip_id": "clip-1", "at": at}).document
    return element(done, "clip-1"), element(done, "clip-new-1")


def test_split_clip_goes_on_with_keyframes() -> None:
    """Keyframes of the right part count from its start, also those before it."""
    keys = [{"time": 0.0, "value": 0.0, "easing": "ease"}, {"time": 6.0, "value": 1.0}]
    left, right = split(with_clip(transform={"opacity": {"keyframes": keys}}, volume={"keyframes": keys}))
    moved = [{"time": -4.0, "value": 0.0, "easing": "ease"}, {"time": 2.0, "value": 1.0}]
    assert keys == left["transform"]["opacity"]["keyframes"]
    assert moved == right["transform"]["opacity"]["keyframes"]
    assert moved == right["volume"]["keyframes"]


@pytest.mark.parametrize(
    ("params", "left", "right"),
    [
        ({"start": 1, "duration": 2}, {"start": 1, "duration": 2}, None),
        ({"start": 5, "duration": 2}, None, {"start": 1.0, "duration": 2}),
        ({"start": 1, "duration": 5}, {"start": 1}, {"start": -3.0, "duration": 5}),
        (
            {"start": 1, "fade_in": 0.5, "fade_out": 1.0},
            {"start": 1, "fade_in": 0.5},
            {"start": -3.0, "fade_in": 0.5, "fade_out": 1.0},
        ),
    ],
)
def test_split_clip_parts_a_text(params: Json, left: Json | None, right: Json | None) -> None:
    """A text stays where it is seen; one that is seen in both goes on."""
    parts = split(with_clip(effects=[text("fx-1", **params)]))
    for expected, part in zip((left, right), parts, strict=True):
        seen = [one["params"] for one in part["effects"]]
        assert ([] if expected is None else [{"text": "Introduction", **expected}]) == seen


def test_split_clip_leaves_fades_at_their_edges() -> None:
    """A fade in stays left, a fade out right, and speed and colour with both."""
    fade = {"type": "video_fade", "params": {"fade_type": "in", "duration": 1.0}}
    gone = {"type": "audio_fade", "params": {"fade_type": "out", "duration": 1.0}}
    both = {"type": "color", "params": {"contrast": 1.5}}
    effects = [{"id": f"e{i}", **one} for i, one in enumerate([fade, gone, both])]
    left, right = split(with_clip(effects=effects))
    assert (["e0", "e2"], ["e1", "effect-new-1"]) == tuple(
        [one["id"] for one in part["effects"]] for part in (left, right)
    )


def test_split_clip_lets_texts_go_on() -> None:
    """Both parts know how long the whole takes, and what its first frame is called."""
    effects = [
        {"id": "e0", "type": "counter", "params": {"to": 9}},
        {"id": "e1", "type": "credits", "params": {"text": "A", "start": 1.0, "duration": 7.0}},
        {"id": "e2", "type": "lower_third", "params": {"name": "A", "duration": 3.0}},
        {"id": "e3", "type": "timecode", "params": {"first": 2.0}},
        {"id": "e4", "type": "text_overlay", "params": {"text": "A", "animation_out": "fade"}},
    ]
    left, right = split(with_clip(effects=effects))
    assert [
        {"to": 9, "duration": 10.0},
        {"text": "A", "start": 1.0, "duration": 7.0},
        {"name": "A", "duration": 3.0},
        {"first": 2.0},
        {"text": "A"},
    ] == [one["params"] for one in left["effects"]]
    assert [
        {"to": 9, "duration": 10.0, "start": -4.0},
        {"text": "A", "start": -3.0, "duration": 7.0},
        {"first": 6.0, "start": -4.0},
        {"text": "A", "animation_out": "fade", "start": -4.0},
    ] == [one["params"] for one in right["effects"]]


@pytest.mark.parametrize(
    "effect",
    [
        {"type": "video_fade", "params": {"fade_type": "in", "duration": 5.0}},
        {"type": "audio_fade", "params": {"fade_type": "out", "duration": 7.0}},
        {"type": "text_overlay", "params": {"text": "A", "duration": 5.0, "fade_out": 2.0}},
        {"type": "text_overlay", "params": {"text": "A", "duration": 4.25, "animation_out": "pop"}},
        {"type": "timecode", "params": {"duration": 5.0, "fade_out": 2.0}},
    ],
)
def test_a_cut_within_a_fade_is_refused(effect: Json) -> None:
    """The picture would not be the same."""
    base = with_clip(effects=[{"id": "fx-1", **effect}])
    found = refused(base, {"op": "split_clip", "clip_id": "clip-1", "at": 4})
    assert [("clip.split_in_fade", "/edits/0/at")] == [(one.code, one.path) for one in found]


def test_transitions_stay_with_the_outer_edges() -> None:
    """The one into a clip stays with its left part, the one out of it goes with the right part."""
    done = do(document(), {"op": "split_clip", "clip_id": "clip-3", "at": 31}).document
    assert [("clip-new-1", "clip-4")] == [
        (one["from"], one["to"]) for one in element(done, "video-main")["transitions"]
    ]


# Transitions


def joined(**more: Any) -> Json:
    return {"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "wipe", "duration": 1, **more}


def test_overlap_moves_later_clips() -> None:
    """The clips overlap by the duration, and everything after follows."""
    done = do(document(), joined(audio=None)).document
    found = places(done)
    assert ((0.0, 10.0), (9.0, 14.0), (29.0, 33.0)) == (found["clip-1"], found["clip-2"], found["clip-3"])
    made = element(done, "transition-new-1")
    assert ("wipeleft", 1.0, None) == (made["type"], made["duration"], made["audio"])


def test_handles_leave_the_cut() -> None:
    """Both clips are lengthened around the cut from their material."""
    done = do(document(), joined(mode="handles")).document
    found = places(done)
    assert ((0.0, 10.5), (9.5, 15.0), (30.0, 34.0)) == (found["clip-1"], found["clip-2"], found["clip-3"])
    assert (20.5, 4.5) == (element(done, "clip-1")["out_point"], element(done, "clip-2")["in_point"])


def test_too_short_handles_offer_the_longest() -> None:
    """The problem says how much is missing, and its fixes work."""
    base = document()
    base["tracks"][0]["clips"][1] = clip("clip-2", "b.mp4", 0.2, 5.2, 10)
    problem = refused(base, joined(mode="handles", duration=2))[0]
    assert "transition.no_handles" == problem.code
    assert "0.8 s before" in problem.message
    shorter, overlapping = problem.fixes
    found = places(do(base, *[dict(one) for one in shorter.edits]).document)
    assert found["clip-2"][0] < 10 < found["clip-1"][1]
    assert (8.0, 13.0) == places(do(base, *[dict(one) for one in overlapping.edits]).document)["clip-2"]


@pytest.mark.parametrize("duration", [100, "3000f"])
def test_fixes_of_a_transition_are_no_longer_than_its_clips(duration: float | str) -> None:
    """What is offered instead of far too long a transition can be done."""
    base = document()
    base["tracks"][0]["clips"][1] = clip("clip-2", "b.mp4", 0.2, 5.2, 10)
    for wanted in (joined(mode="handles", duration=duration), joined(to="clip-2", duration=duration)):
        for one in refused(base, wanted)[0].fixes:
            assert do(base, *[dict(edit) for edit in one.edits]).document["tracks"][0]["transitions"]
    apart = joined(**{"from": "clip-2", "to": "clip-3"}, duration=duration)
    (closer,) = refused(document(), apart)[0].fixes
    done = do(document(), *[dict(edit) for edit in closer.edits]).document
    assert 3 == element(done, "transition-new-1")["duration"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"op": "update_transition", "transition_id": "tr-1", "duration": 2}, ((30.0, 34.0), (32.0, 38.0))),
        ({"op": "remove_transition", "transition_id": "tr-1"}, ((30.0, 33.5), (33.5, 39.0))),
        ({"op": "remove_transition", "transition_id": "tr-1", "ripple": True}, ((30.0, 34.0), (34.0, 40.0))),
    ],
)
def test_change_and_remove_a_transition(change: Json, expected: Any) -> None:
    """Later clips move by the difference, or the cut goes to the middle."""
    found = places(do(document(), change).document)
    assert expected == (found["clip-3"], found["clip-4"])


# Effects


def test_speed_moves_later_clips() -> None:
    """A clip of double speed is half as long; what comes after follows, its transition still fits."""
    change = {"op": "add_effect", "target": "clip-3", "type": "speed_control", "params": {"speed": 2}}
    done = do(document(), change).document
    found = places(done)
    assert ((30.0, 32.0), (31.0, 37.0)) == (found["clip-3"], found["clip-4"])
    back = places(do(done, {"op": "remove_effect", "effect_id": "effect-new-1"}).document)
    assert places(document()) == back


RAMP: Json = {"keyframes": [{"time": 0, "value": 1}, {"time": 2, "value": 3}]}
"""From once to three times as fast in two seconds, which play four of the source."""


def ramped(**more: Any) -> Json:
    return {
        "op": "add_effect",
        "target": "clip-3",
        "type": "speed_control",
        "params": {"factor": RAMP},
        **more,
    }


def test_a_ramp_moves_later_clips() -> None:
    """A clip lasts until its speed, added up, comes to its end; without keyframes it has its first speed."""
    plain = {
        "op": "add_effect",
        "target": "clip-3",
        "type": "speed_control",
        "params": {"factor": 1},
        "id": "sp",
    }
    curve = {"op": "set_keyframes", "target": "sp", "param": "factor", "keyframes": RAMP["keyframes"]}
    for edits in ((ramped(),), (plain, curve)):
        found = places(do(document(), *edits).document)
        assert ((30.0, 32.0), (31.0, 37.0)) == (found["clip-3"], found["clip-4"])
    off = {"op": "set_keyframes", "target": "sp", "param": "factor", "keyframes": None}
    assert places(document()) == places(do(document(), plain, curve, off).document)


def test_parts_of_a_ramp_keep_their_curve() -> None:
    """Split and trimmed, a clip shows what it showed: its curve goes on from where it was."""
    split = do(document(), ramped(), {"op": "split_clip", "clip_id": "clip-3", "at": 30.5, "id": "right"})
    left, right = element(split.document, "clip-3"), element(split.document, "right")
    assert (0.0, 0.625, 0.625, 4.0) == tuple(
        one[name] for one in (left, right) for name in ("in_point", "out_point")
    )
    assert RAMP == left["effects"][0]["params"]["factor"]
    assert [-0.5, 1.5] == [key["time"] for key in right["effects"][0]["params"]["factor"]["keyframes"]]
    for ripple, start in ((False, 31.0), (True, 30.0)):
        trim = {"op": "trim_clip", "clip_id": "clip-3", "in_point": 1.5, "ripple": ripple}
        trimmed = do(document(), ramped(id="sp"), trim).document
        assert (start, start + 1) == places(trimmed)["clip-3"]
        keys = element(trimmed, "sp")["params"]["factor"]["keyframes"]
        assert [-1, 1] == [key["time"] for key in keys]
    shorter = do(
        document(), ramped(), {"op": "trim_clip", "clip_id": "clip-3", "out_point": 1.5, "ripple": True}
    )
    assert (30.0, 31.0) == places(shorter.document)["clip-3"]


def test_handles_of_a_ramp_reach_as_far_as_it_plays() -> None:
    """Before its first keyframe a clip has its first speed: a quarter as fast, it has four times as much."""
    slow: Json = {"keyframes": [{"time": 0, "value": 0.25}, {"time": 5, "value": 1.75}]}
    base = document()
    base["tracks"][0]["clips"][1] = clip("clip-2", "b.mp4", 0.2, 5.2, 10)
    effect = {"op": "add_effect", "target": "clip-2", "type": "speed_control", "params": {"factor": slow}}
    done = do(base, effect, joined(mode="handles", duration=1.6)).document
    assert ((0.0, 10.8), (9.2, 15.0)) == tuple(places(done)[name] for name in ("clip-1", "clip-2"))
    assert 0.0 == element(done, "clip-2")["in_point"]


def test_effects_that_act_beyond_a_clip_become_what_they_mean() -> None:
    """A transition, its sound, the track's ducking, the project's mix."""
    done = do(
        document(),
        {
            "op": "add_effect",
            "target": "clip-1",
            "type": "xfade",
            "params": {"transition": "wipe", "duration": 1},
        },
        {
            "op": "add_effect",
            "target": "clip-1",
            "type": "acrossfade",
            "params": {"duration": 1, "curve1": "qua"},
        },
        {"op": "add_effect", "target": "audio-music", "type": "audio_ducking", "params": {"ratio": 4}},
        {"op": "add_effect", "target": "clip-1", "type": "audio_mix", "params": {"inputs": 2}},
    ).document
    made = element(done, "transition-new-1")
    assert ("wipeleft", {"curve1": "qua"}) == (made["type"], made["audio"])
    assert {"under": ["video-main"], "ratio": 4} == element(done, "audio-music")["ducking"]
    assert ["audio_mix"] == [one["type"] for one in done["global_effects"]]


def test_acrossfade_alone_stays_an_effect_of_a_picture() -> None:
    """The picture cuts hard while the sound crosses: there is no transition that says so."""
    change = {"op": "add_effect", "target": "clip-1", "type": "acrossfade", "params": {"duration": 1}}
    done = do(document(), change).document
    assert "acrossfade" == element(done, "effect-new-1")["type"]
    assert (9.0, 14.0) == places(done)["clip-2"]
    assert (10.0, 15.0) == places(do(done, {"op": "remove_effect", "effect_id": "effect-new-1"}).document)[
        "clip-2"
    ]


def founding(kind: str, **params: Any) -> Json:
    """A founding effect of the first clip that means a transition; the clip lasts 10 s."""
    return {"op": "add_effect", "target": "clip-1", "type": kind, "params": params}


@pytest.mark.parametrize("offset", [9, 9.03, "270f", None])
def test_an_offset_that_agrees_is_read(offset: Any) -> None:
    """It is derived; within a frame it may be given."""
    done = do(document(), founding("xfade", transition="dissolve", duration=1, offset=offset)).document
    assert (9.0, 14.0) == places(done)["clip-2"]


@pytest.mark.parametrize("offset", [0, 0.5, 8.9, "5f"])
def test_an_offset_that_disagrees_is_refused(offset: Any) -> None:
    """As in a document; the fix leaves it out."""
    wrong = founding("xfade", transition="dissolve", duration=1, offset=offset)
    problem = refused(document(), wrong)[0]
    assert ("transition.offset", "/edits/0/params/offset") == (problem.code, problem.path)
    assert (9.0, 14.0) == places(do(document(), *problem.fixes[0].edits).document)["clip-2"]


def test_a_sound_crosses_as_long_as_its_transition() -> None:
    """Another duration than that of the transition that is there is refused, with what would do."""
    base = do(document(), founding("xfade", transition="fade", duration=1)).document
    problem = refused(base, founding("acrossfade", duration=2, curve1="qua"))[0]
    assert ("transition.duration", "/edits/0/params/duration") == (problem.code, problem.path)
    lengths = []
    for fix in problem.fixes:
        made = element(do(base, *fix.edits).document, "transition-new-1")
        assert {"curve1": "qua"} == made["audio"]
        lengths.append(made["duration"])
    assert [1.0, 2.0] == lengths
    for same in ({"duration": 1}, {}):
        done = do(base, founding("acrossfade", curve1="qua", **same)).document
        assert {"curve1": "qua"} == element(done, "transition-new-1")["audio"]


def test_a_second_xfade_changes_the_one_that_is_there() -> None:
    """It is refused, and the fix says how."""
    base = do(document(), founding("xfade", transition="fade", duration=1)).document
    problem = refused(base, founding("xfade", transition="wipe", length=2))[0]
    assert "transition.twice" == problem.code
    made = element(do(base, *problem.fixes[0].edits).document, "transition-new-1")
    assert ("wipeleft", 2.0) == (made["type"], made["duration"])


@pytest.mark.parametrize(
    ("edit", "found"),
    [
        (
            founding("xfade", transition="fade", duration=1, speed=2),
            [("document.unknown_field", "/edits/0/params/speed")],
        ),
        (founding("acrossfade", length=-1), [("time.negative", "/edits/0/params/length")]),
        (founding("xfade", type="fad", length=1), [("document.not_allowed", "/edits/0/params/type")]),
        (
            founding("xfade"),
            [
                ("document.missing", "/edits/0/params/transition"),
                ("document.missing", "/edits/0/params/duration"),
            ],
        ),
    ],
)
def test_parameters_of_what_becomes_a_transition_are_checked(
    edit: Json, found: list[tuple[str, str]]
) -> None:
    """None of them is passed over because no effect is stored."""
    assert found == [(problem.code, problem.path) for problem in refused(document(), edit)]


def test_parameters_are_merged_and_taken_off() -> None:
    """What is left out stays, null goes back to the default."""
    base = with_clip(effects=[text("fx-1", fontsize=20, margin=3)])
    change = {
        "op": "update_effect",
        "effect_id": "fx-1",
        "params": {"size": 30, "margin": None},
        "enabled": False,
    }
    changed = element(do(base, change).document, "fx-1")
    assert ({"text": "Introduction", "fontsize": 30}, False) == (changed["params"], changed["enabled"])


def test_keyframes_come_and_go() -> None:
    """On a part of a transform, on a title's own number, on an effect, and off again."""
    keys = [{"time": "15f", "value": 0.5, "easing": "ease_in_out"}]
    read = {"keyframes": [{"time": 0.5, "value": 0.5, "easing": "ease"}]}

    def keyed(target: str, param: str, keyframes: Any) -> Json:
        return {"op": "set_keyframes", "target": target, "param": param, "keyframes": keyframes}

    done = do(
        document(),
        keyed("clip-1", "transform.x", keys),
        keyed("title-1", "source.opacity", keys),
        keyed("fx-1", "position.x", keys),
    ).document
    assert read == element(done, "clip-1")["transform"]["x"]
    assert read == element(done, "title-1")["source"]["opacity"]
    assert read == element(done, "fx-1")["params"]["position"]["x"]
    gone = do(
        done,
        keyed("clip-1", "transform.x", None),
        keyed("title-1", "source.opacity", None),
        keyed("fx-1", "position.x", None),
    ).document
    assert document() == gone


# Tracks, sound, project


def test_locked_tracks_are_left_alone() -> None:
    """Every edit on one is refused with the fix that unlocks it."""
    base = document()
    base["tracks"][0]["locked"] = True
    change = {"op": "remove_clip", "clip_id": "clip-2"}
    problem = refused(base, change)[0]
    assert ("track.locked", "/edits/0/clip_id") == (problem.code, problem.path)
    done = do(base, *[dict(one) for one in problem.fixes[0].edits]).document
    assert "clip-2" not in places(done)
    for op in ("update_track", "move_track", "remove_track"):
        fields: dict[str, Json] = {"update_track": {"muted": True}, "move_track": {"index": 1}}
        more = fields.get(op, {})
        assert "track.locked" == refused(base, {"op": op, "track_id": "video-main", **more})[0].code


def test_removing_a_track_ends_ducking_under_it() -> None:
    """And says so."""
    ducked = do(
        document(), {"op": "set_ducking", "track_id": "audio-music", "ducking": {"under": ["video-main"]}}
    )
    done = do(ducked.document, {"op": "remove_track", "track_id": "video-main"})
    assert "ducking" not in element(done.document, "audio-music")
    assert ["ducking.gone"] == [notice.code for notice in done.notices]


def test_the_mix_is_volumes_and_a_master() -> None:
    """The programme's volume is one effect of the project, made once."""
    mix = {"op": "set_audio_mix", "tracks": {"audio-music": 0.2}, "master": 0.5}
    done = do(document(), mix, {**mix, "master": 0.7}).document
    assert 0.2 == element(done, "audio-music")["volume"]
    assert [{"volume": 0.7}] == [one["params"] for one in done["global_effects"]]


def test_another_rate_puts_everything_on_its_grid() -> None:
    """Clips, transitions and markers lie on frames of the new rate."""
    done = do(document(), {"op": "update_project", "output": {"frame_rate": 24}})
    assert orjson.dumps(done.document) == orjson.dumps(edit.settle(done.document, {}))
    assert places(document()) == places(done.document)
    odd = do(document(), added(at=20, out_point=0.1), {"op": "update_project", "output": {"fps": 24}})
    assert (20.0, 20.083333333333332) == places(odd.document)["clip-new-1"]


def test_layouts_write_transforms() -> None:
    """The middle of each rectangle, rotation and opacity as they were."""
    base = with_clip(transform={"opacity": 0.5, "anchor": "top"})
    change = {"op": "apply_layout", "layout": "side_by_side", "clip_ids": ["clip-1"]}
    expected = {"x": 0.25, "y": 0.5, "width": 0.5, "height": 1.0, "opacity": 0.5}
    assert expected == element(do(base, change).document, "clip-1")["transform"]


# Captions

SRT = """1
00:00:01,000 --> 00:00:03,000
<i>Good</i> morning.

2
00:00:02,500 --> 00:00:04,010
- Who?
- Me.
"""
VTT = """WEBVTT

NOTE nothing

one
00:01.000 --> 00:03.000 align:start
Fish &amp; <b>chips</b>
"""
ASS = """[Script Info]
Title: x

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\b1}Hello{\\b0}\\Nyou, there
"""


@pytest.mark.parametrize(
    ("words", "kind", "expected"),
    [
        (SRT, None, [("Good morning.", 1.0, 2.5), ("- Who?\n- Me.", 2.5, 4.0)]),
        (SRT.replace("\n", "\r\n"), "srt", [("Good morning.", 1.0, 2.5), ("- Who?\n- Me.", 2.5, 4.0)]),
        (VTT, None, [("Fish & chips", 1.0, 3.0)]),
        (ASS, "ass", [("Hello\nyou, there", 1.0, 3.0)]),
    ],
)
def test_captions_become_titles(words: str, kind: str | None, expected: Any) -> None:
    """On a track of their own, words only, on the grid."""
    change = {"op": "import_captions", "source": "words"}
    change |= {"format": kind} if kind else {}
    done = do(document(), change, captions={"words": words})
    assert "track-new-1" == done.results[0]["id"]
    clips = element(done.document, "track-new-1")["clips"]
    assert expected == [(one["source"]["text"], one["timeline_start"], one["timeline_end"]) for one in clips]
    assert [one["id"] for one in clips] == done.results[0]["ids"]
    assert "captions.styles" in [notice.code for notice in done.notices]


SPOKEN = """WEBVTT

STYLE
::cue {color:red}

00:01.000 --> 00:03.000 line:5% align:start size:50%
<c.yellow>Fish &amp; chips</c>

00:04.000 --> 00:06.000
One <00:04.500><c>two</c> <00:05.000>three <v Bob>four
"""
STYLED = """[Script Info]
PlayResX: 640
PlayResY: 360

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Bold, BorderStyle, Outline, Shadow, Alignment
Style: Default,Arial,20,&H8000FFFF,&H00102030,-1,1,2,1,8
Style: Boxed,,20,&H00FFFFFF,&H00000000,0,3,4,0,5

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,{\\k50}Hel{\\k20}lo {\\k100}big{\\k30} world
Dialogue: 0,0:00:04.00,0:00:05.00,Boxed,,0,0,0,,{\\pos(320,90)\\c&H0000FF&\\fad(100,100)}Hi {a note}\\Nyou
"""


def imported(words: str, **more: Any) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The sources of the clips, and the notices by their codes."""
    change = {"op": "import_captions", "text": words, **more}
    done = do({**document(), "output": {"width": 640, "height": 720, "fps": 30}}, change)
    clips = element(done.document, "track-new-1")["clips"]
    return [one["source"] for one in clips], {one.code: one.message for one in done.notices}


def test_captions_keep_what_titles_have_too() -> None:
    """Places and colours of WebVTT, styles of ASS in the size of the picture; the rest is told by name."""
    (first, second), told = imported(SPOKEN)
    assert {"text": "Fish & chips", "position": "top_left", "fontcolor": "#ffff00"}.items() <= first.items()
    assert {
        "text": "One two three four",
        "position": "bottom_center",
        "align": "center",
    }.items() <= second.items()
    for name in ("<v>", "STYLE blocks", "size", "times of words"):
        assert name in told["captions.styles"]
    assert "<c>" not in told["captions.styles"]
    (first, second), told = imported(STYLED)
    assert {
        "generator": "title",
        "text": "Hello big world",
        "position": "top_center",
        "width": 0.9,
        "align": "center",
        "fontcolor": "#ffff007f",
        "border_color": "#302010",
        "fontsize": 34.0,
        "border_width": 4.0,
    } == first
    assert {
        "generator": "title",
        "text": "Hi\nyou",
        "position": {"x": 0.5, "y": 0.25},
        "width": 0.9,
        "align": "center",
        "fontcolor": "#ff0000",
        "fontsize": 34.0,
        "box": True,
        "box_color": "#000000",
        "box_padding": 8.0,
    } == second
    assert (
        "Of the captions, this is left out: \\fad, bold, font Arial, shadow, times" in told["captions.styles"]
    )


def test_drawings_of_ass_are_no_words() -> None:
    """What is drawn is left out, by name; the words behind it stay, and a clip of nothing else is none."""
    line = "Dialogue: 0,0:00:0{}.00,0:00:0{}.00,Default,,0,0,0,,{}\n"
    drawn = "{\\pos(3,4)\\p1}m 0 0 l 100 0 100 100{\\p0}"
    words = ASS + line.format(4, 5, drawn) + line.format(5, 6, f"{drawn}Sold")
    sources, told = imported(words)
    assert ["Hello\nyou, there", "Sold"] == [one["text"] for one in sources]
    assert "\\p," in told["captions.styles"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", None),
        ("\u0915\u094d\u200d\u0937", None),
        ("\u202b\u05e9\u05dc\u05d5\u05dd (a)!\u202c\u200f", None),
        ("Plain\u200e\u202a \ufeff\u00adtext\x07", "Plain text"),
    ],
)
def test_captions_keep_what_spells_their_words(text: str, expected: str | None) -> None:
    """Joiners, and marks of direction where some letters run to the left; nothing else that is not seen."""
    (source,), _ = imported(f"1\n00:00:01,000 --> 00:00:03,000\n{text}\n")
    assert (expected or text) == source["text"]
    marked = "\u05d0&rlm;!" if expected is None else "a&lrm;!"
    (source,), _ = imported(f"WEBVTT\n\n00:01.000 --> 00:03.000\n{marked}\n")
    assert ("\u05d0\u200f!" if expected is None else "a!") == source["text"]


def test_a_caption_right_below_the_header_counts() -> None:
    """The header of WebVTT ends where a caption begins, as in browsers."""
    for header in ("WEBVTT", "WEBVTT - a title\nKind: captions"):
        sources, _ = imported(f"{header}\n00:01.000 --> 00:02.000\nOne\n\n00:03.000 --> 00:04.000\nTwo\n")
        assert ["One", "Two"] == [one["text"] for one in sources]
    assert (
        "captions.none" == refused(document(), {"op": "import_captions", "text": "WEBVTT\nKind: x\n"})[0].code
    )


def test_captions_of_odd_files() -> None:
    """Empty lines within a text, numbers alone, and captions that nobody could see stop no import."""
    words = (
        "1\n00:00:01,000 --> 00:00:02,000\nOne\n\nmore\n\n2\n\n00:00:03,000 --> 00:00:03,000\nNever\n\n"
        "3\n00:00:04,000 --> 00:00:05,000\nThree\n"
    )
    sources, told = imported(words)
    assert ["One\nmore", "Three"] == [one["text"] for one in sources]
    assert "captions that last no time" in told["captions.styles"]
    never = "Dialogue: 0,0:00:01.00,0:00:01.00,Default,,0,0,0,,Never\n"
    sources, told = imported(ASS.replace("Dialogue", f"{never}Dialogue", 1))
    assert ["Hello\nyou, there"] == [one["text"] for one in sources]
    assert "captions that last no time" in told["captions.styles"]
    for wrong in ("00:00:03,0 --> 00:00:04,000", "00:00:04,000 --> 00:00:03,000"):
        text = words.replace("00:00:03,000 --> 00:00:03,000", wrong)
        problem = refused(document(), {"op": "import_captions", "text": text})[0]
        assert ("captions.invalid", "Line 9 cannot be read.") == (problem.code, problem.message)


@pytest.mark.parametrize(("text", "hint"), [("x" * 10_001, "Shorten it"), ("a\x07", "Leave control")])
def test_texts_that_are_refused_say_what_helps(text: str, hint: str) -> None:
    """Too long is something else than a letter that cannot be shown."""
    effect = {"op": "add_effect", "target": "clip-1", "type": "text_overlay", "params": {"text": text}}
    problem = refused(document(), effect)[0]
    assert problem.hint is not None
    assert problem.hint.startswith(hint)


def test_styles_of_ass_that_are_not_there() -> None:
    """A style that the file lacks is its default one; those of SSA, which are written otherwise, are told."""
    sources, _ = imported(STYLED.replace("Boxed,,0,0,0", "Other,,0,0,0"))
    assert [False, False] == ["box" in one for one in sources]
    assert [34.0, 34.0] == [one["fontsize"] for one in sources]
    older = "[V4 Styles]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,20\n\n[Events]"
    (source,), told = imported(ASS.replace("[Events]", older))
    assert 36.0 == source["fontsize"]
    assert "styles of SSA" in told["captions.styles"]


def test_captions_that_start_together_are_one() -> None:
    """What the second had of its own is told by name."""
    words = (
        "1\n00:00:01,000 --> 00:00:03,000\nOne\n\n"
        '2\n00:00:01,000 --> 00:00:04,000\n{\\an8}<font color="red">Two</font>\n'
    )
    (source,), told = imported(words)
    assert ("One\nTwo", "bottom_center") == (source["text"], source["position"])
    for name in ("ends", "looks", "places"):
        assert f"own {name} of captions that start together" in told["captions.styles"]
    alike = (
        words.replace("4,000", "3,000").replace("{\\an8}", "").replace('<font color="red">Two</font>', "Two")
    )
    assert "captions.styles" not in imported(alike)[1]


def test_captions_without_a_style_look_as_in_players() -> None:
    """Their size follows the picture, lines that are too long break, and stand below one another's middle."""
    usual, _ = imported(SRT)
    classic, _ = imported(SRT, style="classic")
    assert classic == usual
    assert [(36.0, 0.9, "center")] * 2 == [(one["fontsize"], one["width"], one["align"]) for one in usual]
    (first, second), _ = imported(SPOKEN, style="box")
    assert ["left", "center"] == [first["align"], second["align"]]
    assert ["right"] * 2 == [one["align"] for one in imported(SRT, params={"align": "right"})[0]]


@pytest.mark.parametrize(
    ("words", "style", "expected"),
    [
        (SPOKEN, "highlight", [None, [0.0, 0.5, 1.0, 1.0 + 5 / 9]]),
        (STYLED, "karaoke", [[0.0, 0.7, 1.7], None]),
    ],
)
def test_words_of_captions_have_their_times(words: str, style: str, expected: Any) -> None:
    """From the start of each clip; words between two times share them by their lengths."""
    sources, told = imported(words, style=style, params={"fontcolor": "#00ff00"})
    assert {("caption", "#00ff00")} == {(one["generator"], one["fontcolor"]) for one in sources}
    for times, source in zip(expected, sources, strict=True):
        assert (times is None and "words" not in source) or times == pytest.approx(source["words"], abs=1e-6)
    assert "times of words" not in told["captions.styles"]


def test_a_style_is_put_on_a_whole_track() -> None:
    """Texts and times of words stay; the size follows the picture; one edit, and one back."""
    change = {"op": "import_captions", "text": SPOKEN, "style": "highlight", "language": "eng"}
    before = do({**document(), "output": {"width": 640, "height": 720, "fps": 30}}, change).document
    assert "eng" == element(before, "track-new-1")["captions"]
    lit = {"op": "style_captions", "track_id": "track-new-1", "style": "karaoke", "params": {"margin": 5}}
    after = do(before, lit)
    old, new = (
        [one["source"] for one in element(whole, "track-new-1")["clips"]]
        for whole in (before, after.document)
    )
    assert [one["text"] for one in old] == [one["text"] for one in new]
    assert [one.get("words") for one in old] == [one.get("words") for one in new]
    assert [("spoken", 5)] * 2 == [(one["highlight"], one["margin"]) for one in new]
    assert not after.notices
    boxed = do(before, {**lit, "style": "box"})
    new = [one["source"] for one in element(boxed.document, "track-new-1")["clips"]]
    assert [("title", True, 32.4)] * 2 == [(one["generator"], one["box"], one["fontsize"]) for one in new]
    assert ["captions.words_lost"] == [one.code for one in boxed.notices]


def test_a_caption_that_is_cut_lights_its_words_when_it_did() -> None:
    """Both parts have the times of the whole, each from its own start."""
    source = {"generator": "caption", "text": "ab cd efgh"}
    change: list[dict[str, Any]] = [
        {"op": "create_track", "type": "text"},
        {"op": "add_clip", "track_id": "$0", "source": source, "at": 20, "out_point": 4},
    ]
    before = do(document(), *change).document
    name = before["tracks"][-1]["clips"][0]["id"]
    parts = do(before, {"op": "split_clip", "clip_id": name, "at": 21.5}).document["tracks"][-1]["clips"]
    assert [[0.0, 1.0, 2.0], [-1.5, -0.5, 0.5]] == [one["source"]["words"] for one in parts]


# What a batch needs, and sharing


def test_sources_of_a_batch() -> None:
    """The files that a batch names, and those of the clips that it is about."""
    batch = edit.parse_edits(
        [
            added(),
            {"op": "slip_clip", "clip_id": "clip-2", "by": 1},
            {"op": "import_captions", "source": "a.srt"},
        ]
    )
    assert {"a.mp4"} == edit.sources_of(batch)
    lut = {"op": "add_effect", "target": "project", "type": "lut"}
    clip = {"op": "add_clip", "track_id": "t", "source": "a.mp4"}
    looks = edit.parse_edits(
        [
            {**lut, "params": {"file": "a.cube"}},
            {**lut, "type": "blur", "params": {"file": "no.cube"}},
            {"op": "update_effect", "effect_id": "e", "params": {"file": "b.cube"}},
            {**clip, "effects": [{"type": "lut", "params": {"file": "c.cube"}}]},
        ]
    )
    assert {"a.mp4", "a.cube", "b.cube", "c.cube"} == edit.sources_of(looks)
    assert {"a.mp4", "b.mp4"} == edit.sources_of(batch, document())
    assert {"a.srt"} == edit.captions_of(batch)


def test_what_does_not_change_is_shared() -> None:
    """Tracks and clips that an edit leaves alone are the very same objects."""
    base = document()
    done = do(base, {"op": "update_clip", "clip_id": "clip-2", "volume": 0.5}).document
    assert base["tracks"][1] is done["tracks"][1]
    assert base["tracks"][0]["clips"][0] is done["tracks"][0]["clips"][0]


# Settling


def test_settling_says_everything() -> None:
    """Ids, times on the grid, canonical names; references by place follow."""
    loose = {
        "output": {"frame_rate": "29.97"},
        "tracks": [
            {
                "type": "video",
                "clips": [
                    {
                        "source": "b.mp4",
                        "effects": [{"effect_type": "text_overlay", "params": {"content": "A"}}],
                    },
                    {"source": "photo.png", "out": "45f", "fit": "fill", "id": "clip-1"},
                    {"source": "a.mp4", "enabled": False, "out": 3, "start": 1},
                ],
                "transitions": [{"length": "10f", "from": "/tracks/0/clips/0", "to": "clip-1"}],
            },
            {"type": "audio", "clips": [], "ducking": {"under": ["/tracks/0"]}},
        ],
        "markers": [{"time": "30f"}],
    }
    before = copy.deepcopy(loose)
    settled = edit.settle(loose, MEDIA)
    assert before == loose
    track = settled["tracks"][0]
    assert ["clip-2", "clip-3", "clip-1"] == [one["id"] for one in track["clips"]]
    assert [("clip-2", "clip-1")] == [(one["from"], one["to"]) for one in track["transitions"]]
    assert ["track-1"] == settled["tracks"][1]["ducking"]["under"]
    assert 1.001 == settled["markers"][0]["time"]
    assert {"text": "A"} == track["clips"][0]["effects"][0]["params"]
    assert orjson.dumps(settled) == orjson.dumps(edit.settle(settled, {}))


def test_settling_needs_facts_where_a_source_tells_the_end() -> None:
    """Each file that nothing is known of is named."""
    loose = {"tracks": [{"type": "video", "clips": [{"source": "new.mp4"}, {"source": "lost.mp4"}]}]}
    with pytest.raises(RequestError) as caught:
        edit.settle(loose, MEDIA)
    assert [
        ("media.unknown", "/tracks/0/clips/0/source"),
        ("media.missing", "/tracks/0/clips/1/source"),
    ] == [(one.code, one.path) for one in caught.value.problems]


# Difference and undo


def test_changes_are_by_element() -> None:
    """What was added, removed and changed, with old and new values, and where that shows."""
    done = do(
        document(),
        {"op": "update_clip", "clip_id": "clip-2", "volume": 0.5},
        {"op": "remove_marker", "marker_id": "mk-1"},
        {"op": "add_effect", "target": "clip-3", "type": "blur"},
        {"op": "move_track", "track_id": "titles", "index": 0},
    )
    told = edit.changes(document(), done.document).to_json()
    assert [
        ("clip", "clip-2", "changed"),
        ("marker", "mk-1", "removed"),
        ("effect", "effect-new-1", "added"),
    ] == sorted(
        [(one["kind"], one["id"], one["change"]) for one in told["elements"]],
        key=lambda one: ["changed", "removed", "added"].index(one[2]),
    )
    assert {"volume": {"old": None, "new": 0.5}} == next(
        one["fields"] for one in told["elements"] if one["id"] == "clip-2"
    )
    assert ["tracks"] == [one["of"] for one in told["order"]]
    assert not edit.changes(document(), document())


@pytest.mark.parametrize("example", EXAMPLES)
def test_undo_is_exact(example: Json) -> None:
    """When nothing followed, the former document comes back byte for byte; stamps of time aside."""
    before = document()
    after = do(before, example).document
    head = {**after, "modified_at": "2026-01-01T00:00:00Z"}
    assert orjson.dumps(before) == orjson.dumps(edit.revert(head, before, after))


@pytest.mark.parametrize("example", EXAMPLES)
def test_undo_under_a_later_change(example: Json) -> None:
    """A change elsewhere stays when an earlier one is taken back."""
    before = document()
    after = do(before, example).document
    later = {"op": "add_marker", "time": 3, "name": "Later", "id": "later"}
    head = do(after, later).document
    expected = do(before, later).document
    back = edit.revert(head, before, after)
    key = {"markers": sorted(back["markers"], key=lambda one: str(one["id"]))}
    wanted = {"markers": sorted(expected["markers"], key=lambda one: str(one["id"]))}
    assert {**expected, **wanted} == {**back, **key}


def test_undo_where_others_were_is_refused() -> None:
    """Each element at which later changes were is named."""
    before = document()
    after = do(before, {"op": "update_clip", "clip_id": "clip-2", "volume": 0.5}).document
    head = do(after, {"op": "update_clip", "clip_id": "clip-2", "fit": "cover"}).document
    with pytest.raises(RequestError) as caught:
        edit.revert(head, before, after)
    assert [("undo.overlap", True)] == [(one.code, "clip-2" in one.message) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [
        (added(at=20), added(at=25), False),
        (added(), added(), False),
        (added(at=20), added(at=21), True),
        (added(at=20), {"op": "update_track", "track_id": "video-main", "volume": 0.5}, False),
        (added(at=20), {"op": "remove_clip", "clip_id": "clip-1", "ripple": True}, True),
        (
            {"op": "update_clip", "clip_id": "clip-4", "volume": 0.5},
            {"op": "remove_clip", "clip_id": "clip-1", "ripple": True},
            False,
        ),
        (
            {"op": "update_clip", "clip_id": "clip-1", "volume": 0.5},
            {"op": "update_effect", "effect_id": "fx-1", "params": {"margin": 1}},
            True,
        ),
        (
            {"op": "duplicate_clip", "clip_id": "clip-1", "at": "end"},
            {"op": "update_clip", "clip_id": "clip-1", "volume": 0.5},
            True,
        ),
        (
            {"op": "update_track", "track_id": "titles", "name": "A"},
            {"op": "update_track", "track_id": "titles", "hidden": True},
            False,
        ),
        ({"op": "remove_track", "track_id": "video-main"}, added(at=20), True),
        ({"op": "add_marker", "time": 1}, {"op": "remove_marker", "marker_id": "mk-1"}, False),
        ({"op": "add_marker", "time": 1}, {"op": "update_project", "output": {"fps": 25}}, True),
        ({"op": "update_project", "name": "A"}, {"op": "update_project", "metadata": {"title": "B"}}, False),
        ({"op": "update_project", "name": "A"}, {"op": "update_project", "name": "B"}, True),
        (
            {"op": "move_track", "track_id": "titles", "index": 0},
            {"op": "create_track", "type": "video", "id": "new"},
            True,
        ),
    ],
)
def test_conflicts(mine: Json, theirs: Json, clash: bool) -> None:
    """Edits of other elements go together; those of the same, or of the same room on a track, do not."""
    base = document()
    other = edit.apply(
        base, edit.parse_edits([theirs]), media=MEDIA, new_id=lambda kind: f"other-{counting()(kind)}"
    )
    assert clash == bool(edit.conflicts(do(base, mine), other.changes))


@pytest.mark.parametrize(("cut", "at", "clash"), [("clip-1", 3, True), ("clip-2", 14, False)])
def test_the_order_of_effects_matters_to_a_clip_that_is_cut(cut: str, at: float, clash: bool) -> None:
    """Both halves take the effects in the order that they have: one order of the edits is not the other."""
    blur = {"op": "add_effect", "target": "clip-1", "id": "fx-2", "type": "blur", "params": {}}
    base = do(document(), blur).document
    other = do(base, {"op": "split_clip", "clip_id": cut, "at": at})
    mine = do(base, {"op": "move_effect", "effect_id": "fx-2", "index": 0})
    assert clash == bool(edit.conflicts(mine, other.changes))


# Everything at once


NOPE = {"op": "update_clip", "clip_id": "clip-1", "source": "nope.mp4"}


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        (
            [
                NOPE,
                {"op": "update_clip", "clip_id": "clip-9", "volume": 1},
                {"op": "add_effect", "target": "clip-1", "type": "blr"},
                {"op": "add_effect", "target": "clip-1", "type": "blur", "params": {"radius": -1}},
                {"op": "update_clip", "clip_id": "clip-2", "source": "nope.mp4"},
                {"op": "move_clip", "clip_id": "clip-1", "track_id": "titels", "timeline_start": 3},
                {"op": "trim_clip", "clip_id": "clip-2", "out_point": 9},
                {"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "desolve", "duration": 1},
                {"op": "apply_layout", "layout": "side", "clip_ids": ["clip-1", "clip-7"]},
            ],
            [
                ("media.unknown", "/edits/0/source"),
                ("clip.unknown", "/edits/1/clip_id"),
                ("effect.unknown", "/edits/2/type"),
                ("document.out_of_range", "/edits/3/params/radius"),
                ("media.unknown", "/edits/4/source"),
                ("track.unknown", "/edits/5/track_id"),
                ("transition.unknown", "/edits/7/type"),
                ("layout.unknown", "/edits/8/layout"),
                ("clip.unknown", "/edits/8/clip_ids/1"),
            ],
        ),
        (
            [{"op": "add_effect", "target": "clip-9", "type": "blr"}],
            [("clip.unknown", "/edits/0/target"), ("effect.unknown", "/edits/0/type")],
        ),
        (
            [
                {"op": "create_track", "id": "new", "type": "vidio"},
                {"op": "add_clip", "id": "in", "track_id": "new", "source": "a.mp4", "out_point": 2},
                {"op": "update_clip", "clip_id": "in", "volume": 0.5},
                {"op": "add_clip", "track_id": "$0", "source": "nope.mp4", "out_point": 2},
                {"op": "update_clip", "clip_id": "$1", "volume": 0.5},
                {"op": "update_clip", "clip_id": "clip-9", "volume": 0.5},
            ],
            [
                ("edit.field_invalid", "/edits/0/type"),
                ("media.unknown", "/edits/3/source"),
                ("clip.unknown", "/edits/5/clip_id"),
            ],
        ),
        (
            [
                {"op": "update_clip", "clip_id": "clip-1", "volume": -1},
                {"op": "split_clip", "clip_id": "clip-3", "at": 1},
                {"op": "update_marker", "marker_id": "mk-2"},
                {"op": "trim_clip", "clip": "clip-2", "out_point": 6},
                {"op": "move_clip", "clip_id": "clip-3", "timeline_start": 11},
                {"op": "add_effect", "target": "clip-3", "type": "blr"},
                {"op": "remove_marker", "marker_id": "mk-3"},
            ],
            [
                ("edit.field_invalid", "/edits/0/volume"),
                ("marker.unknown", "/edits/2/marker_id"),
                ("edit.field_missing", "/edits/3/clip_id"),
                ("edit.field_unknown", "/edits/3/clip"),
                ("effect.unknown", "/edits/5/type"),
                ("marker.unknown", "/edits/6/marker_id"),
            ],
        ),
    ],
)
def test_all_that_is_wrong_is_told_and_nothing_that_follows(
    batch: list[Json], expected: list[tuple[str, str]]
) -> None:
    """What is wrong whatever became of the edits before is told besides; what may follow from them is not."""
    with pytest.raises(RequestError) as caught:
        edit.apply(document(), edit.read_edits(batch), media=MEDIA, new_id=counting())
    assert expected == [(one.code, one.path) for one in caught.value.problems]


@pytest.mark.parametrize(
    "batch",
    [
        [{**added(source={"generator": "testsrc"}), "timeline_start": 12_700_000, "out_point": 12_700_000}],
        [added(source={"generator": "testsrc"}, out_point=12_700_000)] * 2,
        [
            added(source={"generator": "testsrc"}),
            {"op": "add_effect", "target": "$0", "type": "speed_control", "params": {"factor": 0.25}},
            {"op": "trim_clip", "clip_id": "$0", "out_point": 12_700_000},
        ],
    ],
    ids=["far away", "one after another", "slow"],
)
def test_no_clip_ends_beyond_the_longest_time(batch: list[Json]) -> None:
    """More than 147 days are refused by name, whichever edit leads there."""
    found = refused(document(), *batch)
    assert {"time.invalid"} == {problem.code for problem in found}
