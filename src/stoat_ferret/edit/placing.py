"""Putting a clip on a track: beside the others, between them, or over them."""

from __future__ import annotations

from typing import Any

from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.halves import Cut, halves, started_later
from stoat_ferret.edit.lane import Edge, Lane, Placed
from stoat_ferret.edit.refusal import fix, refuse


def put(draft: Draft, lane: Lane, placed: Placed, mode: str, field: str, *, now: int | None = None) -> None:
    """Put a clip at its place; `field` of the edit is where it starts, `now` where on this track it was."""
    if mode == "insert":
        make_room(draft, lane, placed.start, placed.length, field)
    elif mode == "overwrite":
        clear(draft, lane, placed.start, placed.end, field)
    elif placed.enabled and (others := lane.overlapping(placed.start, placed.end, but=placed.id)):
        raise _overlap(draft, lane, placed, others[0], field, now)
    lane.put(placed)


def _overlap(
    draft: Draft, lane: Lane, placed: Placed, other: Placed, field: str, now: int | None
) -> Exception:
    room = lane.free_from(placed.start, placed.length, but=placed.id)
    free = draft.grid.seconds(room)
    fixes = []
    if room != now:
        fixes.append(fix(f"Start it at {free:g} s, where there is room", {**draft.edit, field: free}))
    if draft.edit["op"] in {"add_clip", "move_clip"}:
        inside = any(edge.cuts(placed.start) for edge in lane.edges())
        if not inside:
            fixes.insert(0, fix("Insert it: later clips move right", {**draft.edit, "mode": "insert"}))
    start, end = draft.grid.seconds(other.start), draft.grid.seconds(other.end)
    return refuse(
        f"/{field}",
        "clip.overlap",
        f"{other.id!r} lies there, from {start:g} s to {end:g} s.",
        "Insert it, overwrite what is there, or start it where there is room.",
        fixes=fixes,
    )


def make_room(draft: Draft, lane: Lane, at: int, frames: int, field: str) -> None:
    """Move everything from a place on to the right; a clip that lies there is split, its right part moves."""
    refuse_within(draft, lane, at, field)
    for placed in list(lane.clips):
        if placed.start < at < placed.end and placed.enabled:
            split(draft, lane, placed, at)
    lane.shift(at, frames)


def clear(draft: Draft, lane: Lane, start: int, end: int, field: str) -> None:
    """Cut away what clips show in a range; transitions within it go."""
    edges = list(lane.edges())
    for edge in edges:
        if edge.is_within(start) or edge.is_within(end):
            raise in_transition(draft, edge, field)
    for edge in edges:
        if edge.start < end and start < edge.end:
            draft.forget(edge.id)
            lane.cut(edge)
    for placed in lane.overlapping(start, end):
        draft.written.add(placed.id)
        if placed.start < start and placed.end > end:
            split(draft, lane, placed, start)
            rest = next(other for other in lane.overlapping(start, end) if other.start == start)
            lane.put(trimmed(draft, rest, end, rest.end))
        elif placed.start < start:
            lane.put(trimmed(draft, placed, placed.start, start))
        elif placed.end > end:
            lane.put(trimmed(draft, placed, end, placed.end))
        else:
            draft.remove_clip(lane, placed.id)


def refuse_within(draft: Draft, lane: Lane, frame: int, field: str) -> None:
    """Refuse a place where a transition runs."""
    for edge in lane.edges():
        if edge.cuts(frame):
            raise in_transition(draft, edge, field)


def in_transition(draft: Draft, edge: Edge, field: str) -> Exception:
    """The refusal of a place within a transition."""
    start, end = draft.grid.seconds(edge.start), draft.grid.seconds(edge.end)
    fixes = []
    if not edge.is_effect:
        gone = {"op": "remove_transition", "transition_id": edge.id, "ripple": True}
        fixes.append(fix("Make a hard cut of the transition first", gone, draft.edit))
    return refuse(
        f"/{field}",
        "clip.in_transition",
        f"The transition {edge.id!r} runs there, from {start:g} s to {end:g} s.",
        "Take another place, or remove the transition first.",
        fixes=fixes,
    )


def trimmed(draft: Draft, placed: Placed, start: int, end: int) -> Placed:
    """The clip from one frame of the timeline to another, showing there what it showed before.

    Where it grows beyond the start of a generator or a still picture, its in point stays at 0.
    """
    grid, later = draft.grid, start - placed.start
    clip = started_later(placed.clip, grid.seconds(later))
    speed = Placed(clip=clip, start=start, end=end).speed
    in_point, out_point = clip["in_point"], clip["out_point"]
    if later:
        in_point = grid.source(in_point, later, placed.speed)
    if end != placed.end:
        out_point = grid.source(in_point, end - start, speed)
    if in_point < 0:
        in_point, out_point = 0.0, grid.source(0.0, end - start, speed)
    fields = {**clip, "in_point": in_point, "out_point": out_point}
    return Placed(clip=fields, start=start, end=end)


def split(draft: Draft, lane: Lane, placed: Placed, at: int, wanted: str | None = None) -> Placed:
    """Cut a clip in two at a frame within it; returns the right part."""
    grid = draft.grid
    cut = Cut(at=grid.seconds(at - placed.start), length=grid.seconds(placed.length))
    left, right = halves(placed.clip, cut)
    middle = grid.source(placed.clip["in_point"], at - placed.start, placed.speed)
    name = draft.made("clip", wanted, track=lane.id)
    kept = {effect["id"] for effect in left.get("effects", ())}
    left |= {"out_point": middle}
    right |= {"id": name, "in_point": middle}
    if "effects" in right:
        right["effects"] = [_own(draft, lane, name, effect, kept) for effect in right["effects"]]
    lane.hand_over(placed.id, name)
    lane.put(Placed(clip=left, start=placed.start, end=at))
    part = Placed(clip=right, start=at, end=placed.end)
    lane.put(part)
    draft.written |= {placed.id, name}
    draft.split.append(name)
    return part


def _own(draft: Draft, lane: Lane, clip_id: str, effect: Any, taken: set[str]) -> dict[str, Any]:
    """The right part's effect: one that the left part has too gets an id of its own."""
    if effect["id"] in taken:
        return {**effect, "id": draft.made("effect", None, track=lane.id, clip=clip_id)}
    draft.rename_home(effect["id"], track=lane.id, clip=clip_id)
    return dict(effect)
