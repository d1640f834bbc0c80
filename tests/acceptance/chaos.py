"""Kills the service at random moments while it is edited, and looks whether it lied.

    python tests/acceptance/chaos.py --kills 300 --seed 1      (make chaos N=300 SEED=1)

One round: start the service on the data that the last kill left, check that every edit that was acknowledged
is there once and that every project is whole, send again what got no answer, edit on with random batches from
three clients, and kill it with SIGKILL somewhere within that; now and then before it answers at all.
At the end everything is looked at once more, from the first revision on, in the database and in the folders.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson

from stoat_ferret.model.document import canonical, checksum
from stoat_ferret.storage.folders import Folder
from stoat_ferret.testing.server import Server

KILLS = 300
"""In all, where nothing else is asked for."""
_CLIENTS = 3
_PROJECTS = 3
_WINDOW = (0.05, 0.9)
"""Seconds from the first answer to the kill."""
_EARLY = 0.08
"""Share of the kills that meet the service before it answers."""
_CATCH_UP_SECONDS = 20.0
_MOST_CLIPS, _MOST_MARKERS = 30, 20

_SOURCES: tuple[dict[str, Any], ...] = (
    {"generator": "testsrc"},
    {"generator": "color", "color": "#336699"},
    {"generator": "title", "text": "It's 100%"},
)


@dataclass
class Toll:
    """What was seen."""

    kills: int = 0
    early: int = 0
    """Kills before the service answered."""
    acknowledged: int = 0
    replayed: int = 0
    unanswered: int = 0
    lost: list[str] = field(default_factory=list)
    """Edits that were acknowledged and are not there, or not as they were acknowledged, or twice."""
    torn: list[str] = field(default_factory=list)
    """Projects or folders that are not whole."""
    failed_starts: int = 0
    slowest_start: float = 0.0

    @property
    def sound(self) -> bool:
        """Nothing was lost, torn, or did not start."""
        return not (self.lost or self.torn or self.failed_starts)

    def to_json(self) -> dict[str, Any]:
        """For people and scripts."""
        return {**vars(self), "lost": self.lost[:20], "torn": self.torn[:20], "sound": self.sound}


@dataclass
class Sent:
    """A request whose answer is remembered, or was never seen."""

    path: str
    body: dict[str, Any]
    key: str
    answer: dict[str, Any] | None = None


class Client:
    """One who edits, and remembers every answer."""

    def __init__(self, name: str, projects: list[str], seed: int) -> None:
        self.name = name
        self.projects = projects
        self.random = random.Random(seed)
        self.open: Sent | None = None
        """What got no answer."""
        self.done: list[Sent] = []
        """What was acknowledged since the last look."""
        self.failures: list[str] = []

    def run(self, url: str, until: threading.Event, answers: threading.Event) -> None:
        """Edit until the service is gone."""
        headers = {"X-Stoat-Actor": self.name}
        with (
            httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=20) as http,
            contextlib.suppress(httpx.HTTPError),
        ):
            while not until.is_set():
                self._send(http, self.open or self._next(http))
                answers.set()

    def _send(self, http: httpx.Client, sent: Sent) -> None:
        self.open = sent
        response = http.post(sent.path, json=sent.body, headers={"Idempotency-Key": sent.key})
        if response.status_code >= 500:
            self.failures.append(f"{response.status_code} {response.text[:300]}")
        if response.status_code == 200:
            sent.answer = response.json()
            self.done.append(sent)
        # What is refused is answered, too: another overlaps, or there is nothing to undo.
        self.open = None

    def _next(self, http: httpx.Client) -> Sent:
        project = self.random.choice(self.projects)
        key = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        choice = self.random.random()
        if choice < 0.1:
            return Sent(f"projects/{project}/undo", {}, key)
        if choice < 0.15:
            return Sent(f"projects/{project}/redo", {}, key)
        found = http.get(f"projects/{project}").json()
        edits = [self._edit(found["document"]) for _ in range(self.random.randint(1, 3))]
        # The intent makes each batch one that can be found again.
        body = {"base_revision": found["revision"], "edits": edits, "intent": key}
        return Sent(f"projects/{project}/edits", body, key)

    def _edit(self, document: dict[str, Any]) -> dict[str, Any]:
        tracks = document["tracks"]
        clips = [clip for track in tracks for clip in track["clips"]]
        if not tracks:
            return {"op": "create_track", "type": "video"}
        if len(clips) < 3 or (self.random.random() < 0.4 and len(clips) < _MOST_CLIPS):
            return {
                "op": "add_clip",
                "track_id": self.random.choice(tracks)["id"],
                "source": self.random.choice(_SOURCES),
                "out_point": self.random.randint(1, 90) / 30,
                "name": f"{self.name} {self.random.random():.6f}",
            }
        if len(document["markers"]) >= _MOST_MARKERS:
            return {"op": "remove_marker", "marker_id": self.random.choice(document["markers"])["id"]}
        clip = self.random.choice(clips)["id"]
        return self.random.choice(
            [
                {"op": "update_clip", "clip_id": clip, "name": f"{self.name} {self.random.random():.6f}"},
                {"op": "update_clip", "clip_id": clip, "volume": round(self.random.random(), 3)},
                {"op": "remove_clip", "clip_id": clip, "ripple": self.random.random() < 0.5},
                {"op": "add_marker", "time": self.random.randint(0, 300) / 30, "name": "m"},
            ]
        )


@dataclass
class Seen:
    """What an earlier look found in a project: none of it may change."""

    name: str
    sums: dict[int, str] = field(default_factory=dict)
    """The documents' checksums, by revision."""
    intents: dict[str, int] = field(default_factory=dict)
    """Where each batch is."""


