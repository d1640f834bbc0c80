"""Any range of a project gives exactly the frames that the whole gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from random_projects import NTSC, Timing, projects

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import decode_sound, frame_checksums
from stoat_ferret.testing.media import MediaMaker, Sound, Source


def _holds(stoat: Stoat, folder: Path, project: tuple[Document, int], parts: int) -> None:
    made, end = project
    note(f"{made}")
    rate = Fraction(made["output"]["fps"])
    whole = stoat.render(made, folder / "whole.mkv", quality="lossless", overwrite=True)
    sums = frame_checksums(whole)
    assert end == len(sums)
    edges = sorted({0, end, *(random.Random(end).randrange(end) for _ in range(parts - 1))})
    joined = []
    for start, stop in pairwise(edges):
        part = stoat.render(
            made, folder / "part.mkv", quality="lossless", overwrite=True, range=f"{start}f:{stop}f"
        )
        joined += frame_checksums(part)
        assert abs(len(decode_sound(part).samples) - (stop - start) * 48000 / rate) <= 1
    assert sums == joined


@pytest.mark.parametrize("part", range(20))
def test_random_projects(
    bundled_stoat: Stoat, footage: tuple[list[Path], Path], tmp_path: Path, part: int
) -> None:
    """Two hundred random projects: the frames of the whole are the frames of its ranges, joined."""
    _random(bundled_stoat, footage, tmp_path, part, 10)


@pytest.mark.parametrize("part", range(100, 102))
def test_random_projects_with_the_older_ffmpeg(
    old_stoat: Stoat, footage: tuple[list[Path], Path], tmp_path: Path, part: int
) -> None:
    """The same law with the older ffmpeg."""
    _random(old_stoat, footage, tmp_path, part, 10)


def _random(stoat: Stoat, footage: tuple[list[Path], Path], folder: Path, part: int, count: int) -> None:
    @seed(part)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(projects(*footage), st.integers(2, 4))
    def holds(project: tuple[Document, int], parts: int) -> None:
        _holds(stoat, folder, project, parts)

    run: Callable[[], None] = holds
    run()


def test_single_frames_of_a_range(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """One frame, the first, the last, and one in the middle of a transition, alone."""
    path = media.make(Source())
    clips = [clip(path, 0, 0, 1, id="a"), clip(path, 0.6, 1.5, 2.5, id="b", effects=[_blur()])]
    made = document(track(*clips, transitions=[{"type": "fade", "duration": 0.4, "from": "a", "to": "b"}]))
    sums = frame_checksums(stoat.render(made, tmp_path / "whole.mkv", quality="lossless"))
    for frame in (0, 17, 18, 23, 29, 30, 47):
        out = tmp_path / f"{frame}.mkv"
        stoat.render(made, out, quality="lossless", range=f"{frame}f:{frame + 1}f")
        assert sums[frame : frame + 1] == frame_checksums(out)


def _blur() -> Document:
    return {"type": "blur", "params": {"radius": 3}}


@pytest.mark.parametrize("text", ["1s:2s", "1:2", "30f:60f", "00:00:01:00:00:00:02:00"])
def test_ways_to_write_a_range(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, text: str) -> None:
    """Seconds, frames and timecodes name the same range."""
    made = document(track(clip(media.make(Source()), 0, 0, 3)))
    whole = bundled_stoat.render(made, tmp_path / "whole.mkv", quality="lossless")
    part = bundled_stoat.render(made, tmp_path / "part.mkv", quality="lossless", range=text)
    assert frame_checksums(whole)[30:60] == frame_checksums(part)


@pytest.mark.parametrize("rate", [NTSC, Fraction(24000, 1001)], ids=["29.97", "23.976"])
def test_sound_of_every_frame(stoat: Stoat, media: MediaMaker, tmp_path: Path, rate: Fraction) -> None:
    """Each frame's samples are those of the whole, wherever a clip starts in its source."""
    time = Timing(rate).seconds
    path = media.make(Source(width=64, height=48, frames=60, sound=Sound(kind="noise", codec="pcm")))
    film = document(
        track(clip({"generator": "color", "color": "#203040"}, 0, 0, 1)),
        track(
            {"source": str(path), "timeline_start": time(11), "in_point": 0.2, "out_point": 0.2 + time(8)},
            type="audio",
        ),
        fps=float(rate),
    )
    whole = decode_sound(stoat.render(film, tmp_path / "whole.wav", quality="lossless")).samples
    start = round(11 * 48000 / rate)
    assert abs(whole[start : start + 4800]).max() > 0.01
    for frame in range(10, 20):
        part = stoat.render(
            film, tmp_path / f"{frame}.wav", quality="lossless", range=f"{frame}f:{frame + 1}f"
        )
        first, last = (round(Fraction(edge) * 48000 / rate) for edge in (frame, frame + 1))
        assert (whole[first:last] == decode_sound(part).samples).all(), frame


