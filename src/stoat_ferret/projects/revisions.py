"""Revisions in the database: read, added, and the index of clips that goes with the newest."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from stoat_ferret import compile as core
from stoat_ferret.edit import Change as Difference
from stoat_ferret.edit import Changes
from stoat_ferret.errors import Conflict, DatabaseCorrupt, NotFound, Problem
from stoat_ferret.model.document import canonical, checksum
from stoat_ferret.model.times import to_flicks
from stoat_ferret.projects.checking import sources
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import plain
from stoat_ferret.storage.folders import Version
from stoat_ferret.storage.tables import clips, projects, revisions, videos

__all__ = ["Revision", "add", "entry", "find", "head", "load", "no_project", "of_actor", "version"]

# Level 1 makes a tenth of a large document in a few milliseconds; more would cost every edit.
_DEFLATE = 1

_ENTRY = [column for column in revisions.c if column.name != "document"]


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A project as it is, or was, at one revision."""

    project_id: str
    slug: str
    """Name of its folder."""
    revision: int
    document: Mapping[str, Any]
    """Settled; never changed in place."""
    data: bytes
    """The document's canonical JSON."""
    created_at: str
    """Of the project."""

    @property
    def name(self) -> str:
        """What people call the project."""
        return str(self.document.get("name") or "")

    @cached_property
    def sources(self) -> frozenset[str]:
        """The names of its sources."""
        return sources(self.document)


def load(connection: Connection, project_id: str, revision: int | None = None) -> Revision:
    """A revision, the newest by default; raises `NotFound`, or `DatabaseCorrupt` when it is damaged."""
    project = find(connection, project_id)
    number = project.head if revision is None else revision
    row = connection.execute(
        select(revisions.c.document, revisions.c.sha256).where(
            revisions.c.project_id == project_id, revisions.c.revision == number
        )
    ).one_or_none()
    if row is None:
        raise no_revision(number, project.head)
    try:
        data = zlib.decompress(row.document)
    except zlib.error as error:
        raise DatabaseCorrupt from error
    if checksum(data) != row.sha256:
        raise DatabaseCorrupt
    return Revision(
        project_id=project_id,
        slug=project.slug,
        revision=number,
        document=orjson.loads(data),
        data=data,
        created_at=project.created_at,
    )


# Made once: to build a statement takes longer than to run it.
_MOVE = (
    update(projects)
    .where(projects.c.id == bindparam("of"), projects.c.head == bindparam("before"))
    .values(head=bindparam("head"), name=bindparam("name"), modified_at=bindparam("modified_at"))
)
_ADD = insert(revisions)
_HEAD = select(projects.c.head).where(projects.c.id == bindparam("project_id"))


def head(connection: Connection, project_id: str) -> int:
    """The number of the newest revision; raises `NotFound`."""
    number: int | None = connection.execute(_HEAD, {"project_id": project_id}).scalar()
    if number is None:
        raise no_project(project_id)
    return number


def find(connection: Connection, project_id: str) -> Any:
    """The project's row; raises `NotFound`."""
    row = connection.execute(select(projects).where(projects.c.id == project_id)).one_or_none()
    if row is None:
        raise no_project(project_id)
    return row


def no_project(project_id: str) -> NotFound:
    """There is no such project."""
    return NotFound.named(
        "project", project_id, path="/project_id", hint="GET /api/v1/projects lists the projects."
    )


def no_revision(number: int, head: int) -> NotFound:
    """The project never had such a revision."""
    return NotFound.named(
        "revision", str(number), path="/revision", hint=f"The project has revisions 1 to {head}."
    )


def entry(connection: Connection, project_id: str, number: int) -> dict[str, Any]:
    """What is known of a revision, its document aside; raises `NotFound`."""
    row = connection.execute(
        select(*_ENTRY).where(revisions.c.project_id == project_id, revisions.c.revision == number)
    ).one_or_none()
    if row is None:
        raise no_revision(number, find(connection, project_id).head)
    return plain(row)


def version(connection: Connection, project_id: str, number: int) -> Version:
    """A revision as the project's folder keeps it."""
    return Version(**entry(connection, project_id, number))


def of_actor(connection: Connection, project_id: str, actor: str | None) -> Iterator[Any]:
    """Revisions of an actor (none: of all), newest first: revision, kind, of_revision, actor."""
    query = select(revisions.c.revision, revisions.c.kind, revisions.c.of_revision, revisions.c.actor).where(
        revisions.c.project_id == project_id
    )
    if actor is not None:
        query = query.where(revisions.c.actor == actor)
    yield from connection.execute(query.order_by(revisions.c.revision.desc()))


def add(
    change: Change,
    before: Revision | None,
    after: Revision,
    *,
    kind: str,
    edits: Sequence[Mapping[str, Any]],
    spans: Sequence[Mapping[str, Any]],
    intent: str | None = None,
    of_revision: int | None = None,
    difference: Changes | None = None,
) -> None:
    """Write a new revision, the project's head with it; raises `Conflict` when the head has moved on.

    `difference` is what is different since `before`, where that is known.
    """
    connection = change.connection
    if before is None:
        connection.execute(
            insert(projects).values(
                id=after.project_id,
                slug=after.slug,
                name=after.name,
                head=after.revision,
                created_at=after.created_at,
                modified_at=change.time,
            )
        )
    else:
        moved = connection.execute(
            _MOVE,
            {
                "of": before.project_id,
                "before": before.revision,
                "head": after.revision,
                "name": after.name,
                "modified_at": change.time,
            },
        )
        if moved.rowcount != 1:
            find(connection, before.project_id)
            raise _moved_on()
    connection.execute(
        _ADD,
        {
            "project_id": after.project_id,
            "revision": after.revision,
            "parent": before.revision if before else None,
            "kind": kind,
            "of_revision": of_revision,
            "actor": change.by.actor,
            "intent": intent,
            "edits": list(edits),
            "spans": list(spans),
            "document": zlib.compress(after.data, _DEFLATE),
            "sha256": checksum(after.data),
            "correlation_id": change.by.correlation_id,
            "created_at": change.time,
        },
    )
    index_clips(change, before.document if before else None, after, difference)


