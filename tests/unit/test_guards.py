"""Every guard is tried from outside, and refuses with the documented problem."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import string
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from stoat_ferret import telemetry
from stoat_ferret.api import guards
from stoat_ferret.config import Settings
from stoat_ferret.errors import DatabaseUnavailable, DiskFull, FFmpegFailed, NotFound
from stoat_ferret.operations import keys
from stoat_ferret.statuses import TITLES
from stoat_ferret.telemetry.metrics import Prometheus

TOKEN = "an-administrators-token"  # long enough, and no secret
HERE = "http://127.0.0.1:8765"


class Trim(BaseModel):
    """An edit."""

    model_config = ConfigDict(extra="forbid")
    op: Literal["trim"]
    clip_id: str
    amount: Annotated[float, Field(ge=0)] = 0


class Mute(BaseModel):
    """Another edit."""

    model_config = ConfigDict(extra="forbid")
    op: Literal["mute"]
    track_id: str


class Batch(BaseModel):
    """Several edits."""

    model_config = ConfigDict(extra="forbid")
    edits: list[Annotated[Trim | Mute, Field(discriminator="op")]]
    intent: str | None = None


class Ring:
    """Keys in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, keys.Key] = {}

    def add(self, name: str, *scopes: str) -> str:
        """Make a key and give its token."""
        everything = keys.Identity(name="token", scopes=frozenset(keys.SCOPES))
        made = keys.make(name=name, scopes=scopes, by=everything, now=datetime.now(UTC))
        self.keys[made.key.id] = made.key
        return made.token

    async def find(self, token: str) -> keys.Identity | None:
        """Who holds the token."""
        key = self.keys.get(keys.key_id(token) or "")
        return key.identity if key and keys.proves(key, token, now=datetime.now(UTC)) else None

    async def names(self, actor: str) -> bool:
        """Whether a key has this name."""
        return any(key.name == actor for key in self.keys.values())


def service(folder: Path, ring: Ring | None = None, **chosen: Any) -> FastAPI:  # noqa: C901 (its routes)
    """A small service behind all guards."""
    settings = Settings(data_dir=folder, **chosen)
    app = FastAPI(docs_url=None, redoc_url=None)
    api = APIRouter(prefix="/api/v1")

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/gui")
    async def gui() -> HTMLResponse:
        return HTMLResponse("<p>page</p>")

    @api.get("/projects/{project_id}")
    async def project(project_id: str, request: Request) -> dict[str, Any]:
        identity = guards.identity_of(request.scope)
        if project_id == "none":
            raise NotFound.because(
                "project.not_found", "There is no project none.", hint="GET /api/v1/projects lists them."
            )
        return {"actor": identity.name, "correlation": telemetry.correlation_id(), **telemetry.context()}

    @api.post("/projects/{project_id}/edits")
    async def edits(project_id: str, batch: Batch) -> dict[str, int]:
        return {"edits": len(batch.edits)}

    @api.post("/projects/{project_id}/undo")
    async def undo(project_id: str) -> dict[str, str]:
        return {"undone": project_id}

    @api.post("/projects/{project_id}/validate")
    async def validate(project_id: str) -> dict[str, str]:
        return {"valid": project_id}

    @api.post("/render")
    async def render() -> dict[str, str]:
        return {"job_id": "job_1"}

    @api.get("/keys")
    async def all_keys() -> list[str]:
        return []

    @api.post("/videos")
    async def upload(request: Request) -> dict[str, int]:
        size = 0
        async for piece in request.stream():
            size += len(piece)
        return {"size": size}

    @api.get("/search")
    async def search(limit: Annotated[int, Field(ge=1, le=100)] = 10) -> dict[str, int]:
        return {"limit": limit}

    @api.get("/fails/{how}")
    async def fails(how: str) -> None:
        secret = f"{folder}/stoat.db"
        raise {
            "bug": RuntimeError(f"SELECT secret FROM {secret}"),
            "disk": DiskFull(path=secret),
            "storage": DatabaseUnavailable(detail=f"database {secret} is locked"),
            "ffmpeg": FFmpegFailed(
                returncode=1, log=secret, reason=f"Cannot open /usr/share/{how}/x.mp4: no", argv=(secret,)
            ),
        }[how]

    @app.websocket("/ws")
    async def events(socket: WebSocket) -> None:
        await socket.accept()
        told = {"actor": guards.identity_of(socket.scope).name, "offered": socket.scope["subprotocols"]}
        await socket.send_json({**told, **telemetry.context()})
        await socket.close()

    @app.websocket("/ws/fails/{when}")
    async def broken(socket: WebSocket, when: str) -> None:
        if when == "before":
            raise NotFound.because("project.not_found", "There is no project.", hint="Make one.")
        await socket.accept()
        raise RuntimeError("a secret")

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError("a secret")

        return StreamingResponse(pieces())

    app.include_router(api)
    guards.install(app, settings, ring)
    return app


