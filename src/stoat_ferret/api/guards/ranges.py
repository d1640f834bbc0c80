"""Byte ranges: many small ones cost far more to serve than to ask for."""

from __future__ import annotations

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import guarded, only
from stoat_ferret.errors import RangeRefused

_ONE: Final = re.compile(r"[ \t]*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))[ \t]*")


class Ranges:
    """Refuses too many ranges, and what cannot be read as ranges."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the `Range` header, if there is one."""
        if guarded(scope):
            given, twice = only(scope, "range")
            if given is not None:
                self._check(given, twice=twice)
        await self._app(scope, receive, send)

    def _check(self, given: str, *, twice: bool) -> None:
        unit, mark, rest = given.partition("=")
        # Told by counting alone: what is refused for its number is not read piece by piece.
        if rest.count(",") >= self._most:
            raise _refused(
                "bytes.too_many_ranges",
                f"More than {self._most} ranges are asked for at once.",
                "Ask for fewer; STOAT_MAX_RANGES holds the limit.",
            )
        found = [_ONE.fullmatch(part) for part in rest.split(",")]
        sane = all(one is not None and not _is_backwards(one) for one in found)
        if twice or not mark or unit.strip().lower() != "bytes" or not sane:
            raise _refused(
                "bytes.range_invalid",
                "The Range header cannot be read.",
                "Write it as bytes=0-499 or bytes=-500.",
            )


def _is_backwards(one: re.Match[str]) -> bool:
    return bool(one[1] and one[2]) and int(one[1]) > int(one[2])


def _refused(code: str, message: str, hint: str) -> RangeRefused:
    return RangeRefused.because(code, message, hint=hint, path="/header/range")
