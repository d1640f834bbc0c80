"""The chain of the audit log: every entry names the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["FIRST", "entry_hash", "first_broken"]

FIRST = "0" * 64
"""What the first entry names as the hash before it."""

_HASHED = ("timestamp", "event_type", "resource_type", "resource_id", "actor", "correlation_id", "details")


def entry_hash(previous_hash: str, entry: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and all that the entry says, in one form of JSON."""
    said = {name: entry[name] for name in _HASHED}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous_hash}\n{text}".encode()).hexdigest()


def first_broken(entries: Iterable[Mapping[str, Any]], *, previous_hash: str = FIRST) -> Any | None:
    """The `id` of the first entry that was changed, or follows one that was taken out; none: all whole."""
    for entry in entries:
        if entry["previous_hash"] != previous_hash or entry["hash"] != entry_hash(previous_hash, entry):
            return entry["id"]
        previous_hash = entry["hash"]
    return None
