"""Clips whose speed changes are exact in length, in their pictures and in step."""

from __future__ import annotations

import subprocess
from bisect import bisect_right
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import (
    beeps,
    decode_pictures,
    decode_sound,
    frame_checksums,
    frame_numbers,
    level,
    peak,
    tone_level,
    wrong_frames,
)
from stoat_ferret.testing.media import MUSIC_FREQUENCY, MediaMaker, Sound, Source, frame_times

FOOTAGE = Source(frames=300)
RATE = Fraction(30)

Key = tuple[Fraction, Fraction, str]
"""Seconds from the clip's start, speed, and the way to the next keyframe."""

RISES: dict[str, Callable[[Fraction], Fraction]] = {
    "linear": lambda u: u**2 / 2,
    "ease": lambda u: u**3 - u**4 / 2,
    "ease_in": lambda u: u**3 / 3,
    "ease_out": lambda u: u**2 - u**3 / 3,
    "hold": lambda _: Fraction(0),
}
"""How much of the change has been added up when a part of the time has passed."""


def key(time: float, value: float, easing: str = "linear") -> Key:
    """One keyframe, exactly."""
    return Fraction(time), Fraction(value), easing


RAMPS: dict[str, tuple[Key, ...]] = {
    "up and down": (key(0.5, 1), key(1.5, 3), key(2, 3), key(3, 0.5)),
    "eased": (key(0, 0.5, "ease"), key(1, 2, "ease_in"), key(2, 0.75, "ease_out"), key(3, 2)),
    "steps": (key(-1, 2, "hold"), key(1, 0.5, "hold"), key(2, 1.5)),
}


def played(keys: tuple[Key, ...], until: Fraction) -> Fraction:
    """Seconds of source from the first keyframe to a time: the integral of the speed."""
    if until <= keys[0][0]:
        return (until - keys[0][0]) * keys[0][1]
    total = Fraction(0)
    for (start, speed, easing), (end, to, _) in pairwise(keys):
        part = min(until, end) - start
        if part > 0:
            total += speed * part + (to - speed) * (end - start) * RISES[easing](part / (end - start))
    return total + max(until - keys[-1][0], Fraction(0)) * keys[-1][1]


def source_at(keys: tuple[Key, ...], time: Fraction) -> Fraction:
    """Seconds of source from the clip's start to a time."""
    return played(keys, time) - played(keys, Fraction(0))


def reached(keys: tuple[Key, ...], source: Fraction) -> float:
    """Seconds from the clip's start until so many seconds of source are played."""
    low, high = Fraction(-1), Fraction(8)
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (middle, high) if source_at(keys, middle) < source else (low, middle)
    return float(low)


def ramp(keys: tuple[Key, ...], **more: Any) -> Document:
    """The effect."""
    frames = [{"time": float(time), "value": float(value), "easing": easing} for time, value, easing in keys]
    return {"type": "speed_control", "params": {"factor": {"keyframes": frames}, **more}}


def shown(keys: tuple[Key, ...], in_point: Fraction, count: int) -> list[set[int]]:
    """The source's frames that a clip must show; where two are equally near, either."""
    times = frame_times(FOOTAGE)
    expected = []
    for number in range(count):
        wanted = in_point + source_at(keys, number / RATE)
        right = bisect_right(times, wanted)
        near = range(max(right - 2, 0), min(right + 2, len(times)))
        nearest = min(abs(times[n] - wanted) for n in near)
        expected.append({n for n in near if abs(times[n] - wanted) <= nearest + Fraction(1, 20_000)})
    return [{FOOTAGE.first + n for n in allowed} for allowed in expected]


@pytest.mark.parametrize("name", RAMPS)
def test_pictures_and_sound_of_a_ramp(stoat: Stoat, media: MediaMaker, tmp_path: Path, name: str) -> None:
    """The frame at every moment is the one that the integral of the speed says, and every beep is there."""
    keys, in_point, count = RAMPS[name], Fraction(3, 10), 114
    length = count / RATE
    path = media.make(FOOTAGE)
    out_point = in_point + source_at(keys, length)
    after = clip(path, length, 5, Fraction(11, 2))
    film = document(track(clip(path, 0, in_point, out_point, effects=[ramp(keys)]), after))
    out = stoat.render(film, tmp_path / "out.mkv", quality="lossless")
    pictures, sound = decode_pictures(out), decode_sound(out)
    expected = shown(keys, in_point, count) + [{FOOTAGE.first + 150 + n} for n in range(15)]
    assert [] == wrong_frames(frame_numbers(pictures), expected)
    assert (count + 15) * 1600 == len(sound.samples)
    heard = [onset / 48000 for onset in beeps(sound) if onset < length * 48000 - 480]
    due = [reached(keys, second - in_point) for second in range(1, 12) if in_point < second < out_point]
    nearest = [min(heard, key=lambda onset: abs(onset - moment)) for moment in due]
    assert [pytest.approx(moment, abs=0.02) for moment in due] == nearest
    # Slow, a beep may be heard to begin twice; nothing else is heard.
    assert all(any(-0.02 < onset - moment < 0.2 for moment in due) for onset in heard)


