"""Edits of clips: add, change, move, trim, slip, split, duplicate, remove."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stoat_ferret.compile import Speed
from stoat_ferret.edit.catalogue import animated, generator_kind, kinds
from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.grid import Grid
from stoat_ferret.edit.halves import started_later
from stoat_ferret.edit.lane import JOINING, Edge, Lane, Placed
from stoat_ferret.edit.placing import in_transition, make_room, put, split
from stoat_ferret.edit.refusal import fix, refuse
from stoat_ferret.edit.step import Step
from stoat_ferret.errors import Fix
from stoat_ferret.model import edit as model

Json = Mapping[str, Any]

TOLERANCE = 0.05
"""Seconds: the last frame of a source may end a little before what its container counts as the end."""

NOMINAL = 5.0
"""Seconds that a fix offers for a clip that has no length of its own."""

ALONE = (*JOINING, "audio_ducking", "audio_mix")
"""Effects that act beyond their clip: a copy of the clip goes without them."""


def require_source(draft: Draft, edit: model.AddClip | model.UpdateClip) -> None:
    """Refuse a source that cannot be used."""
    draft.facts(edit.source)


def add_clip(step: Step, edit: model.AddClip) -> None:
    """Put a part of a source on a track."""
    draft = step.draft
    lane = draft.lane(edit.track_id)
    given = {"mode", "at", "op", "track_id", "id", "in_point", "out_point"}
    fields = {name: value for name, value in edit.to_json().items() if name not in given}
    facts = draft.facts(fields["source"])
    _sound(lane, facts)
    step.id = draft.made("clip", edit.id, track=lane.id)
    clip = {"id": step.id, **_clip_fields(fields, step.grid)}
    clip["effects"] = [_effect(step, lane, one) for one in clip.get("effects", ())]
    speed = Placed(clip=clip, start=0, end=0).speed
    in_point = step.time("in_point", edit.in_point)
    out_point, frames = _extent(step, edit, facts, in_point, speed)
    clip |= {"in_point": in_point, "out_point": out_point, "timeline_start": 0.0, "timeline_end": 0.0}
    if not clip["effects"]:
        del clip["effects"]
    start = lane.end if edit.at == "end" else step.frame("at", edit.at)
    put(draft, lane, Placed(clip=clip, start=start, end=start + frames), edit.mode, "at")


def _sound(lane: Lane, facts: Json | None) -> None:
    if facts is not None and lane.fields["type"] == "audio" and facts.get("audio") is None:
        raise refuse(
            "/source",
            "source.no_sound",
            "An audio track takes only the sound of its sources, and this one has none.",
            "Put the clip on a video track, or use a source with sound.",
        )


def _clip_fields(fields: Json, grid: Grid) -> dict[str, Any]:
    """Fields of a clip as documents have them: canonical names, times in seconds."""
    written = dict(fields)
    if "source" in written:
        written["source"] = source_of(written["source"], grid)
    if "volume" in written:
        written["volume"] = animated(written["volume"], grid)
    if written.get("transform"):
        written["transform"] = transform_of(written["transform"], grid)
    return {name: value for name, value in written.items() if value is not None}


def source_of(source: Any, grid: Grid) -> Any:
    """A source as documents have it: a generator with canonical parameters."""
    kind = generator_kind(source)
    if kind is None:
        return source
    params = {name: value for name, value in source.items() if name != "generator"}
    return {"generator": kind.type, **kind.params(params, grid)}


def transform_of(transform: Json, grid: Grid) -> dict[str, Any]:
    """A transform as documents have it."""
    parts = {name: animated(value, grid) for name, value in transform.items() if value is not None}
    if isinstance(parts.get("crop"), dict):
        parts["crop"] = {name: animated(value, grid) for name, value in parts["crop"].items()}
    return parts


def _effect(step: Step, lane: Lane, effect: Json) -> dict[str, Any]:
    name = step.draft.made("effect", effect.get("id"), track=lane.id, clip=step.id)
    kind = kinds().get(effect["type"])
    params = effect.get("params", {})
    canonical = kind.params(params, step.grid) if kind else params
    return {"id": name} | {**effect, "id": name, "params": canonical}


def _extent(
    step: Step, edit: model.AddClip, facts: Json | None, in_point: float, speed: Speed
) -> tuple[float, int]:
    """Where the clip ends in its source, and how many frames it lasts."""
    duration = length_of(facts)
    if edit.out_point is not None:
        out_point = step.time("out_point", edit.out_point)
    elif duration is not None:
        out_point = duration
    else:
        longer = {**step.draft.edit, "out_point": step.grid.source(in_point, step.grid.frame(NOMINAL), speed)}
        raise refuse(
            "/out_point",
            "clip.no_length",
            "A generator or a still picture has no length of its own.",
            "Give an out_point.",
            fixes=[fix(f"Let it last {NOMINAL:g} s", longer)],
        )
    if duration is not None and out_point > duration + TOLERANCE:
        shorter = {**step.draft.edit, "out_point": duration}
        raise beyond(
            duration, out_point, [fix(f"End it at {duration:g} s", shorter)] if duration > in_point else ()
        )
    frames = lasting(step.grid, in_point, out_point, speed)
    return on_grid(step, in_point, frames, out_point, speed, duration)


def length_of(facts: Json | None) -> float | None:
    """Seconds of a source; none where it lasts as long as it is asked to."""
    if facts is None or facts.get("kind") == "image":
        return None
    return float(facts["duration"])


def beyond(duration: float, out_point: float, fixes: Sequence[Fix]) -> Exception:
    """The refusal of an out point after the source's end."""
    return refuse(
        "/out_point",
        "clip.beyond_source",
        f"The clip would end at {out_point:g} s, but its source has only {duration:g} s.",
        f"Give an out_point of at most {duration:g}.",
        fixes=fixes,
    )