class Client:
    """Sends requests as a program or a browser would."""

    def __init__(self, app: FastAPI, **headers: str) -> None:
        self.app = app
        self.headers = headers

    def __call__(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request and its answer."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            base = more.pop("base", HERE)
            async with httpx.AsyncClient(transport=transport, base_url=base, headers=self.headers) as client:
                return await client.request(method, path, **more)

        return asyncio.run(send())

    def dial(
        self, path: str = "/ws", *, protocols: Sequence[str] = (), base: str = HERE, **headers: str
    ) -> Call:
        """Open a WebSocket, listen until the service ends it."""
        url = httpx.URL(base).join(path)
        offered = {"sec-websocket-protocol": ", ".join(protocols)} if protocols else {}
        sent: list[MutableMapping[str, Any]] = []
        events: Iterator[dict[str, Any]] = iter(
            [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]
        )

        async def receive() -> dict[str, Any]:
            return next(events)

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        head = httpx.Headers({"host": url.netloc.decode(), **offered, **headers})
        scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": url.path,
            "raw_path": url.raw_path,
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in head.raw],
            "subprotocols": list(protocols),
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8765),
            "extensions": {"websocket.http.response": {}},
        }
        asyncio.run(self.app(scope, receive, send))
        return Call(sent)


class Call:
    """What a WebSocket was told."""

    def __init__(self, sent: Sequence[Mapping[str, Any]]) -> None:
        self.sent = sent

    @property
    def protocol(self) -> str | None:
        """The sub-protocol that was agreed on."""
        assert "websocket.accept" == self.sent[0]["type"]
        protocol: str | None = self.sent[0]["subprotocol"]
        return protocol

    def told(self) -> dict[str, Any]:
        """The first event, as JSON."""
        told: dict[str, Any] = json.loads(next(sent["text"] for sent in self.sent if "text" in sent))
        return told

    def denied(self) -> httpx.Response:
        """The answer of HTTP in place of a WebSocket."""
        start, *rest = self.sent
        assert "websocket.http.response.start" == start["type"]
        body = b"".join(message["body"] for message in rest)
        return httpx.Response(start["status"], headers=start["headers"], content=body)


@pytest.fixture
def ring() -> Ring:
    """No keys yet."""
    return Ring()


@pytest.fixture
def ask(tmp_path: Path) -> Client:
    """A service for this machine alone, without a token."""
    return Client(service(tmp_path))


@pytest.fixture
def closed(tmp_path: Path, ring: Ring) -> Client:
    """A service that asks for a token."""
    return Client(service(tmp_path, ring, api_token=TOKEN, host="0.0.0.0", allowed_hosts=("edit.example",)))


def refused(answer: httpx.Response, status: int, code: str, *, path: str | None = None) -> dict[str, Any]:
    """The whole shape of a refusal."""
    assert status == answer.status_code, answer.text
    assert "application/problem+json" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]
    shown: dict[str, Any] = answer.json()
    correlation = answer.headers["x-correlation-id"]
    problem = shown["problems"][0]
    assert {
        "type": f"urn:stoat:problem:{code}",
        "title": TITLES[status],
        "status": status,
        "detail": shown["detail"],
        "code": code,
        "instance": f"urn:stoat:request:{correlation}",
        "problems": shown["problems"],
    } == shown
    assert (code, True, True) == (problem["code"], bool(problem["message"]), bool(problem["hint"]))
    assert problem["message"] in shown["detail"]
    assert path is None or path == problem["path"]
    return shown


