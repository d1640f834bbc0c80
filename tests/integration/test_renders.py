"""Renders over HTTP: each owns its file, none writes over another's; pictures follow their sources."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from running_service import Service, coloured, film, service
from sqlalchemy import update

from stoat_ferret.storage.tables import jobs
from stoat_ferret.testing.measure import decode_pictures
from stoat_ferret.testing.media import MediaMaker, Source

pytestmark = pytest.mark.anyio

WAIT = 60
RED, BLUE = "#ff0000", "#0000ff"


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    data = tmp_path_factory.mktemp("renders")
    (data / "media").mkdir()
    async with service(data / "data", media_roots=(data / "media",)) as running:
        yield running


async def painted(api: Service, project: str, colour: str) -> None:
    """Give a project another colour."""
    source = {"generator": "color", "color": colour}
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "source": source})


async def endless(api: Service) -> str:
    """A project that renders for long."""
    return await film(api, {"generator": "testsrc"}, 120, (1280, 720))


async def ended(api: Service, job: str) -> Any:
    return await api.get(f"jobs/{job}/wait", timeout=WAIT)


async def rendered(api: Service, project: str, **order: Any) -> str:
    """A render that is complete."""
    job: str = (await api.post("render", {"project_id": project, **order}))["job_id"]
    found = await ended(api, job)
    assert "completed" == found["status"], found
    return job


async def under_way(api: Service, job: str) -> None:
    """Wait until frames are rendered."""
    deadline = time.monotonic() + WAIT
    while not (found := await api.get(f"jobs/{job}"))["progress"]:
        assert found["status"] in ("pending", "running"), found
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def cancelled(api: Service, job: str) -> None:
    await api.post(f"jobs/{job}/cancel")
    assert "cancelled" == (await ended(api, job))["status"]


async def place_of(api: Service, job: str) -> Path:
    """Where a render's file lies, or will lie."""
    return Path(str((await api.studio.queue.get(job)).payload["output"]))


async def test_a_job_takes_no_longer_than_it_may(tmp_path: Path) -> None:
    """What is set for one attempt ends a render, and what is left of it goes."""
    (tmp_path / "media").mkdir()
    limits = {"job_timeout_seconds": 1.5, "job_attempts": 1}
    async with service(tmp_path / "data", media_roots=(tmp_path / "media",), **limits) as api:
        job = (await api.post("render", {"project_id": await endless(api)}))["job_id"]
        found = await ended(api, job)
        assert ("timeout", 1, "job.timeout") == (found["status"], found["attempt"], found["problem"]["code"])
        assert 1 == (await api.studio.queue.get(job)).max_attempts
        assert not (await place_of(api, job)).exists()


async def is_of_colour(api: Service, job: str, colour: str, tmp_path: Path) -> bool:
    """Whether what is downloaded shows this colour and nothing else."""
    answer = await api.http.get(f"render/{job}/output")
    assert 200 == answer.status_code, answer.text
    return shows(answer.content, colour, tmp_path)


def shows(data: bytes, colour: str, tmp_path: Path) -> bool:
    """Whether a film shows this colour and nothing else."""
    film = tmp_path / "downloaded.mp4"
    film.write_bytes(data)
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    pictures = decode_pictures(film, colour="rgb")
    assert 15 == len(pictures)
    return all(abs(picture.mean(axis=(0, 1)) - wanted).max() < 16 for picture in pictures)


def refusal(answer: Any) -> tuple[int, str, str]:
    """Status, code and place of a refusal with one problem."""
    problems = answer.json()["problems"]
    assert 1 == len(problems), problems
    assert problems[0]["hint"]
    return answer.status_code, problems[0]["code"], problems[0]["path"]


# Whose a file is


