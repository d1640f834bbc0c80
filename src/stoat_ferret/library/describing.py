"""What people say of a file: tags and notes; where it lies now; and that the library may forget it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from stoat_ferret.errors import Conflict
from stoat_ferret.library import finding, records
from stoat_ferret.media.inspection import Inspected
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.tables import clips, projects, video_tags, videos

__all__ = ["describe", "forget", "relink", "take_in", "users"]


def describe(change: Change, video_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Write tags and notes; the video as it is then. Raises `RequestError` where there is none."""
    finding.get(change.connection, video_id)
    values: dict[str, Any] = {}
    if fields.get("notes") is not None:
        values["notes"] = fields["notes"]
    if fields.get("tags") is not None:
        values["tags"] = list(dict.fromkeys(fields["tags"]))
        _retag(change.connection, video_id, values["tags"])
    if values:
        change.connection.execute(update(videos).where(videos.c.id == video_id).values(values))
        change.note("video.described", "video", video_id, {"fields": sorted(values)})
    return finding.get(change.connection, video_id)


def forget(change: Change, video_id: str, roots: Sequence[Path]) -> None:
    """Take a video out of the library; its file stays. `roots` are the media roots.

    Raises `RequestError` where there is none, `Conflict` while a project uses it.
    """
    video = finding.get(change.connection, video_id)
    used = users(change.connection, video_id, video["path"], roots)
    if used:
        names = ", ".join(repr(name) for _, name in used[:10])
        raise Conflict.because(
            "video.in_use",
            f"{video['filename']} is used by {names}.",
            hint="Remove its clips from these projects first.",
            path="/video_id",
            allowed=tuple(project_id for project_id, _ in used),
        )
    change.connection.execute(delete(videos).where(videos.c.id == video_id))
    change.note("video.deleted", "video", video_id, {"filename": video["filename"]})


def users(connection: Connection, video_id: str, path: str, roots: Sequence[Path]) -> list[tuple[str, str]]:
    """Ids and names of the projects that use a video, by its id or by its path, also within a root."""
    paths = [path, *(str(Path(path).relative_to(root)) for root in roots if Path(path).is_relative_to(root))]
    query = (
        select(projects.c.id, projects.c.name)
        .join(clips, clips.c.project_id == projects.c.id)
        .where(or_(clips.c.source_video_id == video_id, clips.c.source.in_(paths)))
        .distinct()
        .order_by(projects.c.name, projects.c.id)
    )
    return [(row.id, row.name) for row in connection.execute(query)]


def take_in(change: Change, found: Inspected) -> str:
    """The id of the video that a file is from now on: of one that is missing, or of a new one.

    One is meant that had the file's path, else one that had its content.
    """
    connection = change.connection
    number = connection.execute(select(videos.c.number).where(videos.c.path == found.path)).scalar()
    if number is None:
        lost = select(videos.c.number).where(videos.c.content == found.content, videos.c.status == "missing")
        number = connection.execute(lost.order_by(videos.c.number).limit(1)).scalar()
    if number is None:
        video_id = records.insert_new(change, [found])[0]
    else:
        records.update_moved(change, [(number, found)])
        video_id = connection.execute(select(videos.c.id).where(videos.c.number == number)).scalar_one()
    change.note("video.uploaded", "video", video_id, {"filename": Path(found.path).name})
    return video_id


def relink(change: Change, video_id: str, found: Inspected) -> dict[str, Any]:
    """Say where the file of a video lies now; the video as it is then.

    Raises `Conflict` when another video lies there, or when the file holds something else.
    """
    row = change.connection.execute(
        select(videos.c.number, videos.c.content, videos.c.path).where(videos.c.id == video_id)
    ).one_or_none()
    if row is None:
        raise finding.unknown(video_id)
    _require_free_path(change.connection, found.path, video_id)
    if row.content != found.content:
        raise Conflict.because(
            "video.other_content",
            f"{Path(found.path).name} holds something else than the file that was scanned.",
            hint="Scan its folder: it becomes a video of its own, and update_clip puts it in place.",
            path="/path",
        )
    records.update_moved(change, [(row.number, found)])
    change.note("video.relinked", "video", video_id, {"filename": Path(found.path).name})
    return finding.get(change.connection, video_id)


def _require_free_path(connection: Connection, path: str, video_id: str | None = None) -> None:
    """Raise `Conflict` when another video lies at the path."""
    other = connection.execute(select(videos.c.id).where(videos.c.path == path)).scalar()
    if other is not None and other != video_id:
        raise Conflict.because(
            "video.path_taken",
            f"{Path(path).name} is the file of another video.",
            hint=f"That is {other}.",
            path="/path",
            allowed=(other,),
        )


def _retag(connection: Connection, video_id: str, tags: Sequence[str]) -> None:
    number = connection.execute(select(videos.c.number).where(videos.c.id == video_id)).scalar_one()
    connection.execute(delete(video_tags).where(video_tags.c.number == number))
    if tags:
        connection.execute(insert(video_tags), [{"tag": tag, "number": number} for tag in tags])
