"""The wheel is enough: in an empty environment, with nothing of this source tree in reach, it renders."""

import fcntl
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import av
import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program to its end, in an environment that knows nothing of this one."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "STOAT_", "MAKE", "MFLAGS", "VIRTUAL_ENV", "COV_"))
    }
    done = subprocess.run(command, cwd=cwd, env=inherited, check=False, capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(shared_folder: Path) -> Path:
    """The one wheel, as `make wheel` builds it: by the first process that asks, while others wait."""
    built = shared_folder / "wheel"
    with (shared_folder / "wheel.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            built.write_text(run("make", "wheel", cwd=ROOT).split()[-1])
    return ROOT / built.read_text()


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet"]
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "build.lock", cwd=folder)
    locked: list[str | Path] = [
        "--require-hashes",
        "--no-build-isolation",
        "-r",
        ROOT / "requirements" / "run.lock",
    ]
    run(*pip, *locked, cwd=folder)
    run(*pip, "--no-index", wheel, cwd=folder)
    run(python, "-m", "pip", "check", cwd=folder)
    return folder


def test_wheel_holds_the_application_the_core_and_its_types(wheel: Path) -> None:
    """One wheel brings both packages, typed, and the licence; no test and no source of the core."""
    names = zipfile.ZipFile(wheel).namelist()

    for needed in ("stoat_ferret/py.typed", "stoat_ferret_core/_core.pyi", "stoat_ferret_core/_core.abi3.so"):
        assert needed in names
    assert [name for name in names if name.endswith("LICENSE")]
    assert [] == [
        name for name in names if name.endswith(".rs") or name.startswith(("tests/", "benchmarks/"))
    ]


def test_wheel_works_on_every_python_that_it_names(wheel: Path) -> None:
    """The core is built for the stable ABI of Python 3.11."""
    assert "-cp311-abi3-" in wheel.name
    assert sys.version_info >= (3, 11)


def test_wheel_renders(environment: Path) -> None:
    """`stoat` of an empty environment renders an example, picture and sound."""
    output = environment / "out.mp4"
    run(
        environment / "venv/bin/stoat",
        "render",
        ROOT / "examples/ducking.json",
        "-o",
        output,
        cwd=environment,
    )

    with av.open(str(output)) as file:
        assert 150 == sum(1 for _ in file.decode(video=0))
        assert 1 == len(file.streams.audio)
