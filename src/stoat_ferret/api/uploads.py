"""Uploads: the body as it comes, plain or as a form, never held in memory or written twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from email.message import Message

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from stoat_ferret.errors import RequestError

__all__ = ["upload_of"]


async def upload_of(request: Request) -> tuple[str, AsyncIterator[bytes]]:
    """The file's name and its bytes; raises `RequestError` when the request holds no file."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"multipart/form-data":
        boundary = options.get(b"boundary")
        if not boundary:
            raise RequestError.because(
                "upload.invalid", "The form has no boundary.", hint="Send it as curl -F file=@clip.mp4 does."
            )
        form = _Form(boundary, _body(request))
        return await form.name(), form.file()
    name = request.query_params.get("filename")
    if not name:
        raise RequestError.because(
            "upload.invalid",
            "The file has no name.",
            hint="Send ?filename=clip.mp4 with the bytes as body, or a form with a file.",
        )
    return name, _body(request)


async def _body(request: Request) -> AsyncIterator[bytes]:
    """The body as it comes; raises `RequestError` when the client goes away before its end."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise RequestError.because(
            "upload.invalid", "The upload was broken off.", hint="Send it again."
        ) from None


class _Form:
    """The first file of a form, as it streams in."""

    def __init__(self, boundary: bytes, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._parser = MultipartParser(
            boundary,
            {
                "on_header_field": self._on_field,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_headers_finished": self._on_headers,
                "on_part_data": self._on_data,
                "on_part_end": self._on_end,
            },
        )
        self._field = b""
        self._value = b""
        self._disposition = b""
        self._filename: str | None = None
        self._inside = False
        self._ended = False
        self._data: list[bytes] = []

    async def name(self) -> str:
        """Read as far as the file's headers."""
        while self._filename is None and await self._more():
            pass
        if self._filename is None:
            raise RequestError.because(
                "upload.invalid", "The form holds no file.", hint="Send it as curl -F file=@clip.mp4 does."
            )
        return self._filename

    async def file(self) -> AsyncIterator[bytes]:
        """The file's bytes; what follows it is passed over."""
        while True:
            data, self._data = self._data, []
            for part in data:
                yield part
            if self._data:
                continue
            if not await self._more():
                break
        if not self._ended:
            raise RequestError.because(
                "upload.invalid", "The form ends within the file.", hint="Send it again."
            )

    async def _more(self) -> bool:
        async for chunk in self._stream:
            self._parse(chunk)
            return True
        return False

    def _parse(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise RequestError.because(
                "upload.invalid", "The form cannot be read.", hint="Send it as curl -F file=@clip.mp4 does."
            ) from None

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _on_headers(self) -> None:
        message = Message()
        message["content-disposition"] = self._disposition.decode("utf-8", "replace")
        name = message.get_filename()
        self._inside = name is not None and self._filename is None
        if self._inside:
            self._filename = name

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._inside:
            self._data.append(data[start:end])

    def _on_end(self) -> None:
        if self._inside:
            self._inside, self._ended = False, True
