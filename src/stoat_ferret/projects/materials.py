"""The sources of projects: where they lie, and what is known of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.media.files import stamp
from stoat_ferret.media.probe import FactsCache
from stoat_ferret.model.document import Document
from stoat_ferret.projects.revisions import Revision
from stoat_ferret.sourcing import LIBRARY_PREFIX, Library, facts_for, library_at_hand, locate

__all__ = ["Materials"]

Places = Mapping[str, Path]
"""Where videos lie, by their ids."""


class Materials:
    """Looks at sources, and remembers what it saw for as long as a file is not touched."""

    def __init__(self, settings: Settings, library: Library) -> None:
        """`library` tells where the videos lie that documents name by their ids."""
        self._settings = settings
        self._library = library
        self._known = FactsCache()

    def folder(self, revision: Revision) -> Path:
        """The project's folder, which relative sources count from."""
        return self._settings.projects_dir / revision.slug

    async def places(self, names: Iterable[str]) -> Places:
        """Where the videos lie that are named; facts that the library has are taken over from it."""
        return await library_at_hand(names, self._library, self._settings, self._known)

    def places_in(self, connection: Connection, names: Iterable[str]) -> Places | None:
        """The same for who reads the database already; none: there are videos to be looked at first."""
        ids = [name for name in names if name.startswith(LIBRARY_PREFIX)]
        found = self._library.resolve_in(connection, ids)
        return found if all(self._known.has(path, self._settings) for path in found.values()) else None

    async def facts(self, base: Path, names: frozenset[str]) -> dict[str, Any]:
        """Facts about the sources of these names, in the form that the core takes."""
        if not names:
            return {}
        places = await self.places(names)
        return await apart(lambda: self.look(base, names, places))

    def look(self, base: Path, names: frozenset[str], places: Places) -> dict[str, Any]:
        """The same where the places are known; blocks."""
        found = facts_for(names, base, places, self._settings, cache=self._known)
        return {name: facts.to_json() for name, facts in found.items()}

    async def stamps(self, revision: Revision) -> tuple[tuple[object, ...], ...]:
        """What is another as soon as somebody touches a source of the revision; nothing is opened for it."""
        names = sorted(revision.sources)
        if not names:
            return ()
        places = await self.places(names)
        base, roots = self.folder(revision), self._settings.media_roots
        return await apart(lambda: tuple(_stamp(locate(name, base, roots, places)) for name in names))

    async def document(self, revision: Revision) -> Document:
        """A revision as it can be rendered."""
        places = await self.places(revision.sources)
        return Document(text=revision.data.decode(), base=self.folder(revision), library=places)


def _stamp(path: Path) -> tuple[object, ...]:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return (path,)
    return path, stamp(status), status.st_ctime_ns
