"""Fixes of refused batches are whole batches: posted as they are, they do what was wanted."""

from __future__ import annotations

from typing import Any

import pytest
from editing import TITLE, Json, clip, counting, do, document, element, places, refused

from stoat_ferret import edit
from stoat_ferret.errors import Fix, Problem, RequestError

JOIN = {"op": "add_transition", "from": "clip-1", "to": "clip-2", "type": "fade", "duration": 1}
MARK = {"op": "add_marker", "id": "mk-9", "time": 1}


def ops(problem: Problem, number: int = 0) -> list[str]:
    return [str(one["op"]) for one in problem.fixes[number].edits]


def test_a_fix_carries_the_other_edits() -> None:
    """What the batch made before is there for the fix, and what comes after is done, too."""
    split = {"op": "split_clip", "clip_id": "clip-1", "at": 9.5}
    problem = refused(document(), {**JOIN, "id": "t1"}, split, MARK)[0]
    assert ["add_transition", "remove_transition", "split_clip", "add_marker"] == ops(problem)
    assert 1.0 == element(do(document(), *problem.fixes[0].edits).document, "mk-9")["time"]
    problem = refused(
        document(), {**JOIN, "id": "t1"}, {"op": "update_transition", "transition_id": "t1", "duration": 10}
    )[0]
    done = do(document(), *problem.fixes[0].edits).document
    assert 5.0 == element(done, "t1")["duration"]


def test_a_fix_that_would_be_refused_itself_is_none() -> None:
    """Without its transition a clip starts behind the cut; a longer one may be no longer than its clips."""
    join, split = {**JOIN, "id": "t1"}, {"op": "split_clip", "clip_id": "clip-2", "at": 9.5}
    assert () == refused(document(), join, split)[0].fixes
    again = {**JOIN, "id": "t2", "duration": 100}
    assert [5.0] == [one.edits[1]["duration"] for one in refused(document(), join, again)[0].fixes]


def test_what_is_told_anyway_stands_in_no_fixs_way() -> None:
    """Each of two refused edits is mended by a fix of its own, one after the other."""
    longer = {**JOIN, "duration": 20}
    lost = {"op": "trim_clip", "clip_id": "music-1", "out_point": 121}
    first, second = refused(document(), longer, lost)
    (left,) = refused(document(), *first.fixes[0].edits)
    assert second.message == left.message
    assert do(document(), *left.fixes[0].edits).changes


def test_a_fix_of_one_edit_stays_as_it_is() -> None:
    """A batch of one edit is mended by the edits that take its place."""
    problem = refused(document(), {**JOIN, "duration": 20})[0]
    assert ({**JOIN, "duration": 5.0},) == problem.fixes[0].edits


def test_ids_that_the_refused_batch_made_are_references_in_its_fix() -> None:
    """Nobody knows them: when it is posted again, other ids are made."""
    batch: list[Json] = [
        JOIN,
        {"op": "add_clip", "track_id": "titles", "source": TITLE, "out_point": 2},
        {"op": "trim_clip", "clip_id": "clip-1", "out_point": 19},
        {"op": "update_clip", "clip_id": "$1", "name": "A"},
    ]
    problem = refused(document(), *batch)[0]
    assert ("clip.in_transition", "/edits/2/ripple") == (problem.code, problem.path)
    first, second = problem.fixes
    assert [*batch[:2], {**batch[2], "ripple": True}, batch[3]] == list(first.edits)
    gone = {"op": "remove_transition", "transition_id": "$0", "ripple": True}
    assert [*batch[:2], gone, batch[2], batch[3]] == list(second.edits)
    for one in problem.fixes:
        assert "A" == element(do(document(), *one.edits).document, "clip-new-1")["name"]


def test_references_behind_a_fix_are_counted_anew() -> None:
    """Where a fix has more edits than the one that it mends, later ones are further back."""
    batch: list[Json] = [
        MARK,
        {"op": "update_track", "track_id": "video-main", "locked": True},
        {"op": "add_clip", "track_id": "video-main", "source": "a.mp4", "out_point": 2},
        {"op": "create_track", "type": "video"},
        {"op": "add_clip", "track_id": "$3", "source": "a.mp4", "out_point": 2},
        {"op": "apply_layout", "layout": "side_by_side", "clip_ids": ["$2", "$4"]},
        {"op": "set_audio_mix", "tracks": {"$3": 0.5}},
        {"op": "set_ducking", "track_id": "audio-music", "ducking": {"under": ["$3"]}},
    ]
    problem = refused(document(), *batch)[0]
    assert "track.locked" == problem.code
    done = do(document(), *problem.fixes[0].edits).document
    assert 0.5 == element(done, "clip-new-1")["transform"]["width"]
    assert 0.5 == element(done, "track-new-1")["volume"]
    assert ["track-new-1"] == element(done, "audio-music")["ducking"]["under"]


