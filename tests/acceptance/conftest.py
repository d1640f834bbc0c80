"""The product as its users have it: a command, with each ffmpeg that it supports."""

from pathlib import Path

import pytest
from random_projects import FOOTAGE, STILL

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.media import MediaMaker


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


@pytest.fixture(scope="session")
def footage(media: MediaMaker) -> tuple[list[Path], Path]:
    """Make the small sources that random projects draw from."""
    return [media.make(source) for source in FOOTAGE], media.make(STILL)
