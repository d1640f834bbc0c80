"""`stoat recover` and `stoat audit verify`: what is kept, proven and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from stoat_ferret.cli.answer import DONE, FAILED, Answer
from stoat_ferret.config import Settings, load
from stoat_ferret.errors import RequestError
from stoat_ferret.operations.log import AuditLog
from stoat_ferret.projects import recovery
from stoat_ferret.storage.database import Database, address
from stoat_ferret.storage.exclusive import alone


def recover(data_dir: Path | None, *, force: bool) -> Answer:
    """Rebuild the database from the project folders, where it is lost or damaged."""
    settings = _settings(data_dir)
    with alone(settings):
        done = recovery.recover(settings, force=force)

    def text(out: TextIO) -> None:
        if done.database == "sound":
            print("The database is sound, and was kept.", file=out)
        print(f"Brought back {done.projects} projects with {done.revisions} revisions.", file=out)
        for path in done.set_aside:
            print(f"set aside: {path}", file=out)
        for loss in done.lost:
            print(f"lost: {loss}", file=out)

    return Answer(data=done.to_json(), text=text, exit_code=FAILED if done.lost else DONE)


def verify(data_dir: Path | None) -> Answer:
    """Walk along the audit log's chain of hashes."""
    settings = _settings(data_dir)
    database = Database(address(settings))
    if database.path is not None and not database.path.exists():
        raise RequestError.because(
            "audit.no_database",
            f"There is no database {database.path}.",
            hint="Name the data folder of the service: --data-dir.",
        )
    try:
        # However little is left of it: that is what it is asked for.
        database.open(wary=False)
        found = AuditLog(database).verify()
    finally:
        database.close()

    def text(out: TextIO) -> None:
        if found["whole"]:
            print(f"{found['entries']} entries, all whole; the last hash is {found['last_hash']}.", file=out)
        else:
            print(f"Broken at entry {found['first_broken']}: {found['reason']}.", file=out)

    return Answer(data=found, text=text, exit_code=DONE if found["whole"] else FAILED)


def _settings(data_dir: Path | None) -> Settings:
    return load() if data_dir is None else load(data_dir=data_dir)
