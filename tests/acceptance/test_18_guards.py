"""Every guard of a service that runs, tried from outside over a socket, and refused as documented."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from stoat_ferret.testing.media import MediaMaker, Source
from stoat_ferret.testing.server import Server

TOKEN = "an-administrators-token-0123456789"
FALSE = "stk_0123456789abcdef_0123456789abcdef0123456789abcdef"
SCOPES = ("read", "edit", "render", "admin")


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Service:
    """A service with a token, a key of each scope, and a film."""

    server: Server
    roots: Path
    keys: dict[str, str]
    project: str

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])

    def raw(self, *pieces: bytes, pause: float = 0.0) -> Answer:
        """Send these bytes as they are, and read the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            for piece in pieces:
                connection.sendall(piece)
            response = HTTPResponse(connection)
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, headers, response.read())

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, **headers: str
    ) -> Answer:
        """One request; `headers` by their names with `_` for `-`."""
        sent = {"Host": f"127.0.0.1:{self.port}", "Connection": "close"}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if body is not None:
            sent |= {"Content-Type": "application/json", "Content-Length": str(len(data))}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in sent.items()
        )
        return self.raw(head.encode() + b"\r\n" + data)


def refused(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The answer is the documented problem, whole, and names nothing of the server."""
    assert (status, "application/problem+json") == (answer.status, answer.headers["content-type"])
    shown: dict[str, Any] = answer.json
    assert {"type", "title", "status", "detail", "code", "instance", "problems"} <= set(shown)
    assert (status, code, code) == (shown["status"], shown["code"], shown["problems"][0]["code"])
    assert f"urn:stoat:request:{answer.headers['x-correlation-id']}" == shown["instance"]
    text = answer.body.decode()
    assert [] == [word for word in ("Traceback", "sqlite", "SELECT ", ".py", "/tmp", TOKEN) if word in text]
    return shown


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, media: MediaMaker) -> Iterator[Service]:
    """Give a service that is asked by strangers."""
    folder = tmp_path_factory.mktemp("guards")
    roots = folder / "films"
    roots.mkdir()
    film = media.make(Source(frames=10)).read_bytes()
    (roots / "film.mp4").write_bytes(film)
    (folder / "secret.mp4").write_bytes(film)
    (roots / "leak.mp4").symlink_to(folder / "secret.mp4")
    (roots / "elsewhere").symlink_to(folder)
    os.mkfifo(roots / "pipe.mp4")
    with Server(
        folder / "data",
        media_root=roots,
        api_token=TOKEN,
        max_body_mib="1",
        body_stall_seconds="1",
        auth_failures="100000",
    ) as server:
        made = Service(server, roots, {}, "")
        for scope in SCOPES:
            answer = made("POST", "/api/v1/keys", {"name": f"agent:{scope}", "scopes": [scope]})
            made.keys[scope] = answer.json["key"]
        made.project = made("POST", "/api/v1/projects", {"name": "Held"}).json["id"]
        yield made


def test_the_name_that_it_is_called_by(service: Service) -> None:
    """Neither by a stranger's name nor by two."""
    refused(service("GET", "/api/v1/projects", Host="evil.example"), 421, "host.not_allowed")
    head = b"GET /api/v1/projects HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n"
    refused(service.raw(head), 421, "host.not_allowed")


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}],
)
def test_pages_of_strangers(service: Service, headers: dict[str, str]) -> None:
    """They change nothing, and a sound token does not help them."""
    answer = service("POST", "/api/v1/projects", {"name": "Stolen"}, **headers)
    refused(answer, 403, "origin.not_allowed")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_bodies_that_are_no_json(service: Service, kind: str) -> None:
    """What a form of a page can send without asking is not taken."""
    refused(
        service("POST", "/api/v1/projects", {"name": "Form"}, Content_Type=kind), 415, "content_type.not_json"
    )


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "name": "b"}',
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b"[" * 100 + b"]" * 100,
        b'{"name": "\xff"}',
    ],
)
def test_json_that_has_two_meanings(service: Service, body: bytes) -> None:
    """A key twice, numbers that are none, nests without end, bytes that are no text."""
    answer = service("POST", "/api/v1/projects", body)
    shown = refused(answer, answer.status, answer.json["code"])
    assert shown["status"] in (400, 422)
    assert shown["code"].startswith("document.")


