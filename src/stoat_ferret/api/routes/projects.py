"""Projects: documents, edits, revisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path, Query, Response

from stoat_ferret.api import routing, shapes, views
from stoat_ferret.api.deps import (
    By,
    IfMatch,
    Limit,
    NeededMatch,
    Offset,
    OrjsonResponse,
    StudioOf,
    answered,
    entity_tags,
)
from stoat_ferret.api.describe import told
from stoat_ferret.api.queries import Flag, Time, WholeNumber, asked
from stoat_ferret.projects import EditRequest

router = routing.router("/projects", tag="projects")

ProjectId = Annotated[str, Path(max_length=200, description="The project's id, `prj_…`.")]
RevisionNumber = Annotated[WholeNumber, Path(ge=1, le=2**31 - 1, description="A revision.")]
Anyone = Annotated[Flag, Query(description="Take back the newest of all, not of the actor.")]

_FOLLOW = ("get_project", "edit_project", "read_timeline", "list_clips", "add_clip", "undo_batch")

_EDITS = {
    "base_revision": 1,
    "edits": [
        {"op": "create_track", "type": "video", "name": "Main"},
        {
            "op": "add_clip",
            "track_id": "$0",
            "source": {"generator": "title", "text": "Hello"},
            "out_point": 3,
        },
    ],
    "intent": "an opening title",
}


@router.get("", **told(shapes.ProjectList, "List the projects."))
async def list_projects(studio: StudioOf, limit: Limit = 50, offset: Offset = 0) -> Response:
    """The projects, the one that was changed last first."""
    return OrjsonResponse(await studio.projects.page(limit=limit, offset=offset))


@router.post(
    "",
    **told(
        shapes.ProjectAnswer,
        "Make a project.",
        409,
        status=201,
        changes=True,
        headers=("ETag", "Location"),
        links={name: {"project_id": "$response.body#/id"} for name in _FOLLOW},
        example={"name": "Holiday", "output": {"width": 1280, "height": 720, "fps": 30}},
    ),
)
async def create_project(body: shapes.CreateProject, by: By, studio: StudioOf) -> Response:
    """A new project: empty, or with a whole document."""
    answer = await studio.projects.create(by, name=body.name, output=body.output, document=body.document)
    return answered(answer)


_READ = told(shapes.ProjectAnswer, "Read a project with its document.", 404, headers=("ETag",))
_READ["responses"][304] = {"description": "It is the revision that If-None-Match names."}


@router.get("/{project_id}", **_READ)
async def get_project(
    project_id: ProjectId,
    studio: StudioOf,
    revision: Annotated[
        WholeNumber | None, Query(ge=1, le=2**31 - 1, description="The newest by default.")
    ] = None,
    seen: Annotated[
        str | None, Header(alias="If-None-Match", description="The ETag of the revision that you have.")
    ] = None,
) -> Response:
    """The document, and the revision as ETag; 304 without it where `If-None-Match` has that revision."""
    with asked(revision="revision"):
        found = await studio.projects.get(project_id, revision)
    headers = {"ETag": f'"{found.revision}"'}
    if headers["ETag"] in entity_tags(seen):
        return Response(status_code=304, headers=headers)
    return Response(views.project(found), media_type="application/json", headers=headers)


@router.patch(
    "/{project_id}",
    **told(
        shapes.EditAnswer,
        "Change a project as a whole.",
        404, 409, 412, 428,
        changes=True,
        headers=("ETag",),
        example={"name": "Holiday, second cut"},
    ),
)  # fmt: skip
async def patch_project(
    project_id: ProjectId, body: shapes.PatchProject, base: NeededMatch, by: By, studio: StudioOf
) -> Response:
    """Rename it, change its output or metadata, or replace its document; needs If-Match."""
    return answered(await studio.projects.patch(by, project_id, body.model_dump(exclude_none=True), base))


@router.delete("/{project_id}", **told(None, "Delete a project.", 404, 409, 412, status=204, changes=True))
async def delete_project(project_id: ProjectId, base: IfMatch, by: By, studio: StudioOf) -> Response:
    """Its folder is kept among the deleted ones."""
    return answered(await studio.delete_project(by, project_id, base=base))


@router.post(
    "/{project_id}/edits",
    **told(
        shapes.EditAnswer,
        "Apply a batch of edits.",
        404,
        409,
        412,
        changes=True,
        headers=("ETag",),
        example=_EDITS,
    ),
)
async def edit_project(
    project_id: ProjectId, body: shapes.EditBatch, base: IfMatch, by: By, studio: StudioOf
) -> Response:
    """Done whole or not at all; with `dry_run`, done and not stored.

    A stale `base_revision` is rebased where others changed other elements;
    else 409 tells what they changed, and carries the batch as it can be sent anew.
    """
    request = EditRequest(
        edits=tuple(body.edits),
        base_revision=body.base_revision,
        intent=body.intent,
        dry_run=body.dry_run,
    )
    return answered(await studio.projects.edit(by, project_id, request, expected=base))


@router.post(
    "/{project_id}/undo", **told(shapes.EditAnswer, "Undo.", 404, 409, 412, changes=True, headers=("ETag",))
)
async def undo_batch(
    project_id: ProjectId, base: IfMatch, by: By, studio: StudioOf, anyone: Anyone = False
) -> Response:
    """Take back the actor's newest batch, rebased over later ones of others; a new revision."""
    return answered(await studio.projects.undo(by, project_id, anyone=anyone, base=base))


