"""Whether it can do its work: asked by anybody, however often."""

from __future__ import annotations

import asyncio
from pathlib import Path

from stoat_ferret.config import Settings
from stoat_ferret.operations.health import Health, file_system, outline
from stoat_ferret.storage.database import Database, sqlite_url
from stoat_ferret.testing.clock import StillClock


class Counting(Database):
    """A database that counts how often it is asked to prove itself."""

    probes = 0

    async def probe(self) -> None:
        """Count."""
        self.probes += 1
        await super().probe()


def test_asking_often_costs_no_more(tmp_path: Path) -> None:
    """One check a second, whoever asks; each part has its version."""

    async def ask() -> tuple[int, int, int]:
        database = Counting(sqlite_url(tmp_path / "stoat.db"))
        database.open()
        clock = StillClock()
        health = Health(database, Settings(data_dir=tmp_path), lambda: None, clock=clock)
        counts = []
        for seconds in (0.0, 0.9, 0.2):
            clock.advance(seconds)
            await asyncio.gather(*(health.check() for _ in range(50)))
            found = await health.check()
            counts.append(database.probes)
        assert {"database", "ffmpeg", "rust_core", "disk", "project_folders"} == set(found["checks"])
        for shown in (found, outline(found)):
            assert all(check["version"] for check in shown["checks"].values())
        assert [{"status", "version", "latency_ms"}] * 5 == [
            set(check) for check in outline(found)["checks"].values()
        ]
        database.close()
        return counts[0], counts[1], counts[2]

    assert (1, 1, 2) == asyncio.run(ask())


def test_details_are_not_everybodys() -> None:
    """Why a part fails, and how much room there is."""
    check = {"status": "failing", "version": "ext4", "latency_ms": 1.0, "detail": "x", "free_bytes": 1}
    shown = {"status": "failing", "version": "ext4", "latency_ms": 1.0}
    found = {"status": "failing", "checks": {"disk": check}}
    assert {"status": "failing", "checks": {"disk": shown}} == outline(found)


def test_the_kind_of_a_file_system(tmp_path: Path) -> None:
    """That of the nearest mount above a folder, the newest of several; unknown where nothing is told."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/a / ext4 rw 0 0\n"
        "/dev/b /data btrfs rw 0 0\n"
        "/dev/c /data/with\\040space xfs rw 0 0\n"
        "/dev/d /data/twice ext3 rw 0 0\n/dev/e /data/twice zfs rw 0 0\nnonsense\n"
    )
    asked = ("/", "/database", "/data", "/data/x", "/data/with space/y", "/data/twice/z")
    assert ["ext4", "ext4", "btrfs", "btrfs", "xfs", "zfs"] == [
        file_system(Path(place), mounts) for place in asked
    ]
    assert "unknown" == file_system(Path("/"), tmp_path / "none")
