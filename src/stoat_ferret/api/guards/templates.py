"""Which route answers at an address: by the patterns and in the order that the router itself goes by.

Metrics, logs and advice name it, and what a key may do is decided by it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from stoat_ferret.api.guards.state import SOCKET

NO_ROUTE: Final = "(none)"
"""Stands for every address without a route: whoever calls must not be able to make new labels."""

_LONGEST: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """A route."""

    beginning: str
    """What every address of it begins with: most routes are told apart by it, which is far quicker to see."""
    pattern: re.Pattern[str]
    methods: frozenset[str]
    """Empty: any, or it is a WebSocket."""
    template: str
    is_socket: bool

    def answers(self, path: str, *, socket: bool) -> bool:
        """Whether the address is one of its own, whatever the method."""
        return (
            self.is_socket == socket
            and path.startswith(self.beginning)
            and self.pattern.match(path) is not None
        )


class Templates:
    """The templates of an application's routes, read when the first request comes."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._known: Sequence[_Known] | None = None

    def of(self, method: str, path: str) -> str:
        """The template of the route that answers, or refuses the method; else `NO_ROUTE`."""
        other = NO_ROUTE
        # A HEAD is led to the routes of GET.
        method = "GET" if method == "HEAD" else method
        for route in self._routes():
            if not route.answers(path, socket=method == SOCKET):
                continue
            if not route.methods or method in route.methods:
                return route.template
            other = route.template if other == NO_ROUTE else other
        return other

    def methods(self, path: str) -> Sequence[str]:
        """The methods that the route at an address knows; of several, the one with the fewest parameters."""
        found = [route for route in self._routes() if route.answers(path, socket=False)]
        if not found:
            return ()
        template = min(found, key=lambda route: route.template.count("{")).template
        methods = {method for route in found if route.template == template for method in route.methods}
        return sorted(methods | {"HEAD"} if "GET" in methods else methods)

    def near(self, path: str) -> Sequence[str]:
        """Templates that look like an address without a route, the nearest first."""
        return get_close_matches(path[:_LONGEST], {route.template for route in self._routes()}, n=1)

    def _routes(self) -> Sequence[_Known]:
        if self._known is None:
            self._known = [
                _Known(
                    beginning=route.path_format.partition("{")[0],
                    pattern=route.path_regex,
                    methods=frozenset(route.methods or ()),
                    template=route.path_format,
                    is_socket=isinstance(route.original_route, WebSocketRoute),
                )
                for route in iter_route_contexts(self._app.routes)
                if route.path_format is not None
            ]
        return self._known
