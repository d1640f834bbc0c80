"""The composition root: everything that a server, or a command with a library, works with, made once."""

from __future__ import annotations

import asyncio
import contextlib
import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, func, select

from stoat_ferret import compile as core
from stoat_ferret.apart import apart
from stoat_ferret.bus import Bus
from stoat_ferret.config import FEATURES, Settings
from stoat_ferret.discretion import Discretion
from stoat_ferret.errors import NotFound, Problem, RequestError, StoatError
from stoat_ferret.jobs.handler import Handler, JobRun
from stoat_ferret.jobs.table import TableQueue
from stoat_ferret.jobs.worker import Workers
from stoat_ferret.library import Library
from stoat_ferret.library.places import folder_at
from stoat_ferret.media import capabilities
from stoat_ferret.media.capabilities import Capabilities
from stoat_ferret.model.event import Context, Event
from stoat_ferret.model.version import version
from stoat_ferret.operations.couriers import Couriers
from stoat_ferret.operations.desk import JobDesk
from stoat_ferret.operations.health import Health
from stoat_ferret.operations.keyring import ApiKeys
from stoat_ferret.operations.log import AuditLog
from stoat_ferret.operations.outbound import Caller
from stoat_ferret.operations.webhooks import Webhooks
from stoat_ferret.ordering import RenderOrder
from stoat_ferret.pictures import Pictures
from stoat_ferret.presets import shelf as preset_shelf
from stoat_ferret.presets.preset import Preset
from stoat_ferret.profiles.shelf import shelf
from stoat_ferret.projects import Projects
from stoat_ferret.projects.keeper import Keeper
from stoat_ferret.renders import Also, Renders, Wanted
from stoat_ferret.storage import idempotency
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, address
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.storage.privacy import private_folder
from stoat_ferret.storage.tables import projects as project_table
from stoat_ferret.telemetry import meters, use_meters
from stoat_ferret.telemetry.metrics import Prometheus

__all__ = ["Studio"]

_TIDY_SECONDS = 3600.0
_JOB_ENDS = ("JOB_COMPLETED", "JOB_FAILED", "JOB_CANCELLED")


