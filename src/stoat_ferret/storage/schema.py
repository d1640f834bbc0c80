"""The schema's version: found, and brought to the newest."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from stoat_ferret.errors import RequestError

__all__ = ["newest", "upgrade", "version"]

_MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def newest() -> str:
    """The version that this program works with."""
    return max(_known())


@cache
def _known() -> frozenset[str]:
    """The versions that this program can bring to the newest, and that one."""
    return frozenset(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def version(connection: Connection) -> str | None:
    """The version that the database has; none: it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version; does nothing, quickly, where it has it.

    Raises `RequestError` for one that only a newer program knows.
    """
    found = version(connection)
    connection.rollback()
    if found == newest():
        return
    if found is not None and found not in _known():
        raise RequestError.because(
            "database.unknown_schema",
            f"The database has the schema {found[:40]!r}, which this version does not know.",
            hint=f"A newer version made it: install that one. This one knows schemas up to {newest()}.",
            path="STOAT_DATA_DIR",
        )
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
