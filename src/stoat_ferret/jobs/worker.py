"""The embedded engine: workers of this process that empty a queue."""

from __future__ import annotations

import asyncio
import functools
import math
import os
import secrets
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

import structlog

from stoat_ferret.errors import DatabaseFull, DatabaseUnavailable, LeaseLost, StoatError
from stoat_ferret.jobs.clock import Clock, SystemClock
from stoat_ferret.jobs.handler import Done, Handler, JobRun, Result, Stop
from stoat_ferret.jobs.job import Job, Telling, everything, problem_of
from stoat_ferret.jobs.queue import Queue
from stoat_ferret.model.event import Event
from stoat_ferret.telemetry import bound

__all__ = ["Workers", "worker_name"]

_log = structlog.get_logger(__name__)
_AWAY = (DatabaseUnavailable, DatabaseFull)
"""The database does not do its part for now: nothing is wrong with the job."""

_POLL = 1.0
"""Seconds: what other processes submit, and what was to start later, is found so soon."""
_BACK_OFF = (0.25, 5.0)
"""Seconds between tries of a database that is away: the first, and the longest."""
_PROGRESS_EVERY = 0.5
"""Seconds between two writes of a job's progress."""
_DEFER = 10.0
"""Seconds before a job is tried again for which the database was away; longer with every attempt."""
_WIND_DOWN = 7.0
"""Seconds in which a cancelled handler ends: longer than ffmpeg is asked before it is killed."""
_ABORT = 0.8
"""Seconds in which it ends when nobody waits any more; the process is gone within 2 s."""

T = TypeVar("T")


