"""What changes something is JSON: a form of a strange page cannot send that without asking first."""

from __future__ import annotations

from email.message import Message as MimeHeader
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from stoat_ferret.api.guards.state import UPLOADS, changes, guarded, headers_of, only
from stoat_ferret.errors import ContentTypeRefused

_JSON: Final = "application/json"


class ContentTypes:
    """Refuses bodies that are not JSON, but for uploads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the kind of the body, if there is one."""
        if (
            guarded(scope)
            and changes(scope)
            and _has_body(scope)
            and not _takes_files(scope)
            and not _is_json(scope)
        ):
            raise ContentTypeRefused.because(
                "content_type.not_json",
                "The body is not said to be JSON.",
                hint="Send it with `Content-Type: application/json`, in UTF-8.",
                path="/header/content-type",
            )
        await self._app(scope, receive, send)


def _takes_files(scope: Scope) -> bool:
    """Whether files are brought there; by another method they are refused for that."""
    return any(scope["path"] == path for _, path in UPLOADS)


def _has_body(scope: Scope) -> bool:
    headers = headers_of(scope)
    return headers.get("content-length", "0").strip() != "0" or "transfer-encoding" in headers


def _is_json(scope: Scope) -> bool:
    given, twice = only(scope, "content-type")
    if given is None or twice:
        return False
    header = MimeHeader()
    header["content-type"] = given
    charset = header.get_content_charset()
    return header.get_content_type() == _JSON and charset in (None, "utf-8", "utf8")
