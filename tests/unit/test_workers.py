"""The workers: what becomes of a job whose handler ends, fails, hangs or loses its lease."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from stoat_ferret import telemetry
from stoat_ferret.errors import DatabaseFull, DiskFull, Problem, RequestError
from stoat_ferret.jobs.handler import Done, Handler, JobRun
from stoat_ferret.jobs.job import Job, JobStatus
from stoat_ferret.jobs.table import TableQueue
from stoat_ferret.jobs.waiting import Waiting
from stoat_ferret.jobs.worker import Workers
from stoat_ferret.model.event import Context, Event
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.testing.clock import StillClock

pytestmark = pytest.mark.anyio

T = TypeVar("T")


class Flaky(Database):
    """A database whose disk comes and goes."""

    away = False

    async def write(self, work: Callable[[Change], T], *, by: Context | None = None) -> T:
        if self.away:
            raise DatabaseFull
        return await super().write(work, by=by)


class Shop:
    """A queue, its workers, and a clock that the test moves."""

    def __init__(self, database: Flaky) -> None:
        self.database = database
        self.clock = StillClock()
        self.queue = TableQueue(database, clock=self.clock)
        self.waiting = Waiting(self.queue)
        self.pools: list[Workers] = []
        self.events: list[Event] = []
        database.listen(self.events.extend)

    def work(self, *handlers: Handler, **others: Any) -> Workers:
        workers = Workers(self.queue, handlers, clock=self.clock, **others)
        workers.start()
        self.pools.append(workers)
        return workers

    async def submit(self, handler: Handler, payload: Mapping[str, Any] | None = None, **fields: Any) -> Job:
        new = handler.job(payload or {}, **fields)
        by = Context(actor="agent:cut", correlation_id="req_1")
        return await self.database.write(lambda change: self.queue.submit(change, new), by=by)

    def hear(self, type_: str) -> asyncio.Queue[dict[str, Any]]:
        """What events of a type say, as they come."""
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def watch(event: Event) -> None:
            if event.type == type_:
                loop.call_soon_threadsafe(heard.put_nowait, event.data)

        self.queue.watch(watch)
        return heard

    async def pass_time(self, until: asyncio.Future[Any]) -> None:
        """Move the clock a second whenever the workers look for work, until something is done."""
        while not until.done():
            asleep = asyncio.ensure_future(self.clock.until_asleep(1))
            await asyncio.wait([until, asleep], return_when=asyncio.FIRST_COMPLETED)
            asleep.cancel()
            self.clock.advance(1)

    async def cancel(self, job: Job) -> None:
        await self.database.write(lambda change: self.queue.cancel(change, job.id))

    async def end(self, job: Job) -> Job:
        """The job at rest; the test fails when it takes too long."""
        return await asyncio.wait_for(self.waiting.wait(job.id, 3600), 20)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    database = Flaky(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    made = Shop(database)
    yield made
    database.away = False
    for workers in made.pools:
        aborting = asyncio.ensure_future(workers.abort())
        while not aborting.done():
            await asyncio.sleep(0)
            made.clock.advance(0.01)
    made.waiting.close()
    database.close()


class Gate:
    """A handler that says when it began, and ends when it is let."""

    def __init__(self) -> None:
        self.runs: asyncio.Queue[JobRun] = asyncio.Queue()
        self.open = asyncio.Event()

    async def __call__(self, run: JobRun) -> dict[str, Any]:
        self.runs.put_nowait(run)
        await self.open.wait()
        return {"payload": dict(run.payload)}

    async def begun(self) -> JobRun:
        return await asyncio.wait_for(self.runs.get(), 20)


async def test_a_job_is_done(shop: Shop) -> None:
    """Its handler gets the payload, and what it returns is the result."""

    async def run(run: JobRun) -> dict[str, Any]:
        return {"twice": run.payload["number"] * 2}

    handler = Handler(kind="double", run=run)
    shop.work(handler)
    job = await shop.submit(handler, {"number": 4})
    done = await shop.end(job)
    assert (JobStatus.COMPLETED, {"twice": 8}, 1) == (done.status, done.result, done.attempt)


async def test_the_submitter_is_in_the_log(shop: Shop) -> None:
    """Correlation id and actor of the request, and the job, are bound while its handler runs."""
    bound: dict[str, Any] = {}

    async def run(_: JobRun) -> dict[str, Any]:
        bound.update(telemetry.context())
        return {}

    handler = Handler(kind="look", run=run)
    shop.work(handler)
    job = await shop.submit(handler)
    await shop.end(job)
    assert {"job_id": job.id, "actor": "agent:cut", "correlation_id": "req_1"} == bound


async def test_more_is_written_with_the_result(shop: Shop) -> None:
    """`Done.also` is part of the transaction that completes the job; when it refuses, the job fails."""

    async def run(run: JobRun) -> Done:
        def also(change: Change) -> None:
            if run.payload["refuse"]:
                raise DiskFull(path="renders")
            change.tell("PROJECT_CHANGED", project_id="prj_1")

        return Done(result={"kept": True}, also=also)

    handler = Handler(kind="keep", run=run)
    shop.work(handler)
    kept = await shop.end(await shop.submit(handler, {"refuse": False}))
    lost = await shop.end(await shop.submit(handler, {"refuse": True}))
    assert ({"kept": True}, None) == (kept.result, lost.result)
    assert (JobStatus.FAILED, "disk.full") == (lost.status, (lost.problem or {})["code"])
    assert 1 == sum(event.type == "PROJECT_CHANGED" for event in shop.events)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RequestError(problems=(Problem(code="a.b", path="/x", message="No."),)), "a.b"),
        (DiskFull(path="renders"), "disk.full"),
        (ZeroDivisionError("secret"), "internal"),
    ],
)
async def test_a_failure_says_why(shop: Shop, error: Exception, code: str) -> None:
    """Known errors tell themselves; of others nothing leaks. None is tried again by itself."""

    async def run(_: JobRun) -> dict[str, Any]:
        raise error

    handler = Handler(kind="fail", run=run)
    shop.work(handler)
    failed = await shop.end(await shop.submit(handler))
    assert (JobStatus.FAILED, 1) == (failed.status, failed.attempt)
    assert failed.problem is not None
    assert code == failed.problem["code"]
    assert "secret" not in str(failed.problem)


async def test_every_problem_of_a_refused_request_is_told(shop: Shop) -> None:
    """All at once, in `problems`, in the shape that every refusal has."""
    problems = tuple(Problem(code=f"a.{name}", path="/x", message="No.", hint="Yes.") for name in "bc")

    async def run(_: JobRun) -> dict[str, Any]:
        raise RequestError(problems=problems)

    handler = Handler(kind="fail", run=run)
    shop.work(handler)
    failed = await shop.end(await shop.submit(handler))
    assert failed.problem is not None
    assert ["a.b", "a.c"] == [problem["code"] for problem in failed.problem["problems"]]
    assert (422, "a.b", f"urn:stoat:job:{failed.id}") == (
        failed.problem["status"], failed.problem["code"], failed.problem["instance"],
    )  # fmt: skip
    assert ("urn:stoat:problem:a.b", "No.") == (failed.problem["type"], failed.problem["detail"])


async def test_a_result_that_is_no_json_fails(shop: Shop) -> None:
    """The job does not hang, and nothing of the object leaks."""

    async def run(_: JobRun) -> dict[str, Any]:
        return {"what": object()}

    handler = Handler(kind="odd", run=run)
    shop.work(handler)
    failed = await shop.end(await shop.submit(handler))
    assert "internal" == (failed.problem or {})["code"]


async def test_a_database_that_is_away_is_waited_for(shop: Shop) -> None:
    """A handler whose storage is unavailable is tried again later, as often as it may."""
    tries: list[float] = []

    async def run(_: JobRun) -> dict[str, Any]:
        tries.append(shop.clock.time())
        if len(tries) == 1:
            raise DatabaseFull
        return {"tries": len(tries)}

    handler = Handler(kind="store", run=run)
    shop.work(handler)
    ended = asyncio.ensure_future(shop.end(await shop.submit(handler)))
    await shop.pass_time(ended)
    assert {"tries": 2} == (await ended).result
    assert 10 <= tries[1] - tries[0]


async def test_progress_is_written_twice_a_second(shop: Shop) -> None:
    """Of what comes between, only the latest; the time left follows from the time it took."""
    gate = Gate()
    handler = Handler(kind="scan", run=gate)
    shop.work(handler)
    job = await shop.submit(handler)
    run = await gate.begun()
    told = shop.hear("JOB_PROGRESS")
    shop.clock.advance(2)
    run.report(0.2)
    first = await asyncio.wait_for(told.get(), 20)
    for fraction in (0.3, 0.4, 0.5):
        await run.progress(fraction, detail={"file": "a"})
    await shop.clock.until_asleep(0.5)
    shop.clock.advance(0.5)
    second = await asyncio.wait_for(told.get(), 20)
    assert (0.2, 8.0) == (first["progress"], first["eta_seconds"])
    assert (0.5, 2.0, {"file": "a"}) == (second["progress"], second["eta_seconds"], second["detail"])
    assert 0.5 == (await shop.queue.get(job.id)).progress


@pytest.mark.parametrize(
    ("fraction", "given", "progress", "eta"),
    [
        (-1.0, None, 0.0, None),
        (7.0, None, 1.0, 0.0),
        (float("nan"), -3.0, 0.0, 0.0),
        (0.5, float("inf"), 0.5, None),
    ],
)
async def test_odd_progress_is_mended(
    shop: Shop, fraction: float, given: float | None, progress: float, eta: float | None
) -> None:
    """Progress lies in 0 to 1, and the time left is never negative."""
    gate = Gate()
    handler = Handler(kind="scan", run=gate)
    shop.work(handler)
    job = await shop.submit(handler)
    run = await gate.begun()
    shop.clock.advance(2)
    run.report(fraction, given)
    await run.flush()
    shown = await shop.queue.get(job.id)
    assert (progress, eta) == (shown.progress, shown.eta_seconds)


async def test_what_runs_is_cancelled(shop: Shop) -> None:
    """Its task is cancelled as soon as it is asked for, cleans up, and then the job is cancelled."""
    cleaned = asyncio.Event()
    gate = Gate()

    async def run(run: JobRun) -> dict[str, Any]:
        try:
            return await gate(run)
        finally:
            assert run.cancelled
            assert JobStatus.RUNNING is (await shop.queue.get(run.job.id)).status
            cleaned.set()

    handler = Handler(kind="render", run=run)
    shop.work(handler)
    job = await shop.submit(handler)
    await gate.begun()
    await shop.cancel(job)
    assert JobStatus.CANCELLED is (await shop.end(job)).status
    assert cleaned.is_set()


async def test_a_handler_that_ignores_its_cancellation_is_cancelled_again(shop: Shop) -> None:
    """After the time in which a tidy one would have ended."""
    gate = Gate()

    async def run(run: JobRun) -> dict[str, Any]:
        try:
            await gate(run)
        except asyncio.CancelledError:
            await gate(run)
        return {}

    handler = Handler(kind="deaf", run=run)
    shop.work(handler)
    job = await shop.submit(handler)
    await gate.begun()
    await shop.cancel(job)
    await gate.begun()
    await shop.clock.until_asleep(7)
    shop.clock.advance(7)
    assert JobStatus.CANCELLED is (await shop.end(job)).status


async def test_what_takes_too_long_times_out(shop: Shop) -> None:
    """At its limit the task is cancelled, and the job rests as `timeout`."""
    gate = Gate()
    handler = Handler(kind="render", run=gate, timeout_seconds=3)
    shop.work(handler)
    job = await shop.submit(handler)
    await gate.begun()
    await shop.clock.until_asleep(3)
    shop.clock.advance(3)
    late = await shop.end(job)
    assert (JobStatus.TIMEOUT, "job.timeout") == (late.status, (late.problem or {})["code"])


async def test_the_lease_is_kept_while_it_runs(shop: Shop) -> None:
    """Every heartbeat is a new lease; nobody takes a job whose worker lives."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    shop.work(handler, heartbeat_seconds=4)
    job = await shop.submit(handler)
    await gate.begun()
    for _ in range(8):
        await shop.clock.until_asleep(4)
        shop.clock.advance(4)
    await shop.clock.until_asleep(4)
    assert [] == await shop.queue.reclaim()
    gate.open.set()
    done = await shop.end(job)
    assert (JobStatus.COMPLETED, 1) == (done.status, done.attempt)


