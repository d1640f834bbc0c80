"""Routers whose routes are built once, where they are declared, under the address that they answer.

FastAPI builds a route anew, its models included, for every router that includes it: most of a start.
"""

from __future__ import annotations

from fastapi import APIRouter

from stoat_ferret.api.strict import StrictRoute

__all__ = ["PREFIX", "router"]

PREFIX = "/api/v1"


def router(prefix: str = "", *, tag: str, below: str = PREFIX) -> APIRouter:
    """A router whose requests carry JSON that every reader understands the same way."""
    return APIRouter(
        prefix=f"{below}{prefix}",
        tags=[tag],
        route_class=StrictRoute,
        generate_unique_id_function=lambda route: route.name,
    )
