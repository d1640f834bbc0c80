"""Animated WebP files as they lie on the disk: which pictures they have, and how long each shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["Animation", "is_webp", "read_animation"]

_HEAD = 12
_CHUNK = 8
_FRAME = 16
"""Bytes of what is said of a picture before its own."""


@dataclass(frozen=True, kw_only=True)
class Animation:
    """What the container of a WebP says."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    lasting: tuple[int, ...]
    """Milliseconds that each picture shows; one of 0: a picture that stands still."""
    loops: int | None
    """How often it plays, 0: for ever; none: it does not move."""


def is_webp(path: Path) -> bool:
    """Whether a file begins as a WebP does."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head[:4] == b"RIFF" and head[8:] == b"WEBP"


def read_animation(path: Path) -> Animation:
    """What the file says; raises `ValueError` where it is no whole WebP."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if head[:4] != b"RIFF" or head[8:] != b"WEBP" or int.from_bytes(head[4:8], "little") + _CHUNK > size:
            raise ValueError("it is no whole WebP")
        return _read(file, size)


def _read(file: BinaryIO, size: int) -> Animation:
    extent = (0, 0)
    lasting: list[int] = []
    loops: int | None = None
    while len(chunk := file.read(_CHUNK)) == _CHUNK:
        kind, length = chunk[:4], int.from_bytes(chunk[4:], "little")
        end = file.tell() + length + length % 2
        if end > size + 1:
            raise ValueError("it ends within a picture")
        data = file.read(min(length, _FRAME))
        if kind == b"VP8X":
            extent = (_number(data[4:7]) + 1, _number(data[7:10]) + 1)
        elif kind == b"VP8 ":
            extent, lasting = (_number(data[6:8]) & 0x3FFF, _number(data[8:10]) & 0x3FFF), [0]
        elif kind == b"ANIM":
            loops = _number(data[4:6])
        elif kind == b"ANMF":
            lasting.append(_number(data[12:15]))
        file.seek(end)
    return Animation(width=extent[0], height=extent[1], lasting=tuple(lasting), loops=loops)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")
