"""What the API takes and answers, as OpenAPI shows it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PrivateAttr,
    StringConstraints,
    TypeAdapter,
    WrapValidator,
    model_validator,
)
from pydantic_core import CoreSchema

from stoat_ferret.edit import read_edits
from stoat_ferret.jobs.job import PRIORITY_LIMIT
from stoat_ferret.model import spelling
from stoat_ferret.model.edit import Edit, Rectangle
from stoat_ferret.model.event import EventType
from stoat_ferret.model.project import (
    Clip,
    Effect,
    Fit,
    Marker,
    Output,
    Project,
    Source,
    Time,
    Transform,
    Transition,
    TransitionAudio,
    Volume,
)

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]
Words = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
MOST_WHOLE = 2**31 - 1
"""The greatest number of a revision or of a place in a list."""


class Taken(BaseModel):
    """What is sent; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Given(BaseModel):
    """What is answered; later versions may add fields."""

    model_config = ConfigDict(extra="allow")


class As:
    """Shows a field that is passed on as it comes as the type that it is read as later."""

    def __init__(self, kind: Any) -> None:
        """`kind` is any type that pydantic knows."""
        self._kind = kind

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of the other type."""
        return handler(TypeAdapter(self._kind).core_schema)


def _parsed(value: Any, _: object) -> list[Edit]:
    """Every edit; what is wrong with any of them is told together with what is wrong with the others."""
    return list(read_edits(value))


# Problems


class FixShape(Given):
    """A change that would mend the problem."""

    title: str
    edits: list[dict[str, Any]] = Field(description="Post them as they are.")


class ProblemItem(Given):
    """One thing that is wrong."""

    code: str = Field(description="Stable name, `area.kind`.")
    path: str = Field(description="JSON pointer into the request; empty: the whole of it.")
    message: str
    hint: str | None = None
    allowed: list[Any] | None = None
    fixes: list[FixShape] = []


class ProblemShape(Given):
    """RFC 9457, with everything that is wrong at once."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    problems: list[ProblemItem]


# Projects


class CreateProject(Taken):
    """A new project."""

    name: Name | None = None
    output: Annotated[dict[str, Any], As(Output)] | None = Field(
        default=None, description="As in the document; the rest by default."
    )
    document: Annotated[dict[str, Any], As(Project)] | None = Field(
        default=None, description="A whole document, instead of an empty one."
    )


class PatchProject(Taken):
    """Changes to a project as a whole; `document` replaces everything."""

    name: Name | None = None
    output: Annotated[dict[str, Any], As(Output)] | None = None
    metadata: dict[str, str] | None = None
    document: Annotated[dict[str, Any], As(Project)] | None = None


class EditBatch(Taken):
    """Edits that are done whole or not at all."""

    base_revision: int | None = Field(
        default=None,
        ge=1,
        le=MOST_WHOLE,
        description="The revision that you read; left out: whichever is the newest.",
    )
    edits: Annotated[list[Edit], WrapValidator(_parsed)] = Field(min_length=1, max_length=1000)
    intent: Words | None = Field(default=None, description="Why, in your words; kept in the history.")
    dry_run: bool = Field(default=False, description="Do all of it, and store nothing.")


class SpanShape(Given):
    """A half-open range of the timeline, seconds."""

    start: float
    end: float


class EditResult(Given):
    """What one edit did."""

    op: str
    id: str | None = None
    ids: list[str] | None = None
    snapped: dict[str, float] | None = Field(
        default=None, description="Times that were moved to the nearest frame, seconds."
    )


class EditAnswer(Given):
    """What a batch did."""

    project_id: str
    revision: int
    results: list[EditResult]
    spans: list[SpanShape] = Field(description="The ranges of the timeline that changed.")
    problems: list[ProblemItem]
    notices: list[ProblemItem] | None = Field(default=None, description="Done, but perhaps not as meant.")
    rebased_over: list[int] | None = None
    dry_run: bool | None = None
    of_revision: int | None = Field(default=None, description="What was taken back or restored.")


class ProjectAnswer(Given):
    """A project with its document."""

    id: str
    name: str
    slug: str = Field(description="Name of its folder.")
    revision: int
    document: Project
    problems: list[ProblemItem] = Field(
        default=[], description="Of a new one: what stands between it and its render."
    )


