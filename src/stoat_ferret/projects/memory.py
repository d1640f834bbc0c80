"""What is at hand of projects, so that it need not be read or judged again."""

from __future__ import annotations

import threading
from collections import OrderedDict

from sqlalchemy import Connection

from stoat_ferret.projects import revisions
from stoat_ferret.projects.checking import Sound
from stoat_ferret.projects.revisions import Revision

__all__ = ["Memory"]

_MOST = 64
"""Revisions: stale batches mean one that was the newest a moment ago."""


class Memory:
    """The revisions that were in use last, and which projects are known to be sound; for any thread."""

    def __init__(self) -> None:
        self._revisions: OrderedDict[tuple[str, int], Revision] = OrderedDict()
        self._lock = threading.Lock()
        self._sound: dict[str, Sound] = {}

    def revision(self, project_id: str, number: int) -> Revision | None:
        """A revision, where it is at hand."""
        return self._revisions.get((project_id, number))

    def load(self, connection: Connection, project_id: str, number: int) -> Revision:
        """A revision from here or from the database; raises `NotFound` or `DatabaseCorrupt`."""
        return self.revision(project_id, number) or revisions.load(connection, project_id, number)

    def newest(self, connection: Connection, project_id: str) -> Revision:
        """The newest revision; raises `NotFound` or `DatabaseCorrupt`."""
        found = self.load(connection, project_id, revisions.head(connection, project_id))
        self.keep(found)
        return found

    def keep(self, revision: Revision) -> None:
        """Have a revision at hand."""
        key = revision.project_id, revision.revision
        with self._lock:
            self._revisions[key] = revision
            self._revisions.move_to_end(key)
            while len(self._revisions) > _MOST:
                self._revisions.popitem(last=False)

    def sound(self, revision: Revision) -> Sound | None:
        """That nothing stands between this revision and its render, where that is known."""
        found = self._sound.get(revision.project_id)
        return found if found is not None and found.revision == revision.revision else None

    def keep_sound(self, project_id: str, sound: Sound | None) -> None:
        """Note what is known of the newest revision; none: nothing."""
        if sound is None:
            self._sound.pop(project_id, None)
        else:
            self._sound[project_id] = sound

    def forget(self, project_id: str) -> None:
        """Another project may come under the same id."""
        self._sound.pop(project_id, None)
        with self._lock:
            for key in [key for key in self._revisions if key[0] == project_id]:
                del self._revisions[key]
