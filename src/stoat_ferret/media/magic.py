"""What the bytes of a file say before it is opened: a picture's demuxer, no media, a missing end."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["FORMATS", "Sniffed", "cut_off", "sniff"]

_PICTURES: Final = (
    "bmp_pipe",
    "dpx_pipe",
    "exr_pipe",
    "gif_pipe",
    "j2k_pipe",
    "jpeg_pipe",
    "jpegxl_pipe",
    "pam_pipe",
    "pbm_pipe",
    "pgm_pipe",
    "png_pipe",
    "ppm_pipe",
    "psd_pipe",
    "qoi_pipe",
    "tiff_pipe",
    "webp_pipe",
)
_MOVING: Final = (
    "mov",
    "mp4",
    "m4a",
    "3gp",
    "3g2",
    "mj2",
    "matroska",
    "webm",
    "avi",
    "mpegts",
    "mpeg",
    "mpegvideo",
    "flv",
    "asf",
    "ogg",
    "wav",
    "w64",
    "aiff",
    "au",
    "caf",
    "flac",
    "mp3",
    "aac",
    "ac3",
    "eac3",
    "amr",
    "amrnb",
    "amrwb",
    "ape",
    "wv",
    "tta",
    "dts",
    "mxf",
    "nut",
    "ivf",
    "h264",
    "hevc",
    "m4v",
    "obu",
    "av1",
    "vvc",
    "dv",
    "gif",
    "apng",
    "webp_anim",
    "yuv4mpegpipe",
)
FORMATS: Final = (*_MOVING, *_PICTURES)
"""Demuxers that may open a source. No playlists, no scripts, no text, no SVG: they read further files."""

_HEAD = 4096
_TAIL = 65536  # some programs append data of their own to a picture
_PLAYLIST = "a playlist, which only names other files"
_TEXT_STARTS: Final = (
    (b"#extm3u", "media.unsupported", _PLAYLIST),
    (b"ffconcat", "media.unsupported", _PLAYLIST),
    (b"[playlist]", "media.unsupported", _PLAYLIST),
    (b"<smil", "media.unsupported", _PLAYLIST),
    (b"v=0", "media.unsupported", _PLAYLIST),
)
_BINARY_STARTS: Final = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "a database"),
)
_NETPBM: Final = {
    b"P1": "pbm_pipe",
    b"P2": "pgm_pipe",
    b"P3": "ppm_pipe",
    b"P4": "pbm_pipe",
    b"P5": "pgm_pipe",
    b"P6": "ppm_pipe",
    b"P7": "pam_pipe",
}
_SIMPLE: Final = (
    (b"\xff\xd8\xff", "jpeg_pipe"),
    (b"II*\x00", "tiff_pipe"),
    (b"MM\x00*", "tiff_pipe"),
    (b"qoif", "qoi_pipe"),
    (b"\x76\x2f\x31\x01", "exr_pipe"),
    (b"SDPX", "dpx_pipe"),
    (b"XPDS", "dpx_pipe"),
    (b"8BPS", "psd_pipe"),
    (b"\xff\x0a", "jpegxl_pipe"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "jpegxl_pipe"),
    (b"\xff\x4f\xff\x51", "j2k_pipe"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "j2k_pipe"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sniffed:
    """What the head of a file says; all none: ask the demuxers."""

    demuxer: str | None = None
    """The demuxer that must be asked for by name."""
    image: bool = False
    """It is one still picture."""
    size: tuple[int, int] | None = None
    """Width and height in pixels, where the head says so."""
    refused: tuple[str, str] | None = None
    """Error code, and what the file is instead of media."""


def sniff(descriptor: int) -> Sniffed:
    """Look at the head of an open file."""
    head = os.pread(descriptor, _HEAD, 0)
    return _picture(descriptor, head) or _refused(head) or Sniffed()


def cut_off(descriptor: int) -> str | None:
    """Why the file is known to lack its end, by the sizes that it states itself; none: nothing is known."""
    head = os.pread(descriptor, 64, 0)
    size = os.fstat(descriptor).st_size
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp"):
        return _cut_off_boxes(descriptor, size)
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] in (b"WAVE", b"AVI ", b"WEBP"):
        stated = int(struct.unpack_from("<I", head, 4)[0])
        if stated not in (0, 0xFFFFFFFF) and stated + 8 > size + 1:
            return f"it should have {stated + 8} bytes and has {size}"
    if head[:4] == b"\x1aE\xdf\xa3":
        return _cut_off_segment(descriptor, size)
    if head[:8] == b"\x89PNG\r\n\x1a\n" and b"IEND" not in os.pread(descriptor, _TAIL, max(0, size - _TAIL)):
        return "the picture has no end"
    if head[:3] == b"\xff\xd8\xff" and b"\xff\xd9" not in os.pread(descriptor, _TAIL, max(0, size - _TAIL)):
        return "the picture has no end"
    return None


def _picture(descriptor: int, head: bytes) -> Sniffed | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        size = struct.unpack_from(">II", head, 16)
        animated = any(name == b"acTL" for name in _png_chunks(descriptor))
        return Sniffed(
            demuxer="apng" if animated else "png_pipe", image=not animated, size=(size[0], size[1])
        )
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        size = struct.unpack_from("<HH", head, 6)
        return Sniffed(demuxer="gif", size=(size[0], size[1]))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        if head[12:16] == b"VP8X" and len(head) > 20 and head[20] & 0x02:
            return Sniffed(demuxer="webp_anim")
        return Sniffed(demuxer="webp_pipe", image=True)
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return Sniffed(demuxer="bmp_pipe", image=True)
    if head[:2] in _NETPBM and head[2:3].isspace():
        return Sniffed(demuxer=_NETPBM[head[:2]], image=True)
    for start, demuxer in _SIMPLE:
        if head.startswith(start):
            return Sniffed(demuxer=demuxer, image=True)
    return None


def _png_chunks(descriptor: int) -> Iterator[bytes]:
    """The chunks of a PNG up to the picture data."""
    position = 8
    for _ in range(1000):
        chunk = os.pread(descriptor, 8, position)
        if len(chunk) < 8 or chunk[4:] == b"IDAT":
            return
        yield chunk[4:]
        position += 12 + int(struct.unpack(">I", chunk[:4])[0])


def _refused(head: bytes) -> Sniffed | None:
    for start, what in _BINARY_STARTS:
        if head.startswith(start):
            return Sniffed(refused=("media.not_media", what))
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, code, what in _TEXT_STARTS:
        if bare.startswith(start):
            return Sniffed(refused=(code, what))
    if bare.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html", b"<mpd", b"<")):
        if b"<svg" in bare:
            return Sniffed(refused=("media.unsupported", "an SVG drawing; export it as PNG"))
        if b"<mpd" in bare or b"smoothstreamingmedia" in bare:
            return Sniffed(refused=("media.unsupported", _PLAYLIST))
    if _is_text(head):
        return Sniffed(refused=("media.not_media", "a text file"))
    return None


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", errors="replace")
        return all(character.isprintable() or character.isspace() for character in text[:256])
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head) or head.startswith(b"YUV4MPEG2"):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be cut by the end of what was read.
        return error.start >= len(head) - 3 and len(head) == _HEAD
    return True


def _cut_off_boxes(descriptor: int, size: int) -> str | None:
    position, names = 0, set()
    for _ in range(1_000_000):
        if position >= size:
            break
        header = os.pread(descriptor, 16, position)
        length, name = int(struct.unpack_from(">I", header.ljust(4))[0]), header[4:8]
        if len(name) < 4 or not name.isascii():
            # Some programs append data of their own, which is no box.
            break
        names.add(name)
        if length == 1 and len(header) == 16:
            length = int(struct.unpack_from(">Q", header, 8)[0])
        if length == 0:
            break
        if length < 8:
            return None
        if position + length > size:
            return f"it should have at least {position + length} bytes and has {size}"
        position += length
    return None if names & {b"moov", b"moof", b"meta"} else "its index is missing"


def _cut_off_segment(descriptor: int, size: int) -> str | None:
    position = 0
    for _ in range(8):
        header = os.pread(descriptor, 12, position)
        identifier = _variable_length(header, keep_marker=True)
        if identifier is None:
            return None
        length = _variable_length(header[identifier[1] :], keep_marker=False)
        if length is None:
            return None
        value, width = length
        body = position + identifier[1] + width
        if identifier[0] == 0x18538067:
            unknown = value == (1 << (7 * width)) - 1
            if not unknown and body + value > size:
                return f"it should have at least {body + value} bytes and has {size}"
            return None
        position = body + value
    return None


def _variable_length(data: bytes, *, keep_marker: bool) -> tuple[int, int] | None:
    """An EBML number and how many bytes it takes."""
    if not data or data[0] == 0:
        return None
    width = 9 - data[0].bit_length()
    if len(data) < width:
        return None
    value = int.from_bytes(data[:width], "big")
    return (value if keep_marker else value & ((1 << (7 * width)) - 1)), width
