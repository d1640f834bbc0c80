"""The founding design's fine-grained requests, as the edits that they mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.edit import parse_edits
from stoat_ferret.errors import NotFound, RequestError
from stoat_ferret.model.event import Context
from stoat_ferret.presets.preset import Preset
from stoat_ferret.projects.batches import EditRequest
from stoat_ferret.projects.projects import Projects, Shape
from stoat_ferret.projects.revisions import Revision
from stoat_ferret.storage.idempotency import Answer

__all__ = [
    "add_clip",
    "add_effect",
    "add_transition",
    "apply_preset",
    "clip",
    "clips",
    "edit",
    "edit_clip",
    "effect",
    "effects",
    "in_body",
    "patch_clip",
    "patch_effect",
    "remove_effect",
]

Place = Callable[[str], str]
"""From a place in a batch of edits to that in the request that means them."""

_TRIM = ("in_point", "out_point")
_MOVE = ("timeline_start", "track_id")


def in_body(names: Mapping[str, str] | None = None) -> Place:
    """Fields of edits are fields of the body, some under other `names`; empty: the body itself."""
    known = names or {}

    def place(path: str) -> str:
        _, *parts = path.split("/")
        if parts[:1] != ["edits"]:
            return path
        way = parts[2:]
        for count in (2, 1):
            if (name := known.get("/".join(way[:count]))) is not None:
                way = [*([name] if name else []), *way[count:]]
                break
        return "".join(f"/{part}" for part in way)

    return place


def clips(of: Revision) -> dict[str, Any]:
    """Every clip of a project with its track."""
    items = [
        {**clip, "track_id": track["id"]}
        for track in of.document.get("tracks", ())
        for clip in track.get("clips", ())
    ]
    return {"items": items, "total": len(items), "limit": len(items), "offset": 0}


def clip(of: Revision, clip_id: str) -> dict[str, Any]:
    """One clip with its track and the project's revision; raises `NotFound`."""
    found, track = _find_clip(of, clip_id)
    return {**found, "track_id": track["id"], "project_id": of.project_id, "revision": of.revision}


def effect(of: Revision, clip_id: str, effect_id: str) -> dict[str, Any]:
    """One effect of a clip, or what became of one that acts beyond it; raises `NotFound`."""
    found, track = _find_clip(of, clip_id)
    became = _beyond(of, found, track)
    for name, item in (*((one["id"], one) for one in found.get("effects") or ()), *became):
        if name == effect_id:
            return _effect(item, found, of.revision)
    raise _no_effect(effect_id)


def effects(of: Revision, clip_id: str) -> dict[str, Any]:
    """A clip's effects in the order in which they work; raises `NotFound`."""
    found, _ = _find_clip(of, clip_id)
    items = [_effect(effect, found, of.revision) for effect in found.get("effects") or ()]
    return {"items": items, "total": len(items), "limit": len(items), "offset": 0}


async def edit(
    projects: Projects,
    by: Context,
    project_id: str,
    edits: Sequence[Mapping[str, Any]],
    base: int | None,
    shape: Shape | None = None,
    place: Place | None = None,
) -> Answer:
    """A batch that one request means; what is wrong is told at the `place` of the request that it came by."""
    try:
        request = EditRequest(edits=parse_edits([dict(edit) for edit in edits]))
        return await projects.edit(by, project_id, request, expected=base, shape=shape)
    except RequestError as error:
        raise error.placed(place or in_body()) from None


async def edit_clip(
    projects: Projects,
    by: Context,
    project_id: str,
    clip_id: str,
    edits: Sequence[Mapping[str, Any]],
    base: int | None,
) -> Answer:
    """A batch about one clip; raises `NotFound` where there is none."""
    if (known := await projects.known(by)) is not None:
        return known
    _find_clip(await projects.get(project_id), clip_id)
    return await edit(projects, by, project_id, edits, base)


async def add_clip(
    projects: Projects, by: Context, project_id: str, fields: dict[str, Any], base: int | None
) -> Answer:
    """`add_clip`, on the first video track where none is named, which is made where there is none."""
    edits: list[dict[str, Any]] = []
    fields, sent = _named(fields, {"timeline_start": "at"})
    if "track_id" not in fields:
        tracks = (await projects.get(project_id)).document.get("tracks", ())
        videos = [track["id"] for track in tracks if track["type"] == "video"]
        if not videos:
            edits.append({"op": "create_track", "type": "video", "name": "Main"})
        fields = {**fields, "track_id": videos[0] if videos else "$0"}
    edits.append({"op": "add_clip", **fields})

    def shape(answer: Answer, after: Revision) -> Answer:
        made = answer.body["results"][-1]["id"]
        place = f"/api/v1/projects/{project_id}/clips/{made}"
        return Answer(status=201, body=clip(after, made), headers={**answer.headers, "Location": place})

    return await edit(projects, by, project_id, edits, base, shape, in_body(sent))