async def test_a_lost_lease_stops_the_run(shop: Shop) -> None:
    """When another worker took the job, the earlier holder stops and writes nothing."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    shop.work(handler, count=1)
    job = await shop.submit(handler)
    run = await gate.begun()
    await shop.queue.reclaim(orphans=True)
    taken = await shop.queue.claim("other", ["render"])
    shop.clock.advance(5)
    assert run.task is not None
    await asyncio.wait([run.task])
    assert run.task.cancelled()
    assert taken == await shop.queue.get(job.id)


async def test_a_run_that_cannot_renew_its_lease_stops(shop: Shop) -> None:
    """While the database is away heartbeats are tried again; when the lease is over, the run ends."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    shop.work(handler, heartbeat_seconds=6)
    job = await shop.submit(handler)
    run = await gate.begun()
    assert run.task is not None
    shop.database.away = True
    await shop.pass_time(run.task)
    assert run.task.cancelled()
    assert 15 <= shop.clock.time() - run.renewed <= 15 + 5 + 1
    shop.database.away = False
    begun = asyncio.ensure_future(gate.begun())
    await shop.pass_time(begun)
    again = await begun
    assert (job.id, 2) == (again.job.id, again.job.attempt)
    gate.open.set()
    assert JobStatus.COMPLETED is (await shop.end(job)).status


