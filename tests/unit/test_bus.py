"""The event bus: order, replay without gap or repetition, and listeners that do not wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import orjson
import pytest
from sqlalchemy import Connection

from stoat_ferret.bus import Bus, Message, Subscription
from stoat_ferret.model.event import Event
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, sqlite_url

pytestmark = pytest.mark.anyio

T = TypeVar("T")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(sqlite_url(tmp_path / "stoat.db"), events_kept=150)
    opened.open()
    yield opened
    opened.close()


def telling(count: int, project_id: str = "prj_1") -> Callable[[Change], None]:
    def work(change: Change) -> None:
        for _ in range(count):
            change.tell("PROJECT_CHANGED", project_id=project_id)

    return work


@pytest.fixture
async def bus(database: Database) -> AsyncIterator[Bus]:
    started = Bus(database, replay=100, queue_size=4)
    await started.start()
    yield started
    started.close()


async def take(subscription: Subscription, count: int) -> list[Message]:
    return [await asyncio.wait_for(anext(subscription), 10) for _ in range(count)]


def numbers(messages: list[Message]) -> list[int | None]:
    return [message.event.number for message in messages]


async def test_everybody_hears_in_order(database: Database, bus: Bus) -> None:
    """Each listener gets every event with the number under which it is kept, as the same bytes."""
    with bus.subscribe() as one, bus.subscribe() as other:
        await database.write(telling(3))
        first, second = await take(one, 3), await take(other, 3)
    assert [1, 2, 3] == numbers(first)
    assert all(a.text is b.text for a, b in zip(first, second, strict=True))
    assert first[0].event.to_json() == orjson.loads(first[0].text)


async def test_what_a_listener_does_not_want_is_not_sent(database: Database, bus: Bus) -> None:
    """By project, by job and by type."""

    def work(change: Change) -> None:
        change.tell("PROJECT_CHANGED", project_id="prj_1")
        change.tell("JOB_STARTED", project_id="prj_2", job_id="job_1")
        change.tell("JOB_PROGRESS", project_id="prj_1", job_id="job_2")

    of_project = bus.subscribe(project_id="prj_1")
    of_job = bus.subscribe(job_id="job_1")
    of_type = bus.subscribe(types=["JOB_PROGRESS"])
    await database.write(work)
    assert [1, 3] == numbers(await take(of_project, 2))
    assert [2] == numbers(await take(of_job, 1))
    assert [3] == numbers(await take(of_type, 1))


async def test_who_is_slow_is_told_to_read_anew(database: Database, bus: Bus) -> None:
    """A queue that overflows begins anew with RESYNC, whose number says where; others lose nothing."""
    slow, quick = bus.subscribe(), bus.subscribe(queue_size=100)
    await database.write(telling(6))
    assert [1, 2, 3, 4, 5, 6] == numbers(await take(quick, 6))
    resync, following = await take(slow, 2)
    assert ("RESYNC", 5, {"reason": "overflow"}) == (
        resync.event.type, resync.event.number, resync.event.data
    )  # fmt: skip
    assert 6 == following.event.number


async def test_who_comes_back_gets_what_it_missed(database: Database, bus: Bus) -> None:
    """From where it was, then live, each once; even more than its queue holds."""
    await database.write(telling(51))
    again = bus.subscribe(since=40)
    await database.write(telling(2))
    assert list(range(41, 54)) == numbers(await take(again, 13))


async def test_replay_outlives_the_process(database: Database, bus: Bus) -> None:
    """A bus that starts later knows the events that were told before."""
    await database.write(telling(10))
    later = Bus(database, replay=100)
    await later.start()
    assert [8, 9, 10] == numbers(await take(later.subscribe(since=7), 3))
    assert 10 == later.last
    later.close()


async def test_nothing_is_lost_or_told_twice_while_a_bus_starts(database: Database) -> None:
    """Events that are written while the past is read come once, in order."""
    await database.write(telling(20))
    bus = Bus(database, queue_size=1000)
    writes = [asyncio.ensure_future(database.write(telling(1))) for _ in range(20)]
    await bus.start()
    with bus.subscribe(since=0) as heard:
        await asyncio.gather(*writes)
        assert list(range(1, 41)) == numbers(await take(heard, 40))
    bus.close()


class Hasty(Database):
    """A database that is written to just before it is read."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        await self.write(telling(3))
        return await super().read(work)


