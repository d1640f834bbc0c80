"""Every field of the document, changed: what is seen or heard has another key, what is not has the same."""

from __future__ import annotations

import copy
import json
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from stoat_ferret import compile as core
from stoat_ferret.model import project as models
from stoat_ferret.model.plan import Plan, Target

Sense = Literal["seen", "heard", "both", "neither"]


def _document() -> dict[str, Any]:
    """A project in which every field shows, or is heard."""
    return {
        "schema": "stoat.project/1",
        "id": "project",
        "name": "Film",
        "created_at": "2026-01-01T00:00:00Z",
        "modified_at": "2026-01-01T00:00:00Z",
        "output": {
            "width": 320,
            "height": 180,
            "fps": 30,
            "sample_rate": 48000,
            "channels": 2,
            "background": "#204060",
        },
        "metadata": {"title": "Film"},
        "markers": [{"id": "m", "time": 1.0, "name": "One", "chapter": True}],
        "global_effects": [{"id": "g", "type": "blur", "enabled": True, "params": {"radius": 2}}],
        "tracks": [
            {
                "id": "main",
                "name": "Main",
                "type": "video",
                "muted": False,
                "hidden": False,
                "locked": False,
                "volume": 1.0,
                "effects": [{"id": "t", "type": "color", "params": {"contrast": 1.2}}],
                "ducking": {
                    "under": ["speech"],
                    "threshold": 0.05,
                    "ratio": 8,
                    "attack": 20,
                    "release": 300,
                },
                "clips": [
                    {
                        "id": "a",
                        "name": "A",
                        "source": "one.mp4",
                        "in_point": 1.0,
                        "out_point": 4.0,
                        "timeline_start": 0.0,
                        "timeline_end": 3.0,
                        "fit": "cover",
                        "volume": 0.8,
                        "muted": False,
                        "enabled": True,
                        "transform": {
                            "x": 0.4,
                            "y": 0.6,
                            "width": 0.7,
                            "height": 0.5,
                            "anchor": "center",
                            "rotation": 10,
                            "opacity": {
                                "keyframes": [
                                    {"time": 0, "value": 0.2, "easing": "linear"},
                                    {"time": 2, "value": 0.9},
                                ]
                            },
                            "crop": {"x": 0.1, "y": 0.1, "width": 0.8, "height": 0.6},
                        },
                        "effects": [
                            {
                                "id": "e",
                                "type": "text_overlay",
                                "enabled": True,
                                "params": {"text": "One", "fontsize": 20},
                            }
                        ],
                    },
                    {
                        "id": "b",
                        "source": "two.mp4",
                        "in_point": 0.0,
                        "out_point": 3.0,
                        "timeline_start": 2.0,
                    },
                ],
                "transitions": [
                    {
                        "id": "x",
                        "type": "dissolve",
                        "duration": 1.0,
                        "from": "a",
                        "to": "b",
                        "audio": {"curve1": "tri", "curve2": "tri"},
                    }
                ],
            },
            {
                "id": "speech",
                "type": "audio",
                "clips": [
                    {
                        "id": "tone",
                        "source": {"generator": "tone", "frequency": 440, "amplitude": 0.25},
                        "out_point": 3.0,
                        "timeline_start": 1.0,
                    }
                ],
            },
            {
                "id": "over",
                "type": "video",
                "clips": [
                    {
                        "id": "colour",
                        "source": {"generator": "color", "color": "#ff000080"},
                        "out_point": 1.0,
                        "timeline_start": 3.5,
                        "transform": {"width": 0.2, "height": 0.2},
                    }
                ],
            },
            {
                "id": "titles",
                "type": "text",
                "clips": [
                    {
                        "id": "title",
                        "source": {"generator": "title", "text": "Two", "fontsize": 20},
                        "out_point": 2.0,
                        "timeline_start": 2.5,
                    }
                ],
            },
            {
                "id": "said",
                "type": "text",
                "captions": "eng",
                "clips": [
                    {
                        "id": "word",
                        "source": {"generator": "caption", "text": "Three words", "fontsize": 20},
                        "out_point": 1.0,
                        "timeline_start": 0.0,
                    }
                ],
            },
            {
                "id": "steps",
                "type": "audio",
                "clips": [
                    {
                        "id": "high",
                        "source": {"generator": "tone", "frequency": 880},
                        "out_point": 1.0,
                        "timeline_start": 0.0,
                    }
                ],
            },
            {
                "id": "more",
                "type": "video",
                "clips": [
                    {
                        "id": "gradient",
                        "source": {"generator": "gradient", "colors": ["red", "blue@0.5"]},
                        "out_point": 1.0,
                        "timeline_start": 0.0,
                    },
                    {
                        "id": "shape",
                        "source": {"generator": "shape", "shape": "star", "points": 5},
                        "out_point": 1.0,
                        "timeline_start": 1.0,
                    },
                    {
                        "id": "bars",
                        "source": {"generator": "bars"},
                        "out_point": 1.0,
                        "timeline_start": 2.0,
                    },
                    {
                        "id": "noise",
                        "source": {"generator": "noise"},
                        "out_point": 1.0,
                        "timeline_start": 3.0,
                    },
                    {
                        "id": "countdown",
                        "source": {"generator": "countdown"},
                        "out_point": 1.0,
                        "timeline_start": 4.0,
                    },
                ],
            },
        ],
    }


