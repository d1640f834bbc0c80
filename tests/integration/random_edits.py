"""Edits by chance, about elements that a project has: many can be applied, some have to be refused."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from editing import TITLE, Json, clip, text

from stoat_ferret import compile as core

EFFECTS = [
    item
    for item in core.catalogue()["effects"]
    if item["type"] not in {"audio_mix", "acrossfade", "crop", "audio_ducking"}
]
FACTORS = [0.5, 2.0, 1.5, 1.0]


def small(rate: float | str) -> Json:
    """A project to start from, as it comes: times left out, other spellings."""
    return {
        "output": {"width": 64, "height": 36, "fps": rate},
        "tracks": [
            {
                "id": "v",
                "type": "video",
                "clips": [
                    {"id": "c1", "source": "a.mp4", "in": 3, "out": 6, "effects": [text("f1", start=1)]},
                    {"id": "c2", "source": "b.mp4", "in": 2, "out_point": 5},
                    {"source": {"generator": "colour", "color": "red"}, "out_point": 2, "fit": "fill"},
                ],
                "transitions": [{"id": "t1", "length": 0.5, "from": "c1", "to": "c2"}],
            },
            {"id": "s", "type": "audio", "clips": [{"id": "m1", "source": "music.mp3", "out": 8}]},
            {"id": "x", "type": "text", "clips": [clip("x1", TITLE, 0, 2, 1)]},
        ],
    }


class Maker:
    """Makes edits of a document."""

    def __init__(self, document: Json, random: Random, prefix: str) -> None:
        self.random = random
        self.prefix = prefix
        self.tracks = document["tracks"]
        self.clips = [one for track in self.tracks for one in track.get("clips", [])]
        self.transitions = [one for track in self.tracks for one in track.get("transitions", [])]
        owners = [*self.tracks, *self.clips, {"effects": document.get("global_effects", [])}]
        self.effects = [one for owner in owners for one in owner.get("effects", [])]
        self.markers = document.get("markers", [])
        self.output = document["output"]

    def edit(self) -> Json:
        """One of the edits."""
        many = len(self.clips) > 9
        makers: list[Callable[[], Json]] = [self.remove_clip] if many else [self.add_clip, self.split_clip]
        makers += [self.move_clip, self.trim_clip, self.slip_clip, self.remove_clip, self.duplicate_clip]
        makers += [self.add_transition, self.add_transition, self.update_transition, self.remove_transition]
        makers += [self.add_effect, self.update_effect, self.remove_effect, self.set_keyframes]
        makers += [self.update_clip, self.track, self.sound, self.marker, self.project, self.layout]
        return self.random.choice(makers)()

    def of(self, items: list[Json]) -> str:
        return str(self.random.choice(items)["id"]) if items else "nothing"

    def choice(self, items: list[Json]) -> Json:
        return self.random.choice(items)

    def at(self) -> Any:
        """A time: often where a clip starts or ends, sometimes off the grid."""
        clips = [*self.clips, {"timeline_start": 0.0, "timeline_end": 4.0}]
        edge = self.random.choice(clips)[self.random.choice(["timeline_start", "timeline_end"])]
        near = max(edge + self.random.choice([-0.5, 0.5, 1.0, -1.0]), 0.0)
        some = self.random.choice([edge, near, self.random.uniform(0, 12), f"{self.random.randrange(300)}f"])
        return some if isinstance(some, str) else round(some, 3)

    def length(self) -> float:
        return self.random.choice([0.2, 0.5, 1.0, 0.333, 2.0])

    def chance(self) -> bool:
        return self.random.random() < 0.5

    def add_clip(self) -> Json:
        start = self.random.choice([0.0, 1.0, 2.25])
        choices: list[Json] = [
            {"track_id": "v", "source": self.random.choice(["a.mp4", "silent.mp4", "photo.png"])},
            {"track_id": "v", "source": {"generator": "testsrc"}},
            {"track_id": "s", "source": "music.mp3"},
            {"track_id": "x", "source": {"generator": "title", "text": "Hi", "start": 0.5, "fade_in": 0.5}},
        ]
        added: Json = self.random.choice(choices)
        if self.chance():
            added["mode"] = self.random.choice(["place", "insert", "overwrite"])
            added["at"] = self.at()
        if self.chance():
            added["effects"] = [self.effect("clip")]
        return {
            "op": "add_clip",
            "id": f"{self.prefix}clip",
            "in_point": start,
            "out_point": start + self.length() * 2,
            **added,
        }

    def effect(self, target: str) -> Json:
        kind = self.random.choice([one for one in EFFECTS if target in one["targets"]])
        params = dict(kind["example"])
        if kind["type"] == "speed_control":
            params["factor"] = self.random.choice(FACTORS)
        return {"type": kind["type"], "params": params}

    def update_clip(self) -> Json:
        fields = self.choice(
            [
                {"volume": "-6dB"},
                {"enabled": self.chance()},
                {"transform": {"x": 0.25, "opacity": 0.5}},
                {"transform": None},
                {"fit": "cover", "name": "One"},
                {"source": "b.mp4"},
            ]
        )
        return {"op": "update_clip", "clip_id": self.of(self.clips), **fields}

    def move_clip(self) -> Json:
        moved: Json = {"op": "move_clip", "clip_id": self.of(self.clips), "timeline_start": self.at()}
        if self.chance():
            moved["mode"] = self.random.choice(["insert", "overwrite"])
        if self.random.random() < 0.2:
            moved["track_id"] = self.of(self.tracks)
        return moved

    def trim_clip(self) -> Json:
        one: Json = self.random.choice(self.clips) if self.clips else {"id": "nothing", "in_point": 0.0}
        trimmed: Json = {"op": "trim_clip", "clip_id": one["id"], "ripple": self.chance()}
        if self.chance():
            trimmed["in_point"] = max(one["in_point"] + self.random.choice([-0.5, 0.1, 0.4]), 0.0)
        else:
            trimmed["out_point"] = one.get("out_point", 1.0) + self.random.choice([-0.5, -0.1, 0.4, 1.0])
        return trimmed

    def slip_clip(self) -> Json:
        return {
            "op": "slip_clip",
            "clip_id": self.of(self.clips),
            "by": self.random.choice([-1.0, 0.1, "7f", "-3f"]),
        }

    def split_clip(self) -> Json:
        if not self.clips:
            return {"op": "split_clip", "clip_id": "nothing", "at": 1}
        one = self.random.choice(self.clips)
        at = self.random.uniform(one["timeline_start"], one["timeline_end"])
        return {"op": "split_clip", "clip_id": one["id"], "at": at, "id": f"{self.prefix}right"}

    def duplicate_clip(self) -> Json:
        copied: Json = {"op": "duplicate_clip", "clip_id": self.of(self.clips), "id": f"{self.prefix}copy"}
        if self.chance():
            copied["at"] = self.at()
        return copied

    def remove_clip(self) -> Json:
        return {"op": "remove_clip", "clip_id": self.of(self.clips), "ripple": self.chance()}

    def add_transition(self) -> Json:
        tracks = [track for track in self.tracks if len(track.get("clips", [])) > 1]
        if not tracks:
            return {"op": "add_transition", "from": "a", "to": "b", "type": "fade", "duration": 1}
        clips = self.random.choice(tracks)["clips"]
        place = self.random.randrange(len(clips) - 1)
        joined: Json = {
            "op": "add_transition",
            "from": clips[place]["id"],
            "to": clips[place + 1]["id"],
            "type": self.random.choice(["dissolve", "wipe"]),
            "duration": self.length(),
            "mode": self.random.choice(["overlap", "handles"]),
            "id": f"{self.prefix}joined",
        }
        if self.chance():
            joined["audio"] = self.random.choice([None, {"curve1": "linear"}])
        return joined

    def update_transition(self) -> Json:
        changed: Json = {"op": "update_transition", "transition_id": self.of(self.transitions)}
        return changed | self.random.choice([{"type": "fade"}, {"duration": self.length()}])

    def remove_transition(self) -> Json:
        gone: Json = {"op": "remove_transition", "transition_id": self.of(self.transitions)}
        return gone | {"ripple": self.chance()}

    def add_effect(self) -> Json:
        target, kind = self.random.choice(
            [(self.of(self.clips), "clip"), (self.of(self.tracks), "track"), ("project", "project")]
        )
        return {"op": "add_effect", "target": target, "id": f"{self.prefix}effect", **self.effect(kind)}

    def update_effect(self) -> Json:
        return {
            "op": "update_effect",
            "effect_id": self.of(self.effects),
            **self.choice([{"enabled": self.chance()}, {"params": {"duration": 0.4}}]),
        }

    def remove_effect(self) -> Json:
        moved: Json = {"op": "move_effect", "effect_id": self.of(self.effects), "index": 0}
        return {"op": "remove_effect", "effect_id": self.of(self.effects)} if self.chance() else moved

    def set_keyframes(self) -> Json:
        keys = [{"time": 0.2, "value": 0.1}, {"time": 1.1, "value": 0.9, "easing": "ease_in_out"}]
        param = self.random.choice(["volume", "transform.opacity", "transform.x", "source.opacity"])
        keyframes = keys if self.chance() else None
        target = self.of(self.clips)
        return {"op": "set_keyframes", "target": target, "param": param, "keyframes": keyframes}

    def layout(self) -> Json:
        clips = [self.of(self.clips), self.of(self.clips)]
        return {"op": "apply_layout", "layout": "side_by_side", "clip_ids": clips}

    def track(self) -> Json:
        name = self.of(self.tracks)
        return self.random.choice(
            [
                {"op": "update_track", "track_id": name, "volume": self.random.random()},
                {"op": "update_track", "track_id": name, "hidden": self.chance(), "name": None},
                {"op": "move_track", "track_id": name, "index": self.random.randrange(3)},
                {"op": "create_track", "type": "audio", "id": f"{self.prefix}track"},
                {"op": "remove_track", "track_id": self.tracks[-1]["id"] if len(self.tracks) > 3 else "none"},
            ]
        )

    def sound(self) -> Json:
        ducking = self.random.choice([None, {"under": ["v"], "ratio": 4}])
        return self.random.choice(
            [
                {"op": "set_ducking", "track_id": "s", "ducking": ducking},
                {
                    "op": "set_audio_mix",
                    "tracks": {"s": self.random.random()},
                    "master": self.random.random(),
                },
            ]
        )

    def marker(self) -> Json:
        changed: Json = {"op": "update_marker", "marker_id": self.of(self.markers), "time": self.at()}
        gone: Json = {"op": "remove_marker", "marker_id": self.of(self.markers)}
        made: Json = {"op": "add_marker", "time": self.at(), "name": "Here", "id": f"{self.prefix}marker"}
        return self.random.choice([made, changed, gone])

    def project(self) -> Json:
        return self.random.choice(
            [
                {
                    "op": "update_project",
                    "name": self.prefix,
                    "metadata": {"title": self.prefix, "artist": None},
                },
                {"op": "update_project", "output": {"background": "#102030"}},
                {"op": "update_project", "output": {"fps": self.random.choice([25, 30, 29.97, 24])}},
            ]
        )