@pytest.mark.parametrize(
    "path", ["/api/v1/projects", "/api/v1/audit", "/openapi.json", "/metrics", "/system/info", "/docs"]
)
def test_without_a_key(service: Service, path: str) -> None:
    """Nothing but whether it lives."""
    for token in (None, FALSE, "x"):
        answer = service("GET", path, token=token)
        refused(answer, 401, "key.unknown")
        assert 'Bearer realm="stoat"' == answer.headers["www-authenticate"]
    assert 200 == service("GET", "/health/live", token=None).status


def test_a_key_that_was_taken_back(service: Service) -> None:
    """It proves nothing from then on."""
    made = service("POST", "/api/v1/keys", {"name": "agent:gone", "scopes": ["read"]}).json
    assert 200 == service("GET", "/api/v1/projects", token=made["key"]).status
    assert 204 == service("DELETE", f"/api/v1/keys/{made['id']}").status
    refused(service("GET", "/api/v1/projects", token=made["key"]), 401, "key.unknown")


NEEDS: Mapping[str, list[tuple[str, str, Any]]] = {
    "read": [("GET", "/api/v1/projects", None), ("POST", "/api/v1/effects/preview", {"effect_type": "blur"})],
    "edit": [
        ("POST", "/api/v1/projects", {"name": "Mine"}),
        (
            "POST",
            "/api/v1/projects/{project}/edits",
            {"edits": [{"op": "create_track", "type": "text"}], "dry_run": True},
        ),
        ("DELETE", "/api/v1/projects/none", None),
        ("POST", "/api/v1/videos/scan", {"path": "nowhere"}),
    ],
    "render": [
        ("POST", "/api/v1/render", {"project_id": "none"}),
        ("POST", "/api/v1/jobs/none/cancel", None),
    ],
    "admin": [
        ("GET", "/api/v1/keys", None),
        ("GET", "/api/v1/audit", None),
        ("GET", "/api/v1/webhooks", None),
        ("DELETE", "/api/v1/keys/none", None),
    ],
}
MAY = {
    "read": {"read"},
    "edit": {"read", "edit"},
    "render": {"read", "render"},
    "admin": {"read", "edit", "render", "admin"},
}


@pytest.mark.parametrize("scope", SCOPES)
def test_what_a_key_may_do(service: Service, scope: str) -> None:
    """Each scope against each kind of route."""
    for needed, requests in NEEDS.items():
        for method, path, body in requests:
            answer = service(method, path.format(project=service.project), body, token=service.keys[scope])
            if needed in MAY[scope]:
                assert answer.status not in (401, 403), (method, path)
            else:
                shown = refused(answer, 403, "key.scope")
                assert f"needs the scope {needed}" in shown["detail"]


def test_a_key_makes_no_wider_one(service: Service) -> None:
    """Not even an administrator's makes one without a right scope, and an editor's makes none."""
    wider = {"name": "agent:wider", "scopes": ["admin"]}
    for scope in ("read", "edit", "render"):
        refused(service("POST", "/api/v1/keys", wider, token=service.keys[scope]), 403, "key.scope")


