"""Looks into a source, made in the process that reads it: a frame, a strip of pictures, the shape of a sound.

Times are seconds from the file's start, as a clip's `in_point` counts them.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from PIL import Image

from stoat_ferret.errors import MediaRefused
from stoat_ferret.media import thumbnail
from stoat_ferret.media.facts import AudioFacts, MediaFacts, VideoFacts
from stoat_ferret.media.reel import Pictures, alone

__all__ = ["heard", "shown"]

_DEPTH = 250
"""Frames of 720p or less that are decoded at most for each picture of a strip; of larger ones, fewer."""
_PIXELS = _DEPTH * 1280 * 720
_LEAST_DEPTH = 30
_GAP = 0.1
"""Seconds from which on sound has a gap, as in a render; by less, some codings miss their own times."""


def shown(pictures: Pictures, facts: MediaFacts, wanted: dict[str, Any]) -> dict[str, Any]:
    """The frame at `wanted["at"]`, or the strip of `wanted["count"]` pictures, as base64 of its file."""
    if wanted["view"] == "strip":
        return {"picture": _written(_strip(pictures, facts, wanted), "JPEG")}
    found = pictures.picture(facts.origin + wanted["at"], width=wanted["width"])
    return {"picture": _written(_readable(found), "JPEG" if wanted["as_jpeg"] else "PNG")}


def heard(container: InputContainer, facts: MediaFacts, wanted: dict[str, Any]) -> dict[str, Any]:
    """The lowest and the highest sample of each part, over all channels, -1 to 1; 0 where there is none."""
    assert facts.audio is not None
    points, whole = wanted["points"], max(1, round(facts.duration * facts.audio.sample_rate))
    found: list[tuple[float, float] | None] = [None] * points
    for start, channels in _sound(container, facts, facts.audio):
        first, end = max(0, start), min(whole, start + channels[0].width)
        # Where there are fewer samples than parts, several parts share one.
        for part in range(first * points // whole, -(-end * points // whole)):
            since = part * whole // points
            until = max(since + 1, (part + 1) * whole // points)
            low, high = max(first, since) - start, min(end, until) - start
            if low < high:
                found[part] = _both(found[part], [_extremes(channel, low, high) for channel in channels])
    return {"peaks": [(0.0, 0.0) if pair is None else tuple(map(_rounded, pair)) for pair in found]}


def _strip(pictures: Pictures, facts: MediaFacts, wanted: dict[str, Any]) -> Image.Image:
    """Pictures at the middles of equal parts, side by side; what cannot be read shows the one before."""
    assert facts.video is not None
    count, start, end, width = wanted["count"], wanted["start"], wanted["end"], wanted["width"]
    drawn: list[Image.Image] = []
    for number in range(count):
        goal = facts.origin + start + (end - start) * (number + 0.5) / count
        found = pictures.picture(goal, width=width, high=2 * width, most=_depth(facts.video))
        if found is not None:
            drawn += [thumbnail.opaque(found)] * (number + 1 - len(drawn))
    first = _readable(drawn[0] if drawn else None)
    drawn += drawn[-1:] * (count - len(drawn))
    strip = Image.new("RGB", (first.width * count, first.height))
    for number, one in enumerate(drawn):
        strip.paste(one, (first.width * number, 0))
    return strip


def _depth(video: VideoFacts) -> int:
    return max(_LEAST_DEPTH, min(_DEPTH, _PIXELS // (video.width * video.height)))


def _readable(found: Image.Image | None) -> Image.Image:
    if found is None:
        raise MediaRefused.because(
            "media.unreadable",
            "No picture of it could be read there.",
            hint="It may be damaged: copy it again.",
        )
    return found


def _sound(
    container: InputContainer, facts: MediaFacts, audio: AudioFacts
) -> Iterator[tuple[int, list[Image.Image]]]:
    """Where each piece of sound begins, in samples, and its channels, each a row of numbers.

    A picture of floating-point pixels knows its extremes as fast as any library of numbers does.
    """
    stream = alone(container, audio.index)
    assert isinstance(stream, av.AudioStream)
    base = float(stream.time_base or Fraction(1, av.time_base))
    at: int | None = None
    resampler, form = av.AudioResampler(format="fltp", rate=audio.sample_rate), None
    for frame in _decoded(container, stream):
        told = at or 0 if frame.pts is None else round((frame.pts * base - facts.origin) * audio.sample_rate)
        if at is None or abs(told - at) > _GAP * audio.sample_rate:
            at = told
        if form not in (None, (frame.format.name, frame.layout.name, frame.sample_rate)):
            resampler = av.AudioResampler(format="fltp", rate=audio.sample_rate)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        for piece in resampler.resample(frame):
            yield at, [_row(plane, piece.samples) for plane in piece.planes]
            at += piece.samples


def _decoded(container: InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except MemoryError:
            raise
        except av.error.FFmpegError:
            # What is damaged is silent, as in a render.
            continue
        for frame in frames:
            assert isinstance(frame, av.AudioFrame)
            yield frame


def _row(plane: Any, samples: int) -> Image.Image:
    return Image.frombytes("F", (samples, 1), bytes(plane)[: 4 * samples], "raw", "F;32NF")


def _extremes(row: Image.Image, start: int, end: int) -> tuple[float, float]:
    least, most = row.crop((start, 0, end, 1)).getextrema()
    assert isinstance(least, float)
    assert isinstance(most, float)
    return least, most


def _both(known: tuple[float, float] | None, found: list[tuple[float, float]]) -> tuple[float, float]:
    pairs = found if known is None else [known, *found]
    return min(low for low, _ in pairs), max(high for _, high in pairs)


def _rounded(value: float) -> float:
    return round(min(1.0, max(-1.0, value)), 4)


def _written(picture: Image.Image, form: str) -> str:
    written = io.BytesIO()
    if form == "PNG":
        picture.save(written, "PNG", compress_level=1)
    else:
        thumbnail.opaque(picture).save(written, "JPEG", quality=88)
    return base64.b64encode(written.getvalue()).decode()
