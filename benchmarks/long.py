"""A film of ten minutes and 200 clips, of which one word changes."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Figure
from benchmarks.films import camera
from benchmarks.footage import Shape
from benchmarks.section import Section
from benchmarks.typical import FPS, environment, product
from benchmarks.watching import Run, watch

__all__ = ["document", "measured"]

CLIPS = 200
LENGTH = 3 * FPS
"""Frames of each clip."""
SOURCES = 5
STEP = 43
"""Frames from one clip of a source to the next: no two clips show the same."""
TITLED = 10
"""Every so many clips have a title."""
GOAL = 4.0
"""Seconds after a changed word."""
CHANGES = ("river", "market", "mountain")


def document(sources: tuple[Path, ...], *, clips: int, word: str = "harbour") -> dict[str, Any]:
    """The film as a project; `word` is in the title in its middle."""
    middle = clips // 2 // TITLED * TITLED
    made = []
    for number in range(clips):
        start = 7 + number // len(sources) * STEP
        clip: dict[str, Any] = {
            "id": f"clip-{number}",
            "source": str(sources[number % len(sources)]),
            "in_point": round(start / FPS, 6),
            "out_point": round((start + LENGTH) / FPS, 6),
            "timeline_start": number * LENGTH / FPS,
        }
        if number % TITLED == 0:
            text = f"Chapter {number // TITLED + 1}: the {word if number == middle else 'harbour'}"
            shown = {"start": 0.5, "duration": 2.0, "fade_in": 0.25, "fade_out": 0.25, "fontsize": 64}
            clip["effects"] = [{"type": "text_overlay", "params": {"text": text, **shown}}]
        made.append(clip)
    return {
        "schema": "stoat.project/1",
        "name": "Long",
        "output": {"width": 1280, "height": 720, "fps": FPS, "sample_rate": 48000},
        "tracks": [{"id": "main", "type": "video", "clips": made}],
    }


def measured(folder: Path, work: Path, *, shape: Shape) -> Section:
    """Render it once from nothing, then again after each changed word."""
    clips = CLIPS if shape is Shape.FULL else CLIPS // 5
    frames = 7 + (CLIPS // SOURCES) * STEP + LENGTH + FPS
    sources = tuple(
        camera(folder, number, width=1280, height=720, frames=frames) for number in range(SOURCES)
    )
    first, whole = _render(folder, work, document(sources, clips=clips), "first render")
    words = []
    for word in CHANGES:
        run, spans = _render(
            folder, work, document(sources, clips=clips, word=word), f'"{word}" in the title'
        )
        words.append((run, spans))
    again = median(run.wall for run, _ in words)
    run, spans = min(words, key=lambda one: abs(one[0].wall - again))
    changed = (f"{again:.1f}", f"{run.cpu:.1f}", f"{run.peak:.0f}", spans)
    length = clips * LENGTH / FPS
    return Section(
        title="A long film, one word changed",
        words=(
            f"{length / 60:g} minutes of 1280x720 in {clips} clips of {LENGTH // FPS} s, "
            f"from {SOURCES} sources, with {clips // TITLED} titles.\n"
            f"It is rendered once from nothing; then one word of one title changes, {len(CHANGES)} times, "
            "and the median is told."
        ),
        head=("", "seconds", "seconds of processors", "peak memory, MiB", "spans"),
        rows=(
            ("first render", f"{first.wall:.1f}", f"{first.cpu:.1f}", f"{first.peak:.0f}", whole),
            ("one word of a title changed", *changed),
        ),
        figures=(
            Figure(what="long film: first render, s", value=first.wall),
            Figure(what="long film: render after one changed word, s", value=again, most=GOAL),
            Figure(what="long film: first render / render after one changed word", value=first.wall / again),
        ),
    )


def _render(folder: Path, work: Path, made: dict[str, Any], name: str) -> tuple[Run, str]:
    """A run, and in words what became of its spans."""
    project, report = work / "long.json", work / "long.report"
    project.write_text(json.dumps(made))
    more = ["--cache-dir", str(work / "long-kept"), "--report", str(report)]
    run = watch(product(project, work / "long.mp4", *more), environment(folder / "data"))
    spans = json.loads(report.read_text())["spans"] or {}
    words = ", ".join(f"{number} {what}" for what, number in spans.items() if number)
    print(f"long film, {name}: {run.wall:.1f} s, {run.cpu:.1f} s of CPU, {words}", flush=True)
    return run, words
