"""The queue in the database's table of jobs."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Row, func, insert, or_, select, update

from stoat_ferret.errors import Conflict, LeaseLost, Problem, StoatError, TooManyRequests
from stoat_ferret.jobs import machine
from stoat_ferret.jobs.batch import Batch
from stoat_ferret.jobs.clock import Clock, SystemClock
from stoat_ferret.jobs.job import Job, JobStatus, NewJob, problem_of
from stoat_ferret.jobs.queue import (
    Also,
    JobQuery,
    Jobs,
    JobWatcher,
    Report,
    Stats,
    unknown_batch,
    unknown_job,
)
from stoat_ferret.model.event import Context, Event, EventType, new_id
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.tables import jobs

__all__ = ["TableQueue"]

_ALIVE = (JobStatus.PENDING.value, JobStatus.RUNNING.value)
_TOLD_BYTES = 8192
"""A larger result is left out of the event: it is asked for by the job's id."""

T = TypeVar("T")

_FIELDS = tuple(field.name for field in fields(Job))
_COLUMNS = tuple(jobs.c[name] for name in _FIELDS)
_OTHERS = jobs.alias("others")
_OF_ITS_BATCH = (
    select(func.count())
    .where(_OTHERS.c.batch_id == jobs.c.batch_id, _OTHERS.c.status == JobStatus.RUNNING.value)
    .correlate(jobs)
    .scalar_subquery()
)
"""How many jobs of a job's batch run."""


