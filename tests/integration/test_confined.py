"""The service reads its media roots alone, and tells nobody where they lie."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from libraries import sound
from running_service import Service, service
from sqlalchemy import select

from stoat_ferret.config import Settings
from stoat_ferret.storage.tables import events
from stoat_ferret.studio import Studio

pytestmark = pytest.mark.anyio

OUTPUT = {"width": 64, "height": 36, "fps": 30}


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound that no root holds, and a text beside it."""
    folder = tmp_path_factory.mktemp("else")
    (folder / "shadow").write_text("root:$6$salt$hash:1::::\n")
    return sound(folder / "secret.wav", 1, seconds=1)


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """A service whose media roots nobody named."""
    async with service(tmp_path_factory.mktemp("confined") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def root(api: Service) -> Path:
    return api.studio.settings.media_roots[0]


@pytest.fixture
async def project(api: Service) -> str:
    made: str = (await api.post("projects", {"name": "C", "output": OUTPUT}))["id"]
    await api.edit(made, {"op": "create_track", "id": "main", "type": "audio"})
    return made


def document(*sources: str, **clip: Any) -> dict[str, Any]:
    clips = [{"source": source, "in_point": 0, "out_point": 0.5, **clip} for source in sources]
    return {"output": OUTPUT, "tracks": [{"type": "audio", "clips": clips}]}


def become(file: Path, what: str) -> None:
    """Put something else under the name of a file."""
    if file.is_dir():
        file.rmdir()
    file.unlink(missing_ok=True)
    if what == "a folder":
        file.mkdir()
    elif what == "a link":
        file.symlink_to("/etc/passwd")
    elif what == "damaged":
        file.write_text("damaged")


def told(problems: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(problem["code"], problem["path"]) for problem in problems]


async def test_without_named_roots_there_is_one(api: Service, root: Path) -> None:
    """It lies in the data folder from the first minute; uploads go there, and it can be scanned."""
    assert root == api.studio.settings.data_dir.resolve() / "media"
    assert [{"name": "media", "path": str(root)}] == (await api.get("filesystem"))["folders"]
    data = sound(root.parent / "brought.wav", 1).read_bytes()
    headers = {"Content-Type": "application/octet-stream"}
    brought = await api.http.post("videos", params={"filename": "a.wav"}, content=data, headers=headers)
    assert (201, str(root / "a.wav")) == (brought.status_code, brought.json()["path"])
    sound(root / "b.wav", 1)
    job = (await api.post("videos/scan", {"path": str(root)}))["job_id"]
    found = await api.get(f"jobs/{job}/wait", timeout=30)
    assert ("completed", 2) == (found["status"], found["result"]["scanned"])


def test_no_studio_is_unconfined(tmp_path: Path) -> None:
    """Whatever it is made of, and every part of it."""
    studio = Studio(Settings(data_dir=tmp_path / "data"))
    parts = (studio, studio.library, studio.projects, studio.renders, studio.library.viewing)
    settings = [getattr(part, "settings", None) or vars(part)["_settings"] for part in parts]
    assert [((tmp_path / "data" / "media").resolve(),)] * len(parts) == [one.media_roots for one in settings]


async def test_clips_take_nothing_from_elsewhere(api: Service, project: str, secret: Path) -> None:
    """Neither by an absolute path nor by one that climbs out."""
    for source in (str(secret), "/etc/passwd", f"../../../../../../..{secret}"):
        fields = {"source": source, "track_id": "main", "in_point": 0, "out_point": 0.5}
        refused = await api.send("POST", f"projects/{project}/clips", fields)
        assert (422, "media.outside_roots") == (refused.status_code, refused.json()["code"]), source


async def test_captions_are_read_from_the_roots_alone(
    api: Service, project: str, root: Path, secret: Path
) -> None:
    """And what cannot be read there is named by its line, not by its words."""
    edits = [{"op": "import_captions", "source": str(secret.parent / "shadow")}]
    refused = await api.send("POST", f"projects/{project}/edits", {"edits": edits})
    assert "media.outside_roots" == refused.json()["code"]
    (root / "bad.srt").write_text("1\nroot:$6$salt$hash:1\n")
    edits = [{"op": "import_captions", "source": "bad.srt"}]
    refused = await api.send("POST", f"projects/{project}/edits", {"edits": edits})
    problem = refused.json()
    assert ("captions.invalid", "Line 2 cannot be read.") == (problem["code"], problem["detail"])
    assert "$6$" not in refused.text


async def test_documents_name_nothing_from_elsewhere(api: Service, secret: Path) -> None:
    """All at once, each at its place; clips that are off are no way in."""
    for clip in ({}, {"enabled": False}):
        wanted = document("/etc/passwd", str(secret), **clip)
        refused = await api.send("POST", "projects", {"document": wanted})
        assert 422 == refused.status_code
        assert [
            ("media.outside_roots", "/document/tracks/0/clips/0/source"),
            ("media.outside_roots", "/document/tracks/0/clips/1/source"),
        ] == told(refused.json()["problems"])


async def test_a_document_is_changed_to_nothing_from_elsewhere(
    api: Service, project: str, root: Path, secret: Path
) -> None:
    """What it named before may have been damaged since; what is new is sound, or missing."""
    sound(root / "kept.wav", 1, seconds=1)
    kept = await api.send("PATCH", f"projects/{project}", {"document": document("kept.wav")}, If_Match="2")
    assert 200 == kept.status_code, kept.text
    (root / "kept.wav").write_text("no sound any more")
    for source in (str(secret), "../../else.wav"):
        body = {"document": document("kept.wav", source)}
        refused = await api.send("PATCH", f"projects/{project}", body, If_Match="3")
        found = [("media.outside_roots", "/document/tracks/0/clips/1/source")]
        assert (422, found) == (refused.status_code, told(refused.json()["problems"]))
    body = {"document": document("kept.wav", "later.wav")}
    taken = await api.send("PATCH", f"projects/{project}", body, If_Match="3")
    assert [200, "media.missing"] == [taken.status_code, taken.json()["problems"][-1]["code"]]


async def test_missing_media_may_be_named_and_are_told(api: Service) -> None:
    """A document may come before its files; the answer says which are not there."""
    made = await api.post("projects", {"document": document("later.wav")})
    assert [("media.missing", "/tracks/0/clips/0/source")] == told(made["problems"])
    assert "There is no file later.wav in the media roots." == made["problems"][0]["message"]
    assert [] == (await api.post("projects", {"document": document()}))["problems"]


async def test_a_folder_is_no_source(api: Service, root: Path) -> None:
    """What is there and cannot be used is refused, under the name that the document has for it."""
    (root / "folder.wav").mkdir()
    refused = await api.send("POST", "projects", {"document": document("folder.wav")})
    assert [422, "folder.wav is a folder."] == [refused.status_code, refused.json()["detail"]]


async def test_no_answer_tells_where_the_roots_lie(api: Service, project: str, root: Path) -> None:
    """Neither what is refused, nor problems in answers that succeed, nor jobs, nor their events."""
    video = sound(root / "seen.wav", 1, seconds=1)
    job = (await api.post("videos/scan", {"path": str(root)}))["job_id"]
    await api.get(f"jobs/{job}/wait", timeout=30)
    items = (await api.get("videos", q="seen.wav"))["items"]
    clips = [
        {"op": "add_clip", "track_id": "main", "source": source, "in_point": 0, "out_point": 0.5, "at": "end"}
        for source in ("seen.wav", items[0]["id"])
    ]
    await api.edit(project, *clips)
    render = await api.send("POST", "render", {"project_id": project, "format": "wav"})
    await api.get(f"jobs/{render.json()['job_id']}/wait", timeout=60)
    for now in ("missing", "a folder", "a link", "damaged"):
        become(video, now)
        job = (await api.post("videos/scan", {"path": str(root)}))["job_id"]
        scan = await api.get(f"jobs/{job}/wait", timeout=30)
        marker = {"op": "add_marker", "name": "x", "time": 0}
        answers = [
            (await api.send("POST", f"projects/{project}/validate")).text,
            (await api.send("POST", f"projects/{project}/edits", {"edits": [marker]})).text,
            (await api.send("POST", f"projects/{project}/edits", {"edits": [clips[0]]})).text,
            (await api.send("POST", "render", {"project_id": project, "format": "wav"})).text,
            (await api.http.get(f"videos/{items[0]['id']}/waveform")).text,
            json.dumps([error["message"] for error in scan["result"]["errors"]]),
        ]
        assert [] == [answer for answer in answers if str(root.parent) in answer or "/etc" in answer]


async def test_a_job_that_fails_tells_no_place(api: Service, project: str, root: Path) -> None:
    """A source that went between order and work: in the job, in the list, in the event."""
    sound(root / "gone.wav", 1, seconds=1)
    clip = {"op": "add_clip", "track_id": "main", "source": "gone.wav", "in_point": 0, "out_point": 0.5}
    await api.edit(project, clip)
    blocker = await api.post("projects", {"name": "B", "output": {"width": 1280, "height": 720, "fps": 30}})
    await api.edit(
        blocker["id"],
        {"op": "create_track", "id": "v", "type": "video"},
        {"op": "add_clip", "track_id": "v", "source": {"generator": "testsrc"}, "out_point": 120},
    )
    long = (await api.post("render", {"project_id": blocker["id"]}))["job_id"]
    job = (await api.post("render", {"project_id": project, "format": "wav"}))["job_id"]
    (root / "gone.wav").unlink()
    (root / "gone.wav").mkdir()
    await api.post(f"jobs/{long}/cancel")
    found = await api.get(f"jobs/{job}/wait", timeout=60)
    assert "failed" == found["status"]
    assert "gone.wav is a folder." == found["problem"]["problems"][0]["message"]
    failed = select(events.c.data).where(events.c.type == "JOB_FAILED")
    told_of = json.dumps(await api.studio.database.read(lambda c: list(c.execute(failed).scalars())))
    assert "gone.wav is a folder." in told_of
    shown = json.dumps([found, await api.get("render")]) + told_of
    assert str(root) not in shown
