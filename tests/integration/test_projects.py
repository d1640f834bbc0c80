"""Projects over the whole application: revisions, edits by many, undo, comparison, and their folders."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from libraries import sound
from running_service import Service, service

from stoat_ferret.errors import Conflict
from stoat_ferret.model.document import canonical, checksum
from stoat_ferret.projects import revisions
from stoat_ferret.projects.checking import sources
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.folders import Folder

pytestmark = pytest.mark.anyio

TEST = {"generator": "testsrc"}


@pytest.fixture(scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with service(tmp_path_factory.mktemp("projects") / "data") as running:
        yield running


@pytest.fixture
async def project(api: Service) -> str:
    """A project at revision 2: a track with the clips a (0-2 s) and b (2-4 s)."""
    output = {"width": 320, "height": 180, "fps": 30}
    made: str = (await api.post("projects", {"name": "Test", "output": output}))["id"]
    await api.edit(
        made,
        {"op": "create_track", "id": "main", "type": "video"},
        {"op": "add_clip", "id": "a", "track_id": "main", "source": TEST, "out_point": 2},
        {"op": "add_clip", "id": "b", "track_id": "main", "source": TEST, "out_point": 2},
    )
    return made


def _clip(document: dict[str, Any], clip_id: str) -> dict[str, Any]:
    clips = (clip for track in document["tracks"] for clip in track["clips"])
    found: dict[str, Any] = next(clip for clip in clips if clip["id"] == clip_id)
    return found


def _without_stamp(document: dict[str, Any]) -> bytes:
    return canonical({name: value for name, value in document.items() if name != "modified_at"})


async def test_a_project_is_made_empty_or_whole(api: Service) -> None:
    """A new project answers 201 with its document; a whole document keeps its ids and is settled."""
    empty = await api.send("POST", "projects", {"name": "Über uns!"})
    assert (201, '"1"') == (empty.status_code, empty.headers["etag"])
    body = empty.json()
    assert ("Über uns!", "uber-uns", 1, []) == (
        body["name"], body["slug"], body["revision"], body["document"]["tracks"],
    )  # fmt: skip
    output = {"width": 1920, "height": 1080, "fps": 30, "sample_rate": 48000, "channels": 2}
    assert {**output, "background": "#000000"} == body["document"]["output"]
    small = await api.post("projects", {"name": "Small", "output": {"width": 320, "fps": "30000/1001"}})
    assert (320, 1080, "30000/1001") == tuple(
        small["document"]["output"][name] for name in ("width", "height", "fps")
    )
    document = {
        "id": "prj_mine",
        "tracks": [{"type": "video", "clips": [{"source": TEST, "out_point": 1.5}]}],
    }
    whole = await api.post("projects", {"document": document})
    clip = whole["document"]["tracks"][0]["clips"][0]
    assert ("prj_mine", 0.0, 1.5) == (whole["id"], clip["timeline_start"], clip["timeline_end"])
    again = await api.send("POST", "projects", {"document": document})
    assert (409, "project.exists") == (again.status_code, again.json()["code"])


async def test_a_wrong_document_is_refused_with_all_its_problems(api: Service) -> None:
    """Every problem of the document is told, and nothing is made."""
    document = {"tracks": [{"type": "vidio", "clips": [{"source": TEST, "out_pint": 1}]}], "colour": "red"}
    refused = await api.send("POST", "projects", {"document": document})
    assert 422 == refused.status_code
    assert {
        ("document.not_allowed", "/document/tracks/0/type"),
        ("document.unknown_field", "/document/tracks/0/clips/0/out_pint"),
        ("document.unknown_field", "/document/colour"),
    } == {(problem["code"], problem["path"]) for problem in refused.json()["problems"]}


async def test_an_edit_answers_with_a_delta(api: Service, project: str) -> None:
    """Revision, ids and changed spans; not the document."""
    answer = await api.edit(
        project,
        {"op": "add_clip", "track_id": "main", "source": TEST, "out_point": 1.01, "at": "end"},
        base_revision=2,
        intent="more",
    )
    assert (3, [], [{"start": 4.0, "end": 5.0}]) == (answer["revision"], answer["problems"], answer["spans"])
    assert {"out_point": 1.0} == answer["results"][0]["snapped"]
    assert "document" not in answer


async def test_every_clip_that_is_made_is_named(api: Service, project: str) -> None:
    """A clip that goes into another cuts it in two: the part behind it is told as well."""
    edit = {"op": "add_clip", "id": "x", "track_id": "main", "source": TEST, "out_point": 1, "at": 1}
    answer = await api.edit(project, {**edit, "mode": "insert"}, {"op": "add_marker", "time": 0, "name": "m"})
    first, second = answer["results"]
    assert ("x", 1, None) == (first["id"], len(first["ids"]), second.get("ids"))
    document = (await api.get(f"projects/{project}"))["document"]
    assert ["a", "x", first["ids"][0], "b"] == [clip["id"] for clip in document["tracks"][0]["clips"]]


async def test_a_batch_is_done_whole_or_not_at_all(api: Service, project: str) -> None:
    """One wrong edit of a batch refuses it, with a pointer to it, and stores nothing."""
    edits = [
        {"op": "update_clip", "clip_id": "a", "volume": 0.5},
        {"op": "update_clip", "clip_id": "nobody", "volume": 0.5},
    ]
    refused = await api.send("POST", f"projects/{project}/edits", {"edits": edits})
    assert 422 == refused.status_code
    assert "/edits/1/clip_id" == refused.json()["problems"][0]["path"]
    assert 2 == (await api.get(f"projects/{project}"))["revision"]


async def test_a_dry_run_stores_nothing(api: Service, project: str) -> None:
    """It answers as the edit would, and the project stays where it was."""
    answer = await api.edit(project, {"op": "remove_clip", "clip_id": "b"}, dry_run=True)
    assert (True, 2, [{"start": 2.0, "end": 4.0}]) == (answer["dry_run"], answer["revision"], answer["spans"])
    assert 2 == (await api.get(f"projects/{project}/revisions"))["total"]


async def test_what_could_not_be_rendered_is_refused(api: Service, project: str) -> None:
    """A source that is not there, and an effect that the core does not know, are refused at the edit."""
    for edit, code in (
        ({"op": "add_clip", "track_id": "main", "source": "nothing.mp4", "out_point": 1}, "media.missing"),
        ({"op": "add_effect", "target": "a", "type": "blurr", "params": {}}, "effect.unknown"),
    ):
        refused = await api.send("POST", f"projects/{project}/edits", {"edits": [edit]})
        assert (422, code) == (refused.status_code, refused.json()["code"])


async def test_a_stale_batch_is_rebased_over_other_elements(api: Service, project: str) -> None:
    """Edits on other elements since the base do not stand in the way."""
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.5}, actor="agent:one")
    answer = await api.edit(
        project, {"op": "update_clip", "clip_id": "b", "volume": 0.25}, base_revision=2, actor="agent:two"
    )
    assert (4, [3]) == (answer["revision"], answer["rebased_over"])
    document = (await api.get(f"projects/{project}"))["document"]
    assert (0.5, 0.25) == (_clip(document, "a")["volume"], _clip(document, "b")["volume"])


async def test_an_overlap_is_told_with_a_batch_to_send(api: Service, project: str) -> None:
    """409 with what changed; the rebased batch is accepted as it is."""
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.5})
    mine = {"base_revision": 2, "edits": [{"op": "update_clip", "clip_id": "a", "volume": 0.25}]}
    refused = await api.send("POST", f"projects/{project}/edits", mine)
    body = refused.json()
    assert (409, "edit.conflict", ["a"]) == (
        refused.status_code, body["code"], [one["id"] for one in body["overlap"]],
    )  # fmt: skip
    assert 3 == body["rebased"]["base_revision"]
    done = await api.post(f"projects/{project}/edits", body["rebased"])
    assert 4 == done["revision"]
    assert 0.25 == _clip((await api.get(f"projects/{project}"))["document"], "a")["volume"]


async def test_an_overlap_that_cannot_be_mended_has_no_batch(api: Service, project: str) -> None:
    """Where the element has gone, the reasons are told instead."""
    await api.edit(project, {"op": "remove_clip", "clip_id": "a"})
    mine = {"base_revision": 2, "edits": [{"op": "update_clip", "clip_id": "a", "volume": 0.25}]}
    body = (await api.send("POST", f"projects/{project}/edits", mine)).json()
    assert body["rebased"] is None
    assert {"edit.conflict"} < {problem["code"] for problem in body["problems"]}


async def test_undo_takes_back_the_actors_own(api: Service, project: str) -> None:
    """Undo of one leaves what another did since; redo brings it back; both are revisions."""
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.5}, actor="agent:one")
    await api.edit(project, {"op": "update_clip", "clip_id": "b", "volume": 0.25}, actor="agent:two")
    undone = await api.post(f"projects/{project}/undo", X_Stoat_Actor="agent:one")
    assert (5, 3) == (undone["revision"], undone["of_revision"])
    document = (await api.get(f"projects/{project}"))["document"]
    assert "volume" not in _clip(document, "a")
    assert 0.25 == _clip(document, "b")["volume"]
    nothing = await api.send("POST", f"projects/{project}/undo", X_Stoat_Actor="agent:one")
    assert (409, "undo.nothing") == (nothing.status_code, nothing.json()["code"])
    await api.post(f"projects/{project}/redo", X_Stoat_Actor="agent:one")
    assert 0.5 == _clip((await api.get(f"projects/{project}"))["document"], "a")["volume"]


async def test_undo_gives_the_former_document_back(api: Service, project: str) -> None:
    """Byte for byte, the time of the change aside; and again by redo."""
    before = (await api.get(f"projects/{project}"))["document"]
    await api.edit(
        project,
        {"op": "add_transition", "from": "a", "to": "b", "type": "dissolve", "duration": 0.5},
        {"op": "add_effect", "target": "a", "type": "text_overlay", "params": {"text": "Hi"}},
    )
    after = (await api.get(f"projects/{project}"))["document"]
    for way, expected in (("undo", before), ("redo", after), ("undo", before)):
        await api.post(f"projects/{project}/{way}", X_Stoat_Actor="person:ana")
        found = (await api.get(f"projects/{project}"))["document"]
        assert _without_stamp(expected) == _without_stamp(found)


async def test_undo_is_refused_where_others_overlap(api: Service, project: str) -> None:
    """What somebody built upon is not taken from under them; ?anyone=true takes the newest of all."""
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.5}, actor="agent:one")
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.25}, actor="agent:two")
    refused = await api.send("POST", f"projects/{project}/undo", X_Stoat_Actor="agent:one")
    assert (409, "undo.overlap") == (refused.status_code, refused.json()["code"])
    anyone = await api.post(f"projects/{project}/undo?anyone=true", X_Stoat_Actor="agent:one")
    assert 4 == anyone["of_revision"]


async def test_a_write_of_the_document_names_its_base(api: Service, project: str) -> None:
    """Without If-Match 428, with a stale one 412, with the newest, or any that there is, a revision."""
    path = f"projects/{project}"
    missing = await api.send("PATCH", path, {"name": "New"})
    stale = await api.send("PATCH", path, {"name": "New"}, If_Match='"1"')
    assert [(428, "revision.required"), (412, "revision.stale")] == [
        (answer.status_code, answer.json()["code"]) for answer in (missing, stale)
    ]
    done = await api.send("PATCH", path, {"name": "New"}, If_Match='"2"')
    assert (200, '"3"') == (done.status_code, done.headers["etag"])
    found = await api.http.get(path)
    assert ("New", '"3"') == (found.json()["name"], found.headers["etag"])
    document = {**found.json()["document"], "markers": [{"time": 1, "name": "here"}]}
    written = await api.send("PATCH", path, {"document": document}, If_Match='"3"')
    assert 200 == written.status_code
    assert ["here"] == [mark["name"] for mark in (await api.get(path))["document"]["markers"]]
    for number, change in enumerate(({"name": "Any"}, {"document": document})):
        any_of_them = await api.send("PATCH", path, change, If_Match="*")
        assert (200, f'"{5 + number}"') == (any_of_them.status_code, any_of_them.headers["etag"])


async def test_a_request_with_a_key_is_done_once(api: Service, project: str) -> None:
    """Eight at once are one effect and one answer; the same key with another request is refused."""
    body = {"edits": [{"op": "add_marker", "time": 1, "name": "m"}]}
    send = [api.send("POST", f"projects/{project}/edits", body, Idempotency_Key="k1") for _ in range(8)]
    answers = await asyncio.gather(*send)
    assert {200} == {answer.status_code for answer in answers}
    assert 1 == len({answer.text for answer in answers})
    assert 7 == sum("idempotency-replayed" in answer.headers for answer in answers)
    assert 3 == (await api.get(f"projects/{project}"))["revision"]
    other = {"edits": [{"op": "add_marker", "time": 2, "name": "m"}]}
    refused = await api.send("POST", f"projects/{project}/edits", other, Idempotency_Key="k1")
    assert (422, "idempotency.key_reused") == (refused.status_code, refused.json()["code"])


async def test_a_request_that_was_done_is_answered_though_others_came_after(
    api: Service, project: str
) -> None:
    """What it named as the newest revision is that no more; it was, when it was done."""
    edits = [{"op": "update_clip", "clip_id": "a", "volume": 0.5}]
    sent = {"Idempotency_Key": "before-others", "If_Match": '"2"'}
    first = await api.send("POST", f"projects/{project}/edits", {"edits": edits}, **sent)
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.7})
    again = await api.send("POST", f"projects/{project}/edits", {"edits": edits}, **sent)
    assert (200, 200) == (first.status_code, again.status_code)
    assert (first.json(), "true") == (again.json(), again.headers["Idempotency-Replayed"])
    assert 4 == (await api.get(f"projects/{project}"))["revision"]


async def test_a_stale_document_is_not_written(api: Service, project: str) -> None:
    """Whole documents, too, must be meant for the newest revision."""
    document = (await api.get(f"projects/{project}"))["document"]
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.7})
    stale = await api.send("PATCH", f"projects/{project}", {"document": document}, If_Match='"2"')
    assert (412, "revision.stale") == (stale.status_code, stale.json()["code"])
    assert 3 == (await api.get(f"projects/{project}"))["revision"]


async def test_another_project_under_the_same_id_is_another_one(api: Service) -> None:
    """Nothing of a deleted project comes back with its id."""
    for name in ("First", "Second"):
        made = await api.post("projects", {"document": {"id": "prj_again", "name": name}})
        await api.edit("prj_again", {"op": "add_marker", "time": 1, "name": name})
        found = await api.get("projects/prj_again")
        assert (2, name, [name]) == (
            found["revision"],
            found["document"]["name"],
            [mark["name"] for mark in found["document"]["markers"]],
        )
        assert made["document"] == (await api.get("projects/prj_again/revisions/1"))["document"]
        gone = await api.send("DELETE", "projects/prj_again")
        assert 204 == gone.status_code


async def test_a_revision_is_added_to_the_newest_alone(api: Service, project: str) -> None:
    """Also where nothing else keeps two writers from one another."""
    database = api.studio.database
    head = database.read_now(lambda connection: revisions.load(connection, project))
    after = revisions.make(head, head.document)

    def add(change: Change) -> None:
        revisions.add(change, head, after, kind="edit", edits=[], spans=[])

    await database.write(add)
    with pytest.raises(Conflict, match="at the same moment"):
        await database.write(add)
    assert 3 == database.read_now(lambda connection: revisions.head(connection, project))


async def test_history_restore_and_names(api: Service, project: str) -> None:
    """The history tells who, why and how; a restored revision is a new one with the old document."""
    await api.edit(project, {"op": "remove_clip", "clip_id": "b"}, intent="shorter", actor="agent:cut")
    history = await api.get(f"projects/{project}/revisions")
    newest = history["items"][0]
    assert (3, 3, "agent:cut", "shorter", "edit", ["remove_clip"]) == (
        history["total"], newest["revision"], newest["actor"], newest["intent"], newest["kind"],
        [edit["op"] for edit in newest["edits"]],
    )  # fmt: skip
    named = await api.send("PATCH", f"projects/{project}/revisions/2", {"label": "first cut"})
    assert 200 == named.status_code
    assert "first cut" == (await api.get(f"projects/{project}/revisions/2"))["label"]
    restored = await api.post(f"projects/{project}/revisions/2/restore")
    assert (4, 2) == (restored["revision"], restored["of_revision"])
    old = (await api.get(f"projects/{project}/revisions/2"))["document"]
    new = (await api.get(f"projects/{project}"))["document"]
    assert _without_stamp(old) == _without_stamp(new)
    unknown = await api.http.get(f"projects/{project}/revisions/99")
    assert (404, "revision.not_found") == (unknown.status_code, unknown.json()["code"])


async def test_diff_tells_elements_and_spans(api: Service, project: str) -> None:
    """What was added, removed and changed, and where the timeline is another."""
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.5})
    await api.edit(project, {"op": "remove_clip", "clip_id": "b"})
    found = await api.get(f"projects/{project}/diff", **{"from": 2})
    assert (2, 4) == (found["from"], found["to"])
    assert {("a", "changed"), ("b", "removed")} == {(one["id"], one["change"]) for one in found["elements"]}
    assert [{"start": 0.0, "end": 4.0}] == found["spans"]


async def test_validate_tells_what_stands_in_the_way(api: Service) -> None:
    """A project that can be rendered is valid; one without a clip is not yet."""
    document = {
        "tracks": [{"id": "v", "type": "video", "clips": [{"id": "a", "source": TEST, "out_point": 1}]}]
    }
    made = (await api.post("projects", {"document": document}))["id"]
    whole = await api.post(f"projects/{made}/validate")
    assert (True, []) == (whole["valid"], whole["problems"])
    empty = (await api.post("projects", {"name": "Empty"}))["id"]
    found = await api.post(f"projects/{empty}/validate")
    assert (False, ["project.empty"]) == (found["valid"], [one["code"] for one in found["problems"]])


async def test_the_founding_designs_routes_make_the_same_edits(api: Service, project: str) -> None:
    """Clips, effects, transitions and layouts by their own routes, each a revision with typed edits."""
    base = f"projects/{project}"
    clip = await api.post(f"{base}/clips", {"source": TEST, "in_point": 0, "out_point": 1})
    assert ("main", 4.0, 5.0) == (clip["track_id"], clip["timeline_start"], clip["timeline_end"])
    effect = await api.post(
        f"{base}/clips/{clip['id']}/effects", {"effect_type": "text_overlay", "parameters": {"text": "Hi"}}
    )
    assert ("text_overlay", "Hi", 4) == (
        effect["effect_type"],
        effect["parameters"]["text"],
        effect["revision"],
    )
    assert effect["filter_string"].startswith("drawtext=")
    fade = {"effect_type": "video_fade", "parameters": {"fade_type": "out", "duration": 0.25}}
    faded = await api.post(f"{base}/clips/{clip['id']}/effects", fade)
    assert "st=0.75" in faded["filter_string"]
    patched = await api.send(
        "PATCH", f"{base}/clips/{clip['id']}/effects/{effect['id']}", {"parameters": {"fontsize": 20}}
    )
    assert {"text": "Hi", "fontsize": 20} == patched.json()["parameters"]
    moved = await api.send("PATCH", f"{base}/clips/{clip['id']}", {"timeline_start": 6, "volume": 0.5})
    assert (6.0, 0.5) == (moved.json()["timeline_start"], moved.json()["volume"])
    edge = await api.post(
        f"{base}/effects/transition", {"from": "a", "to": "b", "type": "wipeleft", "duration": 0.5}
    )
    assert ("wipeleft", 0.5) == (edge["type"], edge["duration"])
    words = {"clip_id": clip["id"], "text": "Chapter 1", "start": 0, "duration": 1}
    text = await api.post("effects/text", words)
    assert "Chapter 1" == text["parameters"]["text"]
    split = await api.post(f"{base}/clips/b/split", {"at": 2.5})
    assert "split_clip" == split["results"][0]["op"]
    gone = await api.send("DELETE", f"{base}/clips/{clip['id']}")
    assert 200 == gone.status_code
    unknown = await api.http.get(f"{base}/clips/{clip['id']}")
    assert (404, "clip.not_found") == (unknown.status_code, unknown.json()["code"])
    ops = [edit["op"] for item in (await api.get(f"{base}/revisions"))["items"] for edit in item["edits"]]
    assert {"add_clip", "add_effect", "update_effect", "move_clip", "update_clip", "add_transition"} <= set(
        ops
    )


async def test_a_clip_of_several_projects_must_be_told_apart(api: Service, project: str) -> None:
    """Without the project the route names those that may be meant."""
    await api.post(
        "projects", {"document": (await api.get(f"projects/{project}"))["document"] | {"id": None}}
    )
    refused = await api.send("POST", "effects/text", {"clip_id": "a", "text": "Hi"})
    assert (409, "clip.ambiguous") == (refused.status_code, refused.json()["code"])
    assert project in refused.json()["problems"][0]["allowed"]


async def test_events_are_told_in_order(api: Service, project: str) -> None:
    """A change is an event with its revision, actor, spans and correlation id."""
    with api.studio.bus.subscribe(project_id=project) as heard:
        body = {"edits": [{"op": "remove_clip", "clip_id": "b"}], "intent": "shorter"}
        headers = {"X-Correlation-ID": "mine-1", "X-Stoat-Actor": "agent:cut"}
        await api.http.post(f"projects/{project}/edits", json=body, headers=headers)
        message = await asyncio.wait_for(anext(heard), 5)
    event = json.loads(message.text)
    assert ("PROJECT_CHANGED", 3, "agent:cut", "mine-1", "shorter") == (
        event["type"], event["revision"], event["actor"], event["correlation_id"], event["data"]["intent"],
    )  # fmt: skip
    assert [{"start": 2.0, "end": 4.0}] == event["data"]["spans"]


async def test_a_deleted_project_is_gone_and_kept(api: Service, project: str) -> None:
    """It is not found any more; its folder lies among the deleted ones."""
    slug = (await api.get(f"projects/{project}"))["slug"]
    assert 204 == (await api.send("DELETE", f"projects/{project}")).status_code
    assert 404 == (await api.http.get(f"projects/{project}")).status_code
    await asyncio.to_thread(api.studio.keeper.settle)
    folders = api.studio.settings.projects_dir
    assert not (folders / slug).exists()
    assert 1 == len(list((folders / ".deleted").glob(f"{slug}-2*")))


async def test_the_folder_holds_every_revision(api: Service, project: str) -> None:
    """project.json is the newest; each version and its line in the log agree with the history."""
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.5}, intent="softer")
    history = (await api.get(f"projects/{project}/revisions"))["items"]
    found = await api.get(f"projects/{project}")
    document = found["document"]
    await asyncio.to_thread(api.studio.keeper.settle)
    folder = api.studio.settings.projects_dir / found["slug"]
    assert document == json.loads((folder / "project.json").read_bytes())
    lines = [json.loads(line) for line in (folder / ".versions" / "log.jsonl").read_text().splitlines()]
    assert [(item["revision"], item["sha256"], item["intent"]) for item in reversed(history)] == [
        (line["revision"], line["sha256"], line["intent"]) for line in lines
    ]
    for line in lines:
        version = json.loads((folder / ".versions" / f"v{line['revision']:03}.json").read_bytes())
        assert line["sha256"] == checksum(canonical(version))


async def test_the_folder_is_written_once_for_many_edits(
    api: Service, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every revision has its version; the project's file is written for the newest of those that wait."""
    shown: list[Any] = []
    real = Folder.show

    def show(self: Folder, document: Any, assets: Any) -> Any:
        shown.append(document["id"])
        return real(self, document, assets)

    await asyncio.to_thread(api.studio.keeper.settle)
    monkeypatch.setattr(Folder, "show", show)
    for number in range(20):
        await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": number / 20})
    await asyncio.to_thread(api.studio.keeper.settle)
    assert 1 <= shown.count(project) < 10
    found = await api.get(f"projects/{project}")
    folder = api.studio.settings.projects_dir / found["slug"]
    assert found["document"] == json.loads((folder / "project.json").read_bytes())
    for number in range(3, 23):
        kept = (await api.get(f"projects/{project}/revisions/{number}"))["document"]
        assert canonical(kept) + b"\n" == (folder / ".versions" / f"v{number:03}.json").read_bytes()