def run(*, kills: int, seed: int, folder: Path, server: Server | None = None, say: bool = False) -> Toll:
    """Kill the service so often; what came of it. `server`: another one than the product's own."""
    toll = Toll()
    chance = random.Random(seed)
    server = server or Server(folder / "data", rate_limit="0", log_level="WARNING")
    projects: list[Seen] = []
    with _started(server, toll), server.client() as http:
        for number in range(_PROJECTS):
            projects.append(Seen(http.post("projects", json={"name": f"Chaos {number}"}).json()["id"]))
    names = [seen.name for seen in projects]
    clients = [Client(f"agent:{number}", names, seed * 1000 + number) for number in range(_CLIENTS)]
    while toll.kills < kills and toll.sound:
        if chance.random() < _EARLY:
            _kill_early(server, chance, toll)
            continue
        with _started(server, toll):
            _look(server, projects, clients, toll)
            _edit_until_killed(server, clients, chance.uniform(*_WINDOW))
            toll.kills += 1
        if say and toll.kills % 10 == 9:
            print(json.dumps(toll.to_json()), flush=True)
    with _started(server, toll):
        _look(server, projects, clients, toll)
        _look(server, [Seen(name) for name in names], clients, toll)
        assert 0 == server.stop(), server.tail()
    _look_at_folders(server.data_dir / "projects", projects, toll)
    for client in clients:
        toll.lost.extend(f"{client.name}: {failure}" for failure in client.failures)
    return toll


@contextlib.contextmanager
def _started(server: Server, toll: Toll) -> Iterator[None]:
    began = time.monotonic()
    try:
        server.start()
    except AssertionError:
        toll.failed_starts += 1
        raise
    toll.slowest_start = max(toll.slowest_start, round(time.monotonic() - began, 2))
    try:
        yield
    finally:
        if server.process.poll() is None:
            server.kill()


def _kill_early(server: Server, chance: random.Random, toll: Toll) -> None:
    server.launch()
    # The moment is the experiment: nothing is waited for.
    time.sleep(chance.uniform(0.0, toll.slowest_start))
    server.kill()
    toll.kills += 1
    toll.early += 1


def _edit_until_killed(server: Server, clients: list[Client], seconds: float) -> None:
    until, answers = threading.Event(), threading.Event()
    threads = [threading.Thread(target=client.run, args=(server.url, until, answers)) for client in clients]
    for thread in threads:
        thread.start()
    assert answers.wait(60), server.tail()
    # The moment is the experiment: nothing is waited for.
    time.sleep(seconds)
    server.kill()
    until.set()
    for thread in threads:
        thread.join()


def _look(server: Server, projects: list[Seen], clients: list[Client], toll: Toll) -> None:
    """Is everything there that was acknowledged, once, and whole?"""
    with server.client() as http:
        for client in clients:
            _replay(http, client, toll)
        for seen in projects:
            news = _news(http, seen)
            _compare(seen, news, clients, toll)
            _whole(server, http, seen, toll)
        for client in clients:
            client.done.clear()


def _replay(http: httpx.Client, client: Client, toll: Toll) -> None:
    """Acknowledged requests, sent again, are answered as before and change nothing."""
    for sent in client.done[-4:]:
        headers = {"Idempotency-Key": sent.key, "X-Stoat-Actor": client.name}
        again = http.post(sent.path, json=sent.body, headers=headers)
        if again.status_code != 200 or again.json() != sent.answer:
            toll.lost.append(f"replay of {sent.key}: {again.status_code} {again.text[:200]}")
        toll.replayed += 1
    toll.unanswered += client.open is not None


