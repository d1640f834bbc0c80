"""The database: one writer, many readers, and what goes wrong with it in words of ours."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
import structlog
from sqlalchemy import Connection, Engine, Row, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from stoat_ferret.config import Settings
from stoat_ferret.errors import (
    DatabaseCorrupt,
    DatabaseFull,
    DatabaseUnavailable,
    SettingsRefused,
    StoatError,
)
from stoat_ferret.model.event import Context, Event
from stoat_ferret.storage import idempotency, soundness
from stoat_ferret.storage.change import Change, Outbox
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.storage.privacy import private_database, private_folder

__all__ = ["Database", "address", "plain", "sqlite_url"]

_log = structlog.get_logger(__name__)

T = TypeVar("T")
Listener = Callable[[list[Event]], None]

_READERS = 4
_BUSY_MILLISECONDS = 5000
_USER_VERSION = 1
"""Means nothing: the schema's version is Alembic's."""


def sqlite_url(path: Path) -> str:
    """The address of a SQLite database in a file."""
    return f"sqlite:///{path}"


def address(settings: Settings) -> str:
    """The database of these settings, as a URL."""
    given = settings.database_url
    return given.get_secret_value() if given else sqlite_url(settings.data_dir / "stoat.db")


class Database:
    """Opened once for a process; `read` and `write` run their work in threads of its own."""

    def __init__(self, url: str, *, idempotency_hours: float = 24.0, events_kept: int = 1000) -> None:
        """Name the database; `open` goes to it."""
        self._url = make_url(url)
        self._hours = idempotency_hours
        self._engine: Engine | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="database-reader")
        self._own = threading.local()
        self._connections: list[Connection] = []
        self._events_kept = events_kept
        self._listeners: list[Listener] = []
        self._outboxes: list[Outbox] = []
        # Changes are told in the order in which they became durable, whatever threads they came from.
        self._order = threading.RLock()
        self._looked_through = True
        self.damaged = False
        """Somebody met damage in it: it is not to be trusted until it is mended and opened again."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._url.get_backend_name()

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(self._url.database) if self.dialect == "sqlite" and self._url.database else None

    @property
    def is_open(self) -> bool:
        """`open` was called."""
        return self._engine is not None

    def open(self, *, wary: bool = True) -> None:
        """Connect and bring the schema to its newest version; blocks.

        Raises `DatabaseUnavailable`, `DatabaseFull` or `DatabaseCorrupt`; the last, unless it is not `wary`,
        also for damage that no work has met yet. Raises `RequestError` for a schema that is not known.
        """
        from stoat_ferret.storage.schema import upgrade

        with self._translated():
            if self.path is not None:
                private_folder(self.path.parent)
                private_database(self.path)
            self._engine = _engine(self._url.render_as_string(hide_password=False), self.dialect)
            with self._engine.connect() as connection:
                if self.path is not None:
                    # The writer's BEGIN IMMEDIATE would do, but only when the first write comes.
                    connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
                    if wary:
                        self._looked_through = soundness.look_at_once(connection, self.path)
                upgrade(connection)
                if wary:
                    soundness.require_tables(connection)

    async def look_through(self) -> None:
        """Look at what `open` had no time for; raises `DatabaseCorrupt`."""
        if not self._looked_through:
            await self.read(soundness.look_through)
            self._looked_through = True

    def close(self) -> None:
        """Let running work end, and give everything back."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        if self._engine is not None:
            self._engine.dispose()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have the events of a change told, in order, once it is durable; in the writer's thread.

        Call what is returned to hear no more. What goes wrong in a listener is logged, and nothing else:
        the change is done.
        """
        self._listeners = [*self._listeners, listener]

        def leave() -> None:
            self._listeners = [other for other in self._listeners if other is not listener]

        return leave

    def outbox(self, outbox: Outbox) -> None:
        """Have every event shown while its change is open: what is written for it is part of the change."""
        self._outboxes.append(outbox)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a read transaction."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read_now, work)

    async def write(self, work: Callable[[Change], T], *, by: Context | None = None) -> T:
        """Run `work` in the one write transaction, and tell its events when it is durable.

        Called off, the work is still done: what was asked of the database is done whole or not at all.
        Raises what `work` raises, and then nothing is written; or `DatabaseUnavailable`, `DatabaseFull`.
        """
        loop = asyncio.get_running_loop()
        written = loop.run_in_executor(self._writer, self.write_now, work, by or Context())
        # Called off, nobody asks any more what went wrong.
        written.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(written)

    async def once(self, work: Callable[[Change], Answer], *, by: Context) -> Answer:
        """Like `write`, for a request that may be sent again: under its key it is done once."""
        hours = self._hours

        def claimed(change: Change) -> Answer:
            if (known := idempotency.recall(change.connection, by)) is not None:
                return known
            answer = work(change)
            idempotency.keep(change, answer, hours=hours)
            return answer

        return await self.write(claimed, by=by)

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """`read` in the calling thread, which keeps its connection."""
        with self._translated():
            connection = self._mine()
            try:
                with connection.begin():
                    return work(connection)
            except BaseException:
                self._recover(connection)
                raise

    async def probe(self) -> None:
        """Write the least that can be written, durably; raises what an edit would meet."""

        def touch(change: Change) -> None:
            if self.dialect == "sqlite":
                # What it sets is what it is: the page goes to the disk, and says the same as before.
                change.connection.exec_driver_sql(f"PRAGMA user_version = {_USER_VERSION}")

        await self.write(touch)

    def write_now(self, work: Callable[[Change], T], by: Context | None = None) -> T:
        """`write` in the calling thread."""
        with self._order:
            change, result = self._write(work, by or Context())
            for listener in self._listeners if change.events else ():
                try:
                    listener(change.events)
                except Exception:
                    _log.exception("listener_failed", listener=repr(listener))
        return result

    def _write(self, work: Callable[[Change], T], by: Context) -> tuple[Change, T]:
        with self._translated():
            connection = self._mine().execution_options(stoat_writes=True)
            try:
                with connection.begin():
                    change = Change(
                        connection, by, outboxes=tuple(self._outboxes), events_kept=self._events_kept
                    )
                    return change, work(change)
            except BaseException:
                self._recover(connection)
                raise
            finally:
                connection.execution_options(stoat_writes=False)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            ours = _ours(error)
            self.damaged |= isinstance(ours, DatabaseCorrupt)
            raise ours from error
        except DatabaseCorrupt:
            self.damaged = True
            raise

    def _mine(self) -> Connection:
        """The calling thread's connection."""
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None or connection.closed:
            if self._engine is None:
                raise DatabaseUnavailable(detail="it is not open")
            connection = self._engine.connect()
            self._own.connection = connection
            self._connections.append(connection)
        return connection

    def _recover(self, connection: Connection) -> None:
        """After a failure nothing of the connection is trusted."""
        self._own.connection = None
        if connection in self._connections:
            self._connections.remove(connection)
        try:
            connection.close()
        except (DBAPIError, sqlite3.Error):
            connection.invalidate()


