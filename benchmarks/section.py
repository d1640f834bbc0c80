"""What a part of the benchmarks found: a table, figures beside their goals, bars for the picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure

__all__ = ["Bar", "Section", "markdown", "plain_table"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of the picture."""

    what: str
    value: float | None
    """Wall time, hand-written ffmpeg = 1; none where there is nothing to show."""
    ours: bool = False
    """Whether it is the product that is measured."""
    note: str = ""
    """Stands in the place of the bar where there is no value."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part, as it is printed and written down."""

    title: str
    words: str
    """What was measured, and how: Markdown."""
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[Figure, ...] = ()
    bars: tuple[Bar, ...] = ()


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; columns of nothing but numbers are aligned to the right."""
    right = [all(re.fullmatch(r"[\d.]*", row[column]) for row in rows) for column in range(len(head))]
    rule = ["--:" if side else "---" for side in right]
    lines = [head, rule, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table for a terminal."""
    lines = [head, *rows]
    wide = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True)).rstrip()
        for line in lines
    )
