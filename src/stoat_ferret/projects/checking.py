"""What stands between a document and its render, asked of the compiler itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.config import Settings
from stoat_ferret.edit import Change, Changes
from stoat_ferret.errors import MediaRefused, Problem, RequestError
from stoat_ferret.media import capabilities
from stoat_ferret.media.capabilities import Capabilities
from stoat_ferret.model.document import canonical
from stoat_ferret.model.plan import Target
from stoat_ferret.sourcing import texts_of, uses_of

__all__ = ["UNFINISHED", "Judge", "Sound", "captions", "may_stand", "problems", "require_usable", "sources"]

_LARGEST_CAPTIONS = 8 * 1024 * 1024

_MOST_PARTS = 8
"""Ranges that are tried one by one: more of them cost as much as the whole."""

_WIDE = frozenset({"audio_ducking", "audio_mix"})
"""Effects that are about whole tracks, wherever they stand."""

Json = Mapping[str, Any]

_MISSING = "media.missing"

UNFINISHED = ("project.empty",)
"""Problems of a project that is still being made: nothing of it is wrong."""


def sources(document: Mapping[str, Any]) -> frozenset[str]:
    """The files and library ids that the clips and effects of a document name, sound or not."""
    tracks = list(_objects(document.get("tracks")))
    clips = [clip for track in tracks for clip in _objects(track.get("clips"))]
    found = {clip["source"] for clip in clips if isinstance(clip.get("source"), str)}
    lists = [holder.get("effects") for holder in (*tracks, *clips)]
    for effects in (*lists, document.get("global_effects")):
        for effect in _objects(effects):
            found.update(path for _, path in core.files_of_effect(effect))
    return frozenset(found)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, if it is one: what else is there the core refuses by name."""
    if isinstance(value, list | tuple):
        # Nearly all are dictionaries, of which there may be thousands: to ask for the protocol takes long.
        yield from (item for item in value if type(item) is dict or isinstance(item, Mapping))


def captions(names: Iterable[str], base: Path, settings: Settings) -> dict[str, str | Problem]:
    """The texts of caption files, or why they cannot be read, in the words of who names them."""
    return {name: _caption(name, base, settings) for name in names}


def _caption(name: str, base: Path, settings: Settings) -> str | Problem:
    try:
        return texts_of((name,), base, settings, most=_LARGEST_CAPTIONS)[name]
    except MediaRefused as refused:
        return refused.reason


def require_usable(document: Json, media: Mapping[str, Json], known: AbstractSet[str] = frozenset()) -> None:
    """Refuse sources that cannot be used; those may be `known`, or missing: they may come, or come back.

    Raises `RequestError` with all of them.
    """
    wrong = [
        Problem.from_json({**media[use.key]["error"], "path": pointer})
        for use in uses_of(document, off=True)
        if use.key not in known
        and not (use.kind == "lut" and "table" in media[use.key])
        and media[use.key].get("error", {}).get("code", _MISSING) != _MISSING
        for pointer in use.pointers
    ]
    if wrong:
        raise RequestError(problems=tuple(wrong))


def problems(document: str, media: Mapping[str, Json], settings: Settings) -> tuple[Problem, ...]:
    """Everything that would stop a render of the document."""
    return _obstacles(document, media, capabilities.detect(settings), None).problems


@dataclass(frozen=True, kw_only=True)
class Sound:
    """That nothing stands between a document and its render, as far as it was known."""

    revision: int
    media: Mapping[str, Json]
    """Facts of its sources."""
    able: Capabilities
    """What ffmpeg could do."""

    def holds(self, media: Mapping[str, Json], able: Capabilities) -> bool:
        """Whether what was known is true still; sources that are new are not its matter."""
        return self.able == able and all(
            self.media.get(name, facts) == facts for name, facts in media.items()
        )


class Judge:
    """Checks the document that a batch makes, and what stands between it and its render, in one go."""

    def __init__(self, media: Mapping[str, Json], settings: Settings, known: Sound | None) -> None:
        """`known` says that the document was sound before."""
        self.media = media
        self._able = capabilities.detect(settings)
        self._known = known if known is not None and known.holds(media, self._able) else None
        self.obstacles: tuple[Problem, ...] = ()
        """What stands between the document, which is right by itself, and its render."""

    def __call__(self, document: str, difference: Changes) -> Sequence[Problem]:
        """What is wrong with the document by itself."""
        parts = None if self._known is None else _parts(difference)
        if parts is not None and (near := neighbourhood(difference)) is not None:
            named = {name: facts for name in sources(near) if (facts := self.media.get(name)) is not None}
            if not _obstacles(canonical(near).decode(), named, self._able, parts).problems:
                return ()
        # What is wrong is told of the whole, with the places that things have there.
        found = _obstacles(document, self.media, self._able, parts)
        self.obstacles = () if found.wrong else found.problems
        return found.problems if found.wrong else ()

    def sound(self, revision: int) -> Sound | None:
        """What is known of the document when it is this revision."""
        return None if self.obstacles else Sound(revision=revision, media=self.media, able=self._able)


