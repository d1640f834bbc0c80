"""The library as one object: what every door calls."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import Conflict, MediaRefused, NotFound, StoatError
from stoat_ferret.library import bringing, browsing, describing, finding, scanning
from stoat_ferret.library.places import file_at, folder_at
from stoat_ferret.library.scanning import OnProgress, ScanReport
from stoat_ferret.library.viewing import Viewing
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.files import content_name, open_source, stamp
from stoat_ferret.media.inspection import Inspected, inspect, thumbnail_path
from stoat_ferret.media.reader import Reader
from stoat_ferret.model.event import Context
from stoat_ferret.storage import idempotency
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.idempotency import Answer

__all__ = ["Library"]


class Library:
    """The videos, sounds and pictures of the media roots."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Work on a database that is open."""
        self.database = database
        self.settings = settings
        self.viewing = Viewing(database, settings)

    def close(self) -> None:
        """End the processes that look into files; blocks for a moment."""
        self.viewing.close()

    def start(self) -> None:
        """Clear away what a crash left; blocks."""
        bringing.sweep(self.settings)

    async def scan(
        self,
        path: str,
        recursive: bool = True,
        *,
        on_progress: OnProgress | None = None,
        by: Context | None = None,
        job_id: str | None = None,
    ) -> ScanReport:
        """`scanning.scan` of this library."""
        return await scanning.scan(
            path,
            recursive,
            database=self.database,
            settings=self.settings,
            on_progress=on_progress,
            by=by,
            job_id=job_id,
        )

    def folder(self, path: str) -> Path:
        """The folder in a media root that a path means; raises `RequestError`. Blocks."""
        return folder_at(path, self.settings)

    async def page(
        self,
        *,
        q: str | None = None,
        sort: str | None = None,
        status: str | None = None,
        tags: Sequence[str] = (),
        limit: int = 50,
        offset: int = 0,
    ) -> dict[str, Any]:
        """A part of the library, searched and sorted; raises `RequestError`."""
        read = functools.partial(
            finding.page, q=q, sort=sort, status=status, tags=tags, limit=limit, offset=offset
        )
        return await self.database.read(read)

    async def get(self, video_id: str) -> dict[str, Any]:
        """One video; raises `RequestError`."""
        return await self.database.read(functools.partial(finding.get, video_id=video_id))

    async def resolve(self, ids: Iterable[str]) -> Mapping[str, Path]:
        """The files of these ids; those that are not known are left out."""
        names = list(ids)
        if not names:
            return {}
        return await self.database.read(lambda connection: finding.resolve(connection, names))

    def resolve_in(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, Path]:
        """The same for who reads the database already."""
        names = list(ids)
        return finding.resolve(connection, names) if names else {}

    async def facts(self, ids: Iterable[str]) -> Mapping[str, tuple[MediaFacts, str]]:
        """What the last looks into the files of these ids found, and the stamps that they had then."""
        names = list(ids)
        return await self.database.read(lambda connection: finding.facts(connection, names))

    async def change(self, video_id: str, fields: Mapping[str, Any], *, by: Context) -> Answer:
        """Tags, notes, and with `path` where the file lies now; raises `RequestError` or `Conflict`."""
        path = fields.get("path")
        found = None if path is None else await apart(lambda: self._looked_into(path))

        def work(change: Change) -> Answer:
            if found is not None:
                describing.relink(change, video_id, found)
            return Answer(body=describing.describe(change, video_id, fields))

        return await self.database.once(work, by=by)

    async def delete(self, video_id: str, *, by: Context) -> Answer:
        """Forget a video; its file stays. Raises `RequestError`, or `Conflict` while a project uses it."""

        def work(change: Change) -> Answer:
            describing.forget(change, video_id, self.settings.media_roots)
            return Answer(status=204, body=None)

        return await self.database.once(work, by=by)

    async def upload(self, filename: str, chunks: AsyncIterator[bytes], *, by: Context) -> Answer:
        """Take in a file as it comes; raises what `bringing.receive` raises.

        It takes the place of a video that is missing, where that had its name or its content.
        """
        if by.claim is not None:
            known = await self.database.read(lambda connection: idempotency.recall(connection, by))
            if known is not None:
                return known
        brought = await bringing.receive(filename, chunks, self.settings)
        try:

            def work(change: Change) -> Answer:
                brought.keep()
                video_id = describing.take_in(change, _settled(brought))
                video = finding.get(change.connection, video_id)
                return Answer(status=201, body=video, headers={"Location": f"/api/v1/videos/{video_id}"})

            return await self.database.once(work, by=by)
        except StoatError:
            await apart(brought.take_back)
            raise
        finally:
            await apart(brought.drop)

    async def thumbnail(self, video_id: str) -> Path:
        """A small picture of a video, drawn anew where it is gone; raises `RequestError`, `NotFound`."""
        path, content = await self.database.read(functools.partial(finding.place, video_id=video_id))
        place = thumbnail_path(self.settings, content)
        if not place.exists():
            await apart(lambda: self._looked_into(path, again=True))
        if not place.exists():
            raise NotFound.named(
                "thumbnail", video_id, path="/video_id", hint="The file shows nothing, or cannot be read."
            )
        return place

    async def file(self, video_id: str) -> tuple[Path, int]:
        """Where a video's file lies, and its descriptor, which the caller closes.

        Raises `RequestError`, or `Conflict` where the file is another one than was scanned.
        """
        name, content = await self.database.read(functools.partial(finding.place, video_id=video_id))
        path = Path(name)

        def opened() -> int:
            descriptor = open_source(path, self.settings.media_roots)
            if content_name(descriptor) == content:
                return descriptor
            os.close(descriptor)
            raise Conflict.because(
                "media.changed",
                f"{path.name} changed since it was scanned.",
                hint="Scan its folder again: POST /api/v1/videos/scan.",
                path="/video_id",
            )

        return path, await apart(opened)

    async def browse(self, path: str | None) -> dict[str, Any]:
        """A folder inside the media roots; raises `RequestError`."""

        def ids(paths: Sequence[str]) -> Mapping[str, str]:
            return self.database.read_now(lambda connection: finding.ids_by_path(connection, paths))

        return await apart(lambda: browsing.browse(path, self.settings, ids))

    def _looked_into(self, path: str, *, again: bool = False) -> Inspected:
        """What is in a file in a media root; raises `MediaRefused`."""
        place = file_at(path, self.settings)
        with Reader(self.settings) as reader:
            found = inspect(reader, place, self.settings, again=again)
        if isinstance(found.found, MediaRefused):
            raise found.found
        return found


def _settled(brought: bringing.Brought) -> Inspected:
    """What was found, under the name that the file has now."""
    status = brought.path.stat()
    return replace(brought.found, path=str(brought.path), stamp=stamp(status))
