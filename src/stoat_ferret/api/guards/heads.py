"""HEAD: what GET would answer, without its body, wherever there is a GET."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD: Final = "stoat.head"
"""Key of the scope: the request that a route takes for GET is a HEAD."""


class Heads:
    """Leads HEAD to the routes of GET, and keeps their bodies back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for the whole answer, and send its head."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def beheaded(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET", HEAD: True}, receive, beheaded)
