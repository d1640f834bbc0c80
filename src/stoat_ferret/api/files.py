"""Files as answers, read from the descriptor that the path policy opened."""

from __future__ import annotations

import mimetypes
import os
from pathlib import PurePath

from fastapi.responses import FileResponse, Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

__all__ = ["Closing", "SoundFileResponse", "open_file_response"]

_KINDS = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mpd": "application/dash+xml",
    ".m4s": "video/iso.segment",
}
"""Endings that systems name differently, or do not know."""


class SoundFileResponse(FileResponse):
    """A file with byte ranges, whose refusal of a range is a problem as any other."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file; raises `HTTPException` for a range that is not within it."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400:
                raise HTTPException(message["status"], headers=_kept(message))
            await send(message)

        await super().__call__(scope, receive, watched)


class Closing(Response):
    """Closes its descriptor however the answer ends; a background task would only run after a whole one."""

    descriptor: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what there is, and close it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            os.close(self.descriptor)


class _OpenFile(Closing, SoundFileResponse):
    """A file that is open."""


def open_file_response(path: PurePath, descriptor: int, *, inline: bool = True) -> SoundFileResponse:
    """The open file with byte ranges; the descriptor is closed when the answer has gone.

    The file is named by its descriptor: what lies under the path by now does not matter.
    """
    kind = _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    response = _OpenFile(
        f"/proc/self/fd/{descriptor}",
        media_type=kind,
        filename=path.name,
        content_disposition_type="inline" if inline else "attachment",
        stat_result=os.fstat(descriptor),
    )
    response.descriptor = descriptor
    return response


def _kept(message: Message) -> dict[str, str]:
    """What the answer says of the file's length."""
    value = Headers(raw=message["headers"]).get("content-range")
    return {} if value is None else {"Content-Range": value}
