"""Webhooks: who is called when something happens, and the outbox that makes sure of it.

A delivery is written in the transaction of its event: what was acknowledged is told, whatever happens to the
process. `couriers` sends what the outbox holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection, CursorResult, delete, func, insert, select

from stoat_ferret.errors import NotFound, Problem, RequestError
from stoat_ferret.jobs.clock import Clock, SystemClock
from stoat_ferret.model.event import EVENT_TYPES, Event, new_id
from stoat_ferret.operations.couriers import Outbound
from stoat_ferret.operations.outbound import new_secret
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.tables import webhook_deliveries, webhooks

__all__ = ["SENT_TYPES", "Created", "Webhook", "WebhookList", "Webhooks"]

_LIVE = frozenset({"HEALTH_STATUS", "HEARTBEAT", "RENDER_FRAME", "RESYNC"})
"""Told to those who listen, and not kept."""
SENT_TYPES = tuple(name for name in EVENT_TYPES if name not in _LIVE)
"""What a webhook can be sent: events that are kept."""

_ON_REQUEST = frozenset({"JOB_PROGRESS", "QUEUE_STATUS", "SCAN_PROGRESS"})
"""Many for each job: sent only to those who name them."""
_MOST = 100
"""Webhooks: each of them is looked at for every event."""

_ALL = select(*[column for column in webhooks.c if column.name != "secret"]).order_by(
    webhooks.c.created_at, webhooks.c.id
)
# Made once: every event comes by here, and to build a statement takes longer than to run it.
_ENABLED = _ALL.where(webhooks.c.enabled)


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """An address that is called."""

    id: str
    url: str
    events: tuple[str, ...]
    """Types that it is sent; empty: all but those that tell of progress."""
    project_id: str | None
    """Only what concerns this project."""
    job_id: str | None
    """Only what concerns this job; the webhook goes after its end."""
    enabled: bool
    """Off once its server said that it is gone (410)."""
    actor: str
    """Who made it."""
    created_at: str

    def wants(self, event: Event) -> bool:
        """Whether it is sent an event."""
        return (
            (event.type in self.events if self.events else event.type not in _ON_REQUEST)
            and (self.project_id is None or self.project_id == event.project_id)
            and (self.job_id is None or self.job_id == event.job_id)
        )

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it: without its secret."""
        return {
            "id": self.id,
            "url": self.url,
            "events": list(self.events),
            "project_id": self.project_id,
            "job_id": self.job_id,
            "enabled": self.enabled,
            "actor": self.actor,
            "created_at": self.created_at,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Created:
    """A new webhook, with what is shown only once."""

    webhook: Webhook
    secret: str = field(repr=False)
    """`whsec_...`: proves that a call comes from here."""

    def to_json(self) -> dict[str, Any]:
        """The answer to who made it."""
        return {**self.webhook.to_json(), "secret": self.secret}

    def repeated(self) -> dict[str, Any]:
        """The answer to who sends the same request again: only it is kept, so that no secret is."""
        return {**self.webhook.to_json(), "secret": None}


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookList:
    """One page of the webhooks, oldest first."""

    items: tuple[Webhook, ...]
    total: int
    """How many there are on all pages."""


class Webhooks:
    """The webhooks of one database; give `outbox` to the database."""

    def __init__(self, database: Database, *, outbound: Outbound, clock: Clock | None = None) -> None:
        self._database = database
        self._outbound = outbound
        self._clock = clock or SystemClock()
        self._wrote = False

    def wrote(self) -> bool:
        """Whether the outbox was given something since this was asked last; in the writer's thread."""
        wrote, self._wrote = self._wrote, False
        return wrote

    def address_problems(self, url: str) -> Sequence[Problem]:
        """Why an address may not be called, as far as it tells by itself."""
        try:
            self._outbound.check(url)
        except RequestError as refused:
            return refused.problems
        return ()

    def create(
        self,
        change: Change,
        *,
        url: str,
        events: Sequence[str] = (),
        project_id: str | None = None,
        job_id: str | None = None,
    ) -> Created:
        """Call an address from now on; raises `RequestError` with all that is wrong."""
        problems = [*self.address_problems(url), *_type_problems(events), *_too_many(change)]
        if problems:
            raise RequestError(problems=tuple(problems))
        webhook = Webhook(
            id=new_id("whk"),
            url=url,
            events=tuple(dict.fromkeys(events)),
            project_id=project_id,
            job_id=job_id,
            enabled=True,
            actor=change.by.actor,
            created_at=change.time,
        )
        secret = new_secret()
        change.connection.execute(insert(webhooks).values({**webhook.to_json(), "secret": secret}))
        noted = {"events": list(webhook.events), "host": urlsplit(url).hostname}
        change.note("webhook.created", "webhook", webhook.id, noted)
        return Created(webhook=webhook, secret=secret)

    def delete(self, change: Change, webhook_id: str) -> None:
        """Call it no more, not even with what waits; raises `NotFound`."""
        gone = change.connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id)).rowcount
        if not gone:
            raise _unknown(webhook_id)
        change.note("webhook.deleted", "webhook", webhook_id)

    async def get(self, webhook_id: str) -> Webhook:
        """One webhook; raises `NotFound`."""
        found = await self._database.read(lambda connection: _read(connection, webhooks.c.id == webhook_id))
        if not found:
            raise _unknown(webhook_id)
        return found[0]

    async def find(self, *, limit: int = 50, offset: int = 0) -> WebhookList:
        """The webhooks, oldest first."""

        def work(connection: Connection) -> WebhookList:
            total = connection.execute(select(func.count()).select_from(webhooks)).scalar_one()
            return WebhookList(items=_read(connection, limit=limit, offset=offset), total=total)

        return await self._database.read(work)

    def outbox(self, change: Change, event: Event) -> None:
        """Write what is to be sent because of an event, in the event's own transaction."""
        if event.type not in SENT_TYPES:
            return
        enabled = _webhooks(change.connection.execute(_ENABLED))
        wanted = [hook for hook in enabled if hook.wants(event)]
        if not wanted:
            return
        payload = {"type": event.type, "timestamp": event.time, "data": event.to_json()}
        row = {
            "event": event.number,
            "payload": orjson.dumps(payload).decode(),
            "status": "pending",
            "next_at": self._clock.time(),
            "created_at": event.time,
        }
        rows = [{**row, "id": new_id("msg"), "webhook_id": hook.id} for hook in wanted]
        change.connection.execute(insert(webhook_deliveries), rows)
        self._wrote = True


