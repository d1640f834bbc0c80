"""Who is connected by which key: told when the key ends, so that nothing has to be asked meanwhile."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from stoat_ferret.operations.keys import Identity

__all__ = ["Holders"]

_REVOKED = "the key was taken back"
_EXPIRED = "the key has expired"


class Holders:
    """The connections of one event loop that last as long as their keys."""

    def __init__(self) -> None:
        self._ends: defaultdict[str, set[asyncio.Future[str]]] = defaultdict(set)
        # A key may be taken back between the moment that it was proven and the one that it is held.
        self._revoked: set[str] = set()

    @contextmanager
    def holding(self, identity: Identity) -> Iterator[asyncio.Future[str]]:
        """A future that tells why the identity's key has ended, once it has."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str] = loop.create_future()
        key_id = identity.key_id
        if key_id is None:
            yield ended
            return
        timer = None
        if identity.expires_at is not None:
            left = (identity.expires_at - datetime.now(UTC)).total_seconds()
            timer = loop.call_later(max(0.0, left), _end, ended, _EXPIRED)
        self._ends[key_id].add(ended)
        if key_id in self._revoked:
            _end(ended, _REVOKED)
        try:
            yield ended
        finally:
            if timer is not None:
                timer.cancel()
            self._ends[key_id].discard(ended)
            if not self._ends[key_id]:
                del self._ends[key_id]

    def revoke(self, key_id: str) -> None:
        """End what is held by this key, now and later."""
        self._revoked.add(key_id)
        for ended in self._ends.get(key_id, ()):
            _end(ended, _REVOKED)


def _end(ended: asyncio.Future[str], why: str) -> None:
    if not ended.done():
        ended.set_result(why)