class ProjectEntry(Given):
    """A project in a list."""

    id: str
    name: str
    slug: str
    revision: int
    created_at: str
    modified_at: str


class Page(Given):
    """A part of a list."""

    total: int
    limit: int
    offset: int


class ProjectList(Page):
    """Projects, the one that was changed last first."""

    items: list[ProjectEntry]


class RevisionEntry(Given):
    """One state of a project in its history."""

    project_id: str | None = None
    revision: int
    parent: int | None
    kind: Literal["create", "edit", "undo", "redo", "restore", "write"]
    of_revision: int | None
    actor: str
    intent: str | None
    label: str | None
    edits: list[dict[str, Any]]
    spans: list[SpanShape]
    sha256: str
    correlation_id: str | None
    created_at: str


class RevisionList(Page):
    """Revisions, newest first."""

    items: list[RevisionEntry]


class RevisionAnswer(RevisionEntry):
    """A revision with its document."""

    document: Project


class NameRevision(Taken):
    """A name for a revision; null takes it away."""

    label: Name | None


class ElementChange(Given):
    """What became of one element."""

    kind: str = Field(description="project, track, clip, effect, transition or marker.")
    id: str
    change: Literal["added", "removed", "changed"]
    of: str | None = Field(default=None, description="The element that it belongs to.")
    fields: dict[str, Any] = Field(description="By name, `{old, new}`.")


class OrderChange(Given):
    """What stands in another order."""

    of: str
    old: list[str]
    new: list[str]


class DiffAnswer(Given):
    """What differs between two revisions."""

    project_id: str
    from_: int = Field(alias="from")
    to: int
    elements: list[ElementChange]
    order: list[OrderChange] = Field(description="Whose parts stand in another order.")
    spans: list[SpanShape]


class ValidateAnswer(Given):
    """Whether a project can be rendered, and what stands in the way."""

    project_id: str
    revision: int
    valid: bool
    problems: list[ProblemItem]


class TimelineClip(Given):
    """A clip on the timeline; seconds. With `detail`, all that the document says of it."""

    id: str
    start: float
    end: float
    name: str | None = None
    source: Annotated[Any, As(Source)] = None
    in_point: float | None = None
    out_point: float | None = None
    timeline_start: float | None = None
    timeline_end: float | None = None
    enabled: bool | None = None
    muted: bool | None = None
    fit: Annotated[Any, As(Fit | None)] = None
    volume: Annotated[Any, As(Volume | None)] = None
    transform: Annotated[Any, As(Transform | None)] = None
    effects: Annotated[Any, As(list[Effect] | None)] = None


class TimelineTrack(Given):
    """A track, the first the lowest."""

    id: str
    type: Literal["video", "audio", "text"]
    name: str | None = None
    muted: bool | None = None
    hidden: bool | None = None
    locked: bool | None = None
    clips: list[TimelineClip]
    transitions: list[Annotated[dict[str, Any], As(Transition)]]


class TimelineAnswer(Given):
    """Where everything lies, without the details."""

    project_id: str
    revision: int
    duration: float = Field(description="Seconds.")
    frames: int
    fps: float | str
    tracks: list[TimelineTrack]
    markers: list[Annotated[dict[str, Any], As(Marker)]]


# Clips and effects, the founding design's routes


class CreateClip(Taken):
    """A clip to add to a track."""

    track_id: Name | None = Field(
        default=None, description="Left out: the first video track, made if there is none."
    )
    source: Annotated[Any, As(Source)] = Field(description="A path, a library id, or a generator.")
    in_point: Annotated[Any, As(Time | None)] = None
    out_point: Annotated[Any, As(Time | None)] = None
    at: Annotated[Any, As(Time | Literal["end"])] = Field(default="end", description="Where on the timeline.")
    timeline_start: Annotated[Any, As(Time | None)] = Field(
        default=None, description="Another name of `at`, as clips have it."
    )
    mode: Literal["place", "insert", "overwrite"] | None = None
    fit: Annotated[Any, As(Fit | None)] = None
    volume: Annotated[Any, As(Volume | None)] = None
    muted: bool | None = None
    transform: Annotated[dict[str, Any], As(Transform)] | None = None
    effects: Annotated[list[dict[str, Any]], As(list[Effect])] | None = None
    name: Name | None = None
    id: Name | None = None


