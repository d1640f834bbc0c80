"""The database: what is acknowledged is kept, what fails leaves nothing, and migrations make the tables."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, insert, select, text

from stoat_ferret.errors import DatabaseCorrupt, DatabaseUnavailable, RequestError
from stoat_ferret.model.audit import FIRST, Head, first_break
from stoat_ferret.model.event import Claim, Context, Event
from stoat_ferret.operations.log import AuditLog
from stoat_ferret.storage import append_only, soundness
from stoat_ferret.storage.change import Change
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.storage.idempotency import Answer, forget_expired
from stoat_ferret.storage.tables import audit_log, events, metadata, videos


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(sqlite_url(tmp_path / "data" / "stoat.db"))
    opened.open()
    yield opened
    opened.close()


def _count(database: Database, table: Any) -> int:
    return database.read_now(
        lambda connection: connection.execute(select(func.count()).select_from(table)).scalar_one()
    )


def test_migrations_make_the_tables(database: Database) -> None:
    """The newest migration and the tables say the same."""

    def differences(connection: Any) -> list[Any]:
        options = {"include_object": lambda _, name, *__: not (name or "").startswith("videos_fts")}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    assert [] == database.read_now(differences)


def test_a_change_tells_its_events_when_it_is_durable(database: Database) -> None:
    """Listeners hear of a change in order, with the numbers under which it is kept."""
    heard: list[Event] = []
    database.listen(heard.extend)

    def work(change: Change) -> None:
        change.tell("PROJECT_CREATED", project_id="prj_1")
        change.tell("PROJECT_CHANGED", project_id="prj_1", revision=2)

    database.write_now(work, Context(actor="person:ana", correlation_id="req_1"))
    assert [(1, "PROJECT_CREATED"), (2, "PROJECT_CHANGED")] == [(e.number, e.type) for e in heard]
    assert {("person:ana", "req_1")} == {(e.actor, e.correlation_id) for e in heard}
    assert 2 == _count(database, events)


def test_a_change_that_fails_leaves_nothing(database: Database) -> None:
    """Neither rows nor events nor audit entries of a failed change stay."""
    heard: list[Event] = []
    database.listen(heard.extend)

    def work(change: Change) -> None:
        change.tell("PROJECT_CREATED")
        change.note("project.created", "project", "prj_1")
        raise KeyError

    with pytest.raises(KeyError):
        database.write_now(work)
    assert ([], 0, 0) == (heard, _count(database, events), _count(database, audit_log))


def test_the_audit_log_is_a_chain(database: Database) -> None:
    """An entry that is changed or taken out breaks the chain at its place."""
    for _ in range(4):
        database.write_now(lambda change: change.note("project.edited", "project", "prj_1"))

    def entries(connection: Any) -> list[Any]:
        return [dict(row) for row in connection.execute(select(audit_log).order_by("id")).mappings()]

    def broken(*found: Any, head: Head | None) -> int | None:
        first = first_break(found, head)
        return None if first is None else first.id

    rows = database.read_now(entries)
    head = Head(entries=4, hash=rows[-1]["hash"])
    assert None is broken(*rows, head=head)
    assert None is broken(head=Head(entries=0, hash=FIRST))
    assert 2 == broken(rows[0], {**rows[1], "actor": "somebody"}, *rows[2:], head=head)
    assert 3 == broken(*rows[:2], {**rows[2], "details": {"a": 1}}, head=head)
    assert 3 == broken(*rows[:2], {**rows[2], "details": object()}, head=head)
    assert 3 == broken(*rows[:2], rows[3], head=head)
    assert 3 == broken(*rows[:2], head=head)
    assert 1 == broken(head=head)
    assert 1 == broken(*({**row, "id": row["id"] + 1000} for row in rows), head=head)
    assert 4 == broken(*rows, head=Head(entries=3, hash=rows[2]["hash"]))
    assert 4 == broken(*rows, head=Head(entries=4, hash=rows[2]["hash"]))
    assert 4 == broken(*rows, head=None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'somebody' WHERE id = 2",
        "UPDATE audit_log SET id = id + 1000",
        "DELETE FROM audit_log WHERE id = 4",
        "DELETE FROM audit_log",
        "REPLACE INTO audit_log SELECT * FROM audit_log WHERE id = 2",
        "INSERT INTO audit_log SELECT 9, timestamp, event_type, resource_type, resource_id, actor, "
        "correlation_id, details, previous_hash, hash FROM audit_log WHERE id = 4",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET entries = 3",
        "REPLACE INTO audit_head VALUES (1, 3, '')",
    ],
)
def test_the_audit_log_is_append_only(database: Database, statement: str) -> None:
    """The database itself refuses whatever is not an entry at its end."""
    for _ in range(4):
        database.write_now(lambda change: change.note("project.edited", "project", "prj_1"))
    assert database.path is not None
    with sqlite3.connect(database.path) as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(statement)
    other.close()
    database.write_now(lambda change: change.note("project.edited", "project", "prj_1"))
    assert 5 == _count(database, audit_log)


def test_an_older_log_is_taken_as_it_stands(tmp_path: Path) -> None:
    """The migration writes down where it ends."""
    database = Database(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    for _ in range(3):
        database.write_now(lambda change: change.note("project.edited", "project", "prj_1"))
    with sqlite3.connect(tmp_path / "stoat.db") as older:
        for dropped in append_only.DROP["sqlite"]:
            older.execute(dropped)
        older.execute("DROP TABLE audit_head")
        older.execute("DROP INDEX ix_jobs_batch_id_status")
        for column in ("batch_id", "batch_parallel"):
            older.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
        older.execute("UPDATE alembic_version SET version_num = '0001'")
    older.close()
    database.close()
    database = Database(sqlite_url(tmp_path / "stoat.db"))
    database.open()
    database.write_now(lambda change: change.note("project.edited", "project", "prj_1"))
    assert (True, 4) == tuple(AuditLog(database).verify()[name] for name in ("whole", "entries"))
    database.close()


@pytest.mark.parametrize(
    ("statements", "first"),
    [
        ((), None),
        (("DELETE FROM audit_log WHERE id > 2",), 3),
        (("DELETE FROM audit_log",), 1),
        (("UPDATE audit_log SET id = id + 1000",), 1),
        (("UPDATE audit_log SET details = '{' WHERE id = 3",), 3),
        (("UPDATE audit_log SET details = x'ff' WHERE id = 3",), 3),
        (("UPDATE audit_log SET hash = x'ff00' WHERE id = 2",), 2),
        (("DROP TABLE audit_log",), 1),
        (("DROP TABLE audit_head",), 4),
        (("DELETE FROM audit_head",), 4),
        (("DELETE FROM audit_log WHERE id = 4", "UPDATE audit_head SET entries = 3"), 3),
    ],
)
def test_the_first_wrong_entry_is_named(
    database: Database, statements: tuple[str, ...], first: int | None
) -> None:
    """Whatever was done to the log by somebody who took the triggers away."""
    for _ in range(4):
        database.write_now(lambda change: change.note("project.edited", "project", "prj_1"))
    assert database.path is not None
    with sqlite3.connect(database.path) as other:
        for statement in (*append_only.DROP["sqlite"], *statements):
            other.execute(statement)
    other.close()
    again = Database(sqlite_url(database.path))
    again.open(wary=False)
    found = AuditLog(again).verify()
    again.close()
    assert (first is None, first) == (found["whole"], found["first_broken"])
    assert (first is None) == (found["reason"] is None)


def test_without_its_end_nothing_is_added(database: Database) -> None:
    """A log that went on would hide that its end was taken away."""
    assert database.path is not None
    with sqlite3.connect(database.path) as other:
        other.execute("DROP TRIGGER audit_head_delete")
        other.execute("DELETE FROM audit_head")
    other.close()
    with pytest.raises(DatabaseCorrupt):
        database.write_now(lambda change: change.note("project.edited", "project", "prj_1"))
    assert database.damaged


def _spoiled(path: Path) -> None:
    """Overwrite pages 3 to 8."""
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * 6 * 4096)


@pytest.mark.parametrize("large", [False, True])
def test_damage_is_found_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool) -> None:
    """Of a small database everywhere, of a large one in the roots of its tables."""
    path = tmp_path / "stoat.db"
    database = Database(sqlite_url(path))
    database.open()
    database.close()
    _spoiled(path)
    if large:
        monkeypatch.setattr(soundness, "_SMALL", 0)
    spoiled = Database(sqlite_url(path))
    with pytest.raises(DatabaseCorrupt):
        spoiled.open()
    spoiled.close()


def test_what_the_start_had_no_time_for_is_looked_at_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damage in the depths of a large database, once somebody looks."""
    path = tmp_path / "stoat.db"
    database = Database(sqlite_url(path))
    database.open()
    row = {"type": "HEARTBEAT", "time": "t", "data": {"a": "b" * 500}}
    database.write_now(lambda change: change.connection.execute(insert(events), [row] * 5000))
    database.close()
    with path.open("r+b") as file:
        file.seek(-40 * 4096, 2)
        file.write(b"\xff" * 4096)
    monkeypatch.setattr(soundness, "_SMALL", 0)
    spoiled = Database(sqlite_url(path))
    spoiled.open()
    told = [spoiled.damaged]
    with pytest.raises(DatabaseCorrupt):
        asyncio.run(spoiled.look_through())
    told.append(spoiled.damaged)
    spoiled.close()
    assert [False, True] == told


