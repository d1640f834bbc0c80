"""While its disk or its database fails, the service says so, claims nothing, and goes on afterwards."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import sqlite3
import struct
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from stoat_ferret.testing.server import Server

WRITES, SYNCS, OPENS, NAMES = 1, 2, 4, 8
SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A way in which a disk fails."""

    number: int
    """The errno."""
    calls: int
    statuses: tuple[int, ...]
    """What a request may be answered meanwhile."""


FAULTS = {
    "full": Fault(number=errno.ENOSPC, calls=WRITES, statuses=(507,)),
    "full, noticed late": Fault(number=errno.ENOSPC, calls=SYNCS, statuses=(503, 507)),
    "does not write": Fault(number=errno.EIO, calls=WRITES, statuses=(503,)),
    "does not keep": Fault(number=errno.EIO, calls=SYNCS, statuses=(503,)),
    "read-only": Fault(number=errno.EROFS, calls=WRITES | SYNCS | OPENS | NAMES, statuses=(503,)),
    "cannot be opened": Fault(number=errno.EIO, calls=WRITES | OPENS, statuses=(503,)),
}


class Disk:
    """The control page of the library that is loaded before the C library."""

    def __init__(self, page: Path) -> None:
        page.write_bytes(bytes(12))
        with page.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 12)

    @property
    def failures(self) -> int:
        """How many calls failed since the fault began."""
        return int(struct.unpack("iii", self._page[:12])[2])

    @contextlib.contextmanager
    def broken(self, fault: Fault) -> Iterator[None]:
        """Fail, for a while."""
        self._page[4:12] = struct.pack("ii", fault.calls, 0)
        self._page[0:4] = struct.pack("i", fault.number)
        try:
            yield
        finally:
            self._page[0:4] = bytes(4)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library with the compiler that Rust links with."""
    built = tmp_path_factory.mktemp("broken-disk") / "broken_disk.so"
    source = Path(__file__).with_name("broken_disk.c")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", built, source, "-ldl"], check=True
    )
    return built


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A service whose disk can be broken, with a project in it."""

    server: Server
    disk: Disk
    http: httpx.Client
    project: str

    def state(self) -> dict[str, Any]:
        """The project as it stands."""
        answer = self.http.get(f"projects/{self.project}")
        assert 200 == answer.status_code, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ready(self) -> httpx.Response:
        return self.http.get(f"{self.server.url}/health/ready")

    def shown(self, project_id: str | None = None) -> Any:
        """The project's file."""
        answer = self.http.get(f"projects/{project_id or self.project}").json()
        path = self.server.data_dir / "projects" / answer["slug"] / "project.json"
        with contextlib.suppress(FileNotFoundError):
            return orjson.loads(path.read_bytes())
        return None


@contextlib.contextmanager
def staged(tmp_path: Path, library: Path, below: str = "", **settings: str) -> Iterator[Stage]:
    """`below`: only what lies in this folder of the data folder fails."""
    tmp_path = tmp_path.resolve()
    media = tmp_path / "media"
    media.mkdir()
    disk = Disk(tmp_path / "control")
    environment = {
        "LD_PRELOAD": str(library),
        "FAULT_CONTROL": str(tmp_path / "control"),
        "FAULT_FOLDER": str(tmp_path / "data" / below),
    }
    server = Server(
        tmp_path / "data",
        media_root=media,
        environment=environment,
        rate_limit="0",
        log_level="WARNING",
        **settings,
    )
    with server, server.client() as http:
        project = http.post("projects", json={"name": "Faults"}).json()["id"]
        made = http.post(f"projects/{project}/edits", json={"edits": [marker("first")]})
        assert 200 == made.status_code, made.text
        stage = Stage(server=server, disk=disk, http=http, project=project)
        until(lambda: 200 == stage.ready().status_code and stage.shown() == stage.state()["document"])
        yield stage
        # It still ends as it should.
        assert 0 == server.stop(), server.tail()


