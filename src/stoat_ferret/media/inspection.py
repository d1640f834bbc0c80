"""Looking at many files, one result after the other: for libraries, which keep what was found themselves."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused
from stoat_ferret.media.files import content_name, identity, open_found, stamp
from stoat_ferret.media.reader import DAMAGED, Found, OpenSource, Reader

__all__ = ["THUMBNAIL_WIDTH", "Inspected", "Inspectors", "inspect", "inspect_open", "thumbnail_path"]

THUMBNAIL_WIDTH = 320
"""Pixels; the greatest width of a thumbnail that nobody asked for at another size."""

_FILES_PER_PROCESS = 8  # below this, starting another process costs more than it saves


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspected:
    """One file that was looked at."""

    path: str
    """Absolute."""
    stamp: str = ""
    """Of the file as it was opened; empty: it could not be."""
    content: str = ""
    """Names what is in it; empty: it could not be opened."""
    size: int = 0
    """Bytes."""
    found: Found | None = None
    """What it is, or why it is no source; none: its content is what was known before."""

    @property
    def same(self) -> bool:
        """The content is what was known before."""
        return self.found is None


def thumbnail_path(settings: Settings, content: str, width: int = THUMBNAIL_WIDTH) -> Path:
    """Where the thumbnail of a content lies, if it was drawn."""
    name = content if width == THUMBNAIL_WIDTH else f"{content}-{width}"
    return settings.thumbnail_dir / f"{name}.jpg"


def inspect(
    reader: Reader,
    path: Path,
    settings: Settings,
    *,
    known: str | None = None,
    width: int = THUMBNAIL_WIDTH,
    again: bool = False,
) -> Inspected:
    """Look at the file at an absolute path, and draw its thumbnail where there is none.

    The path has no symbolic links, as a walk or `realpath` gives it.
    A file whose content is `known` is not looked into, unless its thumbnail is asked for `again`.
    """
    try:
        descriptor = open_found(path, settings.media_roots)
    except MediaRefused as refused:
        return Inspected(path=str(path), found=refused)
    try:
        return inspect_open(reader, path, descriptor, settings, known=known, width=width, again=again)
    finally:
        os.close(descriptor)


def inspect_open(
    reader: Reader,
    path: Path,
    descriptor: int,
    settings: Settings,
    *,
    known: str | None = None,
    width: int = THUMBNAIL_WIDTH,
    again: bool = False,
) -> Inspected:
    """`inspect` for a file that is open."""
    try:
        status = os.fstat(descriptor)
        content = content_name(descriptor)
    except OSError as error:
        reason = f"{path} cannot be read: {error.strerror}."
        return Inspected(path=str(path), found=MediaRefused.because("media.unreadable", reason, hint=DAMAGED))
    found: Found | None = None
    if content != known or again:
        place = thumbnail_path(settings, content, width)
        wanted = width if again or not _is_there(place) else 0
        name = identity(descriptor)
        found, drawn = reader.look(
            OpenSource(path=path, descriptor=descriptor, identity=name), thumbnail=wanted
        )
        if drawn is not None:
            _keep(place, drawn)
    return Inspected(path=str(path), stamp=stamp(status), content=content, size=status.st_size, found=found)


class Inspectors:
    """Processes that look into files for as long as somebody has some; used by one thread."""

    def __init__(self, settings: Settings, notify: Callable[[], None]) -> None:
        """`notify` is called from other threads whenever there is something to `take`."""
        self._settings = settings
        self._notify = notify
        # One more than there are processors: while one waits for its next file, another works.
        self._most = (os.cpu_count() or 1) + 1
        self._waiting: SimpleQueue[tuple[str, str | None] | None] = SimpleQueue()
        self._done: SimpleQueue[Inspected | BaseException] = SimpleQueue()
        self._readers: list[Reader] = []
        self._closed = False
        self.pending = 0
        """Files that were submitted and not taken."""

    def submit(self, path: str, known: str | None = None) -> None:
        """Have a file looked at; `known` names the content that needs no look."""
        self._waiting.put((path, known))
        self.pending += 1
        if len(self._readers) < min(self._most, 1 + self.pending // _FILES_PER_PROCESS):
            reader = Reader(self._settings)
            self._readers.append(reader)
            threading.Thread(target=self._work, args=(reader,), daemon=True).start()

    def take(self) -> list[Inspected]:
        """What is finished; raises what ended a process before its time."""
        taken: list[Inspected] = []
        with contextlib.suppress(Empty):
            while True:
                result = self._done.get_nowait()
                if isinstance(result, BaseException):
                    raise result
                taken.append(result)
        self.pending -= len(taken)
        return taken

    def close(self) -> None:
        """End the processes at once; what is not taken is lost."""
        self._closed = True
        for reader in self._readers:
            reader.stop()
            self._waiting.put(None)

    def _work(self, reader: Reader) -> None:
        try:
            with reader:
                while (task := self._waiting.get()) is not None and not self._closed:
                    path, known = task
                    self._done.put(inspect(reader, Path(path), self._settings, known=known))
                    self._notify()
        except BaseException as error:
            self._done.put(error)
            self._notify()


def _is_there(place: Path) -> bool:
    try:
        return place.stat().st_size > 0
    except OSError:
        return False


def _keep(place: Path, drawn: bytes) -> None:
    """Store a thumbnail whole or not at all; a folder that cannot be written is passed over."""
    with contextlib.suppress(OSError):
        if not place.parent.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(drawn)
            os.replace(temporary, place)
        except BaseException:
            os.unlink(temporary)
            raise
