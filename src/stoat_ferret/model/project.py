"""The project document `stoat.project/1` as frozen pydantic models.

The Rust core checks and compiles documents; these models say the same shape to Python, to JSON Schema
and to every client that is generated from it.
Parameters of effects, titles and captions are open here: they live in the core's catalogue.
So are names that the core keeps lists of: effects, transitions and colours.
Other names and spellings that the core reads as well (`start` for `timeline_start`) are not said here:
this is the canonical form.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal, Protocol, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

LONGEST_TIME = 2**53 / 705_600_000
"""Seconds, a little over 147 days: the furthest time that the core keeps exactly."""


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 1920.0 is as whole as 1920. True is none."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "true and false are no numbers")
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]

Timecode = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,3}:[0-5][0-9]:[0-5][0-9][:;][0-9]{2,3}|[0-9]{1,12}f)$"),
]
"""A timecode `HH:MM:SS:FF` (`;` before the frames: drop-frame) or project frames such as `315f`."""

Seconds = Annotated[float, Field(ge=0, le=LONGEST_TIME, allow_inf_nan=False)]

Time = Annotated[
    Seconds | Timecode,
    Field(description="Seconds as a number, a timecode `HH:MM:SS:FF`, or frames such as `315f`."),
]

Moment = Annotated[
    Annotated[float, Field(ge=-LONGEST_TIME, le=LONGEST_TIME, allow_inf_nan=False)] | Timecode,
    Field(
        description="Seconds as a number, a timecode `HH:MM:SS:FF`, or frames such as `315f`; "
        "below 0: before."
    ),
]

Rate = Annotated[
    Annotated[float, Field(gt=0, le=1000)]
    | Annotated[str, StringConstraints(pattern=r"^([0-9]{1,9}/[0-9]{1,9}|[0-9]{1,4}(\.[0-9]{1,9})?)$")],
    Field(
        description="Frames per second: a number (29.97 means 30000/1001) or a fraction such as `30000/1001`."
    ),
]

Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")
]

Color = Annotated[
    str,
    StringConstraints(
        pattern=r"^((#|0x)([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[A-Za-z]{1,32})"
        r"(@(0(\.[0-9]{1,9})?|1(\.0{1,9})?))?$"
    ),
    Field(
        description="A colour: `#rrggbb`, `#rrggbbaa` or a name that ffmpeg knows, perhaps with an opacity: "
        "`white@0.5`."
    ),
]

Fraction = Annotated[float, Field(ge=0, le=1)]

Decibels = Annotated[
    str,
    StringConstraints(
        pattern=r"^ *(-0*(120(\.0+)?|(1[01][0-9]|[0-9]{1,2})(\.[0-9]+)?)"
        r"|\+?0*(20(\.0+)?|1?[0-9](\.[0-9]+)?)) *(dB|db|DB) *$"
    ),
]
"""Decibels from -120 to 20, such as `-6dB`."""

Path = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]*$")]

Curve = Literal[
    "nofade",
    "tri",
    "qsin",
    "esin",
    "hsin",
    "log",
    "ipar",
    "qua",
    "cub",
    "squ",
    "cbr",
    "par",
    "exp",
    "iqsin",
    "ihsin",
    "dese",
    "desi",
    "losi",
    "sinc",
    "isinc",
]
"""Shapes of a change of level; `tri` is linear."""

Language = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{3}$"),
    Field(description="Three letters of ISO 639-2, such as `eng`; `und` where it is not known."),
]

Fit = Literal["contain", "cover", "stretch"]

Easing = Literal["linear", "ease", "ease_in", "ease_out", "hold"]

Anchor = Literal[
    "center",
    "top_left",
    "top",
    "top_right",
    "left",
    "right",
    "bottom_left",
    "bottom",
    "bottom_right",
]


class Value(BaseModel):
    """A frozen value that refuses what it does not know and converts nothing silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        solid = {
            field.alias or name
            for name, field in cls.model_fields.items()
            if type(None) not in get_args(field.annotation)
        }
        return {name: item for name, item in value.items() if item is not None or name not in solid}


class _Named(Protocol):
    @property
    def id(self) -> str | None: ...


class Keyframe(Value):
    """One point of a curve."""

    time: Moment = Field(
        description="When the value is reached, from the clip's start on the timeline; "
        "below 0, before the clip, as in the right part of one that was split."
    )
    value: float = Field(description="The value, in the unit of the parameter that it animates.")
    easing: Easing = Field(default="linear", description="How the value goes from this keyframe to the next.")


