"""Project folders and the database bring each other back: what one lost, the other has."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from stoat_ferret.model.document import canonical, checksum
from stoat_ferret.testing.media import MediaMaker, Source
from stoat_ferret.testing.server import Server

SECONDS = 30.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a service with nothing in it."""
    with Server(tmp_path / "data", rate_limit="0", log_level="WARNING") as made:
        yield made


def until(holds: Callable[[], bool]) -> None:
    """Ask until it holds, for so long at most."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def edited(http: httpx.Client, project: str, edits: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    answer = http.post(f"projects/{project}/edits", json={"edits": edits, **more})
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def marker(name: str) -> dict[str, Any]:
    return {"op": "add_marker", "time": 1, "name": name}


def worked_on(http: httpx.Client, name: str) -> str:
    """A project with every kind of revision."""
    project: str = http.post("projects", json={"name": name}).json()["id"]
    edited(
        http,
        project,
        [
            {"op": "create_track", "type": "video", "id": "v"},
            {
                "op": "add_clip",
                "track_id": "v",
                "id": "a",
                "source": {"generator": "title", "text": "Grüße: 100%"},
                "out_point": 2,
            },
        ],
        intent="begin",
    )
    edited(http, project, [marker("one")], intent="mark")
    assert 200 == http.post(f"projects/{project}/undo").status_code
    assert 200 == http.post(f"projects/{project}/redo").status_code
    edited(http, project, [{"op": "split_clip", "clip_id": "a", "at": 1}])
    assert 200 == http.post(f"projects/{project}/revisions/3/restore").status_code
    edited(http, project, [{"op": "update_clip", "clip_id": "a", "name": "the last"}], intent="end")
    return project


def folder_of(server: Server, http: httpx.Client, project: str) -> Path:
    return server.data_dir / "projects" / str(http.get(f"projects/{project}").json()["slug"])


def caught_up(server: Server, http: httpx.Client, project: str) -> Path:
    """The project's file, as soon as it is the newest revision."""
    path = folder_of(server, http, project) / "project.json"
    document = http.get(f"projects/{project}").json()["document"]
    until(lambda: path.exists() and read(path) == document)
    return path


