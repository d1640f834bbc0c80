"""What an edit cannot have to do with need not be looked at: what is near tells all that the whole tells."""

from __future__ import annotations

import functools
import json
from random import Random
from typing import Any

import orjson
import pytest
from editing import MEDIA, Json, counting
from random_edits import Maker, small

from stoat_ferret import compile as core
from stoat_ferret import edit
from stoat_ferret.config import load
from stoat_ferret.errors import RequestError
from stoat_ferret.media import capabilities
from stoat_ferret.model.plan import Target
from stoat_ferret.projects.checking import neighbourhood

ROUNDS = 400


@functools.cache
def _able() -> str:
    return json.dumps(capabilities.detect(load()).to_json())


def _problems(document: Any) -> list[str]:
    text = orjson.dumps(document).decode()
    found = core.obstacles(text, media=MEDIA, capabilities=_able(), target=Target(format="mp4"))
    return [problem.code for problem in found.problems]


def _long(rate: float | str) -> Json:
    """A project in which most lies far from any one change."""
    document = small(rate)
    for index in range(8):
        more: list[Json] = [
            {"id": f"p{index}", "source": "a.mp4", "in": 1, "out": 4, "at": 30 + 10 * index},
            {"id": f"q{index}", "source": "b.mp4", "in": 2, "out": 5},
        ]
        document["tracks"][0]["clips"] += more
        join = {"id": f"j{index}", "type": "fade", "length": 0.5, "from": f"p{index}", "to": f"q{index}"}
        document["tracks"][0]["transitions"].append(join)
    settled: Json = edit.settle(document, MEDIA)
    return settled


@pytest.mark.parametrize("rate", [30, "24000/1001", 4])
def test_finds_what_the_whole_has(rate: float | str) -> None:
    """Random edits, many of them wrong, of a sound project: what is near is wrong where the whole is."""
    document, chance, count = _long(rate), Random(7), counting()
    assert [] == _problems(document)
    wrong = smaller = 0
    for number in range(ROUNDS):
        edits = [Maker(document, chance, f"{number}-{one}-").edit() for one in range(chance.randint(1, 2))]
        try:
            done = edit.apply(document, edit.parse_edits(edits), media=MEDIA, new_id=count, check=None)
        except RequestError:
            continue
        near, whole = neighbourhood(done.changes), _problems(done.document)
        if near is not None:
            smaller += _clips(near) < _clips(done.document) / 2
            if whole:
                assert _problems(near), (edits, whole)
        wrong += bool(whole)
        if not whole:
            document = done.document
        if _clips(document) > 40:
            document = _long(rate)
    assert wrong > ROUNDS / 100
    assert smaller > ROUNDS / 10


def _clips(document: Any) -> int:
    return sum(len(track.get("clips", ())) for track in document["tracks"])


def _after(*edits: Json) -> Any:
    document = _long(30)
    done = edit.apply(document, edit.parse_edits(list(edits)), media=MEDIA, new_id=counting(), check=None)
    return neighbourhood(done.changes)


def test_what_is_near() -> None:
    """The clip, what it meets, and what transitions join to it."""
    near = _after({"op": "update_clip", "clip_id": "p3", "volume": 0.5})
    assert near is not None
    assert [["p3", "q3"], [], []] == [[clip["id"] for clip in track["clips"]] for track in near["tracks"]]
    assert ["j3"] == [join["id"] for join in near["tracks"][0]["transitions"]]


def test_what_is_off_is_near_itself() -> None:
    """A clip that is off lies nowhere, and yet what is said of it may be wrong."""
    off = edit.parse_edits([{"op": "update_clip", "clip_id": "m1", "enabled": False}])
    document = edit.apply(_long(30), off, media=MEDIA, new_id=counting(), check=None).document
    wrong = edit.parse_edits([{"op": "add_effect", "target": "m1", "type": "blur", "params": {}}])
    near = neighbourhood(edit.apply(document, wrong, media=MEDIA, new_id=counting(), check=None).changes)
    assert near is not None
    assert _problems(near)


@pytest.mark.parametrize(
    "change",
    [
        {"op": "update_track", "track_id": "v", "volume": 0.5},
        {"op": "update_project", "output": {"width": 128}},
        {"op": "add_effect", "target": "p1", "type": "audio_mix", "params": {"inputs": 2}},
        {"op": "remove_track", "track_id": "x"},
    ],
)
def test_what_may_concern_everything(change: Json) -> None:
    """The project, a track, and effects that are about tracks."""
    assert _after(change) is None
