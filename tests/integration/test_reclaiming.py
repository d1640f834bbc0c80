"""A process that is killed while it holds a job: the job is taken from it, and done once in effect."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from stoat_ferret.jobs.handler import Done, Handler, JobRun
from stoat_ferret.jobs.job import Job, JobStatus
from stoat_ferret.jobs.table import TableQueue
from stoat_ferret.jobs.waiting import Waiting
from stoat_ferret.jobs.worker import Workers
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.storage.tables import events

pytestmark = pytest.mark.anyio

HOLDER = """
import asyncio, logging, sys
import structlog
from stoat_ferret.jobs.handler import Handler
from stoat_ferret.jobs.table import TableQueue
from stoat_ferret.jobs.worker import Workers
from stoat_ferret.storage.database import Database

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

async def hold(run):
    await run.checkpoint({"begun": run.job.attempt})
    print("held", flush=True)
    await asyncio.Event().wait()

async def main():
    database = Database(sys.argv[1])
    database.open()
    queue = TableQueue(database, lease_seconds=float(sys.argv[2]))
    Workers(queue, [Handler(kind="render", run=hold)], heartbeat_seconds=float(sys.argv[2]) / 3).start()
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(sqlite_url(tmp_path / "stoat.db"))
    opened.open()
    yield opened
    opened.close()


async def finish(run: JobRun) -> Done:
    """End at once, and leave a mark in the same transaction."""
    return Done(result={"earlier": run.job.checkpoint}, also=lambda change: mark(change, run.job.id))


def mark(change: Change, job_id: str) -> None:
    change.tell("PROJECT_CHANGED", job_id=job_id)


RENDER = Handler(kind="render", run=finish)


async def held_by_a_killed_process(database: Database, tmp_path: Path, lease: float) -> Job:
    """A job that a process held until it was killed."""
    queue = TableQueue(database)
    job = await database.write(lambda change: queue.submit(change, RENDER.job({})))
    url = sqlite_url(tmp_path / "stoat.db")
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, url, str(lease), stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert b"held\n" == await asyncio.wait_for(holder.stdout.readline(), 30)
    finally:
        holder.kill()
        # Reads to the end, so that nothing of the pipe is left.
        await holder.communicate()
    stands = await queue.get(job.id)
    assert (JobStatus.RUNNING, 1) == (stands.status, stands.attempt)
    return job


async def done_here(database: Database, job: Job, *, lease: float, sole: bool) -> Job:
    queue = TableQueue(database, lease_seconds=lease)
    workers = Workers(queue, [RENDER], sole=sole)
    workers.start()
    waiting = Waiting(queue)
    try:
        return await asyncio.wait_for(waiting.wait(job.id, 60), 60)
    finally:
        waiting.close()
        await workers.stop(5)


async def marks(database: Database) -> int:
    query = select(func.count()).where(events.c.type == "PROJECT_CHANGED")
    return await database.read(lambda connection: connection.execute(query).scalar_one())


async def test_the_next_start_takes_it_at_once(database: Database, tmp_path: Path) -> None:
    """The embedded engine knows that nobody else works on its queue."""
    job = await held_by_a_killed_process(database, tmp_path, lease=600)
    done = await done_here(database, job, lease=600, sole=True)
    assert (JobStatus.COMPLETED, 2, {"earlier": {"begun": 1}}) == (done.status, done.attempt, done.result)
    assert 1 == await marks(database)


async def test_another_process_takes_it_when_the_lease_is_over(database: Database, tmp_path: Path) -> None:
    """Not before; and not later than a third of the lease after that, and the next look."""
    killed = time.time()
    job = await held_by_a_killed_process(database, tmp_path, lease=1.5)
    done = await done_here(database, job, lease=1.5, sole=False)
    assert (JobStatus.COMPLETED, 2) == (done.status, done.attempt)
    assert 1 == await marks(database)
    assert 1.5 <= time.time() - killed <= 15


async def test_two_pools_share_the_work(database: Database) -> None:
    """Every job is done once, whoever does it."""
    queue = TableQueue(database)
    submitted = [await database.write(lambda change: queue.submit(change, RENDER.job({}))) for _ in range(30)]
    pools = [Workers(queue, [RENDER], count=3, sole=False) for _ in range(2)]
    waiting = Waiting(queue)
    for pool in pools:
        pool.start()
    ended = await asyncio.gather(*(waiting.wait(job.id, 60) for job in submitted))
    for pool in pools:
        await pool.stop(5)
    waiting.close()
    assert {(JobStatus.COMPLETED, 1)} == {(job.status, job.attempt) for job in ended}
    assert 30 == await marks(database)