@pytest.mark.parametrize("colour", [RED, BLUE])
async def test_deleting_an_old_render_leaves_the_file_of_a_newer_one(
    api: Service, tmp_path: Path, colour: str
) -> None:
    """Also where both are the same film, byte for byte."""
    project = await coloured(api, RED)
    old = await rendered(api, project, output="out1.mp4")
    await painted(api, project, colour)
    new = await rendered(api, project, output="out1.mp4", overwrite=True)
    assert 204 == (await api.send("DELETE", f"render/{old}")).status_code
    assert await is_of_colour(api, new, colour, tmp_path)
    place = await place_of(api, new)
    assert 204 == (await api.send("DELETE", f"render/{new}")).status_code
    assert not place.exists()


async def test_a_render_never_gives_the_file_of_another(api: Service, tmp_path: Path) -> None:
    """After an overwrite the old one has no file any more, and says so."""
    project = await coloured(api, RED)
    old = await rendered(api, project, output="film.mp4")
    assert await is_of_colour(api, old, RED, tmp_path)
    await painted(api, project, BLUE)
    new = await rendered(api, project, output="film.mp4", overwrite=True)
    gone = await api.http.get(f"render/{old}/output")
    assert (404, "output.replaced", "/path/job_id") == refusal(gone)
    assert await is_of_colour(api, new, BLUE, tmp_path)


async def test_a_file_that_came_back_from_a_copy_is_still_the_renders(api: Service, tmp_path: Path) -> None:
    """Its content tells; what somebody else put there is not served, and not deleted."""
    job = await rendered(api, await coloured(api, RED), output="film.mp4")
    place = await place_of(api, job)
    shutil.copy(place, tmp_path / "backup.mp4")
    place.unlink()
    assert (404, "output.not_found", "/path/job_id") == refusal(await api.http.get(f"render/{job}/output"))
    shutil.copy(tmp_path / "backup.mp4", place)
    os.utime(place, (1, 1))
    assert await is_of_colour(api, job, RED, tmp_path)
    place.write_bytes(b"mine")
    assert (404, "output.replaced", "/path/job_id") == refusal(await api.http.get(f"render/{job}/output"))
    assert 204 == (await api.send("DELETE", f"render/{job}")).status_code
    assert b"mine" == place.read_bytes()


# Retries


async def test_a_retry_does_not_write_over_the_file_of_another(api: Service, tmp_path: Path) -> None:
    """One that was cancelled, and whose name another took meanwhile, is refused by name."""
    project, long = await coloured(api, RED), await endless(api)
    first = (await api.post("render", {"project_id": long, "output": "same.mp4"}))["job_id"]
    await under_way(api, first)
    await cancelled(api, first)
    place = await place_of(api, first)
    second = await rendered(api, project, output="same.mp4")
    shutil.copy(await place_of(api, second), place)
    for address in (f"jobs/{first}/retry", f"render/{first}/retry"):
        assert (409, "output.exists", "/path/job_id") == refusal(await api.send("POST", address))
    assert "cancelled" == (await api.get(f"jobs/{first}"))["status"]
    assert shows(place.read_bytes(), RED, tmp_path)


async def test_a_retry_does_not_race_for_a_name(api: Service) -> None:
    """Where another that waits or runs will write the file, too."""
    long = await endless(api)
    first = (await api.post("render", {"project_id": long, "output": "same.mp4"}))["job_id"]
    await cancelled(api, first)
    second = (await api.post("render", {"project_id": long, "output": "same.mp4"}))["job_id"]
    assert (409, "output.busy", "/path/job_id") == refusal(await api.send("POST", f"jobs/{first}/retry"))
    await cancelled(api, second)
    assert 202 == (await api.send("POST", f"jobs/{first}/retry")).status_code
    await cancelled(api, first)


