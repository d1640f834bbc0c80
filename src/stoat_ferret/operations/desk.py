"""Jobs as the doors see them: listed, waited for, called off, started again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stoat_ferret.jobs.job import Job, JobStatus
from stoat_ferret.jobs.queue import JobQuery, Queue
from stoat_ferret.jobs.waiting import Waiting
from stoat_ferret.model.event import Context
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.idempotency import Answer

__all__ = ["JobDesk", "Repeatable"]

Repeatable = Callable[[Change, Job], None]
"""Raises where a job of its kind cannot be begun again."""


class JobDesk:
    """The use cases of jobs that are not about one kind of work."""

    def __init__(
        self, database: Database, queue: Queue, *, repeatable: Mapping[str, Repeatable] | None = None
    ) -> None:
        """`repeatable` judges, by the kind of a job, whether it can be begun again."""
        self._database = database
        self._queue = queue
        self._repeatable = dict(repeatable or {})
        self._waiting = Waiting(queue)

    def close(self) -> None:
        """Answer everybody who waits."""
        self._waiting.close()

    async def get(self, job_id: str) -> Job:
        """A job as it stands; raises `RequestError`."""
        return await self._queue.get(job_id)

    async def wait(self, job_id: str, seconds: float) -> Job:
        """A job as soon as it is done, or as it stands after `seconds`; raises `RequestError`."""
        return await self._waiting.wait(job_id, seconds)

    async def list(
        self,
        *,
        status: str | None = None,
        kind: str | None = None,
        project_id: str | None = None,
        limit: int,
        offset: int,
    ) -> dict[str, Any]:
        """Jobs, newest first."""
        query = JobQuery(
            status=None if status is None else JobStatus(status),
            kind=kind,
            project_id=project_id,
            limit=limit,
            offset=offset,
        )
        page = await self._queue.find(query)
        return {
            "items": [job.to_json() for job in page.items],
            "total": page.total,
            "limit": limit,
            "offset": offset,
        }

    async def stats(self) -> dict[str, Any]:
        """How much waits and runs."""
        stats = await self._queue.stats()
        return {
            "pending": stats.pending,
            "running": stats.running,
            "depth": stats.depth,
            "by_kind": {kind: dict(counts) for kind, counts in stats.by_kind.items()},
        }

    async def cancel(self, job_id: str, by: Context) -> Answer:
        """Not wanted any more; raises `RequestError`."""
        return await self._change(by, lambda change: self._queue.cancel(change, job_id))

    async def retry(self, job_id: str, by: Context) -> Answer:
        """Wanted again; raises `RequestError`, or `TooManyRequests`."""

        def again(change: Change) -> Job:
            job = self._queue.retry(change, job_id)
            if (judge := self._repeatable.get(job.kind)) is not None:
                judge(change, job)
            return job

        return await self._change(by, again, status=202)

    async def _change(self, by: Context, work: Callable[[Change], Job], *, status: int = 200) -> Answer:
        def done(change: Change) -> Answer:
            job = work(change)
            return Answer(status=status, body=job.to_json(), headers={"Location": f"/api/v1/jobs/{job.id}"})

        return await self._database.once(done, by=by)
