"""What may become of a job: the one table of its steps, and each step as a function from job to job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from stoat_ferret.errors import Conflict, LeaseLost, Problem
from stoat_ferret.jobs.job import Job, JobStatus, stopped_by

__all__ = [
    "STEPS",
    "Step",
    "ask_to_cancel",
    "cancel",
    "claim",
    "complete",
    "defer",
    "fail",
    "reclaim",
    "release",
    "renew",
    "retry",
    "time_out",
]

_PENDING, _RUNNING = JobStatus.PENDING, JobStatus.RUNNING


class Step(StrEnum):
    """What can be done with a job."""

    CLAIM = "claimed"
    RENEW = "renewed"
    COMPLETE = "completed"
    FAIL = "failed"
    TIME_OUT = "timed out"
    ASK_TO_CANCEL = "cancelled"
    CANCEL = "stopped"
    RELEASE = "released"
    DEFER = "deferred"
    RECLAIM = "reclaimed"
    RETRY = "retried"


STEPS: Mapping[Step, Mapping[JobStatus, frozenset[JobStatus]]] = {
    Step.CLAIM: {_PENDING: frozenset({_RUNNING})},
    Step.RENEW: {_RUNNING: frozenset({_RUNNING})},
    Step.COMPLETE: {_RUNNING: frozenset({JobStatus.COMPLETED})},
    Step.FAIL: {_RUNNING: frozenset({JobStatus.FAILED})},
    Step.TIME_OUT: {_RUNNING: frozenset({JobStatus.TIMEOUT})},
    Step.ASK_TO_CANCEL: {_PENDING: frozenset({JobStatus.CANCELLED}), _RUNNING: frozenset({_RUNNING})},
    Step.CANCEL: {_RUNNING: frozenset({JobStatus.CANCELLED})},
    Step.RELEASE: {_RUNNING: frozenset({_PENDING, JobStatus.CANCELLED})},
    Step.DEFER: {_RUNNING: frozenset({_PENDING, JobStatus.FAILED, JobStatus.CANCELLED})},
    Step.RECLAIM: {_RUNNING: frozenset({_PENDING, JobStatus.FAILED, JobStatus.CANCELLED})},
    Step.RETRY: dict.fromkeys(
        (JobStatus.FAILED, JobStatus.TIMEOUT, JobStatus.CANCELLED), frozenset({_PENDING})
    ),
}
"""From where each step leads, and where to; anything else is refused."""


def claim(job: Job, *, worker: str, lease_until: float, at: str) -> Job:
    """A worker takes it: an attempt begins, under a fence of its own."""
    return _step(
        Step.CLAIM,
        job,
        JobStatus.RUNNING,
        worker=worker,
        lease_until=lease_until,
        fence=job.fence + 1,
        attempt=job.attempt + 1,
        progress=0.0,
        eta_seconds=None,
        problem=None,
        started_at=at,
    )


def renew(
    job: Job,
    *,
    fence: int,
    lease_until: float,
    progress: float | None = None,
    eta_seconds: float | None = None,
    checkpoint: Any = None,
) -> Job:
    """Its worker is alive, and tells how far it is; what is none stays as it was."""
    told = {} if progress is None else {"progress": min(1.0, max(0.0, progress)), "eta_seconds": eta_seconds}
    kept = {} if checkpoint is None else {"checkpoint": checkpoint}
    return _step(Step.RENEW, _held(job, fence), JobStatus.RUNNING, lease_until=lease_until, **told, **kept)


def complete(job: Job, *, fence: int, result: Mapping[str, Any], at: str) -> Job:
    """It is done."""
    held = _held(job, fence)
    return _rest(Step.COMPLETE, held, JobStatus.COMPLETED, at, progress=1.0, result=result, problem=None)


def fail(job: Job, *, fence: int, problem: Mapping[str, Any], at: str) -> Job:
    """It cannot be done."""
    return _rest(Step.FAIL, _held(job, fence), JobStatus.FAILED, at, problem=problem)


def time_out(job: Job, *, fence: int, at: str) -> Job:
    """It took longer than it may."""
    seconds = job.timeout_seconds or 0.0
    problem = Problem(
        code="job.timeout",
        path="",
        message=f"The job was stopped after {seconds:g} s, the longest that it may take.",
        hint="Ask for less at once, or retry it when the machine is less busy.",
    )
    return _rest(
        Step.TIME_OUT, _held(job, fence), JobStatus.TIMEOUT, at, problem=stopped_by(504, problem, job.id)
    )


def ask_to_cancel(job: Job, *, at: str, problem: Mapping[str, Any] | None = None) -> Job:
    """Somebody does not want it any more: what waits is cancelled, what runs is asked to stop.

    `problem` says why, where it is not for its own sake.
    Raises `Conflict` (`job.wrong_state`) when it is at rest.
    """
    why = {} if problem is None else {"problem": problem}
    if job.status is JobStatus.PENDING:
        return _rest(Step.ASK_TO_CANCEL, job, JobStatus.CANCELLED, at, **why)
    return _step(Step.ASK_TO_CANCEL, job, JobStatus.RUNNING, cancel_requested=True, **why)


def cancel(job: Job, *, fence: int, at: str) -> Job:
    """Its worker stopped, as it was asked to."""
    return _rest(Step.CANCEL, _held(job, fence), JobStatus.CANCELLED, at)


def release(job: Job, *, fence: int, at: str) -> Job:
    """Its worker goes, and gives it back: the attempt does not count."""
    held = _held(job, fence)
    if held.cancel_requested:
        return _rest(Step.RELEASE, held, JobStatus.CANCELLED, at)
    return _wait_again(Step.RELEASE, held, attempt=held.attempt - 1)


def defer(job: Job, *, fence: int, not_before: float, problem: Mapping[str, Any], at: str) -> Job:
    """What it needs is away for now: it is tried again later, as often as it may."""
    held = _held(job, fence)
    if held.cancel_requested:
        return _rest(Step.DEFER, held, JobStatus.CANCELLED, at)
    if held.attempt >= held.max_attempts:
        return _rest(Step.DEFER, held, JobStatus.FAILED, at, problem=problem)
    return _wait_again(Step.DEFER, held, not_before=not_before)


def reclaim(job: Job, *, at: str) -> Job:
    """Its worker died: it is started again, as often as it may."""
    if job.status is JobStatus.RUNNING and job.cancel_requested:
        return _rest(Step.RECLAIM, job, JobStatus.CANCELLED, at)
    if job.status is JobStatus.RUNNING and job.attempt >= job.max_attempts:
        problem = stopped_by(500, _out_of_attempts(job), job.id)
        return _rest(Step.RECLAIM, job, JobStatus.FAILED, at, problem=problem)
    return _wait_again(Step.RECLAIM, job)


def retry(job: Job) -> Job:
    """Somebody asks for it again: the same job, with one attempt more at least.

    Raises `Conflict` (`job.wrong_state`) when it is not at rest, or completed.
    """
    return _wait_again(
        Step.RETRY,
        job,
        max_attempts=max(job.max_attempts, job.attempt + 1),
        cancel_requested=False,
        not_before=0.0,
        problem=None,
        started_at=None,
        completed_at=None,
    )


def _step(step: Step, job: Job, to: JobStatus, **changed: Any) -> Job:
    if to not in STEPS[step].get(job.status, ()):
        raise _wrong_state(step, job)
    return replace(job, status=to, **changed)


def _rest(step: Step, job: Job, to: JobStatus, at: str, **changed: Any) -> Job:
    return _step(step, job, to, worker=None, lease_until=None, eta_seconds=None, completed_at=at, **changed)


def _wait_again(step: Step, job: Job, **changed: Any) -> Job:
    waiting: dict[str, Any] = {"worker": None, "lease_until": None, "progress": 0.0, "eta_seconds": None}
    return _step(step, job, JobStatus.PENDING, **(waiting | changed))


def _held(job: Job, fence: int) -> Job:
    if job.status is not JobStatus.RUNNING or job.fence != fence:
        raise LeaseLost(job_id=job.id)
    return job


def _wrong_state(step: Step, job: Job) -> Conflict:
    problem = Problem(
        code="job.wrong_state",
        path="/status",
        message=f"Job {job.id} is {job.status.value}; it cannot be {step.value}.",
        hint=f"Only what is {' or '.join(STEPS[step])} can be {step.value}.",
        allowed=tuple(status.value for status in STEPS[step]),
    )
    return Conflict(problems=(problem,))


def _out_of_attempts(job: Job) -> Problem:
    return Problem(
        code="job.attempts",
        path="",
        message=f"The job's worker died {job.attempt} times while it ran.",
        hint="The machine may have too little memory for it; ask for less at once, or retry it.",
    )
