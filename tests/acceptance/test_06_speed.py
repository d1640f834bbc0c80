"""Clips at another speed, followed by cuts and transitions, are exact in length and in step."""

from fractions import Fraction
from pathlib import Path

import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import (
    beeps,
    decode_pictures,
    decode_sound,
    flashes,
    frame_numbers,
    heard_beeps,
    level,
    shown_numbers,
    tone_level,
    wrong_frames,
)
from stoat_ferret.testing.media import MUSIC_FREQUENCY, MediaMaker, Sound, Source

FOOTAGE = Source(frames=300)


def _speed(factor: float, **more: bool) -> Document:
    return {"type": "speed_control", "params": {"factor": factor, **more}}


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(24000, 1001)], ids=["30", "23.976"])
@pytest.mark.parametrize(
    "factor", [Fraction(2), Fraction(1, 2), Fraction(1, 4), Fraction(4), Fraction(3, 2)], ids=str
)
def test_speed_then_cut(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, rate: Fraction, factor: Fraction
) -> None:
    """A clip at another speed lasts its frames exactly, and the clip behind it starts on its own."""
    count, point, after = 48, Fraction(13, 10), Fraction(21, 5)
    length, rest = count / rate, 36 / rate
    path = media.make(FOOTAGE)
    clips = [
        clip(path, 0, point, point + length * factor, effects=[_speed(float(factor))]),
        clip(path, length, after, after + rest),
    ]
    out = stoat.render(document(track(*clips), fps=rate), tmp_path / "out.mkv", quality="lossless")
    expected = shown_numbers(FOOTAGE, in_point=point, count=count, rate=rate, speed=factor)
    expected += shown_numbers(FOOTAGE, in_point=after, count=36, rate=rate)
    pictures, sound = decode_pictures(out), decode_sound(out)
    assert [] == wrong_frames(frame_numbers(pictures), expected)
    assert round(84 * 48000 / rate) == len(sound.samples)
    behind = [Fraction(onset, 48000) for onset in beeps(sound) if onset > length * 48000]
    due = heard_beeps(FOOTAGE, in_point=after, duration=rest, at=length)
    assert [pytest.approx(float(moment), abs=0.001) for moment in due] == behind


@pytest.mark.parametrize("factor", [Fraction(2), Fraction(1, 2)], ids=str)
def test_speed_keeps_flash_and_beep_together(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, factor: Fraction
) -> None:
    """Within a clip at another speed every beep comes with its flash, less than a frame apart."""
    length = 8 / factor
    moving = clip(media.make(FOOTAGE), 0, Fraction(2, 5), Fraction(42, 5), effects=[_speed(float(factor))])
    out = stoat.render(document(track(moving)), tmp_path / "out.mkv", quality="lossless")
    pictures, sound = decode_pictures(out), decode_sound(out)
    assert length * 30 == len(pictures)
    assert length * 48000 == len(sound.samples)
    due = heard_beeps(FOOTAGE, in_point=Fraction(2, 5), duration=length, at=Fraction(0), speed=factor)
    seen = [Fraction(number, 30) for number in flashes(pictures)]
    heard = [Fraction(onset, 48000) for onset in beeps(sound)]
    assert 8 == len(due)
    for moment in due:
        flash = min(seen, key=lambda time: abs(time - moment))
        beep = min(heard, key=lambda time: abs(time - moment))
        assert abs(flash - moment) <= Fraction(1, 60)
        assert abs(beep - moment) < Fraction(1, 30)


def test_fast_and_slow_in_transitions(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A plain, a double, a half and again a plain clip, joined by transitions of half a second."""
    path = media.make(FOOTAGE)
    rows: list[tuple[Fraction, Fraction, int]] = [
        (Fraction("0.2"), Fraction(1), 60),
        (Fraction("1.1"), Fraction(2), 45),
        (Fraction("3.3"), Fraction(1, 2), 75),
        (Fraction(7), Fraction(1), 60),
    ]
    lapse, clips, start, starts = 15, [], 0, []
    for number, (point, factor, count) in enumerate(rows):
        effects = [] if factor == 1 else [_speed(float(factor))]
        out_point = point + Fraction(count, 30) * factor
        clips.append(clip(path, Fraction(start, 30), point, out_point, id=f"c{number}", effects=effects))
        starts.append(start)
        start += count - lapse
    transitions = [
        {"type": kind, "duration": 0.5, "from": f"c{n}", "to": f"c{n + 1}"}
        for n, kind in enumerate(["fade", "wipeup", "dissolve"])
    ]
    out = stoat.render(
        document(track(*clips, transitions=transitions)), tmp_path / "out.mkv", quality="lossless"
    )
    total = sum(count for _, _, count in rows) - 3 * lapse
    pictures = decode_pictures(out)
    assert total == len(pictures)
    assert total * 1600 == len(decode_sound(out).samples)
    shown = frame_numbers(pictures)
    for number, (point, factor, count) in enumerate(rows):
        expected = shown_numbers(FOOTAGE, in_point=point, count=count, rate=Fraction(30), speed=factor)
        begin, end = lapse if number else 0, count - lapse if number < 3 else count
        body = shown[starts[number] + begin : starts[number] + end]
        assert [] == wrong_frames(body, expected[begin:end]), number


def test_speed_keeps_the_pitch(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Music at double speed is as high and as loud as before, and half as long."""
    music = media.make(Source(frames=150, sound=Sound(kind="music")))
    fast = clip(music, 0, 0, 4, effects=[_speed(2)])
    sound = decode_sound(stoat.render(document(track(fast)), tmp_path / "out.mkv", quality="lossless"))
    assert 2 * 48000 == len(sound.samples)
    middle = sound.between(0.3, 1.7)
    assert tone_level(middle, MUSIC_FREQUENCY) == pytest.approx(level(middle), abs=1.0)
    assert level(middle) == pytest.approx(-9.0, abs=1.0)


def test_speed_without_sound(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """`drop_audio` leaves the clip's sound out and the next clip's in."""
    path = media.make(FOOTAGE)
    clips = [clip(path, 0, 0, 4, effects=[_speed(4, drop_audio=True)]), clip(path, 1, 4, 5)]
    sound = decode_sound(
        bundled_stoat.render(document(track(*clips)), tmp_path / "out.mkv", quality="lossless")
    )
    assert [48000] == beeps(sound)
    assert level(sound.between(0, 0.999)) < -90
