"""The profiles that there are: those of the package, and those in a folder of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from stoat_ferret import shelving
from stoat_ferret.config import Settings
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.profiles.profile import Profile, read_profile

__all__ = ["Shelf", "find", "own_profiles", "shelf"]

_OWN = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """All profiles, in order of their names, and why others cannot be used."""

    profiles: tuple[Profile, ...]
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        return {
            "profiles": [profile.to_json() for profile in self.profiles],
            "problems": [problem.to_json() for problem in self.problems],
        }


def find(name: str, settings: Settings) -> Profile:
    """The profile of this name; a user's goes before one of the package.

    Raises `RequestError` when there is none, or when its file is broken.
    """
    found = _files(settings).get(name)
    if found is None:
        known = sorted(_files(settings))
        near = get_close_matches(name.lower(), known, n=3, cutoff=0.4)
        raise RequestError.because(
            "profile.unknown",
            f"There is no profile {name!r}.",
            hint=f"Did you mean {' or '.join(near)}?" if near else f"The profiles are {', '.join(known)}.",
            path="/profile",
            allowed=[*near, *(other for other in known if other not in near)],
        )
    return _read(found)


def shelf(settings: Settings) -> Shelf:
    """All profiles; a broken file is told of beside the sound ones."""
    profiles: list[Profile] = []
    problems: list[Problem] = []
    for _, file in sorted(_files(settings).items()):
        try:
            profiles.append(_read(file))
        except RequestError as error:
            problems.extend(error.problems)
    return Shelf(profiles=tuple(profiles), problems=tuple(problems))


@cache
def own_profiles() -> tuple[Profile, ...]:
    """Those of the package, in order of their names."""
    return tuple(_read(file) for _, file in sorted(shelving.named([_OWN]).items()))


def _files(settings: Settings) -> dict[str, Path]:
    """The file of each name."""
    try:
        return shelving.named([_OWN, *([settings.profiles_dir] if settings.profiles_dir else [])])
    except OSError as error:
        raise RequestError.because(
            "profile.unreadable",
            f"The folder of profiles cannot be read: {error.strerror}.",
            hint="Make the folder that STOAT_PROFILES_DIR names readable.",
            path="/profile",
        ) from error


def _read(file: Path) -> Profile:
    """What a file says; the message names no folder, because clients of the service read it, too."""
    try:
        return read_profile(file.stem, shelving.read(file))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RequestError.because(
            "profile.invalid",
            f"The profile {file.name!r} cannot be used: {reason}.",
            hint="Mend it in the folder that STOAT_PROFILES_DIR names; docs/howto/deliver.md shows one.",
            path="/profile",
        ) from error
