"""What keeps the audit log as it was written: triggers that let entries be added at its end, no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["CREATE", "DROP"]

_SAID = "the audit log is append-only"

# What each trigger refuses. REPLACE deletes without asking the triggers for deletions: so insertions are
# looked at, too.
_REFUSED = {
    "audit_log_update": ("UPDATE", "audit_log", "1 = 1"),
    "audit_log_delete": ("DELETE", "audit_log", "1 = 1"),
    "audit_log_insert": (
        "INSERT",
        "audit_log",
        "new.id <> (SELECT head.entries + 1 FROM audit_head AS head)",
    ),
    "audit_head_update": ("UPDATE", "audit_head", "new.id <> old.id OR new.entries <> old.entries + 1"),
    "audit_head_delete": ("DELETE", "audit_head", "1 = 1"),
    "audit_head_insert": ("INSERT", "audit_head", "EXISTS (SELECT 1 FROM audit_head)"),
}

_SQLITE = tuple(
    f"CREATE TRIGGER {name} BEFORE {what} ON {table} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
    for name, (what, table, wrong) in _REFUSED.items()
)


def _postgresql(name: str, what: str, table: str, wrong: str) -> tuple[str, str]:
    kept = "old" if what == "DELETE" else "new"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {wrong} THEN RAISE EXCEPTION '{_SAID}'; "
        f"END IF; RETURN {kept}; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


CREATE: Mapping[str, Sequence[str]] = {
    "sqlite": _SQLITE,
    "postgresql": tuple(
        statement
        for name, (what, table, wrong) in _REFUSED.items()
        for statement in _postgresql(name, what, table, wrong)
    ),
}
"""By the name of the database."""

DROP: Mapping[str, Sequence[str]] = {
    "sqlite": tuple(f"DROP TRIGGER {name}" for name in _REFUSED),
    "postgresql": tuple(f"DROP FUNCTION {name}() CASCADE" for name in _REFUSED),
}