async def test_the_end_is_written_once_the_database_is_back(shop: Shop) -> None:
    """A job that ended while it was away is completed later, not done again; and the workers live on."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    shop.work(handler, count=1)
    job = await shop.submit(handler)
    later = await shop.submit(handler)
    await gate.begun()
    shop.database.away = True
    gate.open.set()
    await shop.clock.until_asleep(0.25)
    shop.clock.advance(0.25)
    await shop.clock.until_asleep(0.5)
    shop.database.away = False
    shop.clock.advance(0.5)
    for done in (await shop.end(job), await shop.end(later)):
        assert (JobStatus.COMPLETED, 1) == (done.status, done.attempt)


async def test_claims_are_tried_again(shop: Shop) -> None:
    """Workers that cannot reach the database wait longer and longer, and go on when it is back."""
    gate = Gate()
    gate.open.set()
    handler = Handler(kind="render", run=gate)
    job = await shop.submit(handler)
    shop.database.away = True
    shop.work(handler)
    for seconds in (0.25, 0.5, 1, 2):
        await shop.clock.until_asleep(seconds)
        shop.clock.advance(seconds)
    await shop.clock.until_asleep(4)
    shop.database.away = False
    shop.clock.advance(4)
    assert JobStatus.COMPLETED is (await shop.end(job)).status


async def test_no_more_run_at_once_than_may(shop: Shop) -> None:
    """The pool's count bounds all kinds together, a handler's limit its own kind."""
    slow, quick = Gate(), Gate()
    render = Handler(kind="render", run=slow, parallel=1)
    scan = Handler(kind="scan", run=quick)
    workers = shop.work(render, scan, count=2)
    renders = [await shop.submit(render) for _ in range(2)]
    scans = [await shop.submit(scan) for _ in range(2)]
    await slow.begun()
    await quick.begun()
    assert {renders[0].id, scans[0].id} == {job.id for job in workers.running}
    quick.open.set()
    await shop.end(scans[1])
    assert slow.runs.empty()
    slow.open.set()
    await shop.end(renders[1])


async def test_stopping_lets_jobs_end(shop: Shop) -> None:
    """Within the grace running jobs end as always; nothing new is begun."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    workers = shop.work(handler, count=1)
    jobs = [await shop.submit(handler) for _ in range(2)]
    await gate.begun()
    stopping = asyncio.ensure_future(workers.stop(20))
    await shop.clock.until_asleep(20)
    gate.open.set()
    await asyncio.wait_for(stopping, 20)
    states = [(await shop.queue.get(job.id)).status for job in jobs]
    assert [JobStatus.COMPLETED, JobStatus.PENDING] == states


