"""Connections of a service that runs: how long they may take, how much they may hold, and when they end."""

from __future__ import annotations

import contextlib
import json
import resource
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from stoat_ferret.testing.server import Server

TOKEN = "an-administrators-token-0123456789"
WAIT = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a service that asks for a token."""
    folder = tmp_path_factory.mktemp("connections")
    with Server(folder / "data", api_token=TOKEN, auth_failures="100000") as running:
        yield running


@pytest.fixture
def admin(server: Server) -> Iterator[httpx.Client]:
    """Give a client of the administrator."""
    with server.client({"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client


def key(admin: httpx.Client, name: str, **more: object) -> dict[str, str]:
    """Make a key that may read."""
    answer = admin.post("keys", json={"name": name, "scopes": ["read"], **more})
    assert 201 == answer.status_code, answer.text
    made: dict[str, str] = answer.json()
    return made


def listen(server: Server, token: str, query: str = "") -> ClientConnection:
    """Open a WebSocket."""
    headers = {"Authorization": f"Bearer {token}"}
    return connect(
        server.url.replace("http", "ws") + "/ws" + query, additional_headers=headers, open_timeout=WAIT
    )


def ended(socket: ClientConnection) -> tuple[int, str]:
    """Listen to the end: its code and reason."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(timeout=WAIT)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


# Keys that end


def test_a_key_that_is_taken_back_hears_no_more(server: Server, admin: httpx.Client) -> None:
    """All of its WebSockets are closed at once, and nobody else's."""
    gone, stays = key(admin, "agent:gone"), key(admin, "agent:stays")
    with (
        listen(server, gone["key"]) as one,
        listen(server, gone["key"]) as two,
        listen(server, stays["key"], "?types=PROJECT_CREATED") as other,
    ):
        assert 204 == admin.delete(f"keys/{gone['id']}").status_code
        assert (1008, "the key was taken back") == ended(one) == ended(two)
        made = admin.post("projects", json={"name": "Told"}).json()["id"]
        assert made == json.loads(other.recv(timeout=WAIT))["project_id"]


def test_a_key_that_expires_hears_no_more(server: Server, admin: httpx.Client) -> None:
    """Its WebSocket is closed when its time has come, though nothing happens."""
    made = key(admin, "agent:brief", expires_in_days=2 / 86_400)
    with listen(server, made["key"]) as socket:
        started = time.monotonic()
        assert (1008, "the key has expired") == ended(socket)
        assert time.monotonic() - started < 5


def test_what_nobody_asked_for(server: Server) -> None:
    """A parameter that a WebSocket does not know, or knows twice, ends it by name, as REST refuses it."""
    for query, name in (
        ("?foo=1", "foo"),
        ("?since=1&since=2", "since"),
        (f"?{'%F0%9F%A6%A6' * 50}=1", "???"),
    ):
        with listen(server, TOKEN, query) as socket:
            code, reason = ended(socket)
        assert 1008 == code
        assert name in reason


# Probes


def test_probes_need_no_token(server: Server) -> None:
    """Whoever looks after the process asks without one, as often as it likes, and is told no details."""
    with httpx.Client(base_url=server.url, timeout=WAIT) as stranger:
        for name in ("live", "ready", "startup"):
            assert 200 == stranger.get(f"/health/{name}").status_code, name
        found = stranger.get("/health/ready")
        assert "ratelimit" not in found.headers
        checks = found.json()["checks"]
        assert {"database", "ffmpeg", "rust_core", "disk", "project_folders"} == set(checks)
        assert [{"status", "version", "latency_ms"}] * 5 == [set(check) for check in checks.values()]
        for path in ("/metrics", "/system/state", "/health/ready/", "/health"):
            assert 401 == stranger.get(path).status_code, path


# Secrets


def test_a_secret_is_shown_once(server: Server, admin: httpx.Client) -> None:
    """The same request again is answered without it, and nothing keeps it but the webhook itself."""
    url = "https://hooks.example/hook"
    clip = {"source": {"generator": "testsrc"}, "out_point": 0.5}
    document = {"output": {"width": 64, "height": 64}, "tracks": [{"type": "video", "clips": [clip]}]}
    project = admin.post("projects", json={"document": document}).json()["id"]
    order = {"project_id": project, "quality": "draft", "webhook": url}
    hook = {"url": url, "events": ["PROJECT_CREATED"]}
    secrets = []
    for path, body in (
        ("webhooks", hook),
        ("render", order),
        ("keys", {"name": "agent:x", "scopes": ["read"]}),
    ):
        once = {"Idempotency-Key": f"once-{path}"}
        first, again = (admin.post(path, json=body, headers=once).json() for _ in range(2))
        shown, kept = (answer.get("webhook", answer) for answer in (first, again))
        assert shown["id"] == kept["id"]
        (secret,) = {value for value in shown.values() if str(value).startswith(("whsec_", "stoat_"))}
        assert secret not in str(again)
        secrets.append(secret)
    with contextlib.closing(sqlite3.connect(server.data_dir / "stoat.db")) as database:
        kept_answers = str(database.execute("SELECT * FROM idempotency").fetchall())
    assert project in str(admin.get(f"projects/{project}").json())
    assert "once-webhooks" in kept_answers
    assert [] == [secret for secret in secrets if secret in kept_answers]