async def test_a_name_that_is_taken_during_the_work_is_left_alone(api: Service) -> None:
    """The job fails, and says why in the words of an order."""
    blocked = (await api.post("render", {"project_id": await endless(api), "output": "x.mp4"}))["job_id"]
    job = (await api.post("render", {"project_id": await coloured(api, RED), "output": "x.mp4"}))["job_id"]
    place = await place_of(api, job)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"mine")
    await cancelled(api, blocked)
    found = await ended(api, job)
    assert ("failed", "output.exists") == (found["status"], found["problem"]["code"])
    (problem,) = found["problem"]["problems"]
    assert "/output" == problem["path"]
    assert "overwrite: true" in problem["hint"]
    assert str(place.parent) not in problem["message"]
    assert b"mine" == place.read_bytes()


@pytest.mark.parametrize("stranger", [False, True])
async def test_what_was_killed_before_its_end_was_written(tmp_path: Path, stranger: bool) -> None:
    """Its own file does not stand in its way; a file that somebody else put there does."""
    async with service(tmp_path / "data") as api:
        job = await rendered(api, await coloured(api, RED), output="film.mp4")
        place = await place_of(api, job)
        # As a process leaves it that is killed between the two.
        killed = update(jobs).where(jobs.c.id == job).values(status="running", result=None, lease_until=0.0)
        await api.studio.database.write(lambda change: change.connection.execute(killed))
    if stranger:
        place.write_bytes(b"mine")
    async with service(tmp_path / "data") as api:
        found = await ended(api, job)
        if stranger:
            assert ("failed", "output.exists") == (found["status"], found["problem"]["code"])
            assert b"mine" == place.read_bytes()
        else:
            assert ("completed", 2) == (found["status"], found["attempt"])
            assert await is_of_colour(api, job, RED, tmp_path)


async def test_two_renders_of_one_name_are_not_made_at_once(api: Service) -> None:
    """The second is refused whether it may overwrite or not; after the first it may."""
    long = await endless(api)
    order = {"project_id": long, "output": "same.mp4"}
    first = (await api.post("render", order))["job_id"]
    for more in ({}, {"overwrite": True}):
        assert (409, "output.busy", "/output") == refusal(await api.send("POST", "render", {**order, **more}))
    await cancelled(api, first)
    second = (await api.post("render", order))["job_id"]
    await cancelled(api, second)


# Plans

TITLED = {"generator": "title", "text": "One", "fontsize": 20}


async def titled(api: Service) -> str:
    """Three clips of three seconds, a file in the middle, and a title over it."""
    source = api.studio.settings.media_roots[0] / "takes" / "it's 1.mp4"
    if not source.exists():
        job = await rendered(api, await film(api, {"generator": "testsrc"}, 3), output="take.mp4")
        source.parent.mkdir()
        shutil.copy(await place_of(api, job), source)
    project = await film(api, {"generator": "testsrc"}, 3)
    plain, at = {"generator": "color", "color": RED}, {"out_point": 2, "timeline_start": 3.5}
    await api.edit(
        project,
        {"op": "add_clip", "id": "b", "track_id": "main", "source": "takes/it's 1.mp4", "out_point": 3},
        {"op": "add_clip", "id": "c", "track_id": "main", "source": plain, "out_point": 3},
        {"op": "create_track", "id": "text", "type": "text"},
        {"op": "add_clip", "id": "title", "track_id": "text", "source": TITLED, **at},
    )
    return project


def actions(plan: Any) -> list[tuple[int, int, str]]:
    """First frame, frame after the last one, and what is done for them."""
    return [(one["first_frame"], one["first_frame"] + one["frames"], one["action"]) for one in plan["spans"]]


