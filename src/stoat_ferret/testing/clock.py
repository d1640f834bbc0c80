"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
import itertools

__all__ = ["StillClock"]


class StillClock:
    """A `Clock` whose time passes only by `advance`."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self._now = start
        self._count = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._fell_asleep = asyncio.Event()

    def time(self) -> float:
        """Unix seconds."""
        return self._now

    def monotonic(self) -> float:
        """The same as `time`."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock was moved so far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._count), future))
        self._fell_asleep.set()
        await future

    def advance(self, seconds: float) -> None:
        """Move the clock, and wake whoever slept until then, in order."""
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)

    async def until_asleep(self, seconds: float) -> None:
        """Return once somebody sleeps who wakes in exactly so many seconds."""
        while not any(
            abs(when - self._now - seconds) < 1e-6 and not future.done() for when, _, future in self._sleepers
        ):
            self._fell_asleep.clear()
            await self._fell_asleep.wait()
