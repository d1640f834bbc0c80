"""Running a plan: steps side by side, one progress over all of them, nothing running when one fails."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar

from stoat_ferret.apart import apart
from stoat_ferret.caching import RenderCache
from stoat_ferret.config import Settings
from stoat_ferret.errors import CopyFailed, MediaRefused, Problem, RequestError, VerificationFailed
from stoat_ferret.media import files
from stoat_ferret.media.ffmpeg import Command, Input, Limits, execute
from stoat_ferret.media.joining import Part, join
from stoat_ferret.media.tracks import count_frames
from stoat_ferret.model.plan import FrameRange, Plan, Step
from stoat_ferret.placing import unwritable

SIDE_BY_SIDE = 2
"""Steps that run at the same time at least."""

_FRAMES_HELD = 120
"""Pictures that decoders, filters and encoder of one ffmpeg hold at the same time, roughly."""
_PROCESS_BYTES = 200 << 20
"""What one ffmpeg takes besides."""

_INDEXED = (".mp4", ".mov")
"""Endings of files whose index tells how many frames there are."""

_AGAIN_SECONDS = 0.1
"""Between two looks at what another render is making."""

_TELLING = 0.03
"""The part of the work after which the time that is left can be told."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a render is."""

    phase: str
    """reading, rendering, verifying or done."""
    fraction: float
    """0 to 1, over everything that is to be done."""
    frames_done: int
    """Frames of the picture."""
    frames: int
    """Frames that the picture will have."""
    elapsed: float
    """Seconds since the start."""
    fps: float | None
    """Frames per second of work."""
    speed: float | None
    """Seconds of programme per second of work."""
    eta: float | None
    """Seconds until it is done, as far as can be told."""

    def to_json(self) -> dict[str, Any]:
        """The form in which doors pass it on."""
        return {
            "phase": self.phase,
            "progress": round(self.fraction, 4),
            "frame": self.frames_done,
            "frames": self.frames,
            "elapsed_seconds": round(self.elapsed, 3),
            "fps": None if self.fps is None else round(self.fps, 2),
            "speed": None if self.speed is None else round(self.speed, 3),
            "eta_seconds": None if self.eta is None else round(self.eta, 1),
        }


OnProgress = Callable[[Progress], None]

Outcome = Literal["reused", "copied", "rendered"]
"""How a span came to be."""


