"""Folders of TOML files, one for each name: the package's, and before them a user's."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["named", "read"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}", re.ASCII)
_LARGEST = 65_536
"""Bytes of the largest file."""


def named(folders: Sequence[Path]) -> dict[str, Path]:
    """The file of each name; one of a later folder goes before one of an earlier; raises `OSError`."""
    return {file.stem: file for folder in folders for file in folder.iterdir() if file.suffix == ".toml"}


def read(file: Path) -> dict[str, Any]:
    """What a file says; raises `OSError`, or `ValueError` that says what is wrong, in a clause."""
    if not _NAME.fullmatch(file.stem):
        raise ValueError("its name may have small letters, digits and _ only")
    with file.open("rb") as opened:
        data = opened.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST} bytes")
    # What is no text, or no TOML, is a ValueError as well.
    return tomllib.loads(data.decode())
