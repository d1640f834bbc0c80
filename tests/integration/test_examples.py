"""The examples render, by the very command that their page gives."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
STOAT = Path(sys.executable).with_name("stoat")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_example_renders(example: Path, tmp_path: Path) -> None:
    """An example becomes a verified file."""
    output = tmp_path / "out.mp4"
    command: list[str | Path] = [
        STOAT,
        "render",
        example,
        "-o",
        output,
        "--quality",
        "draft",
        "--size",
        "320x180",
        "--json",
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert 0 == done.returncode, done.stdout + done.stderr
    assert output.stat().st_size > 0
    assert isinstance(json.loads(done.stdout), dict)
