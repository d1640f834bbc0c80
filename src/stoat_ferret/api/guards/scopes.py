"""What a key may do, by method and address."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import OPEN, SAFE, guarded, identity_of, method_of
from stoat_ferret.errors import Forbidden
from stoat_ferret.operations import keys
from stoat_ferret.operations.keys import covers

_API: Final = r"/api/v1"
# Above what a longer rule says: whoever hands out keys or reads the audit log is an administrator.
_ADMIN: Final = re.compile(rf"{_API}/(?:audit|keys|webhooks)(?:/.*)?")
# They answer a question, and store nothing.
_ASKING: Final = re.compile(
    rf"{_API}/(?:projects/[^/]+/validate|effects/preview|render/plan|compose/[^/]+)/?"
)
_RENDER: Final = re.compile(rf"{_API}/(?:render|preview|jobs)(?:/.*)?")
# What its tools do is decided there; those who may not edit have the routes.
_TOOLS: Final = re.compile(r"/mcp(?:/.*)?")


class Scopes:
    """Refuses what the identity may not do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compare what is needed with what is held."""
        if guarded(scope) and scope["path"] not in OPEN:
            held = identity_of(scope).scopes
            needed = needed_scope(method_of(scope), scope["path"])
            if not covers(held, {needed}):
                raise Forbidden.because(
                    "key.scope",
                    f"This needs the scope {needed}, which the key does not have.",
                    hint=f"The key has {', '.join(sorted(held))}; ask an administrator for another.",
                    path="/header/authorization",
                )
        await self._app(scope, receive, send)


def needed_scope(method: str, path: str) -> keys.Scope:
    """The scope that a request needs; `path` is a raw path or a template, which read alike here.

    It is told by the beginning of the path, so that no way of writing a path leads around it:
    what no rule names can be read with `read` and changed with `edit`.
    """
    if _ADMIN.fullmatch(path):
        return "admin"
    if _TOOLS.fullmatch(path):
        return "edit"
    if method in SAFE or method == "WEBSOCKET" or (method == "POST" and _ASKING.fullmatch(path)):
        return "read"
    return "render" if _RENDER.fullmatch(path) else "edit"
