"""What every queue promises, whatever stands behind it."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from stoat_ferret.errors import Conflict, LeaseLost, NotFound, TooManyRequests
from stoat_ferret.jobs.batch import Batch
from stoat_ferret.jobs.job import Job, JobStatus, NewJob
from stoat_ferret.jobs.queue import JobQuery, Queue, Report
from stoat_ferret.jobs.table import TableQueue
from stoat_ferret.model.event import Context, Event
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.storage.tables import audit_log
from stoat_ferret.testing.clock import StillClock

pytestmark = pytest.mark.anyio

QUEUES: dict[str, Callable[[Database, StillClock], Queue]] = {
    "table": lambda database, clock: TableQueue(database, lease_seconds=15, depth=4, clock=clock),
}


class Bench:
    """A queue that is looked at."""

    def __init__(self, queue: Queue, database: Database, clock: StillClock) -> None:
        self.queue = queue
        self.database = database
        self.clock = clock
        self.events: list[Event] = []
        database.listen(self.events.extend)

    async def submit(self, kind: str = "scan", **fields: Any) -> Job:
        new = NewJob(kind=kind, **fields)
        by = Context(actor="agent:cut", correlation_id="req_1")
        return await self.database.write(lambda change: self.queue.submit(change, new), by=by)

    async def batch(self, count: int, *, parallel: int) -> Batch:
        news = [NewJob(kind="scan")] * count
        return await self.database.write(
            lambda change: self.queue.submit_batch(change, news, parallel=parallel)
        )

    async def claim(self, *kinds: str) -> Job:
        job = await self.queue.claim("worker", kinds or ("scan",))
        assert job is not None
        return job

    async def cancel(self, job: Job) -> Job:
        return await self.database.write(lambda change: self.queue.cancel(change, job.id))

    async def retry(self, job: Job) -> Job:
        return await self.database.write(lambda change: self.queue.retry(change, job.id))

    def told(self) -> list[str]:
        return [event.type for event in self.events if event.type != "QUEUE_STATUS"]

    async def noted(self) -> list[str]:
        query = select(audit_log.c.event_type).order_by(audit_log.c.id)
        return await self.database.read(lambda connection: list(connection.execute(query).scalars()))


@pytest.fixture(params=sorted(QUEUES))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    database = Database(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    clock = StillClock()
    yield Bench(QUEUES[request.param](database, clock), database, clock)
    database.close()


async def test_a_job_waits_runs_and_completes(bench: Bench) -> None:
    """The whole way of a job, with what is told and noted on it."""
    asked = await bench.submit(payload={"path": "/m"}, project_id="prj_1")
    assert (JobStatus.PENDING, 0, 0.0) == (asked.status, asked.attempt, asked.progress)
    held = await bench.claim()
    assert (asked.id, JobStatus.RUNNING, 1, 1, "worker") == (
        held.id, held.status, held.attempt, held.fence, held.worker,
    )  # fmt: skip
    assert {"path": "/m"} == held.payload
    await bench.queue.heartbeat(held, Report(progress=0.5, eta_seconds=3.0, detail={"file": "a"}))
    done = await bench.queue.complete(held, {"scanned": 3})
    assert done == await bench.queue.get(asked.id)
    assert (JobStatus.COMPLETED, 1.0, {"scanned": 3}) == (done.status, done.progress, done.result)
    assert ["JOB_QUEUED", "JOB_STARTED", "JOB_PROGRESS", "JOB_COMPLETED"] == bench.told()
    assert {("prj_1", asked.id, "agent:cut", "req_1")} == {
        (event.project_id, event.job_id, event.actor, event.correlation_id)
        for event in bench.events
        if event.type != "QUEUE_STATUS"
    }
    assert ["job.submitted", "job.completed"] == await bench.noted()
    progress = next(event for event in bench.events if event.type == "JOB_PROGRESS")
    assert {"kind": "scan", "progress": 0.5, "eta_seconds": 3.0, "detail": {"file": "a"}} == progress.data


async def test_a_job_is_shown_in_the_agreed_form(bench: Bench) -> None:
    """Doors show exactly these fields; the project only where there is one."""
    asked = await bench.submit()
    shown = {
        "job_id": asked.id, "kind": "scan", "status": "pending", "progress": 0.0, "eta_seconds": None,
        "attempt": 0, "result": None, "problem": None, "created_at": asked.created_at, "started_at": None,
        "completed_at": None,
    }  # fmt: skip
    assert shown == asked.to_json()
    assert "prj_1" == dataclasses.replace(asked, project_id="prj_1").to_json()["project_id"]


async def test_the_depth_is_told_whenever_it_changes(bench: Bench) -> None:
    """Every submission, claim and end tells how many wait and run."""
    await bench.submit()
    await bench.submit()
    await bench.queue.complete(await bench.claim(), {})
    depths = [event.data for event in bench.events if event.type == "QUEUE_STATUS"]
    assert [(1, 0), (2, 0), (1, 1), (1, 0)] == [(depth["pending"], depth["running"]) for depth in depths]
    stats = await bench.queue.stats()
    assert (1, 0, 4, {"scan": {"pending": 1, "completed": 1}}) == (
        stats.pending, stats.running, stats.depth, stats.by_kind,
    )  # fmt: skip


async def test_priority_goes_first_then_arrival(bench: Bench) -> None:
    """The highest priority first; among equals, what came first."""
    jobs = [await bench.submit(priority=priority) for priority in (0, 5, 0, 5)]
    order = [(await bench.claim()).id for _ in jobs]
    assert [jobs[1].id, jobs[3].id, jobs[0].id, jobs[2].id] == order


async def test_only_what_is_due_and_of_its_kind_is_claimed(bench: Bench) -> None:
    """A job of another kind, or one for later, stays where it is."""
    await bench.submit(not_before=bench.clock.time() + 60)
    await bench.submit("render")
    assert await bench.queue.claim("worker", ["scan"]) is None
    bench.clock.advance(60)
    assert "scan" == (await bench.claim("scan", "proxy")).kind
    assert await bench.queue.claim("worker", ["scan", "proxy"]) is None


async def test_many_claims_at_once_never_share_a_job(bench: Bench) -> None:
    """Each job goes to one worker."""
    for _ in range(4):
        await bench.submit()
    claims = await asyncio.gather(*(bench.queue.claim(f"worker-{n}", ["scan"]) for n in range(12)))
    got = [job.id for job in claims if job is not None]
    assert (4, 4) == (len(got), len(set(got)))


async def test_all_of_a_project_is_called_off_with_its_reason(bench: Bench) -> None:
    """What waits at once, what runs when its worker stops; a retry forgets why."""
    held = await bench.submit(project_id="prj_1")
    waiting = await bench.submit(project_id="prj_1")
    other = await bench.submit(project_id="prj_2")
    held = await bench.claim()
    why = NotFound.because("project.deleted", "It is gone.", hint="Look elsewhere.")
    called_off = await bench.database.write(lambda change: bench.queue.cancel_all(change, "prj_1", why=why))
    assert [held.id, waiting.id] == [job.id for job in called_off]
    assert JobStatus.PENDING is (await bench.queue.get(other.id)).status
    for job in (await bench.queue.get(waiting.id), await bench.queue.stopped(held)):
        assert job.problem is not None
        assert (JobStatus.CANCELLED, "project.deleted") == (job.status, job.problem["code"])
        cancelled = [event for event in bench.events if event.job_id == job.id][-1]
        assert ("JOB_CANCELLED", job.problem) == (cancelled.type, cancelled.data["problem"])
    assert (await bench.retry(waiting)).problem is None


async def test_a_full_queue_refuses(bench: Bench) -> None:
    """Beyond its depth, work is refused with the time after which to ask again; a retry, too."""
    first = await bench.submit()
    await bench.cancel(first)
    for _ in range(4):
        await bench.submit()
    held = await bench.claim()
    await bench.queue.heartbeat(held, Report(progress=0.5, eta_seconds=7.5))
    for again in (bench.submit(), bench.retry(first)):
        with pytest.raises(TooManyRequests) as refused:
            await again
        assert ("queue.full", 7.5) == (refused.value.problems[0].code, refused.value.retry_after)
    await bench.queue.complete(held, {})
    await bench.submit()


async def test_of_a_batch_no_more_run_than_it_allows(bench: Bench) -> None:
    """What its limit holds back holds back nothing else, and comes when one of it ends, however it ends."""
    batch = await bench.batch(3, parallel=1)
    other = await bench.submit()
    first, second, third = batch.jobs
    held = await bench.claim()
    assert (first.id, 1) == (held.id, held.batch_parallel)
    alone = await bench.claim()
    assert other.id == alone.id
    await bench.queue.complete(alone, {})
    assert await bench.queue.claim("worker", ["scan"]) is None
    await bench.queue.fail(held, {"code": "disk.full"})
    held = await bench.claim()
    assert second.id == held.id
    assert [second.id] == [job.id for job in await bench.queue.reclaim(orphans=True)]
    assert second.id == (await bench.claim()).id
    await bench.cancel(second)
    assert await bench.queue.claim("worker", ["scan"]) is None
    await bench.queue.stopped(await bench.queue.get(second.id))
    assert third.id == (await bench.claim()).id


async def test_many_claims_at_once_keep_to_the_limit(bench: Bench) -> None:
    """However many workers ask."""
    await bench.batch(4, parallel=2)
    claims = await asyncio.gather(*(bench.queue.claim(f"worker-{n}", ["scan"]) for n in range(12)))
    assert 2 == len([job for job in claims if job is not None])


async def test_a_batch_is_read_as_one(bench: Bench) -> None:
    """It runs from its first claim until all is at rest, and then is what is worst of it."""
    batch = await bench.batch(2, parallel=2)
    seen = []

    async def look() -> None:
        found = await bench.queue.batch(batch.id)
        seen.append((found.status.value, found.progress))

    await look()
    first = await bench.claim()
    await bench.queue.heartbeat(first, Report(progress=0.5))
    await look()
    await bench.queue.complete(first, {})
    await look()
    second = await bench.claim()
    await bench.queue.fail(second, {"code": "disk.full"})
    await look()
    await bench.retry(second)
    await look()
    await bench.cancel(second)
    await look()
    await bench.retry(second)
    await bench.queue.complete(await bench.claim(), {})
    await look()
    expected = [
        ("pending", 0.0), ("running", 0.25), ("running", 0.5), ("failed", 1.0), ("running", 0.5),
        ("cancelled", 1.0), ("completed", 1.0),
    ]  # fmt: skip
    assert expected == seen
    ends = [(event.type, event.data["status"]) for event in bench.events if event.job_id == batch.id]
    assert [
        ("JOB_FAILED", "failed"), ("JOB_CANCELLED", "cancelled"), ("JOB_COMPLETED", "completed"),
    ] == ends  # fmt: skip
    with pytest.raises(NotFound) as unknown:
        await bench.queue.batch("batch_0")
    assert "batch.not_found" == unknown.value.problems[0].code


async def test_a_batch_fits_whole_or_not_at_all(bench: Bench) -> None:
    """And tells how many wait now, not how many would."""
    await bench.submit()
    with pytest.raises(TooManyRequests) as refused:
        await bench.batch(4, parallel=1)
    assert "1 jobs wait or run already" in refused.value.problems[0].message
    assert 1 == (await bench.queue.find(JobQuery())).total
    await bench.batch(3, parallel=1)
    depths = [event.data["pending"] for event in bench.events if event.type == "QUEUE_STATUS"]
    assert [1, 4] == depths


async def test_a_batch_is_cancelled_whole(bench: Bench) -> None:
    """What is at rest stays as it is; nothing is left to cancel then."""
    batch = await bench.batch(3, parallel=2)
    await bench.queue.complete(await bench.claim(), {})
    held = await bench.claim()

    async def cancel() -> list[str]:
        work = bench.database.write(lambda change: bench.queue.cancel_batch(change, batch.id))
        return [job.status.value for job in (await work).jobs]

    assert ["completed", "running", "cancelled"] == await cancel()
    await bench.queue.stopped(held)
    with pytest.raises(Conflict) as refused:
        await cancel()
    assert "batch.wrong_state" == refused.value.problems[0].code
    assert ["batch.submitted", "batch.cancelled"] == [
        what for what in await bench.noted() if what.startswith("batch.")
    ]


async def test_a_submission_is_part_of_its_change(bench: Bench) -> None:
    """When the change fails, nothing was asked for."""

    def work(change: Change) -> None:
        bench.queue.submit(change, NewJob(kind="scan"))
        raise KeyError

    with pytest.raises(KeyError):
        await bench.database.write(work)
    assert ((), [], None) == (
        (await bench.queue.find(JobQuery())).items, bench.told(), await bench.queue.claim("worker", ["scan"])
    )  # fmt: skip


async def test_more_is_written_with_the_end_or_nothing(bench: Bench) -> None:
    """`also` is part of the same transaction: when it fails, the job still runs."""
    await bench.submit()
    held = await bench.claim()

    def refuse(change: Change) -> None:
        change.note("render.kept", "render", None)
        raise KeyError

    with pytest.raises(KeyError):
        await bench.queue.complete(held, {}, refuse)
    assert JobStatus.RUNNING is (await bench.queue.get(held.id)).status
    await bench.queue.complete(held, {}, lambda change: change.note("render.kept", "render", None))
    assert ["job.submitted", "render.kept", "job.completed"] == await bench.noted()


async def test_what_waits_is_cancelled_at_once(bench: Bench) -> None:
    """Nobody can claim it any more."""
    asked = await bench.submit()
    assert JobStatus.CANCELLED is (await bench.cancel(asked)).status
    assert await bench.queue.claim("worker", ["scan"]) is None
    assert ["JOB_QUEUED", "JOB_CANCELLED"] == bench.told()


async def test_what_runs_is_asked_to_stop(bench: Bench) -> None:
    """Its worker hears of it with the next heartbeat, and says when it stopped."""
    await bench.submit()
    held = await bench.claim()
    assert JobStatus.RUNNING is (await bench.cancel(held)).status
    assert (await bench.queue.heartbeat(held)).cancel_requested
    assert JobStatus.CANCELLED is (await bench.queue.stopped(held)).status


async def test_what_rests_is_not_cancelled(bench: Bench) -> None:
    """The refusal says where a job must stand to be cancelled."""
    await bench.submit()
    done = await bench.queue.complete(await bench.claim(), {})
    for refused in (bench.cancel(done), bench.retry(done)):
        with pytest.raises(Conflict) as error:
            await refused
        assert "job.wrong_state" == error.value.problems[0].code
    with pytest.raises(Conflict) as error:
        await bench.cancel(done)
    assert ("pending", "running") == error.value.problems[0].allowed


async def test_an_unknown_job_is_told(bench: Bench) -> None:
    """Whatever is asked of it."""
    unknown = dataclasses.replace(await bench.submit(), id="job_0")
    for asked in (bench.queue.get("job_0"), bench.cancel(unknown), bench.retry(unknown)):
        with pytest.raises(NotFound) as error:
            await asked
        assert "job.not_found" == error.value.problems[0].code


async def test_a_failed_job_is_retried_under_its_id(bench: Bench) -> None:
    """It gets one attempt more at least, and what went wrong is forgotten."""
    await bench.submit(max_attempts=1)
    failed = await bench.queue.fail(await bench.claim(), {"code": "disk.full"})
    assert (JobStatus.FAILED, {"code": "disk.full"}) == (failed.status, failed.problem)
    again = await bench.retry(failed)
    assert (failed.id, JobStatus.PENDING, None, None) == (
        again.id, again.status, again.problem, again.completed_at,
    )  # fmt: skip
    held = await bench.claim()
    assert (2, 2, 2) == (held.attempt, held.max_attempts, held.fence)


async def test_a_timeout_is_a_failure_that_says_so(bench: Bench) -> None:
    """Listeners hear JOB_FAILED with the status `timeout`."""
    await bench.submit(timeout_seconds=3)
    late = await bench.queue.time_out(await bench.claim())
    assert JobStatus.TIMEOUT is late.status
    assert ("JOB_FAILED", "timeout", "job.timeout") == (
        bench.events[-2].type, bench.events[-2].data["status"], bench.events[-2].data["problem"]["code"],
    )  # fmt: skip


async def test_a_lease_that_is_over_is_taken(bench: Bench) -> None:
    """Not before; and what the earlier holder writes from then on is refused."""
    await bench.submit()
    first = await bench.claim()
    bench.clock.advance(14)
    assert [] == await bench.queue.reclaim()
    await bench.queue.heartbeat(first)
    bench.clock.advance(14)
    assert [] == await bench.queue.reclaim()
    bench.clock.advance(1)
    assert [] == await bench.queue.reclaim(spare=[first.id])
    assert [first.id] == [job.id for job in await bench.queue.reclaim()]
    second = await bench.claim()
    assert (2, 2) == (second.fence, second.attempt)
    for stale in (
        bench.queue.heartbeat(first),
        bench.queue.complete(first, {}),
        bench.queue.fail(first, {}),
        bench.queue.time_out(first),
        bench.queue.stopped(first),
        bench.queue.release(first),
        bench.queue.defer(first, {}, seconds=1),
    ):
        with pytest.raises(LeaseLost):
            await stale
    assert second == await bench.queue.get(first.id)


async def test_orphans_are_taken_at_once(bench: Bench) -> None:
    """Whatever their lease says."""
    await bench.submit()
    held = await bench.claim()
    assert [held.id] == [job.id for job in await bench.queue.reclaim(orphans=True)]
    assert JobStatus.PENDING is (await bench.queue.get(held.id)).status


async def test_attempts_come_to_an_end(bench: Bench) -> None:
    """A job whose workers die again and again fails at last."""
    await bench.submit(max_attempts=2)
    for status in (JobStatus.PENDING, JobStatus.FAILED):
        await bench.claim()
        (taken,) = await bench.queue.reclaim(orphans=True)
        assert status is taken.status
    assert taken.problem is not None
    assert "job.attempts" == taken.problem["code"]


async def test_what_was_to_be_cancelled_is_not_begun_again(bench: Bench) -> None:
    """When its worker dies before it could stop it, it is cancelled."""
    await bench.submit()
    await bench.cancel(await bench.claim())
    (taken,) = await bench.queue.reclaim(orphans=True)
    assert JobStatus.CANCELLED is taken.status


async def test_a_released_attempt_does_not_count(bench: Bench) -> None:
    """The job waits as before, what was kept for the next attempt with it."""
    await bench.submit(max_attempts=1)
    held = await bench.claim()
    await bench.queue.heartbeat(held, Report(progress=0.4, checkpoint={"done": ["a"]}))
    free = await bench.queue.release(held)
    assert (JobStatus.PENDING, 0, 0.0, None) == (free.status, free.attempt, free.progress, free.worker)
    again = await bench.claim()
    assert (1, 2, {"done": ["a"]}) == (again.attempt, again.fence, again.checkpoint)


async def test_a_deferred_job_comes_later(bench: Bench) -> None:
    """It counts as an attempt; after the last one it fails with the reason that was given."""
    await bench.submit(max_attempts=2)
    await bench.queue.defer(await bench.claim(), {"code": "database.full"}, seconds=10)
    assert await bench.queue.claim("worker", ["scan"]) is None
    bench.clock.advance(10)
    failed = await bench.queue.defer(await bench.claim(), {"code": "database.full"}, seconds=10)
    assert (JobStatus.FAILED, {"code": "database.full"}) == (failed.status, failed.problem)


async def test_jobs_are_listed_newest_first(bench: Bench) -> None:
    """By status, kind and project, a page at a time."""
    scan = await bench.submit()
    render = await bench.submit("render", project_id="prj_1")
    proxy = await bench.submit("proxy", project_id="prj_1")
    await bench.cancel(render)

    async def ids(**query: Any) -> tuple[list[str], int]:
        page = await bench.queue.find(JobQuery(**query))
        return [job.id for job in page.items], page.total

    assert ([proxy.id, render.id, scan.id], 3) == await ids()
    assert ([render.id], 3) == await ids(limit=1, offset=1)
    assert ([proxy.id, render.id], 2) == await ids(project_id="prj_1")
    assert ([render.id], 1) == await ids(status=JobStatus.CANCELLED)
    assert ([scan.id], 1) == await ids(kind="scan")


async def test_a_watcher_is_told_until_it_leaves(bench: Bench) -> None:
    """Of jobs only."""
    heard: list[str] = []
    leave = bench.queue.watch(lambda event: heard.append(event.type))
    await bench.submit()
    leave()
    await bench.submit()
    assert ["JOB_QUEUED"] == heard


async def test_a_long_result_is_kept_but_not_told(bench: Bench) -> None:
    """An event stays small; the result is asked for by the job's id."""
    await bench.submit()
    result = {"errors": ["x" * 100] * 200}
    done = await bench.queue.complete(await bench.claim(), result)
    assert result == (await bench.queue.get(done.id)).result
    assert {"kind": "scan", "status": "completed"} == bench.events[-2].data
