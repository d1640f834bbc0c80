"""From the start of `stoat render` to its first ffmpeg."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.footage import Shape, ffmpeg, make_footage
from benchmarks.typical import document, environment, product

__all__ = ["figures"]

REPEATS = 7


def figures(folder: Path, work: Path) -> list[Figure]:
    """Time it with warm caches: the footage is known, and so is the program."""
    noted = work / "started"
    program = work / "ffmpeg"
    # Notes when a render's ffmpeg would start, and is none: what comes after does not matter here.
    note = f'case "$*" in *-progress*) date +%s.%N >> "{noted}"; exit 1;; esac'
    program.write_text(f'#!/bin/sh\n{note}\nexec "{ffmpeg()}" "$@"\n')
    program.chmod(0o755)
    shape = Shape.SHORT
    project = work / "starting.json"
    project.write_text(json.dumps(document(make_footage(folder, shape), shape)))
    surroundings = {**environment(work / "data"), "STOAT_FFMPEG": str(program)}
    times = []
    for turn in range(REPEATS + 1):
        noted.unlink(missing_ok=True)
        started = time.time()
        subprocess.run(product(project, work / "out.mp4"), env=surroundings, capture_output=True, check=False)
        first = min(float(line) for line in noted.read_text(encoding="ascii").split())
        if turn:  # The first one fills the caches.
            times.append(first - started)
    return [Figure(what="process start to first ffmpeg, s", value=median(times), most=0.6)]
