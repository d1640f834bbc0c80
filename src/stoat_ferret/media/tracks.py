"""The picture track of an MP4 or MOV file: how many coded frames, where each lies, and when it is shown.

Read from the file's own tables: nothing is decoded, and what lies between the tables is not read.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

__all__ = ["MOST_SAMPLES", "UPRIGHT", "Track", "Unreadable", "boxes", "count_frames", "read_track"]

MOST_SAMPLES = 4_000_000
"""Frames of a day and a half at 30 a second: with more, a track is not read."""

_LARGEST_TABLES = 256 << 20
_HEAD = struct.Struct(">I4s")
UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""The matrix of a picture that players neither turn, mirror nor move."""

_PICTURE_HEAD = 86
"""Bytes of the description of a picture before the boxes in it, its own head included."""
_TABLES = frozenset((b"stsd", b"stsz", b"stts", b"ctts", b"stsc", b"stco", b"co64", b"stss"))


class Unreadable(Exception):
    """The file has no such track, or one that is written in another way; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Track:
    """Coded frames in the order in which they are decoded."""

    timescale: int
    """Ticks of a second."""
    entry: bytes
    """The sample description, such as the box `avc1`, whole."""
    offsets: array[int]
    """Where each begins in the file, bytes."""
    sizes: array[int]
    """Bytes of each."""
    shown: array[int]
    """When each is shown, in ticks on the file's own clock."""
    keys: array[int]
    """Numbers of those that can be decoded by themselves, in order."""

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def head(self) -> bytes:
        """The sample description up to the boxes in it, without its own size and kind."""
        return self.entry[_HEAD.size : _PICTURE_HEAD]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as coded."""
        width, height = struct.unpack_from(">HH", self.entry, 32)
        return width, height

    def described(self) -> dict[bytes, memoryview]:
        """The boxes in the sample description, such as `avcC` and `colr`; raises `Unreadable`."""
        return dict(boxes(self.entry, _PICTURE_HEAD))


def boxes(data: bytes | memoryview, start: int = 0) -> Iterator[tuple[bytes, memoryview]]:
    """Kind and content of each box that follows the one before it; raises `Unreadable`."""
    view = memoryview(data)
    while start + _HEAD.size <= len(view):
        size, kind = _HEAD.unpack_from(view, start)
        head = _HEAD.size
        if size == 1 and start + 16 <= len(view):
            size, head = int.from_bytes(view[start + 8 : start + 16], "big"), 16
        elif size == 0:
            size = len(view) - start
        if size < head or start + size > len(view):
            raise Unreadable("its index is damaged")
        yield kind, view[start + head : start + size]
        start += size


def count_frames(path: Path) -> int | None:
    """Frames of the first track of any kind; none: it has no whole index, as a file that was cut off."""
    try:
        with open(path, "rb") as file:
            table = _one(_movie(file.fileno()), b"trak", b"mdia", b"minf", b"stbl", b"stsz")
            return int.from_bytes(table[8:12], "big")
    except (OSError, Unreadable, struct.error):
        return None


def read_track(descriptor: int, number: int) -> Track:
    """Track `number` of the file, counted from 0 as ffmpeg counts streams; raises `Unreadable`.

    An edit list may shift the track's start; one that does more is refused.
    """
    try:
        movie = _movie(descriptor)
        tracks = [content for kind, content in boxes(movie) if kind == b"trak"]
        if any(kind == b"mvex" for kind, _ in boxes(movie)):
            raise Unreadable("its index comes in fragments")
        if number >= len(tracks):
            raise Unreadable("its index has no such track")
        header = _one(movie, b"mvhd")
        _require_upright(header, 48 if header[0] == 1 else 36)
        return _track(tracks[number], os.fstat(descriptor).st_size, _timescale(header))
    except (struct.error, ArithmeticError, LookupError, ValueError):
        raise Unreadable("its index is damaged") from None


def _movie(descriptor: int) -> bytes:
    """The content of the box `moov`."""
    start, end = 0, os.fstat(descriptor).st_size
    while start + _HEAD.size <= end:
        size, kind = _HEAD.unpack(os.pread(descriptor, _HEAD.size, start))
        head = _HEAD.size
        if size == 1:
            size, head = int.from_bytes(os.pread(descriptor, 8, start + 8), "big"), 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            break
        if kind == b"moov":
            if size > _LARGEST_TABLES:
                raise Unreadable("its index is too large")
            return os.pread(descriptor, size - head, start + head)
        start += size
    raise Unreadable("it has no index of the kind that MP4 has")


def _one(data: bytes | memoryview, *way: bytes) -> memoryview:
    """The content of the first box under these names."""
    found = memoryview(data)
    for name in way:
        inner = next((content for kind, content in boxes(found) if kind == name), None)
        if inner is None:
            raise Unreadable(f"its index has no {name.decode()}")
        found = inner
    return found


def _timescale(header: memoryview) -> int:
    """Ticks of a second, as `mvhd` and `mdhd` say."""
    at = 20 if header[0] == 1 else 12
    found = int.from_bytes(header[at : at + 4], "big")
    if not found:
        raise Unreadable("its index is not complete")
    return found


def _require_upright(header: memoryview, at: int) -> None:
    """Raise `Unreadable` where players turn, mirror or move the picture, by a matrix that stands at `at`."""
    if bytes(header[at : at + 36]) != UPRIGHT:
        raise Unreadable("players turn its picture")


def _track(track: memoryview, size: int, movie_timescale: int) -> Track:
    if bytes(_one(track, b"mdia", b"hdlr")[8:12]) != b"vide":
        raise Unreadable("its index has another kind of track there")
    header = _one(track, b"tkhd")
    _require_upright(header, 52 if header[0] == 1 else 40)
    timescale = _timescale(_one(track, b"mdia", b"mdhd"))
    inner = boxes(_one(track, b"mdia", b"minf", b"stbl"))
    tables = {kind: content for kind, content in inner if kind in _TABLES}
    entries = list(_entries(tables[b"stsd"])) if b"stsd" in tables else []
    if len(entries) != 1:
        raise Unreadable("its frames have several descriptions")
    if not all(name in tables for name in (b"stsz", b"stts", b"stsc")):
        raise Unreadable("its index is not complete")
    sizes = _sizes(tables[b"stsz"], size)
    count = len(sizes)
    decoded = array("q", accumulate(_runs(tables[b"stts"], count, signed=False), initial=0))
    decoded.pop()
    late = _runs(tables[b"ctts"], count, signed=True) if b"ctts" in tables else array("q", bytes(8 * count))
    before, first, length = _edit(track, timescale, movie_timescale)
    shown = array("q", (at + by - (first or 0) for at, by in zip(decoded, late, strict=True)))
    if length is not None and count and max(shown) >= length:
        raise Unreadable("it is cut by an edit list")
    if first is not None:
        # It may begin between two frames: players show the first one within it when it begins.
        begin = min((time for time in shown if time >= 0), default=0)
        shown = array("q", (time - begin + before for time in shown))
    offsets = _offsets(tables, sizes)
    if count and max(map(sum, zip(offsets, sizes, strict=True))) > size:
        raise Unreadable("it is cut off")
    keys = (
        array("q", (number - 1 for number in _words(tables[b"stss"])))
        if b"stss" in tables
        else array("q", range(count))
    )
    if any(later <= key for key, later in pairwise((-1, *keys))) or (keys and keys[-1] >= count):
        raise Unreadable("its index is damaged")
    if count and not min(sizes):
        raise Unreadable("it has frames of nothing")
    return Track(timescale=timescale, entry=entries[0], offsets=offsets, sizes=sizes, shown=shown, keys=keys)


def _entries(table: memoryview) -> Iterator[bytes]:
    for kind, content in boxes(table, 8):
        yield _HEAD.pack(len(content) + _HEAD.size, kind) + content


def _words(table: memoryview) -> array[int]:
    """The numbers of a table that says first how many there are."""
    count = int.from_bytes(table[4:8], "big")
    return _integers("I", table[8 : 8 + 4 * count], count)


def _integers(kind: str, data: memoryview, count: int) -> array[int]:
    """So many big-endian whole numbers of an `array` type."""
    found = array(kind)
    found.frombytes(data)
    if len(found) != count:
        raise ValueError(count)
    found.byteswap()
    return found


def _sizes(table: memoryview, file_size: int) -> array[int]:
    each, count = struct.unpack_from(">II", table, 4)
    if count > MOST_SAMPLES:
        raise Unreadable("it has too many frames")
    if each:
        if each * count > file_size:
            raise Unreadable("it is cut off")
        same: array[int] = array("I", [each]) * count
        return same
    return _integers("I", table[12 : 12 + 4 * count], count)


def _runs(table: memoryview, count: int, *, signed: bool) -> array[int]:
    """Numbers that a table gives as `how many, which`, one for each frame."""
    runs = int.from_bytes(table[4:8], "big")
    words = _integers("I", table[8 : 8 + 8 * runs], 2 * runs)
    values = array("q")
    for many, value in zip(words[::2], words[1::2], strict=True):
        more = min(many, count - len(values))
        values.extend(array("q", [value - (1 << 32) if signed and value >> 31 else value]) * more)
    if len(values) != count:
        raise ValueError(count)
    return values


def _offsets(tables: dict[bytes, memoryview], sizes: array[int]) -> array[int]:
    """Where each frame begins: chunks hold runs of them."""
    if b"co64" in tables:
        table = tables[b"co64"]
        chunks = int.from_bytes(table[4:8], "big")
        starts = _integers("Q", table[8 : 8 + 8 * chunks], chunks)
    else:
        starts = _words(tables[b"stco"]) if b"stco" in tables else array("I")
    table = tables[b"stsc"]
    runs = int.from_bytes(table[4:8], "big")
    words = _integers("I", table[8 : 8 + 12 * runs], 3 * runs)
    firsts = [first - 1 for first in words[::3]]
    if firsts[:1] != [0] or any(later <= first for first, later in pairwise(firsts)) or not all(words[1::3]):
        raise ValueError("chunks out of order")
    offsets = array("Q")
    number = 0
    for index, first in enumerate(firsts):
        following = firsts[index + 1] if index + 1 < len(firsts) else len(starts)
        for start in starts[first:following]:
            here = sizes[number : number + words[3 * index + 1]]
            offsets.extend(accumulate(here[:-1], initial=start) if here else ())
            number += len(here)
    if number != len(sizes):
        raise ValueError(number)
    return offsets


def _edit(track: memoryview, timescale: int, movie_timescale: int) -> tuple[int, int | None, int | None]:
    """Ticks before the track begins, its tick that is shown then, and how many are shown; none: all."""
    edits = next((content for kind, content in boxes(track) if kind == b"edts"), None)
    if edits is None:
        return 0, None, None
    table = _one(edits, b"elst")
    count = int.from_bytes(table[4:8], "big")
    shape = struct.Struct(">Qqhh" if table[0] == 1 else ">Iihh")
    found = [shape.unpack_from(table, 8 + number * shape.size) for number in range(min(count, 3))]
    empty = found.pop(0)[0] if found and found[0][1] == -1 else 0
    if len(found) != 1 or count > 2 or found[0][1] < 0 or found[0][2:] != (1, 0):
        raise Unreadable("it is cut by an edit list")
    before = round(empty * timescale / movie_timescale)
    length = round(found[0][0] * timescale / movie_timescale)
    return before, int(found[0][1]), length or None
