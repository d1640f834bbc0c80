"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def apart(work: Callable[[], T]) -> T:
    """Run blocking work in a thread that nobody waits for when it is called off."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def tell(set_outcome: Callable[[Any], None], value: object) -> None:
        if not outcome.done():
            set_outcome(value)

    def run() -> None:
        # The loop may be closed by the time that called-off work ends.
        with contextlib.suppress(RuntimeError):
            try:
                result = work()
            except BaseException as error:
                loop.call_soon_threadsafe(tell, outcome.set_exception, error)
            else:
                loop.call_soon_threadsafe(tell, outcome.set_result, result)

    threading.Thread(target=run, daemon=True).start()
    return await outcome
