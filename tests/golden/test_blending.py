"""Clips that mix with what lies below: where they are seen, and in ranges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filming import filmed
from painting import footage
from PIL import Image, ImageDraw

from stoat_ferret.config import Settings
from stoat_ferret.errors import RequestError

SCREEN = [{"type": "blend", "params": {"mode": "screen"}}]


@pytest.fixture(scope="module")
def user(ffmpeg: Path, shared_folder: Path) -> Settings:
    """Give the settings of a user with each ffmpeg; nothing is kept from one film to the next."""
    return Settings(ffmpeg=str(ffmpeg), data_dir=shared_folder / "blending" / "data", render_cache_mib=0)


@pytest.fixture(scope="module")
def below(shared_folder: Path) -> dict[str, Any]:
    """Give a track of stripes."""
    stripes = str(footage(shared_folder / "golden" / "footage").below)
    clip = {"source": stripes, "in_point": 0, "out_point": 2, "timeline_start": 0}
    return {"type": "video", "clips": [clip]}


def _color(color: str, start: float, end: float, **clip: Any) -> dict[str, Any]:
    generator = {"generator": "color", "color": color}
    times = {"in_point": 0, "out_point": end - start, "timeline_start": start}
    return {"source": generator, **times, **clip}


def test_only_the_box_of_the_clip_is_mixed(user: Settings, below: dict[str, Any], tmp_path: Path) -> None:
    """By its opacity; before it, after it and beside it everything is as it was."""
    box = {"x": 0.5, "y": 0.5, "width": 0.5, "height": 0.4, "opacity": 0.5}
    light = _color("#808080", 0.5, 1.5, transform=box, fit="stretch", effects=SCREEN)
    without = filmed([below], user, tmp_path).astype(float)
    mixed = filmed([below, {"type": "video", "clips": [light]}], user, tmp_path).astype(float)
    changed = np.abs(mixed - without).max(axis=3) > 0
    assert not changed[:15].any()
    assert not changed[45:].any()
    beside = np.ones((180, 320), bool)
    beside[52:128, 78:242] = False
    assert not changed[:, beside].any()
    inside = np.s_[15:45, 58:122, 90:230]
    expected = (without[inside] + 255 - (255 - without[inside]) * (1 - 128 / 255)) / 2
    assert np.abs(expected - mixed[inside]).mean() < 2


def test_on_the_lowest_track_the_background_lies_below(user: Settings, tmp_path: Path) -> None:
    """A clip mixes with its colour, as if that were a clip."""
    light = _color("#804000", 0, 2, effects=[{"type": "blend", "params": {"mode": "addition"}}])
    shown = filmed([{"type": "video", "clips": [light]}], user, tmp_path, background="#204060")
    assert np.abs(shown.astype(int) - (0xA0, 0x80, 0x60)).max() <= 6


def test_ranges_have_the_frames_of_the_whole(user: Settings, below: dict[str, Any], tmp_path: Path) -> None:
    """Where the clip begins, ends, fades over to another and is a text."""
    fade = {"type": "fade", "duration": 0.5, "from": "a", "to": "b"}
    clips = [
        _color("#602020", 0.2, 1, id="a", effects=SCREEN),
        _color("#206020", 0.5, 1.5, id="b", effects=SCREEN),
    ]
    title = {
        "source": {"generator": "title", "text": "Snow", "fontsize": 60},
        "in_point": 0,
        "out_point": 1,
        "timeline_start": 0.8,
        "effects": [{"type": "blend", "params": {"mode": "difference"}}],
    }
    tracks = [
        below,
        {"type": "video", "clips": clips, "transitions": [fade]},
        {"type": "text", "clips": [title]},
    ]
    whole = filmed(tracks, user, tmp_path)
    assert len(whole) == 60
    for start, end in ((0, 10), (13, 20), (29, 30), (40, 60)):
        part = filmed(tracks, user, tmp_path, f"{start}f:{end}f")
        assert np.array_equal(whole[start:end], part)


def test_a_range_that_begins_within_a_clip_of_the_lowest_track(user: Settings, tmp_path: Path) -> None:
    """Even where it has no more than the last frame of it."""
    clips = [_color("#804000", 0, 0.5, effects=SCREEN), _color("#206020", 0.5, 1)]
    tracks = [{"type": "video", "clips": clips}]
    whole = filmed(tracks, user, tmp_path, background="#204060")
    assert len(whole) == 30
    for start, end in ((14, 16), (5, 15), (7, 8)):
        part = filmed(tracks, user, tmp_path, f"{start}f:{end}f", background="#204060")
        assert np.array_equal(whole[start:end], part)


def test_what_cannot_be_mixed_is_refused_by_name(
    bundled_ffmpeg: Path, below: dict[str, Any], tmp_path: Path
) -> None:
    """Clips that become one another in different ways, and clips of a track that is made by itself."""
    user = Settings(ffmpeg=str(bundled_ffmpeg), data_dir=tmp_path / "data")
    fade = {"type": "fade", "duration": 0.5, "from": "a", "to": "b"}
    clips = [_color("#602020", 0, 1, id="a"), _color("#206020", 0.5, 1.5, id="b", effects=SCREEN)]
    crossing = {"type": "video", "clips": clips, "transitions": [fade]}
    blurred = {"type": "video", "clips": clips[1:], "effects": [{"type": "blur", "params": {"radius": 2}}]}
    for track, place in ((crossing, "/tracks/1/clips/1/effects/0"), (blurred, "/tracks/1/clips/0/effects/0")):
        with pytest.raises(RequestError) as refused:
            filmed([below, track], user, tmp_path)
        assert [("effect.unsupported", place)] == [
            (problem.code, problem.path) for problem in refused.value.problems
        ]
    # On the lowest track nothing of it matters.
    assert len(filmed([crossing], user, tmp_path)) == 45


@pytest.mark.parametrize("width", [0.31, 0.8, 1])
def test_a_logo_has_no_dark_seam(user: Settings, tmp_path: Path, width: float) -> None:
    """White on what is clear, over white, is white at every size, though what is clear be black."""
    logo = Image.new("RGBA", (640, 360), (0, 0, 0, 0))
    for x in range(0, 640, 40):
        ImageDraw.Draw(logo).ellipse((x + 4, 4, x + 30, 356), fill="white")
    logo.save(tmp_path / "logo.png")
    clip = {"source": str(tmp_path / "logo.png"), "in_point": 0, "out_point": 0.1, "timeline_start": 0}
    tracks: list[dict[str, Any]] = [
        {"type": "video", "clips": [_color("white", 0, 0.1)]},
        {"type": "video", "clips": [{**clip, "transform": {"width": width}}]},
    ]
    assert filmed(tracks, user, tmp_path).min() >= 248
