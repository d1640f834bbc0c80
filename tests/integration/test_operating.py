"""What the service tells of itself and its work: health, renders under way, features, samples of effects."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from running_service import Service, service

pytestmark = pytest.mark.anyio

TEST = {"generator": "testsrc"}
WAIT = 30


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    data = tmp_path_factory.mktemp("operating") / "data"
    async with service(data, health_seconds=0.1) as running:
        yield running


@pytest.fixture
async def project(api: Service) -> str:
    """Ten seconds of a test picture, 30 frames a second."""
    output = {"width": 320, "height": 180, "fps": 30}
    made: str = (await api.post("projects", {"name": "Test", "output": output}))["id"]
    await api.edit(
        made,
        {"op": "create_track", "id": "main", "type": "video"},
        {"op": "add_clip", "id": "a", "track_id": "main", "source": TEST, "out_point": 5},
        {"op": "add_clip", "id": "b", "track_id": "main", "source": TEST, "out_point": 5},
        {"op": "add_marker", "time": 6.5, "name": "late"},
    )
    return made


def _picture(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


async def test_health_is_told_when_it_changes(api: Service, project: str) -> None:
    """A folder that cannot be written, and that it can be again, without anybody asking."""
    slug = (await api.get(f"projects/{project}"))["slug"]
    folder: Path = api.studio.settings.projects_dir / slug
    await asyncio.to_thread(api.studio.keeper.settle)
    with api.studio.bus.subscribe(types=["HEALTH_STATUS"]) as heard:
        aside = folder.with_name("aside")
        folder.rename(aside)
        folder.write_text("in the way")
        await api.edit(project, {"op": "add_marker", "time": 1, "name": "x"})
        failing = (await asyncio.wait_for(anext(heard), WAIT)).event
        folder.unlink()
        aside.rename(folder)
        mended = (await asyncio.wait_for(anext(heard), WAIT)).event
    assert ("failing", "failing") == (
        failing.data["status"],
        failing.data["checks"]["project_folders"]["status"],
    )
    assert "ok" == failing.data["checks"]["database"]["status"]
    assert ("ok", None) == (mended.data["status"], mended.number)


async def test_a_render_tells_which_frame_it_has_reached(api: Service, project: str) -> None:
    """Project frames, in order, each with the address of its picture."""
    with api.studio.bus.subscribe(types=["RENDER_FRAME", "JOB_COMPLETED"], project_id=project) as heard:
        order = {"project_id": project, "range": "00:00:02:00:8s", "output": "part.mp4"}
        job = (await api.post("render", order))["job_id"]
        told = []
        async for message in heard:
            if message.event.type == "JOB_COMPLETED":
                break
            told.append(message.event)
    assert told
    assert {(job, project, 2)} == {(one.job_id, one.project_id, one.revision) for one in told}
    frames = [one.data["frame"] for one in told]
    assert sorted(set(frames)) == frames
    assert [one.data["frames_done"] + 59 for one in told] == frames
    assert 60 <= frames[0] <= frames[-1] < 240
    assert {180} == {one.data["frames"] for one in told}
    shown = await api.http.get(told[-1].data["url"].removeprefix("/api/v1/"))
    same = await api.http.get(f"projects/{project}/frame", params={"t": f"{frames[-1]}f"})
    assert (200, (320, 180)) == (shown.status_code, _picture(shown.content).size)
    assert same.content == shown.content


async def test_a_render_is_deleted_once(api: Service, project: str) -> None:
    """The same request again is answered the same, though there is nothing left."""
    job = (await api.post("render", {"project_id": project, "range": "0f:3f"}))["job_id"]
    await api.get(f"jobs/{job}/wait", timeout=WAIT)
    key = {"Idempotency_Key": "delete-it-once"}
    first = await api.send("DELETE", f"render/{job}", **key)
    again = await api.send("DELETE", f"render/{job}", **key)
    assert (204, 204, "true") == (
        first.status_code,
        again.status_code,
        again.headers.get("Idempotency-Replayed"),
    )
    assert 404 == (await api.send("DELETE", f"render/{job}")).status_code


async def test_only_so_many_pictures_are_drawn_at_once(api: Service, project: str) -> None:
    """All are answered; ffmpeg runs for two of them at a time."""
    asking = [api.http.get(f"projects/{project}/frame", params={"t": f"{n}f"}) for n in range(6)]
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, 2 - api.studio.pictures._looking._value)
            await asyncio.sleep(0.005)

    watching = asyncio.create_task(watch())
    answers = await asyncio.gather(*asking)
    watching.cancel()
    assert [200] * 6 == [answer.status_code for answer in answers]
    assert 2 == most


@pytest.mark.parametrize(
    ("start", "end", "clips", "markers"),
    [
        ("0", "5", ["a"], 0),
        ("00:00:05:00", "00:00:06:00", ["b"], 0),
        ("149f", "151f", ["a", "b"], 0),
        ("6s", "200f", ["b"], 1),
    ],
)
async def test_a_part_of_the_timeline_by_any_spelling_of_time(
    api: Service, project: str, start: str, end: str, clips: list[str], markers: int
) -> None:
    """Seconds, timecodes and frames."""
    found = await api.get(f"projects/{project}/timeline", start=start, end=end)
    assert clips == [clip["id"] for clip in found["tracks"][0]["clips"]]
    assert markers == len(found["markers"])


@pytest.mark.parametrize("name", ["start", "end"])
@pytest.mark.parametrize("value", ["soon", "-1", "1e400", "00:00:61:00", ""])
async def test_what_is_no_time_is_refused(api: Service, project: str, name: str, value: str) -> None:
    """By the name of the parameter."""
    answer = await api.http.get(f"projects/{project}/timeline", params={name: value})
    assert (422, f"/query/{name}") == (answer.status_code, answer.json()["problems"][0]["path"])


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("frame?t=soon", "/query/t"),
        ("frame?t=10", "/query/t"),
        ("contact-sheet?times=1,10s", "/query/times"),
        ("contact-sheet?every=0f", "/query/every"),
        ("frame?revision=99", "/query/revision"),
        ("revisions/99", "/path/revision"),
        ("clips/nobody", "/path/clip_id"),
        ("../nothing", "/path/project_id"),
    ],
)
async def test_what_cannot_be_looked_at(api: Service, project: str, query: str, path: str) -> None:
    """Refused where the request names it."""
    answer = await api.http.get(f"projects/{project}/{query}")
    assert path == answer.json()["problems"][0]["path"]
    assert answer.status_code == (404 if "path" in path or "revision" in path else 422)


async def test_a_sample_shows_what_an_effect_does(api: Service) -> None:
    """The picture at that moment, with the effect; asked for by nobody, there is none."""

    async def sample(effect_type: str, t: Any = 1, **parameters: Any) -> Image.Image:
        body = {"effect_type": effect_type, "parameters": parameters, "image": True, "t": t}
        return _picture(base64.b64decode((await api.post("effects/preview", body))["image"]))

    plain = await sample("speed_control", factor=1)
    dark = await sample("fade_in", duration=2, t="00:00:00:00")
    text = await sample("text_overlay", text="Hello", position="center", fontsize=96, fontcolor="white")
    assert {(640, 360)} == {plain.size, dark.size, text.size}
    assert (0, 0) == dark.convert("L").getextrema()
    left, top, right, bottom = ImageChops.difference(plain, text).getbbox() or (0, 0, 0, 0)
    assert 200 < left < right < 440
    assert 120 < top < bottom < 240
    unasked = await api.post("effects/preview", {"effect_type": "volume", "parameters": {"volume": 0.5}})
    assert "image" not in unasked


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"effect_type": "volume", "parameters": {"volume": 0.5}}, "/image"),
        ({"effect_type": "speed_control", "parameters": {"factor": 1}, "t": "9s"}, "/t"),
        ({"effect_type": "text_overlay", "parameters": {"text": "x", "font": "No Such"}}, "/parameters"),
        ({"effect_type": "blur", "parameters": {"sigma": -1}}, "/parameters/sigma"),
    ],
)
async def test_what_no_sample_shows_is_refused(api: Service, body: dict[str, Any], path: str) -> None:
    """Where the request has its cause."""
    answer = await api.send("POST", "effects/preview", {**body, "image": True})
    assert (422, path) == (answer.status_code, answer.json()["problems"][0]["path"])


async def test_what_is_told_of_the_machine_names_no_place_on_it(api: Service) -> None:
    """Versions, filters, encoders and fonts; no path."""
    info = (await api.http.get("http://127.0.0.1:8765/system/info")).json()
    assert info["capabilities"]["encoders"]
    assert info["capabilities"]["fonts"][0].keys() == {"family", "style"}
    assert "/" not in json.dumps([info["capabilities"]["ffmpeg"], info["capabilities"]["fonts"]])
    assert {"docs": True, "metrics": True, "webhooks": True} == info["features"]


async def test_features_that_are_off(tmp_path: Path) -> None:
    """Their addresses are not there, and who needs them is told."""
    async with service(tmp_path / "data", features=("docs",)) as running:
        info = (await running.http.get("http://127.0.0.1:8765/system/info")).json()
        assert {"docs": True, "metrics": False, "webhooks": False} == info["features"]
        assert 404 == (await running.http.get("http://127.0.0.1:8765/metrics")).status_code
        assert 404 == (await running.http.get("webhooks")).status_code
        described = (await running.http.get("http://127.0.0.1:8765/openapi.json")).json()["paths"]
        assert not [path for path in described if "webhooks" in path or path == "/metrics"]
        made = (await running.post("projects", {"name": "x"}))["id"]
        order = {"project_id": made, "webhook": "https://example.com/"}
        refused = await running.send("POST", "render", order)
        assert (422, "feature.off") == (refused.status_code, refused.json()["problems"][0]["code"])
    shutil.rmtree(tmp_path)


async def test_a_new_key_takes_its_name_at_once(api: Service) -> None:
    """Who used a name until a key has it is refused from then on, also after the key is taken back."""
    said = {"X_Stoat_Actor": "agent:soon"}
    assert 201 == (await api.send("POST", "projects", {"name": "Before"}, **said)).status_code
    key = await api.post("keys", {"name": "agent:soon", "scopes": ["edit"]})
    for _ in range(2):
        refused = await api.send("POST", "projects", {"name": "After"}, **said)
        assert (403, "actor.is_key") == (refused.status_code, refused.json()["code"])
        await api.http.delete(f"keys/{key['id']}")
