"""Opening source files: the path policy, in one place.

A source is opened once, by this process, and what is passed on is the open descriptor:
between the check and the use, nobody can put another file under the name.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import BinaryIO

from stoat_ferret.errors import DiskFull, MediaRefused, OutputUnwritable

__all__ = [
    "content_hash",
    "content_name",
    "identity",
    "open_folder",
    "open_found",
    "open_source",
    "read_text",
    "same_time",
    "stamp",
    "text_of",
    "unwritable",
    "written",
]

_BLOCK = 64 * 1024
_OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # a FIFO without a writer must not block
_FOLDER_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY
_SYS_OPENAT2 = 437  # the same number on every architecture of Linux
_RESOLVE_NO_MAGICLINKS, _RESOLVE_NO_SYMLINKS, _RESOLVE_BENEATH = 0x02, 0x04, 0x08


def unwritable(path: Path, error: OSError) -> DiskFull | OutputUnwritable:
    """What the system said about writing `path`, as an error of ours."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(path=str(path.parent))
    return OutputUnwritable(path=str(path), detail=error.strerror or str(error))


@contextlib.contextmanager
def written(path: Path) -> Iterator[None]:
    """Write `path` in the block; raises `DiskFull` or `OutputUnwritable` when the system does not let it."""
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


class _OpenHow(ctypes.Structure):
    _fields_ = [("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64)]


def open_source(path: Path, roots: Sequence[Path] = ()) -> int:
    """Open the regular file at `path` for reading and return its descriptor, which the caller closes.

    With `roots`, the file must lie in one of them, symbolic links resolved.
    Raises `MediaRefused` with the reason.
    """
    return _opened(path, lambda: _open_beneath(path, roots) if roots else os.open(path, _OPEN_FLAGS))


def open_found(path: Path, roots: Sequence[Path]) -> int:
    """`open_source` for a path that a walk through the roots found: it has no symbolic links in it.

    One that was put there meanwhile is refused.
    """
    for root in roots:
        if path.is_relative_to(root):
            return _opened(path, functools.partial(_openat2, root, path, _OPEN_FLAGS))
    raise _outside(path, roots)


def _opened(path: Path, opening: Callable[[], int]) -> int:
    try:
        descriptor = opening()
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from None
    try:
        _require_regular(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_within(folder: int, name: str) -> int:
    """Open the regular file of this name in an open folder, as `open_source` does; it is no link."""
    flags = _OPEN_FLAGS | os.O_NOFOLLOW
    return _opened(Path(name), lambda: os.open(name, flags, dir_fd=folder))


def open_folder(path: Path, roots: Sequence[Path]) -> int:
    """Open the folder at `path`, one of the roots or below one, and return its descriptor.

    `path` has no symbolic links in it: one that is put there meanwhile is refused.
    Raises `MediaRefused` for a folder elsewhere, else `OSError`.
    """
    for root in roots:
        if path == root:
            return os.open(root, _FOLDER_FLAGS)
        if path.is_relative_to(root):
            return _openat2(root, path, _FOLDER_FLAGS)
    raise _outside(path, roots)


def stamp(status: os.stat_result) -> str:
    """What tells without opening it that a file was not touched: `<size>-<mtime in ns>-<device>-<inode>`."""
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_dev}-{status.st_ino}"


def same_time(stamp: str, other: str) -> bool:
    """Whether two stamps are of files of one size and time, on whatever disks."""
    return stamp.split("-")[:2] == other.split("-")[:2]


def read_text(path: Path, roots: Sequence[Path] = (), *, most: int) -> str:
    """The UTF-8 text of a file of at most `most` bytes; raises `MediaRefused`."""
    with open(open_source(path, roots), "rb") as file:
        return text_of(path, file, most=most)


def text_of(path: Path, file: BinaryIO, *, most: int) -> str:
    """The same of an open file."""
    data = file.read(most + 1)
    if len(data) > most:
        raise MediaRefused.because(
            "media.too_large", f"{path} is larger than {most} bytes.", hint="Give a file of text."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MediaRefused.because(
            "media.not_text", f"{path} is not UTF-8 text.", hint="Save it as UTF-8."
        ) from None


def content_hash(descriptor: int, size: int) -> str:
    """SHA-256 over the first, middle and last 64 KiB: enough to notice a file that was replaced."""
    digest = hashlib.sha256(size.to_bytes(8, "little"))
    for offset in sorted({0, max(0, size // 2 - _BLOCK // 2), max(0, size - _BLOCK)}):
        digest.update(os.pread(descriptor, _BLOCK, offset))
    return digest.hexdigest()


def content_name(descriptor: int) -> str:
    """Names the content of an open file wherever it lies: `<size>-<hash of head, middle and tail>`."""
    size = os.fstat(descriptor).st_size
    return f"{size}-{content_hash(descriptor, size)[:32]}"


def identity(descriptor: int) -> str:
    """Names the content of an open file: `<size>-<mtime in ns>-<hash of head, middle and tail>`."""
    status = os.fstat(descriptor)
    return f"{status.st_size}-{status.st_mtime_ns}-{content_hash(descriptor, status.st_size)[:32]}"


def _open_beneath(path: Path, roots: Sequence[Path]) -> int:
    resolved = Path(os.path.realpath(path))
    for root in roots:
        if resolved != root and resolved.is_relative_to(root):
            return _openat2(root, resolved, _OPEN_FLAGS)
    raise _outside(path, roots)


def _outside(path: Path, roots: Sequence[Path]) -> MediaRefused:
    return MediaRefused.because(
        "media.outside_roots",
        f"{path} does not lie in a folder that sources may come from.",
        hint="Move it into one of "
        + ", ".join(map(str, roots))
        + ", or add its folder to STOAT_MEDIA_ROOTS.",
    )


def _openat2(root: Path, resolved: Path, flags: int) -> int:
    """Open a path without symbolic links below `root`, so that a link put there meanwhile is refused."""
    folder = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        how = _OpenHow(flags, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
        libc = _libc()
        name = os.fsencode(resolved.relative_to(root))
        descriptor = int(
            libc.syscall(_SYS_OPENAT2, folder, ctypes.c_char_p(name), ctypes.byref(how), ctypes.sizeof(how))
        )
        if descriptor >= 0:
            return descriptor
        number = ctypes.get_errno()
        if number not in (errno.ENOSYS, errno.EPERM, errno.EINVAL):
            raise OSError(number, os.strerror(number))
        return _walk_beneath(folder, resolved.relative_to(root), flags)
    finally:
        os.close(folder)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _walk_beneath(folder: int, relative: Path, flags: int) -> int:
    """The same with `openat` alone, one folder at a time, for kernels and sandboxes without `openat2`."""
    current = os.dup(folder)
    try:
        for part in relative.parts[:-1]:
            inner = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=current)
            os.close(current)
            current = inner
        return os.open(relative.name, flags | os.O_NOFOLLOW, dir_fd=current)
    finally:
        os.close(current)


def _require_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise MediaRefused.because(
            "media.not_a_file", f"{path} is {_sort_of(status.st_mode)}.", hint="Name a file that holds media."
        )
    if status.st_size == 0:
        raise MediaRefused.because(
            "media.empty", f"{path} is empty.", hint="It may still be on its way: copy or download it again."
        )


def _sort_of(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"


def _refusal(path: Path, error: OSError | ValueError) -> MediaRefused:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOENT, errno.ENOTDIR) or number is None:
        return MediaRefused.because(
            "media.missing",
            f"There is no file {path}.",
            hint="Check the name; a relative path counts from the project file.",
        )
    if number in (errno.ENXIO, errno.ENODEV):
        return MediaRefused.because(
            "media.not_a_file", f"{path} is a device or socket.", hint="Name a file that holds media."
        )
    return MediaRefused.because(
        "media.unreadable",
        f"{path} cannot be opened: {os.strerror(number)}.",
        hint="Check who may read it and the folders above it.",
    )