async def test_stopping_gives_back_what_does_not_end(shop: Shop) -> None:
    """After the grace the job waits again, and the attempt does not count."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    workers = shop.work(handler)
    job = await shop.submit(handler)
    await gate.begun()
    stopping = asyncio.ensure_future(workers.stop(20))
    await shop.clock.until_asleep(20)
    shop.clock.advance(20)
    await asyncio.wait_for(stopping, 20)
    given = await shop.queue.get(job.id)
    assert (JobStatus.PENDING, 0) == (given.status, given.attempt)
    shop.work(handler)
    gate.open.set()
    assert 1 == (await shop.end(job)).attempt


async def test_aborting_does_not_wait_for_the_grace(shop: Shop) -> None:
    """A second signal ends both the grace and what runs."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    workers = shop.work(handler)
    job = await shop.submit(handler)
    await gate.begun()
    stopping = asyncio.ensure_future(workers.stop(20))
    await shop.clock.until_asleep(20)
    await asyncio.wait_for(workers.abort(), 2)
    await asyncio.wait_for(stopping, 2)
    assert JobStatus.PENDING is (await shop.queue.get(job.id)).status


async def test_what_ends_before_it_began_is_not_begun(shop: Shop) -> None:
    """A run that is called off between its claim and its first step never reaches its handler."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    workers = Workers(shop.queue, [handler], clock=shop.clock)
    job = await shop.submit(handler)
    claimed = await shop.queue.claim("here", ["render"])
    assert claimed is not None
    workers._begin(claimed)
    (run,) = workers._runs.values()
    run.end("released")
    await asyncio.wait_for(workers.stop(20), 20)
    assert JobStatus.PENDING is (await shop.queue.get(job.id)).status
    assert gate.runs.empty()


async def test_a_deaf_handler_does_not_hold_up_the_end(shop: Shop) -> None:
    """It is left behind, and its job stays with it until the next start takes it."""
    gate = Gate()
    deaf_to: list[str | None] = []

    async def run(run: JobRun) -> dict[str, Any]:
        while not gate.open.is_set():
            try:
                await gate(run)
            except asyncio.CancelledError:
                deaf_to.append(run.stop)
        return {}

    handler = Handler(kind="deaf", run=run)
    workers = shop.work(handler)
    job = await shop.submit(handler)
    await gate.begun()
    aborting = asyncio.ensure_future(workers.abort())
    await shop.clock.until_asleep(0.8)
    shop.clock.advance(0.8)
    await asyncio.wait_for(aborting, 20)
    assert JobStatus.RUNNING is (await shop.queue.get(job.id)).status
    assert "released" in deaf_to
    gate.open.set()
    shop.work(handler)
    assert 2 == (await shop.end(job)).attempt


async def test_hundreds_wait_for_one_job(shop: Shop) -> None:
    """All are answered when it ends, nobody before."""
    gate = Gate()
    handler = Handler(kind="render", run=gate)
    shop.work(handler)
    job = await shop.submit(handler)
    await gate.begun()
    waiters = [asyncio.ensure_future(shop.end(job)) for _ in range(300)]
    await asyncio.sleep(0)
    assert not any(waiter.done() for waiter in waiters)
    gate.open.set()
    ended = await asyncio.gather(*waiters)
    assert {JobStatus.COMPLETED} == {done.status for done in ended}


async def test_waiting_has_an_end(shop: Shop) -> None:
    """At its timeout the job is shown as it stands; one at rest at once; an unknown one is refused."""
    handler = Handler(kind="render", run=Gate())
    job = await shop.submit(handler)
    waiting = Waiting(shop.queue, clock=shop.clock)
    answer = asyncio.ensure_future(waiting.wait(job.id, 30))
    await shop.clock.until_asleep(30)
    shop.clock.advance(30)
    assert JobStatus.PENDING is (await asyncio.wait_for(answer, 20)).status
    await shop.cancel(job)
    assert JobStatus.CANCELLED is (await asyncio.wait_for(waiting.wait(job.id, 30), 20)).status
    with pytest.raises(RequestError):
        await waiting.wait("job_0", 30)
    waiting.close()
