"""Writes project documents briefly, in the shape of `stoat.project/1`.

Times are exact seconds here and become numbers in the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

__all__ = ["Document", "Time", "clip", "document", "keyframes", "track"]

Document = dict[str, Any]
Time = Fraction | float | int


def document(
    *tracks: Mapping[str, Any],
    width: int = 320,
    height: int = 180,
    fps: Fraction | str | float = 30,
    **more: Any,
) -> Document:
    """Write a project of `tracks`, the lowest first; `more` goes into `output` or the project by its name."""
    rate = f"{fps.numerator}/{fps.denominator}" if isinstance(fps, Fraction) else fps
    output: Document = {"width": width, "height": height, "fps": rate, "sample_rate": 48000, "channels": 2}
    output |= {key: more.pop(key) for key in ("sample_rate", "channels", "background") if key in more}
    return {"schema": "stoat.project/1", "name": "test", "output": output, "tracks": list(tracks)} | more


def track(
    *clips: Mapping[str, Any],
    type: str = "video",  # noqa: A002
    transitions: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Document:
    """Write a track of `clips`."""
    written: Document = {"type": type, "clips": list(clips)}
    if transitions:
        written["transitions"] = list(transitions)
    return written | more


def clip(
    source: Path | str | Mapping[str, Any],
    at: Time,
    in_point: Time,
    out_point: Time,
    **more: Any,
) -> Document:
    """Write a clip that starts at `at` on the timeline and shows `source` from `in_point` to `out_point`."""
    named = source if isinstance(source, Mapping) else str(source)
    times = {"in_point": float(in_point), "out_point": float(out_point), "timeline_start": float(at)}
    return {"source": named, **times} | more


def keyframes(*points: tuple[Time, float], easing: str = "linear") -> Document:
    """Write a value that moves through `points`, each a time from the clip's start and a value."""
    return {"keyframes": [{"time": float(t), "value": v, "easing": easing} for t, v in points]}
