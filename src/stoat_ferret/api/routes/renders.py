"""Renders: started alone or many at once, watched, downloaded; and single pictures."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, Literal

from fastapi import Header, Path, Query, Response

from stoat_ferret.api import routing, shapes
from stoat_ferret.api.archives import archive_response
from stoat_ferret.api.deps import By, Limit, Offset, OrjsonResponse, StudioOf, answered
from stoat_ferret.api.describe import MEDIA, PLAYLISTS, binary, told
from stoat_ferret.api.files import open_file_response
from stoat_ferret.api.queries import Time, WholeNumber, asked
from stoat_ferret.ordering import KINDS, RenderOrder

router = routing.router(tag="render")

BatchId = Annotated[str, Path(max_length=200, description="The batch's id, `batch_…`.")]
JobId = Annotated[str, Path(max_length=200, description="The render's id, `job_…`.")]
ProjectId = Annotated[str, Path(max_length=200, description="The project's id, `prj_…`.")]
Revision = Annotated[WholeNumber | None, Query(ge=1, le=2**31 - 1, description="The newest by default.")]
Accept = Annotated[str, Header(include_in_schema=False)]

_ORDER = {"project_id": "prj_0123456789abcdef0123", "output": "final.mp4", "quality": "high"}
_JOB = {"job_id": "$response.body#/job_id"}
_BATCH = {"batch_id": "$response.body#/batch_id"}
_STARTED: dict[str, Any] = {
    "status": 202,
    "changes": True,
    "example": _ORDER,
    "headers": ("Location",),
    "links": dict.fromkeys(("get_render", "wait_for_job", "download_render", "cancel_render"), _JOB),
}


@router.post("/render", **told(shapes.Accepted, "Render a project.", 404, 409, **_STARTED))
@router.post(
    "/render/start",
    **told(shapes.Accepted, "Render a project.", 404, 409, **_STARTED, operation="start_render_job"),
)
async def start_render(body: shapes.RenderRequest, by: By, studio: StudioOf) -> Response:
    """A job; its result names the file, which is complete and verified, or absent."""
    return answered(await studio.start_render(by, _order(body), webhook=body.webhook))


@router.post(
    "/render/batch",
    **told(
        shapes.AcceptedBatch,
        "Render many at once.",
        404,
        409,
        status=202,
        changes=True,
        example={
            "items": [
                {"project_id": _ORDER["project_id"], "output": "wide.mp4", "priority": 1},
                {"project_id": _ORDER["project_id"], "output": "sound.wav"},
            ],
            "parallel": 2,
        },
        headers=("Location",),
        links=dict.fromkeys(("get_render_batch", "cancel_render_batch"), _BATCH),
    ),
)
async def start_render_batch(body: shapes.BatchRequest, by: By, studio: StudioOf) -> Response:
    """All of them or none: what is wrong with any is told, at its place, and then nothing is begun.

    Each is a job of its own, to be read, cancelled and retried like any other; none stops another.
    """
    orders = [(_order(item), item.webhook) for item in body.items]
    return answered(await studio.start_batch(by, orders, parallel=body.parallel, webhook=body.webhook))


@router.get("/render/batch/{batch_id}", **told(shapes.BatchAnswer, "Read a batch of renders.", 404))
async def get_render_batch(batch_id: BatchId, studio: StudioOf) -> Response:
    """How far it is as a whole, and each of its renders."""
    return OrjsonResponse(await studio.renders.batch(batch_id))


@router.post(
    "/render/batch/{batch_id}/cancel",
    **told(shapes.BatchAnswer, "Cancel a batch of renders.", 404, 409, changes=True, headers=("Location",)),
)
async def cancel_render_batch(batch_id: BatchId, by: By, studio: StudioOf) -> Response:
    """What waits is cancelled at once, what runs as soon as it has cleaned up; what is finished stays."""
    return answered(await studio.renders.cancel_batch(by, batch_id))


@router.post("/render/plan", **told(shapes.PlanAnswer, "Plan a render.", 404, 409, example=_ORDER))
async def plan_render(body: shapes.PlanRequest, studio: StudioOf) -> Response:
    """What it would do, span by span, why and with which commands; nothing is stored or run."""
    return OrjsonResponse(await studio.renders.plan(_order(body)))


def _order(body: shapes.PlanRequest) -> RenderOrder:
    """What is asked, without whom to tell of it."""
    fields = body.model_dump(exclude={"webhook", "range"})
    return RenderOrder(**fields, range=_range(body.range))


def _range(given: str | list[shapes.Moment] | shapes.RangeShape | None) -> str | None:
    """A range in any of its forms, as `START:END`."""
    if given is None or isinstance(given, str):
        return given
    ends = given if isinstance(given, list) else [given.start, given.end]
    return ":".join("" if end is None else f"{end:.9f}" if isinstance(end, float) else end for end in ends)


@router.get("/render", **told(shapes.JobList, "List the renders."))
async def list_renders(studio: StudioOf, limit: Limit = 50, offset: Offset = 0) -> Response:
    """Render jobs, newest first."""
    return OrjsonResponse(await studio.jobs.list(kind="render", limit=limit, offset=offset))


@router.get("/render/formats", **told(shapes.FormatList, "List the formats."))
async def list_formats(studio: StudioOf) -> Response:
    """What a render can be written as, and the delivery profiles that a render can be ordered with."""
    listed = {"items": list(KINDS), "total": len(KINDS), "limit": len(KINDS), "offset": 0}
    return OrjsonResponse({**listed, **await studio.profiles()})


@router.get("/render/encoders", **told(shapes.EncoderList, "List the encoders."))
async def list_encoders(studio: StudioOf) -> Response:
    """What this machine's ffmpeg can encode with, hardware tried out."""
    return OrjsonResponse(await studio.encoders())


