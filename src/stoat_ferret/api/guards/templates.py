"""Which route an address belongs to: for metrics, logs and advice, never to decide who may."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette

NO_ROUTE: Final = "(none)"
"""Stands for every address without a route: whoever calls must not be able to make new labels."""

_LONGEST: Final = 200


class Templates:
    """The templates of an application's routes, read when the first request comes."""

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._known: Sequence[tuple[str, re.Pattern[str], frozenset[str], str]] | None = None

    def of(self, method: str, path: str) -> str:
        """The template of the route that answers, or refuses the method; else `NO_ROUTE`."""
        other = NO_ROUTE
        for beginning, pattern, methods, template in self._routes():
            # Most routes are told apart by how they begin, which is far quicker to see.
            if not path.startswith(beginning) or not pattern.match(path):
                continue
            if not methods or method in methods:
                return template
            other = template if other == NO_ROUTE else other
        return other

    def methods(self, path: str) -> Sequence[str]:
        """The methods that the route at an address knows; of several, the one with the fewest parameters."""
        found = [route for route in self._routes() if route[1].match(path)]
        if not found:
            return ()
        template = min(found, key=lambda route: route[3].count("{"))[3]
        methods = {method for route in found if route[3] == template for method in route[2]}
        return sorted(methods | {"HEAD"} if "GET" in methods else methods)

    def near(self, path: str) -> Sequence[str]:
        """Templates that look like an address without a route, the nearest first."""
        return get_close_matches(path[:_LONGEST], {route[3] for route in self._routes()}, n=1)

    def _routes(self) -> Sequence[tuple[str, re.Pattern[str], frozenset[str], str]]:
        if self._known is None:
            self._known = [
                (
                    route.path_format.partition("{")[0],
                    route.path_regex,
                    frozenset(route.methods or ()),
                    route.path_format,
                )
                for route in iter_route_contexts(self._app.routes)
                if route.path_format is not None
            ]
        return self._known
