"""Renders over HTTP that are many files: packages of segments, pictures in a row, stems."""

from __future__ import annotations

import io
import os
import re
import shutil
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from running_service import Service, coloured, film, service
from sqlalchemy import update

from stoat_ferret.storage.tables import jobs
from stoat_ferret.testing.measure import decode_pictures, decode_sound

pytestmark = pytest.mark.anyio

WAIT = 60
PACKAGE = {
    *("film.m3u8", "film.mpd"),
    *(
        name.format(stream)
        for stream in (0, 1)
        for name in ("init-{}.m4s", "media_{}.m3u8", "segment-{}-00001.m4s")
    ),
}


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    data = tmp_path_factory.mktemp("folders")
    async with service(data / "data") as running:
        yield running


async def rendered(api: Service, project: str, **order: Any) -> dict[str, Any]:
    """What a render that is complete tells of itself."""
    job = (await api.post("render", {"project_id": project, **order}))["job_id"]
    found: dict[str, Any] = await api.get(f"jobs/{job}/wait", timeout=WAIT)
    assert "completed" == found["status"], found
    return found


async def place_of(api: Service, job: str) -> Path:
    return Path(str((await api.studio.queue.get(job)).payload["output"]))


def refusal(answer: Any) -> tuple[int, list[str]]:
    problems = answer.json()["problems"]
    assert all(problem["hint"] for problem in problems)
    return answer.status_code, [problem["code"] for problem in problems]


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of an archive, whose sums are right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_a_package_is_played_from_where_it_lies(api: Service, tmp_path: Path) -> None:
    """Its address is the playlist's; what that names is found beside it, and is the film."""
    job = await rendered(api, await film(api, {"generator": "testsrc"}, 0.5), output="watch/film.m3u8")
    result = job["result"]
    address = f"render/{job['job_id']}/output/film.m3u8"
    assert ("watch/film.m3u8", f"/api/v1/{address}", 15) == (
        result["output"],
        result["url"],
        result["frames"],
    )
    place = await place_of(api, job["job_id"])
    assert set(os.listdir(place)) == PACKAGE
    assert sum(file.stat().st_size for file in place.iterdir()) == result["size"]
    wanted = ["film.m3u8"]
    for name in wanted:
        answer = await api.http.get(address.replace("film.m3u8", name))
        assert 200 == answer.status_code, answer.text
        (tmp_path / name).write_bytes(answer.content)
        if name.endswith(".m3u8"):
            assert "application/vnd.apple.mpegurl" == answer.headers["Content-Type"]
            told = re.findall(r'URI="([^"]+)"|^([^#\n]+)$', answer.text, re.MULTILINE)
            wanted += [one or other for one, other in told if (one or other) not in wanted]
    assert PACKAGE - {"film.mpd"} == set(wanted)
    assert 15 == len(decode_pictures(tmp_path / "film.m3u8"))
    part = await api.http.get(address.replace("film.m3u8", "init-0.m4s"), headers={"Range": "bytes=4-7"})
    assert (206, b"ftyp") == (part.status_code, part.content)
    answer = await api.http.get(address.replace("film.m3u8", "film.mpd"))
    assert "application/dash+xml" == answer.headers["Content-Type"]


async def test_a_folder_is_downloaded_as_one_archive(api: Service) -> None:
    """Of pictures, one for each frame; the format alone names it."""
    job = await rendered(api, await coloured(api, "#c80000"), format="png-sequence")
    assert job["result"]["output"].endswith("-r2/%05d.png")
    answer = await api.http.get(job["result"]["url"].removeprefix("/api/v1/"))
    name = job["result"]["output"].partition("/")[0]
    assert f'attachment; filename="{name}.zip"' == answer.headers["Content-Disposition"]
    found = unpacked(answer.content)
    assert [f"{name}/{number:05}.png" for number in range(15)] == list(found)
    for data in found.values():
        with Image.open(io.BytesIO(data)) as picture:
            assert np.abs(np.asarray(picture.convert("RGB")).astype(int) - [200, 0, 0]).max() <= 6
    seventh = await api.http.get(f"render/{job['job_id']}/output/00007.png")
    assert (found[f"{name}/00007.png"], "image/png") == (seventh.content, seventh.headers["Content-Type"])
    again = await rendered(api, job["project_id"], format="png-sequence")
    assert f"{name}-2/%05d.png" == again["result"]["output"]


async def test_only_files_of_the_render_are_given(api: Service) -> None:
    """Neither others in the folder nor what lies elsewhere, whatever a name leads to."""
    project = await coloured(api)
    job = (await rendered(api, project, output="some/%05d.png"))["job_id"]
    place = await place_of(api, job)
    for name in ("00015.png", "..%2Fsome%2F00001.png", "0.png", "film.m3u8", "%2E%2E"):
        assert 404 == (await api.http.get(f"render/{job}/output/{name}")).status_code, name
    single = (await rendered(api, project, output="one.mp4"))["job_id"]
    assert (404, ["file.not_found"]) == refusal(await api.http.get(f"render/{single}/output/one.mp4"))
    # A link that took the place of a picture is not followed, and the folder is another by now.
    (place / "00003.png").unlink()
    (place / "00003.png").symlink_to("/etc/hostname")
    for name in ("/00003.png", "/00004.png", ""):
        answer = await api.http.get(f"render/{job}/output{name}")
        assert (404, ["output.replaced"]) == refusal(answer)
    assert 204 == (await api.send("DELETE", f"render/{job}")).status_code
    assert 15 == len(os.listdir(place))


