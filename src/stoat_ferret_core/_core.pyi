"""The Rust core of stoat-and-ferret: builders for FFmpeg, time, layout, and the compiler."""

import os
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Final, Literal, NotRequired, TypedDict, final, type_check_only

__all__ = [
    "AcrossfadeBuilder",
    "AfadeBuilder",
    "AmixBuilder",
    "BuildError",
    "ClipInput",
    "ClipWithPosition",
    "DrawtextBuilder",
    "DuckingPattern",
    "Expr",
    "FFmpegCommand",
    "FadeBuilder",
    "Filter",
    "FilterChain",
    "FilterGraph",
    "Fitted",
    "PathValidationError",
    "Progress",
    "ProgressParser",
    "SpeedControl",
    "TimeRangeError",
    "TransitionType",
    "VolumeBuilder",
    "XfadeBuilder",
    "__version__",
    "arrangement",
    "calculate_clip_positions",
    "catalogue",
    "check",
    "clip_frames",
    "compile",
    "effect_preview",
    "escape_ffmpeg_text",
    "fit_picture",
    "frame_at",
    "frames_at",
    "layout_names",
    "layout_rects",
    "nearest_name",
    "obstacles",
    "parse_rate",
    "parse_time",
    "plain_lut",
    "rank_encoders",
    "read_lut",
    "rect_to_pixels",
    "samples_for",
    "sanitize_text",
    "seconds_at",
    "source_time",
    "sources",
    "time_reached",
    "timecode",
    "validate_path",
    "validate_time_range",
]

__version__: Final[str]

class BuildError(ValueError):
    """A builder refused a value.

    `message` says what is wrong, `hint` how to mend it, `code` is a stable word.
    """

    message: str
    hint: str
    code: str

