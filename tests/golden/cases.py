"""What is defined by pictures: every effect of the catalogue with a picture, and every transition."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from stoat_ferret import compile as core
from stoat_ferret.model.document import Document, parse_document

CATALOGUE = {item["type"]: item for item in core.catalogue()["effects"]}
TRANSITIONS = [item["type"] for item in core.catalogue()["transitions"]]

FURTHER: dict[str, dict[str, dict[str, Any]]] = {
    "censor": {
        "blur": {"style": "blur", "x": 0.5, "y": 0.1, "width": 0.3, "height": 0.5, "size": 6},
        "box": {"style": "box", "color": "#204060"},
        "moving": {
            "x": {"keyframes": [{"time": 0, "value": 0}, {"time": 2, "value": 0.6}]},
            "width": 0.25,
            "size": 12,
        },
    },
    "color": {"bright": {"brightness": 0.2, "gamma": 1.5}},
    "film_grain": {"strong": {"amount": 1}},
    "flip": {"vertical": {"direction": "vertical"}, "both": {"direction": "both"}},
    "hue": {"moving": {"degrees": {"keyframes": [{"time": 0, "value": 0}, {"time": 2, "value": 360}]}}},
    "levels": {"negative": {"output_black": 1, "output_white": 0}},
    "mask": {
        "rectangle": {"x": 0.2, "y": 0.3, "width": 0.5, "height": 0.4},
        "inverted": {"shape": "ellipse", "x": 0.3, "y": 0.3, "width": 0.4, "height": 0.4, "invert": True},
    },
    "reframe": {"wide": {"aspect": "21:9", "y": 0.9}},
    "rotate": {"half": {"turn": "half"}, "counterclockwise": {"turn": "counterclockwise"}},
    "text_overlay": {
        "boxed": {"text": "Lower\nthird", "position": "lower_third", "fontsize": 24, "box": True},
    },
    "white_balance": {"cold": {"temperature": 5000, "tint": 0.4}},
}
"""Further ways of using an effect, by a name of their own."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing that pictures define."""

    name: str
    effect: str
    """The type of the effect, or of the transition."""
    params: dict[str, Any] = field(default_factory=dict)
    is_transition: bool = False
    is_plain: bool = False
    """Whether it is what the others are held against: the footage as it is."""

    def document(self, footage: tuple[Path, Path], *, without: bool = False) -> Document:
        """Two seconds that show it; `without` it, the same two seconds."""
        scene, below = map(str, footage)
        whole: dict[str, Any] = {
            "schema": "stoat.project/1",
            "output": {"width": 320, "height": 180, "fps": 30, "background": "#402010"},
        }
        clip = {"id": "clip", "source": scene, "in_point": 0, "out_point": 2, "timeline_start": 0}
        track: dict[str, Any] = {"id": "scene", "type": "video", "clips": [clip]}
        whole["tracks"] = [track]
        if self.is_transition or self.effect in ("xfade", "acrossfade"):
            whole["output"] |= {"width": 160, "height": 90}
            clip |= {"out_point": 1.5}
            later = {"id": "later", "source": below, "in_point": 0, "out_point": 1.5, "timeline_start": 0.5}
            edge = {"id": "edge", "type": self.effect, "duration": 1, "from": "clip", "to": "later"}
            track["clips"].append(later)
            track["transitions"] = [edge]
            return self._parsed(whole)
        effects = [{"id": "effect", "type": self.effect, "params": self.params}]
        targets = CATALOGUE[self.effect]["targets"]
        holder, name = (
            (clip, "effects")
            if "clip" in targets
            else (track, "effects")
            if "track" in targets
            else (whole, "global_effects")
        )
        if not (without or self.is_plain):
            holder[name] = effects
        if CATALOGUE[self.effect]["ports"]["alpha"]:
            under = {"id": "under", "source": below, "in_point": 0, "out_point": 2, "timeline_start": 0}
            whole["tracks"].insert(0, {"id": "below", "type": "video", "clips": [under]})
        if self.effect in ("border", "drop_shadow"):
            clip["transform"] = {"x": 0.45, "y": 0.45, "width": 0.6, "height": 0.6}
        return self._parsed(whole)

    def _parsed(self, whole: dict[str, Any]) -> Document:
        return parse_document(orjson.dumps(whole), base=Path())


def _examples() -> list[Case]:
    cases = []
    for name, item in CATALOGUE.items():
        if not item["ports"]["video"] or name == "xfade":
            continue
        cases.append(Case(name=name, effect=name, params=item["example"]))
        cases += [
            Case(name=f"{name}-{further}", effect=name, params=params)
            for further, params in FURTHER.get(name, {}).items()
        ]
    return cases


CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case(name="scene", effect="blur", is_plain=True),
        *_examples(),
        *(Case(name=f"transition-{name}", effect=name, is_transition=True) for name in TRANSITIONS),
    )
}
"""Every case by its name."""
