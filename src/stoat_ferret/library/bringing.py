"""Files that are brought by a client: streamed into a media root, looked into, and only then named."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import (
    BodyTooLarge,
    Conflict,
    DiskFull,
    MediaRefused,
    OutputUnwritable,
    RequestError,
)
from stoat_ferret.media.endings import may_be_media
from stoat_ferret.media.files import open_folder
from stoat_ferret.media.inspection import Inspected, inspect
from stoat_ferret.media.reader import Reader

__all__ = ["Brought", "receive", "sweep"]

_PREFIX = ".stoat-upload-"
_LONGEST = 200
_STALE_SECONDS = 3600.0
"""Nobody writes any more to a file of an upload that is as old."""


class Brought:
    """A file that came whole and is media, under a name that nobody sees yet."""

    def __init__(self, folder: Path, temporary: str, name: str, found: Inspected) -> None:
        self._folder = folder
        self._temporary = temporary
        self.name = name
        """What it is to be called."""
        self.found = found
        """What is in it."""
        self._kept = False

    @property
    def path(self) -> Path:
        """Where it will lie."""
        return self._folder / self.name

    def keep(self) -> None:
        """Give the file its name, durably; raises `Conflict` when there is a file of this name."""
        hidden = self._folder / self._temporary
        try:
            os.link(hidden, self.path)
        except FileExistsError:
            raise _exists(self.name) from None
        self._kept = True
        hidden.unlink()
        _synchronise(self._folder)

    def take_back(self) -> None:
        """It could not be taken in: its name is free again."""
        if self._kept:
            self.path.unlink(missing_ok=True)

    def drop(self) -> None:
        """It is not wanted, or has its name already."""
        (self._folder / self._temporary).unlink(missing_ok=True)


async def receive(filename: str, chunks: AsyncIterator[bytes], settings: Settings) -> Brought:
    """Write the bytes as they come into the first media root, and look into the file.

    Raises `RequestError` for a name that cannot be, `BodyTooLarge`, `Conflict` when there is such a file,
    `MediaRefused` when it is no media, `DiskFull`; then, and when it is called off, nothing is left.
    """
    root = settings.media_roots[0]
    name = _sound_name(filename)
    if (root / name).exists():
        raise _exists(name)
    # The ending tells some readers what to expect.
    temporary = f"{_PREFIX}{secrets.token_hex(8)}{Path(name).suffix}"
    kept = False
    try:
        await _write(root, temporary, chunks, settings)
        found = await apart(lambda: _look(root / temporary, settings))
        if isinstance(found.found, MediaRefused):
            reason = found.found.reason
            message = reason.message.replace(str(root / temporary), name)
            raise MediaRefused.because(reason.code, message, hint=reason.hint or "Send another file.")
        kept = True
        return Brought(root, temporary, name, found)
    finally:
        if not kept:
            (root / temporary).unlink(missing_ok=True)


def sweep(settings: Settings) -> None:
    """Remove what uploads left that a crash broke off; blocks."""
    for root in settings.media_roots[:1]:
        with contextlib.suppress(OSError):
            for left in root.glob(f"{_PREFIX}*"):
                if left.lstat().st_mtime < time.time() - _STALE_SECONDS:
                    left.unlink()


async def _write(root: Path, temporary: str, chunks: AsyncIterator[bytes], settings: Settings) -> None:
    with _told(root):
        file = await apart(lambda: _create(root, temporary, settings))
    size = 0
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > settings.max_upload_bytes:
                raise _too_large(settings)
            with _told(root):
                await apart(functools.partial(_put, file, chunk))
        with _told(root):
            await apart(lambda: os.fsync(file.fileno()))
    finally:
        file.close()


def _create(root: Path, temporary: str, settings: Settings) -> io.FileIO:
    folder = open_folder(root, settings.media_roots)
    try:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
        return io.FileIO(os.open(temporary, flags, 0o644, dir_fd=folder), "wb")
    finally:
        os.close(folder)


def _put(file: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        # A disk that is all but full takes a part first, and says so only then.
        rest = rest[file.write(rest) :]


@contextlib.contextmanager
def _told(root: Path) -> Iterator[None]:
    """What the disk refuses, in words of ours; what fails on the way from the client is not its fault."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path=str(root)) from error
        raise OutputUnwritable(path=str(root), detail=error.strerror or "it failed") from error


def _look(path: Path, settings: Settings) -> Inspected:
    with Reader(settings) as reader:
        return inspect(reader, path, settings)


def _sound_name(filename: str) -> str:
    """A plain name of a media file; what is before the last slash of a client's path is left out."""
    name = filename.replace("\\", "/").rpartition("/")[2].strip()
    if (
        not name
        or name.startswith(".")
        or len(name.encode("utf-8", "replace")) > _LONGEST
        or not name.isprintable()
    ):
        raise RequestError.because(
            "upload.name",
            "This is no name for a file.",
            hint="Give a name such as interview.mp4, without folders.",
            path="/filename",
        )
    if not may_be_media(name):
        raise RequestError.because(
            "upload.ending",
            f"{name!r} does not end as media files do.",
            hint="Give the name with its ending, such as .mp4, .wav or .png.",
            path="/filename",
        )
    return name


def _exists(name: str) -> Conflict:
    return Conflict.because(
        "upload.exists",
        f"There is a file {name!r} already.",
        hint="Send it under another name.",
        path="/filename",
    )


def _too_large(settings: Settings) -> BodyTooLarge:
    return BodyTooLarge.because(
        "body.too_large",
        f"The file is larger than {settings.max_upload_mib} MiB.",
        hint="Copy it into a media root and scan it, or raise STOAT_MAX_UPLOAD_MIB.",
    )


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
