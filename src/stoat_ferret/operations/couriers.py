"""The couriers: they send what the webhooks' outbox holds, until it arrived or was tried often enough."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

import structlog
from sqlalchemy import Connection, delete, func, select, update

from stoat_ferret.errors import StoatError
from stoat_ferret.jobs.clock import Clock, SystemClock
from stoat_ferret.jobs.job import TERMINAL
from stoat_ferret.model.event import Event
from stoat_ferret.operations.outbound import sign
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.tables import jobs, webhook_deliveries, webhooks

__all__ = ["Couriers", "Outbound", "Reply"]

_log = structlog.get_logger(__name__)

_SIDE_BY_SIDE = 64
"""Calls at the same time, to all webhooks together."""
_TO_ONE = 4
"""Calls at the same time to one webhook: a slow one takes no more than these."""
_FIRST, _FACTOR, _LONGEST = 5.0, 4.0, 7200.0
"""Seconds before the second attempt; how much longer each next pause is; and the longest."""
_LOOK = 60.0
"""Seconds after which the outbox is looked at, though nothing happened."""
_KEPT = 24 * 3600.0
"""Seconds for which it can be seen what became of a delivery."""
_AWAY = (1.0, 30.0)
"""Seconds between tries of a database that is away: the first, and the longest."""


class Reply(Protocol):
    """What the other server said."""

    @property
    def status(self) -> int:
        """Its HTTP status."""
        ...


class Outbound(Protocol):
    """Calls other servers, and only those that may be called."""

    def check(self, url: str) -> object:
        """Raises `RequestError` for an address that may not be called."""
        ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post `body`; raises `StoatError` when there is no answer."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Delivery:
    id: str
    webhook_id: str
    payload: str
    attempt: int
    url: str
    secret: str = field(repr=False)
    job_id: str | None


class Couriers:
    """Sends the deliveries of one database; no other process does."""

    def __init__(
        self,
        database: Database,
        outbound: Outbound,
        *,
        wrote: Callable[[], bool] = lambda: True,
        attempts: int = 8,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Send what is in the outbox; `wrote` tells, after a change, whether there may be more in it.

        `attempts`: how often a delivery is tried; `jitter`: 0 to 1, so that not all come back at once.
        """
        self._database = database
        self._outbound = outbound
        self._wrote = wrote
        self._attempts = attempts
        self._clock = clock or SystemClock()
        self._jitter = jitter
        self._under_way: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._leave: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to send, first of all what an earlier process left."""
        loop = asyncio.get_running_loop()

        def told(_: list[Event]) -> None:
            if self._wrote() and not loop.is_closed():
                loop.call_soon_threadsafe(self._wake.set)

        self._leave = self._database.listen(told)
        self._loop = asyncio.create_task(self._work(), name="webhooks")

    async def stop(self) -> None:
        """Send no more; what is under way is called off, and sent again after the next start."""
        self._leave()
        tasks = [*self._tasks, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _work(self) -> None:
        away = 0.0
        while True:
            self._wake.clear()
            try:
                pause = await self._send_due()
                away = 0.0
            except Exception as error:
                first, longest = _AWAY
                pause = away = min(longest, away * 2 or first)
                _log.warning("webhooks_wait", error=str(error), retry_seconds=pause)
            if pause > 0:
                await self._pause(pause)

    async def _send_due(self) -> float:
        """Begin what is due and may begin; the seconds until there is more to do."""
        due, next_at = await self._database.read(self._due)
        busy = Counter(self._under_way.values())
        begun = 0
        for delivery in due[: _SIDE_BY_SIDE - len(self._under_way)]:
            if busy[delivery.webhook_id] < _TO_ONE:
                busy[delivery.webhook_id] += 1
                begun += 1
                self._begin(delivery)
        if begun:
            # A webhook with much to come may have hidden the others.
            return 0.0
        return _LOOK if next_at is None else min(_LOOK, max(0.1, next_at - self._clock.time()))

    def _due(self, connection: Connection) -> tuple[list[_Delivery], float | None]:
        busy = [hook for hook, count in Counter(self._under_way.values()).items() if count >= _TO_ONE]
        table = webhook_deliveries
        open_ = (
            (table.c.status == "pending")
            & table.c.id.not_in(list(self._under_way))
            & table.c.webhook_id.not_in(busy)
        )
        columns = (table.c.id, table.c.webhook_id, table.c.payload, table.c.attempt)
        query = (
            select(*columns, webhooks.c.url, webhooks.c.secret, webhooks.c.job_id)
            .join_from(table, webhooks)
            .where(open_, table.c.next_at <= self._clock.time())
            .order_by(table.c.next_at, table.c.event)
            .limit(_SIDE_BY_SIDE)
        )
        rows = connection.execute(query).mappings().all()
        next_at = connection.execute(select(func.min(table.c.next_at)).where(open_)).scalar()
        return [_Delivery(**row) for row in rows], next_at

    def _begin(self, delivery: _Delivery) -> None:
        self._under_way[delivery.id] = delivery.webhook_id
        task = asyncio.create_task(self._deliver(delivery), name=f"webhook-{delivery.id}")
        self._tasks.add(task)

        def ended(_: object) -> None:
            self._tasks.discard(task)
            del self._under_way[delivery.id]
            self._wake.set()

        task.add_done_callback(ended)

    async def _deliver(self, delivery: _Delivery) -> None:
        status, error = await self._post(delivery)
        arrived = status is not None and HTTPStatus(200) <= status < HTTPStatus(300)
        gone = status == HTTPStatus.GONE

        def work(change: Change) -> None:
            self._settle(change, delivery, None if arrived else error)
            if gone:
                _disable(change, delivery.webhook_id)
            if delivery.job_id is not None:
                _drop_when_done(change, delivery)

        try:
            await self._database.write(work)
        except Exception as trouble:
            # It stays in the outbox, and is sent again under the same id.
            _log.warning("webhook_not_noted", delivery_id=delivery.id, error=str(trouble))
            await self._clock.sleep(_AWAY[0])

    async def _post(self, delivery: _Delivery) -> tuple[int | None, str]:
        """The status that came back, and what is wrong with it."""
        body = delivery.payload.encode()
        signed = sign(delivery.secret, message_id=delivery.id, timestamp=int(self._clock.time()), body=body)
        headers = {"content-type": "application/json", **signed}
        try:
            reply = await self._outbound.post(delivery.url, body, headers)
        except StoatError as error:
            return None, str(error)
        except Exception:
            _log.exception("webhook_crashed", delivery_id=delivery.id)
            return None, "The call failed for a reason that was not foreseen."
        return reply.status, f"The answer was {reply.status}."

    def _settle(self, change: Change, delivery: _Delivery, error: str | None) -> None:
        attempt = delivery.attempt + 1
        again = error is not None and attempt < self._attempts
        now = self._clock.time()
        pause = min(_LONGEST, _FIRST * _FACTOR ** (attempt - 1)) * (0.8 + 0.4 * self._jitter())
        values: dict[str, Any] = {
            "attempt": attempt,
            "last_error": error,
            "status": "pending" if again else "failed" if error else "delivered",
            "next_at": now + pause if again else now,
            "delivered_at": None if error else change.time,
        }
        table = webhook_deliveries
        change.connection.execute(update(table).where(table.c.id == delivery.id).values(values))
        old = table.c.status.in_(["delivered", "failed"]) & (table.c.next_at < now - _KEPT)
        change.connection.execute(delete(table).where(old))

    async def _pause(self, seconds: float) -> None:
        waits = [asyncio.ensure_future(wait) for wait in (self._wake.wait(), self._clock.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _disable(change: Change, webhook_id: str) -> None:
    """Its server said that it is gone for good: what waits for it is not sent."""
    table = webhook_deliveries
    waiting = (table.c.webhook_id == webhook_id) & (table.c.status == "pending")
    change.connection.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(enabled=False))
    change.connection.execute(update(table).where(waiting).values(status="failed", last_error="It is gone."))
    change.note("webhook.disabled", "webhook", webhook_id)


def _drop_when_done(change: Change, delivery: _Delivery) -> None:
    """A job's own webhook goes once the job is at rest, and all was said."""
    table = webhook_deliveries
    waiting = select(func.count()).where(
        table.c.webhook_id == delivery.webhook_id, table.c.status == "pending"
    )
    status = select(jobs.c.status).where(jobs.c.id == delivery.job_id)
    at_rest = change.connection.execute(status).scalar() in {None, *(status.value for status in TERMINAL)}
    if at_rest and not change.connection.execute(waiting).scalar_one():
        change.connection.execute(delete(webhooks).where(webhooks.c.id == delivery.webhook_id))
