"""Edits of effects and keyframes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from stoat_ferret.compile import Speed
from stoat_ferret.edit.catalogue import EffectKind, animated, generator_kind, kinds
from stoat_ferret.edit.draft import PROJECT, Draft, Home
from stoat_ferret.edit.lane import JOINING, Edge, Lane, Placed, stands_for_edge
from stoat_ferret.edit.refusal import fix, likely, meant, refuse
from stoat_ferret.edit.step import Step
from stoat_ferret.edit.transitions import adjacent, overlap, part, with_param
from stoat_ferret.model import edit as model

Json = Mapping[str, Any]

CLIP_NUMBERS = (
    "volume",
    *(f"transform.{name}" for name in ("x", "y", "width", "height", "rotation", "opacity")),
    "transform.crop.x",
    "transform.crop.y",
)
"""Numbers of a clip that may change over time."""


def require_effect(draft: Draft, edit: model.AddEffect) -> None:
    """Refuse an effect that there is not, and parameters that none like it takes."""
    kind = _kind(edit.type)
    kind.checked(edit.params, draft.grid, derived=("duration",) if kind.type == "acrossfade" else ())


def add_effect(step: Step, edit: model.AddEffect) -> None:
    """Put an effect where it works; some become what they mean."""
    draft = step.draft
    home, owner = _target(draft, edit.target)
    kind = _kind(edit.type)
    if home.kind not in kind.targets:
        raise refuse(
            "/target",
            "effect.not_here",
            f"{kind.type} does not work on a {home.kind}.",
            "Choose one of the allowed places.",
            allowed=kind.targets,
        )
    crossing = _crossing(draft, kind, home, owner)
    params = kind.checked(edit.params, step.grid, derived=() if crossing is None else ("duration",))
    if crossing is not None:
        _cross(step, crossing, params)
    elif kind.type in JOINING and home.kind == "clip":
        _join(step, edit, kind, owner, params)
    elif kind.type == "audio_ducking":
        _duck(step, draft.lane(home.track or owner, "/target"), params)
    elif kind.type == "audio_mix":
        _mix(step, edit, params)
    else:
        _insert(step, edit, (home, owner), {"type": kind.type, "params": params})


def _target(draft: Draft, target: str) -> tuple[Home, str]:
    if target == PROJECT or target == draft.document.get("id"):
        return Home(kind="project"), PROJECT
    kind = draft.kind_of(target)
    if kind not in {"clip", "track"}:
        raise draft.unknown(target, ("clip", "track"), "/target", PROJECT)
    home = draft.home(target, "track" if kind == "track" else "clip", "/target")
    return home, target


def _kind(name: str) -> EffectKind:
    if found := kinds().get(name):
        return found
    raise refuse(
        "/type",
        "effect.unknown",
        f"There is no effect {name!r}.",
        meant(name, list(kinds())),
        allowed=likely(name, list(kinds())),
    )


def _insert(step: Step, edit: model.AddEffect, place: tuple[Home, str], effect: Json) -> None:
    home, owner = place
    draft = step.draft
    effects = draft.effects(home, owner)
    clip = owner if home.kind == "clip" else None
    step.id = draft.made("effect", edit.id, track=home.track, clip=clip)
    written = {"id": step.id, **effect}
    effects.insert(len(effects) if edit.index is None else edit.index, written)
    _write(draft, home, owner, effects)


def _write(draft: Draft, home: Home, owner: str, effects: list[Json]) -> None:
    """Store effects; a clip whose speed they change ends elsewhere, and later clips follow."""
    if home.kind != "clip":
        draft.write_effects(home, owner, effects)
        return
    lane = draft.lane(home.track or "", "/target")
    before = lane.find(owner)
    after = before.with_fields(effects=effects)
    if before.speed == after.speed or not _possible(after.speed):
        lane.exchange(after)
        return
    frames = draft.grid.length(after.clip["in_point"], after.clip["out_point"], after.speed)
    if frames < 1:
        raise refuse(
            "/params",
            "clip.too_short",
            "At this speed the clip would be shorter than one frame.",
            f"A frame lasts {draft.grid.seconds(1):g} s.",
        )
    lane.shift_after(before, frames - before.length)
    lane.exchange(Placed(clip=after.clip, start=before.start, end=before.start + frames))


def _possible(speed: Speed) -> bool:
    """Whether a clip can have this speed; where it cannot, the core says why."""
    keys = ((0.0, speed, ""),) if isinstance(speed, float) else speed
    in_order = all(one[0] < other[0] for one, other in pairwise(keys))
    return in_order and all(0.25 <= value <= 4 for _, value, _ in keys)


def _crossing(draft: Draft, kind: EffectKind, home: Home, owner: str) -> tuple[Lane, Edge] | None:
    """The transition that is there already, of which `acrossfade` is the sound."""
    if kind.type != "acrossfade" or home.kind != "clip":
        return None
    lane, before = draft.clip(owner, "/target")
    edge = lane.edge_out_of(before.id)
    return None if edge is None or edge.is_effect else (lane, edge)


def _cross(step: Step, crossing: tuple[Lane, Edge], params: Json) -> None:
    """Let the sound of a transition cross by these curves."""
    lane, edge = crossing
    if (
        "duration" in params
        and step.length("duration", params["duration"], "/params/duration") != edge.length
    ):
        raise _other_duration(step, edge, params["duration"])
    curves = _curves(params)
    lane.transitions = [{**one, "audio": curves} if one["id"] == edge.id else one for one in lane.transitions]
    step.draft.written.add(edge.id)
    step.id = edge.id


def _other_duration(step: Step, edge: Edge, wanted: float) -> Exception:
    seconds, asked = step.grid.seconds(edge.length), step.draft.edit
    longer = {"op": "update_transition", "transition_id": edge.id, "duration": wanted}
    return refuse(
        "/params/duration",
        "transition.duration",
        f"The sound would cross for {wanted:g} s, but its transition {edge.id!r} lasts {seconds:g} s.",
        "Leave the duration out, or change the transition.",
        fixes=[
            fix(f"Let it cross for {seconds:g} s", with_param(asked, "duration", seconds)),
            fix(f"Let the transition last {wanted:g} s", longer, asked),
        ],
    )


def _curves(params: Json) -> dict[str, Any]:
    return {name: params[name] for name in ("curve1", "curve2") if name in params}


def _join(step: Step, edit: model.AddEffect, kind: EffectKind, owner: str, params: dict[str, Any]) -> None:
    """`xfade` and `acrossfade` are the transition to the next clip."""
    draft = step.draft
    lane, before = draft.clip(owner, "/target")
    after = adjacent(draft, lane, before, None)
    frames = step.length("duration", params["duration"], "/params/duration")
    seconds = step.grid.seconds(frames)
    overlap(draft, lane, before, after, frames)
    if kind.type == "acrossfade" and lane.fields["type"] != "audio":
        params["duration"] = seconds
        _insert(
            step, edit, (draft.home(owner, "clip", "/target"), owner), {"type": kind.type, "params": params}
        )
        return
    if "offset" in params:
        _agree(step, params["offset"], step.grid.seconds(before.length - frames))
    step.id = draft.made("transition", edit.id, track=lane.id)
    name = params.get("transition", "fade")
    written = {"id": step.id, "type": name, "duration": seconds, "from": before.id, "to": after.id}
    if curves := _curves(params):
        written["audio"] = curves
    lane.transitions = [*lane.transitions, written]


def _agree(step: Step, given: float, derived: float) -> None:
    """An offset says nothing new: it has to be where the transition starts, as in a document."""
    if abs(given - derived) >= step.grid.seconds(1):
        raise refuse(
            "/params/offset",
            "transition.offset",
            f"The offset is {given:g} s, but the transition starts {derived:g} s into the clip.",
            "Leave the offset out: it is derived.",
            fixes=[fix("Leave the offset out", with_param(step.draft.edit, "offset", None))],
        )


def _duck(step: Step, lane: Lane, params: Json) -> None:
    """`audio_ducking` is the ducking of its track, under all other tracks with pictures."""
    under = [
        track["id"] for track in step.draft.tracks() if track["type"] == "video" and track["id"] != lane.id
    ]
    if not under:
        raise refuse(
            "/target",
            "ducking.nothing",
            "There is no other video track to step back for.",
            "Use set_ducking and name the tracks.",
        )
    lane.fields["ducking"] = {"under": under, **params}
    step.id = lane.id


def _mix(step: Step, edit: model.AddEffect, params: Json) -> None:
    """`audio_mix` is the project's mix, of which there is one."""
    draft = step.draft
    effects = draft.effects(Home(kind="project"), PROJECT)
    there = next((one for one in effects if one["type"] == "audio_mix"), None)
    if there is not None:
        update = {"op": "update_effect", "effect_id": there["id"], "params": dict(params)}
        raise refuse(
            "/type",
            "mix.twice",
            f"The project has a mix already: {there['id']!r}.",
            "Change the one that is there.",
            fixes=[fix("Change the mix that is there", update)],
        )
    _insert(step, edit, (Home(kind="project"), PROJECT), {"type": "audio_mix", "params": params})


