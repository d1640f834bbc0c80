"""What does the work of one kind of job, and what it is given."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stoat_ferret.errors import LeaseLost
from stoat_ferret.jobs.clock import Clock
from stoat_ferret.jobs.job import Job, NewJob
from stoat_ferret.jobs.queue import Also, Queue, Report

__all__ = ["Done", "Handler", "JobRun", "Result", "Stop"]

Result = Mapping[str, Any]
"""What came of a job, as JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What came of a job, with what else is to be written in the same transaction."""

    result: Result = field(default_factory=dict)
    """As JSON."""
    also: Also | None = None
    """Writes more; when it raises, the job fails and nothing of it is written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handler:
    """Does the jobs of one kind."""

    kind: str
    """Names it: `scan`, `render`, ..."""
    run: Callable[[JobRun], Awaitable[Result | Done]]
    """Does one job: a task that is cancelled when the job is, and started again when its process died."""
    max_attempts: int = 3
    """How often a job may be started, where its worker died or the database did not answer."""
    timeout_seconds: float | None = None
    """The longest that one attempt may take; none: as long as it takes."""
    parallel: int | None = None
    """How many of them run at the same time in one pool; none: as many as the pool has workers."""

    def job(self, payload: Mapping[str, Any], **others: Any) -> NewJob:
        """A job for this handler; `others` are fields of `NewJob`."""
        limits = {"max_attempts": self.max_attempts, "timeout_seconds": self.timeout_seconds}
        return NewJob(kind=self.kind, payload=payload, **(limits | others))


class Stop:
    """Why a run is to end before it is done; the first reason stands, but a lost lease outranks all."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    RELEASED = "released"
    LOST = "lost"


class JobRun:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, job: Job, *, queue: Queue, clock: Clock) -> None:
        self._job = job
        self._queue = queue
        self._clock = clock
        self.started = clock.monotonic()
        """When it began, by the monotonic clock."""
        self.renewed = self.started
        """When its lease was last renewed, by the monotonic clock."""
        self.stop: str | None = None
        """Why it is to end before it is done: one of `Stop`."""
        self.ending = asyncio.Event()
        """Set once it is to end."""
        self.news = asyncio.Event()
        """Set while there is progress that was not written."""
        self.task: asyncio.Task[Result | Done] | None = None
        """What runs the handler."""
        self._latest: Report | None = None

    @property
    def job(self) -> Job:
        """The job as it was claimed; its `checkpoint` is what an earlier attempt kept."""
        return self._job

    @property
    def payload(self) -> Mapping[str, Any]:
        """What is to be done, as JSON."""
        return self._job.payload

    @property
    def cancelled(self) -> bool:
        """It is to end; for work that no cancelled task can reach, such as a thread's."""
        return self.stop is not None

    def report(
        self, fraction: float, eta_seconds: float | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Tell how far it is, 0 to 1; costs nothing: about twice a second the latest is written.

        Without `eta_seconds` the time left follows from the time that it took so far.
        For the event loop's thread.
        """
        fraction = min(1.0, max(0.0, fraction)) if math.isfinite(fraction) else 0.0
        elapsed = self._clock.monotonic() - self.started
        if eta_seconds is None and fraction > 0:
            eta_seconds = elapsed / fraction * (1 - fraction)
        if eta_seconds is not None:
            eta_seconds = max(0.0, eta_seconds) if math.isfinite(eta_seconds) else None
        self._latest = Report(progress=fraction, eta_seconds=eta_seconds, detail=detail)
        self.news.set()

    async def progress(
        self, fraction: float, eta_seconds: float | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Like `report`, and a place at which the run can be cancelled."""
        self.report(fraction, eta_seconds, detail)
        await asyncio.sleep(0)

    async def checkpoint(self, kept: Any) -> None:
        """Keep something for the next attempt, at once; as JSON."""
        await self.write(Report(checkpoint=kept))

    async def flush(self) -> None:
        """Write the latest progress, if there is some, with the heartbeat."""
        latest = self._latest
        self.news.clear()
        await self.write(latest or Report())
        if self._latest is latest:
            self._latest = None

    async def write(self, report: Report) -> None:
        """One heartbeat; a lease that was lost, or a wish to cancel, ends the run."""
        asked = self._clock.monotonic()
        try:
            stands = await self._queue.heartbeat(self._job, report)
        except LeaseLost:
            self.end(Stop.LOST)
            raise
        self.renewed = asked
        if stands.cancel_requested:
            self.end(Stop.CANCELLED)
        self._job = replace(self._job, checkpoint=stands.checkpoint)

    def end(self, why: str) -> None:
        """Ask the handler to end; once, for a second time would disturb how it cleans up."""
        first = self.stop is None
        if first or why == Stop.LOST:
            self.stop = why
        self.ending.set()
        if first and self.task is not None:
            self.task.cancel()
