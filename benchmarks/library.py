"""The library: files scanned beside one ffprobe process for each, and answers out of 100,000 videos."""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from sqlalchemy import insert

from benchmarks.figures import Figure
from stoat_ferret.config import Settings
from stoat_ferret.library import Library, ScanReport
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.storage.tables import videos

__all__ = ["figures"]

FILES = 2000
SAMPLE = 40
"""Files that are looked into by a process each: enough to know what one costs."""
VIDEOS = 100_000
ASKED = 60
"""How often each question is asked."""

_CHILD = "import sys, av; av.open(sys.argv[1]).streams.video[0].duration"


def figures(folder: Path) -> list[Figure]:
    """Measure in `folder`, which keeps the small files for another time."""
    folder = folder.resolve()
    return [*_scan_figures(folder), *_search_figures(folder)]


@contextmanager
def _library(folder: Path, root: Path) -> Iterator[Library]:
    settings = Settings(data_dir=folder, media_roots=(root,))
    database = Database(sqlite_url(folder / "stoat.db"))
    database.open()
    try:
        yield Library(database, settings)
    finally:
        database.close()


# Scans


def _scan_figures(folder: Path) -> list[Figure]:
    root = _small_files(folder / "small-files")
    paths = sorted(root.rglob("*.mp4"))
    with tempfile.TemporaryDirectory(dir=folder) as work, _library(Path(work), root) as library:
        each = _seconds_each(paths[:: len(paths) // SAMPLE])
        first, found = _scan(library, root)
        assert (len(paths), []) == (found.new, found.errors)
        again = min(_scan(library, root)[0] for _ in range(3))
        each = statistics.mean([each, _seconds_each(paths[5 :: len(paths) // SAMPLE])])
    program = "ffprobe" if shutil.which("ffprobe") else "a PyAV process"
    return [
        Figure(what=f"{program} for each file, files a second", value=1 / each),
        Figure(what=f"scan of {FILES:,} new files, files a second", value=FILES / first),
        Figure(what=f"scan / {program} for each file", value=FILES / first * each, least=20),
        Figure(what=f"scan of {FILES:,} unchanged files, files a second", value=FILES / again),
        Figure(what="second scan / first scan", value=first / again, least=50),
    ]


def _small_files(root: Path) -> Path:
    """So many films of a few frames, every one with another content, in folders of a hundred."""
    if root.is_dir():
        return root
    making = root.with_suffix(".making")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    film = making / "film.mp4"
    source = "testsrc=size=160x90:rate=10:duration=0.5"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "ultrafast", str(film)], check=True)
    data = film.read_bytes()
    film.unlink()
    for number in range(FILES):
        place = making / f"{number // 100:02}"
        place.mkdir(exist_ok=True)
        # A free box at the end makes the content another one.
        mark = f"{number:08}".encode()
        (place / f"clip-{number:04}.mp4").write_bytes(data + b"\0\0\0\x10free" + mark)
    making.rename(root)
    return root


def _seconds_each(paths: list[Path]) -> float:
    program = shutil.which("ffprobe")
    started = time.perf_counter()
    for path in paths:
        look = [program, "-v", "error", "-show_format", "-show_streams", "-of", "json"] if program else None
        command = [*look, str(path)] if look else [sys.executable, "-c", _CHILD, str(path)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - started) / len(paths)


def _scan(library: Library, root: Path) -> tuple[float, ScanReport]:
    started = time.perf_counter()
    report = asyncio.run(library.scan(str(root)))
    return time.perf_counter() - started, report


# Lists and searches


def _search_figures(folder: Path) -> list[Figure]:
    with tempfile.TemporaryDirectory(dir=folder) as work, _library(Path(work), folder) as library:
        library.database.write_now(_fill)
        figures: list[Figure] = []
        for what, asked in _questions().items():
            middle, late, busy = asyncio.run(_asked(library, asked))
            figures.append(Figure(what=f"{what}, p50 ms", value=middle))
            figures.append(Figure(what=f"{what}, p95 ms", value=late, most=30))
            figures.append(Figure(what=f"{what}, p95 of processor time, ms", value=busy))
        return figures


def _questions() -> dict[str, Callable[[int], dict[str, Any]]]:
    """What is asked, by name; each takes a number, so that no two questions need be the same."""
    sorts = ("name", "-name", "duration", "-duration", "created_at", "-created_at", "scanned_at", "-size")
    listed = {
        f"list by {sort}": (lambda n, sort=sort: {"sort": sort, "offset": n * 50})  # type: ignore[misc]
        for sort in sorts
    }
    return {
        "list": lambda n: {"offset": n * 50},
        **listed,
        "list from 99,000": lambda n: {"offset": 99_000 + n},
        "list by name from 99,000": lambda n: {"sort": "name", "offset": 99_000 + n},
        "list of a status": lambda n: {"status": "missing", "sort": "duration", "offset": n},
        "list of a tag": lambda n: {"tags": (f"tag{n % 50}",)},
        "search a rare word": lambda n: {"q": f"number{n * 1009}"},
        "search a common word": lambda _: {"q": "interview"},
        "search a common word, by name": lambda _: {"q": "interview", "sort": "name"},
        "search a common word, deep": lambda n: {"q": "interview", "offset": 20_000 + n},
        "search a common word of a status": lambda _: {"q": "interview", "status": "missing"},
        "search a prefix": lambda n: {"q": f"num{'ber1'[: n % 5]}*"},
        "search a phrase": lambda n: {"q": f'"interview take {n % 40}"'},
        "search with OR and NOT": lambda n: {"q": f"(harbour OR market) NOT take{n % 9}"},
    }


async def _asked(library: Library, asked: Callable[[int], dict[str, Any]]) -> tuple[float, float, float]:
    """Median and 95th percentile of the answers' times, and the latter of their processor times, ms.

    Processor time does not grow with what else the machine has to do.
    """
    took, busy = [], []
    await library.page(**asked(0))
    for number in range(ASKED):
        started, used = time.perf_counter(), time.process_time()
        await library.page(**asked(number))
        took.append((time.perf_counter() - started) * 1000)
        busy.append((time.process_time() - used) * 1000)
    marks = statistics.quantiles(took, n=20)
    return marks[9], marks[18], statistics.quantiles(busy, n=20)[18]


def _fill(change: Any) -> None:
    chosen = random.Random(1)
    places = ("harbour", "market", "studio", "street", "forest")
    for start in range(0, VIDEOS, 5000):
        rows = [_row(number, chosen, places) for number in range(start, start + 5000)]
        change.connection.execute(insert(videos), rows)
        marks = [{"tag": tag, "path": row["path"]} for row in rows for tag in row["tags"]]
        change.connection.exec_driver_sql(
            "INSERT INTO video_tags (tag, number) SELECT ?, number FROM videos WHERE path = ?",
            [(mark["tag"], mark["path"]) for mark in marks],
        )


def _row(number: int, chosen: random.Random, places: tuple[str, ...]) -> dict[str, Any]:
    kind = "interview" if number % 10 < 3 else "broll"
    place = chosen.choice(places)
    name = f"{kind}-take-{chosen.randrange(40)}-number{number}.mp4"
    day = f"2026-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:00:00.{number:06}Z"
    audio = {"codec": "aac", "channels": 2, "sample_rate": 48000}
    return {
        "id": f"vid_{number:020x}",
        "path": f"/media/{place}/day{number % 365}/{name}",
        "filename": name,
        "status": "missing" if number % 50 == 0 else "ready",
        "kind": "video",
        "duration": round(chosen.uniform(1, 600), 3),
        "width": 1920,
        "height": 1080,
        "fps": 25.0,
        "codec": "h264",
        "bitrate": 8_000_000,
        "file_size": chosen.randrange(10**6, 10**9),
        "audio": audio,
        "metadata": {"encoder": "Lavf62.3.100", "title": f"{kind} at the {place}"},
        "tags": [f"tag{number % 50}"] if number % 3 == 0 else [],
        "notes": "",
        "facts": {"padding": "x" * 800},
        "content": f"{number:032x}",
        "stamp": f"{number}-{number}-1-{number}",
        "created_at": day,
        "scanned_at": day,
    }
