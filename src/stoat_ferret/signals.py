"""Signals that end a program: its work is cancelled, and cleans up."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from stoat_ferret.errors import Cancelled

__all__ = ["run_until_signalled"]

T = TypeVar("T")


def run_until_signalled(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; an interrupt, hang-up or request to end cancels it and lets it clean up.

    Raises `Cancelled` after such a signal; further ones are then ignored, because the process is to end.
    """
    with asyncio.Runner() as runner:
        return runner.run(_supervised(work))


async def _supervised(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    with _signals(task) as received:
        try:
            return await task
        except asyncio.CancelledError:
            if received:
                raise Cancelled from None
            raise


@contextlib.contextmanager
def _signals(task: asyncio.Future[Any]) -> Iterator[list[int]]:
    """Signals cancel the task once: a second one must not disturb the cleaning up after the first."""
    received: list[int] = []
    loop = asyncio.get_running_loop()
    watched = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

    def cancel(number: int) -> None:
        if not received:
            task.cancel()
        received.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    for number in watched:
        loop.add_signal_handler(number, cancel, number)
    try:
        yield received
    finally:
        # Blocked meanwhile: between two handlers a signal would end the process at once.
        signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        for number in watched:
            loop.remove_signal_handler(number)
            if received:
                signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, watched)
