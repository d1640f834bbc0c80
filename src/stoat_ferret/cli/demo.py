"""`stoat demo`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from stoat_ferret import config
from stoat_ferret import demo as demonstration
from stoat_ferret.cli.answer import Answer
from stoat_ferret.cli.bar import shown
from stoat_ferret.cli.rendering import write_made
from stoat_ferret.errors import OutputUnwritable
from stoat_ferret.signals import run_until_signalled


def demo(folder: Path, *, quiet: bool) -> Answer:
    """Make, render, verify and show."""
    settings = config.load()
    started = time.monotonic()

    def say(what: str) -> None:
        if not quiet:
            print(f"[{time.monotonic() - started:5.1f} s] {what}", file=sys.stderr, flush=True)

    try:
        with shown(quiet=quiet) as on_progress:
            made = run_until_signalled(
                demonstration.demonstrate(folder, settings=settings, on_progress=on_progress, say=say)
            )
    except OSError as error:
        raise OutputUnwritable(path=str(folder), detail=error.strerror or str(error)) from error
    data = made.to_json()

    def text(out: TextIO) -> None:
        write_made(data, out)
        for check in data["checks"]:
            print(f"    {check['what']}: {_found(check)}", file=out)
        print(f"  project        {os.path.relpath(made.project)}", file=out)
        print(
            f"  footage        {len(made.media)} files in {os.path.relpath(made.folder / 'media')}", file=out
        )
        print(f"  contact sheet  {os.path.relpath(made.sheet.output)}", file=out)
        print(f"  everything took {time.monotonic() - started:.0f} s", file=out)

    return Answer(data=data, text=text)


def _found(check: Mapping[str, Any]) -> str:
    measured, expected = _words(check["measured"]), _words(check["expected"])
    return measured if measured == expected else f"{measured} ({expected} planned)"


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
