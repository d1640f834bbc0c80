"""The settled form of a document: every element has an id, every clip its times, every name its one spelling.

It renders what the document rendered. A settled document settles to itself, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, count
from typing import Any

import orjson

from stoat_ferret import compile as core
from stoat_ferret.edit.catalogue import animated, kinds
from stoat_ferret.edit.clips import length_of, source_of, transform_of
from stoat_ferret.edit.grid import Grid
from stoat_ferret.edit.lane import Placed
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model import spelling

Json = Mapping[str, Any]

DEFAULT_NAMES = {
    "track": "track",
    "clip": "clip",
    "effect": "fx",
    "transition": "tr",
    "marker": "mk",
}
"""How ids begin that are made for elements without."""


def settle(document: Json, media: Mapping[str, Json]) -> dict[str, Any]:
    """The settled form of a valid document.

    `media` has the facts of every source whose clip does not say where it ends.
    Raises `RequestError` with all that is wrong with the document.
    """
    if problems := core.check(written(document)):
        raise RequestError(problems=tuple(problems))
    settled = _canonical(document, Grid.of(spelled_project(document)))
    settled = _with_ids(settled)
    problems = []
    tracks = []
    for number, track in enumerate(settled.get("tracks", ())):
        place = f"/tracks/{number}/clips"
        clips = [
            _with_end(clip, media, f"{place}/{index}", problems)
            for index, clip in enumerate(track.get("clips", ()))
        ]
        tracks.append({**track, "clips": clips} if "clips" in track else track)
    if problems:
        raise RequestError(problems=tuple(problems))
    if "tracks" in settled:
        settled["tracks"] = tracks
    return regrid(settled)


def written(document: Json) -> str:
    """The document as JSON text."""
    return orjson.dumps(document).decode()


def spelled_project(document: Json) -> dict[str, Any]:
    """The project's own fields under canonical names; what is null is left out."""
    project = {name: value for name, value in document.items() if value is not None}
    if "output" in project:
        project["output"] = {
            name: value
            for name, value in spelling.named("output", project["output"]).items()
            if value is not None
        }
    return project


def _canonical(document: Json, grid: Grid) -> dict[str, Any]:
    project = spelled_project(document)
    if "tracks" in project:
        project["tracks"] = [_track(track, grid) for track in project["tracks"]]
    if "global_effects" in project:
        project["global_effects"] = [_effect(one, grid) for one in project["global_effects"]]
    if "markers" in project:
        project["markers"] = [_timed(_solid(marker), ("time",), grid) for marker in project["markers"]]
    return project


def _solid(fields: Json, *, keep: str = "") -> dict[str, Any]:
    """The fields that are not null: null says no more than leaving out."""
    return {name: value for name, value in fields.items() if value is not None or name == keep}


def _timed(fields: dict[str, Any], names: tuple[str, ...], grid: Grid) -> dict[str, Any]:
    return fields | {name: float(grid.time(fields[name])) for name in names if name in fields}


def _track(track: Json, grid: Grid) -> dict[str, Any]:
    fields = _solid(track)
    if "volume" in fields:
        fields["volume"] = animated(fields["volume"], grid)
    if "effects" in fields:
        fields["effects"] = [_effect(one, grid) for one in fields["effects"]]
    if "clips" in fields:
        fields["clips"] = [_clip(clip, grid) for clip in fields["clips"]]
    if "transitions" in fields:
        fields["transitions"] = [_transition(one, grid) for one in fields["transitions"]]
    if "ducking" in fields:
        names = kinds()["audio_ducking"].names
        fields["ducking"] = _solid(spelling.renamed(names, fields["ducking"]))
    return fields


def _effect(effect: Json, grid: Grid) -> dict[str, Any]:
    fields = _solid(spelling.effect(effect))
    if "params" in fields:
        fields["params"] = kinds()[fields["type"]].params(fields["params"], grid)
    return fields


def _transition(transition: Json, grid: Grid) -> dict[str, Any]:
    fields = _solid(spelling.named("transition", _solid(transition, keep="audio")), keep="audio")
    if "type" in fields:
        fields["type"] = spelling.word("transition", fields["type"])
    if fields.get("audio") is not None:
        fields["audio"] = _solid(spelling.curves(fields["audio"]))
    return _timed(fields, ("duration",), grid)


