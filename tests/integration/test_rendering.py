"""Running a plan on real ffmpeg: a verified file and nothing else, or an error and nothing at all."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from libraries import sound
from plans import plan as by_hand

from stoat_ferret.config import Settings
from stoat_ferret.errors import FFmpegFailed, RequestError, VerificationFailed
from stoat_ferret.media.capabilities import Capabilities, detect
from stoat_ferret.model.document import parse_document
from stoat_ferret.model.plan import Plan, Target
from stoat_ferret.progress import Meter, Progress
from stoat_ferret.rendering import cache_folder, make, render
from stoat_ferret.running import require_unchanged

SYSTEM = shutil.which("ffmpeg", path="/usr/bin:/usr/local/bin")
PROGRAMS = [None, *([SYSTEM] if SYSTEM else [])]


@pytest.fixture(scope="module", params=PROGRAMS, ids=lambda path: path or "packaged")
def able(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Capabilities:
    """Each ffmpeg at hand."""
    program = Path(request.param) if request.param else None
    return detect(Settings(ffmpeg=program, data_dir=tmp_path_factory.mktemp("data")))


@pytest.fixture
def settings(able: Capabilities, tmp_path: Path) -> Settings:
    """Settings of a run by itself."""
    return Settings(ffmpeg=Path(able.ffmpeg.path), data_dir=tmp_path / "data", kill_grace_seconds=2.0)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder for the output."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def run(
    plan: Plan, output: Path, able: Capabilities, settings: Settings, meter: Meter | None = None, **more: Any
) -> Any:
    work = make(
        plan,
        output,
        program=able.ffmpeg.path,
        settings=settings,
        overwrite=more.get("overwrite", False),
        meter=meter or Meter(plan, None),
    )
    return asyncio.run(work)


def test_a_plan_becomes_a_verified_file(able: Capabilities, settings: Settings, place: Path) -> None:
    """Every step is run and told, and the file is measured."""
    told: list[Progress] = []
    plan = Plan.from_json(by_hand(major=able.ffmpeg.major))
    steps, checks, size = run(plan, place / "out.mp4", able, settings, Meter(plan, told.append, after=0.02))
    measured = {check.what: check.measured for check in checks}
    assert (75, "320x180", 144000) == (
        measured["frames"],
        measured["picture size"],
        measured["stated samples"],
    )
    assert ["out.mp4"] == os.listdir(place)
    assert size == (place / "out.mp4").stat().st_size
    assert ["video", "audio", "mux"] == [step.id for step in steps]
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions) and 0 < fractions[-1] < 1
    assert 75 == told[-1].frames_done


def test_a_source_is_read_and_kept(
    able: Capabilities, settings: Settings, place: Path, tmp_path: Path
) -> None:
    """Odd names are no matter, and a source that changes is noticed."""
    source = tmp_path / "it's [a] so;urce, 50%d.mp4"
    made = Plan.from_json(by_hand(major=able.ffmpeg.major))
    run(made, source, able, settings)
    plan = Plan.from_json(by_hand(major=able.ffmpeg.major, picture=str(source)))
    assert (str(source),) == plan.sources
    run(plan, place / "-out.mp4", able, settings)
    assert ["-out.mp4"] == os.listdir(place)
    with pytest.raises(RequestError) as refused:
        require_unchanged(plan.sources, {str(source): "another"}, settings)
    assert "media.changed" == refused.value.problems[0].code


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"frames": 74}, "frames: 74 planned, 75 measured"),
        ({"samples": 144001 + 1024}, "samples"),
        ({"streams": [{"type": "video", "codec": "h264"}]}, "streams"),
    ],
)
def test_a_file_that_is_not_as_planned_is_not_published(
    able: Capabilities, settings: Settings, place: Path, change: dict[str, Any], named: str
) -> None:
    """The error names what was planned and what was measured."""
    value = by_hand(major=able.ffmpeg.major)
    value["steps"][-1]["expect"].update(change)
    with pytest.raises(VerificationFailed) as failed:
        run(Plan.from_json(value), place / "out.mp4", able, settings)
    assert named in failed.value.message
    assert [] == os.listdir(place)


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_failed_step_ends_all_of_it(able: Capabilities, settings: Settings, place: Path, step: int) -> None:
    """The error is ffmpeg's own, and nothing is left."""
    value = by_hand(major=able.ffmpeg.major)
    value["steps"][step]["argv"].insert(-1, "-no_such_option_at_all")
    with pytest.raises(FFmpegFailed) as failed:
        run(Plan.from_json(value), place / "out.mp4", able, settings)
    assert "no_such_option_at_all" in failed.value.log
    assert [] == os.listdir(place)


