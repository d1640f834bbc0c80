"""What is asked of a render: judged before it becomes a job, everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from typing import TypeVar

from stoat_ferret.config import Settings
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model.document import Document
from stoat_ferret.model.plan import CAPTIONS, FrameRange, Plan, Target
from stoat_ferret.model.sizes import parse_size
from stoat_ferret.model.times import parse_range
from stoat_ferret.profiles.profile import Profile, captions_word, delivered, target_for
from stoat_ferret.profiles.shelf import find
from stoat_ferret.rendering import FORMATS, Gathered, gather, least_size
from stoat_ferret.series import FOLDERS, length_problems, series_of, series_within, usual_name
from stoat_ferret.stems import stem_problems

__all__ = ["KINDS", "Judged", "RenderOrder", "judge", "tried"]

KINDS = (*dict.fromkeys(FORMATS.values()), *FOLDERS)
"""The formats that can be rendered."""

_NAME = re.compile(r"^[^/\x00-\x1f\x7f]{1,200}$")
_LONGEST_NAME = 200
_USUAL = "mp4"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RenderOrder:
    """What is to be rendered, and how."""

    project_id: str
    revision: int | None = None
    """None: the newest."""
    output: str | None = None
    """A file's name, or a folder's and those of the files in it; none: one of the project's and the
    revision's that is free."""
    profile: str | None = None
    """A delivery profile, which decides what is left open here."""
    format: str | None = None
    quality: str | None = None
    """None: the profile's, else medium."""
    size: str | None = None
    """`WIDTHxHEIGHT` in pixels; none: the project's."""
    range: str | None = None
    """`START:END`; none: all of it."""
    loudness: float | None = None
    """LUFS of the whole sound; none: the profile's, else it stays as loud as it is."""
    encoder: str | None = None
    stem: str | None = None
    """The track whose sound alone is rendered; none: all of it."""
    captions: str | None = None
    """One of `CAPTIONS`; none: the profile's, else burnt in."""
    copy_frames: bool = True
    """Whether frames that are shown as they are in their source may be copied, not encoded."""
    overwrite: bool = False
    priority: int = 0
    """Higher goes first; within `PRIORITY_LIMIT` of 0."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """An order that can be carried out."""

    target: Target
    first: int
    """The project frame that the file begins with."""
    least_size: int
    """Bytes that are needed on the output's disk, estimated from below."""
    files: str | None = None
    """What the files are called where the output is a folder of them."""


async def judge(
    order: RenderOrder, document: Document, settings: Settings, *, wrong: Sequence[Problem] = ()
) -> Judged:
    """How the order is carried out.

    Raises `RequestError` with everything that is wrong, at the places of the order, and `wrong` with it.
    """
    problems: list[Problem] = []
    size = tried(problems, lambda: parse_size(order.size))
    name = tried(problems, lambda: _name(order.output))
    profile = tried(problems, lambda: _profile(order, settings))
    form = tried(problems, lambda: _format(order, name, profile))
    captions = tried(problems, lambda: captions_word(order.captions))
    asked = {
        "quality": order.quality,
        "size": size,
        "encoder": order.encoder,
        "stem": order.stem,
        "loudness": order.loudness,
        "captions": captions,
        "copy": order.copy_frames,
    }
    target = target_for(form or _USUAL, profile, asked)
    if target.captions == "file":
        problems.append(_one_file())
    files = None if target.format not in FOLDERS else usual_name(target.format) if name is None else name.name
    plan: Plan | None = None
    frames = None
    try:
        gathered = await gather(document, settings)
    except RequestError as error:
        problems += error.problems
    else:
        problems += stem_problems(gathered, target)
        found, plan = _compiled(gathered, target, sure=form is not None)
        if plan is None:
            # How long the project is, or what else is wrong with it, whatever it is to become.
            more, plan = _compiled(gathered, Target(format=_USUAL), sure=True)
            found = [*found, *(one for one in more if one not in found)]
        problems += found
        frames = tried(problems, lambda: _frames(order.range, plan))
        if frames is not None and not problems:
            # What holds for the whole need not hold for a part.
            plan = tried(problems, lambda: gathered.compiled(target, frames))
        if files is not None and plan is not None:
            problems += length_problems(series_within(Path(), files), plan.frames)
    if problems or wrong:
        raise RequestError(problems=(*wrong, *map(_placed, problems)))
    assert plan is not None
    return Judged(
        target=target,
        first=0 if frames is None else frames.start,
        least_size=least_size(plan),
        files=files,
    )