class Studio:
    """Made of settings, started once, stopped once."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened yet: `start` does that."""
        self.settings = settings = settings.confined()
        self.version = version()
        self.started = False
        self.meters = Prometheus()
        self.database = Database(
            address(settings),
            idempotency_hours=settings.idempotency_hours,
            events_kept=settings.event_history,
        )
        self.bus = Bus(self.database, replay=settings.event_history, queue_size=settings.ws_queue)
        self.queue = TableQueue(
            self.database, lease_seconds=settings.job_lease_seconds, depth=settings.queue_depth
        )
        self.library = Library(self.database, settings)
        self.projects = Projects(self.database, settings, self.library)
        self.renders = Renders(self.database, self.queue, self.projects, settings, tell=self.bus.publish)
        self.pictures = Pictures(self.projects, settings)
        self.keys = ApiKeys(self.database)
        self.audit = AuditLog(self.database)
        outbound = Caller.of(settings)
        self.webhooks = Webhooks(self.database, outbound=outbound)
        if "webhooks" in settings.features:
            self.database.outbox(self.webhooks.outbox)
        self._couriers = Couriers(
            self.database, outbound, wrote=self.webhooks.wrote, attempts=settings.webhook_attempts
        )
        self.keeper = Keeper(settings.projects_dir, self.database, self.projects.recent, settings.media_roots)
        self.jobs = JobDesk(self.database, self.queue, repeatable={"render": self.renders.require_repeatable})
        self._scan = Handler(
            kind="scan",
            run=self._run_scan,
            max_attempts=settings.job_attempts,
            timeout_seconds=settings.job_timeout_seconds,
            parallel=1,
        )
        self._workers = Workers(
            self.queue,
            (self._scan, self.renders.handler),
            count=settings.workers,
            heartbeat_seconds=settings.job_heartbeat_seconds,
            telling=Discretion(settings).problems,
        )
        self._health = Health(self.database, settings, lambda: self.keeper.trouble)
        self._watching: asyncio.Task[None] | None = None
        self._tidying: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._hurrying: asyncio.Task[None] | None = None

    # Life

    async def start(self) -> None:
        """Open the database, take up what an earlier process left, begin to work.

        Raises `DatabaseUnavailable`, `DatabaseFull` or `DatabaseCorrupt`.
        """
        use_meters(self.meters)
        private_folder(self.settings.data_dir)
        if self.settings.media_roots == (self.settings.media_dir,):
            self.settings.media_dir.mkdir(exist_ok=True)
        if not self.database.is_open:
            await apart(self.database.open)
        await apart(self.library.start)
        await self.bus.start()
        self.keeper.start()
        self._workers.start()
        if "webhooks" in self.settings.features:
            self._couriers.start()
        self._watching = asyncio.create_task(self._watch(), name="watch")
        self._tidying = asyncio.create_task(self._tidy(), name="tidy")
        self._warming = asyncio.create_task(self._warm(), name="warm")
        self.started = True

    def leave(self) -> None:
        """Take no new work, and begin to end what runs; `stop` waits for it."""
        if self._leaving is None:
            self.started = False
            self.jobs.close()
            grace = self.settings.shutdown_grace_seconds
            self._leaving = asyncio.create_task(self._workers.stop(grace), name="leave")

    def hurry(self) -> None:
        """Somebody is in a hurry: give back at once what still runs."""
        self._hurrying = asyncio.create_task(self._workers.abort(), name="hurry")

    async def stop(self) -> None:
        """Let running work end within its grace, give back what does not, and close."""
        self.leave()
        assert self._leaving is not None
        await self._leaving
        for task in (self._watching, self._tidying, self._warming):
            if task is not None:
                task.cancel()
        await self._couriers.stop()
        self.bus.close()
        self.library.close()
        await apart(self.keeper.stop)
        await apart(self.database.close)

    # Work

    async def start_scan(self, by: Context, path: str, *, recursive: bool) -> Answer:
        """Take a scan on; raises `RequestError` for a folder outside of the media roots."""
        folder = await apart(lambda: folder_at(path, self.settings))
        payload = {"path": str(folder), "recursive": recursive}

        def work(change: Change) -> Answer:
            job = self.queue.submit(change, self._scan.job(payload))
            return Answer(status=202, body={"job_id": job.id}, headers={"Location": f"/api/v1/jobs/{job.id}"})

        return await self.database.once(work, by=by)

    async def delete_project(self, by: Context, project_id: str, *, base: int | None) -> Answer:
        """Remove a project and call its work off; its folder is kept, with every revision."""
        await apart(self.keeper.settle)
        why = NotFound.because(
            "project.deleted",
            "The project was deleted.",
            hint="Its folder is kept among the deleted ones, with its documents and renders.",
            path="/project_id",
        )

        def also(change: Change) -> None:
            self.queue.cancel_all(change, project_id, why=why)

        return await self.projects.delete(by, project_id, base=base, also=also)

    async def start_render(self, by: Context, order: RenderOrder, *, webhook: str | None = None) -> Answer:
        """Take a render on; `webhook` is told of its end."""
        also, wrong = self._hooked(webhook)
        return await self.renders.start(by, order, also=also, wrong=wrong)

    async def start_batch(
        self,
        by: Context,
        orders: Sequence[tuple[RenderOrder, str | None]],
        *,
        parallel: int,
        webhook: str | None = None,
    ) -> Answer:
        """Take many renders on, each with its webhook; `webhook` is told when all of them are at rest."""
        items = []
        for order, url in orders:
            also, wrong = self._hooked(url)
            items.append(Wanted(order=order, also=also, wrong=wrong))
        also, wrong = self._hooked(webhook)
        return await self.renders.start_batch(by, items, parallel=parallel, also=also, wrong=wrong)

    def _hooked(self, url: str | None) -> tuple[Also | None, Sequence[Problem]]:
        """What writes a webhook for the end of a job or batch, and why there cannot be one."""
        if url is None:
            return None, ()

        def at_webhook(path: str) -> str:
            return "/webhook" if path == "/url" else path

        def also(change: Change, waited_for: str) -> tuple[dict[str, Any], dict[str, Any]]:
            try:
                made = self.webhooks.create(change, url=url, events=_JOB_ENDS, job_id=waited_for)
            except RequestError as error:
                raise error.placed(at_webhook) from None
            return {"webhook": made.to_json()}, {"webhook": made.repeated()}

        return also, [replace(one, path=at_webhook(one.path)) for one in self._webhook_problems(url)]

    def _webhook_problems(self, url: str) -> Sequence[Problem]:
        if "webhooks" in self.settings.features:
            return self.webhooks.address_problems(url)
        off = Problem(
            code="feature.off",
            path="/webhook",
            message="This service calls no webhooks.",
            hint="Leave it out and follow /ws, or add webhooks to STOAT_FEATURES.",
        )
        return (off,)

    async def contact_sheet(
        self,
        project_id: str,
        *,
        times: str | None,
        every: str | None,
        diff_from: int | None,
        revision: int | None,
        as_jpeg: bool,
    ) -> bytes:
        """Frames at `times` and in each range that changed since `diff_from`, or `every` so often."""
        if every is not None and (times is not None or diff_from is not None):
            raise RequestError.because(
                "look.ambiguous",
                "A sheet shows frames that are named, or one every so often, not both.",
                hint="Leave every out, or ask for it alone.",
                path="/query/every",
            )
        chosen = tuple(part.strip() for part in (times or "").split(",") if part.strip())
        if diff_from is not None:
            spans = (await self.projects.diff(project_id, diff_from, revision))["spans"]
            chosen += tuple(f"{(span['start'] + span['end']) / 2:.6f}" for span in spans)
            if not chosen:
                raise RequestError.because(
                    "look.nothing_changed",
                    "Nothing of the timeline changed.",
                    hint="Look at all of it.",
                    path="/query/diff_from",
                )
        if not chosen and every is None:
            every = await self._step(project_id, revision)
        return await self.pictures.sheet(
            project_id, times=chosen, every=None if chosen else every, revision=revision, as_jpeg=as_jpeg
        )

    async def _step(self, project_id: str, revision: int | None) -> str:
        """So often that a dozen frames show all of a project."""
        document = (await self.projects.get(project_id, revision)).document
        ends = [
            clip["timeline_end"] for track in document.get("tracks", ()) for clip in track.get("clips", ())
        ]
        return f"{max([*ends, 1.0]) / 12:.6f}"

    async def encoders(self) -> dict[str, Any]:
        """What this machine's ffmpeg can encode with."""
        able = (await apart(lambda: capabilities.detect(self.settings))).to_json()
        items = able.get("encoders", [])
        return {"items": items, "total": len(items), "limit": len(items), "offset": 0}

    async def profiles(self) -> dict[str, Any]:
        """The delivery profiles that there are, and what is wrong with others."""
        return (await apart(lambda: shelf(self.settings))).to_json()

    async def presets(self) -> dict[str, Any]:
        """The presets that there are, and what is wrong with others."""
        return (await apart(lambda: preset_shelf.shelf(self.settings))).to_json()

    async def preset(self, name: str) -> Preset:
        """The preset of this name; raises `NotFound`, or `RequestError` when its file is broken."""
        return await apart(lambda: preset_shelf.find(name, self.settings))

    async def _run_scan(self, run: JobRun) -> dict[str, Any]:
        by = Context(actor=run.job.actor, correlation_id=run.job.correlation_id)
        report = await self.library.scan(
            run.payload["path"],
            recursive=run.payload["recursive"],
            by=by,
            job_id=run.job.id,
            on_progress=lambda done: run.report(done.fraction, detail=asdict(done)),
        )
        meters().videos_scanned(report.scanned)
        return report.to_json()

    async def _warm(self) -> None:
        """Ask ffmpeg what it can do before the first edit has to wait for it; if it fails, that will tell.

        What an earlier process left half rendered goes, too, and a large database is looked through.
        """
        await apart(self.renders.tidy)
        with contextlib.suppress(StoatError):
            await self.database.look_through()
        with contextlib.suppress(StoatError, OSError):
            await apart(lambda: capabilities.detect(self.settings))

    async def _watch(self) -> None:
        """Tell those who listen when it is no longer, or again, able to do its work."""
        last: dict[str, str] | None = None
        while True:
            found = await self.health()
            parts = {name: str(check["status"]) for name, check in found["checks"].items()}
            if parts != last:
                data = {"status": found["status"], "checks": found["checks"]}
                self.bus.publish(Event(type="HEALTH_STATUS", data=data))
            last = parts
            await asyncio.sleep(self.settings.health_seconds)

    async def _tidy(self) -> None:
        """Drop what nobody may ask for any more, now and then."""
        while True:
            with contextlib.suppress(StoatError):
                await self.database.write(idempotency.forget_expired)
            await asyncio.sleep(_TIDY_SECONDS)

    # What it is, and how it is

    async def health(self) -> dict[str, Any]:
        """Whether it can do its work, part by part."""
        return await self._health.check()

    async def info(self) -> dict[str, Any]:
        """Versions, what this machine can do, and the features that are on."""
        ffmpeg, able = await self._able()
        return {
            "version": self.version,
            "python": platform.python_version(),
            "core": core.version(),
            "rust_core": core.version(),
            "platform": platform.platform(),
            "ffmpeg": ffmpeg,
            "capabilities": able,
            "features": {name: name in self.settings.features for name in FEATURES},
            "sandbox": {
                "media_roots": len(self.settings.media_roots),
                "max_pixels": self.settings.max_pixels,
                "ffmpeg_memory_mib": self.settings.ffmpeg_memory_mib,
                "ffmpeg_file_mib": self.settings.ffmpeg_file_mib,
            },
        }

    async def _able(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Which ffmpeg there is and what it can do, or why there is none."""
        try:
            able = await apart(lambda: capabilities.detect(self.settings))
        except StoatError as error:
            (problem,) = Discretion(self.settings).problems(error)
            return {"version": None, "problem": problem.to_json()}, {}
        return {"version": able.ffmpeg.version}, _shown(able)

    async def metrics(self) -> tuple[bytes, str]:
        """The metrics in Prometheus' text format, and its media type."""
        return await apart(self.meters.exposition)

    async def state(self) -> dict[str, Any]:
        """Projects, jobs, queue and health in one call."""

        def newest_projects(connection: Connection) -> dict[str, Any]:
            rows = connection.execute(
                select(project_table).order_by(project_table.c.modified_at.desc()).limit(10)
            )
            items = [
                {"id": row.id, "name": row.name, "revision": row.head, "modified_at": row.modified_at}
                for row in rows
            ]
            total = connection.execute(select(func.count()).select_from(project_table)).scalar_one()
            return {"items": items, "total": total}

        found = await self.database.read(newest_projects)
        running = await self.jobs.list(status="running", limit=50, offset=0)
        return {
            "version": self.version,
            "projects": found,
            "jobs": {"running": running["items"], **await self.jobs.stats()},
            "health": await self.health(),
        }


def _shown(able: Capabilities) -> dict[str, Any]:
    """What this machine can do, without where things lie on it."""
    shown = able.to_json()
    shown["ffmpeg"] = {name: shown["ffmpeg"][name] for name in ("version", "major", "minor")}
    shown["fonts"] = [{"family": font.family, "style": font.style} for font in able.fonts]
    return shown
