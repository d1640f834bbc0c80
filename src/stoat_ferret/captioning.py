"""Captions beside a film: how their files are named, and how they get their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from stoat_ferret.errors import Problem
from stoat_ferret.media import files
from stoat_ferret.model.plan import CaptionFile
from stoat_ferret.placing import place_problems, publish

__all__ = ["caption_problems", "caption_text", "places_beside", "publish_captions"]


def places_beside(output: Path, captions: Sequence[CaptionFile]) -> list[Path]:
    """Where each of them goes: `film.srt` beside `film.mp4`, and `film.eng.srt` where there are several.

    A film for browsers has `.vtt`. Tracks of the same language are told apart by their ids.
    """
    ending = ".vtt" if output.suffix.lower() == ".webm" else ".srt"
    if len(captions) == 1:
        return [output.with_name(f"{output.stem}{ending}")]
    count = Counter(one.language for one in captions)
    names: list[str] = []
    for number, one in enumerate(captions, start=1):
        name = one.language if count[one.language] == 1 else re.sub(r"[^\w-]+", "_", one.track)[:60]
        if name.casefold() in (taken.casefold() for taken in names):
            name = f"{name}-{number}"
        names.append(name)
    return [output.with_name(f"{output.stem}.{name}{ending}") for name in names]


def caption_text(place: Path, captions: CaptionFile) -> str:
    """What the file says."""
    return captions.vtt if place.suffix.lower() == ".vtt" else captions.srt


def caption_problems(
    output: Path, captions: Sequence[CaptionFile], *, overwrite: bool, sources: Iterable[Path] = ()
) -> list[Problem]:
    """Why they could not be written beside the film."""
    sources = list(sources)
    found = [
        problem
        for place in places_beside(output, captions)
        for problem in place_problems(place, overwrite=overwrite, sources=sources)
    ]
    return [replace(problem, path="/captions") for problem in found]


def publish_captions(
    folder: Path, output: Path, captions: Sequence[CaptionFile], *, overwrite: bool
) -> list[Path]:
    """Write them beside the film, each complete or absent; `folder` is for work, on the same disk.

    Raises `RequestError` where a name was taken meanwhile, and `OutputUnwritable` or `DiskFull`.
    """
    places = places_beside(output, captions)
    for place, one in zip(places, captions, strict=True):
        made = folder / f"captions{place.suffix}"
        with files.written(made):
            made.write_text(caption_text(place, one), encoding="utf-8")
        publish(made, place, overwrite=overwrite)
    return places
