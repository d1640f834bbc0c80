"""Edits of the project as a whole: its fields, its markers, and layouts of several clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.edit.catalogue import layout_names
from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.grid import Grid
from stoat_ferret.edit.refusal import likely, meant, refuse
from stoat_ferret.edit.settle import loosened, regrid
from stoat_ferret.edit.step import Step
from stoat_ferret.errors import RequestError
from stoat_ferret.model import edit as model

Json = Mapping[str, Any]


def update_project(step: Step, edit: model.UpdateProject) -> None:
    """Change the project's own fields."""
    draft = step.draft
    told = edit.to_json()
    project_id = draft.document.get("id")
    if project_id is not None:
        draft.written.add(project_id)
    if "name" in told:
        _put(draft.document, "name", told["name"])
    if told.get("metadata") is not None:
        tags = {**draft.document.get("metadata", {}), **told["metadata"]}
        draft.document["metadata"] = {name: value for name, value in tags.items() if value is not None}
    if told.get("output") is not None:
        draft.document["output"] = {**draft.document.get("output", {}), **told["output"]}
        if Grid.of(draft.document) != draft.grid:
            draft.close_lanes()
            draft.document = _regridded(draft.document, draft.grid)
            draft.grid = step.grid = Grid.of(draft.document)
            if "markers" in draft.document:
                draft.document["markers"] = [
                    {**marker, "time": step.grid.seconds(step.grid.frame(marker["time"]))}
                    for marker in draft.document["markers"]
                ]


def _regridded(document: Json, old: Grid) -> dict[str, Any]:
    try:
        return regrid(loosened(document, old))
    except RequestError as error:
        raise RequestError(
            problems=tuple(
                replace(
                    one,
                    path="/output",
                    message=f"{one.message.removesuffix('.')} (at {one.path} of the document).",
                )
                for one in error.problems
            )
        ) from None


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        fields.pop(name, None)
    else:
        fields[name] = value


def add_marker(step: Step, edit: model.AddMarker) -> None:
    """Name a moment."""
    frame = step.frame("time", edit.time)
    step.id = step.draft.made("marker", edit.id)
    marker = {"id": step.id, "time": step.grid.seconds(frame), "name": edit.name}
    if edit.chapter:
        marker["chapter"] = True
    step.draft.document["markers"] = [*step.draft.document.get("markers", ()), marker]


def update_marker(step: Step, edit: model.UpdateMarker) -> None:
    """Move or rename a marker."""
    step.draft.home(edit.marker_id, "marker", "/marker_id")
    told = {name: value for name, value in edit.to_json().items() if name in {"name", "chapter"}}
    if edit.time is not None:
        told["time"] = step.grid.seconds(step.frame("time", edit.time))
    step.draft.document["markers"] = [
        _changed(marker, told) if marker["id"] == edit.marker_id else marker
        for marker in step.draft.document["markers"]
    ]


def _changed(marker: Json, told: Json) -> Json:
    return {name: value for name, value in {**marker, **told}.items() if value is not None}


def remove_marker(step: Step, edit: model.RemoveMarker) -> None:
    """Take a marker off."""
    draft = step.draft
    draft.home(edit.marker_id, "marker", "/marker_id")
    draft.forget(edit.marker_id)
    draft.document["markers"] = [
        marker for marker in draft.document["markers"] if marker["id"] != edit.marker_id
    ]


def require_layout(_: Draft, edit: model.ApplyLayout) -> None:
    """Refuse a layout that there is not."""
    _boxes(edit)


def apply_layout(step: Step, edit: model.ApplyLayout) -> None:
    """Write where the pictures of several clips lie."""
    boxes = _boxes(edit)
    if len(edit.clip_ids) > len(boxes):
        raise refuse(
            "/clip_ids",
            "layout.too_many",
            f"The layout has {len(boxes)} rectangles, but there are {len(edit.clip_ids)} clips.",
            "Name fewer clips, or take another layout.",
        )
    for index, (clip_id, box) in enumerate(zip(edit.clip_ids, boxes, strict=False)):
        lane, placed = step.draft.clip(clip_id, f"/clip_ids/{index}")
        x, y, width, height = box
        kept = {
            name: value
            for name, value in (placed.clip.get("transform") or {}).items()
            if name not in {"x", "y", "width", "height", "anchor"}
        }
        where = {"x": x + width / 2, "y": y + height / 2, "width": width, "height": height}
        lane.exchange(placed.with_fields(transform={**where, **kept}))


def _boxes(edit: model.ApplyLayout) -> list[tuple[float, float, float, float]]:
    if not isinstance(edit.layout, str):
        return [(box.x, box.y, box.width, box.height) for box in edit.layout]
    if edit.layout not in layout_names():
        raise refuse(
            "/layout",
            "layout.unknown",
            f"There is no layout {edit.layout!r}.",
            meant(edit.layout, layout_names()),
            allowed=likely(edit.layout, layout_names()),
        )
    return core.layout(edit.layout)
