"""Few slots for many who work: whoever matters most has the next one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush

__all__ = ["Slots", "cores"]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


class Slots:
    """So many at a time; of those that wait, the one of the lowest rank comes next."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._came = 0

    @asynccontextmanager
    async def taken(self, rank: int) -> AsyncIterator[None]:
        """Have a slot in the block, as soon as one is free."""
        await self._take(rank)
        try:
            yield
        finally:
            self._give()

    async def _take(self, rank: int) -> None:
        if self._free:
            self._free -= 1
            return
        mine = asyncio.get_running_loop().create_future()
        self._came += 1
        heappush(self._waiting, (rank, self._came, mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                # It was given at the moment when nobody wanted it any more.
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            _, _, next_one = heappop(self._waiting)
            if not next_one.done():
                next_one.set_result(None)
                return
        self._free += 1
