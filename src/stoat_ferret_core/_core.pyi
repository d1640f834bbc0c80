# --- time, timeline, layout, sanitize, hardware, progress ---

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, final, type_check_only

__all__ = [
    "ClipInput",
    "ClipWithPosition",
    "Fitted",
    "PathValidationError",
    "Progress",
    "ProgressParser",
    "TimeRangeError",
    "__version__",
    "calculate_clip_positions",
    "fit_picture",
    "frame_at",
    "layout_names",
    "layout_rects",
    "parse_rate",
    "parse_time",
    "rank_encoders",
    "rect_to_pixels",
    "samples_for",
    "sanitize_text",
    "seconds_at",
    "timecode",
    "validate_path",
    "validate_time_range",
]

__version__: str

def parse_rate(fps: float | str) -> tuple[int, int]:
    """The frame rate as a fraction (frames, seconds) in lowest terms: 29.97 is (30000, 1001).

    Args:
        fps: A number or a text: 30, 29.97, "30000/1001"; above 0 and up to 1000.

    Raises:
        ValueError: It is no frame rate.
    """

def parse_time(value: float | str, fps: float | str) -> float:
    """The seconds that a text or number names.

    Args:
        value: Seconds (12.5, "10s", "500ms"), a clock time ("1:30"), a timecode ("00:01:02:15", drop-frame
            with ";" before the frames) or frames ("315f").
        fps: The rate that counts frames.

    Raises:
        ValueError: It is no time, or further from zero than 147 days.
    """

def frame_at(seconds: float, fps: float | str) -> int:
    """The frame whose start is nearest to `seconds`; halfway between two, the later one.

    Raises:
        ValueError: `seconds` is not finite or beyond 147 days, or `fps` is no rate.
    """

def seconds_at(frame: int, fps: float | str) -> float:
    """The start of a frame in seconds.

    Raises:
        ValueError: `fps` is no rate.
    """

def samples_for(frames: int, fps: float | str, sample_rate: int) -> int:
    """The audio samples in the first `frames` frames, to the nearest: round(frames * sample_rate / fps).

    Raises:
        ValueError: `fps` is no rate.
    """

def timecode(frame: int, fps: float | str, *, drop_frame: bool = False) -> str:
    """The timecode of a frame: "00:01:02:15", or "00:01:02;15" in drop-frame counting.

    Raises:
        ValueError: `fps` is no rate, or has no drop-frame timecode.
    """

class TimeRangeError(ValueError):
    """In and out points that are no part of the source."""

@final
class ClipInput:
    """A clip to be placed after the one before it.

    Args:
        in_point: Start within the source, in seconds.
        out_point: End within the source, in seconds.
        gap: Empty time before the clip, in seconds.
        transition: Duration of the transition from the clip before, in seconds.
    """

    def __new__(
        cls, in_point: float, out_point: float, *, gap: float = 0.0, transition: float = 0.0
    ) -> ClipInput: ...
    @property
    def in_point(self) -> float:
        """Start within the source, in seconds."""
    @property
    def out_point(self) -> float:
        """End within the source, in seconds."""
    @property
    def gap(self) -> float:
        """Empty time before the clip, in seconds."""
    @property
    def transition(self) -> float:
        """Duration of the transition from the clip before, in seconds."""
    @property
    def duration(self) -> float:
        """How long the clip is, in seconds."""
    __hash__: None  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class ClipWithPosition:
    """A clip and where it lies on the timeline; made by `calculate_clip_positions`."""

    @property
    def clip(self) -> ClipInput:
        """The clip as given."""
    @property
    def timeline_start(self) -> float:
        """Where it starts, in seconds."""
    @property
    def timeline_end(self) -> float:
        """Where it ends, in seconds."""
    __hash__: None  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def calculate_clip_positions(clips: Sequence[ClipInput]) -> list[ClipWithPosition]:
    """Where clips in a row lie: total = sum(durations) - sum(transitions) + sum(gaps).

    Raises:
        TimeRangeError: A clip ends before it starts, or starts before its source.
    """

def validate_time_range(in_point: float, out_point: float, duration: float) -> None:
    """Refuse in and out points that are no part of a source that lasts `duration` seconds.

    Raises:
        TimeRangeError: What is wrong with them.
    """

def layout_names() -> list[str]:
    """The names of the layouts, in the order of the catalogue."""

def layout_rects(
    name: str, *, size: float = 0.25, margin: float = 0.05
) -> list[tuple[float, float, float, float]]:
    """The rectangles of a layout, the lowest picture first: x, y, width, height in fractions of the output.

    Args:
        name: One of `layout_names()`.
        size: Width and height of the small picture of the `pip` layouts, above 0 up to 1.
        margin: Distance of the small picture from both edges.

    Raises:
        ValueError: There is no such layout, or the small picture does not fit.
    """

def rect_to_pixels(
    rect: tuple[float, float, float, float], width: int, height: int
) -> tuple[int, int, int, int]:
    """The box of a rectangle in an output of `width` x `height` pixels: x, y, width, height, on even pixels.

    Raises:
        ValueError: The rectangle reaches beyond the output.
    """

