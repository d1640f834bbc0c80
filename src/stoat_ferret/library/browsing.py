"""Folders inside the media roots, as a person looks through them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stoat_ferret.config import Settings
from stoat_ferret.library.places import folder_at
from stoat_ferret.media.endings import is_candidate
from stoat_ferret.media.files import open_folder

__all__ = ["browse"]

_MOST = 5000
"""Entries of a folder that are shown."""


def browse(
    path: str | None, settings: Settings, ids: Callable[[Sequence[str]], Mapping[str, str]]
) -> dict[str, Any]:
    """`{path, parent, folders, files}`; without a path the media roots. `ids` knows the videos of files.

    Raises `RequestError` outside of the roots, or where there is no such folder.
    """
    roots = settings.media_roots
    if path is None:
        folders = [{"name": root.name or str(root), "path": str(root)} for root in roots]
        return {"path": None, "parent": None, "folders": folders, "files": []}
    folder = folder_at(path, settings)
    folders, files = _entries(folder, roots)
    known = ids([file["path"] for file in files])
    for file in files:
        file["video_id"] = known.get(file["path"])
    parent = None if folder in roots else str(folder.parent)
    return {"path": str(folder), "parent": parent, "folders": folders, "files": files}


def _entries(folder: Path, roots: Sequence[Path]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    folders: list[dict[str, Any]] = []
    files: list[dict[str, Any]] = []
    descriptor = open_folder(folder, roots)
    try:
        with os.scandir(descriptor) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name)[:_MOST]:
                if entry.name.startswith(".") or entry.is_symlink() or not _is_text(entry.name):
                    continue
                place = str(folder / entry.name)
                if entry.is_dir(follow_symlinks=False):
                    folders.append({"name": entry.name, "path": place})
                elif entry.is_file(follow_symlinks=False) and is_candidate(entry.name, descriptor):
                    size = entry.stat(follow_symlinks=False).st_size
                    files.append({"name": entry.name, "path": place, "size": size})
    finally:
        os.close(descriptor)
    return folders, files


def _is_text(name: str) -> bool:
    """Names that are no UTF-8 cannot be told in JSON."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
