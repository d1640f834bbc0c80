"""What is defined by pictures: every effect of the catalogue, every generator, and every transition."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from painting import Footage

from stoat_ferret import compile as core
from stoat_ferret.model.document import Document, parse_document

CATALOGUE = {item["type"]: item for item in core.catalogue()["effects"]}
GENERATORS = {item["generator"]: item for item in core.catalogue()["generators"] if item["ports"]["video"]}
"""The generators that are seen."""
TRANSITIONS = [item["type"] for item in core.catalogue()["transitions"]]

PLACED: dict[str, dict[str, Any]] = {
    "background_blur": {"fit": "cover", "transform": {"width": 0.4}},
    "border": {"transform": {"x": 0.45, "y": 0.45, "width": 0.6, "height": 0.6}},
    "drop_shadow": {"transform": {"x": 0.45, "y": 0.45, "width": 0.6, "height": 0.6}},
}
"""How the clip lies where an effect would not show on one that fills the film."""

SLOW_AT_FIRST = {
    "keyframes": [{"time": 0, "value": 0.3}, {"time": 0.5, "value": 0.3}, {"time": 0.8, "value": 2}]
}
"""A speed at which two seconds stay less than two."""

FURTHER: dict[str, dict[str, dict[str, Any]]] = {
    "freeze": {"short": {"at": 0.3, "duration": 0.8}},
    "background_blur": {"closer": {"radius": 2, "brightness": 1, "zoom": 1.5}},
    "blend": {
        mode: {"mode": mode}
        for mode in (
            "multiply",
            "overlay",
            "soft_light",
            "hard_light",
            "lighten",
            "darken",
            "difference",
            "addition",
        )
    },
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
    "ken_burns": {
        "away": {"start_x": 0.7, "start_y": 0.6, "start_zoom": 1.6, "end_zoom": 1, "easing": "ease"},
        "across": {"start_x": 0, "start_y": 1, "start_zoom": 1.5, "end_x": 0.6, "end_zoom": 1.5},
    },
    "levels": {"negative": {"output_black": 1, "output_white": 0}},
    "lut": {
        "trilinear": {"file": "looks/house.cube", "interpolation": "trilinear"},
        "curve": {"file": "looks/brighter.cube"},
    },
    "mask": {
        "rectangle": {"x": 0.2, "y": 0.3, "width": 0.5, "height": 0.4},
        "inverted": {"shape": "ellipse", "x": 0.3, "y": 0.3, "width": 0.4, "height": 0.4, "invert": True},
    },
    "reframe": {"wide": {"aspect": "21:9", "y": 0.9}},
    "equalizer": {
        "low_shelf": {"kind": "low_shelf", "frequency": 200, "gain": 12},
        "high_shelf": {"kind": "high_shelf", "frequency": 4000, "gain": -18},
    },
    "audio_fade": {"out": {"fade_type": "out", "duration": 1}},
    "channel_map": {"swap": {"mode": "swap"}},
    "pan": {
        "moving": {"position": {"keyframes": [{"time": 0, "value": -1}, {"time": 2, "value": 1}]}},
    },
    "rotate": {"half": {"turn": "half"}, "counterclockwise": {"turn": "counterclockwise"}},
    "speed_control": {
        "ramp": {
            "factor": {"keyframes": [{"time": 0, "value": 0.5, "easing": "ease"}, {"time": 1, "value": 3}]},
            "drop_audio": True,
        },
        "blend": {"factor": SLOW_AT_FIRST, "frames": "blend"},
        "motion": {"factor": SLOW_AT_FIRST, "frames": "motion"},
    },
    "text_overlay": {
        "boxed": {"text": "Lower\nthird", "position": "lower_third", "fontsize": 24, "box": True},
        "wrapped": {
            "text": "A long text that is broken into lines of one width",
            "width": 0.5,
            "align": "right",
            "weight": "bold",
            "position": "top_right",
            "safe_area": "title",
            "fontsize": 22,
            "box": True,
        },
        "typed": {
            "text": "Letter by letter\nand line by line",
            "align": "center",
            "fontsize": 28,
            "animation_in": "typewriter",
            "animation_out": "fade",
            "animation_duration": 0.8,
            "border_width": 2,
        },
        "sliding": {
            "text": "Up and away",
            "fontsize": 30,
            "box": True,
            "animation_in": "slide_up",
            "animation_out": "slide_left",
            "animation_duration": 0.8,
        },
        "popping": {
            "text": "Larger\nand back",
            "align": "center",
            "fontsize": 40,
            "animation_in": "pop",
            "animation_out": "pop",
            "animation_duration": 0.8,
        },
    },
    "timecode": {"first": {"first": "01:00:00:00", "position": "top_left", "box": False, "prefix": "TC "}},
    "counter": {
        "down": {"from": 5, "to": -2.5, "decimals": 2, "decimal_mark": "comma", "suffix": " °C"},
    },
    "lower_third": {
        "right": {"name": "Ben Sample", "position": "bottom_right", "weight": "bold", "fontsize": 30},
    },
    "white_balance": {"cold": {"temperature": 5000, "tint": 0.4}},
}
"""Further ways of using an effect, by a name of their own."""


SHAPES: dict[str, dict[str, Any]] = {
    "rectangle": {
        "shape": "rectangle",
        "radius": 24,
        "rotation": 20,
        "fill": "#2060c0@0.5",
        "outline": "white",
        "outline_width": 8,
    },
    "ellipse": {"shape": "ellipse", "fill": "#00000000", "outline": "#ff2020", "outline_width": 5},
    "triangle": {"shape": "triangle", "fill": "#20a040", "width": 0.3, "x": 0.3},
    "polygon": {"shape": "polygon", "sides": 6, "fill": "#c040a0", "width": 0.28, "outline_width": 4},
    "line": {"shape": "line", "from_x": 0.1, "from_y": 0.8, "to_x": 0.8, "to_y": 0.2, "thickness": 6},
    "arrow": {
        "shape": "arrow",
        "from_x": 0.2,
        "from_y": 0.8,
        "to_x": 0.7,
        "to_y": 0.3,
        "fill": "#e02020",
        "outline": "white",
        "outline_width": 2,
    },
}
OTHERWISE: dict[str, dict[str, dict[str, Any]]] = {
    "bars": {"ebu": {"style": "ebu"}},
    "gradient": {
        "radial": {
            "kind": "radial",
            "colors": ["#ffe0a0", "#a02040", "#100020"],
            "positions": [0, 0.3, 1],
            "center_x": 0.3,
            "center_y": 0.4,
        },
        "clear": {"colors": ["#00000000", "#000000c0"], "angle": 90},
    },
    "noise": {"soft": {"seed": 3, "contrast": 0.3}},
    "shape": SHAPES,
}
"""Further ways of using a generator, by a name of their own."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing that pictures define."""

    name: str
    effect: str
    """The type of the effect or of the transition, or the name of the generator."""
    params: dict[str, Any] = field(default_factory=dict)
    is_transition: bool = False
    is_generator: bool = False
    is_plain: bool = False
    """Whether it is what the others are held against: the footage as it is."""

    @property
    def is_sound(self) -> bool:
        """Whether it is heard, and not seen."""
        return not (self.is_transition or self.is_generator) and not CATALOGUE[self.effect]["ports"]["video"]

    def document(self, footage: Footage, *, without: bool = False) -> Document:
        """Two seconds that show it; `without` it, the same two seconds."""
        whole: dict[str, Any] = {
            "schema": "stoat.project/1",
            "output": {"width": 320, "height": 180, "fps": 30, "background": "#402010"},
        }
        if self.is_generator:
            return self._generated(footage, whole, without=without)
        source = footage.sound if self.is_sound else footage.scene
        if self.effect == "stabilize":
            source = footage.shaken
        clip = _clip("clip", source)
        track: dict[str, Any] = {
            "id": "track",
            "type": "audio" if self.is_sound else "video",
            "clips": [clip],
        }
        whole["tracks"] = [track]
        if self.is_transition or self.effect == "acrossfade":
            whole["output"] |= {"width": 160, "height": 90}
            later = _clip("later", footage.sound if self.is_sound else footage.below)
            later |= {"out_point": 1.5, "timeline_start": 1.5 if without else 0.5}
            clip["out_point"] = 1.5
            track["clips"].append(later)
        if self.is_transition:
            track["transitions"] = [
                {"id": "edge", "type": self.effect, "duration": 1, "from": "clip", "to": "later"}
            ]
            return parse_document(orjson.dumps(whole), base=footage.folder)
        for pitch in {"audio_ducking": (2500,), "audio_mix": (2500, 5000)}.get(self.effect, ()):
            voice = _clip(f"voice-{pitch}", {"generator": "tone", "frequency": pitch, "amplitude": 0.4})
            voice |= {"out_point": 0.6, "timeline_start": 0.2}
            whole["tracks"].insert(0, {"id": f"other-{pitch}", "type": "video", "clips": [voice]})
        if not (without or self.is_plain):
            self._put(whole, track, clip)
        if CATALOGUE[self.effect]["ports"]["alpha"]:
            under = {"id": "below", "type": "video", "clips": [_clip("under", footage.below)]}
            whole["tracks"].insert(0, under)
        clip |= PLACED.get(self.effect, {})
        return parse_document(orjson.dumps(whole), base=footage.folder)

    def _generated(self, footage: Footage, whole: dict[str, Any], *, without: bool) -> Document:
        """A generator over the stripes."""
        clips = [_clip("under", footage.below)]
        if not without:
            clips.append(_clip("clip", {"generator": self.effect, **self.params}))
        whole["tracks"] = [{"type": "video", "clips": [clip]} for clip in clips]
        return parse_document(orjson.dumps(whole), base=footage.folder)

    def _put(self, whole: dict[str, Any], track: dict[str, Any], clip: dict[str, Any]) -> None:
        """Put the effect on the smallest thing that takes it."""
        targets = CATALOGUE[self.effect]["targets"]
        holders = {
            "clip": (clip, "effects"),
            "track": (track, "effects"),
            "project": (whole, "global_effects"),
        }
        holder, name = next(holders[place] for place in holders if place in targets)
        holder[name] = [{"id": "effect", "type": self.effect, "params": self.params}]


def _clip(name: str, source: Any) -> dict[str, Any]:
    """Two seconds of a source."""
    source = str(source) if isinstance(source, Path) else source
    return {"id": name, "source": source, "in_point": 0, "out_point": 2, "timeline_start": 0}


def _examples() -> list[Case]:
    cases = []
    for name, item in CATALOGUE.items():
        if name == "xfade":
            continue
        cases.append(Case(name=name, effect=name, params=item["example"]))
        cases += [
            Case(name=f"{name}-{further}", effect=name, params=params)
            for further, params in FURTHER.get(name, {}).items()
        ]
    return cases


def _generators() -> list[Case]:
    ways = {name: {"": item["example"]} | OTHERWISE.get(name, {}) for name, item in GENERATORS.items()}
    return [
        Case(
            name="-".join(filter(None, ("generator", name, further))),
            effect=name,
            params=params,
            is_generator=True,
        )
        for name, many in ways.items()
        for further, params in many.items()
    ]


CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case(name="scene", effect="blur", is_plain=True),
        Case(name="sounds", effect="volume", is_plain=True),
        *_examples(),
        *_generators(),
        *(Case(name=f"transition-{name}", effect=name, is_transition=True) for name in TRANSITIONS),
    )
}
"""Every case by its name."""
