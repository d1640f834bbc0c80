"""What happened, as everybody who listens is told; and on whose behalf."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

__all__ = ["EVENT_TYPES", "Claim", "Context", "Event", "EventType", "new_id", "now"]

EventType = Literal[
    "HEARTBEAT",
    "HEALTH_STATUS",
    "SCAN_STARTED",
    "SCAN_PROGRESS",
    "SCAN_COMPLETED",
    "PROJECT_CREATED",
    "PROJECT_CHANGED",
    "PROJECT_DELETED",
    "JOB_QUEUED",
    "JOB_STARTED",
    "JOB_PROGRESS",
    "JOB_COMPLETED",
    "JOB_FAILED",
    "JOB_CANCELLED",
    "RENDER_FRAME",
    "PREVIEW_INVALIDATED",
    "QUEUE_STATUS",
    "RESYNC",
]
"""`RESYNC` tells one listener that it missed events, and has to read anew what it shows."""

EVENT_TYPES: tuple[str, ...] = get_args(EventType)


def now() -> str:
    """The time, RFC 3339 in UTC, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def new_id(prefix: str) -> str:
    """A name that nothing else has: `<prefix>_` and 80 random bits."""
    return f"{prefix}_{secrets.token_hex(10)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """That a request is done once, however often it is sent."""

    key: str
    """The client's `Idempotency-Key`."""
    fingerprint: str
    """SHA-256 of the request: the same key with another request is refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """On whose behalf something is done."""

    actor: str = "local"
    """The API key's name, else what the client calls itself."""
    correlation_id: str | None = None
    """Joins the request, its log lines, events and ffmpeg runs."""
    claim: Claim | None = None
    """None: a request that may be done again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened."""

    type: EventType
    number: int | None = None
    """Its place in the order of all events; none: it is not replayed."""
    time: str = field(default_factory=now)
    correlation_id: str | None = None
    project_id: str | None = None
    job_id: str | None = None
    revision: int | None = None
    actor: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The form that WebSocket and webhooks carry; what is absent is left out."""
        shown: dict[str, Any] = {
            "event_id": self.number,
            "type": self.type,
            "time": self.time,
            "correlation_id": self.correlation_id,
        }
        for name in ("project_id", "job_id", "revision", "actor"):
            value = getattr(self, name)
            if value is not None:
                shown[name] = value
        shown["data"] = self.data
        return shown
