"""Batches over HTTP: many renders in one order, all taken on or none, and each a job like any other."""

from __future__ import annotations

import asyncio
import errno
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from running_service import Service, coloured, film, service

from stoat_ferret.model.event import Event
from stoat_ferret.testing.measure import decode_pictures

pytestmark = pytest.mark.anyio

WAIT = 60
RED, BLUE = "#ff0000", "#0000ff"
STATUSES = {"pending", "running", "completed", "failed", "timeout", "cancelled"}


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    data = tmp_path_factory.mktemp("batches")
    (data / "media").mkdir()
    async with service(data / "data", media_roots=(data / "media",), workers=4) as running:
        yield running


async def endless(api: Service) -> str:
    """A project that renders for long."""
    return await film(api, {"generator": "testsrc"}, 120, (1280, 720))


async def ordered(api: Service, *items: dict[str, Any], **fields: Any) -> Any:
    """A batch that was taken on."""
    return await api.post("render/batch", {"items": list(items), **fields})


async def rest(api: Service, batch_id: str) -> Any:
    """The batch once all of it is at rest."""
    for item in (await api.get(f"render/batch/{batch_id}"))["items"]:
        await api.get(f"jobs/{item['job_id']}/wait", timeout=WAIT)
    found = await api.get(f"render/batch/{batch_id}")
    assert found["completed_at"] is not None, found
    return found


async def called_off(api: Service, batch_id: str) -> Any:
    await api.post(f"render/batch/{batch_id}/cancel")
    return await rest(api, batch_id)


def told(answer: Any) -> tuple[int, list[tuple[str, str]]]:
    """Status, and the places and codes of all problems, each with a message and a hint."""
    problems = answer.json()["problems"]
    assert all(problem["message"] and problem["hint"] for problem in problems), problems
    return answer.status_code, [(problem["path"], problem["code"]) for problem in problems]


async def jobs_of(api: Service) -> int:
    return int((await api.get("jobs"))["total"])


# Taken on


async def test_many_renders_are_one_order(api: Service) -> None:
    """Each item is a job with a file of its own; the batch is read as one."""
    red, blue = await coloured(api, RED), await coloured(api, BLUE)
    answer = await api.send(
        "POST",
        "render/batch",
        {
            "items": [
                {"project_id": red, "output": "wide.mp4"},
                {"project_id": blue, "output": "small.webm", "size": "32x18", "quality": "draft"},
                {"project_id": red, "format": "mkv", "range": [0, 0.2]},
            ]
        },
    )
    assert 202 == answer.status_code, answer.text
    made = answer.json()
    assert f"/api/v1/render/batch/{made['batch_id']}" == answer.headers["location"]
    assert 2 == made["parallel"]
    found = await rest(api, made["batch_id"])
    assert ("completed", 1.0, 3) == tuple(found[name] for name in ("status", "progress", "total"))
    assert {**dict.fromkeys(STATUSES, 0), "completed": 3} == found["counts"]
    assert made["items"] == [{name: item[name] for name in ("job_id", "output")} for item in found["items"]]
    assert ["wide.mp4", "small.webm"] == [item["output"] for item in made["items"]][:2]
    assert [15, 15, 6] == [item["result"]["frames"] for item in found["items"]]
    for item in found["items"]:
        job = await api.get(f"render/{item['job_id']}")
        assert job == {name: item[name] for name in job}
        assert made["batch_id"] == job["batch_id"]
        assert 200 == (await api.http.get(f"render/{item['job_id']}/output")).status_code


