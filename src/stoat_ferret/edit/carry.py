"""Carrying a batch over to a newer document: its times on the timeline go where what they are about went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stoat_ferret.edit.apply import Batch
from stoat_ferret.edit.clips import frames_between
from stoat_ferret.edit.draft import Draft, NewId
from stoat_ferret.edit.grid import Grid
from stoat_ferret.edit.halves import started_later
from stoat_ferret.edit.lane import Lane, Placed
from stoat_ferret.errors import Problem
from stoat_ferret.model.edit import BaseEdit, Edit

Json = Mapping[str, Any]

_TIMES = {
    "add_clip": "at",
    "duplicate_clip": "at",
    "move_clip": "timeline_start",
    "split_clip": "at",
}
"""Of each edit that says where clips are cut or go, the field that says it."""


def carry(
    edits: Sequence[Edit],
    *,
    base: Json,
    head: Json,
    media: Mapping[str, Json],
    captions: Mapping[str, str | Problem],
    new_id: NewId,
) -> tuple[tuple[Edit, ...], tuple[Problem, ...]]:
    """A batch that was meant for `base` as it is meant for `head`, and the times that cannot be carried over.

    A cut goes with the picture that it cuts, a place with the clips around it where they moved alike.
    """
    here = Batch(Draft(base, media=media, new_id=new_id, captions=captions))
    there = Batch(Draft(head, media=media, new_id=new_id, captions=captions))
    carried: list[Edit] = []
    unsure: list[Problem] = []
    for number, edit in enumerate(edits):
        moved = edit if there.problems else _carried(edit, here, there)
        if moved is None:
            unsure.append(_unsure(edit, number))
            moved = edit
        here.step(number, edit)
        there.step(number, moved)
        carried.append(moved)
    return tuple(carried), tuple(unsure)


def _unsure(edit: Edit, number: int) -> Problem:
    name = _TIMES[edit.op]
    return Problem(
        code="edit.time_moved",
        path=f"/edits/{number}/{name}",
        message=f"What lay at {getattr(edit, name)} is not there any more, and where it went is not sure.",
        hint="Read the project, and give the time anew.",
    )


def _carried(edit: Edit, here: Batch, there: Batch) -> Edit | None:
    """The edit at its time in the newer document; none when that cannot be said."""
    name = _TIMES.get(edit.op)
    value = getattr(edit, name, None) if name else None
    if name is None or value is None or value == "end":
        return edit
    grid = here.draft.grid
    if grid != there.draft.grid:
        return None
    frame = grid.frame(grid.time(value))
    shift = _shift(edit, frame, here, there)
    if shift is None or frame + shift < 0:
        return None
    return edit.model_copy(update={name: grid.seconds(frame + shift)}) if shift else edit


def _shift(edit: BaseEdit, frame: int, here: Batch, there: Batch) -> int | None:
    """Frames by which what lies at a time has moved; 0 where the edit is about what has gone."""
    clip_id = getattr(edit, "clip_id", None)
    old, new = _found(here, clip_id), _found(there, clip_id)
    if clip_id is not None and (old is None or new is None):
        return 0
    if getattr(edit, "op", None) == "split_clip" and old and new:
        return _with_picture(old[1], new[1], here.draft.grid)
    lanes = [
        _lane(batch, getattr(edit, "track_id", None)) or (found and found[0])
        for batch, found in ((here, old), (there, new))
    ]
    if lanes[0] is None or lanes[1] is None:
        return 0
    return _with_clips(lanes[0], lanes[1], frame, but=(old[1].id, new[1].id) if old and new else ())


def _found(batch: Batch, name: str | None) -> tuple[Lane, Placed] | None:
    clip_id = None if name is None else batch.meant(name)
    if clip_id is None or batch.draft.kind_of(clip_id) != "clip":
        return None
    lane = batch.draft.reading(batch.draft.track_of(clip_id) or "")
    return lane, lane.find(clip_id)


def _lane(batch: Batch, name: str | None) -> Lane | None:
    track_id = None if name is None else batch.meant(name)
    if track_id is None or batch.draft.kind_of(track_id) != "track":
        return None
    return batch.draft.reading(track_id)


def _with_clips(old: Lane, new: Lane, frame: int, *, but: Sequence[str]) -> int | None:
    """How far a place went with the clip that lies there, or with both that lie around it."""
    before = [placed for placed in old.clips if placed.id not in but]
    after = {placed.id: placed for placed in new.clips if placed.id not in but}
    if inside := next((placed for placed in before if placed.start < frame < placed.end), None):
        return _with_picture(inside, after[inside.id], old.grid) if inside.id in after else None
    left = max((one for one in before if one.end <= frame), key=lambda one: one.end, default=None)
    right = min((one for one in before if one.start >= frame), key=lambda one: one.start, default=None)
    if (left and left.id not in after) or (right and right.id not in after):
        return None
    moves = {after[left.id].end - left.end if left else 0}
    moves |= {after[right.id].start - right.start} if right else set()
    return moves.pop() if len(moves) == 1 else None


def _with_picture(old: Placed, new: Placed, grid: Grid) -> int | None:
    """How far the pictures of a clip went, if all of them went alike."""
    if old.clip["source"] != new.clip["source"]:
        return None
    first, now = old.clip["in_point"], new.clip["in_point"]
    later = frames_between(grid, old, first, now)
    if replace(old, clip=started_later(old.clip, grid.seconds(later))).speed != new.speed:
        return None
    if abs(grid.source(first, later, old.speed) - now) > 1e-6:
        return None
    return new.start - old.start - later
