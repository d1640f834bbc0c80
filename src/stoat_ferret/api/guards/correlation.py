"""Every request has a name, its own or a new one, that its answer and all that it causes carry."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stoat_ferret.api.guards.state import CORRELATION_HEADER, SEND, begins_answer, guarded, only
from stoat_ferret.telemetry import bound, is_correlation_id, new_correlation_id


class Correlation:
    """Takes `X-Correlation-ID` where it is sane, makes one otherwise, and always returns it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request."""
        if not guarded(scope):
            await self._app(scope, receive, send)
            return
        given, twice = only(scope, CORRELATION_HEADER)
        name = given if given and not twice and is_correlation_id(given) else new_correlation_id()

        async def named(message: Message) -> None:
            if begins_answer(message):
                MutableHeaders(scope=message)[CORRELATION_HEADER] = name
            await send(message)

        if scope["type"] == "websocket":
            scope[SEND] = send
        with bound(correlation_id=name):
            await self._app(scope, receive, named)
