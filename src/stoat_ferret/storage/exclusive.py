"""One process at a time on a data folder, and on a database."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from stoat_ferret.config import Settings
from stoat_ferret.errors import RequestError, SettingsRefused
from stoat_ferret.storage.database import Database, address
from stoat_ferret.storage.privacy import private_folder

__all__ = ["alone"]


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Hold the data folder and a database in a file: two services on one would take each other's jobs.

    Raises `RequestError` while another process holds one of them, or where they cannot be used; the system
    frees them with their process.
    """
    with _held(settings.data_dir / "server.lock", settings.data_dir, "STOAT_DATA_DIR"):
        database = Database(address(settings)).path
        if database is None:
            yield
            return
        # By its one name, whatever links lead to it. Beside it: SQLite has locks of its own on the file.
        place = Path(os.path.realpath(database))
        name = "STOAT_DATABASE_URL" if settings.database_url else "STOAT_DATA_DIR"
        with _held(place.with_name(f"{place.name}.lock"), place, name):
            yield


@contextlib.contextmanager
def _held(path: Path, what: Path, setting: str) -> Iterator[None]:
    try:
        private_folder(path.parent)
        # Not "w": what belongs to another is not even touched.
        lock = path.open("a")
    except OSError as error:
        raise SettingsRefused.because(
            "settings.invalid",
            f"{what} cannot be used: {error.strerror or error}.",
            hint="Name a folder that exists and that you may write to, or one that can be made.",
            path=setting,
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RequestError.because(
                "server.running",
                f"Another server works on {what}.",
                hint="Stop it, or choose another --data-dir.",
                path=setting,
            ) from error
        yield
