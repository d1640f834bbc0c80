"""The guards on a real server: what only shows on a connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
import websockets
from fastapi import FastAPI, Request, WebSocket
from websockets.asyncio.client import connect

from stoat_ferret.api import guards
from stoat_ferret.api.wire import Speaking
from stoat_ferret.config import Settings


@contextlib.contextmanager
def served(app: FastAPI, settings: Settings) -> Iterator[int]:
    """Serve the application, and give its port."""
    speaking = Speaking.of(settings)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        started = threading.Event()

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                started.set()

        server = Server(
            uvicorn.Config(app, log_config=None, http=speaking.http, ws=speaking.sockets, lifespan="off")
        )
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        assert started.wait(20)
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A service that takes small bodies and a token."""
    settings = Settings(
        data_dir=tmp_path,
        max_body_mib=1,
        api_token="an-administrators-token",
        head_seconds=0.4,
        max_head_kib=16,
        max_headers=32,
        body_seconds=0.8,
        max_connections=8,
    )
    app = FastAPI()

    @app.post("/api/v1/projects")
    async def make(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.get("/api/v1/projects")
    async def slow(seconds: float = 0.0) -> dict[str, bool]:
        await asyncio.sleep(seconds)
        return {"listed": True}

    @app.websocket("/ws")
    async def events(connection: WebSocket) -> None:
        await connection.accept()
        await connection.send_text(guards.identity_of(connection.scope).name)
        await connection.close()

    guards.install(app, settings)
    with served(app, settings) as found:
        yield found


HEAD = (
    b"POST /api/v1/projects HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Authorization: Bearer an-administrators-token\r\n"
)


def exchange(port: int, *pieces: bytes) -> bytes:
    """Send all, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while data := connection.recv(65_536):
            answer += data
        return answer


def test_a_body_without_end_is_answered_and_closed(port: int) -> None:
    """In chunks, more than may come: the answer arrives whole, and the connection is not left hanging."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    answer = exchange(port, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk * 24)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in head.lower()
    assert b'"code": "body.too_large"' in body


def test_a_body_that_says_its_size_is_not_waited_for(port: int) -> None:
    """The answer comes although not a byte of the body does."""
    answer = exchange(port, HEAD + b"Content-Length: 99999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_refusal_keeps_the_connection_in_step(port: int) -> None:
    """The body of a refused request is not taken for the next request."""
    refused = HEAD.replace(b"application/json", b"text/plain") + b"Content-Length: 40\r\n\r\n" + b"x" * 40
    good = HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
    answer = exchange(port, refused, good)
    assert answer.startswith(b"HTTP/1.1 415 ")
    assert b'{"size":2}' in answer


def test_a_web_socket_on_a_connection(port: int) -> None:
    """Opened by a token among the sub-protocols; refused with the status of its problem."""

    async def call() -> tuple[str, str | None, int, int]:
        url = f"ws://127.0.0.1:{port}/ws"
        protocols = [
            websockets.Subprotocol(name) for name in ("stoat.v1", "stoat.token.an-administrators-token")
        ]
        async with connect(url, subprotocols=protocols) as connection:
            told = str(await connection.recv())
            agreed = connection.subprotocol
        statuses = []
        for origin in (None, websockets.Origin("https://evil.example")):
            with pytest.raises(websockets.InvalidStatus) as caught:
                async with connect(url, origin=origin):
                    pass
            statuses.append(caught.value.response.status_code)
        return told, agreed, statuses[0], statuses[1]

    assert ("token", "stoat.v1", 401, 403) == asyncio.run(call())


# What never becomes a request

GET = HEAD.replace(b"POST", b"GET")
CLOSE = b"Connection: close\r\n\r\n"


def refused(answer: bytes, status: int, code: str) -> None:
    """The one shape, whole, and under a name that the log knows too."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first.startswith(f"HTTP/1.1 {status} "), answer
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert ("application/problem+json", "close") == (headers["content-type"], headers["connection"])
    assert ("nosniff", "no-store") == (headers["x-content-type-options"], headers["cache-control"])
    assert str(len(body)) == headers["content-length"]
    shown = json.loads(body)
    assert (status, code, code) == (shown["status"], shown["code"], shown["problems"][0]["code"])
    assert f"urn:stoat:request:{headers['x-correlation-id']}" == shown["instance"]


def trickled(port: int, begin: bytes, drop: bytes, *, every: float = 0.1) -> tuple[bytes, float]:
    """Send the beginning, and then little by little until the service hangs up; for how long it took that."""
    with socket.create_connection(("127.0.0.1", port), timeout=every) as connection:
        started = time.monotonic()
        connection.sendall(begin)
        answer = b""
        while time.monotonic() - started < 20:
            try:
                data = connection.recv(65_536)
            except TimeoutError:
                if drop:
                    connection.sendall(drop)
                continue
            except ConnectionResetError:
                break
            if not data:
                break
            answer += data
        return answer, time.monotonic() - started


@pytest.mark.parametrize(
    "sent",
    [
        b"BREW / HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
        b"GET / HTTP/1.1\r\nHost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
        b"GET \xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}zz",
    ],
)  # fmt: skip
def test_what_is_no_http(port: int, sent: bytes) -> None:
    """Is answered as everything is, and the connection is closed."""
    refused(exchange(port, sent), 400, "http.unreadable")


def test_heads_have_an_end(port: int) -> None:
    """By their bytes, in one header, in many and in the address, and by the number of headers."""
    refused(exchange(port, GET + b"X: " + b"x" * 20_000 + b"\r\n" + CLOSE), 431, "head.too_large")
    refused(exchange(port, GET + (b"X: " + b"x" * 900 + b"\r\n") * 20 + CLOSE), 431, "head.too_large")
    refused(exchange(port, b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n" + CLOSE), 431, "head.too_large")
    refused(exchange(port, GET + b"X: y\r\n" * 40 + CLOSE), 431, "head.too_many_headers")
    answer = exchange(port, GET + b"X: " + b"x" * 10_000 + b"\r\n" + b"Y: y\r\n" * 20 + CLOSE)
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("piece", [b"x" * 4096, b"x" * 65_536])
def test_a_header_without_end_is_not_kept(port: int, piece: bytes) -> None:
    """What the parser holds back is counted as it comes, the address and trailers too."""
    for begin in (
        b"GET /",
        GET + b"X: ",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: ",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(begin)
            sent = 0
            with contextlib.suppress(ConnectionError):
                while sent < 40_000_000:
                    connection.sendall(piece)
                    sent += len(piece)
            assert sent < 20_000_000


def test_a_head_does_not_take_for_ever(port: int) -> None:
    """Neither when nothing comes, nor when it comes byte by byte, nor after an answer."""
    answer, seconds = trickled(port, b"", b"")
    assert b"" == answer
    assert 0.3 < seconds < 5
    answer, seconds = trickled(port, b"\r\n", b"\r\n")
    assert b"" == answer
    assert seconds < 5
    answer, seconds = trickled(port, b"GET /api/v1/projects HTTP/1.1\r\nX: ", b"x")
    refused(answer, 408, "head.stalled")
    assert 0.3 < seconds < 5
    answer, seconds = trickled(port, GET + b"\r\n" + b"GET / HTT", b"P")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert seconds < 5
    answer, seconds = trickled(port, GET + b"\r\n", b"\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert seconds < 5


def test_a_body_does_not_take_for_ever(port: int) -> None:
    """Neither one that moves a little now and then, nor one that was refused before it came."""
    answer, seconds = trickled(port, HEAD + b"Content-Length: 5000\r\n\r\n", b" ")
    refused(answer, 408, "body.slow")
    assert 0.7 < seconds < 5
    without = HEAD.replace(b"Authorization", b"Nothing")
    answer, seconds = trickled(port, without + b"Content-Length: 5000\r\n\r\n", b" ")
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert seconds < 5


def test_half_a_head_does_not_cut_an_answer(port: int) -> None:
    """While the one before it is answered, its time does not run."""
    slow = GET.replace(b"projects", b"projects?seconds=1")
    answer = exchange(port, slow + b"\r\n" + GET, b"Connection: cl", b"ose\r\n\r\n")
    assert 2 == answer.count(b'{"listed":true}')
    answer = exchange(port, slow + b"\r\n", b"rubbish\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert 1 == answer.count(b"HTTP/1.1")


def test_trailers_change_nothing(port: int) -> None:
    """What comes after the body is no header of the request."""
    head = HEAD.replace(b"Authorization", b"Trailer") + b"Transfer-Encoding: chunked\r\n" + CLOSE
    tail = b"2\r\n{}\r\n0\r\nAuthorization: Bearer an-administrators-token\r\n\r\n"
    assert exchange(port, head + tail).startswith(b"HTTP/1.1 401 ")


def test_only_so_many_connections(port: int) -> None:
    """One more is told so; when one ends, there is room."""
    with contextlib.ExitStack() as stack:
        others = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(8)
        ]
        for other in others:
            other.sendall(GET.replace(b"projects", b"projects?seconds=0.3") + b"\r\n")
        answer = exchange(port, GET + CLOSE)
        refused(answer, 429, "connections.exceeded")
        assert b"retry-after: 5" in answer
        assert all(other.recv(100).startswith(b"HTTP/1.1 200 ") for other in others)
    deadline = time.monotonic() + 10
    while not exchange(port, GET + CLOSE).startswith(b"HTTP/1.1 200 "):
        assert time.monotonic() < deadline


OPENING = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


@pytest.mark.parametrize(
    "sent",
    [
        OPENING.replace(b"GET", b"POST"),
        OPENING.replace(b": 13", b": 12"),
        OPENING.replace(b"dGhl", b"x"),
        OPENING + b"Sec-WebSocket-Extensions: ;;\r\n",
        OPENING + b"X: " + b"x" * 10_000 + b"\r\n",
    ],
)
def test_what_opens_no_web_socket(port: int, sent: bytes) -> None:
    """Is answered, and nobody waits for more of it."""
    refused(exchange(port, sent + b"\r\n"), 400, "http.no_websocket")


def test_a_refused_web_socket_is_no_error_of_ours(port: int, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever is refused writes no line that tells of a mistake."""
    refused_code = {b"/ws": (401, "key.unknown"), b"/ws/": (404, "route.not_found")}
    with caplog.at_level(logging.INFO):
        for path, (status, code) in refused_code.items():
            opening = OPENING.replace(b"/ws", path)
            if status == 404:
                opening += b"Authorization: Bearer an-administrators-token\r\n"
            refused(exchange(port, opening + b"\r\n"), status, code)
    assert [] == [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
