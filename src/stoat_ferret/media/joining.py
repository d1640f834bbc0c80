"""One picture track out of copied and encoded parts: every coded frame is written as it was read.

The track has one clock: frame n is decoded n frames after the start, less the frames that decoders wait for,
and shown at its own number. Parameter sets of all parts stand in one description, by different numbers.
The file is an MP4 that ffmpeg reads once more, to put the sound beside it.
"""

from __future__ import annotations

import hashlib
import os
import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from stoat_ferret.errors import CopyFailed
from stoat_ferret.media import h264
from stoat_ferret.media.h264 import Configuration
from stoat_ferret.media.packets import configuration_of
from stoat_ferret.media.tracks import Track, Unreadable, boxes, read_track
from stoat_ferret.model.plan import Packets

__all__ = ["Part", "join"]

_BLOCK = 4 << 20
_HEAD_BYTES = 4096
"""What stands before the picture in a key frame fits into so much."""
_VISUAL_ENTRY = 86
_PICTURE_BOXES = (b"colr", b"pasp")
_LEAST_TICKS = 10_000
"""Of a second, so that who reads the track in milliseconds finds every frame."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Coded frames of a file that can be decoded without any others."""

    descriptor: int
    """The file, open for reading."""
    packets: Packets | None = None
    """Which of its frames; none: all of its only track."""
    frames: int
    """How many there must be."""


def join(parts: Sequence[Part], output: Path, *, rate: Fraction) -> None:
    """Write the parts one after another to `output`, an MP4 with a picture of `rate` frames a second.

    Then read it again, and hold the bytes of every part against those that were read. Blocks.
    Raises `CopyFailed` when the parts do not fit together or something else was written.
    """
    try:
        runs = [_run(part) for part in parts]
        with open(output, "wb") as file:
            digests = _write(file.fileno(), runs, rate)
        _prove(output, runs, digests)
    except (Unreadable, ValueError) as error:
        raise CopyFailed(detail=f"{error}") from None


@dataclass(frozen=True, kw_only=True)
class _Run:
    """A part whose tables are read."""

    descriptor: int
    entry: bytes
    configuration: Configuration
    offsets: Sequence[int]
    sizes: Sequence[int]
    order: Sequence[int]
    """The number of each frame within the part, by when it is shown; frames are in order of decoding."""
    keys: frozenset[int]
    """Those to begin with."""
    copied: bool


def _run(part: Part) -> _Run:
    chosen = part.packets
    track = read_track(part.descriptor, chosen.track if chosen else 0)
    first, count = (chosen.first, chosen.count) if chosen else (0, len(track))
    if first < 0 or first + count > len(track) or count != part.frames:
        raise ValueError(f"{part.frames} frames were expected of a part that has {count}")
    here = slice(first, first + count)
    shown = track.shown[here]
    places = {time: place for place, time in enumerate(sorted(shown))}
    if len(places) != count:
        raise ValueError("two frames are shown at the same time")
    keys = _keys(track, part, first, count)
    if 0 not in keys:
        raise ValueError("a part does not begin with a key frame")
    return _Run(
        descriptor=part.descriptor,
        entry=track.entry,
        configuration=configuration_of(track),
        offsets=track.offsets[here],
        sizes=track.sizes[here],
        order=array("q", (places[time] for time in shown)),
        keys=keys,
        copied=part.packets is not None,
    )


def _keys(track: Track, part: Part, first: int, count: int) -> frozenset[int]:
    """Frames of a part that a decoder can begin with, counted from its first one."""
    within = (key - first for key in track.keys if first <= key < first + count)
    return frozenset(key for key in within if _is_idr(part.descriptor, track, first + key))


def _is_idr(descriptor: int, track: Track, sample: int) -> bool:
    size = min(track.sizes[sample], _HEAD_BYTES)
    kinds = (kind for kind, _ in h264.units(os.pread(descriptor, size, track.offsets[sample])))
    return next((kind for kind in kinds if kind in h264.SLICES), None) == h264.IDR


def _write(descriptor: int, runs: Sequence[_Run], rate: Fraction) -> list[bytes]:
    """Write all of them; what each part's bytes hashed to as they were read."""
    head = _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")
    size = sum(sum(run.sizes) for run in runs)
    # The size of what follows in 64 bits: nobody knows how long a film is.
    start = len(head) + 16
    _put(descriptor, head + struct.pack(">I4sQ", 1, b"mdat", 16 + size))
    digests = []
    for run in runs:
        read = hashlib.blake2b()
        for offset, length in _stretches(run):
            for block in _blocks(run.descriptor, offset, length):
                read.update(block)
                _put(descriptor, block)
        digests.append(read.digest())
    _put(descriptor, _movie(runs, start, rate))
    return digests


def _stretches(run: _Run) -> Iterator[tuple[int, int]]:
    """Where the frames lie in their file, those that follow one another as one."""
    begin = end = 0
    for offset, size in zip(run.offsets, run.sizes, strict=True):
        if offset != end:
            if end > begin:
                yield begin, end - begin
            begin = offset
        end = offset + size
    if end > begin:
        yield begin, end - begin


