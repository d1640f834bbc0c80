"""A camera that shook is held still, by what was measured once."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from filming import filmed
from numpy.typing import NDArray
from painting import footage

from stoat_ferret.config import Settings
from stoat_ferret.errors import RequestError
from stoat_ferret.model.document import parse_document
from stoat_ferret.model.plan import Target
from stoat_ferret.rendering import render

FRAMES = 60
EFFECT = {"type": "stabilize", "params": {"smoothing": 0.5}}


@pytest.fixture(scope="module")
def user(ffmpeg: Path, shared_folder: Path) -> Settings:
    """Give the settings of a user with each ffmpeg."""
    return Settings(ffmpeg=str(ffmpeg), data_dir=shared_folder / "stabilizing" / ffmpeg.parent.name)


@pytest.fixture(scope="module")
def shaken(shared_folder: Path) -> str:
    """Give the film of a wall that trembles."""
    return str(footage(shared_folder / "golden" / "footage").shaken)


def _tracks(source: str, *effects: dict[str, Any]) -> list[dict[str, Any]]:
    clip = {"source": source, "in_point": 0, "out_point": FRAMES / 30, "timeline_start": 0}
    return [{"type": "video", "clips": [{**clip, "effects": list(effects)}]}]


def _trembling(frames: NDArray[np.uint8]) -> float:
    """How far a view jumps from frame to frame beside its drift, in pixels (RMS)."""
    inside = frames[:, 30:-30, 40:-40].astype(np.float64).mean(axis=3)
    window = np.outer(np.hanning(inside.shape[1]), np.hanning(inside.shape[2]))
    spectra = np.fft.fft2((inside - inside.mean(axis=(1, 2), keepdims=True)) * window)
    moves = []
    for before, after in pairwise(spectra):
        likeness = before * np.conj(after)
        peak = int(np.fft.ifft2(likeness / np.abs(likeness)).real.argmax())
        down, right = np.unravel_index(peak, window.shape)
        height, width = window.shape
        moves.append(((down + height // 2) % height, (right + width // 2) % width))
    away = np.array(moves) - np.median(moves, axis=0)
    return float(np.sqrt((away**2).mean()))


def test_a_shaken_camera_is_held_still(user: Settings, shaken: str, tmp_path: Path) -> None:
    """Hardly anything of the trembling is left; a range has the frames of the whole."""
    before = filmed(_tracks(shaken), user, tmp_path)
    after = filmed(_tracks(shaken, EFFECT), user, tmp_path)
    assert FRAMES == len(before) == len(after)
    assert 3 < _trembling(before)
    assert _trembling(after) < _trembling(before) / 4
    part = filmed(_tracks(shaken, EFFECT), user, tmp_path, "17f:23f")
    assert np.array_equal(after[17:23], part)


def test_edges(user: Settings, shaken: str, tmp_path: Path) -> None:
    """Zoomed in, nothing is drawn out there."""

    def made(**params: Any) -> NDArray[np.uint8]:
        return filmed(_tracks(shaken, {"type": "stabilize", "params": params}), user, tmp_path)

    def drawn_out(frames: NDArray[np.uint8]) -> float:
        """How many of the outermost columns repeat what lies beside them."""
        edges = frames[:, :, [0, 1, -2, -1], 1].astype(int)
        return float((np.abs(np.diff(edges, axis=2))[:, :, [0, 2]].mean(axis=1) < 1).mean())

    assert drawn_out(made(edges="extend", smoothing=1)) > 0.3
    assert 0 == drawn_out(made(smoothing=1))


def test_motion_is_measured_once(user: Settings, shaken: str, tmp_path: Path) -> None:
    """Another effect behind it measures nothing again, one before it does; so does another shakiness."""

    def outcome(*effects: dict[str, Any]) -> list[str]:
        whole = {
            "schema": "stoat.project/1",
            "output": {"width": 320, "height": 180, "fps": 30},
            "tracks": _tracks(shaken, *effects),
        }
        document = parse_document(orjson.dumps(whole), base=Path())
        output = tmp_path / f"{len(list(tmp_path.iterdir()))}.mp4"
        report = asyncio.run(render(document, output=output, target=Target(format="mp4"), settings=user))
        return [step.outcome for step in report.steps if step.kind == "measure"]

    sepia = {"type": "sepia", "params": {}}
    once = {"type": "stabilize", "params": {"shakiness": 7}}
    assert ["rendered"] == outcome(once)
    assert ["reused"] == outcome(once, sepia)
    assert ["rendered"] == outcome(sepia, once)
    assert ["rendered"] == outcome({"type": "stabilize", "params": {"shakiness": 8}})


def test_it_has_to_come_first(user: Settings, shaken: str, tmp_path: Path) -> None:
    """Behind what writes on the whole picture there is no picture of the clip to measure."""
    title = {"type": "text_overlay", "params": {"text": "Hand-held"}}
    with pytest.raises(RequestError) as refused:
        filmed(_tracks(shaken, {"type": "background_blur", "params": {}}, EFFECT), user, tmp_path)
    (problem,) = refused.value.problems
    assert ("effect.unsupported", "/tracks/0/clips/0/effects/1") == (problem.code, problem.path)
    assert FRAMES == len(filmed(_tracks(shaken, EFFECT, title), user, tmp_path))
