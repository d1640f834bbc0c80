"""The event bus: what happened, to everybody who listens, in order, without anybody waiting for another.

The newest events are kept in memory, as the bytes that go out: who comes back gets what it missed from there,
and a listener costs no more than a place in a queue for each event.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, select

from stoat_ferret.model.event import Event
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.tables import events

__all__ = ["Bus", "Message", "Subscription"]

_AT_ONCE = 20
"""Listeners that are told before other work gets its turn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """An event, and how it goes over the wire."""

    event: Event
    """`RESYNC` where events were missed: read anew, and go on from its number."""
    text: str
    """JSON; the same for everybody."""

    @classmethod
    def of(cls, event: Event, *, after: int | None = None) -> Message:
        """Write an event down; one that has no number of its own carries that of the event before it."""
        shown = event.to_json()
        if event.number is None:
            shown["event_id"] = after
        return cls(event=event, text=orjson.dumps(shown).decode())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wish:
    """What a listener wants to hear; empty and none: everything."""

    types: frozenset[str]
    project_id: str | None
    job_id: str | None

    def takes(self, event: Event) -> bool:
        return (
            (not self.types or event.type in self.types)
            and (self.project_id is None or event.project_id == self.project_id)
            and (self.job_id is None or event.job_id == self.job_id)
        )


class Subscription:
    """One listener: `async for message in subscription`, until it or the bus is closed."""

    def __init__(self, wish: _Wish, *, size: int, after: int, leave: Callable[[Subscription], None]) -> None:
        self._wish = wish
        self._size = size
        self._after = after
        self._passed = after
        self._leave = leave
        self._missed: deque[Message] = deque()
        self._waiting: deque[Message] = deque()
        self._more: asyncio.Future[None] | None = None
        self._closed = False

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Message:
        while not (self._missed or self._waiting):
            if self._closed:
                raise StopAsyncIteration
            self._more = asyncio.get_running_loop().create_future()
            await self._more
        return (self._missed or self._waiting).popleft()

    @property
    def passed(self) -> int:
        """The number of the newest event that came by this listener, wanted or not."""
        return self._passed

    def close(self) -> None:
        """Hear no more; what waits already can still be read."""
        self._closed = True
        self._wake()
        self._leave(self)

    def begin(self, missed: Iterable[Message]) -> None:
        """Start with what was missed; it does not count for the queue's size."""
        self._missed.extend(message for message in missed if self._takes(message))

    def offer(self, message: Message, resync: Callable[[], Message]) -> None:
        """Put a message in its queue; one that overflows is emptied, and begins anew with `resync`."""
        if self._closed or self._has(message):
            return
        self._passed = message.event.number or self._passed
        if not self._takes(message):
            return
        if len(self._waiting) >= self._size:
            self._missed.clear()
            self._waiting.clear()
            message = resync()
        self.tell(message)

    def tell(self, message: Message) -> None:
        """Put a message in its queue, whatever it is."""
        self._waiting.append(message)
        self._wake()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    def _has(self, message: Message) -> bool:
        """Whether it came to the bus before this listener did, who has it from there if it was asked for."""
        return message.event.number is not None and message.event.number <= self._after

    def _takes(self, message: Message) -> bool:
        return message.event.type == "RESYNC" or self._wish.takes(message.event)


class Bus:
    """The events of one database, in one event loop."""

    def __init__(self, database: Database, *, replay: int = 1000, queue_size: int = 256) -> None:
        """`replay`: how many events can be had later; `queue_size`: how many messages wait per listener."""
        self._database = database
        self._queue_size = queue_size
        self._past: deque[Message] = deque(maxlen=replay)
        self._last = 0
        self._subscriptions: dict[Subscription, None] = {}
        self._early: list[Event] | None = []
        self._pending: deque[Message] = deque()
        self._telling: Iterator[None] | None = None
        self._leave: Callable[[], None] = lambda: None

    @property
    def last(self) -> int:
        """The number of the newest event; 0: there was none yet."""
        return self._last

    @property
    def listeners(self) -> int:
        """How many subscriptions are open."""
        return len(self._subscriptions)

    async def start(self) -> None:
        """Listen to the database, and read the newest events."""
        loop = asyncio.get_running_loop()

        def told(news: list[Event]) -> None:
            # The writer's thread: it hands over, and goes on.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._told, list(news))

        self._leave = self._database.listen(told)
        # What comes while the past is read waits until it is.
        kept = await self._database.read(functools.partial(_newest, count=self._past.maxlen or 0))
        early, self._early = self._early or [], None
        self._told(kept)
        self._told([event for event in early if (event.number or 0) > self._last])

    def close(self) -> None:
        """Listen no more, and end every subscription."""
        self._leave()
        for _ in self._telling or ():
            pass
        for subscription in list(self._subscriptions):
            subscription.close()

    def publish(self, event: Event) -> None:
        """Tell those who listen now; nobody gets it later."""
        self._fan_out(Message.of(event, after=self._last))

    def subscribe(
        self,
        *,
        since: int | None = None,
        types: Collection[str] = (),
        project_id: str | None = None,
        job_id: str | None = None,
        queue_size: int | None = None,
    ) -> Subscription:
        """Hear what happens from now on, or what happened since event `since`, without gap or repetition.

        When that is not known any more (or not yet), the first message is `RESYNC`.
        """
        wish = _Wish(types=frozenset(types), project_id=project_id, job_id=job_id)
        subscription = Subscription(
            wish,
            size=queue_size or self._queue_size,
            after=self._last,
            leave=lambda gone: self._subscriptions.pop(gone, None),
        )
        if since is not None:
            subscription.begin(self._since(since))
        self._subscriptions[subscription] = None
        return subscription

    def _since(self, number: int) -> Iterable[Message]:
        oldest = self._past[0].event.number or 0 if self._past else self._last + 1
        if not oldest - 1 <= number <= self._last:
            return [self._resync("unknown" if number > self._last else "too_old")]
        return (message for message in self._past if (message.event.number or 0) > number)

    def _told(self, news: list[Event]) -> None:
        if self._early is not None:
            self._early.extend(news)
            return
        for event in news:
            message = Message.of(event)
            self._last = event.number or self._last
            self._past.append(message)
            self._fan_out(message)

    def _fan_out(self, message: Message) -> None:
        self._pending.append(message)
        if self._telling is None:
            self._telling = self._tell_all()
            self._go_on()

    def _go_on(self) -> None:
        """Tell some, and let the loop do other work before the next: an answer does not wait for hundreds."""
        for _ in self._telling or ():
            asyncio.get_running_loop().call_soon(self._go_on)
            return
        self._telling = None

    def _tell_all(self) -> Iterator[None]:
        told = 0
        while self._pending:
            message = self._pending.popleft()
            for subscription in list(self._subscriptions):
                subscription.offer(message, functools.partial(self._resync, "overflow"))
                told += 1
                if told % _AT_ONCE == 0:
                    yield

    def _resync(self, reason: str) -> Message:
        return Message.of(Event(type="RESYNC", number=self._last, data={"reason": reason}))


def _newest(connection: Connection, *, count: int) -> list[Event]:
    """The newest events, in order."""
    rows = connection.execute(select(events).order_by(events.c.number.desc()).limit(count)).mappings()
    return [Event(**row) for row in reversed(rows.all())]
