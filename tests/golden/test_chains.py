"""Random chains of effects: whatever is put together renders, keeps its length and its sound."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from cases import CATALOGUE
from generated import Schema, colors, curves, times
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st
from painting import footage

from stoat_ferret import compile as core
from stoat_ferret.config import Settings
from stoat_ferret.model.document import Document, parse_document
from stoat_ferret.model.plan import Target
from stoat_ferret.rendering import RenderReport, render
from stoat_ferret.testing.measure import decode_pictures, decode_sound

CLIPS = 5
"""Each with a chain of its own: a film holds many, and to start a render takes long."""
EXAMPLES = 100
"""Films, and so 500 chains."""

ALONE = ("acrossfade", "xfade", "audio_mix", "audio_ducking", "speed_control")
"""What changes places or lengths, or is the mix: no link of a chain."""
CHAINED = {
    place: [name for name, item in CATALOGUE.items() if place in item["targets"] and name not in ALONE]
    for place in ("clip", "track", "project")
}
COLOR = st.sampled_from(["#102030", "#10203080", "white", "red@0.5", "#00b140"])
MOMENT = st.integers(0, 6).map(lambda frame: frame / 30)
SCHEMAS = [item["parameter_schema"] for item in CATALOGUE.values()]
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(colors(SCHEMAS), COLOR),
    **dict.fromkeys(times(SCHEMAS), MOMENT),
    "file": st.sampled_from(["looks/house.cube", "looks/brighter.cube"]),
    "font": st.just("Roboto"),
    # Of the other styles there may be no file.
    "weight": st.just("regular"),
    "italic": st.just(False),
    # There is none at 30 frames a second.
    "drop_frame": st.just(False),
    # Digits that are filled up are not grouped.
    "digits": st.just(1),
    **dict.fromkeys(("master", "red", "green", "blue"), curves()),
    # Larger letters than pictures only take time.
    "fontsize": st.integers(4, 200),
}


def _effect(place: str) -> st.SearchStrategy[dict[str, Any]]:
    """An effect with parameters that its schema allows."""

    def drawn(name: str) -> st.SearchStrategy[dict[str, Any]]:
        schema = CATALOGUE[name]["parameter_schema"]
        return Schema(schema, SPECIAL).values().map(lambda params: {"type": name, "params": params})

    return st.sampled_from(CHAINED[place]).flatmap(drawn)


def _chain(place: str, least: int, most: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(_effect(place), min_size=least, max_size=most)


@st.composite
def films(draw: st.DrawFn) -> dict[str, Any]:
    """Clips of six frames, each with a chain; sometimes effects on the track and the whole."""
    clips = []
    for number in range(CLIPS):
        # What measures how a clip moves has to come before what lies around it.
        effects = sorted(draw(_chain("clip", 1, 6)), key=lambda effect: effect["type"] != "stabilize")
        clips.append(
            {
                "source": draw(st.sampled_from(["scene", "below"])),
                "in_point": 0.5,
                "out_point": 0.7,
                "timeline_start": number * 6 / 30,
                "transform": draw(st.sampled_from([{}, {"width": 0.5, "x": 0.3}, {"opacity": 0.6}])),
                "effects": effects,
            }
        )
    return {
        "clips": clips,
        "lifted": draw(st.booleans()),
        "track": draw(_chain("track", 0, 1)),
        "whole": draw(_chain("project", 0, 1)),
    }


def _document(film: dict[str, Any], folder: Path) -> Document:
    """The film as a project; `lifted`, its clips lie over another track."""
    files = footage(folder / "footage")
    below = str(files.below)
    clips = [{**clip, "source": str(getattr(files, clip["source"]))} for clip in film["clips"]]
    tracks: list[dict[str, Any]] = [{"type": "video", "clips": clips, "effects": film["track"]}]
    if film["lifted"]:
        under = {"source": below, "in_point": 0, "out_point": CLIPS * 6 / 30, "timeline_start": 0}
        tracks.insert(0, {"type": "video", "clips": [under]})
    tone = {"source": {"generator": "tone"}, "in_point": 0, "out_point": CLIPS * 6 / 30, "timeline_start": 0}
    tracks.append({"type": "audio", "clips": [tone]})
    whole = {
        "schema": "stoat.project/1",
        "output": {"width": 160, "height": 90, "fps": 30},
        "tracks": tracks,
        "global_effects": film["whole"],
    }
    return parse_document(orjson.dumps(whole), base=files.folder)


@pytest.fixture(scope="module")
def chained(ffmpeg: Path, shared_folder: Path) -> Settings:
    """Give the settings of a user with each ffmpeg; nothing is kept from one film to the next."""
    folder = shared_folder / "chains"
    return Settings(ffmpeg=str(ffmpeg), data_dir=folder / "data", render_cache_mib=0)


@settings(
    max_examples=EXAMPLES // 2,
    # The same films every time: a further one that fails is found on purpose, not by a build.
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(film=films(), start=st.integers(0, CLIPS * 6 - 2), length=st.integers(1, 12))
def test_any_chain_renders_and_ranges_equal_the_whole(
    chained: Settings, film: dict[str, Any], start: int, length: int
) -> None:
    """The render itself verifies frames, size, rate and samples; a range has the frames of the whole."""
    folder = chained.data_dir.parent
    note(orjson.dumps([film, start, length]).decode())
    document = _document(film, folder)
    # A crop may reach out of the picture, which no schema says.
    assume(not core.check(document.text))
    # A clip mixes with what lies below only where its track is not made by itself.
    blends = any(effect["type"] == "blend" for clip in film["clips"] for effect in clip["effects"])
    assume(not (blends and film["lifted"] and film["track"]))
    end = min(start + length, CLIPS * 6)
    with tempfile.TemporaryDirectory() as work:
        whole, part = Path(work) / "whole.mkv", Path(work) / "part.mkv"
        report = _rendered(document, whole, chained)
        assert (30, 160, 90) == (report.plan.frames, report.plan.width, report.plan.height)
        _rendered(document, part, chained, frames=f"{start}f:{end}f")
        assert np.array_equal(decode_pictures(whole)[start:end], decode_pictures(part))
        assert len(decode_sound(whole).samples) == 48000 * CLIPS * 6 // 30


def _rendered(
    document: Document, output: Path, settings: Settings, frames: str | None = None
) -> RenderReport:
    target = Target(format="mkv", quality="lossless")
    return asyncio.run(render(document, output=output, target=target, settings=settings, frames=frames))