def test_a_fix_that_makes_nothing_is_none_where_something_is_counted_on() -> None:
    """A later edit refers to what the refused one would have made."""
    again = {**JOIN, "type": "wipeleft"}
    batch = [JOIN, again]
    assert ["add_transition", "update_transition"] == ops(refused(document(), *batch)[0])
    counted = {"op": "update_transition", "transition_id": "$1", "type": "dissolve"}
    assert () == refused(document(), *batch, counted)[0].fixes


def test_an_id_that_no_reference_stands_for_leaves_no_fix() -> None:
    """The right part of a clip that was cut in passing has no number."""
    batch: list[Json] = [
        {
            "op": "add_clip",
            "id": "x",
            "track_id": "video-main",
            "source": "a.mp4",
            "out_point": 1,
            "at": 4,
            "mode": "insert",
        },
        {"op": "add_transition", "from": "x", "to": "clip-2", "type": "fade", "duration": 0.5},
    ]
    problem = refused(document(), *batch)[0]
    assert ("transition.not_adjacent", ()) == (problem.code, problem.fixes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"op": "trim_clip", "clip_id": "whole", "out_point": 61},
        {"op": "slip_clip", "clip_id": "clip-3", "by": "-5f"},
        {"op": "slip_clip", "clip_id": "clip-3", "by": -1},
        {"op": "move_clip", "clip_id": "clip-2", "timeline_start": 9.5},
        {"op": "update_transition", "transition_id": "short", "duration": 2},
        {"op": "add_clip", "track_id": "video-main", "source": "a.mp4", "in_point": 70, "out_point": 71},
    ],
)
def test_a_fix_that_changes_nothing_is_none(wrong: Json) -> None:
    """As far as it goes, when that is where it is, is no help."""
    base = document()
    base["tracks"][0]["clips"] += [
        clip("whole", "a.mp4", 50, 60, 50),
        clip("next", "b.mp4", 0, 1, 60),
        clip("last", "b.mp4", 0, 1, 60),
    ]
    base["tracks"][0]["transitions"].append(
        {"id": "short", "type": "fade", "duration": 1.0, "from": "next", "to": "last"}
    )
    fixes = refused(base, wrong)[0].fixes
    assert [] == [one for one in fixes if not do(base, *one.edits).changes]
    assert (wrong["op"] == "move_clip") == bool(fixes)


def test_a_trim_as_far_as_it_goes_says_how_far_that_is() -> None:
    """Where another clip follows at once, only with ripple there is room."""
    problem = refused(document(), {"op": "trim_clip", "clip_id": "clip-1", "out_point": 61})[0]
    (fix,) = problem.fixes
    assert ({"op": "trim_clip", "clip_id": "clip-1", "out_point": 60.0, "ripple": True},) == fix.edits
    apart = {"op": "trim_clip", "clip_id": "clip-2", "out_point": 31}
    near, far = refused(document(), apart)[0].fixes
    assert [25.0, 30.0] == [one.edits[0]["out_point"] for one in (near, far)]
    assert (30.0, 34.0) == places(do(document(), *near.edits).document)["clip-3"]


def test_a_slip_says_how_far_it_goes() -> None:
    """Nothing is not written as less than nothing."""
    problem = refused(document(), {"op": "slip_clip", "clip_id": "clip-3", "by": -1})[0]
    assert "Give a length from 0 to 56." == problem.hint


def test_fixes_of_a_finished_document_follow_its_edits() -> None:
    """What only the whole shows is mended behind all edits, and at the one edit that brought it."""
    base: Any = document()
    batch = edit.parse_edits([MARK])
    problem = Problem(
        code="transition.overlap",
        path="/markers/1",
        message="So.",
        fixes=(
            Fix(title="Mend it", edits=({"op": "move_clip", "clip_id": "clip-2", "timeline_start": 12},)),
        ),
    )
    with pytest.raises(RequestError) as caught:
        edit.apply(base, batch, media={}, new_id=counting(), check=lambda _, __: [problem])
    found = caught.value.problems[0]
    assert "/edits/0" == found.path
    assert ["add_marker", "move_clip"] == ops(found)
    assert (12.0, 17.0) == places(do(base, *found.fixes[0].edits).document)["clip-2"]