async def patch_clip(
    projects: Projects, by: Context, project_id: str, clip_id: str, fields: dict[str, Any], base: int | None
) -> Answer:
    """`trim_clip`, `move_clip` and `update_clip`, as far as the fields mean them."""
    if (known := await projects.known(by)) is not None:
        return known
    found, _ = _find_clip(await projects.get(project_id), clip_id)
    edits: list[dict[str, Any]] = []
    if trim := {name: fields[name] for name in _TRIM if name in fields}:
        edits.append({"op": "trim_clip", "clip_id": clip_id, **trim})
    if move := {name: fields[name] for name in _MOVE if name in fields}:
        edits.append(
            {"op": "move_clip", "clip_id": clip_id, "timeline_start": found["timeline_start"], **move}
        )
    if rest := {name: value for name, value in fields.items() if name not in (*_TRIM, *_MOVE)}:
        edits.append({"op": "update_clip", "clip_id": clip_id, **rest})
    _require_something(edits)
    return await edit(
        projects,
        by,
        project_id,
        edits,
        base,
        lambda answer, after: Answer(body=clip(after, clip_id), headers=answer.headers),
        in_body({"ripple": next((name for name in reversed(_TRIM) if name in trim), "ripple")}),
    )


async def add_effect(
    projects: Projects,
    by: Context,
    project_id: str,
    clip_id: str,
    fields: Mapping[str, Any],
    base: int | None,
    names: Mapping[str, str] | None = None,
) -> Answer:
    """`add_effect` on a clip; `names` tell under which other ones the request has the edit's fields."""
    if (known := await projects.known(by)) is not None:
        return known
    _find_clip(await projects.get(project_id), clip_id)
    wanted: dict[str, Any] = {
        "op": "add_effect",
        "target": clip_id,
        "type": fields["effect_type"],
        "params": fields.get("parameters") or {},
    }
    if fields.get("index") is not None:
        wanted["index"] = fields["index"]

    def shape(answer: Answer, after: Revision) -> Answer:
        made = answer.body["results"][0]["id"]
        place = f"/api/v1/projects/{project_id}/clips/{clip_id}/effects/{made}"
        found = effect(after, clip_id, made)
        return Answer(status=201, body=found, headers={**answer.headers, "Location": place})

    told = {"target": "clip_id", "type": "effect_type", "params": "parameters"}
    place = in_body({**told, **(names or {})})
    return await edit(projects, by, project_id, [wanted], base, shape, place)


async def apply_preset(
    projects: Projects,
    by: Context,
    project_id: str,
    clip_id: str,
    chosen: Callable[[], Awaitable[Preset]],
    index: int | None,
    base: int | None,
) -> Answer:
    """`add_effect` on a clip for each effect of a preset, in one batch.

    `chosen` gives the preset; it is not asked for a request that was answered before.
    """
    if (known := await projects.known(by)) is not None:
        return known
    preset = await chosen()
    preset.require("clip")
    _find_clip(await projects.get(project_id), clip_id)
    fields = in_body({"target": "clip_id"})

    def place(path: str) -> str:
        told = fields(path)
        return "/preset" if told.split("/")[1:2] in (["type"], ["params"]) else told

    return await edit(projects, by, project_id, preset.edits(clip_id, index), base, None, place)


async def patch_effect(
    projects: Projects,
    by: Context,
    project_id: str,
    clip_id: str,
    effect_id: str,
    fields: Mapping[str, Any],
    base: int | None,
    names: Mapping[str, str] | None = None,
) -> Answer:
    """`update_effect` on a clip's effect; `names` as for `add_effect`."""
    if (known := await projects.known(by)) is not None:
        return known
    _find_effect(await projects.get(project_id), clip_id, effect_id)
    changes = {"params": fields.get("parameters"), "enabled": fields.get("enabled")}
    wanted = {name: value for name, value in changes.items() if value is not None}
    _require_something(wanted)
    return await edit(
        projects,
        by,
        project_id,
        [{"op": "update_effect", "effect_id": effect_id, **wanted}],
        base,
        lambda answer, after: Answer(body=effect(after, clip_id, effect_id), headers=answer.headers),
        in_body({"params": "parameters", **(names or {})}),
    )


