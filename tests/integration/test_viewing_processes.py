"""The processes that look into the library's files: they may die, hang and be left alone."""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from libraries import Place, placed
from PIL import Image

from stoat_ferret.errors import MediaRefused
from stoat_ferret.testing.measure import frame_numbers
from stoat_ferret.testing.media import MediaMaker, Source

READER = """
import os, signal
from stoat_ferret.media import demux, views

shown = views.shown

def dying(pictures, facts, wanted):
    name = os.path.basename(facts.path)
    if name == "crash.mp4":
        os.abort()
    if name == "slow.mp4":
        signal.pause()
    return shown(pictures, facts, wanted)

views.shown = dying
demux.main()
"""
"""Reads as ever, but for files of certain names."""


@pytest.fixture
def place(tmp_path: Path, media: MediaMaker, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Give a library whose reader crashes and hangs at certain files."""
    with placed(tmp_path, probe_seconds=4.0) as given:
        for number, name in enumerate(("crash", "slow", "a", "b", "c")):
            shutil.copy(media.make(Source(frames=10, first=100 * number)), given.root / f"{name}.mp4")
        given.scan()
        script, program = tmp_path / "reader.py", tmp_path / "python"
        script.write_text(READER)
        program.write_text(f"#!/bin/sh\nexec {sys.executable} {script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))
        yield given
        given.library.close()


async def number(place: Place, name: str, t: str = "3f") -> int | None:
    """The number of a frame."""
    viewing = place.library.viewing
    picture = await viewing.frame(await viewing.find(place.ids()[f"{name}.mp4"]), t)
    return frame_numbers(np.asarray(Image.open(io.BytesIO(picture)).convert("L"))[None])[0]


async def refusal(place: Place, name: str) -> str:
    """Why a frame is refused."""
    with pytest.raises(MediaRefused) as refused:
        await number(place, name)
    return refused.value.reason.message


def test_a_file_that_crashes_its_reader_is_told(place: Place) -> None:
    """It is refused by name, and the files that are looked into beside it and after it are seen."""

    async def looks() -> None:
        crashed, *others = await asyncio.gather(
            refusal(place, "crash"), number(place, "a"), number(place, "b"), number(place, "c")
        )
        assert crashed.endswith("crash.mp4: it crashed the program that read it.")
        assert [203, 303, 403] == others
        assert 205 == await number(place, "a", "5f")

    place.run(looks())


def test_a_file_that_takes_too_long_is_told(place: Place) -> None:
    """It is refused by name; its process is ended, and another one looks on."""

    async def looks() -> None:
        assert "longer than 4 s" in await refusal(place, "slow")
        assert 203 == await number(place, "a")

    place.run(looks())


def test_a_look_that_is_called_off_mixes_up_nothing(place: Place) -> None:
    """Its process works on for nobody; who asks meanwhile is answered by another one."""

    async def looks() -> None:
        assert 203 == await number(place, "a")
        called_off = asyncio.create_task(number(place, "slow"))
        viewing = place.library.viewing
        while viewing._idle:
            await viewing.find(place.ids()["b.mp4"])
        called_off.cancel()
        await asyncio.wait([called_off])
        assert called_off.cancelled()
        assert [204, 304, 404] == [await number(place, name, "4f") for name in ("a", "b", "c")]

    place.run(looks())


def test_a_view_is_kept_for_who_asks_again(place: Place) -> None:
    """The second time no process is needed."""

    async def looks() -> None:
        assert 203 == await number(place, "a")
        place.library.close()
        sys.executable = "/nowhere/python"
        assert 203 == await number(place, "a")

    place.run(looks())
