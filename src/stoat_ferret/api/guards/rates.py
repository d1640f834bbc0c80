"""How often: one key or address must not keep the others out."""

from __future__ import annotations

import ipaddress
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import IDENTITY, OPEN, RESPONSE_HEADERS, address_of, guarded
from stoat_ferret.errors import TooManyRequests


class Bucket:
    """So many a minute for each name."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def hit(self, name: str) -> bool:
        """Take one; false: there was none left."""
        return self._limiter.hit(self._item, group(name))

    def left(self, name: str) -> tuple[int, float]:
        """How many are left, and the seconds until there are more."""
        reset, remaining = self._limiter.get_window_stats(self._item, group(name))
        return max(0, remaining), max(0.0, reset - time.time())

    def take(self, name: str, message: str) -> None:
        """Take one; raise `TooManyRequests` when there was none left."""
        if not self.hit(name):
            raise too_many(message, self.left(name)[1])

    def require(self, name: str, message: str) -> None:
        """Raise `TooManyRequests` when none is left; take none."""
        if not self._limiter.test(self._item, group(name)):
            raise too_many(message, self.left(name)[1])


class Rates:
    """Counts by key, and by address where there is none; says in every answer what is left."""

    def __init__(self, app: ASGIApp, *, per_minute: int) -> None:
        self._app = app
        self._bucket = Bucket(per_minute) if per_minute else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what comes too soon."""
        if self._bucket is not None and guarded(scope) and scope["path"] not in OPEN:
            identity = scope[IDENTITY]
            name = address_of(scope) if identity.key_id is None else f"key:{identity.key_id}"
            taken = self._bucket.hit(name)
            remaining, reset = self._bucket.left(name)
            scope[RESPONSE_HEADERS] = (
                *scope.get(RESPONSE_HEADERS, ()),
                ("RateLimit-Policy", f'"default";q={self._bucket.per_minute};w=60'),
                ("RateLimit", f'"default";r={remaining};t={round(reset)}'),
            )
            if not taken:
                raise too_many("This key or address has sent all that it may for now.", reset)
        await self._app(scope, receive, send)


def too_many(message: str, seconds: float) -> TooManyRequests:
    """Come back in so many seconds."""
    return TooManyRequests.because(
        "rate.exceeded",
        message,
        hint="Wait as long as Retry-After says; STOAT_RATE_LIMIT and STOAT_AUTH_FAILURES hold the limits.",
        retry_after=max(1.0, seconds),
    )


def group(name: str) -> str:
    """Who has one IPv6 address has a whole network of them."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return name
    return name if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))
