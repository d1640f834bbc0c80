"""The clients of the load benchmark, in processes of their own: what they take is not the server's.

`python -m benchmarks.crowd clients` reads an `Order` as JSON from standard input, and `watchers` another one;
each prints what it has measured as JSON.
They speak HTTP and WebSocket over plain sockets: a client library would cost more than what is measured.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import sys
import time
import uuid
from collections import defaultdict
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from benchmarks.prepared import CLIPS, TRACKS, WORDS

THINK_SECONDS = 0.5
"""Between an answer and the next request of a client, on the average."""

READS = (
    ("project", 3),
    ("project unchanged", 3),
    ("timeline", 2),
    ("part of the timeline", 3),
    ("videos", 3),
    ("search", 4),
    ("video", 2),
    ("jobs", 3),
    ("revisions", 2),
    ("nothing", 2),
)
"""What is read, and how often in comparison; `nothing` is a question about the process alone."""

EDIT_SHARE = 0.1


class Client:
    """One client: reads, thinks, edits, over one connection."""

    def __init__(
        self, order: dict[str, Any], number: int, results: dict[str, list[float]], errors: list[str]
    ):
        self._order = order
        self._chance = random.Random(number)
        self._number = number
        self._results = results
        self._errors = errors
        self._etag = ""
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def run(self, until: float) -> None:
        address = urlsplit(self._order["url"])
        self._reader, self._writer = await asyncio.open_connection(
            address.hostname, address.port, limit=1 << 20
        )
        await asyncio.sleep(self._chance.uniform(0, THINK_SECONDS))
        while time.monotonic() < until:
            kind, method, path, body = self._next()
            started = time.perf_counter()
            status, answer = await self._ask(method, path, body, unchanged=kind == "project unchanged")
            self._results[kind].append(time.perf_counter() - started)
            if status not in (200, 201, 304):
                self._errors.append(f"{kind}: {status} {answer[:300].decode(errors='replace')}")
            await asyncio.sleep(self._chance.uniform(0.5, 1.5) * THINK_SECONDS)
        self._writer.close()

    def _next(self) -> tuple[str, str, str, dict[str, Any] | None]:
        project = f"/api/v1/projects/{self._order['project']}"
        if self._chance.random() < EDIT_SHARE:
            return self._edit(project)
        kinds, weights = zip(*READS, strict=True)
        kind = self._chance.choices(kinds, weights)[0]
        start = self._chance.randrange(0, CLIPS * 3)
        word = self._chance.choice(WORDS)
        path = {
            "project": project,
            "project unchanged": project,
            "timeline": f"{project}/timeline",
            "part of the timeline": f"{project}/timeline?start={start}&end={start + 60}",
            "videos": f"/api/v1/videos?limit=50&offset={self._chance.randrange(0, 2000)}&sort=-created_at",
            "search": f"/api/v1/videos/search?q={word}%20{self._chance.choice(WORDS)}",
            "video": f"/api/v1/videos/{self._chance.choice(self._order['videos'])}",
            "jobs": "/api/v1/jobs?limit=20",
            "revisions": f"{project}/revisions?limit=20",
            "nothing": "/health/live",
        }[kind]
        return kind, "GET", path, None

    def _edit(self, project: str) -> tuple[str, str, str, dict[str, Any]]:
        """One to four changes of clips of its own; every second batch says which revision it has seen."""
        track = self._chance.randrange(TRACKS)
        first = CLIPS // self._order["clients"] * self._number
        edits: list[dict[str, Any]] = []
        for number in self._chance.sample(range(first, first + CLIPS // self._order["clients"]), 3):
            volume = round(self._chance.uniform(0.1, 1.0), 3)
            edits.append({"op": "update_clip", "clip_id": f"c{track}-{number}", "volume": volume})
        if first % 10 == 0:
            text = f"Take {self._chance.randrange(10_000)}"
            effect = f"e{track}-{first}"
            edits.append({"op": "update_effect", "effect_id": effect, "params": {"text": text}})
        body: dict[str, Any] = {
            "edits": self._chance.sample(edits, self._chance.randint(1, len(edits))),
            "intent": f"by client {self._number}",
        }
        if self._etag and self._chance.random() < 0.5:
            body["base_revision"] = int(self._etag.strip('"'))
        kind = "edit, revision seen" if "base_revision" in body else "edit"
        return kind, "POST", f"{project}/edits", body

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, *, unchanged: bool
    ) -> tuple[int, bytes]:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"X-Stoat-Actor: agent:{self._number}"]
        if unchanged and self._etag:
            lines.append(f"If-None-Match: {self._etag}")
        data = b"" if body is None else json.dumps(body).encode()
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
            lines.append(f"Idempotency-Key: {uuid.uuid4()}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + data)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
        }
        answer = await self._reader.readexactly(int(headers.get("content-length", "0")))
        if "/projects/" in path and "etag" in headers:
            self._etag = headers["etag"]
        return int(head.split(" ", 2)[1]), answer


async def clients(order: dict[str, Any]) -> dict[str, Any]:
    """Load the server with `clients` for `seconds`."""
    results: dict[str, list[float]] = defaultdict(list)
    errors: list[str] = []
    until = time.monotonic() + order["seconds"]
    crowd = [Client(order, number, results, errors).run(until) for number in range(order["clients"])]
    for ended in await asyncio.gather(*crowd, return_exceptions=True):
        if isinstance(ended, BaseException):
            errors.append(repr(ended))
    return {"seconds": results, "errors": errors}


class Watcher(asyncio.Protocol):
    """One WebSocket: notes how old the events are that come."""

    def __init__(self, host: str, late: list[float]) -> None:
        self._host = host
        self._late = late
        self._waiting = b""
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        key = base64.b64encode(random.randbytes(16)).decode()
        lines = (
            "GET /ws?types=PROJECT_CHANGED HTTP/1.1", f"Host: {self._host}", "Upgrade: websocket",
            "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", "", "",
        )  # fmt: skip
        transport.write("\r\n".join(lines).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._waiting += data
        if not self.opened.done():
            head, mark, rest = self._waiting.partition(b"\r\n\r\n")
            if not mark:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.opened.set_exception(ConnectionError(head[:200].decode(errors="replace")))
                return
            self.opened.set_result(None)
            self._waiting = rest
        while (frame := self._frame()) is not None:
            happened = _time_of(frame)
            if happened is not None:
                self._late.append(now - happened)

    def _frame(self) -> bytes | None:
        """The next whole frame; a server does not mask what it sends."""
        if len(self._waiting) < 2:
            return None
        length, start = self._waiting[1], 2
        if length == 126:
            length, start = int.from_bytes(self._waiting[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(self._waiting[2:10], "big"), 10
        if len(self._waiting) < start + length:
            return None
        opcode = self._waiting[0] & 15
        payload, self._waiting = self._waiting[start : start + length], self._waiting[start + length :]
        return payload if opcode == 1 else b""


def _time_of(frame: bytes) -> float | None:
    """When the event happened that a frame tells of; everybody gets the same bytes, which are read once."""
    if frame not in _times:
        _times.clear()
        event = json.loads(frame or b"{}")
        known = event.get("type") == "PROJECT_CHANGED"
        _times[frame] = datetime.fromisoformat(event["time"]).timestamp() if known else None
    return _times[frame]


_times: dict[bytes, float | None] = {}


async def watchers(order: dict[str, Any]) -> dict[str, Any]:
    """Listen with `watchers` connections for `seconds`; the age of every event at every one of them."""
    address = urlsplit(order["url"])
    late: list[float] = []
    loop = asyncio.get_running_loop()
    errors: list[str] = []
    for _ in range(order["watchers"]):
        _, watcher = await loop.create_connection(
            lambda: Watcher(address.netloc, late), address.hostname, address.port
        )
        try:
            await asyncio.wait_for(watcher.opened, 10)
        except (OSError, TimeoutError) as error:
            errors.append(repr(error))
    late.clear()
    print("listening", flush=True)
    await asyncio.sleep(order["seconds"])
    return {"late": late, "errors": errors}


def main() -> None:
    """Do what is asked for, and print what came of it."""
    with suppress(ImportError):
        import uvloop

        uvloop.install()
    order = json.loads(sys.stdin.readline())
    print(json.dumps(asyncio.run({"clients": clients, "watchers": watchers}[sys.argv[1]](order))))


if __name__ == "__main__":
    main()
