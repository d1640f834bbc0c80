"""Slow moves are smooth: no edge jumps from pixel to pixel, and a range has the frames of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filming import filmed
from numpy.typing import NDArray
from PIL import Image

from stoat_ferret.config import Settings

FRAMES = 60
EDGE = 150
"""The column of the photograph at which white begins."""


@pytest.fixture(scope="module")
def moved_by(ffmpeg: Path, shared_folder: Path) -> Settings:
    """Give the settings of a user with each ffmpeg."""
    folder = shared_folder / "moves"
    return Settings(ffmpeg=str(ffmpeg), data_dir=folder / "data", render_cache_mib=0)


def _frames(
    settings: Settings, folder: Path, params: dict[str, Any], frames: str | None = None
) -> NDArray[np.uint8]:
    """Two seconds of a photograph, black on the left and white on the right, that is moved over."""
    photograph = folder / "photograph.png"
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[:, EDGE:] = 255
    Image.fromarray(picture).save(photograph)
    clip = {
        "source": str(photograph),
        "in_point": 0,
        "out_point": FRAMES / 30,
        "timeline_start": 0,
        "effects": [{"type": "ken_burns", "params": params}],
    }
    return filmed([{"type": "video", "clips": [clip]}], settings, folder, frames)


def _edges(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The column at which white begins in each frame, to a part of a pixel."""
    luma = (frames[:, 60:120].astype(np.float64).mean(axis=(1, 3)) / 255).clip(0, 1)
    edges: NDArray[np.float64] = frames.shape[2] - luma.sum(axis=1)
    return edges


def _expected(params: dict[str, Any]) -> NDArray[np.float64]:
    """Where the edge is, by the parts that show."""
    done = np.arange(FRAMES) / (FRAMES - 1)
    start, end = (320 / params.get(f"{which}_zoom", 1) for which in ("start", "end"))
    lefts = [
        np.clip(params.get(f"{which}_x", 0.5) * 320 - width / 2, 0, 320 - width)
        for which, width in (("start", start), ("end", end))
    ]
    widths = start * (end / start) ** done
    way = done if start == end else (widths - start) / (end - start)
    edges: NDArray[np.float64] = (EDGE - (lefts[0] + (lefts[1] - lefts[0]) * way)) * 320 / widths
    return edges


@pytest.mark.parametrize(
    "params",
    [
        {"start_x": 0.4, "start_zoom": 1.5, "end_x": 0.5, "end_zoom": 1.5},
        {"start_x": 0.48, "start_zoom": 2, "end_x": 0.49, "end_zoom": 2},
        {"end_x": 0.9, "end_zoom": 1.1},
        {"start_x": 0.2, "start_zoom": 2, "end_zoom": 1},
    ],
    ids=["across", "very slowly", "closer", "away"],
)
def test_an_edge_moves_by_parts_of_pixels(moved_by: Settings, tmp_path: Path, params: dict[str, Any]) -> None:
    """It is where the parts say, always goes on, and each step is like those around it."""
    edges = _edges(_frames(moved_by, tmp_path, params))
    assert len(edges) == FRAMES
    expected = _expected(params)
    assert np.abs(expected - edges).max() < 0.15
    steps, wanted = np.diff(edges), np.diff(expected)
    assert (np.sign(wanted) == np.sign(steps)).all()
    assert np.abs(steps / wanted - 1).max() < 0.25


@pytest.mark.parametrize("easing", ["ease", "ease_in", "ease_out"])
def test_it_gets_under_way_as_asked(moved_by: Settings, tmp_path: Path, easing: str) -> None:
    """Slow where it says, and from the same place to the same place."""
    across = {"start_x": 0.4, "start_zoom": 1.5, "end_x": 0.5, "end_zoom": 1.5}
    edges = _edges(_frames(moved_by, tmp_path, {**across, "easing": easing}))
    expected = _expected(across)
    assert (expected[0], expected[-1]) == pytest.approx((edges[0], edges[-1]), abs=0.1)
    first, middle, last = (np.abs(np.diff(edges)[part]).mean() for part in np.s_[:5, 27:32, -5:])
    assert (first < middle / 2) == (easing != "ease_out")
    assert (last < middle / 2) == (easing != "ease_in")


def test_a_range_has_the_frames_of_the_whole(moved_by: Settings, tmp_path: Path) -> None:
    """Wherever it begins."""
    params = {"start_x": 0.2, "start_zoom": 2, "end_zoom": 1, "easing": "ease"}
    whole = _frames(moved_by, tmp_path, params)
    for start, end in ((0, 7), (13, 14), (31, 60)):
        part = _frames(moved_by, tmp_path, params, f"{start}f:{end}f")
        assert np.array_equal(whole[start:end], part)
