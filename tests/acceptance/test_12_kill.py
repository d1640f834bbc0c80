"""Killing a render at any moment leaves no ffmpeg running and no partial file under the final name."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import clip, document, track
from stoat_ferret.testing.measure import decode_pictures
from stoat_ferret.testing.media import MediaMaker, Source

PATIENCE = 20.0
MOMENTS = [0.05, 0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 1.7, 2.2, 3.0]


@pytest.fixture(autouse=True)
def _interrupts_arrive() -> Iterator[None]:
    """Let interrupts reach what the test starts, also where the tests themselves run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _processes(folder: Path) -> Iterator[int]:
    """Find the processes that have to do with `folder`: by their words, open files or place."""
    needle = os.fsencode(folder)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                links = [os.fsencode(os.readlink(link)) for link in (entry / "fd").iterdir()]
                links += [(entry / "cmdline").read_bytes(), os.fsencode(os.readlink(entry / "cwd"))]
            except OSError:
                continue
            if any(needle in link for link in links):
                yield int(entry.name)


def _ffmpegs(folder: Path) -> list[int]:
    found = []
    for number in _processes(folder):
        try:
            if b"ffmpeg" in os.readlink(f"/proc/{number}/exe").encode():
                found.append(number)
        except OSError:
            continue
    return found


def _until(true: Callable[[], bool], within: float = PATIENCE) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return true()


def _start(stoat: Stoat, media: MediaMaker, folder: Path) -> subprocess.Popen[bytes]:
    """Start a render that takes several seconds and has several steps."""
    path = media.make(Source(frames=150))
    project = folder / "project.json"
    # No two parts are alike, and none was made before.
    effects = [{"type": "blur", "params": {"radius": 9 + number}} for number in range(8)]
    clips = [clip(path, 5 * number, 0, 5, effects=[effect]) for number, effect in enumerate(effects)]
    project.write_text(json.dumps(document(track(*clips), width=640, height=360)))
    words = stoat.command("render", str(project), "-o", str(folder / "out.mp4"), "--preset", "slow", "--json")
    return subprocess.Popen(
        words,
        env={**stoat.environment, "STOAT_RENDER_CACHE_DIR": str(folder.with_name(f"{folder.name}-kept"))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _nothing_is_left(folder: Path, *, also_hidden: bool) -> None:
    assert _until(lambda: not list(_processes(folder)), 10), "a process is still at work"
    names = {path.name for path in folder.iterdir()} - {"project.json"}
    assert not {name for name in names if not name.startswith(".")}
    if also_hidden:
        assert set() == names


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name
)
def test_killed_at_any_moment(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, number: signal.Signals, moment: float
) -> None:
    """Whatever the signal and the moment, ffmpeg goes as well and the final name stays free."""
    process = _start(bundled_stoat, media, tmp_path)
    time.sleep(moment)
    assert process.poll() is None, "the render must still be at work"
    process.send_signal(number)
    assert 0 != process.wait(PATIENCE)
    _nothing_is_left(tmp_path, also_hidden=number != signal.SIGKILL)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name
)
def test_killed_while_ffmpeg_is_at_work(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, number: signal.Signals
) -> None:
    """Ffmpeg does not outlive the command, and a new render takes the name and clears what was left."""
    process = _start(stoat, media, tmp_path)
    assert _until(lambda: bool(_ffmpegs(tmp_path))), "no ffmpeg was seen"
    time.sleep(0.5)
    process.send_signal(number)
    assert 0 != process.wait(PATIENCE)
    _nothing_is_left(tmp_path, also_hidden=number != signal.SIGKILL)
    short = document(track(clip({"generator": "color", "color": "#ff0000"}, 0, 0, 1)), width=64, height=36)
    out = stoat.render(short, tmp_path / "out.mp4")
    assert 30 == len(decode_pictures(out))
    assert {"out.mp4", "out.mp4.project.json", "project.json"} == {path.name for path in tmp_path.iterdir()}


def test_whole_group_is_interrupted(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Ctrl-C reaches every process of a terminal at once; nothing is left all the same."""
    process = _start(bundled_stoat, media, tmp_path)
    assert _until(lambda: bool(_ffmpegs(tmp_path)))
    os.killpg(process.pid, signal.SIGINT)
    assert 0 != process.wait(PATIENCE)
    _nothing_is_left(tmp_path, also_hidden=True)


def test_impatient_interrupts(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Ctrl-C many times in a row cleans up as once does."""
    process = _start(bundled_stoat, media, tmp_path)
    assert _until(lambda: bool(_ffmpegs(tmp_path)))
    for _ in range(8):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    assert 0 != process.wait(PATIENCE)
    _nothing_is_left(tmp_path, also_hidden=True)


def test_ffmpeg_is_killed_by_another(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """When ffmpeg alone is killed, the render fails with a reason and leaves nothing."""
    process = _start(stoat, media, tmp_path)
    assert _until(lambda: bool(_ffmpegs(tmp_path)))
    for number in _ffmpegs(tmp_path):
        os.kill(number, signal.SIGKILL)
    assert 1 == process.wait(PATIENCE)
    _nothing_is_left(tmp_path, also_hidden=True)


def test_old_file_survives_a_killed_overwrite(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """A file that is being replaced is the old one until the new one is whole."""
    out = tmp_path / "out.mp4"
    out.write_text("precious")
    path = media.make(Source(frames=150))
    project = tmp_path / "project.json"
    effects = [{"type": "blur", "params": {"radius": 1 + number}} for number in range(8)]
    clips = [clip(path, 5 * number, 0, 5, effects=[effect]) for number, effect in enumerate(effects)]
    project.write_text(json.dumps(document(track(*clips), width=640, height=360)))
    words = bundled_stoat.command(
        "render", str(project), "-o", str(out), "--overwrite", "--preset", "slow", "--json"
    )
    process = subprocess.Popen(words, env=bundled_stoat.environment, stdout=subprocess.DEVNULL)
    assert _until(lambda: bool(_ffmpegs(tmp_path)))
    process.kill()
    process.wait(PATIENCE)
    assert _until(lambda: not list(_processes(tmp_path)), 10)
    assert "precious" == out.read_text()
