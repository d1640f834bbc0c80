"""From the start of `stoat render` to its first ffmpeg."""

from __future__ import annotations

import json
import os
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
    # The fields of its parent are the processor time of `stoat` and of what it waited for, in ticks.
    clock = "$(date +%s.%N) $(cut -d' ' -f14-17 /proc/$PPID/stat)"
    note = f'case "$*" in *-progress*) echo "{clock}" >> "{noted}"; exit 1;; esac'
    program.write_text(f'#!/bin/sh\n{note}\nexec "{ffmpeg()}" "$@"\n')
    program.chmod(0o755)
    shape = Shape.SHORT
    project = work / "starting.json"
    project.write_text(json.dumps(document(make_footage(folder, shape), shape)))
    surroundings = {**environment(work / "data"), "STOAT_FFMPEG": str(program)}
    times, worked = [], []
    for turn in range(REPEATS + 1):
        noted.unlink(missing_ok=True)
        started = time.time()
        subprocess.run(
            product(project, work / "out.mp4", "--no-cache"),
            env=surroundings,
            capture_output=True,
            check=False,
        )
        first = min(
            [float(field) for field in line.split()]
            for line in noted.read_text(encoding="ascii").splitlines()
        )
        if turn:  # The first one fills the caches.
            times.append(first[0] - started)
            worked.append(sum(first[1:]) / os.sysconf("SC_CLK_TCK"))
    return [
        Figure(what="process start to first ffmpeg, s", value=median(times), most=0.6),
        Figure(what="process start to first ffmpeg, s of processor time", value=median(worked)),
    ]