class TableQueue:
    """A durable queue: what it acknowledged survives whatever happens to the process."""

    def __init__(
        self,
        database: Database,
        *,
        lease_seconds: float = 15.0,
        depth: int = 1000,
        clock: Clock | None = None,
    ) -> None:
        self._database = database
        self._lease = lease_seconds
        self._depth = depth
        self._clock = clock or SystemClock()

    @property
    def lease_seconds(self) -> float:
        """How long a worker may be silent before its job is taken from it."""
        return self._lease

    # What is part of a change of others

    def submit(self, change: Change, new: NewJob) -> Job:
        """Ask for work; raises `TooManyRequests` (`queue.full`)."""
        self._make_room(change)
        job = _added(change, new)
        _tell_depth(change)
        return job

    def submit_batch(self, change: Change, news: Sequence[NewJob], *, parallel: int) -> Batch:
        """Ask for much work at once; raises `TooManyRequests` (`queue.full`)."""
        self._make_room(change, len(news))
        batch_id = new_id("batch")
        added = [_added(change, new, batch_id=batch_id, batch_parallel=parallel) for new in news]
        _tell_depth(change)
        change.note("batch.submitted", "batch", batch_id, {"total": len(added), "parallel": parallel})
        return Batch(id=batch_id, parallel=parallel, jobs=tuple(added))

    def cancel_batch(self, change: Change, batch_id: str) -> Batch:
        """Cancel all of a batch that waits or runs; raises `NotFound` or `Conflict`."""
        before = _load_batch(change.connection, batch_id)
        if before.is_terminal:
            raise Conflict.because(
                "batch.wrong_state",
                f"The batch is {before.status.value}; nothing of it waits or runs.",
                hint="Read it; what did not end well can be retried job by job.",
                path="/batch_id",
            )
        for job in before.jobs:
            if not job.is_terminal:
                self.cancel(change, job.id)
        change.note("batch.cancelled", "batch", batch_id, {"total": len(before.jobs)})
        return _load_batch(change.connection, batch_id)

    def cancel(self, change: Change, job_id: str, *, why: StoatError | None = None) -> Job:
        """Not wanted any more; raises `NotFound` or `Conflict` (`job.wrong_state`)."""
        before = _load_to_change(change, job_id)
        problem = None if why is None else problem_of(why, job_id)
        job = machine.ask_to_cancel(before, at=change.time, problem=problem)
        _store(change, before, job)
        if job.is_terminal:
            _tell_end(change, job)
        else:
            _tell(change, job, "JOB_PROGRESS", progress=job.progress, cancel_requested=True)
            change.note("job.cancel_requested", "job", job.id, {"kind": job.kind})
        return job

    def cancel_all(self, change: Change, project_id: str, *, why: StoatError) -> list[Job]:
        """Cancel all that waits or runs of a project."""
        alive = select(jobs.c.id).where(jobs.c.project_id == project_id, jobs.c.status.in_(_ALIVE))
        ids = change.connection.execute(alive.order_by(jobs.c.number)).scalars().all()
        return [self.cancel(change, job_id, why=why) for job_id in ids]

    def retry(self, change: Change, job_id: str) -> Job:
        """Wanted again; raises `NotFound`, `Conflict` (`job.wrong_state`) or `TooManyRequests`."""
        before = _load_to_change(change, job_id)
        job = machine.retry(before)
        self._make_room(change)
        _store(change, before, job)
        _tell_queued(change, job, "retried")
        _tell_depth(change)
        change.note("job.retried", "job", job.id, {"kind": job.kind})
        return job

    # What workers do

    async def claim(self, worker: str, kinds: Collection[str]) -> Job | None:
        """Take the next job of one of these kinds, if there is one that may start now."""
        due = (
            select(*_COLUMNS)
            .where(
                jobs.c.status == JobStatus.PENDING.value,
                jobs.c.kind.in_(sorted(kinds)),
                jobs.c.not_before <= self._clock.time(),
                or_(jobs.c.batch_id.is_(None), jobs.c.batch_parallel > _OF_ITS_BATCH),
            )
            .order_by(jobs.c.priority.desc(), jobs.c.number)
            .limit(1)
        )
        # Looking does not wait for the one writer.
        if await self._database.read(lambda connection: connection.execute(due).first()) is None:
            return None

        def work(change: Change) -> Job | None:
            row = change.connection.execute(due.with_for_update(of=jobs, skip_locked=True)).one_or_none()
            if row is None:
                return None
            before = _job(row)
            job = machine.claim(before, worker=worker, lease_until=self._lease_end(), at=change.time)
            _store(change, before, job)
            _tell(change, job, "JOB_STARTED", attempt=job.attempt)
            _tell_depth(change)
            return job

        return await self._database.write(work)

    async def heartbeat(self, held: Job, report: Report | None = None) -> Job:
        """Keep a job for another lease, and tell how far it is; the job as it stands."""
        report = report or Report()

        def work(change: Change) -> Job:
            before = _load_to_change(change, held.id)
            job = machine.renew(
                before,
                fence=held.fence,
                lease_until=self._lease_end(),
                progress=report.progress,
                eta_seconds=report.eta_seconds,
                checkpoint=report.checkpoint,
            )
            _store(change, before, job)
            if report.progress is not None or report.detail is not None:
                detail = {} if report.detail is None else {"detail": dict(report.detail)}
                shown = job.to_json()
                told = {"progress": shown["progress"], "eta_seconds": shown["eta_seconds"]}
                _tell(change, job, "JOB_PROGRESS", **told, **detail)
            return job

        return await self._write(work, held)

    async def complete(self, held: Job, result: Mapping[str, Any], also: Also | None = None) -> Job:
        """It is done; raises what `also` raises, and then nothing is written."""

        def work(change: Change) -> Job:
            before = _load_to_change(change, held.id)
            job = machine.complete(before, fence=held.fence, result=dict(result), at=change.time)
            if also is not None:
                also(change)
            _store(change, before, job)
            _tell_end(change, job)
            return job

        return await self._write(work, held)

    async def fail(self, held: Job, problem: Mapping[str, Any]) -> Job:
        """It cannot be done."""
        step = functools.partial(machine.fail, fence=held.fence, problem=dict(problem))
        return await self._end(held, lambda job, at: step(job, at=at))

    async def time_out(self, held: Job) -> Job:
        """It took longer than it may."""
        return await self._end(held, lambda job, at: machine.time_out(job, fence=held.fence, at=at))

    async def stopped(self, held: Job) -> Job:
        """It ended because somebody cancelled it."""
        return await self._end(held, lambda job, at: machine.cancel(job, fence=held.fence, at=at))

    async def release(self, held: Job) -> Job:
        """Give it back, as if this attempt had not been."""
        step = functools.partial(machine.release, fence=held.fence)
        return await self._end(held, lambda job, at: step(job, at=at), "released")

    async def defer(self, held: Job, problem: Mapping[str, Any], *, seconds: float) -> Job:
        """Try again later; it fails with `problem` when it may not be started again."""
        later = self._clock.time() + seconds
        step = functools.partial(machine.defer, fence=held.fence, not_before=later, problem=dict(problem))
        return await self._end(held, lambda job, at: step(job, at=at), "deferred")

    async def reclaim(self, *, orphans: bool = False, spare: Collection[str] = ()) -> list[Job]:
        """Take running jobs whose lease is over from their workers; those that were taken."""
        query = select(*_COLUMNS).where(jobs.c.status == JobStatus.RUNNING.value)
        if not orphans:
            query = query.where(jobs.c.lease_until <= self._clock.time())
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        dead = [job for job in map(_job, rows) if job.id not in spare]
        return [job for job in [await self._reclaim(job) for job in dead] if job is not None]

    async def _reclaim(self, dead: Job) -> Job | None:
        def work(change: Change) -> Job | None:
            before = _load_to_change(change, dead.id)
            if (before.fence, before.lease_until) != (dead.fence, dead.lease_until):
                return None
            job = machine.reclaim(before, at=change.time)
            _store(change, before, job)
            if job.is_terminal:
                _tell_end(change, job)
            else:
                _tell_queued(change, job, "reclaimed")
                _tell_depth(change)
            return job

        return await self._write(work, dead)

    # What is asked

    async def get(self, job_id: str) -> Job:
        """The job as it stands; raises `NotFound`."""
        return await self._database.read(lambda connection: _load(connection, job_id))

    async def batch(self, batch_id: str) -> Batch:
        """The batch as it stands; raises `NotFound`."""
        return await self._database.read(lambda connection: _load_batch(connection, batch_id))

    async def find(self, query: JobQuery) -> Jobs:
        """List jobs, newest first."""
        wanted = [
            jobs.c[name] == value
            for name in ("status", "kind", "project_id")
            if (value := getattr(query, name)) is not None
        ]
        page = select(*_COLUMNS).where(*wanted).order_by(jobs.c.number.desc())
        count = select(func.count()).select_from(jobs).where(*wanted)

        def work(connection: Connection) -> Jobs:
            rows = connection.execute(page.limit(query.limit).offset(query.offset)).all()
            total = connection.execute(count).scalar_one()
            return Jobs(items=tuple(map(_job, rows)), total=total)

        return await self._database.read(work)

    async def stats(self) -> Stats:
        """Count jobs."""
        query = select(jobs.c.kind, jobs.c.status, func.count()).group_by(jobs.c.kind, jobs.c.status)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        by_kind: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for kind, status, count in rows:
            by_kind[kind][status] = count
        pending, running = (sum(of.get(status, 0) for of in by_kind.values()) for status in _ALIVE)
        return Stats(pending=pending, running=running, depth=self._depth, by_kind=dict(by_kind))

    def watch(self, watcher: JobWatcher) -> Callable[[], None]:
        """Tell `watcher` of every step from now on; call what is returned to stop that."""

        def listen(told: list[Event]) -> None:
            for event in told:
                if event.type.startswith("JOB_"):
                    watcher(event)

        return self._database.listen(listen)

    # Inside

    async def _end(self, held: Job, step: Callable[[Job, str], Job], again: str = "") -> Job:
        def work(change: Change) -> Job:
            before = _load_to_change(change, held.id)
            job = step(before, change.time)
            _store(change, before, job)
            if job.is_terminal:
                _tell_end(change, job)
            else:
                _tell_queued(change, job, again)
                _tell_depth(change)
            return job

        return await self._write(work, held)

    async def _write(self, work: Callable[[Change], T], held: Job) -> T:
        by = Context(actor=held.actor, correlation_id=held.correlation_id)
        return await self._database.write(work, by=by)

    def _lease_end(self) -> float:
        return self._clock.time() + self._lease

    def _make_room(self, change: Change, count: int = 1) -> None:
        pending, running = _depth(change.connection)
        if pending + running + count <= self._depth:
            return
        soonest = select(func.min(jobs.c.eta_seconds)).where(jobs.c.status == JobStatus.RUNNING.value)
        seconds = min(60.0, max(1.0, change.connection.execute(soonest).scalar() or 5.0))
        problem = Problem(
            code="queue.full",
            path="",
            message=f"{pending + running} jobs wait or run already; there is room for {self._depth}.",
            hint="Ask again when some are done, or cancel some.",
        )
        raise TooManyRequests(problems=(problem,), retry_after=seconds)