async def test_a_plan_tells_what_a_render_would_make(api: Service) -> None:
    """All of it at first, nothing after it was made, and after another word what shows the word."""
    project, order = await titled(api), {"output": "plan.mp4", "quality": "draft"}
    asked = {"project_id": project, **order}
    before = await api.post("render/plan", asked)
    assert (project, 3, "plan.mp4") == tuple(before[name] for name in ("project_id", "revision", "output"))
    assert (9.0, 270) == (before["duration"], before["frames"])
    count = len(before["spans"])
    assert count >= 3
    assert {"render"} == {action for _, _, action in actions(before)}
    assert {"reuse": 0, "copy": 0, "render": count} == before["summary"]
    assert before["cost"] > 0
    job = await rendered(api, project, **order)
    assert {"reused": 0, "copied": 0, "rendered": count} == (await api.get(f"jobs/{job}"))["result"]["spans"]

    after = await api.post("render/plan", {**asked, "overwrite": True})
    assert ({"reuse": count, "copy": 0, "render": 0}, 0.0) == (after["summary"], after["cost"])
    assert {"reuse"} == {action for _, _, action in actions(after)}
    assert [one["argv"] for one in before["spans"]] == [one["argv"] for one in after["spans"]]

    word = {"op": "update_clip", "clip_id": "title", "source": {**TITLED, "text": "Two"}}
    await api.edit(project, word)
    edited = await api.post("render/plan", {**asked, "output": "two.mp4"})
    assert 4 == edited["revision"]
    shown = {(first < 165 and end > 105, action) for first, end, action in actions(edited)}
    assert {(True, "render"), (False, "reuse")} == shown
    old = await api.post("render/plan", {**asked, "overwrite": True, "revision": 3})
    assert count == old["summary"]["reuse"]


async def test_each_span_of_a_plan_has_the_command_of_its_step(api: Service) -> None:
    """As if it worked in a folder `work`; sources are named from their media root, fonts by their names."""
    plan = await api.post("render/plan", {"project_id": await titled(api)})
    steps = {step["id"]: step for step in plan["steps"]}
    for span in plan["spans"]:
        step = steps[span["step"]]
        assert step["argv"] == span["argv"]
        assert f"work/{span['step']}.graph" in span["argv"]
        assert span["encoder"] in span["argv"]
        assert span["why"]
    assert {"video", "audio", "mux"} == {step["kind"] for step in plan["steps"]}
    shown = next(step for step in steps.values() if "drawtext" in (step["graph"] or ""))
    assert "file:takes/it's 1.mp4" in shown["argv"]
    assert ":fontfile=Roboto-Regular.ttf:" in shown["graph"]


async def test_captions_of_a_render(api: Service) -> None:
    """They are imported in one edit that is undone as one, and asked for as streams; files are refused."""
    project = await film(api, {"generator": "testsrc"}, 3)
    words = "WEBVTT\n\n00:00.500 --> 00:02.000\nOne <00:01.000>two\n"
    await api.edit(project, {"op": "import_captions", "text": words, "style": "highlight", "language": "eng"})
    plan = await api.post("render/plan", {"project_id": project})
    shown = next(step["graph"] for step in plan["steps"] if "subtitles" in (step["graph"] or ""))
    assert "fontsdir=[" in shown
    streams = await api.post("render/plan", {"project_id": project, "captions": "stream"})
    assert not any("subtitles" in (step["graph"] or "") for step in streams["steps"])
    mux = next(step for step in streams["steps"] if step["kind"] == "mux")
    assert {"mov_text", "language=eng", "default"} <= set(mux["argv"])
    refused = await api.send("POST", "render/plan", {"project_id": project, "captions": "file"})
    assert (422, [("target.captions", "/captions")]) == (
        refused.status_code,
        [(one["code"], one["path"]) for one in refused.json()["problems"]],
    )
    for form, kind, start in (
        ("vtt", "text/vtt", "00:00.500"),
        ("srt", "application/x-subrip", "00:00:00,500"),
    ):
        told = await api.http.get(f"projects/{project}/captions", params={"format": form})
        assert (200, True) == (told.status_code, told.headers["Content-Type"].startswith(kind)), told.text
        assert f"{start} -->" in told.text and "One" in told.text
    part = await api.http.get(f"projects/{project}/captions", params={"format": "srt", "range": "1s:3s"})
    assert "00:00:00,000 --> 00:00:01,000" in part.text
    for query, code in (({"track": "none"}, "captions.track"), ({"range": "9s:10s"}, "range.outside")):
        refused = await api.http.get(f"projects/{project}/captions", params=query)
        assert (422, code, f"/query/{next(iter(query))}") == refusal(refused)
    await api.post(f"projects/{project}/undo?anyone=true")
    none = await api.http.get(f"projects/{project}/captions")
    assert (422, "captions.no_track", "/query/track") == refusal(none)
    undone = await api.post("render/plan", {"project_id": project, "captions": "stream"})
    assert ["target.no_captions"] == [one["code"] for one in undone["notices"]]