def _compiled(gathered: Gathered, target: Target, *, sure: bool) -> tuple[Sequence[Problem], Plan | None]:
    """The plan, or what is wrong; where the format is not `sure`, what is wrong whichever it is."""
    first: tuple[Sequence[Problem], Plan | None] | None = None
    for form in (target.format,) if sure else KINDS:
        problems: list[Problem] = []
        plan = tried(problems, partial(gathered.compiled, replace(target, format=form)))
        if sure or all(problem.path != "/target/encoder" for problem in problems):
            return problems, plan
        first = first or (problems, plan)
    assert first is not None
    return first


def _frames(text: str | None, plan: Plan | None) -> FrameRange | None:
    return None if text is None or plan is None else parse_range(text, plan.rate, plan.frames)


def tried(problems: list[Problem], attempt: Callable[[], T]) -> T | None:
    """The outcome, or none and the problems noted."""
    try:
        return attempt()
    except RequestError as error:
        problems.extend(error.problems)
        return None


def _name(name: str | None) -> PurePath | None:
    """What is to be the file's name, if one was given, or the folder's with what its files are called."""
    if name is None:
        return None
    *folders, file = name.split("/")
    is_series = series_of(PurePath(file)) is not None
    sound = all(
        _NAME.match(one) and not one.startswith(".") and len(one.encode()) <= _LONGEST_NAME
        for one in (*folders, file)
    )
    if sound and len(folders) == is_series:
        return PurePath(name)
    if sound and is_series and not folders:
        message = f"{name} would be many files."
        hint = f"Give them a folder of their own, such as film/{name}."
    else:
        message = "This is no name for a file."
        hint = "Give a name without folders, such as final.mp4; it goes to the project's renders."
    raise RequestError.because("output.name", message, hint=hint, path="/output")


def _profile(order: RenderOrder, settings: Settings) -> Profile | None:
    return None if order.profile is None else find(order.profile, settings)


def _format(order: RenderOrder, name: PurePath | None, profile: Profile | None) -> str:
    """What is written: as the order says, else as its profile or the name does, else what is usual."""
    if name is None and order.format in FOLDERS:
        return order.format
    chosen = delivered(name, order.format, profile, usual=_USUAL)
    if chosen in FOLDERS:
        return chosen
    ending = "" if name is None else name.suffix.removeprefix(".").lower()
    if FORMATS.get(ending, chosen) != chosen:
        raise RequestError.because(
            "output.format",
            f"A file that ends in .{ending} is no {chosen}.",
            hint=f"Let it end in .{chosen}, or leave the format out.",
            path="/output",
        )
    return chosen


def _one_file() -> Problem:
    return Problem(
        code="target.captions",
        path="/target/captions",
        message="A render of the service is one file or folder, and captions beside a film would be another.",
        hint="Ask for stream, burn or none; GET /api/v1/projects/{project_id}/captions has them as a file.",
        allowed=tuple(way for way in CAPTIONS if way != "file"),
    )


def _placed(problem: Problem) -> Problem:
    """The problem where the order has its cause; a part of the project keeps its place in the document."""
    path = problem.path.removeprefix("/target")
    if problem.code == "project.empty":
        path = "/project_id"
    elif problem.code == "target.rate":
        # The project has its rate for good reasons: the format is what can be chosen.
        path = "/format"
    elif problem.code == "profile.rate":
        path = "/profile"
    return replace(problem, path=path)
