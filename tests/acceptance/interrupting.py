"""Kills the service and cancels renders at random moments, and looks what is left and what comes of it.

    python tests/acceptance/interrupting.py --kills 100 --cancels 100 --seed 1

A kill: a film of a dozen spans is ordered, the service is killed with SIGKILL somewhere within the time
that such a render takes, and started again on what was left. The render is reclaimed, takes what was
finished, and must make, byte for byte, the file that a render makes that nothing disturbs and that finds
nothing finished.
A cancel: the same, cancelled. Within six seconds there is no process of it left, and no file.
What met a render that was over is done once more, with another film.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from stoat_ferret.testing.media import MediaMaker, Source
from stoat_ferret.testing.server import Server

FOOTAGE = Source(frames=150, coding="keyint=30:scenecut=0")
"""What can be copied."""
CANCEL_SECONDS = 6.0
PATIENCE = 60.0
_SPANS = 12


@dataclass
class Toll:
    """What was seen."""

    kills: int = 0
    cancels: int = 0
    late: int = 0
    """More kills and cancels, which met a render that was over."""
    resumed: int = 0
    """Renders that took spans which were finished before the kill."""
    slowest_end: float = 0.0
    """Seconds from a cancel to nothing being left."""
    wrong: list[str] = field(default_factory=list)


def film(number: int, copied: Path | None = None) -> dict[str, Any]:
    """A project of a dozen spans, none of which another number has; with a source, a part of it is copied."""
    length = 2.0
    clips: list[dict[str, Any]] = [
        {
            "source": {"generator": "testsrc"},
            "in_point": number + place / 30,
            "out_point": number + place / 30 + length,
            "timeline_start": place * length,
            "effects": [{"type": "color", "params": {"brightness": (place - 6) / 40}}],
        }
        for place in range(_SPANS)
    ]
    if copied is not None:
        clips.append(
            {"source": str(copied), "in_point": 0.5, "out_point": 4, "timeline_start": _SPANS * length}
        )
    return {
        "schema": "stoat.project/1",
        "output": {"width": 320, "height": 180, "fps": 30},
        "tracks": [{"type": "video", "clips": clips}],
    }


def run(*, kills: int, cancels: int, seed: int, folder: Path, copied: Path, say: bool = False) -> Toll:
    """Interrupt so many renders, in random order."""
    chance = random.Random(seed)
    toll = Toll()
    what = ["kill"] * kills + ["cancel"] * cancels
    chance.shuffle(what)
    server = Server(folder / "data", media_root=copied.parent, rate_limit="0", span_min_seconds="1")
    usual = _usual(server)
    number = 0
    while what:
        number += 1
        kind, before = what.pop(), len(toll.wrong)
        made = film(number, Path(copied.name) if number % 2 else None)
        server.start()
        try:
            met = (_kill if kind == "kill" else _cancel)(server, made, number, chance.uniform(0, usual), toll)
            if not met:
                what.insert(0, kind)
                toll.late += 1
                # The machine has more time for it than when it was measured.
                usual *= 0.9
                assert toll.late <= 10 + 4 * (kills + cancels), "renders are over before they are met"
        finally:
            if server.process.poll() is None:
                server.stop()
        if say and (number % 10 == 0 or len(toll.wrong) > before):
            print(json.dumps(asdict(toll)), flush=True)
    return toll


def _usual(server: Server) -> float:
    """How long a render takes that nothing disturbs, seconds."""
    server.start()
    try:
        with server.client() as http:
            began = time.monotonic()
            found = _wait(http, _ordered(http, film(0), 0))
            assert found["status"] == "completed", found
            return time.monotonic() - began
    finally:
        server.stop()


def _ordered(http: httpx.Client, made: dict[str, Any], number: int) -> str:
    """A render's job."""
    project = http.post("projects", json={"name": f"Film {number}", "document": made})
    order = {"project_id": project.raise_for_status().json()["id"], "output": f"film-{number}.mp4"}
    job: str = http.post("render", json=order).raise_for_status().json()["job_id"]
    return job


