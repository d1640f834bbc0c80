"""The use case of rendering: a document becomes a finished, verified file, or an error and no file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path, PurePath
from typing import Any, TypeVar

from stoat_ferret import compile as core
from stoat_ferret import verifying
from stoat_ferret.apart import apart
from stoat_ferret.caching import RenderCache
from stoat_ferret.captioning import caption_problems, places_beside, publish_captions
from stoat_ferret.config import Settings
from stoat_ferret.errors import (
    CopyFailed,
    DiskFull,
    FFmpegError,
    FFmpegFailed,
    OutputUnwritable,
    Problem,
    RequestError,
    VerificationFailed,
    WorkError,
)
from stoat_ferret.media import capabilities as media_capabilities
from stoat_ferret.media.capabilities import Capabilities
from stoat_ferret.model.document import Document
from stoat_ferret.model.plan import FrameRange, Notice, Plan, Target
from stoat_ferret.model.times import parse_range
from stoat_ferret.placing import publish, require_room, work_folder
from stoat_ferret.progress import Meter, OnProgress
from stoat_ferret.running import StepReport, require_unchanged, run_steps
from stoat_ferret.series import (
    FOLDERS,
    SEQUENCES,
    Package,
    Series,
    length_problems,
    name_files,
    output_problems,
    publish_series,
    series_of,
    usual_name,
    without_clock,
)
from stoat_ferret.slots import cores
from stoat_ferret.sourcing import Looked, files_of, look_at_sources, source_problems, with_packets
from stoat_ferret.verifying import Check

FORMATS = {
    "mp4": "mp4",
    "m4v": "mp4",
    "webm": "webm",
    "mov": "mov",
    "mkv": "mkv",
    "gif": "gif",
    "webp": "webp",
    "m4a": "m4a",
    "mp3": "mp3",
    "wav": "wav",
    "flac": "flac",
}
"""Ending of a file's name to the format that is written."""

_HARDWARE = ("_nvenc", "_qsv", "_amf", "_vaapi", "_videotoolbox")
"""How the names of encoders end that run on a graphics card."""

_VERIFYING = 0.02
"""How long verifying takes, as a part of rendering."""

