"""What was planned fails, and another way leads to the same film: the user is told, and gets it."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from stoat_ferret import running, verifying
from stoat_ferret.config import Settings
from stoat_ferret.errors import CopyFailed, DiskFull, FFmpegFailed, VerificationFailed
from stoat_ferret.media import joining
from stoat_ferret.media.ffmpeg import Command, execute
from stoat_ferret.model.document import parse_document
from stoat_ferret.model.plan import Plan, Target
from stoat_ferret.rendering import RenderReport, render
from stoat_ferret.testing.measure import frame_checksums
from stoat_ferret.testing.media import MediaMaker, Source

CARD = """#!{python}
# An ffmpeg whose graphics card encodes what it is asked to, as long as it is there.
import os, sys
words = sys.argv[1:]
if "h264_nvenc" in words:
    if os.path.exists({gone!r}) and any("video" in word for word in words):
        sys.exit("No capable devices found")
    at = words.index("h264_nvenc")
    words[at] = "libx264"
    for option in ("-rc", "-cq", "-preset"):
        if option in words:
            place = words.index(option)
            del words[place : place + 2]
os.execv({ffmpeg!r}, [{ffmpeg!r}, *words])
"""


@pytest.fixture
def film(media: MediaMaker, tmp_path: Path) -> dict[str, Any]:
    """A film of whose clips one can be copied."""
    source = str(media.make(Source(frames=120, coding="keyint=30:scenecut=0")))
    clips = [
        {"source": source, "in_point": 0.5, "out_point": 3.5},
        {"source": source, "in_point": 0, "out_point": 2, "effects": [{"type": "blur", "params": {}}]},
    ]
    return {
        "schema": "stoat.project/1",
        "output": {"width": 320, "height": 180, "fps": 30},
        "tracks": [{"type": "video", "clips": clips}],
    }


def made(film: dict[str, Any], output: Path, settings: Settings, **target: Any) -> RenderReport:
    document = parse_document(json.dumps(film), base=output.parent)
    return asyncio.run(
        render(document, output=output, target=Target(format="mp4", **target), settings=settings)
    )


def test_what_cannot_be_proved_to_be_copied_is_encoded(
    film: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte of what was written is another: nothing of it is used, and the whole film is encoded."""
    settings = Settings(data_dir=tmp_path / "data")
    copied = made(film, tmp_path / "copied.mp4", settings)
    assert 1 == copied.spans["copied"]
    assert () == copied.plan.notices
    put, written = joining._put, 0

    def damaged(descriptor: int, data: bytes) -> None:
        nonlocal written
        written += 1
        put(descriptor, data[:-1] + bytes((data[-1] ^ 1,)) if written == 5 else data)

    monkeypatch.setattr(joining, "_put", damaged)
    report = made(film, tmp_path / "film.mp4", settings)
    assert 0 == report.spans["copied"]
    assert ["render.copy_failed"] == [notice.code for notice in report.plan.notices]
    assert "coded frames: " in report.plan.notices[0].message
    assert len(frame_checksums(tmp_path / "film.mp4")) == report.plan.frames
    assert {"copied.mp4", "data", "film.mp4"} == set(os.listdir(tmp_path))


def test_a_copy_that_fails_twice_is_an_error(
    film: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing goes round in circles."""

    async def refused(*given: Any, **more: Any) -> Any:
        raise CopyFailed(detail="for a reason")

    monkeypatch.setattr("stoat_ferret.rendering.run_steps", refused)
    with pytest.raises(CopyFailed):
        made(film, tmp_path / "film.mp4", Settings(data_dir=tmp_path / "data"))


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """An ffmpeg with a graphics card, and the file that takes the card away."""
    program, gone = tmp_path / "ffmpeg", tmp_path / "gone"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    program.write_text(CARD.format(python=sys.executable, gone=str(gone), ffmpeg=ffmpeg))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program, gone


def test_a_card_that_fails_during_a_render_is_replaced_by_the_processor(
    film: dict[str, Any], card: tuple[Path, Path], tmp_path: Path
) -> None:
    """The encoder worked when it was tried, and fails at work: the film is whole, and says how it came."""
    program, gone = card
    settings = Settings(data_dir=tmp_path / "data", ffmpeg=program)
    report = made(film, tmp_path / "card.mp4", settings, encoder="h264_nvenc")
    assert () == report.plan.notices
    film["tracks"][0]["clips"][0]["in_point"] = 1
    gone.touch()
    report = made(film, tmp_path / "film.mp4", settings, encoder="h264_nvenc")
    assert ["render.hardware_failed"] == [notice.code for notice in report.plan.notices]
    assert "No capable devices found" in report.plan.notices[0].message
    commands = [" ".join(step.argv) for step in report.steps if step.kind == "video"]
    assert commands
    assert all("libx264" in command for command in commands)
    assert len(frame_checksums(tmp_path / "film.mp4")) == report.plan.frames


def test_an_encoder_of_the_processor_that_fails_is_an_error(
    film: dict[str, Any], card: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no other one to try."""
    ran: list[str] = []

    async def refused(command: Any, **more: Any) -> Any:
        ran.append(str(command.output))
        raise FFmpegFailed(returncode=1, log="")

    monkeypatch.setattr(running, "execute", refused)
    with pytest.raises(FFmpegFailed):
        made(film, tmp_path / "film.mp4", Settings(data_dir=tmp_path / "data"), copy=False)
    assert len(ran) <= 3


def test_a_disk_that_is_full_while_parts_are_joined_is_told_as_that(
    film: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To encode everything would need no less room: it is not tried, and nothing is left."""

    async def full(command: Command, **more: Any) -> Any:
        if command.output is not None and command.output.name == "finished.mp4":
            raise DiskFull(path=str(command.output.parent))
        return await execute(command, **more)

    monkeypatch.setattr(running, "execute", full)
    with pytest.raises(DiskFull):
        made(film, tmp_path / "film.mp4", Settings(data_dir=tmp_path / "data"))
    assert ["data"] == os.listdir(tmp_path)


def test_a_film_that_is_not_as_planned_is_encoded(
    film: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was copied may be why: without it the film is made."""
    verify = verifying.Reader.verify

    async def strict(reader: verifying.Reader, finished: Path, plan: Plan, **more: Any) -> Any:
        if any(step.kind == "copy" for step in plan.steps):
            raise VerificationFailed(detail="frames: 150 planned, 149 measured")
        return await verify(reader, finished, plan, **more)

    monkeypatch.setattr(verifying.Reader, "verify", strict)
    report = made(film, tmp_path / "film.mp4", Settings(data_dir=tmp_path / "data"))
    assert 0 == report.spans["copied"]
    assert ["render.copy_failed"] == [notice.code for notice in report.plan.notices]
