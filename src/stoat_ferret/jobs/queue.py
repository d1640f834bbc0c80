"""The seam of the job engine: what a queue promises, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stoat_ferret.errors import NotFound, Problem, StoatError
from stoat_ferret.jobs.batch import Batch
from stoat_ferret.jobs.job import Job, JobStatus, NewJob
from stoat_ferret.model.event import Event
from stoat_ferret.storage.change import Change

__all__ = [
    "Also",
    "JobQuery",
    "JobWatcher",
    "Jobs",
    "Queue",
    "Report",
    "Stats",
    "unknown_batch",
    "unknown_job",
]

Also = Callable[[Change], None]
"""What else is written together with a job's end, or not at all."""

JobWatcher = Callable[[Event], None]
"""Is told of every step of every job, once it is durable; in any thread, so it must not block."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a worker tells of a job while it runs; what is none stays as it was."""

    progress: float | None = None
    """0 to 1."""
    eta_seconds: float | None = None
    """Seconds until it is done; counts only together with `progress`."""
    detail: Mapping[str, Any] | None = None
    """More for those who listen; it is not kept with the job."""
    checkpoint: Any = None
    """For the next attempt, as JSON."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobQuery:
    """Which jobs are listed, newest first."""

    status: JobStatus | None = None
    kind: str | None = None
    project_id: str | None = None
    limit: int = 50
    offset: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Jobs:
    """One page of a list of jobs."""

    items: tuple[Job, ...]
    total: int
    """How many there are on all pages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stats:
    """How full a queue is."""

    pending: int
    running: int
    depth: int
    """How many may be pending and running together."""
    by_kind: Mapping[str, Mapping[str, int]]
    """Kind, then status, then how many jobs."""


class Queue(Protocol):
    """Jobs that wait, run and rest.

    What takes a `Change` is part of it: done together with everything else of it, or not at all.
    What takes `held` is refused with `LeaseLost` once another worker claimed the job, or it came to rest.
    All that goes to a database raises `DatabaseUnavailable` or `DatabaseFull` when that does not do its part.
    """

    @property
    def lease_seconds(self) -> float:
        """How long a worker may be silent before its job is taken from it."""
        ...

    def submit(self, change: Change, new: NewJob) -> Job:
        """Ask for work; raises `TooManyRequests` (`queue.full`) when too much waits already."""
        ...

    def submit_batch(self, change: Change, news: Sequence[NewJob], *, parallel: int) -> Batch:
        """Ask for much work at once, of which `parallel` jobs run at the same time at most.

        Raises `TooManyRequests` (`queue.full`) when there is not room for all of it.
        """
        ...

    def cancel_batch(self, change: Change, batch_id: str) -> Batch:
        """Cancel all of a batch that waits or runs.

        Raises `NotFound`, or `Conflict` (`batch.wrong_state`) when all of it is at rest.
        """
        ...

    def cancel(self, change: Change, job_id: str, *, why: StoatError | None = None) -> Job:
        """Not wanted any more; raises `NotFound` or `Conflict` (`job.wrong_state`).

        `why` is told of the job where nobody called it off for its own sake.
        """
        ...

    def cancel_all(self, change: Change, project_id: str, *, why: StoatError) -> list[Job]:
        """Cancel all that waits or runs of a project."""
        ...

    def retry(self, change: Change, job_id: str) -> Job:
        """Wanted again; raises `NotFound`, `Conflict` (`job.wrong_state`) or `TooManyRequests`."""
        ...

    async def claim(self, worker: str, kinds: Collection[str]) -> Job | None:
        """Take the next job of one of these kinds, if there is one that may start now."""
        ...

    async def heartbeat(self, held: Job, report: Report | None = None) -> Job:
        """Keep a job for another lease, and tell how far it is; the job as it stands."""
        ...

    async def complete(self, held: Job, result: Mapping[str, Any], also: Also | None = None) -> Job:
        """It is done; raises what `also` raises, and then nothing is written."""
        ...

    async def fail(self, held: Job, problem: Mapping[str, Any]) -> Job:
        """It cannot be done."""
        ...

    async def time_out(self, held: Job) -> Job:
        """It took longer than it may."""
        ...

    async def stopped(self, held: Job) -> Job:
        """It ended because somebody cancelled it."""
        ...

    async def release(self, held: Job) -> Job:
        """Give it back, as if this attempt had not been."""
        ...

    async def defer(self, held: Job, problem: Mapping[str, Any], *, seconds: float) -> Job:
        """Try again later; it fails with `problem` when it may not be started again."""
        ...

    async def reclaim(self, *, orphans: bool = False, spare: Collection[str] = ()) -> list[Job]:
        """Take running jobs whose lease is over from their workers; those that were taken.

        With `orphans`, whatever their lease says. Never those with an id in `spare`.
        """
        ...

    async def get(self, job_id: str) -> Job:
        """The job as it stands; raises `NotFound`."""
        ...

    async def batch(self, batch_id: str) -> Batch:
        """The batch as it stands; raises `NotFound`."""
        ...

    async def find(self, query: JobQuery) -> Jobs:
        """List jobs."""
        ...

    async def stats(self) -> Stats:
        """Count jobs."""
        ...

    def watch(self, watcher: JobWatcher) -> Callable[[], None]:
        """Tell `watcher` of every step from now on; call what is returned to stop that."""
        ...


def unknown_job(job_id: str) -> NotFound:
    """There is no such job."""
    problem = Problem(
        code="job.not_found",
        path="/job_id",
        message=f"There is no job {job_id}.",
        hint="GET /api/v1/jobs lists the jobs.",
    )
    return NotFound(problems=(problem,))


def unknown_batch(batch_id: str) -> NotFound:
    """There is no such batch."""
    return NotFound.named(
        "batch",
        batch_id,
        hint="GET /api/v1/jobs lists the jobs, and each of a batch names it; one without jobs is gone.",
        path="/batch_id",
    )