# Correlation


def test_a_name_that_is_sane_is_kept(ask: Client) -> None:
    """In the answer, and in all that is logged meanwhile."""
    answer = ask("GET", "/api/v1/projects/p", headers={"X-Correlation-ID": "req-7:a.b_c"})
    assert "req-7:a.b_c" == answer.headers["x-correlation-id"] == answer.json()["correlation_id"]


@pytest.mark.parametrize("name", ["", "a b", "-x", "x" * 101, 'x"y', "é", "a\tb"])
def test_another_name_is_replaced(ask: Client, name: str) -> None:
    """By one of our own, different each time."""
    headers = {"X-Correlation-ID": name.encode()}
    made = {ask("GET", "/nowhere", headers=headers).headers["x-correlation-id"] for _ in range(2)}
    assert 2 == len(made)
    assert all(telemetry.is_correlation_id(one) and one.startswith("req_") for one in made)


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/fails/bug", "/api/v1/projects/none", "/health/live"])
def test_every_answer_has_a_name(ask: Client, path: str) -> None:
    """Errors too, foreseen and not."""
    assert "given-1" == ask("GET", path, headers={"X-Correlation-ID": "given-1"}).headers["x-correlation-id"]


# Hosts


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil", "a/b", "10.0.0.1"]
)
def test_strange_hosts(ask: Client, host: str) -> None:
    """A name that is not ours is another's."""
    answer = ask("GET", "/api/v1/projects/p", headers={"Host": host})
    refused(answer, 421, "host.not_allowed", path="/header/host")


@pytest.mark.parametrize("host", ["localhost:8765", "127.0.0.1", "[::1]:8765", "LOCALHOST"])
def test_own_hosts(ask: Client, host: str) -> None:
    """All names of this machine."""
    assert 200 == ask("GET", "/health/live", headers={"Host": host}).status_code


def test_hosts_that_were_allowed(closed: Client) -> None:
    """By the setting, or because the very address was called."""
    assert 200 == closed("GET", "/health/live", headers={"Host": "edit.example"}).status_code
    assert 200 == closed("GET", "/health/live", base="http://192.168.1.5:8765").status_code
    answer = closed("GET", "/health/live", base="http://192.168.1.5", headers={"Host": "192.168.1.6"})
    refused(answer, 421, "host.not_allowed")


# Origins


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "file://"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_strange_pages_change_nothing(ask: Client, headers: dict[str, str]) -> None:
    """Whatever their browser says of them."""
    answer = ask("POST", "/api/v1/projects/p/undo", headers=headers)
    refused(answer, 403, "origin.not_allowed", path="/header/origin")
    refused(ask.dial(**headers).denied(), 403, "origin.not_allowed")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": HERE}, {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}],
)
def test_programs_and_own_pages(ask: Client, headers: dict[str, str]) -> None:
    """They may."""
    assert 200 == ask("POST", "/api/v1/projects/p/undo", headers=headers).status_code


def test_allowed_origins(tmp_path: Path) -> None:
    """They may use the service, and a browser is told so."""
    ask = Client(service(tmp_path, allowed_origins=("https://page.example",)), Origin="https://page.example")
    answer = ask("POST", "/api/v1/projects/p/undo", headers={"Sec-Fetch-Site": "cross-site"})
    assert (200, "https://page.example") == (
        answer.status_code,
        answer.headers["access-control-allow-origin"],
    )
    before = ask(
        "OPTIONS",
        "/api/v1/projects/p/undo",
        headers={
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "idempotency-key",
        },
    )
    assert 200 == before.status_code
    other = ask("POST", "/api/v1/projects/p/undo", headers={"Origin": "https://other.example"})
    refused(other, 403, "origin.not_allowed")


