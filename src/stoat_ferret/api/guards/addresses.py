"""An address is text: what holds control characters is none, however it is taken apart further in."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import guarded
from stoat_ferret.errors import RequestError

# Patterns read a line break in ways of their own, and logs would show it as another line.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class Addresses:
    """Refuses addresses with control characters, before anything is decided by them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the decoded address."""
        if guarded(scope) and _CONTROL.search(scope["path"]):
            raise RequestError.because(
                "route.not_found",
                "There is nothing at an address with control characters.",
                hint="Leave %00 to %1F and %7F out of the address.",
            )
        await self._app(scope, receive, send)
