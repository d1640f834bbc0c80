"""Renders live through kills and shutdowns: each is done once in effect, and nobody is left hanging."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from stoat_ferret.testing.server import Server

RECLAIM_SECONDS = 20.0
SHUTDOWN_SECONDS = 30.0
INSIST_SECONDS = 2.0
GOING_AWAY = (1001, 1012)
PATIENCE = 240.0
LONG, SHORT = 40, 1
"""Seconds of film: one that renders for long, one that is soon done."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a service whose renders take a while."""
    with Server(tmp_path / "data", rate_limit="0", log_level="INFO") as made:
        yield made


def film(http: httpx.Client, seconds: int) -> str:
    """A project of so many seconds."""
    output = {"width": 640, "height": 360, "fps": 30}
    project: str = http.post("projects", json={"name": f"Film {seconds}", "output": output}).json()["id"]
    edits = [
        {"op": "create_track", "type": "video", "id": "v"},
        {"op": "add_clip", "track_id": "v", "source": {"generator": "testsrc"}, "out_point": seconds},
    ]
    made = http.post(f"projects/{project}/edits", json={"edits": edits})
    assert 200 == made.status_code, made.text
    return project


def ordered(http: httpx.Client, project: str, name: str) -> str:
    """A render that was taken on."""
    answer = http.post("render", json={"project_id": project, "output": name, "quality": "high"})
    assert 202 == answer.status_code, answer.text
    job: str = answer.json()["job_id"]
    return job


def job_of(http: httpx.Client, job: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"jobs/{job}").json()
    return found


def until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Ask until it holds, for so long at most."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def under_way(http: httpx.Client, job: str) -> None:
    """Wait until frames are rendered."""

    def holds() -> bool:
        found = job_of(http, job)
        assert found["status"] in ("pending", "running"), found
        return bool(found["status"] == "running" and found["progress"] > 0)

    until(holds)


def begun(http: httpx.Client, job: str, attempt: int) -> None:
    """Wait until this attempt renders frames."""
    until(lambda: attempt == job_of(http, job)["attempt"])
    under_way(http, job)


def done(http: httpx.Client, job: str) -> dict[str, Any]:
    """Wait for the job's end by long polls."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found: dict[str, Any] = http.get(f"jobs/{job}/wait", params={"timeout": 20}).json()
        if found["status"] not in ("pending", "running"):
            return found
    raise AssertionError(f"{job} never ended: {job_of(http, job)}")


def ends(server: Server, job: str) -> list[str]:
    """The events of the job's ends, replayed from the first event on."""
    address = server.url.replace("http", "ws", 1) + "/ws?since=0&types=JOB_COMPLETED,JOB_FAILED,JOB_CANCELLED"
    found = []
    with connect(address) as socket:
        try:
            while True:
                message = json.loads(socket.recv(timeout=1.0))
                if message["job_id"] == job:
                    found.append(message["type"])
        except TimeoutError:
            return found


def renders_of(server: Server) -> list[str]:
    """Every file in the folders of renders, hidden ones too."""
    places = (server.data_dir / "projects").glob("*/renders/*")
    return sorted(path.name for path in places)


def children_of(process: int) -> list[int]:
    """The processes that it started."""
    listed = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for tasks in listed for child in tasks.read_text().split()]