def _parts(difference: Changes) -> list[tuple[int, int]] | None:
    """The frames whose filters may be others than before, and one more on each side; none: all."""
    if len(difference.spans) > _MOST_PARTS or any(
        change.kind == "project" for change in difference.elements.values()
    ):
        return None
    rate = _rate(difference)
    starts = core.frames_at([span["start"] for span in difference.spans], rate)
    ends = core.frames_at([span["end"] for span in difference.spans], rate)
    return [(max(start - 1, 0), end + 1) for start, end in zip(starts, ends, strict=True)]


def _rate(difference: Changes) -> str:
    return core.rate_of((difference.after.get("output") or {}).get("fps", 30))


def neighbourhood(difference: Changes) -> Json | None:
    """The new document without the clips that a change cannot have to do with; none: it may be any of them.

    Of a document that was sound the rest is sound still: rules look at one clip, at those it meets on its
    track, or at the tracks, and which clips there are elsewhere is no matter to them. The exceptions are
    effects that are about whole tracks.
    """
    changed = difference.elements.values()
    if (
        difference.order.keys() & {"tracks"}
        or any(change.kind not in ("clip", "effect", "transition") for change in changed)
        or any(_is_wide(change) for change in changed if change.kind == "effect")
    ):
        return None
    named = {change.id for change in changed} | {change.of for change in changed if change.kind == "effect"}
    named |= difference.order.keys()
    frame = float(1 / Fraction(_rate(difference)))
    spans = [(span["start"] - 2 * frame, span["end"] + 2 * frame) for span in difference.spans]
    return {**difference.after, "tracks": [_near(track, named, spans) for track in _tracks(difference.after)]}


def _tracks(document: Json) -> Sequence[Json]:
    return document.get("tracks") or ()


def _is_wide(change: Change) -> bool:
    kinds = change.fields.get("type", ())
    return not _WIDE.isdisjoint(kinds)


def _near(track: Json, named: AbstractSet[str | None], spans: Sequence[tuple[float, float]]) -> Json:
    """A track with the clips that are named or lie in a span, and those that transitions join to them."""
    first, last = (spans[0][0], spans[-1][1]) if spans else (0.0, 0.0)
    clips = track.get("clips") or ()
    joined = track.get("transitions") or ()
    kept = {
        clip["id"]
        for clip in clips
        if clip["id"] in named
        or (
            clip["timeline_start"] < last
            and clip["timeline_end"] > first
            and any(clip["timeline_start"] < end and clip["timeline_end"] > start for start, end in spans)
        )
    }
    ends = [{join["from"], join.get("to", join["from"])} for join in joined]
    kept |= set().union(
        *(pair for join, pair in zip(joined, ends, strict=True) if pair & kept or join["id"] in named)
    )
    return {
        **track,
        "clips": [clip for clip in clips if clip["id"] in kept],
        "transitions": [join for join, pair in zip(joined, ends, strict=True) if pair <= kept],
    }


def _obstacles(
    document: str,
    media: Mapping[str, Json],
    able: Capabilities,
    parts: Sequence[tuple[int, int]] | None,
) -> core.Obstacles:
    target = Target(format="mp4")
    return core.obstacles(document, media=media, capabilities=_written(able), target=target, parts=parts)


class _Written:
    """Capabilities as the compiler takes them: large, and the same for every edit."""

    def __init__(self) -> None:
        self._last: tuple[Capabilities, str] | None = None

    def __call__(self, able: Capabilities) -> str:
        last = self._last
        # Told by identity: to compare them, or to hash them, takes as long as a small edit.
        if last is None or last[0] is not able:
            self._last = last = (able, json.dumps(able.to_json()))
        return last[1]


_written = _Written()


def may_stand(problem: Problem, named: set[str]) -> bool:
    """Whether a project may be stored with this problem: it is unfinished, or a file went missing.

    `named` are the sources that the edit itself names: those must be there.
    """
    if problem.code in UNFINISHED:
        return True
    return problem.code.startswith("media.") and not any(name in problem.message for name in named)
