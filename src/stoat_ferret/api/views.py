"""Documents as answers: whole, and as an outline of the timeline."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import orjson

from stoat_ferret import compile as core
from stoat_ferret.model.times import parse_time
from stoat_ferret.projects.revisions import Revision

__all__ = ["project", "timeline"]

_OUTLINE = ("id", "name", "source", "in_point", "out_point", "enabled", "muted")


def project(found: Revision) -> bytes:
    """The answer with the document as it is stored: nothing is parsed."""
    head = orjson.dumps(
        {"id": found.project_id, "name": found.name, "slug": found.slug, "revision": found.revision}
    )
    return head[:-1] + b',"document":' + found.data + b"}"


def timeline(found: Revision, *, start: str, end: str | None, detail: bool) -> dict[str, Any]:
    """Tracks with what lies between two times: seconds, timecodes or frames; raises `RequestError`."""
    document = found.document
    fps = (document.get("output") or {}).get("fps", 30)
    rate = Fraction(core.rate_of(fps))
    since = float(parse_time(start, rate, path="/query/start") / rate)
    last = max(
        (
            clip["timeline_end"]
            for track in document.get("tracks", ())
            for clip in track.get("clips", ())
            if clip.get("enabled", True)
        ),
        default=0.0,
    )
    until = last if end is None else float(parse_time(end, rate, path="/query/end") / rate)
    tracks = []
    for track in document.get("tracks", ()):
        inside = [
            clip
            for clip in track.get("clips", ())
            if clip["timeline_start"] < until and clip["timeline_end"] > since
        ]
        names = {clip["id"] for clip in inside}
        tracks.append(
            {
                **{
                    name: track[name]
                    for name in ("id", "type", "name", "muted", "hidden", "locked")
                    if name in track
                },
                "clips": [_clip(clip, detail=detail) for clip in inside],
                "transitions": [
                    edge
                    for edge in track.get("transitions") or ()
                    if edge["from"] in names or edge["to"] in names
                ],
            }
        )
    return {
        "project_id": found.project_id,
        "revision": found.revision,
        "duration": last,
        "frames": round(last * rate),
        "fps": fps,
        "tracks": tracks,
        "markers": [mark for mark in document.get("markers") or () if since <= mark["time"] <= until],
    }


def _clip(clip: dict[str, Any], *, detail: bool) -> dict[str, Any]:
    shown = dict(clip) if detail else {name: clip[name] for name in _OUTLINE if name in clip}
    if not detail and clip.get("effects"):
        shown["effects"] = [{"id": effect["id"], "type": effect["type"]} for effect in clip["effects"]]
    return {**shown, "start": clip["timeline_start"], "end": clip["timeline_end"]}