def lasting(grid: Grid, in_point: float, out_point: float, speed: Speed, path: str = "/out_point") -> int:
    """Frames of a clip between two points of its source; refused when it is none."""
    if out_point <= in_point:
        raise refuse(
            path,
            "clip.empty",
            f"The clip would end at {out_point:g} s of its source, not after its start at {in_point:g} s.",
            "Give an out_point after the in_point.",
        )
    frames = grid.length(in_point, out_point, speed, path)
    if frames < 1:
        raise refuse(
            path,
            "clip.too_short",
            "The clip would be shorter than one frame.",
            f"A frame lasts {grid.seconds(1):g} s.",
        )
    return frames


def on_grid(
    step: Step, in_point: float, frames: int, wanted: float, speed: Speed, duration: float | None
) -> tuple[float, int]:
    """The out point after so many whole frames, one less where the source ends before."""
    grid = step.grid
    out_point = grid.source(in_point, frames, speed)
    if duration is not None and out_point > duration + TOLERANCE and frames > 1:
        frames -= 1
        out_point = grid.source(in_point, frames, speed)
    if abs(out_point - wanted) > 1e-6:
        step.snapped["out_point"] = out_point
    return out_point, frames


def update_clip(step: Step, edit: model.UpdateClip) -> None:
    """Change what a clip shows and how."""
    lane, placed = step.draft.clip(edit.clip_id)
    fields = {name: value for name, value in edit.to_json().items() if name not in {"op", "clip_id"}}
    changed: dict[str, Any] = {name: value for name, value in fields.items() if value is None}
    changed |= _clip_fields(fields, step.grid)
    if changed.get("transform"):
        changed["transform"] = {**(placed.clip.get("transform") or {}), **changed["transform"]}
    if (source := changed.get("source")) is not None:
        facts = step.draft.facts(source)
        _sound(lane, facts)
        duration = length_of(facts)
        if duration is not None and placed.clip["out_point"] > duration + TOLERANCE:
            raise refuse(
                "/source",
                "clip.beyond_source",
                f"The clip ends at {placed.clip['out_point']:g} s, but this source has only {duration:g} s.",
                "Trim the clip first, or take a longer source.",
            )
    elif "source" in changed:
        del changed["source"]
    lane.exchange(placed.with_fields(**changed))


