"""Films as folders, of numbered pictures or of segments: how they are named, and how they get their names.

An output whose name has `%05d` in it and the ending of a picture is one: a file for each frame, from 0 on.
One that ends in `.m3u8` or `.mpd` is segments with playlists for HLS and DASH, of which it names the one.
The folder is complete or absent; what holds anything else than that is never replaced.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.media.files import unwritable, written
from stoat_ferret.placing import place_problems, synchronise

__all__ = [
    "FOLDERS",
    "PLAYLISTS",
    "SEQUENCES",
    "Package",
    "Series",
    "length_problems",
    "name_files",
    "output_problems",
    "publish_series",
    "series_of",
    "series_within",
    "standing_problems",
    "usual_name",
    "without_clock",
]

SEQUENCES = {
    "png": "png-sequence",
    "jpg": "jpg-sequence",
    "jpeg": "jpg-sequence",
    "webp": "webp-sequence",
    "tif": "tiff-sequence",
    "tiff": "tiff-sequence",
}
"""Ending of the names to the format that is written."""
FOLDERS = (*dict.fromkeys(SEQUENCES.values()), "stream")
"""The formats of which a film is a folder of files."""

_PATTERN = re.compile(
    r"(?P<before>[^%]*)%(?:0(?P<digits>[1-9]))?d(?P<after>[^%]*\.(?P<ending>[a-z]+))",
    re.ASCII | re.IGNORECASE,
)
PLAYLISTS = (".m3u8", ".mpd")
"""What the name of a package ends in."""
_SEGMENT = re.compile(r"(init-\d|segment-\d-\d{5,})\.m4s|media_\d\.m3u8", re.ASCII)
_EXCHANGE = 2
_HERE = -100


@dataclass(frozen=True, kw_only=True)
class Series:
    """Numbered pictures of a folder."""

    folder: Path
    before: str
    """What their names begin with."""
    digits: int
    """How many the numbers have; 0: as many as they need."""
    after: str
    """What their names end in."""
    format: str
    """What is written."""
    first: str | None = None
    """The file to begin with; none: each is as good as the others."""

    def name(self, number: int) -> str:
        """The name of the picture of a frame."""
        return f"{self.before}{number:0{self.digits}d}{self.after}"

    def named(self, file: str) -> str:
        """The name of what ffmpeg wrote as this file."""
        return self.name(int(PurePath(file).stem))

    def has(self, name: str) -> bool:
        """Whether a file of this name would be one of them."""
        number = name.removeprefix(self.before).removesuffix(self.after)
        return number.isascii() and number.isdigit() and name == self.name(int(number))


@dataclass(frozen=True, kw_only=True)
class Package:
    """Segments of a folder, with playlists."""

    folder: Path
    name: str
    """Of the playlists, without an ending."""
    format: str = "stream"
    """What is written."""
    first: str | None = None
    """The file to begin with: the playlist that was asked for."""

    def named(self, file: str) -> str:
        """The name of what ffmpeg wrote as this file."""
        path = PurePath(file)
        return f"{self.name}{path.suffix}" if path.stem == "index" else file

    def has(self, name: str) -> bool:
        """Whether a file of this name would be one of them."""
        playlists = (f"{self.name}.m3u8", f"{self.name}.mpd")
        return name in playlists or _SEGMENT.fullmatch(name) is not None


def series_of(output: PurePath) -> Series | Package | None:
    """The files that an output names; none: it names one file."""
    if output.suffix.lower() in PLAYLISTS:
        folder = Path(os.path.realpath(output.parent))
        return Package(folder=folder, name=output.stem, first=output.name)
    found = _PATTERN.fullmatch(output.name)
    if found is None or found["ending"].lower() not in SEQUENCES:
        return None
    return Series(
        folder=Path(os.path.realpath(output.parent)),
        before=found["before"],
        digits=int(found["digits"] or 0),
        after=found["after"],
        format=SEQUENCES[found["ending"].lower()],
    )


def series_within(folder: Path, name: str) -> Series | Package:
    """The files of a folder that a name stands for which is known to name some."""
    found = series_of(PurePath(name))
    assert found is not None, name
    return replace(found, folder=folder)


def usual_name(form: str) -> str:
    """What the files of a folder in this format are called where nobody says."""
    if form == "stream":
        return "index.m3u8"
    return "%05d." + next(ending for ending, kind in SEQUENCES.items() if kind == form)


def output_problems(
    output: Path, *, overwrite: bool, sources: Iterable[Path] = (), series: Series | Package | None = None
) -> list[Problem]:
    """Why nothing could be written at `output`, or as this series of pictures."""
    if series is None:
        return place_problems(output, overwrite=overwrite, sources=sources)
    found = place_problems(series.folder, overwrite=overwrite, sources=sources)
    problems = [problem for problem in found if problem.code not in ("output.is_a_folder", "output.exists")]
    return [*problems, *standing_problems(series, overwrite=overwrite, sources=sources)]


def length_problems(series: Series | Package | None, frames: int) -> list[Problem]:
    """Whether the numbers of so many frames fit into the names: else these would not be in order."""
    if not isinstance(series, Series) or series.digits == 0 or frames <= 10**series.digits:
        return []
    needed = f"%0{len(str(frames - 1))}d"
    return [
        _problem(
            "output.too_few_digits",
            f"{frames} frames do not fit into {series.digits} digits.",
            f"Write {needed} in the name.",
        )
    ]


def without_clock(finished: Path) -> None:
    """Take the time of day at which segments were written out of playlists: it is none of the film's.

    Raises `OutputUnwritable` or `DiskFull`.
    """
    for playlist in finished.glob("*.m3u8"):
        lines = playlist.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("#EXT-X-PROGRAM-DATE-TIME:")]
        with written(playlist):
            playlist.write_text("".join(kept), encoding="utf-8")


def name_files(finished: Path, series: Series | Package) -> None:
    """Give the files of a finished folder their names, durably; raises `OutputUnwritable` or `DiskFull`."""
    try:
        for file in sorted(finished.iterdir()):
            synchronise(file)
            file.rename(finished / series.named(file.name))
        synchronise(finished)
    except OSError as error:
        raise unwritable(series.folder, error) from error


def publish_series(finished: Path, series: Series | Package, *, overwrite: bool) -> None:
    """Give the finished folder, whose files have their names, its own, durably.

    A folder that is there is replaced where it is empty, or, with `overwrite`, has pictures of these names.
    Raises `RequestError` where it is not, and `OutputUnwritable` or `DiskFull`; then nothing has changed.
    """
    try:
        if problems := standing_problems(series, overwrite=overwrite):
            raise RequestError(problems=tuple(problems))
        _name(finished, series.folder)
        with contextlib.suppress(OSError):
            synchronise(series.folder.parent)
    except OSError as error:
        raise unwritable(series.folder, error) from error


def _name(finished: Path, folder: Path) -> None:
    try:
        # An empty folder is replaced.
        os.rename(finished, folder)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        _exchange(finished, folder)


def _exchange(one: Path, other: Path) -> None:
    """Swap the names of two folders at once; what had the name goes with the work folder."""
    renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    if renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def standing_problems(
    series: Series | Package, *, overwrite: bool, sources: Iterable[Path] = ()
) -> list[Problem]:
    """Why what is in the folder by now cannot be replaced."""
    folder = series.folder
    try:
        names = os.listdir(folder)
    except NotADirectoryError:
        return [_problem("output.not_a_folder", f"{folder} is not a folder.", "Choose another folder.")]
    except OSError:
        return []
    if others := [name for name in names if not series.has(name)]:
        return [
            _problem(
                "output.folder_has_others",
                f"The folder {folder} has other files, such as {min(others)!r}.",
                "Name a folder that is new or empty, such as frames/%05d.png or film/index.m3u8.",
            )
        ]
    if any(folder in source.parents for source in sources):
        return [
            _problem("output.is_a_source", f"{folder} belongs to this project.", "Choose another folder.")
        ]
    if names and not overwrite:
        return [
            _problem(
                "output.exists",
                f"The folder {folder} has a film already.",
                "Choose another folder, or allow --overwrite.",
            )
        ]
    return []


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, path="/output", message=message, hint=hint)
