"""Where a finished file goes: checked before the work, hidden during it, complete or absent after it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from stoat_ferret.errors import DiskFull, OutputUnwritable, Problem, RequestError
from stoat_ferret.media.files import unwritable

LONGEST_NAME = 255
"""Bytes of the longest file name that common file systems take."""

_MARK = ".stoat-"
"""Between the name of an output and the random part of its work folder's name."""
_LOCK = "lock"


def place_problems(output: Path, *, overwrite: bool, sources: Iterable[Path] = ()) -> list[Problem]:
    """Why nothing could be written at `output`; `sources` are files that must never be written over."""
    folder = output.parent
    if len(os.fsencode(output.name)) > LONGEST_NAME:
        return [
            _problem("output.name_too_long", f"The name of {output} is too long.", "Choose a shorter name.")
        ]
    try:
        if not stat.S_ISDIR(folder.stat().st_mode):
            return [
                _problem("output.not_a_folder", f"{folder} is not a folder.", "Choose a folder that exists.")
            ]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return [
            _problem(
                "output.folder_missing",
                f"The folder {folder} cannot be used: {reason}.",
                "Make the folder first.",
            )
        ]
    problems = []
    if not os.access(folder, os.W_OK | os.X_OK):
        problems.append(
            _problem(
                "output.unwritable",
                f"The folder {folder} cannot be written to.",
                "Choose a folder that you may write to.",
            )
        )
    problems.extend(existing_problems(output, overwrite=overwrite, sources=sources))
    return problems


def existing_problems(output: Path, *, overwrite: bool, sources: Iterable[Path] = ()) -> list[Problem]:
    """Why what lies at `output` by now cannot be replaced; `sources` must never be."""
    if not os.path.lexists(output):
        return []
    if output.is_dir():
        return [_problem("output.is_a_folder", f"{output} is a folder.", "Give the name of a file in it.")]
    if output.exists() and not output.is_file():
        return [_problem("output.not_a_file", f"{output} is not a file.", "Choose another name.")]
    if any(_same_file(output, source) for source in sources):
        return [_problem("output.is_a_source", f"{output} belongs to this project.", "Choose another name.")]
    if not overwrite:
        return [
            _problem(
                "output.exists", f"{output} exists already.", "Choose another name, or allow --overwrite."
            )
        ]
    return []


def _same_file(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False


def require_room(output: Path, size: int) -> None:
    """Raise `DiskFull` when the disk of `output` cannot take `size` bytes."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(output.parent).free < size:
            raise DiskFull(path=str(output.parent))


def require_folder(folder: Path) -> Path:
    """The folder, or the one in which it, or what is above it, would be made.

    Raises `OutputUnwritable` when nothing can be written there.
    """
    while not os.path.lexists(folder) and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise OutputUnwritable(path=str(folder), detail=os.strerror(errno.ENOTDIR))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputUnwritable(path=str(folder), detail=os.strerror(errno.EACCES))
    return folder


@contextlib.contextmanager
def work_folder(output: Path) -> Iterator[Path]:
    """A hidden folder beside `output`, gone when the block is left.

    What an earlier run for the same output left behind when it was killed is removed first.
    Raises `OutputUnwritable` or `DiskFull` when no folder can be made.
    """
    _remove_stale(output)
    try:
        folder, lock = _make(output)
    except OSError as error:
        raise unwritable(output, error) from error
    try:
        # Held open, because what it lies in may be moved elsewhere meanwhile, as with a deleted project.
        parent = os.open(output.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        raise unwritable(output, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder.name, ignore_errors=True, dir_fd=parent)
        os.close(parent)
        os.close(lock)


def publish(finished: Path, output: Path, *, overwrite: bool) -> None:
    """Give the finished file its name, durably; a file that appeared meanwhile is kept unless `overwrite`."""
    try:
        synchronise(finished)
        if overwrite:
            os.replace(finished, output)
        else:
            _name_without_replacing(finished, output)
        with contextlib.suppress(OSError):
            synchronise(output.parent)
    except FileExistsError as error:
        raise RequestError(
            problems=(
                _problem(
                    "output.exists",
                    f"{output} appeared during the work and was kept.",
                    "Choose another name, or allow --overwrite.",
                ),
            )
        ) from error
    except OSError as error:
        raise unwritable(output, error) from error


def _name_without_replacing(finished: Path, output: Path) -> None:
    try:
        os.link(finished, output)
    except FileExistsError:
        raise
    except OSError:
        # File systems without hard links: the name is reserved first, so that nothing else can take it.
        os.close(os.open(output, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC))
        try:
            os.replace(finished, output)
        except OSError:
            output.unlink(missing_ok=True)
            raise


def synchronise(path: Path) -> None:
    """Have the system write a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prefix(output: Path) -> str:
    # Room for the random part; a name may be cut in the middle of a character.
    name = os.fsdecode(os.fsencode(output.name)[: LONGEST_NAME - 30])
    return f".{name}{_MARK}"


def _make(output: Path) -> tuple[Path, int]:
    """A new folder and the lock that tells other runs that its owner lives."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(output), dir=output.parent))
        lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        except OSError:
            return folder, lock
        if folder.is_dir() and (folder / _LOCK).exists():
            return folder, lock
        os.close(lock)


def _remove_stale(output: Path) -> None:
    """A folder whose lock can be had belongs to a dead run: the system frees locks with their process."""
    prefix = _prefix(output)
    with contextlib.suppress(OSError):
        for name in os.listdir(output.parent):
            if name.startswith(prefix):
                _remove_if_dead(output.parent / name)


def remove_left_behind(folder: Path) -> None:
    """Remove what dead runs left in a folder of outputs, whatever they were to make."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(".") and _MARK in name:
                _remove_if_dead(folder / name)


def _remove_if_dead(folder: Path) -> None:
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return
    finally:
        os.close(lock)


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, path="/output", message=message, hint=hint)
