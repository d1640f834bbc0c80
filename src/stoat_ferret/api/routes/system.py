"""Is it alive, is it able, what is it, what is it doing."""

from __future__ import annotations

from fastapi import Response

from stoat_ferret.api import routing, shapes
from stoat_ferret.api.deps import OrjsonResponse, StudioOf
from stoat_ferret.api.describe import binary, told
from stoat_ferret.operations.health import outline

root = routing.router(tag="system", below="")
router = routing.router(tag="system")


@root.get("/health/live", **told(shapes.Liveness, "Is the process alive?"))
async def check_liveness() -> Response:
    """Answers as long as the event loop turns."""
    return OrjsonResponse({"status": "ok"})


@root.get("/health/ready", **told(shapes.Readiness, "Can it do its work?", otherwise=503))
async def check_readiness(studio: StudioOf) -> Response:
    """Database, ffmpeg, core, disk and project folders: each with its version and how long it took.

    `/system/state` tells a key more of them.
    """
    found = outline(await studio.health())
    return OrjsonResponse(found, status_code=200 if found["status"] == "ok" else 503)


@root.get("/health/startup", **told(shapes.Liveness, "Has it started?", otherwise=503))
async def check_startup(studio: StudioOf) -> Response:
    """503 until everything that was left over by an earlier process is taken up."""
    status = "ok" if studio.started else "starting"
    return OrjsonResponse({"status": status}, status_code=200 if studio.started else 503)


@root.get("/metrics", **binary("Read the metrics.", types=("text/plain",), text=True))
async def read_metrics(studio: StudioOf) -> Response:
    """In the text format of Prometheus."""
    body, media_type = await studio.metrics()
    return Response(body, media_type=media_type)


@root.get("/system/info", **told(shapes.SystemInfo, "What is it?"))
@router.get("/system/info", **told(shapes.SystemInfo, "What is it?", operation="read_system_info"))
async def read_info(studio: StudioOf) -> Response:
    """Versions of Python, core and ffmpeg, what this machine can do, and the features that are on."""
    return OrjsonResponse(await studio.info())


@root.get("/system/state", **told(shapes.SystemState, "What is it doing?"))
@router.get("/system/state", **told(shapes.SystemState, "What is it doing?", operation="read_system_state"))
async def read_state(studio: StudioOf) -> Response:
    """Projects, jobs, queue and health in one call."""
    return OrjsonResponse(await studio.state())