async def test_what_is_both_told_and_read_comes_once(tmp_path: Path) -> None:
    """An event that a starting bus hears of, and then finds in the table, is one event."""
    database = Hasty(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    bus = Bus(database)
    await bus.start()
    await database.write(telling(1))
    assert [1, 2, 3, 4] == numbers(await take(bus.subscribe(since=0), 4))
    bus.close()
    database.close()


@pytest.mark.parametrize(("since", "reason"), [(3, "too_old"), (10**9, "unknown")])
async def test_what_is_not_known_is_not_made_up(
    database: Database, bus: Bus, since: int, reason: str
) -> None:
    """Who asks for events that are gone, or never were, has to read anew."""
    await database.write(telling(120))
    await take(bus.subscribe(since=0), 1)
    with bus.subscribe(since=since) as heard:
        await database.write(telling(1))
        resync, following = await take(heard, 2)
    assert ("RESYNC", 120, {"reason": reason}) == (
        resync.event.type, resync.event.number, resync.event.data
    )  # fmt: skip
    assert 121 == following.event.number


async def test_the_oldest_that_is_kept_can_be_replayed(database: Database, bus: Bus) -> None:
    """100 events are kept: from number 20 on nothing is missing, from 19 on number 20 is."""
    await database.write(telling(120))
    await take(bus.subscribe(since=0), 1)
    assert "RESYNC" == (await take(bus.subscribe(since=19), 1))[0].event.type
    assert list(range(21, 121)) == numbers(await take(bus.subscribe(since=20), 100))


async def test_volatile_events_are_told_and_forgotten(bus: Bus) -> None:
    """A heartbeat has no number, and nobody gets it later."""
    with bus.subscribe() as heard:
        bus.publish(Event(type="HEARTBEAT"))
        assert ["HEARTBEAT"] == [message.event.type for message in await take(heard, 1)]
    assert 0 == bus.last


async def test_closing_ends_the_listening(database: Database, bus: Bus) -> None:
    """What waits is still read; then the loop over the subscription ends."""
    heard = bus.subscribe()
    bus.publish(Event(type="HEARTBEAT"))
    bus.close()
    assert ["HEARTBEAT"] == [message.event.type async for message in heard]
    assert 0 == bus.listeners


async def test_old_events_go(database: Database) -> None:
    """The table keeps the newest ones, and some more until it is pruned again."""
    for _ in range(4):
        await database.write(telling(100))
    bus = Bus(database)
    await bus.start()
    assert "RESYNC" == (await take(bus.subscribe(since=249), 1))[0].event.type
    assert list(range(251, 401)) == numbers(await take(bus.subscribe(since=250), 150))
    bus.close()


async def test_what_goes_wrong_in_a_listener_does_not_undo_the_change(database: Database, bus: Bus) -> None:
    """The change is acknowledged, and the others hear of it."""

    def fail(_: list[Event]) -> None:
        raise KeyError

    database.listen(fail)
    with bus.subscribe() as heard:
        await database.write(telling(1))
        assert [1] == numbers(await take(heard, 1))


async def test_hundreds_do_not_keep_others_waiting(database: Database, bus: Bus) -> None:
    """Other work gets its turn while many are told; all hear everything in order, and once."""
    heard = [bus.subscribe() for _ in range(100)]
    bus.publish(Event(type="HEARTBEAT"))
    told = [bool(subscription._waiting) for subscription in heard]
    assert any(told)
    assert not all(told)
    await database.write(telling(3))
    for subscription in heard:
        assert [None, 1, 2, 3] == numbers(await take(subscription, 4))


@pytest.mark.parametrize(("since", "missed"), [(None, []), (0, [1, 2]), (1, [2])])
async def test_coming_while_others_are_told(bus: Bus, since: int | None, missed: list[int]) -> None:
    """Who comes in the middle of an event has it from what was missed, if it was asked for, and not twice."""
    others = [bus.subscribe() for _ in range(100)]
    bus._told([Event(type="PROJECT_CHANGED", number=number) for number in (1, 2)])
    assert others[0]._waiting
    assert not others[-1]._waiting
    late = bus.subscribe(since=since)
    bus._told([Event(type="PROJECT_CHANGED", number=3)])
    assert [*missed, 3] == numbers(await take(late, len(missed) + 1))
    assert [1, 2, 3] == numbers(await take(others[-1], 3))


async def test_closing_tells_what_is_left(bus: Bus) -> None:
    """A bus that is closed in the middle of an event tells the rest first."""
    heard = [bus.subscribe() for _ in range(100)]
    bus.publish(Event(type="HEARTBEAT"))
    bus.close()
    assert [["HEARTBEAT"]] * 100 == [[one.event.type async for one in subscription] for subscription in heard]