@router.get("/render/queue", **told(shapes.QueueAnswer, "Read the queue."))
async def read_queue(studio: StudioOf) -> Response:
    """How much waits and runs."""
    return OrjsonResponse(await studio.jobs.stats())


@router.get("/render/{job_id}", **told(shapes.JobAnswer, "Read a render.", 404))
async def get_render(job_id: JobId, studio: StudioOf) -> Response:
    """Its job."""
    return OrjsonResponse((await studio.jobs.get(job_id)).to_json())


@router.get(
    "/render/{job_id}/output",
    **binary("Download a render.", 404, 409, types=(*MEDIA, "application/zip"), ranges=True),
)
async def download_render(job_id: JobId, studio: StudioOf) -> Response:
    """The finished file, with byte ranges; a folder of files as an archive."""
    made = await studio.renders.output(job_id)
    if made.is_folder:
        return archive_response(made.name, made.descriptor)
    return open_file_response(PurePath(made.name), made.descriptor, inline=False)


@router.get(
    "/render/{job_id}/output/{name}",
    **binary("Download a file of a render.", 404, 409, types=(*MEDIA, *PLAYLISTS), ranges=True),
)
async def download_render_file(
    job_id: JobId,
    name: Annotated[str, Path(max_length=255, description="A file of the folder, such as index.m3u8.")],
    studio: StudioOf,
) -> Response:
    """A file of a render that made a folder of them: a picture, a playlist, or a segment that it names."""
    made = await studio.renders.output(job_id, name)
    return open_file_response(PurePath(made.name), made.descriptor)


@router.post(
    "/render/{job_id}/cancel",
    **told(shapes.JobAnswer, "Cancel a render.", 404, 409, changes=True, headers=("Location",)),
)
async def cancel_render(job_id: JobId, by: By, studio: StudioOf) -> Response:
    """Nothing is left of it; one that is finished before it can be stopped stays, and is completed."""
    return answered(await studio.jobs.cancel(job_id, by))


@router.post(
    "/render/{job_id}/retry",
    **told(shapes.JobAnswer, "Render again.", 404, 409, status=202, changes=True, headers=("Location",)),
)
async def retry_render(job_id: JobId, by: By, studio: StudioOf) -> Response:
    """What failed, timed out or was cancelled starts again."""
    return answered(await studio.jobs.retry(job_id, by))


@router.delete("/render/{job_id}", **told(None, "Delete a render.", 404, 409, status=204, changes=True))
async def delete_render(job_id: JobId, by: By, studio: StudioOf) -> Response:
    """The job and its file."""
    return answered(await studio.renders.remove(by, job_id))


@router.get(
    "/projects/{project_id}/frame",
    **binary("Look at a frame.", 404, 504, types=("image/png", "image/jpeg")),
)
async def look_at_frame(
    project_id: ProjectId,
    studio: StudioOf,
    t: Annotated[Time, Query(description="Seconds, timecode or frames.")] = "0",
    width: Annotated[WholeNumber | None, Query(ge=16, le=8192, description="At most, pixels.")] = None,
    revision: Revision = None,
    accept: Accept = "image/png",
) -> Response:
    """What a render shows at `t`; PNG or JPEG by `Accept`."""
    as_jpeg = "image/jpeg" in accept
    with asked(at="t", revision="revision"):
        picture = await studio.pictures.frame(project_id, t, width=width, as_jpeg=as_jpeg, revision=revision)
    return Response(picture, media_type="image/jpeg" if as_jpeg else "image/png")


@router.get(
    "/projects/{project_id}/captions",
    **binary("Read the captions.", 404, 504, types=("text/vtt", "application/x-subrip"), text=True),
)
async def read_captions(
    project_id: ProjectId,
    studio: StudioOf,
    track: Annotated[
        str | None, Query(max_length=200, description="Needed where several tracks have some.")
    ] = None,
    as_file: Annotated[
        Literal["vtt", "srt"], Query(alias="format", description="WebVTT, or SubRip.")
    ] = "vtt",
    part: Annotated[
        str | None, Query(alias="range", max_length=100, description="`START:END`; left out: all of it.")
    ] = None,
    revision: Revision = None,
) -> Response:
    """What a track of captions says and when, as a file of its own; nothing is rendered."""
    with asked(track="track", range="range", revision="revision"):
        captions = await studio.renders.captions(project_id, track=track, frames=part, revision=revision)
    if as_file == "srt":
        return Response(captions.srt, media_type="application/x-subrip; charset=utf-8")
    return Response(captions.vtt, media_type="text/vtt")


@router.get(
    "/projects/{project_id}/contact-sheet",
    **binary("Look at many frames.", 404, 504, types=("image/png", "image/jpeg")),
)
async def look_at_contact_sheet(
    project_id: ProjectId,
    studio: StudioOf,
    times: Annotated[str | None, Query(max_length=5000, description="T,T,…")] = None,
    every: Annotated[Time | None, Query(description="One frame every so often.")] = None,
    diff_from: Annotated[
        WholeNumber | None, Query(ge=1, description="Frames that changed since then.")
    ] = None,
    revision: Revision = None,
    accept: Accept = "image/png",
) -> Response:
    """Labelled frames on one picture: at `times` and where it changed since `diff_from`, or all."""
    as_jpeg = "image/jpeg" in accept
    with asked(times="times", every="every", revision="revision"):
        picture = await studio.contact_sheet(
            project_id, times=times, every=every, diff_from=diff_from, revision=revision, as_jpeg=as_jpeg
        )
    return Response(picture, media_type="image/jpeg" if as_jpeg else "image/png")
