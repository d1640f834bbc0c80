"""How many frames the index of an MP4 or MOV file has: read from the file itself, without a decoder."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

__all__ = ["count_frames"]

_HEAD = struct.Struct(">I4s")
_LARGE = struct.Struct(">Q")
_SIZES = struct.Struct(">4xII")
_WAY = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz")


def count_frames(path: Path) -> int | None:
    """Frames of the first track; none: it has no whole index, as a file that was cut off."""
    try:
        with open(path, "rb") as file:
            start, end = 0, path.stat().st_size
            for name in _WAY:
                found = _find(file, name, start, end)
                if found is None:
                    return None
                start, end = found
            file.seek(start)
            _, count = _SIZES.unpack(file.read(_SIZES.size))
            return int(count)
    except (OSError, struct.error):
        return None


def _find(file: BinaryIO, name: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Where the content of the first box of this name lies between two places."""
    while start + _HEAD.size <= end:
        file.seek(start)
        size, kind = _HEAD.unpack(file.read(_HEAD.size))
        head = _HEAD.size
        if size == 1:
            (size,) = _LARGE.unpack(file.read(_LARGE.size))
            head += _LARGE.size
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return None
        if kind == name:
            return start + head, start + size
        start += size
    return None