def _engine(url: str, dialect: str) -> Engine:
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            json_serializer=lambda value: orjson.dumps(value).decode(),
            json_deserializer=orjson.loads,
        )
    except ImportError as error:
        raise SettingsRefused.because(
            "settings.invalid",
            f"The database needs the package {error.name}, which is not installed.",
            hint="Install it beside this program, or name a driver that is there: postgresql+psycopg://…",
            path="STOAT_DATABASE_URL",
        ) from error
    if dialect == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    # The driver would begin transactions at moments of its own choosing.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -32768"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A writer asks for the lock before it reads: a reader that turns into a writer may be refused at once.
    writes = connection.get_execution_options().get("stoat_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _ours(error: Exception) -> StoatError:
    """What the driver said, in the words of the error tree; faults of ours stay what they are."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary == sqlite3.SQLITE_FULL:
        return DatabaseFull()
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DatabaseCorrupt()
    if primary == sqlite3.SQLITE_ERROR and "no such table" in str(cause):
        return DatabaseCorrupt()
    if primary in _UNAVAILABLE:
        return DatabaseUnavailable(detail=_UNAVAILABLE[primary])
    if code is None and isinstance(error, DBAPIError) and error.connection_invalidated:
        return DatabaseUnavailable(detail="the connection was lost")
    if code is None and isinstance(error, OperationalError):
        return DatabaseUnavailable(detail="its server cannot be reached, or refuses to serve")
    raise error


_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "another program holds it",
    sqlite3.SQLITE_LOCKED: "another program holds it",
    sqlite3.SQLITE_IOERR: "its disk does not answer",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_READONLY: "it cannot be written",
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_AUTH: "it may not be opened",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_PROTOCOL: "another program holds it",
}


def plain(row: Row[Any]) -> dict[str, Any]:
    """A row as a dictionary; the names are plain strings, as JSON wants them."""
    return {str(name): value for name, value in row._asdict().items()}