async def test_a_folder_is_the_renders_own(api: Service, tmp_path: Path) -> None:
    """It is replaced when that is asked for, where it has such files alone, and goes with the render."""
    project = await coloured(api)
    order = {"project_id": project, "output": "frames/%04d.jpg"}
    first = await rendered(api, project, output="frames/%04d.jpg")
    place = await place_of(api, first["job_id"])
    assert (409, ["output.exists"]) == refusal(await api.send("POST", "render", order))
    second = await rendered(api, project, output="frames/%04d.jpg", overwrite=True, range="0:0.2")
    assert 6 == len(os.listdir(place))
    assert (404, ["output.replaced"]) == refusal(await api.http.get(f"render/{first['job_id']}/output"))
    assert 204 == (await api.send("DELETE", f"render/{first['job_id']}")).status_code
    assert 6 == len(os.listdir(place))
    # As it comes back from a copy it is still the render's.
    shutil.move(place, tmp_path / "copy")
    assert (404, ["output.not_found"]) == refusal(await api.http.get(f"render/{second['job_id']}/output"))
    shutil.copytree(tmp_path / "copy", place, copy_function=shutil.copyfile)
    answer = await api.http.get(f"render/{second['job_id']}/output")
    assert [f"frames/{number:04}.jpg" for number in range(6)] == list(unpacked(answer.content))
    assert 204 == (await api.send("DELETE", f"render/{second['job_id']}")).status_code
    assert not place.exists()
    place.mkdir()
    (place / "notes.txt").write_text("mine")
    for more in ({}, {"overwrite": True}):
        assert (422, ["output.folder_has_others"]) == refusal(
            await api.send("POST", "render", {**order, **more})
        )
    shutil.rmtree(place)
    place.write_text("mine")
    refused = await api.send("POST", "render", {**order, "overwrite": True})
    assert (422, ["output.not_a_folder"]) == refusal(refused)
    assert str(place.parent) not in refused.text


@pytest.mark.parametrize("stranger", [False, True])
async def test_what_was_killed_before_its_end_was_written(tmp_path: Path, stranger: bool) -> None:
    """A folder of its own does not stand in its way; one that somebody else put there does."""
    async with service(tmp_path / "data") as api:
        job = (await rendered(api, await coloured(api), output="film/index.mpd"))["job_id"]
        place = await place_of(api, job)
        killed = update(jobs).where(jobs.c.id == job).values(status="running", result=None, lease_until=0.0)
        await api.studio.database.write(lambda change: change.connection.execute(killed))
    if stranger:
        (place / "index.mpd").write_bytes(b"mine")
    async with service(tmp_path / "data") as api:
        found = await api.get(f"jobs/{job}/wait", timeout=WAIT)
        if stranger:
            assert ("failed", "output.exists") == (found["status"], found["problem"]["code"])
            assert b"mine" == (place / "index.mpd").read_bytes()
        else:
            assert ("completed", 2) == (found["status"], found["attempt"])
            assert found["result"]["url"].endswith("/output/index.mpd")
            assert 8 == len(os.listdir(place))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("index.m3u8", "film/index.m3u8"),
        ("%05d.png", "film/%05d.png"),
        ("a/b/index.m3u8", "final.mp4"),
        ("film/out.mp4", "final.mp4"),
        (".hidden/index.m3u8", "final.mp4"),
        ("../index.m3u8", "final.mp4"),
        ("/index.m3u8", "final.mp4"),
    ],
)
async def test_names_that_are_none(api: Service, name: str, hint: str) -> None:
    """One folder, in the project's renders, where there are many files, and none where there is one."""
    order = {"project_id": await coloured(api), "output": name}
    answer = await api.send("POST", "render", order)
    assert (422, ["output.name"]) == refusal(answer)
    assert hint in answer.json()["problems"][0]["hint"]


async def test_stems_are_ordered_one_by_one(api: Service, tmp_path: Path) -> None:
    """Each as long as the mix, which is their sum; what has no sound of its own is refused."""
    project = (await api.post("projects", {"name": "Song", "output": {"fps": 30}}))["id"]
    for track, frequency in (("low", 220), ("high", 880)):
        tone = {"generator": "tone", "frequency": frequency}
        await api.edit(
            project,
            {"op": "create_track", "id": track, "type": "audio"},
            {"op": "update_track", "track_id": track, "volume": 0.2},
            {"op": "add_clip", "track_id": track, "source": tone, "out_point": 1},
        )
    await api.edit(project, {"op": "create_track", "id": "silent", "type": "audio"})
    items = [
        {"project_id": project, "output": "mix.wav"},
        *({"project_id": project, "output": f"{track}.wav", "stem": track} for track in ("low", "high")),
    ]
    sounds = {}
    for item in (await api.post("render/batch", {"items": items}))["items"]:
        await api.get(f"jobs/{item['job_id']}/wait", timeout=WAIT)
        file = tmp_path / item["output"]
        file.write_bytes((await api.http.get(f"render/{item['job_id']}/output")).content)
        sounds[file.stem] = decode_sound(file).samples
    assert {48000} == {len(sound) for sound in sounds.values()}
    assert np.abs(sounds["low"] + sounds["high"] - sounds["mix"]).max() <= 3 / 32768
    assert min(np.abs(sound).max() for sound in sounds.values()) > 0.04
    for order, codes in (
        ({"output": "x.wav", "stem": "silent"}, ["stems.track"]),
        ({"output": "x.mp3", "stem": "low"}, ["stems.format"]),
    ):
        refused = await api.send("POST", "render", {"project_id": project, **order})
        assert (422, codes) == refusal(refused)
    assert ["low", "high"] == refused.json()["problems"][0].get("allowed") or ["wav", "flac"]
