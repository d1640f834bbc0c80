"""How large a body may be, by the bytes that come and not by what is said, and how long it may take."""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stoat_ferret.api.guards.state import headers_of, is_upload
from stoat_ferret.errors import BodyStalled, BodyTooLarge

_MIB: Final = 1024 * 1024
# A client that is still sending reads no answer, and loses it when the connection is cut:
# a little more than may come is taken and thrown away.
_PATIENCE_BYTES: Final = 32 * _MIB
_PATIENCE_SECONDS: Final = 2.0


class BodyLimits:
    """Counts what is read, chunked or not; uploads have a limit of their own."""

    def __init__(
        self, app: ASGIApp, *, largest: int, largest_upload: int, stall: float, whole: float
    ) -> None:
        self._app = app
        self._largest = largest
        self._largest_upload = largest_upload
        self._stall = stall
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the body through as far as it may go."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # An upload may take hours, as long as it moves.
        largest, whole = (
            (self._largest_upload, math.inf) if is_upload(scope) else (self._largest, self._whole)
        )
        body = _Body(receive, largest=largest, stall=self._stall, whole=whole)
        await body.check_declared(headers_of(scope).get("content-length", ""))
        await self._app(scope, body.receive, send)


class _Body:
    """The body of one request."""

    def __init__(self, receive: Receive, *, largest: int, stall: float, whole: float) -> None:
        self._receive = receive
        self._largest = largest
        self._stall = stall
        self._longest = whole
        self._deadline: float | None = None
        self._read = 0
        self._whole = False

    async def check_declared(self, length: str) -> None:
        """Refuse what says itself that it is too large, before it is read."""
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > self._largest):
            raise await self._too_large()

    async def receive(self) -> Message:
        """The next piece; raises `BodyTooLarge` or `BodyStalled`."""
        if self._whole:
            # Who asks now waits for the client to go away, which may take as long as it likes.
            return await self._receive()
        now = asyncio.get_running_loop().time()
        if self._deadline is None:
            self._deadline = now + self._longest
        try:
            async with asyncio.timeout_at(min(now + self._stall, self._deadline)):
                message = await self._receive()
        except TimeoutError:
            raise self._too_late(stalled=now + self._stall <= self._deadline) from None
        self._note(message)
        if self._read > self._largest:
            raise await self._too_large()
        return message

    def _note(self, message: Message) -> None:
        self._read += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)

    def _too_late(self, *, stalled: bool) -> BodyStalled:
        if stalled:
            return BodyStalled.because(
                "body.stalled",
                f"The body made no progress for {self._stall:g} s.",
                hint="Send it again; STOAT_BODY_STALL_SECONDS holds the limit.",
            )
        return BodyStalled.because(
            "body.slow",
            f"The body was not whole after {self._longest:g} s.",
            hint="Send it faster or send less; STOAT_BODY_SECONDS holds the limit.",
        )

    async def _too_large(self) -> BodyTooLarge:
        await self._throw_away()
        return BodyTooLarge.because(
            "body.too_large",
            f"The body is larger than {self._largest // _MIB} MiB.",
            hint="Send less at once; STOAT_MAX_BODY_MIB and STOAT_MAX_UPLOAD_MIB hold the limits.",
        )

    async def _throw_away(self) -> None:
        enough = self._read + _PATIENCE_BYTES
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while not self._whole and self._read < enough:
                    self._note(await self._receive())
