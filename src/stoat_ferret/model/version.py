"""Which version is installed."""

from __future__ import annotations

from importlib import metadata

__all__ = ["version"]


def version() -> str:
    """The version of the package; `0.0.0`: it is not installed."""
    try:
        return metadata.version("stoat-and-ferret")
    except metadata.PackageNotFoundError:
        return "0.0.0"
