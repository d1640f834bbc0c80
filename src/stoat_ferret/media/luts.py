"""Looking at colour tables: `.cube` files that effects name, read whole, and understood by the core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.errors import MediaRefused
from stoat_ferret.media.files import identity, open_source, text_of

__all__ = ["LARGEST", "LutFacts", "is_lut", "look", "plain_text"]

LARGEST = 16 << 20
"""Bytes of the largest file that is read."""

_HEAD = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class LutFacts:
    """One colour table that can be used."""

    path: str
    """Absolute path."""
    identity: str
    """Names the content: `<size>-<mtime in ns>-<hash of head, middle and tail>`."""
    dimensions: int
    """1: each component has a curve of its own; 3: all three together."""
    size: int
    """Colours of a curve, or along each edge of the cube."""
    digest: str
    """Names the table itself, however it is written."""

    @property
    def refused(self) -> MediaRefused:
        """Why no clip can show it."""
        return MediaRefused.because(
            "media.not_media",
            f"{self.path} is a colour table; there is neither picture nor sound in it.",
            hint="Use it with the effect lut.",
        )

    def to_json(self) -> dict[str, Any]:
        """The form that the compiler takes: what effects can use, and why no clip can."""
        table = {
            "path": self.path,
            "dimensions": self.dimensions,
            "size": self.size,
            "digest": self.digest,
        }
        return {"table": table, **self.refused.to_json()}


def is_lut(path: Path) -> bool:
    """Whether the name is that of a colour table."""
    return path.suffix.lower() == ".cube"


def look(path: Path, roots: Sequence[Path]) -> LutFacts | None:
    """What is in the table at `path`; none: it is no text at all, whatever its name says.

    Raises `MediaRefused` with the reason, and the line.
    """
    read = _read(path, roots)
    if read is None:
        return None
    text, seen = read
    found = core.read_lut(text)
    if isinstance(found, core.Lut):
        return LutFacts(
            path=str(path),
            identity=seen,
            dimensions=found.dimensions,
            size=found.size,
            digest=found.digest,
        )
    raise MediaRefused.because(found.code, f"{path}: {found.message}.", hint=found.hint or "")


def plain_text(path: Path, roots: Sequence[Path], digest: str) -> str:
    """The table of this digest as ffmpeg is given it.

    Raises `MediaRefused` where the file holds another one.
    """
    read = _read(path, roots)
    try:
        text, found = core.plain_lut("" if read is None else read[0])
    except ValueError:
        raise _changed(path) from None
    if found != digest:
        raise _changed(path)
    return text


def _read(path: Path, roots: Sequence[Path]) -> tuple[str, str] | None:
    """The text of a file and its identity; none: it holds no text."""
    with open(open_source(path, roots), "rb") as file:
        seen = identity(file.fileno())
        if b"\0" in file.peek(_HEAD)[:_HEAD]:
            return None
        text = text_of(path, file, most=LARGEST)
        if identity(file.fileno()) != seen:
            raise _changed(path)
        return text, seen


def _changed(path: Path) -> MediaRefused:
    return MediaRefused.because(
        "media.changed", f"{path} changed while it was read.", hint="Start again when it is complete."
    )
