"""A batch: jobs that were asked for together, read as one.

It is nothing but its jobs: each of them carries the batch's id and limit, and is a job like any other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from stoat_ferret.jobs.job import Job, JobStatus

__all__ = ["Batch"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Jobs of one order."""

    id: str
    parallel: int
    """How many of them may run at the same time."""
    jobs: tuple[Job, ...]
    """In the order of the order, without those that were deleted; at least one."""

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs stand where."""
        found = Counter(job.status for job in self.jobs)
        return {status.value: found[status] for status in JobStatus}

    @property
    def is_terminal(self) -> bool:
        """Nothing more happens to it by itself."""
        return all(job.is_terminal for job in self.jobs)

    @property
    def status(self) -> JobStatus:
        """Where it stands as a whole, in the words of jobs; at rest, what is worst of its jobs.

        Once something was begun it runs, until all is at rest.
        """
        found = {job.status for job in self.jobs}
        if not self.is_terminal:
            return JobStatus.PENDING if found == {JobStatus.PENDING} else JobStatus.RUNNING
        if found & {JobStatus.FAILED, JobStatus.TIMEOUT}:
            return JobStatus.FAILED
        return JobStatus.CANCELLED if JobStatus.CANCELLED in found else JobStatus.COMPLETED

    @property
    def progress(self) -> float:
        """How far it is, 0 to 1: the mean of its jobs, where one at rest has nothing left to do."""
        return sum(1.0 if job.is_terminal else job.progress for job in self.jobs) / len(self.jobs)

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it, without its jobs."""
        ends = [job.completed_at for job in self.jobs if job.completed_at is not None]
        return {
            "batch_id": self.id,
            "status": self.status.value,
            "progress": round(self.progress, 4),
            "parallel": self.parallel,
            "total": len(self.jobs),
            "counts": self.counts,
            "created_at": min(job.created_at for job in self.jobs),
            "completed_at": max(ends, default=None) if self.is_terminal else None,
        }
