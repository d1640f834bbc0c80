"""A picture goes through a pipe while it is joined: whoever fails first is named, and nothing hangs."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from stoat_ferret.errors import CopyFailed, DiskFull, FFmpegFailed
from stoat_ferret.media import joining
from stoat_ferret.model.plan import Expectation, Packets, Plan, Step, StepInput
from stoat_ferret.splicing import joined_to_pipe
from stoat_ferret.testing.media import MediaMaker, Source

FRAMES = 100
TIMES = 60
"""So many copies do not fit into a pipe."""


def step(name: str, kind: str, source: Path | None = None, **more: object) -> Step:
    inputs = () if source is None else (StepInput(origin="source", path=str(source)),)
    given = {
        "needs": (),
        "expect": Expectation(frames=FRAMES, samples=None, streams=()),
        "packets": Packets(track=0, first=0, count=FRAMES),
        **more,
    }
    return Step(
        id=name,
        kind=kind,
        why="",
        output_name=f"{name}.mp4",
        final=False,
        inputs=inputs,
        graph=None,
        argv=(),
        weight=1.0,
        **given,  # type: ignore[arg-type]
    )


@dataclass(frozen=True, kw_only=True)
class Film:
    """Copies of one film, and the step that joins them."""

    plan: Plan
    join: Step
    folder: Path


@pytest.fixture
def film(media: MediaMaker, tmp_path: Path) -> Film:
    """Many times the same film."""
    source = media.make(Source(frames=FRAMES, coding="keyint=30:scenecut=0"))
    return film_of(source, tmp_path)


def film_of(source: Path, folder: Path) -> Film:
    copies = [step(f"video-{number}", "copy", source) for number in range(TIMES)]
    join = step("picture", "join", needs=tuple(copy.id for copy in copies), packets=None)
    plan = Plan(
        width=320,
        height=180,
        rate=Fraction(30),
        frames=FRAMES * TIMES,
        sample_rate=48000,
        samples=0,
        duration=1.0,
        video=True,
        audio=True,
        format="mp4",
        explanation=(),
        notices=(),
        steps=(*copies, join),
    )
    return Film(plan=plan, join=join, folder=folder)


async def piped(film: Film, read: Callable[[int], None]) -> str:
    async with joined_to_pipe(film.join, film.plan, film.folder, (), patience=5.0) as (pipe, writing):
        await asyncio.to_thread(read, pipe)
    return writing.result()


def all_of(pipe: int) -> None:
    while os.read(pipe, 1 << 16):
        pass


def some_of(pipe: int) -> None:
    os.read(pipe, 1 << 10)


def sleepy(_: int) -> None:
    threading.Event().wait(1.0)


def test_what_is_read_is_what_a_file_would_have(film: Film, tmp_path: Path) -> None:
    """Byte for byte, and told by the same name."""
    found = bytearray()

    def read(pipe: int) -> None:
        while data := os.read(pipe, 1 << 16):
            found.extend(data)

    told = asyncio.run(piped(film, read))
    part = joining.Part(
        path=Path(film.plan.steps[0].sources[0]),
        packets=Packets(track=0, first=0, count=FRAMES),
        frames=FRAMES,
    )
    with open(tmp_path / "film.mp4", "wb") as file:
        assert told == joining.join([part] * TIMES, file.fileno(), rate=Fraction(30))
    assert bytes(found) == (tmp_path / "film.mp4").read_bytes()


def test_the_reader_that_fails_is_named(film: Film) -> None:
    """Not the broken pipe that comes of it; and who writes has ended."""

    def fails(pipe: int) -> None:
        some_of(pipe)
        raise DiskFull(path="/there")

    with pytest.raises(DiskFull):
        asyncio.run(piped(film, fails))


def test_the_writer_that_fails_is_named(media: MediaMaker, tmp_path: Path) -> None:
    """Not the reader that missed the rest; a damaged source is found on the way."""
    whole = media.make(Source(frames=FRAMES, coding="keyint=30:scenecut=0")).read_bytes()
    damaged = tmp_path / "damaged.mp4"
    at = whole.index(b"mdat") + 4
    damaged.write_bytes(whole[:at] + bytes(64) + whole[at + 64 :])

    def fails(pipe: int) -> None:
        all_of(pipe)
        raise FFmpegFailed(returncode=1, log="")

    for read in (fails, all_of):
        with pytest.raises(CopyFailed) as failed:
            asyncio.run(piped(film_of(damaged, tmp_path), read))
        assert "pipe" not in failed.value.message


def test_a_reader_that_ends_early_is_no_success(film: Film) -> None:
    """It says that it is done, and has not seen everything."""
    with pytest.raises(CopyFailed):
        asyncio.run(piped(film, some_of))


def test_called_off_it_leaves_neither_thread_nor_file_open(film: Film) -> None:
    """At the first moment, in the middle of it, and where its reader cannot even begin."""

    async def called_off(after: float) -> None:
        task = asyncio.create_task(piped(film, sleepy))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def refused() -> None:
        async with joined_to_pipe(film.join, film.plan, film.folder, (), patience=5.0):
            raise KeyError

    before = len(os.listdir("/proc/self/fd"))
    for after in (0.0, 0.0, 0.2):
        asyncio.run(called_off(after))
    with pytest.raises(KeyError):
        asyncio.run(refused())
    for _ in range(100):
        if len(os.listdir("/proc/self/fd")) <= before:
            return
        threading.Event().wait(0.05)
    raise AssertionError("files stayed open")