@final
class Expr:
    """An expression that FFmpeg evaluates: numbers, variables, `+ - * / **` and eighteen functions.

    Where an expression is wanted, a number will do. `str()` gives FFmpeg's syntax.
    Numbers must be finite, and functions are checked for their number of arguments: else `BuildError`.
    """

    @staticmethod
    def constant(value: float) -> Expr:
        """A number. Whole ones are printed without decimals; NaN and infinities are refused."""
    @staticmethod
    def var(name: str) -> Expr:
        """A variable of the filter by its name: `t` (seconds), `n` (frame), `w`, `h`, `text_w`, `main_w`."""
    @staticmethod
    def func(name: str, *arguments: Expr | float) -> Expr:
        """Any of the eighteen functions by its name; the number of arguments is checked."""
    @staticmethod
    def if_then_else(condition: Expr | float, then: Expr | float, otherwise: Expr | float) -> Expr:
        """`then` where `condition` is not 0, else `otherwise`."""
    @staticmethod
    def ifnot(condition: Expr | float, then: Expr | float, otherwise: Expr | float) -> Expr:
        """`then` where `condition` is 0, else `otherwise`."""
    @staticmethod
    def between(value: Expr | float, low: Expr | float, high: Expr | float) -> Expr:
        """1 where `low <= value <= high`, else 0."""
    @staticmethod
    def clip(value: Expr | float, low: Expr | float, high: Expr | float) -> Expr:
        """`value` kept within `low` and `high`."""
    @staticmethod
    def lt(a: Expr | float, b: Expr | float) -> Expr:
        """1 where `a < b`, else 0."""
    @staticmethod
    def gt(a: Expr | float, b: Expr | float) -> Expr:
        """1 where `a > b`, else 0."""
    @staticmethod
    def eq(a: Expr | float, b: Expr | float) -> Expr:
        """1 where `a` equals `b`, else 0."""
    @staticmethod
    def gte(a: Expr | float, b: Expr | float) -> Expr:
        """1 where `a >= b`, else 0."""
    @staticmethod
    def lte(a: Expr | float, b: Expr | float) -> Expr:
        """1 where `a <= b`, else 0."""
    @staticmethod
    def abs(value: Expr | float) -> Expr:
        """The value without its sign."""
    @staticmethod
    def min(a: Expr | float, b: Expr | float) -> Expr:
        """The smaller of two."""
    @staticmethod
    def max(a: Expr | float, b: Expr | float) -> Expr:
        """The larger of two."""
    @staticmethod
    def modulo(a: Expr | float, b: Expr | float) -> Expr:
        """The remainder of `a / b`, printed `mod`."""
    @staticmethod
    def not_(value: Expr | float) -> Expr:
        """1 where `value` is 0, else 0."""
    @staticmethod
    def piecewise(
        position: Expr | float, first: Expr | float, steps: Sequence[tuple[float, Expr | float]]
    ) -> Expr:
        """`first` before the first step `(position, expression)`, then each step's expression from there on.

        Positions must rise. Hundreds of steps stay within FFmpeg's nesting limit.
        """
    @property
    def depth(self) -> int:
        """How deep functions and parentheses nest when printed; FFmpeg reads about a hundred levels."""
    def __add__(self, other: Expr | float, /) -> Expr: ...
    def __radd__(self, other: Expr | float, /) -> Expr: ...
    def __sub__(self, other: Expr | float, /) -> Expr: ...
    def __rsub__(self, other: Expr | float, /) -> Expr: ...
    def __mul__(self, other: Expr | float, /) -> Expr: ...
    def __rmul__(self, other: Expr | float, /) -> Expr: ...
    def __truediv__(self, other: Expr | float, /) -> Expr: ...
    def __rtruediv__(self, other: Expr | float, /) -> Expr: ...
    def __pow__(self, other: Expr | float, modulo: None = None, /) -> Expr: ...
    def __rpow__(self, other: Expr | float, modulo: None = None, /) -> Expr: ...
    def __neg__(self) -> Expr: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Filter:
    """One FFmpeg filter with its options. `str()` prints it with every value escaped for use inside a graph.

    A name with other characters than A-Z a-z 0-9 _ . + @ # | - is refused with `BuildError`.
    """

    def __new__(cls, name: str) -> Filter: ...
    def param(self, key: str, value: str | float | Expr | PathLike[str]) -> Filter:
        """The same filter with one more option. Text is escaped; `True` and `False` become 1 and 0."""
    @property
    def name(self) -> str:
        """The filter's name."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class FilterChain:
    """Filters that feed one another, printed with `,` between them, and the pads that they read and write."""

    def __new__(cls, filters: Sequence[Filter] = ...) -> FilterChain: ...
    def input(self, pad: str) -> FilterChain:
        """The same chain reading one more pad: `0:v`, `1:a:0`, `0:2` (absolute index) or a label."""
    def then(self, filter: Filter) -> FilterChain:  # noqa: A002
        """The same chain with one more filter at its end."""
    def output(self, label: str) -> FilterChain:
        """The same chain writing one more label."""
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class FilterGraph:
    """A whole graph of chains, printed with `;` between them."""

    def __new__(cls, chains: Sequence[FilterChain] = ...) -> FilterGraph: ...
    def chain(self, chain: FilterChain) -> FilterGraph:
        """The same graph with one more chain."""
    def to_file_text(self) -> str:
        """The graph as the text of a graph file: one chain on a line."""
    def __len__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...

def escape_ffmpeg_text(text: str) -> str:
    """The text escaped for an option's value in a filter graph: unquoted, for both of FFmpeg's parsers.

    A `drawtext` needs `expansion=none` beside it. `Filter.param` does this by itself.

    Raises:
        BuildError: The text has a NUL character.
    """

@final
class DrawtextBuilder:
    """Text drawn over pictures, exactly as it is given: nothing in it is expanded.

    Lengths are pixels, times seconds.
    Each method returns a new builder and raises `BuildError` for a value that cannot be.
    """

    def __new__(cls, text: str) -> DrawtextBuilder: ...
    def fontfile(self, path: str | PathLike[str]) -> DrawtextBuilder:
        """The font's file. Without it FFmpeg looks for a font of the system, and fails without one."""
    def fontsize(self, size: Expr | float) -> DrawtextBuilder:
        """The font's size in pixels, from 1 to 4096, or an expression."""
    def fontcolor(self, color: str) -> DrawtextBuilder:
        """The text's colour: a name, `#RRGGBB` or either with an opacity, `white@0.5`."""
    def position(self, preset: str, margin: Expr | float | None = None) -> DrawtextBuilder:
        """Where the text stands.

        `center`, `bottom_center`, `top_left`, `top_right`, `bottom_left` or `bottom_right`,
        `margin` pixels from the edges (40 when left out).
        """
    def position_absolute(self, x: Expr | float, y: Expr | float) -> DrawtextBuilder:
        """Puts the text's upper left corner at `x`, `y` pixels."""
    def position_fraction(self, x: Expr | float, y: Expr | float) -> DrawtextBuilder:
        """Puts the text's centre at fractions of the picture's width and height, from 0 to 1."""
    def alpha(self, alpha: Expr | float) -> DrawtextBuilder:
        """The opacity of text, box, border and shadow, from 0 to 1."""
    def alpha_fade(self, start: float, fade_in: float, end: float, fade_out: float) -> DrawtextBuilder:
        """Shows the text from `start` to `end` seconds, `fade_in` and `fade_out` seconds of it fading."""
    def box(self, color: str = "black@0.5", padding: int = 0) -> DrawtextBuilder:
        """A filled box behind the text, `padding` pixels larger on each side."""
    def border(self, color: str = "black", width: int = 1) -> DrawtextBuilder:
        """A line of `width` pixels around each letter."""
    def shadow(self, color: str = "black", x: int = 2, y: int = 2) -> DrawtextBuilder:
        """A shadow `x` pixels to the right of the text and `y` pixels below it."""
    def line_spacing(self, pixels: int) -> DrawtextBuilder:
        """Pixels between lines, beyond the font's own."""
    def align(self, align: str) -> DrawtextBuilder:
        """How lines stand to one another: `left`, `center` or `right`. Needs FFmpeg 7 or newer."""
    def enable(self, condition: Expr | float) -> DrawtextBuilder:
        """Draws only on frames where the expression is not 0."""
    def build(self) -> Filter:
        """The filter `drawtext`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class SpeedControl:
    """A change of speed, from 0.25 (a quarter) to 4 (four times as fast). Sound keeps its pitch.

    Any other speed is refused with `BuildError`.
    """

    def __new__(cls, speed: float) -> SpeedControl: ...
    @property
    def speed(self) -> float:
        """How many times as fast."""
    def setpts_filter(self) -> Filter:
        """Retimes pictures; the factor is rounded to six decimals."""
    def exact_setpts_filter(self) -> Filter:
        """Retimes pictures exactly, the first one at 0."""
    def atempo_filters(self) -> list[Filter]:
        """Retimes sound: filters from 0.5 to 2 whose product is the speed; none at speed 1."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class VolumeBuilder:
    """A change of level by a factor from 0 (silence) to 10; any other is refused with `BuildError`."""

    def __new__(cls, volume: float) -> VolumeBuilder: ...
    @staticmethod
    def from_db(level: str | float) -> VolumeBuilder:
        """A change of level in decibels, from -100 to 20: a number, or text such as `-3dB`."""
    @staticmethod
    def from_expression(expression: Expr | float) -> VolumeBuilder:
        """A factor that changes with the time `t` in seconds."""
    def build(self) -> Filter:
        """The filter `volume`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class AfadeBuilder:
    """A fade of sound, `in` from silence or `out` to silence, over a duration in seconds.

    Another type, a duration below a millisecond or an unknown curve is refused with `BuildError`.
    """

    def __new__(cls, fade_type: str, duration: float) -> AfadeBuilder: ...
    @staticmethod
    def curves() -> list[str]:
        """The names of all curves, in FFmpeg's order."""
    def start_time(self, seconds: float) -> AfadeBuilder:
        """When the fade starts, in seconds of the stream."""
    def curve(self, name: str) -> AfadeBuilder:
        """The shape of the fade by its name, such as `tri` (linear, when left out), `qsin` or `exp`."""
    def build(self) -> Filter:
        """The filter `afade`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class AmixBuilder:
    """A mix of 2 to 32 streams of sound; any other number is refused with `BuildError`."""

    def __new__(cls, inputs: int) -> AmixBuilder: ...
    def duration_mode(self, mode: str) -> AmixBuilder:
        """When the mix ends: with the `longest` input (when left out), the `shortest` or the `first`."""
    def dropout_transition(self, seconds: float) -> AmixBuilder:
        """How many seconds the level takes to settle when an input ends."""
    def weights(self, weights: Sequence[float]) -> AmixBuilder:
        """The factor of each input, from 0 to 100, in their order."""
    def normalize(self, normalize: bool) -> AmixBuilder:
        """Whether the sum is scaled down so that it cannot clip. FFmpeg does when this is left out."""
    def build(self) -> Filter:
        """The filter `amix`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class DuckingPattern:
    """Music that steps back while a voice speaks.

    The graph reads music and voice, and writes the ducked music and the voice as it was.
    Values out of FFmpeg's ranges are refused with `BuildError`.
    """

    def __new__(cls) -> DuckingPattern: ...
    def threshold(self, amplitude: float) -> DuckingPattern:
        """The voice's amplitude that lowers the music, from 0.000976563 to 1 (0.02 when left out)."""
    def ratio(self, ratio: float) -> DuckingPattern:
        """How much it is lowered, from 1 to 20 (8 when left out)."""
    def attack(self, milliseconds: float) -> DuckingPattern:
        """How fast the music goes down, in milliseconds from 0.01 to 2000 (20 when left out)."""
    def release(self, milliseconds: float) -> DuckingPattern:
        """How fast the music comes back, in milliseconds from 0.01 to 9000 (300 when left out)."""
    def inputs(self, music: str, voice: str) -> DuckingPattern:
        """Where music and voice come from: pads such as `0:a` and `1:a` (when left out) or labels."""
    def outputs(self, ducked: str, voice: str) -> DuckingPattern:
        """The labels of the ducked music and of the voice, which must both be read (`ducked` and `voice`)."""
    def build(self) -> FilterGraph:
        """The graph: a copy of the voice drives `sidechaincompress`; the music keeps its length."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class TransitionType:
    """A transition between two pictures: one of FFmpeg 9's 58 named ones, or `custom` from an expression.

    Each named one is also an attribute: `TransitionType.Dissolve`.
    """

    Fade: Final[TransitionType]
    Wipeleft: Final[TransitionType]
    Wiperight: Final[TransitionType]
    Wipeup: Final[TransitionType]
    Wipedown: Final[TransitionType]
    Slideleft: Final[TransitionType]
    Slideright: Final[TransitionType]
    Slideup: Final[TransitionType]
    Slidedown: Final[TransitionType]
    Circlecrop: Final[TransitionType]
    Rectcrop: Final[TransitionType]
    Distance: Final[TransitionType]
    Fadeblack: Final[TransitionType]
    Fadewhite: Final[TransitionType]
    Radial: Final[TransitionType]
    Smoothleft: Final[TransitionType]
    Smoothright: Final[TransitionType]
    Smoothup: Final[TransitionType]
    Smoothdown: Final[TransitionType]
    Circleopen: Final[TransitionType]
    Circleclose: Final[TransitionType]
    Vertopen: Final[TransitionType]
    Vertclose: Final[TransitionType]
    Horzopen: Final[TransitionType]
    Horzclose: Final[TransitionType]
    Dissolve: Final[TransitionType]
    Pixelize: Final[TransitionType]
    Diagtl: Final[TransitionType]
    Diagtr: Final[TransitionType]
    Diagbl: Final[TransitionType]
    Diagbr: Final[TransitionType]
    Hlslice: Final[TransitionType]
    Hrslice: Final[TransitionType]
    Vuslice: Final[TransitionType]
    Vdslice: Final[TransitionType]
    Hblur: Final[TransitionType]
    Fadegrays: Final[TransitionType]
    Wipetl: Final[TransitionType]
    Wipetr: Final[TransitionType]
    Wipebl: Final[TransitionType]
    Wipebr: Final[TransitionType]
    Squeezeh: Final[TransitionType]
    Squeezev: Final[TransitionType]
    Zoomin: Final[TransitionType]
    Fadefast: Final[TransitionType]
    Fadeslow: Final[TransitionType]
    Hlwind: Final[TransitionType]
    Hrwind: Final[TransitionType]
    Vuwind: Final[TransitionType]
    Vdwind: Final[TransitionType]
    Coverleft: Final[TransitionType]
    Coverright: Final[TransitionType]
    Coverup: Final[TransitionType]
    Coverdown: Final[TransitionType]
    Revealleft: Final[TransitionType]
    Revealright: Final[TransitionType]
    Revealup: Final[TransitionType]
    Revealdown: Final[TransitionType]
    @staticmethod
    def from_str(name: str) -> TransitionType:
        """The transition of this name. A name that is not known is refused with the nearest one as a hint."""
    @staticmethod
    def custom(expression: Expr | float) -> TransitionType:
        """A transition that computes each pixel.

        The expression knows `X Y W H A B PLANE P`, where `P` goes from 1 to 0.
        """
    @staticmethod
    def names() -> list[str]:
        """The names of all transitions but `custom`, in FFmpeg's order."""
    @property
    def name(self) -> str:
        """The name that FFmpeg knows."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class FadeBuilder:
    """A fade of pictures, `in` from a colour or `out` to one, over a duration in seconds.

    Another type, a duration below a millisecond or an unknown colour is refused with `BuildError`.
    """

    def __new__(cls, fade_type: str, duration: float) -> FadeBuilder: ...
    def start_time(self, seconds: float) -> FadeBuilder:
        """When the fade starts, in seconds of the stream."""
    def color(self, color: str) -> FadeBuilder:
        """The colour from or to which it fades (black when left out)."""
    def alpha(self, alpha: bool) -> FadeBuilder:
        """Whether the opacity fades instead, where the picture has one."""
    def build(self) -> Filter:
        """The filter `fade`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class XfadeBuilder:
    """A crossfade of pictures: a transition (or its name), its duration and its offset, in seconds.

    The offset is where in the first stream it starts. Both streams need the same size, rate and time base.
    A duration above 60 s or an unknown transition is refused with `BuildError`.
    """

    def __new__(cls, transition: TransitionType | str, duration: float, offset: float) -> XfadeBuilder: ...
    def build(self) -> Filter:
        """The filter `xfade`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class AcrossfadeBuilder:
    """A crossfade of sound over a duration in seconds, of a millisecond or more: else `BuildError`."""

    def __new__(cls, duration: float) -> AcrossfadeBuilder: ...
    def curve1(self, name: str) -> AcrossfadeBuilder:
        """How the first stream fades out, by the name of a curve (`tri`, linear, when left out)."""
    def curve2(self, name: str) -> AcrossfadeBuilder:
        """How the second stream fades in, by the name of a curve (`tri`, linear, when left out)."""
    def overlap(self, overlap: bool) -> AcrossfadeBuilder:
        """Whether both sound together during the crossfade (when left out), or one after the other."""
    def build(self) -> Filter:
        """The filter `acrossfade`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class FFmpegCommand:
    """An FFmpeg command: flags, inputs, one filter graph, outputs.

    It never reads the terminal, every file is `file:` and an absolute path, and it leaves as a list of
    arguments for `subprocess`, never as a string. A relative path or an option that reaches for files
    is refused with `BuildError`.
    """

    def __new__(cls) -> FFmpegCommand: ...
    def overwrite(self, overwrite: bool) -> FFmpegCommand:
        """Whether files that exist are overwritten. Without it FFmpeg stops at them."""
    def loglevel(self, level: str) -> FFmpegCommand:
        """How much is logged: `quiet`, `error`, `warning`, `info`."""
    def option(self, name: str, value: str | float) -> FFmpegCommand:
        """Any other global option, named without its dash.

        `True` sets a switch that has no value, `False` leaves it out.
        """
    def input(
        self,
        path: str | PathLike[str],
        *,
        seek: float | None = None,
        duration: float | None = None,
        demuxer: str | None = None,
        video_decoder: str | None = None,
        options: dict[str, str | float] | None = None,
    ) -> FFmpegCommand:
        """Adds a file to read.

        `seek` and `duration` are seconds; `options` stand before the file, named without their dash
        (`True` sets a switch that has no value, `False` leaves it out).
        """
    def graph(self, graph: FilterGraph) -> FFmpegCommand:
        """Sets the filter graph."""
    def output(
        self,
        path: str | PathLike[str],
        *,
        maps: Sequence[str] = ...,
        muxer: str | None = None,
        video_codec: str | None = None,
        audio_codec: str | None = None,
        duration: float | None = None,
        metadata: dict[str, str] | None = None,
        options: dict[str, str | float] | None = None,
    ) -> FFmpegCommand:
        """Adds a file to write.

        `maps` are labels of the graph or streams such as `0:a:1`; `duration` is seconds;
        `metadata` are tags of the file; `options` as those of an input.
        """
    @property
    def graph_text(self) -> str | None:
        """The text that belongs into the graph's file, or `None` without a graph."""
    def argv(self) -> list[str]:
        """The arguments after the program's name, the graph among them."""
    def argv_with_graph_file(self, path: str | PathLike[str], major: int) -> list[str]:
        """The arguments after the program's name, the graph read from the file at `path`.

        The option for that is the one that FFmpeg of this major version knows.
        """
    def __eq__(self, other: object, /) -> bool: ...

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