class Keyframes(Value):
    """A curve in place of a number; before the first and after the last keyframe the value stands still."""

    keyframes: tuple[Keyframe, ...] = Field(min_length=1, strict=False, description="In order of time.")


def _within(least: float, most: float) -> AfterValidator:
    """Keyframes whose values stay in the range of the number that they stand for."""

    def hold(curve: Keyframes) -> Keyframes:
        if all(least <= key.value <= most for key in curve.keyframes):
            return curve
        raise ValueError(f"values of keyframes are {least:g} to {most:g} here")

    return AfterValidator(hold)


Share = Annotated[
    Fraction | Annotated[Keyframes, _within(0, 1)],
    Field(description="A number from 0 to 1, or keyframes over time from the clip's start."),
]

Place = Annotated[
    Annotated[float, Field(ge=-10, le=10)] | Annotated[Keyframes, _within(-10, 10)],
    Field(description="A number, or keyframes over time from the clip's start."),
]

Extent = Annotated[
    Annotated[float, Field(ge=0.001, le=10)] | Annotated[Keyframes, _within(0.001, 10)],
    Field(description="A number above 0, or keyframes over time from the clip's start."),
]

Angle = Annotated[
    Annotated[float, Field(ge=-36000, le=36000)] | Annotated[Keyframes, _within(-36000, 36000)],
    Field(description="Degrees, or keyframes over time from the clip's start."),
]

Volume = Annotated[
    Annotated[float, Field(ge=0, le=10)] | Decibels | Annotated[Keyframes, _within(0, 10)],
    Field(description="Linear (1: as it is), or decibels such as `-6dB`."),
]


class Crop(Value):
    """What of the source picture is kept, in fractions (0..1) of the source's shown width and height."""

    x: Share = Field(default=0.0, description="Left edge.")
    y: Share = Field(default=0.0, description="Top edge.")
    width: Fraction = Field(default=1.0, description="Width that is kept.")
    height: Fraction = Field(default=1.0, description="Height that is kept.")


class Transform(Value):
    """Where a clip's picture lies, in fractions (0..1) of the output picture; any part may be left out."""

    x: Place = Field(default=0.5, description="Where the anchor lies, in fractions of the output's width.")
    y: Place = Field(default=0.5, description="Where the anchor lies, in fractions of the output's height.")
    width: Extent = Field(
        default=1.0, description="Width of the box that `fit` fills, in fractions of the output."
    )
    height: Extent = Field(default=1.0, description="Height of that box, in fractions of the output.")
    anchor: Anchor = Field(default="center", description="The point of the box that `x` and `y` place.")
    rotation: Angle = Field(default=0.0, description="Degrees, clockwise, around the box's centre.")
    opacity: Share = Field(default=1.0, description="0 (not seen) to 1.")
    crop: Crop | None = Field(
        default=None, description="The part of the source that is kept; null keeps all of it."
    )


class Effect(Value):
    """An effect on a clip, a track or the whole project."""

    id: Identifier | None = Field(default=None, description="Stable name within the document.")
    type: str = Field(description="A name of the core's catalogue, such as `text_overlay`.")
    enabled: bool = Field(
        default=True, description="An effect that is off stays in the document and does nothing."
    )
    params: dict[str, Any] = Field(
        default_factory=dict, description="Parameters as the catalogue declares them for this type."
    )


class ColorGenerator(Value):
    """An even picture of one colour."""

    generator: Literal["color"]
    color: Color = Field(description="The colour, alpha included.")


class Described(BaseModel):
    """A generator that takes further parameters, which the core's catalogue describes."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)


class TitleGenerator(Described):
    """A text on a transparent ground; takes the parameters of `text_overlay` as well."""

    generator: Literal["title"]
    text: Annotated[
        str,
        StringConstraints(max_length=10_000, pattern=r"^([^\x00-\x08\x0b-\x1f\x7f-\x9f]|\r\n)*$"),
    ] = Field(description="The words, drawn as they are written.")


class CaptionGenerator(BaseModel):
    """What is said, on a transparent ground; its words light up. Takes the parameters of `caption`, too."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)

    generator: Literal["caption"]
    text: Annotated[
        str,
        StringConstraints(max_length=10_000, pattern=r"^([^\x00-\x08\x0b-\x1f\x7f-\x9f]|\r\n)*$"),
    ] = Field(description="The words, drawn as they are written.")