def test_bodies_by_the_bytes_that_come(service: Service) -> None:
    """Said to be too large, sent in chunks without an end, and stopped half-way."""
    head = (
        f"POST /api/v1/projects HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()
    refused(service.raw(head + b"Content-Length: 9999999\r\n\r\n"), 413, "body.too_large")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    refused(service.raw(head + b"Transfer-Encoding: chunked\r\n\r\n", chunk * 20), 413, "body.too_large")
    started = time.monotonic()
    refused(service.raw(head + b'Content-Length: 20\r\n\r\n{"name": '), 408, "body.stalled")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("ranges", "code"),
    [
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(50)), "bytes.too_many_ranges"),
        ("bytes=9-1", "bytes.range_invalid"),
        ("pages=1-2", "bytes.range_invalid"),
    ],
)
def test_ranges(service: Service, ranges: str, code: str) -> None:
    """Too many, backwards, of something else."""
    refused(service("GET", "/api/v1/projects", Range=ranges), 416, code)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("/etc/passwd", "media."),
        ("../secret.mp4", "media."),
        ("leak.mp4", "media."),
        ("elsewhere/secret.mp4", "media."),
        ("pipe.mp4", "media."),
        ("file:///etc/passwd", "media."),
        ("concat:film.mp4|../secret.mp4", "media."),
    ],
)
def test_sources_outside_of_the_roots(service: Service, source: str, code: str) -> None:
    """By their path, by a link, by a pipe, by a protocol: an edit that names one is refused."""
    answer = service("POST", f"/api/v1/projects/{service.project}/clips", {"source": source})
    shown = refused(answer, 422, answer.json["code"])
    assert shown["code"].startswith(code)
    assert "root:x" not in answer.body.decode()


@pytest.mark.parametrize("path", ["/etc", "..", "elsewhere", "../../..", "\0"])
def test_folders_outside_of_the_roots(service: Service, path: str) -> None:
    """They are neither scanned nor shown."""
    scan = service("POST", "/api/v1/videos/scan", {"path": path})
    assert scan.status in (404, 422)
    refused(scan, scan.status, scan.json["code"])


def test_a_scan_passes_by_what_is_no_file(service: Service) -> None:
    """Links that lead out and pipes: the library knows the film alone."""
    job = service("POST", "/api/v1/videos/scan", {"path": str(service.roots)}).json["job_id"]
    done = service("GET", f"/api/v1/jobs/{job}/wait?timeout=60").json
    assert "completed" == done["status"]
    names = [video["filename"] for video in service("GET", "/api/v1/videos").json["items"]]
    assert ["film.mp4"] == names


@pytest.mark.parametrize("name", ["../out.mp4", "/etc/cron.d/x.mp4", ".hidden.mp4", "a\\..\\b.mp4"])
def test_renders_stay_in_their_folder(service: Service, name: str) -> None:
    """A name with a folder in it is none."""
    answer = service("POST", "/api/v1/render", {"project_id": service.project, "output": name})
    if "\\" not in name:
        refused(answer, 422, "output.name")
    assert [] == [
        found for found in service.roots.parent.rglob("*.mp4") if found.name in ("out.mp4", ".hidden.mp4")
    ]


def test_ranges_outside_of_a_file(service: Service) -> None:
    """The problem tells how long the file is."""
    job = service("POST", "/api/v1/videos/scan", {"path": str(service.roots)}).json["job_id"]
    service("GET", f"/api/v1/jobs/{job}/wait?timeout=60")
    film = service("GET", "/api/v1/videos").json["items"][0]
    place = f"/api/v1/videos/{film['id']}/media"
    answer = service("GET", place, Range="bytes=99999999-")
    refused(answer, 416, "bytes.outside")
    assert f"bytes */{film['file_size']}" == answer.headers["content-range"]
    part = service("GET", place, Range="bytes=4-7")
    assert (206, b"ftyp") == (part.status, part.body)


def handshake(service: Service, *headers: str) -> Answer:
    lines = (
        "GET /ws HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *headers,
    )
    return service.raw(("\r\n".join(lines) + "\r\n\r\n").encode())


def test_web_sockets(service: Service) -> None:
    """Neither without a token, nor from a stranger's page, nor under a stranger's name."""
    host, bearer = "Host: 127.0.0.1", f"Authorization: Bearer {TOKEN}"
    refused(handshake(service, host), 401, "key.unknown")
    refused(handshake(service, host, f"Authorization: Bearer {FALSE}"), 401, "key.unknown")
    refused(handshake(service, host, bearer, "Origin: https://evil.example"), 403, "origin.not_allowed")
    refused(handshake(service, "Host: evil.example", bearer), 421, "host.not_allowed")
    assert 101 == handshake(service, host, bearer).status
    offered = f"Sec-WebSocket-Protocol: stoat.v1, stoat.token.{service.keys['read']}"
    agreed = handshake(service, host, offered)
    assert (101, "stoat.v1") == (agreed.status, agreed.headers["sec-websocket-protocol"])


