"""Stems: the sound of each audible track in a file of its own, beside the mix of which it is a part."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.config import Settings
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.model import spelling
from stoat_ferret.model.document import Document
from stoat_ferret.model.plan import Target
from stoat_ferret.placing import place_problems
from stoat_ferret.progress import OnProgress
from stoat_ferret.rendering import Gathered, RenderReport, gather, render
from stoat_ferret.sourcing import files_of

__all__ = ["FORMATS", "Stem", "render_with_stems", "stem_problems", "stems_of"]

FORMATS = ("wav", "flac")
"""The formats that stems can have: those that are exact to the sample and keep what is heard."""


@dataclass(frozen=True, kw_only=True)
class Stem:
    """A track that is heard."""

    track: str
    """Its id."""
    place: Path
    """Where its sound goes."""


async def stems_of(document: Document, output: Path, settings: Settings) -> list[Stem]:
    """The tracks that are heard, and where their sound goes: `mix.wav` has `mix.music.wav` beside it.

    Raises `RequestError` with everything that is wrong with the document.
    """
    found: list[Stem] = []
    taken: set[str] = set()
    for number, given, track in _heard(await gather(document, settings)):
        name = re.sub(r"[^\w-]+", "_", given or "").strip("_")[:60] or f"track-{number}"
        if name.casefold() in taken:
            name = f"{name}-{number}"
        taken.add(name.casefold())
        found.append(Stem(track=track, place=output.with_name(f"{output.stem}.{name}{output.suffix}")))
    return found


def _heard(gathered: Gathered) -> Iterator[tuple[int, str | None, str]]:
    """Of each track that is heard: its number, from 1 on, the id that it was given, and the one it has."""
    text = gathered.document.text
    tracks = zip(json.loads(text)["tracks"], core.arrangement(text)["tracks"], strict=True)
    for number, (track, told) in enumerate(tracks, start=1):
        if _is_heard(track, gathered.looked.facts):
            yield number, track.get("id"), told["id"]


def stem_problems(gathered: Gathered, target: Target) -> list[Problem]:
    """Why the sound of the track that the target names cannot be had by itself."""
    if target.stem is None:
        return []
    problems = []
    if target.format not in FORMATS:
        problems.append(_wrong_format(target.format, "Order voice.wav or voice.flac."))
    heard = [track for _, _, track in _heard(gathered)]
    if target.stem not in heard:
        problems.append(
            Problem(
                code="stems.track",
                path="/stem",
                message=f"No track {target.stem!r} is heard in this project.",
                hint=f"Choose one of {', '.join(heard)}." if heard else "Nothing is heard in it at all.",
                allowed=tuple(heard),
            )
        )
    return problems


def _wrong_format(form: str, hint: str, path: str = "/stem") -> Problem:
    message = f"Stems are files of sound, and {form} is none that keeps it exactly."
    return Problem(code="stems.format", path=path, message=message, hint=hint, allowed=FORMATS)


async def render_with_stems(
    document: Document,
    *,
    output: Path,
    target: Target,
    settings: Settings,
    frames: str | None = None,
    overwrite: bool = False,
    on_progress: OnProgress | None = None,
) -> tuple[RenderReport, Sequence[tuple[Stem, RenderReport]]]:
    """Render the mix, then a file for each track that is heard in it, as it is heard there.

    All are as long as the mix, to the sample, and where no limiter acts their sum is the mix.
    Raises the same as `render`; what is wrong with any of the names is told before the first is made.
    """
    output = Path(os.path.abspath(output))
    if target.format not in FORMATS:
        hint = "Render to .wav or .flac, such as -o mix.wav --stems."
        raise RequestError(problems=(_wrong_format(target.format, hint, "/stems"),))
    stems = await stems_of(document, output, settings)
    sources = files_of(document, settings)
    problems: list[Problem] = []
    for place in (output, *(stem.place for stem in stems)):
        problems.extend(place_problems(place, overwrite=overwrite, sources=sources))
    if problems:
        raise RequestError(problems=tuple(dict.fromkeys(problems)))

    async def made(place: Path, wanted: Target, told: OnProgress | None = None) -> RenderReport:
        return await render(
            document,
            output=place,
            target=wanted,
            settings=settings,
            frames=frames,
            overwrite=overwrite,
            on_progress=told,
        )

    mix = await made(output, target, on_progress)
    return mix, [(stem, await made(stem.place, replace(target, stem=stem.track))) for stem in stems]


def _is_heard(track: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    if track.get("type") == "text" or track.get("muted"):
        return False
    clips = [clip for clip in track.get("clips", ()) if clip.get("enabled", True) and not clip.get("muted")]
    return any(_sounds(clip.get("source"), facts) for clip in clips)


def _sounds(source: Any, facts: Mapping[str, Any]) -> bool:
    if isinstance(source, Mapping):
        name = spelling.word("generator", source.get("generator"))
        return bool(core.generators()[name]["ports"]["audio"])
    found = facts.get(source)
    return isinstance(found, MediaFacts) and found.audio is not None
