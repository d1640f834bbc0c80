"""The founding design's fine-grained requests, as the edits that they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.edit import parse_edits
from stoat_ferret.errors import NotFound, RequestError
from stoat_ferret.model.event import Context
from stoat_ferret.projects.batches import EditRequest
from stoat_ferret.projects.projects import Projects, Shape
from stoat_ferret.projects.revisions import Revision
from stoat_ferret.storage.idempotency import Answer

__all__ = [
    "add_clip",
    "add_effect",
    "add_transition",
    "clip",
    "clips",
    "edit",
    "edit_clip",
    "effects",
    "patch_clip",
    "patch_effect",
    "remove_effect",
]

_TRIM = ("in_point", "out_point")
_MOVE = ("timeline_start", "track_id")


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
) -> Answer:
    """A batch that one request means."""
    request = EditRequest(edits=parse_edits([dict(edit) for edit in edits]))
    return await projects.edit(by, project_id, request, expected=base, shape=shape)


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

    return await edit(projects, by, project_id, edits, base, shape)


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
    )


async def add_effect(
    projects: Projects, by: Context, project_id: str, clip_id: str, fields: dict[str, Any], base: int | None
) -> Answer:
    """`add_effect` on a clip."""
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
        found = _made_effect(after, clip_id, made, wanted)
        return Answer(status=201, body=found, headers={**answer.headers, "Location": place})

    return await edit(projects, by, project_id, [wanted], base, shape)


async def patch_effect(
    projects: Projects,
    by: Context,
    project_id: str,
    clip_id: str,
    effect_id: str,
    fields: dict[str, Any],
    base: int | None,
) -> Answer:
    """`update_effect` on a clip's effect."""
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
        lambda answer, after: Answer(
            body=_effect(
                _find_effect(after, clip_id, effect_id), _find_clip(after, clip_id)[0], after.revision
            ),
            headers=answer.headers,
        ),
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
    wanted = {name: value for name, value in fields.items() if name != "project_id" and value is not None}

    def shape(answer: Answer, after: Revision) -> Answer:
        made = answer.body["results"][0]["id"]
        edges = (
            edge for track in after.document.get("tracks", ()) for edge in track.get("transitions") or ()
        )
        found = next(edge for edge in edges if edge["id"] == made)
        body = {**found, "project_id": after.project_id, "revision": after.revision}
        return Answer(status=201, body=body, headers=answer.headers)

    edits = [{"op": "add_transition", "type": "fade", "duration": 1.0, **wanted}]
    return await edit(projects, by, project_id, edits, base, shape)


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
    raise NotFound.named(
        "effect", effect_id, path="/effect_id", hint="The clip's /effects lists its effects."
    )


def _made_effect(after: Revision, clip_id: str, effect_id: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """The effect that was made, or, where it became something else of the project, what was asked for."""
    found, _ = _find_clip(after, clip_id)
    for effect in found.get("effects") or ():
        if effect["id"] == effect_id:
            return _effect(effect, found, after.revision)
    asked = {"id": effect_id, "type": wanted["type"], "params": wanted["params"]}
    return _effect(asked, found, after.revision)


def _effect(effect: Mapping[str, Any], clip: Mapping[str, Any], revision: int) -> dict[str, Any]:
    """An effect with its filter, as it is on this clip."""
    params = effect.get("params") or {}
    return {
        "id": effect["id"],
        "effect_type": effect["type"],
        "parameters": params,
        "enabled": effect.get("enabled", True),
        "filter_string": core.effect_filter(str(effect["type"]), _on_clip(params, clip)),
        "revision": revision,
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