def frames_at(seconds: list[float], fps: float | str) -> list[int]:
    """The frames whose starts are nearest to so many moments, as `frame_at` has them.

    Raises:
        ValueError: One of them is not finite or beyond 147 days, or `fps` is no rate.
    """

def clip_frames(
    timeline_start: float,
    in_point: float,
    out_point: float,
    fps: float | str,
    *,
    speed: float | Sequence[tuple[float, float, str]] = 1.0,
) -> tuple[int, int]:
    """The first frame of a clip, and the one after its last, as a render has them.

    Args:
        timeline_start: Where the clip starts, in seconds.
        in_point: Where it starts in its source, in seconds.
        out_point: Where it ends in its source, in seconds.
        fps: The project's rate.
        speed: Seconds of source for a second of programme; one that changes as its keyframes in order of
            time: (seconds from the clip's start, speed, easing).

    Raises:
        ValueError: A time is not finite or beyond 147 days, `fps` is no rate, or `speed` no speed.
    """

def source_time(
    point: float,
    frames: int,
    fps: float | str,
    *,
    speed: float | Sequence[tuple[float, float, str]] = 1.0,
    since: int = 0,
) -> float:
    """The time of a source, in seconds, that is reached from `point` after `frames` frames of the project.

    The clip shows `point` at its frame number `since`; its speed is as in `clip_frames`.

    Raises:
        ValueError: A time is not finite or beyond 147 days, `fps` is no rate, or `speed` no speed.
    """

