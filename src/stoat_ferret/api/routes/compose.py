"""Pictures side by side and within one another."""

from __future__ import annotations

from fastapi import Response

from stoat_ferret.api import catalogue, routing, shapes
from stoat_ferret.api.deps import By, IfMatch, OrjsonResponse, StudioOf, answered
from stoat_ferret.api.describe import told
from stoat_ferret.projects import fine

router = routing.router("/compose", tag="compose")

_EXAMPLE = {
    "project_id": "prj_0123456789abcdef0123",
    "clip_ids": ["clip-1", "clip-2"],
    "layout": "side_by_side",
}


@router.get("/presets", **told(shapes.LayoutCatalogue, "List the layouts."))
async def list_presets() -> Response:
    """Each with the rectangles that it gives, in fractions of the output."""
    return OrjsonResponse(catalogue.layouts())


@router.post(
    "/layout",
    **told(
        shapes.EditAnswer, "Lay clips out.", 404, 409, 412, changes=True, headers=("ETag",), example=_EXAMPLE
    ),
)
async def apply_layout(body: shapes.Compose, base: IfMatch, by: By, studio: StudioOf) -> Response:
    """The edit `apply_layout`: a preset, or a list of rectangles."""
    edits = [{"op": "apply_layout", "layout": body.layout, "clip_ids": body.clip_ids}]
    return answered(await fine.edit(studio.projects, by, body.project_id, edits, base))


@router.post(
    "/pip",
    **told(
        shapes.EditAnswer, "Picture in picture.", 404, 409, 412, changes=True, headers=("ETag",),
        example={"project_id": "prj_0123456789abcdef0123", "clip_id": "clip-2", "position": "top_right"},
    ),
)  # fmt: skip
async def compose_pip(body: shapes.ComposePip, base: IfMatch, by: By, studio: StudioOf) -> Response:
    """The edit `apply_layout`: the clip goes into the corner; one named as `under` fills the output."""
    below, inset = body.rectangles(catalogue.rectangles(f"pip_{body.position}"))
    clips = {"clip_id": (body.clip_id, inset)}
    if body.under is not None:
        clips = {"under": (body.under, below), **clips}
    layout, clip_ids = [box for _, box in clips.values()], [name for name, _ in clips.values()]
    edits = [{"op": "apply_layout", "layout": layout, "clip_ids": clip_ids}]
    place = fine.in_body({f"clip_ids/{index}": field for index, field in enumerate(clips)})
    return answered(await fine.edit(studio.projects, by, body.project_id, edits, base, place=place))


@router.post(
    "/split",
    **told(
        shapes.EditAnswer, "Split the screen.", 404, 409, 412, changes=True, headers=("ETag",),
        example={
            "project_id": "prj_0123456789abcdef0123",
            "clip_ids": ["clip-1", "clip-2"],
            "direction": "horizontal",
        },
    ),
)  # fmt: skip
async def split_screen(body: shapes.ComposeSplit, base: IfMatch, by: By, studio: StudioOf) -> Response:
    """The edit `apply_layout` for two clips side by side or above one another, or four in a grid."""
    edits = [{"op": "apply_layout", "layout": body.layout(), "clip_ids": body.clip_ids}]
    return answered(await fine.edit(studio.projects, by, body.project_id, edits, base))
