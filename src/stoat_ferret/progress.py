"""How far a render is: steps added up to one progress, and what ffmpeg says of each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from stoat_ferret.model.plan import Plan, Step

__all__ = ["Lines", "Meter", "OnProgress", "Outcome", "Progress"]

_TELLING = 0.03
"""The part of the work after which the time that is left can be told."""

Outcome = Literal["reused", "copied", "rendered"]
"""How a span came to be."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a render is."""

    phase: str
    """reading, rendering, verifying or done."""
    fraction: float
    """0 to 1, over everything that is to be done."""
    frames_done: int
    """Frames of the picture."""
    frames: int
    """Frames that the picture will have."""
    elapsed: float
    """Seconds since the start."""
    fps: float | None
    """Frames per second of work."""
    speed: float | None
    """Seconds of programme per second of work."""
    eta: float | None
    """Seconds until it is done, as far as can be told."""

    def to_json(self) -> dict[str, Any]:
        """The form in which doors pass it on."""
        return {
            "phase": self.phase,
            "progress": round(self.fraction, 4),
            "frame": self.frames_done,
            "frames": self.frames,
            "elapsed_seconds": round(self.elapsed, 3),
            "fps": None if self.fps is None else round(self.fps, 2),
            "speed": None if self.speed is None else round(self.speed, 3),
            "eta_seconds": None if self.eta is None else round(self.eta, 1),
        }


OnProgress = Callable[[Progress], None]


class Meter:
    """Adds up the steps of a plan to one progress."""

    def __init__(self, plan: Plan, on_progress: OnProgress | None, *, after: float = 0.0) -> None:
        """`after` is the weight of what follows the steps, as a part of theirs."""
        self._plan = plan
        self._on_progress = on_progress
        self._done = dict.fromkeys((step.id for step in plan.steps), 0.0)
        self._total = sum(step.weight for step in plan.steps) * (1 + after) or 1.0
        pictures = [step for step in plan.steps if step.kind in ("video", "copy")]
        # Where spans are made, what goes over their frames again makes no further ones.
        spans = [step for step in pictures if step.span is not None]
        self._frames = {step.id: 0 for step in spans or pictures}
        self._taken: dict[str, int] = {}
        """Steps that were done before, with their frames: they say nothing of how fast the work goes."""
        self._started = time.monotonic()

    def done(self, step: Step, outcome: Outcome) -> None:
        """A step is finished, or what it would have made was there already."""
        if outcome != "rendered":
            self._taken[step.id] = step.expect.frames or 0
        self.step(step, 1.0, step.expect.frames)

    def step(self, step: Step, fraction: float, frame: int | None = None) -> None:
        """A step is so far."""
        self._done[step.id] = max(self._done[step.id], min(1.0, fraction))
        if frame is not None and step.id in self._frames:
            self._frames[step.id] = max(self._frames[step.id], frame)
        self.tell("rendering")

    def tell(self, phase: str) -> None:
        """Pass on how far all of it is."""
        if self._on_progress is None:
            return
        elapsed = time.monotonic() - self._started
        fraction = 1.0 if phase == "done" else self._fraction()
        frames = sum(self._frames.values())
        made = frames - sum(self._taken.values())
        before = sum(step.weight for step in self._plan.steps if step.id in self._taken) / self._total
        worked = fraction - before
        fps = made / elapsed if elapsed > 0 and made > 0 else None
        self._on_progress(
            Progress(
                phase=phase,
                fraction=fraction,
                frames_done=frames,
                frames=self._plan.frames if self._plan.video else 0,
                elapsed=elapsed,
                fps=fps,
                speed=self._plan.duration * fraction / elapsed if elapsed > 0 else None,
                eta=elapsed * (1 - fraction) / worked if worked >= _TELLING * (1 - before) > 0 else None,
            )
        )

    def _fraction(self) -> float:
        return sum(step.weight * self._done[step.id] for step in self._plan.steps) / self._total


class Lines:
    """Reads what one ffmpeg writes of its progress."""

    def __init__(self, step: Step, plan: Plan, meter: Meter) -> None:
        self._step = step
        self._frames = step.expect.frames or 0
        self._seconds = plan.duration
        self._meter = meter
        self._fraction = 0.0
        self._frame: int | None = None

    def read(self, line: str) -> None:
        """A line such as `frame=12`."""
        name, _, value = line.partition("=")
        if name == "frame" and value.strip().isdigit():
            self._frame = int(value)
            if self._frames:
                self._fraction = self._frame / self._frames
        elif name == "out_time_us" and value.strip().lstrip("-").isdigit() and not self._frames:
            self._fraction = max(0.0, int(value) / 1e6 / self._seconds) if self._seconds else 0.0
        elif name == "progress":
            self._meter.step(self._step, self._fraction, self._frame)
