"""Other spellings that documents and edits may use, and what they mean.

The core reads them as well; a settled document holds the canonical ones only.
Other names of an effect's parameters are in the core's catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIELDS: Mapping[str, Mapping[str, str]] = {
    "clip": {
        "in": "in_point",
        "out": "out_point",
        "start": "timeline_start",
        "at": "timeline_start",
    },
    "effect": {"effect_type": "type", "parameters": "params"},
    "transition": {"transition": "type", "length": "duration"},
    "output": {"frame_rate": "fps"},
    "crop": {"w": "width", "h": "height"},
}
"""For each kind of element, other names of its fields."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "anchor": {"middle": "center", "centre": "center"},
    "curve": {"linear": "tri"},
    "easing": {"ease_in_out": "ease"},
    "fade_type": {"fade_in": "in", "fade_out": "out"},
    "fit": {"fill": "cover"},
    "generator": {
        "colorbars": "bars",
        "colour": "color",
        "leader": "countdown",
        "sine": "tone",
        "smptebars": "bars",
        "snow": "noise",
        "solid": "color",
        "static": "noise",
        "text": "title",
    },
    "position": {"middle": "center", "centre": "center", "top": "top_center", "bottom": "bottom_center"},
    "transition": {"crossfade": "fade", "cross_dissolve": "dissolve", "wipe": "wipeleft"},
}
"""For each kind of word, other spellings of it."""


def named(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under their canonical names, in their order; a name that is given twice stays as it is."""
    return renamed(FIELDS.get(kind, {}), fields)


def renamed(names: Mapping[str, str], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same by a table of other names."""
    return {
        names[name] if name in names and names[name] not in fields else name: value
        for name, value in fields.items()
    }


def word(kind: str, value: Any) -> Any:
    """The canonical spelling of a word; anything else as it is."""
    return WORDS[kind].get(value, value) if isinstance(value, str) else value


def source(value: Any) -> Any:
    """A source whose generator has its canonical name."""
    if isinstance(value, dict) and "generator" in value:
        return {**value, "generator": word("generator", value["generator"])}
    return value


def effect(value: Any) -> Any:
    """An effect under canonical names; what older documents print beside it is left out."""
    if not isinstance(value, dict):
        return value
    kept = named("effect", value)
    kept.pop("filter_string", None)
    return kept


def transform(value: Any) -> Any:
    """A transform under canonical names and words."""
    if not isinstance(value, dict):
        return value
    kept = dict(value)
    if "anchor" in kept:
        kept["anchor"] = word("anchor", kept["anchor"])
    if isinstance(kept.get("crop"), dict):
        kept["crop"] = named("crop", kept["crop"])
    return {name: animated(item) for name, item in kept.items()}


def animated(value: Any) -> Any:
    """A number or keyframes, whose easings have their canonical spelling."""
    if not (isinstance(value, dict) and isinstance(value.get("keyframes"), list)):
        return value
    return {**value, "keyframes": [_keyframe(key) for key in value["keyframes"]]}


def _keyframe(key: Any) -> Any:
    if isinstance(key, dict) and "easing" in key:
        return {**key, "easing": word("easing", key["easing"])}
    return key


def curves(value: Any) -> Any:
    """How two sounds cross, with canonical names of the curves."""
    if not isinstance(value, dict):
        return value
    return {name: word("curve", curve) for name, curve in value.items()}
