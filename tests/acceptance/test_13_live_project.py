"""From a folder of media to a finished file over HTTP: the example's script and the README's curl lines."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stoat_ferret.testing.measure import (
    decode_pictures,
    decode_sound,
    frame_numbers,
    tone_level,
)
from stoat_ferret.testing.media import MUSIC_FREQUENCY, MediaMaker, Sound, Source
from stoat_ferret.testing.server import Server

ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "media"
FRAMES = 195
"""4 s without half a second, and 4 s, less one of the transition; at 30."""


@pytest.fixture(scope="session")
def footage(media: MediaMaker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of what the README calls voice.mp4, second.mp4 and music.mp3, and a file that is none."""
    folder = tmp_path_factory.mktemp("footage")
    speech = Sound(kind="speech", codec="aac", level=0.5)
    shutil.copy(media.make(Source(frames=180, sound=speech)), folder / "voice.mp4")
    shutil.copy(media.make(Source(frames=150)), folder / "second.mp4")
    music = Sound(kind="music", codec="mp3", level=0.25)
    shutil.copy(media.make(Source(codec=None, ending="mp3", frames=210, sound=music)), folder / "music.mp3")
    (folder / "broken.mp4").write_bytes(b"this is no film")
    return folder


@pytest.fixture
def server(footage: Path, tmp_path: Path) -> Iterator[Server]:
    """Give a service that knows the footage."""
    with Server(tmp_path / "data", media_root=footage) as running:
        yield running


def _require_the_edit(film: Path) -> None:
    """Every frame and sample is where the edit puts it, and the music steps back while somebody speaks."""
    pictures = decode_pictures(film)
    sound = decode_sound(film)
    assert (FRAMES, FRAMES * 1600) == (len(pictures), len(sound.samples))
    numbers = frame_numbers(pictures)
    # The first clip from half a second on, after its title; the second after the dissolve, in a row.
    assert list(range(75, 90)) == numbers[60:75]
    assert list(range(30, 120)) == numbers[105:195]
    # Speech from 0 to 1.5 s, a pause until the dissolve.
    under, alone = (tone_level(sound.between(*span), MUSIC_FREQUENCY) for span in ((0.4, 1.4), (2.4, 3.4)))
    assert under < alone - 6


def test_the_example_makes_the_film(server: Server, tmp_path: Path) -> None:
    """The script scans, searches, edits, undoes, redoes, renders and downloads what it says."""
    film = tmp_path / "final.mp4"
    command = [sys.executable, ROOT / "examples" / "live_project.py", "--url", server.url, "-o", film]
    done = subprocess.run([*map(str, command)], check=False, capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr + server.tail()
    assert "scanned 4 files, 1 of them unreadable" in done.stdout
    _require_the_edit(film)
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    (started,) = [line for line in lines if line["event"] == "render_started"]
    assert {"correlation_id", "job_id", "project_id", "rust_core_version"} <= set(started)
    asked = [line for line in lines if line.get("route") == "/api/v1/render"]
    assert [started["correlation_id"]] == [line["correlation_id"] for line in asked]


def test_the_lines_of_the_readme_make_the_film(server: Server, tmp_path: Path) -> None:
    """The curl lines do the same, as they stand, with only the address exchanged."""
    found = re.search(r"<!-- begin curl.*?```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found is not None
    lines = found[1].replace("http://127.0.0.1:8765", server.url)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", lines], check=False, capture_output=True, text=True, cwd=tmp_path
    )
    assert 0 == done.returncode, done.stdout + done.stderr + server.tail()
    assert "urn:stoat:problem" not in done.stdout, done.stdout
    _require_the_edit(tmp_path / "live.mp4")
    assert (tmp_path / "frame.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("folder", [REAL] if REAL.is_dir() else [], ids=str)
def test_the_example_works_on_real_footage(folder: Path, tmp_path: Path) -> None:
    """The same script makes a film of the footage that lies beside the project, where there is some."""
    film = tmp_path / "final.mp4"
    with Server(tmp_path / "data", media_root=folder) as server:
        command = [sys.executable, ROOT / "examples" / "live_project.py", "--url", server.url, "-o", film]
        done = subprocess.run([*map(str, command)], check=False, capture_output=True, text=True)
        assert 0 == done.returncode, done.stdout + done.stderr + server.tail()
    assert (FRAMES, FRAMES * 1600) == (len(decode_pictures(film)), len(decode_sound(film).samples))
