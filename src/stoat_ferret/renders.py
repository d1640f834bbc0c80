"""Renders as jobs: ordered, alone or many at once, given out and removed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete

from stoat_ferret import outputs, preflight
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import (
    Conflict,
    MediaRefused,
    NotFound,
    Problem,
    RequestError,
)
from stoat_ferret.forecasting import forecast
from stoat_ferret.fulfilling import Fulfilling
from stoat_ferret.jobs.batch import Batch
from stoat_ferret.jobs.handler import Handler
from stoat_ferret.jobs.job import Job, JobStatus, NewJob
from stoat_ferret.jobs.queue import Queue
from stoat_ferret.media.files import open_within
from stoat_ferret.model.event import Context, Event
from stoat_ferret.model.plan import CaptionFile
from stoat_ferret.ordering import Judged, RenderOrder, judge
from stoat_ferret.outputs import place_of
from stoat_ferret.placing import remove_left_behind
from stoat_ferret.preflight import Taken
from stoat_ferret.projects import Projects
from stoat_ferret.rendering import prepare
from stoat_ferret.series import Package, Series
from stoat_ferret.sourcing import files_of
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.folders import folders
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.storage.tables import jobs
from stoat_ferret.transcripts import captions_of

__all__ = ["Made", "Renders", "Wanted"]

_ALIVE = ("pending", "running")
Also = Callable[[Change, str], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Writes more together with a new job or batch, by its id, and tells what is answered of it: now, and to who
asks once more."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One render of many."""

    order: RenderOrder
    also: Also | None = None
    """Writes more together with its job."""
    wrong: Sequence[Problem] = ()
    """What the writer refuses already."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a render has made, opened; the caller closes it."""

    name: str
    """The file's, or the folder's."""
    descriptor: int
    is_folder: bool


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
        self._fulfilling = Fulfilling(projects, settings, tell=tell)

    @property
    def handler(self) -> Handler:
        """What runs a render."""
        return self._fulfilling.handler

    async def start(
        self, by: Context, order: RenderOrder, *, also: Also | None = None, wrong: Sequence[Problem] = ()
    ) -> Answer:
        """Take a render on; `also` is written together with its job, `wrong` is what its writer refuses.

        Raises `NotFound`, `Conflict` when the file exists, `RequestError` for what is wrong with the order,
        `OutputUnwritable` or `DiskFull` when the file cannot be written.
        """
        if (known := await self._projects.known(by)) is not None:
            return known
        # What cannot be rendered is refused now, not by a job that fails.
        taken = await self._taken(order, wrong)
        await apart(lambda: preflight.require_room([taken]))

        def work(change: Change) -> Answer:
            place = preflight.place_for(change.connection, taken)
            job = self._queue.submit(change, self._new(taken, place))
            body, kept = _accepted(change, job, also)
            return Answer(status=202, body=body, kept=kept, headers={"Location": f"/api/v1/jobs/{job.id}"})

        return await self._database.once(work, by=by)

    async def start_batch(
        self,
        by: Context,
        items: Sequence[Wanted],
        *,
        parallel: int,
        also: Also | None = None,
        wrong: Sequence[Problem] = (),
    ) -> Answer:
        """Take many renders on, all or none; `parallel` of them run at the same time at most.

        `also` is written together with the batch, `wrong` is what its writer refuses.
        Raises the same as `start`, with the places of the items, and `TooManyRequests`.
        """
        if (known := await self._projects.known(by)) is not None:
            return known
        taken = await self._all_taken(items, wrong)
        await apart(lambda: preflight.require_room(taken.values()))

        def work(change: Change) -> Answer:
            places, refused = preflight.places_for(change.connection, taken)
            if refused:
                raise preflight.together(refused)
            news = [self._new(one, places[number]) for number, one in taken.items()]
            batch = self._queue.submit_batch(change, news, parallel=parallel)
            told = []
            for number, (item, job) in enumerate(zip(items, batch.jobs, strict=True)):
                try:
                    told.append(_accepted(change, job, item.also))
                except RequestError as error:
                    raise error.placed(preflight.of_item(number)) from None
            more, kept = ({}, {}) if also is None else also(change, batch.id)
            head = {"batch_id": batch.id, "parallel": parallel}
            return Answer(
                status=202,
                body={**head, "items": [body for body, _ in told], **more},
                kept={**head, "items": [body for _, body in told], **kept},
                headers={"Location": _address(batch.id)},
            )

        return await self._database.once(work, by=by)

    async def batch(self, batch_id: str) -> dict[str, Any]:
        """A batch with its renders as they stand; raises `NotFound`."""
        return _shown(await self._queue.batch(batch_id))

    async def cancel_batch(self, by: Context, batch_id: str) -> Answer:
        """Cancel what waits or runs of a batch; raises `NotFound`, or `Conflict` when nothing does."""

        def work(change: Change) -> Answer:
            batch = self._queue.cancel_batch(change, batch_id)
            return Answer(body=_shown(batch), headers={"Location": _address(batch_id)})

        return await self._database.once(work, by=by)

    async def plan(self, order: RenderOrder) -> dict[str, Any]:
        """What the render would do, span by span; nothing is stored or run.

        Raises the same as `start`, but asks for no room: what is to come may be planned on a full disk.
        """
        taken = await self._taken(order)
        place = await self._database.read(lambda connection: preflight.place_for(connection, taken))
        prepared = await prepare(taken.document, taken.judged.target, self._settings, frames=order.range)
        told = await apart(
            lambda: forecast(prepared, outputs.named(place, taken.judged.files), self._settings)
        )
        return {"project_id": order.project_id, "revision": taken.revision, **told}

    async def captions(
        self, project_id: str, *, track: str | None, frames: str | None, revision: int | None
    ) -> CaptionFile:
        """The captions of a project; raises `NotFound`, and `RequestError` with all that is wrong."""
        found = await self._projects.get(project_id, revision)
        document = await self._projects.document(project_id, found.revision)
        return await captions_of(document, self._settings, track=track, frames=frames)

    def require_repeatable(self, change: Change, job: Job) -> None:
        """Refuse to begin a render again whose project is gone, or whose name is another's by now.

        Raises `NotFound` or `Conflict`; blocks.
        """
        self._projects.require(change.connection, job.payload["project_id"])
        place = place_of(job)
        if outputs.is_wanted(change.connection, place, but=job.id):
            raise preflight.busy(outputs.name_of(job), "/job_id")
        if not job.payload["overwrite"] and not outputs.is_free(job):
            raise Conflict(problems=(preflight.exists(outputs.name_of(job), "/job_id"),))

    def tidy(self) -> None:
        """Remove what a killed process left of renders that nobody will begin again; blocks."""
        places = [folder.renders for folder in folders(self._projects.root)]
        if self._settings.output_dir is not None:
            places.append(self._settings.output_dir)
        for place in places:
            remove_left_behind(place)

    async def output(self, job_id: str, name: str | None = None) -> Made:
        """The finished file of a render, or its folder, or the file of this name in it.

        Raises `NotFound`, or `Conflict` while it is not finished.
        """
        job = await self._render(job_id)
        if job.status is not JobStatus.COMPLETED:
            raise _unfinished(job)
        place, series = place_of(job), outputs.series_at(job)
        if name is not None and (series is None or not series.has(name)):
            raise NotFound.named("file", name, path="/name", hint=_parts_hint(series))
        with contextlib.ExitStack() as closing:
            try:
                descriptor = outputs.open_output(place)
                closing.callback(os.close, descriptor)
                await self._database.read(lambda connection: _require_own(connection, job, descriptor))
                if name is not None:
                    # In the folder that was looked at, whatever has its name by now.
                    folder, descriptor = descriptor, open_within(descriptor, name)
                    closing.pop_all()
                    os.close(folder)
            except (MediaRefused, OSError):
                raise NotFound.named(
                    "output", job_id, path="/job_id", hint="Its file was removed; render it again."
                ) from None
            closing.pop_all()
        return Made(
            name=place.name if name is None else name,
            descriptor=descriptor,
            is_folder=series is not None and name is None,
        )

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
            change.note("render.deleted", "job", job_id, {"output": outputs.name_of(job)})
            return Answer(status=204, body=None)

        answer = await self._database.once(work, by=by)
        # Nothing is awaited between the look and the removal: a render that ends meanwhile keeps its file.
        if own is not None and not answer.replayed and outputs.mark_of(place) == own:
            outputs.remove(place)
        return answer

    async def _taken(self, order: RenderOrder, wrong: Sequence[Problem] = ()) -> Taken:
        """The order with what it is about; raises `NotFound`, or `RequestError` with all that is wrong."""
        found = await self._projects.get(order.project_id, order.revision)
        folder = self._folder(found.slug)
        document = await self._projects.document(order.project_id, found.revision)
        sources = files_of(document, self._settings)
        try:
            judged = await judge(order, document, self._settings, wrong=wrong)
        except RequestError as error:
            in_the_way = _in_the_way(order, folder, error, sources)
            raise RequestError(problems=(*error.problems, *in_the_way)) from None
        return Taken(
            order=order,
            revision=found.revision,
            document=document,
            judged=judged,
            usual=folder / _usual(f"{found.slug}-r{found.revision}", judged),
            sources=sources,
        )

    async def _all_taken(self, items: Sequence[Wanted], wrong: Sequence[Problem]) -> dict[int, Taken]:
        """All orders by their numbers; raises `RequestError` with all that is wrong with any of them."""
        taken: dict[int, Taken] = {}
        refused: list[RequestError] = []
        for number, item in enumerate(items):
            try:
                taken[number] = await self._taken(item.order, item.wrong)
            except RequestError as error:
                refused.append(error.placed(preflight.of_item(number)))
        if refused or wrong:
            _, conflicts = await self._database.read(
                lambda connection: preflight.places_for(connection, taken)
            )
            raise preflight.together([*refused, *conflicts], wrong)
        return taken

    def _new(self, taken: Taken, place: Path) -> NewJob:
        """The job that carries an order out: it holds all that it needs, whatever is edited meanwhile."""
        order = taken.order
        payload: dict[str, Any] = {
            "project_id": order.project_id,
            "revision": taken.revision,
            "target": taken.judged.target.to_json(),
            "range": order.range,
            "first": taken.judged.first,
            "overwrite": order.overwrite,
            "output": str(place),
            "files": taken.judged.files,
        }
        return self.handler.job(payload, project_id=order.project_id, priority=order.priority)

    async def _render(self, job_id: str) -> Job:
        job = await self._queue.get(job_id)
        if job.kind != "render":
            raise NotFound.named(
                "render", job_id, path="/job_id", hint="GET /api/v1/render lists the renders."
            )
        return job

    def _folder(self, slug: str) -> Path:
        return self._settings.output_dir or self._projects.root / slug / "renders"


