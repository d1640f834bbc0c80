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
    """The edit `apply_layout` with a preset `pip_…`; the clip above goes into the corner."""
    clip_ids = [body.clip_id] if body.under is None else [body.under, body.clip_id]
    edits = [{"op": "apply_layout", "layout": f"pip_{body.position}", "clip_ids": clip_ids}]
    return answered(await fine.edit(studio.projects, by, body.project_id, edits, base))


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