def update_effect(step: Step, edit: model.UpdateEffect) -> None:
    """Change parameters, or switch on and off."""
    draft = step.draft
    home, owner = draft.owner_of(edit.effect_id)
    effects = draft.effects(home, owner)
    index = _index(effects, edit.effect_id)
    effect = dict(effects[index])
    kind = _kind(effect["type"])
    params = kind.params(edit.params, step.grid, null=True)
    merged = {**effect.get("params", {}), **params}
    kind.checked(edit.params, step.grid, derived=kind.required)
    effect["params"] = {name: value for name, value in merged.items() if value is not None}
    if "enabled" in edit.model_fields_set:
        effect["enabled"] = edit.enabled
    effects[index] = effect
    _write(draft, home, owner, effects)


def move_effect(step: Step, edit: model.MoveEffect) -> None:
    """Move an effect among its neighbours."""
    home, owner = step.draft.owner_of(edit.effect_id)
    effects = step.draft.effects(home, owner)
    effect = effects.pop(_index(effects, edit.effect_id))
    effects.insert(edit.index, effect)
    step.draft.write_effects(home, owner, effects)


def remove_effect(step: Step, edit: model.RemoveEffect) -> None:
    """Take an effect off; one that stands for a transition lets its clips part."""
    draft = step.draft
    home, owner = draft.owner_of(edit.effect_id)
    effects = draft.effects(home, owner)
    effect = effects[_index(effects, edit.effect_id)]
    kept = [one for one in effects if one["id"] != edit.effect_id]
    if home.kind == "clip" and stands_for_edge(effect) and not any(map(stands_for_edge, kept)):
        lane = draft.lane(home.track or "", "/effect_id")
        edge = lane.edge_out_of(owner)
        draft.write_effects(home, owner, kept)
        if edge is not None:
            part(draft, lane, edge, ripple=True)
    else:
        _write(draft, home, owner, kept)
    draft.forget(edit.effect_id)


