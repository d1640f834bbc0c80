"""Edits of transitions: where their time comes from, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stoat_ferret.edit.catalogue import kinds, transition_names
from stoat_ferret.edit.clips import TOLERANCE, length_of
from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.lane import Edge, Lane, Placed
from stoat_ferret.edit.placing import trimmed
from stoat_ferret.edit.refusal import fix, likely, meant, refuse
from stoat_ferret.edit.step import Step
from stoat_ferret.model import edit as model


def add_transition(step: Step, edit: model.AddTransition) -> None:
    """Join a clip with the next one."""
    lane, before = step.draft.clip(edit.from_, "/from")
    step.draft.clip(edit.to, "/to")
    after = adjacent(step.draft, lane, before, edit.to)
    known(edit.type)
    frames = step.length("duration", edit.duration)
    if edit.mode == "overlap":
        overlap(step.draft, lane, before, after, frames)
    else:
        handles(step.draft, lane, before, after, frames)
    step.id = step.draft.made("transition", edit.id, track=lane.id)
    written = {"id": step.id, "type": edit.type, "duration": step.grid.seconds(frames)}
    written |= {"from": before.id, "to": after.id}
    if "audio" in edit.model_fields_set:
        written["audio"] = edit.to_json()["audio"]
    lane.transitions = [*lane.transitions, written]


def require_type(_: Draft, edit: model.AddTransition | model.UpdateTransition) -> None:
    """Refuse the name of a transition that is none."""
    if edit.type is not None:
        known(edit.type)


def known(name: str, path: str = "/type") -> None:
    """Refuse the name of a transition that is none."""
    if name not in transition_names():
        raise refuse(
            path,
            "transition.unknown",
            f"There is no transition {name!r}.",
            meant(name, transition_names()),
            allowed=likely(name, transition_names()),
        )


def adjacent(draft: Draft, lane: Lane, before: Placed, to: str | None) -> Placed:
    """The clip that a transition from this one leads to; refused when that is another than `to`."""
    after = lane.following(before.id) if before.enabled else None
    if after is None or (to is not None and after.id != to):
        right = [{**draft.edit, "to": after.id}] if after and to is not None else []
        raise refuse(
            _field(draft, "to"),
            "transition.not_adjacent",
            f"Nothing follows {before.id!r} on its track."
            if after is None and before.enabled
            else f"{before.id!r} is off."
            if to is None
            else f"{to!r} does not follow {before.id!r} on its track.",
            "A transition joins a clip that is on and the next one of the same track.",
            allowed=[after.id] if after and to is not None else None,
            fixes=[fix(f"Join it with {edit['to']!r}", edit) for edit in right],
        )
    if (edge := lane.edge_out_of(before.id)) is not None:
        raise _twice(draft, edge, longest(lane, before, after))
    if before.end < after.start:
        closer = {"op": "move_clip", "clip_id": after.id, "timeline_start": draft.grid.seconds(before.end)}
        gap, room = draft.grid.seconds(after.start - before.end), longest(lane, before, after)
        joins = [_that_fits(draft, draft.edit, room)]
        if joins[0].get("mode") == "handles":
            joins.append(_that_fits(draft, {**draft.edit, "mode": "overlap"}, room))
        titles = ("Close the gap and join them", "Close the gap and overlap them")
        raise refuse(
            _field(draft, "to"),
            "transition.not_adjacent",
            f"There is a gap of {gap:g} s between {before.id!r} and {after.id!r}.",
            "Close the gap first.",
            fixes=[fix(title, closer, join) for title, join in zip(titles, joins, strict=False)],
        )
    return after


def _twice(draft: Draft, edge: Edge, most: int) -> Exception:
    fixes = []
    if not edge.is_effect:
        wanted: dict[str, Any] = {**draft.edit, **_of_effect(draft)}
        changed: dict[str, Any] = {name: wanted[name] for name in ("type", "duration") if name in wanted}
        if "duration" in changed and _frames(draft, changed["duration"]) > most:
            changed["duration"] = draft.grid.seconds(most)
        update = {"op": "update_transition", "transition_id": edge.id, **changed}
        fixes.append(fix("Change the one that is there", update))
    return refuse(
        _field(draft, "from"),
        "transition.twice",
        f"{edge.id!r} joins these two clips already.",
        "Change it with update_transition, or remove it first.",
        fixes=fixes,
    )


def _of_effect(draft: Draft) -> dict[str, Any]:
    """The fields of a transition that an effect stands for."""
    if draft.edit["op"] != "add_effect":
        return {}
    params = kinds()["xfade"].params(draft.edit.get("params", {}), draft.grid)
    return {"type": params.get("transition", "fade"), "duration": params["duration"]}


def _field(draft: Draft, name: str) -> str:
    """Where the edit says what a transition needs to know; an effect that means one has its own way."""
    if draft.edit["op"] != "add_effect":
        return f"/{name}"
    if name in {"from", "to"}:
        return "/target"
    names, given = kinds()[draft.edit["type"]].names, draft.edit.get("params", {})
    return f"/params/{next((other for other in given if names.get(other, other) == name), name)}"


def lasting_for(edit: Mapping[str, Any], seconds: float) -> dict[str, Any]:
    """An edit with a transition of another length."""
    if edit["op"] != "add_effect":
        return {**edit, "duration": seconds}
    return with_param(edit, "duration", seconds)


def with_param(edit: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """An edit with another value of a parameter, whichever name it had; none takes it out."""
    names = kinds()[edit["type"]].names
    params = {
        other: given for other, given in edit.get("params", {}).items() if names.get(other, other) != name
    }
    return {**edit, "params": params if value is None else {**params, name: value}}


def overlap(draft: Draft, lane: Lane, before: Placed, after: Placed, frames: int) -> None:
    """Move the later clip and all after it left, so that the two overlap."""
    _short_enough(draft, longest(lane, before, after), frames)
    lane.shift_after(before, -frames)


def longest(lane: Lane, before: Placed, after: Placed) -> int:
    """Frames that a transition between two clips may last without meeting the ones beside it."""
    into, out_of = lane.edge_into(before.id), lane.edge_out_of(after.id)
    return min(before.length - (into.length if into else 0), after.length - (out_of.length if out_of else 0))


def _short_enough(draft: Draft, most: int, frames: int, *, now: int | None = None) -> None:
    """Refuse a length for which there is no room; `now` is the one that the transition has."""
    if frames > most:
        wanted, longest_seconds = draft.grid.seconds(frames), draft.grid.seconds(max(most, 0))
        shorter = lasting_for(draft.edit, longest_seconds)
        raise refuse(
            _field(draft, "duration"),
            "transition.too_long",
            f"The transition would last {wanted:g} s; there is room for {longest_seconds:g} s.",
            "It is at most as long as either of its clips, less the transitions at their other ends.",
            fixes=[fix(f"Let it last {longest_seconds:g} s", shorter)] if 0 < most != now else (),
        )


def handles(draft: Draft, lane: Lane, before: Placed, after: Placed, frames: int) -> None:
    """Lengthen both clips around the cut, from material beyond their points."""
    later, earlier = frames - frames // 2, frames // 2
    tail, head = _tail(draft, before), _head(draft, after)
    room = longest(lane, before, after)
    most = min(
        2 * tail if tail is not None else frames, 2 * head + 1 if head is not None else frames, 2 * room
    )
    if (tail is not None and later > tail) or (head is not None and earlier > head):
        missing = (max(later - (tail or 0), 0), max(earlier - (head or 0), 0))
        raise _short(draft, frames, most, room, missing)
    _short_enough(draft, min(most, 2 * room), frames)
    lane.exchange(trimmed(draft, before, before.start, before.end + later))
    lane.put(trimmed(draft, after, after.start - earlier, after.end))


def _tail(draft: Draft, placed: Placed) -> int | None:
    """Frames of material after a clip; none for as many as wanted."""
    duration = length_of(draft.facts(placed.clip["source"], "/from"))
    if duration is None:
        return None
    grid, clip = draft.grid, placed.clip
    end = max(duration + TOLERANCE, clip["out_point"])
    left = grid.reached(clip["in_point"], end, placed.speed) - grid.seconds(placed.length)
    return int(grid.frame(left - grid.seconds(1) / 2 + 1e-6))


def _head(draft: Draft, placed: Placed) -> int | None:
    """Frames of material before a clip; none for as many as wanted."""
    if length_of(draft.facts(placed.clip["source"], "/to")) is None:
        return None
    left = -draft.grid.reached(placed.clip["in_point"], 0.0, placed.speed)
    return int(draft.grid.frame(left - draft.grid.seconds(1) / 2 + 1e-6))


def _frames(draft: Draft, duration: float | str) -> int:
    return draft.grid.frame(draft.grid.time(duration, "/duration"))


def _that_fits(draft: Draft, edit: Mapping[str, Any], most: int) -> dict[str, Any]:
    """The edit, with a transition by overlap that is no longer than there is room for."""
    wanted = {**edit, **_of_effect(draft)}
    by_overlap = wanted.get("mode", "overlap") == "overlap" and "duration" in wanted and most > 0
    if by_overlap and _frames(draft, wanted["duration"]) > most:
        return lasting_for(edit, draft.grid.seconds(most))
    return dict(edit)


def _short(draft: Draft, frames: int, most: int, room: int, missing: tuple[int, int]) -> Exception:
    seconds = draft.grid.seconds
    fixes = []
    if most > 0:
        fixes.append(fix(f"Let it last {seconds(most):g} s", {**draft.edit, "duration": seconds(most)}))
    if room > 0:
        overlapping = {**draft.edit, "mode": "overlap", "duration": seconds(min(frames, room))}
        fixes.append(fix("Overlap the clips: later ones move left", overlapping))
    places = ("after the out_point of the clip that goes", "before the in_point of the clip that comes")
    lacks = [f"{seconds(some):g} s {where}" for some, where in zip(missing, places, strict=True) if some]
    return refuse(
        "/duration",
        "transition.no_handles",
        f"For {seconds(frames):g} s there is not enough material: {' and '.join(lacks)} is missing.",
        "Take a shorter one, or overlap the clips.",
        fixes=fixes,
    )


def update_transition(step: Step, edit: model.UpdateTransition) -> None:
    """Change a transition's type or length."""
    lane, edge = _transition(step, edit.transition_id)
    changed: dict[str, Any] = {}
    if edit.type is not None:
        known(edit.type)
        changed["type"] = edit.type
    if edit.duration is not None:
        frames = step.length("duration", edit.duration)
        before, after = lane.find(edge.from_id), lane.find(edge.to_id)
        _short_enough(step.draft, longest(lane, before, after), frames, now=edge.length)
        lane.shift_after(before, edge.length - frames)
        changed["duration"] = step.grid.seconds(frames)
    lane.transitions = [
        {**one, **changed} if one["id"] == edit.transition_id else one for one in lane.transitions
    ]


def remove_transition(step: Step, edit: model.RemoveTransition) -> None:
    """Make a hard cut of a transition."""
    lane, edge = _transition(step, edit.transition_id)
    step.draft.forget(edge.id)
    lane.cut(edge)
    part(step.draft, lane, edge, ripple=edit.ripple)


def part(draft: Draft, lane: Lane, edge: Edge, *, ripple: bool) -> None:
    """Let two clips that overlapped meet: the later ones move right, or both are cut in the middle."""
    before = lane.find(edge.from_id)
    if ripple:
        lane.shift_after(before, edge.length)
        return
    middle = edge.start + edge.length // 2
    after = lane.find(edge.to_id)
    if middle in {before.start, after.end}:
        middle = edge.end if middle == before.start else edge.start
    lane.exchange(trimmed(draft, before, before.start, middle))
    lane.put(trimmed(draft, after, middle, after.end))


def _transition(step: Step, name: str) -> tuple[Lane, Edge]:
    home = step.draft.home(name, "transition", "/transition_id")
    lane = step.draft.lane(home.track or "", "/transition_id")
    return lane, next(edge for edge in lane.edges() if edge.id == name)
