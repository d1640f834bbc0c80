"""What the tests of edits share: a project that is settled, facts of its sources, and ids that count up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from stoat_ferret import edit
from stoat_ferret.errors import Problem, RequestError

Json = dict[str, Any]


def facts(duration: float, *, kind: str = "video", audio: bool = True) -> Json:
    """What a probe would tell of a file."""
    sound = {"index": 1, "codec": "aac", "sample_rate": 48000, "channels": 2, "layout": "stereo"}
    return {
        "path": f"/media/{kind}",
        "kind": kind,
        "duration": duration,
        "audio": sound if audio else None,
    }


MEDIA: dict[str, Json] = {
    "a.mp4": facts(60.0),
    "b.mp4": facts(30.0),
    "silent.mp4": facts(20.0, audio=False),
    "music.mp3": facts(120.0, kind="audio"),
    "photo.png": facts(0.0, kind="image", audio=False),
    "lost.mp4": {"error": {"code": "media.missing", "message": "There is no such file.", "hint": "Look."}},
    "media/interview.mp4": facts(60.0),
    "looks/house.cube": {
        "error": {"code": "media.not_media", "message": "It is a colour table.", "hint": "Use lut."},
        "table": {"path": "/looks/house.cube", "dimensions": 3, "size": 33, "digest": "0a"},
    },
}

TITLE: Json = {"generator": "title", "text": "Hello"}


def document() -> Json:
    """A project with two clips that meet, one behind a gap, two joined ones, music, a title and a marker."""
    return {
        "schema": "stoat.project/1",
        "id": "prj-1",
        "name": "Test",
        "output": {"width": 320, "height": 180, "fps": 30},
        "tracks": [
            {
                "id": "video-main",
                "type": "video",
                "clips": [
                    clip("clip-1", "a.mp4", 10, 20, 0, effects=[text("fx-1")]),
                    clip("clip-2", "b.mp4", 5, 10, 10),
                    clip("clip-3", "a.mp4", 0, 4, 30),
                    clip("clip-4", "b.mp4", 2, 8, 33),
                ],
                "transitions": [
                    {"id": "tr-1", "type": "dissolve", "duration": 1.0, "from": "clip-3", "to": "clip-4"}
                ],
            },
            {
                "id": "audio-music",
                "type": "audio",
                "clips": [clip("music-1", "music.mp3", 0, 39, 0)],
            },
            {"id": "titles", "type": "text", "clips": [clip("title-1", TITLE, 0, 3, 0)]},
        ],
        "markers": [{"id": "mk-1", "time": 12.0, "name": "Middle"}],
    }


def clip(name: str, source: Any, in_point: float, out_point: float, at: float, **more: Any) -> Json:
    """A settled clip at normal speed."""
    times = {
        "in_point": float(in_point),
        "out_point": float(out_point),
        "timeline_start": float(at),
        "timeline_end": float(at + out_point - in_point),
    }
    return {"id": name, "source": source, **times, **more}


def text(name: str, **params: Any) -> Json:
    """A text effect."""
    return {"id": name, "type": "text_overlay", "params": {"text": "Introduction", **params}}


def counting() -> Callable[[str], str]:
    """Make ids `clip-new-1`, `clip-new-2`, ... for each kind."""
    count: Counter[str] = Counter()

    def new_id(kind: str) -> str:
        count[kind] += 1
        return f"{kind}-new-{count[kind]}"

    return new_id


def do(base: Json, *edits: Mapping[str, Any], captions: dict[str, str] | None = None) -> edit.Applied:
    """Apply edits as they come over the wire."""
    return edit.apply(base, edit.parse_edits(list(edits)), media=MEDIA, new_id=counting(), captions=captions)


def refused(base: Json, *edits: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Why edits are refused."""
    try:
        do(base, *edits)
    except RequestError as error:
        return error.problems
    raise AssertionError("the edits were applied")


def places(base: Json, track: str = "video-main") -> dict[str, tuple[float, float]]:
    """Where the clips of a track lie."""
    return {one["id"]: (one["timeline_start"], one["timeline_end"]) for one in element(base, track)["clips"]}


def element(base: Any, name: str) -> Json:
    """The element of that id."""
    found = _find(base, name)
    assert found is not None, name
    return found


def _find(place: Any, name: str) -> Json | None:
    if isinstance(place, dict) and place.get("id") == name:
        return place
    inner = place.values() if isinstance(place, dict) else place if isinstance(place, list) else ()
    return next((found for one in inner if (found := _find(one, name)) is not None), None)
