"""What is different between two settled documents: by element, and as ranges of the timeline."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from stoat_ferret.edit.draft import PROJECT, Kind

Json = Mapping[str, Any]
Span = tuple[float, float]

PLACE = frozenset({"timeline_start", "timeline_end"})
"""Fields of a clip that a mere move changes."""

STAMPS = frozenset({"modified_at", "created_at"})
"""Fields of the project that are no edit's."""

UNSEEN = frozenset({"name", "locked"})
"""Fields that neither look nor sound."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """A part of a document that has an id."""

    kind: Kind
    """What it is."""
    id: str
    """Its id."""
    of: str | None
    """Id of what it belongs to, as a clip's track; none for the project and what is its own."""
    fields: Json
    """Its own fields; parts that have ids are elements themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What became of one element."""

    kind: Kind
    """What it is."""
    id: str
    """Its id."""
    change: Literal["added", "removed", "changed"]
    """What became of it."""
    of: str | None
    """Id of what it belongs to now, or belonged to; none for the project and what is its own."""
    fields: Mapping[str, tuple[Any, Any]]
    """Fields that differ, with the old and the new value; none where there is no such field."""

    @property
    def is_move(self) -> bool:
        """Whether a clip only went to another place of its track."""
        return self.kind == "clip" and self.change == "changed" and self.fields.keys() <= PLACE

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it."""
        shown: dict[str, Any] = {"kind": self.kind, "id": self.id, "change": self.change}
        if self.of is not None:
            shown["of"] = self.of
        shown["fields"] = {name: {"old": old, "new": new} for name, (old, new) in self.fields.items()}
        return shown


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The difference between two documents."""

    elements: Mapping[str, Change] = field(default_factory=dict)
    """By id."""
    order: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict)
    """Lists whose common elements changed their order, old and new ids: `tracks`, an owner of effects."""
    before: Json = field(default_factory=dict, repr=False)
    """The old document."""
    after: Json = field(default_factory=dict, repr=False)
    """The new one."""

    @cached_property
    def spans(self) -> tuple[dict[str, float], ...]:
        """Ranges of the timeline that look or sound different, in seconds, half open, in order."""
        return tuple({"start": start, "end": end} for start, end in _merged(_spans(self)))

    def to_json(self) -> dict[str, Any]:
        """The form in which every door shows it."""
        return {
            "elements": [change.to_json() for change in self.elements.values()],
            "order": [
                {"of": name, "old": list(old), "new": list(new)} for name, (old, new) in self.order.items()
            ],
            "spans": list(self.spans),
        }

    def __bool__(self) -> bool:
        return bool(self.elements or self.order)


def changes(old: Json, new: Json) -> Changes:
    """What is different in a new settled document; stamps of time aside."""
    same = _same(old, new)
    before, after = dict(elements(old, same)), dict(elements(new, same))
    found: dict[str, Change] = {}
    for name in {**before, **after}:
        change = _change(before.get(name), after.get(name))
        if change is not None:
            found[name] = change
    return Changes(elements=found, order=dict(_orders(old, new)), before=old, after=new)


def _same(old: Json, new: Json) -> set[int]:
    """Identities of tracks and clips that are alike in both documents; shared parts are told at once."""
    same: set[int] = set()
    tracks = {track["id"]: track for track in old.get("tracks", ())}
    for track in new.get("tracks", ()):
        other = tracks.get(track["id"])
        if other is None:
            continue
        if other is track or other == track:
            same |= {id(track), id(other)}
            continue
        clips = {clip["id"]: clip for clip in other.get("clips", ())}
        for clip in track.get("clips", ()):
            twin = clips.get(clip["id"])
            if twin is not None and (twin is clip or twin == clip):
                same |= {id(clip), id(twin)}
    return same


def _without(fields: Json, *names: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def project_id(document: Json) -> str:
    """The project's id."""
    return str(document.get("id", PROJECT))


def elements(document: Json, same: Collection[int] = frozenset()) -> Iterator[tuple[str, Element]]:
    """Every part that has an id, apart from tracks and clips whose identities are in `same`."""
    own = _without(document, "tracks", "markers", "global_effects", *STAMPS)
    yield project_id(document), Element(kind="project", id=project_id(document), of=None, fields=own)
    yield from _each("effect", document.get("global_effects", ()), None)
    yield from _each("marker", document.get("markers", ()), None)
    for track in document.get("tracks", ()):
        if id(track) in same:
            continue
        name = track["id"]
        own = _without(track, "clips", "transitions", "effects")
        yield name, Element(kind="track", id=name, of=None, fields=own)
        yield from _each("effect", track.get("effects", ()), name)
        yield from _each("transition", track.get("transitions", ()), name)
        for clip in track.get("clips", ()):
            if id(clip) not in same:
                own = _without(clip, "effects")
                yield clip["id"], Element(kind="clip", id=clip["id"], of=name, fields=own)
                yield from _each("effect", clip.get("effects", ()), clip["id"])


def _each(kind: Kind, items: Iterable[Json], of: str | None) -> Iterator[tuple[str, Element]]:
    for item in items:
        yield item["id"], Element(kind=kind, id=item["id"], of=of, fields=item)


def _change(old: Element | None, new: Element | None) -> Change | None:
    there = new or old
    if there is None:
        return None
    fields = dict(_differences(old, new))
    if old and new and not fields:
        return None
    what: Literal["added", "removed", "changed"] = "changed" if old and new else "added" if new else "removed"
    return Change(kind=there.kind, id=there.id, change=what, of=there.of, fields=fields)


def _differences(old: Element | None, new: Element | None) -> Iterator[tuple[str, tuple[Any, Any]]]:
    before: Json = old.fields if old else {}
    after: Json = new.fields if new else {}
    if old and new and old.of != new.of:
        yield "of", (old.of, new.of)
    for name in {**before, **after}:
        if name != "id" and (before.get(name) != after.get(name) or (name in before) != (name in after)):
            yield name, (before.get(name), after.get(name))


def _orders(old: Json, new: Json) -> Iterator[tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]]:
    shared = {id(one) for one in old.get("tracks", ())} & {id(one) for one in new.get("tracks", ())}
    before, after = dict(_lists(old, shared)), dict(_lists(new, shared))
    for name in before.keys() & after.keys():
        here, there = before[name], after[name]
        if here is there:
            continue
        ids, others = [one["id"] for one in here], [one["id"] for one in there]
        common = set(ids) & set(others)
        kept = tuple(one for one in ids if one in common)
        now = tuple(one for one in others if one in common)
        if kept != now:
            yield name, (kept, now)