class TestSourceGenerator(Value):
    """A moving test picture."""

    __test__ = False

    generator: Literal["testsrc"]


class SilenceGenerator(Value):
    """Sound without a sound."""

    generator: Literal["silence"]


class ToneGenerator(Value):
    """A sine."""

    generator: Literal["tone"]
    frequency: float = Field(default=440.0, ge=1, le=20000, description="Hertz.")
    amplitude: float = Field(default=0.25, ge=0, le=1, description="Peak; 1 is full scale.")


class BarsGenerator(Described):
    """Colour bars with a tone; takes the parameters that the catalogue says."""

    generator: Literal["bars"]


class CountdownGenerator(Described):
    """Numbers that count seconds down; takes the parameters that the catalogue says."""

    generator: Literal["countdown"]


class GradientGenerator(Described):
    """Colours that run into one another; takes the parameters that the catalogue says as well."""

    generator: Literal["gradient"]
    colors: tuple[Color, ...] = Field(
        min_length=2, max_length=8, strict=False, description="The colours, in order."
    )


class NoiseGenerator(Described):
    """A picture and a sound of chance; takes the parameters that the catalogue says."""

    generator: Literal["noise"]


class ShapeGenerator(Described):
    """A figure on a transparent ground; takes the parameters that the catalogue says as well."""

    generator: Literal["shape"]
    shape: Literal["rectangle", "ellipse", "triangle", "polygon", "star", "line", "arrow"] = Field(
        description="The figure."
    )


Generator = Annotated[
    ColorGenerator
    | TitleGenerator
    | CaptionGenerator
    | TestSourceGenerator
    | SilenceGenerator
    | ToneGenerator
    | BarsGenerator
    | CountdownGenerator
    | GradientGenerator
    | NoiseGenerator
    | ShapeGenerator,
    Field(discriminator="generator"),
]

Source = Annotated[
    Path | Generator,
    Field(
        description="A path (relative: to the project file, then a media root), a library id, or a generator."
    ),
]


class Clip(Value):
    """A stretch of a source, placed on a track."""

    id: Identifier | None = Field(default=None, description="Stable name within the document.")
    name: str | None = Field(default=None, description="What people call it.")
    source: Source
    in_point: Time = Field(default=0.0, description="First moment that is shown, in the source's time.")
    out_point: Time | None = Field(
        default=None,
        description="First moment that is no longer shown, in the source's time; null: the source's end.",
    )
    timeline_start: Time | None = Field(
        default=None,
        description="Where it begins, in the project's time; null: where the clip before it ends.",
    )
    timeline_end: Time | None = Field(
        default=None, description="Where it ends, in the project's time: derived, and checked when given."
    )
    fit: Fit = Field(
        default="contain", description="How the picture fills its box: whole, filling, or stretched."
    )
    volume: Volume = 1.0
    muted: bool = Field(default=False, description="Silent, picture unchanged.")
    enabled: bool = Field(
        default=True, description="A clip that is off keeps its place and shows and sounds nothing."
    )
    transform: Transform | None = Field(default=None, description="Null: the picture fills the output.")
    effects: tuple[Effect, ...] = Field(default=(), strict=False, description="Applied in this order.")


class TransitionAudio(Value):
    """How the sound of two clips crosses over."""

    curve1: Curve = Field(default="tri", description="Curve of the sound that goes.")
    curve2: Curve = Field(default="tri", description="Curve of the sound that comes.")


class Transition(Value):
    """An overlap of two neighbours on one track, from one picture into the other."""

    id: Identifier | None = Field(default=None, description="Stable name within the document.")
    type: str = Field(default="fade", description="A name of the core's catalogue, such as `dissolve`.")
    duration: Time = Field(description="How long the two clips overlap.")
    from_: Identifier = Field(alias="from", description="Id of the clip that goes.")
    to: Identifier = Field(description="Id of the clip that comes.")
    audio: TransitionAudio | None = Field(
        default_factory=TransitionAudio, description="Null: the sound cuts hard in the middle."
    )


