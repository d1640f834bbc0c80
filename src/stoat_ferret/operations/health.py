"""Whether everything that the work needs is there: each part with its version and how long it took."""

from __future__ import annotations

import asyncio
import math
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import DatabaseCorrupt, StoatError
from stoat_ferret.jobs.clock import Clock, SystemClock
from stoat_ferret.media import capabilities
from stoat_ferret.model.version import version
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.schema import newest

__all__ = ["Health", "file_system", "outline"]

_LOW_DISK_BYTES = 64 * 1024 * 1024
_SECONDS = 5.0
_GOOD_SECONDS = 1.0
"""For so long an answer is given again: whoever asks, and however often, costs a check a second."""
_SHOWN = ("status", "version", "latency_ms")
"""What of a check concerns everybody."""


class Health:
    """Asks each part whether it can do its work."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        folders: Callable[[], str | None],
        *,
        clock: Clock | None = None,
    ) -> None:
        """`folders` tells why the project folders are behind the database, if they are."""
        self._database = database
        self._settings = settings
        self._folders = folders
        self._clock = clock or SystemClock()
        self._checking: asyncio.Task[dict[str, Any]] | None = None
        self._found: dict[str, Any] = {}
        self._found_at = -math.inf

    async def check(self) -> dict[str, Any]:
        """`{status, checks: {part: {status, version?, latency_ms, detail?}}}`; failing, if one part fails.

        Those who ask while it is being found out, or a moment later, are told the same.
        """
        if self._clock.monotonic() - self._found_at < _GOOD_SECONDS:
            return self._found
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check(), name="health")
        return await asyncio.shield(self._checking)

    async def _check(self) -> dict[str, Any]:
        parts: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
            "database": self._ask_database,
            "ffmpeg": lambda: apart(self._ask_ffmpeg),
            "rust_core": lambda: apart(_ask_core),
            "disk": lambda: apart(self._ask_disk),
            "project_folders": lambda: apart(self._ask_folders),
        }
        found = await asyncio.gather(*(_timed(ask) for ask in parts.values()))
        checks = dict(zip(parts, found, strict=True))
        failing = any(check["status"] != "ok" for check in checks.values())
        self._found = {"status": "failing" if failing else "ok", "checks": checks}
        self._found_at = self._clock.monotonic()
        return self._found

    async def _ask_database(self) -> dict[str, Any]:
        # A database that can be read and not be written is no use to anybody who edits.
        if self._database.damaged:
            # Where it is damaged is not where a probe writes.
            raise DatabaseCorrupt
        await self._database.probe()
        return {"version": f"{self._database.dialect} {sqlite3.sqlite_version}", "schema": newest()}

    def _ask_ffmpeg(self) -> dict[str, Any]:
        return {"version": capabilities.detect(self._settings).ffmpeg.version}

    def _ask_disk(self) -> dict[str, Any]:
        folder = self._settings.data_dir
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(folder).free
        found = {"version": file_system(folder), "free_bytes": free}
        if free < _LOW_DISK_BYTES:
            return {**found, "status": "failing", "detail": "almost no room is left"}
        return found

    def _ask_folders(self) -> dict[str, Any]:
        found = {"version": f"stoat {version()}"}
        if self._folders() is None:
            return found
        return {**found, "status": "failing", "detail": "they are behind the database"}


def outline(found: dict[str, Any]) -> dict[str, Any]:
    """What of `Health.check` concerns everybody: details are for those who hold a key."""
    checks = {
        part: {name: check[name] for name in _SHOWN if name in check}
        for part, check in found["checks"].items()
    }
    return {"status": found["status"], "checks": checks}


def file_system(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system of a folder, such as `ext4`; `unknown` where the machine does not tell."""
    place = os.path.realpath(folder)
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return "unknown"
    found, longest = "unknown", 0
    for _, point, kind, *_ in (line.split(" ") for line in lines if line.count(" ") > 2):
        # The kernel writes a space in a path as \040.
        begins = point.replace("\\040", " ").rstrip("/") + "/"
        # Of several at one place, the last one hides the others.
        if f"{place}/".startswith(begins) and len(begins) >= longest:
            found, longest = kind, len(begins)
    return found


def _ask_core() -> dict[str, Any]:
    core.check('{"schema": "stoat.project/1"}')
    return {"version": core.version()}


async def _timed(ask: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        found = await asyncio.wait_for(ask(), _SECONDS)
    except TimeoutError:
        found = {"status": "failing", "detail": f"it does not answer within {_SECONDS:g} s"}
    except StoatError as error:
        found = {"status": "failing", "detail": error.code}
    except OSError as error:
        found = {"status": "failing", "detail": error.strerror or "it cannot be reached"}
    return {"status": "ok", **found, "latency_ms": round((time.perf_counter() - started) * 1000, 2)}
