"""Where the library may look: only in the media roots."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused, RequestError

__all__ = ["file_at", "folder_at"]


def folder_at(path: str, settings: Settings) -> Path:
    """The folder that `path` means, without symbolic links: absolute, or relative to a media root.

    Raises `RequestError` where it is outside of the roots, or no folder.
    """
    for place in _places(path, settings.media_roots):
        if os.path.isdir(place):  # false for a name too long, where pathlib raises
            return place
    raise RequestError.because(
        "library.no_folder",
        f"There is no folder {path!r} in the media roots.",
        hint="Name a folder that exists, absolute or relative to a media root.",
        path="/path",
    )


def file_at(path: str, settings: Settings) -> Path:
    """The file that `path` means, without symbolic links; it may not exist.

    Raises `RequestError` where it is outside of the roots.
    """
    places = _places(path, settings.media_roots)
    return next((place for place in places if os.path.exists(place)), places[0])


def _places(path: str, roots: Sequence[Path]) -> list[Path]:
    """What a path may mean; never empty, and nothing outside of the roots."""
    given = Path(path)
    found = []
    for base in [Path("/")] if given.is_absolute() else roots:
        try:
            place = Path(os.path.realpath(base / given))
            os.fsencode(place)
        except (OSError, ValueError):
            continue
        if "\0" not in path and any(place == root or place.is_relative_to(root) for root in roots):
            found.append(place)
    if not found:
        raise MediaRefused.because(
            "media.outside_roots",
            f"{path!r} does not lie in a media root.",
            hint="Name a folder or file in a media root; GET /api/v1/filesystem lists them.",
            path="/path",
        )
    return found
