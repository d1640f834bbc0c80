"""Time and memory of a command with all that it starts."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Run", "watch"]

INTERVAL = 0.02
"""Seconds between two looks at the memory."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class CommandFailedError(Exception):
    """A measured command failed; the message is what it said."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all processors, of the command and all that it waited for."""
    peak: float
    """MiB: the greatest sum of the resident memory over the tree of processes."""


def watch(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run a command to its end; raises `CommandFailedError`."""
    started = time.monotonic()
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        over = threading.Event()
        peaks: list[int] = []
        watcher = threading.Thread(target=_look, args=(process.pid, over, peaks))
        watcher.start()
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        over.set()
        watcher.join()
    if process.returncode != 0:
        raise CommandFailedError(said.decode(errors="replace")[-4000:])
    return Run(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=max(peaks, default=0) * _PAGE / 2**20)


def _look(root: int, over: threading.Event, peaks: list[int]) -> None:
    while not over.wait(INTERVAL):
        peaks.append(sum(_resident(pid) for pid in _tree(root)))


def _tree(root: int) -> list[int]:
    """A process and everything under it."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                children = Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii")
                found.extend(int(child) for child in children.split())
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
