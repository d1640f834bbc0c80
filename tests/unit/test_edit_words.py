"""What is said of edits that cannot be read: one sentence each, about what was given."""

from __future__ import annotations

from typing import Any

import pytest
from editing import Json, document, refused

from stoat_ferret import edit
from stoat_ferret.errors import Problem, RequestError


def said(**more: Any) -> list[tuple[str, str, str | None]]:
    """What is wrong with an `add_clip`, or with another edit."""
    base: Json = {} if "op" in more else {"op": "add_clip", "track_id": "v", "source": "a.mp4"}
    with pytest.raises(RequestError) as caught:
        edit.parse_edits([{**base, **more}])
    return [(one.path.removeprefix("/edits/0"), one.message, one.hint) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("edit_", "place", "message"),
    [
        ({"in_point": -3}, "/in_point", "-3 is too small: it is at least 0."),
        (
            {"in_point": "1s"},
            "/in_point",
            "'1s' is no time: write seconds (2.5), frames (75f) or a timecode (00:00:02:15).",
        ),
        ({"in_point": True}, "/in_point", "True is not a number or a text."),
        ({"out_point": [1]}, "/out_point", "[1] is not a number or a text."),
        ({"volume": -1}, "/volume", "-1 is too small: it is at least 0."),
        ({"volume": 11}, "/volume", "11 is too large: it is at most 10."),
        (
            {"volume": "loud"},
            "/volume",
            "'loud' is no volume: write a number from 0 to 10, or decibels such as -6dB.",
        ),
        ({"volume": {"keyframes": []}}, "/volume/keyframes", "At least 1 item is needed here."),
        (
            {"volume": {"keyframes": [{"time": 0, "value": -1}]}},
            "/volume",
            "Values of keyframes are 0 to 10 here.",
        ),
        ({"source": {"generator": "colour"}}, "/source/color", "'color' is missing."),
        ({"source": {"generator": "clour"}}, "/source/generator", "There is no generator 'clour'."),
        ({"source": {"gen": "color"}}, "/source/generator", "'generator' is missing."),
        (
            {"source": {"generator": "color", "color": "red", "size": 3}},
            "/source/size",
            "'size' is not known here.",
        ),
        ({"source": 5}, "/source", "5 is not a text or an object."),
        ({"source": ""}, "/source", "This is too short: it has at least 1 character."),
        ({"fit": "fil"}, "/fit", "'fil' is none of the words that are allowed here."),
        ({"at": -1}, "/at", "-1 is too small: it is at least 0."),
        (
            {"at": "ende"},
            "/at",
            "'ende' is no time: write seconds (2.5), frames (75f) or a timecode (00:00:02:15), or 'end'.",
        ),
        ({"muted": "yes"}, "/muted", "'yes' is not true or false."),
        ({"transform": {"opacity": 3}}, "/transform/opacity", "3 is too large: it is at most 1."),
        ({"effects": {}}, "/effects", "{} is not a list."),
        ({"op": "slip_clip", "clip_id": "c", "by": None}, "/by", "'by' is missing."),
        ({"op": "slip_clip", "clip_id": "c", "by": "1s"}, "/by",
         "'1s' is no time: write seconds (2.5), frames (75f) or a timecode (00:00:02:15)."),
        ({"op": "move_track", "track_id": "a", "index": 1.5}, "/index", "1.5 is not a whole number."),
        ({"op": "update_project", "output": {"width": 3}}, "/output/width", "3 is not a multiple of 2."),
        (
            {"op": "update_project", "output": {"fps": "fast"}},
            "/output/fps",
            "'fast' is no rate: write a number (29.97) or a fraction (30000/1001).",
        ),
        ({"id": "$0"}, "/id", "'$0' cannot be an id: with $ begins what names an earlier edit."),
        (
            {"effects": [{"id": "$x", "type": "blur"}]},
            "/effects/0/id",
            "'$x' cannot be an id: with $ begins what names an earlier edit.",
        ),
    ],
)  # fmt: skip
def test_one_clear_sentence(edit_: Json, place: str, message: str) -> None:
    """No list of what a validator tried, and no regular expression."""
    assert [(place, message)] == [(path, words) for path, words, _ in said(**edit_)]


@pytest.mark.parametrize(
    ("edit_", "hint", "first"),
    [
        ({"source": {"generator": "clour"}}, "Did you mean 'color'?", "color"),
        ({"fit": "contan"}, "Did you mean 'contain'?", "contain"),
    ],
)
def test_the_nearest_word_is_named(edit_: Json, hint: str, first: str) -> None:
    """Of those that are allowed, the one that was likely meant comes first."""
    with pytest.raises(RequestError) as caught:
        edit.parse_edits([{"op": "add_clip", "track_id": "v", "source": "a.mp4", **edit_}])
    (problem,) = caught.value.problems
    assert (hint, first) == (problem.hint, (problem.allowed or ("",))[0])


def only(*edits: Json) -> Problem:
    (problem,) = refused(document(), *edits)
    return problem


def test_a_target_may_be_more_than_a_clip() -> None:
    """Tracks and the project are named among what is allowed."""
    blur = only({"op": "add_effect", "target": "titels", "type": "blur", "params": {"radius": 2}})
    assert ("clip.unknown", "/edits/0/target") == (blur.code, blur.path)
    assert "There is no clip or track 'titels'." == blur.message
    assert {"titles", "clip-1", "project"} <= set(blur.allowed or ())
    keys = only({"op": "set_keyframes", "target": "fx-9", "param": "volume", "keyframes": None})
    assert {"fx-1", "clip-1"} <= set(keys.allowed or ())


def test_nothing_follows_the_last_clip() -> None:
    """No clip is called 'the next clip'."""
    fade = {"transition": "fade", "duration": 1}
    last = only({"op": "add_effect", "target": "clip-4", "type": "xfade", "params": fade})
    assert ("Nothing follows 'clip-4' on its track.", "/edits/0/target") == (last.message, last.path)


def test_only_what_lacks_is_told() -> None:
    """A clip that has enough material is not said to lack 0 s."""
    base = document()
    wide = {"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "fade", "duration": 2}
    base["tracks"][0]["clips"][1]["in_point"] = 0.2
    base["tracks"][0]["clips"][1]["out_point"] = 5.2
    (problem,) = refused(base, {**wide, "mode": "handles"})
    assert "0.8 s before the in_point of the clip that comes" in problem.message
    assert " 0 s" not in problem.message
