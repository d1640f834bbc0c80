"""The frames of a source found by their times, in the process that reads it.

Times are seconds of the file's own clock.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import av
from av.container import InputContainer
from av.stream import Discard
from PIL import Image

from stoat_ferret.media import thumbnail
from stoat_ferret.media.facts import MediaFacts

__all__ = ["Flipbook", "Pictures", "Reel", "alone"]

_TIE = 1.4e-6
"""Seconds that a frame counts earlier, as the core has it: rounding never decides between neighbours."""
_EARLIER = (0.0, 2.0, 20.0, math.inf)
"""Seconds by which a seek starts early, one try after the other: an index may mislead, or be a guess."""


class Pictures(Protocol):
    """Pictures by their times."""

    def picture(
        self, goal: float, *, width: int | None, high: int | None = None, most: int | None = None
    ) -> Image.Image | None:
        """The picture that a clip shows which begins at `goal`, at most so wide and high; none can be read.

        With `most`, the nearest that is reached by decoding so many frames.
        """


class Reel:
    """The frames of moving pictures, or a still one.

    As in a clip, the frame nearest to a time is shown: the first one before all, the last one after all.
    """

    def __init__(self, container: InputContainer, facts: MediaFacts) -> None:
        """`container` was just opened."""
        assert facts.video is not None
        stream = alone(container, facts.video.index)
        assert isinstance(stream, av.VideoStream)
        self._container = container
        self._stream = stream
        self._facts = facts.video
        self._still = facts.kind == "image"
        self._decoder = _decoder(stream, facts.video.decoder)
        self._base = float(stream.time_base or Fraction(1, av.time_base))
        self._untouched = True
        self._beginning = True
        """The frame that comes next is the first one."""
        self._frames = self._decoded()
        self._goal = -math.inf
        self._shown: av.VideoFrame | None = None
        self._ahead: av.VideoFrame | None = None

    def picture(
        self, goal: float, *, width: int | None, high: int | None = None, most: int | None = None
    ) -> Image.Image | None:
        """As a player shows it: turned, with square pixels, never enlarged."""
        frame = self.frame(goal, most=most)
        if frame is None:
            return None
        sar = self._facts.sar[0] / self._facts.sar[1]
        return thumbnail.picture(frame, width=width, high=high, sar=sar, rotation=self._facts.rotation)

    def frame(self, goal: float, *, most: int | None = None) -> av.VideoFrame | None:
        """The frame itself; none, where none can be decoded."""
        if self._still:
            self._shown = self._shown or next(self._frames, None)
            return self._shown
        if not self._leads_to(goal):
            self._shown = None
        self._goal = goal
        for earlier in _EARLIER:
            if self._shown is None:
                self._seek(goal - earlier)
            if self._walk(goal, most):
                break
        return self._shown

    def _leads_to(self, goal: float) -> bool:
        """To go on is shorter than to seek: no key frame lies between."""
        if self._shown is None or goal < self._goal:
            return False
        entries = self._stream.index_entries
        key = entries.search_timestamp(int(goal / self._base))
        return key >= 0 and entries[key].timestamp * self._base <= self._time(self._shown)

    def _seek(self, moment: float) -> None:
        self._ahead = None
        self._beginning = moment <= self._facts.start
        if self._beginning and self._untouched:
            return
        try:
            if self._beginning:
                self._container.seek(0)
            else:
                self._container.seek(int(moment / self._base), stream=self._stream)
        except av.error.FFmpegError:
            if not self._untouched:
                raise
            # There is no way to seek in it: the way there is from the beginning.
            self._beginning = True
        self._decoder.flush_buffers()
        self._frames = self._decoded()

    def _walk(self, goal: float, most: int | None) -> bool:
        """Go on to the frame that is nearest; no: what is shown there lies before."""
        for _ in itertools.count() if most is None else range(most):
            frame = self._ahead or next(self._frames, None)
            self._ahead = None
            if frame is None:
                break
            if self._counts_from(frame) > goal + _TIE:
                self._ahead = frame
                break
            self._shown, self._beginning = frame, False
        return self._shown is not None

    def _counts_from(self, frame: av.VideoFrame) -> float:
        """When a frame begins to be the nearest; where the one before is not known, when it is shown."""
        if self._beginning:
            return -math.inf
        time = self._time(frame)
        return time if self._shown is None else (self._time(self._shown) + time) / 2

    def _time(self, frame: av.VideoFrame) -> float:
        return self._facts.start if frame.pts is None else frame.pts * self._base

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """The frames from here on; after a seek from the first key frame, before which nothing is whole."""
        whole = self._beginning
        for packet in self._container.demux(self._stream):
            self._untouched = False
            whole = whole or packet.is_keyframe
            if not whole and packet.size:
                continue
            try:
                frames = self._decoder.decode(packet if packet.size else None)
            except MemoryError:
                raise
            except av.error.FFmpegError:
                # What is damaged is passed over, as in a render.
                continue
            yield from frames


class Flipbook:
    """The pictures of an animated WebP, which the library of the other formats does not decode."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._count = int(getattr(image, "n_frames", 1))

    def picture(
        self, goal: float, *, width: int | None, high: int | None = None, most: int | None = None
    ) -> Image.Image | None:
        """From the first one on, because each is drawn over those before."""
        shown: Image.Image | None = None
        before = -math.inf
        for number in range(self._count):
            self._image.seek(number)
            self._image.load()
            time = float(self._image.info["timestamp"]) / 1000
            if (before + time) / 2 > goal + _TIE:
                break
            shown, before = self._image.copy(), time
        if shown is not None:
            shown.thumbnail((width or shown.width, high or shown.height))
        return shown


def alone(container: InputContainer, index: int) -> av.stream.Stream:
    """The stream with this index; what else is in the file is not even read, where the format allows it."""
    for stream in container.streams:
        if stream.index != index:
            stream.discard = Discard.all
    found: av.stream.Stream = container.streams[index]
    return found


def _decoder(stream: av.VideoStream, name: str | None) -> av.VideoCodecContext:
    decoder: av.CodecContext = stream.codec_context
    if name is not None:
        decoder = av.CodecContext.create(name, "r")
        decoder.extradata = stream.codec_context.extradata
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_type = "AUTO"
    # Of the processor's time, the reader's own limit allows twice the time that passes.
    decoder.thread_count = 2
    return decoder