class Ducking(Value):
    """Lowers this track while others sound."""

    under: tuple[Identifier, ...] = Field(
        min_length=1, strict=False, description="Ids of the tracks that go before."
    )
    threshold: float = Field(
        default=0.02, ge=0.000_976_563, le=1, description="Linear level of those tracks that lowers this one."
    )
    ratio: float = Field(default=8.0, ge=1, le=20, description="How strongly.")
    attack: float = Field(default=20.0, ge=0.01, le=2000, description="Milliseconds until it is lowered.")
    release: float = Field(default=300.0, ge=0.01, le=9000, description="Milliseconds until it is back.")


class Track(Value):
    """A row of clips; the first track of the document lies lowest."""

    id: Identifier | None = Field(default=None, description="Stable name within the document.")
    type: Literal["video", "audio", "text"] = Field(
        description="`video` (picture and its sound), `audio` (sound only) or `text` (titles, captions)."
    )
    name: str | None = Field(default=None, description="What people call it.")
    muted: bool = Field(default=False, description="Silent.")
    hidden: bool = Field(default=False, description="Not shown.")
    locked: bool = Field(default=False, description="Editors leave it alone; rendering does not care.")
    volume: Volume = 1.0
    effects: tuple[Effect, ...] = Field(default=(), strict=False, description="Applied to the whole track.")
    clips: tuple[Clip, ...] = Field(default=(), strict=False)
    transitions: tuple[Transition, ...] = Field(default=(), strict=False)
    ducking: Ducking | None = Field(default=None, description="Null: not lowered.")
    captions: Language | None = Field(
        default=None,
        description="Of a text track: the language of the captions that it holds, in three letters of "
        "ISO 639-2, such as `eng`, or `und`; null: its texts are no captions, and always in the picture.",
    )


class Output(Value):
    """What the project is made for; a render may ask for another size."""

    width: Whole = Field(default=1920, ge=16, le=16384, multiple_of=2, description="Pixels, even.")
    height: Whole = Field(default=1080, ge=16, le=16384, multiple_of=2, description="Pixels, even.")
    fps: Rate = 30.0
    sample_rate: Whole = Field(default=48000, ge=8000, le=192000, description="Hertz.")
    channels: Annotated[Literal[1, 2, 6], BeforeValidator(_whole)] = Field(
        default=2, description="Sound channels: mono, stereo or 5.1."
    )
    background: Color = "#000000"


class Marker(Value):
    """A named moment of the project."""

    id: Identifier | None = Field(default=None, description="Stable name within the document.")
    time: Time = Field(description="In the project's time.")
    name: str = Field(default="", description="What people call it.")
    chapter: bool = Field(
        default=False,
        description="Written into the finished file as the start of a chapter, where the format has chapters "
        "(mp4, mov, mkv, webm, m4a, mp3); mp4, mov and m4a begin with an untitled one "
        "if the first starts later.",
    )


TagName = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00\n=]*$")]


class Project(Value):
    """A whole project document."""

    schema_: Literal["stoat.project/1"] = Field(default="stoat.project/1", alias="schema")
    id: Identifier | None = Field(default=None, description="Stable name of the project.")
    name: str | None = Field(default=None, description="What people call it.")
    created_at: str | None = Field(default=None, description="RFC 3339.")
    modified_at: str | None = Field(default=None, description="RFC 3339.")
    output: Output = Field(default_factory=Output)
    tracks: tuple[Track, ...] = Field(default=(), strict=False, description="Lowest first.")
    global_effects: tuple[Effect, ...] = Field(
        default=(), strict=False, description="Applied to the finished programme."
    )
    markers: tuple[Marker, ...] = Field(default=(), strict=False)
    metadata: dict[TagName, str] = Field(
        default_factory=dict, description="Tags of the finished file, such as `title`."
    )

    @model_validator(mode="after")
    def _ids_are_distinct(self) -> Self:
        clips = [clip for track in self.tracks for clip in track.clips]
        effects = [effect for track in self.tracks for effect in track.effects]
        effects += [effect for clip in clips for effect in clip.effects]
        transitions = [transition for track in self.tracks for transition in track.transitions]
        parts: list[_Named] = [self, *self.tracks, *clips, *effects, *self.global_effects]
        parts += [*transitions, *self.markers]
        count = Counter(part.id for part in parts if part.id is not None)
        twice = [name for name, times in count.items() if times > 1]
        if twice:
            raise ValueError(f"the id {twice[0]!r} is used twice")
        return self
