"""Webhooks: told with their event, signed, sent until they arrive, and nobody waits for another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson
import pytest
from sqlalchemy import Connection, select
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from stoat_ferret.errors import NotFound, OutputUnwritable, Problem, RequestError
from stoat_ferret.jobs.job import NewJob
from stoat_ferret.jobs.table import TableQueue
from stoat_ferret.model.event import Context
from stoat_ferret.operations.couriers import Couriers
from stoat_ferret.operations.webhooks import Created, Webhooks
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.storage.tables import webhook_deliveries, webhooks
from stoat_ferret.testing.clock import StillClock

pytestmark = pytest.mark.anyio

T = TypeVar("T")


@dataclass
class Call:
    """What a receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return orjson.loads(self.body)


class Told(Database):
    """A database that says when it wrote."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.wrote: asyncio.Queue[None] = asyncio.Queue()

    async def write(self, work: Callable[[Change], T], *, by: Context | None = None) -> T:
        try:
            return await super().write(work, by=by)
        finally:
            self.wrote.put_nowait(None)


class Receiver:
    """A real HTTP server that answers as the test says."""

    def __init__(self) -> None:
        self.calls: asyncio.Queue[Call] = asyncio.Queue()
        self.answers: dict[str, list[int]] = {}
        self.hold: dict[str, asyncio.Event] = {}
        self.held: asyncio.Queue[str] = asyncio.Queue()
        self.url = ""

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def next(self) -> Call:
        return await asyncio.wait_for(self.calls.get(), 20)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)
            }
            body = await reader.readexactly(int(headers["content-length"]))
            path = first.split()[1]
            if path in self.hold:
                self.held.put_nowait(path)
                await self.hold[path].wait()
            status = self.answers[path].pop(0) if self.answers.get(path) else 204
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            self.calls.put_nowait(Call(path, headers, body))
            await writer.drain()
        except ConnectionError:
            # Who went away does not hear the answer.
            return
        finally:
            writer.close()


@dataclass
class Reply:
    status: int


class Plain:
    """Calls whatever it is told, this machine too."""

    def check(self, url: str) -> None:
        if not url.startswith("http"):
            problem = Problem(code="webhook.address", path="/url", message="No.", hint="Yes.")
            raise RequestError(problems=(problem,))

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
                return Reply((await client.post(url, content=body, headers=dict(headers))).status_code)
        except httpx.HTTPError:
            raise OutputUnwritable(path="there", detail="no connection could be made") from None


class Post:
    """Webhooks, their couriers and a receiver."""

    def __init__(self, database: Told, receiver: Receiver) -> None:
        self.database = database
        self.receiver = receiver
        # The signature's own library compares with the real time.
        self.clock = StillClock(start=time.time())
        self.webhooks = Webhooks(database, outbound=Plain(), clock=self.clock)
        database.outbox(self.webhooks.outbox)
        self.couriers = self.new_couriers()

    def new_couriers(self) -> Couriers:
        return Couriers(
            self.database,
            Plain(),
            wrote=self.webhooks.wrote,
            attempts=3,
            clock=self.clock,
            jitter=lambda: 0.5,
        )

    async def create(self, path: str = "/hook", **fields: Any) -> Created:
        url = f"{self.receiver.url}{path}"
        by = Context(actor="agent:cut")
        return await self.database.write(
            lambda change: self.webhooks.create(change, url=url, **fields), by=by
        )

    async def tell(self, type_: Any = "PROJECT_CHANGED", **fields: Any) -> None:
        await self.database.write(lambda change: change.tell(type_, **fields))

    def deliveries(self) -> list[tuple[str, int]]:
        table = webhook_deliveries

        def work(connection: Connection) -> list[tuple[str, int]]:
            query = select(table.c.status, table.c.attempt).order_by(table.c.event)
            return [(status, attempt) for status, attempt in connection.execute(query)]

        return self.database.read_now(work)

    async def settled(self, *expected: tuple[str, int]) -> None:
        """Return once the deliveries stand as expected."""
        async with asyncio.timeout(20):
            while list(expected) != self.deliveries():
                await self.database.wrote.get()


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    database = Told(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    receiver = Receiver()
    server = await receiver.serve()
    made = Post(database, receiver)
    made.couriers.start()
    yield made
    await made.couriers.stop()
    for gate in receiver.hold.values():
        gate.set()
    server.close()
    await server.wait_closed()
    database.close()


async def test_an_event_arrives_signed(post: Post) -> None:
    """The payload is Standard Webhooks' with our event in it, and its signature holds."""
    created = await post.create()
    await post.tell(project_id="prj_1", revision=4)
    call = await post.receiver.next()
    assert call.event == Verifier(created.secret).verify(call.body, call.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(created.secret).verify(call.body + b" ", call.headers)
    assert ["type", "timestamp", "data"] == list(call.event)
    assert ("PROJECT_CHANGED", "prj_1", 4) == (
        call.event["type"], call.event["data"]["project_id"], call.event["data"]["revision"]
    )  # fmt: skip
    assert "application/json" == call.headers["content-type"]
    await post.settled(("delivered", 1))


async def test_a_secret_is_shown_once(post: Post) -> None:
    """To who made the webhook, and to nobody later."""
    created = await post.create(events=["JOB_COMPLETED"])
    assert created.to_json()["secret"].startswith("whsec_")
    listed = await post.webhooks.find()
    assert ([created.webhook], 1) == (list(listed.items), listed.total)
    assert created.webhook == await post.webhooks.get(created.webhook.id)
    assert "secret" not in created.webhook.to_json()
    assert created.secret not in f"{listed} {created!r}"


async def test_all_that_is_wrong_is_told(post: Post) -> None:
    """The address and every unknown event, with those that there are."""
    with pytest.raises(RequestError) as refused:
        await post.database.write(
            lambda change: post.webhooks.create(change, url="file:///etc", events=["JOB_DONE", "HEARTBEAT"])
        )
    assert [("webhook.address", "/url"), ("webhook.event", "/events/0"), ("webhook.event", "/events/1")] == [
        (problem.code, problem.path) for problem in refused.value.problems
    ]
    assert 0 == (await post.webhooks.find()).total


async def test_there_is_a_most(post: Post) -> None:
    """Each webhook costs a little with every event."""
    for _ in range(100):
        await post.create()
    with pytest.raises(RequestError) as refused:
        await post.create()
    assert "webhook.too_many" == refused.value.problems[0].code


async def test_only_what_is_wanted_is_sent(post: Post) -> None:
    """By type, project and job; progress only to who names it."""
    await post.create("/all")
    await post.create("/progress", events=["JOB_PROGRESS"])
    await post.create("/project", project_id="prj_1")
    for type_, fields in (
        ("JOB_PROGRESS", {"project_id": "prj_1"}),
        ("QUEUE_STATUS", {}),
        ("PROJECT_CHANGED", {"project_id": "prj_2"}),
        ("PROJECT_CHANGED", {"project_id": "prj_1"}),
    ):
        await post.tell(type_, **fields)
    calls = [await post.receiver.next() for _ in range(4)]
    assert [("/all", "prj_1"), ("/all", "prj_2"), ("/progress", "prj_1"), ("/project", "prj_1")] == sorted(
        (call.path, call.event["data"]["project_id"]) for call in calls
    )
    await post.settled(*[("delivered", 1)] * 4)


async def test_what_is_not_done_is_not_told(post: Post) -> None:
    """A change that fails leaves nothing in the outbox."""
    await post.create()

    def work(change: Change) -> None:
        change.tell("PROJECT_CHANGED")
        raise KeyError

    with pytest.raises(KeyError):
        await post.database.write(work)
    assert [] == post.deliveries()


async def test_a_failed_delivery_is_sent_again_under_its_id(post: Post) -> None:
    """Later and later; in the end it is given up."""
    post.receiver.answers["/hook"] = [500, 302, 503]
    await post.create()
    await post.tell()
    ids = set()
    for attempt, pause in ((1, 5), (2, 20), (3, 0)):
        ids.add((await post.receiver.next()).headers["webhook-id"])
        await post.settled(("failed" if attempt == 3 else "pending", attempt))
        if pause:
            await post.clock.until_asleep(pause)
            post.clock.advance(pause)
    assert 1 == len(ids)


async def test_a_server_that_is_away_is_called_again(post: Post) -> None:
    """No connection is a failure like any other."""
    created = await post.create()
    await post.database.write(
        lambda change: change.connection.execute(webhooks.update().values(url="http://127.0.0.1:1/"))
    )
    await post.tell()
    await post.settled(("pending", 1))
    await post.database.write(
        lambda change: change.connection.execute(webhooks.update().values(url=created.webhook.url))
    )
    await post.clock.until_asleep(5)
    post.clock.advance(5)
    await post.receiver.next()
    await post.settled(("delivered", 2))


async def test_what_waits_is_sent_after_a_restart(post: Post) -> None:
    """A process that died while it sent sends again, under the same id: at least once."""
    post.receiver.hold["/hook"] = asyncio.Event()
    await post.create()
    await post.tell()
    await asyncio.wait_for(post.receiver.held.get(), 20)
    await post.couriers.stop()
    assert [("pending", 0)] == post.deliveries()
    post.receiver.hold.pop("/hook").set()
    first = await post.receiver.next()
    post.couriers = post.new_couriers()
    post.couriers.start()
    second = await post.receiver.next()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    await post.settled(("delivered", 1))


async def test_a_slow_receiver_holds_up_nobody(post: Post) -> None:
    """It takes a few calls at once, and the others go on beside it."""
    slow = post.receiver.hold["/slow"] = asyncio.Event()
    await post.create("/slow")
    await post.create("/quick", events=["PROJECT_DELETED"])
    await post.database.write(lambda change: [change.tell("PROJECT_CHANGED") for _ in range(80)])
    await post.tell("PROJECT_DELETED")
    assert "/quick" == (await post.receiver.next()).path
    assert 4 >= post.receiver.held.qsize()
    slow.set()
    await post.settled(*[("delivered", 1)] * 82)


async def test_a_receiver_that_is_gone_is_left_alone(post: Post) -> None:
    """After 410 it is off: nothing that waits is sent, and nothing new is written for it."""
    post.receiver.answers["/hook"] = [410]
    created = await post.create()
    await post.tell()
    await post.receiver.next()
    await post.settled(("failed", 1))
    assert not (await post.webhooks.get(created.webhook.id)).enabled
    await post.tell()
    assert [("failed", 1)] == post.deliveries()


async def test_a_deleted_webhook_is_called_no_more(post: Post) -> None:
    """What waits for it goes with it; a second time there is none."""
    post.receiver.answers["/hook"] = [500]
    created = await post.create()
    await post.tell()
    await post.settled(("pending", 1))
    await post.database.write(lambda change: post.webhooks.delete(change, created.webhook.id))
    assert [] == post.deliveries()
    for asked in (
        post.database.write(lambda change: post.webhooks.delete(change, created.webhook.id)),
        post.webhooks.get(created.webhook.id),
    ):
        with pytest.raises(NotFound):
            await asked


async def test_a_jobs_own_webhook_goes_with_it(post: Post) -> None:
    """It is told the end of its job, and then forgotten."""
    queue = TableQueue(post.database)
    job = await post.database.write(lambda change: queue.submit(change, NewJob(kind="render")))
    other = await post.database.write(lambda change: queue.submit(change, NewJob(kind="render")))
    await post.create(job_id=job.id)
    await post.database.write(lambda change: queue.cancel(change, other.id))
    await post.database.write(lambda change: queue.cancel(change, job.id))
    call = await post.receiver.next()
    assert ("JOB_CANCELLED", job.id) == (call.event["type"], call.event["data"]["job_id"])
    await post.settled()
    assert 0 == (await post.webhooks.find()).total


async def test_a_batchs_own_webhook_is_told_when_all_is_at_rest(post: Post) -> None:
    """Once, not of each of its jobs, and then forgotten."""
    queue = TableQueue(post.database)
    news = [NewJob(kind="render")] * 2
    batch = await post.database.write(lambda change: queue.submit_batch(change, news, parallel=1))
    await post.create(job_id=batch.id)
    await post.database.write(lambda change: queue.cancel(change, batch.jobs[0].id))
    held = await queue.claim("worker", ["render"])
    assert held is not None
    await queue.fail(held, {"code": "disk.full"})
    call = await post.receiver.next()
    told = call.event["data"]
    assert ("JOB_FAILED", batch.id, "batch") == (call.event["type"], told["job_id"], told["data"]["kind"])
    assert (1, 1, 2) == (
        told["data"]["counts"]["failed"], told["data"]["counts"]["cancelled"], told["data"]["total"],
    )  # fmt: skip
    await post.settled()
    assert 0 == (await post.webhooks.find()).total
    assert post.receiver.calls.empty()
