"""The demonstration's edit: a bit of everything that a project can hold."""

from __future__ import annotations

from typing import Any

from stoat_ferret.demo.footage import SECONDS

__all__ = ["project"]


def project() -> dict[str, Any]:
    """The edit: five kinds of footage on two video tracks, voice and music on two audio tracks."""
    return {
        "schema": "stoat.project/1",
        "name": "A day in twenty-eight seconds",
        "output": {"width": 1280, "height": 720, "fps": 30, "sample_rate": 48000, "background": "#101418"},
        "tracks": [
            {"id": "main", "type": "video", "name": "Main", **_main()},
            {"id": "over", "type": "video", "name": "Pictures and titles above", "clips": _over()},
            {"id": "voice", "type": "audio", "name": "Voice", "clips": _speech()},
            {"id": "music", "type": "audio", "name": "Music", **_bed()},
        ],
        "global_effects": [{"type": "fade_out", "params": {"duration": 1.5}}],
        "markers": [
            {"time": 0, "name": "Dawn", "chapter": True},
            {"time": 10, "name": "Evening", "chapter": True},
            {"time": 17, "name": "Night", "chapter": True},
        ],
        "metadata": {"title": "A day in twenty-eight seconds", "comment": "Made by stoat demo"},
    }


_TITLE = {"fontcolor": "#4a2347", "font": "Roboto Medium"}


def _main() -> dict[str, Any]:
    clips = [
        {
            "id": "dawn",
            "source": "media/dawn.mp4",
            "in_point": 0.5,
            "out_point": 6.5,
            "timeline_start": 0,
            "effects": [
                _text(
                    "stoat & ferret",
                    font="Roboto Bold",
                    fontsize=104,
                    position={"x": "center", "y": 0.30},
                    start=0.6,
                    duration=4.2,
                ),
                _text(
                    "a day in twenty-eight seconds",
                    fontsize=34,
                    position={"x": "center", "y": 0.42},
                    start=1.2,
                    duration=3.6,
                ),
            ],
        },
        {
            "id": "sea",
            "source": "media/sea.mp4",
            "in_point": 1,
            "out_point": 6,
            "timeline_start": 5,
            "fit": "cover",
            "effects": [{"type": "color", "params": {"saturation": 1.15, "contrast": 1.04}}],
        },
        {
            "id": "lanterns",
            "source": "media/lanterns.mkv",
            "in_point": 0.25,
            "out_point": 5.25,
            "timeline_start": 9,
            "fit": "cover",
        },
        {
            "id": "lights",
            "source": "media/lights.mov",
            "in_point": 0,
            "out_point": 8,
            "timeline_start": 13,
            "fit": "cover",
            "effects": [{"type": "speed_control", "params": {"factor": 2.0}}],
        },
        {
            "id": "night",
            "source": "media/night.webm",
            "in_point": 0.48,
            "out_point": 6.48,
            "timeline_start": 17,
            "transform": {"width": _curve((0, 1.0), (6, 1.18)), "height": _curve((0, 1.0), (6, 1.18))},
        },
        {
            "id": "dawn-again",
            "source": "media/dawn.mp4",
            "in_point": 4,
            "out_point": 7,
            "timeline_start": 22,
            "effects": [
                {"type": "speed_control", "params": {"factor": 0.5}},
                _text(
                    "and again tomorrow",
                    fontsize=64,
                    position={"x": "center", "y": 0.34},
                    start=1.2,
                    duration=4.2,
                ),
            ],
        },
    ]
    transitions = [
        {"type": "fade", "duration": 1.0, "from": "dawn", "to": "sea"},
        {"type": "smoothleft", "duration": 1.0, "from": "sea", "to": "lanterns"},
        {"type": "circleopen", "duration": 1.0, "from": "lanterns", "to": "lights"},
        {"type": "smoothup", "duration": 1.0, "from": "night", "to": "dawn-again"},
    ]
    return {"clips": clips, "transitions": transitions}


def _over() -> list[dict[str, Any]]:
    corner = {"width": 0.11, "height": 0.195, "x": 0.965, "y": 0.06, "anchor": "top_right"}
    return [
        {
            "id": "badge",
            "source": "media/badge.png",
            "out_point": 4,
            "timeline_start": 1,
            "transform": {**corner, "opacity": _curve((0, 0), (0.8, 0.95), (3.2, 0.95), (4, 0))},
        },
        {
            "id": "inset",
            "source": "media/lights.mov",
            "in_point": 1,
            "out_point": 5,
            "timeline_start": 5.5,
            "transform": {
                "x": _curve((0, 1.25, "ease_out"), (0.8, 0.82), (3.4, 0.82, "ease_in"), (4, 1.25)),
                "y": 0.76,
                "width": 0.3,
                "height": 0.3,
                "opacity": _curve((0, 0), (0.6, 1)),
            },
        },
        {
            "id": "lower-third",
            "source": {
                "generator": "title",
                "text": "Lanterns over the bay",
                "fontsize": 46,
                "position": "bottom_left",
                "margin": 56,
                "fade_in": 0.5,
                "fade_out": 0.5,
                "box": True,
                "box_color": "#101418@0.55",
                "box_padding": 16,
                "fontcolor": "#ffe0a8",
            },
            "out_point": 2.8,
            "timeline_start": 10,
        },
        {
            "id": "stamp",
            "source": "media/badge.png",
            "out_point": 3.5,
            "timeline_start": 24,
            "transform": {
                "width": 0.16,
                "height": 0.284,
                "x": 0.5,
                "y": 0.62,
                "rotation": _curve((0, -20, "ease_out"), (1.2, 0)),
                "opacity": _curve((0, 0), (0.8, 0.95)),
            },
        },
    ]


def _speech() -> list[dict[str, Any]]:
    return [
        {
            "id": f"line-{number}",
            "source": "media/voice.flac",
            "in_point": begin,
            "out_point": end,
            "timeline_start": at,
        }
        for number, (begin, end, at) in enumerate([(0, 3.6, 1.5), (4.2, 7.8, 10), (8.4, 12, 18)], start=1)
    ]


def _bed() -> dict[str, Any]:
    return {
        "clips": [
            {
                "id": "bed",
                "source": "media/music.mp3",
                "in_point": 0,
                "out_point": SECONDS,
                "timeline_start": 0,
                "volume": 0.9,
                "effects": [{"type": "audio_fade", "params": {"fade_type": "in", "duration": 1.5}}],
            }
        ],
        "ducking": {"under": ["voice"], "threshold": 0.02, "ratio": 10, "attack": 30, "release": 400},
    }


def _text(text: str, *, start: float, duration: float, **params: Any) -> dict[str, Any]:
    shown = {
        "text": text,
        "start": start,
        "duration": duration,
        "fade_in": 0.7,
        "fade_out": 0.7,
        **_TITLE,
        **params,
    }
    return {"type": "text_overlay", "params": shown}


def _curve(*points: tuple[float, float] | tuple[float, float, str]) -> dict[str, Any]:
    return {
        "keyframes": [
            {"time": point[0], "value": point[1], "easing": point[2] if len(point) > 2 else "ease"}
            for point in points
        ]
    }
