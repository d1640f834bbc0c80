"""The presets that there are: those of the package, and those in a folder of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from stoat_ferret import shelving
from stoat_ferret.config import Settings
from stoat_ferret.errors import NotFound, Problem, RequestError
from stoat_ferret.presets.preset import Preset, read_preset

__all__ = ["Shelf", "find", "own_presets", "shelf"]

_OWN = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """All presets, in order of their names, and why others cannot be used."""

    presets: tuple[Preset, ...]
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        items = [preset.to_json() for preset in self.presets]
        return {
            "items": items,
            "total": len(items),
            "limit": len(items),
            "offset": 0,
            "problems": [problem.to_json() for problem in self.problems],
        }


def find(name: str, settings: Settings) -> Preset:
    """The preset of this name; a user's goes before one of the package.

    Raises `NotFound` when there is none, `RequestError` when its file is broken.
    """
    files = _files(settings)
    if name not in files:
        known = sorted(files)
        near = get_close_matches(name.lower(), known, n=len(known), cutoff=0.0)
        raise NotFound.named(
            "preset",
            name,
            path="/preset",
            hint="GET /api/v1/presets, or stoat presets, lists them.",
            near=near,
        )
    return _read(files[name])


def shelf(settings: Settings) -> Shelf:
    """All presets; a broken file is told of beside the sound ones."""
    presets: list[Preset] = []
    problems: list[Problem] = []
    for _, file in sorted(_files(settings).items()):
        try:
            presets.append(_read(file))
        except RequestError as error:
            problems.extend(error.problems)
    return Shelf(presets=tuple(presets), problems=tuple(problems))


@cache
def own_presets() -> tuple[Preset, ...]:
    """Those of the package, in order of their names."""
    return tuple(_read(file) for _, file in sorted(shelving.named([_OWN]).items()))


def _files(settings: Settings) -> dict[str, Path]:
    """The file of each name."""
    try:
        return shelving.named([_OWN, *([settings.presets_dir] if settings.presets_dir else [])])
    except OSError as error:
        raise RequestError.because(
            "preset.unreadable",
            f"The folder of presets cannot be read: {error.strerror}.",
            hint="Make the folder that STOAT_PRESETS_DIR names readable.",
            path="/preset",
        ) from error


def _read(file: Path) -> Preset:
    """What a file says; the message names no folder, because clients of the service read it, too."""
    try:
        return read_preset(file.stem, shelving.read(file))
    except (OSError, ValueError) as error:
        reason = str(error.strerror if isinstance(error, OSError) else error)
        told = reason if reason.endswith("?") else f"{reason}."
        raise RequestError.because(
            "preset.invalid",
            f"The preset {file.name!r} cannot be used: {told}",
            hint="Mend it in the folder that STOAT_PRESETS_DIR names; docs/reference/presets.md shows one.",
            path="/preset",
        ) from error