class PatchClip(Taken):
    """Changes to a clip: each becomes the edit that it means."""

    source: Annotated[Any, As(Source | None)] = None
    fit: Annotated[Any, As(Fit | None)] = None
    volume: Annotated[Any, As(Volume | None)] = None
    muted: bool | None = None
    enabled: bool | None = None
    transform: Annotated[dict[str, Any], As(Transform)] | None = None
    name: Name | None = None
    in_point: Annotated[Any, As(Time | None)] = None
    out_point: Annotated[Any, As(Time | None)] = None
    timeline_start: Annotated[Any, As(Time | None)] = None
    track_id: Name | None = None


class SplitAt(Taken):
    """Where to split a clip."""

    at: Time = Field(description="Timeline time: seconds, timecode or frames.")


_OF_EDITS = {"type": "effect_type", "params": "parameters"}
"""Names of edits for what the founding design names otherwise."""


class EffectFields(Taken):
    """What names an effect's fields as the founding design does, or as edits do: `type` and `params`."""

    _sent: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _spelled(cls, value: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, dict):
            return read(value)
        made = read(spelling.renamed(_OF_EDITS, value))
        made.sent_as().update({name: name for name in ("type", "params") if name in value})
        return made

    def sent_as(self) -> dict[str, str]:
        """Under which names the request has the fields of edits, where they are those of edits."""
        return self._sent


class ClipEffect(EffectFields):
    """An effect for a clip; `type` and `params` are other names of `effect_type` and `parameters`."""

    effect_type: str
    parameters: dict[str, Any] = {}
    index: int | None = Field(default=None, ge=0, le=MOST_WHOLE)


class ClipPreset(Taken):
    """A preset for a clip."""

    preset: str = Field(max_length=100, description="As in `GET /presets`.")
    index: int | None = Field(
        default=None, ge=0, le=MOST_WHOLE, description="Place of its first effect; left out: behind all."
    )


class PatchEffect(EffectFields):
    """Changes to an effect; `params` is another name of `parameters`."""

    parameters: dict[str, Any] | None = None
    enabled: bool | None = None


class EffectAnswer(Given):
    """An effect as it was stored."""

    id: str
    effect_type: str
    parameters: dict[str, Any]
    enabled: bool
    filter_string: str | None = Field(description="For reading: rendering derives it anew.")
    revision: int
    became: Literal["transition", "ducking", "mix"] | None = Field(
        default=None,
        description="What it is where it acts beyond its clip: the transition, track or mix of this id.",
    )


class JoinClips(Taken):
    """A transition between two neighbours."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    project_id: str | None = Field(default=None, description="Needed only where a clip id is not unique.")
    from_: Name = Field(alias="from", description="Id of the clip that goes.")
    to: Name = Field(description="Id of the clip that comes.")
    type: str = Field(default="fade", description="A name of /transitions.")
    transition: str | None = Field(default=None, description="Another name of `type`.")
    duration: Time = 1.0
    length: Time | None = Field(default=None, description="Another name of `duration`.")
    mode: Literal["overlap", "handles"] | None = None
    audio: Annotated[dict[str, Any], As(TransitionAudio)] | None = None


class AddText(BaseModel):
    """A text over a clip, with every parameter of `text_overlay`."""

    model_config = ConfigDict(extra="allow", strict=True)

    clip_id: str
    project_id: str | None = Field(default=None, description="Needed only where a clip id is not unique.")
    text: str


Moment = (
    Annotated[float, Field(ge=0, le=1e9)] | Annotated[str, StringConstraints(min_length=1, max_length=40)]
)


class PreviewEffect(EffectFields):
    """An effect to show; `type` and `params` are other names of `effect_type` and `parameters`."""

    effect_type: str
    parameters: dict[str, Any] = {}
    image: bool = Field(default=False, description="Draw it on a test picture of four seconds, too.")
    t: Moment = Field(default=1.0, description="The moment of the test picture that is drawn.")


class Compose(Taken):
    """Clips to lay out side by side."""

    project_id: str
    clip_ids: list[str] = Field(min_length=1, max_length=100)
    layout: str | Annotated[list[dict[str, Any]], As(list[Rectangle])] = Field(
        description="A name of /compose/presets, or a rectangle for each clip."
    )


# Work


class JobAnswer(Given):
    """Long work: its state and, when it is done, its result or problem."""

    job_id: str
    kind: str
    status: Literal["pending", "running", "completed", "failed", "timeout", "cancelled"]
    progress: float = Field(ge=0, le=1)
    eta_seconds: float | None
    attempt: int
    result: dict[str, Any] | None
    problem: ProblemShape | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    project_id: str | None = None
    batch_id: str | None = Field(default=None, description="The batch that it is one of.")


class JobList(Page):
    """Jobs, newest first."""

    items: list[JobAnswer]


class Accepted(Given):
    """Long work that was taken on."""

    job_id: str
    output: str | None = Field(default=None, description="Of a render: the file's name.")


class ScanRequest(Taken):
    """A folder to look through."""

    path: str = Field(min_length=1, max_length=4096)
    recursive: bool = True


RangeText = Annotated[str, StringConstraints(max_length=100)]


class RangeShape(Taken):
    """A part of the timeline; an end that is left out is the project's."""

    start: Moment = 0.0
    end: Moment | None = None


