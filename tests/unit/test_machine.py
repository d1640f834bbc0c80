"""The machine of jobs: whatever happens in whatever order, it keeps its laws."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from stoat_ferret.errors import Conflict, LeaseLost
from stoat_ferret.jobs import machine
from stoat_ferret.jobs.job import TERMINAL, Job, JobStatus

PENDING, RUNNING, COMPLETED, FAILED, TIMEOUT, CANCELLED = JobStatus

ALLOWED = {
    PENDING: {RUNNING, CANCELLED},
    RUNNING: {PENDING, RUNNING, COMPLETED, FAILED, TIMEOUT, CANCELLED},
    COMPLETED: set(),
    FAILED: {PENDING},
    TIMEOUT: {PENDING},
    CANCELLED: {PENDING},
}
"""What the documents promise, written down a second time."""


def new_job() -> Job:
    return Job(
        id="job_1", kind="scan", status=PENDING, priority=0, payload={}, project_id=None, actor="local",
        correlation_id=None, max_attempts=2, timeout_seconds=1.0, created_at="t0",
    )  # fmt: skip


class Machine(RuleBasedStateMachine):
    """One job, and everybody who ever held it."""

    def __init__(self) -> None:
        super().__init__()
        self.job = new_job()
        self.fences = [0]

    def apply(self, step: Callable[[Job], Job]) -> None:
        before = self.job
        try:
            self.job = step(before)
        except (Conflict, LeaseLost):
            assert before is self.job
            return
        assert before is self.job or self.job.status in ALLOWED[before.status]
        assert before.fence <= self.job.fence
        # Only a claim makes a new fence, and only it begins an attempt.
        claimed = before.status is PENDING and self.job.status is RUNNING
        assert claimed == (self.job.fence == before.fence + 1)
        assert claimed == (self.job.attempt == before.attempt + 1)

    def fence(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(self.fences))

    @rule()
    def claim(self) -> None:
        self.apply(lambda job: machine.claim(job, worker="w", lease_until=1.0, at="t1"))
        self.fences.append(self.job.fence)

    @rule(data=st.data(), progress=st.floats(-2, 2))
    def renew(self, data: st.DataObject, progress: float) -> None:
        fence = self.fence(data)
        self.apply(lambda job: machine.renew(job, fence=fence, lease_until=2.0, progress=progress))

    @rule(
        data=st.data(), step=st.sampled_from(["complete", "fail", "time_out", "cancel", "release", "defer"])
    )
    def end(self, data: st.DataObject, step: str) -> None:
        fence = self.fence(data)
        steps: dict[str, Callable[[Job], Job]] = {
            "complete": lambda job: machine.complete(job, fence=fence, result={}, at="t2"),
            "fail": lambda job: machine.fail(job, fence=fence, problem={"code": "a.b"}, at="t2"),
            "time_out": lambda job: machine.time_out(job, fence=fence, at="t2"),
            "cancel": lambda job: machine.cancel(job, fence=fence, at="t2"),
            "release": lambda job: machine.release(job, fence=fence, at="t2"),
            "defer": lambda job: machine.defer(job, fence=fence, not_before=3.0, problem={}, at="t2"),
        }
        self.apply(steps[step])

    @rule()
    def reclaim(self) -> None:
        self.apply(lambda job: machine.reclaim(job, at="t3"))

    @rule()
    def ask_to_cancel(self) -> None:
        self.apply(lambda job: machine.ask_to_cancel(job, at="t3"))

    @rule()
    def retry(self) -> None:
        self.apply(machine.retry)

    @invariant()
    def at_most_one_holder_lives(self) -> None:
        living = 0
        for fence in set(self.fences):
            try:
                machine.renew(self.job, fence=fence, lease_until=2.0)
            except LeaseLost:
                continue
            living += 1
        assert living == (self.job.status is RUNNING)

    @invariant()
    def every_field_fits_the_status(self) -> None:
        job = self.job
        assert (job.worker is None, job.lease_until is None) == (job.status is not RUNNING,) * 2
        assert (job.completed_at is not None) == job.is_terminal == (job.status in TERMINAL)
        assert (job.result is not None) == (job.status is COMPLETED)
        assert job.problem is None or job.status in (FAILED, TIMEOUT)
        assert 0 <= job.progress <= 1
        assert 0 <= job.attempt <= job.max_attempts
        assert not (job.cancel_requested and job.status is PENDING)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)


def test_the_table_is_what_is_promised() -> None:
    """All steps together lead exactly where the documents say."""
    leads: dict[JobStatus, set[JobStatus]] = {status: set() for status in JobStatus}
    for step in machine.STEPS.values():
        for start, ends in step.items():
            leads[start] |= ends
    assert leads == ALLOWED


@pytest.mark.parametrize("status", [COMPLETED, FAILED, TIMEOUT, CANCELLED])
def test_a_refusal_names_what_would_be_allowed(status: JobStatus) -> None:
    """The problem says where the job stands, and where it would have to."""
    held = machine.claim(new_job(), worker="w", lease_until=1.0, at="t1")
    ends: dict[JobStatus, Callable[[], Job]] = {
        COMPLETED: lambda: machine.complete(held, fence=1, result={}, at="t2"),
        FAILED: lambda: machine.fail(held, fence=1, problem={}, at="t2"),
        TIMEOUT: lambda: machine.time_out(held, fence=1, at="t2"),
        CANCELLED: lambda: machine.cancel(held, fence=1, at="t2"),
    }
    with pytest.raises(Conflict) as refused:
        machine.ask_to_cancel(ends[status](), at="t3")
    (problem,) = refused.value.problems
    assert f"Job job_1 is {status}; it cannot be cancelled." == problem.message
    assert ("job.wrong_state", ("pending", "running")) == (problem.code, problem.allowed)
