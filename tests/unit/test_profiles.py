"""Delivery profiles are data: sound in the package, refused by name where they are broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stoat_ferret.cli.app import app
from stoat_ferret.config import Settings
from stoat_ferret.errors import RequestError
from stoat_ferret.profiles.profile import read_profile, target_for
from stoat_ferret.profiles.shelf import find, own_profiles, shelf

PLAIN: dict[str, Any] = {"description": "A", "format": "mp4", "size": "640x360", "bitrate": "4M"}


def test_the_command_names_every_profile_of_the_package() -> None:
    """`stoat render --help` says what can be asked for."""
    import typer.main

    render = getattr(typer.main.get_command(app), "commands")["render"]  # noqa: B009
    (option,) = [one for one in render.params if one.name == "profile"]
    assert [] == [profile.name for profile in own_profiles() if profile.name not in option.help]


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"description": "A"}, "format"),
        ({**PLAIN, "sise": "1x1"}, "sise"),
        ({**PLAIN, "format": "avi"}, "format"),
        ({**PLAIN, "size": "641x360"}, "size"),
        ({**PLAIN, "size": 640}, "size"),
        ({**PLAIN, "bitrate": "many"}, "bitrate"),
        ({**PLAIN, "quality": "high"}, "one"),
        ({**PLAIN, "sample_rate": True}, "sample_rate"),
        ({**PLAIN, "sample_rate": 4000}, "sample_rate"),
        ({**PLAIN, "max_fps": float("nan")}, "max_fps"),
        ({**PLAIN, "loudness": 3}, "loudness"),
        ({**PLAIN, "safe_area": {"middle": 0.1}}, "safe_area"),
        ({**PLAIN, "safe_area": {"top": 0.6, "bottom": 0.5}}, "safe_area"),
        ({**PLAIN, "description": ""}, "description"),
        ({"description": "A", "format": "wav", "size": "640x360"}, "size"),
    ],
)
def test_what_is_wrong_is_named(data: dict[str, Any], named: str) -> None:
    """The field that is wrong is in the message."""
    with pytest.raises(ValueError, match=named):
        read_profile("a", data)


@pytest.mark.parametrize(
    ("form", "given", "expected"),
    [
        ("mp4", {}, {"bitrate": "4M", "size": (640, 360), "quality": "medium"}),
        ("mp4", {"crf": 20.0}, {"bitrate": None, "crf": 20.0, "size": (640, 360)}),
        ("mp4", {"quality": "high"}, {"bitrate": None, "quality": "high"}),
        ("mp4", {"bitrate": "9M", "size": (320, 180)}, {"bitrate": "9M", "size": (320, 180)}),
        ("mp4", {"encoder": "libx265"}, {"video_codec": None, "bitrate": "4M"}),
        ("webm", {}, {"video_codec": None, "bitrate": None, "audio_bitrate": None, "size": (640, 360)}),
        ("wav", {}, {"size": None, "bitrate": None, "sample_rate": 44100}),
        ("mp4", {"quality": "lossless"}, {"audio_bitrate": None}),
    ],
)
def test_what_is_asked_for_goes_before_the_profile(
    form: str, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    """And takes along what would contradict it."""
    more = {"video_codec": "h264", "audio_bitrate": "96k", "sample_rate": 44100}
    target = target_for(form, read_profile("a", {**PLAIN, **more}), given)
    assert expected == {name: getattr(target, name) for name in expected}


def test_a_users_profile_goes_before_one_of_the_package(tmp_path: Path) -> None:
    """Files are read when they are asked for; a broken one is told of and hides no other."""
    settings = Settings(data_dir=tmp_path, profiles_dir=tmp_path)
    assert 60 == find("vimeo", settings).max_fps
    (tmp_path / "vimeo.toml").write_text('description = "Mine"\nformat = "mov"\n')
    (tmp_path / "bad.toml").write_text("format = mp4")
    (tmp_path / "not text.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.toml").write_text("#" * 70_000)
    assert "Mine" == find("vimeo", settings).description
    found = shelf(settings)
    assert len(own_profiles()) == len(found.profiles)
    assert ["'bad.toml'", "'large.toml'", "'not text.toml'"] == [
        problem.message.removeprefix("The profile ").partition(" cannot")[0] for problem in found.problems
    ]
    for name in ("bad", "large", "not text"):
        with pytest.raises(RequestError) as refused:
            find(name, settings)
        assert "profile.invalid" == refused.value.problems[0].code
    with pytest.raises(RequestError) as unknown:
        find("../vimeo", settings)
    assert "profile.unknown" == unknown.value.problems[0].code