def time_reached(
    in_point: float, point: float, *, speed: float | Sequence[tuple[float, float, str]] = 1.0
) -> float:
    """Seconds from the start of a clip, which shows `in_point`, until it comes to `point` of its source.

    Below 0 before the start; its speed is as in `clip_frames`.

    Raises:
        ValueError: A time is not finite or beyond 147 days, or `speed` is no speed.
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

def check(document: str) -> str:
    """Every problem of a project document, as a JSON list.

    Args:
        document: The document as JSON.

    Raises:
        ValueError: When it is no JSON.
    """

def sources(document: str) -> str:
    """The files and library ids that a document shows, as JSON.

    `[{"key", "kind", "pointers"}]`, or `{"problems"}`.

    `kind` is what a file has to be: `media` (the source of a clip) or `lut` (a colour table of an effect).

    Raises:
        ValueError: When it is no JSON.
    """

def read_lut(text: str) -> str:
    """What is in the text of a `.cube` file, as JSON: `{"dimensions", "size", "digest"}`, or `{"problem"}`.

    `dimensions` is 1 (curves) or 3 (a cube), `size` the colours of a curve or along each edge of the cube;
    equal tables have the same `digest`.
    """

def plain_lut(text: str) -> tuple[str, str]:
    """The text of a `.cube` file in the one form that ffmpeg is given, and its digest.

    Raises:
        ValueError: When it is no colour table, or one that is not supported.
    """

def arrangement(document: str) -> str:
    """Where everything of a document lies, in frames of the project, as JSON.

    `{"frames", "tracks": [{"id", "clips": [{"id", "start", "end", "speed"}], "joins": [{"from", "to",
    "pointer", "start", "end"}]}]}`, or `{"problems"}`. Clips that are off, or whose length only their source
    tells, are left out.

    Raises:
        ValueError: When it is no JSON.
    """

def obstacles(
    document: str,
    media: str,
    capabilities: str,
    target: str,
    parts: list[tuple[int, int]] | None = None,
) -> str:
    """What stands in the way of a target as JSON: `{wrong, problems}`, those that `compile` would answer.

    `wrong` says that the document is wrong by itself.

    Args:
        document: The document as JSON.
        media: Facts of the sources by their names in the document, as JSON.
        capabilities: What the FFmpeg at hand can do, as JSON.
        target: What is asked for, as JSON.
        parts: Half-open ranges of frames whose filters alone are tried; none: those of all.

    Raises:
        ValueError: When one of them is not of its shape.
    """

def compile(  # noqa: A001
    document: str,
    media: str,
    capabilities: str,
    target: str,
    range: str | None = None,  # noqa: A002
) -> str:
    """The plan for a target as JSON, `{"plan": {...}}`, or `{"problems": [...]}`.

    Args:
        document: The document as JSON.
        media: Facts of the sources by their names in the document, as JSON.
        capabilities: What the FFmpeg at hand can do, as JSON.
        target: What is asked for, as JSON.
        range: Frames of the timeline as JSON, `{"start", "end"}`, half-open; all where left out.

    Raises:
        ValueError: When one of them is not of its shape.
    """

def catalogue() -> str:
    """Effects, transitions and layouts as JSON."""

def nearest_name(name: str, known: list[str]) -> str | None:
    """The name of `known` that `name` was likely meant to be; none where nothing is close enough."""

def effect_preview(effect_type: str, parameters: str) -> str:
    """The filter string of an effect with these parameters as JSON, `{"filter"}` or `{"problems"}`.

    Raises:
        ValueError: When there is no such effect, or the parameters are no JSON.
    """
