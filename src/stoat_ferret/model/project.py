"""The project document `stoat.project/1` as frozen pydantic models.

The Rust core checks and compiles documents; these models say the same shape to Python, to JSON Schema
and to every client that is generated from it.
Parameters of effects and of titles are open here: they live in the core's catalogue.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Timecode = Annotated[
    str,
    StringConstraints(pattern=r"^(\d{1,3}:[0-5]\d:[0-5]\d[:;]\d{2,3}|\d{1,12}f)$"),
]
"""A timecode `HH:MM:SS:FF` (`;` before the frames: drop-frame) or project frames such as `315f`."""

Seconds = Annotated[float, Field(allow_inf_nan=False)]

Time = Annotated[
    Seconds | Timecode,
    Field(description="Seconds as a number, a timecode `HH:MM:SS:FF`, or frames such as `315f`."),
]

Rate = Annotated[
    float | Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+)?(/\d+)?$")],
    Field(
        description="Frames per second: a number (29.97 means 30000/1001) or a fraction such as `30000/1001`."
    ),
]

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200)]

Color = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    Field(description="A colour: `#rrggbb`, `#rrggbbaa` or a name that ffmpeg knows."),
]

Fraction = Annotated[float, Field(allow_inf_nan=False)]

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

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, allow_inf_nan=False
    )


class Keyframe(Value):
    """One point of a curve."""

    time: Time = Field(description="Where the value is reached, from the clip's start on the timeline.")
    value: float = Field(description="The value, in the unit of the parameter that it animates.")
    easing: Easing = Field(default="linear", description="How the value goes from this keyframe to the next.")


class Keyframes(Value):
    """A curve in place of a number; before the first and after the last keyframe the value stands still."""

    keyframes: tuple[Keyframe, ...] = Field(min_length=1, strict=False, description="In order of time.")


Animatable = Annotated[
    Fraction | Keyframes, Field(description="A number, or keyframes over time from the clip's start.")
]


class Crop(Value):
    """What of the source picture is kept, in fractions (0..1) of the source's shown width and height."""

    x: Fraction = Field(default=0.0, description="Left edge.")
    y: Fraction = Field(default=0.0, description="Top edge.")
    width: Fraction = Field(default=1.0, description="Width that is kept.")
    height: Fraction = Field(default=1.0, description="Height that is kept.")


class Transform(Value):
    """Where a clip's picture lies, in fractions (0..1) of the output picture; any part may be left out."""

    x: Animatable = Field(
        default=0.5, description="Where the anchor lies, in fractions of the output's width."
    )
    y: Animatable = Field(
        default=0.5, description="Where the anchor lies, in fractions of the output's height."
    )
    width: Animatable = Field(
        default=1.0, description="Width of the box that `fit` fills, in fractions of the output."
    )
    height: Animatable = Field(default=1.0, description="Height of that box, in fractions of the output.")
    anchor: Anchor = Field(default="center", description="The point of the box that `x` and `y` place.")
    rotation: Animatable = Field(default=0.0, description="Degrees, clockwise, around the box's centre.")
    opacity: Animatable = Field(default=1.0, description="0 (not seen) to 1.")
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


class TitleGenerator(BaseModel):
    """A text on a transparent ground; takes the parameters of `text_overlay` as well."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)

    generator: Literal["title"]
    text: str = Field(description="The words, drawn as they are written.")


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


Generator = Annotated[
    ColorGenerator | TitleGenerator | TestSourceGenerator | SilenceGenerator | ToneGenerator,
    Field(discriminator="generator"),
]

Source = Annotated[
    Annotated[str, StringConstraints(min_length=1)] | Generator,
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
    volume: Annotated[
        float | str | Keyframes, Field(description="Linear (1: as it is), or decibels such as `-6dB`.")
    ] = 1.0
    muted: bool = Field(default=False, description="Silent, picture unchanged.")
    enabled: bool = Field(
        default=True, description="A clip that is off keeps its place and shows and sounds nothing."
    )
    transform: Transform | None = Field(default=None, description="Null: the picture fills the output.")
    effects: tuple[Effect, ...] = Field(default=(), strict=False, description="Applied in this order.")


class TransitionAudio(Value):
    """How the sound of two clips crosses over."""

    curve1: str = Field(default="tri", description="Curve of the sound that goes.")
    curve2: str = Field(default="tri", description="Curve of the sound that comes.")


class Transition(Value):
    """An overlap of two neighbours on one track, from one picture into the other."""

    id: Identifier | None = Field(default=None, description="Stable name within the document.")
    type: str = Field(description="A name of the core's catalogue, such as `dissolve`.")
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
        default=0.02, gt=0, le=1, description="Linear level of those tracks that lowers this one."
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
    volume: Annotated[
        float | str | Keyframes, Field(description="Linear (1: as it is), or decibels such as `-6dB`.")
    ] = 1.0
    effects: tuple[Effect, ...] = Field(default=(), strict=False, description="Applied to the whole track.")
    clips: tuple[Clip, ...] = Field(default=(), strict=False)
    transitions: tuple[Transition, ...] = Field(default=(), strict=False)
    ducking: Ducking | None = Field(default=None, description="Null: not lowered.")


class Output(Value):
    """What the project is made for; a render may ask for another size."""

    width: int = Field(default=1920, ge=16, le=16384, description="Pixels, even.")
    height: int = Field(default=1080, ge=16, le=16384, description="Pixels, even.")
    fps: Rate = 30
    sample_rate: int = Field(default=48000, ge=8000, le=192000, description="Hertz.")
    channels: Literal[1, 2, 6] = Field(default=2, description="Sound channels: mono, stereo or 5.1.")
    background: Color = "#000000"


class Marker(Value):
    """A named moment of the project."""

    id: Identifier | None = Field(default=None, description="Stable name within the document.")
    time: Time = Field(description="In the project's time.")
    name: str = Field(default="", description="What people call it.")
    chapter: bool = Field(
        default=False, description="Written into the finished file as the start of a chapter."
    )


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
    metadata: dict[str, str] = Field(
        default_factory=dict, description="Tags of the finished file, such as `title`."
    )
