"""What a client may read of what went wrong: not where things lie on the server."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
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

# Named here, because to ask the disk what is a path would tell what is there.
_POINTERS: Final = (
    "body", "clips", "document", "edits", "effects", "global_effects", "header", "markers", "metadata",
    "output", "path", "query", "tracks",
)  # fmt: skip
_ROUTES: Final = (
    "api", "audit", "compose", "docs", "effects", "filesystem", "gui", "health", "jobs", "keys", "mcp",
    "metrics", "openapi.json", "preview", "projects", "render", "search", "system", "transitions", "videos",
    "webhooks", "ws",
)  # fmt: skip
"""How what looks like a path may begin, and be none."""

_PATH: Final = re.compile(
    rf"(?<![\w./}}])/(?!(?:{'|'.join(map(re.escape, sorted({*_POINTERS, *_ROUTES})))})(?![\w.-]))"
    r"[\w.…-][^\s'\"`<>|,;:()\[\]{}]*"
)


class Discretion:
    """Takes paths out of messages; those below the media roots, which clients know, become relative."""

    def __init__(self, settings: Settings) -> None:
        others = {settings.output_dir or settings.data_dir, settings.data_dir, Path.home(), Path.cwd()}
        self._roots = _below(settings.media_roots)
        self._others = _below({*others, Path(tempfile.gettempdir())})

    def text(self, text: str) -> str:
        """The text without paths of this machine."""
        if "/" not in text:
            return text
        if self._roots is not None:
            text = self._roots.sub(lambda found: "" if found[1] else _GONE, text)
        if self._others is not None:
            # Names with spaces in them would not be known as one path.
            text = self._others.sub(lambda found: f"/{_GONE}{found[1]}", text)
        return _PATH.sub(_base_name, text)

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


def _below(folders: Iterable[Path]) -> re.Pattern[str] | None:
    known = {str(folder) for folder in folders} | {os.path.realpath(folder) for folder in folders}
    longest_first = sorted((name for name in known if name.strip("/.")), key=len, reverse=True)
    if not longest_first:
        return None
    names = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?<![\w./}}])(?:{names})(/|(?![\w.-]))")


def _base_name(found: re.Match[str]) -> str:
    path = found[0].rstrip(".")
    folder, _, name = path.rpartition("/")
    return (f"{_GONE}/{name}" if folder and name != _GONE else _GONE) + found[0][len(path) :]
