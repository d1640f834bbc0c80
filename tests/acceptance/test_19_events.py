"""Events over a real socket: told in order, and what was missed; and webhooks that prove their sender."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from queue import Queue
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from stoat_ferret.testing.server import Server

WAIT = 30


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a service that may call servers on this machine, and soon says that it lives."""
    data = tmp_path_factory.mktemp("events") / "data"
    with Server(
        data,
        ws_heartbeat_seconds="0.5",
        event_history="50",
        webhook_allow_private="true",
        webhook_allow_http="true",
    ) as running:
        yield running


@pytest.fixture
def api(server: Server) -> Iterator[httpx.Client]:
    """Give a client."""
    with server.client({"X-Stoat-Actor": "agent:test"}) as client:
        yield client


def _listen(server: Server, query: str = "") -> ClientConnection:
    return connect(server.url.replace("http", "ws") + "/ws" + query, open_timeout=WAIT)


def _next(socket: ClientConnection, *types: str) -> dict[str, Any]:
    """The next event of one of these types."""
    while True:
        event: dict[str, Any] = json.loads(socket.recv(timeout=WAIT))
        if event["type"] in types:
            return event


def _project(api: httpx.Client) -> str:
    made: str = api.post("projects", json={"name": "Events"}).json()["id"]
    return made


def _mark(api: httpx.Client, project: str, time: float = 1) -> None:
    edits = [{"op": "add_marker", "time": time, "name": "m"}]
    assert 200 == api.post(f"projects/{project}/edits", json={"edits": edits}).status_code


def test_a_change_is_told(server: Server, api: httpx.Client) -> None:
    """Who listens hears of a project and its edits in order, with numbers that grow by one."""
    with _listen(server) as socket:
        project = _project(api)
        _mark(api, project)
        made = _next(socket, "PROJECT_CREATED")
        changed = _next(socket, "PROJECT_CHANGED")
    assert (project, 1) == (made["project_id"], made["revision"])
    assert (project, 2, "agent:test", ["add_marker"]) == (
        changed["project_id"], changed["revision"], changed["actor"], changed["data"]["ops"],
    )  # fmt: skip
    assert made["event_id"] + 1 == changed["event_id"]


def test_only_what_is_asked_for_is_told(server: Server, api: httpx.Client) -> None:
    """By project and by type; an unknown type ends the connection by name."""
    mine, other = _project(api), _project(api)
    with _listen(server, f"?project_id={mine}&types=PROJECT_CHANGED") as socket:
        _mark(api, other)
        _mark(api, mine)
        event = json.loads(socket.recv(timeout=WAIT))
        while event["type"] == "HEARTBEAT":
            event = json.loads(socket.recv(timeout=WAIT))
    assert (mine, "PROJECT_CHANGED") == (event["project_id"], event["type"])
    with _listen(server, "?types=NOTHING") as socket, pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=WAIT)
    assert closed.value.rcvd is not None
    assert (1008, "there is no event type NOTHING") == (closed.value.rcvd.code, closed.value.rcvd.reason)


def test_what_was_missed_is_told_first(server: Server, api: httpx.Client) -> None:
    """?since= and Last-Event-ID give what came after, without gap or repetition, then what comes."""
    project = _project(api)
    with _listen(server, f"?project_id={project}") as socket:
        _mark(api, project, 1)
        last = _next(socket, "PROJECT_CHANGED")["event_id"]
    _mark(api, project, 2)
    _mark(api, project, 3)
    with _listen(server, f"?project_id={project}&since={last}") as socket:
        _mark(api, project, 4)
        assert [3, 4, 5] == [_next(socket, "PROJECT_CHANGED")["revision"] for _ in range(3)]
    address = server.url.replace("http", "ws") + f"/ws?project_id={project}"
    with connect(address, additional_headers={"Last-Event-ID": str(last)}) as socket:
        assert 3 == _next(socket, "PROJECT_CHANGED", "RESYNC")["revision"]


def test_what_is_too_old_says_so(server: Server, api: httpx.Client) -> None:
    """Further back than the history reaches, RESYNC comes first, with the number to go on from."""
    project = _project(api)
    for number in range(60):
        _mark(api, project, number)
    with _listen(server, "?since=1") as socket:
        event = json.loads(socket.recv(timeout=WAIT))
    assert ("RESYNC", "too_old") == (event["type"], event["data"]["reason"])
    assert event["event_id"] > 60