class PlanRequest(Taken):
    """A render to plan."""

    project_id: str
    revision: int | None = Field(default=None, ge=1, le=MOST_WHOLE)
    output: str | None = Field(
        default=None,
        max_length=401,
        description="File name; its ending says the format. Many files are named with their folder: "
        "`film/index.m3u8` (HLS and DASH), `frames/%05d.png`. Left out: one that is free.",
    )
    profile: str | None = Field(
        default=None,
        max_length=100,
        description="What a platform takes, by a name of `GET /render/formats`; other fields go before it.",
    )
    format: str | None = None
    # The judge of orders refuses what is none of these, together with all else that is wrong.
    quality: Annotated[str, As(Literal["draft", "medium", "high", "lossless"])] | None = Field(
        default=None, description="Left out: the profile's, else medium."
    )
    size: Annotated[str, As(Annotated[str, Field(pattern=r"^[0-9]{2,5}x[0-9]{2,5}$")])] | None = None
    range: RangeText | Annotated[list[Moment], Field(min_length=2, max_length=2)] | RangeShape | None = Field(
        default=None,
        description="`START:END`, `[start, end]` or `{start, end}`: seconds, timecodes or frames.",
    )
    encoder: str | None = Field(default=None, max_length=100)
    loudness: float | None = Field(
        default=None,
        ge=-40,
        le=-5,
        description="LUFS that the whole sound is brought to; left out: the profile's, if any.",
    )
    stem: str | None = Field(
        default=None,
        max_length=200,
        description="Id of a track: its sound alone, as it is heard in the mix and as long (wav, flac).",
    )
    captions: Annotated[str, As(Literal["burn", "stream", "none"])] | None = Field(
        default=None,
        description="What becomes of tracks of captions: part of the picture, streams of the file "
        "(mp4, mov, mkv, webm), or left out. Left out: the profile's, else `burn`.",
    )
    copy_frames: bool = Field(
        default=True,
        alias="copy",
        description="Whether frames that are shown as they are in their source may be copied, not encoded.",
    )
    overwrite: bool = False


class RenderRequest(PlanRequest):
    """A render to make."""

    priority: int = Field(
        default=0,
        ge=-PRIORITY_LIMIT,
        le=PRIORITY_LIMIT,
        description="Higher goes first; among equals, what came first.",
    )
    webhook: str | None = Field(default=None, max_length=2000)


class BatchRequest(Taken):
    """Renders to make together: all of them are taken on, or none."""

    items: list[RenderRequest] = Field(min_length=1, max_length=200)
    parallel: int = Field(
        default=2,
        ge=1,
        le=256,
        description="How many of them may run at the same time; the service itself runs as many renders "
        "as STOAT_WORKERS less one, and at least one.",
    )
    webhook: str | None = Field(
        default=None, max_length=2000, description="Told when all of them are at rest."
    )


class AcceptedBatch(Given):
    """Renders that were taken on together."""

    batch_id: str
    parallel: int
    items: list[Accepted] = Field(description="In the order of the request.")


class BatchItem(JobAnswer):
    """A render of a batch."""

    output: str = Field(description="The file's name.")


