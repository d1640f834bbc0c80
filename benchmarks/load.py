"""The service under load: many clients on one project and one library, and many who watch."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.footage import ffmpeg
from benchmarks.prepared import document, prepare
from stoat_ferret.testing.server import Server

__all__ = ["figures"]

CLIENTS = 50
WATCHERS = 500
READ_GOAL = 20.0
EDIT_GOAL = 50.0
EVENT_GOAL = 250.0
MEMORY_GOAL = 1.05

_WARM_SECONDS = 8.0


@dataclass(frozen=True, kw_only=True)
class Times:
    """Answer times of one kind, milliseconds."""

    kind: str
    values: Sequence[float]

    def at(self, hundredth: int) -> float:
        """A percentile."""
        if len(self.values) < 2:
            return self.values[0] if self.values else float("nan")
        return statistics.quantiles(self.values, n=100, method="inclusive")[hundredth - 1]

    def line(self) -> str:
        """As text."""
        return (
            f"  {self.kind:<22} {len(self.values):6}  p50 {self.at(50):7.1f}  p95 {self.at(95):7.1f}  "
            f"p99 {self.at(99):7.1f}  max {max(self.values):7.1f} ms"
        )


class Process:
    """What the server takes, as the kernel tells."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._page = os.sysconf("SC_PAGE_SIZE")
        self._tick = os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Resident MiB."""
        return int(Path(f"/proc/{self._pid}/statm").read_text().split()[1]) * self._page / 2**20

    @property
    def worked(self) -> float:
        """Seconds of processor time."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / self._tick


def figures(folder: Path, work: Path, *, short: bool) -> list[Figure]:
    """Clients alone, then clients beside those who watch; the times of every kind are printed."""
    seconds = 15.0 if short else 60.0
    prepared = prepare(folder, work)
    limits = {"rate_limit": "1000000", "ffmpeg": ffmpeg()}
    with Server(prepared.data, media_root=prepared.media, **limits) as server:
        with server.client() as client:
            made = client.post("projects", json={"name": "Load", "document": document(prepared.videos)})
            made.raise_for_status()
        order = {"url": server.url, "project": made.json()["id"], "videos": prepared.videos}
        process = Process(server.process.pid)
        _crowd({**order, "seconds": _WARM_SECONDS, "clients": CLIENTS})
        with _memory(process) as memory:
            alone = _measured("50 clients", process, {**order, "seconds": seconds, "clients": CLIENTS})
            middle = len(memory)
            with _watched({**order, "seconds": seconds + 2, "watchers": WATCHERS}) as seen:
                beside = _measured(
                    "50 clients beside 500 who watch",
                    process,
                    {**order, "seconds": seconds, "clients": CLIENTS},
                )
        late = Times(kind="events", values=[one * 1000 for one in seen["late"]])
        print(late.line())
        first, last = memory[: middle // 5 or 1], memory[middle * 4 // 5 : middle]
        kept = memory[-max(1, middle // 5) :]
        assert server.stop() == 0, server.tail()
    errors = [*alone.errors, *beside.errors, *seen["errors"]]
    for error in errors[:10]:
        print(f"  error: {error}")
    print(
        f"  memory, MiB: {statistics.median(first):.0f} at first, {statistics.median(last):.0f} "
        f"after the clients, {statistics.median(kept):.0f} with those who watch"
    )
    return [
        *_goals("50 clients", alone),
        *_goals("50 clients beside 500 watchers", beside),
        Figure(what="events to 500 watchers p99, ms", value=late.at(99), most=EVENT_GOAL),
        Figure(what="errors", value=len(errors), most=0),
        Figure(
            what="memory of the server, end / start",
            value=statistics.median(last) / statistics.median(first),
            most=MEMORY_GOAL,
        ),
        Figure(
            what="memory of the server with watchers, end / start",
            value=statistics.median(kept) / statistics.median(first),
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What clients saw."""

    reads: Times
    edits: Times
    nothing: Times
    worked: float
    """The server's processor time, as a share of one processor."""
    errors: list[str]


def _goals(where: str, seen: Loaded) -> list[Figure]:
    nothing = max(seen.nothing.at(50), 0.01)
    return [
        Figure(what=f"{where}: reads p95, ms", value=seen.reads.at(95), most=READ_GOAL),
        Figure(what=f"{where}: edit batches p95, ms", value=seen.edits.at(95), most=EDIT_GOAL),
        Figure(what=f"{where}: reads p50 / question about the process", value=seen.reads.at(50) / nothing),
        Figure(what=f"{where}: processors that the server kept busy", value=seen.worked),
    ]


def _measured(title: str, process: Process, order: dict[str, Any]) -> Loaded:
    before, started = process.worked, time.monotonic()
    answer = _crowd(order)
    worked = (process.worked - before) / (time.monotonic() - started)
    kinds = [
        Times(kind=kind, values=[one * 1000 for one in values])
        for kind, values in sorted(answer["seconds"].items())
    ]
    edits = [value for kind in kinds if kind.kind.startswith("edit") for value in kind.values]
    others = [kind for kind in kinds if not kind.kind.startswith("edit") and kind.kind != "nothing"]
    loaded = Loaded(
        reads=Times(kind="all reads", values=[value for kind in others for value in kind.values]),
        edits=Times(kind="all edits", values=edits),
        nothing=next(kind for kind in kinds if kind.kind == "nothing"),
        worked=worked,
        errors=answer["errors"],
    )
    print(f"\n{title}, {worked:.2f} processors busy")
    for times in (*kinds, loaded.edits, loaded.reads):
        print(times.line())
    return loaded


def _crowd(order: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.crowd", "clients"],
        input=json.dumps(order) + "\n",
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextmanager
def _watched(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those who watch, beside the block; what they saw is there when it ends."""
    seen: dict[str, Any] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crowd", "watchers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    assert process.stdout.readline().strip() == "listening"
    yield seen
    seen.update(json.loads(process.stdout.read()))
    process.wait()


@contextmanager
def _memory(process: Process) -> Iterator[list[float]]:
    """The server's memory, every second while the block runs."""
    values: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(1.0):
            values.append(process.memory)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield values
    finally:
        ended.set()
        watching.join()
