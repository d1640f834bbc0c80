"""A library with a database and a media root of its own, and small files to put there."""

from __future__ import annotations

import asyncio
import struct
import wave
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from stoat_ferret.config import Settings
from stoat_ferret.library import Library, ScanReport
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.storage.tables import videos

T = TypeVar("T")


class Place:
    """A media root, the library of it, and what a test wants to know of both."""

    def __init__(self, root: Path, settings: Settings, database: Database) -> None:
        self.root = root
        self.settings = settings
        self.database = database
        self.library = Library(database, settings)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The outcome of a coroutine."""
        return asyncio.run(work)

    def scan(self, path: str | None = None, *, recursive: bool = True) -> ScanReport:
        """Scan the root, or a folder in it."""
        return self.run(self.library.scan(path or str(self.root), recursive))

    def rows(self) -> dict[str, Any]:
        """The rows of the library, by path relative to the root."""
        found = self.database.read_now(lambda connection: list(connection.execute(select(videos))))
        return {row.path.removeprefix(f"{self.root}/"): row for row in found}

    def ids(self) -> dict[str, str]:
        """The ids, by path relative to the root."""
        return {path: row.id for path, row in self.rows().items()}


@contextmanager
def placed(folder: Path, **settings: Any) -> Iterator[Place]:
    """A library of `folder/media`, with its data in `folder/data`."""
    root = folder / "media"
    root.mkdir(exist_ok=True)
    given = Settings(**{"data_dir": folder / "data", "media_roots": (root,), **settings})
    database = Database(sqlite_url(given.data_dir / "stoat.db"))
    database.open()
    try:
        yield Place(root.resolve() if not given.media_roots else given.media_roots[0], given, database)
    finally:
        database.close()


def sound(path: Path, number: int = 0, *, seconds: float = 0.05) -> Path:
    """A WAV file whose content depends on `number`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = int(8000 * seconds)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(
            b"".join(struct.pack("<h", (number * 7919 + n * 31) % 20000 - 10000) for n in range(count))
        )
    return path
