"""What the playlists of a package say: of HLS and of DASH, which segments there are and how long each is."""

from __future__ import annotations

import bisect
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from xml.etree import ElementTree as ET

__all__ = ["Joined", "Segments", "dash", "hls"]

_NUMBER = re.compile(r"\$Number%0(\d)d\$")


@dataclass(frozen=True, kw_only=True)
class Segments:
    """The segments of a stream, in order."""

    head: str
    """The file that each of them needs before it."""
    files: tuple[str, ...]
    seconds: tuple[Fraction, ...]
    """How long each is."""


def hls(playlist: Path) -> Segments:
    """What a playlist of segments names; raises `ValueError` when it names none, or has no end."""
    lines = playlist.read_text(encoding="utf-8").splitlines()
    heads = [re.search(r'URI="([^"]+)"', line) for line in lines if line.startswith("#EXT-X-MAP:")]
    told = (line.removeprefix("#EXTINF:") for line in lines if line.startswith("#EXTINF:"))
    lasting = [line.partition(",")[0] for line in told]
    files = tuple(line for line in lines if line and not line.startswith("#"))
    if len(heads) != 1 or heads[0] is None or "#EXT-X-ENDLIST" not in lines or len(lasting) != len(files):
        raise ValueError(f"{playlist.name} is no playlist of a film that is complete")
    return Segments(head=heads[0][1], files=files, seconds=tuple(map(Fraction, lasting)))


def dash(manifest: Path) -> dict[str, Segments]:
    """What a manifest names, by the ids of its streams; raises `ValueError` when it does not say."""
    # It was written by our own ffmpeg a moment ago: no stranger's entities are in it.
    tree = ET.fromstring(manifest.read_bytes())  # noqa: S314
    found: dict[str, Segments] = {}
    for stream in tree.iterfind(".//{*}Representation"):
        name = stream.attrib["id"]
        template = stream.find("{*}SegmentTemplate")
        if template is None:
            raise ValueError(f"{manifest.name} has no segments for stream {name}")
        numbered = _NUMBER.sub(r"{:0\1}", template.attrib["media"].replace("$RepresentationID$", name))
        timescale, first = int(template.attrib["timescale"]), int(template.attrib["startNumber"])
        lasting = [
            Fraction(int(run.attrib["d"]), timescale)
            for run in template.iterfind("{*}SegmentTimeline/{*}S")
            for _ in range(1 + int(run.attrib.get("r", 0)))
        ]
        found[name] = Segments(
            head=template.attrib["initialization"].replace("$RepresentationID$", name),
            files=tuple(numbered.format(first + number) for number in range(len(lasting))),
            seconds=tuple(lasting),
        )
    return found


class Joined(io.RawIOBase):
    """Files one behind the other, as one to read: a head with its segments is a film."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        self._starts = [0, *accumulate(file.stat().st_size for file in files)]
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next byte is read from."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any file."""
        self._at = offset + (0, self._at, self._starts[-1])[whence]
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Read what fits, up to the end of one of the files."""
        if self._at >= self._starts[-1]:
            return 0
        number = bisect.bisect_right(self._starts, self._at) - 1
        with self._files[number].open("rb") as file:
            file.seek(self._at - self._starts[number])
            count = file.readinto(buffer)
        self._at += count
        return count
