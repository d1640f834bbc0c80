"""The audit log: read, and proven whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from stoat_ferret.model.audit import first_broken
from stoat_ferret.storage.database import Database, plain
from stoat_ferret.storage.tables import audit_log

__all__ = ["AuditLog"]


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
        """Whether every entry is as it was written: `{entries, last_hash, whole, first_broken}`; blocks."""
        last: list[str] = []
        count = 0

        def work(connection: Connection) -> Any:
            rows = connection.execute(
                select(audit_log).order_by(audit_log.c.id), execution_options={"yield_per": 1000}
            )

            def entries() -> Iterator[dict[str, Any]]:
                nonlocal count
                for row in rows:
                    count += 1
                    last[:] = [row.hash]
                    yield plain(row)

            return first_broken(entries())

        broken = self._database.read_now(work)
        return {
            "entries": count,
            "last_hash": last[0] if last else None,
            "whole": broken is None,
            "first_broken": broken,
        }
