"""Requests that are done once, however often they are sent: the answer is kept in the same transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from stoat_ferret.errors import RequestError
from stoat_ferret.model.event import Claim, Context
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.tables import idempotency

__all__ = ["Answer", "forget_expired", "keep", "recall"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a request is answered with."""

    body: Any
    """JSON."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False
    """It was given before, and nothing was done again."""
    kept: Any = None
    """What a repeated request is answered instead, where the body holds a secret; none: the body."""


# Made once: every request comes by here, and to build a statement takes longer than to run it.
_MINE = (idempotency.c.actor == bindparam("by")) & (idempotency.c.key == bindparam("claim"))
_RECALL = select(idempotency).where(_MINE, idempotency.c.expires_at > bindparam("now"))
_DROP = delete(idempotency).where(_MINE)
_KEEP = insert(idempotency)


def recall(connection: Connection, by: Context) -> Answer | None:
    """The answer that the request's key was given before.

    Raises `RequestError` when the key came with another request.
    """
    if by.claim is None:
        return None
    asked = {"by": by.actor, "claim": by.claim.key, "now": time.time()}
    row = connection.execute(_RECALL, asked).one_or_none()
    if row is None:
        return None
    if row.fingerprint != by.claim.fingerprint:
        raise _other_request(by.claim)
    return Answer(body=row.body, status=row.status, headers=row.headers, replayed=True)


def keep(change: Change, answer: Answer, *, hours: float) -> None:
    """Remember the answer under the request's key, if it has one."""
    claim = change.by.claim
    if claim is None:
        return
    # Only one that expired can be there: `recall` came first, in this transaction.
    change.connection.execute(_DROP, {"by": change.by.actor, "claim": claim.key})
    change.connection.execute(
        _KEEP,
        {
            "actor": change.by.actor,
            "key": claim.key,
            "fingerprint": claim.fingerprint,
            "status": answer.status,
            "body": answer.body if answer.kept is None else answer.kept,
            "headers": answer.headers,
            "expires_at": time.time() + hours * 3600,
        },
    )


def forget_expired(change: Change) -> int:
    """Drop the answers that nobody may ask for any more; how many there were."""
    return change.connection.execute(
        delete(idempotency).where(idempotency.c.expires_at <= time.time())
    ).rowcount


def _other_request(claim: Claim) -> RequestError:
    return RequestError.because(
        "idempotency.key_reused",
        f"The key {claim.key!r} came with another request before.",
        hint="Send a new key with every new request; repeat a key only with the same request.",
        path="/header/Idempotency-Key",
    )
