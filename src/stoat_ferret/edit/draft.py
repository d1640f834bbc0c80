"""A document in the making: elements by id, tracks that were opened, and what edits have done so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from stoat_ferret.edit.grid import Grid
from stoat_ferret.edit.lane import Lane, Placed
from stoat_ferret.edit.refusal import fix, likely, meant, refuse
from stoat_ferret.edit.remembered import OfTracks
from stoat_ferret.errors import Problem, RequestError

Json = Mapping[str, Any]
Kind = Literal["project", "track", "clip", "effect", "transition", "marker"]
NewId = Callable[[str], str]
"""Makes an id for a new element of a kind: `track`, `clip`, `effect`, `transition` or `marker`."""

PROJECT = "project"
"""How edits call the whole project, whatever its id is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Where an element lives."""

    kind: Kind
    """What it is."""
    track: str | None = None
    """Id of its track, if it is on one."""
    clip: str | None = None
    """Id of its clip, if it is an effect of one."""


class Draft:
    """The state that the edits of one batch change, one after the other."""

    def __init__(
        self,
        document: Json,
        *,
        media: Mapping[str, Json],
        new_id: NewId,
        captions: Mapping[str, str | Problem],
    ) -> None:
        self.document: dict[str, Any] = dict(document)
        self.media = media
        self.captions = captions
        self.grid = Grid.of(document)
        self.notices: list[Problem] = []
        self.edit: Json = {}
        """The edit that is being applied, in its wire form."""
        self.written: set[str] = set()
        """Ids that the edit being applied has named or written."""
        self.generated: set[str] = set()
        """Ids that were made because none was wanted: another time they are others."""
        self.split: list[str] = []
        """Clips that were cut off from others, in order."""
        self.rippled: dict[str, float] = {}
        """For each track the first moment from which clips were to move together, in seconds."""
        self._new_id = new_id
        self._lanes: dict[str, Lane] = {}
        self._homes = _homes(document)

    # Ids

    def home(self, name: str, kind: Kind, path: str) -> Home:
        """Where the element of that kind and id lives; refused at `path` when there is none."""
        home = self._homes.get(name)
        if home is None or home.kind != kind:
            raise self.unknown(name, (kind,), path)
        self.written.add(name)
        return home

    def unknown(self, name: str, kinds: Sequence[Kind], path: str, *more: str) -> RequestError:
        """The refusal of a name that is of none of these kinds; `more` would be right, too."""
        known = [*(other for other, place in self._homes.items() if place.kind in kinds), *more]
        return refuse(
            path,
            f"{kinds[0]}.unknown",
            f"There is no {' or '.join(kinds)} {name!r}.",
            meant(name, known),
            allowed=[*likely(name, known)[: 20 - len(more)], *more] if more else likely(name, known)[:20],
        )

    @property
    def known(self) -> frozenset[str]:
        """All ids that stand for something."""
        return frozenset(self._homes)

    def kind_of(self, name: str) -> Kind | None:
        """What an id stands for."""
        home = self._homes.get(name)
        return home.kind if home else None

    def track_of(self, name: str) -> str | None:
        """Id of the track that an element is on."""
        home = self._homes.get(name)
        return home.track if home else None

    def made(
        self, kind: Kind, wanted: str | None, *, track: str | None = None, clip: str | None = None
    ) -> str:
        """The id of a new element: the wanted one, or a fresh one."""
        if wanted is not None and (wanted in self._homes or wanted == PROJECT):
            raise refuse(
                "/id",
                "edit.id_taken",
                f"There is an element {wanted!r} already.",
                "Give another id, or leave it out.",
            )
        name = wanted
        while name is None or name in self._homes:
            name = self._new_id(kind)
        if wanted is None:
            self.generated.add(name)
        self._homes[name] = Home(kind=kind, track=track, clip=clip)
        self.written.add(name)
        return name

    def forget(self, name: str) -> None:
        """An element is no more."""
        self._homes.pop(name, None)
        self.written.add(name)

    # Tracks and clips

    def lane(self, track_id: str, path: str = "/track_id") -> Lane:
        """The track, opened for changes; refused when there is none, or when it is locked."""
        self.home(track_id, "track", path)
        lane = self.reading(track_id)
        if lane.fields.get("locked"):
            unlock = {"op": "update_track", "track_id": track_id, "locked": False}
            raise refuse(
                path,
                "track.locked",
                f"The track {track_id!r} is locked.",
                "Unlock it first.",
                fixes=[fix(f"Unlock {track_id!r} and do it", unlock, self.edit)],
            )
        return lane

    def reading(self, track_id: str) -> Lane:
        """The track, locked or not."""
        if track_id not in self._lanes:
            track = next(track for track in self.document["tracks"] if track["id"] == track_id)
            self._lanes[track_id] = Lane(track, self.grid)
        return self._lanes[track_id]

    def clip(self, clip_id: str, path: str = "/clip_id") -> tuple[Lane, Placed]:
        """A clip and its track."""
        home = self.home(clip_id, "clip", path)
        lane = self.lane(home.track or "", path)
        return lane, lane.find(clip_id)

    def tracks(self) -> list[Json]:
        """The tracks as they stand, the lowest first."""
        return list(self.document.get("tracks", ()))

    def add_track(self, track: Json, index: int | None) -> None:
        """Put a new track among the others."""
        tracks = self.tracks()
        tracks.insert(len(tracks) if index is None else index, track)
        self.document["tracks"] = tracks

    def remove_track(self, track_id: str) -> None:
        """Take a track off with all that is on it."""
        self._lanes.pop(track_id, None)
        self.document["tracks"] = [track for track in self.tracks() if track["id"] != track_id]
        for name in [name for name, home in self._homes.items() if home.track == track_id]:
            self.forget(name)
        self.forget(track_id)

    def remove_clip(self, lane: Lane, clip_id: str) -> Placed:
        """Take a clip off for good, with its transitions and effects."""
        for edge in lane.edges_of(clip_id):
            self.forget(edge.id)
        placed = lane.take(clip_id)
        for effect in placed.clip.get("effects", ()):
            self.forget(effect["id"])
        self.forget(clip_id)
        return placed

    def rename_home(self, name: str, *, track: str, clip: str | None = None) -> None:
        """An element went to another track, or to another clip."""
        self._homes[name] = Home(kind=self._homes[name].kind, track=track, clip=clip)

    # Effects

    def effects(self, target: Home, owner: str) -> list[Json]:
        """The effects of a clip, a track or the project."""
        if target.kind == "project":
            return list(self.document.get("global_effects", ()))
        lane = self.lane(target.track or owner, "/target")
        fields = lane.find(owner).clip if target.kind == "clip" else lane.fields
        return list(fields.get("effects", ()))

    def write_effects(self, target: Home, owner: str, effects: list[Json]) -> None:
        """Store the effects of a clip, a track or the project."""
        if target.kind == "project":
            self.document["global_effects"] = effects
            return
        lane = self.lane(target.track or owner, "/target")
        if target.kind == "clip":
            lane.exchange(lane.find(owner).with_fields(effects=effects))
        else:
            lane.fields["effects"] = effects

    def owner_of(self, effect_id: str) -> tuple[Home, str]:
        """Whose an effect is: a clip's, a track's or the project's."""
        home = self.home(effect_id, "effect", "/effect_id")
        if home.clip is not None:
            return Home(kind="clip", track=home.track), home.clip
        if home.track is not None:
            return Home(kind="track", track=home.track), home.track
        return Home(kind="project"), PROJECT

    # Media

    def facts(self, source: Any, path: str = "/source") -> Json | None:
        """What is known of a file; none for a generator. Refused when the file cannot be used."""
        if not isinstance(source, str):
            return None
        found = self.media.get(source)
        if found is None:
            raise refuse(
                path,
                "media.unknown",
                f"Nothing is known of {source!r}.",
                "Check the path, or scan the folder that it lies in.",
                allowed=likely(source, list(self.media))[:10] if self.media else None,
            )
        if error := found.get("error"):
            raise RequestError(problems=(Problem.from_json({**error, "path": path}),))
        return found

    # The end

    def close_lanes(self) -> None:
        """Write every opened track into the document."""
        for name, lane in self._lanes.items():
            if lane.rippled is not None:
                moment = self.grid.seconds(lane.rippled)
                self.rippled[name] = min(moment, self.rippled.get(name, moment))
        if self._lanes:
            self.document["tracks"] = [
                _same_or(track, self._lanes[track["id"]].closed()) if track["id"] in self._lanes else track
                for track in self.tracks()
            ]
            self._lanes = {}


def _same_or(old: Json, new: Json) -> Json:
    return old if old == new and list(old) == list(new) else new


def _homes(document: Json) -> dict[str, Home]:
    homes = {effect["id"]: Home(kind="effect") for effect in document.get("global_effects", ())}
    homes |= {marker["id"]: Home(kind="marker") for marker in document.get("markers", ())}
    for track in document.get("tracks", ()):
        homes |= _on(track)
    return homes


def _homes_on(track: Json) -> dict[str, Home]:
    """Where the track and all that is on it lives."""
    name = track["id"]
    homes = {name: Home(kind="track", track=name)}
    homes |= dict.fromkeys(_ids(track, "effects"), Home(kind="effect", track=name))
    homes |= dict.fromkeys(_ids(track, "transitions"), Home(kind="transition", track=name))
    homes |= dict.fromkeys(_ids(track, "clips"), Home(kind="clip", track=name))
    for clip in track.get("clips", ()):
        if effects := clip.get("effects"):
            home = Home(kind="effect", track=name, clip=clip["id"])
            homes |= {effect["id"]: home for effect in effects}
    return homes


_on = OfTracks(_homes_on)


def _ids(track: Json, field: str) -> list[str]:
    return [item["id"] for item in track.get(field, ())]
