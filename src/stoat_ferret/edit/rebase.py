"""Whether two changes of one document get into each other's way, and taking one back under the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from stoat_ferret import compile as core
from stoat_ferret import errors
from stoat_ferret.edit.apply import Applied
from stoat_ferret.edit.changes import (
    PLACE,
    STAMPS,
    Change,
    Changes,
    changes,
    elements,
    place_of,
    project_id,
)
from stoat_ferret.edit.draft import PROJECT
from stoat_ferret.edit.grid import Grid
from stoat_ferret.edit.settle import written
from stoat_ferret.errors import Problem

Json = Mapping[str, Any]

SPEEDING = PLACE | {"in_point", "out_point", "source", "enabled", "of"}
"""Fields of a clip on which its place depends."""

FIELDWISE = frozenset({"project", "track"})
"""Elements whose fields have nothing to do with one another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """An element that both sides were at."""

    kind: str
    """What it is."""
    id: str
    """Its id."""
    message: str
    """What the other side did to it."""

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it."""
        return {"kind": self.kind, "id": self.id, "message": self.message}


def conflicts(applied: Applied, theirs: Changes) -> tuple[Conflict, ...]:
    """What stands against applying a batch again behind changes that were made since its base.

    `applied` is the batch on its base, `theirs` what became of that base. Nothing: it may be rebased, and
    both orders come to the same. Clips that go to the `end` of a track go behind what they find there.
    """
    return _conflicts(
        applied.changes,
        theirs,
        named=applied.touched,
        appended=applied.appended,
        rippled=applied.rippled,
    )


def _conflicts(
    mine: Changes,
    theirs: Changes,
    *,
    named: frozenset[str] = frozenset(),
    appended: frozenset[str] = frozenset(),
    rippled: Mapping[str, float] | None = None,
) -> tuple[Conflict, ...]:
    found = {one.id: one for one in _on_elements(mine, theirs, named)}
    found |= {one.id: one for one in _in_removed(mine, theirs) if one.id not in found}
    found |= {one.id: one for one in _on_grid(mine, theirs) if one.id not in found}
    found |= {one.id: one for one in _in_order(mine, theirs) if one.id not in found}
    found |= {one.id: one for one in _on_tracks(mine, theirs, appended, rippled or {}) if one.id not in found}
    return tuple(found.values())


def _owners(found: Changes) -> Iterator[tuple[str, Change]]:
    """Every change with the element that it is about; that of an effect is about its owner as well."""
    for change in found.elements.values():
        yield change.id, change
        if change.kind == "effect":
            yield change.of or PROJECT, change
        if change.kind == "transition":
            for end in ("from", "to"):
                for name in set(change.fields.get(end, ())) - {None}:
                    yield name, change


def _grouped(found: Changes) -> dict[str, list[Change]]:
    grouped: dict[str, list[Change]] = {}
    for name, change in _owners(found):
        grouped.setdefault(name, []).append(change)
    return grouped


def _on_elements(mine: Changes, theirs: Changes, named: frozenset[str]) -> Iterator[Conflict]:
    ours = _grouped(mine)
    loose = {PROJECT, project_id(theirs.before), *(track["id"] for track in theirs.before.get("tracks", ()))}
    for name, done in _grouped(theirs).items():
        for change in done:
            clash = any(_clash(one, change, name) for one in ours.get(name, ()))
            read = name in named and name not in ours and name not in loose and not change.is_move
            if clash or read:
                yield Conflict(kind=change.kind, id=name, message=_told(change))
                break


def _clash(one: Change, other: Change, name: str) -> bool:
    """Whether two changes of one element depend on each other."""
    if one.id != other.id and FIELDWISE & {one.kind, other.kind}:
        return "removed" in {one.change, other.change} and {one.kind, other.kind} <= FIELDWISE
    if one.kind in FIELDWISE:
        both_changed = one.change == other.change == "changed"
        return not both_changed or bool(one.fields.keys() & other.fields.keys())
    if one.is_move and other.is_move:
        return True
    if one.is_move or other.is_move:
        still = other if one.is_move else one
        if still.kind == "effect":
            return False
        return still.id != name or still.change != "changed" or bool(still.fields.keys() & SPEEDING)
    return True


def _told(change: Change) -> str:
    fields = ", ".join(change.fields) if change.change == "changed" else ""
    return f"{change.kind} {change.id!r} was {change.change}" + (f": {fields}." if fields else ".")


def _in_removed(mine: Changes, theirs: Changes) -> Iterator[Conflict]:
    """What one side put where the other took everything away."""
    for these, those in ((mine, theirs), (theirs, mine)):
        gone = {one.id: one for one in these.elements.values() if one.change == "removed"}
        for change in those.elements.values():
            if change.change != "removed" and change.of in gone:
                done = change if those is theirs else gone[change.of]
                yield Conflict(kind=done.kind, id=done.id, message=_told(done))


def _on_grid(mine: Changes, theirs: Changes) -> Iterator[Conflict]:
    """With another rate every time is another one."""
    for these, those in ((mine, theirs), (theirs, mine)):
        name = project_id(these.before)
        if those and Grid.of(these.before) != Grid.of(these.after):
            yield Conflict(kind="project", id=name, message="The project's frame rate was changed.")


def _in_order(mine: Changes, theirs: Changes) -> Iterator[Conflict]:
    for name in mine.order.keys() | theirs.order.keys():
        if name in mine.order and name in theirs.order:
            yield Conflict(kind="order", id=name, message=f"The order of {name} was changed.")
        else:
            still = theirs if name in mine.order else mine
            kind = "track" if name == "tracks" else "effect"
            owner = None if name in {"tracks", "markers", PROJECT} else name
            moved = [
                one
                for one in still.elements.values()
                if one.kind == kind and one.of == owner and (kind == "effect" or one.change != "changed")
            ]
            if moved and name != "markers":
                yield Conflict(kind="order", id=name, message=f"What is in {name} was changed.")
            clip = still.elements.get(name)
            # A clip that is cut takes its effects with it into both halves, in the order that they have then.
            if clip is not None and clip.kind == "clip" and not clip.is_move:
                yield Conflict(kind="order", id=name, message=_told(clip))


# Room on a track


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """What a side did to the room of one track."""

    moved_from: float | None
    """The first place from which clips moved."""
    moved: str | None = None
    """The clip that moved from there, or to there."""
    taken: tuple[tuple[str, float, float], ...]
    """Places that clips came to: id, start, end."""
    left: tuple[tuple[str, float, float], ...]
    """Places that clips went away from."""


def _rows(found: Changes, but: frozenset[str]) -> dict[str, _Row]:
    clips = {change.id for change in found.elements.values() if change.kind == "clip"} - but
    old, new = _places(found.before, clips), _places(found.after, clips)
    taken: dict[str, list[tuple[str, float, float]]] = {}
    left: dict[str, list[tuple[str, float, float]]] = {}
    moved: dict[str, tuple[float, str]] = {}
    for change in found.elements.values():
        if change.id not in clips:
            continue
        before, after = old.get(change.id), new.get(change.id)
        if before and after and before == after:
            continue
        if after and (not before or not change.is_move):
            taken.setdefault(after[0], []).append((change.id, *after[1]))
        if before and (not after or not change.is_move):
            left.setdefault(before[0], []).append((change.id, *before[1]))
        if before and after and change.is_move:
            first = min(before[1][0], after[1][0])
            moved[after[0]] = min((first, change.id), moved.get(after[0], (first, change.id)))
            taken.setdefault(after[0], []).append((change.id, *after[1]))
    return {
        name: _Row(
            moved_from=moved[name][0] if name in moved else None,
            moved=moved[name][1] if name in moved else None,
            taken=tuple(taken.get(name, ())),
            left=tuple(left.get(name, ())),
        )
        for name in taken.keys() | left.keys() | moved.keys()
    }


def _places(document: Json, clips: set[str]) -> dict[str, tuple[str, tuple[float, float]]]:
    """Track and range of these clips."""
    if not clips:
        return {}
    return {
        clip["id"]: (track["id"], place_of(clip))
        for track in document.get("tracks", ())
        for clip in track.get("clips", ())
        if clip["id"] in clips
    }


def _on_tracks(
    mine: Changes, theirs: Changes, appended: frozenset[str], rippled: Mapping[str, float]
) -> Iterator[Conflict]:
    """Clips that came where others came or moved: the one order is not the other."""
    ours, others = _rows(mine, appended), _rows(theirs, frozenset())
    for track, moment in rippled.items():
        row = ours.get(track, _Row(moved_from=None, taken=(), left=()))
        first = moment if row.moved_from is None else min(moment, row.moved_from)
        ours[track] = replace(row, moved_from=first)
    for track in ours.keys() & others.keys():
        row, other = ours[track], others[track]
        for name, start, end in other.taken:
            meets = any(start < last and first < end for _, first, last in row.taken)
            if meets or (row.moved_from is not None and end > row.moved_from):
                yield Conflict(kind="clip", id=name, message=_came(theirs.elements[name], track))
        for name, _, end in other.left:
            if row.moved_from is not None and end > row.moved_from:
                yield Conflict(kind="clip", id=name, message=f"The clip {name!r} left its place.")
        since = other.moved_from
        behind = since is not None and any(end > since for _, _, end in (*row.taken, *row.left))
        if behind and other.moved is not None:
            yield Conflict(kind="clip", id=other.moved, message=_came(theirs.elements[other.moved], track))


def _came(change: Change, track: str) -> str:
    """What a clip did on its track."""
    if change.is_move:
        return f"The clip {change.id!r} moved on track {track!r}."
    if change.change == "changed" and "of" not in change.fields:
        return _told(change)
    return f"The clip {change.id!r} came to track {track!r}."


# Taking back


def revert(head: Json, before: Json, after: Json) -> dict[str, Any]:
    """The head without the change that made `after` of `before`, which later changes may follow.

    Exactly `before` when nothing followed. Raises `errors.Conflict` with `undo.overlap` for each element at
    which later changes were, too.
    """
    if _stamped(head) == _stamped(after):
        return dict(before)
    mine, theirs = changes(after, before), changes(after, head)
    if found := _conflicts(mine, theirs):
        raise errors.Conflict(
            problems=tuple(
                Problem(
                    code="undo.overlap",
                    path="",
                    message=f"Later changes are at {one.kind} {one.id!r}, too. {one.message}",
                    hint="Take the later change back first, or restore a revision.",
                )
                for one in found
            )
        )
    document = merged(head, mine)
    if problems := core.check(written(document)):
        raise errors.Conflict(
            problems=tuple(
                Problem(
                    code="undo.overlap",
                    path=problem.path,
                    message=f"Together with later changes: {problem.message}",
                    hint="Take the later change back first, or restore a revision.",
                )
                for problem in problems
            )
        )
    return document


def _stamped(document: Json) -> bytes:
    return orjson.dumps({name: value for name, value in document.items() if name not in STAMPS})


def merged(head: Json, wanted: Changes) -> dict[str, Any]:
    """The head with a change that does not touch what is different in it."""
    return _Merge(wanted).document(head)


_KINDS = {
    "global_effects": "effect",
    "effects": "effect",
    "markers": "marker",
    "tracks": "track",
    "transitions": "transition",
    "clips": "clip",
}


class _Merge:
    """Brings a document to what is wanted of it."""

    def __init__(self, wanted: Changes) -> None:
        self._wanted = wanted
        self._goals = dict(elements(wanted.after))
        self._owners = dict(_owners_of(wanted.after))

    def document(self, head: Json) -> dict[str, Any]:
        """The whole document."""
        document = self._fields(head, project_id(head))
        for name in ("global_effects", "markers", "tracks"):
            self._list(document, name, None)
        if "tracks" in document:
            document["tracks"] = [self._track(track) for track in document["tracks"]]
        return document

    def _track(self, track: Json) -> Json:
        changed = dict(track)
        for name in ("effects", "transitions", "clips"):
            self._list(changed, name, track["id"])
        if "clips" in changed:
            clips = [self._clip(clip) for clip in changed["clips"]]
            changed["clips"] = sorted(clips, key=lambda clip: clip["timeline_start"])
        return changed if changed != track else track

    def _clip(self, clip: Json) -> Json:
        fields = dict(clip)
        self._list(fields, "effects", clip["id"])
        return fields if fields != clip else clip

    def _list(self, owner: dict[str, Any], name: str, of: str | None) -> None:
        """Bring one list of elements to what is wanted of it."""
        kind, there = _KINDS[name], owner.get(name, [])
        goal = self._owners.get(of, {}).get(name, [])
        kept: list[Json] = [
            self._fields(item, item["id"]) for item in there if not self._goes(item["id"], of)
        ]
        present = {item["id"] for item in kept}
        for index, item in enumerate(goal):
            change = self._wanted.elements.get(item["id"])
            comes = change is not None and (change.change == "added" or "of" in change.fields)
            if comes and item["id"] not in present:
                kept.insert(_behind(kept, goal[:index]), item)
        if kind in _ORDERED:
            order = self._wanted.order.get(name if name in {"tracks", "markers"} else of or PROJECT)
            kept = _ordered(kept, order[1]) if order else kept
        if kept != there:
            owner[name] = kept
        if name in owner and not kept and name not in self._owners.get(of, {name: []}):
            del owner[name]

    def _goes(self, name: str, of: str | None) -> bool:
        change = self._wanted.elements.get(name)
        if change is None:
            return False
        return change.change == "removed" or ("of" in change.fields and change.of != of)

    def _fields(self, item: Json, name: str) -> dict[str, Any]:
        """The element with the new values of the fields that change."""
        change, goal = self._wanted.elements.get(name), self._goals.get(name)
        if change is None or goal is None:
            return dict(item)
        fields = dict(item)
        for changed in change.fields.keys() - {"of"}:
            if changed in goal.fields:
                fields[changed] = goal.fields[changed]
            else:
                fields.pop(changed, None)
        return fields


_ORDERED = ("effect", "marker", "track")
"""Elements whose order in their list means something of itself; clips stand in order of time."""


def _owners_of(document: Json) -> Iterator[tuple[str | None, Json]]:
    """What has lists of elements, by id."""
    yield None, document
    for track in document.get("tracks", ()):
        yield track["id"], track
        for clip in track.get("clips", ()):
            yield clip["id"], clip


def _behind(kept: list[Json], before: list[Json]) -> int:
    """Where something stands that came after these."""
    places = {item["id"]: index for index, item in enumerate(kept)}
    return max((places[item["id"]] + 1 for item in before if item["id"] in places), default=0)


def _ordered(items: list[Json], order: tuple[str, ...]) -> list[Json]:
    by_id = {item["id"]: item for item in items}
    wanted = iter([name for name in order if name in by_id])
    return [by_id[next(wanted)] if item["id"] in order else item for item in items]
