"""The render cache: what a step of a plan made, found again by its key.

    <folder>/spans/ab/abcd…-<checksum>.mp4   the output of the step with the key `abcd…`
             locks/abcd….lock                held by who is making it

A name holds the checksum of its content, so that one rename makes an entry, and damage is found before the
entry is used. An entry is linked or copied to where it is used: to take it out of the cache harms nobody.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Kept", "RenderCache"]

_CHECKED = 32
"""Hexadecimal digits of a checksum in a name."""
_PIECE = 1 << 20
_ABANDONED_SECONDS = 3600.0
"""No entry takes so long to be put in its place."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One entry."""

    key: str
    path: Path
    size: int
    """Bytes."""
    used: float
    """When it was used last, as a Unix time."""


class RenderCache:
    """What renders made, shared by all processes that are given the same folder."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        """Keep at most so many bytes: with more, what nobody used for longest goes."""
        self._folder = folder
        self._most = most_bytes
        self._size: int | None = None
        self._lock = threading.Lock()

    def take(self, key: str, to: Path) -> bool:
        """Put what was kept under `key` at `to`, if it is there and whole; blocks."""
        for path in self._named(key):
            try:
                _link(path, to)
                whole = _checksum(to) == path.stem.rpartition("-")[2]
            except FileNotFoundError:
                continue
            except OSError:
                # Who makes it anew finds out what is wrong with the disk.
                to.unlink(missing_ok=True)
                return False
            if whole:
                with contextlib.suppress(OSError):
                    os.utime(path)
                return True
            # Made anew, it comes back whole.
            to.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.unlink()
        return False

    def keep(self, key: str, made: Path) -> None:
        """Keep a finished file under `key`; blocks. A cache that cannot take it keeps nothing."""
        folder = self._spans / key[:2]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=folder, prefix=".new-")
            os.close(descriptor)
            os.unlink(name)
            try:
                _link(made, Path(name))
                checksum = _checksum(made)
                os.replace(name, folder / f"{key}-{checksum}{made.suffix}")
            finally:
                # Where it was there already, both names are one file, and nothing was renamed.
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name)
            self._added(made.stat().st_size)
        except OSError:
            return

    def has(self, key: str) -> bool:
        """Whether something is kept under `key`; whether it is whole, `take` finds out."""
        return bool(self._named(key))

    @contextlib.contextmanager
    def claim(self, key: str) -> Iterator[bool]:
        """Whether this is the only one to make what `key` stands for while the block runs.

        Where the system knows no locks, or the folder cannot be written, it is made more than once.
        """
        path = self._folder / "locks" / f"{key}.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:
            yield True
            return
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            except OSError:
                yield True
                return
            if not _is_at(lock, path):
                # Another one had it, and removed it: its name is free for a lock of ours.
                yield False
                return
            try:
                yield True
            finally:
                path.unlink(missing_ok=True)
        finally:
            os.close(lock)

    def entries(self) -> list[Kept]:
        """All that is kept, what was used last first; blocks."""
        found = []
        for path in self._spans.glob("??/*-*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                key = path.stem.rpartition("-")[0]
                found.append(Kept(key=key, path=path, size=status.st_size, used=status.st_mtime))
        return sorted(found, key=lambda one: one.used, reverse=True)

    def prune(self, most_bytes: int | None = None) -> dict[str, int]:
        """Take out what nobody used for longest until the rest has at most so many bytes; blocks.

        Returns `{"removed", "freed", "entries", "size"}`.
        """
        most = self._most if most_bytes is None else most_bytes
        size = removed = freed = left = 0
        for one in self.entries():
            # What was used longer ago than something that goes, goes, too.
            if removed or size + one.size > most:
                with contextlib.suppress(OSError):
                    one.path.unlink()
                    removed += 1
                    freed += one.size
                    continue
            size += one.size
            left += 1
        self._sweep()
        with self._lock:
            self._size = size
        return {"removed": removed, "freed": freed, "entries": left, "size": size}

    def verify(self) -> dict[str, Any]:
        """Read every entry and take out those that are damaged; blocks.

        Returns `{"entries", "size", "damaged": [key, ...]}`.
        """
        damaged, size, whole = [], 0, 0
        for one in self.entries():
            try:
                sound = _checksum(one.path) == one.path.stem.rpartition("-")[2]
            except FileNotFoundError:
                # Pruned meanwhile.
                continue
            except OSError:
                sound = False
            if sound:
                size += one.size
                whole += 1
                continue
            damaged.append(one.key)
            with contextlib.suppress(OSError):
                one.path.unlink()
        return {"entries": whole, "size": size, "damaged": damaged}

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self._folder

    @property
    def most_bytes(self) -> int:
        """What it may hold."""
        return self._most

    @property
    def _spans(self) -> Path:
        return self._folder / "spans"

    def _named(self, key: str) -> list[Path]:
        try:
            names = os.listdir(self._spans / key[:2])
        except OSError:
            return []
        return [self._spans / key[:2] / name for name in names if name.startswith(f"{key}-")]

    def _added(self, size: int) -> None:
        """Looks through all of it once, and then whenever it has grown beyond its limit."""
        with self._lock:
            if self._size is not None:
                self._size += size
                if self._size <= self._most:
                    return
        self.prune()

    def _sweep(self) -> None:
        """Remove what processes that were killed left: entries half made, and locks that nobody holds."""
        for path in (self._folder / "locks").glob("*.lock"):
            with contextlib.suppress(OSError), self.claim(path.stem):
                # Whoever has it removes it.
                pass
        for path in self._spans.glob("??/.new-*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_ctime > _ABANDONED_SECONDS:
                    path.unlink()


def _link(path: Path, to: Path) -> None:
    """The same file under another name; where that cannot be, a copy."""
    try:
        os.link(path, to)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(path, to)


def _checksum(path: Path) -> str:
    checksum = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(_PIECE):
            checksum.update(piece)
    return checksum.hexdigest()[:_CHECKED]


def _is_at(lock: int, path: Path) -> bool:
    try:
        here, there = os.fstat(lock), os.stat(path)
    except OSError:
        return False
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