def test_silence_is_broken_by_heartbeats(server: Server, api: httpx.Client) -> None:
    """Where nothing happens, a heartbeat says that the service lives, and after which event."""
    project = _project(api)
    with _listen(server, f"?project_id={project}") as mine, _listen(server) as all_of_it:
        _mark(api, _project(api))
        newest = _next(all_of_it, "PROJECT_CHANGED")["event_id"]
        beat = _next(mine, "HEARTBEAT")["event_id"]
        while beat < newest:
            beat = _next(mine, "HEARTBEAT")["event_id"]
    assert newest == beat
    with _listen(server, f"?since={beat}") as later:
        assert "HEARTBEAT" == json.loads(later.recv(timeout=WAIT))["type"]


def test_what_looks_different_is_told(server: Server, api: httpx.Client) -> None:
    """An edit tells the spans whose pictures are old; one that changes no picture tells none."""
    project = _project(api)
    clip = {"op": "add_clip", "track_id": "$0", "source": {"generator": "testsrc"}, "out_point": 2}
    edits = [{"op": "create_track", "type": "video"}, clip]
    with _listen(server, f"?project_id={project}&types=PREVIEW_INVALIDATED") as socket:
        _mark(api, project)
        assert 200 == api.post(f"projects/{project}/edits", json={"edits": edits}).status_code
        event = _next(socket, "PREVIEW_INVALIDATED")
    assert (3, [{"start": 0.0, "end": 2.0}]) == (event["revision"], event["data"]["spans"])


class _Receiver(http.server.BaseHTTPRequestHandler):
    """Takes calls, and refuses the first."""

    calls: Queue[tuple[dict[str, str], bytes]]
    refusals: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        status = self.refusals.pop() if self.refusals else 204
        self.send_response(status)
        self.end_headers()
        if status == 204:
            self.calls.put(({name.lower(): value for name, value in self.headers.items()}, body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, Queue[tuple[dict[str, str], bytes]]]]:
    """Give a server for webhooks, and what it was called with."""
    calls: Queue[tuple[dict[str, str], bytes]] = Queue()
    handler = type("Handler", (_Receiver,), {"calls": calls, "refusals": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/hook", calls
        running.shutdown()
        thread.join()


def test_a_webhook_proves_its_sender(
    api: httpx.Client, receiver: tuple[str, Queue[tuple[dict[str, str], bytes]]]
) -> None:
    """The call carries the event, signed so that the scheme's own library accepts it."""
    url, calls = receiver
    hook = api.post("webhooks", json={"url": url, "events": ["PROJECT_CREATED"]}).json()
    project = _project(api)
    headers, body = calls.get(timeout=WAIT)
    said = Webhook(hook["secret"]).verify(body, headers)
    assert ("PROJECT_CREATED", project) == (said["type"], said["data"]["project_id"])
    assert 204 == api.delete(f"webhooks/{hook['id']}").status_code
    shown = api.get("webhooks").json()["items"]
    assert [] == [one for one in shown if one["id"] == hook["id"] or one.get("secret")]


def test_a_render_calls_back(
    api: httpx.Client, receiver: tuple[str, Queue[tuple[dict[str, str], bytes]]]
) -> None:
    """A render's own webhook is told of its end, once."""
    url, calls = receiver
    clip = {"source": {"generator": "testsrc"}, "out_point": 0.5}
    document = {"output": {"width": 64, "height": 64}, "tracks": [{"type": "video", "clips": [clip]}]}
    project = api.post("projects", json={"document": document}).json()["id"]
    order = {"project_id": project, "quality": "draft", "webhook": url}
    started = api.post("render", json=order).json()
    headers, body = calls.get(timeout=60)
    said = Webhook(started["webhook"]["secret"]).verify(body, headers)
    assert ("JOB_COMPLETED", started["job_id"]) == (said["type"], said["data"]["job_id"])
    deadline = time.monotonic() + WAIT
    # The call was answered before its delivery was written down.
    while [one for one in api.get("webhooks").json()["items"] if one.get("job_id")]:
        assert time.monotonic() < deadline
