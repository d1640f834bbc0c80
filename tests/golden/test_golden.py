"""Every effect and every transition looks as the picture that defines it; what it must not touch stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from cases import CASES, CATALOGUE, GENERATORS, PLACED, TRANSITIONS
from seeing import AS_OTHERS, AS_PINNED, GOLDEN, LOOSER, Seer, difference, golden

from stoat_ferret.errors import RequestError
from stoat_ferret.model.document import Document, parse_document

PICTURED = [name for name, item in CATALOGUE.items() if item["ports"]["video"] and name != "xfade"]


def test_everything_is_defined_by_a_picture() -> None:
    """The catalogue and the folder hold the same; nothing is counted by hand."""
    assert {*CATALOGUE, *GENERATORS, *TRANSITIONS} - {"xfade"} == {case.effect for case in CASES.values()}
    assert set(CASES) == {path.stem for path in GOLDEN.glob("*.png")}


@pytest.mark.parametrize("name", CASES)
def test_it_looks_as_defined(seer: Seer, bundled_ffmpeg: Path, name: str) -> None:
    """To a rounding with the pinned ffmpeg, the same to the eye with another; what that lacks is named."""
    case, defined = CASES[name], golden(name)
    if not seer.has(case):
        with pytest.raises(RequestError) as refused:
            seer.seen(case)
        assert ["transition.unavailable"] == [problem.code for problem in refused.value.problems]
        return
    assert defined is not None, "hint: make golden"
    found = difference(defined, seer.seen(case))
    if seer.settings.ffmpeg == bundled_ffmpeg:
        assert found.levels <= AS_PINNED, f"{found}; hint: make golden shows it"
    else:
        assert found.similarity >= LOOSER.get(case.effect, AS_OTHERS), found


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if not (case.is_transition or case.is_plain)]
)
def test_it_can_be_told_from_no_effect(pinned_seer: Seer, name: str) -> None:
    """An example that shows nothing would define nothing."""
    defined = golden(name)
    assert defined is not None
    assert difference(pinned_seer.seen(CASES[name], without=True), defined).levels > 8


@pytest.mark.parametrize("name", [name for name in PICTURED if "clip" in CATALOGUE[name]["targets"]])
def test_other_clips_and_the_sound_stay(pinned_seer: Seer, name: str) -> None:
    """Frames before and after, and the sound, are made in the very same way as without the effect."""
    with_it, without = (_three_clips(pinned_seer, name, effect=effect) for effect in (True, False))
    before, within, after = (
        (with_one.steps, without_one.steps)
        for with_one, without_one in zip(
            *(pinned_seer.plans(document, (10, 35, 70)) for document in (with_it, without)), strict=True
        )
    )
    assert before[0] == before[1]
    assert within[0] != within[1]
    assert after[0] == after[1]
    if not CATALOGUE[name]["ports"]["audio"]:
        assert pinned_seer.sound(without).steps == pinned_seer.sound(with_it).steps


def _three_clips(seer: Seer, name: str, *, effect: bool) -> Document:
    """A second each; the one in the middle has the effect."""
    files = seer.footage
    clips: list[dict[str, Any]] = [
        {"id": f"clip-{start}", "source": str(source), "in_point": 0, "out_point": 1, "timeline_start": start}
        for start, source in enumerate((files.below, files.scene, files.below))
    ]
    clips[1] |= PLACED.get(name, {})
    if effect:
        clips[1]["effects"] = [{"id": "effect", "type": name, "params": CATALOGUE[name]["example"]}]
    tone = {"id": "tone", "source": {"generator": "tone"}, "in_point": 0, "out_point": 3, "timeline_start": 0}
    tracks = [
        {"id": "picture", "type": "video", "clips": clips},
        {"id": "sound", "type": "audio", "clips": [tone]},
    ]
    output = {"width": 320, "height": 180, "fps": 30}
    whole = {"schema": "stoat.project/1", "output": output, "tracks": tracks}
    return parse_document(orjson.dumps(whole), base=files.folder)
