"""The rows of the library: what is kept of a file, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from stoat_ferret.errors import MediaRefused
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.inspection import Inspected
from stoat_ferret.model.event import new_id
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.tables import videos

__all__ = ["SHOWN", "by_path", "insert_new", "shown", "update_changed", "update_moved", "update_refused"]

SHOWN = tuple(
    videos.c[name]
    for name in (
        "id", "path", "filename", "kind", "duration", "width", "height", "fps", "codec", "bitrate",
        "file_size", "rotation", "audio", "created_at", "scanned_at", "tags", "notes", "metadata",
        "status", "problem",
    )
)  # fmt: skip
"""The columns that make a video's JSON, under the names that they have there."""

_MEASURED = (
    "kind", "duration", "width", "height", "fps", "codec", "bitrate", "file_size", "rotation", "audio",
    "metadata", "facts", "problem", "content", "stamp", "status", "scanned_at",
)  # fmt: skip


def shown(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """A video's JSON."""
    return {str(column.name): row[column.name] for column in SHOWN}


def by_path(connection: Connection, paths: Sequence[str]) -> dict[str, Any]:
    """What is needed to tell whether files are known and as they were, by path."""
    columns = (videos.c.number, videos.c.path, videos.c.stamp, videos.c.status, videos.c.content)
    rows = connection.execute(select(*columns).where(videos.c.path.in_(paths)))
    return {row.path: row for row in rows}


def insert_new(change: Change, found: Sequence[Inspected]) -> list[str]:
    """Take in files that are media; their ids, in the same order."""
    rows = [
        {
            "id": new_id("vid"),
            "path": one.path,
            "filename": _filename(one.path),
            "tags": [],
            "notes": "",
            "created_at": change.time,
            **_measured(one, change.time),
        }
        for one in found
    ]
    if rows:
        change.connection.execute(insert(videos), rows)
    return [row["id"] for row in rows]


def update_changed(change: Change, found: Sequence[tuple[int, Inspected]]) -> None:
    """Write what was found in files whose rows are known by number."""
    looked_into = [{"_number": number, **_measured(one, change.time)} for number, one in found if one.found]
    touched = [
        {"_number": number, "stamp": one.stamp, "status": "ready", "problem": None, "scanned_at": change.time}
        for number, one in found
        if one.same
    ]
    _update(change, looked_into, _MEASURED)
    _update(change, touched, ("stamp", "status", "problem", "scanned_at"))


def update_moved(change: Change, found: Sequence[tuple[int, Inspected]]) -> None:
    """The same, for files that have another path now."""
    rows = [
        {"_number": n, "path": one.path, "filename": _filename(one.path), **_measured(one, change.time)}
        for n, one in found
    ]
    _update(change, rows, ("path", "filename", *_MEASURED))


def update_refused(change: Change, found: Sequence[tuple[int, Inspected]]) -> None:
    """Say of known files that they cannot be used any more, and why."""
    rows = []
    for number, one in found:
        assert isinstance(one.found, MediaRefused)
        problem = one.found.naming(one.path, _filename(one.path)).to_json()["error"]
        rows.append(
            {"_number": number, "status": "unreadable", "problem": problem, "scanned_at": change.time}
        )
    _update(change, rows, ("status", "problem", "scanned_at"))


def _update(change: Change, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    if rows:
        statement = (
            update(videos)
            .where(videos.c.number == bindparam("_number"))
            .values({name: bindparam(name) for name in names})
        )
        change.connection.execute(statement, list(rows))


def _filename(path: str) -> str:
    return path.rpartition("/")[2]


def _measured(one: Inspected, time: str) -> dict[str, Any]:
    """The columns that follow from what is in the file."""
    facts = one.found
    assert isinstance(facts, MediaFacts)
    video, audio = facts.video, facts.audio
    width, height = facts.shown_size or (None, None)
    moving = video is not None and facts.kind == "video"
    return {
        "kind": facts.kind,
        "duration": facts.duration,
        "width": width,
        "height": height,
        "fps": round(video.rate[0] / video.rate[1], 6) if video is not None and moving else None,
        "codec": video.codec if video is not None else audio.codec if audio is not None else None,
        "bitrate": round(one.size * 8 / facts.duration) if facts.duration else None,
        "file_size": one.size,
        "rotation": 0 if video is None else video.rotation,
        "audio": None
        if audio is None
        else {"codec": audio.codec, "channels": audio.channels, "sample_rate": audio.sample_rate},
        "metadata": dict(facts.tags),
        "facts": facts.to_json(),
        "problem": None,
        "content": one.content,
        "stamp": one.stamp,
        "status": "ready",
        "scanned_at": time,
    }