async def test_a_plan_tells_no_place_of_the_server(api: Service) -> None:
    """Neither of sources, fonts and programs, nor where renders go; a title shows what it shows."""
    project = await titled(api)
    text = "it's: [/srv/films/a.mp4], fontsize=/2"
    word = {"op": "update_clip", "clip_id": "title", "source": {**TITLED, "text": text}}
    await api.edit(project, word)
    answer = await api.send("POST", "render/plan", {"project_id": project})
    assert 200 == answer.status_code, answer.text
    settings = api.studio.settings
    places = [settings.data_dir, *settings.media_roots, Path.cwd(), sys.prefix, tempfile.gettempdir()]
    assert [] == [place for place in [*map(str, places), "/usr"] if place in answer.text]
    plan = answer.json()
    words = [word for step in plan["steps"] for word in step["argv"]]
    assert [] == [word for word in words if word.removeprefix("file:").startswith("/")]
    escaped = r"text=it\\\'s\\: \[/srv/films/a.mp4\]\, fontsize=/2:fontfile="
    assert 1 == len([step for step in plan["steps"] if escaped in (step["graph"] or "")])


async def test_a_plan_leaves_nothing_behind(api: Service) -> None:
    """No job, no file, no revision, no entry in the audit log; the name is as free as before."""
    project = await titled(api)
    slug = (await api.get(f"projects/{project}"))["slug"]

    async def kept() -> Any:
        await asyncio.to_thread(api.studio.keeper.settle)
        lists = [await api.get(path) for path in ("jobs", "audit", f"projects/{project}/revisions")]
        root = api.studio.settings.data_dir
        return [one["total"] for one in lists], sorted((root / "projects").rglob("*")), _spans_in(root)

    before = await kept()
    for _ in range(2):
        plan = await api.post("render/plan", {"project_id": project})
        assert f"{slug}-r3.mp4" == plan["output"]
    assert before == await kept()


def _spans_in(root: Path) -> list[Path]:
    """What renders have kept."""
    return sorted((root / "cache" / "renders").rglob("*.mp4"))


async def test_a_plan_needs_no_more_than_to_read(tmp_path: Path) -> None:
    """The key that may ask may not render."""
    token = "an-administrators-token"
    async with service(tmp_path / "data", api_token=token) as api:
        api.http.headers["Authorization"] = f"Bearer {token}"
        project = await coloured(api, RED)
        key = (await api.post("keys", {"name": "agent:reader", "scopes": ["read"]}))["key"]
        api.http.headers["Authorization"] = f"Bearer {key}"
        assert project == (await api.post("render/plan", {"project_id": project}))["project_id"]
        refused = await api.send("POST", "render", {"project_id": project})
        assert (403, "key.scope") == (refused.status_code, refused.json()["code"])


async def test_a_plan_is_of_what_is_ordered(api: Service) -> None:
    """Range, size and format are those of the order."""
    project = await titled(api)
    order = {"project_id": project, "range": [1, 2], "size": "32x18"}
    plan = await api.post("render/plan", order)
    assert (1.0, 30) == (plan["duration"], plan["frames"])
    assert 30 * 32 * 18 / 1e6 == pytest.approx(plan["cost"], abs=0.001)
    sound = await api.post("render/plan", {"project_id": project, "format": "wav"})
    assert ("wav", 0, []) == (sound["format"], sound["frames"], sound["spans"])
    assert sound["output"].endswith(".wav")