# Bodies


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=latin-1",
    ],
)
def test_only_json_changes_something(ask: Client, kind: str | None) -> None:
    """A body of any other kind is refused, but where files are taken."""
    headers = {} if kind is None else {"Content-Type": kind}
    answer = ask("POST", "/api/v1/projects/p/edits", content=b'{"edits": []}', headers=headers)
    refused(answer, 415, "content_type.not_json", path="/header/content-type")
    assert {"size": 3} == ask("POST", "/api/v1/videos", content=b"abc", headers=headers).json()


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken(ask: Client, kind: str) -> None:
    """However it is written."""
    answer = ask("POST", "/api/v1/projects/p/edits", content=b'{"edits": []}', headers={"Content-Type": kind})
    assert {"edits": 0} == answer.json()


def test_no_body_needs_no_kind(ask: Client) -> None:
    """There is nothing that could be of a wrong kind."""
    assert 200 == ask("POST", "/api/v1/projects/p/undo").status_code


@pytest.mark.parametrize("chunked", [False, True])
def test_large_bodies(tmp_path: Path, chunked: bool) -> None:
    """Counted as they come, whatever they say of themselves."""
    ask = Client(service(tmp_path, max_body_mib=1, max_upload_mib=2))
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(96):
            sent += 1
            yield b" " * 1024 * 1024

    body = pieces() if chunked else b" " * (1024 * 1024 + 1)
    answer = ask(
        "POST", "/api/v1/projects/p/edits", content=body, headers={"Content-Type": "application/json"}
    )
    refused(answer, 413, "body.too_large")
    assert "close" == answer.headers["connection"]
    # It did not wait for a body without end.
    assert sent < 64


def test_uploads_have_a_limit_of_their_own(tmp_path: Path) -> None:
    """What is too large for JSON is a small film."""
    ask = Client(service(tmp_path, max_body_mib=1, max_upload_mib=2))
    assert {"size": 2 * 1024**2} == ask("POST", "/api/v1/videos", content=b"x" * 2 * 1024**2).json()
    refused(ask("POST", "/api/v1/videos", content=b"x" * (2 * 1024**2 + 1)), 413, "body.too_large")


def test_bodies_that_stop(tmp_path: Path) -> None:
    """A body that never ends is given up."""
    app = service(tmp_path, body_stall_seconds=0.05)
    sent: list[Mapping[str, Any]] = []
    waiting: list[dict[str, Any]] = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/projects/p/edits",
        "raw_path": b"/api/v1/projects/p/edits",
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"application/json"),
            (b"content-length", b"9"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8765),
    }
    asyncio.run(app(scope, receive, send))
    assert (408, "body.stalled") == (sent[0]["status"], json.loads(sent[1]["body"])["code"])


# Ranges


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(9)), "bytes.too_many_ranges"),
        ("bytes=" + "0-," * 100_000, "bytes.too_many_ranges"),
        ("bytes=", "bytes.range_invalid"),
        ("bytes=a-b", "bytes.range_invalid"),
        ("bytes=9-1", "bytes.range_invalid"),
        ("lines=0-1", "bytes.range_invalid"),
        ("0-1", "bytes.range_invalid"),
        ("bytes=" + "9" * 30 + "-", "bytes.range_invalid"),
    ],
)
def test_ranges_that_cannot_be(ask: Client, given: str, code: str) -> None:
    """Too many, or no ranges at all."""
    refused(ask("GET", "/health/live", headers={"Range": given}), 416, code, path="/header/range")


@pytest.mark.parametrize("given", ["bytes=0-", "bytes=-5", "bytes=0-0, 5-9", "BYTES=1-1"])
def test_ranges_that_can(ask: Client, given: str) -> None:
    """What players ask for."""
    assert 200 == ask("GET", "/health/live", headers={"Range": given}).status_code


# Who


def test_nobody_asks_on_a_machine_of_ones_own(ask: Client) -> None:
    """Whoever is here may do all, under the name that it gives itself."""
    assert "local" == ask("GET", "/api/v1/projects/p").json()["actor"]
    headers = {"X-Stoat-Actor": "agent:editor"}
    assert "agent:editor" == ask("GET", "/api/v1/projects/p", headers=headers).json()["actor"]
    ana = {"X-Stoat-Actor": "person:Ana Núñez".encode()}
    assert "person:Ana Núñez" == ask("GET", "/api/v1/projects/p", headers=ana).json()["actor"]
    assert 200 == ask("GET", "/api/v1/keys").status_code


