"""How fast the job engine and the event bus are."""

from __future__ import annotations

import asyncio
import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from benchmarks.figures import Figure
from stoat_ferret.bus import Bus, Subscription
from stoat_ferret.jobs.handler import Handler, JobRun
from stoat_ferret.jobs.job import NewJob
from stoat_ferret.jobs.table import TableQueue
from stoat_ferret.jobs.waiting import Waiting
from stoat_ferret.jobs.worker import Workers
from stoat_ferret.storage.database import Database, sqlite_url

JOBS = 500
LISTENERS = 500
EVENTS = 100


@contextmanager
def database() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        opened = Database(sqlite_url(Path(folder) / "stoat.db"))
        opened.open()
        yield opened
        opened.close()


async def claims(waiting_jobs: int) -> float:
    """Claims per second while so many jobs wait."""
    with database() as opened:
        queue = TableQueue(opened, depth=waiting_jobs + 1)
        await opened.write(
            lambda change: [queue.submit(change, NewJob(kind="x")) for _ in range(waiting_jobs)]
        )
        count = min(waiting_jobs, JOBS)
        started = time.perf_counter()
        for _ in range(count):
            assert await queue.claim("bench", ["x"]) is not None
        return count / (time.perf_counter() - started)


async def whole_jobs() -> float:
    """Jobs per second from submission to end, with the workers of one process."""

    async def run(run: JobRun) -> dict[str, int]:
        return {}

    with database() as opened:
        queue, handler = TableQueue(opened, depth=JOBS + 1), Handler(kind="x", run=run)
        workers, waiting = Workers(queue, [handler], count=4), Waiting(queue)
        started = time.perf_counter()
        jobs = [await opened.write(lambda change: queue.submit(change, handler.job({}))) for _ in range(JOBS)]
        workers.start()
        await asyncio.gather(*(waiting.wait(job.id, 60) for job in jobs))
        taken = time.perf_counter() - started
        waiting.close()
        await workers.stop()
        return JOBS / taken


async def fan_out() -> tuple[float, float]:
    """Median and 99th percentile of the time from a durable event to a listener, milliseconds."""
    told: list[float] = []
    late: list[float] = []

    async def listen(subscription: Subscription) -> None:
        for _ in range(EVENTS):
            message = await anext(subscription)
            late.append(time.perf_counter() - told[message.event.data["index"]])

    with database() as opened:
        opened.listen(lambda _: told.append(time.perf_counter()))
        bus = Bus(opened)
        await bus.start()
        listeners = [asyncio.create_task(listen(bus.subscribe())) for _ in range(LISTENERS)]
        for index in range(EVENTS):
            await opened.write(
                lambda change, index=index: change.tell("PROJECT_CHANGED", data={"index": index})
            )
        await asyncio.gather(*listeners)
        bus.close()
    marks = statistics.quantiles(late, n=100)
    return marks[49] * 1000, marks[98] * 1000


def figures() -> list[Figure]:
    """Claims should cost the same however many jobs wait."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    few, many = asyncio.run(claims(500)), asyncio.run(claims(10_000))
    median, worst = asyncio.run(fan_out())
    return [
        Figure(what="claims a second, 500 jobs waiting", value=few),
        Figure(what="claims, 500 waiting / 10,000 waiting", value=few / many),
        Figure(what="whole jobs a second", value=asyncio.run(whole_jobs())),
        Figure(what=f"event to {LISTENERS} listeners, median, ms", value=median),
        Figure(what=f"event to {LISTENERS} listeners, p99, ms", value=worst),
    ]
