"""Whether a SQLite database is whole: asked when it is opened, as far as that takes no time."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, literal, select, table

from stoat_ferret.errors import DatabaseCorrupt
from stoat_ferret.storage.tables import metadata

__all__ = ["look_at_once", "look_through", "require_tables"]

_SMALL: Final = 32 * 1024 * 1024
"""Bytes that are read through in about 30 ms."""


def look_at_once(connection: Connection, path: Path) -> bool:
    """Look through a small database, and at the root of each table of a large one; tells whether it was all.

    Raises `DatabaseCorrupt`.
    """
    if path.stat().st_size <= _SMALL:
        look_through(connection)
        return True
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0"
    for name in connection.exec_driver_sql(tables).scalars().all():
        connection.execute(select(literal(1)).select_from(table(name)).limit(1)).all()
    return False


def look_through(connection: Connection) -> None:
    """Look at every page, a second for a gigabyte; raises `DatabaseCorrupt`."""
    if list(connection.exec_driver_sql("PRAGMA quick_check(1)").scalars()) != ["ok"]:
        raise DatabaseCorrupt


def require_tables(connection: Connection) -> None:
    """Raise `DatabaseCorrupt` where a table is missing."""
    if not metadata.tables.keys() <= set(inspect(connection).get_table_names()):
        raise DatabaseCorrupt
