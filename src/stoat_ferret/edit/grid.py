"""The project's grid of frames: the engine counts in frames, documents in seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from stoat_ferret import compile as core
from stoat_ferret.compile import Speed
from stoat_ferret.edit.refusal import refuse
from stoat_ferret.errors import RequestError
from stoat_ferret.model.project import LONGEST_TIME

T = TypeVar("T")

DEFAULT_RATE = 30
"""Frames per second of a document that does not say."""

NOISE = 1e-6
"""Seconds: less than this off the grid is arithmetic, not intent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Conversions between frames of the project and seconds; all rounding is the core's."""

    rate: str
    """Frames per second as a fraction, `30000/1001`."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Grid:
        """The grid of a settled document."""
        return cls(rate=core.rate_of((document.get("output") or {}).get("fps", DEFAULT_RATE)))

    def seconds(self, frame: int) -> float:
        """The start of a frame; refused beyond the longest time."""
        found = core.seconds_at(frame, self.rate)
        if abs(found) > LONGEST_TIME:
            raise _too_long()
        return found

    def time(self, value: float | str, path: str = "") -> float:
        """Seconds of a time as edits and documents write it; refused at `path` when it is none."""
        if not isinstance(value, str):
            return float(value)
        try:
            if value.startswith("-"):
                return -core.parse_time(value[1:], self.rate)
            return core.parse_time(value, self.rate)
        except ValueError as error:
            raise refuse(
                path,
                "time.invalid",
                f"{error}",
                "Write seconds (2.5), frames (75f) or a timecode (00:00:02:15).",
            ) from None

    def frame(self, seconds: float) -> int:
        """The nearest frame; refused beyond the longest time."""
        return _within(lambda: core.frames_at((seconds,), self.rate)[0])

    def is_off(self, seconds: float, frame: int) -> bool:
        """Whether a time is not that of the frame that it was snapped to."""
        return abs(self.seconds(frame) - seconds) > NOISE

    def length(self, in_point: float, out_point: float, speed: Speed, path: str = "") -> int:
        """Frames of a clip that plays its source between two points, from a start on the grid.

        Refused at `path` beyond the longest time.
        """
        start, end = _within(lambda: core.clip_frames(0.0, in_point, out_point, self.rate, speed), path)
        return end - start

    def source(self, point: float, frames: int, speed: Speed, *, since: int = 0) -> float:
        """The time of the source that is reached from a point after so many frames; refused likewise.

        The clip shows the point at its frame number `since`.
        """
        return _within(lambda: core.source_time(point, frames, self.rate, speed, since))

    def reached(self, in_point: float, point: float, speed: Speed) -> float:
        """Seconds from a clip's start until it comes to a point of its source; refused likewise."""
        return _within(lambda: core.time_reached(in_point, point, speed))


def _within(known: Callable[[], T], path: str = "") -> T:
    """What the core says, or its refusal of a time that is too long to be counted."""
    try:
        return known()
    except ValueError:
        raise _too_long(path) from None


def _too_long(path: str = "") -> RequestError:
    return refuse(
        path,
        "time.invalid",
        f"The time would be further from zero than {LONGEST_TIME:.0f} s, the longest there is.",
        "Choose an earlier place or a shorter part of the source, or play it faster.",
    )
