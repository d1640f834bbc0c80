"""The tables, as they stand after the newest migration; a test proves that both say the same.

Times are RFC 3339 text in UTC, which sorts as it reads. JSON columns hold what the models' `to_json` gives.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

__all__ = [
    "api_keys",
    "audit_head",
    "audit_log",
    "clips",
    "events",
    "idempotency",
    "jobs",
    "metadata",
    "projects",
    "revisions",
    "video_tags",
    "videos",
    "webhook_deliveries",
    "webhooks",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows by itself only in a column of exactly this type.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

videos = Table(
    "videos",
    metadata,
    # The row number that the full-text index points to.
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False, unique=True),
    Column("filename", Text, nullable=False),
    # ready, missing, unreadable
    Column("status", Text, nullable=False),
    # video, audio, image
    Column("kind", Text, nullable=False),
    Column("duration", Float),
    Column("width", Integer),
    Column("height", Integer),
    Column("fps", Float),
    Column("codec", Text),
    Column("bitrate", BigInteger),
    Column("file_size", BigInteger, nullable=False),
    Column("rotation", Integer, nullable=False, server_default="0"),
    # {codec, channels, sample_rate}
    Column("audio", JSON),
    # Container and stream tags, as found.
    Column("metadata", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("notes", Text, nullable=False, server_default=""),
    # Everything that the probe found (MediaFacts.to_json).
    Column("facts", JSON),
    # Why it cannot be used: {code, message, hint}.
    Column("problem", JSON),
    # Names the content: size and hash of head, middle and tail.
    Column("content", Text, nullable=False),
    # What tells that the file was not touched since: size, mtime in ns, device, inode.
    Column("stamp", Text, nullable=False),
    Column("proxy_path", Text),
    Column("created_at", Text, nullable=False),
    Column("scanned_at", Text, nullable=False),
    # Lists are sorted by each of these, of all videos and of those with one status.
    Index("ix_videos_filename", "filename"),
    Index("ix_videos_created_at", "created_at"),
    Index("ix_videos_scanned_at", "scanned_at"),
    Index("ix_videos_duration", "duration"),
    Index("ix_videos_file_size", "file_size"),
    Index("ix_videos_status_filename", "status", "filename"),
    Index("ix_videos_status_created_at", "status", "created_at"),
    Index("ix_videos_status_scanned_at", "status", "scanned_at"),
    Index("ix_videos_status_duration", "status", "duration"),
    Index("ix_videos_status_file_size", "status", "file_size"),
    Index("ix_videos_content", "content"),
)

video_tags = Table(
    "video_tags",
    metadata,
    # The same tags as in `videos.tags`, to be found by.
    Column("tag", Text, primary_key=True),
    Column("number", _NUMBER, ForeignKey("videos.number", ondelete="CASCADE"), primary_key=True),
    Index("ix_video_tags_number", "number"),
)

projects = Table(
    "projects",
    metadata,
    Column("id", Text, primary_key=True),
    # Name of its folder.
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    # The newest revision.
    Column("head", Integer, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("modified_at", Text, nullable=False),
    Index("ix_projects_modified_at", "modified_at"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("parent", Integer),
    # create, edit, undo, redo, restore, write
    Column("kind", Text, nullable=False),
    # For undo: the revision that it takes back; for redo: the undo that it takes back; for restore: the one
    # that it brings back.
    Column("of_revision", Integer),
    Column("actor", Text, nullable=False),
    Column("intent", Text),
    # A name that people gave it.
    Column("label", Text),
    # The typed edits that made it.
    Column("edits", JSON, nullable=False),
    # Changed ranges of the timeline.
    Column("spans", JSON, nullable=False),
    # The document: canonical JSON, deflated.
    Column("document", LargeBinary, nullable=False),
    # Of the canonical JSON.
    Column("sha256", Text, nullable=False),
    Column("correlation_id", Text),
    Column("created_at", Text, nullable=False),
    Index("ix_revisions_project_id_actor", "project_id", "actor"),
)

clips = Table(
    "clips",
    metadata,
    # An index of the head revisions: which project uses which video.
    Column("project_id", Text, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("track_id", Text, nullable=False),
    # As the document writes it; generators have none.
    Column("source", Text),
    Column("source_video_id", Text, ForeignKey("videos.id", ondelete="RESTRICT")),
    # Flicks.
    Column("in_point", BigInteger, nullable=False),
    Column("out_point", BigInteger, nullable=False),
    Column("timeline_position", BigInteger, nullable=False),
    # [{effect_type, parameters, filter_string}], for reading.
    Column("effects_json", JSON, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Index("ix_clips_source_video_id", "source_video_id"),
    Index("ix_clips_id", "id"),
)

jobs = Table(
    "jobs",
    metadata,
    # The order of arrival.
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    # scan, render, thumbnails, ...
    Column("kind", Text, nullable=False),
    # pending, running, completed, failed, timeout, cancelled
    Column("status", Text, nullable=False),
    # Higher goes first.
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("payload", JSON, nullable=False),
    Column("project_id", Text),
    # Jobs that were asked for together, and how many of them may run at the same time.
    Column("batch_id", Text),
    Column("batch_parallel", Integer),
    Column("actor", Text, nullable=False),
    Column("correlation_id", Text),
    # 0 to 1.
    Column("progress", Float, nullable=False, server_default="0"),
    Column("eta_seconds", Float),
    # How often it was started.
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("max_attempts", Integer, nullable=False),
    # Grows with every claim: what an earlier holder writes is refused.
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("worker", Text),
    # Unix seconds; after it, another worker may take a running job.
    Column("lease_until", Float),
    # Unix seconds; not claimed before.
    Column("not_before", Float, nullable=False, server_default="0"),
    Column("timeout_seconds", Float),
    Column("cancel_requested", Boolean, nullable=False, server_default="0"),
    Column("checkpoint", JSON),
    Column("result", JSON),
    Column("problem", JSON),
    Column("core_version", Text),
    Column("created_at", Text, nullable=False),
    Column("started_at", Text),
    Column("completed_at", Text),
    CheckConstraint(
        "status IN ('pending', 'running', 'completed', 'failed', 'timeout', 'cancelled')", name="status"
    ),
    Index("ix_jobs_kind_status", "kind", "status"),
    Index("ix_jobs_project_id", "project_id"),
    Index("ix_jobs_batch_id_status", "batch_id", "status"),
)
# In the order in which jobs are claimed.
Index("ix_jobs_status_priority_number", jobs.c.status, jobs.c.priority.desc(), jobs.c.number)

events = Table(
    "events",
    metadata,
    # The event's id: grows by one for each, and is never given twice.
    Column("number", _NUMBER, primary_key=True, autoincrement=True),
    Column("type", Text, nullable=False),
    Column("time", Text, nullable=False),
    Column("correlation_id", Text),
    Column("project_id", Text),
    Column("job_id", Text),
    Column("revision", Integer),
    Column("actor", Text),
    Column("data", JSON, nullable=False),
    sqlite_autoincrement=True,
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    # whsec_...: it signs, so it cannot be kept as a hash.
    Column("secret", Text, nullable=False),
    # Event types that it wants; empty: all.
    Column("events", JSON, nullable=False),
    Column("project_id", Text),
    # One job's own: gone after its last event.
    Column("job_id", Text),
    Column("enabled", Boolean, nullable=False, server_default="1"),
    Column("actor", Text, nullable=False),
    Column("created_at", Text, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("webhook_id", Text, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event", _NUMBER, nullable=False),
    Column("payload", Text, nullable=False),
    # pending, delivered, failed
    Column("status", Text, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    # Unix seconds.
    Column("next_at", Float, nullable=False),
    Column("last_error", Text),
    Column("created_at", Text, nullable=False),
    Column("delivered_at", Text),
    Index("ix_webhook_deliveries_status_next_at", "status", "next_at"),
    Index("ix_webhook_deliveries_webhook_id", "webhook_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # SHA-256 of the secret part.
    Column("secret_hash", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("expires_at", Text),
    Column("revoked_at", Text),
    UniqueConstraint("name"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("timestamp", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("resource_type", Text, nullable=False),
    Column("resource_id", Text),
    Column("actor", Text, nullable=False),
    Column("correlation_id", Text),
    Column("details", JSON, nullable=False),
    Column("previous_hash", Text, nullable=False),
    # Over the previous hash and everything else of the row.
    Column("hash", Text, nullable=False),
    Index("ix_audit_log_timestamp", "timestamp"),
    Index("ix_audit_log_correlation_id", "correlation_id"),
    Index("ix_audit_log_resource_id", "resource_id"),
)

audit_head = Table(
    "audit_head",
    metadata,
    # Where the audit log ends: without it nobody would miss the newest entries. One row.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("entries", BigInteger, nullable=False),
    # Of the last entry.
    Column("hash", Text, nullable=False),
    CheckConstraint("id = 1", name="one"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    # SHA-256 of method, path and body.
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("headers", JSON, nullable=False),
    # Unix seconds.
    Column("expires_at", Float, nullable=False),
    Index("ix_idempotency_expires_at", "expires_at"),
)