def move_clip(step: Step, edit: model.MoveClip) -> None:
    """Put a clip at another place."""
    draft = step.draft
    lane, placed = draft.clip(edit.clip_id)
    start = step.frame("timeline_start", edit.timeline_start)
    target = draft.lane(edit.track_id) if edit.track_id else lane
    if target is lane and start == placed.start:
        return
    fits(target, lane)
    for edge in lane.edges_of(placed.id):
        draft.forget(edge.id)
    placed = lane.take(placed.id)
    moved = replace(placed, start=start, end=start + placed.length)
    put(draft, target, moved, edit.mode, "timeline_start", now=placed.start if target is lane else None)
    if target is not lane:
        draft.rename_home(placed.id, track=target.id)
        for effect in placed.clip.get("effects", ()):
            draft.rename_home(effect["id"], track=target.id, clip=placed.id)


def fits(target: Lane, lane: Lane) -> None:
    """Refuse to bring titles to sound, or the like."""
    kinds_of = {target.fields["type"], lane.fields["type"]}
    if "text" in kinds_of and "audio" in kinds_of:
        raise refuse(
            "/track_id",
            "clip.wrong_track",
            f"A clip of a {lane.fields['type']} track does not fit on a {target.fields['type']} track.",
            "Choose a track of a fitting type.",
        )


def trim_clip(step: Step, edit: model.TrimClip) -> None:
    """Move one or both edges of a clip."""
    draft, grid = step.draft, step.grid
    lane, placed = draft.clip(edit.clip_id)
    clip, speed = placed.clip, placed.speed
    in_point = clip["in_point"] if edit.in_point is None else step.time("in_point", edit.in_point)
    out_point = clip["out_point"] if edit.out_point is None else step.time("out_point", edit.out_point)
    if in_point == clip["in_point"] and out_point == clip["out_point"]:
        return
    _within_source(step, lane, placed, out_point, ripple=edit.ripple)
    there = (
        clip
        if isinstance(speed, float)
        else started_later(clip, grid.reached(clip["in_point"], in_point, speed))
    )
    path = "/out_point" if edit.out_point is not None else "/in_point"
    lasting(grid, in_point, out_point, replace(placed, clip=there).speed, path)
    left = frames_between(grid, placed, clip["in_point"], in_point)
    right = frames_between(grid, placed, clip["out_point"], out_point)
    start, end = placed.start + left, placed.end + right
    if end <= start:
        lasting(grid, in_point, in_point + grid.seconds(1) / 16, replace(placed, clip=there).speed)
    fields = dict(started_later(clip, grid.seconds(left)))
    speed = replace(placed, clip=fields).speed
    if left:
        fields["in_point"] = grid.source(clip["in_point"], left, placed.speed)
    if right or left:
        ends = grid.source(fields["in_point"], end - start, speed)
        fields["out_point"] = ends if right else clip["out_point"]
    _tell(step, edit, fields, in_point, out_point)
    if edit.ripple:
        lane.shift_after(placed, right - left)
        lane.exchange(Placed(clip=fields, start=placed.start, end=placed.end + right - left))
        return
    _free_edges(draft, lane, placed, left, right)
    if start < 0:
        least = grid.source(clip["in_point"], -placed.start, placed.speed)
        raise refuse(
            "/in_point",
            "clip.before_start",
            "The clip would start before the timeline does.",
            f"Give an in_point of at least {least:g}, or let later clips follow with ripple.",
            fixes=[fix("Let later clips follow", {**draft.edit, "ripple": True})],
        )
    _free_room(draft, lane, Placed(clip=fields, start=start, end=end))


