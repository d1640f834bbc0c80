"""What is counted and timed, and the one place that takes it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Protocol


class Meters(Protocol):
    """Takes measurements; every label has few values: templates, types and states, never names or ids."""

    def request(self, *, method: str, path: str, status: int, seconds: float) -> None:
        """A request was answered; `path` is the template of its route."""

    def effect_applied(self, effect_type: str) -> None:
        """An effect of the catalogue was put on something."""

    def transition_applied(self, transition_type: str) -> None:
        """A transition of the catalogue was put between two clips."""

    def ffmpeg_started(self) -> None:
        """A process of ffmpeg runs."""

    def ffmpeg_ended(self, *, status: str, seconds: float) -> None:
        """It runs no more; `status` is `completed` or the code of its error."""

    def videos_scanned(self, count: int) -> None:
        """So many files were looked at by a scan."""

    def render_ended(self, *, status: str, seconds: float) -> None:
        """A render reached a final state of jobs."""

    def spans_rendered(self, outcome: str, count: int) -> None:
        """So many spans of a render were `reused`, `copied` or `rendered`."""

    def filter_generated(self, seconds: float) -> None:
        """The core made a plan with its filter graphs."""

    def timeline_calculated(self, seconds: float) -> None:
        """The core worked out where everything lies in time."""

    def preview_sought(self, seconds: float) -> None:
        """A preview showed the frame that was sought."""


class NoMeters:
    """Measures nothing: the command line."""

    def request(self, *, method: str, path: str, status: int, seconds: float) -> None:
        """Nothing."""

    def effect_applied(self, effect_type: str) -> None:
        """Nothing."""

    def transition_applied(self, transition_type: str) -> None:
        """Nothing."""

    def ffmpeg_started(self) -> None:
        """Nothing."""

    def ffmpeg_ended(self, *, status: str, seconds: float) -> None:
        """Nothing."""

    def videos_scanned(self, count: int) -> None:
        """Nothing."""

    def render_ended(self, *, status: str, seconds: float) -> None:
        """Nothing."""

    def spans_rendered(self, outcome: str, count: int) -> None:
        """Nothing."""

    def filter_generated(self, seconds: float) -> None:
        """Nothing."""

    def timeline_calculated(self, seconds: float) -> None:
        """Nothing."""

    def preview_sought(self, seconds: float) -> None:
        """Nothing."""


_current: Meters = NoMeters()


def meters() -> Meters:
    """Where this process's measurements go."""
    return _current


def use_meters(chosen: Meters) -> None:
    """Send this process's measurements to `chosen` from now on."""
    global _current  # noqa: PLW0603 (one process, one set of metrics: that is how they are scraped)
    _current = chosen


@contextlib.contextmanager
def timed(take: Callable[[float], None]) -> Iterator[None]:
    """Give the seconds that the block took to `take`, also when it fails."""
    started = time.perf_counter()
    try:
        yield
    finally:
        take(time.perf_counter() - started)
