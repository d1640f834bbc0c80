"""Presets are data: sound in the package, refused by name where the catalogue would refuse them."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from stoat_ferret import compile as core
from stoat_ferret.cli.answer import run
from stoat_ferret.config import Settings
from stoat_ferret.edit import parse_edits
from stoat_ferret.errors import NotFound, RequestError
from stoat_ferret.presets.preset import TARGETS, Preset, read_preset
from stoat_ferret.presets.shelf import find, own_presets, shelf

GREY = {"type": "grayscale", "params": {"amount": 0.5}}
PLAIN: dict[str, Any] = {"description": "A", "hint": "B", "targets": ["clip"], "effects": [GREY]}
EFFECTS = {item["type"]: item for item in core.catalogue()["effects"]}


def holding(preset: Preset, target: str) -> dict[str, Any]:
    """A project that has the preset on one target, without anything that could excuse it."""
    effects = [effect.to_json() for effect in preset.effects]
    clip: dict[str, Any] = {"source": {"generator": "testsrc"}, "out_point": 2}
    track: dict[str, Any] = {"type": "video", "clips": [clip]}
    document: dict[str, Any] = {"schema": "stoat.project/1", "tracks": [track]}
    if target == "project":
        return {**document, "global_effects": effects}
    (clip if target == "clip" else track)["effects"] = effects
    return document


def test_the_package_has_those_that_are_promised() -> None:
    """Pictures and voices."""
    assert {
        "black_and_white",
        "cinematic",
        "cold_night",
        "dreamy",
        "podcast_voice",
        "radio_voice",
        "telephone",
        "vintage",
    } == {preset.name for preset in own_presets()}


@pytest.mark.parametrize("preset", own_presets(), ids=lambda preset: preset.name)
def test_every_preset_of_the_package_is_taken(preset: Preset) -> None:
    """Its effects exist, and the core takes each with its parameters on each target that it names."""
    assert [] == [effect.type for effect in preset.effects if effect.type not in EFFECTS]
    for target in preset.targets:
        assert [] == core.check(json.dumps(holding(preset, target))), target
        assert [] == [one.type for one in preset.effects if target not in EFFECTS[one.type]["targets"]]
    for effect in preset.effects:
        assert core.effect_filter(effect.type, effect.params)


@pytest.mark.parametrize("preset", own_presets(), ids=lambda preset: preset.name)
def test_edits_put_the_effects_there_in_order(preset: Preset) -> None:
    """Behind those that are there, or from a place on; each is a sound edit."""
    assert len(preset.effects) == len(parse_edits(preset.edits("clip-1", 3)))
    assert [("add_effect", "clip-1", effect.type, effect.params) for effect in preset.effects] == [
        (edit["op"], edit["target"], edit["type"], edit["params"]) for edit in preset.edits("clip-1")
    ]
    assert [3 + number for number in range(len(preset.effects))] == [
        edit["index"] for edit in preset.edits("clip-1", 3)
    ]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sise": 1}, "sise"),
        ({"description": ""}, "description"),
        ({"hint": "two\nlines"}, "hint"),
        ({"targets": []}, "targets"),
        ({"targets": ["film"]}, "targets"),
        ({"targets": [[]]}, "targets"),
        ({"targets": "clip"}, "targets"),
        ({"effects": []}, "effects"),
        ({"effects": [GREY] * 33}, "effects"),
        ({"effects": ["grayscale"]}, "/effects/0"),
        ({"effects": [{"params": {}}]}, "/effects/0"),
        ({"effects": [{**GREY, "enabled": False}]}, "/effects/0"),
        ({"effects": [GREY, {"type": "greyscale"}]}, "/effects/1/type .* mean grayscale"),
        ({"effects": [{"type": 3}]}, "/effects/0/type"),
        ({"effects": [{"type": "blur", "params": [3]}]}, "/effects/0/params"),
        ({"effects": [{"type": "blur", "params": {"radius": float("nan")}}]}, "/effects/0/params"),
        ({"effects": [{"type": "blur", "params": {"radius": 9000}}]}, "/effects/0/params/radius"),
        (
            {"effects": [GREY, {"type": "blur", "params": {"radios": 9}}]},
            "/effects/1/params/radios .* mean .radius",
        ),
        ({"effects": [{"type": "equalizer", "params": {"gain": 3}}]}, "frequency"),
        ({"effects": [{"type": "crop"}], "targets": ["clip", "project"]}, "project"),
        ({"effects": [{"type": "fade_in"}]}, "clip"),
        ({"effects": [{"type": "lut", "params": {"file": "a.cube"}}]}, "0/params/file is a relative path"),
        ({"effects": [{"type": "lut", "params": {"file": "/a.txt"}}]}, "not the path of a .cube file"),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], named: str) -> None:
    """The place that is wrong is in the message: form, effect, parameter or target."""
    with pytest.raises(ValueError, match=named):
        read_preset("a", {**PLAIN, **change})


@pytest.mark.parametrize("field", sorted(PLAIN))
def test_every_field_is_needed(field: str) -> None:
    """What is left out is named."""
    with pytest.raises(ValueError, match=f"no {field}"):
        read_preset("a", {name: value for name, value in PLAIN.items() if name != field})


def test_the_documented_preset_is_one() -> None:
    """The file that docs/reference/presets.md shows can be taken as it stands."""
    page = (Path(__file__).parents[2] / "docs/reference/presets.md").read_text()
    (shown,) = re.findall(r"^```toml\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    assert ["white_balance", "vignette"] == [
        effect.type for effect in read_preset("studio", tomllib.loads(shown)).effects
    ]


def test_a_preset_is_put_only_on_what_it_is_for() -> None:
    """The refusal says on what it can be put."""
    preset = read_preset("a", {**PLAIN, "targets": ["track", "clip"]})
    assert ("clip", "track") == preset.targets
    assert TARGETS[:2] == preset.targets
    with pytest.raises(RequestError) as refused:
        preset.edits("project")
    (problem,) = refused.value.problems
    assert ("preset.not_here", "Put it on a clip or a track.") == (problem.code, problem.hint)


MINE = """
description = "Mine"
hint = "Everywhere."
targets = ["clip"]

