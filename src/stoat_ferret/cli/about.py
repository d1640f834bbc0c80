"""What `stoat` says of itself."""

from __future__ import annotations

from stoat_ferret.cli.answer import Answer


class Said(Exception):
    """An answer that ends a command line before a command is run."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def version() -> Answer:
    """The version that is installed."""
    from importlib import metadata

    try:
        number = metadata.version("stoat-and-ferret")
    except metadata.PackageNotFoundError:
        number = "0.0.0"
    return Answer(data={"version": number}, text=lambda out: print(f"stoat {number}", file=out))
