"""From what a document calls its sources to files, and to facts about them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stoat_ferret import compile as core
from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused, Problem
from stoat_ferret.media import files, luts, probe
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.files import read_text
from stoat_ferret.media.luts import LutFacts
from stoat_ferret.media.packets import matches, packets_of
from stoat_ferret.media.probe import FactsCache
from stoat_ferret.media.shelf import Shelf
from stoat_ferret.model.document import Document

if TYPE_CHECKING:
    # A file is rendered without a database, whose library takes longer to load than all else.
    from sqlalchemy import Connection

LIBRARY_PREFIX = "vid_"


class Library(Protocol):
    """Knows where the videos lie that documents name by their ids."""

    async def resolve(self, ids: Iterable[str]) -> Mapping[str, Path]:
        """The files of these ids; those that are not known are left out."""
        ...

    def resolve_in(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, Path]:
        """The same for who reads the database already."""
        ...

    async def facts(self, ids: Iterable[str]) -> Mapping[str, tuple[MediaFacts, str]]:
        """What was found in the files of these ids, and the stamps that they had then."""
        ...


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found out about the sources of a document."""

    facts: Mapping[str, MediaFacts | LutFacts | MediaRefused]
    """For each source as the document writes it."""
    uses: tuple[core.SourceUse, ...]
    """Where the document names them."""
    packets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """How the pictures of some of them can be copied, or why not."""

    def to_json(self) -> dict[str, dict[str, Any]]:
        """The shape that the core takes."""
        told = {key: found.to_json() for key, found in self.facts.items()}
        return {
            key: {**facts, "packets": self.packets[key]} if key in self.packets else facts
            for key, facts in told.items()
        }

    @property
    def identities(self) -> dict[str, str]:
        """Absolute path to the content that was looked at."""
        return {
            found.path: found.identity for found in self.facts.values() if not isinstance(found, MediaRefused)
        }

    def problems(self) -> list[Problem]:
        """Every source that cannot be used, at each place that names it."""
        found: list[Problem] = []
        for use in self.uses:
            refusal = self.facts[use.key]
            if isinstance(refusal, LutFacts) and use.kind == "media":
                refusal = refusal.refused
            if isinstance(refusal, MediaRefused):
                reason = refusal.reason
                found.extend(
                    Problem(code=reason.code, path=pointer, message=reason.message, hint=reason.hint)
                    for pointer in use.pointers
                )
        return found


def locate(source: str, base: Path, roots: Sequence[Path], library: Mapping[str, Path] | None = None) -> Path:
    """The file that a source means: an absolute path itself, else beside the project, else in a media root.

    The id of a video means the file that `library` has for it. Where there is a library, nothing beside the
    project counts that does not lie in a media root.
    Nothing is expanded: `~` and `$` are letters of a name.
    """
    if library and source in library:
        return library[source]
    places = [base, *roots]
    if library is not None and not any(base.is_relative_to(root) for root in roots):
        places = list(roots)
    for place in places:
        path = place / source
        try:
            if path.exists():
                return Path(os.path.abspath(path))
        except (OSError, ValueError):
            continue
    return Path(os.path.abspath(places[0] / source))


async def look_at_sources(document: Document, settings: Settings) -> Looked:
    """Facts about every file that the document names, or why it cannot be used.

    Raises `RequestError` when the document is wrong.
    """
    return await _look(document, tuple(core.sources(document.text)), settings)


async def with_packets(looked: Looked, size: tuple[int, int], rate: Fraction, settings: Settings) -> Looked:
    """The same, with what must be known to copy pictures into a film of this size and rate."""
    near = {
        key: found
        for key, found in looked.facts.items()
        if isinstance(found, MediaFacts) and matches(found, size, rate)
    }
    if not near:
        return looked
    packets = await apart(lambda: {key: _packets(found, rate, settings) for key, found in near.items()})
    return replace(looked, packets=packets)


def _packets(facts: MediaFacts, rate: Fraction, settings: Settings) -> Mapping[str, Any]:
    shelf = Shelf(settings.cache_dir / "packets", schema="stoat.packets/4")
    key = f"{facts.identity} {facts.video.index if facts.video else None} {facts.start} {rate}"
    known = shelf.get(key)
    if isinstance(known, dict):
        return known
    try:
        descriptor = files.open_source(Path(facts.path), settings.media_roots)
    except MediaRefused as refused:
        return {"refused": refused.reason.message}
    try:
        if files.identity(descriptor) != facts.identity:
            return {"refused": "it changed while it was read"}
        found = packets_of(descriptor, facts, rate)
        # What was written to meanwhile must not be remembered as what it was before.
        if files.identity(descriptor) == facts.identity:
            shelf.put(key, found)
        return found
    except OSError as error:
        return {"refused": f"it cannot be read: {error.strerror}"}
    finally:
        os.close(descriptor)


async def source_problems(document: Document, settings: Settings) -> list[Problem]:
    """What is wrong with the files of a document that may be wrong itself."""
    return (await _look(document, uses_of(json.loads(document.text)), settings)).problems()


def files_of(document: Document, settings: Settings) -> list[Path]:
    """The project's file and those that it seems to name: what no output may replace."""
    named = [
        locate(use.key, document.base, settings.media_roots, document.library)
        for use in uses_of(json.loads(document.text), off=True)
    ]
    return [*named, document.path] if document.path else named