@final
class Fitted:
    """What to do with a decoded and turned frame so that it fills its box: scale, crop, pad. Pixels."""

    @property
    def scale_width(self) -> int:
        """Scale to this width ..."""
    @property
    def scale_height(self) -> int:
        """... and this height."""
    @property
    def width(self) -> int:
        """Then keep this width ..."""
    @property
    def height(self) -> int:
        """... and this height ..."""
    @property
    def crop_x(self) -> int:
        """... from this column ..."""
    @property
    def crop_y(self) -> int:
        """... and this row on."""
    @property
    def pad_x(self) -> int:
        """Then put it this far from the left edge of the box ..."""
    @property
    def pad_y(self) -> int:
        """... and this far from its top."""
    __hash__: None  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def fit_picture(
    width: int,
    height: int,
    box_width: int,
    box_height: int,
    *,
    fit: Literal["contain", "cover", "stretch"] = "contain",
    sar: tuple[int, int] = (1, 1),
    rotation: int = 0,
) -> Fitted:
    """How a source fills a box. Its shape is kept to within a pixel, apart from `stretch`.

    Args:
        width: Coded width of the source in pixels.
        height: Coded height of the source in pixels.
        box_width: Width of the box in pixels, at least 2.
        box_height: Height of the box in pixels, at least 2.
        fit: All of the picture (`contain`), all of the box (`cover`), or the shape of the box (`stretch`).
        sar: Width of a source pixel to its height.
        rotation: The clockwise turn that a player applies: 0, 90, 180 or 270 degrees.

    Raises:
        ValueError: There is no such fit, or the source or box has no area.
    """

class PathValidationError(ValueError):
    """A path that is no regular file below an allowed root."""

def sanitize_text(text: str, *, limit: int = 10000) -> str:
    r"""The text with its line breaks as `\n`.

    Args:
        text: What is to be shown.
        limit: The longest accepted, in characters.

    Raises:
        ValueError: It is too long, or holds a control character other than a line break or tab.
    """

def validate_path(path: str | os.PathLike[str], allowed_roots: Sequence[str | os.PathLike[str]]) -> Path:
    """The resolved path of a regular file below one of the allowed roots; links are followed first.

    Args:
        path: Absolute, or relative to one of the roots.
        allowed_roots: Absolute folders.

    Raises:
        PathValidationError: It does not exist, lies elsewhere, or is no regular file.
    """

@type_check_only
class _EncoderProbe(TypedDict):
    name: str
    ok: bool
    kind: NotRequired[str | None]

@type_check_only
class _RankedEncoder(TypedDict):
    name: str
    family: str | None
    why: str

@type_check_only
class _PassedOverEncoder(TypedDict):
    name: str
    why: str

@type_check_only
class _EncoderRanking(TypedDict):
    encoders: list[_RankedEncoder]
    passed_over: list[_PassedOverEncoder]

def rank_encoders(
    codec: str,
    probes: Sequence[_EncoderProbe],
    *,
    requested: str | None = None,
    order: Sequence[str] | None = None,
) -> _EncoderRanking:
    """The encoders of a codec among those that were tried, the best first, with the reason in words.

    Args:
        codec: What to make: "h264".
        probes: What came of trying each encoder: its `name`, whether it is `ok`, and its `kind` (family).
        requested: This encoder first, if it is proven.
        order: Families, the best first: nvenc, qsv, vaapi, amf, videotoolbox, vulkan, software. Hardware that
            is not named is not used.

    Raises:
        ValueError: `order` names a family that does not exist.
    """

@final
class Progress:
    """The state of a run after a block of progress lines."""

    @property
    def frame(self) -> int:
        """Frames done; never falls."""
    @property
    def fps(self) -> float | None:
        """Frames per second as FFmpeg states them."""
    @property
    def speed(self) -> float | None:
        """Times real time, as FFmpeg states it."""
    @property
    def out_time(self) -> float:
        """Seconds of output done; never falls."""
    @property
    def percent(self) -> float:
        """From 0 to 100; never falls."""
    @property
    def eta_seconds(self) -> float | None:
        """Seconds to go, by measured throughput."""
    @property
    def finished(self) -> bool:
        """Whether FFmpeg has ended its output; a run that was stopped ends it too."""
    __hash__: None  # type: ignore[assignment]
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class ProgressParser:
    """Reads the lines of `-progress` as they come.

    Args:
        frames: Frames that the run is to make.
        seconds: Duration that the run is to make: what counts where `frames` is not given.
    """

    def __new__(cls, *, frames: int | None = None, seconds: float | None = None) -> ProgressParser: ...
    def feed(self, text: str, elapsed: float) -> Progress | None:
        """Take the next piece of output, cut anywhere.

        Args:
            text: What FFmpeg wrote.
            elapsed: Seconds since the start of the run.

        Returns:
            The newest state if the piece ends a block, else None.
        """
    @property
    def latest(self) -> Progress:
        """The state after the last complete block."""
