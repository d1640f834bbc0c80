"""A folder of JSON values that can be found again: what is damaged or of another schema is not there."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["Shelf"]


class Shelf:
    """Values by key; safe to delete, and safe to share between processes."""

    def __init__(self, folder: Path, *, schema: str) -> None:
        """Keep the values in `folder`; `schema` names the shape of the values and changes with it."""
        self._folder = folder
        self._schema = schema

    def get(self, key: str) -> Any | None:
        """The value stored under `key`, or none."""
        try:
            stored = json.loads(self._path(key).read_bytes())
        except (OSError, ValueError):
            return None
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

    def _path(self, key: str) -> Path:
        return self._folder / (hashlib.sha256(key.encode()).hexdigest()[:40] + ".json")
