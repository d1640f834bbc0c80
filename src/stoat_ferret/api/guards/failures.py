"""The one place that answers what the guards refuse and what nobody foresaw."""

from __future__ import annotations

import logging
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stoat_ferret.api.guards.state import begins_answer, guarded
from stoat_ferret.api.problems import Problems

_log: Final = logging.getLogger("stoat_ferret.api")
_INTERNAL_ERROR: Final = 1011


class Failures:
    """Turns every error from within into an answer, as long as none has begun."""

    def __init__(self, app: ASGIApp, *, problems: Problems) -> None:
        self._app = app
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens."""
        if not guarded(scope):
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or begins_answer(message) or message["type"] == "websocket.close"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if not begun:
                await self._problems.answer(error, scope, receive, send)
            elif scope["type"] == "websocket":
                _log.error("websocket_failed", exc_info=error)
                await send({"type": "websocket.close", "code": _INTERNAL_ERROR})
            else:
                # Half an answer is out; only a broken connection tells the client that it is not whole.
                raise
