"""From what a document calls its sources to files, and to facts about them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused, Problem
from stoat_ferret.media import probe
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.model.document import Document

LIBRARY_PREFIX = "vid_"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found out about the sources of a document."""

    facts: Mapping[str, MediaFacts | MediaRefused]
    """For each source as the document writes it."""
    uses: tuple[core.SourceUse, ...]
    """Where the document names them."""

    def to_json(self) -> dict[str, dict[str, Any]]:
        """The shape that the core takes."""
        return {key: found.to_json() for key, found in self.facts.items()}

    @property
    def identities(self) -> dict[str, str]:
        """Absolute path to the content that was looked at."""
        return {found.path: found.identity for found in self.facts.values() if isinstance(found, MediaFacts)}

    def problems(self) -> list[Problem]:
        """Every source that cannot be used, at each place that names it."""
        found: list[Problem] = []
        for use in self.uses:
            refusal = self.facts[use.key]
            if isinstance(refusal, MediaRefused):
                reason = refusal.reason
                found.extend(
                    Problem(code=reason.code, path=pointer, message=reason.message, hint=reason.hint)
                    for pointer in use.pointers
                )
        return found


def locate(source: str, base: Path, roots: Sequence[Path]) -> Path:
    """The file that a source means: an absolute path itself, else beside the project, else in a media root.

    Nothing is expanded: `~` and `$` are letters of a name.
    """
    places = [base, *roots]
    for place in places:
        path = place / source
        try:
            if path.exists():
                return Path(os.path.abspath(path))
        except (OSError, ValueError):
            continue
    return Path(os.path.abspath(base / source))


async def look_at_sources(document: Document, settings: Settings) -> Looked:
    """Facts about every file that the document names, or why it cannot be used.

    Raises `RequestError` when the document is wrong.
    """
    return await _look(document, tuple(core.sources(document.text)), settings)


async def source_problems(document: Document, settings: Settings) -> list[Problem]:
    """What is wrong with the files of a document that may be wrong itself."""
    return (await _look(document, _named(json.loads(document.text)), settings)).problems()


def files_of(document: Document, settings: Settings) -> list[Path]:
    """The project's file and those that it seems to name: what no output may replace."""
    named = [
        locate(use.key, document.base, settings.media_roots)
        for use in _named(json.loads(document.text), off=True)
    ]
    return [*named, document.path] if document.path else named


def _named(value: Any, *, off: bool = False) -> tuple[core.SourceUse, ...]:
    """The files that a document seems to name, whatever else is wrong; `off`: of clips that are off, too."""
    found: dict[str, list[str]] = {}
    for track, clips in _items(value, "tracks"):
        for clip, fields in _items(clips, "clips"):
            source = fields.get("source")
            shown = off or fields.get("enabled") is not False
            if shown and isinstance(source, str) and source and "\0" not in source:
                found.setdefault(source, []).append(f"/tracks/{track}/clips/{clip}/source")
    return tuple(core.SourceUse(key=key, pointers=tuple(pointers)) for key, pointers in found.items())


def _items(value: Any, name: str) -> list[tuple[int, dict[str, Any]]]:
    """The objects in the list under a name, with their places."""
    items = value.get(name) if isinstance(value, dict) else None
    found = enumerate(items if isinstance(items, list) else [])
    return [(number, item) for number, item in found if isinstance(item, dict)]


async def _look(document: Document, uses: tuple[core.SourceUse, ...], settings: Settings) -> Looked:
    paths = {use.key: locate(use.key, document.base, settings.media_roots) for use in uses}
    probed = await apart(lambda: probe.probe_all(paths.values(), settings))
    facts = {key: _library_hint(key, probed[path]) for key, path in paths.items()}
    return Looked(facts=facts, uses=uses)


def _library_hint(key: str, found: MediaFacts | MediaRefused) -> MediaFacts | MediaRefused:
    if isinstance(found, MediaRefused) and key.startswith(LIBRARY_PREFIX) and "/" not in key:
        return MediaRefused.because(
            "media.no_library",
            f"{key} is a library id, and there is no library here.",
            hint="Give the file's path.",
        )
    return found