def _clip(clip: Json, grid: Grid) -> dict[str, Any]:
    fields = _solid(spelling.named("clip", _solid(clip)))
    source = spelling.source(fields["source"])
    if isinstance(source, dict):
        source = _solid(source)
    fields["source"] = source_of(source, grid)
    if "fit" in fields:
        fields["fit"] = spelling.word("fit", fields["fit"])
    if "volume" in fields:
        fields["volume"] = animated(fields["volume"], grid)
    if "transform" in fields:
        transform = transform_of(spelling.transform(fields["transform"]), grid)
        if "crop" in transform:
            transform["crop"] = _solid(transform["crop"])
        fields["transform"] = transform
    if "effects" in fields:
        fields["effects"] = [_effect(one, grid) for one in fields["effects"]]
    return _timed(fields, ("in_point", "out_point", "timeline_start", "timeline_end"), grid)


def _with_ids(document: dict[str, Any]) -> dict[str, Any]:
    """Give every element an id, and call by it those that were called by their place."""
    taken = set(_ids(document))
    named: dict[str, str] = {}

    def identified(kind: str, element: Json, place: str) -> dict[str, Any]:
        if "id" in element:
            return dict(element)
        number = 1
        while (name := f"{DEFAULT_NAMES[kind]}-{number}") in taken:
            number += 1
        taken.add(name)
        named[place] = name
        return {"id": name, **element}

    def each(kind: str, owner: dict[str, Any], field: str, place: str) -> None:
        if field in owner:
            owner[field] = [
                identified(kind, one, f"{place}/{field}/{index}") for index, one in enumerate(owner[field])
            ]

    free = (name for name in chain(("project",), map("project-{}".format, count(1))) if name not in taken)
    project = dict(document) if "id" in document else {"id": next(free), **document}
    each("track", project, "tracks", "")
    each("effect", project, "global_effects", "")
    each("marker", project, "markers", "")
    for number, track in enumerate(project.get("tracks", ())):
        place = f"/tracks/{number}"
        each("effect", track, "effects", place)
        each("clip", track, "clips", place)
        each("transition", track, "transitions", place)
        for index, clip in enumerate(track.get("clips", ())):
            each("effect", clip, "effects", f"{place}/clips/{index}")
    for track in project.get("tracks", ()) if named else ():
        _call(track, named)
    return project


def _ids(document: Json) -> list[str]:
    found = [document.get("id")]
    for track in document.get("tracks", ()):
        clips = track.get("clips", ())
        found += [track.get("id")]
        found += [one.get("id") for one in track.get("effects", ())]
        found += [one.get("id") for one in track.get("transitions", ())]
        found += [clip.get("id") for clip in clips]
        found += [one.get("id") for clip in clips for one in clip.get("effects", ())]
    for name in ("global_effects", "markers"):
        found += [one.get("id") for one in document.get(name, ())]
    return [name for name in found if name is not None]


def _call(track: dict[str, Any], named: Mapping[str, str]) -> None:
    for transition in track.get("transitions", ()):
        for end in ("from", "to"):
            transition[end] = named.get(transition[end], transition[end])
    if "ducking" in track:
        under = [named.get(name, name) for name in track["ducking"]["under"]]
        track["ducking"] = {**track["ducking"], "under": under}


def _with_end(clip: Json, media: Mapping[str, Json], place: str, problems: list[Problem]) -> Json:
    """The clip with the end of its source, where it says nowhere where it ends."""
    if "out_point" in clip or "timeline_end" in clip or not isinstance(clip["source"], str):
        return clip
    facts = media.get(clip["source"])
    if facts is None:
        problems.append(
            Problem(
                code="media.unknown",
                path=f"{place}/source",
                message=f"Nothing is known of {clip['source']!r}.",
                hint="Check the path, or give the clip an out_point.",
            )
        )
    elif "error" in facts:
        problems.append(Problem.from_json({**facts["error"], "path": f"{place}/source"}))
    elif (duration := length_of(facts)) is None:
        problems.append(
            Problem(
                code="clip.no_length",
                path=place,
                message="A still picture has no length of its own.",
                hint="Give the clip an out_point (or a timeline_end).",
            )
        )
    else:
        return {**clip, "out_point": duration}
    return clip