def test_a_table_that_is_gone_is_damage(database: Database) -> None:
    """At the start, and to whoever asks for it."""
    assert database.path is not None
    with sqlite3.connect(database.path) as other:
        other.execute("DROP TABLE webhook_deliveries")
    other.close()
    with pytest.raises(DatabaseCorrupt):
        database.read_now(lambda connection: connection.execute(text("SELECT * FROM webhook_deliveries")))
    again = Database(sqlite_url(database.path))
    with pytest.raises(DatabaseCorrupt):
        again.open()
    again.close()


def test_a_newer_schema_is_refused(database: Database) -> None:
    """By name, and left as it is: it is somebody's newest work."""
    assert database.path is not None
    with sqlite3.connect(database.path) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    again = Database(sqlite_url(database.path))
    with pytest.raises(RequestError) as refused:
        again.open()
    again.close()
    assert "database.unknown_schema" == refused.value.problems[0].code


def test_a_claimed_request_is_done_once(database: Database) -> None:
    """The second request under a key gets the first one's answer; another one is refused by name."""
    done: list[int] = []

    def work(_: Change) -> Answer:
        done.append(1)
        return Answer(body={"number": len(done)}, status=201, headers={"Location": "/x"})

    def by(fingerprint: str) -> Context:
        return Context(claim=Claim(key="k", fingerprint=fingerprint))

    async def eight() -> list[Answer]:
        return await asyncio.gather(*(database.once(work, by=by("a")) for _ in range(8)))

    answers = asyncio.run(eight())
    assert [1] == done
    assert [({"number": 1}, 201, {"Location": "/x"})] * 8 == [(a.body, a.status, a.headers) for a in answers]
    assert [False] + [True] * 7 == sorted(answer.replayed for answer in answers)
    with pytest.raises(RequestError) as refused:
        asyncio.run(database.once(work, by=by("b")))
    assert "idempotency.key_reused" == refused.value.problems[0].code
    assert [1] == done


