"""The house rules that no linter knows."""

import re
import subprocess
from pathlib import Path

import stoat_ferret_core

ROOT = Path(__file__).parents[2]
TASKS = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


def test_make_alone_lists_every_task() -> None:
    """Each task of the Makefile explains itself in `make`'s list."""
    listing = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert TASKS == re.findall(r"^  ([a-z-]+) +\S", listing, flags=re.MULTILINE)


def test_contributing_explains_every_task() -> None:
    """CONTRIBUTING.md names each task that `make` lists."""
    text = (ROOT / "CONTRIBUTING.md").read_text()

    assert [] == [task for task in TASKS if f"`make {task}`" not in text and task != "help"]


def test_locks_pin_by_hash_and_name_no_registry() -> None:
    """Every locked package has a hash, and no lock file names an address to fetch it from."""
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        pins = re.split(r"^(?=\w)", lock.read_text(), flags=re.MULTILINE)[1:]

        assert pins, lock.name
        assert [] == [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin], lock.name
        assert "://" not in lock.read_text(), lock.name


def test_one_version() -> None:
    """The Python face carries the version of the Cargo workspace."""
    workspace = (ROOT / "Cargo.toml").read_text()

    assert f'version = "{stoat_ferret_core.__version__}"' in workspace