def index_clips(
    change: Change,
    before: Mapping[str, Any] | None,
    after: Revision,
    difference: Changes | None = None,
    *,
    unknown_videos: bool = False,
) -> None:
    """Bring the index of clips to the new revision.

    Raises `Conflict` for a video that the library does not have, unless `unknown_videos` may be named.
    """
    touched = None if difference is None else _touched(difference)
    old = dict(_rows(before, touched)) if before else {}
    new = dict(_rows(after.document, touched))
    connection = change.connection
    mine = clips.c.project_id == after.project_id
    # A clip that changed is written anew, with its first time of creation.
    altered = [name for name, row in new.items() if old.get(name) is not row and old.get(name) != row]
    gone = [name for name in old if name not in new]
    known = _created(connection, mine, [name for name in altered if name in old])
    for names in _chunks([*gone, *known]):
        connection.execute(delete(clips).where(mine, clips.c.id.in_(names)))
    if altered:
        rows = [
            {
                "project_id": after.project_id,
                **new[name],
                "created_at": known.get(name, change.time),
                "updated_at": change.time,
            }
            for name in altered
        ]
        missing = _unknown_videos(connection, {row["source_video_id"] for row in rows} - {None})
        if missing and not unknown_videos:
            raise _no_videos(missing)
        for row in rows:
            if row["source_video_id"] in missing:
                row["source_video_id"] = None
        connection.execute(insert(clips), rows)


def make(
    before: Revision,
    document: Mapping[str, Any],
    data: bytes | None = None,
    difference: Changes | None = None,
) -> Revision:
    """The revision after `before`, with this document.

    `data` is its canonical JSON, and `difference` what is different in it, where these are at hand.
    """
    after = Revision(
        project_id=before.project_id,
        slug=before.slug,
        revision=before.revision + 1,
        document=document,
        data=canonical(document) if data is None else data,
        created_at=before.created_at,
    )
    if difference is not None and not any(map(_is_of_sources, difference.elements.values())):
        # To gather them takes as long as a small edit.
        vars(after)["sources"] = before.sources
    return after


def _is_of_sources(change: Difference) -> bool:
    """Whether a project may have other sources after a change of an element."""
    if change.kind == "effect":
        names = {name for of_kind in core.file_params().values() for name in of_kind}
        params = change.fields.get("params", ())
        return any(isinstance(value, Mapping) and not names.isdisjoint(value) for value in params)
    return change.kind in ("clip", "track") and (change.change != "changed" or "source" in change.fields)


def _touched(difference: Changes) -> set[str]:
    """Ids of the clips that may be others now; those of their owners are there, too, and do no harm."""
    owners = {change.of for change in difference.elements.values() if change.kind == "effect" and change.of}
    return {*difference.elements, *owners, *difference.order}


def _rows(
    document: Mapping[str, Any], only: Collection[str] | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    for track in document.get("tracks") or ():
        for clip in track.get("clips") or ():
            if only is not None and clip["id"] not in only:
                continue
            source = clip["source"]
            name = source if isinstance(source, str) else None
            yield (
                clip["id"],
                {
                    "id": clip["id"],
                    "track_id": track["id"],
                    "source": name,
                    "source_video_id": name if name and name.startswith("vid_") else None,
                    "in_point": to_flicks(clip["in_point"]),
                    "out_point": to_flicks(clip["out_point"]),
                    "timeline_position": to_flicks(clip["timeline_start"]),
                    "effects_json": [
                        {"effect_type": effect["type"], "parameters": effect.get("params") or {}}
                        for effect in clip.get("effects") or ()
                    ],
                },
            )


def _created(connection: Connection, mine: Any, names: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chunk in _chunks(names):
        rows = connection.execute(select(clips.c.id, clips.c.created_at).where(mine, clips.c.id.in_(chunk)))
        found.update((row.id, row.created_at) for row in rows)
    return found


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    # SQLite takes a limited number of values in one statement.
    for start in range(0, len(names), 500):
        yield names[start : start + 500]


def _unknown_videos(connection: Connection, names: set[str]) -> set[str]:
    """Those of the ids that the library does not have."""
    found: set[str] = set()
    for chunk in _chunks(sorted(names)):
        found.update(connection.execute(select(videos.c.id).where(videos.c.id.in_(chunk))).scalars())
    return names - found


def _no_videos(names: set[str]) -> Conflict:
    return Conflict(
        problems=tuple(
            Problem(
                code="media.unknown_video",
                path="",
                message=f"The library has no video {name}.",
                hint="GET /api/v1/videos lists the videos; scan its folder first.",
            )
            for name in sorted(names)
        )
    )


def _moved_on() -> Conflict:
    return Conflict.because(
        "edit.conflict",
        "The project was changed at the same moment.",
        hint="Read it again, and send the edits once more.",
        path="/base_revision",
    )
