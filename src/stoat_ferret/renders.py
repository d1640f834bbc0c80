"""Renders as jobs, and single pictures of a project."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, delete

from stoat_ferret import compile as core
from stoat_ferret import outputs, sampling
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import (
    Conflict,
    DatabaseFull,
    DatabaseUnavailable,
    MediaRefused,
    NotFound,
    Problem,
    RequestError,
    StoatError,
)
from stoat_ferret.forecasting import forecast
from stoat_ferret.jobs.handler import Done, Handler, JobRun
from stoat_ferret.jobs.job import Job, JobStatus
from stoat_ferret.jobs.queue import Queue
from stoat_ferret.looking import contact_sheet, look_at
from stoat_ferret.media.files import open_source
from stoat_ferret.model.document import Document
from stoat_ferret.model.event import Context, Event
from stoat_ferret.model.plan import Target
from stoat_ferret.ordering import Judged, RenderOrder, judge
from stoat_ferret.outputs import place_of
from stoat_ferret.placing import remove_left_behind
from stoat_ferret.projects import Projects
from stoat_ferret.rendering import RenderReport, prepare, render
from stoat_ferret.running import SIDE_BY_SIDE, Progress
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.folders import folders
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.storage.tables import jobs
from stoat_ferret.telemetry import meters

__all__ = ["Renders"]

_MOST_PICTURES = 64
_ALIVE = ("pending", "running")
_DATABASE_SECONDS = 0.5
"""Between two tries of a database that is away."""
_FRAME_SECONDS = 0.5
"""Between two events that tell which frame a render has reached."""

_log = structlog.get_logger(__name__)

Also = Callable[[Change, Job], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Writes more together with a new job, and tells what is answered of it: now, and to who asks once more."""


