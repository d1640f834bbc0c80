"""Runs the `stoat` command as a user does: another process, its words, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Finished", "RefusedError", "Stoat"]

DONE = 0


class RefusedError(AssertionError):
    """A render that had to work did not; the message holds all that the command said."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a command left behind."""

    code: int
    """Exit code: 0 done, 1 the work failed, 2 the request was wrong; negative, the signal that killed it."""
    output: str
    """Everything on its standard output."""
    errors: str
    """Everything on its standard error."""

    @property
    def answer(self) -> dict[str, Any]:
        """The one JSON object that `--json` prints."""
        answer = json.loads(self.output)
        if not isinstance(answer, dict):
            raise TypeError(self.output)
        return answer

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The problems in the answer, none when all went well."""
        found: list[dict[str, Any]] = self.answer.get("problems", [])
        return found


class Stoat:
    """The `stoat` command with a chosen ffmpeg and a data folder of its own."""

    def __init__(
        self, *, ffmpeg: Path | str, data: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.environment = {
            **os.environ,
            "STOAT_FFMPEG": str(ffmpeg),
            "STOAT_DATA_DIR": str(data),
            **(environment or {}),
        }
        """What the command finds in its environment."""

    def command(self, *arguments: str) -> list[str]:
        """Give the words that start the command, for a test that wants to hold the process itself."""
        return [sys.executable, "-m", "stoat_ferret.cli", *arguments]

    def run(self, *arguments: str, within: float = 300) -> Finished:
        """Run the command to its end, at most `within` seconds."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, timeout=within, check=False
        )
        output, errors = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return Finished(code=done.returncode, output=output, errors=errors)

    def try_render(self, document: Mapping[str, Any], to: Path, **options: Any) -> Finished:
        """Render `document` to the file `to`, which may be refused.

        Options are the command's, with `_` for `-`:
        `quality="lossless"`, `range="10f:20f"`, `overwrite=True`.
        The project file lies beside the output; relative sources are relative to that folder.
        """
        project = to.parent / f"{to.name}.project.json"
        project.write_text(json.dumps(document))
        return self.run("render", str(project), "-o", str(to), "--json", *_flags(options))

    def render(self, document: Mapping[str, Any], to: Path, **options: Any) -> Path:
        """Render `document` to the file `to` and return it. Raises `RefusedError`."""
        done = self.try_render(document, to, **options)
        if done.code != DONE or not to.exists():
            raise RefusedError(f"exit {done.code}\n{done.output}\n{done.errors[-4000:]}")
        return to


def _flags(options: Mapping[str, Any]) -> list[str]:
    flags: list[str] = []
    for name, value in options.items():
        flags.append(f"--{name.replace('_', '-')}")
        if value is not True:
            flags.append(str(value))
    return flags
