"""Typed edits: every change of a project, as data.

The same object is REST body, MCP argument, command line JSON, history entry and audit row.
`edit.apply` says what each does to a document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from stoat_ferret.model import spelling
from stoat_ferret.model.project import (
    LONGEST_TIME,
    Clip,
    Ducking,
    Effect,
    Fit,
    Fraction,
    Identifier,
    Keyframe,
    Language,
    Output,
    Path,
    Source,
    TagName,
    Time,
    Transform,
    TransitionAudio,
    Value,
    Volume,
    Whole,
)

Mode = Literal["place", "insert", "overwrite"]
"""What happens to what lies where a clip goes."""

Shift = Annotated[
    Annotated[float, Field(ge=-LONGEST_TIME, le=LONGEST_TIME, allow_inf_nan=False)]
    | Annotated[
        str,
        StringConstraints(pattern=r"^-?([0-9]{1,3}:[0-5][0-9]:[0-5][0-9][:;][0-9]{2,3}|[0-9]{1,12}f)$"),
    ],
    Field(description="A length: seconds, a timecode or frames; below 0: to the left."),
]

Index = Annotated[Whole, Field(ge=0, le=100_000)]

NewId = Annotated[
    Identifier | None, Field(description="Id of what is made; one is made when it is left out.")
]
Reference = Annotated[
    Identifier, Field(description="An id, or `$k` for the id that edit `k` of this batch made.")
]

_MODE = (
    "`place`: refuse an overlap. `insert`: move later clips right; a clip that lies there is split. "
    "`overwrite`: cut away what lies there."
)


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [fields]})


class BaseEdit(Value):
    """What all edits share: other spellings are read, and the wire form comes back as it went in."""

    spelled: ClassVar[Mapping[str, str | Callable[[Any], Any]]] = {}
    """Other names of fields; or for a field, what brings its value to canonical spelling."""

    @model_validator(mode="before")
    @classmethod
    def _canonical(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        names = {name: to for name, to in cls.spelled.items() if isinstance(to, str)}
        fields = spelling.renamed(names, value)
        for name, to in cls.spelled.items():
            if not isinstance(to, str) and name in fields:
                fields[name] = to(fields[name])
        return fields

    @classmethod
    def example(cls) -> dict[str, Any]:
        """The edit of this kind that its documentation shows."""
        extra: Any = cls.model_config["json_schema_extra"]
        return dict(extra["examples"][0])

    def to_json(self) -> dict[str, Any]:
        """The wire form: `op` first, and only what was given."""
        shown = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return {"op": shown.pop("op", getattr(self, "op", None)), **shown}


def _effects(value: Any) -> Any:
    return [spelling.effect(item) for item in value] if isinstance(value, list) else value


def _fit(value: Any) -> Any:
    return spelling.word("fit", value)


def _crossing(value: Any) -> Any:
    return spelling.word("transition", value)


_CLIP = {
    "source": spelling.source,
    "transform": spelling.transform,
    "volume": spelling.animated,
    "effects": _effects,
    "fit": _fit,
}


class CreateTrack(BaseEdit):
    """Makes an empty track; it lies on top when `index` is left out."""

    model_config = _example(op="create_track", type="audio", name="Music")

    op: Literal["create_track"]
    type: Literal["video", "audio", "text"] = Field(description="What it carries.")
    name: str | None = Field(default=None, description="What people call it.")
    index: Index | None = Field(default=None, description="Its place from the lowest, 0, upwards.")
    id: NewId = None


class UpdateTrack(BaseEdit):
    """Changes a track's own fields; a locked track takes nothing but its unlocking."""

    model_config = _example(op="update_track", track_id="audio-music", muted=True, volume=0.5)

    op: Literal["update_track"]
    track_id: Reference
    name: str | None = Field(default=None, description="What people call it; null takes it off.")
    muted: bool = Field(default=False, description="Silent.")
    hidden: bool = Field(default=False, description="Not shown.")
    locked: bool = Field(default=False, description="Edits leave it alone.")
    volume: Volume = 1.0
    captions: Language | None = Field(
        default=None,
        description="Language of the captions that a text track holds, such as `eng`; "
        "null: its texts are no captions.",
    )


class MoveTrack(BaseEdit):
    """Moves a track among the others: what is shown above what."""

    model_config = _example(op="move_track", track_id="titles", index=0)

    op: Literal["move_track"]
    track_id: Reference
    index: Index = Field(description="Its place from the lowest, 0, upwards.")


