"""The tables of MP4 files: read as a demuxer reads them, and refused where they are damaged or odd."""

from __future__ import annotations

import os
import random
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from stoat_ferret.config import Settings
from stoat_ferret.errors import CopyFailed
from stoat_ferret.media import h264, joining
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.packets import configuration_of, packets_of
from stoat_ferret.media.probe import probe_all
from stoat_ferret.media.tracks import Unreadable, read_track
from stoat_ferret.model.plan import Packets
from stoat_ferret.testing.media import MediaMaker, Source

SOURCES = [
    Source(frames=100),
    Source(frames=90, ending="mov", sound=None),
    Source(frames=60, rate=Fraction(30000, 1001), codec="h264-open-gop"),
    Source(frames=40, rate=Fraction(25), coding="bframes=0:keyint=10"),
]


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def joined(parts: list[joining.Part], path: Path, **more: Any) -> str:
    """Join to a file."""
    with open(path, "wb") as file:
        return joining.join(parts, file.fileno(), rate=Fraction(30), **more)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.coding or source.codec + source.ending)
def test_every_frame_lies_where_a_demuxer_finds_it(media: MediaMaker, source: Source) -> None:
    """Place, size, time and key of each packet, in the order of decoding."""
    path = media.make(source)
    with opened(path) as descriptor:
        track = read_track(descriptor, 0)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [packet for packet in container.demux(stream) if packet.size]
        assert Fraction(1, track.timescale) == stream.time_base
    assert [packet.pos for packet in found] == list(track.offsets)
    assert [packet.size for packet in found] == list(track.sizes)
    assert [packet.pts for packet in found] == list(track.shown)
    assert [number for number, packet in enumerate(found) if packet.is_keyframe] == list(track.keys)


def test_damage_is_refused_and_never_believed(media: MediaMaker, tmp_path: Path) -> None:
    """Whatever a byte of the index becomes, reading ends soon, with frames within the file or a reason."""
    whole = media.make(SOURCES[0]).read_bytes()
    begin = whole.index(b"moov")
    dice = random.Random(3)
    damaged = tmp_path / "damaged.mp4"
    refused = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(begin, len(data))] = dice.choice([0, 1, 0x7F, 0xFF, dice.randrange(256)])
        damaged.write_bytes(data)
        with opened(damaged) as descriptor:
            try:
                track = read_track(descriptor, 0)
            except Unreadable:
                refused += 1
                continue
        ends = (offset + size for offset, size in zip(track.offsets, track.sizes, strict=True))
        assert max(ends, default=0) <= len(data)
        assert len(track.shown) == len(track.sizes)
    assert refused > 20


def facts_of(path: Path) -> MediaFacts:
    found = probe_all([path], Settings())[path]
    assert isinstance(found, MediaFacts)
    return found


def told(path: Path, rate: Fraction = Fraction(30)) -> dict[str, object]:
    with opened(path) as descriptor:
        return packets_of(descriptor, facts_of(path), rate)


