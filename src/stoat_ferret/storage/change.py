"""One change of the database: what is written, said and noted together, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from stoat_ferret.errors import DatabaseCorrupt
from stoat_ferret.model.audit import entry_hash
from stoat_ferret.model.event import Context, Event, EventType, now
from stoat_ferret.storage.tables import audit_head, audit_log, events

__all__ = ["Change", "Outbox"]

_PRUNED_EVERY = 100
"""Events: often enough that few rows go at once, seldom enough to cost nothing."""

# Made once: to build a statement takes longer than to run it.
_TELL = insert(events).returning(events.c.number)
_HEAD = select(audit_head.c.entries, audit_head.c.hash).with_for_update()
_NOTE = insert(audit_log)
_MOVE_HEAD = update(audit_head).values(entries=bindparam("number"), hash=bindparam("newest"))


class Change:
    """A write transaction that is open."""

    def __init__(
        self,
        connection: Connection,
        by: Context,
        *,
        outboxes: Sequence[Outbox] = (),
        events_kept: int = 1000,
    ) -> None:
        self.connection = connection
        self.by = by
        self._outboxes = outboxes
        self._events_kept = events_kept
        self.time = now()
        """When it happens: everything of one change carries the same time."""
        self.events: list[Event] = []
        """Told to listeners once the change is durable."""

    def tell(
        self,
        type_: EventType,
        *,
        project_id: str | None = None,
        job_id: str | None = None,
        revision: int | None = None,
        correlation_id: str | None = None,
        actor: str | None = None,
        data: dict[str, Any] | None = None,
    ) -> Event:
        """Tell everybody, and keep the event for those who come back."""
        event = Event(
            type=type_,
            time=self.time,
            correlation_id=correlation_id or self.by.correlation_id,
            project_id=project_id,
            job_id=job_id,
            revision=revision,
            actor=actor or self.by.actor,
            data=data or {},
        )
        row = {
            "type": event.type,
            "time": event.time,
            "correlation_id": event.correlation_id,
            "project_id": project_id,
            "job_id": job_id,
            "revision": revision,
            "actor": event.actor,
            "data": event.data,
        }
        number = self.connection.execute(_TELL, row).scalar_one()
        event = replace(event, number=number)
        if number % _PRUNED_EVERY == 0:
            self.connection.execute(delete(events).where(events.c.number <= number - self._events_kept))
        for outbox in self._outboxes:
            outbox(self, event)
        self.events.append(event)
        return event

    def note(
        self,
        event_type: str,
        resource_type: str,
        resource_id: str | None,
        details: dict[str, Any] | None = None,
    ) -> None:
        """Add an entry to the audit log."""
        head = self.connection.execute(_HEAD).one_or_none()
        if head is None:
            # Written on all the same, the log would hide that its end was taken away.
            raise DatabaseCorrupt
        number, previous = head.entries + 1, head.hash
        entry: dict[str, Any] = {
            "timestamp": self.time,
            "event_type": event_type,
            "resource_type": resource_type,
            "resource_id": resource_id,
            "actor": self.by.actor,
            "correlation_id": self.by.correlation_id,
            "details": details or {},
        }
        newest = entry_hash(previous, entry)
        chained = {**entry, "id": number, "previous_hash": previous, "hash": newest}
        self.connection.execute(_NOTE, chained)
        self.connection.execute(_MOVE_HEAD, {"number": number, "newest": newest})


Outbox = Callable[[Change, Event], None]
"""Writes what is to be sent because of an event."""
