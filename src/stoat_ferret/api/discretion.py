"""What a client may read in an error: not where things lie on the server."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Final

from stoat_ferret.config import Settings
from stoat_ferret.errors import (
    DatabaseUnavailable,
    DiskFull,
    FFmpegBroken,
    FFmpegMissing,
    FFmpegTooOld,
    OutputUnwritable,
    ProbeBroken,
    Problem,
    StoatError,
)

__all__ = ["Discretion"]

_INSTEAD: Final[dict[type[StoatError], str]] = {
    DiskFull: "There is no room left on the server's disk.",
    FFmpegBroken: "The server's ffmpeg does not answer as ffmpeg does.",
    FFmpegMissing: "The server has no ffmpeg.",
    FFmpegTooOld: "The server's ffmpeg is too old.",
    OutputUnwritable: "The output cannot be written.",
    ProbeBroken: "The process that looks into sources does not start.",
    DatabaseUnavailable: "The database cannot be used now.",
}
"""Messages that are about nothing but a place on the server, and what is said instead."""

_GONE: Final = "…"


class Discretion:
    """Takes paths of this machine out of messages; paths below our own folders become relative."""

    def __init__(self, settings: Settings) -> None:
        folders = {*settings.media_roots, settings.output_dir or settings.data_dir, settings.data_dir}
        known = {str(folder) for folder in folders} | {str(folder.resolve()) for folder in folders}
        other = {str(Path.home()), tempfile.gettempdir(), os.getcwd()}
        self._known = _below(known)
        self._other = _below(other - {"/"})
        # Pointers and routes look like paths; a path of this machine begins with a folder that exists.
        tops = "|".join(sorted(re.escape(name) for name in os.listdir("/")))
        self._path = re.compile(rf"(?<![\w./}}])/(?:{tops})/[^\s'\"`<>|,;:()\[\]{{}}]*")

    def text(self, text: str) -> str:
        """The text without paths of this machine."""
        text = self._known.sub(lambda found: "" if found[1] else _GONE, text)
        text = self._other.sub(lambda found: _GONE + found[1], text)
        return self._path.sub(_base_name, text)

    def message(self, error: StoatError) -> str:
        """What an error says to a client."""
        return _INSTEAD.get(type(error)) or self.text(error.message)

    def problem(self, problem: Problem) -> Problem:
        """The problem as a client may read it."""
        return Problem(
            code=problem.code,
            path=problem.path,
            message=self.text(problem.message),
            hint=None if problem.hint is None else self.text(problem.hint),
            allowed=problem.allowed,
            fixes=problem.fixes,
        )

    def problems(self, error: StoatError) -> tuple[Problem, ...]:
        """All that is wrong, as a client may read it."""
        found: tuple[Problem, ...] = getattr(error, "problems", ())
        if found:
            return tuple(self.problem(problem) for problem in found)
        return (
            Problem(
                code=error.code,
                path="",
                message=self.message(error),
                hint=self.text(error.hint or "") or None,
            ),
        )


def _below(folders: set[str]) -> re.Pattern[str]:
    longest_first = sorted(folders, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, longest_first))})(/|(?![\w.-]))")


def _base_name(found: re.Match[str]) -> str:
    path = found[0].rstrip(".")
    return f"{_GONE}/{path.rpartition('/')[2]}" + found[0][len(path) :]