def test_a_file_that_appears_meanwhile_is_kept(able: Capabilities, settings: Settings, place: Path) -> None:
    """Overwriting has to be asked for, even of a file that was not there before."""
    plan, output = Plan.from_json(by_hand(major=able.ffmpeg.major)), place / "out.mp4"

    def appear(progress: Progress) -> None:
        if progress.phase == "verifying":
            output.write_bytes(b"mine")

    with pytest.raises(RequestError):
        run(plan, output, able, settings, Meter(plan, appear))
    assert (b"mine", ["out.mp4"]) == (output.read_bytes(), os.listdir(place))
    run(plan, output, able, settings, overwrite=True)
    assert b"mine" != output.read_bytes()


RUN = """
import json, sys
from pathlib import Path
from stoat_ferret.config import Settings
from stoat_ferret.errors import Cancelled
from stoat_ferret.model.document import parse_document
from stoat_ferret.model.plan import Plan, Target
from stoat_ferret.signals import run_until_signalled
from stoat_ferret.rendering import make
from stoat_ferret.progress import Meter
program, data, output, plan = sys.argv[1:]
plan = Plan.from_json(json.loads(plan))
settings = Settings(ffmpeg=Path(program), data_dir=Path(data), kill_grace_seconds=2.0)
tell = lambda progress: print(progress.phase, flush=True)
try:
    run_until_signalled(
        make(plan, Path(output), program=program, settings=settings, overwrite=False, meter=Meter(plan, tell))
    )
except Cancelled:
    sys.exit(1)
"""


def start(able: Capabilities, tmp_path: Path, output: Path) -> subprocess.Popen[str]:
    """A render that takes long, in a process of its own, when its first ffmpeg has begun."""
    plan = json.dumps(by_hand(major=able.ffmpeg.major, seconds_of_work=60))
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, able.ffmpeg.path, str(tmp_path / "data"), str(output), plan],
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not list(output.parent.glob(".*/*.mp4")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    return process


def ffmpegs(folder: Path) -> list[str]:
    """Processes that work in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in line and b"Plan.from_json" not in line:
            found.append(line.decode(errors="replace"))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_behind(
    able: Capabilities, place: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C, twice if impatient, ends ffmpeg and removes what was begun."""
    process = start(able, tmp_path, place / "out.mp4")
    process.send_signal(number)
    time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert (1, [], []) == (process.returncode, os.listdir(place), ffmpegs(place))


def test_a_killed_run_leaves_no_ffmpeg_and_the_next_one_tidies_up(
    able: Capabilities, settings: Settings, place: Path, tmp_path: Path
) -> None:
    """Nothing runs on, nothing has the final name, and the hidden folder goes with the next render."""
    process = start(able, tmp_path, place / "out.mp4")
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while ffmpegs(place) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [] == ffmpegs(place)
    assert not (place / "out.mp4").exists() and 1 == len(os.listdir(place))
    run(Plan.from_json(by_hand(major=able.ffmpeg.major)), place / "out.mp4", able, settings)
    assert ["out.mp4"] == os.listdir(place)


def test_what_is_made_of_a_file_that_changes_is_not_kept(
    able: Capabilities, settings: Settings, place: Path, tmp_path: Path
) -> None:
    """A source that is written while it is rendered fails the render, and leaves nothing to be used again."""
    source = sound(tmp_path / "speech.wav", 1, seconds=1)
    document = {
        "schema": "stoat.project/1",
        "output": {"width": 64, "height": 36, "fps": 30},
        "tracks": [{"type": "audio", "clips": [{"source": str(source), "out_point": 1}]}],
    }
    touched: list[str] = []

    def touch(progress: Progress) -> None:
        if progress.phase == "rendering" and not touched:
            sound(source, 2, seconds=1)
            touched.append(progress.phase)

    def rendered(on_progress: Any = None) -> Any:
        return asyncio.run(
            render(
                parse_document(json.dumps(document), base=tmp_path),
                output=place / "out.mp4",
                target=Target(format="mp4"),
                settings=settings,
                on_progress=on_progress,
            )
        )

    with pytest.raises(RequestError) as refused:
        rendered(touch)
    assert ["media.changed"] == [problem.code for problem in refused.value.problems]
    assert [] == os.listdir(place)
    kept = cache_folder(settings) / "spans"
    assert [] == [path.name for path in kept.glob("??/*") if path.suffix != ".mp4"]
    assert "rendered" == next(step.outcome for step in rendered().steps if step.id == "audio")