# Orders


async def test_a_default_name_is_always_free(api: Service) -> None:
    """Against files, renders that wait or run, and those that may be tried again."""
    project = await coloured(api, RED)
    names = [(await api.get(f"jobs/{await rendered(api, project)}"))["result"]["output"] for _ in range(2)]
    stem = names[0].removesuffix("-r2.mp4")
    assert [f"{stem}-r2.mp4", f"{stem}-r2-2.mp4"] == names
    again = await rendered(api, project, overwrite=True)
    assert f"{stem}-r2.mp4" == (await api.get(f"jobs/{again}"))["result"]["output"]
    long = await endless(api)
    orders = [await api.post("render", {"project_id": long}) for _ in range(3)]
    stem = orders[0]["output"].removesuffix(".mp4")
    assert [f"{stem}.mp4", f"{stem}-2.mp4", f"{stem}-3.mp4"] == [job["output"] for job in orders]
    webm = await api.post("render", {"project_id": long, "format": "webm"})
    assert f"{stem}.webm" == webm["output"]
    for job in (*orders[::-1], webm):
        await cancelled(api, job["job_id"])
    later = await api.post("render", {"project_id": long})
    assert f"{stem}-4.mp4" == later["output"]
    await cancelled(api, later["job_id"])


WRONG = {
    "encoder": "nope",
    "quality": "hi",
    "format": "zzz",
    "range": "x",
    "size": "17x17",
    "webhook": "ftp://x",
}


@pytest.mark.parametrize(
    ("order", "paths"),
    [
        (WRONG, ["/encoder", "/format", "/quality", "/range", "/size", "/webhook"]),
        (
            {**WRONG, "output": "a/b"},
            ["/encoder", "/format", "/output", "/quality", "/range", "/size", "/webhook"],
        ),
        ({"encoder": "nope", "output": "there.mp4"}, ["/encoder", "/output"]),
        ({"range": "9s:10s", "output": "there.mp4", "quality": "hi"}, ["/output", "/quality", "/range"]),
        ({"encoder": "libvpx-vp9", "format": "zzz"}, ["/format"]),
        ({"profile": "youtub", "quality": "hi"}, ["/profile", "/quality"]),
        ({"profile": "vimeo", "output": "x.webm"}, ["/output"]),
        ({"output": "%05d.png"}, ["/output"]),
        ({"format": "png-sequence", "output": "x.png"}, ["/output"]),
        ({"format": "stream", "output": "x/%05d.png"}, ["/output"]),
        ({"stem": "none", "quality": "hi"}, ["/quality", "/stem", "/stem"]),
        ({"encoder": "libx264", "output": "x.foo"}, ["/output"]),
        ({"encoder": "nope", "output": "x.mp4", "format": "webm"}, ["/encoder", "/output"]),
        ({"size": "big", "quality": "hi"}, ["/quality", "/size"]),
        ({"format": "wav", "encoder": "libx264"}, ["/encoder"]),
        ({"format": "a/b", "range": ":"}, ["/format"]),
        ({"output": ""}, ["/output"]),
        ({"revision": 2**63}, ["/revision"]),
        ({"output": "../x.mp4", "format": "webm"}, ["/output"]),
    ],
)
async def test_everything_wrong_with_an_order_is_told_at_once(
    api: Service, order: dict[str, Any], paths: list[str]
) -> None:
    """At the places of the order; that the name is taken masks nothing."""
    project = await coloured(api, RED)
    if order.get("output") == "there.mp4":
        await rendered(api, project, output="there.mp4")
    answer = await api.send("POST", "render", {"project_id": project, **order})
    problems = answer.json()["problems"]
    assert (422, paths) == (answer.status_code, sorted(problem["path"] for problem in problems)), problems
    assert all(problem["hint"] for problem in problems)
    asked = {name: value for name, value in order.items() if name != "webhook"}
    plan = await api.send("POST", "render/plan", {"project_id": project, **asked})
    known = [problem for problem in problems if problem["path"] != "/webhook"]
    assert (422, known) == (plan.status_code, plan.json()["problems"])