def _job(row: Row[Any]) -> Job:
    values = dict(zip(_FIELDS, row, strict=True))
    return Job(**(values | {"status": JobStatus(values["status"])}))


def _load(connection: Connection, job_id: str, *, lock: bool = False) -> Job:
    query = select(*_COLUMNS).where(jobs.c.id == job_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise unknown_job(job_id)
    return _job(row)


def _load_batch(connection: Connection, batch_id: str) -> Batch:
    query = select(*_COLUMNS).where(jobs.c.batch_id == batch_id).order_by(jobs.c.number)
    found = tuple(map(_job, connection.execute(query)))
    if not found:
        raise unknown_batch(batch_id)
    return Batch(id=batch_id, parallel=found[0].batch_parallel or 1, jobs=found)


def _added(change: Change, new: NewJob, **batch: Any) -> Job:
    """A job that waits; `batch` are the fields that tell of its batch."""
    job = Job(
        id=new_id("job"),
        kind=new.kind,
        status=JobStatus.PENDING,
        priority=new.priority,
        payload=dict(new.payload),
        project_id=new.project_id,
        actor=change.by.actor,
        correlation_id=change.by.correlation_id,
        max_attempts=new.max_attempts,
        timeout_seconds=new.timeout_seconds,
        not_before=new.not_before,
        created_at=change.time,
        **batch,
    )
    change.connection.execute(insert(jobs).values({name: getattr(job, name) for name in _FIELDS}))
    _tell_queued(change, job, "submitted")
    change.note("job.submitted", "job", job.id, {"kind": job.kind})
    return job


def _load_to_change(change: Change, job_id: str) -> Job:
    return _load(change.connection, job_id, lock=True)


def _store(change: Change, before: Job, after: Job) -> None:
    """Write what a step changed."""
    changed = {name: value for name in _FIELDS if (value := getattr(after, name)) != getattr(before, name)}
    mine = (jobs.c.id == after.id) & (jobs.c.fence == before.fence)
    if changed and change.connection.execute(update(jobs).where(mine).values(changed)).rowcount != 1:
        raise LeaseLost(job_id=after.id)


def _depth(connection: Connection) -> tuple[int, int]:
    """How many jobs are pending and running."""
    query = select(jobs.c.status, func.count()).where(jobs.c.status.in_(_ALIVE)).group_by(jobs.c.status)
    counts: dict[str, int] = dict(iter(connection.execute(query)))
    return counts.get(_ALIVE[0], 0), counts.get(_ALIVE[1], 0)


def _tell(change: Change, job: Job, type_: EventType, **data: Any) -> None:
    change.tell(
        type_,
        project_id=job.project_id,
        job_id=job.id,
        correlation_id=job.correlation_id,
        actor=job.actor,
        data={"kind": job.kind, **({} if job.batch_id is None else {"batch_id": job.batch_id}), **data},
    )


def _tell_queued(change: Change, job: Job, reason: str) -> None:
    _tell(change, job, "JOB_QUEUED", reason=reason, priority=job.priority, attempt=job.attempt)


def _tell_depth(change: Change) -> None:
    pending, running = _depth(change.connection)
    change.tell("QUEUE_STATUS", data={"pending": pending, "running": running})


def _tell_end(change: Change, job: Job) -> None:
    """Tell that a job came to rest, and note it."""
    details: dict[str, Any] = {"kind": job.kind, "attempt": job.attempt}
    match job.status:
        case JobStatus.COMPLETED:
            told = {"result": job.result} if len(orjson.dumps(job.result)) <= _TOLD_BYTES else {}
            _tell(change, job, "JOB_COMPLETED", status=job.status.value, **told)
        case JobStatus.CANCELLED:
            why = {} if job.problem is None else {"problem": job.problem}
            _tell(change, job, "JOB_CANCELLED", status=job.status.value, **why)
        case _:
            _tell(change, job, "JOB_FAILED", status=job.status.value, problem=job.problem)
            details["code"] = (job.problem or {}).get("code")
    _tell_depth(change)
    change.note(f"job.{job.status.value}", "job", job.id, details)
    if job.batch_id is not None:
        _tell_batch_end(change, job.batch_id)


_BATCH_ENDS: Mapping[JobStatus, EventType] = {
    JobStatus.COMPLETED: "JOB_COMPLETED",
    JobStatus.FAILED: "JOB_FAILED",
    JobStatus.CANCELLED: "JOB_CANCELLED",
}


def _tell_batch_end(change: Change, batch_id: str) -> None:
    """Tell that the last job of a batch came to rest, under the batch's id: who waits for it asks for one."""
    mine = jobs.c.batch_id == batch_id
    alive = select(jobs.c.id).where(mine, jobs.c.status.in_(_ALIVE)).limit(1)
    if change.connection.execute(alive).first() is not None:
        return
    batch = _load_batch(change.connection, batch_id)
    shown = batch.to_json()
    told = {name: shown[name] for name in ("status", "total", "counts")}
    change.tell(_BATCH_ENDS[batch.status], job_id=batch_id, data={"kind": "batch", **told})
