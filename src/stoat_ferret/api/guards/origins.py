"""A page of a stranger must not change anything through the browser of who visits it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import changes, guarded, headers_of, only
from stoat_ferret.errors import Forbidden

_PORTS: Final = {"http": "80", "https": "443"}


class Origins:
    """Lets own pages, those of allowed origins and programs without an origin change things."""

    def __init__(self, app: ASGIApp, *, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what a strange page sends."""
        if (
            guarded(scope)
            and (changes(scope) or scope["type"] == "websocket")
            and not self._is_allowed(scope)
        ):
            raise Forbidden.because(
                "origin.not_allowed",
                "Pages of this origin may not use the service.",
                hint="Add the origin to STOAT_ALLOWED_ORIGINS if the page is yours.",
                path="/header/origin",
            )
        await self._app(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        origin, twice = only(scope, "origin")
        headers = headers_of(scope)
        if origin is not None and not twice and origin.lower() in self._allowed:
            return True
        # A browser that leaves the origin out still tells where the request comes from.
        site = headers.get("sec-fetch-site", "none")
        if twice or site not in ("none", "same-origin", "same-site"):
            return False
        if origin is None:
            return site != "same-site"
        return _is_own(origin.lower(), headers.get("host", "").lower())


def _is_own(origin: str, host: str) -> bool:
    """Whether the origin is the service; a proxy may have ended TLS, so both schemes will do."""
    scheme, mark, rest = origin.partition("://")
    return (
        bool(mark)
        and scheme in _PORTS
        and rest.removesuffix(f":{_PORTS[scheme]}") == host.removesuffix(f":{_PORTS[scheme]}")
    )
