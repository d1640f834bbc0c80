"""Films of two seconds as frames, whole or in ranges."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from stoat_ferret.config import Settings
from stoat_ferret.model.document import parse_document
from stoat_ferret.model.plan import Target
from stoat_ferret.rendering import render
from stoat_ferret.testing.measure import decode_pictures


def filmed(
    tracks: list[dict[str, Any]], settings: Settings, folder: Path, frames: str | None = None, **output: Any
) -> NDArray[np.uint8]:
    """Every frame of a film of these tracks as RGB, rendered without loss; `frames` is a range of it."""
    whole = {
        "schema": "stoat.project/1",
        "output": {"width": 320, "height": 180, "fps": 30, **output},
        "tracks": tracks,
    }
    path = folder / f"film-{len(list(folder.glob('film-*')))}.mkv"
    target = Target(format="mkv", quality="lossless")
    document = parse_document(orjson.dumps(whole), base=Path())
    asyncio.run(render(document, output=path, target=target, settings=settings, frames=frames))
    shown: NDArray[np.uint8] = decode_pictures(path, colour="rgb")
    return shown