def alive(process: int) -> bool:
    """Whether it runs still; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def assert_whole(server: Server, http: httpx.Client, job: str, seconds: float) -> None:
    """The job is done, verified, told of once, and its file is a film of this length."""
    found = job_of(http, job)
    assert "completed" == found["status"], found
    assert found["result"]["verified"] is True
    assert seconds * 30 == found["result"]["frames"]
    body = http.get(f"render/{job}/output").content
    assert found["result"]["size"] == len(body)
    assert ["JOB_COMPLETED"] == ends(server, job)


def test_killed_renders_begin_anew_and_are_done_once(server: Server) -> None:
    """One runs and some wait: after a kill they are taken up within 20 s, and each makes one file."""
    with server.client() as http:
        long, short = film(http, LONG), film(http, SHORT)
        running = ordered(http, long, "long.mp4")
        under_way(http, running)
        waiting = [ordered(http, short, f"short-{number}.mp4") for number in range(3)]
        helpers = children_of(server.process.pid)
        assert helpers
    server.kill()
    until(lambda: not any(alive(helper) for helper in helpers), 10)
    server.start()
    with server.client() as http:
        until(lambda: 2 == job_of(http, running)["attempt"], RECLAIM_SECONDS)
        for job in (running, *waiting):
            assert "completed" == done(http, job)["status"]
        assert_whole(server, http, running, LONG)
        for job in waiting:
            assert_whole(server, http, job, SHORT)
            assert 1 == job_of(http, job)["attempt"]
        assert ["long.mp4", "short-0.mp4", "short-1.mp4", "short-2.mp4"] == renders_of(server)
        assert 0 == http.get("jobs", params={"status": "running"}).json()["total"]


def test_killed_again_and_again_a_render_stops_trying(server: Server) -> None:
    """What brings the service down each time is not begun for ever: it fails, and says why."""
    with server.client() as http:
        job = ordered(http, film(http, LONG), "cursed.mp4")
    for attempt in (1, 2, 3):
        with server.client() as http:
            begun(http, job, attempt)
        server.kill()
        server.start()
    with server.client() as http:
        found = done(http, job)
        assert ("failed", 3) == (found["status"], found["attempt"])
        assert found["problem"]["code"]
        assert ["JOB_FAILED"] == ends(server, job)
        until(lambda: [] == renders_of(server), 10)
        assert "completed" == done(http, ordered(http, film(http, SHORT), "sound.mp4"))["status"]


def test_a_shutdown_gives_the_render_back(tmp_path: Path) -> None:
    """SIGTERM ends the service within 30 s, and the attempt does not count; after a start the job is done."""
    with Server(tmp_path / "data", rate_limit="0", shutdown_grace_seconds="2") as server:
        with server.client() as http:
            job = ordered(http, film(http, LONG), "film.mp4")
            under_way(http, job)
            helpers = children_of(server.process.pid)
        began = time.monotonic()
        assert 0 == server.stop(), server.tail()
        assert time.monotonic() - began < SHUTDOWN_SECONDS
        assert not any(alive(helper) for helper in helpers)
        assert [] == renders_of(server)
        server.start()
        with server.client() as http:
            assert "completed" == done(http, job)["status"]
            assert 1 == job_of(http, job)["attempt"]
            assert_whole(server, http, job, LONG)
            assert ["film.mp4"] == renders_of(server)


def test_a_render_that_is_soon_done_is_waited_for(tmp_path: Path) -> None:
    """Within its grace a render ends as it would have."""
    with Server(tmp_path / "data", rate_limit="0") as server:
        with server.client() as http:
            job = ordered(http, film(http, 4), "film.mp4")
            until(lambda: "running" == job_of(http, job)["status"])
        assert 0 == server.stop(), server.tail()
        server.start()
        with server.client() as http:
            assert ("completed", 1) == tuple(job_of(http, job)[name] for name in ("status", "attempt"))
            assert_whole(server, http, job, 4)


def test_a_second_signal_insists(server: Server) -> None:
    """Whoever asks twice waits 2 s at most, and the job goes on after the next start."""
    with server.client() as http, connect(server.url.replace("http", "ws", 1) + "/ws") as socket:
        job = ordered(http, film(http, LONG), "film.mp4")
        under_way(http, job)
        helpers = children_of(server.process.pid)
        os.kill(server.process.pid, signal.SIGTERM)
        # Listeners are let go by the first signal: then that one was heard.
        assert closed(socket) in GOING_AWAY
    began = time.monotonic()
    os.kill(server.process.pid, signal.SIGTERM)
    server.process.wait(30)
    assert time.monotonic() - began < INSIST_SECONDS
    until(lambda: not any(alive(helper) for helper in helpers), 5)
    server.stop()
    server.start()
    with server.client() as http:
        # Cut off in the middle of its end, the attempt may count as a crash.
        assert "completed" == done(http, job)["status"]
        assert_whole(server, http, job, LONG)
        assert ["film.mp4"] == renders_of(server)


def test_a_shutdown_lets_listeners_and_waiters_go(server: Server) -> None:
    """WebSockets are closed as going away, long polls answered with the job as it stands."""
    address = server.url.removeprefix("http://")
    with (
        server.client() as http,
        connect(server.url.replace("http", "ws", 1) + "/ws") as socket,
        contextlib.closing(HTTPConnection(address, timeout=30)) as one,
        contextlib.closing(HTTPConnection(address, timeout=30)) as other,
    ):
        job = ordered(http, film(http, LONG), "film.mp4")
        under_way(http, job)
        for poll in (one, other):
            poll.request("GET", f"/api/v1/jobs/{job}/wait?timeout=100")
        # What was sent before these was read before these.
        for _ in range(3):
            assert "running" == job_of(http, job)["status"]
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGTERM)
        for poll in (one, other):
            answer = poll.getresponse()
            assert (200, "running") == (answer.status, json.loads(answer.read())["status"])
        assert closed(socket) in GOING_AWAY
        assert time.monotonic() - began < 10
    os.kill(server.process.pid, signal.SIGTERM)
    server.process.wait(30)
    server.stop()


def closed(socket: ClientConnection) -> int | None:
    """Read on until the service hangs up; its code."""
    with contextlib.suppress(TimeoutError):
        try:
            while True:
                socket.recv(timeout=30)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None
    raise AssertionError("the service did not hang up")


def test_a_cancelled_render_leaves_nothing(server: Server) -> None:
    """Neither the file nor a part of it, nor a process; and the next render is not kept waiting."""
    with server.client() as http:
        job = ordered(http, film(http, LONG), "film.mp4")
        under_way(http, job)
        helpers = children_of(server.process.pid)
        assert 200 == http.post(f"jobs/{job}/cancel").status_code
        assert "cancelled" == done(http, job)["status"]
        assert [] == renders_of(server)
        until(lambda: not any(alive(helper) and helper in rendering(helpers) for helper in helpers), 10)
        assert ["JOB_CANCELLED"] == ends(server, job)
        assert "completed" == done(http, ordered(http, film(http, SHORT), "next.mp4"))["status"]
        assert ["next.mp4"] == renders_of(server)


def rendering(processes: list[int]) -> list[int]:
    """Those that are ffmpeg."""
    found = []
    for process in processes:
        try:
            if "ffmpeg" in Path(f"/proc/{process}/cmdline").read_text().partition("\0")[0]:
                found.append(process)
        except FileNotFoundError:
            continue
    return found
