"""However an address is written: never a better right than the plain address has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from stoat_ferret.api import guards
from stoat_ferret.api.app import create
from stoat_ferret.api.deps import _by as acting_for
from stoat_ferret.config import Settings
from stoat_ferret.operations import keys
from stoat_ferret.operations.keys import SCOPES, Scope, covers
from stoat_ferret.studio import Studio

TOKEN = "an-administrators-token"  # long enough, and no secret
METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "WEBSOCKET")


class Ring:
    """A key of each scope."""

    def __init__(self) -> None:
        everything = keys.Identity(name="token", scopes=frozenset(SCOPES))
        made = {
            scope: keys.make(name=f"agent:{scope}", scopes=[scope], by=everything, now=datetime.now(UTC))
            for scope in SCOPES
        }
        self.tokens = {scope: one.token for scope, one in made.items()}
        self._keys = {one.token: one.key for one in made.values()}

    async def find(self, token: str) -> keys.Identity | None:
        """Who holds the token."""
        key = self._keys.get(token)
        return None if key is None else key.identity

    async def names(self, actor: str) -> bool:
        """Whether a key has this name."""
        return any(key.name == actor for key in self._keys.values())


@pytest.fixture(scope="module")
def ring() -> Ring:
    """Keys."""
    return Ring()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, ring: Ring) -> FastAPI:
    """The whole application, which nothing was started for: what gets past its guards fails."""
    folder = tmp_path_factory.mktemp("addresses")
    studio = Studio(Settings(data_dir=folder, api_token=TOKEN, rate_limit=0))
    studio.keys = ring  # type: ignore[assignment]
    return create(studio)


def ask(app: FastAPI, method: str, raw: str, token: str | None) -> int:
    """The status of one request, as uvicorn would hand it on."""
    sent: list[Any] = []
    received = iter([{"type": "http.request", "body": b"", "more_body": False}, {"type": "http.disconnect"}])

    async def receive() -> Any:
        return {"type": "websocket.connect"} if method == "WEBSOCKET" else next(received)

    async def send(message: Any) -> None:
        sent.append(message)

    head = [(b"host", b"127.0.0.1:8765")]
    if token is not None:
        head.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "websocket" if method == "WEBSOCKET" else "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": head,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8765),
        **(
            {"subprotocols": [], "extensions": {"websocket.http.response": {}}}
            if method == "WEBSOCKET"
            else {"method": method}
        ),
    }
    asyncio.run(app(scope, receive, send))
    first = sent[0]
    assert first["type"] in ("http.response.start", "websocket.http.response.start"), first
    assert b"x-correlation-id" in dict(first["headers"])
    status: int = first["status"]
    return status


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Method and template of all that there is."""
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or {"WEBSOCKET"}):
            assert route.path_format is not None
            yield method, route.path_format


def written(template: str) -> Iterator[str]:
    """Other ways to write an address."""
    plain = template.replace("{", "").replace("}", "")
    for mark in ("%0A", "%0D", "%09", "%00", "%7F", "%0D%0A", "/", "//", "/.", "%20", "%2F", "%C2%85"):
        yield plain + mark
    for mark in ("%0A", "%00"):
        yield mark.join(plain.rsplit("/", 1))
        yield plain[:-1] + mark + plain[-1]
        yield "/" + mark + plain
    for other in ("//", "/./", "/../", "%2F", "/%2e/", "%2F%2F"):
        yield other.join(plain.rsplit("/", 1))
        yield plain.replace("/", other)
        yield other + plain[1:]
    yield plain.upper()


def test_no_way_of_writing_leads_around_a_scope(app: FastAPI, ring: Ring) -> None:
    """What a key is refused at the plain address it is refused at every other that may lead there."""
    passed = []
    for method, template in routes(app):
        needed = guards.needed_scope(method, template)
        plain = template.replace("{", "").replace("}", "")
        for scope in (one for one in SCOPES if not covers({one}, {needed})):
            assert 403 == ask(app, method, plain, ring.tokens[scope]), (method, plain, scope)
            for raw in written(template):
                if raw.startswith("%"):
                    continue
                status = ask(app, method, raw, ring.tokens[scope])
                if status not in (403, 404, 405):
                    passed.append((method, raw, scope, status))
    assert [] == passed


def test_no_way_of_writing_spares_the_token(app: FastAPI) -> None:
    """What is open to everybody is open at its own address alone."""
    opened = []
    for method, template in routes(app):
        for raw in written(template):
            if unquote(raw) == template:
                continue
            status = ask(app, method, raw, None)
            if status not in (401, 404):
                opened.append((method, raw, status))
    assert [] == opened


def test_control_characters_lead_nowhere(app: FastAPI) -> None:
    """Not even the administrator, wherever in an address they stand."""
    for mark in [f"%{number:02X}" for number in (*range(32), 127)]:
        for method, raw in (
            ("GET", f"/api/v1/projects{mark}"),
            ("POST", f"/api/v1/videos{mark}"),
            ("GET", f"/api/v1/projects/a{mark}b"),
            ("WEBSOCKET", f"/ws{mark}"),
            ("GET", f"/health/live{mark}"),
        ):
            assert 404 == ask(app, method, raw, TOKEN), (method, raw)


@pytest.mark.parametrize("scope", SCOPES)
def test_where_nothing_is(app: FastAPI, ring: Ring, scope: Scope) -> None:
    """Every key is told so: there is nothing that it might not do."""
    for method in METHODS:
        for raw in ("/api/v1/nothing", "/nothing", "/api/v1/keys/", "/ws/", "/api/v1/audit/x"):
            assert 404 == ask(app, method, raw, ring.tokens[scope]), (method, raw)
    assert 404 == ask(app, "WEBSOCKET", "/api/v1/projects", ring.tokens[scope])


def test_what_changes_something_needs_more_than_read(app: FastAPI) -> None:
    """A route that acts on somebody's behalf stores what it does."""
    acting = {
        (method, str(route.path_format))
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
        for dependency in getattr(getattr(route, "dependant", None), "dependencies", ())
        if dependency.call is acting_for
    }
    assert len(acting) > 30
    assert set() == {found for found in acting if guards.needed_scope(*found) == "read"}


def test_what_is_not_known_is_the_administrators(app: FastAPI) -> None:
    """A route that nobody thought of a scope for; and all that there are were thought of."""
    for method in METHODS:
        for template in (
            "/secrets",
            "/api/v1/secrets",
            "/api/v2/projects",
            "/api/v1",
            "/",
            "/api/v1x/projects",
        ):
            assert "admin" == guards.needed_scope(method, template)
    found = {template for method, template in routes(app) if guards.needed_scope(method, template) == "admin"}
    assert {
        "/api/v1/audit",
        "/api/v1/keys",
        "/api/v1/keys/{key_id}",
        "/api/v1/webhooks",
        "/api/v1/webhooks/{webhook_id}",
    } == found
