"""The service is killed at random moments while it is edited, and never turns out to have lied."""

from __future__ import annotations

from pathlib import Path

import pytest
from chaos import KILLS, run

from stoat_ferret.testing.server import Server

LIAR = """
import asyncio
from stoat_ferret.storage.database import Database

class Rehearsed(Exception):
    pass

honest = Database.once

async def lie(self, work, *, by):
    # Answers what would be done, and does it a moment later; only what a client sends under a key.
    if by.claim is None:
        return await honest(self, work, by=by)

    def rehearse(change):
        raise Rehearsed(work(change))
    try:
        await self.write(rehearse, by=by)
    except Rehearsed as rehearsed:
        asyncio.get_running_loop().call_later(0.1, lambda: asyncio.ensure_future(honest(self, work, by=by)))
        return rehearsed.args[0]

Database.once = lie

from stoat_ferret.cli import main
import sys
sys.argv = ["stoat", "serve"]
main()
"""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_kill_loses_an_acknowledged_edit(tmp_path: Path, seed: int) -> None:
    """Half of the kills: nothing that was acknowledged is lost, no project torn, no start fails."""
    toll = run(kills=KILLS // 2, seed=seed, folder=tmp_path)
    assert toll.sound, toll.to_json()
    assert KILLS // 2 == toll.kills
    # A harness that edits nothing finds nothing.
    assert toll.acknowledged >= 5 * toll.kills, toll.to_json()
    assert toll.unanswered >= toll.kills // 4, toll.to_json()


def test_a_service_that_answers_before_it_commits_is_found_out(tmp_path: Path) -> None:
    """The harness can fail: it catches a service that acknowledges a tenth of a second too early."""
    liar = Server(tmp_path / "data", program=("-c", LIAR), rate_limit="0", log_level="ERROR")
    toll = run(kills=20, seed=3, folder=tmp_path, server=liar)
    assert toll.lost, toll.to_json()