@pytest.mark.parametrize("ending", ["flac", "mkv"])
def test_flac_after_any_cut(stoat: Stoat, media: MediaMaker, tmp_path: Path, ending: str) -> None:
    """The encoder takes the size of its blocks from the first, which a cut may leave with a single sample."""
    path = media.make(Source(width=64, height=48, frames=90, rate=NTSC))
    time = Timing(NTSC).seconds
    for frame in (13, 26, 39, 52):
        film = document(track(clip(path, 0, time(frame), time(frame + 12))), fps=29.97)
        out = stoat.render(film, tmp_path / f"{frame}.{ending}", quality="lossless")
        assert round(12 * 48000 / NTSC) == len(decode_sound(out).samples)


@pytest.mark.parametrize(
    "rate", [Fraction(60), Fraction(30), Fraction(60000, 1001)], ids=["60", "30", "59.94"]
)
def test_crossfades_of_one_frame(stoat: Stoat, media: MediaMaker, tmp_path: Path, rate: Fraction) -> None:
    """However short two sounds cross, nothing is lost behind them."""
    time = Timing(rate).seconds
    path = media.make(Source(codec=None, ending="mp3", frames=180, sound=Sound(kind="noise", codec="mp3")))
    clips = [
        {"id": name, **clip(path, time(44 * number), 1 + number, 1 + number + time(45))}
        for number, name in enumerate("abc")
    ]
    joins = [{"type": "fade", "duration": time(1), "from": one, "to": other} for one, other in ("ab", "bc")]
    film = document(track(*clips, transitions=joins, type="audio"), fps=float(rate))
    out = stoat.render(film, tmp_path / "out.wav", quality="lossless")
    sound = decode_sound(out).samples
    assert round(133 * 48000 / rate) == len(sound)
    assert abs(sound[-9600:]).max() > 0.001


@pytest.mark.parametrize("speed", [0.5, 0.37, 2, 3.9])
def test_generated_pictures_at_other_speeds(stoat: Stoat, tmp_path: Path, speed: float) -> None:
    """A test picture runs on the same frames in a range as in the whole."""
    fast = {"type": "speed_control", "params": {"factor": speed}}
    moving: Document = {
        "source": {"generator": "testsrc"},
        "in_point": 0.4,
        "out_point": 0.4 + speed,
        "effects": [fast],
    }
    film = document(
        track({"source": {"generator": "testsrc"}, "out_point": 0.5}, moving), width=96, height=54
    )
    whole = frame_checksums(stoat.render(film, tmp_path / "whole.mkv", quality="lossless"))
    assert 45 == len(whole)
    for start, end in ((16, 17), (17, 30), (33, 45)):
        part = stoat.render(film, tmp_path / f"{start}.mkv", quality="lossless", range=f"{start}f:{end}f")
        assert whole[start:end] == frame_checksums(part)
