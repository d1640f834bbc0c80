"""What the load falls on: a library of many videos, and a project of many clips."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.footage import ffmpeg
from stoat_ferret.config import load
from stoat_ferret.library import Library, records
from stoat_ferret.media.inspection import Inspected, inspect
from stoat_ferret.media.reader import Reader
from stoat_ferret.storage.database import Database, sqlite_url

__all__ = ["CLIPS", "TRACKS", "VIDEOS", "WORDS", "Prepared", "document", "prepare"]

VIDEOS = 100_000
TRACKS = 4
CLIPS = 250
"""On each track."""

WORDS = (
    "interview", "beach", "drone", "kitchen", "city", "forest", "crowd", "stage", "rain", "night",
    "wedding", "market", "river", "train", "office", "garden", "harbour", "mountain", "dance", "snow",
)  # fmt: skip

_REAL = 4
_AT_ONCE = 10_000


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A data folder that a server can be started on, and what is in it."""

    data: Path
    media: Path
    videos: tuple[str, ...]
    """Ids of the videos whose files are there."""


def prepare(folder: Path, work: Path) -> Prepared:
    """A copy of the library, which is made where there is none yet."""
    media, made = folder / "load-media", folder / f"load-{VIDEOS}"
    media.mkdir(parents=True, exist_ok=True)
    files = [_film(media / f"film-{number}.mp4", number) for number in range(_REAL)]
    if not (made / "whole").exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        _fill(made, media, files)
        (made / "whole").touch()
    data = work / "data"
    shutil.copytree(made, data)
    return Prepared(data=data, media=media, videos=asyncio.run(_ids(data, files)))


def document(videos: tuple[str, ...]) -> dict[str, Any]:
    """Tracks with clips of four seconds: every tenth has a text, every fifth dissolves into the next.

    Most clips show generators; every fiftieth shows one of `videos`.
    """
    return {
        "output": {"width": 1920, "height": 1080, "fps": 30},
        "tracks": [_track(number, videos) for number in range(TRACKS)],
    }


def _track(track: int, videos: tuple[str, ...]) -> dict[str, Any]:
    clips, transitions, at = [], [], 0.0
    for number in range(CLIPS):
        source: Any = {"generator": "testsrc"}
        if number % 50 == 49:
            source = videos[(track + number) % len(videos)]
        clip: dict[str, Any] = {
            "id": f"c{track}-{number}",
            "source": source,
            "in_point": 0.0,
            "out_point": 4.0,
            "timeline_start": at,
        }
        if number % 10 == 0:
            text = {"text": f"Chapter {number}", "fontsize": 48, "start": 0.5, "duration": 2.0}
            clip["effects"] = [{"id": f"e{track}-{number}", "type": "text_overlay", "params": text}]
        clips.append(clip)
        at += 4.0
        if number % 5 == 4 and number < CLIPS - 1:
            ends = {"from": f"c{track}-{number}", "to": f"c{track}-{number + 1}"}
            transitions.append({"id": f"t{track}-{number}", "type": "dissolve", "duration": 0.5, **ends})
            at -= 0.5
    return {"id": f"track-{track}", "type": "video", "clips": clips, "transitions": transitions}


def _film(path: Path, number: int) -> Path:
    if not path.exists():
        picture = f"testsrc2=size=320x180:rate=30:duration={5 + number}"
        sound = f"sine=frequency={220 * (number + 1)}:duration={5 + number}"
        inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
        subprocess.run(
            [ffmpeg(), "-v", "error", "-y", *inputs, "-c:v", "libx264", "-c:a", "aac", str(path)], check=True
        )
    return path


def _fill(data: Path, media: Path, files: list[Path]) -> None:
    settings = load(data_dir=data, media_roots=[media])
    with Reader(settings) as reader:
        real = [inspect(reader, path.absolute(), settings) for path in files]
    database = Database(sqlite_url(data / "stoat.db"))
    database.open()
    for some in _batches(real):
        database.write_now(lambda change, some=some: records.insert_new(change, some))
    database.close()


def _batches(real: list[Inspected]) -> Iterator[list[Inspected]]:
    """The real files, and copies of what was found in them under names of their own."""
    some, chance = list(real), random.Random(1)
    for number in range(VIDEOS - len(real)):
        words = "-".join(chance.sample(WORDS, 3))
        name = f"/footage/{chance.choice(WORDS)}/{words}-{number:06}.mp4"
        some.append(replace(real[number % len(real)], path=name, content=f"{number:064x}"))
        if len(some) == _AT_ONCE:
            yield some
            some = []
    yield some


async def _ids(data: Path, files: list[Path]) -> tuple[str, ...]:
    settings = load(data_dir=data)
    database = Database(sqlite_url(data / "stoat.db"))
    database.open()
    try:
        library = Library(database, settings)
        found = await library.page(q="film", limit=50)
    finally:
        database.close()
    wanted = {str(path.absolute()) for path in files}
    return tuple(video["id"] for video in found["items"] if video["path"] in wanted)
