"""Who was refused: in the audit log, as often as tells something, and never as often as somebody likes."""

from __future__ import annotations

import asyncio
from typing import Any, Final, Literal

import structlog

from stoat_ferret.jobs.clock import Clock, SystemClock
from stoat_ferret.model.event import Context
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database

__all__ = ["UNKNOWN", "Refusals"]

_log = structlog.get_logger(__name__)

UNKNOWN: Final = "unknown"
"""The actor where nobody proved anything."""
_SECONDS: Final = 60.0
"""One entry in so long for one kind of refusal and one address or key."""
_MOST: Final = 20
"""Entries in so long altogether: some MiB a day, whoever tries."""


class Refusals:
    """Notes refusals beside the requests that they answer; what was passed over, the next entry counts."""

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._recent: dict[tuple[str, str], float] = {}
        self._passed_over = 0
        self._writing: set[asyncio.Task[None]] = set()

    def note(
        self,
        kind: Literal["scope.refused", "token.refused"],
        *,
        who: str,
        key_id: str | None,
        by: Context,
        details: dict[str, Any],
    ) -> None:
        """Have a refusal written down; `who` is the key or address that is not to be told of again soon."""
        now = self._clock.monotonic()
        self._recent = {key: at for key, at in self._recent.items() if now - at < _SECONDS}
        if (kind, who) in self._recent or len(self._recent) >= _MOST:
            self._passed_over += 1
            return
        self._recent[kind, who] = now
        told = {**details, "passed_over": self._passed_over}
        self._passed_over = 0
        task = asyncio.create_task(self._write(kind, key_id, by, told), name="refusal")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write(self, kind: str, key_id: str | None, by: Context, details: dict[str, Any]) -> None:
        def work(change: Change) -> None:
            change.note(kind, "key", key_id, details)

        try:
            await self._database.write(work, by=by)
        except Exception as error:
            # The refusal stands, whether or not it could be written down.
            _log.warning("refusal_not_noted", error=str(error))
