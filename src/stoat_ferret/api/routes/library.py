"""The library: media files, found, searched, described."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

import orjson
from fastapi import Header, Path, Query, Request, Response
from fastapi.responses import FileResponse

from stoat_ferret.api import routing, shapes
from stoat_ferret.api.deps import By, Limit, Offset, OrjsonResponse, StudioOf, answered, entity_tags
from stoat_ferret.api.describe import MEDIA, binary, told, upload
from stoat_ferret.api.files import open_file_response
from stoat_ferret.api.queries import Time, WholeNumber, asked
from stoat_ferret.api.uploads import upload_of
from stoat_ferret.library.viewing import MOST_PICTURES, Viewed

router = routing.router(tag="library")

VideoId = Annotated[str, Path(max_length=200, description="The video's id, `vid_…`.")]
Words = Annotated[str, Query(max_length=500, description='Terms, "phrases", AND, OR, NOT, prefix*.')]
Sort = Literal[
    "name", "-name", "duration", "-duration", "created_at", "-created_at",
    "scanned_at", "-scanned_at", "size", "-size", "filename", "-filename", "file_size", "-file_size",
]  # fmt: skip
Seen = Annotated[str | None, Header(alias="If-None-Match", description="The ETag that you have.")]


@router.get("/videos", **told(shapes.VideoList, "List the videos."))
async def list_videos(
    studio: StudioOf,
    q: Annotated[str | None, Query(max_length=500, description="As in /search.")] = None,
    sort: Annotated[Sort | None, Query(description="By default the newest first, or the best match.")] = None,
    status: Annotated[
        Literal["ready", "missing", "unreadable"] | None, Query(description="Only those that stand so.")
    ] = None,
    tag: Annotated[str | None, Query(max_length=200, description="Only those with this tag.")] = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> Response:
    """Every file that a scan or an upload brought."""
    tags = () if tag is None else (tag,)
    with asked(q="q"):
        found = await studio.library.page(
            q=q, sort=sort, status=status, tags=tags, limit=limit, offset=offset
        )
    return OrjsonResponse(found)


@router.post("/videos", **upload(shapes.VideoAnswer, "Upload a file.", 409))
async def upload_video(
    request: Request,
    by: By,
    studio: StudioOf,
    _filename: Annotated[
        str | None,
        Query(alias="filename", max_length=500, description="Its name, where the body is the file."),
    ] = None,
) -> Response:
    """The file as body with `?filename=`, or as `multipart/form-data`; streamed into the first media root."""
    filename, chunks = await upload_of(request)
    return answered(await studio.library.upload(filename, chunks, by=by))


@router.post(
    "/videos/scan",
    **told(
        shapes.Accepted, "Scan a folder.", 404, status=202, changes=True, headers=("Location",),
        links={"wait_for_job": {"job_id": "$response.body#/job_id"}},
        example={"path": "footage", "recursive": True},
    ),
)  # fmt: skip
async def scan_folder(body: shapes.ScanRequest, by: By, studio: StudioOf) -> Response:
    """A job: finds what is new, changed, moved and gone, and names every file that cannot be read."""
    return answered(await studio.start_scan(by, body.path, recursive=body.recursive))


@router.get("/search", **told(shapes.VideoList, "Search the videos.", operation="search_library"))
@router.get("/videos/search", **told(shapes.VideoList, "Search the videos."))
async def search_videos(q: Words, studio: StudioOf, limit: Limit = 50, offset: Offset = 0) -> Response:
    """Names, tags, notes, paths and metadata; the best match first."""
    with asked(q="q"):
        found = await studio.library.page(q=q, limit=limit, offset=offset)
    return OrjsonResponse(found)


@router.get("/videos/{video_id}", **told(shapes.VideoAnswer, "Read a video.", 404))
async def get_video(video_id: VideoId, studio: StudioOf) -> Response:
    """What is known of a file."""
    return OrjsonResponse(await studio.library.get(video_id))


@router.patch(
    "/videos/{video_id}",
    **told(shapes.VideoAnswer, "Describe a video.", 404, 409, changes=True, example={"tags": ["interview"]}),
)
async def patch_video(video_id: VideoId, body: shapes.PatchVideo, by: By, studio: StudioOf) -> Response:
    """Tags and notes; `path` tells where a moved file lies now."""
    fields = body.model_dump(exclude_unset=True)
    return answered(await studio.library.change(video_id, fields, by=by))


@router.delete("/videos/{video_id}", **told(None, "Forget a video.", 404, 409, status=204, changes=True))
async def delete_video(video_id: VideoId, by: By, studio: StudioOf) -> Response:
    """The file stays; refused while a project uses it."""
    return answered(await studio.library.delete(video_id, by=by))


@router.get("/videos/{video_id}/thumbnail", **binary("Look at a video.", 404, 409, types=("image/jpeg",)))
async def read_thumbnail(video_id: VideoId, studio: StudioOf) -> Response:
    """A small picture, at most 320 pixels wide."""
    return FileResponse(await studio.library.thumbnail(video_id), media_type="image/jpeg")


@router.get(
    "/videos/{video_id}/media",
    **binary("Read a video's file.", 404, 409, types=MEDIA, ranges=True),
)
async def read_media(video_id: VideoId, studio: StudioOf) -> Response:
    """The file itself, with byte ranges."""
    path, descriptor = await studio.library.file(video_id)
    return open_file_response(path, descriptor)


_FRAME = binary("Look at a frame of a video.", 404, 409, types=("image/png", "image/jpeg"))
_STRIP = binary("Look along a video.", 404, 409, types=("image/jpeg",))
_WAVEFORM = told(shapes.WaveformAnswer, "Read the shape of a sound.", 404, 409)
_WAVEFORM["responses"][200]["content"] = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
for _one in (_FRAME, _STRIP, _WAVEFORM):
    _one["responses"][304] = {"description": "It is the one that If-None-Match names."}


@router.get("/videos/{video_id}/frame", **_FRAME)
async def look_at_video_frame(
    video_id: VideoId,
    request: Request,
    studio: StudioOf,
    t: Annotated[Time, Query(description="Seconds, timecode or frames of the file.")] = "0",
    width: Annotated[WholeNumber | None, Query(ge=16, le=8192, description="At most, pixels.")] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "image/png",
    seen: Seen = None,
) -> Response:
    """What a clip shows whose `in_point` is `t`; PNG or JPEG by `Accept`."""
    viewing, as_jpeg = studio.library.viewing, "image/jpeg" in accept
    found = await viewing.find(video_id)
    view = functools.partial(viewing.frame, found, t, width=width, as_jpeg=as_jpeg)
    return await _viewed(request, found, seen, view, "image/jpeg" if as_jpeg else "image/png")


@router.get("/videos/{video_id}/strip", **_STRIP)
async def look_along_video(
    video_id: VideoId,
    request: Request,
    studio: StudioOf,
    count: Annotated[WholeNumber, Query(ge=1, le=MOST_PICTURES, description="Pictures.")] = 10,
    width: Annotated[WholeNumber, Query(ge=16, le=320, description="Of each picture, pixels.")] = 160,
    start: Annotated[Time | None, Query(description="Of the range; the file's by default.")] = None,
    end: Annotated[Time | None, Query(description="Of the range; the file's by default.")] = None,
    seen: Seen = None,
) -> Response:
    """Pictures at the middles of equal parts, side by side: those frames, or the nearest in cheap reach."""
    viewing = studio.library.viewing
    found = await viewing.find(video_id)
    view = functools.partial(viewing.strip, found, count=count, width=width, start=start, end=end)
    return await _viewed(request, found, seen, view, "image/jpeg")


@router.get("/videos/{video_id}/waveform", **_WAVEFORM)
async def read_waveform(
    video_id: VideoId,
    request: Request,
    studio: StudioOf,
    format_: Annotated[
        Literal["json", "png"], Query(alias="format", description="Numbers, or a picture of them.")
    ] = "json",
    points: Annotated[WholeNumber, Query(ge=1, le=20_000, description="Parts; of a PNG its width.")] = 1000,
    height: Annotated[WholeNumber, Query(ge=16, le=1024, description="Of a PNG, pixels.")] = 128,
    seen: Seen = None,
) -> Response:
    """The lowest and the highest sample of equal parts, over all channels; with `format=png` as a picture."""
    viewing = studio.library.viewing
    found = await viewing.find(video_id)

    async def view() -> bytes:
        if format_ == "png":
            return await viewing.drawn_waveform(found, points=points, height=height)
        return orjson.dumps(await viewing.waveform(found, points=points))

    kind = "image/png" if format_ == "png" else "application/json"
    return await _viewed(request, found, seen, view, kind)


async def _viewed(
    request: Request, found: Viewed, seen: str | None, view: Callable[[], Awaitable[bytes]], kind: str
) -> Response:
    """What is seen of a file, or 304: the same content shows the same."""
    asked_for = (found.facts.identity, request.url.path, request.url.query, kind)
    tag = f'"{hashlib.sha256(repr(asked_for).encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    if tag in entity_tags(seen):
        return Response(status_code=304, headers=headers)
    with asked(t="t", start="start", end="end"):
        return Response(await view(), media_type=kind, headers=headers)


@router.get("/filesystem", **told(shapes.FolderAnswer, "Browse the media roots.", 404))
async def browse_folder(
    studio: StudioOf,
    path: Annotated[str | None, Query(max_length=4096, description="Left out: the roots.")] = None,
) -> Response:
    """Folders and media files, inside the media roots only."""
    with asked(path="path"):
        found = await studio.library.browse(path)
    return OrjsonResponse(found)
