"""The product as its users have it: a command, with each ffmpeg that it supports."""

from pathlib import Path

import pytest

from stoat_ferret.testing.command import Stoat


@pytest.fixture(scope="session")
def stoat(ffmpeg: Path, shared_folder: Path) -> Stoat:
    """Give the command with each supported ffmpeg in turn."""
    return Stoat(ffmpeg=ffmpeg, data=shared_folder / "data")


@pytest.fixture(scope="session")
def bundled_stoat(bundled_ffmpeg: Path, shared_folder: Path) -> Stoat:
    """Give the command with its own ffmpeg, where a second one would prove nothing more."""
    return Stoat(ffmpeg=bundled_ffmpeg, data=shared_folder / "data")


@pytest.fixture(scope="session")
def old_stoat(shared_folder: Path) -> Stoat:
    """Give the command with Debian's older ffmpeg, for what only that one lacks."""
    return Stoat(ffmpeg="/usr/bin/ffmpeg", data=shared_folder / "data")
