"""What the compiler answers: the steps that make a file, and what that file must then be.

Plain dataclasses: they are read on every render, and a render starts sooner without pydantic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

CAPTIONS = ("burn", "stream", "file", "none")
"""What becomes of captions: part of the picture, streams of the file, files beside it, or nothing."""


@dataclass(frozen=True, kw_only=True)
class FrameRange:
    """A half-open stretch of the project, in project frames."""

    start: int
    """First frame."""
    end: int
    """Frame after the last one."""

    def to_json(self) -> dict[str, int]:
        """The shape that the core takes."""
        return {"start": self.start, "end": self.end}


@dataclass(frozen=True, kw_only=True)
class Target:
    """What kind of file a render makes."""

    format: str
    """mp4, webm, mov, mkv, gif, webp, m4a, mp3, wav, flac or png."""
    video_codec: str | None = None
    """h264, hevc, av1, vp9, prores or ffv1; None: the format's usual one."""
    quality: str = "medium"
    """draft, medium, high or lossless."""
    encoder: str | None = None
    """ffmpeg's name of a video encoder, such as libx264; None: the best that works here."""
    preset: str | None = None
    """The encoder's own name for its speed."""
    crf: float | None = None
    """Constant quality, in the encoder's own scale."""
    bitrate: str | None = None
    """Video bits per second, such as `4M`."""
    audio_bitrate: str | None = None
    """Audio bits per second, such as `192k`."""
    size: tuple[int, int] | None = None
    """Width and height in pixels; None: the project's."""
    sample_rate: int | None = None
    """Hertz; None: the project's."""
    loudness: float | None = None
    """LUFS that the whole sound is brought to; None: it stays as loud as it is."""
    true_peak: float | None = None
    """dBTP that no peak goes beyond then; None: -1."""
    stem: str | None = None
    """The id of the track whose part of the sound is wanted alone; None: all of them."""
    captions: str = "burn"
    """One of `CAPTIONS`: what becomes of tracks of captions."""
    most_fps: float | None = None
    """Frames per second that may be delivered at most; None: as many as the project has."""
    threads: int | None = None
    """Threads of the encoder; None: as many as there are cores, or as the encoder decides."""
    cores: int | None = None
    """Cores that a render may use; None: the encoder asks the machine."""
    spans: tuple[float, float] = (2.0, 10.0)
    """Seconds of the shortest and the longest part that the picture is made in, where that can be had."""
    copy: bool = True
    """Whether frames that are shown as they are in their source may be copied instead of encoded."""

    def to_json(self) -> dict[str, Any]:
        """The shape that the core takes."""
        return {
            "format": self.format,
            "video_codec": self.video_codec,
            "quality": self.quality,
            "encoder": self.encoder,
            "preset": self.preset,
            "crf": self.crf,
            "bitrate": self.bitrate,
            "audio_bitrate": self.audio_bitrate,
            "size": list(self.size) if self.size else None,
            "sample_rate": self.sample_rate,
            "loudness": self.loudness,
            "true_peak": self.true_peak,
            "stem": self.stem,
            "captions": self.captions,
            "most_fps": self.most_fps,
            "threads": self.threads,
            "cores": self.cores,
            "spans": list(self.spans),
            "copy": self.copy,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Target:
        """Read what `to_json` wrote."""
        size = value["size"]
        spans = value.get("spans", cls.spans)
        return cls(
            **{
                **value,
                "size": None if size is None else (size[0], size[1]),
                "spans": (spans[0], spans[1]),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Cue:
    """A caption, in the time of what is rendered."""

    start: int
    """Milliseconds."""
    end: int
    """Milliseconds."""
    text: str
    """Lines that are not empty."""


@dataclass(frozen=True, kw_only=True)
class CaptionFile:
    """The captions of a track, as files have them."""

    track: str
    """Its id."""
    language: str
    """Three letters of ISO 639-2."""
    cues: tuple[Cue, ...]
    srt: str
    """What a file says that ends in `.srt`."""
    vtt: str
    """What a file says that ends in `.vtt`."""


@dataclass(frozen=True, kw_only=True)
class ExpectedStream:
    """A stream that the file of a step must have."""

    type: str
    """video, audio or subtitle."""
    codec: str | None
    """ffmpeg's name of the codec, such as h264."""
    width: int | None = None
    """Pixels; video only."""
    height: int | None = None
    """Pixels; video only."""
    channels: int | None = None
    """Audio only."""
    sample_rate: int | None = None
    """Hertz; audio only."""
    language: str | None = None
    """Three letters of ISO 639-2; captions only."""
    default: bool | None = None
    """Whether players show it unasked; captions only."""
    cues: tuple[Cue, ...] = ()
    """Captions only."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What the file of a step must be."""

    frames: int | None
    """Frames of its video; None: it has none, or they are not counted."""
    samples: int | None
    """Decoded samples per channel; None: it has no sound, or they are not counted."""
    streams: tuple[ExpectedStream, ...]


@dataclass(frozen=True, kw_only=True)
class StepInput:
    """Something that a step reads."""

    origin: str
    """`source` (a file of the user), `step`, `text` or `concat` (made by the runner in the work folder)."""
    path: str | None = None
    """Absolute; of a source."""
    step: str | None = None
    """Whose output is read."""
    text: str | None = None
    """What the runner writes to a file for ffmpeg to read."""
    steps: tuple[str, ...] = ()
    """Whose outputs are joined, in this order."""
    durations: tuple[float, ...] = ()
    """Seconds that each of them lasts."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A colour table that the graph of a step names."""

    name: str
    """The name that the runner gives it in the work folder."""
    path: str
    """Absolute path of the user's file."""
    digest: str
    """What must be in it."""


@dataclass(frozen=True, kw_only=True)
class Packets:
    """Coded frames of a file, in the order of decoding."""

    track: int
    """Number of the picture among the tracks of the file."""
    first: int
    """Number of the first one."""
    count: int
    """How many."""


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """The loudness that a gain is to lead to."""

    target: float
    """LUFS of the whole."""
    true_peak: float | None
    """dBTP of the highest peak, where the gain has to keep to it."""
    corrects: str | None = None
    """The measurement whose gain it corrects: what was measured had that one."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One run of ffmpeg, or what takes none: packets to copy, and their join with what was encoded."""

    id: str
    kind: str
    """video, audio, measure, copy, join or mux; `copy` and `join` take no ffmpeg, and what is measured is a
    text for the graphs of others."""
    needs: tuple[str, ...]
    """Ids of the steps whose output it reads."""
    why: str
    """In words."""
    output_name: str
    """File name within the work folder."""
    final: bool
    """Whether its output is the finished file."""
    inputs: tuple[StepInput, ...]
    graph: str | None
    """Text of the filter graph file."""
    argv: tuple[str | Mapping[str, Any], ...]
    """Arguments without the binary; an object stands for a path that only the runner knows."""
    expect: Expectation
    weight: float
    """Cost relative to the other steps of the plan."""
    key: str | None = None
    """Hash of all that decides what it makes; None: its output is not kept."""
    span: FrameRange | None = None
    """The frames of the timeline whose picture it makes."""
    packets: Packets | None = None
    """What a copy copies."""
    not_copied: str | None = None
    """Why frames that are shown as they are in their source are encoded all the same."""
    measured: tuple[str, ...] = ()
    """Steps whose results stand in the graph, each as its id in brackets."""
    loudness: Loudness | None = None
    """What a measurement is for."""
    tables: tuple[Table, ...] = ()
    """The colour tables that its graph names."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Absolute paths of the user's files that it opens, each once."""
        found = [item.path for item in self.inputs if item.origin == "source" and item.path]
        found += [table.path for table in self.tables]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something worth telling that stops nothing."""

    code: str
    path: str
    """JSON pointer into the document."""
    message: str
    hint: str = ""
    """What could be done about it."""

    def to_json(self) -> dict[str, str]:
        """The form in which doors show it."""
        return {"code": self.code, "path": self.path, "message": self.message, "hint": self.hint}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a document becomes a file."""

    width: int
    """Pixels."""
    height: int
    """Pixels."""
    rate: Fraction
    """Frames per second."""
    frames: int
    """Project frames that are rendered."""
    sample_rate: int
    """Hertz."""
    samples: int
    """Samples per channel that are rendered."""
    duration: float
    """Seconds."""
    video: bool
    """Whether the file has a picture."""
    audio: bool
    """Whether the file has sound."""
    format: str
    explanation: tuple[str, ...]
    """The plan in words, a line each."""
    notices: tuple[Notice, ...]
    steps: tuple[Step, ...]
    """In an order in which each step follows what it needs; the last one makes the finished file."""
    captions: tuple[CaptionFile, ...] = ()
    """What belongs beside the finished file: one for each track of captions."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Absolute paths of the user's files that the steps open, each once."""
        return tuple(dict.fromkeys(path for step in self.steps for path in step.sources))

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Plan:
        """Read the core's answer."""
        numerator, denominator = value["rate"]
        return cls(
            width=value["width"],
            height=value["height"],
            rate=Fraction(numerator, denominator),
            frames=value["frames"],
            sample_rate=value["sample_rate"],
            samples=value["samples"],
            duration=value["duration"],
            video=value["video"],
            audio=value["audio"],
            format=value["format"],
            explanation=tuple(value.get("explanation", ())),
            notices=tuple(
                Notice(
                    code=item["code"],
                    path=item.get("path", ""),
                    message=item["message"],
                    hint=item.get("hint", ""),
                )
                for item in value.get("notices", ())
            ),
            steps=tuple(_step(item) for item in value["steps"]),
            captions=tuple(
                CaptionFile(**{**item, "cues": _cues(item)}) for item in value.get("captions", ())
            ),
        )


def _cues(value: Mapping[str, Any]) -> tuple[Cue, ...]:
    return tuple(Cue(**cue) for cue in value.get("cues", ()))


def _step(value: Mapping[str, Any]) -> Step:
    expect = value.get("expect") or {}
    return Step(
        id=value["id"],
        kind=value["kind"],
        needs=tuple(value.get("needs", ())),
        why=value.get("why", ""),
        output_name=value["output"]["name"],
        final=value["output"].get("final", False),
        inputs=tuple(_input(item) for item in value.get("inputs", ())),
        graph=value.get("graph"),
        argv=tuple(value["argv"]),
        expect=Expectation(
            frames=expect.get("frames"),
            samples=expect.get("samples"),
            streams=tuple(
                ExpectedStream(
                    type=item["type"],
                    codec=item.get("codec"),
                    width=item.get("width"),
                    height=item.get("height"),
                    channels=item.get("channels"),
                    sample_rate=item.get("sample_rate"),
                    language=item.get("language"),
                    default=item.get("default"),
                    cues=_cues(item),
                )
                for item in expect.get("streams", ())
            ),
        ),
        weight=float(value.get("weight", 1.0)),
        key=value.get("key"),
        span=None if value.get("span") is None else FrameRange(start=value["span"][0], end=value["span"][1]),
        packets=None if value.get("packets") is None else Packets(**value["packets"]),
        not_copied=value.get("not_copied"),
        measured=tuple(value.get("measured", ())),
        loudness=None if value.get("loudness") is None else Loudness(**value["loudness"]),
        tables=tuple(Table(**item) for item in value.get("tables", ())),
    )


def _input(value: Mapping[str, Any]) -> StepInput:
    return StepInput(
        origin=value["from"],
        path=value.get("path"),
        step=value.get("step"),
        text=value.get("text"),
        steps=tuple(value.get("steps", ())),
        durations=tuple(value.get("durations", ())),
    )
