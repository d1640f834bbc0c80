"""What a stale batch is told where others were at the same clips, and whether it can be sent anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from running_service import Service, service

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
TEST = {"generator": "testsrc"}


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(tmp_path_factory.mktemp("stale") / "data") as running:
        yield running


@pytest.fixture
async def project(api: Service) -> str:
    """A project at revision 2: on one track c0 (0-4 s), c1 (4-8 s) and c2 (8-12 s)."""
    made: str = (await api.post("projects", {"name": "Test", "output": {"width": 64, "height": 36}}))["id"]
    clips = [
        {"op": "add_clip", "id": name, "track_id": "v1", "source": TEST, "in_point": 10, "out_point": 14}
        for name in ("c0", "c1", "c2")
    ]
    await api.edit(made, {"op": "create_track", "id": "v1", "type": "video"}, *clips)
    return made


async def _stale(api: Service, project: str, *edits: Json) -> Json:
    sent = {"base_revision": 2, "edits": list(edits)}
    refused = await api.send("POST", f"projects/{project}/edits", sent)
    assert 409 == refused.status_code, refused.text
    body: Json = refused.json()
    return body


async def _clips(api: Service, project: str) -> dict[str, Json]:
    return {one["id"]: one for one in (await api.get(f"projects/{project}/clips"))["items"]}


def split(at: Any, clip_id: str = "c1") -> Json:
    return {"op": "split_clip", "clip_id": clip_id, "at": at, "id": "right"}


SHORTER = {"op": "trim_clip", "clip_id": "c0", "out_point": 11, "ripple": True}


@pytest.mark.parametrize(
    ("theirs", "at", "expected"),
    [
        (SHORTER, 5.5, 2.5),
        (SHORTER, "165f", 2.5),
        ({"op": "trim_clip", "clip_id": "c1", "in_point": 11, "ripple": True}, 5.5, 4.5),
        ({"op": "trim_clip", "clip_id": "c1", "in_point": 11}, 5.5, 5.5),
        ({"op": "move_clip", "clip_id": "c1", "timeline_start": 20}, 5.5, 21.5),
    ],
)
async def test_a_cut_goes_where_its_picture_went(
    api: Service, project: str, theirs: Json, at: Any, expected: float
) -> None:
    """The rebased batch, posted as it is, cuts at the moment of the source that was meant."""
    await api.edit(project, theirs)
    body = await _stale(api, project, split(at))
    told = body["rebased"]["edits"][0]["at"]
    assert expected == (int(told[:-1]) / 30 if isinstance(told, str) else told)
    assert "send the rebased batch" in body["problems"][0]["hint"]
    await api.post(f"projects/{project}/edits", body["rebased"])
    assert 11.5 == (await _clips(api, project))["right"]["in_point"]


async def test_what_was_changed_is_named_as_it_was(api: Service, project: str) -> None:
    """A clip that moved came from nowhere, and no id that the refused batch would have made is told."""
    await api.edit(project, SHORTER)
    body = await _stale(api, project, {"op": "split_clip", "clip_id": "c1", "at": 5.5})
    assert {"c1", "c2"} >= {one["id"] for one in body["overlap"]}
    assert "came to" not in str(body["overlap"])
    assert "clip_" not in body["detail"]


async def test_a_place_follows_the_clips_around_it(api: Service, project: str) -> None:
    """What goes between two clips goes between them still, where both moved alike."""
    await api.edit(project, SHORTER)
    add = {"op": "add_clip", "id": "x", "track_id": "v1", "source": TEST, "out_point": 1, "mode": "insert"}
    body = await _stale(api, project, {**add, "at": 8})
    assert 5.0 == body["rebased"]["edits"][0]["at"]
    await api.post(f"projects/{project}/edits", body["rebased"])
    found = await _clips(api, project)
    assert (5.0, 6.0) == (found["x"]["timeline_start"], found["c2"]["timeline_start"])


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        ({"op": "update_clip", "clip_id": "c1", "source": {"generator": "tone"}}, split(5.5)),
        (
            {"op": "move_clip", "clip_id": "c1", "timeline_start": 30},
            {"op": "move_clip", "clip_id": "c1", "timeline_start": 14},
        ),
        (
            {"op": "move_clip", "clip_id": "c2", "timeline_start": 20},
            {
                "op": "add_clip",
                "id": "x",
                "track_id": "v1",
                "source": TEST,
                "out_point": 1,
                "at": 8,
                "mode": "insert",
            },
        ),
    ],
)
async def test_a_time_that_means_nothing_sure_is_not_sent_again(
    api: Service, project: str, theirs: Json, mine: Json
) -> None:
    """Where it cannot be said what a time has become, there is no rebased batch, and the hint says so."""
    await api.edit(project, theirs)
    body = await _stale(api, project, mine)
    if mine["op"] == "move_clip":
        assert 14 == body["rebased"]["edits"][0]["timeline_start"]
        return
    assert body["rebased"] is None
    assert ["edit.conflict", "edit.time_moved"] == [one["code"] for one in body["problems"]]
    assert "/edits/0/at" == body["problems"][1]["path"]
    assert "send the rebased batch" not in str(body["problems"])


async def test_times_count_from_what_earlier_edits_of_the_batch_made(api: Service, project: str) -> None:
    """A clip that goes to the end lies elsewhere now, and the cut through it goes with it."""
    await api.edit(project, SHORTER)
    body = await _stale(
        api,
        project,
        {"op": "update_clip", "clip_id": "c0", "volume": 0.5},
        {"op": "trim_clip", "clip_id": "c0", "out_point": 13},
        {"op": "add_clip", "track_id": "v1", "source": TEST, "in_point": 10, "out_point": 14},
        split(13.5, "$2"),
    )
    assert body["rebased"] is None or 10.5 == body["rebased"]["edits"][3]["at"]
    body = await _stale(
        api,
        project,
        {"op": "trim_clip", "clip_id": "c0", "in_point": 10.5, "ripple": True},
        {"op": "add_clip", "track_id": "v1", "source": TEST, "in_point": 10, "out_point": 14},
        split(12.5, "$1"),
    )
    assert 9.5 == body["rebased"]["edits"][2]["at"]
    await api.post(f"projects/{project}/edits", body["rebased"])
    assert 11.0 == (await _clips(api, project))["right"]["in_point"]


async def test_a_wrong_shape_hides_nothing_else(api: Service, project: str) -> None:
    """What is wrong with an edit by itself is told together with what is wrong with the others."""
    edits = [
        {"op": "update_clip", "clip_id": "c0", "volume": -1},
        {"op": "update_clip", "clip_id": "c9", "volume": 1},
    ]
    refused = await api.send("POST", f"projects/{project}/edits", {"edits": edits})
    found = [(one["code"], one["path"]) for one in refused.json()["problems"]]
    assert 422 == refused.status_code
    assert [("edit.field_invalid", "/edits/0/volume"), ("clip.unknown", "/edits/1/clip_id")] == found
