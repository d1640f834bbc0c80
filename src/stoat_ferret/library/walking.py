"""Going through folders by open descriptors: what is found lies where it was found, whoever moves folders."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stoat_ferret.config import Settings
from stoat_ferret.media.endings import is_candidate
from stoat_ferret.media.files import open_folder, stamp

__all__ = ["Batch", "Candidate", "ScanError", "Walk"]

_DEEPEST = 128
_FOLDER = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW


@dataclass(frozen=True, kw_only=True, slots=True)
class ScanError:
    """One file or folder that could not be read."""

    path: str
    """Absolute; letters that are no UTF-8 are replaced."""
    code: str
    """Stable name of the reason."""
    message: str
    """The reason in words."""

    def to_json(self) -> dict[str, str]:
        """The form in which every door shows it."""
        return {"path": self.path, "code": self.code, "message": self.message}


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A file that is media, or should be."""

    path: str
    """Absolute."""
    stamp: str
    """As `files.stamp` says."""


@dataclass(kw_only=True, slots=True)
class Batch:
    """What a piece of the way brought."""

    candidates: list[Candidate] = field(default_factory=list)
    errors: list[ScanError] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Folders of which nothing is known: they could not be read."""
    ignored: int = 0
    """Files that are no media."""


class Walk:
    """A way through a folder and, if `recursive`, those below it.

    Hidden files and folders and the program's own are passed over. Symbolic links are not followed:
    what they lead to inside of the roots is found in its own place.
    """

    def __init__(self, folder: Path, settings: Settings, *, recursive: bool) -> None:
        """Begin in `folder`, which is a media root or below one and has no symbolic links in its path."""
        self._folder = folder
        self._roots = settings.media_roots
        self._own = _identity(settings.data_dir)
        self._recursive = recursive
        self._ended = False
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._batch = Batch()
        self._steps = self._go()

    def next(self, most: int = 500) -> Batch | None:
        """The next piece, with about `most` candidates; none: the end. Blocks."""
        with self._lock:
            if self._ended:
                return None
            self._batch = batch = Batch()
            while len(batch.candidates) < most:
                if self._stopped.is_set() or next(self._steps, None) is None:
                    self._end()
                    break
            return batch

    def stop(self) -> None:
        """Give everything back, from any thread, without waiting for a piece that is under way."""
        self._stopped.set()
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def _end(self) -> None:
        self._ended = True
        self._steps.close()

    def _go(self) -> Generator[bool, None, None]:
        """One step for each entry; what was found lies in the batch."""
        try:
            descriptor = open_folder(self._folder, self._roots)
        except OSError as error:
            self._lose(str(self._folder), error)
            return
        yield from self._folder_steps(descriptor, str(self._folder), ())

    def _folder_steps(self, descriptor: int, path: str, above: tuple[tuple[int, int], ...]) -> Iterator[bool]:
        """Files first, then folders: one descriptor is open for each level."""
        try:
            status = os.fstat(descriptor)
            here = (status.st_dev, status.st_ino)
            # A folder that lies in itself is a mount that leads back.
            if here == self._own or here in above:
                return
            folders: list[str] = []
            try:
                with os.scandir(descriptor) as entries:
                    for entry in entries:
                        self._entry(entry, descriptor, path, folders)
                        yield True
            except OSError as error:
                self._lose(path, error)
            for name in sorted(folders):
                yield from self._inner(name, descriptor, path, (*above, here))
                yield True
        finally:
            os.close(descriptor)

    def _inner(
        self, name: str, descriptor: int, path: str, above: tuple[tuple[int, int], ...]
    ) -> Iterator[bool]:
        inner = f"{path.rstrip('/')}/{name}"
        if not self._named(inner):
            self._batch.lost.append(inner)
            return
        if len(above) >= _DEEPEST:
            self._error(inner, "library.too_deep", f"{inner} lies deeper than {_DEEPEST} folders.")
            self._batch.lost.append(inner)
            return
        try:
            opened = os.open(name, _FOLDER, dir_fd=descriptor)
        except FileNotFoundError:
            return
        except OSError as error:
            self._lose(inner, error)
            return
        yield from self._folder_steps(opened, inner, above)

    def _entry(self, entry: os.DirEntry[str], descriptor: int, path: str, folders: list[str]) -> None:
        name = entry.name
        if name.startswith("."):
            return
        if entry.is_dir(follow_symlinks=False):
            if self._recursive:
                folders.append(name)
            return
        whole = f"{path.rstrip('/')}/{name}"
        if not is_candidate(name, descriptor) and not (entry.is_symlink() and os.path.isdir(whole)):
            self._batch.ignored += 1
            return
        if not self._named(whole):
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            self._error(whole, "media.unreadable", f"{whole} cannot be looked at: {error.strerror}.")
            return
        if stat.S_ISREG(status.st_mode):
            self._batch.candidates.append(Candidate(path=whole, stamp=stamp(status)))
        elif stat.S_ISLNK(status.st_mode):
            self._link(whole)
        else:
            self._error(whole, "media.not_a_file", f"{whole} is a pipe, a device or a socket.")

    def _link(self, path: str) -> None:
        try:
            target = Path(os.path.realpath(path, strict=True))
        except OSError:
            self._error(path, "media.missing", f"{path} is a link that leads nowhere.")
            return
        if any(target.is_relative_to(root) for root in self._roots):
            self._batch.ignored += 1
            return
        self._error(path, "media.outside_roots", f"{path} is a link to a place outside of the media roots.")

    def _named(self, path: str) -> bool:
        """Whether the path can be told to others: some names are no text."""
        try:
            path.encode()
        except UnicodeEncodeError:
            self._error(path, "media.name", "Its name is not UTF-8; rename it.")
            return False
        return True

    def _lose(self, path: str, error: OSError) -> None:
        self._batch.lost.append(path)
        self._error(path, "media.unreadable", f"The folder {path} cannot be read: {error.strerror}.")

    def _error(self, path: str, code: str, message: str) -> None:
        shown = os.fsencode(path).decode("utf-8", "replace")
        # The path says where it lies; the words are passed on to those who need not know.
        told = message.replace(path, path.rpartition("/")[2])
        self._batch.errors.append(ScanError(path=shown, code=code, message=told))


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
