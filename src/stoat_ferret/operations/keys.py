"""API keys: how they are made, proven and limited. Pure; where they are kept is a matter of storage.

A key is shown once, as `stoat_<id>_<secret>`: the id finds it, the secret of 256 random bits proves it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol, get_args

from stoat_ferret.errors import Forbidden, Problem, RequestError

__all__ = [
    "ADMINISTRATOR",
    "LOCAL",
    "SCOPES",
    "Identity",
    "Key",
    "Keyring",
    "Made",
    "Scope",
    "State",
    "covers",
    "is_actor",
    "key_id",
    "make",
    "proves",
    "state",
]

Scope = Literal["read", "edit", "render", "admin"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
State = Literal["active", "expired", "revoked"]

ADMINISTRATOR: Final = "token"
"""The name of whoever holds STOAT_API_TOKEN."""
LOCAL: Final = "local"
"""The name of whoever does not say who it is, on a machine of its own."""

_INCLUDES: Final[dict[str, frozenset[str]]] = {
    "read": frozenset({"read"}),
    "edit": frozenset({"read", "edit"}),
    "render": frozenset({"read", "render"}),
    "admin": frozenset(SCOPES),
}
_TOKEN: Final = re.compile(r"stoat_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_ACTOR: Final = re.compile(r"\S(?:.*\S)?")
_LONGEST_NAME: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who sends a request, and what it may do."""

    name: str
    """The actor of its edits."""
    scopes: frozenset[str]
    """What it may do; `edit` and `render` include `read`, `admin` includes all."""
    key_id: str | None = None
    """The key that proves it; none: STOAT_API_TOKEN, or nobody asked."""
    expires_at: datetime | None = None
    """When its key ends; none: never."""


class Keyring(Protocol):
    """Where keys are kept."""

    async def find(self, token: str) -> Identity | None:
        """Who holds this token; none when it proves nothing, is revoked or has expired."""

    async def names(self, actor: str) -> bool:
        """Whether a key has, or had, this name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A key as it is kept: enough to know it again, not enough to use it."""

    id: str
    """12 hexadecimal digits; no secret."""
    name: str
    """The actor of all that is done with it, such as `agent:editor`."""
    scopes: frozenset[str]
    """What it may do."""
    secret_hash: str = field(repr=False)
    """SHA-256 of the secret, hexadecimal."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime | None = None
    """When it ends by itself; none: never."""
    revoked_at: datetime | None = None
    """When it was taken back; none: it was not."""

    @property
    def identity(self) -> Identity:
        """Who holds it."""
        return Identity(name=self.name, scopes=self.scopes, key_id=self.id, expires_at=self.expires_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A new key with the token that is shown this once."""

    key: Key
    token: str = field(repr=False)
    """`stoat_<id>_<secret>`."""


def make(
    *,
    name: str,
    scopes: Iterable[str],
    by: Identity,
    now: datetime,
    expires_at: datetime | None = None,
) -> Made:
    """A new key, no wider than that of `by`: neither in what it may do nor in how long.

    Raises `RequestError` for a name, scope or end that cannot be, `Forbidden` for a key that would be wider.
    """
    wanted = frozenset(scopes)
    if problems := tuple(_problems(name, wanted, now, expires_at)):
        raise RequestError(problems=problems)
    if not covers(by.scopes, wanted):
        raise Forbidden.because(
            "key.wider",
            "A key cannot make one that may do more than itself.",
            hint=f"Leave out what is not among {', '.join(sorted(by.scopes))}.",
            path="/scopes",
        )
    if by.expires_at is not None and (expires_at is None or expires_at > by.expires_at):
        raise Forbidden.because(
            "key.outlives",
            "A key cannot make one that lives longer than itself.",
            hint=f"Let it end at {by.expires_at.isoformat()} or before.",
            path="/expires_at",
        )
    number, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = Key(
        id=number, name=name, scopes=wanted, secret_hash=_hash(secret), created_at=now, expires_at=expires_at
    )
    return Made(key=key, token=f"stoat_{number}_{secret}")


def key_id(token: str) -> str | None:
    """The id in a token, to find its key by; none: it has not the form of one."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else None


def proves(key: Key, token: str, *, now: datetime) -> bool:
    """Whether the token is that of the key, and the key is good now."""
    found = _TOKEN.fullmatch(token)
    given = _hash(found[2] if found else "")
    # Both are compared in any case, so that the time taken tells nothing.
    same = hmac.compare_digest(given, key.secret_hash) & hmac.compare_digest(
        found[1] if found else "", key.id
    )
    return same and state(key, now=now) == "active"


def state(key: Key, *, now: datetime) -> State:
    """What has become of a key."""
    if key.revoked_at is not None and key.revoked_at <= now:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "active"


def covers(held: Iterable[str], needed: Iterable[str]) -> bool:
    """Whether who holds these scopes may do all that the others may."""
    return _reach(needed) <= _reach(held)


def is_actor(name: str) -> bool:
    """Whether this can be the name of an actor: `agent:editor`, `ci`; 100 characters at most.

    The name of the administrator is that of whoever holds STOAT_API_TOKEN, and of nobody else.
    """
    sound = len(name) <= _LONGEST_NAME and name.isprintable() and _ACTOR.fullmatch(name) is not None
    return sound and name != ADMINISTRATOR


def _reach(scopes: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(_INCLUDES[scope] for scope in scopes))


def _hash(secret: str) -> str:
    # Slow hashes protect what people choose. These are 256 random bits: nobody can try them all,
    # and a slow hash would only make every request slow.
    return hashlib.sha256(secret.encode()).hexdigest()


def _problems(
    name: str, scopes: frozenset[str], now: datetime, expires_at: datetime | None
) -> Iterator[Problem]:
    if not is_actor(name) or name == LOCAL:
        yield Problem(
            code="key.name",
            path="/name",
            message="The name of a key is that of an actor.",
            hint="Name it like agent:editor or person:ana, with 100 characters at most.",
        )
    if unknown := sorted(scopes - set(SCOPES)):
        yield Problem(
            code="key.unknown_scope",
            path="/scopes",
            message=f"There is no scope {', '.join(unknown)}.",
            hint="The scopes are read, edit, render and admin.",
            allowed=SCOPES,
        )
    if not scopes:
        yield Problem(
            code="key.no_scope",
            path="/scopes",
            message="A key without scopes may do nothing.",
            hint="Give it one or more of read, edit, render and admin.",
            allowed=SCOPES,
        )
    if expires_at is not None and expires_at <= now:
        yield Problem(
            code="key.ended",
            path="/expires_at",
            message="The key would have ended before it began.",
            hint="Give a time to come, or none.",
        )
