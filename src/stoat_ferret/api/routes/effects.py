"""The catalogue: effects and transitions with their parameters, and how an effect looks as a filter."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated

from fastapi import Path, Query, Response

from stoat_ferret.api import catalogue, routing, shapes
from stoat_ferret.api.deps import By, IfMatch, OrjsonResponse, StudioOf, answered
from stoat_ferret.api.describe import told
from stoat_ferret.api.queries import WholeNumber
from stoat_ferret.projects import fine

router = routing.router(tag="effects")

_TEXT = {"clip_id": "clip-1", "text": "Chapter 1", "position": "center", "start": 0, "duration": 5}


@router.get("/effects", **told(shapes.EffectCatalogue, "List the effects."))
async def list_effects() -> Response:
    """Each with the JSON Schema of its parameters, hints for agents, and a sample of its filter."""
    return OrjsonResponse(catalogue.effects())


@router.get("/effects/{effect_type}", **told(shapes.CatalogueEffect, "Read an effect.", 404))
async def get_effect(
    effect_type: Annotated[str, Path(max_length=100, description="As in `GET /effects`.")],
) -> Response:
    """One effect of the catalogue."""
    return OrjsonResponse(catalogue.effect(effect_type))


@router.get("/presets", **told(shapes.PresetList, "List the presets."))
async def list_effect_presets(studio: StudioOf) -> Response:
    """Effects that belong together, under one name; `problems` tell which files cannot be used."""
    return OrjsonResponse(await studio.presets())


@router.get("/presets/{preset}", **told(shapes.PresetAnswer, "Read a preset.", 404))
async def get_effect_preset(
    studio: StudioOf,
    preset: Annotated[str, Path(max_length=100, description="As in `GET /presets`.")],
    target: Annotated[
        str | None, Query(max_length=200, description="Id of a clip or track, or `project`.")
    ] = None,
    index: Annotated[
        WholeNumber | None, Query(ge=0, le=100_000, description="Place of its first effect.")
    ] = None,
) -> Response:
    """With a `target`, also the `edits` that put it there, for `POST /projects/{project_id}/edits`."""
    found = await studio.preset(preset)
    edits = None if target is None else found.edits(target, index)
    return OrjsonResponse({**found.to_json(), "edits": edits})


@router.get("/generators", **told(shapes.GeneratorCatalogue, "List the generators."))
async def list_generators() -> Response:
    """Sources of clips that need no file, with the JSON Schema of their parameters."""
    return OrjsonResponse(catalogue.generators())


@router.get("/transitions", **told(shapes.TransitionCatalogue, "List the transitions."))
async def list_transitions() -> Response:
    """Every transition that the compiler knows."""
    return OrjsonResponse(catalogue.transitions())


@router.post(
    "/effects/preview",
    **told(
        shapes.PreviewAnswer,
        "Preview an effect.",
        404,
        504,
        example={"effect_type": "volume", "parameters": {"volume": 0.5}},
    ),
)
async def preview_effect(body: shapes.PreviewEffect, studio: StudioOf) -> Response:
    """The filter string that these parameters make, and with `image` what that does to a picture."""
    shown = catalogue.preview(body.effect_type, body.parameters, body.sent_as())
    if body.image:
        catalogue.require_picture(body.effect_type)
        drawn = await studio.pictures.sample(body.effect_type, body.parameters, str(body.t))
        shown["image"] = b64encode(drawn).decode()
    return OrjsonResponse(shown)


@router.post(
    "/effects/transition",
    **told(
        shapes.TransitionAnswer, "Join two clips by a transition.", 404, 409, 412,
        status=201, changes=True, headers=("ETag",),
        example={"project_id": "prj_0123456789abcdef0123", "from": "clip-1", "to": "clip-2"},
    ),
)  # fmt: skip
async def join_clips(body: shapes.JoinClips, base: IfMatch, by: By, studio: StudioOf) -> Response:
    """The edit `add_transition`; `project_id` is needed only where clip ids are not unique."""
    fields = body.model_dump(exclude_unset=True, by_alias=True)
    project_id = body.project_id or await studio.projects.of_clip(body.from_)
    return answered(await fine.add_transition(studio.projects, by, project_id, fields, base))


@router.post(
    "/effects/text",
    **told(
        shapes.EffectAnswer, "Write a text over a clip.", 404, 409, 412,
        status=201, changes=True, headers=("ETag", "Location"), example=_TEXT,
    ),
)  # fmt: skip
async def add_text(body: shapes.AddText, base: IfMatch, by: By, studio: StudioOf) -> Response:
    """The effect `text_overlay` with every other field as its parameter."""
    fields = body.model_dump(exclude_unset=True)
    project_id = fields.pop("project_id", None) or await studio.projects.of_clip(body.clip_id)
    clip_id = fields.pop("clip_id")
    wanted = {"effect_type": "text_overlay", "parameters": fields}
    flat = {"params": ""}
    return answered(await fine.add_effect(studio.projects, by, project_id, clip_id, wanted, base, flat))
