"""The schema's version: found, and brought to the newest."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

__all__ = ["newest", "upgrade", "version"]

_MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def newest() -> str:
    """The version that this program works with."""
    names = [path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")]
    return max(names).partition("_")[0]


def version(connection: Connection) -> str | None:
    """The version that the database has; none: it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version; does nothing, quickly, where it has it."""
    if version(connection) == newest():
        connection.rollback()
        return
    connection.rollback()
    # Slow to import, and needed once for each version.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    with connection.execution_options(stoat_writes=True).begin():
        # Two that start at the same time: the second finds the first one's work.
        if version(connection) != newest():
            command.upgrade(config, "head")
    connection.execution_options(stoat_writes=False)
