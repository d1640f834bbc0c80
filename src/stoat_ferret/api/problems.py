"""Every error leaves the service as one shape: `application/problem+json` (RFC 9457).

`instance` is `urn:stoat:request:<correlation id>`, the name under which the log tells more.
"""

from __future__ import annotations

import functools
import json
import logging
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stoat_ferret.api import validation
from stoat_ferret.config import Settings
from stoat_ferret.discretion import Discretion
from stoat_ferret.errors import Conflict, Problem, RequestError, StoatError
from stoat_ferret.statuses import TITLES, document, status_of
from stoat_ferret.telemetry import correlation_id

__all__ = ["MEDIA_TYPE", "Problems", "install", "no_route"]

MEDIA_TYPE: Final = "application/problem+json"
Methods = Callable[[str], Sequence[str]]
"""The methods that there are at an address."""

_POLICY_VIOLATION: Final = 1008
_log: Final = logging.getLogger("stoat_ferret.api")


class Problems:
    """Turns errors into answers."""

    def __init__(self, settings: Settings) -> None:
        self._discretion = Discretion(settings)

    def response(self, error: BaseException) -> Response:
        """The answer to any error; what was not foreseen tells nothing but the correlation id."""
        status, problems, headers = self._told(error)
        correlation = correlation_id()
        instance = None if correlation is None else f"urn:stoat:request:{correlation}"
        shown = document(status, problems, instance=instance)
        if isinstance(error, Conflict):
            shown = {**error.details, **shown}
        return Response(_json(shown), status_code=status, headers=headers, media_type=MEDIA_TYPE)

    async def answer(self, error: BaseException, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or a WebSocket that was not accepted yet, with an error."""
        response = self.response(error)
        if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
            await response(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": _title(response)})

    def _told(self, error: BaseException) -> tuple[int, tuple[Problem, ...], dict[str, str]]:
        match error:
            case StoatError():
                if (status := status_of(error)) >= 500:
                    _log.error("request_failed", exc_info=error)
                return status, self._discretion.problems(error), _headers(error)
            case HTTPException():
                cause = _cause(error)
                return self._told(cause) if cause is not None else _foreign(error)
            case _:
                _log.error("request_failed", exc_info=error)
                return 500, (_internal(error),), {}


def install(app: Starlette, settings: Settings, *, methods: Methods = lambda _: ()) -> Problems:
    """Let an application answer its own errors, and those of its router, as problems.

    `methods` knows those of an address: Starlette tells only of the first route that it finds there.
    """
    problems = Problems(settings)

    async def stoat(connection: Request, error: Exception) -> Response:
        # A WebSocket takes no response from here; the guard around it knows how to refuse one.
        if connection.scope["type"] != "http":
            raise error
        if isinstance(error, RequestError):
            error = error.placed(functools.partial(_place, of_path=connection.path_params))
        return problems.response(error)

    async def router(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and _cause(error) is None:
            return problems.response(no_route(request.scope.get("stoat.near", ())))
        if error.status_code == 405 and (allowed := methods(request.scope["path"])):
            error = HTTPException(405, headers={"Allow": ", ".join(allowed)})
        return problems.response(error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        schema = _schema(request)
        return problems.response(validation.refusal(error.errors(), body=error.body, schema=schema))

    app.add_exception_handler(StoatError, stoat)
    app.add_exception_handler(HTTPException, router)
    if isinstance(app, FastAPI):
        app.add_exception_handler(RequestValidationError, invalid)
    return problems


def _place(path: str, of_path: Collection[str]) -> str:
    """Use cases know the names of things, and not which of them an address holds."""
    return f"/path{path}" if path.removeprefix("/") in of_path else path


def _json(document: Mapping[str, Any]) -> bytes:
    # What a client sent may hold half characters, which UTF-8 cannot.
    return json.dumps(document, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _headers(error: StoatError) -> dict[str, str]:
    headers = {}
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
    match status_of(error):
        case 401:
            headers["WWW-Authenticate"] = 'Bearer realm="stoat"'
        case 408 | 413:
            # The rest of the body may still be on its way, and nobody will read it.
            headers["Connection"] = "close"
    return headers


def _cause(error: BaseException) -> StoatError | None:
    """FastAPI wraps what is raised while a body is read."""
    seen = error.__cause__ or error.__context__
    while seen is not None and not isinstance(seen, StoatError):
        seen = seen.__cause__ or seen.__context__
    return seen


def _foreign(error: HTTPException) -> tuple[int, tuple[Problem, ...], dict[str, str]]:
    """What Starlette or FastAPI refused by themselves."""
    headers = dict(error.headers or {})
    match error.status_code:
        case 405:
            allowed = tuple(
                sorted(name.strip() for name in headers.get("Allow", "").split(",") if name.strip())
            )
            problem = Problem(
                code="method.not_allowed",
                path="",
                message="This address does not know this method.",
                hint=f"It knows {', '.join(allowed)}." if allowed else "See /openapi.json.",
                allowed=allowed or None,
            )
        case 413:
            problem = Problem(
                code="body.too_large",
                path="",
                message="The body is larger than it may be.",
                hint="Send less at once.",
            )
        case 416:
            problem = Problem(
                code="bytes.outside",
                path="/header/range",
                message="The range of bytes is not within the file.",
                hint="Content-Range says how long it is.",
            )
        case status if status >= 500:
            problem = _internal(error)
        case status:
            problem = Problem(
                code="request.refused" if status != 400 else "body.unreadable",
                path="",
                message="The request cannot be read." if status == 400 else "The request was refused.",
                hint="See /openapi.json for what the operation takes.",
            )
    return error.status_code, (problem,), headers


def _internal(error: BaseException) -> Problem:
    return Problem(
        code="internal",
        path="",
        message="The server made a mistake.",
        hint="Its log tells more under the correlation id of this answer; please report it.",
    )


def no_route(near: Sequence[str] = ()) -> RequestError:
    """There is nothing at an address; `near` are templates that look like it."""
    return RequestError.because(
        "route.not_found",
        "There is nothing at this address.",
        hint=f"Did you mean {near[0]}?" if near else "See /openapi.json for what there is.",
    )


def _schema(request: HTTPConnection) -> dict[str, Any] | None:
    """The JSON Schema of the body that the route takes; only looked for when it did not fit."""
    field = getattr(request.scope.get("route"), "body_field", None)
    if field is None:
        return None
    return TypeAdapter(field.field_info.annotation).json_schema()


def _title(response: Response) -> str:
    return TITLES.get(response.status_code, "")
