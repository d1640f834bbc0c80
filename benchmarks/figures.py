"""A figure beside its goal, and the table of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Figure", "print_figures"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing that was measured."""

    what: str
    """In words, with the unit of the value."""
    value: float
    most: float | None = None
    """The goal: the greatest value that is good."""
    least: float | None = None
    """The goal: the least value that is good."""

    @property
    def goal(self) -> str:
        """The goal in words; empty where there is none."""
        if self.most is not None:
            return f"at most {self.most:g}"
        return "" if self.least is None else f"at least {self.least:g}"

    @property
    def verdict(self) -> str:
        """Whether the goal is met; empty where there is none."""
        if self.most is None and self.least is None:
            return ""
        met = (self.most is None or self.value <= self.most) and (
            self.least is None or self.value >= self.least
        )
        return "met" if met else "MISSED"


def print_figures(figures: Sequence[Figure]) -> None:
    """Print the table."""
    width = max((len(figure.what) for figure in figures), default=0)
    print(f"\n{'':{width}}  {'measured':>9}  {'goal':<13}")
    for figure in figures:
        print(f"{figure.what:{width}}  {figure.value:9.4g}  {figure.goal:<13}  {figure.verdict}".rstrip())
