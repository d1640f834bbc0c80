"""The service in the process of a test: the whole application, without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from stoat_ferret.api.app import create
from stoat_ferret.config import Settings
from stoat_ferret.studio import Studio

__all__ = ["Service", "service"]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running application and ways to talk to it."""

    studio: Studio
    app: FastAPI
    http: httpx.AsyncClient
    """To `/api/v1`."""

    async def get(self, path: str, **params: Any) -> Any:
        """Read; raises `AssertionError` when it is refused."""
        return _good(await self.http.get(path, params=params))

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Change; raises `AssertionError` when it is refused."""
        return _good(await self.send("POST", path, body, **headers))

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Any request; underscores in the names of headers stand for dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, path, json={} if body is None else body, headers=named)

    async def edit(self, project_id: str, *edits: Any, actor: str = "person:ana", **fields: Any) -> Any:
        """Apply a batch."""
        body = {"edits": list(edits), **fields}
        return await self.post(f"projects/{project_id}/edits", body, X_Stoat_Actor=actor)


@asynccontextmanager
async def service(data_dir: Path, **settings: Any) -> AsyncIterator[Service]:
    """A service on a data folder, started, and stopped at the end."""
    studio = Studio(Settings(data_dir=data_dir, rate_limit=0, shutdown_grace_seconds=0, **settings))
    app = create(studio)
    await studio.start()
    try:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        url = "http://127.0.0.1:8765/api/v1/"
        async with httpx.AsyncClient(transport=transport, base_url=url) as http:
            yield Service(studio=studio, app=app, http=http)
    finally:
        await studio.stop()


def _good(response: httpx.Response) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json() if response.content else None


async def film(
    api: Service, source: Any, seconds: float = 0.5, size: tuple[int, int] = (64, 36), name: str = "Film"
) -> str:
    """A project with one clip."""
    output = {"width": size[0], "height": size[1], "fps": 30}
    made: str = (await api.post("projects", {"name": name, "output": output}))["id"]
    await api.edit(
        made,
        {"op": "create_track", "id": "main", "type": "video"},
        {"op": "add_clip", "id": "a", "track_id": "main", "source": source, "out_point": seconds},
    )
    return made


async def coloured(api: Service, colour: str = "#ff0000") -> str:
    """A project that is all of one colour, and soon rendered."""
    return await film(api, {"generator": "color", "color": colour})
