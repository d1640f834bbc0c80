"""Blocking work beside the event loop."""

import asyncio
import threading

import pytest

from stoat_ferret.apart import apart

pytestmark = pytest.mark.anyio


async def test_work_is_done_by_threads_that_are_there_already() -> None:
    """What comes when earlier work has ended needs no thread of its own."""
    first = await apart(threading.get_ident)
    for _ in range(50):
        await asyncio.sleep(0)
    names = {await apart(threading.get_ident) for _ in range(5)}
    assert len(names | {first}) <= 2


async def test_work_that_hangs_keeps_no_other_waiting() -> None:
    """Each work at hand gets a thread, however many there are."""
    go = threading.Event()
    hanging = [asyncio.create_task(apart(go.wait)) for _ in range(20)]
    await asyncio.sleep(0)
    assert 3 == await apart(lambda: 1 + 2)
    assert not any(task.done() for task in hanging)
    go.set()
    assert [True] * 20 == await asyncio.gather(*hanging)


async def test_what_goes_wrong_is_raised_where_it_is_awaited() -> None:
    """The thread lives on, and the caller gets the error."""

    def fail() -> None:
        raise LookupError("not there")

    with pytest.raises(LookupError, match="not there"):
        await apart(fail)
    assert 1 == await apart(lambda: 1)
