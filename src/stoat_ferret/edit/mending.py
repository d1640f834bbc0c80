"""Fixes of a refused batch: whole batches that can be posted as they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.parse import Unsound
from stoat_ferret.errors import Fix, Problem
from stoat_ferret.model.edit import Edit

Json = Mapping[str, Any]
Rename = Callable[[str], str | None]

EARLIER = re.compile(r"\$(0|[1-9][0-9]{0,5})")
"""`$k`, the id that edit `k` of the batch made."""

MOST = 10_000
"""Edits in all the fixes of one refusal: each carries all others of its batch."""

MOST_TRIED = 32
"""Fixes of one refusal that are tried before they are offered; others are not."""

_NAMES = ("track_id", "clip_id", "effect_id", "transition_id", "marker_id", "target", "from", "to")
"""Fields of the wire form that name an element."""


class Mending:
    """Makes whole batches of what is to stand in place of one edit."""

    def __init__(self, draft: Draft, whole: Sequence[Edit]) -> None:
        self._draft = draft
        self._whole = whole
        self._left = MOST

    def instead(self, number: int, made: Sequence[str | None], fixes: Sequence[Fix]) -> tuple[Fix, ...]:
        """The batch with each fix's edits in place of an edit; `made` are the ids that those before it made.

        A fix is left out where an edit of it is about something that has neither an id nor a number, and
        where an edit of the batch is none: no batch with it can be posted.
        """
        carried = (self._carried(one, made, number, number + 1) for one in fixes)
        return tuple(fix for fix in carried if fix is not None)

    def behind(self, made: Sequence[str | None], fixes: Sequence[Fix]) -> tuple[Fix, ...]:
        """The batch with each fix's edits at its end."""
        end = len(self._whole)
        carried = (self._carried(one, made, end, end) for one in fixes)
        return tuple(fix for fix in carried if fix is not None)

    def _carried(self, one: Fix, made: Sequence[str | None], start: int, end: int) -> Fix | None:
        if any(isinstance(edit, Unsound) for edit in self._whole):
            return None
        edits = [referring(edit, lambda name: self._again(name, made)) for edit in one.edits]
        if len(self._whole) > 1 or start == end:
            edits = [
                *(edit.to_json() for edit in self._whole[:start]),
                *edits,
                *self._later(edits, start, end),
            ]
        whole = tuple(edit for edit in edits if edit is not None)
        self._left -= len(edits)
        return None if len(whole) < len(edits) or self._left < 0 else Fix(title=one.title, edits=whole)

    def _again(self, name: str, made: Sequence[str | None]) -> str | None:
        """What calls an element when the batch is posted again."""
        if name not in self._draft.generated:
            return name
        return f"${made.index(name)}" if name in made else None

    def _later(self, edits: Sequence[Json | None], start: int, end: int) -> list[Json | None]:
        """The edits behind the fix, whose references are counted anew."""
        makers = [
            index
            for index, edit in enumerate(edits)
            if edit and start < end and edit["op"] == self._whole[start].op
        ]

        def renumbered(name: str) -> str | None:
            if not EARLIER.fullmatch(name) or (number := int(name[1:])) < start:
                return name
            if number >= end:
                return f"${number + len(edits) - (end - start)}"
            return f"${start + makers[-1]}" if makers else None

        return [referring(edit.to_json(), renumbered) for edit in self._whole[end:]]


def sure(problems: Sequence[Problem], tried: Callable[[Fix], Sequence[Problem]]) -> tuple[Problem, ...]:
    """Problems with those of their fixes that mend them and bring nothing new; `tried` tells what is wrong.

    What else is wrong with the batch is told already.
    """
    left = MOST_TRIED
    mended = []
    for number, problem in enumerate(problems):
        others = {(one.code, one.message) for one in (*problems[:number], *problems[number + 1 :])}
        fixes = problem.fixes[:left]
        left -= len(fixes)
        kept = [fix for fix in fixes if all((one.code, one.message) in others for one in tried(fix))]
        mended.append(replace(problem, fixes=tuple(kept)) if problem.fixes else problem)
    return tuple(mended)


def referring(edit: Json, rename: Rename) -> Json | None:
    """An edit that calls elements by other names; none where one has none."""
    changed: dict[str, Any] = {}
    for field in _NAMES:
        if isinstance(name := edit.get(field), str):
            changed[field] = rename(name)
    if isinstance(names := edit.get("clip_ids"), list | tuple):
        changed["clip_ids"] = _each(names, rename)
    if isinstance(volumes := edit.get("tracks"), dict):
        renamed = {rename(name): volume for name, volume in volumes.items()}
        changed["tracks"] = None if None in renamed else renamed
    if isinstance(ducking := edit.get("ducking"), dict) and "under" in ducking:
        under = _each(ducking["under"], rename)
        changed["ducking"] = None if under is None else {**ducking, "under": under}
    return None if None in changed.values() else {**edit, **changed}


def _each(names: Sequence[str], rename: Rename) -> list[str] | None:
    renamed = [other for name in names if (other := rename(name)) is not None]
    return renamed if len(renamed) == len(names) else None
