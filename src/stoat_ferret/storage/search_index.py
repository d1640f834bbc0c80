"""The full-text index of SQLite over `videos`: an FTS5 table that points to the rows, and its triggers."""

from __future__ import annotations

__all__ = ["COLUMNS", "CREATE", "DROP", "WEIGHTS"]

COLUMNS = ("filename", "tags", "notes", "path", "metadata")
"""Searched columns of `videos`, in the order of their weight."""

WEIGHTS = (10.0, 6.0, 4.0, 2.0, 1.0)
"""How much a hit in each column counts."""

_NAMES = ", ".join(COLUMNS)
_NEW = ", ".join(f"new.{name}" for name in COLUMNS)
_OLD = ", ".join(f"old.{name}" for name in COLUMNS)

# The index does not hold the texts: to take a row out, it is told the old ones.
CREATE = (
    f"CREATE VIRTUAL TABLE videos_fts USING fts5({_NAMES}, content='videos', content_rowid='number', "
    "tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    f"CREATE TRIGGER videos_fts_insert AFTER INSERT ON videos BEGIN "
    f"INSERT INTO videos_fts(rowid, {_NAMES}) VALUES (new.number, {_NEW}); END",
    f"CREATE TRIGGER videos_fts_delete AFTER DELETE ON videos BEGIN "
    f"INSERT INTO videos_fts(videos_fts, rowid, {_NAMES}) VALUES ('delete', old.number, {_OLD}); END",
    f"CREATE TRIGGER videos_fts_update AFTER UPDATE OF {_NAMES} ON videos BEGIN "
    f"INSERT INTO videos_fts(videos_fts, rowid, {_NAMES}) VALUES ('delete', old.number, {_OLD}); "
    f"INSERT INTO videos_fts(rowid, {_NAMES}) VALUES (new.number, {_NEW}); END",
)

DROP = (
    "DROP TRIGGER videos_fts_update",
    "DROP TRIGGER videos_fts_delete",
    "DROP TRIGGER videos_fts_insert",
    "DROP TABLE videos_fts",
)
