"""What others on the machine may not read: the database holds all that was made, and secrets of webhooks."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

__all__ = ["private_database", "private_folder"]

_BESIDE = ("", "-wal", "-shm", "-journal")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def private_folder(path: Path) -> None:
    """Make a folder for its owner alone; one that is there stays as its owner wants it.

    Raises `OSError`.
    """
    path.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)


def private_database(path: Path) -> None:
    """Make the file of a database for its owner alone, and shut out others from one that is there.

    What SQLite puts beside it has the rights of the file. What cannot be done here the database will tell.
    """
    with contextlib.suppress(OSError):
        # Only where there is none: to close a file would give up the locks that this process has on it.
        os.close(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, stat.S_IRUSR | stat.S_IWUSR)
        )
    for ending in _BESIDE:
        with contextlib.suppress(OSError):
            file = path.with_name(path.name + ending)
            rights = stat.S_IMODE(file.stat().st_mode)
            if rights & _OTHERS:
                file.chmod(rights & ~_OTHERS)