def _read(
    connection: Connection, condition: Any = None, *, limit: int | None = None, offset: int = 0
) -> tuple[Webhook, ...]:
    query = _ALL.limit(limit).offset(offset)
    return _webhooks(connection.execute(query if condition is None else query.where(condition)))


def _webhooks(result: CursorResult[Any]) -> tuple[Webhook, ...]:
    return tuple(Webhook(**{**row, "events": tuple(row["events"])}) for row in result.mappings())


def _type_problems(types: Sequence[str]) -> list[Problem]:
    return [
        Problem(
            code="webhook.event",
            path=f"/events/{index}",
            message=f"There is no event {name} that can be sent.",
            hint="Leave `events` empty for all but those that tell of progress.",
            allowed=(*get_close_matches(name, SENT_TYPES, n=3), *SENT_TYPES),
        )
        for index, name in enumerate(types)
        if name not in SENT_TYPES
    ]


def _too_many(change: Change) -> list[Problem]:
    query = select(func.count()).select_from(webhooks).where(webhooks.c.job_id.is_(None))
    if change.connection.execute(query).scalar_one() < _MOST:
        return []
    problem = Problem(
        code="webhook.too_many",
        path="",
        message=f"There are {_MOST} webhooks already.",
        hint="Delete one that is not needed any more.",
    )
    return [problem]


def _unknown(webhook_id: str) -> NotFound:
    problem = Problem(
        code="webhook.not_found",
        path="/webhook_id",
        message=f"There is no webhook {webhook_id}.",
        hint="GET /api/v1/webhooks lists them.",
    )
    return NotFound(problems=(problem,))