@pytest.mark.parametrize("name", [b"", b"token", b"agent:" + b"x" * 95, b"agent:\xff"])
def test_names_that_are_none(ask: Client, name: bytes) -> None:
    """Nothing, the administrator's, too long, not UTF-8."""
    answer = ask("GET", "/api/v1/projects/p", headers={"X-Stoat-Actor": name})
    refused(answer, 400, "actor.invalid", path="/header/x-stoat-actor")


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer wrong-token-wrong-token", "Basic dXNlcjpwYXNz", "Bearer", f"bearer{TOKEN}", "Bearer é"],
)
def test_a_closed_door(closed: Client, authorization: str | None) -> None:
    """Without the token there is a challenge, and nothing else."""
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    for path in ("/api/v1/projects/p", "/gui", "/nowhere"):
        answer = closed("GET", path, headers=headers)
        refused(answer, 401, "key.unknown", path="/header/authorization")
        assert 'Bearer realm="stoat"' == answer.headers["www-authenticate"]
    assert 401 == closed("GET", f"/api/v1/projects/p?token={TOKEN}", headers=headers).status_code
    assert 200 == closed("GET", "/health/live", headers=headers).status_code


def test_nobody_takes_the_name_of_a_key(tmp_path: Path, ring: Ring) -> None:
    """Where no token is asked for either: who holds the key proves it, and others have other names."""
    token = ring.add("agent:a", "edit")
    ask = Client(service(tmp_path, ring))
    said = {"X-Stoat-Actor": "agent:a"}
    shown = refused(
        ask("POST", "/api/v1/projects/p/undo", headers=said),
        403,
        "actor.is_key",
        path="/header/x-stoat-actor",
    )
    assert "X-Stoat-Actor" in shown["problems"][0]["hint"]
    refused(ask.dial(**said).denied(), 403, "actor.is_key")
    for headers, name in (
        ({"Authorization": f"Bearer {token}", **said}, "agent:a"),
        ({"X-Stoat-Actor": "agent:b"}, "agent:b"),
        ({}, "local"),
    ):
        assert name == ask("GET", "/api/v1/projects/p", headers=headers).json()["actor"]


def test_the_administrator(closed: Client) -> None:
    """Holds STOAT_API_TOKEN, is called token whatever it says, and may do all."""
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Stoat-Actor": "person:mallory"}
    assert "token" == closed("GET", "/api/v1/projects/p", headers=headers).json()["actor"]
    assert 200 == closed("GET", "/api/v1/keys", headers=headers).status_code


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("read", {"read", "ask"}),
        ("edit", {"read", "ask", "edit"}),
        ("render", {"read", "ask", "render"}),
        ("admin", {"read", "ask", "edit", "render", "admin"}),
    ],
)
def test_scopes(closed: Client, ring: Ring, scope: str, allowed: set[str]) -> None:
    """A key may do what it was made for, and is told what it lacks."""
    headers = {"Authorization": f"Bearer {ring.add('agent:a', scope)}"}
    tried = {
        "read": ("GET", "/api/v1/projects/p"),
        "ask": ("POST", "/api/v1/projects/p/validate"),
        "edit": ("POST", "/api/v1/projects/p/undo"),
        "render": ("POST", "/api/v1/render"),
        "admin": ("GET", "/api/v1/keys"),
    }
    for needed, (method, path) in tried.items():
        answer = closed(method, path, headers=headers)
        if needed in allowed:
            assert 200 == answer.status_code
        else:
            shown = refused(answer, 403, "key.scope", path="/header/authorization")
            assert needed in shown["detail"]
    assert "agent:a" == closed("GET", "/api/v1/projects/p", headers=headers).json()["actor"]


