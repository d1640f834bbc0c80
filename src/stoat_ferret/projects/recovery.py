"""Building the database anew from the project folders."""

from __future__ import annotations

import functools
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, text

from stoat_ferret.config import Settings
from stoat_ferret.errors import DatabaseError, RequestError
from stoat_ferret.model.document import canonical
from stoat_ferret.model.event import now
from stoat_ferret.projects import revisions
from stoat_ferret.projects.revisions import Revision
from stoat_ferret.storage import tables
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, address, sqlite_url
from stoat_ferret.storage.folders import Folder, Version, folders

__all__ = ["Recovered", "recover"]

_ENDINGS = ("", "-wal", "-shm")


@dataclass(kw_only=True)
class Recovered:
    """What was brought back, and what could not be."""

    database: str = "sound"
    """`sound`: it was kept; `rebuilt`."""
    set_aside: list[str] = field(default_factory=list)
    """Where the damaged files lie now."""
    projects: int = 0
    revisions: int = 0
    videos: int = 0
    """Media that the projects use; a scan finds the others."""
    lost: list[str] = field(default_factory=list)
    """Revisions and folders that could not be read, in words."""

    def to_json(self) -> dict[str, Any]:
        """The form in which the command line shows it."""
        return dict(vars(self))


def recover(settings: Settings, *, force: bool = False) -> Recovered:
    """Rebuild a lost or damaged database from the project folders; a sound one only with `force`.

    A sound one gets the projects that it does not have.

    Nothing is deleted: the old files are renamed. Blocks; no server may run on the same data.
    Raises `RequestError` when the database is not a SQLite file, or still in use.
    """
    if settings.database_url is not None and not settings.database_url.get_secret_value().startswith(
        "sqlite"
    ):
        raise RequestError.because(
            "recover.refused",
            "Only a SQLite database is rebuilt.",
            hint="Restore the backup of your database server.",
        )
    path = _path(settings)
    done = Recovered()
    if force or not path.exists() or not _is_sound(path):
        done.database = "rebuilt"
        done.set_aside = _set_aside(path)
    database = Database(sqlite_url(path))
    try:
        database.open()
        for folder in folders(settings.projects_dir):
            try:
                database.write_now(functools.partial(_bring_back, folder=folder, done=done))
            except RequestError as error:
                # What is wrong with one project must not keep the others from coming back.
                done.lost.append(f"{folder.path.name}: {error.message}")
        if done.database == "rebuilt" or done.projects:
            database.write_now(
                lambda change: change.note("database.rebuilt", "database", None, done.to_json())
            )
    finally:
        database.close()
    return done


def _path(settings: Settings) -> Path:
    found = Database(address(settings)).path
    assert found is not None
    return found


def _is_sound(path: Path) -> bool:
    """Whether every page of the database can be read and fits the others."""
    database = Database(sqlite_url(path))
    try:
        database.open()
        found = database.read_now(
            lambda connection: connection.execute(text("PRAGMA integrity_check")).scalars().all()
        )
    except DatabaseError:
        return False
    finally:
        database.close()
    return list(found) == ["ok"]


def _set_aside(path: Path) -> list[str]:
    stamp = "".join(letter for letter in now() if letter.isalnum())
    moved = []
    for ending in _ENDINGS:
        old = path.with_name(path.name + ending)
        if old.exists():
            new = path.with_name(f"{path.name}.set-aside-{stamp}{ending}")
            os.rename(old, new)
            moved.append(str(new))
    return moved


def _bring_back(change: Change, folder: Folder, done: Recovered) -> None:
    log = folder.log()
    whole: list[tuple[Version, dict[str, Any]]] = []
    for number, version in sorted(log.items()):
        document = folder.document(version)
        if document is None:
            done.lost.append(f"{folder.path.name}: revision {number} is gone or damaged")
        else:
            whole.append((version, document))
    if not whole:
        done.lost.append(f"{folder.path.name}: no revision of it can be read")
        return
    newest, document = whole[-1]
    known = change.connection.execute(
        select(tables.projects.c.id).where(tables.projects.c.id == newest.project_id)
    ).scalar()
    if done.database == "sound" and (known is not None or _was_deleted(change, newest.project_id)):
        return
    if known is not None:
        done.lost.append(f"{folder.path.name}: its project was brought back from another folder already")
        return
    _bring_back_media(change, folder, done)
    change.connection.execute(
        insert(tables.projects).values(
            id=newest.project_id,
            slug=folder.path.name,
            name=str(document.get("name") or ""),
            head=newest.revision,
            created_at=str(document.get("created_at") or newest.created_at),
            modified_at=newest.created_at,
        )
    )
    for version, found in whole:
        _insert(change, version, found)
    current = Revision(
        project_id=newest.project_id,
        slug=folder.path.name,
        revision=newest.revision,
        document=document,
        data=canonical(document),
        created_at=newest.created_at,
    )
    revisions.index_clips(change, None, current, unknown_videos=True)
    done.projects += 1
    done.revisions += len(whole)


def _was_deleted(change: Change, project_id: str) -> bool:
    table = tables.audit_log
    entry = select(table.c.id).where(
        table.c.resource_id == project_id, table.c.event_type == "project.deleted"
    )
    return change.connection.execute(entry.limit(1)).scalar() is not None


def _insert(change: Change, version: Version, document: Mapping[str, Any]) -> None:
    values = dict(vars(version))
    packed = zlib.compress(canonical(document), 1)
    change.connection.execute(insert(tables.revisions).values({**values, "document": packed}))


def _bring_back_media(change: Change, folder: Folder, done: Recovered) -> None:
    """The videos that the project names by id, under their old ids; the next scan fills in the rest."""
    for asset in folder.assets():
        video = asset.get("video")
        if not isinstance(video, dict) or "id" not in video or "path" not in video:
            continue
        table = tables.videos
        taken = change.connection.execute(
            select(table.c.id).where((table.c.id == video["id"]) | (table.c.path == video["path"]))
        ).first()
        if taken is not None:
            continue
        fields = {name: value for name, value in video.items() if name in table.c}
        row = {
            "status": "ready" if Path(video["path"]).is_file() else "missing",
            "metadata": {},
            "stamp": "",
            "scanned_at": change.time,
            **fields,
        }
        change.connection.execute(insert(table).values(row))
        done.videos += 1
