"""Routes that refuse what they do not know instead of passing it over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute
from starlette.responses import Response

from stoat_ferret.api import guards
from stoat_ferret.api.queries import require_known, require_nothing
from stoat_ferret.model.document import strict_json

__all__ = ["StrictRoute"]


class _StrictRequest(Request):
    """A request whose JSON every reader understands the same way."""

    async def json(self) -> Any:
        """The body; raises `RequestError` for what is not sound JSON."""
        return strict_json(await self.body())


class StrictRoute(APIRoute):
    """A route with strict readers of query and body; every router is made with it."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler that FastAPI makes, behind strict readers of query and body."""
        handler = super().get_route_handler()
        params = get_flat_params(self.dependant)
        known = tuple(str(field.alias) for field in params if isinstance(field.field_info, Query))
        takes_body = self.body_field is not None or "requestBody" in (self.openapi_extra or {})

        async def handle(request: Request) -> Response:
            require_known(request.query_params.multi_items(), known)
            if guards.HEAD in request.scope:
                # The route was found as that of GET; now a file need not be read for nothing.
                request.scope["method"] = "HEAD"
            strict = _StrictRequest(request.scope, request.receive)
            if not takes_body and request.headers.get("content-type", "").startswith("application/json"):
                require_nothing(await strict.json() if (await strict.body()).strip() else {})
            return await handler(strict)

        return handle