def _within_source(step: Step, lane: Lane, placed: Placed, out_point: float, *, ripple: bool) -> None:
    if out_point <= placed.clip["out_point"]:
        return
    duration = length_of(step.draft.facts(placed.clip["source"], "/out_point"))
    if duration is not None and out_point > duration + TOLERANCE:
        raise beyond(duration, out_point, _longer(step, lane, placed, duration, ripple=ripple))


def _longer(step: Step, lane: Lane, placed: Placed, duration: float, *, ripple: bool) -> list[Fix]:
    """How far a clip can be lengthened: up to the one behind it, or with ripple as far as its source goes."""
    following = None if ripple else lane.following(placed.id)
    room = duration
    if following is not None:
        free = max(following.start - placed.end, 0)
        room = min(_after(step.grid, placed, free), duration)
    least, edit = (placed.clip["out_point"] + _after(step.grid, placed, 1)) / 2, step.draft.edit
    fixes = [fix(f"End it at {room:g} s", {**edit, "out_point": room})] if room > least else []
    if duration > max(room, least):
        further = {**edit, "out_point": duration, "ripple": True}
        fixes.append(fix(f"End it at {duration:g} s, and let later clips follow", further))
    return fixes


def _after(grid: Grid, placed: Placed, frames: int) -> float:
    """The time of a clip's source that it would show so many frames after its end."""
    return grid.source(placed.clip["out_point"], frames, placed.speed, since=placed.length)


def frames_between(grid: Grid, placed: Placed, before: float, after: float) -> int:
    """Frames of the project in which a clip plays its source from one point to another."""
    speed = placed.speed
    if not isinstance(speed, float):
        first = placed.clip["in_point"]
        return grid.frame(grid.reached(first, after, speed)) - grid.frame(grid.reached(first, before, speed))
    if after >= before:
        return grid.length(before, after, speed)
    return -grid.length(after, before, speed)


def _tell(step: Step, edit: model.TrimClip, fields: Json, in_point: float, out_point: float) -> None:
    for name, given, wanted in (
        ("in_point", edit.in_point, in_point),
        ("out_point", edit.out_point, out_point),
    ):
        if given is not None and abs(fields[name] - wanted) > 1e-6:
            step.snapped[name] = fields[name]


def _free_edges(draft: Draft, lane: Lane, placed: Placed, left: int, right: int) -> None:
    """An edge under a transition does not move on its own."""
    for edge in lane.edges_of(placed.id):
        if (left and edge.to_id == placed.id) or (right and edge.from_id == placed.id):
            raise refuse(
                "/ripple",
                "clip.in_transition",
                f"The transition {edge.id!r} holds this edge of the clip.",
                "Let later clips follow with ripple, or remove the transition first.",
                fixes=_ripple_fixes(draft, edge),
            )


def _ripple_fixes(draft: Draft, edge: Edge) -> list[Any]:
    fixes = [fix("Let later clips follow", {**draft.edit, "ripple": True})]
    if not edge.is_effect:
        gone = {"op": "remove_transition", "transition_id": edge.id, "ripple": True}
        fixes.append(fix("Make a hard cut of the transition first", gone, draft.edit))
    return fixes


def _free_room(draft: Draft, lane: Lane, placed: Placed) -> None:
    """Put a trimmed clip where it stood, unless it grew into another one."""
    joined = {edge.from_id for edge in lane.edges_of(placed.id)} | {
        edge.to_id for edge in lane.edges_of(placed.id)
    }
    for other in lane.overlapping(placed.start, placed.end, but=placed.id):
        if placed.enabled and other.id not in joined:
            start, end = draft.grid.seconds(other.start), draft.grid.seconds(other.end)
            raise refuse(
                "/out_point" if other.start > placed.start else "/in_point",
                "clip.overlap",
                f"{other.id!r} lies there, from {start:g} s to {end:g} s.",
                "Let later clips follow with ripple, or trim less.",
                fixes=[fix("Let later clips follow", {**draft.edit, "ripple": True})],
            )
    lane.put(placed)


