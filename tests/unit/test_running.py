"""One progress over the steps of a plan, and commands for people to read."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from stoat_ferret.config import Settings
from stoat_ferret.errors import DiskFull
from stoat_ferret.model.plan import Plan, Step
from stoat_ferret.progress import Meter, Progress
from stoat_ferret.running import at_once, run_steps, shown_command, side_by_side


def step(
    name: str, kind: str, *, frames: int | None = None, weight: float = 1.0, **more: Any
) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "output": {"name": f"{name}.mp4"},
        "argv": [],
        "expect": {"frames": frames},
        "weight": weight,
        **more,
    }


def plan(*steps: dict[str, Any]) -> Plan:
    return Plan.from_json(
        {
            "width": 320,
            "height": 180,
            "rate": [25, 1],
            "frames": 100,
            "sample_rate": 48000,
            "samples": 192000,
            "duration": 4.0,
            "video": True,
            "audio": True,
            "format": "mp4",
            "steps": list(steps),
        }
    )


def test_progress_adds_up_the_steps_by_their_weights() -> None:
    """It never goes back, counts the picture's frames once, and keeps some for what follows."""
    told: list[Progress] = []
    whole = plan(
        step("one", "video", frames=60, weight=60),
        step("two", "video", frames=40, weight=40),
        step("mux", "mux", frames=100, weight=0),
    )
    meter = Meter(whole, told.append, after=0.25)
    one, two, mux = whole.steps
    meter.step(one, 0.5, 30)
    meter.step(one, 0.4, 24)
    meter.step(two, 1.0, 40)
    meter.step(one, 1.0, 60)
    meter.step(mux, 1.0, 100)
    meter.tell("done")
    assert [0.24, 0.24, 0.56, 0.8, 0.8, 1.0] == [round(progress.fraction, 9) for progress in told]
    assert [30, 30, 70, 100, 100, 100] == [progress.frames_done for progress in told]
    assert "done" == told[-1].phase and told[-1].to_json()["progress"] == 1.0


def test_a_command_is_shown_with_every_path() -> None:
    """What the runner fills in is filled in for people, too."""
    concat = {"from": "concat", "steps": ["one"], "durations": [1.0]}
    inputs = [{"from": "source", "path": "/a b.mp4"}, {"from": "step", "step": "one"}, concat]
    argv = [
        "-i",
        {"input": 0},
        "-i",
        {"input": 1},
        "-i",
        {"input": 2},
        "-x",
        {"graph": True},
        {"output": True},
    ]
    whole = plan(step("one", "video"), step("mux", "mux", inputs=inputs, argv=argv, graph="null"))
    shown = shown_command(whole.steps[1], whole, "ffmpeg", Path("/w"))
    assert ["file:/a b.mp4", "file:/w/one.mp4", "file:/w/mux-2.txt"] == shown[2:7:2]
    assert ["ffmpeg", "/w/mux.graph", "file:/w/mux.mp4"] == [shown[0], *shown[-2:]]


def test_the_first_error_ends_the_others_and_is_raised_itself() -> None:
    """Never a group of errors."""
    ended: list[str] = []

    async def fails() -> None:
        raise DiskFull(path="/")

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("waits")

    with pytest.raises(DiskFull):
        asyncio.run(at_once([waits(), fails()]))
    assert ["waits"] == ended


def test_an_unknown_step_is_not_read() -> None:
    """A plan that lacks what a step must have is a fault of the compiler, and said at once."""
    with pytest.raises(KeyError):
        plan({"id": "one"})
    assert isinstance(plan(step("one", "video")).steps[0], Step)


def test_as_many_steps_run_at_once_as_cores_and_memory_allow() -> None:
    """Two at least; half as many as there are cores, as long as half of the free memory holds them."""
    small = plan()
    assert [2, 2, 4, 16] == [side_by_side(small, given=given, memory=64 << 30) for given in (1, 4, 8, 32)]
    assert 2 == side_by_side(small, given=32, memory=1 << 30)
    assert 9 == side_by_side(small, given=32, memory=4 << 30)
    assert side_by_side(small) >= 2


def test_what_was_done_before_says_nothing_of_the_time_that_is_left() -> None:
    """Nine of ten parts are there at once: the last one takes as long as it takes."""
    whole = plan(*[step(f"video-{number}", "video", frames=10, weight=10) for number in range(10)])
    told: list[Progress] = []
    meter = Meter(whole, told.append)
    for done in whole.steps[:9]:
        meter.done(done, "reused")
    assert (0.9, 90, None, None) == (told[-1].fraction, told[-1].frames_done, told[-1].fps, told[-1].eta)
    meter.step(whole.steps[9], 0.5, 5)
    last = told[-1]
    assert last.eta == pytest.approx(last.elapsed, rel=1e-6)
    assert last.fps == pytest.approx(5 / last.elapsed)


def test_a_list_that_cannot_be_written_is_told_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk may be full before ffmpeg begins."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    mux = step("mux", "mux", weight=1, inputs=[{"from": "text", "text": ";FFMETADATA1"}])
    with pytest.raises(DiskFull):
        asyncio.run(run_steps(plan(mux), tmp_path, program="no-program", settings=Settings()))