async def remove_effect(
    projects: Projects, by: Context, project_id: str, clip_id: str, effect_id: str, base: int | None
) -> Answer:
    """`remove_effect` on a clip's effect."""
    if (known := await projects.known(by)) is not None:
        return known
    _find_effect(await projects.get(project_id), clip_id, effect_id)
    return await edit(projects, by, project_id, [{"op": "remove_effect", "effect_id": effect_id}], base)


async def add_transition(
    projects: Projects, by: Context, project_id: str, fields: dict[str, Any], base: int | None
) -> Answer:
    """`add_transition` between two clips."""
    given = {name: value for name, value in fields.items() if name != "project_id" and value is not None}
    wanted, sent = _named(given, {"length": "duration", "transition": "type"})

    def shape(answer: Answer, after: Revision) -> Answer:
        made = answer.body["results"][0]["id"]
        edges = (
            edge for track in after.document.get("tracks", ()) for edge in track.get("transitions") or ()
        )
        found = next(edge for edge in edges if edge["id"] == made)
        body = {**found, "project_id": after.project_id, "revision": after.revision}
        return Answer(status=201, body=body, headers=answer.headers)

    edits = [{"op": "add_transition", "type": "fade", "duration": 1.0, **wanted}]
    return await edit(projects, by, project_id, edits, base, shape, in_body(sent))


def _named(fields: Mapping[str, Any], names: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Fields under the names of edits, and for each of those the other one that was sent."""
    named, sent = dict(fields), {}
    for other, name in names.items():
        if (value := named.pop(other, None)) is None:
            continue
        if named.setdefault(name, value) != value:
            raise RequestError.because(
                "request.repeated",
                f"{other} is another name of {name}, and the two differ.",
                hint="Keep one of them.",
                path=f"/{other}",
            )
        if name not in fields:
            sent[name] = other
    return named, sent


def _find_clip(of: Revision, clip_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for track in of.document.get("tracks", ()):
        for found in track.get("clips", ()):
            if found["id"] == clip_id:
                return found, track
    raise NotFound.named(
        "clip", clip_id, path="/clip_id", hint="GET /api/v1/projects/{id}/clips lists the clips."
    )


def _find_effect(of: Revision, clip_id: str, effect_id: str) -> dict[str, Any]:
    found, _ = _find_clip(of, clip_id)
    for effect in found.get("effects") or ():
        if effect["id"] == effect_id:
            return dict(effect)
    raise _no_effect(effect_id)


def _no_effect(effect_id: str) -> NotFound:
    return NotFound.named(
        "effect", effect_id, path="/effect_id", hint="The clip's /effects lists its effects."
    )


def _beyond(
    of: Revision, clip: Mapping[str, Any], track: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What effects of a clip became that act beyond it, as the effects that they were asked for as."""
    for edge in track.get("transitions") or ():
        if edge["from"] == clip["id"]:
            lasts = clip["timeline_end"] - clip["timeline_start"]
            offset = max(0.0, round(lasts - edge["duration"], 6))
            params = {"transition": edge["type"], "duration": edge["duration"], "offset": offset}
            yield edge["id"], {"id": edge["id"], "type": "xfade", "params": params, "became": "transition"}
    if ducking := track.get("ducking"):
        params = {name: value for name, value in ducking.items() if name != "under"}
        yield track["id"], {"id": track["id"], "type": "audio_ducking", "params": params, "became": "ducking"}
    for one in of.document.get("global_effects") or ():
        if one["type"] == "audio_mix":
            yield one["id"], {**one, "became": "mix"}


def _effect(effect: Mapping[str, Any], clip: Mapping[str, Any], revision: int) -> dict[str, Any]:
    """An effect with its filter, as it is on this clip."""
    params = effect.get("params") or {}
    became = {"became": effect["became"]} if "became" in effect else {}
    return {
        "id": effect["id"],
        "effect_type": effect["type"],
        "parameters": params,
        "enabled": effect.get("enabled", True),
        "filter_string": core.effect_filter(str(effect["type"]), _on_clip(params, clip)),
        "revision": revision,
        **became,
    }


def _on_clip(params: Mapping[str, Any], clip: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with what follows from the clip: a fade out that says no start ends with it."""
    duration = params.get("duration")
    if params.get("fade_type") != "out" or "start_time" in params or not isinstance(duration, int | float):
        return dict(params)
    start = clip["timeline_end"] - clip["timeline_start"] - duration
    return {**params, "start_time": max(0.0, round(start, 6))}


def _require_something(wanted: object) -> None:
    if not wanted:
        raise RequestError.because(
            "request.empty", "Nothing is asked for.", hint="Send at least one field to change."
        )
