"""Transitions: the duration algebra holds, every type is the one asked for, and sound stays with picture."""

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import (
    Pictures,
    beeps,
    decode_pictures,
    decode_sound,
    flashes,
    frame_numbers,
    heard_beeps,
    level,
    picture_times,
    psnr,
)
from stoat_ferret.testing.media import MediaMaker, Sound, Source

EVERYWHERE = """
    fade wipeleft wiperight wipeup wipedown slideleft slideright slideup slidedown circlecrop rectcrop
    distance fadeblack fadewhite radial smoothleft smoothright smoothup smoothdown circleopen circleclose
    vertopen vertclose horzopen horzclose dissolve pixelize diagtl diagtr diagbl diagbr hlslice hrslice
    vuslice vdslice hblur fadegrays wipetl wipetr wipebl wipebr squeezeh squeezev zoomin fadefast fadeslow
"""
NEWER = """
    hlwind hrwind vuwind vdwind coverleft coverright coverup coverdown
    revealleft revealright revealup revealdown
"""
OLD, NEW = EVERYWHERE.split(), NEWER.split()
ROW = 10
BODY, LAPSE = 30, 12
STEP = BODY - LAPSE
FOOTAGE = Source(frames=240, tint=(100, 160))


def _row(path: Path, types: list[str]) -> Document:
    """Write eleven clips of a second, each starting where the last one's transition does."""
    seconds = [Fraction(number * STEP, 30) for number in range(len(types) + 1)]
    points = [_in_point(number) for number in range(len(types) + 1)]
    clips = [
        clip(path, at, point, point + 1, id=f"clip-{number}")
        for number, (at, point) in enumerate(zip(seconds, points, strict=True))
    ]
    transitions = [
        {"type": kind, "duration": LAPSE / 30, "from": f"clip-{number}", "to": f"clip-{number + 1}"}
        for number, kind in enumerate(types)
    ]
    return document(track(*clips, transitions=transitions))


def _in_point(number: int) -> Fraction:
    """Give a place in the footage whose second begins just behind a flash and its beep."""
    return Fraction(number % 5) + Fraction(3 + number, 30)


def _crossed(ffmpeg: Path, path: Path, number: int, kind: str) -> Pictures:
    """Let ffmpeg itself cross from clip `number` to the next: the oracle for the pictures of a transition.

    Both clips hold their last frame for a little longer: with the frame with which the first one ends,
    FFmpeg 5.1 shows the second one alone.
    """
    leaves, comes = _in_point(number) * 30 + STEP, _in_point(number + 1) * 30
    cut = "[0:v]trim=start_frame={0}:end_frame={1},setpts=PTS-STARTPTS,fps=30,format=yuv444p"
    cut += ",tpad=stop_mode=clone:stop=2"
    graph = (
        f"{cut.format(leaves, leaves + LAPSE)}[a];{cut.format(comes, comes + LAPSE)}[b];"
        f"[a][b]xfade=transition={kind}:duration={LAPSE / 30}:offset=0,format=gray"
    )
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"]
    command = [str(ffmpeg), "-nostdin", "-v", "error", "-i", str(path), "-filter_complex", graph, *raw]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, dtype=np.uint8).reshape(-1, FOOTAGE.height, FOOTAGE.width)


@pytest.mark.parametrize("first", range(0, len(OLD), ROW))
def test_ten_in_a_row(stoat: Stoat, ffmpeg: Path, media: MediaMaker, tmp_path: Path, first: int) -> None:
    """Bodies show their own frames, lapses show the asked transition, the length is the algebra's."""
    types = (OLD + OLD)[first : first + ROW]
    _check_row(stoat, ffmpeg, media.make(FOOTAGE), tmp_path, types)


def test_the_newer_types(
    bundled_stoat: Stoat, bundled_ffmpeg: Path, media: MediaMaker, tmp_path: Path
) -> None:
    """The twelve types that only newer ffmpegs have work there."""
    for half in (NEW[:6], NEW[6:]):
        _check_row(bundled_stoat, bundled_ffmpeg, media.make(FOOTAGE), tmp_path, half, overwrite=True)


