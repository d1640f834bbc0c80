"""The one door to the Rust core: checks, arrangement, compilation, catalogue, arithmetic of time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

import orjson

from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model.plan import FrameRange, Plan, Target
from stoat_ferret.telemetry import meters, timed


@dataclass(frozen=True, kw_only=True)
class SourceUse:
    """A file that a document names, as one kind of thing."""

    key: str
    """Its path or library id, as the document writes it."""
    kind: Literal["media", "lut"] = "media"
    """What it has to be: the source of a clip, or a colour table of an effect."""
    pointers: tuple[str, ...]
    """JSON pointers of the places that name it."""


def check(document: str) -> list[Problem]:
    """All that is wrong with a document, as far as the document alone tells."""
    with timed(meters().timeline_calculated):
        answer = _core().check(document)
    return _problems(json.loads(answer))


def sources(document: str) -> list[SourceUse]:
    """The files that a document names, each once; raises `RequestError` when the document is wrong."""
    answer = json.loads(_core().sources(document))
    if isinstance(answer, dict):
        raise RequestError(problems=tuple(_problems(answer["problems"])))
    return [
        SourceUse(key=item["key"], kind=item["kind"], pointers=tuple(item["pointers"])) for item in answer
    ]


@dataclass(frozen=True, kw_only=True)
class Lut:
    """What is in a colour table."""

    dimensions: int
    """1: each component has a curve of its own; 3: all three together."""
    size: int
    """Colours of a curve, or along each edge of the cube."""
    digest: str
    """Equal tables have the same."""


def read_lut(text: str) -> Lut | Problem:
    """What is in the text of a `.cube` file, or why that is none that can be used."""
    answer = json.loads(_core().read_lut(text))
    if problem := answer.get("problem"):
        return Problem.from_json(problem)
    return Lut(**answer)


def plain_lut(text: str) -> tuple[str, str]:
    """The text of a `.cube` file in the one form that ffmpeg is given, and its digest.

    Raises `ValueError` when it is none that can be used.
    """
    return cast("tuple[str, str]", _core().plain_lut(text))


@cache
def file_params() -> Mapping[str, tuple[str, ...]]:
    """The parameters of effects that are paths of files, by the type of the effect."""
    named = {
        entry["type"]: tuple(
            name for name, shape in entry["parameter_schema"]["properties"].items() if "x-file" in shape
        )
        for entry in known_catalogue()["effects"]
    }
    return {kind: names for kind, names in named.items() if names}


def files_of_effect(effect: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters of an effect of a document, sound or not, that are paths of files, and the paths."""
    kind = effect.get("type", effect.get("effect_type"))
    names = file_params().get(kind, ()) if isinstance(kind, str) else ()
    if not names:
        return
    params = effect.get("params", effect.get("parameters"))
    if isinstance(params, Mapping):
        for name in names:
            path = params.get(name)
            # What else is named the core refuses by itself.
            if isinstance(path, str) and path.lower().endswith(".cube") and "\0" not in path:
                yield name, path


def arrangement(document: str) -> dict[str, Any]:
    """Where every clip and transition of a document lies, in whole frames of the project.

    `{"frames", "tracks": [{"id", "clips": [{"id", "start", "end", "speed"}], "joins": [{"from", "to",
    "pointer", "start", "end"}]}]}`; clips that are off are left out.
    Raises `RequestError` when the document is wrong.
    """
    with timed(meters().timeline_calculated):
        answer: dict[str, Any] = json.loads(_core().arrangement(document))
    if problems := answer.get("problems"):
        raise RequestError(problems=tuple(_problems(problems)))
    return answer


def parse_time(value: float | str, rate: str) -> float:
    """Seconds of a time as the wire has it; raises `ValueError` when it is none."""
    return cast("float", _core().parse_time(value, rate))


def frames_at(seconds: Sequence[float], rate: str) -> list[int]:
    """The frames of the project's grid that are nearest to these moments."""
    return cast("list[int]", _core().frames_at(list(seconds), rate))


def seconds_at(frame: int, rate: str) -> float:
    """The start of a frame in seconds."""
    return cast("float", _core().seconds_at(frame, rate))


Speed = float | tuple[tuple[float, float, str], ...]
"""Seconds of source in a second: one number, or the keyframes (time, value, easing) of one that changes."""


def clip_frames(start: float, in_point: float, out_point: float, rate: str, speed: Speed) -> tuple[int, int]:
    """The first frame of a clip, and the one after its last, as a render has them.

    Raises `ValueError` beyond the longest time.
    """
    frames = _core().clip_frames(start, in_point, out_point, rate, speed=speed)
    return cast("tuple[int, int]", frames)