async def test_a_plan_is_refused_where_its_render_is(api: Service) -> None:
    """In the same words: a name that is taken or wanted, what is not there, what only a render takes."""
    project, long = await coloured(api, RED), await endless(api)
    await rendered(api, project, output="there.mp4")
    wanted = (await api.post("render", {"project_id": long, "output": "wanted.mp4"}))["job_id"]
    for order, status, code in (
        ({"project_id": project, "output": "there.mp4"}, 409, "output.exists"),
        ({"project_id": long, "output": "wanted.mp4", "overwrite": True}, 409, "output.busy"),
        ({"project_id": "prj_none"}, 404, "project.not_found"),
        ({"project_id": project, "revision": 99}, 404, "revision.not_found"),
    ):
        plan, render = [await api.send("POST", path, order) for path in ("render/plan", "render")]
        assert (status, code, render.json()["problems"]) == (
            plan.status_code,
            plan.json()["problems"][0]["code"],
            plan.json()["problems"],
        )
    hooked = {"project_id": project, "webhook": "https://example.com/"}
    refused = await api.send("POST", "render/plan", hooked)
    assert (422, "request.unknown_field", "/webhook") == refusal(refused)
    await cancelled(api, wanted)
    again = {"project_id": project, "output": "there.mp4", "overwrite": True}
    assert "there.mp4" == (await api.post("render/plan", again))["output"]


async def test_an_empty_project_is_refused_where_the_order_names_it(api: Service) -> None:
    """With what else is wrong."""
    project = (await api.post("projects", {"name": "Empty"}))["id"]
    answer = await api.send("POST", "render", {"project_id": project, "encoder": "nope"})
    found = {problem["path"]: problem["code"] for problem in answer.json()["problems"]}
    assert (422, {"/project_id": "project.empty", "/encoder": "target.encoder"}) == (
        answer.status_code,
        found,
    )


async def test_a_deleted_project_takes_its_renders_with_it(api: Service) -> None:
    """What waits and what runs is cancelled, and says why; nothing of either is left."""
    project = await endless(api)
    slug = (await api.get(f"projects/{project}"))["slug"]
    orders = [{"project_id": project, "output": name} for name in ("one.mp4", "two.mp4")]
    running, waiting = [(await api.post("render", order))["job_id"] for order in orders]
    await under_way(api, running)
    assert 204 == (await api.send("DELETE", f"projects/{project}")).status_code
    for job in (running, waiting):
        found = await ended(api, job)
        assert ("cancelled", "project.deleted") == (found["status"], found["problem"]["code"])
        answer = await api.send("POST", f"jobs/{job}/retry")
        assert (404, "project.not_found") == (answer.status_code, answer.json()["problems"][0]["code"])
    await asyncio.to_thread(api.studio.keeper.settle)
    root = api.studio.settings.projects_dir
    assert not (root / slug).exists()
    assert [] == [path for path in root.rglob("*.stoat-*") if slug in str(path)]
    # The next is not kept waiting.
    await rendered(api, await coloured(api, RED))


# Pictures


