"""A track that is being edited: its clips in frames, its transitions, and how they move together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.compile import Speed
from stoat_ferret.edit.grid import Grid

Json = Mapping[str, Any]

SPEED = "speed_control"
"""The effect that says how fast a clip plays."""

JOINING = ("xfade", "acrossfade")
"""Effects of the founding design that stand for the transition to the next clip."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A clip at its place; its fields as stored, whose times are written when the track is closed."""

    clip: Json
    """The clip as the document has it."""
    start: int
    """Its first frame on the timeline."""
    end: int
    """The frame after its last one."""

    @property
    def id(self) -> str:
        """Its id."""
        name: str = self.clip["id"]
        return name

    @property
    def length(self) -> int:
        """Frames that it lasts."""
        return self.end - self.start

    @property
    def enabled(self) -> bool:
        """Whether it counts at all."""
        return bool(self.clip.get("enabled", True))

    @property
    def speed(self) -> Speed:
        """Seconds of its source in one second."""
        factor = 1.0
        keys: Sequence[Json] = ()
        for effect in self.clip.get("effects", ()):
            if effect["type"] == SPEED and effect.get("enabled", True):
                given = effect.get("params", {}).get("factor", 1.0)
                if isinstance(given, Mapping):
                    keys = given["keyframes"]
                else:
                    factor *= given
        if not keys:
            return factor
        return tuple((key["time"], key["value"] * factor, key.get("easing", "linear")) for key in keys)

    def moved(self, frames: int) -> Placed:
        """The same clip further right; below 0 further left, at most to the start of the timeline."""
        frames = max(frames, -self.start)
        return Placed(clip=self.clip, start=self.start + frames, end=self.end + frames)

    def with_fields(self, **fields: Any) -> Placed:
        """The same with other fields; none takes a field off."""
        clip = {**self.clip, **fields}
        return replace(self, clip={name: value for name, value in clip.items() if value is not None})


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A transition between two clips of a track, however it is written."""

    from_id: str
    """The clip that goes."""
    to_id: str
    """The clip that comes."""
    start: int
    """Its first frame."""
    end: int
    """The frame after its last one."""
    id: str
    """Of the transition, or of the effect that stands for it."""
    is_effect: bool
    """Whether effects of the clip that goes stand for it."""

    @property
    def length(self) -> int:
        """Frames that both clips show."""
        return self.end - self.start

    def cuts(self, frame: int) -> bool:
        """Whether a cut at this frame would fall into it."""
        return self.start <= frame < self.end

    def is_within(self, frame: int) -> bool:
        """Whether a frame has a part of it on both sides."""
        return self.start < frame < self.end


class Lane:
    """One track in the making."""

    def __init__(self, track: Json, grid: Grid) -> None:
        self.fields: dict[str, Any] = {
            name: value for name, value in track.items() if name not in {"clips", "transitions"}
        }
        self.grid = grid
        self.transitions: list[Json] = list(track.get("transitions", ()))
        self.rippled: int | None = None
        """The first frame from which clips were to move together, whether there were any or not."""
        self._track = track
        clips = track.get("clips", ())
        times = [clip["timeline_start"] for clip in clips] + [clip["timeline_end"] for clip in clips]
        frames = core.frames_at(times, grid.rate)
        self.clips: list[Placed] = [
            Placed(clip=clip, start=start, end=end)
            for clip, start, end in zip(clips, frames, frames[len(clips) :], strict=False)
        ]
        self._opened = {placed.id: placed for placed in self.clips}

    @property
    def id(self) -> str:
        """The track's id."""
        name: str = self.fields["id"]
        return name

    @property
    def end(self) -> int:
        """The frame after the last clip."""
        return max((placed.end for placed in self.clips), default=0)

    def closed(self) -> dict[str, Any]:
        """The track as the document stores it."""
        before = {clip["id"]: clip for clip in self._track.get("clips", ())}
        ordered = sorted(self.clips, key=lambda placed: placed.start)
        clips = [self._written(placed, before) for placed in ordered]
        names = ("clips", "transitions")
        track = {name: self.fields.get(name) for name in self._track if name in self.fields or name in names}
        track |= self.fields
        track["clips"] = clips
        if self.transitions or "transitions" in self._track:
            track["transitions"] = self.transitions
        return track

    def _written(self, placed: Placed, before: Mapping[str, Json]) -> Json:
        """The clip with its times; the very same object where nothing changed."""
        clip = placed.clip
        if self._opened.get(placed.id) is placed:
            return clip
        times = {
            "timeline_start": self.grid.seconds(placed.start),
            "timeline_end": self.grid.seconds(placed.end),
        }
        stays = clip.get("timeline_start") == times["timeline_start"]
        written = clip if stays and clip.get("timeline_end") == times["timeline_end"] else {**clip, **times}
        old = before.get(placed.id)
        return old if old is not None and old == written else written

    def index(self, clip_id: str) -> int:
        """Where a clip stands in the list."""
        return next(index for index, placed in enumerate(self.clips) if placed.id == clip_id)

    def find(self, clip_id: str) -> Placed:
        """The clip of that id."""
        return self.clips[self.index(clip_id)]

    def put(self, placed: Placed) -> None:
        """Put a clip in place of the one with its id, or add it; the order of time is kept."""
        self.clips = [other for other in self.clips if other.id != placed.id]
        at = next((i for i, other in enumerate(self.clips) if other.start > placed.start), len(self.clips))
        self.clips.insert(at, placed)

    def exchange(self, placed: Placed) -> None:
        """Put a clip of the same place in place of the one with its id."""
        self.clips[self.index(placed.id)] = placed

    def take(self, clip_id: str) -> Placed:
        """Take a clip off, with the transitions at its ends."""
        placed = self.find(clip_id)
        for edge in self.edges_of(clip_id):
            self.cut(edge)
        placed = self.find(clip_id)
        self.clips = [other for other in self.clips if other.id != clip_id]
        return placed

    def shift(self, from_frame: int, frames: int, *, but: str | None = None) -> None:
        """Move all clips that start at a frame or later."""
        self._ripples(from_frame)
        if frames:
            self.clips = [
                placed.moved(frames) if placed.start >= from_frame and placed.id != but else placed
                for placed in self.clips
            ]

    def shift_after(self, placed: Placed, frames: int) -> None:
        """Move all clips that come after one in order of time."""
        index = self.index(placed.id)
        self._ripples(placed.start)
        if frames:
            self.clips[index + 1 :] = [other.moved(frames) for other in self.clips[index + 1 :]]

    def _ripples(self, frame: int) -> None:
        self.rippled = frame if self.rippled is None else min(self.rippled, frame)

    def following(self, clip_id: str) -> Placed | None:
        """The next clip that is on."""
        later = self.clips[self.index(clip_id) + 1 :]
        return next((placed for placed in later if placed.enabled), None)

    def overlapping(self, start: int, end: int, *, but: str | None = None) -> list[Placed]:
        """Clips that are on and lie in a range."""
        return [
            placed
            for placed in self.clips
            if placed.start < end and start < placed.end and placed.id != but and placed.enabled
        ]

    def free_from(self, start: int, length: int, *, but: str | None = None) -> int:
        """The first frame at or after `start` where so many frames are free."""
        for placed in self.clips:
            if placed.enabled and placed.id != but and placed.end > start and placed.start < start + length:
                start = placed.end
        return start

    def edges(self) -> Iterator[Edge]:
        """The transitions between clips that are on."""
        places = {placed.id: placed for placed in self.clips}
        for transition in self.transitions:
            yield _edge(transition["id"], places[transition["from"]], places[transition["to"]], False)
        for placed in self.clips:
            if (effects := placed.clip.get("effects")) and placed.enabled:
                standing = next((one for one in effects if stands_for_edge(one)), None)
                following = self.following(placed.id) if standing else None
                if standing and following:
                    yield _edge(standing["id"], placed, following, True)

    def edges_of(self, clip_id: str) -> list[Edge]:
        """The transitions at the ends of a clip."""
        return [edge for edge in self.edges() if clip_id in {edge.from_id, edge.to_id}]

    def edge_into(self, clip_id: str) -> Edge | None:
        """The transition from the clip before."""
        return next((edge for edge in self.edges() if edge.to_id == clip_id), None)

    def edge_out_of(self, clip_id: str) -> Edge | None:
        """The transition to the next clip."""
        return next((edge for edge in self.edges() if edge.from_id == clip_id), None)

    def cut(self, edge: Edge) -> None:
        """Forget a transition; the clips stay where they are."""
        if edge.is_effect:
            placed = self.find(edge.from_id)
            kept = [one for one in placed.clip.get("effects", ()) if not stands_for_edge(one)]
            self.exchange(placed.with_fields(effects=kept))
        else:
            self.transitions = [one for one in self.transitions if one["id"] != edge.id]

    def hand_over(self, from_id: str, to_id: str) -> None:
        """Let the transition out of a clip leave from its right part."""
        self.transitions = [
            {**one, "from": to_id} if one["from"] == from_id else one for one in self.transitions
        ]


def stands_for_edge(effect: Json) -> bool:
    """Whether an effect stands for the transition to the next clip."""
    return effect["type"] in JOINING and bool(effect.get("enabled", True))


def _edge(name: str, before: Placed, after: Placed, is_effect: bool) -> Edge:
    return Edge(
        from_id=before.id, to_id=after.id, start=after.start, end=before.end, id=name, is_effect=is_effect
    )
