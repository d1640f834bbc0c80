"""Looking into the library's files: single frames, strips of pictures, the shapes of sounds."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import Connection

from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused, RequestError
from stoat_ferret.library import finding
from stoat_ferret.media.facts import MediaFacts, VideoFacts
from stoat_ferret.media.files import open_source, stamp
from stoat_ferret.media.reader import OpenSource, Reader
from stoat_ferret.model.times import parse_frames
from stoat_ferret.storage.database import Database

__all__ = ["MOST_PICTURES", "Viewed", "Viewing"]

MOST_PICTURES = 100
"""Pictures of the longest strip."""

_READERS = 2
_IDLE_SECONDS = 60.0
"""After which a process that nobody needs ends."""
_KEPT = 64
"""Views that are kept for who asks again."""
_KEPT_BYTES = 1024 * 1024
"""Of the largest view that is kept; what is larger is rarely asked for twice."""
_PEAK_BYTES = 128
"""Of one part of a waveform in memory, about."""
_INK = (79, 157, 255)

_View = bytes | list[tuple[float, float]]
"""A picture's file, or the lowest and highest sample of each part of a sound."""


@dataclass(frozen=True, kw_only=True)
class Viewed:
    """A video's file as it was when it was scanned."""

    video_id: str
    path: Path
    facts: MediaFacts
    stamp: str


