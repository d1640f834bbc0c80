"""The application: guards around routes, and one shape for everything that is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute

from stoat_ferret.api import events, guards
from stoat_ferret.api.openapi import describe
from stoat_ferret.api.page import page
from stoat_ferret.api.routes import (
    clips,
    compose,
    effects,
    jobs,
    library,
    operations,
    projects,
    renders,
    system,
)
from stoat_ferret.config import Feature
from stoat_ferret.operations.refusals import Refusals
from stoat_ferret.studio import Studio

__all__ = ["create"]


def create(studio: Studio) -> FastAPI:
    """The whole service around a studio, which it starts and stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await studio.start()
        try:
            yield
        finally:
            await studio.stop()

    app = FastAPI(
        title="stoat-and-ferret",
        version=studio.version,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.studio = studio
    modules = (library, jobs, projects, clips, effects, compose, renders, operations, system)
    for router in (*(module.router for module in modules), system.root, events.router):
        app.router.routes.extend(route for route in router.routes if _is_on(route, studio.settings.features))
    app.openapi = lambda: _described(app, studio)  # type: ignore[method-assign]
    if "docs" in studio.settings.features:
        app.add_route("/docs", page, include_in_schema=False)
    guards.install(app, studio.settings, studio.keys, Refusals(studio.database))
    return app


_OF_FEATURES: Mapping[Feature, str] = {"metrics": "/metrics", "webhooks": "/api/v1/webhooks"}
"""How the addresses of a feature begin; `/docs` is added where it is on."""


def _is_on(route: BaseRoute, features: Sequence[Feature]) -> bool:
    path = getattr(route, "path", "")
    return not any(path.startswith(begins) for name, begins in _OF_FEATURES.items() if name not in features)


def _described(app: FastAPI, studio: Studio) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = describe(app, token=studio.settings.api_token is not None)
    return app.openapi_schema
