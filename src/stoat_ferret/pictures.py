"""Pictures of a project and of what effects do: single frames, and sheets of many."""

from __future__ import annotations

import asyncio
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stoat_ferret import sampling
from stoat_ferret.config import Settings
from stoat_ferret.errors import RequestError
from stoat_ferret.looking import contact_sheet, look_at
from stoat_ferret.model.document import Document
from stoat_ferret.projects import Projects
from stoat_ferret.running import SIDE_BY_SIDE

__all__ = ["Pictures"]

_MOST_PICTURES = 64


class Pictures:
    """The one way to pictures, for every door that has a server behind it."""

    def __init__(self, projects: Projects, settings: Settings) -> None:
        """Pictures of `projects`; the newest are kept in memory."""
        self._projects = projects
        self._settings = settings
        # Each of them runs ffmpeg: more at once would only make all of them late.
        self._looking = asyncio.Semaphore(SIDE_BY_SIDE)
        self._pictures: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    async def frame(
        self, project_id: str, at: str, *, width: int | None, as_jpeg: bool, revision: int | None = None
    ) -> bytes:
        """One frame of a project, as a render shows it: PNG, or JPEG.

        `at` is a time as people write it, `width` in pixels.
        Raises `NotFound`, `RequestError` for what cannot be shown, or a `WorkError`.
        """
        found = await self._projects.get(project_id, revision)
        sources = await self._projects.stamps(found)
        key = (project_id, found.revision, sources, at, width, as_jpeg)
        if key not in self._pictures:
            document = await self._projects.document(project_id, found.revision)
            size = _fitting(found.document.get("output") or {}, width)
            self._keep(key, await self._look(document, at, size=size, as_jpeg=as_jpeg))
        self._pictures.move_to_end(key)
        return self._pictures[key]

    async def sheet(
        self,
        project_id: str,
        *,
        times: tuple[str, ...],
        every: str | None,
        revision: int | None,
        as_jpeg: bool,
    ) -> bytes:
        """Many frames of a project on one labelled picture, at `times` or one `every` so often.

        Raises the same as `frame`.
        """
        document = await self._projects.document(project_id, revision)
        async with self._looking:
            with tempfile.TemporaryDirectory(prefix="stoat-look-") as folder:
                place = Path(folder) / "sheet.png"
                await contact_sheet(document, output=place, settings=self._settings, every=every, times=times)
                return _encoded(place, as_jpeg=as_jpeg)

    async def sample(self, effect_type: str, parameters: Mapping[str, Any], at: str) -> bytes:
        """A PNG of what an effect makes of a test picture; raises `RequestError` for what it cannot show."""
        try:
            return await self._look(sampling.document(effect_type, parameters), at)
        except RequestError as error:
            raise error.placed(sampling.place) from None

    async def _look(
        self, document: Document, at: str, *, size: tuple[int, int] | None = None, as_jpeg: bool = False
    ) -> bytes:
        async with self._looking:
            with tempfile.TemporaryDirectory(prefix="stoat-look-") as folder:
                place = Path(folder) / "look.png"
                await look_at(document, at, output=place, settings=self._settings, size=size)
                return _encoded(place, as_jpeg=as_jpeg)

    def _keep(self, key: tuple[Any, ...], picture: bytes) -> None:
        self._pictures[key] = picture
        while len(self._pictures) > _MOST_PICTURES:
            self._pictures.popitem(last=False)


def _fitting(output: Mapping[str, Any], width: int | None) -> tuple[int, int] | None:
    """The project's picture at another width, both sides even."""
    if width is None:
        return None
    height = width * int(output.get("height", 1080)) / int(output.get("width", 1920))
    return max(16, width // 2 * 2), max(16, round(height / 2) * 2)


def _encoded(place: Path, *, as_jpeg: bool) -> bytes:
    if not as_jpeg:
        return place.read_bytes()
    import io

    from PIL import Image

    data = io.BytesIO()
    with Image.open(place) as picture:
        picture.convert("RGB").save(data, "JPEG", quality=88)
    return data.getvalue()