def source_time(point: float, frames: int, rate: str, speed: Speed, since: int = 0) -> float:
    """The time of a source that is reached from `point` after so many frames of the project at a speed.

    The clip shows `point` at its frame number `since`.
    """
    return cast("float", _core().source_time(point, frames, rate, speed=speed, since=since))


def time_reached(in_point: float, point: float, speed: Speed) -> float:
    """Seconds from a clip's start until it comes to a point of its source; below 0 before the start."""
    return cast("float", _core().time_reached(in_point, point, speed=speed))


def rate_of(fps: float | str) -> str:
    """A rate as an exact fraction, `30000/1001`."""
    return "{}/{}".format(*_core().parse_rate(fps))


def layout(name: str) -> list[tuple[float, float, float, float]]:
    """The rectangles of a layout: x, y, width, height in fractions of the output.

    Raises `ValueError` when there is no such layout.
    """
    return cast("list[tuple[float, float, float, float]]", _core().layout_rects(name))


def nearest(name: str, known: Sequence[str]) -> str | None:
    """The known name that was likely meant."""
    return cast("str | None", _core().nearest_name(name, list(known)))


@dataclass(frozen=True, kw_only=True)
class Obstacles:
    """What stands between a document and a target."""

    wrong: bool
    """Whether the document is wrong by itself: the problems are those that `check` tells."""
    problems: tuple[Problem, ...]
    """Those that `compile_plan` would raise; none: it would make a plan."""


def obstacles(
    document: str,
    *,
    media: Mapping[str, Mapping[str, Any]],
    capabilities: str,
    target: Target,
    parts: Sequence[tuple[int, int]] | None = None,
) -> Obstacles:
    """What stands between a document and the target.

    `capabilities` is JSON: it is the same for every document, and long.
    With `parts`, half-open ranges of frames, the filters of these alone are tried, because those of the rest
    are known to be sound.
    """
    facts, wanted = orjson.dumps(media).decode(), json.dumps(target.to_json())
    ranges = None if parts is None else list(parts)
    with timed(meters().filter_generated):
        answer = json.loads(_core().obstacles(document, facts, capabilities, wanted, ranges))
    return Obstacles(wrong=answer["wrong"], problems=tuple(_problems(answer["problems"])))


def compile_plan(
    document: str,
    *,
    media: Mapping[str, Mapping[str, Any]],
    capabilities: Mapping[str, Any] | str,
    target: Target,
    frames: FrameRange | None = None,
) -> Plan:
    """How the document becomes the target.

    `media` maps each source, as the document writes it, to its facts; `capabilities` may be JSON text.
    Raises `RequestError` with everything that stops it.
    """
    facts, wanted = json.dumps(media), json.dumps(target.to_json())
    able = capabilities if isinstance(capabilities, str) else json.dumps(capabilities)
    part = json.dumps(frames.to_json()) if frames else None
    with timed(meters().filter_generated):
        made = _core().compile(document, facts, able, wanted, part)
    answer = json.loads(made)
    if problems := answer.get("problems"):
        raise RequestError(problems=tuple(_problems(problems)))
    return Plan.from_json(answer["plan"])


def version() -> str:
    """The core's version."""
    return str(_core().__version__)


@cache
def known_catalogue() -> dict[str, Any]:
    """The same value every time, to be read only: what `catalogue` answers never changes in a process."""
    return catalogue()


@cache
def generators() -> Mapping[str, Mapping[str, Any]]:
    """What the catalogue says of each generator, by its name."""
    return {entry["generator"]: entry for entry in known_catalogue()["generators"]}


def catalogue() -> dict[str, Any]:
    """Effects, generators, transitions and layouts with their parameters as JSON Schema."""
    return cast("dict[str, Any]", json.loads(_core().catalogue()))


def effect_filter(effect_type: str, params: Mapping[str, Any]) -> str | None:
    """The filter string of an effect that the catalogue has, for reading; none: it makes none of its own.

    Raises `RequestError` with everything that is wrong with its parameters.
    """
    answer = json.loads(_core().effect_preview(effect_type, json.dumps(params)))
    if problems := answer.get("problems"):
        raise RequestError(problems=tuple(_problems(problems)))
    filter_ = answer.get("filter")
    return None if filter_ is None else str(filter_)


def _problems(values: list[dict[str, Any]]) -> list[Problem]:
    return [Problem.from_json(value) for value in values]


def _core() -> Any:
    from stoat_ferret_core import _core

    return _core
