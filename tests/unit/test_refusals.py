"""Refusals are audited, and nobody fills the audit log with them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import select

from stoat_ferret.model.event import Context
from stoat_ferret.operations.refusals import Refusals
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.storage.tables import audit_log
from stoat_ferret.testing.clock import StillClock


def test_only_so_many_are_written(tmp_path: Path) -> None:
    """One a minute for each who is refused, some for all of them; the others are counted."""
    database = Database(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    clock = StillClock()
    refusals = Refusals(database, clock=clock)

    async def refuse(*addresses: str) -> None:
        for address in addresses:
            refusals.note(
                "token.refused", who=address, key_id=None, by=Context(), details={"address": address}
            )
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)

    def written() -> list[dict[str, Any]]:
        query = select(audit_log.c.details).order_by(audit_log.c.id)
        return database.read_now(lambda connection: list(connection.execute(query).scalars()))

    asyncio.run(refuse("a", "a", "a", "b", "a"))
    assert [("a", 0), ("b", 2)] == [(one["address"], one["passed_over"]) for one in written()]
    asyncio.run(refuse(*(f"c{number}" for number in range(100))))
    assert 20 == len(written())
    clock.advance(61)
    asyncio.run(refuse("a"))
    assert ("a", 82) == (written()[-1]["address"], written()[-1]["passed_over"])
    database.close()
    # The refusal stands, though it cannot be written down any more.
    clock.advance(61)
    asyncio.run(refuse("a"))
