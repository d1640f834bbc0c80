"""What is known about one source file: the values that `probe` makes and the compiler reads.

Times are seconds in the file's own clock, as ffmpeg shows it before it subtracts the container's start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["AudioFacts", "Color", "Kind", "MediaFacts", "VideoFacts"]

Kind = Literal["video", "audio", "image"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Color:
    """How the numbers of a picture mean colours; ffmpeg's names, none where the file does not say."""

    range: str | None = None
    """`tv` (16 to 235) or `pc` (0 to 255)."""
    space: str | None = None
    """Matrix between RGB and YUV."""
    primaries: str | None = None
    """What red, green and blue are."""
    transfer: str | None = None
    """How numbers mean light; `smpte2084` (PQ) and `arib-std-b67` (HLG) are HDR."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoFacts:
    """The picture stream that is used."""

    index: int
    """Absolute stream index in the file."""
    codec: str
    """ffmpeg's name of the coding, such as `h264`."""
    decoder: str | None = None
    """The decoder that must be asked for by name, because the default one drops transparency."""
    width: int
    """Pixels as coded, before rotation and sample aspect ratio."""
    height: int
    """Pixels as coded, before rotation and sample aspect ratio."""
    sar: tuple[int, int]
    """Sample aspect ratio, width to height of one pixel."""
    rotation: Literal[0, 90, 180, 270]
    """Clockwise turn that a player applies, degrees."""
    rate: tuple[int, int]
    """Frames per second, numerator and denominator; the mean where it varies."""
    variable_rate: bool
    """The frames are not evenly spaced."""
    frames: int
    """Frames that are shown, counted."""
    start: float
    """Presentation time of the first shown frame."""
    duration: float
    """From the start of the first shown frame to the end of the last one; 0 for a still image."""
    pixel_format: str
    """ffmpeg's name of the pixel format."""
    bit_depth: int
    """Bits per component."""
    alpha: bool
    """Has transparency."""
    color: Color = field(default_factory=Color)
    """How its numbers mean colours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioFacts:
    """The sound stream that is used."""

    index: int
    """Absolute stream index in the file."""
    codec: str
    """ffmpeg's name of the coding, such as `aac`."""
    sample_rate: int
    """Samples per second."""
    channels: int
    """Number of channels."""
    layout: str
    """ffmpeg's name of the channel layout; the usual one for the number where the file does not say."""
    start: float
    """Presentation time of the first sample that is heard."""
    duration: float
    """From the first sample that is heard to the end of the last one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaFacts:
    """One usable source file."""

    path: str
    """Absolute path."""
    identity: str
    """Names the content: `<size>-<mtime in ns>-<hash of head, middle and tail>`."""
    kind: Kind
    """A still image, moving pictures (with sound or without), or sound only."""
    format: str
    """ffmpeg's name of the container."""
    demuxer: str | None = None
    """The demuxer that must be asked for by name, chosen by magic bytes."""
    start: float
    """The container's start, which ffmpeg subtracts from all times."""
    duration: float
    """From the container's start to the end of what can be decoded; 0 for a still image."""
    video: VideoFacts | None = None
    """The picture stream, never a cover picture."""
    audio: AudioFacts | None = None
    """The sound stream."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The container's tags, names in lower case."""

    @property
    def origin(self) -> float:
        """Where a clip's time 0 lies; a start below 0 is the priming of a codec, not time."""
        return max(0.0, self.start)

    @property
    def shown_size(self) -> tuple[int, int] | None:
        """Width and height in square pixels as a player shows the picture, turned; none: sound only."""
        if self.video is None:
            return None
        wide = max(1, round(self.video.width * self.video.sar[0] / self.video.sar[1]))
        turned = self.video.rotation in (90, 270)
        return (self.video.height, wide) if turned else (wide, self.video.height)

    def to_json(self) -> dict[str, Any]:
        """The form that the compiler takes and the cache stores."""
        shown = _fields(self)
        shown["tags"] = dict(self.tags)
        if self.audio is not None:
            shown["audio"] = _fields(self.audio)
        if self.video is not None:
            video = shown["video"] = _fields(self.video)
            video["sar"], video["rate"] = list(self.video.sar), list(self.video.rate)
            video["color"] = _fields(self.video.color)
        return shown

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> MediaFacts:
        """Read what `to_json` wrote; `TypeError` or `KeyError` where it is something else."""
        values = dict(shown)
        if values["video"] is not None:
            video = dict(values["video"])
            video["sar"], video["rate"] = tuple(video["sar"]), tuple(video["rate"])
            video["color"] = Color(**video["color"])
            values["video"] = VideoFacts(**video)
        if values["audio"] is not None:
            values["audio"] = AudioFacts(**values["audio"])
        return cls(**values)


def _fields(value: Color | VideoFacts | AudioFacts | MediaFacts) -> dict[str, Any]:
    """What `dataclasses.asdict` says of plain fields, without the copies that it makes on its way."""
    return {name: getattr(value, name) for name in value.__slots__}
