"""What `stoat` says of itself."""

from __future__ import annotations

from stoat_ferret.cli.answer import Answer
from stoat_ferret.model.version import version


class Said(Exception):
    """An answer that ends a command line before a command is run."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def answer() -> Answer:
    """The version that is installed."""
    number = version()
    return Answer(data={"version": number}, text=lambda out: print(f"stoat {number}", file=out))