class RemoveTrack(BaseEdit):
    """Removes a track with all that is on it; tracks that stepped back for it no longer do."""

    model_config = _example(op="remove_track", track_id="titles")

    op: Literal["remove_track"]
    track_id: Reference


class AddClip(BaseEdit):
    """Puts a part of a source on a track.

    A source with a length of its own plays to its end when `out_point` is left out; a generator or a still
    picture needs one.
    """

    model_config = _example(
        op="add_clip", track_id="video-main", source="media/interview.mp4", in_point=2, out_point=4, at="end"
    )
    spelled: ClassVar = {
        **_CLIP,
        "in": "in_point",
        "out": "out_point",
        "start": "at",
        "timeline_start": "at",
    }

    op: Literal["add_clip"]
    track_id: Reference
    source: Source
    in_point: Time = Field(default=0.0, description="First moment that is shown, in the source's time.")
    out_point: Time | None = Field(default=None, description="First moment that is no longer shown.")
    at: Time | Literal["end"] = Field(
        default="end", description="Where it starts on the timeline, or `end`: behind the track's last clip."
    )
    mode: Mode = Field(default="place", description=_MODE)
    name: str | None = Field(default=None, description="What people call it.")
    fit: Fit = Field(default="contain", description="How the picture fills its box.")
    volume: Volume = 1.0
    muted: bool = Field(default=False, description="Silent, picture unchanged.")
    transform: Transform | None = Field(default=None, description="Where the picture lies.")
    effects: tuple[Effect, ...] = Field(default=(), strict=False, description="Applied in this order.")
    id: NewId = None


class UpdateClip(BaseEdit):
    """Changes what a clip shows and how; what is left out stays.

    The parts of `transform` that are given replace those that are there; null takes all of it off.
    """

    model_config = _example(op="update_clip", clip_id="clip-1", volume="-6dB", transform={"opacity": 0.5})
    spelled: ClassVar = _CLIP

    op: Literal["update_clip"]
    clip_id: Reference
    source: Source | None = Field(
        default=None, description="A path, library id or generator; in and out points stay."
    )
    name: str | None = Field(default=None, description="What people call it; null takes it off.")
    fit: Fit = Field(default="contain", description="How the picture fills its box.")
    volume: Volume = 1.0
    muted: bool = Field(default=False, description="Silent, picture unchanged.")
    enabled: bool = Field(default=True, description="Whether it shows and sounds; its place stays.")
    transform: Transform | None = Field(default=None, description="Where the picture lies.")


class MoveClip(BaseEdit):
    """Moves a clip to another place or track; its transitions go when their clips part.

    The place that it leaves stays empty.
    """

    model_config = _example(op="move_clip", clip_id="clip-2", timeline_start=20)
    spelled: ClassVar = {"start": "timeline_start", "at": "timeline_start"}

    op: Literal["move_clip"]
    clip_id: Reference
    timeline_start: Time = Field(description="Where it starts from now on.")
    track_id: Reference | None = Field(default=None, description="Another track of a fitting type.")
    mode: Mode = Field(default="place", description=_MODE)


class TrimClip(BaseEdit):
    """Moves one or both edges of a clip; the times are in its source.

    Without `ripple` the other edge stays where it is on the timeline.
    Times of effects and keyframes still count from the clip's start; only the keyframes of its speed stay
    with the pictures, so that each of them shows when it did.
    """

    model_config = _example(op="trim_clip", clip_id="clip-1", out_point=15, ripple=True)
    spelled: ClassVar = {"in": "in_point", "out": "out_point"}

    op: Literal["trim_clip"]
    clip_id: Reference
    in_point: Time | None = Field(default=None, description="First moment that is shown.")
    out_point: Time | None = Field(default=None, description="First moment that is no longer shown.")
    ripple: bool = Field(
        default=False, description="The clip keeps its start, and later clips of the track follow its end."
    )


class SlipClip(BaseEdit):
    """Shows another part of the source at the same place: moves in and out point together."""

    model_config = _example(op="slip_clip", clip_id="clip-1", by=-1.5)

    op: Literal["slip_clip"]
    clip_id: Reference
    by: Shift


class SplitClip(BaseEdit):
    """Cuts a clip in two without changing the picture: makes the right part.

    Speed, keyframes and texts go on; a fade in stays with the left part, a fade out with the right one, and
    so do the transitions at both ends. A cut within a fade or a transition is refused.
    """

    model_config = _example(op="split_clip", clip_id="clip-1", at=8)

    op: Literal["split_clip"]
    clip_id: Reference
    at: Time = Field(description="Where it is cut, in the project's time.")
    id: NewId = None


