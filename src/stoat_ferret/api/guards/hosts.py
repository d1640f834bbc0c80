"""A page of a stranger must not reach the service by a name of the stranger's (DNS rebinding)."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import guarded, only
from stoat_ferret.config import Settings, is_loopback
from stoat_ferret.errors import Misdirected

_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")


class Hosts:
    """Serves only requests that call the service by a name of its own."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._names = frozenset({settings.host.lower(), *settings.allowed_hosts})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is meant for another host."""
        if guarded(scope):
            given, twice = only(scope, "host")
            found = _HOST.fullmatch(given or "")
            if found is None or twice or not self._is_ours(found[1].lower(), scope):
                raise Misdirected.because(
                    "host.not_allowed",
                    "The service does not go by the name in the Host header.",
                    hint="Call it by the address that is served, or add the name to STOAT_ALLOWED_HOSTS.",
                    path="/header/host",
                )
        await self._app(scope, receive, send)

    def _is_ours(self, host: str, scope: Scope) -> bool:
        return (
            is_loopback(host)
            or host in self._names
            or host.strip("[]") in self._names
            or _is_address_called(host, scope)
        )


def _is_address_called(host: str, scope: Scope) -> bool:
    """Whether the name is the very address that the connection came in on: no name leads elsewhere then."""
    try:
        called = ipaddress.ip_address(str((scope.get("server") or ("",))[0]))
        return ipaddress.ip_address(host.strip("[]")) == called
    except ValueError:
        return False