def _news(http: httpx.Client, seen: Seen) -> dict[int, dict[str, Any]]:
    """The revisions since the last look, and the ten before them."""
    found: dict[int, dict[str, Any]] = {}
    known = max(seen.sums, default=0)
    while True:
        query = {"limit": 200, "offset": len(found)}
        page = http.get(f"projects/{seen.name}/revisions", params=query).json()
        found.update({item["revision"]: item for item in page["items"]})
        if len(found) >= page["total"] or min(found) <= known - 10:
            return found


def _compare(seen: Seen, news: dict[int, dict[str, Any]], clients: list[Client], toll: Toll) -> None:
    """Acknowledged revisions are there once, with author and edits, and none that was seen has changed."""
    for number, entry in news.items():
        if seen.sums.setdefault(number, entry["sha256"]) != entry["sha256"]:
            toll.lost.append(f"{seen.name} revision {number} changed")
        if entry["intent"] is not None and seen.intents.setdefault(entry["intent"], number) != number:
            toll.lost.append(f"{seen.name} revision {number}: {entry['intent']} was done twice")
    newest = max(news)
    if sorted(seen.sums) != list(range(1, newest + 1)):
        toll.torn.append(f"{seen.name}: the revisions are not 1 to {newest}")
    for client in clients:
        for sent in client.done:
            if sent.answer is not None and sent.answer["project_id"] == seen.name:
                toll.acknowledged += 1
                if (wrong := _wrong(client, sent, sent.answer, news)) is not None:
                    toll.lost.append(
                        f"{seen.name} revision {sent.answer['revision']} of {client.name} {wrong}"
                    )


def _wrong(client: Client, sent: Sent, answer: dict[str, Any], news: dict[int, dict[str, Any]]) -> str | None:
    entry = news.get(answer["revision"])
    if entry is None:
        return "is gone"
    if entry["actor"] != client.name or entry["intent"] != sent.body.get("intent"):
        return "is another's"
    ops = [edit["op"] for edit in sent.body.get("edits", ())]
    if [edit["op"] for edit in entry["edits"]] != ops:
        return "has other edits"
    return None


def _whole(server: Server, http: httpx.Client, seen: Seen, toll: Toll) -> None:
    """The newest revision is what its checksum says, and the folder catches up with it."""
    newest = max(seen.sums)
    project = http.get(f"projects/{seen.name}").json()
    if project["revision"] != newest or checksum(canonical(project["document"])) != seen.sums[newest]:
        toll.torn.append(f"{seen.name}: revision {newest} is not what its checksum says")
    path = server.data_dir / "projects" / project["slug"] / "project.json"
    deadline = time.monotonic() + _CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            # A file that is replaced whole can be read at any moment.
            if orjson.loads(path.read_bytes()) == project["document"]:
                return
        time.sleep(0.01)
    toll.torn.append(f"{path.name} of {seen.name} did not become revision {newest}\n{server.tail()[-500:]}")


def _look_at_folders(root: Path, projects: list[Seen], toll: Toll) -> None:
    """Every revision that was ever seen lies in its folder, as it was."""
    sums = {seen.name: seen.sums for seen in projects}
    for place in sorted(root.iterdir()):
        folder = Folder(place)
        log = folder.log()
        name = log[1].project_id
        if {number: version.sha256 for number, version in log.items()} != sums.pop(name):
            toll.torn.append(f"{place.name}: its log differs from the database")
        toll.torn.extend(f"{place.name}: revision {number} is damaged" for number in folder.damaged())
        if aside := sorted(path.name for path in place.glob("project.set-aside-*")):
            toll.torn.append(f"{place.name}: {aside} was set aside, and nobody else writes here")
    toll.torn.extend(f"{name}: it has no folder" for name in sums)


def main() -> None:
    """Run it by hand."""
    options = argparse.ArgumentParser(description="Kill the service at random moments; count what is lost.")
    options.add_argument("--kills", type=int, default=KILLS)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stoat-chaos-") as folder:
        toll = run(kills=given.kills, seed=given.seed, folder=Path(folder), say=True)
    print(json.dumps({**toll.to_json(), "seconds": round(time.monotonic() - began)}, indent=2))
    sys.exit(0 if toll.sound else 1)


if __name__ == "__main__":
    main()
