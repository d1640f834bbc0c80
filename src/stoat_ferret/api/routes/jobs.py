"""Jobs: long work, watched, called off, started again."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Response

from stoat_ferret.api import routing, shapes
from stoat_ferret.api.deps import By, Limit, Offset, OrjsonResponse, StudioOf, answered
from stoat_ferret.api.describe import told
from stoat_ferret.api.queries import Number

router = routing.router("/jobs", tag="jobs")

JobId = Annotated[str, Path(max_length=200, description="The job's id, `job_…`.")]
Status = Literal["pending", "running", "completed", "failed", "timeout", "cancelled"]


@router.get("", **told(shapes.JobList, "List the jobs."))
async def list_jobs(
    studio: StudioOf,
    status: Annotated[Status | None, Query(description="Only those that stand so.")] = None,
    kind: Annotated[str | None, Query(max_length=100, description="`scan` or `render`.")] = None,
    project_id: Annotated[
        str | None, Query(max_length=200, description="Only those of this project.")
    ] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Response:
    """Jobs, newest first."""
    return OrjsonResponse(
        await studio.jobs.list(status=status, kind=kind, project_id=project_id, limit=limit, offset=offset)
    )


@router.get("/{job_id}", **told(shapes.JobAnswer, "Read a job.", 404))
async def get_job(job_id: JobId, studio: StudioOf) -> Response:
    """Its state, and its result or problem once it is done."""
    return OrjsonResponse((await studio.jobs.get(job_id)).to_json())


@router.get("/{job_id}/wait", **told(shapes.JobAnswer, "Wait for a job.", 404))
async def wait_for_job(
    job_id: JobId,
    studio: StudioOf,
    timeout: Annotated[Number, Query(ge=0, le=600, description="The longest to wait, seconds.")] = 30,
) -> Response:
    """Answers as soon as the job is done, or after `timeout` with its state then."""
    return OrjsonResponse((await studio.jobs.wait(job_id, timeout)).to_json())


@router.post(
    "/{job_id}/cancel",
    **told(shapes.JobAnswer, "Cancel a job.", 404, 409, changes=True, headers=("Location",)),
)
async def cancel_job(job_id: JobId, by: By, studio: StudioOf) -> Response:
    """A waiting job is cancelled at once, a running one as soon as it has cleaned up.

    One whose work is done before it can be stopped is completed.
    """
    return answered(await studio.jobs.cancel(job_id, by))


@router.post(
    "/{job_id}/retry",
    **told(shapes.JobAnswer, "Start a job again.", 404, 409, status=202, changes=True, headers=("Location",)),
)
async def retry_job(job_id: JobId, by: By, studio: StudioOf) -> Response:
    """Only what failed, timed out or was cancelled can be started again."""
    return answered(await studio.jobs.retry(job_id, by))
