"""Called by Alembic with the connection that `storage.database` opened."""

from __future__ import annotations

from alembic import context

from stoat_ferret.storage.tables import metadata


def _is_ours(_: object, name: str | None, kind: str, reflected: bool, __: object) -> bool:
    """The full-text index's own tables are not for Alembic to compare."""
    return not (kind == "table" and reflected and (name or "").startswith("videos_fts"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    include_object=_is_ours,
)
context.run_migrations()