NEEDED = {
    ("GET", "/api/v1/audit"): "admin",
    ("POST", "/api/v1/keys"): "admin",
    ("DELETE", "/api/v1/webhooks/{webhook_id}"): "admin",
    ("POST", "/api/v1/render/plan"): "read",
    ("POST", "/api/v1/render/{job_id}/cancel"): "render",
    ("POST", "/api/v1/jobs/{job_id}/cancel"): "render",
    ("POST", "/api/v1/preview"): "render",
    ("POST", "/api/v1/compose/layout"): "edit",
    ("DELETE", "/api/v1/projects/{project_id}"): "edit",
    ("BREW", "/api/v1/projects"): "edit",
    ("DELETE", "/api/v1/projects/{project_id}/validate"): "edit",
    ("GET", "/api/v1/unheard/of"): "admin",
    ("POST", "/mcp"): "edit",
    ("WEBSOCKET", "/ws"): "read",
    ("GET", "/metrics"): "read",
}


def test_needed_scopes() -> None:
    """By the template of the route; what is not known is the administrator's."""
    assert NEEDED == {asked: guards.needed_scope(*asked) for asked in NEEDED}


def test_web_sockets_show_their_token(closed: Client, ring: Ring) -> None:
    """In a header, or from a page as a sub-protocol; the answer does not tell it back. Never in the URL."""
    token = ring.add("person:ana", "read")
    base = "http://edit.example"
    assert "person:ana" == closed.dial(base=base, authorization=f"Bearer {token}").told()["actor"]
    call = closed.dial(base=base, protocols=["stoat.v1", f"stoat.token.{token}"])
    assert ("stoat.v1", "person:ana") == (call.protocol, call.told()["actor"])
    # What is behind the guard cannot tell the token on.
    assert ["stoat.v1"] == call.told()["offered"]
    assert token not in str(call.sent)
    refused(closed.dial(f"/ws?token={token}", base=base, protocols=["stoat.v1"]).denied(), 401, "key.unknown")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("Authorization", 401, "key.unknown"),
        ("Host", 421, "host.not_allowed"),
        ("Origin", 403, "origin.not_allowed"),
        ("Content-Type", 415, "content_type.not_json"),
        ("Range", 416, "bytes.range_invalid"),
    ],
)
def test_headers_that_contradict_themselves(closed: Client, name: str, status: int, code: str) -> None:
    """What stands there twice could be read in two ways, one of them before and one behind a proxy."""
    values = {
        "Authorization": f"Bearer {TOKEN}",
        "Host": "edit.example",
        "Origin": "http://edit.example",
        "Content-Type": "application/json",
        "Range": "bytes=0-1",
    }
    once = list(values.items())
    post = ("POST", "/api/v1/projects/p/edits")
    assert 200 == closed(*post, headers=httpx.Headers(once), content=b'{"edits": []}').status_code
    twice = httpx.Headers([*once, (name, values[name])])
    refused(closed(*post, headers=twice, content=b'{"edits": []}'), status, code)


# How often


def test_too_many_requests(tmp_path: Path) -> None:
    """Every answer says what is left; then there is a time to come back. The heartbeat is never refused."""
    ask = Client(service(tmp_path, rate_limit=3))
    left = [ask("GET", "/api/v1/search").headers["ratelimit"].split(";")[1] for _ in range(3)]
    assert ["r=2", "r=1", "r=0"] == left
    answer = ask("GET", "/api/v1/search")
    refused(answer, 429, "rate.exceeded")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert '"default";q=3;w=60' == answer.headers["ratelimit-policy"]
    assert 200 == ask("GET", "/health/live").status_code


def test_keys_are_counted_apart(tmp_path: Path, ring: Ring) -> None:
    """One that sends too much does not keep another out."""
    ask = Client(service(tmp_path, ring, api_token=TOKEN, rate_limit=2))
    one, other = ({"Authorization": f"Bearer {ring.add(name, 'read')}"} for name in ("agent:a", "agent:b"))
    statuses = [ask("GET", "/api/v1/search", headers=one).status_code for _ in range(3)]
    assert [200, 200, 429] == statuses
    assert 200 == ask("GET", "/api/v1/search", headers=other).status_code


