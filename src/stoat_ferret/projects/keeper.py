"""Keeps the project folders in step with the database, in one thread, revision by revision."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from sqlalchemy import Connection, select

from stoat_ferret import compile as core
from stoat_ferret.errors import Problem, RequestError, StoatError
from stoat_ferret.model.event import Event
from stoat_ferret.projects.revisions import Revision, load, version
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, plain
from stoat_ferret.storage.folders import Folder, Version, folders
from stoat_ferret.storage.tables import audit_log, projects, revisions, videos

__all__ = ["Keeper"]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Task:
    """What is to be brought to a folder."""

    project_id: str
    deleted: str | None = None
    """Name of the folder of a project that was deleted."""
    named: int | None = None
    """A revision whose name changed."""


_RETRY_SECONDS = (0.5, 5.0)
"""Between tries of folders that could not be written: the first, and the longest."""

_GATHER_SECONDS = 0.5
"""Between two looks at what is to be written: under many changes one look serves several of them."""


class Keeper:
    """What is committed reaches the folders in order, now or, where this process dies, at the next start."""

    def __init__(
        self,
        root: Path,
        database: Database,
        recent: Callable[[str, int], Revision | None] = lambda project_id, number: None,
        roots: Sequence[Path] = (),
    ) -> None:
        """Keep the folders below `root`.

        `recent` has revisions at hand that need not be read again; relative sources count from `roots`.
        """
        self._recent = recent
        self._roots = roots
        self._root = root
        self._database = database
        self._folders: dict[str, Folder] = {}
        self._newest: dict[str, int] = {}
        self._mended: set[str] = set()
        """Projects whose folders were compared with the database since the start."""
        self._waiting: SimpleQueue[_Task | threading.Event | None] = SimpleQueue()
        self._behind: dict[_Task, str] = {}
        self._at_work = threading.Lock()
        self._hurry = threading.Event()
        """Somebody waits for what is to be written."""
        self._thread = threading.Thread(target=self._work, name="project-folders", daemon=True)

    @property
    def trouble(self) -> str | None:
        """Why folders are behind the database; none: they are not."""
        return next(iter(self._behind.copy().values()), None)

    def require_known(self) -> None:
        """Refuse to work beside folders whose projects the database lacks: they would be written over.

        Raises `RequestError`.
        """
        strangers = self._database.read_now(functools.partial(_strangers, root=self._root))
        if strangers:
            raise RequestError(
                problems=tuple(
                    Problem(
                        code="server.unknown_projects",
                        path="STOAT_DATA_DIR",
                        message=f"The database lacks the project of the folder {name!r}.",
                        hint="Run `stoat recover`, which brings it back, or move the folder.",
                    )
                    for name in strangers
                )
            )

    def start(self) -> None:
        """Follow the database from now on, and mend what an earlier process left behind."""
        self._root.mkdir(parents=True, exist_ok=True)
        self._database.listen(self._hear)
        for project_id in self._database.read_now(_all):
            self._waiting.put(_Task(project_id=project_id))
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, and end."""
        if self._thread.is_alive():
            self._hurry.set()
            self._waiting.put(None)
            self._thread.join()

    def settle(self) -> None:
        """Wait until all that is committed now is written; returns at once where the thread has ended."""
        done = threading.Event()
        self._hurry.set()
        self._waiting.put(done)
        while self._thread.is_alive() and not done.wait(0.1):
            pass

    def _hear(self, events: list[Event]) -> None:
        for event in events:
            if event.project_id is None:
                continue
            if event.type in ("PROJECT_CREATED", "PROJECT_CHANGED"):
                named = event.revision if event.data.get("kind") == "label" else None
                self._waiting.put(_Task(project_id=event.project_id, named=named))
            elif event.type == "PROJECT_DELETED":
                # At once, before anybody hears of it: the next project of this name gets a folder of its own.
                self._do(_Task(project_id=event.project_id, deleted=str(event.data.get("slug"))))

    def _work(self) -> None:
        pause = _RETRY_SECONDS[0]
        looked = -_GATHER_SECONDS
        while True:
            try:
                first = self._waiting.get(timeout=pause if self._behind else None)
            except Empty:
                # The database holds the truth: what a disk refused is written when it takes it again.
                pause = min(_RETRY_SECONDS[1], pause * 2)
                self._try_again()
                continue
            # The first of many changes is written at once, and the others together.
            self._hurry.wait(max(0.0, looked + _GATHER_SECONDS - time.monotonic()))
            self._hurry.clear()
            looked = time.monotonic()
            if self._do_all([first, *self._come()]):
                return
            pause = pause if self._behind else _RETRY_SECONDS[0]

    def _come(self) -> Iterator[_Task | threading.Event | None]:
        """What came meanwhile."""
        with contextlib.suppress(Empty):
            while True:
                yield self._waiting.get_nowait()

    def _do_all(self, tasks: Iterable[_Task | threading.Event | None]) -> bool:
        """Do what is to be done, and what comes twice once; whether that was the end."""
        done: set[_Task] = set()
        for task in tasks:
            if task is None:
                self._try_again()
                return True
            if isinstance(task, threading.Event):
                task.set()
            elif task not in done:
                self._do(task)
                done.add(task)
        return False

    def _try_again(self) -> None:
        for late in list(self._behind):
            self._do(late)

    def _do(self, task: _Task) -> None:
        with self._at_work:
            aside = self._done(task)
        if aside is not None:
            # Not before: a writer of the database may wait for the work to be done.
            self._tell_of(task.project_id, aside)

    def _done(self, task: _Task) -> Path | None:
        """Do it, or note why not; somebody else's project file that had to be set aside."""
        project_id = task.project_id
        aside = None
        try:
            if task.deleted is not None:
                self._put_away(project_id, task.deleted)
            else:
                aside = self._bring_up(project_id, task.named)
        except (OSError, StoatError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            if self._behind.get(task) != reason:
                _log.warning("project_folder_behind", project_id=project_id, reason=reason)
            self._behind[task] = reason
            self._newest.pop(project_id, None)
        except Exception:
            # One project's folder must not keep those of the others from being written.
            _log.exception("project_folder_failed", project_id=project_id)
            self._behind[task] = "see the log"
            self._newest.pop(project_id, None)
        else:
            if self._behind.pop(task, None) is not None:
                _log.info("project_folder_caught_up", project_id=project_id)
        return aside

    def _put_away(self, project_id: str, slug: str) -> None:
        folder = self._folders.pop(project_id, None) or Folder(self._root / slug)
        self._newest.pop(project_id, None)
        self._mended.discard(project_id)
        folder.put_away()

    def _bring_up(self, project_id: str, named: int | None = None) -> Path | None:
        found = self._database.read_now(lambda connection: _project(connection, project_id))
        if found is None:
            return None
        slug, head = found
        first = project_id not in self._mended
        folder = self._folders.setdefault(project_id, Folder(self._root / slug))
        if first:
            known = self._database.read_now(lambda connection: _revisions(connection, project_id))
            self._write(folder, project_id, folder.incomplete(known))
        elif named is not None:
            folder.note(self._database.read_now(lambda connection: version(connection, project_id, named)))
        newest = self._newest.get(project_id)
        if newest is None:
            newest = folder.newest()
        if newest >= head and not first:
            return None
        self._write(folder, project_id, range(newest + 1, head + 1))
        document, assets = self._database.read_now(
            lambda connection: self._shown(connection, project_id, head)
        )
        aside = (folder.mend if first else folder.show)(document, assets)
        self._newest[project_id] = head
        self._mended.add(project_id)
        return aside

    def _write(self, folder: Folder, project_id: str, numbers: Iterable[int]) -> None:
        for number in numbers:
            read = functools.partial(self._kept, project_id=project_id, number=number)
            entry, data = self._database.read_now(read)
            folder.write(entry, data)
            self._newest[project_id] = max(number, self._newest.get(project_id, 0))

    def _kept(self, connection: Connection, *, project_id: str, number: int) -> tuple[Version, bytes]:
        return version(connection, project_id, number), self._revision(connection, project_id, number).data

    def _shown(
        self, connection: Connection, project_id: str, number: int
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        document = self._revision(connection, project_id, number).document
        own = self._folders.get(project_id)
        places = self._roots if own is None else [own.path, *self._roots]
        return document, _assets(connection, document, places)

    def _revision(self, connection: Connection, project_id: str, number: int) -> Revision:
        return self._recent(project_id, number) or load(connection, project_id, number)

    def _tell_of(self, project_id: str, aside: Path) -> None:
        """Somebody else's project file was set aside: that is worth an entry and a warning."""
        _log.warning("project_file_set_aside", project_id=project_id, file=aside.name)
        details = {"set_aside": aside.name}

        def work(change: Change) -> None:
            change.note("project.file_set_aside", "project", project_id, details)

        try:
            self._database.write_now(work)
        except StoatError as error:
            _log.warning("project_file_not_noted", project_id=project_id, reason=str(error))


def _strangers(connection: Connection, *, root: Path) -> list[str]:
    """Names of folders whose projects are not in the database, and were not deleted from it."""
    found = []
    known = set(connection.execute(select(projects.c.slug)).scalars())
    for folder in folders(root):
        if folder.path.name in known:
            continue
        project_id = next((version.project_id for version in folder.log().values()), None)
        if project_id is None or _project(connection, project_id) is not None:
            continue
        deleted = select(audit_log.c.id).where(
            audit_log.c.resource_id == project_id, audit_log.c.event_type == "project.deleted"
        )
        if connection.execute(deleted.limit(1)).scalar() is None:
            found.append(folder.path.name)
        else:
            # Its process died between the two.
            folder.put_away()
    return found


def _all(connection: Connection) -> list[str]:
    return list(connection.execute(select(projects.c.id)).scalars())


def _project(connection: Connection, project_id: str) -> tuple[str, int] | None:
    row = connection.execute(
        select(projects.c.slug, projects.c.head).where(projects.c.id == project_id)
    ).one_or_none()
    return None if row is None else (row.slug, row.head)


def _revisions(connection: Connection, project_id: str) -> dict[int, tuple[str, str | None]]:
    """Checksum and name of every revision."""
    table = revisions
    rows = connection.execute(
        select(table.c.revision, table.c.sha256, table.c.label)
        .where(table.c.project_id == project_id)
        .order_by(table.c.revision)
    )
    return {row.revision: (row.sha256, row.label) for row in rows}


_AT_ONCE = 5_000
"""Names that one statement asks for."""
_ASSET = ("id", "path", "filename", "kind", "file_size", "content", "tags", "notes", "created_at")


def _assets(connection: Connection, document: Any, places: Sequence[Path]) -> dict[str, Any]:
    """The media of a document, as far as the library knows them: enough to find each file again.

    `places` are the folders that relative sources count from.
    """
    used: dict[str, list[str]] = {}
    for track in document.get("tracks", ()):
        for clip in track.get("clips", ()):
            if isinstance(clip["source"], str):
                used.setdefault(clip["source"], []).append(clip["id"])
    known = _known(connection, used, places) if used else {}
    assets = []
    for source, users in used.items():
        row = next((known[name] for name in (source, *_paths(source, places)) if name in known), None)
        assets.append({"source": source, "clips": users, "video": row})
    for path, effects in _luts(document).items():
        assets.append({"source": path, "effects": effects, "video": None})
    return {"schema": "stoat.assets/1", "project_id": document["id"], "assets": assets}


def _luts(document: Any) -> dict[str, list[str]]:
    """The colour tables of a document with the ids of the effects that use them."""
    clips = [clip for track in document.get("tracks", ()) for clip in track.get("clips", ())]
    lists = [holder.get("effects", ()) for holder in (*clips, *document.get("tracks", ()))]
    used: dict[str, list[str]] = {}
    for effects in (*lists, document.get("global_effects", ())):
        for effect in effects:
            for _, path in core.files_of_effect(effect):
                used.setdefault(path, []).append(effect["id"])
    return used


def _known(
    connection: Connection, sources: Iterable[str], places: Sequence[Path]
) -> dict[str, dict[str, Any]]:
    """The videos that the sources may stand for, by their ids and by their paths."""
    found: dict[str, dict[str, Any]] = {}
    columns = [videos.c[name] for name in _ASSET]
    wanted = [name for source in sources for name in (source, *_paths(source, places))]
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        asked = select(*columns).where(videos.c.id.in_(some) | videos.c.path.in_(some))
        for row in connection.execute(asked):
            video = plain(row)
            found |= {video["id"]: video, video["path"]: video}
    return found


def _paths(source: str, places: Sequence[Path]) -> list[str]:
    """Where a source may lie; an absolute path stays itself wherever it is looked for."""
    return [os.path.normpath(place / source) for place in [Path("/"), *places]]