A, MAIN = "tracks/0/clips/0", "tracks/0"
CHANGES: dict[str, tuple[str, Any, Sense]] = {
    "Project.schema_": ("schema", "stoat.project/1", "neither"),
    "Project.id": ("id", "another", "neither"),
    "Project.name": ("name", "Another", "neither"),
    "Project.created_at": ("created_at", "2027-01-01T00:00:00Z", "neither"),
    "Project.modified_at": ("modified_at", "2027-01-01T00:00:00Z", "neither"),
    "Project.output": ("output/width", 640, "seen"),
    "Project.tracks": ("tracks/3/clips", [], "seen"),
    "Project.global_effects": ("global_effects", [], "seen"),
    "Project.markers": ("markers", [], "neither"),
    "Project.metadata": ("metadata", {"title": "Another"}, "neither"),
    "Output.width": ("output/width", 640, "seen"),
    "Output.height": ("output/height", 240, "seen"),
    "Output.fps": ("output/fps", 25, "seen"),
    "Output.sample_rate": ("output/sample_rate", 44100, "heard"),
    "Output.channels": ("output/channels", 1, "heard"),
    "Output.background": ("output/background", "#ffffff", "seen"),
    "Marker.id": ("markers/0/id", "n", "neither"),
    "Marker.time": ("markers/0/time", 2.0, "neither"),
    "Marker.name": ("markers/0/name", "Two", "neither"),
    "Marker.chapter": ("markers/0/chapter", False, "neither"),
    "Track.id": ("tracks/2/id", "above", "neither"),
    "Track.type": ("tracks/2/type", "video", "neither"),
    "Track.name": (f"{MAIN}/name", "Other", "neither"),
    "Track.muted": (f"{MAIN}/muted", True, "heard"),
    "Track.hidden": (f"{MAIN}/hidden", True, "seen"),
    "Track.locked": (f"{MAIN}/locked", True, "neither"),
    "Track.volume": (f"{MAIN}/volume", 0.5, "heard"),
    "Track.effects": (f"{MAIN}/effects", [], "seen"),
    "Track.clips": ("tracks/1/clips", [], "heard"),
    "Track.transitions": (f"{MAIN}/transitions/0/type", "wipeleft", "seen"),
    "Track.ducking": (f"{MAIN}/ducking", None, "heard"),
    "Track.captions": ("tracks/4/captions", "deu", "neither"),
    "Ducking.under": (f"{MAIN}/ducking/under", ["steps"], "heard"),
    "Ducking.threshold": (f"{MAIN}/ducking/threshold", 0.1, "heard"),
    "Ducking.ratio": (f"{MAIN}/ducking/ratio", 4, "heard"),
    "Ducking.attack": (f"{MAIN}/ducking/attack", 40, "heard"),
    "Ducking.release": (f"{MAIN}/ducking/release", 600, "heard"),
    "Transition.id": (f"{MAIN}/transitions/0/id", "y", "neither"),
    "Transition.type": (f"{MAIN}/transitions/0/type", "wipeleft", "seen"),
    "Transition.duration": (f"{MAIN}/transitions/0", None, "both"),
    "Transition.from_": ("", "rename", "neither"),
    "Transition.to": ("", "rename", "neither"),
    "Transition.audio": (f"{MAIN}/transitions/0/audio", None, "heard"),
    "TransitionAudio.curve1": (f"{MAIN}/transitions/0/audio/curve1", "exp", "heard"),
    "TransitionAudio.curve2": (f"{MAIN}/transitions/0/audio/curve2", "exp", "heard"),
    "Clip.id": ("tracks/1/clips/0/id", "other", "neither"),
    "Clip.name": (f"{A}/name", "B", "neither"),
    "Clip.source": (f"{A}/source", "three.mp4", "both"),
    "Clip.in_point": ("tracks/1/clips/0/in_point", 0.5, "heard"),
    "Clip.out_point": ("tracks/2/clips/0/out_point", 1.5, "seen"),
    "Clip.timeline_start": ("tracks/3/clips/0/timeline_start", 2.0, "seen"),
    "Clip.timeline_end": (f"{A}/timeline_end", None, "neither"),
    "Clip.fit": (f"{A}/fit", "stretch", "seen"),
    "Clip.volume": (f"{A}/volume", 0.5, "heard"),
    "Clip.muted": (f"{A}/muted", True, "heard"),
    "Clip.enabled": ("tracks/2/clips/0/enabled", False, "seen"),
    "Clip.transform": (f"{A}/transform", None, "seen"),
    "Clip.effects": (f"{A}/effects", [], "seen"),
    "Transform.x": (f"{A}/transform/x", 0.5, "seen"),
    "Transform.y": (f"{A}/transform/y", 0.5, "seen"),
    "Transform.width": (f"{A}/transform/width", 0.6, "seen"),
    "Transform.height": (f"{A}/transform/height", 0.6, "seen"),
    "Transform.anchor": (f"{A}/transform/anchor", "top_left", "seen"),
    "Transform.rotation": (f"{A}/transform/rotation", 20, "seen"),
    "Transform.opacity": (f"{A}/transform/opacity", 0.5, "seen"),
    "Transform.crop": (f"{A}/transform/crop", None, "seen"),
    "Crop.x": (f"{A}/transform/crop/x", 0.2, "seen"),
    "Crop.y": (f"{A}/transform/crop/y", 0.2, "seen"),
    "Crop.width": (f"{A}/transform/crop/width", 0.5, "seen"),
    "Crop.height": (f"{A}/transform/crop/height", 0.5, "seen"),
    "Keyframes.keyframes": (f"{A}/transform/opacity/keyframes", [{"time": 0, "value": 0.5}], "seen"),
    "Keyframe.time": (f"{A}/transform/opacity/keyframes/1/time", 1, "seen"),
    "Keyframe.value": (f"{A}/transform/opacity/keyframes/1/value", 0.5, "seen"),
    "Keyframe.easing": (f"{A}/transform/opacity/keyframes/0/easing", "hold", "seen"),
    "Effect.id": (f"{A}/effects/0/id", "f", "neither"),
    "Effect.type": (f"{A}/effects/0", {"type": "blur", "params": {"radius": 4}}, "seen"),
    "Effect.enabled": (f"{A}/effects/0/enabled", False, "seen"),
    "Effect.params": (f"{A}/effects/0/params/text", "Other", "seen"),
    "ColorGenerator.generator": ("tracks/2/clips/0/source", {"generator": "testsrc"}, "seen"),
    "ColorGenerator.color": ("tracks/2/clips/0/source/color", "#00ff00", "seen"),
    "TitleGenerator.generator": ("tracks/3/clips/0/source/fontsize", 30, "seen"),
    "TitleGenerator.text": ("tracks/3/clips/0/source/text", "Other", "seen"),
    "GradientGenerator.generator": ("tracks/6/clips/0/source/angle", 90, "seen"),
    "GradientGenerator.colors": ("tracks/6/clips/0/source/colors", ["red", "blue"], "seen"),
    "ShapeGenerator.generator": ("tracks/6/clips/1/source/points", 6, "seen"),
    "ShapeGenerator.shape": ("tracks/6/clips/1/source/shape", "ellipse", "seen"),
    "BarsGenerator.generator": ("tracks/6/clips/2/source/style", "ebu", "seen"),
    "NoiseGenerator.generator": ("tracks/6/clips/3/source/seed", 1, "both"),
    "CountdownGenerator.generator": ("tracks/6/clips/4/source/from", 4, "both"),
    "CaptionGenerator.generator": ("tracks/4/clips/0/source/words", [0, 0.3], "seen"),
    "CaptionGenerator.text": ("tracks/4/clips/0/source/text", "Three other", "seen"),
    "TestSourceGenerator.generator": ("tracks/2/clips/0/source", {"generator": "testsrc"}, "seen"),
    "SilenceGenerator.generator": ("tracks/1/clips/0/source", {"generator": "silence"}, "heard"),
    "ToneGenerator.generator": ("tracks/1/clips/0/source", {"generator": "silence"}, "heard"),
    "ToneGenerator.frequency": ("tracks/1/clips/0/source/frequency", 880, "heard"),
    "ToneGenerator.amplitude": ("tracks/1/clips/0/source/amplitude", 0.5, "heard"),
}
"""For every field: where it is in the document, another value, and what becomes of the film."""