class BatchAnswer(Given):
    """Renders that were asked for together: how far they are as a whole, and each of them."""

    batch_id: str
    status: Literal["pending", "running", "completed", "failed", "cancelled"] = Field(
        description="Running once one was begun, until all are at rest; then what is worst of them."
    )
    progress: float = Field(ge=0, le=1, description="The mean of its items; one at rest counts whole.")
    parallel: int
    total: int = Field(description="Items that were not deleted.")
    counts: dict[str, int] = Field(description="How many items stand where, by status.")
    created_at: str
    completed_at: str | None = Field(description="When the last item came to rest.")
    items: list[BatchItem] = Field(description="In the order of the request.")


class PlannedSpan(Given):
    """A part of the picture: what is to be done for it, and why."""

    step: str = Field(description="The step that makes it.")
    start: float = Field(description="Seconds.")
    end: float = Field(description="Seconds.")
    first_frame: int
    frames: int
    action: Literal["reuse", "copy", "render"]
    why: str
    cost: float = Field(description="Of what is rendered: millions of pixels.")
    encoder: str | None
    key: str | None = Field(description="What it is kept under; null: it is not kept.")
    argv: list[str] = Field(description="The command of its step; none where it is copied.")


class PlannedStep(Given):
    """One run of ffmpeg."""

    id: str
    kind: str = Field(description="video, audio, join or mux.")
    why: str
    needs: list[str] = Field(description="Steps whose output it reads.")
    key: str | None = Field(description="What its output is kept under; null: it is not kept.")
    kept: bool = Field(description="Whether that was made before, so that nothing is run.")
    argv: list[str] = Field(
        description="As if it worked in a folder `work`; sources are named from their media root."
    )
    graph: str | None = Field(description="The filters, as they stand in the file that it reads.")


class PlanSummary(Given):
    """How many spans are reused, copied and rendered."""

    reuse: int
    copy_: int = Field(alias="copy")
    render: int


class PlanAnswer(Given):
    """What a render would do."""

    project_id: str
    revision: int
    output: str = Field(description="The file's name.")
    format: str
    duration: float = Field(description="Seconds.")
    frames: int = Field(description="0: there is no picture.")
    samples: int = Field(description="Per channel; 0: there is no sound.")
    summary: PlanSummary
    cost: float = Field(description="Of the spans that are rendered: millions of pixels.")
    explanation: list[str] = Field(description="The plan in words, a line each.")
    notices: list[ProblemItem] = Field(description="Worth telling, but it stops nothing.")
    spans: list[PlannedSpan]
    steps: list[PlannedStep]


# Library


class VideoAnswer(Given):
    """A file of the library."""

    id: str
    path: str
    filename: str
    kind: str = Field(description="video, audio or image.")
    duration: float | None
    width: int | None
    height: int | None
    fps: float | None
    codec: str | None
    bitrate: int | None
    file_size: int
    rotation: int
    audio: dict[str, Any] | None
    created_at: str
    scanned_at: str
    tags: list[str]
    notes: str
    metadata: dict[str, Any] = Field(description="What the file says of itself.")
    status: Literal["ready", "missing", "unreadable"]
    problem: dict[str, Any] | None = Field(description="Why it cannot be read.")


class VideoList(Page):
    """Files of the library."""

    items: list[VideoAnswer]


class PatchVideo(Taken):
    """Changes to what people say of a file."""

    tags: list[Name] | None = Field(default=None, max_length=100)
    notes: Words | None = None
    path: str | None = Field(default=None, max_length=4096, description="Where the file lies now.")


class WaveformAnswer(Given):
    """The shape of a video's sound."""

    video_id: str
    duration: float = Field(description="Seconds that the parts share.")
    sample_rate: int
    channels: int
    points: int
    seconds_per_point: float
    peaks: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        description="Lowest and highest sample of each part, -1 to 1, over all channels."
    )


class FolderAnswer(Given):
    """A folder inside a media root."""

    path: str | None
    parent: str | None
    folders: list[dict[str, Any]]
    files: list[dict[str, Any]]


# Clips


class ClipAnswer(Clip):
    """A clip as the document has it, with its track."""

    model_config = ConfigDict(extra="allow")

    id: str
    track_id: str
    timeline_start: float
    timeline_end: float
    project_id: str | None = None
    revision: int | None = None


class ClipList(Page):
    """Clips, from the lowest track up."""

    items: list[ClipAnswer]