def test_nobody_else_reads_the_database(server: Server) -> None:
    """Neither its files nor the folder that was made for them."""
    files = sorted(path for path in server.data_dir.iterdir() if path.name.startswith("stoat.db"))
    assert {"stoat.db", "stoat.db-wal", "stoat.db-shm"} <= {path.name for path in files}
    assert {path.name: 0 for path in files if path.suffix != ".lock"} == {
        path.name: path.stat().st_mode & 0o077 for path in files if path.suffix != ".lock"
    }
    assert 0o700 == server.data_dir.stat().st_mode & 0o777


def test_a_folder_of_ones_own_stays_as_it_is(tmp_path: Path) -> None:
    """Its owner may let others in; the database in it is shut all the same, an older one too."""
    data = tmp_path / "data"
    with Server(data):
        pass
    data.chmod(0o755)
    (data / "stoat.db").chmod(0o644)
    with Server(data):
        assert 0o755 == data.stat().st_mode & 0o777
        assert 0o600 == (data / "stoat.db").stat().st_mode & 0o777


# The audit log


def test_refusals_are_audited(server: Server, admin: httpx.Client) -> None:
    """A wrong token and a right that a key lacks: once in a while, and never the token."""
    made = key(admin, "agent:nosy")
    wrong = f"stoat_{made['id']}_{'x' * 43}"
    with server.client({"Authorization": f"Bearer {wrong}"}) as stranger:
        assert [401] * 20 == [stranger.get("projects").status_code for _ in range(20)]
    with server.client({"Authorization": f"Bearer {made['key']}"}) as nosy:
        assert [403] * 20 == [nosy.delete("keys/none").status_code for _ in range(20)]

    def noted(kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = admin.get("audit", params={"event_type": kind}).json()["items"]
        return [entry for entry in found if entry["resource_id"] == made["id"]]

    deadline = time.monotonic() + WAIT
    while not (noted("token.refused") and noted("scope.refused")):
        assert time.monotonic() < deadline
    (token,), (scope,) = noted("token.refused"), noted("scope.refused")
    assert ("unknown", "127.0.0.1") == (token["actor"], token["details"]["address"])
    assert ("agent:nosy", "admin", "DELETE", "/api/v1/keys/{key_id}") == (
        scope["actor"], scope["details"]["needed"], scope["details"]["method"], scope["details"]["route"],
    )  # fmt: skip
    assert 19 == scope["details"]["passed_over"]
    assert "x" * 43 not in str(admin.get("audit?limit=1000").json())


def test_what_is_made_is_audited_whole(admin: httpx.Client) -> None:
    """When a key ends, and whom a webhook calls."""
    made = key(admin, "agent:short", expires_in_days=0.25)
    hook = admin.post("webhooks", json={"url": "https://hooks.example/a?b=secret"}).json()
    noted = {entry["resource_id"]: entry["details"] for entry in admin.get("audit").json()["items"]}
    assert made["expires_at"] == noted[made["id"]]["expires_at"]
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=5.9) < left <= timedelta(hours=6)
    assert "hooks.example" == noted[hook["id"]]["host"]
    assert "secret" not in str(noted)
    for days in (0, -1, 5000, 1e-12):
        answer = admin.post("keys", json={"name": "agent:no", "scopes": ["read"], "expires_in_days": days})
        assert 422 == answer.status_code, days


def test_an_empty_key_is_none(server: Server, admin: httpx.Client) -> None:
    """An Idempotency-Key that says nothing, or that comes twice, is refused by every kind of route."""
    for headers in ([("Idempotency-Key", "")], [("Idempotency-Key", "a b")], [("Idempotency-Key", "a")] * 2):
        for method, path, body in (
            ("POST", "projects", {"name": "Never"}),
            ("POST", "videos/scan", {"path": "nowhere"}),
            ("DELETE", "projects/none", None),
            ("POST", "render", {"project_id": "none"}),
            ("POST", "keys", {"name": "agent:never", "scopes": ["read"]}),
            ("POST", "webhooks", {"url": "https://hooks.example/"}),
        ):
            answer = admin.request(method, path, json=body, headers=httpx.Headers(headers))
            assert (422, "idempotency.key_invalid") == (answer.status_code, answer.json()["code"]), (
                path,
                headers,
                answer.text,
            )
    assert "Never" not in str(admin.get("projects").json())


def test_there_is_room_for_all_connections(tmp_path: Path) -> None:
    """The service may open as many as its setting says, where the shell that starts it allows few files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        with Server(tmp_path / "data", max_connections="300") as server:
            limits = Path(f"/proc/{server.process.pid}/limits").read_text()
            (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
            assert int(line.split()[3]) >= 800
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
