"""The compiler: how long a plan and a filter's text take."""

from __future__ import annotations

import json
import timeit
from collections.abc import Callable
from typing import Any

from benchmarks.figures import Figure
from stoat_ferret_core import DrawtextBuilder, _core

__all__ = ["figures"]

CLIP = 2.0
FADE = 0.5


def figures() -> list[Figure]:
    """Time documents of several lengths from text to text, as the application calls the compiler."""
    times = {clips: _milliseconds(_compilation(clips)) for clips in (100, 1000, 4000)}
    text = _milliseconds(_filter_text, number=2000) * 1000
    return [
        Figure(what="compile 100 clips, ms", value=times[100], most=1),
        Figure(what="compile 1,000 clips, ms", value=times[1000], most=15),
        Figure(what="compile growth: 4,000 clips / 4 times 1,000 clips", value=times[4000] / times[1000] / 4),
        Figure(what="one filter built and written, microseconds", value=text, most=20),
    ]


def _filter_text() -> str:
    builder = DrawtextBuilder("Chapter 1: it's 50% off").fontsize(64).fontcolor("white")
    return str(builder.build())


def _milliseconds(work: Callable[[], Any], number: int = 5) -> float:
    """Wall time of one call, the shortest of several: whatever lengthens it is somebody else's work."""
    work()
    return min(timeit.repeat(work, number=number, repeat=15)) / number * 1000


def _compilation(clips: int) -> Callable[[], str]:
    """A call of the compiler for this many clips with a crossfade between every two."""
    document = json.dumps(_document(clips))
    media = json.dumps({f"clip-{number % 50}.mp4": _facts(number % 50) for number in range(min(clips, 50))})
    capabilities = json.dumps(_capabilities())
    target = json.dumps({"format": "mp4", "quality": "medium"})

    def compiled() -> str:
        return _core.compile(document, media, capabilities, target, None)

    answer = json.loads(compiled())
    if "plan" not in answer:
        raise ValueError(answer)
    return compiled


def _document(clips: int) -> dict[str, Any]:
    return {
        "schema": "stoat.project/1",
        "name": "Long",
        "output": {"width": 1920, "height": 1080, "fps": 30, "sample_rate": 48000},
        "tracks": [
            {
                "id": "main",
                "type": "video",
                "clips": [
                    {
                        "id": f"clip-{number}",
                        "source": f"clip-{number % 50}.mp4",
                        "in_point": 1.0,
                        "out_point": 1.0 + CLIP,
                        "timeline_start": number * (CLIP - FADE),
                    }
                    for number in range(clips)
                ],
                "transitions": [
                    {"type": "fade", "duration": FADE, "from": f"clip-{number}", "to": f"clip-{number + 1}"}
                    for number in range(clips - 1)
                ],
            }
        ],
    }


def _facts(number: int) -> dict[str, Any]:
    color = {"range": "tv", "space": "bt709", "primaries": "bt709", "transfer": "bt709"}
    video = {
        "index": 0,
        "codec": "h264",
        "decoder": None,
        "width": 1920,
        "height": 1080,
        "sar": [1, 1],
        "rotation": 0,
        "rate": [30, 1],
        "variable_rate": False,
        "frames": 300,
        "start": 0.0,
        "duration": 10.0,
        "pixel_format": "yuv420p",
        "bit_depth": 8,
        "alpha": False,
        "color": color,
    }
    audio = {
        "index": 1,
        "codec": "aac",
        "sample_rate": 48000,
        "channels": 2,
        "layout": "stereo",
        "start": 0.0,
        "duration": 10.0,
    }
    return {
        "path": f"/media/clip-{number}.mp4",
        "identity": str(number),
        "kind": "video",
        "format": "mov,mp4,m4a,3gp,3g2,mj2",
        "demuxer": None,
        "start": 0.0,
        "duration": 10.0,
        "video": video,
        "audio": audio,
        "tags": {},
    }


def _capabilities() -> dict[str, Any]:
    """What a machine with FFmpeg 9 can do, as far as this compiler asks."""
    ffmpeg = {"path": "/usr/bin/ffmpeg", "version": "9.0.2", "major": 9, "minor": 0, "identity": "x"}
    return {
        "ffmpeg": ffmpeg,
        "filters": ["overlay", "xfade", "drawtext", "zscale", "tonemap"],
        "transitions": ["fade"],
        "encoders": ["libx264", "aac"],
        "formats": {"demuxers": [], "muxers": ["mp4"]},
        "fonts": [],
    }
