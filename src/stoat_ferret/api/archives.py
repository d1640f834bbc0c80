"""A folder as one file: a ZIP archive that is made while it is sent."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator

from fastapi.responses import StreamingResponse

from stoat_ferret.api.files import Closing
from stoat_ferret.media.files import open_within

__all__ = ["archive_response"]

_BLOCK = 1 << 18


def archive_response(name: str, descriptor: int) -> StreamingResponse:
    """The files of an open folder as `name`.zip; the descriptor is closed when the answer has gone.

    They are stored as they are: films and pictures are compressed already.
    """
    response = _Archive(
        _archive(name, descriptor),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{_plain(name)}.zip"'},
    )
    response.descriptor = descriptor
    return response


class _Archive(Closing, StreamingResponse):
    """An archive of a folder that is open."""


class _Sink(io.RawIOBase):
    """Takes what is written, and gives it away."""

    def __init__(self) -> None:
        self._taken: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._taken.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._taken = b"".join(self._taken), []
        return taken


def _archive(folder: str, descriptor: int) -> Iterator[bytes]:
    """The archive in parts."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name in sorted(os.listdir(descriptor)):
            # The head tells no sizes: they may be as large as can be.
            told = zipfile.ZipInfo(f"{folder}/{name}")
            with (
                open(open_within(descriptor, name), "rb") as file,
                archive.open(told, "w", force_zip64=True) as entry,
            ):
                while block := file.read(_BLOCK):
                    entry.write(block)
                    yield sink.take()
    yield sink.take()


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in name)
