"""HTTP as it comes over a connection, before there is a request that a guard could look at.

uvicorn reads it; what is added here are limits on what a client may hold without ever sending a request,
and answers to what cannot be read in the one shape of all answers.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Any, ClassVar, Final, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from stoat_ferret.api.guards.headers import dress
from stoat_ferret.api.guards.state import CORRELATION_HEADER
from stoat_ferret.api.problems import Problems
from stoat_ferret.config import Settings
from stoat_ferret.errors import BodyStalled, HeadTooLarge, Malformed, RequestError, TooManyRequests
from stoat_ferret.telemetry import bound, new_correlation_id

__all__ = ["Speaking"]

_log: Final = logging.getLogger("stoat_ferret.access")
_RETRY_SECONDS: Final = 5.0
_LINGER_SECONDS: Final = 1.0
_LINGER_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class _Limits:
    """What a connection may hold."""

    head_seconds: float
    """From the first moment that a head may come to its end; the same for all that nobody will read."""
    head_bytes: int
    headers: int
    connections: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaking:
    """How one service speaks: give both to uvicorn."""

    http: type[asyncio.Protocol]
    sockets: type[asyncio.Protocol]

    @classmethod
    def of(cls, settings: Settings) -> Speaking:
        """As the settings say."""
        common = {"problems": Problems(settings)}
        limits = _Limits(
            head_seconds=settings.head_seconds,
            head_bytes=settings.max_head_bytes,
            headers=settings.max_headers,
            connections=settings.max_connections,
        )
        return cls(
            http=type("Http", (_Http,), {**common, "limits": limits}),
            sockets=type("Sockets", (_Sockets,), common),
        )


class _Http(HttpToolsProtocol):
    """One connection of HTTP."""

    limits: ClassVar[_Limits]
    problems: ClassVar[Problems]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._timer: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._moved = False
        self._unmoved_bytes = 0
        self._refused = False

    # Connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a head, but not for ever."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            self._refuse(_too_many(self.limits.connections))
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as what came makes sense and leads somewhere."""
        if self._refused or self.transport.is_closing():
            self._throw_away(len(data))
            return
        self._unset_keepalive_if_required()
        self._moved = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, RequestError) else _unreadable())
            return
        # The parser keeps a header and a trailer until it is whole, and tells nothing of it before.
        self._unmoved_bytes = 0 if self._moved else self._unmoved_bytes + len(data)
        if self._unmoved_bytes > self.limits.head_bytes:
            self._refuse(self._too_large())
        else:
            self._watch()

    def on_response_complete(self) -> None:
        """Half a head may have come while the answer was under way."""
        super().on_response_complete()
        self._watch()

    # What the parser finds

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head, self._moved = True, True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; one that comes after the body is none: what was decided by the head stays decided."""
        if not self._in_head:
            return
        self._count(len(name) + len(value))
        if len(self.headers) >= self.limits.headers:
            raise HeadTooLarge.because(
                "head.too_many_headers",
                f"The request has more than {self.limits.headers} headers.",
                hint="Send fewer; STOAT_MAX_HEADERS holds the limit.",
            )
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head, self._moved = False, True
        self._wait_no_more()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._moved = True
        self._wait_no_more()
        super().on_message_complete()

    def _count(self, more: int) -> None:
        self._head_bytes += more
        if self._head_bytes > self.limits.head_bytes:
            raise self._too_large()

    def _too_large(self) -> HeadTooLarge:
        return HeadTooLarge.because(
            "head.too_large",
            f"The head of the request is larger than {self.limits.head_bytes // 1024} KiB.",
            hint="Shorten the address and the headers; STOAT_MAX_HEAD_KIB holds the limit.",
        )

    def _throw_away(self, more: int) -> None:
        self._unmoved_bytes += more
        if self._unmoved_bytes > _LINGER_BYTES:
            self.transport.close()

    # Time

    def _under_way(self) -> RequestResponseCycle | None:
        """The newest request that is not answered yet."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete else cycle

    def _is_idle(self) -> bool:
        return self._under_way() is None and not self.pipeline

    def _watch(self) -> None:
        """Nothing is being answered, and no other timer runs: what comes now must come to an end.

        That is a head, or the rest of a body that was answered before it came whole.
        """
        waiting = self._timer is not None or self.timeout_keep_alive_task is not None
        if self._is_idle() and not waiting and not self.transport.is_closing():
            self._timer = self.loop.call_later(self.limits.head_seconds, self._too_late)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        if self.transport.is_closing() or not self._is_idle():
            return
        if not self._in_head:
            self.transport.close()
            return
        self._refuse(
            BodyStalled.because(
                "head.stalled",
                f"The head of the request was not whole after {self.limits.head_seconds:g} s.",
                hint="Send it again; STOAT_HEAD_SECONDS holds the limit.",
            )
        )

    # Refusal

    def _refuse(self, error: RequestError) -> None:
        """Answer in place of the application, as far as there is nothing else to answer, and hang up."""
        self._refused = True
        self._wait_no_more()
        if (cycle := self._under_way()) is not None:
            # The answers to what came whole before are owed.
            cycle.keep_alive = False
            if not cycle.more_body:
                return
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
                return
        _answer(self, error)