def _check_row(
    stoat: Stoat,
    ffmpeg: Path,
    path: Path,
    folder: Path,
    types: list[str],
    **options: Any,
) -> None:
    out = stoat.render(_row(path, types), folder / "out.mkv", quality="lossless", **options)
    pictures, sound = decode_pictures(out), decode_sound(out)
    frames = (len(types) + 1) * BODY - len(types) * LAPSE
    assert frames == len(pictures)
    assert [pytest.approx(n / 30, abs=0.0006) for n in range(frames)] == picture_times(out)
    assert frames * 1600 == len(sound.samples)
    shown = frame_numbers(pictures)
    for number in range(len(types) + 1):
        begin = _in_point(number) * 30
        alone = range(LAPSE if number else 0, STEP if number < len(types) else BODY)
        assert [int(begin) + k for k in alone] == [shown[number * STEP + k] for k in alone]
    for number, kind in enumerate(types):
        start = number * STEP + STEP
        oracle = _crossed(ffmpeg, path, number, kind)
        for k in (1, LAPSE // 2, LAPSE - 1):
            assert psnr(pictures[start + k], oracle[k]) > 30, (kind, k)


@pytest.mark.parametrize("kind", NEW)
def test_type_that_this_ffmpeg_lacks_is_named(
    old_stoat: Stoat, media: MediaMaker, tmp_path: Path, kind: str
) -> None:
    """An older ffmpeg's missing transitions are refused by name before anything is rendered."""
    out = tmp_path / "out.mp4"
    refused = old_stoat.try_render(_row(media.make(FOOTAGE), [kind]), out)
    assert 2 == refused.code
    assert ["/tracks/0/transitions/0/type"] == [problem["path"] for problem in refused.problems]
    assert kind in refused.problems[0]["message"]
    assert refused.problems[0]["hint"]
    assert not out.exists()


def test_sound_crosses_with_the_picture(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A linear curve is 6 dB down in the middle, an equal-power curve 3 dB."""
    tone = media.make(Source(codec=None, ending="wav", sound=Sound(kind="music", codec="pcm")))
    still = media.make(Source(codec="png", ending="png", frames=1, sound=None))
    for curve, fall in [("tri", -6.02), ("qsin", -3.01)]:
        crossing = {"type": "dissolve", "duration": 1, "from": "a", "to": "b"}
        crossing["audio"] = {"curve1": curve, "curve2": curve}
        clips = [clip(tone, 0, 0, 2, id="a"), clip({"generator": "silence"}, 1, 0, 2, id="b")]
        made = document(track(clip(still, 0, 0, 3)), track(*clips, type="audio", transitions=[crossing]))
        sound = decode_sound(stoat.render(made, tmp_path / f"{curve}.mkv", quality="lossless"))
        full = level(sound.between(0.2, 0.8))
        assert level(sound.between(1.49, 1.51)) - full == pytest.approx(fall, abs=0.4)
        assert level(sound.between(2.01, 2.9)) < -90


def test_sound_without_crossing_is_cut_in_the_middle(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """With `audio` null the first clip sounds to the middle of the lapse and no longer."""
    path, silent = media.make(Source(sound=Sound(kind="music"))), media.make(Source(first=900, sound=None))
    crossing = {"type": "wipeleft", "duration": 0.8, "from": "a", "to": "b", "audio": None}
    clips = [clip(path, 0, 0, 2, id="a"), clip(silent, 1.2, 0, 2, id="b")]
    sound = decode_sound(
        stoat.render(
            document(track(*clips, transitions=[crossing])), tmp_path / "out.mkv", quality="lossless"
        )
    )
    assert level(sound.between(1.5, 1.59)) == pytest.approx(level(sound.between(0.5, 0.59)), abs=0.3)
    assert level(sound.between(1.61, 3.2)) < -90


def test_transition_of_picture_over_picture(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A transition on an upper track leaves the lower one visible around its clips."""
    path = media.make(FOOTAGE)
    small = {"width": 0.5, "height": 0.5}
    clips = [
        clip(path, 0, 1.1, 2.1, id="a", transform=small),
        clip(path, 0.6, 3.1, 4.1, id="b", transform=small),
    ]
    crossing = {"type": "fade", "duration": 0.4, "from": "a", "to": "b"}
    green = track(clip({"generator": "color", "color": "#00ff00"}, 0, 0, 1.6))
    out = bundled_stoat.render(
        document(green, track(*clips, transitions=[crossing])), tmp_path / "out.mkv", quality="lossless"
    )
    pictures = decode_pictures(out, colour="rgb")
    around = pictures[:, :40].reshape(-1, 3).astype(int)
    assert np.abs(around - [0, 255, 0]).max() <= 6
    numbers = frame_numbers(pictures, (0.25, 0.25, 0.5, 0.5))
    assert [*range(33, 51)] == numbers[:18]
    assert [*range(105, 123)] == numbers[30:]


@pytest.mark.parametrize("rate", [Fraction(30), Fraction(30000, 1001)], ids=["30", "29.97"])
def test_ten_minutes_stay_in_step(stoat: Stoat, media: MediaMaker, tmp_path: Path, rate: Fraction) -> None:
    """From the first to the last minute of a ten-minute edit every flash has its beep within a frame."""
    source = Source(frames=1800, width=128, height=72)
    path = media.make(source)
    # Eleven clips; ten transitions of a second; six hundred seconds.
    frame = 1 / rate
    seconds = [round(number * 54 * rate) * frame for number in range(11)]
    length = round(55 * rate) * frame
    point = Fraction(5, 2)
    clips = [clip(path, at, point, point + length, id=f"c{n}") for n, at in enumerate(seconds)]
    lapse = float(seconds[0] + length - seconds[1])
    types = ["fade", "wipeleft", "dissolve", "slideup", "circleopen"] * 2
    transitions = [
        {
            "type": kind,
            "duration": float(seconds[n] + length - seconds[n + 1]),
            "from": f"c{n}",
            "to": f"c{n + 1}",
        }
        for n, kind in enumerate(types)
    ]
    made = document(track(*clips, transitions=transitions), width=128, height=72, fps=rate)
    out = stoat.render(made, tmp_path / "out.mp4", quality="draft")

    pictures, sound = decode_pictures(out), decode_sound(out)
    frames = round((seconds[-1] + length) * rate)
    assert frames == len(pictures)
    assert round(frames * 48000 / rate) == len(sound.samples)
    heard = [Fraction(onset, 48000) for onset in beeps(sound)]
    seen = [Fraction(number) / rate for number in flashes(pictures)]
    clear = [
        moment
        for number, at in enumerate(seconds)
        for moment in heard_beeps(source, in_point=point, duration=length, at=at)
        if at + (lapse + 0.1 if number else 0) < moment < at + length - lapse - 0.1
    ]
    assert len(clear) > 520
    for moment in clear:
        flash = min(seen, key=lambda time: abs(time - moment))
        beep = min(heard, key=lambda time: abs(time - moment))
        assert abs(flash - moment) <= frame / 2 + Fraction(1, 10_000)
        assert abs(beep - moment) < Fraction(1, 1000)
        assert abs(flash - beep) < frame