def test_guessing_ends(tmp_path: Path) -> None:
    """After so many wrong tokens not even the right one is looked at; who shows none is only told to."""
    ask = Client(service(tmp_path, api_token=TOKEN, auth_failures=3))
    wrong = {"Authorization": "Bearer wrong-wrong-wrong-wrong"}
    assert [401] * 3 == [ask("GET", "/api/v1/search", headers=wrong).status_code for _ in range(3)]
    refused(ask("GET", "/api/v1/search", headers=wrong), 429, "rate.exceeded")
    refused(ask("GET", "/api/v1/search", headers={"Authorization": f"Bearer {TOKEN}"}), 429, "rate.exceeded")
    refused(ask("GET", "/api/v1/search"), 401, "key.unknown")


# Errors


def test_what_the_router_refuses(ask: Client) -> None:
    """Unknown addresses with the nearest known, methods with those that work."""
    shown = refused(ask("GET", "/api/v1/serch"), 404, "route.not_found")
    assert "Did you mean /api/v1/search?" == shown["problems"][0]["hint"]
    answer = ask("DELETE", "/api/v1/search")
    shown = refused(answer, 405, "method.not_allowed")
    assert ["GET", "HEAD"] == shown["problems"][0]["allowed"] == answer.headers["allow"].split(", ")
    refused(ask("GET", "/api/v1/projects/none"), 404, "project.not_found")


def test_json_that_is_none(ask: Client) -> None:
    """It cannot be read, so nothing else is said of it."""
    answer = ask(
        "POST",
        "/api/v1/projects/p/edits",
        content=b'{"edits": [}',
        headers={"Content-Type": "application/json"},
    )
    refused(answer, 400, "body.not_json")


def test_everything_wrong_at_once(ask: Client) -> None:
    """Each with its place in what was sent, and the nearest name that there is."""
    body = {
        "edits": [{"op": "trim", "clip_di": "c", "amount": -1}, {"op": "mut"}, {"op": "mute", "track_id": 7}],
        "intnt": "x",
        "zzz": 1,
    }
    shown = refused(ask("POST", "/api/v1/projects/p/edits", json=body), 422, "request.missing")
    assert {
        ("request.missing", "/edits/0/clip_id"),
        ("request.out_of_range", "/edits/0/amount"),
        ("request.unknown_field", "/edits/0/clip_di"),
        ("request.not_allowed", "/edits/1"),
        ("request.wrong_type", "/edits/2/track_id"),
        ("request.unknown_field", "/intnt"),
        ("request.unknown_field", "/zzz"),
    } == {(problem["code"], problem["path"]) for problem in shown["problems"]}
    hints = {problem["path"]: problem["hint"] for problem in shown["problems"]}
    assert "Did you mean clip_id?" == hints["/edits/0/clip_di"]
    assert "Did you mean intent?" == hints["/intnt"]
    assert "Did you mean mute?" == hints["/edits/1"]
    assert "Known are edits, intent." == hints["/zzz"]


def test_wrong_parameters(ask: Client) -> None:
    """What stands in the address has a place too."""
    refused(ask("GET", "/api/v1/search?limit=0"), 422, "request.out_of_range", path="/query/limit")
    refused(ask("GET", "/api/v1/search?limit=x"), 422, "request.wrong_type", path="/query/limit")
    refused(
        ask("POST", "/api/v1/projects/p/edits", headers={"Content-Type": "application/json"}),
        422,
        "request.missing",
        path="",
    )


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("bug", 500, "internal"),
        ("disk", 507, "disk.full"),
        ("storage", 503, "database.unavailable"),
        ("ffmpeg", 500, "ffmpeg.failed"),
    ],
)
def test_errors_tell_nothing_of_the_server(
    ask: Client, tmp_path: Path, how: str, status: int, code: str
) -> None:
    """No path, no SQL, no traceback."""
    answer = ask("GET", f"/api/v1/fails/{how}")
    refused(answer, status, code)
    assert [] == [
        word
        for word in (str(tmp_path), "SELECT", "Traceback", "stoat.db", "/usr", "RuntimeError")
        if word in answer.text
    ]
    assert (how == "storage") == ("retry-after" in answer.headers)