def regrid(document: Json) -> dict[str, Any]:
    """Write every clip's and transition's place as it lies on the project's grid of frames.

    Raises `RequestError` when they do not fit on it.
    """
    arranged = core.arrangement(written(document))
    grid = Grid.of(document)
    tracks = [
        _placed(track, lane, grid, f"/tracks/{number}")
        for number, (track, lane) in enumerate(
            zip(document.get("tracks", ()), arranged["tracks"], strict=True)
        )
    ]
    return {**document, "tracks": tracks} if "tracks" in document else dict(document)


def loosened(document: Json, grid: Grid) -> dict[str, Any]:
    """The document with clips as long in their sources as they are on the old grid, ready for another one."""
    tracks = [
        {**track, "clips": [_loose(clip, grid) for clip in track["clips"]]} if "clips" in track else track
        for track in document.get("tracks", ())
    ]
    return {**document, "tracks": tracks} if "tracks" in document else dict(document)


def _loose(clip: Json, grid: Grid) -> Json:
    frames = grid.frame(clip["timeline_end"]) - grid.frame(clip["timeline_start"])
    speed = Placed(clip=clip, start=0, end=0).speed
    kept = {name: value for name, value in clip.items() if name != "timeline_end"}
    return {**kept, "out_point": grid.source(clip["in_point"], frames, speed)}


def _placed(track: Json, lane: Json, grid: Grid, pointer: str) -> Json:
    frames = {clip["id"]: clip for clip in lane["clips"]}
    cursor = 0
    placed: list[tuple[int, Json]] = []
    for clip in track.get("clips", ()):
        if found := frames.get(clip["id"]):
            start, end = found["start"], found["end"]
            cursor = end
        else:
            start, end = _off(clip, cursor, grid)
        placed.append((start, _at(clip, start, end, grid)))
    changed = dict(track)
    if "clips" in track:
        changed["clips"] = [clip for _, clip in sorted(placed, key=lambda one: one[0])]
    joined = {join["pointer"]: join for join in lane["joins"]}
    if "transitions" in track:
        changed["transitions"] = [
            _lasting(one, joined.get(f"{pointer}/transitions/{index}"), grid)
            for index, one in enumerate(track["transitions"])
        ]
    return changed


def _off(clip: Json, cursor: int, grid: Grid) -> tuple[int, int]:
    """The place of a clip that is off."""
    start = grid.frame(clip["timeline_start"]) if "timeline_start" in clip else cursor
    if "out_point" in clip:
        speed = Placed(clip=clip, start=0, end=0).speed
        length = grid.length(clip.get("in_point", 0.0), clip["out_point"], speed)
        return start, start + max(length, 1)
    if "timeline_end" in clip:
        return start, max(grid.frame(clip["timeline_end"]), start + 1)
    raise RequestError.because(
        "clip.no_length",
        f"The clip {clip['id']!r} says nowhere where it ends.",
        hint="Give the clip an out_point (or a timeline_end).",
    )


def _at(clip: Json, start: int, end: int, grid: Grid) -> Json:
    speed = Placed(clip=clip, start=0, end=0).speed
    in_point = clip.get("in_point", 0.0)
    out_point = clip.get("out_point")
    if out_point is None or out_point <= in_point or grid.length(in_point, out_point, speed) != end - start:
        out_point = grid.source(in_point, end - start, speed)
    times = {
        "in_point": in_point,
        "out_point": out_point,
        "timeline_start": grid.seconds(start),
        "timeline_end": grid.seconds(end),
    }
    return {**clip, **times}


def _lasting(transition: Json, join: Json | None, grid: Grid) -> Json:
    """The transition with the length that its clips overlap by."""
    if join is None:
        return transition
    return {**transition, "duration": grid.seconds(join["end"] - join["start"])}