class DuplicateClip(BaseEdit):
    """Copies a clip with its effects, which get ids of their own.

    Without `at` the copy goes behind the original and later clips move right; on another track it starts with
    the original. With `at` nothing may lie there.
    """

    model_config = _example(op="duplicate_clip", clip_id="clip-1", at="end")

    op: Literal["duplicate_clip"]
    clip_id: Reference
    at: Time | Literal["end"] | None = Field(default=None, description="Where the copy starts, or `end`.")
    track_id: Reference | None = Field(default=None, description="Another track of a fitting type.")
    id: NewId = None


class RemoveClip(BaseEdit):
    """Removes a clip and its transitions; with `ripple` later clips of the track close the gap."""

    model_config = _example(op="remove_clip", clip_id="clip-1", ripple=True)

    op: Literal["remove_clip"]
    clip_id: Reference
    ripple: bool = Field(default=False, description="Later clips of the track move left.")


class AddEffect(BaseEdit):
    """Puts an effect on a clip, a track or the project, behind those that are there.

    Four act beyond one clip and become what they mean: `xfade` the transition to the next clip (and
    `acrossfade` its sound), `audio_ducking` the track's ducking, `audio_mix` the project's mix.
    The `offset` of `xfade` is derived; when it is given, it has to agree.
    A change of speed moves the clip's end, and later clips of the track with it.
    """

    model_config = _example(
        op="add_effect", target="clip-1", type="text_overlay", params={"text": "Introduction", "duration": 3}
    )
    spelled: ClassVar = {
        "effect_type": "type",
        "parameters": "params",
        "clip_id": "target",
    }

    op: Literal["add_effect"]
    target: Reference = Field(description="Id of a clip or track, `$k`, or `project`.")
    type: str = Field(description="A name of the catalogue, such as `text_overlay`.")
    params: dict[str, Any] = Field(default_factory=dict, description="As the catalogue declares them.")
    index: Index | None = Field(default=None, description="Its place among the effects, the first is 0.")
    id: NewId = None


class UpdateEffect(BaseEdit):
    """Changes parameters of an effect, or switches it on or off.

    Parameters that are left out stay; null takes one back to its default.
    """

    model_config = _example(op="update_effect", effect_id="fx-1", params={"fontsize": 64, "fade_in": None})
    spelled: ClassVar = {"parameters": "params"}

    op: Literal["update_effect"]
    effect_id: Reference
    params: dict[str, Any] = Field(default_factory=dict, description="Those that change.")
    enabled: bool = Field(default=True, description="Whether it does anything.")


class MoveEffect(BaseEdit):
    """Moves an effect among those of the same clip, track or project."""

    model_config = _example(op="move_effect", effect_id="fx-1", index=0)

    op: Literal["move_effect"]
    effect_id: Reference
    index: Index = Field(description="Its place, the first is 0.")


class RemoveEffect(BaseEdit):
    """Removes an effect; when the speed changes by it, later clips of the track follow the clip's end."""

    model_config = _example(op="remove_effect", effect_id="fx-1")

    op: Literal["remove_effect"]
    effect_id: Reference


class SetKeyframes(BaseEdit):
    """Lets a number change over a clip, or with null makes it what it is by default again.

    For a clip: `volume`, `transform.x`, `.y`, `.width`, `.height`, `.rotation`, `.opacity`,
    `transform.crop.x`, `.y`; for a clip of a title also `source.fontsize`, `source.opacity`;
    for an effect what the catalogue calls animatable.
    """

    model_config = _example(
        op="set_keyframes",
        target="clip-1",
        param="transform.opacity",
        keyframes=[{"time": 0, "value": 0}, {"time": 1, "value": 1, "easing": "ease"}],
    )

    op: Literal["set_keyframes"]
    target: Reference = Field(description="Id of a clip or an effect, or `$k`.")
    param: str = Field(description="Name of the number.")
    keyframes: tuple[Keyframe, ...] | None = Field(
        strict=False, description="In order of time from the clip's start; null: none."
    )

    @model_validator(mode="before")
    @classmethod
    def _easings(cls, value: Any) -> Any:
        return spelling.animated(value)


