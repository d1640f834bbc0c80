"""What every answer tells a browser: who may frame, guess, keep and load it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stoat_ferret.api.guards.state import RESPONSE_HEADERS, guarded

_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
_PAGES: Final = (
    "default-src 'self'; "
    "script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; "
    "media-src 'self' blob:; "
    "font-src 'self' data:; "
    "worker-src 'self' blob:; "
    "connect-src 'self'; "
    "object-src 'none'; "
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
# A browser shows a picture or a film of ours as a small page of its own.
_OTHER: Final = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)


class Headers:
    """Adds what an answer does not say itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers."""
        if not guarded(scope):
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                dress(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, dressed)


def dress(headers: MutableHeaders, scope: Scope) -> None:
    """Add to the headers of an answer what they do not say themselves."""
    for name, value in (*_ALWAYS, *scope.get(RESPONSE_HEADERS, ())):
        headers.setdefault(name, value)
    kind = headers.get("content-type", "")
    headers.setdefault("Content-Security-Policy", _PAGES if kind.startswith("text/html") else _OTHER)
    if "json" in kind:
        headers.setdefault("Cache-Control", "no-store")
