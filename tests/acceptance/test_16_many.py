"""Many edit at once: nobody's edit is lost, and no request is done twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from stoat_ferret.testing.server import Server

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(1200)]

CLIENTS, EDITS = 64, 50
KEYS, DUPLICATES = 1000, 8
SHARED = 16
"""Clips that everybody changes."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Give a service without a limit on requests."""
    with Server(tmp_path / "data", rate_limit="0", log_level="WARNING") as made:
        yield made


def visitor(server: Server, name: str, connections: int = 1) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{server.url}/api/v1/",
        headers={"X-Stoat-Actor": name},
        timeout=120,
        limits=httpx.Limits(max_connections=connections),
    )


@dataclass
class Editor:
    """One who reads, edits, and sends the rebased batch where others were faster."""

    number: int
    project: str
    acknowledged: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    """By intent: the revision, and the edit."""
    rebased: int = 0
    conflicts: int = 0

    @property
    def name(self) -> str:
        return f"agent:{self.number}"

    async def run(self, http: httpx.AsyncClient) -> None:
        chance = random.Random(self.number)
        for turn in range(EDITS):
            # Read as an editor does who then thinks for a while: others edit meanwhile.
            head = (await http.get("projects", params={"limit": 1})).json()["items"][0]
            edit = self._edit(chance, turn)
            intent = f"{self.name} {turn}"
            batch = {"base_revision": head["revision"], "edits": [edit], "intent": intent}
            while intent not in self.acknowledged:
                answer = await http.post(f"projects/{self.project}/edits", json=batch)
                if answer.status_code == 409:
                    self.conflicts += 1
                    batch = answer.json()["rebased"]
                    continue
                assert 200 == answer.status_code, answer.text
                body = answer.json()
                self.rebased += bool(body.get("rebased_over"))
                self.acknowledged[intent] = body["revision"], edit

    def _edit(self, chance: random.Random, turn: int) -> dict[str, Any]:
        label = f"{self.number}.{turn}"
        match chance.random():
            case part if part < 0.75:
                return {"op": "update_clip", "clip_id": f"own-{self.number}", "name": label}
            case part if part < 0.85:
                return {"op": "update_clip", "clip_id": f"shared-{chance.randrange(SHARED)}", "name": label}
            case part if part < 0.87:
                return {"op": "update_track", "track_id": "shared", "name": label}
            case _ if turn % 2:
                return {"op": "add_marker", "id": f"mk-{self.number}-{turn}", "time": turn, "name": label}
            case _:
                return {"op": "update_project", "metadata": {"title": label}}


def clip(name: str, track: str) -> dict[str, Any]:
    return {
        "op": "add_clip",
        "id": name,
        "track_id": track,
        "source": {"generator": "color", "color": "#204060"},
        "out_point": 0.1,
    }


async def history(http: httpx.AsyncClient, project: str) -> dict[int, dict[str, Any]]:
    """Every revision by its number."""
    found: dict[int, dict[str, Any]] = {}
    while True:
        query = {"limit": 500, "offset": len(found)}
        page = (await http.get(f"projects/{project}/revisions", params=query)).json()
        found.update({item["revision"]: item for item in page["items"]})
        if not page["items"]:
            return found


def target_of(edit: dict[str, Any]) -> tuple[str, str]:
    """What the edit writes."""
    place = edit.get("clip_id") or edit.get("track_id") or edit.get("id") or "project"
    return edit["op"], place


def value_in(document: dict[str, Any], edit: dict[str, Any]) -> Any:
    """What the document says where the edit wrote."""
    clips = {clip["id"]: clip for track in document["tracks"] for clip in track["clips"]}
    tracks = {track["id"]: track for track in document["tracks"]}
    markers = {marker["id"]: marker for marker in document["markers"]}
    match edit["op"]:
        case "update_clip":
            return clips[edit["clip_id"]]["name"]
        case "update_track":
            return tracks[edit["track_id"]]["name"]
        case "add_marker":
            return markers[edit["id"]]["name"]
        case _:
            return document["metadata"]["title"]