async def test_what_is_wrong_with_any_is_told_and_nothing_is_begun(api: Service) -> None:
    """All of it at once, at the places of the items."""
    red, count = await coloured(api), await jobs_of(api)
    await rest(api, (await ordered(api, {"project_id": red, "output": "there.mp4"}))["batch_id"])
    good = {"project_id": red, "output": "good.mp4"}
    answer = await api.send(
        "POST",
        "render/batch",
        {
            "items": [
                good,
                {"project_id": red, "output": "a/b"},
                {"project_id": "prj_none"},
                {"project_id": red, "format": "zzz", "quality": "hi", "webhook": "ftp://x"},
                {"project_id": red, "output": "there.mp4", "encoder": "nope"},
                {"project_id": red, "output": "there.mp4"},
                good,
            ],
            "webhook": "ftp://x",
        },
    )
    status, problems = told(answer)
    assert 422 == status
    assert sorted(
        [
            ("/items/1/output", "output.name"),
            ("/items/2/project_id", "project.not_found"),
            ("/items/3/format", "output.format"),
            ("/items/3/quality", "target.quality"),
            ("/items/3/webhook", "webhook.address"),
            ("/items/4/encoder", "target.encoder"),
            ("/items/4/output", "output.exists"),
            ("/items/5/output", "output.exists"),
            ("/items/6/output", "output.ordered_twice"),
            ("/webhook", "webhook.address"),
        ]
    ) == sorted(problems)
    assert count + 1 == await jobs_of(api)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"items": []}, "/items"),
        ({}, "/items"),
        ({"items": [{"project_id": "prj_1"}], "parallel": 0}, "/parallel"),
        ({"items": [{"project_id": "prj_1", "priority": 1001}]}, "/items/0/priority"),
        ({"items": [{"project_id": "prj_1", "outptu": "x.mp4"}]}, "/items/0/outptu"),
    ],
)
async def test_a_batch_has_a_form(api: Service, body: dict[str, Any], path: str) -> None:
    """Items are of the form that a single render has."""
    status, problems = told(await api.send("POST", "render/batch", body))
    assert (422, [path]) == (status, [place for place, _ in problems])


async def test_contradictions_alone_are_conflicts(api: Service) -> None:
    """A file that is there, a name that another render is to write, one that another item writes."""
    long, red = await endless(api), await coloured(api)
    await rest(api, (await ordered(api, {"project_id": red, "output": "there.mp4"}))["batch_id"])
    busy = (await api.post("render", {"project_id": long, "output": "busy.mp4"}))["job_id"]
    twice = {"project_id": long, "output": "twice.mp4", "overwrite": True}
    answer = await api.send(
        "POST",
        "render/batch",
        {
            "items": [
                twice,
                {"project_id": red, "output": "there.mp4"},
                {"project_id": long, "output": "busy.mp4", "overwrite": True},
                twice,
            ]
        },
    )
    assert (
        409,
        [
            ("/items/1/output", "output.exists"),
            ("/items/2/output", "output.busy"),
            ("/items/3/output", "output.ordered_twice"),
        ],
    ) == told(answer)
    assert "item 0" in answer.json()["problems"][2]["message"]
    await api.post(f"jobs/{busy}/cancel")
    only = {"items": [{"project_id": "prj_none"}]}
    assert (404, [("/items/0/project_id", "project.not_found")]) == told(
        await api.send("POST", "render/batch", only)
    )


async def test_items_without_a_name_give_way_to_those_with_one(api: Service) -> None:
    """Whatever their order."""
    red = await coloured(api)
    slug = (await api.get(f"projects/{red}"))["slug"]
    plain, taken = {"project_id": red}, {"project_id": red, "output": f"{slug}-r2.mp4"}
    made = await ordered(api, plain, plain, taken)
    assert [f"{slug}-r2-2.mp4", f"{slug}-r2-3.mp4", f"{slug}-r2.mp4"] == [
        item["output"] for item in made["items"]
    ]
    assert "completed" == (await rest(api, made["batch_id"]))["status"]


async def test_an_order_is_done_once_under_its_key(api: Service) -> None:
    """The same answer again, without the secret; another order under the key is refused."""
    red, count = await coloured(api), await jobs_of(api)
    order = {
        "items": [{"project_id": red, "webhook": "https://example.com/one"}, {"project_id": red}],
        "webhook": "https://example.com/all",
    }
    first = await api.send("POST", "render/batch", order, Idempotency_Key="once")
    again = await api.send("POST", "render/batch", order, Idempotency_Key="once")
    assert (202, 202, "true") == (
        first.status_code, again.status_code, again.headers.get("idempotency-replayed"),
    )  # fmt: skip
    made, repeated = first.json(), again.json()
    assert made["webhook"].pop("secret") and made["items"][0]["webhook"].pop("secret")
    assert (None, None) == (repeated["webhook"].pop("secret"), repeated["items"][0]["webhook"].pop("secret"))
    assert made == repeated
    assert made["batch_id"] == made["webhook"]["job_id"]
    assert count + 2 == await jobs_of(api)
    other = await api.send("POST", "render/batch", {"items": order["items"][1:]}, Idempotency_Key="once")
    assert [("/header/Idempotency-Key", "idempotency.key_reused")] == told(other)[1]
    await called_off_or_done(api, made["batch_id"])


