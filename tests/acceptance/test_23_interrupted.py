"""Renders that are interrupted at any moment: the same file in the end, or nothing left.

`python tests/acceptance/interrupting.py` does the same a hundred times each.
"""

from pathlib import Path

import interrupting

from stoat_ferret.testing.media import MediaMaker

KILLS, CANCELS = 8, 8


def test_kills_and_cancels_at_random_moments(media: MediaMaker, tmp_path: Path) -> None:
    """A killed render goes on and makes the file that it would have made; a cancelled one leaves nothing."""
    copied = tmp_path / "films" / "film.mp4"
    copied.parent.mkdir()
    copied.write_bytes(media.make(interrupting.FOOTAGE).read_bytes())
    toll = interrupting.run(kills=KILLS, cancels=CANCELS, seed=7, folder=tmp_path, copied=copied)
    assert [] == toll.wrong
    assert (KILLS, CANCELS) == (toll.kills, toll.cancels)
    assert toll.late < KILLS + CANCELS
    assert toll.resumed > 0