class AddTransition(BaseEdit):
    """Joins a clip with the next one of its track by a transition.

    `overlap` moves the later clip and all after it left by the duration; `handles` leaves the cut where it is
    and lengthens both clips around it from material beyond their in and out points.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "op": "add_transition",
                    "from": "clip-1",
                    "to": "clip-2",
                    "type": "dissolve",
                    "duration": 1.0,
                }
            ]
        }
    )
    spelled: ClassVar = {
        "transition": "type",
        "length": "duration",
        "type": _crossing,
        "audio": spelling.curves,
    }

    op: Literal["add_transition"]
    from_: Reference = Field(alias="from", description="Id of the clip that goes, or `$k`.")
    to: Reference = Field(description="Id of the clip that comes, or `$k`.")
    type: str = Field(description="A name of the catalogue, such as `dissolve`.")
    duration: Time = Field(description="How long both clips show.")
    mode: Literal["overlap", "handles"] = Field(
        default="overlap", description="Where the time comes from: later clips move, or handles."
    )
    audio: TransitionAudio | None = Field(
        default=None, description="Curves of the sound; null: it cuts hard in the middle."
    )
    id: NewId = None


class UpdateTransition(BaseEdit):
    """Changes a transition; with another duration the later clip and all after it move."""

    model_config = _example(op="update_transition", transition_id="tr-1", type="wipeleft", duration=0.5)
    spelled: ClassVar = {
        "transition": "type",
        "length": "duration",
        "type": _crossing,
    }

    op: Literal["update_transition"]
    transition_id: Reference
    type: str | None = Field(default=None, description="A name of the catalogue.")
    duration: Time | None = Field(default=None, description="How long both clips show.")


class RemoveTransition(BaseEdit):
    """Makes a hard cut of a transition, in its middle; with `ripple` both clips keep their material.

    Then the later clip and all after it move right by the duration.
    """

    model_config = _example(op="remove_transition", transition_id="tr-1", ripple=True)

    op: Literal["remove_transition"]
    transition_id: Reference
    ripple: bool = Field(default=False, description="Later clips move right instead of being cut.")


class Rectangle(Value):
    """A part of the output in fractions of it."""

    x: Fraction = Field(description="Left edge.")
    y: Fraction = Field(description="Upper edge.")
    width: Annotated[float, Field(gt=0, le=1)] = Field(description="Width.")
    height: Annotated[float, Field(gt=0, le=1)] = Field(description="Height.")


class ApplyLayout(BaseEdit):
    """Writes where the pictures of several clips lie, in the order of the layout's rectangles."""

    model_config = _example(op="apply_layout", layout="pip_top_right", clip_ids=["clip-1", "clip-2"])

    op: Literal["apply_layout"]
    layout: str | Annotated[tuple[Rectangle, ...], Field(min_length=1, strict=False)] = Field(
        description="A name of the catalogue, such as `side_by_side`, or a list of rectangles."
    )
    clip_ids: tuple[Reference, ...] = Field(
        min_length=1, strict=False, description="Clips, the first in the first rectangle."
    )


class SetDucking(BaseEdit):
    """Lowers a track while others sound; null: no longer."""

    model_config = _example(op="set_ducking", track_id="audio-music", ducking={"under": ["video-main"]})

    op: Literal["set_ducking"]
    track_id: Reference
    ducking: Ducking | None = Field(description="Under which tracks, and how; times in milliseconds.")


class SetAudioMix(BaseEdit):
    """Sets the volumes of tracks, and that of the whole programme."""

    model_config = _example(
        op="set_audio_mix", tracks={"video-main": 1.0, "audio-music": "-12dB"}, master=0.9
    )

    op: Literal["set_audio_mix"]
    tracks: dict[Identifier, Volume] = Field(
        default_factory=dict, description="Volume for each track id (or `$k`)."
    )
    master: Volume = Field(default=1.0, description="Volume of the finished programme.")


class AddMarker(BaseEdit):
    """Names a moment; a chapter becomes one of the finished file."""

    model_config = _example(op="add_marker", time=12, name="Chapter 2", chapter=True)

    op: Literal["add_marker"]
    time: Time = Field(description="In the project's time.")
    name: str = Field(default="", description="What people call it.")
    chapter: bool = Field(default=False, description="Whether the finished file has a chapter here.")
    id: NewId = None


class UpdateMarker(BaseEdit):
    """Moves or renames a marker; what is left out stays."""

    model_config = _example(op="update_marker", marker_id="mk-1", time="00:00:13:00")

    op: Literal["update_marker"]
    marker_id: Reference
    time: Time | None = Field(default=None, description="In the project's time.")
    name: str | None = Field(default=None, description="What people call it.")
    chapter: bool = Field(default=False, description="Whether the finished file has a chapter here.")