def test_ranges_of_a_ramp_are_parts_of_the_whole(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Pictures and samples of a range are those of the whole."""
    keys = RAMPS["eased"]
    out_point = Fraction(3, 10) + source_at(keys, Fraction(3))
    film = document(track(clip(media.make(FOOTAGE), 0.5, 0.3, out_point, effects=[ramp(keys)])))
    whole = stoat.render(film, tmp_path / "whole.mkv", quality="lossless")
    pictures, sound = frame_checksums(whole), decode_sound(whole).samples
    assert 105 == len(pictures)
    backwards = dict(film["tracks"][0]["clips"][0])
    backwards["effects"] = [*backwards["effects"], {"type": "reverse"}]
    turned = stoat.render(document(track(backwards)), tmp_path / "turned.mkv", quality="lossless")
    assert pictures[:14:-1] == frame_checksums(turned)[15:]
    for start, end in ((14, 16), (31, 60)):
        part = stoat.render(film, tmp_path / f"{start}.mkv", quality="lossless", range=f"{start}f:{end}f")
        assert pictures[start:end] == frame_checksums(part)
        np.testing.assert_allclose(sound[start * 1600 : end * 1600], decode_sound(part).samples, atol=2e-4)


def test_a_ramp_keeps_a_steady_tone(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A steady tone stays as high, is never louder, hardly softer, and has no clicks."""
    music = media.make(Source(frames=300, sound=Sound(kind="music")))
    keys = RAMPS["up and down"]
    film = document(track(clip(music, 0, 0, source_at(keys, Fraction(4)), effects=[ramp(keys)])))
    sound = decode_sound(bundled_stoat.render(film, tmp_path / "out.mkv", quality="lossless"))
    assert 4 * 48000 == len(sound.samples)
    plain = sound.between(0.1, 0.4)
    assert peak(sound) <= peak(plain) + 0.2
    rest = sound.between(0.4, 3.9)
    for start in np.arange(0.4, 3.7, 0.1):
        part = sound.between(start, start + 0.2)
        assert level(part) == pytest.approx(level(plain), abs=1.5)
    parts = [rest.between(start, start + 0.05) for start in np.arange(0, 3.4, 0.05)]
    high = [part for part in parts if abs(tone_level(part, MUSIC_FREQUENCY) - level(part)) < 1]
    assert len(high) > 0.9 * len(parts)
    # A click bends the wave more than the tone itself does.
    bend, most = np.abs(np.diff(rest.mono, 2)).max(), np.abs(np.diff(plain.mono, 2)).max()
    assert bend < 2 * most


def test_blended_frames_are_mixed_by_their_distance(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Each frame is the mix of the two of the source around its moment, in a range as in the whole."""
    keys, in_point = RAMPS["eased"], Fraction(1, 3)
    length = Fraction(2)
    path = media.make(FOOTAGE)
    out_point = in_point + source_at(keys, length)
    film = document(track(clip(path, 0, in_point, out_point, effects=[ramp(keys, frames="blend")])))
    mixed = decode_pictures(stoat.render(film, tmp_path / "mixed.mkv", quality="lossless"))
    plain = document(track(clip(path, 0, 0, 4)))
    frames = decode_pictures(stoat.render(plain, tmp_path / "plain.mkv", quality="lossless")).astype(float)
    assert 60 == len(mixed)
    for number, picture in enumerate(mixed):
        before = int((in_point + source_at(keys, number / RATE)) * RATE + Fraction(1, 10**6))
        start, end = (reached(keys, Fraction(frame, 30) - in_point) for frame in (before, before + 1))
        part = min(max((number / 30 - start) / (end - start), 0.0), 1.0)
        expected = frames[before] * (1 - part) + frames[before + 1] * part
        away = np.abs(picture - expected)
        assert away.mean() < 0.6, number
        # A few pixels are coded as more than white or less than black, and cut off before they are compared.
        assert np.percentile(away, 99.9) < 3, number
    ranged = stoat.render(film, tmp_path / "part.mkv", quality="lossless", range="31f:40f")
    assert np.array_equal(mixed[31:40], decode_pictures(ranged))


def test_what_moves_is_on_its_way_between_frames(stoat: Stoat, ffmpeg: Path, tmp_path: Path) -> None:
    """A box that moves by six pixels a frame is within a pixel of its way in between, in every range."""
    path = tmp_path / "box.mkv"
    boxes = np.full((40, 180, 320), 40, dtype=np.uint8)
    boxes += (np.indices((180, 320)).sum(axis=0) % 2 * 3).astype(np.uint8)
    for number, picture in enumerate(boxes):
        picture[60:120, 8 + 6 * number : 68 + 6 * number] = 210 + np.indices((60, 60)).sum(axis=0) % 16
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x180", "-r", "30", "-i", "-"]
    coded = ["-c:v", "ffv1", "-pix_fmt", "yuv420p", str(path)]
    subprocess.run([ffmpeg, "-v", "error", *raw, *coded], input=boxes.tobytes(), check=True)
    slow = {"type": "speed_control", "params": {"factor": 0.4, "frames": "motion"}}
    film = document(track(clip(path, 0, 0.2, 1, effects=[slow])))
    whole = decode_pictures(stoat.render(film, tmp_path / "whole.mkv", quality="lossless"))
    assert 60 == len(whole)
    for number, picture in enumerate(whole):
        due = 8 + 6 * (6 + number * 0.4)
        bright = np.flatnonzero(picture[80:100].mean(axis=0) > 125)
        assert due == pytest.approx(bright[0], abs=1.01), number
        assert due + 59 == pytest.approx(bright[-1], abs=1.01), number
    part = stoat.render(film, tmp_path / "part.mkv", quality="lossless", range="21f:30f")
    assert np.array_equal(whole[21:30], decode_pictures(part))
