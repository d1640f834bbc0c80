"""What is known of another editor, and how it is asked and run."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Peer"]

ROOT = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Another editor: `python -m benchmarks.peers.MODULE EDIT OUTPUT` makes the edit with it."""

    name: str
    module: str
    variable: str
    """The environment variable that names the program, or the Python that has the library."""
    program: str
    """What is run where the variable is not set."""
    question: tuple[str, ...]
    """Arguments with which the program says the editor's version."""
    install: str
    """The command that installs it."""
    python: str | None = None
    """The Python that runs the module, where that is not `program` itself."""
    lacks: str = ""
    """What its result lacks or has otherwise, as far as no picture shows it."""

    @property
    def chosen(self) -> str:
        """The program that is run, or the Python that has the library."""
        return os.environ.get(self.variable) or self.program

    def version(self) -> str | None:
        """Its version; none where it is not installed."""
        try:
            done = subprocess.run(
                [self.chosen, *self.question],
                check=True,
                capture_output=True,
                text=True,
                timeout=ANSWER_SECONDS,
                env=self.environment(),
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return version_in(done.stdout)

    def command(self, edit: Path, output: Path) -> list[str]:
        """The command that makes an edit, kept as JSON, into an MP4 file."""
        return [self.python or self.chosen, "-m", f"benchmarks.peers.{self.module}", str(edit), str(output)]

    def environment(self) -> dict[str, str]:
        """What its process finds: this project's benchmarks, no screen, and none of our libraries."""
        kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        return {**kept, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", self.variable: self.chosen}


def version_in(text: str) -> str | None:
    """The first thing in a program's answer that looks like a version."""
    found = re.search(r"\d+(?:\.\d+)+", text)
    return found[0] if found else None