def uses_of(value: Any, *, off: bool = False) -> tuple[core.SourceUse, ...]:
    """The files that a document seems to name, whatever else is wrong; `off`: of clips that are off, too."""
    sources: dict[str, list[str]] = {}
    luts: dict[str, list[str]] = {}

    def shown(fields: Mapping[str, Any]) -> bool:
        return off or fields.get("enabled") is not False

    def effects(holder: Any, name: str, place: str) -> None:
        for number, effect in _items(holder, name):
            for param, path in core.files_of_effect(effect) if shown(effect) else ():
                luts.setdefault(path, []).append(f"{place}/{name}/{number}/params/{param}")

    for track, fields in _items(value, "tracks"):
        for number, clip in _items(fields, "clips"):
            place = f"/tracks/{track}/clips/{number}"
            source = clip.get("source")
            if not shown(clip):
                continue
            if isinstance(source, str) and source and "\0" not in source:
                sources.setdefault(source, []).append(f"{place}/source")
            effects(clip, "effects", place)
        effects(fields, "effects", f"/tracks/{track}")
    effects(value, "global_effects", "")
    return (
        *(core.SourceUse(key=key, pointers=tuple(pointers)) for key, pointers in sources.items()),
        *(core.SourceUse(key=key, kind="lut", pointers=tuple(pointers)) for key, pointers in luts.items()),
    )


def _items(value: Any, name: str) -> list[tuple[int, dict[str, Any]]]:
    """The objects in the list under a name, with their places."""
    items = value.get(name) if isinstance(value, dict) else None
    found = enumerate(items if isinstance(items, list) else [])
    return [(number, item) for number, item in found if isinstance(item, dict)]


async def _look(document: Document, uses: tuple[core.SourceUse, ...], settings: Settings) -> Looked:
    names = dict.fromkeys(use.key for use in uses)
    facts = await apart(lambda: facts_for(names, document.base, document.library, settings))
    return Looked(facts=facts, uses=uses)


def facts_for(
    names: Iterable[str],
    base: Path,
    library: Mapping[str, Path] | None,
    settings: Settings,
    *,
    cache: FactsCache | None = None,
) -> dict[str, MediaFacts | LutFacts | MediaRefused]:
    """Facts about the sources of these names, or why they cannot be used; blocks.

    With a `cache`, a file that was not touched since costs one look at its name.
    """
    paths = {name: locate(name, base, settings.media_roots, library) for name in names}
    tables = {path: _table(path, settings, cache) for path in set(paths.values()) if luts.is_lut(path)}
    found = {path: table for path, table in tables.items() if table is not None}
    media = [path for path in paths.values() if path not in found]
    probed = {**probe.probe_all(media, settings, cache=cache), **found}
    return {name: _told(name, path, probed[path], library) for name, path in paths.items()}


def _table(path: Path, settings: Settings, cache: FactsCache | None) -> LutFacts | MediaRefused | None:
    """What is known of a colour table, or why it is none; none: it may be media in spite of its name."""
    known = None if cache is None else cache.get(path, settings)
    if isinstance(known, LutFacts):
        return known
    try:
        found = luts.look(path, settings.media_roots)
    except MediaRefused as refused:
        return refused
    if found is not None and cache is not None:
        cache.put(path, settings, found)
    return found


def texts_of(names: Iterable[str], base: Path, settings: Settings, *, most: int) -> dict[str, str | Problem]:
    """What stands in the text files of these names, of at most so many bytes each, or why that is unknown."""
    paths = {name: locate(name, base, settings.media_roots, {}) for name in names}
    return {name: _text_of(name, path, settings, most) for name, path in paths.items()}


def _text_of(name: str, path: Path, settings: Settings, most: int) -> str | Problem:
    try:
        return read_text(path, settings.media_roots, most=most)
    except MediaRefused as refused:
        return _worded(name, path, refused).reason


async def library_at_hand(
    names: Iterable[str], library: Library, settings: Settings, cache: FactsCache
) -> Mapping[str, Path]:
    """Where the videos lie that are named by ids; what the library knows of them goes into the cache."""
    paths = await library.resolve([name for name in names if name.startswith(LIBRARY_PREFIX)])
    unknown = [name for name, path in paths.items() if not cache.has(path, settings)]
    for name, (facts, seen) in (await library.facts(unknown) if unknown else {}).items():
        cache.offer(paths[name], settings, facts, seen)
    return paths


def _worded(key: str, path: Path, found: MediaRefused) -> MediaRefused:
    """Where the files of a service lie is nobody's business: they are named as the document names them."""
    match found.reason.code:
        case "media.outside_roots":
            return MediaRefused.because(
                "media.outside_roots",
                f"{key} does not lie in a media root.",
                hint="Name a file in a media root, or a video of the library; "
                "GET /api/v1/filesystem lists the roots.",
            )
        case "media.missing":
            return MediaRefused.because(
                "media.missing",
                f"There is no file {key} in the media roots.",
                hint="Check the name, which counts from a media root; scan its folder if the file was moved.",
            )
    return found.naming(path, key)


def _told(
    key: str, path: Path, found: MediaFacts | LutFacts | MediaRefused, library: Mapping[str, Path] | None
) -> MediaFacts | LutFacts | MediaRefused:
    """A refusal in the words of who named the file by the id of a video, or relative to a root."""
    if not isinstance(found, MediaRefused):
        return found
    if not key.startswith(LIBRARY_PREFIX) or "/" in key:
        return found if library is None else _worded(key, path, found)
    if library is None:
        return MediaRefused.because(
            "media.no_library",
            f"{key} is a library id, and there is no library here.",
            hint="Give the file's path.",
        )
    if key not in library:
        return MediaRefused.because(
            "media.unknown_video",
            f"There is no video {key} in the library.",
            hint="GET /api/v1/videos lists all; one that was deleted has a new id after a scan.",
        )
    reason = _worded(path.name, path, found).reason
    return MediaRefused.because(
        reason.code,
        f"{key}: {reason.message}",
        hint="Scan the folder where its file lies now, or name the place: PATCH /api/v1/videos/{id}."
        if reason.code == "media.missing"
        else reason.hint or "Look at the file.",
    )
