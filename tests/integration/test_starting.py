"""How the service begins: on what it may stand, alone, or refused by name."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from libraries import sound
from running_service import Service, service
from sqlalchemy import text

from stoat_ferret.config import load
from stoat_ferret.errors import DatabaseCorrupt, SettingsRefused
from stoat_ferret.operations import premises
from stoat_ferret.storage.database import Database, address, sqlite_url
from stoat_ferret.storage.exclusive import alone
from stoat_ferret.testing.server import Server

pytestmark = pytest.mark.anyio


def refused(*arguments: str, **settings: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of a command that does not begin its work, and what it says."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("STOAT_")}
    given = {f"STOAT_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "stoat_ferret.cli", *arguments, "--json"],
        env={**bare, "STOAT_PORT": "0", **given},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, json.loads(done.stdout)["problems"]


def begin(**given: str) -> None:
    """What `stoat serve` does before it serves."""
    settings = load(**given)
    with alone(settings):
        premises.require(settings)
        database = Database(address(settings))
        try:
            database.open()
        finally:
            database.close()


def file_in(folder: Path) -> str:
    (folder / "file").write_text("")
    return str(folder / "file")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_dir", "{file}"),
        ("data_dir", "{file}/inner"),
        ("data_dir", "/proc/stoat"),
        ("database_url", "mysql://ana:opensesame@db/stoat"),
        ("database_url", "postgresql+psycopg2://ana:opensesame@db/stoat"),
        ("database_url", "opensesame"),
        ("database_url", "sqlite://"),
        ("database_url", "sqlite:////proc/stoat/stoat.db"),
        ("ffmpeg", "/nonexistent/ffmpeg"),
        ("ffmpeg", "{file}"),
        ("output_dir", "{file}"),
        ("output_dir", "/proc/renders"),
        ("gui_static_path", "/nonexistent"),
        ("gui_static_path", "{file}"),
        ("media_roots", "/nonexistent"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(tmp_path: Path, setting: str, value: str) -> None:
    """By its name, alone, with a hint, and without a secret."""
    value = value.format(file=file_in(tmp_path))
    with pytest.raises(SettingsRefused) as caught:
        begin(**{"data_dir": str(tmp_path / "data"), setting: value})
    (problem,) = caught.value.problems
    assert ("settings.invalid", f"STOAT_{setting.upper()}") == (problem.code, problem.path)
    assert problem.hint
    assert "opensesame" not in problem.message


def test_a_media_root_of_the_command_line_is_named_as_it_was_given(tmp_path: Path) -> None:
    """Not as Python writes it."""
    _, problems = refused("serve", "--media-root", "/nonexist", data_dir=str(tmp_path))
    assert "'/nonexist' cannot be used: /nonexist is not a folder." == problems[0]["message"]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """One start for all slips."""
    code, problems = refused(
        "serve", data_dir=str(tmp_path), ffmpeg="/nonexistent", output_dir="/proc/x", gui_static_path="/no"
    )
    assert 2 == code
    assert ["STOAT_FFMPEG", "STOAT_OUTPUT_DIR", "STOAT_GUI_STATIC_PATH"] == [one["path"] for one in problems]


@pytest.mark.parametrize("command", [("serve",), ("recover",), ("audit", "verify")])
def test_a_newer_database_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    """By every command that would work on it, and none writes over it."""
    database = Database(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    database.close()
    with sqlite3.connect(tmp_path / "stoat.db") as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    code, problems = refused(*command, data_dir=str(tmp_path))
    assert (2, "database.unknown_schema") == (code, problems[0]["code"])
    assert [] == list(tmp_path.glob("*set-aside*"))


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """With the way to mend it."""
    database = Database(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    database.close()
    with (tmp_path / "stoat.db").open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * 6 * 4096)
    code, problems = refused("serve", data_dir=str(tmp_path))
    assert (1, "database.corrupt") == (code, problems[0]["code"])
    assert "stoat recover" in problems[0]["hint"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "data", features="") as running:
        yield running


def test_no_features_are_none(server: Server) -> None:
    """An empty list is one."""
    with server.client() as http:
        features = http.get("system/info").json()["features"]
        assert {"docs": False, "metrics": False, "webhooks": False} == features
        assert 404 == httpx.get(f"{server.url}/docs").status_code


def test_a_database_is_served_once(server: Server, tmp_path: Path) -> None:
    """Whatever data folder another one has, and by whatever name it calls the file."""
    (tmp_path / "link.db").symlink_to(server.data_dir / "stoat.db")
    for place in (server.data_dir / "stoat.db", tmp_path / "link.db"):
        code, problems = refused("serve", data_dir=str(tmp_path / "other"), database_url=f"sqlite:///{place}")
        assert (2, "server.running", "STOAT_DATABASE_URL") == (
            code, problems[0]["code"], problems[0]["path"],
        )  # fmt: skip
    code, problems = refused("recover", data_dir=str(server.data_dir))
    assert (2, "server.running") == (code, problems[0]["code"])
    server.kill()
    with Server(tmp_path / "third", database_url=f"sqlite:///{server.data_dir / 'stoat.db'}") as other:
        assert 200 == httpx.get(f"{other.url}/health/ready").status_code


def test_the_first_minute(tmp_path: Path) -> None:
    """Without a setting but the data folder, a file is uploaded and used; nothing else can be read."""
    with Server(tmp_path / "data") as server, server.client() as http:
        data = sound(tmp_path / "a.wav", 1).read_bytes()
        headers = {"Content-Type": "application/octet-stream"}
        brought = http.post("videos", params={"filename": "a.wav"}, content=data, headers=headers)
        assert 201 == brought.status_code, brought.text
        assert (tmp_path / "data" / "media" / "a.wav").is_file()
        outside = http.post("videos/scan", json={"path": str(tmp_path)})
        assert (422, "media.outside_roots") == (outside.status_code, outside.json()["code"])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Service]:
    async with service(tmp_path / "data", ffmpeg=tmp_path / "ffmpeg") as running:
        yield running


async def test_what_it_is_can_be_asked_without_ffmpeg(api: Service, tmp_path: Path) -> None:
    """Versions are told; of ffmpeg, why there is none, and not where it was looked for."""
    info = await api.get("system/info")
    assert all(info[name] for name in ("version", "python", "core", "platform", "features", "sandbox"))
    assert (None, "ffmpeg.missing", {}) == (
        info["ffmpeg"]["version"], info["ffmpeg"]["problem"]["code"], info["capabilities"],
    )  # fmt: skip
    assert str(tmp_path) not in json.dumps(info)


async def test_damage_that_somebody_meets_ends_readiness(api: Service) -> None:
    """Whatever else still works: what is written now may be lost."""
    root = api.http.base_url.copy_with(path="/health/ready")

    async def database() -> str:
        found: str = (await api.http.get(root)).json()["checks"]["database"]["status"]
        return found

    assert "ok" == await database()

    def meet(connection: Any) -> None:
        connection.execute(text("SELECT * FROM nothing_of_this_name"))

    with pytest.raises(DatabaseCorrupt):
        await api.studio.database.read(meet)
    deadline = time.monotonic() + 30
    while "failing" != await database():
        # What was found a moment ago is told again.
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_another_file_under_the_name_is_no_answer(api: Service) -> None:
    """What was scanned is served; what replaced it is named as such until the next scan."""
    root = api.studio.settings.media_roots[0]
    file = sound(root / "a.wav", 1)
    job = (await api.post("videos/scan", {"path": str(root)}))["job_id"]
    await api.get(f"jobs/{job}/wait", timeout=30)
    (video,) = (await api.get("videos"))["items"]

    async def read() -> tuple[int, str]:
        answer = await api.http.get(f"videos/{video['id']}/media")
        return answer.status_code, "" if answer.is_success else answer.json()["code"]

    assert (200, "") == await read()
    os.utime(file)
    assert (200, "") == await read()
    file.write_bytes(b"<script>" + b"x" * (file.stat().st_size - 8))
    assert (409, "media.changed") == await read()
