"""A folder of JSON values that can be found again: what is damaged or of another schema is not there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["MOST_VALUES", "Shelf"]

MOST_VALUES = 2000
"""With more, the half that nobody asked for longest goes."""

_FRESH_SECONDS = 24 * 3600
"""A value is marked as used no more often than this."""


class Shelf:
    """Values by key; safe to delete, and safe to share between processes."""

    def __init__(self, folder: Path, *, schema: str) -> None:
        """Keep the values in `folder`; `schema` names the shape of the values and changes with it."""
        self._folder = folder
        self._schema = schema
        self._tidied = False

    def get(self, key: str) -> Any | None:
        """The value stored under `key`, or none."""
        try:
            path = self._path(key)
            stored = json.loads(path.read_bytes())
        except (OSError, ValueError):
            return None
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _FRESH_SECONDS:
                os.utime(path)
        if not isinstance(stored, dict) or (stored.get("schema"), stored.get("key")) != (self._schema, key):
            return None
        return stored.get("value")

    def put(self, key: str, value: Any) -> None:
        """Store `value` under `key`, at once and whole; a folder that cannot be written is passed over."""
        text = json.dumps({"schema": self._schema, "key": key, "value": value}, separators=(",", ":"))
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=".new-")
            try:
                with os.fdopen(descriptor, "w") as file:
                    file.write(text)
                os.replace(temporary, self._path(key))
            except BaseException:
                os.unlink(temporary)
                raise
            self._tidy()

    def _tidy(self) -> None:
        """Once for each shelf: drop what was not used for longest, where there is too much."""
        if self._tidied:
            return
        self._tidied = True
        used: list[tuple[float, str]] = []
        for entry in os.scandir(self._folder):
            # Another process may take one away meanwhile.
            with contextlib.suppress(OSError):
                used.append((entry.stat().st_mtime, entry.path))
        if len(used) > MOST_VALUES:
            for _, path in sorted(used)[: len(used) - MOST_VALUES // 2]:
                with contextlib.suppress(OSError):
                    os.unlink(path)

    def _path(self, key: str) -> Path:
        return self._folder / (hashlib.sha256(key.encode()).hexdigest()[:40] + ".json")
