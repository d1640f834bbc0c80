"""One picture track out of copied and encoded parts: every coded frame is written as it was read.

The track has one clock: frame n is decoded n frames after the start, less the frames that decoders wait for,
and shown at its own number. Parameter sets of all parts stand in one description, by different numbers.
The track is an MP4 written from its first byte to its last, its index first: ffmpeg can read it from a pipe
while it is written, to put the sound beside it.
"""

from __future__ import annotations

import os
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, groupby
from pathlib import Path
from typing import Self

from stoat_ferret.errors import CopyFailed
from stoat_ferret.media import files, h264
from stoat_ferret.media.coded import CodedFrames
from stoat_ferret.media.h264 import Configuration
from stoat_ferret.media.packets import begins, configuration_of
from stoat_ferret.media.tracks import UPRIGHT, Track, Unreadable, read_track
from stoat_ferret.model.plan import Packets

__all__ = ["Part", "join"]

_BLOCK = 4 << 20
_PICTURE_BOXES = (b"colr", b"pasp")
_LEAST_TICKS = 10_000
"""Of a second, so that who reads the track in milliseconds finds every frame."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Coded frames of a file that can be decoded without any others."""

    path: Path
    """The file."""
    roots: Sequence[Path] = ()
    """Where it may lie; none: anywhere."""
    packets: Packets | None = None
    """Which of its frames; none: all of its only track."""
    frames: int
    """How many there must be."""


def join(
    parts: Sequence[Part], output: int, *, rate: Fraction, stopped: Callable[[], bool] = lambda: False
) -> str:
    """Write the parts one after another to the open file or pipe `output`: an MP4 of `rate` frames a second.

    Says what `CodedFrames` tells of the frames as they were read: who reads the finished film proves by it
    that every frame is, byte for byte, that of its part. Blocks, until it is done or `stopped` says that
    nobody waits for it any more.
    Raises `CopyFailed` when the parts do not fit together or cannot be read; `MediaRefused` where one cannot
    be opened; and `OSError` when the output cannot be written.
    """
    try:
        with _Files() as opened:
            return _write(output, [_run(part, opened) for part in parts], rate, opened, stopped)
    except (Unreadable, ValueError) as error:
        raise CopyFailed(detail=f"{error}") from None


class _Files:
    """The files of parts: those that are copied from stay open, each once, with their tables.

    There are few of them, and there may be thousands of encoded parts.
    """

    def __init__(self) -> None:
        self._kept: dict[Path, int] = {}
        self._tracks: dict[tuple[Path, int], Track] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._kept.values():
            os.close(descriptor)

    @contextmanager
    def opened(self, part: Part) -> Iterator[int]:
        """The part's file, open for reading."""
        if part.packets is not None and part.path in self._kept:
            yield self._kept[part.path]
            return
        descriptor = files.open_source(part.path, part.roots)
        if part.packets is not None:
            self._kept[part.path] = descriptor
            yield descriptor
            return
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def track(self, part: Part, descriptor: int) -> Track:
        """The part's picture."""
        if part.packets is None:
            return read_track(descriptor, 0)
        key = part.path, part.packets.track
        if key not in self._tracks:
            self._tracks[key] = read_track(descriptor, part.packets.track)
        return self._tracks[key]


@dataclass(frozen=True, kw_only=True)
class _Run:
    """A part whose tables are read; the fields are of its frames alone, `track` is the whole file's."""

    part: Part
    track: Track
    configuration: Configuration
    offsets: Sequence[int]
    sizes: Sequence[int]
    order: Sequence[int]
    """The number of each frame within the part, by when it is shown; frames are in order of decoding."""
    keys: frozenset[int]
    """Those to begin with."""


def _run(part: Part, opened: _Files) -> _Run:
    with opened.opened(part) as descriptor:
        track = opened.track(part, descriptor)
        chosen = part.packets
        first, count = (chosen.first, chosen.count) if chosen else (0, len(track))
        if first < 0 or first + count > len(track) or count != part.frames:
            raise ValueError(f"{part.frames} frames were expected of a part that has {count}")
        here = slice(first, first + count)
        shown = track.shown[here]
        places = {time: place for place, time in enumerate(sorted(shown))}
        if len(places) != count:
            raise ValueError("two frames are shown at the same time")
        configuration = configuration_of(track)
        within = track.keys[bisect_left(track.keys, first) : bisect_left(track.keys, first + count)]
        keys = frozenset(key - first for key in within if begins(descriptor, track, key, configuration))
    if 0 not in keys:
        raise ValueError("a part does not begin with a key frame")
    return _Run(
        part=part,
        track=track,
        configuration=configuration,
        offsets=track.offsets[here],
        sizes=track.sizes[here],
        order=array("q", (places[time] for time in shown)),
        keys=keys,
    )


