"""The clock, as a thing that tests can turn by hand."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """What tells the time and lets it pass."""

    def time(self) -> float:
        """Unix seconds: for what is kept, and read by other processes."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back: for what is measured."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when so much time went by."""
        ...


class SystemClock:
    """The machine's own clock."""

    def time(self) -> float:
        """Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return when so much time went by."""
        await asyncio.sleep(seconds)