def test_a_key_is_forgotten_after_its_time(tmp_path: Path) -> None:
    """After its hours a key is free again, and its row goes."""
    database = Database(sqlite_url(tmp_path / "stoat.db"), idempotency_hours=-1)
    database.open()
    by = Context(claim=Claim(key="k", fingerprint="a"))
    for _ in range(2):
        answer = asyncio.run(database.once(lambda _: Answer(body={}), by=by))
        assert not answer.replayed
    assert 1 == database.write_now(forget_expired)
    database.close()


def test_a_held_database_is_unavailable(database: Database) -> None:
    """While another program holds the lock, a write is refused, and done once the lock is free."""
    assert database.path is not None
    with sqlite3.connect(database.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        database.read_now(lambda connection: connection.execute(text("PRAGMA busy_timeout = 10")))
        with pytest.raises(DatabaseUnavailable) as refused:
            database.write_now(lambda change: change.note("a", "b", None))
        assert "The database does not answer: another program holds it." == refused.value.message
        other.execute("ROLLBACK")
    other.close()
    database.write_now(lambda change: change.note("a", "b", None))
    assert 1 == _count(database, audit_log)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """A damaged file is named as such, and left as it is."""
    path = tmp_path / "stoat.db"
    path.write_bytes(b"this is no database" * 1000)
    database = Database(sqlite_url(path))
    with pytest.raises(DatabaseCorrupt):
        database.open()
    database.close()
    assert b"this is no database" * 1000 == path.read_bytes()


def test_the_search_index_follows_its_rows(database: Database) -> None:
    """What is inserted, changed and deleted is found, found anew, and no longer found."""

    def found(words: str) -> list[int]:
        query = text("SELECT rowid FROM videos_fts WHERE videos_fts MATCH :words")
        return database.read_now(
            lambda connection: list(connection.execute(query, {"words": words}).scalars())
        )

    row = {
        "id": "vid_1", "path": "/m/Sonnenblume.mp4", "filename": "Sonnenblume.mp4", "status": "ready",
        "kind": "video", "file_size": 1, "metadata": {}, "tags": ["garten"], "content": "c", "stamp": "s",
        "created_at": "t", "scanned_at": "t",
    }  # fmt: skip
    database.write_now(lambda change: change.connection.execute(insert(videos).values(row)))
    assert ([1], [1]) == (found("sonn*"), found("garten"))
    database.write_now(lambda change: change.connection.execute(videos.update().values(tags=["balkon"])))
    assert ([], [1]) == (found("garten"), found("balkon"))
    database.write_now(lambda change: change.connection.execute(videos.delete()))
    assert [] == found("sonn*")
