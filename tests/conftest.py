"""What all tests share: media made once per session, and the binaries that renders must work with."""

import os
from pathlib import Path

import hypothesis
import imageio_ffmpeg
import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from seeing import Seer

from stoat_ferret.testing.media import MediaMaker

DEBIAN_FFMPEG = Path("/usr/bin/ffmpeg")

# How long an example takes says more of what else the machine does than of the example.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# Examples are not to depend on which of our modules a worker has imported before: what one run finds, the
# next finds, too, and so does the test by itself.
providers._get_local_constants = Constants


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the contract be asked for more often than CI has time for."""
    parser.addoption(
        "--examples", type=int, default=100, help="requests that schemathesis makes up for each operation"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what may take longest, so that at the end no process waits for another's."""
    usual = float(config.getini("timeout"))

    def patience(item: pytest.Item) -> float:
        marker = item.get_closest_marker("timeout")
        return max(usual, *marker.args) if marker else usual

    items.sort(key=patience, reverse=True)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that all processes of this session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def media(shared_folder: Path) -> MediaMaker:
    """Make sources, each once per session."""
    return MediaMaker(shared_folder / "media")


@pytest.fixture(scope="session")
def bundled_ffmpeg() -> Path:
    """Give the ffmpeg that comes with the product."""
    return Path(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.fixture(scope="session", params=["9", "5.1"])
def ffmpeg(request: pytest.FixtureRequest, bundled_ffmpeg: Path) -> Path:
    """Give each ffmpeg in turn that the product must work with."""
    if request.param == "9":
        return bundled_ffmpeg
    assert DEBIAN_FFMPEG.exists(), "Debian's ffmpeg is missing; hint: apt-get install ffmpeg"
    return DEBIAN_FFMPEG


@pytest.fixture(scope="session")
def seer(ffmpeg: Path, shared_folder: Path) -> Seer:
    """See what effects are defined by, with each ffmpeg in turn."""
    return Seer(ffmpeg, shared_folder / "golden")


@pytest.fixture(scope="session")
def pinned_seer(bundled_ffmpeg: Path, shared_folder: Path) -> Seer:
    """See it with the pinned ffmpeg."""
    return Seer(bundled_ffmpeg, shared_folder / "golden")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run coroutines of tests in asyncio, as the server does."""
    return "asyncio"