def read(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except (ValueError, FileNotFoundError):
        return None


def everything(http: httpx.Client) -> dict[str, Any]:
    """All projects, with every revision and its document, as bytes."""
    found: dict[str, Any] = {}
    for item in http.get("projects", params={"limit": 1000}).json()["items"]:
        project = item["id"]
        numbers = range(1, item["revision"] + 1)
        revisions = {n: http.get(f"projects/{project}/revisions/{n}").json() for n in numbers}
        for revision in revisions.values():
            assert revision["sha256"] == checksum(canonical(revision["document"]))
        found[project] = {
            "name": item["name"],
            "slug": item["slug"],
            "revisions": {n: json.dumps(revision, sort_keys=True) for n, revision in revisions.items()},
        }
    return found


def stoat(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the service's data."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STOAT_")}
    return subprocess.run(
        [sys.executable, "-m", "stoat_ferret.cli", *arguments, "--data-dir", str(server.data_dir), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def audited(http: httpx.Client, kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = http.get("audit", params={"limit": 1000}).json()["items"]
    return [item for item in items if item["event_type"] == kind]


def cut_off(path: Path) -> bytes | None:
    data = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(data)
    return data


def made_of_noise(path: Path) -> bytes | None:
    data = bytes(range(256)) * 4
    path.write_bytes(data)
    return data


def made_empty(path: Path) -> bytes | None:
    path.write_bytes(b"")
    return b""


def edited_by_hand(path: Path) -> bytes | None:
    value = orjson.loads(path.read_bytes())
    value["name"] = "By hand"
    data = orjson.dumps(value)
    path.write_bytes(data)
    return data


def removed(path: Path) -> bytes | None:
    path.unlink()
    return None


DAMAGES = (cut_off, made_of_noise, made_empty, edited_by_hand, removed)


def assert_mended(http: httpx.Client, path: Path, project: str, left: bytes | None) -> None:
    """The file is the newest revision again; what was there lies beside it, and the audit log tells."""
    document = http.get(f"projects/{project}").json()["document"]
    until(lambda: read(path) == document)
    aside = sorted(path.parent.glob("project.set-aside-*.json"))
    assert ([] if left is None else [left]) == [one.read_bytes() for one in aside]
    told = [one.name for one in aside]
    until(lambda: told == [item["details"]["set_aside"] for item in audited(http, "project.file_set_aside")])


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_start_mends_the_projects_file(server: Server, damage: Callable[[Path], bytes | None]) -> None:
    """Damaged or changed while the service was away, it is set aside, and restored from the database."""
    with server.client() as http:
        project = worked_on(http, "Mended at a start")
        path = caught_up(server, http, project)
    assert 0 == server.stop()
    left = damage(path)
    server.start()
    with server.client() as http:
        assert_mended(http, path, project, left)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_write_mends_the_projects_file(server: Server, damage: Callable[[Path], bytes | None]) -> None:
    """Damaged or changed while the service runs, it is never overwritten silently."""
    with server.client() as http:
        project = worked_on(http, "Mended at a write")
        path = caught_up(server, http, project)
        left = damage(path)
        edited(http, project, [marker("after")])
        assert_mended(http, path, project, left)


def test_what_the_versions_lost_is_written_again(server: Server) -> None:
    """A folder that lost versions, or all of itself, is whole again after the next start."""
    with server.client() as http:
        one, two = worked_on(http, "One"), worked_on(http, "Two")
        first, second = caught_up(server, http, one), caught_up(server, http, two)
        kept = everything(http)
    assert 0 == server.stop()
    (first.parent / ".versions" / "v003.json").unlink()
    (first.parent / ".versions" / "v005.json").write_bytes(b"{")
    for path in sorted(second.parent.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    second.parent.rmdir()
    server.start()
    with server.client() as http:
        caught_up(server, http, one)
        caught_up(server, http, two)
        until(lambda: 200 == http.get(f"{server.url}/health/ready").status_code)
        assert kept == everything(http)
    assert 0 == server.stop()
    (server.data_dir / "stoat.db").unlink()
    assert 0 == (done := stoat(server, "recover")).returncode, done.stdout
    server.start()
    with server.client() as http:
        assert kept == everything(http)


def lose(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def spoil_the_head(database: Path) -> None:
    with database.open("r+b") as file:
        file.write(b"\xff" * 4096)


def spoil_the_middle(database: Path) -> None:
    """Every page from the third on is noise: the file opens, and what it holds is gone."""
    with database.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(2 * 4096)
        file.write(os.urandom(size - 2 * 4096))


def cut_short(database: Path) -> None:
    os.truncate(database, database.stat().st_size // 2)


def make_empty(database: Path) -> None:
    database.write_bytes(b"")


@pytest.mark.parametrize("ruin", [lose, spoil_the_head, spoil_the_middle, cut_short, make_empty])
def test_recover_brings_everything_back(server: Server, ruin: Callable[[Path], None]) -> None:
    """From the folders alone: all projects, all revisions, byte for byte; and undo works on them."""
    with server.client() as http:
        projects = [worked_on(http, f"Recovered {number}") for number in range(3)]
        for project in projects:
            caught_up(server, http, project)
        label = http.patch(f"projects/{projects[0]}/revisions/4", json={"label": "good"})
        assert label.status_code in (200, 404, 405), label.text
        kept = everything(http)
        before_last = http.get(f"projects/{projects[1]}/revisions/7").json()["document"]
    assert 0 == server.stop()
    database = server.data_dir / "stoat.db"
    ruin(database)
    done = stoat(server, "recover")
    assert 0 == done.returncode, done.stdout + done.stderr
    told = json.loads(done.stdout)
    # An empty file is a sound database that has nothing.
    way = "sound" if ruin is make_empty else "rebuilt"
    assert (way, 3, 24, []) == tuple(told[name] for name in ("database", "projects", "revisions", "lost"))
    server.start()
    with server.client() as http:
        assert kept == everything(http)
        undone = http.post(f"projects/{projects[1]}/undo")
        assert 200 == undone.status_code, undone.text
        now = http.get(f"projects/{projects[1]}").json()["document"]
        assert without_time(before_last) == without_time(now)
        assert 9 == edited(http, projects[2], [marker("on")])["revision"]
        assert [1] == [len(audited(http, "database.rebuilt"))]
    assert 0 == stoat(server, "audit", "verify").returncode
    assert "ok" == sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone()[0]


def without_time(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "modified_at"}


def test_a_sound_database_is_left_alone(server: Server) -> None:
    """Recovery changes nothing that is well."""
    with server.client() as http:
        worked_on(http, "Sound")
        kept = everything(http)
    assert 0 == server.stop()
    done = stoat(server, "recover")
    assert (0, "sound") == (done.returncode, json.loads(done.stdout)["database"])
    server.start()
    with server.client() as http:
        assert kept == everything(http)


def test_a_corrupt_database_is_told_at_the_start(server: Server) -> None:
    """The service does not begin on it, and names the command that helps."""
    with server.client() as http:
        worked_on(http, "Corrupt")
    assert 0 == server.stop()
    spoil_the_head(server.data_dir / "stoat.db")
    with pytest.raises(AssertionError, match="stoat recover"):
        server.start()


def test_a_service_does_not_write_over_folders_that_it_does_not_know(tmp_path: Path) -> None:
    """Without its database it refuses to start and says what to do; recovery brings the project back."""
    data = tmp_path / "data"
    with Server(data) as server, server.client() as api:
        made = api.post("projects", json={"name": "Kept"}).json()["id"]
        server.stop()
    for path in data.glob("stoat.db*"):
        path.unlink()
    refused = _stoat("serve", "--port", "0", "--data-dir", data)
    assert (2, "server.unknown_projects") == (
        refused.returncode,
        json.loads(refused.stdout)["problems"][0]["code"],
    )
    recovered = _stoat("recover", "--data-dir", data)
    assert (0, 1) == (recovered.returncode, json.loads(recovered.stdout)["projects"])
    with Server(data) as server, server.client() as api:
        assert "Kept" == api.get(f"projects/{made}").json()["name"]


def test_one_project_that_cannot_come_back_does_not_keep_the_others(
    tmp_path: Path, media: MediaMaker
) -> None:
    """A project comes back even where nothing tells any more which files its videos were."""
    data, films = tmp_path / "data", tmp_path / "films"
    films.mkdir()
    shutil.copy(media.make(Source(frames=10)), films / "film.mp4")
    with Server(data, media_root=films) as server, server.client() as api:
        job = api.post("videos/scan", json={"path": str(films)}).json()["job_id"]
        assert "completed" == api.get(f"jobs/{job}/wait").json()["status"]
        video = api.get("videos").json()["items"][0]["id"]
        clip = {"source": video, "out_point": 0.2}
        document = {"tracks": [{"type": "video", "clips": [clip]}]}
        made = api.post("projects", json={"name": "With a video", "document": document}).json()["id"]
        other = api.post("projects", json={"name": "Other"}).json()["id"]
        server.stop()
    (data / "projects" / "with-a-video" / "assets.json").unlink()
    for path in data.glob("stoat.db*"):
        path.unlink()
    recovered = _stoat("recover", "--data-dir", data)
    assert (0, 2) == (recovered.returncode, json.loads(recovered.stdout)["projects"])
    with Server(data, media_root=films) as server, server.client() as api:
        assert {made, other} == {one["id"] for one in api.get("projects").json()["items"]}
        assert ["media.unknown_video"] == [
            problem["code"] for problem in api.post(f"projects/{made}/validate").json()["problems"]
        ]


def _stoat(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stoat_ferret.cli", *map(str, arguments), "--json"]
    return subprocess.run(command, check=False, capture_output=True, text=True)
