"""Which frames of a file can be copied as they are coded: whole runs of packets that need no others."""

from __future__ import annotations

import hashlib
import os
import struct
from array import array
from fractions import Fraction
from typing import Any

from stoat_ferret.media import h264
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.h264 import Configuration, Parameters
from stoat_ferret.media.tracks import Track, Unreadable, read_track

__all__ = ["begins", "configuration_of", "matches", "packets_of"]

_HEAD_BYTES = 512
"""What stands before the picture in most key frames fits into so much."""

_PROFILES = frozenset((66, 77, 100))
"""Baseline, main and high: 8-bit 4:2:0."""

_OFF_GRID = Fraction(1, 4)
"""Frames that one may be shown beside its place on the grid, and still be the nearest to it."""

_OTHER_RATE = Fraction(1, 1000)
"""A mean rate that differs by such a part is another one."""


def packets_of(descriptor: int, facts: MediaFacts, rate: Fraction) -> dict[str, Any]:
    """What the core must know to copy frames of a file into a programme of this many frames a second.

    `{"first", "starts", "whole", "parameters", "ids"}`: frames are numbered by the time at which they are
    shown, the first packet belongs to frame `first`;
    a decoder can begin at each of `starts`; bit k of `whole` (hexadecimal, the highest bit of a byte first)
    says that the first k + 1 packets show frames without a hole.
    Or `{"refused": reason}`. Raises `OSError`.
    """
    try:
        return _packets(descriptor, facts, rate)
    except (Unreadable, ValueError) as error:
        return {"refused": f"{error}"}
    except (LookupError, ArithmeticError, struct.error):
        return {"refused": "its index is damaged"}


def configuration_of(track: Track) -> Configuration:
    """The parameter sets that stand in the description of a track; raises `ValueError` or `Unreadable`."""
    if track.entry[4:8] != b"avc1":
        raise ValueError("its frames are not described as H.264 with all parameter sets at one place")
    inner = track.described()
    if b"avcC" not in inner:
        raise ValueError("its description has no parameter sets")
    return h264.configuration(inner[b"avcC"])


def _packets(descriptor: int, facts: MediaFacts, rate: Fraction) -> dict[str, Any]:
    video = facts.video
    if video is None or video.codec != "h264":
        raise ValueError("only H.264 is copied")
    if video.rotation:
        raise ValueError("players turn its picture")
    track = read_track(descriptor, video.index)
    found = configuration_of(track)
    sets = [Parameters.of(one) for one in found.sequence]
    if found.is_full:
        raise ValueError("it has too many parameter sets")
    if found.length_bytes != 4 or not sets:
        raise ValueError("its packets are written in another way than MP4 files have them")
    if any(not one.progressive for one in sets):
        raise ValueError("its frames may be interlaced")
    if any(one.profile not in _PROFILES for one in sets):
        raise ValueError("it is of a profile that players do not expect beside the usual ones")
    numbers = _numbers(track, Fraction(max(facts.start, 0.0)).limit_denominator(1_000_000), rate)
    first = min(numbers)
    whole = bytearray((len(numbers) + 7) // 8)
    latest = first - 1
    complete = array("b", bytes(len(numbers) + 1))
    complete[0] = 1
    for count, number in enumerate(numbers):
        latest = max(latest, number)
        if latest == first + count:
            whole[count >> 3] |= 0x80 >> (count & 7)
            complete[count + 1] = 1
    starts = [
        first + key
        for key in track.keys
        if complete[key] and numbers[key] == first + key and begins(descriptor, track, key, found)
    ]
    if not starts:
        raise ValueError("none of its key frames is one to begin with")
    told = hashlib.sha256(found.box()).hexdigest()
    return {
        "first": first,
        "starts": starts,
        "whole": whole.hex(),
        "parameters": told,
        "ids": list(found.ids),
    }


def _numbers(track: Track, origin: Fraction, rate: Fraction) -> array[int]:
    """The number of each frame by the time when it is shown; raises `ValueError` where some are missing."""
    if not len(track):
        raise ValueError("it has no frames")
    # All in whole numbers: a frame is `scale` long.
    scale = track.timescale * rate.denominator * origin.denominator
    ahead = origin.numerator * track.timescale
    off = int(scale * _OFF_GRID)
    numbers = array("q")
    for shown in track.shown:
        exact = (shown * origin.denominator - ahead) * rate.numerator
        number = (2 * exact + scale) // (2 * scale)
        if abs(exact - number * scale) > off:
            raise ValueError("its frames are not evenly spaced at the programme's rate")
        numbers.append(number)
    least, most = min(numbers), max(numbers)
    if most - least + 1 != len(numbers) or len(set(numbers)) != len(numbers):
        raise ValueError("its frames are not evenly spaced at the programme's rate")
    return numbers


def begins(descriptor: int, track: Track, key: int, known: Configuration) -> bool:
    """Whether a decoder that knows the parameter sets can begin with this frame.

    Raises `ValueError` where the parameter sets change there.
    """
    size = track.sizes[key]
    at, end = track.offsets[key], track.offsets[key] + size
    buffer, begin = os.pread(descriptor, min(size, _HEAD_BYTES), at), at
    while at + known.length_bytes < end:
        if at - begin + known.length_bytes + 1 > len(buffer):
            buffer, begin = os.pread(descriptor, min(end - at, _HEAD_BYTES), at), at
        here = at - begin
        length = int.from_bytes(buffer[here : here + known.length_bytes], "big")
        kind = buffer[here + known.length_bytes] & 0x1F
        if length > end - at:
            raise ValueError("its packets are damaged")
        if kind in h264.SETS:
            unit = os.pread(descriptor, length, at + known.length_bytes)
            if unit not in (*known.sequence, *known.picture):
                raise ValueError("its parameter sets change on the way")
        if kind in h264.SLICES:
            return kind == h264.IDR
        at += known.length_bytes + length
    return False


def matches(facts: MediaFacts, size: tuple[int, int], rate: Fraction) -> bool:
    """Whether it may be worth asking: the same codec, size and rate as the target's."""
    video = facts.video
    if video is None or video.codec != "h264" or (video.width, video.height) != size:
        return False
    return facts.kind == "video" and abs(Fraction(*video.rate) / rate - 1) < _OTHER_RATE