def until(holds: Callable[[], bool]) -> None:
    """Ask until it holds, for so long at most."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def marker(name: str) -> dict[str, Any]:
    return {"op": "add_marker", "time": 1, "name": name}


def requests_to(stage: Stage) -> list[tuple[str, dict[str, Any], dict[str, str]]]:
    """One of each kind of change, each under a key."""
    sent: list[tuple[str, dict[str, Any]]] = [
        (f"projects/{stage.project}/edits", {"edits": [marker("during the fault")]}),
        ("projects", {"name": "Made during the fault"}),
        ("videos/scan", {"path": str(stage.server.data_dir.parent / "media")}),
        (f"projects/{stage.project}/undo", {}),
    ]
    return [(path, body, {"Idempotency-Key": str(uuid.uuid4())}) for path, body in sent]


def refused(stage: Stage, statuses: tuple[int, ...]) -> list[tuple[str, dict[str, Any], dict[str, str]]]:
    """Every kind of change is refused in the documented form, and none of it is done."""
    before = stage.state()
    sent = requests_to(stage)
    for path, body, headers in sent:
        answer = stage.http.post(path, json=body, headers=headers)
        assert answer.status_code in statuses, (path, answer.text)
        assert "application/problem+json" == answer.headers["content-type"]
        assert answer.json()["code"] in ("database.full", "database.unavailable")
    until(lambda: 503 == stage.ready().status_code)
    ready = stage.ready()
    assert (503, "failing") == (ready.status_code, ready.json()["status"])
    assert "failing" == ready.json()["checks"]["database"]["status"]
    assert before == stage.state()
    assert 1 == stage.http.get("projects").json()["total"]
    return sent


def accepted(stage: Stage, sent: list[tuple[str, dict[str, Any], dict[str, str]]]) -> None:
    """The same requests are done now, once, and everything catches up."""
    revision = stage.state()["revision"]
    answers = []
    for path, body, headers in sent:
        answer = stage.http.post(path, json=body, headers=headers)
        assert answer.status_code in (200, 201, 202), (path, answer.text)
        assert answer.json() == stage.http.post(path, json=body, headers=headers).json()
        answers.append(answer.json())
    # The edit, and the undo that takes it back.
    assert revision + 2 == stage.state()["revision"]
    assert 2 == stage.http.get("projects").json()["total"]
    job = stage.http.get(f"jobs/{answers[2]['job_id']}/wait", params={"timeout": 30}).json()
    assert "completed" == job["status"]
    until(lambda: 200 == stage.ready().status_code)
    until(lambda: stage.shown() == stage.state()["document"])
    until(lambda: stage.shown(answers[1]["id"]) == answers[1]["document"])


def restarted(stage: Stage) -> None:
    """What was acknowledged is there after a crash, too."""
    before, history = stage.state(), stage.http.get(f"projects/{stage.project}/revisions").json()
    stage.server.kill()
    stage.server.start()
    with stage.server.client() as http:
        assert before == http.get(f"projects/{stage.project}").json()
        assert history == http.get(f"projects/{stage.project}/revisions").json()
        assert 2 == http.get("projects").json()["total"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_disk_is_told_and_survived(tmp_path: Path, library: Path, name: str) -> None:
    """Nothing is acknowledged while the disk fails; the same requests succeed when it works again."""
    fault = FAULTS[name]
    with staged(tmp_path, library) as stage:
        with stage.disk.broken(fault):
            sent = refused(stage, fault.statuses)
            assert stage.disk.failures >= len(sent)
            process = stage.server.process.pid
        accepted(stage, sent)
        assert process == stage.server.process.pid


def test_a_crash_right_after_a_fault_loses_nothing(tmp_path: Path, library: Path) -> None:
    """A sync that failed leaves no half of a change that a later start would take for a whole one."""
    with staged(tmp_path, library) as stage:
        with stage.disk.broken(FAULTS["does not keep"]):
            sent = refused(stage, (503,))
        accepted(stage, sent)
        restarted(stage)


@pytest.mark.parametrize("name", FAULTS)
def test_folders_that_cannot_be_written_catch_up(tmp_path: Path, library: Path, name: str) -> None:
    """The database takes the edit, readiness tells of the folder, and it is written without another edit."""
    with staged(tmp_path, library, below="projects") as stage:
        before = stage.shown()
        with stage.disk.broken(FAULTS[name]):
            answer = stage.http.post(f"projects/{stage.project}/edits", json={"edits": [marker("second")]})
            assert 200 == answer.status_code
            until(lambda: 503 == stage.ready().status_code)
            checks = stage.ready().json()["checks"]
            assert "failing" == checks["project_folders"]["status"]
            assert "ok" == checks["database"]["status"]
            # Another project's folder cannot be made either, and hides nothing of the first one's trouble.
            other = stage.http.post("projects", json={"name": "Other"})
            assert 201 == other.status_code
            assert before == stage.shown()
        until(lambda: 200 == stage.ready().status_code)
        assert stage.state()["document"] == stage.shown()
        assert other.json()["document"] == stage.shown(other.json()["id"])


def test_a_locked_database_is_told_and_survived(tmp_path: Path, library: Path) -> None:
    """Another program that holds the write lock makes changes wait, then refuses them; reads go on."""
    with staged(tmp_path, library) as stage:
        other = sqlite3.connect(stage.server.data_dir / "stoat.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        try:
            sent = refused(stage, (503,))
        finally:
            other.execute("ROLLBACK")
            other.close()
        accepted(stage, sent)


def test_faults_that_come_and_go_make_nobody_believe_what_is_not(tmp_path: Path, library: Path) -> None:
    """Edits while a disk fails and works by turns: acknowledged is there, refused is not, none is twice."""
    with staged(tmp_path, library) as stage:
        acknowledged: dict[str, int] = {}
        turned_down: set[str] = set()
        for turn in range(60):
            fault = list(FAULTS.values())[turn % len(FAULTS)]
            name = f"turn {turn}"
            body = {"edits": [marker(name)], "intent": name}
            with stage.disk.broken(fault) if turn % 2 else contextlib.nullcontext():
                answer = stage.http.post(f"projects/{stage.project}/edits", json=body)
            if answer.status_code == 200:
                acknowledged[name] = answer.json()["revision"]
            else:
                assert answer.status_code in fault.statuses, answer.text
                turned_down.add(name)
        assert (30, 30) == (len(acknowledged), len(turned_down))
        stage.server.kill()
        stage.server.start()
        with stage.server.client() as http:
            page = http.get(f"projects/{stage.project}/revisions", params={"limit": 1000}).json()
            found = {item["intent"]: item["revision"] for item in page["items"] if item["intent"]}
            # A change whose sync failed was answered with a refusal: it is not to appear later.
            assert acknowledged == found
            assert page["total"] == len(page["items"]) == 32


def test_a_disk_that_fills_during_a_render_costs_only_what_was_not_finished(
    tmp_path: Path, library: Path
) -> None:
    """The job fails by name and leaves nothing; with room again, a retry takes the spans that were made."""
    renders = tmp_path.resolve() / "data" / "finished"
    settings = {"output_dir": str(renders), "span_min_seconds": "1", "span_max_seconds": "1"}
    with staged(tmp_path, library, below="finished", **settings) as stage:
        kept = stage.server.data_dir / "cache" / "renders"
        clips = [
            {"op": "create_track", "id": "main", "type": "video"},
            {"op": "add_clip", "track_id": "main", "source": {"generator": "testsrc"}, "out_point": 20},
        ]
        stage.http.post(f"projects/{stage.project}/edits", json={"edits": clips}).raise_for_status()
        order = {"items": [{"project_id": stage.project, "output": "film.mp4", "quality": "draft"}]}
        batch = stage.http.post("render/batch", json=order).raise_for_status().json()
        job = batch["items"][0]["job_id"]
        until(lambda: len(list(kept.rglob("*.mp4"))) >= 3)
        with stage.disk.broken(FAULTS["full"]):
            failed = stage.http.get(f"jobs/{job}/wait", params={"timeout": 60}).json()
            assert stage.disk.failures
        assert ("failed", "disk.full", 507) == (
            failed["status"], failed["problem"]["code"], failed["problem"]["status"],
        )  # fmt: skip
        (problem,) = failed["problem"]["problems"]
        assert problem["hint"]
        assert str(tmp_path.resolve()) not in str(problem)
        assert [] == list(renders.iterdir())
        found = stage.http.get(f"render/batch/{batch['batch_id']}").json()
        assert ("failed", 1) == (found["status"], found["counts"]["failed"])
        spans = len(list(kept.rglob("*.mp4")))
        assert 3 <= spans < 20
        assert 202 == stage.http.post(f"render/{job}/retry").status_code
        done = stage.http.get(f"jobs/{job}/wait", params={"timeout": 60}).json()
        assert "completed" == done["status"], done
        assert 20 == sum(done["result"]["spans"].values())
        assert spans <= done["result"]["spans"]["reused"]
        assert ["film.mp4"] == [path.name for path in renders.iterdir()]


def test_the_library_makes_calls_fail(tmp_path: Path, library: Path) -> None:
    """The fault is real: a program that writes there sees it."""
    control = tmp_path / "control"
    disk = Disk(control)
    environment = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "FAULT_CONTROL": str(control),
        "FAULT_FOLDER": str(tmp_path.resolve()),
    }
    with disk.broken(FAULTS["full"]):
        done = subprocess.run(["touch", "x"], cwd=tmp_path, env=environment, check=False)
        told = subprocess.run(
            ["dd", "if=/dev/zero", f"of={tmp_path.resolve()}/y", "bs=10", "count=1"],
            env=environment,
            check=False,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert 0 == done.returncode
    assert "No space left on device" in told.stderr