def slip_clip(step: Step, edit: model.SlipClip) -> None:
    """Show another part of the source at the same place."""
    draft, grid = step.draft, step.grid
    lane, placed = draft.clip(edit.clip_id)
    by = step.time("by", edit.by)
    in_point, out_point = placed.clip["in_point"], placed.clip["out_point"]
    duration = _length_known(draft, placed) if by > 0 or in_point + by < 0 else None
    most = None if duration is None else max(duration - out_point, 0.0)
    if in_point + by < 0 or (most is not None and by > most + TOLERANCE):
        raise _slips_out(step, placed, by, most)
    times = {
        "in_point": grid.source(in_point + by, 0, 1.0),
        "out_point": grid.source(out_point + by, 0, 1.0),
    }
    lane.exchange(placed.with_fields(**times))


def _length_known(draft: Draft, placed: Placed) -> float | None:
    return length_of(draft.facts(placed.clip["source"], "/clip_id"))


def _slips_out(step: Step, placed: Placed, by: float, most: float | None) -> Exception:
    in_point, out_point = placed.clip["in_point"], placed.clip["out_point"]
    back = 0.0 - in_point
    nearest = back if by < 0 else most or 0.0
    farthest = {**step.draft.edit, "by": nearest}
    moves = abs(nearest) > step.grid.seconds(1) / 2
    return refuse(
        "/by",
        "clip.beyond_source",
        f"The source has nothing from {in_point + by:g} s to {out_point + by:g} s.",
        f"Give a length from {back:g} to {'any' if most is None else f'{most:g}'}.",
        fixes=[fix(f"Slip it as far as it goes, by {nearest:g} s", farthest)] if moves else (),
    )


def split_clip(step: Step, edit: model.SplitClip) -> None:
    """Cut a clip in two."""
    draft = step.draft
    lane, placed = draft.clip(edit.clip_id)
    at = step.frame("at", edit.at)
    if not placed.start < at < placed.end:
        start, end = draft.grid.seconds(placed.start), draft.grid.seconds(placed.end)
        raise refuse(
            "/at",
            "clip.split_outside",
            f"The clip runs from {start:g} s to {end:g} s, and a cut needs a frame on both sides.",
            "Give a time within the clip.",
        )
    for edge in lane.edges_of(placed.id):
        if edge.is_within(at):
            raise in_transition(draft, edge, "at")
    step.id = split(draft, lane, placed, at, edit.id).id


def duplicate_clip(step: Step, edit: model.DuplicateClip) -> None:
    """Copy a clip with its effects."""
    draft = step.draft
    lane, placed = draft.clip(edit.clip_id)
    target = draft.lane(edit.track_id) if edit.track_id else lane
    fits(target, lane)
    mode = "place"
    if edit.at == "end":
        start = target.end
    elif edit.at is not None:
        start = step.frame("at", edit.at)
    elif target is lane:
        start, mode = placed.end, "insert"
        if edge := lane.edge_out_of(placed.id):
            raise in_transition(draft, edge, "at")
    else:
        start = placed.start
    step.id = draft.made("clip", edit.id, track=target.id)
    clip = {**placed.clip, "id": step.id}
    if "effects" in clip:
        kept = [one for one in clip["effects"] if one["type"] not in ALONE]
        clip["effects"] = [
            {**one, "id": draft.made("effect", None, track=target.id, clip=step.id)} for one in kept
        ]
        step.ids = [one["id"] for one in clip["effects"]]
    if mode == "insert":
        make_room(draft, target, start, placed.length, "at")
    put(draft, target, Placed(clip=clip, start=start, end=start + placed.length), "place", "at")


def remove_clip(step: Step, edit: model.RemoveClip) -> None:
    """Take a clip away, and close the gap on demand."""
    lane, placed = step.draft.clip(edit.clip_id)
    into, out_of = lane.edge_into(placed.id), lane.edge_out_of(placed.id)
    if edit.ripple:
        freed = placed.length - (into.length if into else 0) - (out_of.length if out_of else 0)
        lane.shift_after(placed, -freed)
    step.draft.remove_clip(lane, placed.id)
