"""Any range of a project gives exactly the frames that the whole gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, keyframes, track
from stoat_ferret.testing.measure import decode_sound, frame_checksums
from stoat_ferret.testing.media import MediaMaker, Sound, Source

NTSC = Fraction(30000, 1001)
SIZES = [(64, 36), (96, 54), (160, 90), (90, 160)]
RATES = [Fraction(30), Fraction(25), NTSC, Fraction(24000, 1001), Fraction(60), Fraction(12)]
FOOTAGE = [
    Source(width=96, height=54, frames=60),
    Source(width=64, height=64, frames=50, rate=Fraction(25), codec="h264-open-gop", first=100),
    Source(width=80, height=60, frames=60, rate=NTSC, codec="vp9", ending="webm", sound=Sound(codec="opus")),
    Source(width=64, height=36, frames=60, codec="vp9", ending="webm", alpha=True, sound=None, first=300),
    Source(width=96, height=54, frames=40, rate=Fraction(120), variable=True, first=400),
    Source(width=96, height=54, frames=48, rate=Fraction(24000, 1001), codec="hevc", rotation=90, first=500),
    Source(
        width=64, height=48, frames=20, rate=Fraction(10), codec="gif", ending="gif", sound=None, first=600
    ),
]
STILL = Source(width=64, height=48, frames=1, codec="png", ending="png", alpha=True, sound=None, first=700)
TRANSITIONS = [
    "fade",
    "wipeleft",
    "dissolve",
    "pixelize",
    "circleopen",
    "slideup",
    "fadeblack",
    "radial",
    "hblur",
]


class Timing(NamedTuple):
    """The grid of a project."""

    rate: Fraction

    def seconds(self, frames: int) -> float:
        """Give the time of a frame."""
        return float(frames / self.rate)


@st.composite
def _transforms(draw: st.DrawFn, length: float, fit: str) -> Document:
    def moving(low: float, high: float, *, still: bool = False) -> Any:
        start, end = (draw(st.floats(low, high).map(lambda value: round(value, 3))) for _ in range(2))
        if still or draw(st.booleans()):
            return start
        easing = draw(st.sampled_from(["linear", "ease", "ease_in", "ease_out", "hold"]))
        return keyframes((0, start), (length, end), easing=easing)

    parts: Document = {}
    if draw(st.booleans()):
        parts |= {"x": moving(0.2, 0.8), "y": moving(0.2, 0.8)}
    if draw(st.booleans()):
        # A box that changes its shape cannot be filled by cutting.
        parts |= {side: moving(0.3, 1.0, still=fit == "cover") for side in ("width", "height")}
    if draw(st.booleans()):
        parts["opacity"] = moving(0.0, 1.0)
    growing = any(isinstance(parts.get(side), dict) for side in ("width", "height"))
    if draw(st.integers(0, 3)) == 0 and not growing:
        parts["rotation"] = moving(-90, 90)
    if draw(st.integers(0, 3)) == 0:
        parts["crop"] = {"x": 0.1, "y": 0.2, "width": 0.75, "height": 0.5}
    return parts


@st.composite
def _effects(draw: st.DrawFn, length: float) -> list[Document]:
    half = round(length / 2, 3)
    fading = {
        "fade_type": draw(st.sampled_from(["in", "out"])),
        "duration": half,
        "alpha": draw(st.booleans()),
    }
    text = {
        "text": draw(st.sampled_from(["Hi", "it's 5%", "a\nb"])),
        "fontsize": 14,
        "fade_in": half,
        "start": 0.1,
    }
    known: list[Document] = [
        {"type": "blur", "params": {"radius": 2}},
        {"type": "color", "params": {"contrast": 1.3, "saturation": 0.4}},
        {"type": "color", "params": {"brightness": keyframes((0, -0.2), (length, 0.2))}},
        {"type": "crop", "params": {"x": 0.1, "y": 0.1, "width": 0.6, "height": 0.8}},
        {"type": "video_fade", "params": fading},
        {"type": "text_overlay", "params": text},
    ]
    return draw(st.lists(st.sampled_from(known), max_size=2))


@st.composite
def _clips(draw: st.DrawFn, timing: Timing, paths: list[Path], still: Path) -> tuple[Document, int, int]:
    """Draw a clip without its place: itself, how many frames it lasts, and its room for transitions."""
    count = draw(st.integers(3, 20))
    length = timing.seconds(count)
    fit = draw(st.sampled_from(["contain", "cover", "stretch"]))
    common: Document = {
        "effects": draw(_effects(length)),
        "transform": draw(_transforms(length, fit)),
        "fit": fit,
    }
    generators: list[Any] = [
        {"generator": "color", "color": draw(st.sampled_from(["#ff0000", "#123456"]))},
        {"generator": "testsrc"},
        {"generator": "title", "text": "Title", "fontsize": 16},
        still,
    ]
    if draw(st.integers(0, 3)) == 0:
        made = draw(st.sampled_from(generators))
        if isinstance(made, dict) and made["generator"] == "title":
            # A text is placed by its own parameters.
            common["transform"] = {k: v for k, v in common["transform"].items() if k == "opacity"}
        return clip(made, 0, 0, length, **common), count, count
    factor = draw(st.sampled_from([1, 1, 1, 2, 0.5, 1.5]))
    if factor != 1:
        common["effects"].append({"type": "speed_control", "params": {"factor": factor}})
    number = draw(st.integers(0, len(paths) - 1))
    room = float(FOOTAGE[number].duration) - length * factor
    begin = round(draw(st.floats(0, max(0.0, room - 0.001))), 4)
    if room < 0:
        count = max(1, int(float(FOOTAGE[number].duration) / factor * float(timing.rate)) - 1)
        begin, length = 0.0, timing.seconds(count)
    return clip(paths[number], 0, begin, begin + length * factor, **common), count, count


@st.composite
def _tracks(
    draw: st.DrawFn, timing: Timing, paths: list[Path], still: Path, name: str
) -> tuple[Document, int]:
    """Draw a track of clips with cuts, gaps and transitions between them; and the frame at which it ends."""
    clips, transitions, end, free = [], [], draw(st.integers(0, 4)), 0
    for number in range(draw(st.integers(1, 3))):
        made, count, room = draw(_clips(timing, paths, still))
        lapse = min(free, room - 1, draw(st.integers(2, 8)))
        if number and lapse >= 2 and draw(st.booleans()):
            kind = draw(st.sampled_from(TRANSITIONS))
            edge = {"type": kind, "duration": timing.seconds(lapse)}
            transitions.append({**edge, "from": f"{name}{number - 1}", "to": f"{name}{number}"})
            end -= lapse
        else:
            lapse = 0
            end += draw(st.sampled_from([0, 0, 3])) if number else 0
        made |= {"id": f"{name}{number}", "timeline_start": timing.seconds(end)}
        clips.append(made)
        end += count
        free = count - lapse - 1
    return track(*clips, transitions=transitions), end


@st.composite
def _projects(draw: st.DrawFn, paths: list[Path], still: Path) -> tuple[Document, int]:
    timing = Timing(draw(st.sampled_from(RATES)))
    width, height = draw(st.sampled_from(SIZES))
    made = [draw(_tracks(timing, paths, still, name)) for name in draw(st.sampled_from(["a", "ab", "abc"]))]
    end = max(end for _, end in made)
    fade = {"type": "fade_out", "params": {"duration": timing.seconds(max(1, end // 2))}}
    return (
        document(
            *[one for one, _ in made],
            width=width,
            height=height,
            fps=timing.rate,
            background=draw(st.sampled_from(["#000000", "#336699"])),
            global_effects=[fade] if draw(st.integers(0, 3)) == 0 else [],
        ),
        end,
    )


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


@pytest.fixture(scope="session")
def footage(media: MediaMaker) -> tuple[list[Path], Path]:
    """Make the small sources that random projects draw from."""
    return [media.make(source) for source in FOOTAGE], media.make(STILL)


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
    @given(_projects(*footage), st.integers(2, 4))
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