class RemoveMarker(BaseEdit):
    """Removes a marker."""

    model_config = _example(op="remove_marker", marker_id="mk-1")

    op: Literal["remove_marker"]
    marker_id: Reference


def _output(value: Any) -> Any:
    return spelling.named("output", value) if isinstance(value, dict) else value


class UpdateProject(BaseEdit):
    """Changes the project's name, output or tags; what is left out stays.

    With another rate every clip is put on the new grid of frames.
    """

    model_config = _example(
        op="update_project",
        name="Final cut",
        output={"width": 1280, "height": 720},
        metadata={"title": "Final"},
    )
    spelled: ClassVar = {"output": _output}

    op: Literal["update_project"]
    name: str | None = Field(default=None, description="What people call it; null takes it off.")
    output: Output | None = Field(default=None, description="The parts that change.")
    metadata: dict[TagName, str | None] | None = Field(
        default=None, description="Tags that change; null takes one off."
    )


CaptionStyle = Literal["classic", "box", "top", "highlight", "karaoke"]
"""Names of the looks that captions can have."""


class ImportCaptions(BaseEdit):
    """Makes a clip of each caption of a file, on a text track that is made when none is named.

    The file is given as `text`, or as a `source` to be read.
    Colours of whole captions, places and styles of ASS are kept, and the times of words (those of WebVTT,
    such as `<00:01.500>`, and karaoke of ASS) in the styles `highlight` and `karaoke`, where words without
    times share their caption by their lengths. A `style` goes before what the file says of all but places.
    What else the file says is left out, and told by name.
    """

    model_config = _example(
        op="import_captions", format="srt", text="1\n00:00:01,000 --> 00:00:03,000\nGood morning.\n"
    )

    op: Literal["import_captions"]
    source: Path | None = Field(default=None, description="Path of the file.")
    text: Annotated[str, StringConstraints(max_length=10_000_000)] | None = Field(
        default=None, description="What the file says."
    )
    format: Literal["srt", "vtt", "ass"] | None = Field(
        default=None, description="Left out: told by the first line, or by the file's ending."
    )
    track_id: Reference | None = Field(default=None, description="A text track; left out, one is made.")
    language: Language | None = Field(
        default=None,
        description="Of the captions, such as `eng`; left out, `und` for a track that is made.",
    )
    style: CaptionStyle | None = Field(
        default=None, description="How they look; left out, as the file says, else classic."
    )
    params: dict[str, Any] | None = Field(
        default=None, description="Parameters that go before those of the style, such as `fontcolor`."
    )
    id: NewId = None


class StyleCaptions(BaseEdit):
    """Gives all titles and captions of a text track another look; texts and times stay."""

    model_config = _example(
        op="style_captions", track_id="titles", style="box", params={"fontcolor": "#ffee00"}
    )

    op: Literal["style_captions"]
    track_id: Reference
    style: CaptionStyle = Field(description="How they look.")
    params: dict[str, Any] | None = Field(
        default=None, description="Parameters that go before those of the style, such as `fontcolor`."
    )


Edit = Annotated[
    CreateTrack
    | UpdateTrack
    | MoveTrack
    | RemoveTrack
    | AddClip
    | UpdateClip
    | MoveClip
    | TrimClip
    | SlipClip
    | SplitClip
    | DuplicateClip
    | RemoveClip
    | AddEffect
    | UpdateEffect
    | MoveEffect
    | RemoveEffect
    | SetKeyframes
    | AddTransition
    | UpdateTransition
    | RemoveTransition
    | ApplyLayout
    | SetDucking
    | SetAudioMix
    | AddMarker
    | UpdateMarker
    | RemoveMarker
    | UpdateProject
    | ImportCaptions
    | StyleCaptions,
    Field(discriminator="op"),
]
"""Any edit; `op` tells which."""


def _ops() -> dict[str, type[BaseEdit]]:
    models: tuple[type[BaseEdit], ...] = get_args(get_args(Edit)[0])
    return {get_args(model.model_fields["op"].annotation)[0]: model for model in models}


OPS: Mapping[str, type[BaseEdit]] = _ops()
"""The model of each op."""

CLIP_FIELDS = tuple(name for name in AddClip.model_fields if name in Clip.model_fields and name != "id")
"""Fields of a clip that `add_clip` takes over."""