async def called_off_or_done(api: Service, batch_id: str) -> None:
    """Leave nothing to do behind."""
    await api.send("POST", f"render/batch/{batch_id}/cancel")
    await rest(api, batch_id)


async def test_a_batch_that_does_not_fit_is_refused_whole(tmp_path: Path) -> None:
    """With the time after which to come back."""
    async with service(tmp_path / "data", queue_depth=3) as api:
        long = await endless(api)
        item = {"project_id": long}
        made = await ordered(api, item, item)
        refused = await api.send("POST", "render/batch", {"items": [item, item]})
        assert (429, [("", "queue.full")]) == told(refused)
        assert int(refused.headers["retry-after"]) >= 1
        assert 2 == await jobs_of(api)
        await ordered(api, item)
        await called_off(api, made["batch_id"])


# Run


async def test_no_more_run_than_the_batch_allows(api: Service) -> None:
    """With workers for three renders: two, then three, and another batch beside a narrow one."""
    long = await endless(api)
    order = [{"project_id": long, "quality": "draft"}] * 4
    for parallel, most in ((1, 1), (2, 2), (3, 3)):
        made = await ordered(api, *order, parallel=parallel)
        await until(api, made["batch_id"], running=most)
        # The workers look for more whenever one of them begins.
        await asyncio.sleep(0.3)
        found = await api.get(f"render/batch/{made['batch_id']}")
        assert (most, 4 - most, "running") == (
            found["counts"]["running"], found["counts"]["pending"], found["status"],
        )  # fmt: skip
        await called_off(api, made["batch_id"])
    narrow = await ordered(api, *order, parallel=1)
    other = await ordered(api, *order, parallel=2)
    await until(api, narrow["batch_id"], running=1)
    await until(api, other["batch_id"], running=2)
    for made in (narrow, other):
        await called_off(api, made["batch_id"])


async def until(api: Service, batch_id: str, **counts: int) -> None:
    """Wait until so many of its items stand so."""
    deadline = time.monotonic() + WAIT
    while True:
        found = (await api.get(f"render/batch/{batch_id}"))["counts"]
        if all(count == found[status] for status, count in counts.items()):
            return
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)


async def test_what_fails_stops_nothing_else(api: Service) -> None:
    """The batch has failed, the other files are there, and the failed item can be tried again."""
    red = await coloured(api)
    source = api.studio.settings.media_roots[0] / "gone.mp4"
    made = await ordered(api, {"project_id": red, "output": "source.mp4"})
    done = (await rest(api, made["batch_id"]))["items"][0]
    place = Path(str((await api.studio.queue.get(done["job_id"])).payload["output"]))
    shutil.copy(place, source)
    broken, blocker = await film(api, "gone.mp4"), await endless(api)
    held = (await ordered(api, *[{"project_id": blocker}] * 3, parallel=3))["batch_id"]
    await until(api, held, running=3)
    made = await ordered(api, {"project_id": broken}, {"project_id": red}, parallel=1)
    source.unlink()
    await called_off(api, held)
    found = await rest(api, made["batch_id"])
    assert ("failed", ["failed", "completed"], 1.0) == (
        found["status"], [item["status"] for item in found["items"]], found["progress"],
    )  # fmt: skip
    shutil.copy(place, source)
    again = await api.send("POST", f"render/{found['items'][0]['job_id']}/retry")
    assert 202 == again.status_code
    assert "completed" == (await rest(api, made["batch_id"]))["status"]


async def test_a_batch_is_cancelled_whole(api: Service) -> None:
    """What waits and what runs; what is finished stays, and then there is nothing to cancel."""
    red, long = await coloured(api), await endless(api)
    made = await ordered(api, {"project_id": red, "priority": 1}, *[{"project_id": long}] * 3, parallel=1)
    await until(api, made["batch_id"], completed=1, running=1)
    answer = await api.send("POST", f"render/batch/{made['batch_id']}/cancel")
    assert 200 == answer.status_code, answer.text
    assert f"/api/v1/render/batch/{made['batch_id']}" == answer.headers["location"]
    found = await rest(api, made["batch_id"])
    assert ("cancelled", 1, 3) == (
        found["status"], found["counts"]["completed"], found["counts"]["cancelled"],
    )  # fmt: skip
    assert 200 == (await api.http.get(f"render/{found['items'][0]['job_id']}/output")).status_code
    refused = await api.send("POST", f"render/batch/{made['batch_id']}/cancel")
    assert (409, [("/path/batch_id", "batch.wrong_state")]) == told(refused)
    for method, path in (("GET", "render/batch/batch_none"), ("POST", "render/batch/batch_none/cancel")):
        answer = await api.send(method, path)
        assert (404, [("/path/batch_id", "batch.not_found")]) == told(answer)