def test_runs_of_packets_begin_at_key_frames_and_have_no_holes(media: MediaMaker) -> None:
    """Decoding the first packets alone shows the first frames, without one missing, where that is said."""
    path = media.make(SOURCES[0])
    found = told(path)
    assert {"first": 0, "starts": [0], "ids": [0]}.items() <= found.items()
    bits = bin(int("1" + str(found["whole"]), 16))[3:]
    with av.open(str(path)) as container:
        times = [packet.pts or 0 for packet in container.demux(video=0) if packet.size]
    tick = sorted(times)[1]
    for count in range(1, len(times) + 1):
        shown = sorted(time // tick for time in times[:count])
        assert (shown == list(range(count))) == (bits[count - 1] == "1")


@pytest.mark.parametrize(
    ("source", "rate", "reason"),
    [
        (SOURCES[2], Fraction(25), "not evenly spaced"),
        (Source(frames=60, variable=True), Fraction(30), "not evenly spaced"),
        (Source(frames=30, codec="hevc"), Fraction(30), "only H.264"),
        (Source(frames=30, ending="mkv"), Fraction(30), "no index of the kind"),
        (Source(frames=30, coding="interlaced=1"), Fraction(30), "interlaced"),
        (Source(frames=30, ten_bit=True), Fraction(30), "8-bit"),
    ],
    ids=["rate", "variable", "codec", "container", "interlaced", "ten bits"],
)
def test_what_cannot_be_copied_says_why(
    media: MediaMaker, source: Source, rate: Fraction, reason: str
) -> None:
    """A reason for people, and nothing else."""
    found = told(media.make(source), rate)
    assert ["refused"] == list(found)
    assert reason in str(found["refused"])


@pytest.mark.parametrize("groups", ["bframes=3:keyint=20:min-keyint=20", "bframes=2:keyint=22:min-keyint=22"])
def test_open_groups_are_no_place_to_begin(media: MediaMaker, groups: str) -> None:
    """What follows their key frames may refer across them, with frames between or not."""
    path = media.make(Source(frames=90, coding=f"open-gop=1:b-adapt=0:{groups}:scenecut=0:ref=4"))
    with opened(path) as descriptor:
        assert len(read_track(descriptor, 0).keys) > 3
    assert [0] == told(path)["starts"]


def test_sets_of_the_same_number_must_be_the_same(media: MediaMaker) -> None:
    """Two sources that each call their sets 0 do not share a description; equal sets stand there once."""
    first, other = (media.make(source) for source in (SOURCES[0], SOURCES[3]))
    both = []
    for path in (first, other):
        with opened(path) as descriptor:
            both.append(configuration_of(read_track(descriptor, 0)))
    assert both[0].box() == h264.merged([both[0], both[0]]).box()
    assert both[0] == h264.configuration(both[0].box())
    with pytest.raises(ValueError, match="two different parameter sets of number 0"):
        h264.merged(both)


def patched(whole: bytes, box: bytes, offset: int, value: bytes) -> bytes:
    """A file of which some bytes of a box, counted from its content, are others."""
    place = whole.index(box) + 4 + offset
    return whole[:place] + value + whole[place + len(value) :]


@pytest.mark.parametrize(
    ("box", "offset", "value"),
    [
        (b"stss", 8, (100_000).to_bytes(4, "big")),
        (b"stss", 8, bytes(4)),
        (b"mvhd", 12, bytes(4)),
        (b"stsc", 8, (2).to_bytes(4, "big")),
        (b"stsc", 12, bytes(4)),
        (b"stsz", 12, bytes(4)),
        (b"mvhd", 36, (-0x10000).to_bytes(4, "big", signed=True)),
    ],
    ids=["key beyond", "key before", "no clock", "no first chunk", "empty chunk", "empty frame", "mirrored"],
)
def test_odd_tables_are_refused(
    media: MediaMaker, tmp_path: Path, box: bytes, offset: int, value: bytes
) -> None:
    """Nothing but a reason comes of them, at once."""
    odd = tmp_path / "odd.mp4"
    odd.write_bytes(patched(media.make(SOURCES[0]).read_bytes(), box, offset, value))
    with opened(odd) as descriptor, pytest.raises(Unreadable):
        read_track(descriptor, 0)


def test_long_films_are_joined_in_linear_time(tmp_path: Path, media: MediaMaker) -> None:
    """A hundred times the same part: the tables are as long as the film, and no worse."""
    source = media.make(SOURCES[0])
    part = joining.Part(path=source, packets=Packets(track=0, first=0, count=100), frames=100)
    took = []
    for many in (25, 400):
        started = time.process_time()
        joined([part] * many, tmp_path / "film.mp4")
        took.append(time.process_time() - started)
    with opened(tmp_path / "film.mp4") as descriptor:
        assert 40_000 == len(read_track(descriptor, 0))
    # Sixteen times the work; in quadratic time it would be 256.
    assert took[1] < 80 * max(took[0], 0.02)


def test_joining_ends_when_nobody_waits(tmp_path: Path, media: MediaMaker) -> None:
    """What was called off writes no more than what it is at."""
    source = media.make(SOURCES[0])
    part = joining.Part(path=source, packets=Packets(track=0, first=0, count=100), frames=100)
    with pytest.raises(CopyFailed):
        joined([part] * 50, tmp_path / "film.mp4", stopped=lambda: True)
    joined([part] * 50, tmp_path / "whole.mp4")
    # The index, which comes first, and no frame.
    assert (tmp_path / "film.mp4").stat().st_size < (tmp_path / "whole.mp4").stat().st_size / 10


def test_joining_has_few_files_open(tmp_path: Path, media: MediaMaker) -> None:
    """Thousands of parts, and no more files than sources."""
    copied = joining.Part(
        path=media.make(SOURCES[0]), packets=Packets(track=0, first=0, count=100), frames=100
    )
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, limit[1]))
    try:
        joined([copied] * 200, tmp_path / "film.mp4")
        whole = joining.Part(path=tmp_path / "film.mp4", frames=20_000)
        joined([whole] * 100, tmp_path / "films.mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limit)
