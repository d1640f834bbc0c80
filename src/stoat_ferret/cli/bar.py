"""How far a render is: a bar on a terminal, now and then a line elsewhere, on standard error."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from stoat_ferret.progress import OnProgress, Progress

_LINE_EVERY = 5.0
"""Seconds between two lines where there is no terminal."""


@contextlib.contextmanager
def shown(*, quiet: bool) -> Iterator[OnProgress | None]:
    """What to call with every progress; None when nothing is to be shown."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _lines()


@contextlib.contextmanager
def _bar() -> Iterator[OnProgress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns: list[Any] = [
        TextColumn("{task.description:<10}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[numbers]}"),
    ]
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("rendering", total=1.0, numbers="")

        def tell(progress: Progress) -> None:
            bars.update(
                task, completed=progress.fraction, description=progress.phase, numbers=numbers(progress)
            )

        yield tell


def _lines() -> OnProgress:
    last = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if progress.phase == "rendering" and now - last < _LINE_EVERY:
            return
        if progress.phase != "rendering" or progress.fraction > 0:
            last = now
            print(
                f"{progress.phase} {progress.fraction:4.0%}  {numbers(progress)}", file=sys.stderr, flush=True
            )

    return tell


def numbers(progress: Progress) -> str:
    """Frames, frames per second, speed and time left."""
    parts = []
    if progress.frames:
        parts.append(f"{progress.frames_done}/{progress.frames} frames")
    if progress.fps is not None:
        parts.append(f"{progress.fps:.1f} fps")
    if progress.speed is not None:
        parts.append(f"{progress.speed:.2f}x")
    if progress.eta is not None and progress.phase == "rendering":
        parts.append(f"{clock(progress.eta)} left")
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """`1:02:03` or `2:03`."""
    whole = round(seconds)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