def meant(edit: dict[str, Any]) -> Any:
    return edit["metadata"]["title"] if edit["op"] == "update_project" else edit["name"]


async def test_no_update_of_64_clients_is_lost(server: Server) -> None:
    """64 clients make 50 edits each, on their own and on shared clips: all are in the history, and count."""
    async with visitor(server, "person:host") as http:
        project = (await http.post("projects", json={"name": "Crowd"})).json()["id"]
        made = [
            {"op": "create_track", "type": "video", "id": "shared"},
            {"op": "create_track", "type": "video", "id": "own"},
            *(clip(f"shared-{number}", "shared") for number in range(SHARED)),
            *(clip(f"own-{number}", "own") for number in range(CLIENTS)),
        ]
        answer = await http.post(f"projects/{project}/edits", json={"edits": made})
        assert 200 == answer.status_code, answer.text
        editors = [Editor(number, project) for number in range(CLIENTS)]
        visitors = [visitor(server, editor.name) for editor in editors]
        try:
            await asyncio.gather(*(editor.run(one) for editor, one in zip(editors, visitors, strict=True)))
        finally:
            for one in visitors:
                await one.aclose()
        found = await history(http, project)
        document = (await http.get(f"projects/{project}")).json()["document"]

    acknowledged = {key: value for editor in editors for key, value in editor.acknowledged.items()}
    assert CLIENTS * EDITS == len(acknowledged)
    assert list(range(1, CLIENTS * EDITS + 3)) == sorted(found)
    assert {key: revision for key, (revision, _) in acknowledged.items()} == {
        entry["intent"]: number for number, entry in found.items() if entry["intent"] is not None
    }
    assert all(
        entry["intent"].startswith(f"{entry['actor']} ") for entry in found.values() if entry["intent"]
    )
    last: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
    for revision, edit in acknowledged.values():
        last[target_of(edit)] = max(
            last.get(target_of(edit), (0, {})), (revision, edit), key=lambda one: one[0]
        )
    for _, edit in last.values():
        assert meant(edit) == value_in(document, edit)
    # Both ways were gone: with others' edits over one's own, and around them.
    assert sum(editor.rebased for editor in editors) > CLIENTS
    assert sum(editor.conflicts for editor in editors) > CLIENTS


async def test_a_thousand_keys_sent_eight_times_have_a_thousand_effects(server: Server) -> None:
    """Whoever comes first does it, and everybody with its key gets its answer."""
    async with visitor(server, "agent:again", connections=32) as http:
        project = (await http.post("projects", json={"name": "Again"})).json()["id"]
        requests = [number for number in range(KEYS) for _ in range(DUPLICATES)]
        # The eight of a key are near each other, so that they meet.
        order = random.Random(1)
        places = sorted(range(len(requests)), key=lambda place: place // 64 * 64 + order.randrange(64))
        gate = asyncio.Semaphore(32)

        async def send(number: int) -> tuple[int, httpx.Response]:
            body = {
                "edits": [{"op": "update_project", "metadata": {"title": f"{number}"}}],
                "intent": f"{number}",
            }
            async with gate:
                return number, await http.post(
                    f"projects/{project}/edits", json=body, headers={"Idempotency-Key": f"key-{number}"}
                )

        answers = await asyncio.gather(*(send(requests[place]) for place in places))
        found = await history(http, project)

    assert {200} == {answer.status_code for _, answer in answers}
    assert list(range(1, KEYS + 2)) == sorted(found)
    assert Counter({f"{number}": 1 for number in range(KEYS)}) == Counter(
        entry["intent"] for entry in found.values() if entry["intent"] is not None
    )
    said: dict[int, set[bytes]] = {}
    for number, answer in answers:
        said.setdefault(number, set()).add(answer.content)
    assert {1} == {len(bodies) for bodies in said.values()}
    first = Counter(number for number, answer in answers if "Idempotency-Replayed" not in answer.headers)
    assert Counter(range(KEYS)) == first
