"""Which revision an undo or a redo takes back, as the revisions themselves tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stoat_ferret.errors import Conflict

__all__ = ["redoable", "undoable"]

_DONE_BY_HAND = ("edit", "write", "restore")


def undoable(revisions: Iterable[Any]) -> int:
    """The newest revision that was made by hand and is not taken back; raises `Conflict` when there is none.

    `revisions` are one actor's, or everybody's, newest first, each with `revision`, `kind`, `of_revision`.
    """
    taken_back: set[int] = set()
    brought_back: set[int] = set()
    for row in revisions:
        if row.kind == "redo":
            brought_back.add(row.of_revision)
        elif row.kind == "undo" and row.revision not in brought_back:
            taken_back.add(row.of_revision)
        elif row.kind in _DONE_BY_HAND and row.revision not in taken_back:
            return int(row.revision)
    raise Conflict.because(
        "undo.nothing",
        "There is nothing to undo.",
        hint="Nothing of yours is left; ?anyone=true undoes the newest of all.",
    )


def redoable(revisions: Iterable[Any]) -> int:
    """The newest undo that is not taken back, with nothing made by hand after it; raises `Conflict`."""
    brought_back: set[int] = set()
    for row in revisions:
        if row.kind == "redo":
            brought_back.add(row.of_revision)
        elif row.kind == "undo" and row.revision not in brought_back:
            return int(row.revision)
        elif row.kind in _DONE_BY_HAND:
            break
    raise Conflict.because(
        "redo.nothing",
        "There is nothing to redo.",
        hint="Only what was undone, and not edited over since, can be done again.",
    )