class EffectList(Page):
    """Effects in the order in which they work."""

    items: list[EffectAnswer]


class TransitionAnswer(Transition):
    """A transition as it was stored."""

    model_config = ConfigDict(extra="allow")

    project_id: str
    revision: int


# Catalogue


class CatalogueEffect(Given):
    """An effect that clips, tracks or projects can have."""

    type: str
    description: str
    parameter_schema: dict[str, Any] = Field(description="JSON Schema of its parameters.")
    ai_hints: dict[str, Any]
    filter_preview: str | None
    ports: Any
    animatable: list[str]
    targets: list[str] = Field(description="What it can be put on: clip, track, project.")
    example: dict[str, Any] = Field(description="Parameters that work.")
    example_prompt: str = Field(description="What a person may say who means it.")


class EffectCatalogue(Page):
    """Every effect."""

    items: list[CatalogueEffect]


class CatalogueGenerator(Given):
    """A source of clips that needs no file."""

    generator: str = Field(description="Its name in a clip's source, beside its parameters.")
    aliases: list[str] = Field(description="Other names that are accepted.")
    description: str
    parameter_schema: dict[str, Any] = Field(description="JSON Schema of its parameters.")
    ai_hints: dict[str, Any]
    ports: Any
    animatable: list[str]
    example: dict[str, Any] = Field(description="Parameters that work.")
    example_prompt: str = Field(description="What a person may say who means it.")


class GeneratorCatalogue(Page):
    """Every generator."""

    items: list[CatalogueGenerator]


class PresetEffect(Given):
    """An effect of a preset."""

    type: str
    params: dict[str, Any]


class PresetShape(Given):
    """Effects that belong together, in the order in which they work."""

    name: str
    description: str
    hint: str = Field(description="When it suits, and what to change.")
    targets: list[str] = Field(description="What it may be put on: clip, track, project.")
    effects: list[PresetEffect]


class PresetAnswer(PresetShape):
    """A preset, and the edits that put it on a target."""

    edits: list[dict[str, Any]] | None = Field(
        description="For `POST /projects/{project_id}/edits`; null where no target was named."
    )


class PresetList(Page):
    """Every preset."""

    items: list[PresetShape]
    problems: list[ProblemItem] = Field(description="Why other presets cannot be used.")


class TransitionCatalogue(Page):
    """Every transition."""

    items: list[dict[str, Any]]


class LayoutShape(Given):
    """A layout by its name."""

    name: str
    rectangles: list[Rectangle] = Field(description="For each clip, the lowest first.")


class LayoutCatalogue(Page):
    """Every layout."""

    items: list[LayoutShape]


class NamedRevision(Given):
    """A revision's name."""

    project_id: str
    revision: int
    label: str | None


class SafeAreaShape(Given):
    """Parts of the picture that stay clear of its edges."""

    left: float
    top: float
    right: float
    bottom: float


class ProfileShape(Given):
    """What a platform takes."""

    name: str
    description: str
    format: str
    video_codec: str | None
    size: str | None
    max_fps: float | None
    quality: str | None
    crf: float | None
    bitrate: str | None
    audio_bitrate: str | None
    sample_rate: int | None
    loudness: float | None = Field(description="LUFS that the sound is brought to.")
    true_peak: float | None = Field(description="dBTP that no peak goes beyond then.")
    captions: str | None = Field(description="What becomes of captions: burn, stream, file or none.")
    safe_area: SafeAreaShape | None


class FormatList(Page):
    """What a render can be written as."""

    items: list[str]
    profiles: list[ProfileShape] = Field(description="Delivery profiles, by name.")
    problems: list[ProblemItem] = Field(description="Why other profiles cannot be used.")


class EncoderList(Page):
    """What can be encoded with."""

    items: list[Any]


class QueueAnswer(Given):
    """How much waits and runs."""

    pending: int
    running: int
    depth: int = Field(description="How many jobs may wait.")
    by_kind: dict[str, dict[str, int]]


class PreviewAnswer(Given):
    """The filter of an effect, for reading."""

    effect_type: str
    parameters: dict[str, Any]
    filter_string: str | None
    image: str | None = Field(default=None, description="A PNG in base64, where it was asked for.")


