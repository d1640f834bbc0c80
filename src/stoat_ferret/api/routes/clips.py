"""Clips and their effects: the founding design's routes, as makers of the same edits."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response

from stoat_ferret.api import routing, shapes
from stoat_ferret.api.deps import By, IfMatch, OrjsonResponse, StudioOf, answered
from stoat_ferret.api.describe import told
from stoat_ferret.api.queries import Flag
from stoat_ferret.projects import fine

router = routing.router("/projects/{project_id}", tag="clips")

ProjectId = Annotated[str, Path(max_length=200, description="The project's id, `prj_…`.")]
ClipId = Annotated[str, Path(max_length=200, description="The clip's id.")]
EffectId = Annotated[str, Path(max_length=200, description="The effect's id.")]

_MADE = {"project_id": "$request.path.project_id", "clip_id": "$response.body#/id"}
_EFFECT_MADE = {
    "project_id": "$request.path.project_id",
    "clip_id": "$request.path.clip_id",
    "effect_id": "$response.body#/id",
}

_CLIP = {"source": {"generator": "testsrc"}, "in_point": 0, "out_point": 2}
_EFFECT = {"effect_type": "video_fade", "parameters": {"fade_type": "in", "duration": 0.5}}


def _sent(body: shapes.Taken) -> dict[str, Any]:
    """The fields that were sent."""
    return body.model_dump(exclude_unset=True, by_alias=True)


@router.get("/clips", **told(shapes.ClipList, "List the clips of a project.", 404))
async def list_clips(project_id: ProjectId, studio: StudioOf) -> Response:
    """Every clip with its track, from the lowest track up, in order of time."""
    found = await studio.projects.get(project_id)
    return OrjsonResponse(fine.clips(found), headers={"ETag": f'"{found.revision}"'})


@router.post(
    "/clips",
    **told(
        shapes.ClipAnswer,
        "Add a clip.",
        404,
        409,
        412,
        status=201,
        changes=True,
        example=_CLIP,
        headers=("ETag", "Location"),
        links=dict.fromkeys(("get_clip", "patch_clip", "split_clip", "add_effect", "remove_clip"), _MADE),
    ),
)
async def add_clip(
    project_id: ProjectId, body: shapes.CreateClip, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """The edit `add_clip`; without a track, on the first video track, made if there is none."""
    return answered(await fine.add_clip(studio.projects, by, project_id, _sent(body), base))


@router.get("/clips/{clip_id}", **told(shapes.ClipAnswer, "Read a clip.", 404))
async def get_clip(project_id: ProjectId, clip_id: ClipId, studio: StudioOf) -> Response:
    """One clip with everything that the document says of it."""
    found = await studio.projects.get(project_id)
    return OrjsonResponse(fine.clip(found, clip_id), headers={"ETag": f'"{found.revision}"'})


@router.patch(
    "/clips/{clip_id}",
    **told(
        shapes.ClipAnswer,
        "Change a clip.",
        404,
        409,
        412,
        changes=True,
        headers=("ETag",),
        example={"volume": 0.5},
    ),
)
async def patch_clip(
    project_id: ProjectId, clip_id: ClipId, body: shapes.PatchClip, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """The edits `trim_clip`, `move_clip` and `update_clip`, as far as they are meant, in one batch."""
    return answered(await fine.patch_clip(studio.projects, by, project_id, clip_id, _sent(body), base))


@router.delete(
    "/clips/{clip_id}",
    **told(shapes.EditAnswer, "Remove a clip.", 404, 409, 412, changes=True, headers=("ETag",)),
)
async def remove_clip(
    project_id: ProjectId,
    clip_id: ClipId,
    base: IfMatch,
    by: By,
    studio: StudioOf,
    ripple: Annotated[Flag, Query(description="What comes after moves up.")] = False,
) -> Response:
    """The edit `remove_clip`; with `ripple`, what comes after moves up."""
    edits = [{"op": "remove_clip", "clip_id": clip_id, "ripple": ripple}]
    return answered(await fine.edit_clip(studio.projects, by, project_id, clip_id, edits, base))


@router.post(
    "/clips/{clip_id}/split",
    **told(
        shapes.EditAnswer,
        "Split a clip.",
        404,
        409,
        412,
        changes=True,
        headers=("ETag",),
        example={"at": 1.5},
    ),
)
async def split_clip(
    project_id: ProjectId, clip_id: ClipId, body: shapes.SplitAt, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """The edit `split_clip`: the right part is a new clip."""
    edits = [{"op": "split_clip", "clip_id": clip_id, "at": body.at}]
    return answered(await fine.edit_clip(studio.projects, by, project_id, clip_id, edits, base))


@router.get("/clips/{clip_id}/effects", **told(shapes.EffectList, "List a clip's effects.", 404))
async def list_clip_effects(project_id: ProjectId, clip_id: ClipId, studio: StudioOf) -> Response:
    """In the order in which they work, each with its filter string for reading."""
    found = await studio.projects.get(project_id)
    return OrjsonResponse(fine.effects(found, clip_id), headers={"ETag": f'"{found.revision}"'})


@router.post(
    "/clips/{clip_id}/effects",
    **told(
        shapes.EffectAnswer, "Add an effect to a clip.", 404, 409, 412,
        status=201, changes=True, example=_EFFECT, headers=("ETag", "Location"),
        links=dict.fromkeys(("get_clip_effect", "patch_effect", "remove_effect"), _EFFECT_MADE),
    ),
)  # fmt: skip
async def add_effect(
    project_id: ProjectId, clip_id: ClipId, body: shapes.ClipEffect, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """The edit `add_effect`; what acts beyond the clip says what it `became`."""
    fields, names = _sent(body), body.sent_as()
    return answered(await fine.add_effect(studio.projects, by, project_id, clip_id, fields, base, names))


@router.post(
    "/clips/{clip_id}/presets",
    **told(
        shapes.EditAnswer, "Put a preset on a clip.", 404, 409, 412,
        changes=True, headers=("ETag",), example={"preset": "cinematic"},
    ),
)  # fmt: skip
async def apply_preset(
    project_id: ProjectId, clip_id: ClipId, body: shapes.ClipPreset, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """The edit `add_effect` for each effect of the preset, in one batch."""
    return answered(
        await fine.apply_preset(
            studio.projects, by, project_id, clip_id, lambda: studio.preset(body.preset), body.index, base
        )
    )


@router.get(
    "/clips/{clip_id}/effects/{effect_id}",
    **told(shapes.EffectAnswer, "Read an effect of a clip.", 404, headers=("ETag",)),
)
async def get_clip_effect(
    project_id: ProjectId, clip_id: ClipId, effect_id: EffectId, studio: StudioOf
) -> Response:
    """With its filter string for reading; also what an effect `became` that acts beyond its clip."""
    found = await studio.projects.get(project_id)
    shown = fine.effect(found, clip_id, effect_id)
    return OrjsonResponse(shown, headers={"ETag": f'"{found.revision}"'})


@router.patch(
    "/clips/{clip_id}/effects/{effect_id}",
    **told(
        shapes.EffectAnswer, "Change an effect.", 404, 409, 412,
        changes=True, headers=("ETag",), example={"parameters": {"duration": 1}},
    ),
)  # fmt: skip
async def patch_effect(
    project_id: ProjectId,
    clip_id: ClipId,
    effect_id: EffectId,
    body: shapes.PatchEffect,
    base: IfMatch,
    by: By,
    studio: StudioOf,
) -> Response:
    """The edit `update_effect`; parameters that are not named stay."""
    fields, names = _sent(body), body.sent_as()
    return answered(
        await fine.patch_effect(studio.projects, by, project_id, clip_id, effect_id, fields, base, names)
    )


@router.delete(
    "/clips/{clip_id}/effects/{effect_id}",
    **told(shapes.EditAnswer, "Remove an effect.", 404, 409, 412, changes=True, headers=("ETag",)),
)
async def remove_effect(
    project_id: ProjectId, clip_id: ClipId, effect_id: EffectId, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """The edit `remove_effect`."""
    answer = await fine.remove_effect(studio.projects, by, project_id, clip_id, effect_id, base)
    return answered(answer)


@router.post(
    "/effects/transition",
    **told(
        shapes.TransitionAnswer, "Join two clips by a transition.", 404, 409, 412,
        status=201, changes=True, headers=("ETag",),
        example={"from": "clip-1", "to": "clip-2", "type": "dissolve", "duration": 1},
    ),
)  # fmt: skip
async def add_transition(
    project_id: ProjectId, body: shapes.JoinClips, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """The edit `add_transition`."""
    return answered(await fine.add_transition(studio.projects, by, project_id, _sent(body), base))
