"""The guards on a real server: what only shows on a connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
import websockets
from fastapi import FastAPI, Request, WebSocket
from websockets.asyncio.client import connect

from stoat_ferret.api import guards
from stoat_ferret.config import Settings


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """Serve the application, and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        started = threading.Event()

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                started.set()

        server = Server(uvicorn.Config(app, log_config=None, ws="websockets-sansio", lifespan="off"))
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
    settings = Settings(data_dir=tmp_path, max_body_mib=1, api_token="an-administrators-token")
    app = FastAPI()

    @app.post("/api/v1/projects")
    async def make(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @app.websocket("/ws")
    async def events(connection: WebSocket) -> None:
        await connection.accept()
        await connection.send_text(guards.identity_of(connection.scope).name)
        await connection.close()

    guards.install(app, settings)
    with served(app) as found:
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