def test_web_sockets_that_fail(ask: Client) -> None:
    """Before they are accepted they get the problem, afterwards no more than a code."""
    refused(ask.dial("/ws/fails/before").denied(), 404, "project.not_found")
    sent = ask.dial("/ws/fails/after").sent
    assert ["websocket.accept", "websocket.close"] == [message["type"] for message in sent]
    assert 1011 == sent[1]["code"]
    assert "secret" not in str(sent)


def test_half_an_answer_is_no_answer(ask: Client) -> None:
    """The server cuts the connection, so that nobody takes it for a whole one."""

    async def send() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(ask.app), base_url=HERE) as client:
            await client.get("/half")

    with pytest.raises(RuntimeError, match="a secret"):
        asyncio.run(send())


# Headers


def test_what_browsers_are_told(ask: Client) -> None:
    """Pages may load what is ours, and nobody may frame anything."""
    page, data = ask("GET", "/gui"), ask("GET", "/api/v1/search")
    for answer in (page, data, ask("GET", "/nowhere")):
        assert "nosniff" == answer.headers["x-content-type-options"]
        assert "same-origin" == answer.headers["cross-origin-resource-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "default-src 'none'" in data.headers["content-security-policy"]
    assert (True, False) == ("cache-control" in data.headers, "cache-control" in page.headers)


# Metrics and logs


@pytest.fixture
def measured() -> Iterator[Prometheus]:
    """The metrics of one test."""
    before = telemetry.meters()
    prometheus = Prometheus()
    telemetry.use_meters(prometheus)
    yield prometheus
    telemetry.use_meters(before)


def test_paths_are_counted_by_template(ask: Client, measured: Prometheus) -> None:
    """A thousand strange addresses and methods make no label of their own."""
    chance = random.Random(7)
    strange = ["".join(chance.choices(string.ascii_letters + "/%._-", k=12)) for _ in range(500)]

    async def send() -> None:
        transport = httpx.ASGITransport(ask.app)
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            for path in strange:
                await client.get(f"/{path}")
                await client.request(
                    path[:4].strip("/%._-").upper() + "X", f"/api/v1/projects/{path[:5].strip('/.%')}x"
                )

    asyncio.run(send())
    labels = {
        (sample.labels["method"], sample.labels["path"])
        for metric in measured.registry.collect()
        for sample in metric.samples
        if sample.name == "http_requests_total"
    }
    assert {path for _, path in labels} == {"(none)", "/api/v1/projects/{project_id}"}
    assert {method for method, _ in labels} == {"GET", "(other)"}


def test_every_request_is_counted_once(ask: Client, measured: Prometheus) -> None:
    """Under the template of an included router, with its status, WebSockets too."""
    ask("GET", "/api/v1/projects/p")
    ask("GET", "/api/v1/fails/bug")
    ask.dial()
    count = measured.registry.get_sample_value
    for method, path, status in (
        ("GET", "/api/v1/projects/{project_id}", "200"),
        ("GET", "/api/v1/fails/{how}", "500"),
        ("WEBSOCKET", "/ws", "101"),
    ):
        labels = {"method": method, "path": path, "status": status}
        assert 1 == count("http_requests_total", labels)
    seconds = count(
        "http_request_duration_seconds_sum", {"method": "GET", "path": "/api/v1/projects/{project_id}"}
    )
    assert 0 < (seconds or 0) < 60


def test_requests_are_logged(ask: Client, caplog: pytest.LogCaptureFixture) -> None:
    """One line with template, status and actor; the heartbeat only for those who look closely."""
    with caplog.at_level(logging.INFO, logger="stoat_ferret.access"):
        ask("GET", "/api/v1/projects/p?token=hidden", headers={"X-Stoat-Actor": "agent:a"})
        ask("GET", "/health/live")
    (line,) = [record for record in caplog.records if record.name == "stoat_ferret.access"]
    told = vars(line)
    assert ("/api/v1/projects/{project_id}", 200, "agent:a") == (told["route"], told["status"], told["actor"])
    assert "hidden" not in str(told)
