"""What the job of a render does: its order becomes a finished file, or a problem and no file."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from stoat_ferret import compile as core
from stoat_ferret import outputs, preflight
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import DatabaseFull, DatabaseUnavailable, RequestError, StoatError
from stoat_ferret.jobs.handler import Done, Handler, JobRun
from stoat_ferret.jobs.job import Job
from stoat_ferret.model.event import Event
from stoat_ferret.model.plan import Target
from stoat_ferret.outputs import name_of, place_of, series_at
from stoat_ferret.progress import Progress
from stoat_ferret.projects import Projects
from stoat_ferret.rendering import RenderReport, render
from stoat_ferret.telemetry import meters

__all__ = ["Fulfilling"]

_DATABASE_SECONDS = 0.5
"""Between two tries of a database that is away."""
_FRAME_SECONDS = 0.5
"""Between two events that tell which frame a render has reached."""

_log = structlog.get_logger(__name__)


class Fulfilling:
    """Carries out the jobs of renders."""

    def __init__(
        self,
        projects: Projects,
        settings: Settings,
        *,
        tell: Callable[[Event], None] = lambda event: None,
    ) -> None:
        """`tell` tells those who listen now which frame a render has reached."""
        self._projects = projects
        self._settings = settings
        self._tell = tell

    @property
    def handler(self) -> Handler:
        """What runs a render; one worker is left to other work, which a long render does not keep waiting."""
        return Handler(
            kind="render",
            run=self._run,
            max_attempts=self._settings.job_attempts,
            timeout_seconds=self._settings.job_timeout_seconds,
            parallel=max(1, self._settings.workers - 1),
        )

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
        place, series = place_of(run.job), series_at(run.job)
        await apart(lambda: outputs.release(run.job))
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            report = await render(
                document,
                output=place if series is None else place / run.payload["files"],
                target=Target.from_json(payload["target"]),
                settings=self._settings,
                frames=payload["range"],
                overwrite=payload["overwrite"],
                on_progress=_Telling(run, self._tell),
                on_finished=_Marking(run),
            )
        except RequestError as error:
            raise _worded(error, name_of(run.job)) from error
        return Done(result=_result(run.job, report))


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
    series = series_at(job)
    first = None if series is None else series.first
    return {
        "output": name_of(job),
        "url": f"/api/v1/render/{job.id}/output" + ("" if first is None else f"/{first}"),
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


def _worded(error: RequestError, name: str) -> RequestError:
    """A name that was taken after the order, in words that tell of no place and no command line."""
    problems = (
        preflight.exists(name, "/output") if problem.code == "output.exists" else problem
        for problem in error.problems
    )
    return replace(error, problems=tuple(problems))
