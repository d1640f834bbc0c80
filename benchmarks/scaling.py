"""What a minute of output costs, and how much memory it takes, where films grow and where clips grow many."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.films import small
from benchmarks.footage import Shape
from benchmarks.section import Section
from benchmarks.typical import FPS, environment, product
from benchmarks.watching import Run, watch

__all__ = ["cases", "document", "measured"]

SOURCES = 4
LONGEST = 60
"""Minutes."""
USUAL = 6
"""Seconds of a clip where the film grows."""


def cases(shape: Shape) -> tuple[tuple[int, int], ...]:
    """Minutes and clips of each film: first those that grow longer, then those that are cut more often."""
    if shape is Shape.SHORT:
        return (1, 10), (3, 30), (3, 90), (1, 4), (1, 200)
    return (1, 10), (10, 100), (60, 600), (60, 2000), (10, 10), (10, 2000)


def document(sources: tuple[Path, ...], *, minutes: int, clips: int) -> dict[str, Any]:
    """A film of which no two clips show the same second of a source: nothing is found again."""
    length = minutes * 60 * FPS // clips
    made = []
    for number in range(clips):
        start = number // len(sources) * length
        made.append(
            {
                "id": f"clip-{number}",
                "source": str(sources[number % len(sources)]),
                "in_point": round(start / FPS, 6),
                "out_point": round((start + length) / FPS, 6),
                "timeline_start": round(number * length / FPS, 6),
            }
        )
    return {
        "schema": "stoat.project/1",
        "name": "Growing",
        "output": {"width": 320, "height": 180, "fps": FPS, "sample_rate": 48000},
        "tracks": [{"id": "main", "type": "video", "clips": made}],
    }


def measured(folder: Path, work: Path, *, shape: Shape) -> Section:
    """Render every film once, each from nothing."""
    longest = (LONGEST // SOURCES * 60 + 2 * USUAL) * FPS
    sources = tuple(small(folder, number, frames=longest) for number in range(SOURCES))
    found: dict[tuple[int, int], Run] = {}
    rows = []
    for minutes, clips in cases(shape):
        run, spans = _render(folder, work, document(sources, minutes=minutes, clips=clips))
        found[minutes, clips] = run
        each = run.wall / minutes
        print(
            f"{minutes} min, {clips} clips: {run.wall:.1f} s, {each:.2f} s a minute, {run.peak:.0f} MiB",
            flush=True,
        )
        rows.append(
            (
                f"{minutes} min",
                f"{clips}",
                f"{spans}",
                f"{run.wall:.1f}",
                f"{each:.2f}",
                f"{run.cpu / minutes:.2f}",
                f"{run.peak:.0f}",
            )
        )
    return Section(
        title="Longer films, more clips",
        words=(
            f"Films of 320x180 with nothing but cuts, {USUAL} s from one to the next; "
            "then films of one length with fewer and with more clips.\n"
            "The picture is small: most of what a minute costs is something else.\n"
            "No two clips show the same, and every film is made from nothing."
        ),
        head=(
            *("length", "clips", "spans", "seconds", "seconds per minute"),
            *("seconds of processors per minute", "peak memory, MiB"),
        ),
        rows=tuple(rows),
        figures=_figures(found),
    )


def _figures(found: dict[tuple[int, int], Run]) -> tuple[Figure, ...]:
    """How costs grow from the shortest to the longest film, and from the fewest to the most clips of one."""
    growing = [case for case in found if case[0] * 60 == case[1] * USUAL]
    short, long = min(growing), max(growing)
    most = max(found, key=lambda case: case[1] / case[0])
    often = max((case for case in found if case[0] == long[0]), key=lambda case: case[1])
    few = next(case for case in growing if case[0] == most[0])
    return (
        Figure(
            what=f"cost per minute, {long[0]} min / {short[0]} min",
            value=(found[long].wall / long[0]) / (found[short].wall / short[0]),
        ),
        Figure(
            what=f"peak memory, {long[0]} min / {short[0]} min", value=found[long].peak / found[short].peak
        ),
        Figure(
            what=f"cost per minute, {often[1]:,} clips / {long[1]:,} clips in {long[0]} min",
            value=(found[often].wall / found[long].wall),
        ),
        Figure(
            what=f"cost per minute, {most[1]:,} clips / {few[1]:,} clips",
            value=found[most].wall / found[few].wall,
        ),
        Figure(
            what=f"peak memory, {most[1]:,} clips / {few[1]:,} clips",
            value=found[most].peak / found[few].peak,
        ),
    )


def _render(folder: Path, work: Path, made: dict[str, Any]) -> tuple[Run, int]:
    """A run, and how many spans it made."""
    project, report, kept = work / "growing.json", work / "growing.report", work / "growing-kept"
    shutil.rmtree(kept, ignore_errors=True)
    project.write_text(json.dumps(made))
    more = ["--cache-dir", str(kept), "--report", str(report)]
    run = watch(product(project, work / "growing.mp4", *more), environment(folder / "data"))
    return run, sum((json.loads(report.read_text())["spans"] or {}).values())
