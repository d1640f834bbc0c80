"""Run the benchmarks and print their figures: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import compiling, jobs, library, load, starting, typical
from benchmarks.figures import Figure, print_figures
from benchmarks.footage import Shape

PARTS = ("compile", "start", "jobs", "library", "load", "edit")


def main() -> None:
    """Measure what was asked for, cheapest first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part (may be repeated)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each render is measured")
    parser.add_argument("--short", action="store_true", help="20 s at 720p, and a load of 15 s")
    parser.add_argument("--folder", type=Path, default=Path("out/benchmarks"), help="where the footage stays")
    given = parser.parse_args()
    parts = given.only or PARTS
    shape = Shape.SHORT if given.short else Shape.FULL
    figures: list[Figure] = []
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as work:
        if "compile" in parts:
            figures += compiling.figures()
        if "start" in parts:
            figures += starting.figures(given.folder, Path(work))
        if "jobs" in parts:
            figures += jobs.figures()
        if "load" in parts:
            figures += load.figures(given.folder, Path(work), short=given.short)
        if "library" in parts:
            figures += library.figures(given.folder)
        if "edit" in parts:
            figures += typical.figures(given.folder, Path(work), shape=shape, repeats=given.repeats)
    print_figures(figures)


if __name__ == "__main__":
    main()