OnFinished = Callable[[Path], Awaitable[None]]
"""Is told of the finished file, verified, before it has its name; when it raises, the file gets none."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A document with everything that the compiler must know beside it."""

    document: Document
    looked: Looked
    capabilities: Capabilities

    def compiled(self, target: Target, frames: FrameRange | None = None) -> Plan:
        """How the document, or a part of it, becomes the target; raises `RequestError`."""
        return core.compile_plan(
            self.document.text,
            media=self.looked.to_json(),
            capabilities=self.capabilities.to_json(),
            target=target,
            frames=frames,
        )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A document that can be rendered."""

    plan: Plan
    looked: Looked
    capabilities: Capabilities


@dataclass(frozen=True, kw_only=True)
class RenderReport:
    """What a render made, and how that is known."""

    output: Path
    size: int
    """Bytes."""
    plan: Plan
    steps: tuple[StepReport, ...]
    checks: tuple[Check, ...]
    """Everything that was measured on the finished file."""
    ffmpeg: str
    """Version of the program that made it."""
    elapsed: float
    """Seconds from start to finished file."""
    captions: tuple[Path, ...] = ()
    """The files of captions beside it."""

    @property
    def spans(self) -> dict[str, int]:
        """How many parts of the picture were reused, copied and rendered."""
        counted = {"reused": 0, "copied": 0, "rendered": 0}
        for step in self.steps:
            if step.span is not None:
                counted[step.outcome] += 1
        return counted

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        plan = self.plan
        return {
            "output": str(self.output),
            "format": plan.format,
            "duration": plan.duration,
            "frames": plan.frames if plan.video else 0,
            "samples": plan.samples if plan.audio else 0,
            "width": plan.width if plan.video else None,
            "height": plan.height if plan.video else None,
            "fps": str(plan.rate) if plan.video else None,
            "size": self.size,
            "verified": True,
            "checks": [check.to_json() for check in self.checks],
            "elapsed_seconds": round(self.elapsed, 3),
            "ffmpeg": self.ffmpeg,
            "spans": self.spans,
            "captions": [str(place) for place in self.captions],
            "steps": [step.to_json() for step in self.steps],
            "explanation": list(plan.explanation),
            "notices": [notice.to_json() for notice in plan.notices],
        }


def target_format(output: PurePath, chosen: str | None = None) -> str:
    """The format that is written: the chosen one, else what the name ends in.

    Raises `RequestError` when neither says.
    """
    if chosen is None and (series := series_of(output)) is not None:
        return series.format
    known = tuple(dict.fromkeys(FORMATS.values()))
    if chosen is not None:
        if chosen in known:
            return chosen
        if chosen not in FOLDERS:
            raise _refused("output.format", "/format", f"There is no format {chosen!r}.", (*known, *FOLDERS))
        series = series_of(output)
        if series is None or series.format != chosen:
            raise RequestError.because(
                "output.format",
                f"{output.name!r} names no {chosen}, which is a folder of files.",
                hint=f"Name the files in it, such as film/{usual_name(chosen)}.",
                path="/output",
            )
        return chosen
    ending = output.suffix.removeprefix(".").lower()
    if ending in FORMATS:
        return FORMATS[ending]
    message = (
        f"The ending of {output.name!r} says no format." if ending else f"{output.name!r} has no ending."
    )
    hint = None
    if ending in SEQUENCES:
        hint = f"A file for each frame has a number in its name: {output.stem}-%05d.{ending}."
    raise _refused("output.format", "/output", message, known, hint)


def _refused(
    code: str, path: str, message: str, allowed: tuple[str, ...], hint: str | None = None
) -> RequestError:
    hint = hint or "Choose one of " + ", ".join(allowed) + "."
    return RequestError.because(code, message, hint=hint, path=path, allowed=allowed)


async def gather(document: Document, settings: Settings) -> Gathered:
    """Look at the sources and at ffmpeg; raises `RequestError` with all that is wrong with the document."""
    if core.check(document.text):
        raise RequestError(problems=tuple(await document_problems(document, settings)))
    looked, able = await asyncio.gather(
        look_at_sources(document, settings), apart(lambda: media_capabilities.detect(settings))
    )
    return Gathered(document=document, looked=looked, capabilities=able)


async def prepare(
    document: Document, target: Target, settings: Settings, *, frames: str | None = None
) -> Prepared:
    """Gather and compile; `frames` is the part that is rendered, `START:END` as people write it.

    Raises `RequestError` with everything that is wrong.
    """
    gathered = await gather(document, settings)
    spans = settings.span_min_seconds, settings.span_max_seconds
    target = replace(target, spans=spans, cores=cores())
    plan = gathered.compiled(target)
    chosen = None if frames is None else parse_range(frames, plan.rate, plan.frames)
    if plan.video:
        looked = await with_packets(gathered.looked, (plan.width, plan.height), plan.rate, settings)
        gathered = replace(gathered, looked=looked)
    if chosen is not None or gathered.looked.packets:
        plan = gathered.compiled(target, chosen)
    return Prepared(plan=plan, looked=gathered.looked, capabilities=gathered.capabilities)


async def document_problems(document: Document, settings: Settings) -> list[Problem]:
    """All that is wrong with a document and its sources, as far as the document can be read."""
    return [*core.check(document.text), *await source_problems(document, settings)]


async def render(
    document: Document,
    *,
    output: Path,
    target: Target,
    settings: Settings,
    frames: str | None = None,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
    on_finished: OnFinished | None = None,
) -> RenderReport:
    """Render, verify, and only then give the file its name; spans that were made before are not made again.

    Raises `RequestError` with everything that is wrong with the request, or a `WorkError`;
    in both cases, and when cancelled, `output` is what it was before and nothing else is left.
    """
    started = time.monotonic()
    output = Path(os.path.abspath(output))
    _raise_open_files()
    told: list[Notice] = []
    while True:
        prepared = await _prepare_for(output, document, target, settings, frames=frames, overwrite=overwrite)
        plan = prepared.plan
        meter = Meter(plan, on_progress, after=_VERIFYING)
        require_unchanged(plan.sources, prepared.looked.identities, settings)
        program = prepared.capabilities.ffmpeg
        try:
            steps, checks, size = await make(
                plan,
                output,
                program=program.path,
                settings=settings,
                overwrite=overwrite,
                meter=meter,
                on_finished=on_finished,
                cache=render_cache(settings),
                identities=prepared.looked.identities,
            )
        except (CopyFailed, FFmpegError, VerificationFailed) as failed:
            other = _other_way(target, plan, failed)
            if other is None:
                raise
            target, notice = other
            told.append(notice)
            continue
        meter.tell("done")
        return RenderReport(
            output=output,
            size=size,
            plan=replace(plan, notices=(*plan.notices, *told)),
            steps=tuple(steps),
            checks=tuple(checks),
            ffmpeg=program.version,
            elapsed=time.monotonic() - started,
            captions=tuple(places_beside(output, plan.captions)) if plan.captions else (),
        )


def _other_way(target: Target, plan: Plan, failed: WorkError) -> tuple[Target, Notice] | None:
    """What may succeed where this failed, and what the user is told of it; each is tried once."""
    joined = any(step.kind == "join" for step in plan.steps)
    if joined and target.copy and isinstance(failed, CopyFailed | VerificationFailed | FFmpegFailed):
        # Who reads the joined track may fail for the sake of what was copied.
        notice = Notice(
            code=CopyFailed.code,
            path="",
            message=failed.message,
            hint="Every frame was encoded instead; the film is whole.",
        )
        return replace(target, copy=False), notice
    encoders = {word_after(step.argv, "-c:v") for step in plan.steps if step.kind == "video"}
    hardware = next((name for name in encoders if name and name.endswith(_HARDWARE)), None)
    if hardware is None or target.encoder != hardware:
        return None
    codec = plan.steps[-1].expect.streams[0].codec
    notice = Notice(
        code="render.hardware_failed",
        path="/target/encoder",
        message=f"{hardware} failed: {failed.message}",
        hint="The film was encoded on the processor instead; `stoat doctor` tries the encoders again.",
    )
    # A preset is the encoder's own word.
    return replace(target, encoder=None, video_codec=codec, preset=None), notice


async def make(
    plan: Plan,
    output: Path,
    *,
    program: str,
    settings: Settings,
    overwrite: bool,
    meter: Meter,
    on_finished: OnFinished | None = None,
    cache: RenderCache | None = None,
    identities: Mapping[str, str] | None = None,
) -> tuple[list[StepReport], list[Check], int]:
    """Run a plan beside its output, verify what came out, and give it its name; also says its size in bytes.

    Raises a `WorkError`, or `RequestError` when the name was taken meanwhile; then there is no new file.
    """
    series = pictures_of(output, plan.format)
    place = output if series is None else series.folder
    require_room(place, least_size(plan))
    with work_folder(place) as folder:
        async with verifying.Reader() as reader:
            meter.tell("rendering")
            try:
                steps = await run_steps(
                    plan,
                    folder,
                    program=program,
                    settings=settings,
                    meter=meter,
                    cache=cache,
                    identities=identities,
                    # Joining takes about as long as the reader's start.
                    before_last=reader.start if len(plan.steps) > 1 else lambda: None,
                )
            # The folder that ffmpeg wrote to is none of the user's business.
            except DiskFull:
                raise DiskFull(path=str(place.parent)) from None
            except OutputUnwritable as error:
                raise OutputUnwritable(path=str(place), detail=error.detail) from None
            meter.tell("verifying")
            finished = folder / plan.steps[-1].output_name
            if series is not None:
                finished = finished.parent
                without_clock(finished)
            coded = next((step.coded for step in steps if step.coded is not None), None)
            checks = await reader.verify(finished, plan, coded=coded)
        size = (
            finished.stat().st_size
            if series is None
            else sum(one.stat().st_size for one in finished.iterdir())
        )
        if series is not None:
            name_files(finished, series)
        if on_finished is not None:
            await on_finished(finished)
        if series is None:
            publish(finished, output, overwrite=overwrite)
            publish_captions(folder, output, plan.captions, overwrite=overwrite)
        else:
            publish_series(finished, series, overwrite=overwrite)
    return steps, checks, size


def pictures_of(output: Path, form: str) -> Series | Package | None:
    """The files of a folder that are written in this format; none: it is one file."""
    series = series_of(output)
    return series if series is not None and series.format == form else None


def render_cache(settings: Settings) -> RenderCache | None:
    """Where spans are kept; none: nowhere."""
    if settings.render_cache_mib == 0:
        return None
    return RenderCache(cache_folder(settings), most_bytes=settings.render_cache_mib << 20)


def cache_folder(settings: Settings) -> Path:
    """Where spans are kept, if they are."""
    return settings.render_cache_dir or settings.cache_dir / "renders"


async def _prepare_for(
    output: Path,
    document: Document,
    target: Target,
    settings: Settings,
    *,
    frames: str | None,
    overwrite: bool,
) -> Prepared:
    """Prepare, and refuse with what is wrong with the document and with the output at once."""
    series = pictures_of(output, target.format)
    sources = files_of(document, settings)
    problems = output_problems(output, overwrite=overwrite, sources=sources, series=series)
    try:
        prepared = await prepare(document, target, settings, frames=frames)
    except RequestError as error:
        raise RequestError(problems=(*problems, *error.problems)) from error
    problems += length_problems(series, prepared.plan.frames)
    problems += caption_problems(output, prepared.plan.captions, overwrite=overwrite, sources=sources)
    if problems:
        raise RequestError(problems=tuple(problems))
    return prepared


def word_after(argv: Sequence[object], option: str) -> str | None:
    """The word after an option of the output; those of inputs come before."""
    found = None
    for word, following in pairwise(argv):
        if word == option and isinstance(following, str):
            found = following
    return found


def least_size(plan: Plan) -> int:
    """Bytes that the work needs at least on the output's disk: a guess from below, to refuse the hopeless."""
    size = 65536.0
    for stream in plan.steps[-1].expect.streams:
        if stream.type == "video":
            # A picture that stands still costs next to nothing, except where every frame is kept whole.
            size += plan.width * plan.height * plan.frames * (0.02 if stream.codec == "prores" else 0.00005)
        elif (stream.codec or "").startswith("pcm"):
            size += plan.samples * (stream.channels or 1) * 2
    return int(size)


def _raise_open_files() -> None:
    """A project may have more sources than the usual limit on open files; more is allowed when asked for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