def _fields() -> set[str]:
    """Every field of every part of a document."""
    known: set[str] = set()
    waiting: list[type[BaseModel]] = [
        value
        for value in vars(models).values()
        if isinstance(value, type)
        and issubclass(value, BaseModel)
        and value.__module__ == models.__name__
        and value is not models.Value
    ]
    for model in waiting:
        known |= {f"{model.__name__}.{name}" for name in model.model_fields}
    return known


def _facts(number: int) -> dict[str, Any]:
    return {
        "path": f"/media/{number}.mp4",
        "identity": f"content-{number}",
        "kind": "video",
        "format": "mov",
        "demuxer": "mov",
        "start": 0.0,
        "duration": 20.0,
        "video": {
            "index": 0,
            "width": 640,
            "height": 480,
            "sar": [1, 1],
            "rate": [25, 1],
            "pixel_format": "yuv420p",
        },
        "audio": {"index": 1, "sample_rate": 44100, "channels": 2, "layout": "stereo"},
    }


MEDIA = {f"{name}.mp4": _facts(number) for number, name in enumerate(("one", "two", "three"))}
ABLE: dict[str, Any] = {
    "ffmpeg": {"version": "9.0", "major": 9, "identity": "the program"},
    "filters": [
        *("zscale", "tonemap", "xfade", "drawtext", "overlay"),
        *("eq", "gblur", "crop", "fade", "afade", "volume"),
        *("aevalsrc", "aformat", "anoisesrc", "blend", "drawbox", "format", "geq", "pad", "rotate"),
        *("scale", "sine"),
    ],
    "transitions": ["dissolve", "fade", "wipeleft"],
    "encoders": ["libx264", "aac"],
    "fonts": [
        {
            "family": "Roboto",
            "style": "Regular",
            "path": "/fonts/Roboto-Regular.ttf",
            "identity": "the font",
            "coverage": [[32, 126]],
        }
    ],
}


