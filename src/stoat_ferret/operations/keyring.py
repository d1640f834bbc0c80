"""API keys in the database: made, listed, found by their token, revoked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from stoat_ferret.errors import Conflict, NotFound
from stoat_ferret.model.event import Context
from stoat_ferret.operations import keys
from stoat_ferret.operations.holders import Holders
from stoat_ferret.operations.keys import Identity, Key
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.storage.tables import api_keys

__all__ = ["ApiKeys"]

_NAMES = select(api_keys.c.name)
_NAMED = select(api_keys.c.id).where(api_keys.c.name == bindparam("name"))


class ApiKeys:
    """The keys of one database; only hashes of them are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.holders = Holders()
        """Who is connected by one of the keys."""
        # Asked with every request that names its actor. A name once given stays: none is ever taken out.
        self._found: frozenset[str] | None = None
        self._made: set[str] = set()

    async def find(self, token: str) -> Identity | None:
        """Who holds this token; none when it proves nothing, is revoked or has expired."""
        number = keys.key_id(token)
        if number is None:
            return None
        row = await self._database.read(
            lambda connection: connection.execute(
                select(api_keys).where(api_keys.c.id == number)
            ).one_or_none()
        )
        if row is None:
            return None
        key = _key(row)
        return key.identity if keys.proves(key, token, now=datetime.now(UTC)) else None

    async def names(self, actor: str) -> bool:
        """Whether a key has, or had, this name."""
        if self._found is None:
            self._found = await self._database.read(_all_names)
        return actor in self._found or actor in self._made

    async def list(self, *, limit: int, offset: int) -> dict[str, Any]:
        """The keys, newest first, without their secrets."""

        def work(connection: Connection) -> dict[str, Any]:
            rows = connection.execute(
                select(api_keys).order_by(api_keys.c.created_at.desc()).limit(limit).offset(offset)
            )
            items = [_shown(_key(row)) for row in rows]
            total = connection.execute(select(func.count()).select_from(api_keys)).scalar_one()
            return {"items": items, "total": total, "limit": limit, "offset": offset}

        return await self._database.read(work)

    async def create(
        self,
        by: Context,
        maker: Identity,
        *,
        name: str,
        scopes: Iterable[str],
        expires_in_days: float | None = None,
    ) -> Answer:
        """A key that can do no more than its maker; the answer holds it, this once.

        Raises `Forbidden` for one that would be wider, `Conflict` when the name is taken.
        """
        now = datetime.now(UTC)
        ends = None if expires_in_days is None else now + timedelta(days=expires_in_days)
        made = keys.make(name=name, scopes=scopes, by=maker, now=now, expires_at=ends)

        def work(change: Change) -> Answer:
            _require_free(change.connection, name)
            key = made.key
            change.connection.execute(
                insert(api_keys).values(
                    id=key.id,
                    name=key.name,
                    secret_hash=key.secret_hash,
                    scopes=sorted(key.scopes),
                    created_by=by.actor,
                    created_at=key.created_at.isoformat(),
                    expires_at=None if ends is None else ends.isoformat(),
                )
            )
            shown = _shown(key)
            noted = {name: shown[name] for name in ("name", "scopes", "expires_at")}
            change.note("key.created", "key", key.id, noted)
            return Answer(status=201, body={**shown, "key": made.token}, kept={**shown, "key": None})

        answer = await self._database.once(work, by=by)
        self._made.add(name)
        return answer

    async def revoke(self, by: Context, key_id: str) -> Answer:
        """Take a key back, for good; raises `NotFound`."""

        def work(change: Change) -> Answer:
            done = change.connection.execute(
                update(api_keys)
                .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC).isoformat())
            )
            if done.rowcount != 1:
                raise NotFound.named("key", key_id, path="/key_id", hint="GET /api/v1/keys lists the keys.")
            change.note("key.revoked", "key", key_id)
            return Answer(status=204, body=None)

        answer = await self._database.once(work, by=by)
        self.holders.revoke(key_id)
        return answer


def _key(row: Row[Any]) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        scopes=frozenset(row.scopes),
        secret_hash=row.secret_hash,
        created_at=datetime.fromisoformat(row.created_at),
        expires_at=None if row.expires_at is None else datetime.fromisoformat(row.expires_at),
        revoked_at=None if row.revoked_at is None else datetime.fromisoformat(row.revoked_at),
    )


def _shown(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at.isoformat(),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
        "revoked_at": None if key.revoked_at is None else key.revoked_at.isoformat(),
    }


def _all_names(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(_NAMES).scalars())


def _is_named(connection: Connection, name: str) -> bool:
    return connection.execute(_NAMED, {"name": name}).scalar() is not None


def _require_free(connection: Connection, name: str) -> None:
    """A name stands for one key for ever: the history of projects names it."""
    if _is_named(connection, name):
        raise Conflict.because(
            "key.name_taken",
            f"There is, or was, a key {name!r} already.",
            hint="Choose another name: who did what is kept under it.",
            path="/name",
        )