def _blocks(descriptor: int, offset: int, length: int) -> Iterator[bytes]:
    """A stretch of a file, in parts that fit into memory."""
    end = offset + length
    while offset < end:
        block = os.pread(descriptor, min(end - offset, _BLOCK), offset)
        if not block:
            raise ValueError("a source has become shorter")
        yield block
        offset += len(block)


def _put(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _movie(runs: Sequence[_Run], start: int, rate: Fraction) -> bytes:
    """The box `moov`."""
    timescale, tick = rate.numerator, rate.denominator
    while timescale < _LEAST_TICKS:
        timescale, tick = timescale * 2, tick * 2
    count = sum(len(run.sizes) for run in runs)
    delay = max((number - place for run in runs for number, place in enumerate(run.order)), default=0)
    length = count * tick
    width, height = struct.unpack_from(">HH", runs[0].entry, 32)
    matrix = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    header = _full(
        b"mvhd",
        1,
        0,
        struct.pack(">QQIQIH10x", 0, 0, timescale, length, 0x10000, 0x100),
        matrix,
        bytes(24),
        struct.pack(">I", 2),
    )
    track = _full(
        b"tkhd",
        1,
        3,
        struct.pack(">QQI4xQ8xhhhxx", 0, 0, 1, length, 0, 0, 0),
        matrix,
        struct.pack(">II", width << 16, height << 16),
    )
    edit = _box(b"edts", _full(b"elst", 1, 0, struct.pack(">IQqhh", 1, length, delay * tick, 1, 0)))
    media = _full(b"mdhd", 1, 0, struct.pack(">QQIQHH", 0, 0, timescale, length, 0x55C4, 0))
    handler = _full(b"hdlr", 0, 0, struct.pack(">4x4s12x", b"vide"), b"VideoHandler\0")
    where = _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1)))
    tables = _box(b"stbl", *_tables(runs, start, tick, delay))
    visual = _full(b"vmhd", 0, 1, bytes(8))
    inner = _box(b"mdia", media, handler, _box(b"minf", visual, where, tables))
    return _box(b"moov", header, _box(b"trak", track, edit, inner))


def _tables(runs: Sequence[_Run], start: int, tick: int, delay: int) -> list[bytes]:
    count = sum(len(run.sizes) for run in runs)
    late: list[int] = []
    keys: list[int] = []
    chunks: list[int] = []
    before = 0
    for run in runs:
        late += [place - number + delay for number, place in enumerate(run.order)]
        keys += [before + key + 1 for key in sorted(run.keys)]
        chunks.append(start)
        start += sum(run.sizes)
        before += len(run.sizes)
    runs_of_late = [(len(list(same)), value * tick) for value, same in groupby(late)]
    sizes = array("I", (size for run in runs for size in run.sizes))
    return [
        _full(b"stsd", 0, 0, struct.pack(">I", 1), _entry(runs)),
        _full(b"stts", 0, 0, struct.pack(">III", 1, count, tick)),
        _full(b"ctts", 0, 0, _table(len(runs_of_late), array("I", sum(runs_of_late, ())))),
        _full(b"stss", 0, 0, _table(len(keys), array("I", keys))),
        _full(
            b"stsc",
            0,
            0,
            _table(
                len(runs),
                array("I", sum(((number + 1, len(run.sizes), 1) for number, run in enumerate(runs)), ())),
            ),
        ),
        _full(b"stsz", 0, 0, struct.pack(">I", 0), _table(count, sizes)),
        _full(b"co64", 0, 0, _table(len(chunks), array("Q", chunks))),
    ]


def _entry(runs: Sequence[_Run]) -> bytes:
    """The description of all frames: that of an encoded part, which says how colours are meant."""
    model = next((run for run in runs if not run.copied), runs[0])
    different = {run.configuration: run.configuration for run in runs}
    configuration = h264.merged(list(different))
    about = [
        _box(kind, bytes(content))
        for kind, content in boxes(model.entry, _VISUAL_ENTRY)
        if kind in _PICTURE_BOXES
    ]
    return _box(b"avc1", model.entry[8:_VISUAL_ENTRY], _box(b"avcC", configuration.box()), *about)


def _table(count: int, values: array[int]) -> bytes:
    values.byteswap()
    return struct.pack(">I", count) + values.tobytes()


def _box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), kind) + inside


def _full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *content)


def _prove(output: Path, runs: Sequence[_Run], digests: Sequence[bytes]) -> None:
    """Raise `ValueError` where a frame of the file is not, byte for byte, the frame that was read."""
    with open(output, "rb") as file:
        written = read_track(file.fileno(), 0)
        if len(written) != sum(len(run.sizes) for run in runs):
            raise ValueError("another number of frames was written")
        at = 0
        for run, digest in zip(runs, digests, strict=True):
            if written.sizes[at : at + len(run.sizes)] != array("I", run.sizes):
                raise ValueError("frames of another size were written")
            end = at + len(run.sizes)
            found = hashlib.blake2b()
            if end > at:
                # A part is one chunk: its frames follow one another.
                for block in _blocks(file.fileno(), written.offsets[at], sum(run.sizes)):
                    found.update(block)
            if found.digest() != digest:
                raise ValueError("other frames were written than were read")
            at = end