def _plan(document: dict[str, Any]) -> Plan:
    return core.compile_plan(
        json.dumps(document), media=MEDIA, capabilities=ABLE, target=Target(format="mp4")
    )


def _keys(document: dict[str, Any]) -> tuple[list[str | None], list[str | None]]:
    """The keys of picture and sound; none of them may be missing."""
    steps = _plan(document).steps
    seen = [step.key for step in steps if step.span is not None]
    heard = [step.key for step in steps if step.kind == "audio"]
    assert seen
    assert heard
    assert None not in [*seen, *heard]
    return seen, heard


def _changed(name: str) -> dict[str, Any]:
    document = copy.deepcopy(_document())
    pointer, value, _ = CHANGES[name]
    main = document["tracks"][0]
    if name == "Transition.duration":
        main["clips"][1]["timeline_start"] = 2.5
        main["transitions"][0]["duration"] = 0.5
        return document
    if value == "rename":
        clip, end = (main["clips"][0], "from") if name == "Transition.from_" else (main["clips"][1], "to")
        clip["id"] = main["transitions"][0][end] = "renamed"
        return document
    *way, last = pointer.split("/")
    place: Any = document
    for part in way:
        place = place[int(part) if part.isdigit() else part]
    place[int(last) if last.isdigit() else last] = value
    return document


def test_every_field_is_tried() -> None:
    """A new field is tried, too, or this fails."""
    assert _fields() == set(CHANGES)


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_changed_field_changes_the_keys_of_what_it_shows(name: str) -> None:
    """Names and marks change no key; pictures those of the picture, sounds that of the sound."""
    seen, heard = _keys(_document())
    sense = CHANGES[name][2]
    now_seen, now_heard = _keys(_changed(name))
    assert (sense in ("seen", "both")) == (seen != now_seen)
    assert (sense in ("heard", "both")) == (heard != now_heard)
