"""What the guards and the routes know of a request, and how they read its head."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Scope

from stoat_ferret.operations.keys import Identity

CORRELATION_HEADER: Final = "X-Correlation-ID"
IDENTITY: Final = "stoat.identity"
"""Key of the scope: the `Identity` that sends the request."""
RESPONSE_HEADERS: Final = "stoat.response_headers"
"""Key of the scope: pairs of names and values that every answer to this request gets."""
TEMPLATE: Final = "stoat.template"
"""Key of the scope: the template of the route that answers, which what a key may do is decided by."""
NEAR: Final = "stoat.near"
"""Key of the scope: templates of routes that look like the address, where none is its own."""

SEND: Final = "stoat.send"
"""Key of the scope of a WebSocket: the server's own `send`; what follows the opening concerns no guard."""

SOCKET: Final = "WEBSOCKET"
"""Stands for the method where a WebSocket is opened."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing; any other one is taken to change something."""

OPEN: Final = frozenset({"/health/live", "/health/ready", "/health/startup"})
"""Paths that need no token and are not counted: whoever looks after the process asks there."""

UPLOADS: Final = frozenset({("POST", "/api/v1/videos")})
"""Method and path of what takes a file instead of JSON."""


def guarded(scope: Scope) -> bool:
    """Whether this is a request or a WebSocket, and not the beginning or end of the service itself."""
    return scope["type"] in ("http", "websocket")


def method_of(scope: Scope) -> str:
    """The method; a WebSocket is opened by GET, and yet has a name of its own here."""
    return str(scope["method"]) if scope["type"] == "http" else SOCKET


def changes(scope: Scope) -> bool:
    """Whether the request may change something."""
    return scope["type"] == "http" and scope["method"] not in SAFE


def is_upload(scope: Scope) -> bool:
    """Whether the request brings a file."""
    return (method_of(scope), scope["path"]) in UPLOADS


def headers_of(scope: Scope) -> Headers:
    """The request's headers."""
    return Headers(scope=scope)


def only(scope: Scope, name: str) -> tuple[str | None, bool]:
    """The value of a header, and whether it stands there more than once."""
    found = headers_of(scope).getlist(name)
    return (found[0] if found else None), len(found) > 1


def address_of(scope: Scope) -> str:
    """The address that the request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def identity_of(scope: Scope) -> Identity:
    """Who sends the request; known behind the guard that authenticates."""
    identity = scope[IDENTITY]
    assert isinstance(identity, Identity)
    return identity


def begins_answer(message: Message) -> bool:
    """Whether a message has the headers of an answer."""
    return message["type"] in ("http.response.start", "websocket.accept", "websocket.http.response.start")
