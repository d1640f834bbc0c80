"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

_IDLE_SECONDS = 10.0
_idle: list[_Thread] = []
"""Threads without work; the one that ended its work last is the first to be taken."""


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

    _give(run)
    return await outcome


def _give(work: Callable[[], None]) -> None:
    try:
        thread = _idle.pop()
    except IndexError:
        thread = _Thread()
        thread.start()
    thread.work.put(work)


class _Thread(threading.Thread):
    """Works, and waits a while for more: to start one takes longer than most work does.

    There are as many as there is work at once: work that hangs keeps none of the others waiting.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True, name="apart")
        self.work: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def run(self) -> None:
        """Work until there was none for a while."""
        while True:
            try:
                self.work.get(timeout=_IDLE_SECONDS)()
            except Empty:
                try:
                    _idle.remove(self)
                except ValueError:
                    # It was taken at this very moment.
                    continue
                return
            _idle.append(self)