class _Sockets(WebSocketsSansIOProtocol):
    """One connection of a WebSocket."""

    problems: ClassVar[Problems]
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Read on; an opening that cannot be read is answered, where the library would wait for another."""
        if self._refused:
            return
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            self._refuse()

    def handle_connect(self, event: Request) -> None:
        """Begin, if it is an opening."""
        if self.conn.accept(event).status_code == 101:
            super().handle_connect(event)
        else:
            self._refuse()

    async def send(self, message: Any) -> None:
        """Tell the client; a refusal ends the opening as well as an agreement does."""
        await super().send(message)
        self.handshake_complete = self.handshake_complete or self.close_sent

    def _refuse(self) -> None:
        self._refused = self.handshake_initiated = self.handshake_complete = self.close_sent = True
        _answer(self, _no_opening())


def _answer(connection: _Http | _Sockets, error: RequestError) -> None:
    """Write the whole answer to what never became a request, tell of it, and hang up."""
    name = new_correlation_id()
    with bound(correlation_id=name):
        response = connection.problems.response(error)
        client = "unknown" if connection.client is None else connection.client[0]
        told = {"status": response.status_code, "code": error.problems[0].code, "client": client}
        _log.info("refused", extra=told)
    dress(response.headers, {})
    response.headers[CORRELATION_HEADER] = name
    response.headers["Connection"] = "close"
    default = (
        connection.server_state.default_headers
        if isinstance(connection, _Http)
        else connection.default_headers
    )
    lines = [b"%b: %b\r\n" % header for header in (*default, *response.raw_headers)]
    connection.transport.write(
        b"".join((STATUS_LINE[response.status_code], *lines, b"\r\n", bytes(response.body)))
    )
    # To close while something is still on its way here would take the answer away from who sends it.
    connection.transport.write_eof()
    connection.loop.call_later(_LINGER_SECONDS, connection.transport.close)


def _unreadable() -> Malformed:
    return Malformed.because(
        "http.unreadable",
        "This is no request of HTTP/1.1 that can be read in one way.",
        hint="Check the method, the address, Content-Length, Transfer-Encoding and the chunks of the body.",
    )


def _no_opening() -> Malformed:
    return Malformed.because(
        "http.no_websocket",
        "This does not open a WebSocket.",
        hint="Send a GET of HTTP/1.1 with Upgrade: websocket, Sec-WebSocket-Version: 13 and a key.",
    )


def _too_many(most: int) -> TooManyRequests:
    return TooManyRequests.because(
        "connections.exceeded",
        f"There are {most} connections already.",
        hint="Come back later, on fewer connections; STOAT_MAX_CONNECTIONS holds the limit.",
        retry_after=_RETRY_SECONDS,
    )
