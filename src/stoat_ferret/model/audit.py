"""The chain of the audit log: every entry names the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["FIRST", "Break", "Head", "entry_hash", "first_break"]

FIRST = "0" * 64
"""What the first entry names as the hash before it."""

_HASHED = ("timestamp", "event_type", "resource_type", "resource_id", "actor", "correlation_id", "details")


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """Where the log ends, as it is kept beside it."""

    entries: int
    """How many there are; they are numbered from 1 without a gap."""
    hash: str
    """Of the last one; of none `FIRST`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """Where the log is not what was written."""

    id: int
    """The first entry that is wrong, or not there."""
    reason: str
    """What is wrong with it, in words."""


def entry_hash(previous_hash: str, entry: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and all that the entry says, in one form of JSON."""
    said = {name: entry[name] for name in _HASHED}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous_hash}\n{text}".encode()).hexdigest()


def first_break(entries: Iterable[Mapping[str, Any]], head: Head | None) -> Break | None:
    """Where the log, in order of its numbers, is not what was written; none: all whole.

    `head` is where it ends; none: nobody knows.
    """
    number, previous_hash = 0, FIRST
    for entry in entries:
        number += 1
        if entry["id"] != number:
            return Break(id=number, reason="it is missing")
        if not _is_whole(entry, previous_hash):
            return Break(id=number, reason="it is not as it was written")
        previous_hash = entry["hash"]
    if head is None:
        return Break(id=max(number, 1), reason="what tells that it is the last one is gone")
    if number < head.entries:
        return Break(id=number + 1, reason="it is missing, and all that followed")
    if number > head.entries:
        return Break(id=head.entries + 1, reason="it was added by somebody else")
    if previous_hash != head.hash:
        return Break(id=max(number, 1), reason="it is not the one that was written last")
    return None


def _is_whole(entry: Mapping[str, Any], previous_hash: str) -> bool:
    try:
        named = (entry["previous_hash"], entry["hash"])
        return named == (previous_hash, entry_hash(previous_hash, entry))
    except (TypeError, ValueError):
        # Values of kinds that no entry has.
        return False
