"""Time and memory of a command with all that it starts."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CommandFailedError", "Run", "watch"]

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


def watch(command: Sequence[str], environment: Mapping[str, str], *, seconds: float | None = None) -> Run:
    """Run a command to its end, or to its limit in seconds; raises `CommandFailedError`."""
    started = time.monotonic()
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=seconds is not None,
    ) as process:
        over = threading.Event()
        late = threading.Event()
        limit = threading.Timer(seconds or 0, _end, (process.pid, late))
        if seconds is not None:
            limit.start()
        peaks: list[int] = []
        watcher = threading.Thread(target=_look, args=(process.pid, over, peaks))
        watcher.start()
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        limit.cancel()
        over.set()
        watcher.join()
    if late.is_set():
        raise CommandFailedError(f"not done after {seconds:g} s")
    if process.returncode != 0:
        raise CommandFailedError(said.decode(errors="replace")[-4000:])
    return Run(wall=wall, cpu=used.ru_utime + used.ru_stime, peak=max(peaks, default=0) * _PAGE / 2**20)


def _end(group: int, late: threading.Event) -> None:
    """Stop a command that leads a process group, and all that it started."""
    late.set()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


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
