"""The one door to the Rust core: check, sources, compile, catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model.plan import FrameRange, Plan, Target


@dataclass(frozen=True, kw_only=True)
class SourceUse:
    """A file that a document names."""

    key: str
    """The source as the document writes it."""
    pointers: tuple[str, ...]
    """JSON pointers of the places that name it."""


def check(document: str) -> list[Problem]:
    """All that is wrong with a document, as far as the document alone tells."""
    return _problems(json.loads(_core().check(document)))


def sources(document: str) -> list[SourceUse]:
    """The files that a document names, each once; raises `RequestError` when the document is wrong."""
    answer = json.loads(_core().sources(document))
    if isinstance(answer, dict):
        raise RequestError(problems=tuple(_problems(answer["problems"])))
    return [SourceUse(key=item["key"], pointers=tuple(item["pointers"])) for item in answer]


def compile_plan(
    document: str,
    *,
    media: Mapping[str, Mapping[str, Any]],
    capabilities: Mapping[str, Any],
    target: Target,
    frames: FrameRange | None = None,
) -> Plan:
    """How the document becomes the target.

    `media` maps each source, as the document writes it, to its facts.
    Raises `RequestError` with everything that stops it.
    """
    answer = json.loads(
        _core().compile(
            document,
            json.dumps(media),
            json.dumps(capabilities),
            json.dumps(target.to_json()),
            json.dumps(frames.to_json()) if frames else None,
        )
    )
    if problems := answer.get("problems"):
        raise RequestError(problems=tuple(_problems(problems)))
    return Plan.from_json(answer["plan"])


def catalogue() -> dict[str, Any]:
    """Effects, transitions and layouts with their parameters as JSON Schema."""
    return cast("dict[str, Any]", json.loads(_core().catalogue()))


def _problems(values: list[dict[str, Any]]) -> list[Problem]:
    return [Problem.from_json(value) for value in values]


def _core() -> Any:
    from stoat_ferret_core import _core

    return _core