def worker_name() -> str:
    """A name that no other process has, and no other boot of this one."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(6)}"


class Workers:
    """A pool that claims jobs and runs their handlers as tasks of the event loop."""

    def __init__(
        self,
        queue: Queue,
        handlers: Iterable[Handler],
        *,
        count: int = 2,
        heartbeat_seconds: float = 5.0,
        sole: bool = True,
        name: str | None = None,
        clock: Clock | None = None,
        telling: Telling = everything,
    ) -> None:
        """`sole`: no other process works on this queue, so what runs at the start is orphaned.

        `telling` is what may be read of the error of a job that failed.
        """
        self.name = name or worker_name()
        self._queue = queue
        self._handlers = {handler.kind: handler for handler in handlers}
        self._count = count
        self._heartbeat = heartbeat_seconds
        self._sole = sole
        self._clock = clock or SystemClock()
        self._telling = telling
        self._runs: dict[tuple[str, int], JobRun] = {}
        self._attempts: set[asyncio.Task[None]] = set()
        self._claiming: asyncio.Task[None] | None = None
        self._reclaiming: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = asyncio.Event()
        self._aborted = asyncio.Event()
        self._leave: Callable[[], None] = lambda: None

    @property
    def running(self) -> tuple[Job, ...]:
        """What is worked on now."""
        return tuple(run.job for run in self._runs.values())

    def start(self) -> None:
        """Begin to work, in the running event loop."""
        loop = asyncio.get_running_loop()

        def watch(event: Event) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._heard, event)

        self._leave = self._queue.watch(watch)
        self._claiming = asyncio.create_task(self._claim_jobs(), name="jobs-claim")
        self._reclaiming = asyncio.create_task(self._reclaim_jobs(), name="jobs-reclaim")

    async def stop(self, grace_seconds: float = 20.0) -> None:
        """Take no new work, let running jobs end for so long, then give back what still runs.

        Returns some seconds after the grace at the latest, and soon after `abort`.
        """
        self._stopping.set()
        self._wake.set()
        if self._claiming is not None:
            # A claim that is under way is acknowledged, and its job given back.
            await asyncio.wait([self._claiming])
        await self._first(self._idle.wait(), self._aborted.wait(), seconds=grace_seconds)
        await self._give_back(_WIND_DOWN)

    async def abort(self) -> None:
        """Give back at once what still runs; a handler that does not end within 2 s is left behind."""
        self._stopping.set()
        self._wake.set()
        self._aborted.set()
        await self._give_back(_ABORT)

    async def _give_back(self, seconds: float) -> None:
        for run in self._runs.values():
            run.end(Stop.RELEASED)
        await self._first(self._idle.wait(), seconds=seconds)
        self._leave()
        loops = {task for task in (self._claiming, self._reclaiming) if task is not None}
        for task in (left := self._attempts | loops):
            task.cancel()
        if left:
            await asyncio.wait(left)

    def _heard(self, event: Event) -> None:
        """What others did with a job."""
        if event.type == "JOB_QUEUED":
            self._wake.set()
        elif event.data.get("cancel_requested"):
            for run in self._runs.values():
                if run.job.id == event.job_id:
                    run.end(Stop.CANCELLED)

    # Finding work

    async def _claim_jobs(self) -> None:
        if self._sole:
            await self._insist(lambda: self._queue.reclaim(orphans=True), until=self._stopping)
        pause = 0.0
        while not self._stopping.is_set():
            self._wake.clear()
            job = None
            try:
                if kinds := self._free():
                    job = await self._queue.claim(self.name, kinds)
                pause = 0.0
            except Exception as error:
                pause = _longer(pause)
                _tell_trouble("job_claim_failed", error, retry_seconds=pause)
            if job is None:
                await self._first(self._wake.wait(), seconds=pause or _POLL)
            elif self._stopping.is_set():
                await self._insist(functools.partial(self._queue.release, job), until=self._aborted)
            else:
                self._begin(job)

    def _free(self) -> list[str]:
        """The kinds of which one more may run."""
        if len(self._runs) >= self._count:
            return []
        running = Counter(run.job.kind for run in self._runs.values())
        return [
            kind
            for kind, handler in self._handlers.items()
            if handler.parallel is None or running[kind] < handler.parallel
        ]

    async def _reclaim_jobs(self) -> None:
        while True:
            await self._clock.sleep(self._queue.lease_seconds / 3)
            # What still winds down here is not begun a second time beside itself.
            held = {job_id for job_id, _ in self._runs}
            try:
                for job in await self._queue.reclaim(spare=held):
                    _log.warning("job_reclaimed", job_id=job.id, job_kind=job.kind, status=job.status.value)
            except Exception as error:
                _tell_trouble("job_reclaim_failed", error)

    # One attempt

    def _begin(self, job: Job) -> None:
        run = JobRun(job, queue=self._queue, clock=self._clock)
        key = (job.id, job.fence)
        self._runs[key] = run
        self._idle.clear()
        attempt = asyncio.create_task(self._attempt(run), name=f"job-{job.id}")
        self._attempts.add(attempt)

        def ended(_: object) -> None:
            self._attempts.discard(attempt)
            del self._runs[key]
            if not self._runs:
                self._idle.set()
            self._wake.set()

        attempt.add_done_callback(ended)

    async def _attempt(self, run: JobRun) -> None:
        job = run.job
        with bound(
            job_id=job.id,
            project_id=job.project_id,
            actor=job.actor,
            correlation_id=job.correlation_id,
        ):
            _log.info("job_started", kind=job.kind, attempt=job.attempt)
            run.task = asyncio.create_task(_call(self._handlers[job.kind], run))
            if run.ending.is_set():
                run.task.cancel()
            helpers = [asyncio.create_task(self._keep(run)), asyncio.create_task(self._press(run))]
            try:
                await asyncio.wait([run.task])
                # The lease is kept until the end is written.
                await self._settle(run, run.task)
            finally:
                for task in (run.task, *helpers):
                    task.cancel()

    async def _keep(self, run: JobRun) -> None:
        """Renew the lease and write progress, until the lease is lost; stop what takes too long."""
        written, pause = run.started - _PROGRESS_EVERY, 0.0
        deadline = run.started + (run.job.timeout_seconds or math.inf)
        while run.stop != Stop.LOST:
            due = min(run.renewed + self._heartbeat, deadline) - self._clock.monotonic()
            if pause or due > 0:
                await self._first(*(() if pause else (run.news.wait(),)), seconds=pause or due)
            if (early := written + _PROGRESS_EVERY - self._clock.monotonic()) > 0:
                await self._clock.sleep(early)
            now = self._clock.monotonic()
            if now >= deadline:
                deadline = math.inf
                run.end(Stop.TIMEOUT)
            try:
                await run.flush()
                written, pause = now, 0.0
            except LeaseLost:
                _log.warning("job_lease_lost")
            except Exception as error:
                pause = _longer(pause)
                _tell_trouble("job_heartbeat_failed", error, retry_seconds=pause)
                if self._clock.monotonic() - run.renewed >= self._queue.lease_seconds:
                    run.end(Stop.LOST)

    async def _press(self, run: JobRun) -> None:
        """Cancel again what caught its cancellation."""
        await run.ending.wait()
        while run.task is not None:
            await self._clock.sleep(_WIND_DOWN)
            run.task.cancel()

    async def _settle(self, run: JobRun, task: asyncio.Task[Result | Done]) -> None:
        """Write how it ended."""
        if run.stop == Stop.LOST:
            _log.warning("job_dropped", reason="its lease was lost")
            return
        ending = self._ending(run, task)
        ended = await self._insist(ending, until=self._aborted)
        if ended is not None:
            _log.info("job_ended", status=ended.status.value)

    def _ending(self, run: JobRun, task: asyncio.Task[Result | Done]) -> Callable[[], Awaitable[Job]]:
        """How to write what became of the handler."""
        queue, job = self._queue, run.job
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if error is None:
            return functools.partial(self._complete, job, task.result())
        match run.stop:
            case Stop.CANCELLED:
                return functools.partial(queue.stopped, job)
            case Stop.TIMEOUT:
                return functools.partial(queue.time_out, job)
            case Stop.RELEASED:
                return functools.partial(queue.release, job)
        if isinstance(error, _AWAY):
            return functools.partial(
                queue.defer, job, problem_of(error, job.id, self._telling), seconds=_DEFER * job.attempt
            )
        return functools.partial(queue.fail, job, self._told(error, job.id))

    async def _complete(self, job: Job, outcome: Result | Done) -> Job:
        done = outcome if isinstance(outcome, Done) else Done(result=outcome)
        try:
            return await self._queue.complete(job, done.result, done.also)
        except (*_AWAY, LeaseLost):
            raise
        except Exception as error:
            return await self._queue.fail(job, self._told(error, job.id))

    def _told(self, error: BaseException, job_id: str) -> dict[str, Any]:
        """Why a job failed; what was not foreseen goes to the log, and nothing of it anywhere else."""
        shown = error if isinstance(error, Exception) else RuntimeError("the handler cancelled itself")
        if isinstance(shown, StoatError):
            _log.warning("job_failed", error=str(shown))
        else:
            _log.error("job_crashed", exc_info=shown)
        return problem_of(shown, job_id, self._telling)

    # Time and trouble

    async def _insist(self, step: Callable[[], Awaitable[T]], *, until: asyncio.Event) -> T | None:
        """Do something with the queue, again and again while the database is away."""
        pause = 0.0
        while True:
            try:
                return await step()
            except LeaseLost:
                _log.warning("job_dropped", reason="another worker took it")
                return None
            except _AWAY as error:
                pause = _longer(pause)
                _tell_trouble("job_write_failed", error, retry_seconds=pause)
            if until.is_set():
                return None
            await self._first(until.wait(), seconds=pause)

    async def _first(self, *waits: Coroutine[Any, Any, Any], seconds: float) -> None:
        """Wait for whatever comes first, and so long at most."""
        tasks = [asyncio.ensure_future(wait) for wait in (*waits, self._clock.sleep(seconds))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()


async def _call(handler: Handler, run: JobRun) -> Result | Done:
    return await handler.run(run)


def _tell_trouble(what: str, error: Exception, **more: Any) -> None:
    """Log what the engine survives; the traceback only of what was not foreseen."""
    if isinstance(error, StoatError):
        _log.warning(what, error=str(error), **more)
    else:
        _log.error(what, exc_info=error, **more)


def _longer(pause: float) -> float:
    shortest, longest = _BACK_OFF
    return min(longest, pause * 2 or shortest)
