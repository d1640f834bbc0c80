"""Renders as jobs, and single pictures of a project."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select

from stoat_ferret import sampling
from stoat_ferret.config import Settings
from stoat_ferret.errors import Conflict, NotFound, RequestError, StoatError
from stoat_ferret.jobs.handler import Done, Handler, JobRun
from stoat_ferret.jobs.job import Job, JobStatus
from stoat_ferret.jobs.queue import Queue
from stoat_ferret.looking import contact_sheet, look_at
from stoat_ferret.model.document import Document
from stoat_ferret.model.event import Context, Event
from stoat_ferret.model.plan import Plan, Target
from stoat_ferret.model.times import parse_range
from stoat_ferret.placing import remove_left_behind
from stoat_ferret.projects import Projects
from stoat_ferret.rendering import FORMATS, prepare, render, target_format
from stoat_ferret.running import SIDE_BY_SIDE, Progress
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.folders import folders
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.storage.tables import jobs
from stoat_ferret.telemetry import meters

__all__ = ["RenderOrder", "Renders"]

_NAME = re.compile(r"^[^/\x00-\x1f\x7f]{1,200}$")
_MOST_PICTURES = 64
_ALIVE = ("pending", "running")
_ENDLESS = 2**62
_FRAME_SECONDS = 0.5
"""Between two events that tell which frame a render has reached."""

Also = Callable[[Change, Job], Mapping[str, Any]]
"""Writes more together with a new job, and tells what is to be answered of it."""


@dataclass(frozen=True, kw_only=True)
class RenderOrder:
    """What is to be rendered, and how."""

    project_id: str
    revision: int | None = None
    """None: the newest."""
    output: str | None = None
    """A file's name; none: the project's and the revision's."""
    format: str | None = None
    quality: str = "medium"
    size: tuple[int, int] | None = None
    """Pixels; none: the project's."""
    range: str | None = None
    """`START:END`; none: all of it."""
    encoder: str | None = None
    overwrite: bool = False


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

    async def start(self, by: Context, order: RenderOrder, *, also: Also | None = None) -> Answer:
        """Take a render on; `also` is written together with its job.

        Raises `NotFound`, `Conflict` when the file exists, `RequestError` for what is wrong with the order.
        """
        if (known := await self._projects.known(by)) is not None:
            return known
        found = await self._projects.get(order.project_id, order.revision)
        name = _file_name(order, found.slug, found.revision)
        place = self._folder(found.slug) / name
        target = _target(order, place)
        if place.exists() and not order.overwrite:
            raise _exists(name)
        # What cannot be rendered is refused now, not by a job that fails.
        document = await self._projects.document(order.project_id, found.revision)
        plan = (await prepare(document, target, self._settings, frames=order.range)).plan
        payload: dict[str, Any] = {
            "project_id": order.project_id,
            "revision": found.revision,
            "output": str(place),
            "target": target.to_json(),
            "range": order.range,
            "first": _first(order.range, plan),
            "overwrite": order.overwrite,
        }

        def work(change: Change) -> Answer:
            if not order.overwrite and _is_wanted(change.connection, str(place)):
                raise _exists(name)
            job = self._queue.submit(change, self.handler.job(payload, project_id=order.project_id))
            more = {} if also is None else also(change, job)
            return Answer(
                status=202,
                body={"job_id": job.id, "output": name, **more},
                headers={"Location": f"/api/v1/jobs/{job.id}"},
            )

        return await self._database.once(work, by=by)

    def tidy(self) -> None:
        """Remove what a killed process left of renders that nobody will begin again; blocks."""
        places = [folder.renders for folder in folders(self._projects.root)]
        if self._settings.output_dir is not None:
            places.append(self._settings.output_dir)
        for place in places:
            remove_left_behind(place)

    async def output(self, job_id: str) -> Path:
        """The finished file of a render; raises `NotFound`, or `Conflict` while it is not finished."""
        job = await self._render(job_id)
        if job.status is not JobStatus.COMPLETED:
            raise _unfinished(job)
        place = Path(str(job.payload["output"]))
        if not place.is_file():
            raise NotFound.named(
                "output", job_id, path="/job_id", hint="Its file was removed; render it again."
            )
        return place

    async def remove(self, by: Context, job_id: str) -> Answer:
        """Remove a finished render with its file."""
        if (known := await self._projects.known(by)) is not None:
            return known
        job = await self._render(job_id)
        place = Path(str(job.payload["output"]))

        def work(change: Change) -> Answer:
            gone = change.connection.execute(
                delete(jobs).where(jobs.c.id == job_id, jobs.c.kind == "render", jobs.c.status.notin_(_ALIVE))
            )
            if gone.rowcount != 1:
                raise _running(job)
            change.note("render.deleted", "job", job_id, {"output": place.name})
            return Answer(status=204, body=None)

        answer = await self._database.once(work, by=by)
        if job.status is JobStatus.COMPLETED and not answer.replayed:
            place.unlink(missing_ok=True)
        return answer

    async def picture(
        self, project_id: str, at: str, *, width: int | None, as_jpeg: bool, revision: int | None = None
    ) -> bytes:
        """One frame of a project, as a render shows it: PNG, or JPEG."""
        found = await self._projects.get(project_id, revision)
        key = (project_id, found.revision, at, width, as_jpeg)
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
        except StoatError:
            meters().render_ended(status="failed", seconds=time.monotonic() - began)
            raise
        meters().render_ended(status="completed", seconds=time.monotonic() - began)
        meters().spans_rendered("rendered", 1)
        return done

    async def _rendered(self, run: JobRun) -> Done:
        payload = run.payload
        document = await self._projects.document(payload["project_id"], payload["revision"])
        place = Path(payload["output"])
        place.parent.mkdir(parents=True, exist_ok=True)
        report = await render(
            document,
            output=place,
            target=Target.from_json(payload["target"]),
            settings=self._settings,
            frames=payload["range"],
            # The name was free when the job was taken on: what is there now is this job's own.
            overwrite=payload["overwrite"] or run.job.attempt > 1,
            on_progress=_Telling(run, self._tell),
        )
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
        return Done(
            result={
                "output": place.name,
                "url": f"/api/v1/render/{run.job.id}/output",
                "duration": report.plan.duration,
                "frames": shown["frames"],
                "size": report.size,
                "spans": {"reused": 0, "copied": 0, "rendered": 1},
                "verified": True,
                "report": {name: shown[name] for name in kept},
            }
        )


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


