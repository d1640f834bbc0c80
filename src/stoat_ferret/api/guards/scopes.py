"""What a key may do, by method and by the route that answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import (
    NEAR,
    OPEN,
    SAFE,
    TEMPLATE,
    address_of,
    guarded,
    identity_of,
    method_of,
)
from stoat_ferret.api.guards.templates import NO_ROUTE
from stoat_ferret.api.problems import no_route
from stoat_ferret.errors import Forbidden
from stoat_ferret.model.event import Context
from stoat_ferret.operations import keys
from stoat_ferret.operations.keys import covers
from stoat_ferret.operations.refusals import Refusals
from stoat_ferret.telemetry import correlation_id

_API: Final = "/api/v1"
_GROUPS: Final[Mapping[str, keys.Scope]] = {
    "compose": "edit",
    "effects": "edit",
    "filesystem": "edit",
    "generators": "edit",
    "jobs": "render",
    "presets": "edit",
    "preview": "render",
    "projects": "edit",
    "render": "render",
    "search": "edit",
    "system": "edit",
    "transitions": "edit",
    "videos": "edit",
}
"""What changes need, by the first word below /api/v1; looking needs `read`."""
_ROOTS: Final[Mapping[str, keys.Scope]] = {
    "docs": "read",
    "gui": "read",
    "health": "read",
    # What its tools do is decided there; those who may not edit have the routes.
    "mcp": "edit",
    "metrics": "read",
    "openapi.json": "read",
    "system": "read",
    "ws": "read",
}
"""What is needed in any case, by the first word of what lies beside /api/v1."""
_ASKING: Final = frozenset(
    {
        "effects/preview",
        "projects/{project_id}/validate",
        "render/plan",
    }
)
"""Routes that answer a question and store nothing, though they are posted to."""


class Scopes:
    """Refuses what the identity may not do."""

    def __init__(self, app: ASGIApp, *, refusals: Refusals | None) -> None:
        self._app = app
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Compare what is needed with what is held; there is no way past to where no route was found."""
        if guarded(scope) and scope["path"] not in OPEN:
            if scope[TEMPLATE] == NO_ROUTE:
                raise no_route(scope.get(NEAR, ()))
            held = identity_of(scope).scopes
            needed = needed_scope(method_of(scope), scope[TEMPLATE])
            if not covers(held, {needed}):
                self._note(scope, needed)
                raise Forbidden.because(
                    "key.scope",
                    f"This needs the scope {needed}, which the key does not have.",
                    hint=f"The key has {', '.join(sorted(held))}; ask an administrator for another.",
                    path="/header/authorization",
                )
        await self._app(scope, receive, send)

    def _note(self, scope: Scope, needed: keys.Scope) -> None:
        if self._refusals is not None:
            identity, address = identity_of(scope), address_of(scope)
            self._refusals.note(
                "scope.refused",
                who=identity.key_id or address,
                key_id=identity.key_id,
                by=Context(actor=identity.name, correlation_id=correlation_id()),
                details={
                    "needed": needed,
                    "method": method_of(scope),
                    "route": scope[TEMPLATE],
                    "address": address,
                },
            )


def needed_scope(method: str, template: str) -> keys.Scope:
    """The scope that a request needs: `template` is that of the route that answers, never what was sent.

    What nobody thought of is the administrator's, as are keys, webhooks and the audit log.
    """
    below = template.removeprefix(f"{_API}/")
    if below == template:
        return _ROOTS.get(template.split("/")[1], "admin") if template.startswith("/") else "admin"
    group = _GROUPS.get(below.split("/")[0])
    if group is None:
        return "admin"
    if method in SAFE or (method == "POST" and below in _ASKING):
        return "read"
    return group
