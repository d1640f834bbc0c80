"""How loud a sound is, from what ffmpeg's `loudnorm` tells at its end, and the gain that follows from it."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass

__all__ = ["Measured", "gain", "read"]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A whole sound, by EBU R128."""

    integrated: float
    """LUFS; minus infinity: silence, or less than 0.4 s."""
    true_peak: float
    """dBTP; minus infinity: silence."""


def read(log: str) -> Measured:
    """The last measurement of a log; raises `ValueError` where there is none."""
    found = re.findall(r"\{[^{}]*\"input_i\"[^{}]*\}", log)
    if not found:
        raise ValueError("nothing was measured")
    told = json.loads(found[-1])
    return Measured(integrated=float(told["input_i"]), true_peak=float(told["input_tp"]))


def gain(measured: Measured, *, target: float, true_peak: float | None) -> float:
    """The gain in dB that makes a sound as loud as `target` (LUFS), or as it can be below `true_peak` (dBTP).

    What cannot be measured stays as it is.
    """
    if not math.isfinite(measured.integrated):
        return 0.0
    wanted = target - measured.integrated
    return wanted if true_peak is None else min(wanted, true_peak - measured.true_peak)
