"""The machine and its programs in plain words; no name, and nothing that tells one machine from its like."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from benchmarks.footage import ffmpeg
from benchmarks.peers.known import PEERS
from stoat_ferret_core import __version__

__all__ = ["kind", "versions"]


def kind() -> str:
    """Such as "2 cores (x86_64), 24 GB of memory, Linux"."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} core{'' if cores == 1 else 's'} ({platform.machine()}), "
        f"{_gigabytes()} GB of memory, {platform.system()}"
    )


def versions() -> tuple[tuple[str, str], ...]:
    """Every program that is compared, with its version."""
    said = subprocess.run([ffmpeg(), "-version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"version n?(\d[\w.]*)", said)
    peers = ((peer.name, peer.version() or f"not installed: `{peer.install}`") for peer in PEERS)
    return (
        ("stoat-and-ferret", __version__),
        ("FFmpeg, for both sides", found[1] if found else "unknown"),
        ("Python", platform.python_version()),
        *peers,
    )


def _gigabytes() -> int:
    """Of memory, rounded: a kernel keeps a part for itself."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemTotal:"):
            return round(int(line.split()[1]) / 2**20)
    return 0