async def test_a_project_that_comes_again_under_its_id_has_its_folder(api: Service) -> None:
    """Made, deleted and made anew in one breath: what waits for the folders is done in its order."""
    document = {"id": "prj_again", "name": "Again", "tracks": []}
    await api.post("projects", {"document": document})
    await api.send("DELETE", "projects/prj_again")
    made = await api.post("projects", {"document": {**document, "markers": [{"time": 1, "name": "m"}]}})
    await asyncio.to_thread(api.studio.keeper.settle)
    folder = api.studio.settings.projects_dir / made["slug"]
    assert made["document"] == json.loads((folder / "project.json").read_bytes())


async def test_a_revision_knows_the_sources_that_edits_bring_and_take(api: Service, project: str) -> None:
    """What is carried over from the revision before is what a look at the document finds."""
    made = sound(api.studio.settings.media_roots[0] / "sources.wav", 1, seconds=1)
    for edit in (
        {"op": "create_track", "id": "sound", "type": "audio"},
        {"op": "add_clip", "id": "s", "track_id": "sound", "source": made.name, "out_point": 1},
        {"op": "update_clip", "clip_id": "s", "volume": 0.5},
        {"op": "split_clip", "clip_id": "a", "at": 1},
        {"op": "remove_track", "track_id": "sound"},
    ):
        await api.edit(project, edit)
        found = await api.studio.projects.get(project)
        assert sources(found.document) == found.sources


