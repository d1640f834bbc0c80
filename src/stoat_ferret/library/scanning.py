"""A scan: what lies in the media roots and what the library knows are made to agree.

The way through the folders runs ahead; files that are not known as they are now are looked into by processes
of their own, and what was found is stored every second, so that a scan that ends early has done its part.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused
from stoat_ferret.library import records
from stoat_ferret.library.places import folder_at
from stoat_ferret.library.walking import Candidate, ScanError, Walk
from stoat_ferret.media.files import same_time
from stoat_ferret.media.inspection import Inspected, Inspectors
from stoat_ferret.model.event import Context
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.tables import videos

__all__ = ["ScanError", "ScanProgress", "ScanReport", "scan"]

_AT_ONCE = 200
_SECONDS = 0.5
_AHEAD = 50_000
"""Files that the way through the folders may be ahead of the looks into them."""


@dataclass(kw_only=True, slots=True)
class ScanReport:
    """What a scan found; every candidate is counted once."""

    scanned: int = 0
    """Media files that were found, those with errors included."""
    new: int = 0
    """Not known before."""
    updated: int = 0
    """Known, and changed, touched or back again."""
    moved: int = 0
    """Known under a path where nothing is any more; they keep their ids, tags and notes."""
    unchanged: int = 0
    """As they were."""
    missing: int = 0
    """Known, and gone since the last scan; they are kept."""
    ignored: int = 0
    """Files that are no media."""
    errors: list[ScanError] = field(default_factory=list)
    """What could not be read, by path."""

    def to_json(self) -> dict[str, Any]:
        """The form that a job's result has."""
        return {
            "scanned": self.scanned,
            "new": self.new,
            "updated": self.updated,
            "moved": self.moved,
            "unchanged": self.unchanged,
            "missing": self.missing,
            "ignored": self.ignored,
            "errors": [error.to_json() for error in self.errors],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class ScanProgress:
    """How far a scan is."""

    scanned: int
    """Files that are done."""
    total: int
    """Files that were found so far; all of them once `complete`."""
    complete: bool
    """The way through the folders is at its end."""
    path: str
    """The last file that was looked into, relative to the folder that is scanned; empty: none yet."""

    @property
    def fraction(self) -> float:
        """0 to 1; 0 until it is known how much there is to do."""
        return self.scanned / self.total if self.complete and self.total else 0.0


OnProgress = Callable[[ScanProgress], None]


async def scan(
    path: str,
    recursive: bool,
    *,
    database: Database,
    settings: Settings,
    on_progress: OnProgress | None = None,
    by: Context | None = None,
    job_id: str | None = None,
) -> ScanReport:
    """Make the library agree with the folder at `path`, absolute or relative to a media root.

    Ends early when the task is cancelled: what was stored until then stays.
    Raises `RequestError` where the folder is none or outside of the roots, and what the database raises.
    """
    folder = await apart(lambda: folder_at(path, settings))
    one = _Scan(folder, recursive, database, settings, on_progress, by or Context(), job_id)
    return await one.run()


class _Scan:
    def __init__(
        self,
        folder: Path,
        recursive: bool,
        database: Database,
        settings: Settings,
        on_progress: OnProgress | None,
        by: Context,
        job_id: str | None,
    ) -> None:
        self.folder = folder
        self.recursive = recursive
        self.database = database
        self.on_progress = on_progress
        self.by = by
        self.job_id = job_id
        self.report = ScanReport()
        self.total = 0
        self.last_path = ""
        self.seen: set[int] = set()
        self.back: list[int] = []
        """Rows of files that were missing and lie in their place again, untouched."""
        self.lost: list[str] = []
        self.stir = asyncio.Event()
        """There is something to store, or room to go on."""
        loop = asyncio.get_running_loop()

        def notify() -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self.stir.set)

        self.inspectors = Inspectors(settings, notify)
        self.walk = Walk(folder, settings, recursive=recursive)
        self.room = asyncio.Event()

    async def run(self) -> ScanReport:
        newest = await self.database.write(self._start, by=self.by)
        finding = asyncio.create_task(self._find())
        finding.add_done_callback(lambda _: self.stir.set())
        try:
            await self._store_all(finding)
            gone = await self._vanished(newest)
        finally:
            finding.cancel()
            self.walk.stop()
            self.inspectors.close()
            await asyncio.gather(finding, return_exceptions=True)
        self.report.errors.sort(key=lambda error: error.path)
        await self.database.write(lambda change: self._finish(change, gone), by=self.by)
        self._say(complete=True)
        return self.report

    def _start(self, change: Change) -> int:
        change.tell("SCAN_STARTED", job_id=self.job_id, data={"path": str(self.folder)})
        newest: int = change.connection.execute(
            select(func.coalesce(func.max(videos.c.number), 0))
        ).scalar_one()
        return newest

    async def _find(self) -> None:
        """Go through the folders, and have looked into what is not known as it is."""
        while (batch := await apart(self.walk.next)) is not None:
            self.report.errors += batch.errors
            self.report.ignored += batch.ignored
            self.report.scanned += len(batch.candidates)
            self.lost += batch.lost
            self.total += len(batch.candidates)
            if batch.candidates:
                await self._compare(batch.candidates)
            while self.inspectors.pending > _AHEAD:
                self.room.clear()
                await self.room.wait()

    async def _compare(self, candidates: list[Candidate]) -> None:
        paths = [candidate.path for candidate in candidates]
        known = await self.database.read(lambda connection: records.by_path(connection, paths))
        for candidate in candidates:
            row = known.get(candidate.path)
            if row is None:
                self.inspectors.submit(candidate.path)
                continue
            self.seen.add(row.number)
            if row.stamp != candidate.stamp or row.status == "unreadable":
                # Another disk or copy changes a stamp, too; another time may be another content where
                # the name of the content does not look.
                same = row.status != "unreadable" and same_time(row.stamp, candidate.stamp)
                self.inspectors.submit(candidate.path, row.content if same else None)
            elif row.status == "missing":
                self.back.append(row.number)
            else:
                self.report.unchanged += 1

    async def _store_all(self, finding: asyncio.Task[None]) -> None:
        """Store what was found, as it comes, and tell how far it is."""
        found: list[Inspected] = []
        last = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stir.wait(), max(0.0, last + _SECONDS - time.monotonic()))
            self.stir.clear()
            found += self.inspectors.take()
            if finding.done():
                finding.result()
            if self.inspectors.pending <= _AHEAD:
                self.room.set()
            ended = finding.done() and not self.inspectors.pending
            if ended or len(found) >= _AT_ONCE or time.monotonic() >= last + _SECONDS:
                await self._store(found, complete=finding.done(), ended=ended)
                found = []
                last = time.monotonic()
            if ended:
                return

    async def _store(self, found: list[Inspected], *, complete: bool, ended: bool) -> None:
        self.report.errors += [_error(one) for one in found if isinstance(one.found, MediaRefused)]
        back, self.back = self.back, []
        if found:
            self.last_path = os.path.relpath(found[-1].path, self.folder)
        if found or back:
            free = await self._free([one for one in found if one.content and not one.same])
            await self.database.write(lambda change: self._keep(change, found, back, free), by=self.by)
        progress = self._say(complete=complete)
        if not ended:
            # The end has an event of its own.
            await self.database.write(lambda change: self._tell(change, progress), by=self.by)

    def _say(self, *, complete: bool) -> ScanProgress:
        done = max(0, self.total - self.inspectors.pending)
        progress = ScanProgress(scanned=done, total=self.total, complete=complete, path=self.last_path)
        if self.on_progress is not None:
            self.on_progress(progress)
        return progress

    def _tell(self, change: Change, progress: ScanProgress) -> None:
        data = {"scanned": progress.scanned, "total": progress.total, "path": progress.path}
        change.tell("SCAN_PROGRESS", job_id=self.job_id, data=data)

    async def _free(self, found: list[Inspected]) -> dict[int, str]:
        """Videos with one of these contents whose place is empty now: number and path."""
        contents = sorted({one.content for one in found})
        if not contents:
            return {}

        def having(connection: Connection) -> list[Any]:
            columns = (videos.c.number, videos.c.path)
            return list(connection.execute(select(*columns).where(videos.c.content.in_(contents))))

        rows = await self.database.read(having)
        return await apart(lambda: {row.number: row.path for row in rows if _gone(row.path)})

    def _keep(self, change: Change, found: list[Inspected], back: list[int], free: dict[int, str]) -> None:
        """Write what was found; what other changes did meanwhile counts."""
        known = records.by_path(change.connection, [one.path for one in found])
        homeless = self._homeless(change, free)
        new, changed, moved, refused = [], [], [], []
        for one in found:
            row = known.get(one.path)
            if isinstance(one.found, MediaRefused):
                if row is not None:
                    refused.append((row.number, one))
            elif row is not None:
                changed.append((row.number, one))
            elif one.same:
                # Its row was deleted meanwhile: the next scan takes it in anew.
                continue
            elif places := homeless.get(one.content):
                name = one.path.rpartition("/")[2]
                places.sort(key=lambda place: (place[1].rpartition("/")[2] != name, place[0]))
                moved.append((places.pop(0)[0], one))
            else:
                new.append(one)
        records.update_moved(change, moved)
        records.update_changed(change, changed)
        records.update_refused(change, refused)
        records.insert_new(change, new)
        _set_status(change, back, "ready")
        self.seen.update(number for number, _ in moved)
        self.report.new += len(new)
        self.report.moved += len(moved)
        self.report.updated += len(changed) + len(back)

    def _homeless(self, change: Change, free: dict[int, str]) -> dict[str, list[tuple[int, str]]]:
        """Of the videos that seemed to have lost their place those that still have: by content."""
        if not free:
            return {}
        columns = (videos.c.number, videos.c.path, videos.c.content)
        rows = change.connection.execute(select(*columns).where(videos.c.number.in_(list(free))))
        homeless: dict[str, list[tuple[int, str]]] = {}
        for row in rows:
            if free[row.number] == row.path:
                homeless.setdefault(row.content, []).append((row.number, row.path))
        return homeless

    async def _vanished(self, newest: int) -> list[int]:
        """Videos of the folder that are not in their places; `newest` was known before the scan."""
        gone: list[int] = []
        after = ""
        while True:
            read = functools.partial(self._expected, newest=newest, after=after)
            rows = await self.database.read(read)
            if not rows:
                return gone
            after = rows[-1].path
            unseen = [row for row in rows if row.number not in self.seen and self._in_reach(row.path)]
            if unseen:
                gone += await apart(functools.partial(_numbers_of_gone, unseen))

    def _expected(self, connection: Connection, newest: int, after: str) -> list[Any]:
        below = str(self.folder).rstrip("/")
        query = (
            select(videos.c.number, videos.c.path)
            .where(
                videos.c.path > max(after, below + "/"),
                videos.c.path < below + "0",  # the letter that follows the slash
                videos.c.number <= newest,
                videos.c.status != "missing",
            )
            .order_by(videos.c.path)
            .limit(5000)
        )
        return list(connection.execute(query))

    def _in_reach(self, path: str) -> bool:
        """The scan would have met the file."""
        inside = path[len(str(self.folder).rstrip("/")) + 1 :]
        if not self.recursive and "/" in inside:
            return False
        return not any(path.startswith(lost.rstrip("/") + "/") or path == lost for lost in self.lost)

    def _finish(self, change: Change, gone: list[int]) -> None:
        _set_status(change, gone, "missing")
        self.report.missing = len(gone)
        data = {"path": str(self.folder), **self.report.to_json()}
        data["errors"] = len(self.report.errors)
        change.tell("SCAN_COMPLETED", job_id=self.job_id, data=data)
        change.note("library.scanned", "library", None, data)


def _set_status(change: Change, numbers: Sequence[int], status: str) -> None:
    for start in range(0, len(numbers), 500):
        some = update(videos).where(videos.c.number.in_(numbers[start : start + 500]))
        change.connection.execute(some.values(status=status, scanned_at=change.time))


def _error(one: Inspected) -> ScanError:
    assert isinstance(one.found, MediaRefused)
    reason = one.found.naming(one.path, one.path.rpartition("/")[2]).reason
    return ScanError(path=one.path, code=reason.code, message=reason.message)


def _numbers_of_gone(rows: Sequence[Any]) -> list[int]:
    return [row.number for row in rows if _gone(row.path)]


def _gone(path: str) -> bool:
    """There is no file under this name; what cannot be looked at counts as there."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        return error.errno == errno.ELOOP
