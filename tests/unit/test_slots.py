"""Who runs next when slots are few."""

from __future__ import annotations

import asyncio

import pytest

from stoat_ferret.slots import Slots


async def worked(slots: Slots, rank: int, order: list[int]) -> None:
    async with slots.taken(rank):
        order.append(rank)
        await asyncio.sleep(0)


def test_the_lowest_rank_comes_next() -> None:
    """Whoever came first: sound that waited for its parts is not behind every picture."""

    async def run() -> list[int]:
        slots, order = Slots(1), list[int]()
        async with slots.taken(9):
            tasks = [asyncio.create_task(worked(slots, rank, order)) for rank in (5, 3, 4, 3, 0)]
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return order

    assert [0, 3, 3, 4, 5] == asyncio.run(run())


def test_a_slot_that_is_called_off_is_given_on() -> None:
    """Before it was given, and at the moment when it was."""

    async def run(*, given: bool) -> list[int]:
        slots, order = Slots(1), list[int]()
        async with slots.taken(9):
            first = asyncio.create_task(worked(slots, 1, order))
            second = asyncio.create_task(worked(slots, 2, order))
            await asyncio.sleep(0)
            if not given:
                first.cancel()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await asyncio.wait_for(second, 1)
        await asyncio.wait_for(worked(slots, 3, order), 1)
        return order

    assert [2, 3] == asyncio.run(run(given=False))
    assert [2, 3] == asyncio.run(run(given=True))


def test_no_more_than_there_are_slots() -> None:
    """Two at a time of many."""

    async def run() -> int:
        slots, now, most = Slots(2), 0, 0

        async def work(rank: int) -> None:
            nonlocal now, most
            async with slots.taken(rank):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0.001)
                now -= 1

        await asyncio.gather(*(work(rank) for rank in range(20)))
        return most

    assert 2 == asyncio.run(run())
