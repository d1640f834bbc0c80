"""Cutting what a clip shows in two: what counts from its start goes on, what belongs to an edge stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stoat_ferret.edit.lane import JOINING, SPEED
from stoat_ferret.edit.refusal import refuse

Json = Mapping[str, Any]
Halves = tuple[Json | None, Json | None]
"""What the left and the right part have of something; none where it is nothing to one of them."""

FLICKS = 705_600_000
"""Per second: times are kept to one of them."""

_ANIMATED = ("x", "y", "width", "height", "rotation", "opacity")
_LEFT_ONLY = ("audio_ducking", "audio_mix")
"""Effects that act beyond their clip, once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A place within a clip, in seconds."""

    at: float
    """From the clip's start."""
    length: float
    """Of the whole clip."""

    def earlier(self, time: float) -> float:
        """A time of the whole clip as the right part counts it."""
        return round((time - self.at) * FLICKS) / FLICKS

    def moved(self, value: Any) -> Any:
        """An animated number with the times of the right part, and with all that lies before it."""
        if not (isinstance(value, dict) and "keyframes" in value):
            return value
        return {
            **value,
            "keyframes": [{**key, "time": self.earlier(key["time"])} for key in value["keyframes"]],
        }

    def number(self, value: Any) -> Any:
        """An animated number as the right part has it."""
        if not (isinstance(value, dict) and "keyframes" in value):
            return value
        keys = [{**key, "time": self.earlier(key["time"])} for key in value["keyframes"]]
        begun = [index for index, key in enumerate(keys) if key["time"] <= 0]
        kept = keys[begun[-1] if begun else 0 :]
        return kept[0]["value"] if begun and len(kept) == 1 else {**value, "keyframes": kept}


def started_later(clip: Json, seconds: float) -> Json:
    """A clip that starts later, or below 0 earlier, at the speed that it has there."""
    if not seconds or not any(effect["type"] == SPEED for effect in clip.get("effects", ())):
        return clip
    cut = Cut(at=seconds, length=0.0)
    effects = [
        {**effect, "params": {name: cut.moved(value) for name, value in effect.get("params", {}).items()}}
        if effect["type"] == SPEED
        else effect
        for effect in clip["effects"]
    ]
    return {**clip, "effects": effects}


def halves(clip: Json, cut: Cut) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of both parts of a clip, apart from times and ids."""
    left, right = dict(clip), dict(clip)
    if "volume" in clip:
        right["volume"] = cut.number(clip["volume"])
    if clip.get("transform"):
        right["transform"] = _transform(clip["transform"], cut)
    source = clip["source"]
    if isinstance(source, dict) and source["generator"] == "title":
        left["source"], right["source"] = _title(source, cut)
    elif isinstance(source, dict) and source["generator"] == "caption":
        left["source"], right["source"] = _caption(source, cut)
    if "effects" in clip:
        parts = [_effect(effect, cut) for effect in clip["effects"]]
        left["effects"] = [part for part, _ in parts if part is not None]
        right["effects"] = [part for _, part in parts if part is not None]
    return left, right


def _transform(transform: Json, cut: Cut) -> Json:
    moved = {name: cut.number(value) if name in _ANIMATED else value for name, value in transform.items()}
    if transform.get("crop"):
        moved["crop"] = {name: cut.number(value) for name, value in transform["crop"].items()}
    return moved


def _title(source: Json, cut: Cut) -> tuple[Json, Json]:
    """A title stays a title in both parts, seen or not."""
    left, right = _text(source, cut)
    return left or source, right or _shifted(source, cut)


def _caption(params: Json, cut: Cut) -> tuple[Json, Json]:
    """Words light up when they did: where they shared the clip by their lengths, they get times."""
    words = params["text"].split()
    times = params.get("words")
    if not times:
        letters = sum(len(word) for word in words)
        before = (sum(len(word) for word in words[:number]) for number in range(len(words)))
        times = [cut.length * count / letters for count in before]
    left = {**params, "words": [round(time * FLICKS) / FLICKS for time in times]}
    return left, {**params, "words": [cut.earlier(time) for time in times]}


def _effect(effect: Json, cut: Cut) -> Halves:
    kind, params = effect["type"], effect.get("params", {})
    if kind in JOINING:
        return None, effect
    if kind in _LEFT_ONLY:
        return effect, None
    parts = _CUTTERS.get(kind, _steady)(params, cut)
    left, right = ({**effect, "params": part} if part is not None else None for part in parts)
    return left, right


def _steady(params: Json, cut: Cut) -> Halves:
    """An effect that works on every picture alike, or by keyframes."""
    return params, {name: cut.number(value) for name, value in params.items()}


def _shifted(params: Json, cut: Cut) -> dict[str, Any]:
    moved = {name: cut.number(value) for name, value in params.items()}
    if isinstance(position := params.get("position"), dict):
        moved["position"] = {axis: cut.number(value) for axis, value in position.items()}
    moved["start"] = cut.earlier(params.get("start", 0.0))
    return moved


def _text(params: Json, cut: Cut) -> Halves:
    """A text: the part that has none of it goes without."""
    start = params.get("start", 0.0)
    end = min(start + params.get("duration", cut.length), cut.length)
    going = params.get("animation_out", "none") != "none"
    fading = max(params.get("fade_out", 0.0), params.get("animation_duration", 0.5) if going else 0.0)
    right = _shifted(params, cut)
    if end <= cut.at:
        return params, None
    if start >= cut.at:
        return None, right
    if fading and end - fading < cut.at:
        raise _within_fade(end)
    at_the_end = {"duration", "fade_out", "animation_out"}
    left = {name: value for name, value in params.items() if name not in at_the_end}
    return left, right


def _lasting(params: Json, cut: Cut) -> Halves:
    """A text that does something over all of its time: both parts are told how long that is."""
    whole = {**params, "duration": params.get("duration", cut.length - params.get("start", 0.0))}
    left, right = _text(whole, cut)
    return left and {**left, "duration": whole["duration"]}, right


def _timecode(params: Json, cut: Cut) -> Halves:
    """The timecode goes on in the right part."""
    left, right = _text(params, cut)
    return left, right and {**right, "first": round((params.get("first", 0.0) + cut.at) * FLICKS) / FLICKS}


def _fade(params: Json, cut: Cut) -> Halves:
    """A fade of picture or sound: before it comes in and after it has gone, there is nothing."""
    length = params.get("duration", 0.0)
    if params.get("fade_type") == "out":
        start = params.get("start_time", max(cut.length - length, 0.0))
        if start < cut.at:
            raise _within_fade(start + length)
        return None, _started(params, cut)
    start = params.get("start_time", 0.0)
    if start + length <= cut.at:
        return params, None
    if start < cut.at:
        raise _within_fade(start + length)
    return params, _started(params, cut)


def _started(params: Json, cut: Cut) -> Json:
    if "start_time" not in params:
        return params
    return {**params, "start_time": cut.earlier(params["start_time"])}


def _within_fade(end: float) -> Exception:
    return refuse(
        "/at",
        "clip.split_in_fade",
        f"A fade that ends {end:g} s into the clip would be cut.",
        "Split before or after the fade, or take the fade off first.",
    )


_CUTTERS: Mapping[str, Callable[[Json, Cut], Halves]] = {
    "audio_fade": _fade,
    "caption": _caption,
    "counter": _lasting,
    "credits": _lasting,
    "lower_third": _lasting,
    "text_overlay": _text,
    "timecode": _timecode,
    "video_fade": _fade,
}
