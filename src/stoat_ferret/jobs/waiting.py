"""Waiting for jobs: by their events, not by asking again and again."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable

from stoat_ferret.jobs.clock import Clock, SystemClock
from stoat_ferret.jobs.job import Job
from stoat_ferret.jobs.queue import Queue
from stoat_ferret.model.event import Event

__all__ = ["Waiting"]

_ENDS = frozenset({"JOB_COMPLETED", "JOB_FAILED", "JOB_CANCELLED"})


class Waiting:
    """Those who wait for jobs, in one event loop."""

    def __init__(self, queue: Queue, *, clock: Clock | None = None) -> None:
        self._queue = queue
        self._clock = clock or SystemClock()
        self._waiters: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._leave: Callable[[], None] | None = None

    def close(self) -> None:
        """Answer everybody now, with the job as it stands."""
        if self._leave is not None:
            self._leave()
            self._leave = None
        for ends in self._waiters.values():
            for end in ends:
                end.set()

    async def wait(self, job_id: str, seconds: float) -> Job:
        """The job as soon as it is at rest, or as it stands after `seconds`.

        Raises `NotFound`.
        """
        self._listen()
        end = asyncio.Event()
        waiters = self._waiters[job_id]
        # Before the job is read: an end between the two is not missed.
        waiters.add(end)
        try:
            job = await self._queue.get(job_id)
            if job.is_terminal or seconds <= 0:
                return job
            await self._either(end, seconds)
            return await self._queue.get(job_id)
        finally:
            waiters.discard(end)
            if not waiters:
                self._waiters.pop(job_id, None)

    def _listen(self) -> None:
        if self._leave is not None:
            return
        loop = asyncio.get_running_loop()

        def watch(event: Event) -> None:
            if event.type in _ENDS and not loop.is_closed():
                loop.call_soon_threadsafe(self._ended, event.job_id)

        self._leave = self._queue.watch(watch)

    def _ended(self, job_id: str | None) -> None:
        for end in self._waiters.get(job_id or "", ()):
            end.set()

    async def _either(self, end: asyncio.Event, seconds: float) -> None:
        waits = [asyncio.ensure_future(wait) for wait in (end.wait(), self._clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