def _first(range_: str | None, plan: Plan) -> int:
    """The project frame that the file begins with."""
    # How long the project is was judged already.
    return 0 if range_ is None else parse_range(range_, plan.rate, _ENDLESS).start


def _detail(progress: Progress) -> dict[str, Any]:
    return {
        "phase": progress.phase,
        "frames_done": progress.frames_done,
        "frames": progress.frames,
        "fps": None if progress.fps is None else round(progress.fps, 1),
    }


def _is_wanted(connection: Connection, place: str) -> bool:
    """Whether a job that waits or runs will write this file."""
    payloads = connection.execute(
        select(jobs.c.payload).where(jobs.c.kind == "render", jobs.c.status.in_(_ALIVE))
    )
    return any(row.payload["output"] == place for row in payloads)


def _file_name(order: RenderOrder, slug: str, revision: int) -> str:
    ending = order.format or "mp4"
    name = order.output or f"{slug}-r{revision}.{ending}"
    if not _NAME.match(name) or name.startswith(".") or len(name.encode()) > 200:
        raise RequestError.because(
            "output.name",
            "This is no name for a file.",
            hint="Give a name without folders, such as final.mp4; it goes to the project's renders.",
            path="/output",
        )
    return name


def _target(order: RenderOrder, place: Path) -> Target:
    ending = place.suffix.removeprefix(".").lower()
    if order.format is not None and FORMATS.get(ending, order.format) != order.format:
        raise RequestError.because(
            "output.format",
            f"A file that ends in .{ending} is no {order.format}.",
            hint=f"Let it end in .{order.format}, or leave the format out.",
            path="/output",
        )
    return Target(
        format=target_format(place, order.format),
        quality=order.quality,
        size=order.size,
        encoder=order.encoder,
    )


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


def _exists(name: str) -> Conflict:
    return Conflict.because(
        "output.exists",
        f"{name} exists already, or is being made.",
        hint="Choose another name, or send overwrite: true.",
        path="/output",
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


KINDS = tuple(dict.fromkeys(FORMATS.values()))
"""The formats that can be rendered."""