async def test_one_item_can_be_cancelled_and_deleted(api: Service) -> None:
    """As any other render; the rest of the batch goes on, and one without renders is gone."""
    red, long = await coloured(api), await endless(api)
    made = await ordered(api, {"project_id": long}, {"project_id": red}, parallel=1)
    first, second = (item["job_id"] for item in made["items"])
    await api.post(f"render/{first}/cancel")
    found = await rest(api, made["batch_id"])
    assert ("cancelled", ["cancelled", "completed"]) == (
        found["status"], [item["status"] for item in found["items"]],
    )  # fmt: skip
    assert 204 == (await api.send("DELETE", f"render/{first}")).status_code
    found = await api.get(f"render/batch/{made['batch_id']}")
    assert ("completed", 1, [second]) == (
        found["status"], found["total"], [item["job_id"] for item in found["items"]],
    )  # fmt: skip
    assert 204 == (await api.send("DELETE", f"render/{second}")).status_code
    assert 404 == (await api.http.get(f"render/batch/{made['batch_id']}")).status_code


async def test_the_end_of_a_batch_is_told_once(api: Service) -> None:
    """Under the batch's id, after the ends of its items, which name it."""
    heard: list[Event] = []
    leave = api.studio.database.listen(heard.extend)
    red = await coloured(api)
    made = await ordered(api, {"project_id": red}, {"project_id": red})
    await rest(api, made["batch_id"])
    leave()
    ends = [event for event in heard if event.type == "JOB_COMPLETED"]
    assert [*sorted(item["job_id"] for item in made["items"]), made["batch_id"]] == [
        *sorted(str(event.job_id) for event in ends[:2]), ends[2].job_id,
    ]  # fmt: skip
    counts = {**dict.fromkeys(STATUSES, 0), "completed": 2}
    assert {"kind": "batch", "status": "completed", "total": 2, "counts": counts} == ends[2].data
    assert {made["batch_id"]} == {event.data["batch_id"] for event in ends[:2]}
    assert 3 == len(ends)


# Priorities


async def test_higher_priorities_go_first_and_equal_ones_as_they_came(tmp_path: Path) -> None:
    """Of renders and of items of batches alike."""
    async with service(tmp_path / "data") as api:
        long, red = await endless(api), await coloured(api)
        blocker = (await api.post("render", {"project_id": long}))["job_id"]
        started: list[str] = []
        api.studio.queue.watch(
            lambda event: started.append(str(event.job_id)) if event.type == "JOB_STARTED" else None
        )
        names = {}
        for name, priority in (("a", None), ("b", -5), ("c", 7), ("d", 7)):
            order = {"project_id": red, "output": f"{name}.mp4"}
            more = {} if priority is None else {"priority": priority}
            names[(await api.post("render", {**order, **more}))["job_id"]] = name
        made = await ordered(
            api,
            {"project_id": red, "output": "e.mp4"},
            {"project_id": red, "output": "f.mp4", "priority": 1000},
            {"project_id": red, "output": "g.mp4", "priority": 7},
        )
        names |= {item["job_id"]: item["output"][0] for item in made["items"]}
        await api.post(f"jobs/{blocker}/cancel")
        for job in names:
            assert "completed" == (await api.get(f"jobs/{job}/wait", timeout=WAIT))["status"]
        assert "fcdgaeb" == "".join(names[job] for job in started if job in names)


@pytest.mark.parametrize("priority", [1001, -1001, 1.5, "high", True])
async def test_a_priority_is_a_whole_number_within_limits(api: Service, priority: Any) -> None:
    """And is told where it is none."""
    answer = await api.send("POST", "render", {"project_id": "prj_1", "priority": priority})
    assert (422, ["/priority"]) == (answer.status_code, [place for place, _ in told(answer)[1]])


# Before there is a job


