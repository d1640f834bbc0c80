"""The audit log: read, and proven whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, func, inspect, select, type_coerce
from sqlalchemy.types import NullType

from stoat_ferret.model.audit import Break, Head, first_break
from stoat_ferret.storage.database import Database, plain
from stoat_ferret.storage.tables import audit_head, audit_log

__all__ = ["AuditLog"]

_AsKept = NullType()
_UNREADABLE = object()
"""Stands for what no entry says."""


class AuditLog:
    """Who did what, in a chain of hashes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, wanted: Mapping[str, str | None], *, limit: int, offset: int) -> dict[str, Any]:
        """Entries whose columns have the wanted values, newest first."""
        conditions = [audit_log.c[name] == value for name, value in wanted.items() if value is not None]

        def work(connection: Connection) -> dict[str, Any]:
            found = select(audit_log).where(*conditions).order_by(audit_log.c.id.desc())
            rows = connection.execute(found.limit(limit).offset(offset))
            total = connection.execute(
                select(func.count()).select_from(audit_log).where(*conditions)
            ).scalar_one()
            items = [plain(row) for row in rows]
            return {"items": items, "total": total, "limit": limit, "offset": offset}

        return await self._database.read(work)

    def verify(self) -> dict[str, Any]:
        """Whether every entry is there, as it was written; blocks.

        `{entries, last_hash, whole, first_broken, reason}`.
        """
        last: list[Any] = []
        count = 0

        def work(connection: Connection) -> Break | None:
            def entries() -> Iterator[dict[str, Any]]:
                nonlocal count
                for entry in _written(connection):
                    count += 1
                    last[:] = [entry["hash"]]
                    yield entry

            return first_break(entries(), _head(connection))

        broken = self._database.read_now(work)
        return {
            "entries": count,
            "last_hash": str(last[0]) if last else None,
            "whole": broken is None,
            "first_broken": None if broken is None else broken.id,
            "reason": None if broken is None else broken.reason,
        }


def _written(connection: Connection) -> Iterator[dict[str, Any]]:
    """The entries as they stand there, sound or not."""
    if not inspect(connection).has_table(audit_log.name):
        return
    # As text, where the database keeps it as text: what is no JSON is a finding, not a failure.
    details = type_coerce(audit_log.c.details, _AsKept).label("details")
    columns = [column for column in audit_log.c if column is not audit_log.c.details]
    rows = connection.execute(
        select(*columns, details).order_by(audit_log.c.id), execution_options={"yield_per": 1000}
    )
    for row in rows.mappings():
        entry = {str(name): value for name, value in row.items()}
        if isinstance(entry["details"], str | bytes):
            try:
                entry["details"] = orjson.loads(entry["details"])
            except ValueError:
                entry["details"] = _UNREADABLE
        yield entry


def _head(connection: Connection) -> Head | None:
    if not inspect(connection).has_table(audit_head.name):
        return None
    row = connection.execute(select(audit_head)).one_or_none()
    return None if row is None else Head(entries=row.entries, hash=row.hash)