@dataclass(frozen=True, kw_only=True)
class StepReport:
    """What one step did."""

    id: str
    kind: str
    why: str
    argv: tuple[str, ...]
    """The command as it was run, program first."""
    seconds: float
    """How long it took."""
    outcome: Outcome = "rendered"
    """Whether it was run, or what it would have made was there already."""
    span: FrameRange | None = None
    """The frames of the timeline whose picture it made."""
    key: str | None = None
    """What its output is kept under."""

    def to_json(self) -> dict[str, Any]:
        """The form in which reports show it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "why": self.why,
            "outcome": self.outcome,
            "span": None if self.span is None else self.span.to_json(),
            "key": self.key,
            "argv": list(self.argv),
            "seconds": round(self.seconds, 3),
        }


class Meter:
    """Adds up the steps of a plan to one progress."""

    def __init__(self, plan: Plan, on_progress: OnProgress | None, *, after: float = 0.0) -> None:
        """`after` is the weight of what follows the steps, as a part of theirs."""
        self._plan = plan
        self._on_progress = on_progress
        self._done = dict.fromkeys((step.id for step in plan.steps), 0.0)
        self._total = sum(step.weight for step in plan.steps) * (1 + after) or 1.0
        self._frames = {step.id: 0 for step in plan.steps if step.kind in ("video", "copy")}
        self._taken: dict[str, int] = {}
        """Steps that were done before, with their frames: they say nothing of how fast the work goes."""
        self._started = time.monotonic()

    def done(self, step: Step, outcome: Outcome) -> None:
        """A step is finished, or what it would have made was there already."""
        if outcome != "rendered":
            self._taken[step.id] = step.expect.frames or 0
        self.step(step, 1.0, step.expect.frames)

    def step(self, step: Step, fraction: float, frame: int | None = None) -> None:
        """A step is so far."""
        self._done[step.id] = max(self._done[step.id], min(1.0, fraction))
        if frame is not None and step.id in self._frames:
            self._frames[step.id] = max(self._frames[step.id], frame)
        self.tell("rendering")

    def tell(self, phase: str) -> None:
        """Pass on how far all of it is."""
        if self._on_progress is None:
            return
        elapsed = time.monotonic() - self._started
        fraction = 1.0 if phase == "done" else self._fraction()
        frames = sum(self._frames.values())
        made = frames - sum(self._taken.values())
        before = sum(step.weight for step in self._plan.steps if step.id in self._taken) / self._total
        worked = fraction - before
        fps = made / elapsed if elapsed > 0 and made > 0 else None
        self._on_progress(
            Progress(
                phase=phase,
                fraction=fraction,
                frames_done=frames,
                frames=self._plan.frames if self._plan.video else 0,
                elapsed=elapsed,
                fps=fps,
                speed=self._plan.duration * fraction / elapsed if elapsed > 0 else None,
                eta=elapsed * (1 - fraction) / worked if worked >= _TELLING * (1 - before) > 0 else None,
            )
        )

    def _fraction(self) -> float:
        return sum(step.weight * self._done[step.id] for step in self._plan.steps) / self._total


def require_unchanged(sources: Iterable[str], identities: Mapping[str, str], settings: Settings) -> None:
    """Raise `RequestError` with every source that is gone, or is no longer the file that was looked at."""
    problems: list[Problem] = []
    for path in sources:
        try:
            descriptor = files.open_source(Path(path), settings.media_roots)
            try:
                same = files.identity(descriptor) == identities.get(path)
            finally:
                os.close(descriptor)
            if not same:
                raise MediaRefused.because(
                    "media.changed",
                    f"{path} changed while it was read.",
                    hint="Start again when it is complete.",
                )
        except MediaRefused as error:
            problems.extend(error.problems)
    if problems:
        raise RequestError(problems=tuple(problems))


def shown_command(step: Step, plan: Plan, program: str, folder: Path) -> list[str]:
    """The command of a step for people to read: every path filled in, nothing written."""

    def word(token: str | Mapping[str, Any]) -> str:
        match token:
            case str():
                return token
            case {"input": int(number)}:
                return f"file:{_place(step, number, plan, folder)}"
            case {"graph": True}:
                return str(folder / f"{step.id}.graph")
            case _:
                return f"file:{folder / step.output_name}"

    return [program, *(word(token) for token in step.argv)] if step.argv else []


def _place(step: Step, number: int, plan: Plan, folder: Path) -> Path:
    """Where an input of a step is, or will be."""
    item = step.inputs[number]
    if item.origin == "source" and item.path is not None:
        return Path(item.path)
    if item.origin == "step":
        return folder / next(other.output_name for other in plan.steps if other.id == item.step)
    return folder / f"{step.id}-{number}.txt"


def _command(step: Step, plan: Plan, folder: Path, program: str, settings: Settings) -> Command:
    """The step for the runner; lists and texts that it reads are written to `folder`."""
    inputs = []
    for number, item in enumerate(step.inputs):
        path = _place(step, number, plan, folder)
        if item.origin == "text":
            path.write_text(item.text or "", encoding="utf-8")
        elif item.origin == "concat":
            names = {other.id: other.output_name for other in plan.steps}
            path.write_text(_concat([names[name] for name in item.steps], item.durations), encoding="utf-8")
        # A list names its neighbours, so ffmpeg must know where it lies.
        inputs.append(
            Input(
                path=path,
                roots=settings.media_roots if item.origin == "source" else (),
                by_name=item.origin == "concat",
            )
        )
    return Command(
        binary=Path(program),
        tokens=step.argv,
        inputs=tuple(inputs),
        graph=step.graph,
        output=folder / step.output_name,
        work=folder,
    )


def _concat(names: Sequence[str], durations: Sequence[float]) -> str:
    """A list for ffmpeg's concat demuxer; the names are the plan's own, beside the list."""
    lines = ["ffconcat version 1.0"]
    for number, name in enumerate(names):
        lines.append(f"file {name}")
        if number < len(durations):
            lines.append(f"duration {durations[number]:.9f}")
    return "\n".join(lines) + "\n"


async def run_steps(
    plan: Plan,
    folder: Path,
    *,
    program: str,
    settings: Settings,
    meter: Meter | None = None,
    cache: RenderCache | None = None,
    identities: Mapping[str, str] | None = None,
) -> list[StepReport]:
    """Run every step as soon as what it needs is there; what is in the `cache` is taken from it.

    `identities` are those of the sources when they were looked at: what is made of another file is not kept.
    Raises the error of the first step that fails, after all others have ended.
    """
    meter = meter or Meter(plan, None)
    finished = {step.id: asyncio.Event() for step in plan.steps}
    places = asyncio.Semaphore(side_by_side(plan))
    reports: dict[str, StepReport] = {}

    async def run(step: Step) -> StepReport:
        done = await execute(
            _command(step, plan, folder, program, settings),
            limits=replace(Limits.of(settings), same_memory=_sees_unset_memory(step)),
            on_progress=_Lines(step, plan, meter).read,
            timeout=settings.render_timeout_seconds,
            stall=settings.stall_seconds,
            grace=settings.kill_grace_seconds,
        )
        if step.span is not None:
            await _require_frames(step, folder)
        return _report(step, argv=done.argv, seconds=done.seconds)

    async def made(step: Step) -> StepReport:
        """Run it, unless it was made before, or another render makes it at this moment."""
        if not step.argv:
            return await _without_ffmpeg(step, plan, folder, identities, settings)
        if cache is None or step.key is None:
            async with places:
                return await run(step)
        key, output = step.key, folder / step.output_name
        reused = _report(step, argv=shown_command(step, plan, program, folder), seconds=0.0, outcome="reused")
        while True:
            if await apart(lambda: cache.take(key, output)):
                return reused
            async with places:
                with cache.claim(key) as mine:
                    if mine:
                        # Who had it before may have finished it since it was looked for.
                        if await apart(lambda: cache.take(key, output)):
                            return reused
                        report = await run(step)
                        await apart(partial(_keep, cache, step, output, identities, settings))
                        return report
            await asyncio.sleep(_AGAIN_SECONDS)

    async def one(step: Step) -> None:
        for need in step.needs:
            await finished[need].wait()
        report = reports[step.id] = await made(step)
        meter.done(step, report.outcome)
        finished[step.id].set()

    # The sound is ready early, so that it is not the last to be waited for; pictures come from the first on.
    await at_once([one(step) for step in sorted(plan.steps, key=lambda step: step.kind != "audio")])
    return [reports[step.id] for step in plan.steps]


def _sees_unset_memory(step: Step) -> bool:
    """Whether what an encoder makes may depend on what was in its memory before.

    The compiler knows, and lets x264 look ahead in turn there.
    """
    options = [after for word, after in pairwise(step.argv) if word == "-x264-params"]
    return any("sync-lookahead=0" in str(given) for given in options)


def side_by_side(plan: Plan, *, cores: int | None = None, memory: int | None = None) -> int:
    """How many steps run at the same time: filters keep one core busy, encoders a few; and all need memory.

    `memory`: bytes that are free.
    """
    cores = cores or len(os.sched_getaffinity(0))
    memory = memory or _free_memory()
    # 4:2:0 at ten bits takes three bytes a pixel.
    each = _PROCESS_BYTES + plan.width * plan.height * 3 * _FRAMES_HELD
    return max(SIDE_BY_SIDE, min(cores // 2, memory // 2 // each))


def _free_memory() -> int:
    """Bytes that programs can have without others being moved to disk, as far as the system says."""
    try:
        with open("/proc/meminfo", encoding="ascii") as told:
            found = next(line for line in told if line.startswith("MemAvailable:"))
        return int(found.split()[1]) << 10
    except (OSError, StopIteration, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _report(step: Step, *, argv: Sequence[str], seconds: float, outcome: Outcome = "rendered") -> StepReport:
    return StepReport(
        id=step.id,
        kind=step.kind,
        why=step.why,
        argv=tuple(argv),
        seconds=seconds,
        outcome=outcome,
        span=step.span,
        key=step.key,
    )


def _keep(
    cache: RenderCache, step: Step, output: Path, identities: Mapping[str, str] | None, settings: Settings
) -> None:
    """Keep what a step made; raises `RequestError` where that was made of another file than its key says."""
    assert step.key is not None
    if identities is not None:
        require_unchanged(step.sources, identities, settings)
    cache.keep(step.key, output)


async def _without_ffmpeg(
    step: Step, plan: Plan, folder: Path, identities: Mapping[str, str] | None, settings: Settings
) -> StepReport:
    """What is done here: nothing for a copy, which is read from its source by what joins."""
    if step.kind == "copy":
        return _report(step, argv=(), seconds=0.0, outcome="copied")
    started = time.monotonic()
    stopped = threading.Event()
    try:
        await apart(lambda: _join(step, plan, folder, settings, stopped.is_set))
    finally:
        # Where it was called off, the thread ends soon.
        stopped.set()
    if identities is not None:
        steps = {other.id: other for other in plan.steps}
        copied = [path for name in step.needs if steps[name].kind == "copy" for path in steps[name].sources]
        await apart(lambda: require_unchanged(dict.fromkeys(copied), identities, settings))
    return _report(step, argv=(), seconds=time.monotonic() - started)


def _join(step: Step, plan: Plan, folder: Path, settings: Settings, stopped: Callable[[], bool]) -> None:
    """Join encoded and copied parts to one picture.

    Raises `CopyFailed`, `DiskFull` or `OutputUnwritable`.
    """
    steps = {other.id: other for other in plan.steps}

    def part(needed: Step) -> Part:
        assert needed.expect.frames is not None
        if needed.packets is None:
            return Part(path=folder / needed.output_name, frames=needed.expect.frames)
        return Part(
            path=Path(needed.sources[0]),
            roots=settings.media_roots,
            packets=needed.packets,
            frames=needed.expect.frames,
        )

    output = folder / step.output_name
    try:
        join([part(steps[name]) for name in step.needs], output, rate=plan.rate, stopped=stopped)
    except MediaRefused as refused:
        raise CopyFailed(detail=refused.reason.message) from None
    except OSError as error:
        raise unwritable(output, error) from error


async def _require_frames(step: Step, folder: Path) -> None:
    """Raise `VerificationFailed` where a span has not the frames that were planned."""
    path = folder / step.output_name
    if path.suffix not in _INDEXED:
        return
    found = await apart(lambda: count_frames(path))
    if found != step.expect.frames:
        raise VerificationFailed(
            detail=f"frames of {step.id}: {step.expect.frames} planned, {found} measured"
        )


class _Lines:
    """Reads what one ffmpeg writes of its progress."""

    def __init__(self, step: Step, plan: Plan, meter: Meter) -> None:
        self._step = step
        self._frames = step.expect.frames or 0
        self._seconds = plan.duration
        self._meter = meter
        self._fraction = 0.0
        self._frame: int | None = None

    def read(self, line: str) -> None:
        name, _, value = line.partition("=")
        if name == "frame" and value.strip().isdigit():
            self._frame = int(value)
            if self._frames:
                self._fraction = self._frame / self._frames
        elif name == "out_time_us" and value.strip().lstrip("-").isdigit() and not self._frames:
            self._fraction = max(0.0, int(value) / 1e6 / self._seconds) if self._seconds else 0.0
        elif name == "progress":
            self._meter.step(self._step, self._fraction, self._frame)


async def at_once(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Run all of them together; raises the error of the first that fails, after the others were ended."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failures:
        raise _first(failures) from None
    return [task.result() for task in tasks]


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    for failure in failures.exceptions:
        return _first(failure) if isinstance(failure, BaseExceptionGroup) else failure
    return failures
