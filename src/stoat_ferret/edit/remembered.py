"""What is worked out of a track once: documents that an edit makes share the tracks that it leaves alone."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

Json = Mapping[str, Any]
T = TypeVar("T")

_MOST = 128
"""Tracks; those of some dozen large projects."""


class OfTracks(Generic[T]):
    """Asks `work` once for every track, told by identity; threads may share it.

    Tracks are never changed in place: who changes one makes another.
    """

    def __init__(self, work: Callable[[Json], T], most: int = _MOST) -> None:
        """Remember what `work` made of the `most` tracks that were asked for last."""
        self._work = work
        self._most = most
        # A track stays with what was made of it, so that no other one can get its identity.
        self._known: OrderedDict[int, tuple[Json, T]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, track: Json) -> T:
        """What `work` makes of a track."""
        key = id(track)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known[1]
        made = self._work(track)
        with self._lock:
            self._known[key] = track, made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return made