def test_methods_and_addresses(service: Service) -> None:
    """What there is not is refused in the one shape; HEAD is GET without its body; nothing is redirected."""
    refused(service("GET", "/api/v1/projects/"), 404, "route.not_found")
    refused(service("GET", "/api/v1/projects?limt=5"), 422, "request.unknown_field")
    refused(service("GET", "/api/v1/projects?limit=5&limit=6"), 422, "request.repeated")
    validate = f"/api/v1/projects/{service.project}/validate"
    refused(service("POST", validate, {"document": {"tracks": 5}}), 422, "request.unknown_field")
    refused(service("POST", validate, ["document"]), 422, "request.unexpected_body")
    assert 200 == service("POST", validate, {}).status
    answer = service("OPTIONS", f"/api/v1/projects/{service.project}")
    refused(answer, 405, "method.not_allowed")
    assert "DELETE, GET, HEAD, PATCH" == answer.headers["allow"]
    whole = service("GET", f"/api/v1/projects/{service.project}")
    assert (200, str(len(whole.body))) == (whole.status, whole.headers["content-length"])


def test_too_much_at_once(tmp_path: Path) -> None:
    """More requests a minute than a key may send wait as long as Retry-After says; others do not."""
    with Server(tmp_path / "data", api_token=TOKEN, rate_limit="20", auth_failures="3") as server:
        service = Service(server, tmp_path, {}, "")
        key = service("POST", "/api/v1/keys", {"name": "agent:fast", "scopes": ["read"]}).json["key"]
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: service("GET", "/api/v1/effects/blur", token=key), range(30)))
        late = [answer for answer in answers if answer.status == 429]
        assert 20 == len([answer for answer in answers if answer.status == 200])
        assert 10 == len(late)
        for answer in late:
            refused(answer, 429, "rate.exceeded")
            assert 1 <= int(answer.headers["retry-after"]) <= 61
        assert 200 == service("GET", "/api/v1/projects").status
        guesses = [service("GET", "/api/v1/projects", token=f"guess-number-{n}") for n in range(5)]
        assert [401, 401, 401, 429, 429] == [answer.status for answer in guesses]
        refused(guesses[-1], 429, "rate.exceeded")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_no_other_address_without_a_token(tmp_path: Path, host: str) -> None:
    """It does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "stoat_ferret.cli", "serve", "--host", host, "--port", "0", "--json"],
        env={**os.environ, "STOAT_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 2 == done.returncode
    problem = json.loads(done.stdout)["problems"][0]
    assert ("settings.invalid", "STOAT_HOST") == (problem["code"], problem["path"])
    assert "STOAT_API_TOKEN" in problem["message"]


def test_secrets_are_nowhere(service: Service) -> None:
    """After all of this: neither in logs, nor in the audit log, nor where other users of the machine look."""
    secret = service("POST", "/api/v1/keys", {"name": "agent:last", "scopes": ["read"]}).json["key"]
    service("GET", f"/api/v1/projects?token={secret}", token=secret)
    secrets = [TOKEN, FALSE, secret, *service.keys.values()]
    audit = service("GET", "/api/v1/audit?limit=1000")
    assert '"key.created"' in audit.body.decode()
    keys = service("GET", "/api/v1/keys?limit=1000")
    process = Path("/proc") / str(service.server.process.pid)
    data = service.server.data_dir
    stored = b"".join(
        file.read_bytes() for file in data.rglob("*") if file.is_file() and file.name.startswith("stoat.db")
    )
    places = {
        "log": service.server.log.read_bytes(),
        "audit": audit.body,
        "keys": keys.body,
        "command line": process.joinpath("cmdline").read_bytes(),
        "database": stored,
    }
    assert all(len(text) > 20 for text in places.values())
    assert [] == [name for name, text in places.items() for one in secrets if one.encode() in text]
