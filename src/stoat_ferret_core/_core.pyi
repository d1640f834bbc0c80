"""The Rust core of stoat-and-ferret: filters, expressions, builders and commands for FFmpeg."""

from collections.abc import Sequence
from os import PathLike
from typing import Final, final

__all__ = [
    "AcrossfadeBuilder",
    "AfadeBuilder",
    "AmixBuilder",
    "BuildError",
    "DrawtextBuilder",
    "DuckingPattern",
    "Expr",
    "FFmpegCommand",
    "FadeBuilder",
    "Filter",
    "FilterChain",
    "FilterGraph",
    "SpeedControl",
    "TransitionType",
    "VolumeBuilder",
    "XfadeBuilder",
    "__version__",
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
    """An expression that FFmpeg evaluates: numbers, variables, `+ - * / **` and fourteen functions.

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
        """Any of the fourteen functions by its name; the number of arguments is checked."""
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
        """The graph: a padded copy of the voice drives `sidechaincompress`."""
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