async def test_what_is_edited_later_does_not_change_what_was_ordered(tmp_path: Path) -> None:
    """A render that names no revision is of the one that was the newest when it was ordered."""
    async with service(tmp_path / "data") as api:
        long, project = await endless(api), await coloured(api, RED)
        blocker = (await api.post("render", {"project_id": long}))["job_id"]
        single = (await api.post("render", {"project_id": project, "revision": None}))["job_id"]
        batch = (await ordered(api, {"project_id": project}))["items"][0]["job_id"]
        blue = {"generator": "color", "color": BLUE}
        await api.edit(project, {"op": "update_clip", "clip_id": "a", "source": blue})
        await api.post(f"jobs/{blocker}/cancel")
        for job in (single, batch):
            assert "completed" == (await api.get(f"jobs/{job}/wait", timeout=WAIT))["status"]
            kept = (await api.studio.queue.get(job)).payload
            assert 2 == kept["revision"]
            for picture in decode_pictures(Path(kept["output"]), colour="rgb"):
                assert picture[..., 0].mean() - picture[..., 2].mean() > 150


async def test_a_render_that_has_no_room_is_refused_when_it_is_ordered(
    api: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the least that it needs; of a batch, by what all items need together. A plan needs none."""
    red = await film(api, {"generator": "color", "color": RED}, 20)
    sound = {"project_id": red, "format": "wav"}
    count = await jobs_of(api)
    # 20 s of stereo at 48 kHz and 16 bits are 3.8 MB, and half as much is free beside one of them.
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=6_000_000))
    refused = await api.send("POST", "render/batch", {"items": [sound, sound]})
    assert (507, [("", "disk.full")]) == told(refused)
    assert count == await jobs_of(api)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=3_000_000))
    assert (507, [("", "disk.full")]) == told(await api.send("POST", "render", sound))
    assert "wav" == (await api.post("render/plan", sound))["format"]
    short = await api.send("POST", "render", {**sound, "range": [0, 1]})
    assert 202 == short.status_code
    monkeypatch.undo()
    await api.get(f"jobs/{short.json()['job_id']}/wait", timeout=WAIT)


@pytest.mark.parametrize("number", [errno.ENOTDIR, errno.EACCES])
async def test_a_folder_that_cannot_be_written_is_told_when_a_render_is_ordered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whether there is a file in its place, or what is above it is closed."""
    place = tmp_path / "place"
    if number == errno.ENOTDIR:
        place.write_bytes(b"mine")
    else:
        place.mkdir()
        real = os_access()
        monkeypatch.setattr(
            "os.access", lambda path, mode, **more: Path(path) != place and real(path, mode, **more)
        )
    async with service(tmp_path / "data", output_dir=place / "renders") as api:
        red = await coloured(api)
        for path, order in (
            ("render", {"project_id": red}),
            ("render/batch", {"items": [{"project_id": red}]}),
        ):
            refused = await api.send("POST", path, order)
            assert (503, [("", "output.unwritable")]) == told(refused)
            assert str(tmp_path) not in refused.text
        assert 0 == await jobs_of(api)


def os_access() -> Any:
    import os

    return os.access


async def test_what_cannot_be_replaced_is_told_when_a_render_is_ordered(tmp_path: Path) -> None:
    """A folder, and a source of the project, whether the order may overwrite or not."""
    media = tmp_path / "media"
    media.mkdir()
    async with service(tmp_path / "data", media_roots=(media,), output_dir=media) as api:
        made = await ordered(api, {"project_id": await coloured(api), "output": "source.mp4"})
        await rest(api, made["batch_id"])
        project = await film(api, "source.mp4")
        (media / "folder.mp4").mkdir()
        names = [("source.mp4", "output.is_a_source"), ("folder.mp4", "output.is_a_folder")]
        for name, code in names:
            order = {"project_id": project, "output": name, "overwrite": True}
            for path in ("render", "render/plan"):
                refused = await api.send("POST", path, order)
                assert (422, [("/output", code)]) == told(refused)
                assert str(media) not in refused.text
        items = [{"project_id": project, "output": name, "overwrite": True} for name, _ in names]
        refused = await api.send("POST", "render/batch", {"items": items})
        assert (422, [(f"/items/{at}/output", code) for at, (_, code) in enumerate(names)]) == told(refused)
        assert Counter({"completed": 1}) == Counter(job["status"] for job in (await api.get("jobs"))["items"])