@router.post(
    "/{project_id}/redo", **told(shapes.EditAnswer, "Redo.", 404, 409, 412, changes=True, headers=("ETag",))
)
async def redo_batch(
    project_id: ProjectId, base: IfMatch, by: By, studio: StudioOf, anyone: Anyone = False
) -> Response:
    """Take back the actor's newest undo; a new revision."""
    return answered(await studio.projects.redo(by, project_id, anyone=anyone, base=base))


@router.get("/{project_id}/revisions", **told(shapes.RevisionList, "Read the history.", 404))
async def list_revisions(
    project_id: ProjectId, studio: StudioOf, limit: Limit = 50, offset: Offset = 0
) -> Response:
    """Revisions, newest first: who made each, why, and with which edits."""
    return OrjsonResponse(await studio.projects.history(project_id, limit=limit, offset=offset))


@router.get("/{project_id}/revisions/{revision}", **told(shapes.RevisionAnswer, "Read a revision.", 404))
async def get_revision(project_id: ProjectId, revision: RevisionNumber, studio: StudioOf) -> Response:
    """One revision with its document."""
    return OrjsonResponse(await studio.projects.revision(project_id, revision))


@router.patch(
    "/{project_id}/revisions/{revision}",
    **told(
        shapes.NamedRevision,
        "Name a revision.",
        404,
        409,
        changes=True,
        example={"label": "sent to the client"},
    ),
)
async def name_revision(
    project_id: ProjectId, revision: RevisionNumber, body: shapes.NameRevision, by: By, studio: StudioOf
) -> Response:
    """Give a revision a name, or take it away."""
    return answered(await studio.projects.name_revision(by, project_id, revision, body.label))


@router.post(
    "/{project_id}/revisions/{revision}/restore",
    **told(shapes.EditAnswer, "Restore a revision.", 404, 409, changes=True, headers=("ETag",)),
)
async def restore_revision(
    project_id: ProjectId, revision: RevisionNumber, by: By, studio: StudioOf
) -> Response:
    """Make an earlier revision the newest again, as a new one."""
    return answered(await studio.projects.restore(by, project_id, revision))


@router.get("/{project_id}/diff", **told(shapes.DiffAnswer, "Compare two revisions.", 404))
async def compare_revisions(
    project_id: ProjectId,
    studio: StudioOf,
    from_: Annotated[WholeNumber, Query(alias="from", ge=1, le=2**31 - 1, description="The older revision.")],
    to: Annotated[WholeNumber | None, Query(ge=1, le=2**31 - 1, description="The newest by default.")] = None,
) -> Response:
    """What differs, by element, and as ranges of the timeline."""
    return OrjsonResponse(await studio.projects.diff(project_id, from_, to))


@router.post("/{project_id}/validate", **told(shapes.ValidateAnswer, "Check a project.", 404))
async def validate_project(project_id: ProjectId, studio: StudioOf) -> Response:
    """What stands between the project and its render, with fixes that can be posted as they are."""
    return OrjsonResponse(await studio.projects.validate(project_id))


@router.get("/{project_id}/timeline", **told(shapes.TimelineAnswer, "Read the timeline.", 404))
async def read_timeline(
    project_id: ProjectId,
    studio: StudioOf,
    start: Annotated[Time, Query(description="Seconds, timecode or frames.")] = "0",
    end: Annotated[Time | None, Query(description="The same; the project's end by default.")] = None,
    detail: Annotated[Flag, Query(description="Effects and transforms, too.")] = False,
) -> Response:
    """Where everything lies, or lies between `start` and `end`."""
    found = await studio.projects.get(project_id)
    shown = views.timeline(found, start=start, end=end, detail=detail)
    return OrjsonResponse(shown, headers={"ETag": f'"{found.revision}"'})
