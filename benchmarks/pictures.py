"""How alike two films are, and how long one is, told by decoding all of them."""

from __future__ import annotations

import re
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.footage import ffmpeg

__all__ = ["SAMPLED", "lengths", "psnr", "similarities", "ssim"]

SAMPLED = 12
"""PSNR compares one frame in so many."""


def ssim(film: Path, reference: Path) -> float:
    """The mean similarity of all frames, taken in their order; 1 where they are the same."""
    return ssim_of(film, ["-i", str(reference)], "[1:v]null")


def ssim_of(film: Path, inputs: Sequence[str], graph: str) -> float:
    """The same beside a picture that is made as it is looked at, from inputs that count from 1."""
    # Frames are paired by number: no editor is judged by where its timestamps begin.
    numbered = "format=yuv420p,settb=1/30,setpts=N"
    compared = f"[0:v]{numbered}[made];{graph},{numbered}[wanted]"
    compared += ";[made][wanted]ssim=stats_file=-:shortest=1"
    found = similarities(_said(["-i", str(film), *inputs], compared))
    return statistics.fmean(found) if found else 0.0


def similarities(statistics_file: str) -> list[float]:
    """The similarity of every frame in what ffmpeg's `ssim` has written."""
    return [float(value) for value in re.findall(r"All:([\d.]+)", statistics_file)]


def psnr(film: Path, reference: Path) -> float:
    """The worst PSNR of the sampled frames, dB; 99 where they are all the same."""
    sample = f"select=not(mod(n\\,{SAMPLED}))"
    graph = f"[0:v]{sample}[a];[1:v]{sample}[b];[a][b]psnr=stats_file=-"
    found = re.findall(r"psnr_avg:(\S+)", _said(["-i", str(film), "-i", str(reference)], graph))
    return min((99.0 if value == "inf" else float(value) for value in found), default=0.0)


def lengths(film: Path) -> tuple[int, int]:
    """Frames and samples, as decoded."""
    import av

    with av.open(str(film)) as container:
        container.streams.video[0].thread_type = "AUTO"
        frames = sum(1 for _ in container.decode(video=0))
    with av.open(str(film)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    return frames, samples


def _said(inputs: Sequence[str], graph: str) -> str:
    """What the graph's last filter writes to standard output."""
    command = [ffmpeg(), "-v", "error", "-nostdin", *inputs, "-lavfi", graph, "-f", "null", "/dev/null"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