async def test_pictures_follow_their_sources(api: Service, tmp_path: Path) -> None:
    """A file that another was copied over is seen at once; one that was not touched is looked at once."""
    films = {}
    for colour in (RED, BLUE):
        job = await rendered(api, await coloured(api, colour), output="source.mp4")
        films[colour] = await place_of(api, job)
    source = api.studio.settings.media_roots[0] / "var.mp4"
    shutil.copy(films[RED], source)
    project = await film(api, "var.mp4")

    async def look(colour: str) -> list[bytes]:
        frame = await api.http.get(f"projects/{project}/frame", params={"t": "0.2"})
        sheet = await api.http.get(f"projects/{project}/contact-sheet", params={"times": "0.2"})
        wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
        for answer, at in ((frame, (32, 18)), (sheet, (48, 34))):
            assert 200 == answer.status_code, answer.text
            with Image.open(io.BytesIO(answer.content)) as picture:
                shown = picture.convert("RGB").getpixel(at)
            assert isinstance(shown, tuple)
            assert max(abs(one - other) for one, other in zip(shown, wanted, strict=True)) < 16, colour
        return [frame.content, sheet.content]

    first = await look(RED)
    assert first == await look(RED)
    shutil.copy(films[BLUE], source)
    assert first != await look(BLUE)
    scan = (await api.post("videos/scan", {"path": str(source.parent)}))["job_id"]
    await ended(api, scan)
    await look(BLUE)
    shutil.copy(films[RED], source)
    await look(RED)


@pytest.mark.parametrize("query", ["times=0.1&every=0.1", "every=0.1&diff_from=1"])
async def test_a_sheet_is_asked_for_in_one_way(api: Service, query: str) -> None:
    """Nothing of the request is passed over in silence."""
    project = await coloured(api, RED)
    answer = await api.http.get(f"projects/{project}/contact-sheet?{query}")
    assert (422, "look.ambiguous", "/query/every") == refusal(answer)


@pytest.mark.parametrize("what", ["formats", "encoders"])
async def test_lists_that_are_given_whole_say_so(api: Service, what: str) -> None:
    """In the shape of every list."""
    found = await api.get(f"render/{what}")
    assert found["items"]
    count = len(found["items"])
    assert (count, count, 0) == (found["total"], found["limit"], found["offset"])


async def test_profiles_are_listed_and_ordered(api: Service) -> None:
    """What is listed can be ordered; the file is named and made as the profile says, explicit words first."""
    listed = {one["name"]: one for one in (await api.get("render/formats"))["profiles"]}
    assert ("mp3", 44_100) == (
        listed["podcast_audio"]["format"],
        listed["podcast_audio"]["sample_rate"],
    )
    project = await coloured(api, RED)
    for more, ending, rate in (({}, ".mp3", 44_100), ({"format": "flac"}, ".flac", 44_100)):
        order = {"project_id": project, "profile": "podcast_audio", **more}
        planned = await api.post("render/plan", order)
        assert planned["output"].endswith(ending)
        job = await rendered(api, project, profile="podcast_audio", **more)
        found = (await api.get(f"render/{job}"))["result"]
        assert found["output"].endswith(ending)
        assert rate * found["duration"] == found["report"]["samples"]
    batch = {
        "items": [{"project_id": project, "profile": "vimeo"}, {"project_id": project, "profile": "vime"}]
    }
    answer = await api.send("POST", "render/batch", batch)
    (problem,) = answer.json()["problems"]
    assert (422, "/items/1/profile", "vimeo") == (answer.status_code, problem["path"], problem["allowed"][0])


async def test_frames_are_copied_unless_that_is_not_wanted(api: Service, media: MediaMaker) -> None:
    """Plan and result say how many parts were copied; `"copy": false` encodes them all."""
    source = media.make(Source(frames=90, coding="keyint=30:scenecut=0", width=64, height=36))
    shutil.copy(source, api.studio.settings.media_roots[0] / "copied.mp4")
    project = await film(api, "copied.mp4", 2.5)
    plan = await api.post("render/plan", {"project_id": project})
    copied = [span for span in plan["spans"] if span["action"] == "copy"]
    assert (1, [], None) == (plan["summary"]["copy"], copied[0]["argv"], copied[0]["encoder"])
    spans = (await api.get(f"render/{await rendered(api, project)}"))["result"]["spans"]
    assert 1 == spans["copied"]
    spans = (await api.get(f"render/{await rendered(api, project, copy=False)}"))["result"]["spans"]
    assert 0 == spans["copied"]
    assert spans["rendered"]