class Viewing:
    """Looks with a few processes that stay for a while, because to start one takes longer than to look."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Look into the files of a database that is open."""
        self._database = database
        self._settings = settings
        self._places = asyncio.Semaphore(_READERS)
        self._idle: list[Reader] = []
        self._timer: asyncio.TimerHandle | None = None
        self._kept: OrderedDict[str, _View] = OrderedDict()

    async def find(self, video_id: str) -> Viewed:
        """What is known of a video; raises `NotFound`, or `MediaRefused` where its file is not as it was."""

        def work(connection: Connection) -> Viewed:
            video = finding.get(connection, video_id)
            known = finding.facts(connection, [video_id]).get(video_id)
            if known is None:
                problem = video["problem"]
                raise MediaRefused.because(problem["code"], problem["message"], hint=problem["hint"])
            return Viewed(video_id=video_id, path=Path(video["path"]), facts=known[0], stamp=known[1])

        found = await self._database.read(work)
        # What is remembered of a file that is gone is no view of it.
        await apart(lambda: os.close(self._open(found)))
        return found

    async def frame(self, of: Viewed, t: str, *, width: int | None = None, as_jpeg: bool = False) -> bytes:
        """The frame that a clip shows whose `in_point` is `t`: a PNG or JPEG; raises `RequestError`."""
        video = _shown(of)
        at = _moment(of, video, t, "/t")
        if at >= _end(of, video) and of.facts.kind != "image":
            raise _outside(of, video, t, "/t")
        return await self._picture(of, {"view": "frame", "at": at, "width": width, "as_jpeg": as_jpeg})

    async def strip(
        self, of: Viewed, *, count: int, width: int, start: str | None = None, end: str | None = None
    ) -> bytes:
        """Pictures at the middles of equal parts, side by side: a JPEG; raises `RequestError`."""
        video = _shown(of)
        last = _end(of, video)
        since = 0.0 if start is None else _moment(of, video, start, "/start")
        until = last if end is None else _moment(of, video, end, "/end")
        if of.facts.kind != "image":
            if start is not None and since >= last:
                raise _outside(of, video, start, "/start")
            if end is not None and until > last:
                raise _outside(of, video, end, "/end")
            if since >= until:
                raise RequestError.because(
                    "range.empty",
                    "There is nothing between these times.",
                    hint="Let it end later.",
                    path="/end",
                )
        wanted = {"view": "strip", "count": count, "width": width, "start": since, "end": until}
        return await self._picture(of, wanted)

    async def waveform(self, of: Viewed, *, points: int) -> dict[str, Any]:
        """The lowest and highest sample of each of so many equal parts; raises `RequestError`."""
        audio = of.facts.audio
        if audio is None:
            raise RequestError.because(
                "source.no_sound",
                "This file has no sound.",
                hint="Ask for a frame or a strip of it.",
                path="/video_id",
            )
        return {
            "video_id": of.video_id,
            "duration": of.facts.duration,
            "sample_rate": audio.sample_rate,
            "channels": audio.channels,
            "points": points,
            "seconds_per_point": of.facts.duration / points,
            "peaks": await self._seen(of, {"view": "waveform", "points": points}),
        }

    async def drawn_waveform(self, of: Viewed, *, points: int, height: int) -> bytes:
        """The same as a PNG, one column for each part, on nothing."""
        peaks = (await self.waveform(of, points=points))["peaks"]
        return await apart(lambda: _drawn(peaks, height))

    def close(self) -> None:
        """End the processes that wait; blocks for a moment."""
        if self._timer is not None:
            self._timer.cancel()
        while self._idle:
            self._idle.pop().close()

    async def _picture(self, of: Viewed, wanted: dict[str, Any]) -> bytes:
        found = await self._seen(of, wanted)
        assert isinstance(found, bytes)
        return found

    async def _seen(self, of: Viewed, wanted: dict[str, Any]) -> _View:
        key = json.dumps([of.path.as_posix(), of.stamp, wanted])
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        async with self._places:
            try:
                found = await apart(lambda: self._look(of, wanted))
            finally:
                self._wait()
        if len(found) * (1 if isinstance(found, bytes) else _PEAK_BYTES) <= _KEPT_BYTES:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _look(self, of: Viewed, wanted: dict[str, Any]) -> _View:
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = Reader(self._settings)
        try:
            return self._read(reader, of, wanted)
        finally:
            # Here, and not where it is waited for: who no longer waits leaves a reader that still works.
            self._idle.append(reader)

    def _read(self, reader: Reader, of: Viewed, wanted: dict[str, Any]) -> _View:
        descriptor = self._open(of)
        try:
            source = OpenSource(path=of.path, descriptor=descriptor, identity=of.facts.identity)
            answer = reader.view(source, of.facts, wanted, seconds=self._seconds(of, wanted))
        finally:
            os.close(descriptor)
        if "peaks" in answer:
            return [(low, high) for low, high in answer["peaks"]]
        return base64.b64decode(answer["picture"])

    def _open(self, of: Viewed) -> int:
        """The descriptor of the file, which the caller closes; raises `MediaRefused`."""
        descriptor = open_source(of.path, self._settings.media_roots)
        if stamp(os.fstat(descriptor)) == of.stamp:
            return descriptor
        os.close(descriptor)
        raise MediaRefused.because(
            "media.changed",
            f"{of.path} changed since it was scanned.",
            hint="Scan its folder again: POST /api/v1/videos/scan.",
        )

    def _seconds(self, of: Viewed, wanted: dict[str, Any]) -> float:
        """How long it may take: sound is read whole, a hundred times as fast as it is heard or faster."""
        seconds: float = self._settings.probe_seconds
        if wanted["view"] == "waveform":
            return seconds + of.facts.duration / 20
        return seconds + float(wanted.get("count", 0))

    def _wait(self) -> None:
        """Let the processes end that nobody needs for a while."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self.close)


def _shown(of: Viewed) -> VideoFacts:
    if of.facts.video is None:
        raise RequestError.because(
            "source.no_picture",
            "This file shows nothing.",
            hint="Ask for its waveform.",
            path="/video_id",
        )
    return of.facts.video


def _end(of: Viewed, video: VideoFacts) -> float:
    """The end of the last frame, as a clip counts times."""
    return video.start + video.duration - of.facts.origin


def _moment(of: Viewed, video: VideoFacts, text: str, path: str) -> float:
    """A time in seconds; a still picture has no frames to count, and takes those of a project that has 30."""
    rate = Fraction(30) if of.facts.kind == "image" else Fraction(*video.rate)
    return float(parse_frames(text, rate, path=path) / rate)


def _outside(of: Viewed, video: VideoFacts, text: str, path: str) -> RequestError:
    return RequestError.because(
        "time.outside",
        f"{text} is after the last frame.",
        hint=f"The last frame ends at {_end(of, video):.3f} s.",
        path=path,
    )


def _drawn(peaks: list[tuple[float, float]], height: int) -> bytes:
    image = Image.new("P", (len(peaks), height))
    image.putpalette([*_INK, *_INK])
    draw = ImageDraw.Draw(image)
    half = (height - 1) / 2
    for column, (low, high) in enumerate(peaks):
        draw.line((column, round(half - high * half), column, round(half - low * half)), fill=1)
    written = io.BytesIO()
    image.save(written, "PNG", transparency=0)
    return written.getvalue()
