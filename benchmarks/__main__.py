"""Run the benchmarks and print their figures: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import comparing, compiling, copying, jobs, library, load, long, report, scaling, starting
from benchmarks.figures import Figure, print_figures
from benchmarks.footage import Shape
from benchmarks.section import Section, plain_table

USUAL = ("compile", "start", "jobs", "library", "load", "edit", "copy")
TOLD = ("edit", "copy", "long", "scale")
"""The parts of which the page tells."""
PARTS = tuple(dict.fromkeys((*USUAL, *TOLD)))
REFERENCE = Path("docs/reference")


def main() -> None:
    """Measure what was asked for, cheapest first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part (may be repeated)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each render is measured")
    parser.add_argument("--short", action="store_true", help="20 s at 720p, and a load of 15 s")
    parser.add_argument("--folder", type=Path, default=Path("out/benchmarks"), help="where the footage stays")
    parser.add_argument(
        "--write",
        type=Path,
        nargs="?",
        const=REFERENCE,
        metavar="FOLDER",
        help=f"measure {', '.join(TOLD)}, and write the page and its picture (to {REFERENCE} by default)",
    )
    given = parser.parse_args()
    parts = given.only or (TOLD if given.write else USUAL)
    shape = Shape.SHORT if given.short else Shape.FULL
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder) as work:
        figures = _figures(parts, given.folder, Path(work), short=given.short)
        sections = _sections(parts, given.folder, Path(work), shape=shape, repeats=given.repeats)
    for section in sections:
        print(f"\n{section.title}\n\n{section.words}\n\n{plain_table(section.head, section.rows)}")
    print_figures([*figures, *(figure for section in sections for figure in section.figures)])
    if given.write:
        report.write(given.write, sections, short=given.short)


def _figures(parts: tuple[str, ...], folder: Path, work: Path, *, short: bool) -> list[Figure]:
    """The parts that are told by figures alone."""
    figures: list[Figure] = []
    if "compile" in parts:
        figures += compiling.figures()
    if "start" in parts:
        figures += starting.figures(folder, work)
    if "jobs" in parts:
        figures += jobs.figures()
    if "load" in parts:
        figures += load.figures(folder, work, short=short)
    if "library" in parts:
        figures += library.figures(folder)
    return figures


def _sections(
    parts: tuple[str, ...], folder: Path, work: Path, *, shape: Shape, repeats: int
) -> list[Section]:
    """The parts that are told by a table."""
    sections: list[Section] = []
    if "edit" in parts:
        sections.append(comparing.compared(folder, work, shape=shape, repeats=repeats))
    if "copy" in parts:
        sections.append(copying.measured(folder, work, shape=shape))
    if "long" in parts:
        sections.append(long.measured(folder, work, shape=shape))
    if "scale" in parts:
        sections.append(scaling.measured(folder, work, shape=shape))
    return sections


if __name__ == "__main__":
    main()
