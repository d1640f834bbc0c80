"""What is told of every request: one log line, one count, one span."""

from __future__ import annotations

import logging
import time
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stoat_ferret.api.guards.state import (
    IDENTITY,
    NEAR,
    OPEN,
    TEMPLATE,
    address_of,
    guarded,
    headers_of,
    method_of,
)
from stoat_ferret.api.guards.templates import NO_ROUTE, Templates
from stoat_ferret.telemetry import meters, span

_log: Final = logging.getLogger("stoat_ferret.access")
_QUIET: Final = OPEN | {"/metrics"}
_LONGEST: Final = 200


class Access:
    """Logs, counts and traces by the template of the route, never by the raw path."""

    def __init__(self, app: ASGIApp, *, templates: Templates) -> None:
        self._app = app
        self._templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell of the request when it has been answered."""
        if not guarded(scope):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        method, path = method_of(scope), str(scope["path"])
        template = self._templates.of(method, path)
        scope[TEMPLATE] = template
        if template == NO_ROUTE:
            scope[NEAR] = self._templates.near(path)
        # Nothing was answered: the connection broke, or the error is one of the server itself.
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
            elif message["type"] == "websocket.accept":
                status = 101
            elif message["type"] == "websocket.close" and status != 101:
                status = 403
            await send(message)

        try:
            with span(f"{method} {template}", carrier=headers_of(scope), **{"http.route": template}):
                await self._app(scope, receive, watched)
        finally:
            seconds = time.perf_counter() - started
            meters().request(method=method, path=template, status=status, seconds=seconds)
            self._tell(scope, method=method, template=template, status=status, seconds=seconds)

    def _tell(self, scope: Scope, *, method: str, template: str, status: int, seconds: float) -> None:
        identity = scope.get(IDENTITY)
        level = logging.DEBUG if template in _QUIET and status < 400 else logging.INFO
        _log.log(
            level,
            "request",
            extra={
                "method": method[:_LONGEST],
                "route": template,
                "path": scope["path"][:_LONGEST],
                "status": status,
                "seconds": round(seconds, 6),
                "client": address_of(scope),
                **({} if identity is None else {"actor": identity.name}),
            },
        )
