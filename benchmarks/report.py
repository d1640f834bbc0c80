"""The page of the reference that tells what one run has measured, and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.chart import chart
from benchmarks.figures import Figure
from benchmarks.machine import kind, versions
from benchmarks.section import Section, markdown

__all__ = ["page", "write"]

PAGE = "benchmarks.md"
PICTURE = "benchmarks.svg"
TITLE = "Wall time in relation to hand-written ffmpeg: less is faster"

REPEAT = """## Measure it yourself

```sh
make bench
make bench OPTIONS=--write
python -m benchmarks --help
```

`make bench` prints the tables of the typical edit and of cuts only.
With `--write` the long films are measured too, and this page is written.
`--only` names one part, `--repeats` how often each side takes its turn, `--short` takes smaller pictures.

Other editors are no dependencies: each is measured where it is found, in a process of its own.
These variables of the environment say where they are:

| variable | names | |
| --- | --- | --- |
{peers}
"""


def write(folder: Path, sections: Sequence[Section], *, short: bool) -> None:
    """Write the page and its picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    groups = [(section.title, section.bars) for section in sections if section.bars]
    if groups:
        (folder / PICTURE).write_text(chart(TITLE, groups), encoding="utf-8")
    (folder / PAGE).write_text(page(sections, short=short, picture=bool(groups)), encoding="utf-8")


def page(sections: Sequence[Section], *, short: bool, picture: bool) -> str:
    """The page as Markdown."""
    parts = [
        "# Benchmarks\n\n<!-- written by `make bench OPTIONS=--write`: change benchmarks/, not this page -->",
        "Everything on this page was measured in one run, on the same sources; only ratios mean anything "
        "elsewhere.\n[How fast it is](../why/performance.md) tells where the time goes.",
    ]
    if short:
        parts.append("**A short run, with small pictures: its figures are no more than a trial.**")
    if picture:
        parts.append(f"![{TITLE}]({PICTURE})")
    for section in sections:
        parts += [f"## {section.title}", section.words, markdown(section.head, section.rows)]
        goals = [figure for figure in section.figures if figure.goal]
        if goals:
            parts.append(_goals(goals))
    parts += ["## The machine", kind() + ".", markdown(("program", "version"), versions()), _repeat()]
    return "\n\n".join(parts).rstrip() + "\n"


def _goals(figures: Sequence[Figure]) -> str:
    rows = [(figure.what, f"{figure.value:.4g}", figure.goal, figure.verdict.lower()) for figure in figures]
    return markdown(("", "measured", "goal", ""), rows)


def _repeat() -> str:
    from benchmarks.peers.known import PEERS

    lines = []
    for peer in PEERS:
        what = "the program" if peer.python else f"a Python that has {peer.name}"
        lines.append(f"| `{peer.variable}` | {what} | `{peer.install}` |")
    return REPEAT.format(peers="\n".join(lines))
