"""One small picture of a source, drawn in the process that reads it."""

from __future__ import annotations

import io
import time
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.reformatter import Colorspace
from PIL import Image

from stoat_ferret.media.facts import MediaFacts

__all__ = ["draw", "encode", "opaque", "picture"]

_AT = 0.1  # of the duration: past titles that fade in
_FRAMES = 60  # decoded at most on the way from a key frame to that place
_SECONDS = 2.0
_ATTACHED = 0x0400
_UNSPECIFIED = 2  # a colour space that is not said
_BACKGROUND = (0, 0, 0)
_QUALITY = 80
_TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def draw(container: InputContainer, facts: MediaFacts, *, width: int) -> bytes | None:
    """A JPEG at most `width` pixels wide, as a player shows the source: turned, with square pixels.

    A frame about a tenth into moving pictures, a still picture itself, or the cover of sound;
    none where there is nothing to see.
    """
    if facts.video is None:
        cover = next((s for s in container.streams.video if s.disposition.value & _ATTACHED), None)
        if cover is None:
            return None
        # Covers are handed out first after every seek, but have no places of their own to seek to.
        container.seek(0)
        frame = _frame(container, cover, 0.0)
        return None if frame is None else _jpeg(frame, width=width)
    stream = container.streams[facts.video.index]
    assert isinstance(stream, av.VideoStream)
    target = facts.video.start + facts.video.duration * _AT
    container.seek(int(target / (stream.time_base or Fraction(1, av.time_base))), stream=stream)
    frame = _frame(container, stream, target)
    if frame is None:
        return None
    sar = facts.video.sar[0] / facts.video.sar[1]
    return _jpeg(frame, width=width, sar=sar, rotation=facts.video.rotation)


def encode(image: Image.Image, *, width: int) -> bytes:
    """The picture as a JPEG, made smaller where it is wider than `width` or much higher."""
    image = opaque(image)
    image.thumbnail((width, 2 * width))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def opaque(image: Image.Image) -> Image.Image:
    """The picture without transparency: on black."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        whole = image.convert("RGBA")
        image = Image.new("RGB", whole.size, _BACKGROUND)
        image.paste(whole, mask=whole.getchannel("A"))
    return image.convert("RGB")


def _frame(container: InputContainer, stream: av.VideoStream, target: float) -> av.VideoFrame | None:
    """From here on the frame that is shown at `target`, or the nearest before it that is cheap to reach."""
    deadline = time.monotonic() + _SECONDS
    base = float(stream.time_base or 1 / av.time_base)
    found: av.VideoFrame | None = None
    number = 0
    for packet in container.demux(stream):
        for frame in packet.decode():
            assert isinstance(frame, av.VideoFrame)
            found = frame
            number += 1
            if frame.pts is None or frame.pts * base >= target:
                return frame
        if found is not None and (number >= _FRAMES or time.monotonic() > deadline):
            return found
    return found


def _jpeg(frame: av.VideoFrame, *, width: int, sar: float = 1.0, rotation: int = 0) -> bytes:
    return encode(picture(frame, width=width, sar=sar, rotation=rotation, high=2 * width), width=width)


def picture(
    frame: av.VideoFrame, *, width: int | None, sar: float = 1.0, rotation: int = 0, high: int | None = None
) -> Image.Image:
    """A frame as a player shows it: turned, with square pixels, at most so wide and high, never enlarged."""
    shown = (frame.width * sar, float(frame.height))
    turned = (shown[1], shown[0]) if rotation in (90, 270) else shown
    scale = min(1.0, (width or turned[0]) / turned[0], (high or turned[1]) / turned[1])
    size = (max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale)))
    alpha = any(component.is_alpha for component in frame.format.components) or frame.format.name == "pal8"
    mode = "RGBA" if alpha else "RGB"
    # For one small picture, threads cost more time than they take off.
    small = frame.reformat(
        *size,
        format="rgba" if alpha else "rgb24",
        src_colorspace=_colorspace(frame),
        interpolation="AREA",
        threads=1,
    )
    plane = small.planes[0]
    image = Image.frombytes(mode, size, bytes(plane), "raw", mode, plane.line_size, 1)
    return image.transpose(_TURNS[rotation]) if rotation else image


def _colorspace(frame: av.VideoFrame) -> Colorspace | None:
    """What a frame's size was made for, as the core has it, where the frame does not say what it means."""
    large = max(frame.width, frame.height) > 1024 or min(frame.width, frame.height) > 576
    unsaid = frame.colorspace == _UNSPECIFIED and not frame.format.is_rgb
    return Colorspace.ITU709 if unsaid and large else None
