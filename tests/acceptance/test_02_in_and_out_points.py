"""In and out points anywhere, in any kind of source, are right to the frame and the millisecond."""

from fractions import Fraction
from pathlib import Path

import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import clip, document, track
from stoat_ferret.testing.measure import (
    beeps,
    decode_pictures,
    decode_sound,
    frame_numbers,
    heard_beeps,
    picture_lag,
    shown_numbers,
    wrong_frames,
)
from stoat_ferret.testing.media import MediaMaker, Sound, Source, frame_times, marked_frames

FILM, NTSC = Fraction(24000, 1001), Fraction(30000, 1001)
OPUS = Sound(codec="opus")
SOURCES = {
    "h264, B-frames, one GOP": Source(frames=120),
    "h264, 23.976": Source(frames=96, rate=FILM),
    "h264, 29.97, open GOP": Source(frames=120, rate=NTSC, codec="h264-open-gop"),
    "h264, 59.94": Source(frames=240, rate=2 * NTSC),
    "h264, variable": Source(frames=72, rate=Fraction(120), variable=True),
    "h264, 50, 44.1 kHz": Source(frames=200, rate=Fraction(50), sound=Sound(sample_rate=44100)),
    "hevc, open GOP": Source(frames=100, rate=Fraction(25), codec="hevc"),
    "vp9": Source(frames=120, rate=NTSC, codec="vp9", ending="webm", sound=OPUS),
    "vp8": Source(frames=120, codec="vp8", ending="webm", sound=Sound(codec="vorbis", sample_rate=44100)),
    "mpeg2 transport stream": Source(frames=100, rate=Fraction(25), codec="mpeg2", ending="ts"),
    "prores": Source(frames=96, rate=Fraction(24), codec="prores", ending="mov", sound=Sound(codec="pcm")),
    "ffv1": Source(frames=120, codec="ffv1", ending="mkv", sound=Sound(codec="flac", sample_rate=96000)),
    "h264 and mp3": Source(frames=120, sound=Sound(codec="mp3", sample_rate=44100)),
}
LENGTH = 12


def _in_points(source: Source, duration: Fraction) -> list[Fraction]:
    """Give the start, both sides of key frames, odd moments and the end; no clip begins or ends in a beep."""
    frame = 1 / source.rate
    key = 24 * frame
    moments = [Fraction(0), key, key - frame, key + frame, 7 * frame, 2 * key - frame, 2 * key]
    moments += [Fraction(text) for text in ("0.9", "1.2345", "1.777777", "2.345678", "1.9", "0.71")]
    moments.append(source.duration - duration)
    times = frame_times(source)
    sounding = [times[number] for number in marked_frames(source)]
    return [
        moment
        for moment in moments
        if not any(
            beep < edge < beep + Fraction(1, 10) for beep in sounding for edge in (moment, moment + duration)
        )
    ]


@pytest.mark.parametrize("rate", [Fraction(30), FILM], ids=["30", "23.976"])
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_cuts_anywhere(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, rate: Fraction, source: Source
) -> None:
    """Short clips from many places of one source show the nearest frames and sound in time."""
    path, duration = media.make(source), LENGTH / rate
    points, lag = _in_points(source, duration), picture_lag(path)
    clips = [clip(path, number * duration, point, point + duration) for number, point in enumerate(points)]
    out = stoat.render(document(track(*clips), fps=rate), tmp_path / "out.mkv", quality="lossless")

    expected = [
        allowed
        for point in points
        for allowed in shown_numbers(source, in_point=point - lag, count=LENGTH, rate=rate)
    ]
    assert [] == wrong_frames(frame_numbers(decode_pictures(out)), expected)
    sound = decode_sound(out)
    assert round(len(expected) * 48000 / rate) == len(sound.samples)
    due = [
        moment
        for number, point in enumerate(points)
        for moment in heard_beeps(source, in_point=point - lag, duration=duration, at=number * duration)
    ]
    assert [pytest.approx(float(moment), abs=0.001) for moment in due] == [n / 48000 for n in beeps(sound)]


def test_many_short_clips_do_not_drift(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """After eighty clips of seven frames at 29.97 the last one is as exact as the first."""
    source = Source(frames=120, rate=NTSC)
    path, count = media.make(source), 80
    points = [Fraction(number * 37 % 100, 37) + Fraction(1, 9) for number in range(count)]
    duration = 7 / NTSC
    clips = [clip(path, number * duration, point, point + duration) for number, point in enumerate(points)]
    out = stoat.render(document(track(*clips), fps=NTSC), tmp_path / "out.mp4")
    expected = [
        allowed for point in points for allowed in shown_numbers(source, in_point=point, count=7, rate=NTSC)
    ]
    assert [] == wrong_frames(frame_numbers(decode_pictures(out)), expected)
    assert round(560 * 48000 / NTSC) == len(decode_sound(out).samples)
