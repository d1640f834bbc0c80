"""What generators make, by arithmetic: levels, places, areas, samples; and ranges that equal the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
import orjson
import pytest
from filming import filmed
from numpy.typing import NDArray
from seeing import Seer

from stoat_ferret.config import Settings
from stoat_ferret.model.document import parse_document
from stoat_ferret.testing.measure import decode_sound

WIDTH, HEIGHT = 320, 180
Plane = NDArray[np.float64]
Json = dict[str, Any]

GRADIENTS: Mapping[str, Json] = {
    "across": {"colors": ["#000000", "#ffffff"]},
    "slanted": {"colors": ["#204060", "#c08020", "#ffffff"], "angle": 30, "positions": [0.1, 0.4, 0.9]},
    "edges": {"colors": ["red", "red", "blue", "blue"], "positions": [0, 0.5, 0.5, 1], "angle": 90},
    "radial": {"kind": "radial", "colors": ["#ffe0a0", "#a02040", "#100020"], "center_x": 0.25},
    "circle": {"kind": "radial", "colors": ["white", "black"], "radius": 0.5},
}
BOX: Json = {"x": 0.5, "y": 0.5, "width": 0.5, "height": 0.5}
FIGURES: Mapping[str, tuple[Json, float]] = {
    "rectangle": ({"shape": "rectangle"}, 160 * 90),
    "odd": ({"shape": "rectangle", "width": 0.3046875, "x": 0.51}, 97.5 * 90),
    "turned": ({"shape": "rectangle", "rotation": 33}, 160 * 90),
    "round": ({"shape": "rectangle", "radius": 20}, 160 * 90 - (4 - np.pi) * 20**2),
    "ellipse": ({"shape": "ellipse"}, np.pi * 80 * 45),
    "triangle": ({"shape": "triangle"}, 160 * 90 / 2),
    "polygon": ({"shape": "polygon", "sides": 5}, 80 * 45 * 5 / 2 * np.sin(2 * np.pi / 5)),
    "star": (
        {"shape": "star", "points": 6, "inner": 0.5, "rotation": 10},
        80 * 45 * 6 * 0.5 * np.sin(np.pi / 6),
    ),
    "line": (
        {"shape": "line", "from_x": 0.1, "from_y": 0.1, "to_x": 0.7, "to_y": 0.9, "thickness": 7},
        7 * np.hypot(0.6 * 320, 0.8 * 180),
    ),
    "arrow": (
        {"shape": "arrow", "from_x": 0.2, "from_y": 0.3, "to_x": 0.8, "to_y": 0.6, "thickness": 8, "head": 5},
        8 * (np.hypot(0.6 * 320, 0.3 * 180) - 40) + 40 * 40 / 2,
    ),
}
"""Figures in white, and how many pixels each covers."""
RINGED: Json = {"shape": "ellipse", "width": 0.5, "height": 0.5, "outline_width": 10}
OTHER: Mapping[str, Json] = {
    "smpte": {"generator": "bars"},
    "ebu": {"generator": "bars", "style": "ebu"},
    "ring": {"generator": "shape", **RINGED, "fill": "#00000000", "outline": "white"},
    "framed": {"generator": "shape", **RINGED, "fill": "black", "outline": "white"},
    "half": {"generator": "shape", "shape": "rectangle", "fill": "#ffffff@0.5"},
}
SOURCES: Mapping[str, Json] = {
    **{name: {"generator": "gradient", **params} for name, params in GRADIENTS.items()},
    **{name: {"generator": "shape", **BOX, **params} for name, (params, _) in FIGURES.items()},
    **OTHER,
}
"""What is shown for two frames each, one after the other."""


@pytest.fixture(scope="module")
def made_by(ffmpeg: Path, shared_folder: Path) -> Settings:
    """Give the settings of a user with each ffmpeg."""
    folder = shared_folder / "generators"
    return Settings(ffmpeg=str(ffmpeg), data_dir=folder / "data", render_cache_mib=0)


@pytest.fixture(scope="module")
def still(made_by: Settings, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Plane]]:
    """Give luma and differences of every still generator, by its name."""
    folder = tmp_path_factory.mktemp("stills")
    clips = [
        {"source": source, "in_point": 0, "out_point": "2f", "timeline_start": f"{2 * number}f"}
        for number, source in enumerate(SOURCES.values())
    ]
    filmed([{"type": "video", "clips": clips}], made_by, folder)
    frames = list(_planes(next(folder.glob("film-*"))))
    assert 2 * len(SOURCES) == len(frames)
    for one, same in zip(frames[::2], frames[1::2], strict=True):
        assert all(np.array_equal(*planes) for planes in zip(one, same, strict=True))
    return dict(zip(SOURCES, frames[::2], strict=True))


def _planes(path: Path) -> Iterator[list[Plane]]:
    """Luma, blue and red difference of every frame as they are coded."""
    with av.open(path) as film:
        for frame in film.decode(video=0):
            assert frame.format.name == "yuv420p"
            found = []
            for plane in frame.planes:
                rows = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)
                found.append(rows[:, : plane.width].astype(np.float64))
            yield found


def _levels(color: Any) -> NDArray[np.float64]:
    """Luma, blue and red difference of red, green and blue in fractions: BT.709 in limited range."""
    red, green, blue = color
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return np.array([16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748])


def _color(text: str) -> NDArray[np.float64]:
    named = {"red": "#ff0000", "blue": "#0000ff", "white": "#ffffff", "black": "#000000"}
    digits = named.get(text, text)
    return np.array([int(digits[at : at + 2], 16) / 255 for at in (1, 3, 5)])


@pytest.mark.parametrize("name", GRADIENTS)
def test_a_gradient_is_what_arithmetic_says_at_every_pixel(still: Any, name: str) -> None:
    """All planes, to the rounding."""
    params = GRADIENTS[name]
    colors = np.array([_levels(_color(color)) for color in params["colors"]])
    stops = params.get("positions", np.linspace(0, 1, len(colors)))
    for component, plane in enumerate(still[name]):
        step = 1 if component == 0 else 2
        y, x = np.mgrid[0 : plane.shape[0], 0 : plane.shape[1]]
        # A difference lies on the left one of its pixels, between its rows.
        x, y = x * step + 0.5, (y + 0.5) * step
        if params.get("kind") == "radial":
            middle = (WIDTH * params.get("center_x", 0.5), HEIGHT / 2)
            corner = np.hypot(max(middle[0], WIDTH - middle[0]), HEIGHT / 2)
            at = np.hypot(x - middle[0], y - middle[1]) / (
                HEIGHT * params["radius"] if "radius" in params else corner
            )
        else:
            turn = np.radians(params.get("angle", 0))
            way = np.array([np.cos(turn), np.sin(turn)])
            length = np.abs(way) @ [WIDTH, HEIGHT]
            at = ((x - WIDTH / 2) * way[0] + (y - HEIGHT / 2) * way[1]) / length + 0.5
        expected = np.interp(at, stops, colors[:, component])
        if name == "edges":
            expected = np.where(at < 0.5, colors[0, component], colors[-1, component])
        assert np.abs(expected - plane).max() <= 0.5 + 1e-6


def test_an_edge_on_the_middle_of_pixels_is_straight(made_by: Settings, tmp_path: Path) -> None:
    """Where the rows of the colour differences are odd in number, the middle one lies on the edge."""
    source = {"generator": "gradient", "colors": ["red", "blue"], "positions": [0.5, 0.5]}
    clips = [
        {"source": {**source, "angle": angle}, "in_point": 0, "out_point": "1f"} for angle in (90, 180, 270)
    ]
    frames = filmed([{"type": "video", "clips": clips}], made_by, tmp_path, width=362, height=182)
    for frame, axis in zip(frames, (1, 0, 1), strict=True):
        assert not np.ptp(frame, axis=axis).any()


RP_219 = {
    # Places on a picture of 320 by 180; luma, blue and red difference, rounded to 8 bits (green: 534 in 10).
    (10, 20): (104, 128, 128),
    (57, 20): (180, 128, 128),
    (91, 20): (168, 44, 136),
    (125, 20): (145, 147, 44),
    (160, 20): (133, 63, 52),
    (194, 20): (63, 193, 204),
    (228, 20): (51, 109, 212),
    (262, 20): (28, 212, 120),
    (300, 20): (104, 128, 128),
    (20, 112): (188, 154, 16),
    (160, 112): (180, 128, 128),
    (300, 112): (32, 240, 118),
    (20, 127): (219, 16, 138),
    (57, 127): (16, 128, 128),
    (262, 127): (235, 128, 128),
    (300, 127): (63, 102, 240),
    (20, 160): (49, 128, 128),
    (60, 160): (16, 128, 128),
    (120, 160): (235, 128, 128),
    (182, 160): (16, 128, 128),
    (194, 160): (12, 128, 128),
    (217, 160): (20, 128, 128),
    (242, 160): (25, 128, 128),
    (264, 160): (16, 128, 128),
    (300, 160): (49, 128, 128),
}
EBU_75 = (
    (235, 128, 128),
    (168, 44, 136),
    (145, 147, 44),
    (133, 63, 52),
    (63, 193, 204),
    (51, 109, 212),
    (28, 212, 120),
    (16, 128, 128),
)


def test_bars_have_the_levels_of_their_standard(still: Any) -> None:
    """The numbers of SMPTE RP 219 and of EBU bars of 75 %, a ramp of all levels, and edges that are sharp."""

    def at(name: str, x: int, y: int) -> tuple[int, ...]:
        luma, blue, red = still[name]
        return int(luma[y, x]), int(blue[y // 2, x // 2]), int(red[y // 2, x // 2])

    assert RP_219 == {place: at("smpte", *place) for place in RP_219}
    assert EBU_75 == tuple(at("ebu", 20 + 40 * number, 90) for number in range(8))
    ramp = still["smpte"][0][127, 74:246]
    assert (16, 235) == (ramp[0], ramp[-1])
    assert np.abs(np.linspace(16, 235, 172) - ramp).max() <= 0.5 + 1e-6
    # Each colour of the upper row is there once, and nothing between them.
    row = still["smpte"][0][20]
    assert [104, 180, 168, 145, 133, 63, 51, 28, 104] == [row[0], *row[1:][np.diff(row) != 0]]


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_covers_its_area_softly(still: Any, name: str) -> None:
    """White on black: the sum of what is covered is the area, whatever falls on parts of pixels."""
    luma = (still[name][0] - 16) / 219
    assert FIGURES[name][1] == pytest.approx(luma.sum(), rel=0.004)
    assert (0, 1) == (luma.min(), luma.max())
    soft = ((luma > 0.1) & (luma < 0.9)).mean()
    assert soft < 0.02
    assert (soft > 0) == (name != "rectangle")
    assert all((plane == 128).all() for plane in still[name][1:])


def test_outlines_lie_inside_and_opacity_lets_through(still: Any) -> None:
    """A ring of ten pixels with and without a filling; half white on black is half grey."""
    ring, framed, half = (still[name][0] for name in ("ring", "framed", "half"))
    assert np.abs(ring - framed).max() <= 1
    assert [16, 235, 16] == [ring[90, x] for x in (78, 85, 95)]
    area = np.pi * (80 * 45 - 70 * 35)
    # The inner edge is as far from the outer one everywhere, which no ellipse is.
    assert area == pytest.approx((ring - 16).sum() / 219, rel=0.02)
    assert abs(half[90, 160] - 125.5) <= 1
    assert 16 == half[10, 10]


def test_it_lies_under_transforms_effects_and_transitions(made_by: Settings, tmp_path: Path) -> None:
    """A square over red: smaller and elsewhere, faded by keyframes, under an effect, crossed with another."""
    fade = {"keyframes": [{"time": 0, "value": 0}, {"time": 1, "value": 1}]}
    square = {"generator": "shape", "shape": "rectangle", "width": 1, "height": 1}
    lime = {**square, "fill": "#00ff00"}
    small = {"x": 0.25, "y": 0.25, "width": 0.25, "height": 0.25}
    clips: list[Json] = [
        {"id": "a", "source": square, "out_point": 1, "transform": {**small, "opacity": fade}},
        {"id": "b", "source": lime, "out_point": 1, "effects": [{"type": "grayscale"}]},
        {
            "id": "c",
            "source": {"generator": "gradient", "colors": ["blue", "blue"]},
            "out_point": 1,
            "timeline_start": 1.5,
        },
    ]
    edge = {"type": "fade", "duration": 0.5, "from": "b", "to": "c"}
    red = {"source": {"generator": "color", "color": "#ff0000"}, "out_point": 2.5}
    tracks = [{"type": "video", "clips": [red]}, {"type": "video", "clips": clips, "transitions": [edge]}]
    for clip in clips:
        clip.setdefault("fit", "stretch")
    frames = filmed(tracks, made_by, tmp_path).astype(int)
    assert 75 == len(frames)

    def near(expected: tuple[int, ...], number: int, x: int, y: int) -> bool:
        return bool(np.abs(np.array(expected) - frames[number, y, x]).max() <= 6)

    assert near((255, 0, 0), 0, 80, 45)
    assert near((255, 128, 128), 15, 80, 45)
    assert near((255, 0, 0), 15, 150, 100)
    # The grey of lime, by the luma that the effect keeps.
    grey = round(255 * 0.7152)
    assert near((grey, grey, grey), 40, 150, 100)
    assert near((0, 0, 255), 70, 150, 100)
    part = filmed(tracks, made_by, tmp_path, "13f:52f")
    assert np.array_equal(frames[13:52], part)


MOVING: Mapping[str, Json] = {
    "noise": {"generator": "noise", "seed": 5, "sound": "pink", "level": -20},
    "countdown": {"generator": "countdown", "from": 2},
}


TRACKS: list[Json] = [
    {
        "type": "video",
        "clips": [
            {"source": MOVING["noise"], "out_point": 1},
            {"source": MOVING["countdown"], "out_point": 2.5, "timeline_start": 1},
            {"source": MOVING["noise"], "in_point": 0.4, "out_point": 1, "timeline_start": 3.5},
            {
                "source": MOVING["countdown"],
                "in_point": 0.5,
                "out_point": 1.5,
                "timeline_start": 4.1,
                "effects": [{"type": "speed_control", "params": {"speed": 2}}],
            },
        ],
    }
]
"""Noise, a countdown that is over before its clip is, the rest of that noise, and a faster countdown."""
SMALL: Json = {"width": 160, "height": 90}


@pytest.fixture(scope="module")
def moving(made_by: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, NDArray[np.uint8]]:
    """Give the film of what moves, and its frames."""
    folder = tmp_path_factory.mktemp("moving")
    frames = filmed(TRACKS, made_by, folder, **SMALL)
    return next(folder.glob("film-*")), frames


def test_ranges_of_what_moves_have_the_frames_of_the_whole(
    moving: tuple[Path, NDArray[np.uint8]], made_by: Settings, tmp_path: Path
) -> None:
    """Wherever they begin, within a clip or before it; sound by the sample."""
    path, whole = moving
    heard = decode_sound(path).samples
    assert 138 == len(whole)
    for start, end in ((7, 40), (52, 92), (112, 138)):
        folder = tmp_path / str(start)
        folder.mkdir()
        part = filmed(TRACKS, made_by, folder, f"{start}f:{end}f", **SMALL)
        assert np.array_equal(whole[start:end], part)
        samples = decode_sound(next(folder.glob("film-*"))).samples
        assert np.array_equal(heard[start * 1600 : end * 1600], samples)


def test_noise_is_chance(moving: tuple[Path, NDArray[np.uint8]], made_by: Settings) -> None:
    """Every level as often, nothing that neighbours or moments have in common; what follows a cut goes on."""
    frames = moving[1][:30, ..., 0].astype(np.float64)
    counts, _ = np.histogram(frames, bins=8, range=(0, 256))
    assert np.abs(counts / frames.size * 8 - 1).max() < 0.06

    def alike(left: Plane, right: Plane) -> float:
        return abs(float(np.corrcoef(left.ravel(), right.ravel())[0, 1]))

    assert alike(frames[:, 1:], frames[:, :-1]) < 0.02
    assert alike(frames[:, :, 1:], frames[:, :, :-1]) < 0.02
    assert max(alike(frames[number], frames[number + 1]) for number in range(29)) < 0.05
    assert np.array_equal(moving[1][12:30], moving[1][105:123])


def test_noise_falls_by_three_decibels_an_octave(moving: tuple[Path, NDArray[np.uint8]]) -> None:
    """Pink noise at the level that was asked for, in both channels; it goes on behind a cut."""
    heard = decode_sound(moving[0])
    samples = heard.samples[: heard.rate].astype(np.float64)
    assert np.array_equal(samples[:, 0], samples[:, 1])
    assert -20 == pytest.approx(20 * np.log10(np.sqrt((samples**2).mean())), abs=0.5)
    assert np.array_equal(heard.samples[19_200:48_000], heard.samples[168_000:196_800])
    power = np.abs(np.fft.rfft(samples[:, 0])) ** 2
    octaves = [10 * np.log10(power[low : 2 * low].mean()) for low in (125, 250, 500, 1000, 2000, 4000, 8000)]
    slope = np.polyfit(range(len(octaves)), octaves, 1)[0]
    assert -3 == pytest.approx(slope, abs=0.4)


def test_a_countdown_turns_and_beeps_by_the_second(moving: tuple[Path, NDArray[np.uint8]]) -> None:
    """The hand shades what it has passed; beeps begin with the seconds; then it is black and silent."""
    path, frames = moving
    count = frames[30:105, ..., 0].astype(np.float64)
    y, x = np.mgrid[0:90, 0:160]
    angle = np.arctan2(x + 0.5 - 80, 45 - y - 0.5) % (2 * np.pi) / (2 * np.pi)
    # Away from the number, the lines, the rings and the hand itself.
    away = np.hypot(x - 79.5, y - 44.5)
    for number in (3, 10, 15, 22, 29, 33, 45, 52):
        passed = number % 30 / 30
        free = (away > 42) & (np.abs((angle - passed + 0.5) % 1 - 0.5) > 0.02) & (np.abs(x - 79.5) > 3)
        free &= np.abs(y - 44.5) > 3
        shaded = count[number] < 165
        assert np.array_equal((angle < passed)[free], shaded[free]), number
    # One number in each second, and another one in the next.
    ink = count[:, 30:60, 65:95] < 40

    def other(one: int, next_one: int) -> float:
        return float((ink[one] != ink[next_one]).mean())

    assert max(other(0, 29), other(30, 59)) < 0.02
    assert min(other(0, 30), other(29, 30)) > 0.1
    assert (count[60:] == 0).all()
    # Twice as fast, from the middle of its first second.
    fast = frames[123:138, ..., 0].astype(np.float64)
    assert np.abs(fast[10] - count[35]).max() <= 2
    assert np.abs(fast[3] - count[21]).max() <= 2

    heard = decode_sound(path)
    sound = np.abs(heard.samples[48_000:168_000, 0].astype(np.float64))
    loud = np.flatnonzero(sound > 1e-4)
    starts = [0, *(np.flatnonzero(np.diff(loud) > 1000) + 1)]
    assert [0, 48_000] == [pytest.approx(int(loud[start]), abs=2) for start in starts]
    assert -20 == pytest.approx(20 * np.log10(sound.max()), abs=0.1)
    assert 4800 == pytest.approx(loud[loud < 40_000][-1], abs=2)


def test_bars_sound_at_their_level(seer: Seer) -> None:
    """A tone of 1 kHz with its peak at -20 dBFS, or where it is asked for; on a video and an audio track."""
    clips = [
        {"source": {"generator": "bars"}, "out_point": 0.5},
        {"source": {"generator": "bars", "style": "ebu", "level": -18}, "out_point": 0.5},
    ]
    for kind in ("video", "audio"):
        whole = {"schema": "stoat.project/1", "tracks": [{"type": kind, "clips": clips}]}
        samples = seer.heard(parse_document(orjson.dumps(whole), base=Path()))
        for part, level in ((samples[:24_000], -20), (samples[24_000:], -18)):
            assert level == pytest.approx(20 * np.log10(np.abs(part).max()), abs=0.1)
            assert level - 3.01 == pytest.approx(20 * np.log10(np.sqrt((part**2).mean())), abs=0.1)
            spectrum = np.abs(np.fft.rfft(part[:, 0]))
            assert 1000 == np.argmax(spectrum) * 2