def _write(
    output: int, runs: Sequence[_Run], rate: Fraction, opened: _Files, stopped: Callable[[], bool]
) -> str:
    """Write all of them; says what was read."""
    head = _box(b"ftyp", b"isom", struct.pack(">I", 0x200), b"isomiso2avc1mp41")
    # The index tells where frames lie, and they lie behind it: its length is known when it is written once.
    start = len(head) + len(_movie(runs, 0, rate)) + 16
    size = sum(sum(run.sizes) for run in runs)
    # The size of what follows in 64 bits: nobody knows how long a film is.
    _put(output, head + _movie(runs, start, rate) + struct.pack(">I4sQ", 1, b"mdat", 16 + size))
    frames = CodedFrames()
    for run in runs:
        frames.sized(run.sizes)
        with opened.opened(run.part) as source:
            for block in _whole_packets(source, run) if run.part.packets else _stretches(source, run):
                if stopped():
                    raise ValueError("nobody waits for it")
                frames.read(block)
                _put(output, block)
    return frames.told()


def _whole_packets(source: int, run: _Run) -> Iterator[bytes]:
    """The packets of a part that is copied, each sound as far as its units go: nobody has decoded them."""
    for offset, size in zip(run.offsets, run.sizes, strict=True):
        packet = b"".join(_blocks(source, offset, size))
        if not h264.is_whole(packet):
            raise ValueError("packets of a source are damaged")
        yield packet


def _stretches(source: int, run: _Run) -> Iterator[bytes]:
    """What a part has in its file, frames that follow one another as one."""
    begin = end = 0
    for offset, size in zip(run.offsets, run.sizes, strict=True):
        if offset != end:
            yield from _blocks(source, begin, end - begin)
            begin = offset
        end = offset + size
    yield from _blocks(source, begin, end - begin)


def _blocks(descriptor: int, offset: int, length: int) -> Iterator[bytes]:
    """A stretch of a file, in parts that fit into memory."""
    end = offset + length
    while offset < end:
        try:
            block = os.pread(descriptor, min(end - offset, _BLOCK), offset)
        except OSError as error:
            raise ValueError(f"a file cannot be read: {error.strerror}") from None
        if not block:
            raise ValueError("a file has become shorter")
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
    width, height = runs[0].track.size
    header = _full(
        b"mvhd",
        1,
        0,
        struct.pack(">QQIQIH10x", 0, 0, timescale, length, 0x10000, 0x100),
        UPRIGHT,
        bytes(24),
        struct.pack(">I", 2),
    )
    track = _full(
        b"tkhd",
        1,
        3,
        struct.pack(">QQI4xQ8xhhhxx", 0, 0, 1, length, 0, 0, 0),
        UPRIGHT,
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
        _full(b"ctts", 0, 0, _table(len(runs_of_late), array("I", chain.from_iterable(runs_of_late)))),
        _full(b"stss", 0, 0, _table(len(keys), array("I", keys))),
        _full(
            b"stsc",
            0,
            0,
            _table(
                len(runs),
                array(
                    "I",
                    chain.from_iterable((number + 1, len(run.sizes), 1) for number, run in enumerate(runs)),
                ),
            ),
        ),
        _full(b"stsz", 0, 0, struct.pack(">I", 0), _table(count, sizes)),
        _full(b"co64", 0, 0, _table(len(chunks), array("Q", chunks))),
    ]


def _entry(runs: Sequence[_Run]) -> bytes:
    """The description of all frames: that of an encoded part, which says how colours are meant."""
    model = next((run for run in runs if run.part.packets is None), runs[0])
    different = {run.configuration: run.configuration for run in runs}
    configuration = h264.merged(list(different))
    described = model.track.described()
    about = [_box(kind, bytes(described[kind])) for kind in _PICTURE_BOXES if kind in described]
    return _box(b"avc1", model.track.head, _box(b"avcC", configuration.box()), *about)


def _table(count: int, values: array[int]) -> bytes:
    values.byteswap()
    return struct.pack(">I", count) + values.tobytes()


def _box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), kind) + inside


def _full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *content)
