"""A job: work that was asked for, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stoat_ferret.errors import Problem, RequestError, StoatError
from stoat_ferret.statuses import document, status_of

__all__ = [
    "PRIORITY_LIMIT",
    "TERMINAL",
    "Job",
    "JobStatus",
    "NewJob",
    "Telling",
    "everything",
    "problem_of",
    "stopped_by",
]

PRIORITY_LIMIT = 1000
"""How far a priority may lie from 0, above or below."""


Telling = Callable[[StoatError], Sequence[Problem]]
"""What everybody may read of an error."""


def everything(error: StoatError) -> Sequence[Problem]:
    """All that is wrong, in its own words."""
    return error.problems if isinstance(error, RequestError) else (error.problem(),)


class JobStatus(StrEnum):
    """The one vocabulary for where a job stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


TERMINAL = frozenset(JobStatus) - {JobStatus.PENDING, JobStatus.RUNNING}
"""Where a job rests until somebody asks for it again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    """Work that is asked for."""

    kind: str
    """What is to be done: names the handler."""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """What the handler needs to know, as JSON."""
    priority: int = 0
    """Higher goes first, within `PRIORITY_LIMIT` of 0; among equals, what came first."""
    project_id: str | None = None
    max_attempts: int = 3
    """How often it may be started, where its worker died or the database did not answer."""
    timeout_seconds: float | None = None
    """The longest that one attempt may take; none: as long as it takes."""
    not_before: float = 0.0
    """Unix seconds; it is not started earlier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One job, as it stands."""

    id: str
    kind: str
    status: JobStatus
    priority: int
    """Higher goes first."""
    payload: Mapping[str, Any]
    """What the handler needs to know, as JSON."""
    project_id: str | None
    batch_id: str | None = None
    """The batch that it is one of."""
    batch_parallel: int | None = None
    """How many of its batch may run at the same time."""
    actor: str
    """On whose behalf."""
    correlation_id: str | None
    """Joins it to the request that asked for it."""
    progress: float = 0.0
    """0 to 1."""
    eta_seconds: float | None = None
    """Seconds until it is done, as far as can be told."""
    attempt: int = 0
    """How often it was started."""
    max_attempts: int
    """How often it may be started before somebody asks for it again."""
    fence: int = 0
    """Grows with every claim: what an earlier holder writes is refused."""
    worker: str | None = None
    """Who holds it."""
    lease_until: float | None = None
    """Unix seconds; after it, another worker may take it."""
    not_before: float = 0.0
    """Unix seconds; it is not started earlier."""
    timeout_seconds: float | None
    """The longest that one attempt may take."""
    cancel_requested: bool = False
    """Its worker was asked to stop."""
    checkpoint: Any = None
    """What an earlier attempt kept for the next one, as JSON."""
    result: Mapping[str, Any] | None = None
    """What came of it, as JSON."""
    problem: Mapping[str, Any] | None = None
    """Why nothing came of it, as JSON."""
    created_at: str
    started_at: str | None = None
    """When the newest attempt began."""
    completed_at: str | None = None
    """When it came to rest."""

    @property
    def is_terminal(self) -> bool:
        """Nothing more happens to it by itself."""
        return self.status in TERMINAL

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it."""
        shown: dict[str, Any] = {
            "job_id": self.id,
            "kind": self.kind,
            "status": self.status.value,
            "progress": round(self.progress, 4),
            "eta_seconds": None if self.eta_seconds is None else round(self.eta_seconds, 1),
            "attempt": self.attempt,
            "result": self.result,
            "problem": self.problem,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "completed_at": self.completed_at,
        }
        if self.project_id is not None:
            shown["project_id"] = self.project_id
        if self.batch_id is not None:
            shown["batch_id"] = self.batch_id
        return shown


def problem_of(error: Exception, job_id: str, telling: Telling = everything) -> dict[str, Any]:
    """Why a job failed, in the one shape of problems; what was not foreseen tells nothing of itself.

    `telling` is what may be read of an error.
    """
    if isinstance(error, StoatError):
        return document(status_of(error), telling(error), instance=_instance(job_id))
    unforeseen = Problem(
        code="internal",
        path="",
        message="The job failed for a reason that was not foreseen.",
        hint="The server's log says more under the job's id; please report it.",
    )
    return document(500, (unforeseen,), instance=_instance(job_id))


def stopped_by(status: int, problem: Problem, job_id: str) -> dict[str, Any]:
    """Why the engine itself ended a job, in the same shape."""
    return document(status, (problem,), instance=_instance(job_id))


def _instance(job_id: str) -> str:
    return f"urn:stoat:job:{job_id}"