def _wait(http: httpx.Client, job: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found: dict[str, Any] = http.get(f"jobs/{job}/wait", params={"timeout": 20}).json()
        if found["status"] not in ("pending", "running"):
            return found
    return found


def _kill(server: Server, made: dict[str, Any], number: int, seconds: float, toll: Toll) -> bool:
    """Whether the render was killed, so many seconds after it was ordered, before it was over."""
    with server.client() as http:
        job = _ordered(http, made, number)
        # The moment is the experiment: nothing is waited for.
        time.sleep(seconds)
        if http.get(f"jobs/{job}").json()["status"] == "completed":
            return False
        server.kill()
        toll.kills += 1
    server.start()
    with server.client() as http:
        found = _wait(http, job)
        if found["status"] != "completed":
            toll.wrong.append(f"{number}: the killed render ended as {found['status']}: {found['problem']}")
            return True
        toll.resumed += found["result"]["spans"]["reused"] > 0
        again = http.get(f"render/{job}/output").content
    if again != _undisturbed(server, made, number):
        toll.wrong.append(f"{number}: the render that was killed made another file")
    toll.wrong.extend(f"{number}: {name} was left" for name in _left(server))
    return True


def _undisturbed(server: Server, made: dict[str, Any], number: int) -> bytes:
    """The file that comes out when nothing happens and nothing is kept."""
    folder = server.data_dir.parent / "undisturbed"
    folder.mkdir(exist_ok=True)
    for track in made["tracks"]:
        for clip in track["clips"]:
            if isinstance(clip["source"], str):
                clip["source"] = str(_media_root(server) / clip["source"])
    project, output = folder / "film.json", folder / f"film-{number}.mp4"
    project.write_text(json.dumps({**made, "name": f"Film {number}"}))
    words = [
        sys.executable,
        "-m",
        "stoat_ferret.cli",
        "render",
        str(project),
        "-o",
        str(output),
        "--no-cache",
    ]
    done = subprocess.run(words, env=server.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    try:
        return output.read_bytes()
    finally:
        output.unlink()


def _media_root(server: Server) -> Path:
    return Path(server.environment["STOAT_MEDIA_ROOTS"])


def _cancel(server: Server, made: dict[str, Any], number: int, seconds: float, toll: Toll) -> bool:
    """Whether the render was cancelled, so many seconds after it was ordered, before it was over."""
    with server.client() as http:
        job = _ordered(http, made, number)
        # The moment is the experiment: nothing is waited for.
        time.sleep(seconds)
        began = time.monotonic()
        cancelled = http.post(f"render/{job}/cancel", json={})
        if cancelled.status_code == 409:
            return False
        while left := [*_running(server), *_left(server)]:
            if time.monotonic() - began > CANCEL_SECONDS:
                toll.wrong.append(f"{number}: {left} after {CANCEL_SECONDS} s")
                return True
            time.sleep(0.02)
        toll.slowest_end = max(toll.slowest_end, round(time.monotonic() - began, 2))
        found = _wait(http, job)
        if found["status"] == "completed":
            # It was done when it heard of it: then it is there as a whole.
            assert http.get(f"render/{job}/output").is_success
            return False
        toll.cancels += 1
        if found["status"] != "cancelled":
            toll.wrong.append(f"{number}: the cancelled render ended as {found['status']}")
        if list(server.data_dir.glob(f"**/film-{number}.mp4")):
            toll.wrong.append(f"{number}: a cancelled render left its file")
    return True


def _running(server: Server) -> Iterator[str]:
    """Programs that have a place in the data folder among their words: ffmpeg at work."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"ffmpeg" in words.split(b"\0")[0] and str(server.data_dir).encode() in words:
            yield words.replace(b"\0", b" ").decode(errors="replace")[:200]


def _left(server: Server) -> list[str]:
    """Folders in which a render works."""
    return [str(path) for path in server.data_dir.glob("**/.*.stoat*")]


def main() -> None:
    """Run it by hand."""
    options = argparse.ArgumentParser(description="Interrupt renders at random moments.")
    options.add_argument("--kills", type=int, default=100)
    options.add_argument("--cancels", type=int, default=100)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stoat-interrupting-") as name:
        folder = Path(name)
        toll = run(
            kills=given.kills,
            cancels=given.cancels,
            seed=given.seed,
            folder=folder,
            copied=MediaMaker(folder / "films").make(FOOTAGE),
            say=True,
        )
    print(json.dumps({**asdict(toll), "seconds": round(time.monotonic() - began)}, indent=2))
    sys.exit(1 if toll.wrong else 0)


if __name__ == "__main__":
    main()
