"""Whose a finished file is: the names that renders take, and the marks by which they know their files.

A render keeps the mark of its file, or of its folder of files, before that has its name.
So it is known as its own after a crash, and what another put there since as another's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, select

from stoat_ferret.errors import MediaRefused
from stoat_ferret.jobs.job import Job
from stoat_ferret.media import files
from stoat_ferret.series import Package, Series, series_within
from stoat_ferret.storage.tables import jobs

__all__ = [
    "belongs",
    "free_place",
    "is_free",
    "is_wanted",
    "kept_as",
    "mark_of",
    "mark_of_open",
    "name_of",
    "named",
    "names_like",
    "open_output",
    "own_mark",
    "place_of",
    "release",
    "remove",
    "series_at",
]

_MARK = "file"
"""Where a job's checkpoint has the mark."""
_RENDERS = jobs.c.kind == "render"
_ALIVE = jobs.c.status.in_(("pending", "running"))


def place_of(job: Job) -> Path:
    """Where a render's file, or its folder of files, lies or will lie."""
    return Path(str(job.payload["output"]))


def series_at(job: Job) -> Series | Package | None:
    """The files of the folder that a render makes; none: it makes one file."""
    name = job.payload.get("files")
    return None if name is None else series_within(place_of(job), name)


def name_of(job: Job) -> str:
    """What a render's output is called, as an order names it."""
    return named(place_of(job), job.payload.get("files"))


def named(place: Path, inside: str | None) -> str:
    """The same of a place; `inside` is what the files are called where that is a folder."""
    return place.name if inside is None else f"{place.name}/{inside}"


def mark_of(place: Path) -> str | None:
    """What tells a file, or a folder of files, from every other that has had its name; none: it is gone."""
    try:
        descriptor = open_output(place)
    except MediaRefused:
        return None
    try:
        return mark_of_open(descriptor)
    finally:
        os.close(descriptor)


def open_output(place: Path) -> int:
    """Open a file, or a folder of files; raises `MediaRefused`. The caller closes the descriptor."""
    if stat.S_ISDIR(_mode(place)):
        return files.open_folder(place, (place,))
    return files.open_source(place)


def mark_of_open(descriptor: int) -> str:
    """The same of what is open: two renders of one film have the same content, but not the same time.

    The size and the time of a folder are those of what is in it. Of its content only the first and the last
    file are read: a film may have as many as it has frames.
    """
    if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
        return files.identity(descriptor)
    found = {entry.name: entry.stat(follow_symlinks=False) for entry in os.scandir(descriptor)}
    names = sorted(found)
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}/{found[name].st_size}/".encode(errors="surrogateescape"))
    for name in (*names[:1], *names[1:][-1:]):
        try:
            file = files.open_within(descriptor, name)
        except MediaRefused:
            continue
        digest.update(files.content_name(file).encode())
        os.close(file)
    size = sum(status.st_size for status in found.values())
    newest = max((status.st_mtime_ns for status in found.values()), default=0)
    return f"{size}-{newest}-{digest.hexdigest()[:32]}"


def remove(place: Path) -> None:
    """Remove a file, or a folder of files; blocks."""
    if stat.S_ISDIR(_mode(place)):
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def kept_as(mark: str | None) -> dict[str, str | None]:
    """The mark as a job's checkpoint keeps it."""
    return {_MARK: mark}


def belongs(connection: Connection, job: Job, mark: str) -> bool:
    """Whether a file with this mark, at a render's place, is what the render made.

    A file that came back from a copy has another time. It is the same by its content, unless another
    render was begun for the place: that one may have made the same.
    """
    if mark == _kept(job):
        return True
    return _is_alike(job, mark) and not _was_begun_by_others(connection, job)


def own_mark(connection: Connection, job: Job) -> str | None:
    """The mark of the file at a render's place, where it is the render's; blocks."""
    mark = mark_of(place_of(job))
    return mark if mark is not None and belongs(connection, job, mark) else None


def release(job: Job) -> None:
    """Remove what an attempt of this job made and did not live to tell of; blocks."""
    place = place_of(job)
    if (kept := _kept(job)) is not None and mark_of(place) == kept:
        remove(place)


def is_free(job: Job) -> bool:
    """Whether nothing but the job's own file is in its way; blocks."""
    place = place_of(job)
    return not os.path.lexists(place) or mark_of(place) == (_kept(job) or "")


def is_wanted(connection: Connection, place: Path, *, but: str = "") -> bool:
    """Whether a render that waits or runs, other than `but`, will write this file."""
    found = select(jobs.c.id).where(_of(place), _ALIVE, jobs.c.id != but)
    return connection.execute(found.limit(1)).scalar() is not None


def names_like(connection: Connection, wanted: Path, *, overwrite: bool) -> set[str]:
    """The places that renders know which begin as this one does; blocks.

    Renders that came to rest without a file count as well: they may be tried again.
    With `overwrite` only those that wait or run.
    """
    named = jobs.c.payload["output"].as_string()
    found = select(named).where(_RENDERS, named.startswith(str(wanted.with_suffix("")), autoescape=True))
    return set(connection.execute(found.where(_ALIVE) if overwrite else found).scalars())


def free_place(wanted: Path, known: Collection[str], *, overwrite: bool) -> Path:
    """The place, or the next with a number that has no file and is not `known`; blocks.

    With `overwrite` a file may be there.
    """
    # As text: names that are taken may be many.
    beginning, ending = str(wanted.with_suffix("")), wanted.suffix
    number, place = 1, str(wanted)
    while place in known or (not overwrite and os.path.lexists(place)):
        number += 1
        place = f"{beginning}-{number}{ending}"
    return Path(place)


def _mode(place: Path) -> int:
    """Of what lies there itself, be it a link; 0: there is nothing."""
    try:
        return place.lstat().st_mode
    except (OSError, ValueError):
        return 0


def _was_begun_by_others(connection: Connection, job: Job) -> bool:
    found = select(jobs.c.id).where(_of(place_of(job)), jobs.c.attempt > 0, jobs.c.id != job.id)
    return connection.execute(found.limit(1)).scalar() is not None


def _of(place: Path) -> ColumnElement[bool]:
    return and_(_RENDERS, jobs.c.payload["output"].as_string() == str(place))


def _kept(job: Job) -> str | None:
    return job.checkpoint.get(_MARK) if isinstance(job.checkpoint, dict) else None


def _is_alike(job: Job, mark: str) -> bool:
    """By size and content; of a job of an earlier version only the size is known."""
    size, _, content = mark.split("-")
    if (kept := _kept(job)) is None:
        return size == str((job.result or {}).get("size"))
    kept_size, _, kept_content = kept.split("-")
    return (size, content) == (kept_size, kept_content)