class Renders:
    """The one way to finished files, for every door that has a server behind it."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        projects: Projects,
        settings: Settings,
        *,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        """Renders wait in `queue`; `handler` is for its workers. `tell` tells those who listen now."""
        self._database = database
        self._queue = queue
        self._projects = projects
        self._settings = settings
        self._tell = tell
        # Each of them runs ffmpeg: more at once would only make all of them late.
        self._looking = asyncio.Semaphore(SIDE_BY_SIDE)
        self._pictures: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    @property
    def handler(self) -> Handler:
        """What runs a render."""
        return Handler(kind="render", run=self._run, max_attempts=3, parallel=1)

    async def start(
        self, by: Context, order: RenderOrder, *, also: Also | None = None, wrong: Sequence[Problem] = ()
    ) -> Answer:
        """Take a render on; `also` is written together with its job, `wrong` is what its writer refuses.

        Raises `NotFound`, `Conflict` when the file exists, `RequestError` for what is wrong with the order.
        """
        if (known := await self._projects.known(by)) is not None:
            return known
        # What cannot be rendered is refused now, not by a job that fails.
        taken = await self._taken(order, wrong)
        payload: dict[str, Any] = {
            "project_id": order.project_id,
            "revision": taken.revision,
            "target": taken.judged.target.to_json(),
            "range": order.range,
            "first": taken.judged.first,
            "overwrite": order.overwrite,
        }

        def work(change: Change) -> Answer:
            place = _place(change.connection, order, taken.usual)
            new = self.handler.job({**payload, "output": str(place)}, project_id=order.project_id)
            job = self._queue.submit(change, new)
            body = {"job_id": job.id, "output": place.name}
            more, kept = ({}, {}) if also is None else also(change, job)
            return Answer(
                status=202,
                body={**body, **more},
                kept={**body, **kept},
                headers={"Location": f"/api/v1/jobs/{job.id}"},
            )

        return await self._database.once(work, by=by)

    async def plan(self, order: RenderOrder) -> dict[str, Any]:
        """What the render would do, span by span; nothing is stored or run.

        Raises the same as `start`.
        """
        taken = await self._taken(order)
        place = await self._database.read(lambda connection: _place(connection, order, taken.usual))
        prepared = await prepare(taken.document, taken.judged.target, self._settings, frames=order.range)
        told = await apart(lambda: forecast(prepared, place.name, self._settings))
        return {"project_id": order.project_id, "revision": taken.revision, **told}

    def require_repeatable(self, change: Change, job: Job) -> None:
        """Refuse to begin a render again whose project is gone, or whose name is another's by now.

        Raises `NotFound` or `Conflict`; blocks.
        """
        self._projects.require(change.connection, job.payload["project_id"])
        place = place_of(job)
        if outputs.is_wanted(change.connection, place, but=job.id):
            raise _busy(place.name, "/job_id")
        if not job.payload["overwrite"] and not outputs.is_free(job):
            raise Conflict(problems=(_exists(place.name, "/job_id"),))

    def tidy(self) -> None:
        """Remove what a killed process left of renders that nobody will begin again; blocks."""
        places = [folder.renders for folder in folders(self._projects.root)]
        if self._settings.output_dir is not None:
            places.append(self._settings.output_dir)
        for place in places:
            remove_left_behind(place)

    async def output(self, job_id: str) -> tuple[Path, int]:
        """The finished file of a render, and its descriptor, which the caller closes.

        Raises `NotFound`, or `Conflict` while it is not finished.
        """
        job = await self._render(job_id)
        if job.status is not JobStatus.COMPLETED:
            raise _unfinished(job)
        place = place_of(job)
        try:
            descriptor = open_source(place)
        except MediaRefused:
            raise NotFound.named(
                "output", job_id, path="/job_id", hint="Its file was removed; render it again."
            ) from None
        with contextlib.ExitStack() as closing:
            closing.callback(os.close, descriptor)
            await self._database.read(lambda connection: _require_own(connection, job, descriptor))
            closing.pop_all()
        return place, descriptor

    async def remove(self, by: Context, job_id: str) -> Answer:
        """Remove a finished render with its file; another file that has its name by now stays."""
        if (known := await self._projects.known(by)) is not None:
            return known
        job = await self._render(job_id)
        place = place_of(job)
        own = await self._database.read(lambda connection: outputs.own_mark(connection, job))

        def work(change: Change) -> Answer:
            gone = change.connection.execute(
                delete(jobs).where(jobs.c.id == job_id, jobs.c.kind == "render", jobs.c.status.notin_(_ALIVE))
            )
            if gone.rowcount != 1:
                raise _running(job)
            change.note("render.deleted", "job", job_id, {"output": place.name})
            return Answer(status=204, body=None)

        answer = await self._database.once(work, by=by)
        # Nothing is awaited between the look and the removal: a render that ends meanwhile keeps its file.
        if own is not None and not answer.replayed and outputs.mark_of(place) == own:
            place.unlink(missing_ok=True)
        return answer

    async def picture(
        self, project_id: str, at: str, *, width: int | None, as_jpeg: bool, revision: int | None = None
    ) -> bytes:
        """One frame of a project, as a render shows it: PNG, or JPEG."""
        found = await self._projects.get(project_id, revision)
        sources = await self._projects.stamps(found)
        key = (project_id, found.revision, sources, at, width, as_jpeg)
        if key not in self._pictures:
            document = await self._projects.document(project_id, found.revision)
            size = _fitting(found.document.get("output") or {}, width)
            self._keep(key, await self._look(document, at, size=size, as_jpeg=as_jpeg))
        self._pictures.move_to_end(key)
        return self._pictures[key]

    async def sheet(
        self,
        project_id: str,
        *,
        times: tuple[str, ...],
        every: str | None,
        revision: int | None,
        as_jpeg: bool,
    ) -> bytes:
        """Many frames of a project on one labelled picture."""
        document = await self._projects.document(project_id, revision)
        async with self._looking:
            with tempfile.TemporaryDirectory(prefix="stoat-look-") as folder:
                place = Path(folder) / "sheet.png"
                await contact_sheet(document, output=place, settings=self._settings, every=every, times=times)
                return _encoded(place, as_jpeg=as_jpeg)

    async def sample(self, effect_type: str, parameters: Mapping[str, Any], at: str) -> bytes:
        """A PNG of what an effect makes of a test picture; raises `RequestError` for what it cannot show."""
        try:
            return await self._look(sampling.document(effect_type, parameters), at)
        except RequestError as error:
            raise error.placed(sampling.place) from None

    async def _taken(self, order: RenderOrder, wrong: Sequence[Problem] = ()) -> _Taken:
        """The order with what it is about; raises `NotFound`, or `RequestError` with all that is wrong."""
        found = await self._projects.get(order.project_id, order.revision)
        folder = self._folder(found.slug)
        document = await self._projects.document(order.project_id, found.revision)
        try:
            judged = await judge(order, document, self._settings, wrong=wrong)
        except RequestError as error:
            raise RequestError(problems=(*error.problems, *_in_the_way(order, folder, error))) from None
        usual = folder / f"{found.slug}-r{found.revision}.{order.ending}"
        return _Taken(revision=found.revision, document=document, judged=judged, usual=usual)

    async def _look(
        self, document: Document, at: str, *, size: tuple[int, int] | None = None, as_jpeg: bool = False
    ) -> bytes:
        async with self._looking:
            with tempfile.TemporaryDirectory(prefix="stoat-look-") as folder:
                place = Path(folder) / "look.png"
                await look_at(document, at, output=place, settings=self._settings, size=size)
                return _encoded(place, as_jpeg=as_jpeg)

    async def _render(self, job_id: str) -> Job:
        job = await self._queue.get(job_id)
        if job.kind != "render":
            raise NotFound.named(
                "render", job_id, path="/job_id", hint="GET /api/v1/render lists the renders."
            )
        return job

    def _keep(self, key: tuple[Any, ...], picture: bytes) -> None:
        self._pictures[key] = picture
        while len(self._pictures) > _MOST_PICTURES:
            self._pictures.popitem(last=False)

    def _folder(self, slug: str) -> Path:
        return self._settings.output_dir or self._projects.root / slug / "renders"

    async def _run(self, run: JobRun) -> Done:
        began = time.monotonic()
        try:
            done = await self._rendered(run)
        except asyncio.CancelledError:
            meters().render_ended(status="cancelled", seconds=time.monotonic() - began)
            raise
        except Exception as error:
            meters().render_ended(status="failed", seconds=time.monotonic() - began)
            if not isinstance(error, StoatError):
                # The folder of a project that is deleted goes from under its renders.
                await self._projects.get(run.payload["project_id"])
            raise
        meters().render_ended(status="completed", seconds=time.monotonic() - began)
        for outcome, count in done.result["spans"].items():
            meters().spans_rendered(outcome, count)
        return done

    async def _rendered(self, run: JobRun) -> Done:
        payload = run.payload
        _log.info(
            "render_started",
            project_id=payload["project_id"],
            revision=payload["revision"],
            rust_core_version=core.version(),
        )
        document = await self._projects.document(payload["project_id"], payload["revision"])
        place = place_of(run.job)
        await apart(lambda: outputs.release(run.job))
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            report = await render(
                document,
                output=place,
                target=Target.from_json(payload["target"]),
                settings=self._settings,
                frames=payload["range"],
                overwrite=payload["overwrite"],
                on_progress=_Telling(run, self._tell),
                on_finished=_Marking(run),
            )
        except RequestError as error:
            raise _worded(error, place.name) from error
        return Done(result=_result(run.job, report))


@dataclass(frozen=True, kw_only=True)
class _Taken:
    """An order that can be carried out, and what it is about."""

    revision: int
    document: Document
    judged: Judged
    usual: Path
    """Where the file goes that the order does not name, as long as that is free."""


class _Marking:
    """Keeps the mark of the finished file with the job, before the file has its name."""

    def __init__(self, run: JobRun) -> None:
        self._run = run

    async def __call__(self, finished: Path) -> None:
        kept = outputs.kept_as(await apart(lambda: outputs.mark_of(finished)))
        while True:
            try:
                await self._run.checkpoint(kept)
                break
            except (DatabaseUnavailable, DatabaseFull):
                # What is rendered is not thrown away; if this lasts, the job's lease is lost.
                await asyncio.sleep(_DATABASE_SECONDS)
        # Where it was called off meanwhile, that is heard here.
        await asyncio.sleep(0)


def _result(job: Job, report: RenderReport) -> dict[str, Any]:
    shown = report.to_json()
    kept = (
        "elapsed_seconds",
        "ffmpeg",
        "samples",
        "width",
        "height",
        "fps",
        "checks",
        "explanation",
        "notices",
    )
    return {
        "output": report.output.name,
        "url": f"/api/v1/render/{job.id}/output",
        "duration": report.plan.duration,
        "frames": shown["frames"],
        "size": report.size,
        "spans": report.spans,
        "verified": True,
        "report": {name: shown[name] for name in kept},
    }


class _Telling:
    """Passes on how far a render is, and now and then which frame it has reached."""

    def __init__(self, run: JobRun, tell: Callable[[Event], None]) -> None:
        self._run = run
        self._tell = tell
        self._told = 0
        self._next = 0.0

    def __call__(self, progress: Progress) -> None:
        self._run.report(progress.fraction, detail=_detail(progress))
        if progress.frames_done > self._told and time.monotonic() >= self._next:
            self._told = progress.frames_done
            self._next = time.monotonic() + _FRAME_SECONDS
            self._tell(self._event(progress))

    def _event(self, progress: Progress) -> Event:
        payload, job = self._run.payload, self._run.job
        project_id, revision = payload["project_id"], payload["revision"]
        # A job of an earlier version does not say where its range begins.
        frame = payload.get("first", 0) + progress.frames_done - 1
        return Event(
            type="RENDER_FRAME",
            project_id=project_id,
            job_id=job.id,
            revision=revision,
            correlation_id=job.correlation_id,
            actor=job.actor,
            data={
                "frame": frame,
                "frames_done": progress.frames_done,
                "frames": progress.frames,
                "url": f"/api/v1/projects/{project_id}/frame?t={frame}f&revision={revision}",
            },
        )


def _detail(progress: Progress) -> dict[str, Any]:
    return {
        "phase": progress.phase,
        "frames_done": progress.frames_done,
        "frames": progress.frames,
        "fps": None if progress.fps is None else round(progress.fps, 1),
    }


def _fitting(output: Mapping[str, Any], width: int | None) -> tuple[int, int] | None:
    """The project's picture at another width, both sides even."""
    if width is None:
        return None
    height = width * int(output.get("height", 1080)) / int(output.get("width", 1920))
    return max(16, width // 2 * 2), max(16, round(height / 2) * 2)


def _encoded(place: Path, *, as_jpeg: bool) -> bytes:
    if not as_jpeg:
        return place.read_bytes()
    import io

    from PIL import Image

    data = io.BytesIO()
    with Image.open(place) as picture:
        picture.convert("RGB").save(data, "JPEG", quality=88)
    return data.getvalue()


def _require_own(connection: Connection, job: Job, descriptor: int) -> None:
    if not outputs.belongs(connection, job, outputs.mark_of_open(descriptor)):
        raise _replaced(place_of(job).name)


def _place(connection: Connection, order: RenderOrder, usual: Path) -> Path:
    """Where the file of an order goes; raises `Conflict` where its name is another's. Blocks."""
    if order.output is None:
        return outputs.free_place(connection, usual, overwrite=order.overwrite)
    place = usual.parent / order.output
    if outputs.is_wanted(connection, place):
        raise _busy(place.name, "/output")
    if not order.overwrite and os.path.lexists(place):
        raise Conflict(problems=(_exists(place.name, "/output"),))
    return place


def _in_the_way(order: RenderOrder, folder: Path, error: RequestError) -> tuple[Problem, ...]:
    """That there is a file already, for an order with whose name nothing is wrong."""
    if order.output is None or order.overwrite or any(one.path == "/output" for one in error.problems):
        return ()
    return (_exists(order.output, "/output"),) if os.path.lexists(folder / order.output) else ()


def _worded(error: RequestError, name: str) -> RequestError:
    """A name that was taken after the order, in words that tell of no place and no command line."""
    problems = (
        _exists(name, "/output") if problem.code == "output.exists" else problem for problem in error.problems
    )
    return replace(error, problems=tuple(problems))


def _exists(name: str, path: str) -> Problem:
    return Problem(
        code="output.exists",
        path=path,
        message=f"There is another file {name} already.",
        hint="Order it under another name, or with overwrite: true.",
    )


def _busy(name: str, path: str) -> Conflict:
    return Conflict.because(
        "output.busy",
        f"{name} is being made by another render.",
        hint="Wait until that one is done, cancel it, or order it under another name.",
        path=path,
    )


def _replaced(name: str) -> NotFound:
    return NotFound.because(
        "output.replaced",
        f"{name} is another file by now, and that of this render is gone.",
        hint="GET /api/v1/render lists the renders; render it again under another name.",
        path="/job_id",
    )


def _running(job: Job) -> Conflict:
    return Conflict.because(
        "job.wrong_state", f"The render is {job.status.value}.", hint="Cancel it first.", path="/job_id"
    )


def _unfinished(job: Job) -> Conflict:
    return Conflict.because(
        "render.unfinished",
        f"The render is {job.status.value}; it has no file.",
        hint="GET /api/v1/jobs/{job_id}/wait tells when it is done.",
        path="/job_id",
    )