def _require_own(connection: Connection, job: Job, descriptor: int) -> None:
    if not outputs.belongs(connection, job, outputs.mark_of_open(descriptor)):
        raise _replaced(outputs.name_of(job))


def _accepted(change: Change, job: Job, also: Also | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is answered of a new job: now, and to who asks once more."""
    body = {"job_id": job.id, "output": outputs.name_of(job)}
    more, kept = ({}, {}) if also is None else also(change, job.id)
    return {**body, **more}, {**body, **kept}


def _shown(batch: Batch) -> dict[str, Any]:
    items = [{**job.to_json(), "output": outputs.name_of(job)} for job in batch.jobs]
    return {**batch.to_json(), "items": items}


def _usual(name: str, judged: Judged) -> str:
    """What a file, or a folder of files, is called that nobody named."""
    return name if judged.files is not None else f"{name}.{judged.target.format}"


def _parts_hint(series: Series | Package | None) -> str:
    if series is None:
        return "This render made one file: GET /api/v1/render/{job_id}/output."
    return "GET /api/v1/render/{job_id}/output has all files in one archive."


def _address(batch_id: str) -> str:
    return f"/api/v1/render/batch/{batch_id}"


def _in_the_way(
    order: RenderOrder, folder: Path, error: RequestError, sources: Sequence[Path]
) -> tuple[Problem, ...]:
    """What has the name already, for an order with whose name nothing is wrong."""
    if order.output is None or any(one.path == "/output" for one in error.problems):
        return ()
    name, _, inside = order.output.partition("/")
    return preflight.standing(folder / name, inside or None, overwrite=order.overwrite, sources=sources)


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