def _index(effects: list[Json], effect_id: str) -> int:
    return next(index for index, effect in enumerate(effects) if effect["id"] == effect_id)


def set_keyframes(step: Step, edit: model.SetKeyframes) -> None:
    """Let a number change over time, or no longer."""
    draft = step.draft
    keyframes = edit.to_json()["keyframes"]
    value = None if keyframes is None else animated({"keyframes": keyframes}, step.grid)
    if draft.kind_of(edit.target) == "effect":
        home, owner = draft.owner_of(edit.target)
        effects = draft.effects(home, owner)
        index = _index(effects, edit.target)
        kind = _kind(effects[index]["type"])
        _animatable(edit.param, _numbers(kind))
        params = _set(effects[index].get("params", {}), edit.param.split("."), value, kind.required)
        effects[index] = {**effects[index], "params": params}
        _write(draft, home, owner, effects)
        return
    if draft.kind_of(edit.target) != "clip":
        raise draft.unknown(edit.target, ("clip", "effect"), "/target")
    lane, placed = draft.clip(edit.target, "/target")
    source = placed.clip["source"]
    made = generator_kind(source)
    numbers = () if made is None else tuple(f"source.{name}" for name in _numbers(made))
    _animatable(edit.param, (*CLIP_NUMBERS, *numbers))
    clip = _set(placed.clip, edit.param.split("."), value)
    lane.exchange(placed.with_fields(**{"transform": None, **clip}))


_PLACED = ("counter", "lower_third", "text_overlay", "timecode", "title")
"""Effects and generators whose position may change over time."""


def _numbers(kind: EffectKind) -> tuple[str, ...]:
    """The names by which numbers of an effect are animated."""
    places = ("position.x", "position.y") if kind.type in _PLACED else ()
    return (*kind.animatable, *places)


def _animatable(name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise refuse(
            "/param",
            "keyframes.param",
            f"{name!r} cannot change over time here.",
            meant(name, names) if names else "Nothing can change over time here.",
            allowed=likely(name, names),
        )


def _set(fields: Json, path: list[str], value: Any, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields with another value at a path; none takes it off, or leaves the first where one must be."""
    name, *rest = path
    changed = dict(fields)
    if rest:
        inner = fields.get(name)
        changed[name] = _set(inner if isinstance(inner, dict) else {}, rest, value)
        if not changed[name]:
            del changed[name]
    elif value is not None:
        changed[name] = value
    elif name in required:
        first = fields.get(name)
        changed[name] = first["keyframes"][0]["value"] if isinstance(first, dict) else first
    else:
        changed.pop(name, None)
    return changed
