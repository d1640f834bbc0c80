"""Running a plan: steps side by side, one progress over all of them, nothing running when one fails."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from stoat_ferret import splicing
from stoat_ferret.apart import apart
from stoat_ferret.caching import RenderCache
from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused, Problem, RequestError, VerificationFailed
from stoat_ferret.media import files, loudness, luts
from stoat_ferret.media.ffmpeg import Command, Input, Limits, execute
from stoat_ferret.media.tracks import count_frames
from stoat_ferret.model.plan import FrameRange, Loudness, Plan, Step, StepInput
from stoat_ferret.progress import Lines, Meter, Outcome
from stoat_ferret.slots import Slots, cores

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

_MOST_GIVEN_BACK = 6.0
"""Decibels of what a limiter took away."""

T = TypeVar("T")


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
    coded: str | None = None
    """What `CodedFrames` tells of the frames that it joined."""

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


def _command(
    step: Step, plan: Plan, folder: Path, program: str, settings: Settings, pipes: Mapping[str, int]
) -> Command:
    """The step for the runner; lists and texts that it reads are written to `folder`.

    `pipes`: where the output of other steps is read that is in no file.
    """
    output = folder / step.output_name
    # A folder of its own for what comes in many files.
    with files.written(output):
        output.parent.mkdir(exist_ok=True)
    inputs = []
    for number, item in enumerate(step.inputs):
        path = _place(step, number, plan, folder)
        if item.origin in ("text", "concat"):
            with files.written(path):
                path.write_text(_text(item, plan), encoding="utf-8")
        # A list names its neighbours, so ffmpeg must know where it lies.
        inputs.append(
            Input(
                path=path,
                roots=settings.media_roots if item.origin == "source" else (),
                by_name=item.origin == "concat",
                pipe=pipes.get(item.step) if item.step is not None else None,
            )
        )
    return Command(
        binary=Path(program),
        tokens=step.argv,
        inputs=tuple(inputs),
        graph=_graph(step, plan, folder),
        output=output,
        numbered="%" in output.name,
        work=folder,
    )


def _graph(step: Step, plan: Plan, folder: Path) -> str | None:
    """The graph of a step, with the results of the measurements that it was given.

    A gain stands there itself; of motion, which takes a file, the name: ffmpeg runs in the folder.
    """
    graph = step.graph
    measured = (*step.measured, step.id) if step.kind == "measure" else step.measured
    if graph is None or not measured:
        return graph
    for other in plan.steps:
        if other.id in measured:
            text = other.output_name
            if other.loudness is not None and other is not step:
                text = (folder / other.output_name).read_text(encoding="ascii")
            graph = graph.replace(f"[{other.id}]", text)
    return graph


def _lay_tables(step: Step, folder: Path, settings: Settings) -> None:
    """Write the colour tables that the graph of a step names to its folder, in the form that ffmpeg is given.

    Raises `RequestError` where a file holds another table than the plan is made for.
    """
    for table in step.tables:
        place = folder / table.name
        # Another step may have written it: what is in it is told by its name.
        if place.exists():
            continue
        text = luts.plain_text(Path(table.path), settings.media_roots, table.digest)
        unfinished = folder / f"{step.id}-{table.name}"
        with files.written(place):
            unfinished.write_text(text, encoding="ascii")
            unfinished.replace(place)


def _text(item: StepInput, plan: Plan) -> str:
    """What an input says that is no file yet: its text, or a list for ffmpeg's concat demuxer.

    The names in a list are the plan's own, beside it.
    """
    if item.origin == "text":
        return item.text or ""
    outputs = {step.id: step.output_name for step in plan.steps}
    names, durations = [outputs[name] for name in item.steps], item.durations
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
    before_last: Callable[[], None] = lambda: None,
) -> list[StepReport]:
    """Run every step as soon as what it needs is there; what is in the `cache` is taken from it.

    `identities` are those of the sources when they were looked at: what is made of another file is not kept.
    `before_last` is called when nothing but the last step is left to be begun.
    Raises the error of the first step that fails, after all others have ended.
    """
    # The sound is ready early, so that it is not the last to be waited for; pictures come from the first on.
    order = sorted(plan.steps, key=lambda step: step.kind != "audio")
    runner = _Runner(
        plan=plan,
        folder=folder,
        program=program,
        settings=settings,
        meter=meter or Meter(plan, None),
        cache=cache,
        identities=identities,
        slots=Slots(side_by_side(plan)),
        ranks={step.id: rank for rank, step in enumerate(order)},
        pictures={step.id: step for step in order if step.kind == "join"},
    )
    reports: dict[str, StepReport] = {}
    finished = {step.id: asyncio.Event() for step in plan.steps}

    async def one(step: Step) -> None:
        for need in runner.needs(step):
            await finished[need].wait()
        if step is plan.steps[-1]:
            before_last()
        reports.update({report.id: report for report in await runner.made(step)})
        finished[step.id].set()

    # What is joined goes through a pipe to the step that needs it, and is made when that runs.
    await at_once([one(step) for step in order if step.id not in runner.pictures])
    return [reports[step.id] for step in plan.steps]


@dataclass(frozen=True, kw_only=True)
class _Runner:
    """Runs the steps of a plan, each when it is told."""

    plan: Plan
    folder: Path
    program: str
    settings: Settings
    meter: Meter
    cache: RenderCache | None
    identities: Mapping[str, str] | None
    slots: Slots
    ranks: Mapping[str, int]
    """Whose turn it is when slots are few: the lowest."""
    pictures: Mapping[str, Step]
    """The steps that join one."""

    def needs(self, step: Step) -> Iterator[str]:
        """The steps that must have ended before this one begins."""
        picture = self._joined(step)
        for need in step.needs:
            yield from picture.needs if picture is not None and need == picture.id else (need,)

    async def made(self, step: Step) -> list[StepReport]:
        """Run it, unless it was made before, or another render makes it at this moment.

        Tells also of the picture that it reads while that is joined.
        """
        if step.kind == "copy":
            # Who joins reads it from its source.
            return self._told(step, _report(step, argv=(), seconds=0.0, outcome="copied"))
        picture = self._joined(step)
        if picture is not None:
            async with self._slot(step):
                joined, report = await self._piped(picture, step)
            return [*self._told(picture, joined), *self._told(step, report)]
        if self.cache is None or step.key is None:
            async with self._slot(step):
                return self._told(step, await self._run(step))
        return self._told(step, await self._kept(step, step.key, self.cache))

    def _joined(self, step: Step) -> Step | None:
        """The picture that is joined for this step."""
        return next((self.pictures[need] for need in step.needs if need in self.pictures), None)

    def _told(self, step: Step, report: StepReport) -> list[StepReport]:
        self.meter.done(step, report.outcome)
        return [report]

    def _slot(self, step: Step) -> AbstractAsyncContextManager[None]:
        return self.slots.taken(self.ranks[step.id])

    async def _kept(self, step: Step, key: str, cache: RenderCache) -> StepReport:
        """Take it from the cache, or run it and keep what it makes."""
        output = self.folder / step.output_name
        argv = shown_command(step, self.plan, self.program, self.folder)
        reused = _report(step, argv=argv, seconds=0.0, outcome="reused")
        while True:
            if await apart(lambda: cache.take(key, output)):
                return reused
            async with self._slot(step):
                with cache.claim(key) as mine:
                    if mine:
                        # Who had it before may have finished it since it was looked for.
                        if await apart(lambda: cache.take(key, output)):
                            return reused
                        report = await self._run(step)
                        await apart(partial(_keep, cache, step, output, self.identities, self.settings))
                        return report
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _run(self, step: Step, pipes: Mapping[str, int] = MappingProxyType({})) -> StepReport:
        if step.tables:
            await apart(partial(_lay_tables, step, self.folder, self.settings))
        done = await execute(
            _command(step, self.plan, self.folder, self.program, self.settings, pipes),
            limits=replace(Limits.of(self.settings), same_memory=_sees_unset_memory(step)),
            on_progress=Lines(step, self.plan, self.meter).read,
            timeout=self.settings.render_timeout_seconds,
            stall=self.settings.stall_seconds,
            grace=self.settings.kill_grace_seconds,
        )
        if step.span is not None:
            await _require_frames(step, self.folder)
        if step.loudness is not None:
            self._write_gain(step, step.loudness, done.log)
        return _report(step, argv=done.argv, seconds=done.seconds)

    def _write_gain(self, step: Step, wanted: Loudness, log: str) -> None:
        """Write the gain that makes what was measured as loud as it is wanted."""
        found = loudness.read(log)
        gain = loudness.gain(found, target=wanted.target, true_peak=wanted.true_peak)
        earlier = next((other for other in self.plan.steps if other.id == wanted.corrects), None)
        if earlier is not None:
            # What a limiter took away is given back, as far as that does not make it work much more.
            gain = min(max(gain, 0.0), _MOST_GIVEN_BACK)
            gain += float((self.folder / earlier.output_name).read_text(encoding="ascii").removesuffix("dB"))
        output = self.folder / step.output_name
        with files.written(output):
            output.write_text(f"{gain:.2f}dB", encoding="ascii")

    async def _piped(self, picture: Step, reader: Step) -> tuple[StepReport, StepReport]:
        """Join a picture while the step runs that reads it."""
        started = time.monotonic()
        async with splicing.joined_to_pipe(
            picture,
            self.plan,
            self.folder,
            self.settings.media_roots,
            patience=self.settings.kill_grace_seconds,
        ) as (pipe, writing):
            report = await self._run(reader, {picture.id: pipe})
        identities = self.identities
        if identities is not None:
            copied = splicing.copied_sources(picture, self.plan)
            await apart(lambda: require_unchanged(copied, identities, self.settings))
        seconds = time.monotonic() - started
        return _report(picture, argv=(), seconds=seconds, coded=writing.result()), report


def _sees_unset_memory(step: Step) -> bool:
    """Whether what an encoder makes may depend on what was in its memory before.

    The compiler knows, and lets x264 look ahead in turn there.
    """
    options = [after for word, after in pairwise(step.argv) if word == "-x264-params"]
    return any("sync-lookahead=0" in str(given) for given in options)


def side_by_side(plan: Plan, *, given: int | None = None, memory: int | None = None) -> int:
    """How many steps run at the same time: filters keep one core busy, encoders a few; and all need memory.

    `given`: cores; `memory`: bytes that are free.
    """
    given = given or cores()
    memory = memory or _free_memory()
    # 4:2:0 at ten bits takes three bytes a pixel.
    each = _PROCESS_BYTES + plan.width * plan.height * 3 * _FRAMES_HELD
    return max(SIDE_BY_SIDE, min(given // 2, memory // 2 // each))


def _free_memory() -> int:
    """Bytes that programs can have without others being moved to disk, as far as the system says."""
    try:
        with open("/proc/meminfo", encoding="ascii") as told:
            found = next(line for line in told if line.startswith("MemAvailable:"))
        return int(found.split()[1]) << 10
    except (OSError, StopIteration, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def _report(
    step: Step,
    *,
    argv: Sequence[str],
    seconds: float,
    outcome: Outcome = "rendered",
    coded: str | None = None,
) -> StepReport:
    return StepReport(
        id=step.id,
        kind=step.kind,
        why=step.why,
        argv=tuple(argv),
        seconds=seconds,
        outcome=outcome,
        span=step.span,
        key=step.key,
        coded=coded,
    )


def _keep(
    cache: RenderCache, step: Step, output: Path, identities: Mapping[str, str] | None, settings: Settings
) -> None:
    """Keep what a step made; raises `RequestError` where that was made of another file than its key says."""
    assert step.key is not None
    if identities is not None:
        require_unchanged(step.sources, identities, settings)
    cache.keep(step.key, output)


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
