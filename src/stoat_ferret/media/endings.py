"""Which files a library takes for media, by their names and, where a name says too little, their heads."""

from __future__ import annotations

import os

__all__ = ["is_candidate"]

_SURE = frozenset(
    [
        "3g2",
        "3gp",
        "aac",
        "ac3",
        "aif",
        "aifc",
        "aiff",
        "alac",
        "amr",
        "ape",
        "apng",
        "asf",
        "au",
        "av1",
        "avi",
        "avif",
        "bmp",
        "caf",
        "divx",
        "dpx",
        "dts",
        "dv",
        "eac3",
        "exr",
        "f4v",
        "flac",
        "flv",
        "gif",
        "h264",
        "h265",
        "heic",
        "heif",
        "hevc",
        "ivf",
        "j2k",
        "jp2",
        "jpeg",
        "jpg",
        "jxl",
        "m1v",
        "m2ts",
        "m2v",
        "m4a",
        "m4b",
        "m4v",
        "mj2",
        "mjpeg",
        "mka",
        "mkv",
        "mov",
        "mp2",
        "mp3",
        "mp4",
        "mpe",
        "mpeg",
        "mpg",
        "mts",
        "mxf",
        "nut",
        "obu",
        "oga",
        "ogg",
        "ogv",
        "opus",
        "pbm",
        "pgm",
        "png",
        "pnm",
        "ppm",
        "psd",
        "qoi",
        "qt",
        "tga",
        "tif",
        "tiff",
        "tta",
        "vob",
        "vvc",
        "w64",
        "wav",
        "wave",
        "webm",
        "webp",
        "wma",
        "wmv",
        "wv",
        "y4m",
    ]
)
"""Such a file is media, or damaged."""

_UNSURE = frozenset(("", "ts", "bin", "dat"))
"""Such a file is media only if its head says so: programs are called `.ts`, too."""

_STARTS = (
    b"\x1aE\xdf\xa3",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"FLV\x01",
    b"caff",
    b"FORM",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x00\x00\x01\xba",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
)
_HEAD = 600
_PACKETS = (188, 192)


def may_be_media(name: str) -> bool:
    """Whether the ending is one that media files have."""
    stem, _, ending = name.rpartition(".")
    return bool(stem) and ending.lower() in _SURE | _UNSURE


def is_candidate(name: str, folder: int) -> bool:
    """Whether the file of this name in the open folder is media, or should be."""
    stem, _, ending = name.rpartition(".")
    ending = ending.lower() if stem else ""
    if ending in _SURE:
        return True
    return ending in _UNSURE and _says_so(name, folder)


def _says_so(name: str, folder: int) -> bool:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError:
        return False
    try:
        head = os.pread(descriptor, _HEAD, 0)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    if head.startswith(_STARTS) or head[4:8] == b"ftyp":
        return True
    if head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"AVI ", b"WEBP"):
        return True
    return any(
        len(head) > at + 2 * step and head[at] == head[at + step] == head[at + 2 * step] == 0x47
        for step, at in zip(_PACKETS, (0, 4), strict=True)
    )