def _lists(document: Json, but: Collection[int]) -> Iterator[tuple[str, list[Json]]]:
    """Lists whose order means something, by their owner, apart from tracks whose identities are in `but`."""
    yield "tracks", document.get("tracks", [])
    yield "markers", document.get("markers", [])
    yield PROJECT, document.get("global_effects", [])
    for track in document.get("tracks", ()):
        if id(track) in but:
            continue
        if track.get("effects"):
            yield track["id"], track["effects"]
        for clip in track.get("clips", ()):
            if len(clip.get("effects", ())) > 1:
                yield clip["id"], clip["effects"]


# Ranges


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def place_of(clip: Json) -> Span:
    """Where a clip lies, in seconds."""
    return clip["timeline_start"], clip["timeline_end"]


def end_of(document: Json) -> float:
    """The end of the programme, in seconds."""
    ends = (
        clip["timeline_end"]
        for track in document.get("tracks", ())
        for clip in track.get("clips", ())
        if clip.get("enabled", True)
    )
    return max(ends, default=0.0)


def _spans(found: Changes) -> Iterator[Span]:
    sides = [_Side(found.before), _Side(found.after)]
    for change in found.elements.values():
        for side in sides:
            yield from side.spans(change)
    if "tracks" in found.order:
        old, new = found.order["tracks"]
        moved = [one for one, other in zip(old, new, strict=True) if one != other]
        for side in sides:
            yield from (span for name in moved for span in side.track(name))
    for name in found.order:
        if name not in {"tracks", "markers"}:
            for side in sides:
                yield from side.owner(name)
    yield from _closing(found)


def _closing(found: Changes) -> Iterator[Span]:
    """Fades out of the programme go with its end."""
    effects = [*found.before.get("global_effects", ()), *found.after.get("global_effects", ())]
    lengths = [one.get("params", {}).get("duration", 0.0) for one in effects if one["type"] == "fade_out"]
    if not lengths:
        return
    first, last = sorted((end_of(found.before), end_of(found.after)))
    if first != last:
        yield max(first - max(lengths), 0.0), last


class _Side:
    """One of the two documents, asked where something shows."""

    def __init__(self, document: Json) -> None:
        self._document = document

    @cached_property
    def _tracks(self) -> dict[str, Json]:
        return {track["id"]: track for track in self._document.get("tracks", ())}

    @cached_property
    def _clips(self) -> dict[str, Json]:
        return {clip["id"]: clip for track in self._tracks.values() for clip in track.get("clips", ())}

    def spans(self, change: Change) -> Iterator[Span]:
        """Where an element that changed shows in this document."""
        seen = change.fields.keys() - UNSEEN
        if not seen or change.kind == "marker":
            return
        if change.kind == "project":
            if "output" in seen:
                yield 0.0, end_of(self._document)
        elif change.kind == "clip":
            yield from self.clip(change.id)
        elif change.kind == "track":
            if change.change == "changed":
                yield from self.track(change.id)
        elif change.kind == "transition":
            yield from self._transition(change)
        else:
            yield from self.owner(change.of or PROJECT)

    def clip(self, name: str) -> Iterator[Span]:
        """Where a clip lies."""
        if clip := self._clips.get(name):
            yield place_of(clip)

    def track(self, name: str) -> Iterator[Span]:
        """Where the clips of a track lie."""
        for clip in self._tracks.get(name, {}).get("clips", ()):
            yield place_of(clip)

    def owner(self, name: str) -> Iterator[Span]:
        """Where the owner of an effect shows."""
        if name == PROJECT:
            yield 0.0, end_of(self._document)
        elif name in self._tracks:
            yield from self.track(name)
        else:
            yield from self.clip(name)

    def _transition(self, change: Change) -> Iterator[Span]:
        track = self._tracks.get(change.of or "", {})
        one = next((one for one in track.get("transitions", ()) if one["id"] == change.id), None)
        if one and one["from"] in self._clips and one["to"] in self._clips:
            yield self._clips[one["to"]]["timeline_start"], self._clips[one["from"]]["timeline_end"]