[[effects]]
type = "sepia"
"""


def test_a_users_preset_goes_before_one_of_the_package(tmp_path: Path) -> None:
    """Others are added; a broken one is told of by its name, and hides no other."""
    settings = Settings(data_dir=tmp_path, presets_dir=tmp_path)
    assert 5 == len(find("cinematic", settings).effects)
    (tmp_path / "cinematic.toml").write_text(MINE)
    (tmp_path / "wedding.toml").write_text(MINE)
    (tmp_path / "bad.toml").write_text("description = Mine")
    (tmp_path / "beyond.toml").write_text(f"{MINE}params = {{ amount = 3 }}\n")
    (tmp_path / "dated.toml").write_text(f"{MINE}params = {{ amount = 2026-01-02 }}\n")
    (tmp_path / "not text.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.toml").write_text("#" * 70_000)
    (tmp_path / "notes.txt").write_text("not one of them")
    broken = ["bad", "beyond", "dated", "large", "not text"]
    assert "Mine" == find("cinematic", settings).description
    found = shelf(settings)
    own = {preset.name for preset in own_presets()}
    assert sorted(own | {"wedding"}) == [preset.name for preset in found.presets]
    assert [f"'{name}.toml'" for name in broken] == [
        problem.message.removeprefix("The preset ").partition(" cannot")[0] for problem in found.problems
    ]
    for name in broken:
        with pytest.raises(RequestError) as refused:
            find(name, settings)
        (problem,) = refused.value.problems
        assert "preset.invalid" == problem.code and "STOAT_PRESETS_DIR" in (problem.hint or "")
    with pytest.raises(NotFound) as unknown:
        find("cinematik", settings)
    assert ("preset.not_found", "cinematic") == (
        unknown.value.problems[0].code,
        (unknown.value.problems[0].allowed or ("",))[0],
    )


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """It was there when the settings were read."""
    folder = tmp_path / "presets"
    folder.mkdir()
    settings = Settings(data_dir=tmp_path, presets_dir=folder)
    folder.rmdir()
    with pytest.raises(RequestError) as refused:
        shelf(settings)
    assert "preset.unreadable" == refused.value.problems[0].code


def test_the_command_lists_and_shows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All of them with what cannot be used, one as lines for a project, one as edits for a target."""
    (tmp_path / "bad.toml").write_text("description = Mine")
    monkeypatch.setenv("STOAT_PRESETS_DIR", str(tmp_path))
    assert 0 == run(["presets"])
    shown = capsys.readouterr().out
    assert [] == [preset.name for preset in own_presets() if preset.name not in shown]
    assert "'bad.toml'" in shown
    assert 0 == run(["presets", "telephone"])
    listed = json.loads(capsys.readouterr().out.partition("\n\n")[2])
    assert ["highpass", "lowpass", "compressor"] == [effect["type"] for effect in listed]
    assert 0 == run(["presets", "telephone", "--target", "clip-1", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert ["clip-1"] * 3 == [edit["target"] for edit in answer["edits"]]
    for wrong in (["telefone"], ["telephone", "--target", "project"], ["--target", "clip-1"], ["bad"]):
        assert 2 == run(["presets", *wrong])
    codes = [line.split("]")[0] for line in capsys.readouterr().err.splitlines() if line.startswith("error[")]
    assert ["preset.not_found", "preset.not_here", "usage", "preset.invalid"] == [
        code.removeprefix("error[") for code in codes
    ]
