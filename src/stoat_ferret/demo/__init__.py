"""The demonstration: footage made on the spot, an edit of it, and everything that is done with an edit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoat_ferret.apart import apart
from stoat_ferret.config import Settings
from stoat_ferret.demo.edit import project
from stoat_ferret.demo.footage import film
from stoat_ferret.looking import Sight, contact_sheet
from stoat_ferret.media import capabilities
from stoat_ferret.model.document import read_document
from stoat_ferret.model.plan import Target
from stoat_ferret.progress import OnProgress
from stoat_ferret.rendering import RenderReport, render

__all__ = ["Shown", "demonstrate", "project"]

_SHEET_EVERY = "1.75s"
"""Sixteen pictures, some of them in the middle of transitions."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the demonstration made."""

    folder: Path
    media: tuple[Path, ...]
    project: Path
    report: RenderReport
    sheet: Sight

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        return {
            "folder": str(self.folder),
            "media": [str(path) for path in self.media],
            "project": str(self.project),
            "contact_sheet": self.sheet.to_json(),
            **self.report.to_json(),
        }


async def demonstrate(
    folder: Path,
    *,
    settings: Settings,
    on_progress: OnProgress | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Shown:
    """Make footage, a project of it, the rendered and verified programme and its contact sheet in `folder`.

    `say` is told what is being done. Raises whatever making or rendering raises.
    """
    folder = folder.absolute()
    media = folder / "media"
    media.mkdir(parents=True, exist_ok=True)
    able = await apart(lambda: capabilities.detect(settings))
    say("making footage")
    paths = await film(media, able, settings, say=say)
    file = folder / "project.json"
    file.write_text(json.dumps(project(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    document = read_document(file)
    say("rendering")
    report = await render(
        document,
        output=folder / "demo.mp4",
        target=Target(format="mp4", preset="veryfast"),
        settings=settings,
        overwrite=True,
        on_progress=on_progress,
    )
    say("looking")
    sheet = await contact_sheet(
        document, output=folder / "contact-sheet.png", settings=settings, every=_SHEET_EVERY, overwrite=True
    )
    return Shown(folder=folder, media=tuple(paths), project=file, report=report, sheet=sheet)