class ComposePip(Taken):
    """A picture in a corner of another."""

    project_id: str
    clip_id: str
    under: str | None = Field(default=None, description="The clip below; by default whatever lies there.")
    position: Literal["top_left", "top_right", "bottom_left", "bottom_right"] = "bottom_right"
    scale: float | None = Field(
        default=None, gt=0, le=1, description="The inset's part of the output's width and height."
    )

    def rectangles(self, preset: list[dict[str, float]]) -> list[dict[str, float]]:
        """Those of the preset, with the inset in this size and as far from its corner."""
        below, inset = preset
        if self.scale is None:
            return preset
        top, left = self.position.startswith("top"), self.position.endswith("left")
        x = inset["x"] if left else inset["x"] + inset["width"] - self.scale
        y = inset["y"] if top else inset["y"] + inset["height"] - self.scale
        room = max(0.0, 1 - self.scale)
        where = {"x": min(max(x, 0.0), room), "y": min(max(y, 0.0), room)}
        return [below, {**where, "width": self.scale, "height": self.scale}]


class ComposeSplit(Taken):
    """Two or four clips on one screen."""

    project_id: str
    clip_ids: list[str] = Field(min_length=2, max_length=4)
    direction: Literal["horizontal", "vertical"] = "horizontal"

    def layout(self) -> str:
        """The preset that is meant."""
        if len(self.clip_ids) > 2:
            return "grid_2x2"
        return "side_by_side" if self.direction == "horizontal" else "top_bottom"


# System


class Liveness(Given):
    """It answers."""

    status: str


class HealthCheck(Given):
    """How one part is."""

    status: Literal["ok", "failing"]
    latency_ms: float
    version: str | None = None
    detail: str | None = None
    db_schema: str | None = Field(default=None, alias="schema", description="Of the database.")
    free_bytes: int | None = None


class Readiness(Given):
    """Whether it can do its work, part by part."""

    status: Literal["ok", "failing"]
    checks: dict[str, HealthCheck]


class SystemInfo(Given):
    """Versions, and what this machine can do."""

    version: str
    python: str
    core: str
    rust_core: str
    platform: str
    ffmpeg: dict[str, Any] = Field(
        description="Its version; where that is null, `problem` tells why there is none."
    )
    capabilities: dict[str, Any] = Field(description="Empty without an ffmpeg.")
    features: dict[str, bool]
    sandbox: dict[str, Any] = Field(description="Limits of what ffmpeg and probes may do.")


class SystemState(Given):
    """What it is doing."""

    version: str
    projects: dict[str, Any]
    jobs: dict[str, Any]
    health: Readiness


# Operations


class AuditEntry(Given):
    """One entry of the audit log."""

    id: int
    timestamp: str
    event_type: str
    resource_type: str
    resource_id: str | None
    actor: str
    correlation_id: str | None
    details: dict[str, Any]
    previous_hash: str
    hash: str


class AuditList(Page):
    """Entries, newest first."""

    items: list[AuditEntry]


class CreateWebhook(Taken):
    """Where to tell of events."""

    url: str = Field(max_length=2000)
    events: list[EventType] = Field(default=[], max_length=50, description="Empty: all of them.")
    project_id: str | None = None


class WebhookAnswer(Given):
    """A receiver of events; its secret is shown only when it is made."""

    id: str
    url: str
    events: list[str]
    project_id: str | None = Field(description="Only events of this project.")
    job_id: str | None = Field(description="Only events of this job.")
    enabled: bool
    actor: str = Field(description="Who made it.")
    created_at: str
    secret: str | None = None


class WebhookList(Page):
    """Receivers of events."""

    items: list[WebhookAnswer]


Scope = Literal["read", "edit", "render", "admin"]


class CreateKey(Taken):
    """A key to make; it can do no more than the one that makes it."""

    name: Annotated[str, StringConstraints(max_length=100, pattern=r"^[!-~]([ -~]*[!-~])?$")]
    scopes: list[Scope] = Field(min_length=1, max_length=4)
    expires_in_days: Annotated[float, Field(gt=0, le=3650, allow_inf_nan=False)] | None = None


class KeyAnswer(Given):
    """An API key; the key itself is shown only when it is made."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    key: str | None = None


class KeyList(Page):
    """API keys."""

    items: list[KeyAnswer]


__all__ = [
    name
    for name, value in dict(globals()).items()
    if isinstance(value, type) and issubclass(value, BaseModel)
]