async def test_what_only_its_filters_refuse_is_refused_by_every_edit(api: Service, project: str) -> None:
    """A sound project is tried only where it changes; what cannot be built there is refused as ever."""
    grows = {"keyframes": [{"time": 0, "value": 0.5}, {"time": 1, "value": 1.0}]}
    edit = {"op": "update_clip", "clip_id": "b", "transform": {"width": grows, "rotation": 10}}
    for volume in (0.5, 0.6):
        await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": volume})
        refused = await api.send("POST", f"projects/{project}/edits", {"edits": [edit]})
        assert (422, "transform.unsupported") == (refused.status_code, refused.json()["problems"][0]["code"])


async def test_a_project_that_has_not_changed_is_not_sent_again(api: Service, project: str) -> None:
    """304 answers the ETag of the newest revision, weak or among others; any edit makes it stale."""
    tag = (await api.send("GET", f"projects/{project}")).headers["etag"]
    for seen in (tag, f"W/{tag}", f'"99", {tag}'):
        same = await api.send("GET", f"projects/{project}", If_None_Match=seen)
        assert (304, b"", tag) == (same.status_code, same.content, same.headers["etag"])
    await api.edit(project, {"op": "update_clip", "clip_id": "a", "volume": 0.5})
    fresh = await api.send("GET", f"projects/{project}", If_None_Match=tag)
    assert (200, 0.5) == (fresh.status_code, _clip(fresh.json()["document"], "a")["volume"])


async def test_a_deleted_projects_folder_is_gone_before_the_answer(api: Service) -> None:
    """Whoever makes a project of the same name at once works in another folder, which nobody takes away."""
    document = {"id": "prj_next", "name": "Next", "tracks": []}
    folder = api.studio.settings.projects_dir / "next"
    for _ in range(5):
        await api.post("projects", {"document": document})
        await asyncio.to_thread(api.studio.keeper.settle)
        assert folder.exists()
        await api.post("projects", {"name": "Busy"})
        await api.send("DELETE", "projects/prj_next")
        assert not folder.exists()
