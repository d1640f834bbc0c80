"""What this machine can render is asked and tried, once per program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import imageio_ffmpeg
import pytest

from stoat_ferret.config import Settings
from stoat_ferret.errors import FFmpegBroken, FFmpegMissing, FFmpegTooOld
from stoat_ferret.media import capabilities, fonts
from stoat_ferret.media.capabilities import Capabilities, detect, find_ffmpeg

PACKAGED = Path(imageio_ffmpeg.get_ffmpeg_exe())
SYSTEM = Path("/usr/bin/ffmpeg")
PROGRAMS = [path for path in (PACKAGED, SYSTEM) if path.exists()]


@pytest.fixture(autouse=True)
def no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many fonts the machine has, they are the business of another test."""
    monkeypatch.setattr(fonts, "_system_files", list)


def settings(tmp_path: Path, program: Path | str | None) -> Settings:
    """Settings that name a program, with a cache of their own."""
    return Settings(data_dir=tmp_path / "data", ffmpeg=None if program is None else Path(program))


def stub(folder: Path, version: str, *, listing: str = "", encodes: bool = True) -> Path:
    """A program that answers like an ffmpeg of that version, and counts how often it is asked."""
    path = folder / "ffmpeg"
    body = f"""\
    #!{sys.executable}
    import sys
    with open({str(folder / "asked")!r}, "a") as file:
        file.write(" ".join(sys.argv[1:]) + "\\n")
    if "-version" in sys.argv:
        print({version!r})
    if "-encoders" in sys.argv:
        print({listing!r})
    sys.exit(0 if {encodes!r} or "-i" not in sys.argv else 1)
    """
    path.write_text(textwrap.dedent(body))
    path.chmod(0o755)
    return path


def asked(folder: Path) -> int:
    """How many times the stub was run."""
    try:
        return len((folder / "asked").read_text().splitlines())
    except FileNotFoundError:
        return 0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: str(path.parent.name))
def test_real_program(program: Path, tmp_path: Path) -> None:
    """Version, filters, transitions, formats and encoders of each ffmpeg that is here."""
    found = detect(settings(tmp_path, program))
    assert found.ffmpeg.path == str(program)
    assert (found.ffmpeg.major, found.ffmpeg.minor) >= capabilities.OLDEST
    assert found.ffmpeg.version.startswith(f"{found.ffmpeg.major}.{found.ffmpeg.minor}")
    assert {"overlay", "xfade", "drawtext", "amix", "loudnorm", "zscale"} <= set(found.filters)
    assert {"fade", "wipeleft", "dissolve", "custom"} <= set(found.transitions)
    assert {"libx264", "libx265", "libvpx-vp9", "aac", "libopus", "flac", "pcm_s16le", "png", "gif"} <= set(
        found.encoders
    )
    assert {"mov", "mp4", "matroska", "png_pipe"} <= set(found.demuxers)
    assert {"mp4", "webm", "matroska", "gif", "flac"} <= set(found.muxers)
    assert found.fonts[0].family == "Roboto"


def test_packaged_program_has_every_transition(tmp_path: Path) -> None:
    """The default brings all names of the library's list."""
    assert len(detect(settings(tmp_path, None)).transitions) == 59


def test_listed_encoders_are_tried(tmp_path: Path) -> None:
    """One that is listed and does not work is not offered; the others are."""
    listing = " V....D libx264  x\n V....D h264_nvenc  x\n A....D aac  x"
    works = stub(tmp_path, "ffmpeg version 6.1 x", listing=listing)
    assert detect(settings(tmp_path, works)).encoders == ("aac", "h264_nvenc", "libx264")
    broken = stub(tmp_path, "ffmpeg version 6.1 x", listing=listing, encodes=False)
    assert detect(settings(tmp_path, broken)).encoders == ()


def test_one_broken_encoder_hides_no_other(tmp_path: Path) -> None:
    """All are tried in one process; when that fails, each by itself."""
    wrapper = tmp_path / "ffmpeg"
    wrapper.write_text(
        '#!/bin/sh\ncase "$*" in *"-c:v libx265"*|*h264_*|*hevc_*|*av1_*) exit 1;; esac\n'
        f'exec {PACKAGED} "$@"\n'
    )
    wrapper.chmod(0o755)
    encoders = detect(settings(tmp_path, wrapper)).encoders
    assert "libx265" not in encoders
    assert {"libx264", "libvpx-vp9", "aac"} <= set(encoders)


def test_remembered_by_identity(tmp_path: Path) -> None:
    """The second time nothing is run; another program under the name is asked again."""
    program = stub(tmp_path, "ffmpeg version 6.1 x")
    first = detect(settings(tmp_path, program))
    count = asked(tmp_path)
    assert count > 0
    assert first == detect(settings(tmp_path, program))
    assert asked(tmp_path) == count
    stub(tmp_path, "ffmpeg version 7.0 x")
    second = detect(settings(tmp_path, program))
    assert (second.ffmpeg.version, second.ffmpeg.major) == ("7.0", 7)
    assert second.ffmpeg.identity != first.ffmpeg.identity


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"schema": "stoat.capabilities/1"}', "null"])
def test_damaged_memory_is_rebuilt(tmp_path: Path, damage: str) -> None:
    """Whatever stands in the cache, the answer is right."""
    program = stub(tmp_path, "ffmpeg version 6.1 x")
    first = detect(settings(tmp_path, program))
    for stored in (tmp_path / "data").rglob("*.json"):
        stored.write_text(damage)
    assert first == detect(settings(tmp_path, program))


def test_memory_with_a_wrong_value_is_rebuilt(tmp_path: Path) -> None:
    """The right schema around something else."""
    program = stub(tmp_path, "ffmpeg version 6.1 x")
    first = detect(settings(tmp_path, program))
    for stored in (tmp_path / "data").rglob("*.json"):
        value = json.loads(stored.read_text())
        stored.write_text(json.dumps({**value, "value": {"fonts": 3, "folders": [], "ffmpeg": {}}}))
    assert first == detect(settings(tmp_path, program))


def test_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """Nothing is remembered, and everything works."""
    program = stub(tmp_path, "ffmpeg version 6.1 x")
    (tmp_path / "data").write_text("in the way")
    assert detect(settings(tmp_path, program)).ffmpeg.major == 6


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ffmpeg version 5.1.9-0+deb12u1 Copyright", ("5.1.9", 5, 1)),
        ("ffmpeg version n9.0.2-17-g2a571b6068-20260930 Copyright", ("9.0.2", 9, 0)),
        ("ffmpeg version 7.1-full_build-www.gyan.dev Copyright", ("7.1", 7, 1)),
        (
            "ffmpeg version N-109500-g1234 Copyright\nlibavcodec     61. 19.100 / 61. 19.100",
            ("N-109500-g1234", 7, 0),
        ),
        (
            "ffmpeg version 2026-01-05-git-37da Copyright\nlibavcodec  62.  3.1 / 62.  3.1",
            ("2026-01-05-git-37da", 8, 0),
        ),
        ("ffmpeg version git-2022 Copyright\nlibavcodec  59. 37.1 / 59. 37.1", ("git-2022", 5, 1)),
    ],
)
def test_versions(tmp_path: Path, said: str, expected: tuple[str, int, int]) -> None:
    """Releases, distributions' packages and builds between releases."""
    found = detect(settings(tmp_path, stub(tmp_path, said))).ffmpeg
    assert (found.version, found.major, found.minor) == expected


@pytest.mark.parametrize(
    "said",
    [
        "ffmpeg version 4.4.2-0ubuntu0.22.04.1 x",
        "ffmpeg version 5.0.1 x",
        "ffmpeg version git\nlibavcodec 59. 18.1 / x",
    ],
)
def test_too_old(tmp_path: Path, said: str) -> None:
    """What cannot work is said before a render, with the mend."""
    with pytest.raises(FFmpegTooOld) as caught:
        detect(settings(tmp_path, stub(tmp_path, said)))
    assert caught.value.oldest == "5.1"
    assert caught.value.hint


def test_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong setting, and a machine without any."""
    with pytest.raises(FFmpegMissing, match="/none/ffmpeg"):
        detect(settings(tmp_path, "/none/ffmpeg"))
    monkeypatch.setattr(capabilities, "find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FFmpegMissing) as caught:
        find_ffmpeg(settings(tmp_path, None))
    assert "imageio-ffmpeg" in (caught.value.hint or "")


def test_something_else(tmp_path: Path) -> None:
    """A program that is no ffmpeg, and a file that is no program for this machine."""
    with pytest.raises(FFmpegBroken):
        detect(settings(tmp_path, "/bin/echo"))
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"\x7fELF garbage")
    garbage.chmod(0o755)
    with pytest.raises(FFmpegBroken):
        detect(settings(tmp_path, garbage))


def test_default_program(tmp_path: Path) -> None:
    """The packaged one, found without importing its package; a bare name is looked up on the PATH."""
    assert find_ffmpeg(settings(tmp_path, None)) == PACKAGED
    code = (
        "import sys; from pathlib import Path; from stoat_ferret.config import Settings;"
        "from stoat_ferret.media.capabilities import find_ffmpeg;"
        f"find_ffmpeg(Settings(data_dir=Path({str(tmp_path)!r})));"
        "heavy = {'imageio_ffmpeg', 'numpy', 'av', 'PIL', 'fontTools'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(capabilities.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"


def test_bare_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`STOAT_FFMPEG=ffmpeg` means the one that a shell would run."""
    program = stub(tmp_path, "ffmpeg version 6.1 x")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg(settings(tmp_path, "ffmpeg")) == program


def test_survives_json(tmp_path: Path) -> None:
    """What is stored and handed to the compiler is the whole value, in the compiler's shape."""
    found = detect(settings(tmp_path, None))
    shown = json.loads(json.dumps(found.to_json()))
    assert found == Capabilities.from_json(shown)
    assert list(shown) == ["ffmpeg", "filters", "transitions", "encoders", "formats", "fonts"]
    assert list(shown["ffmpeg"]) == ["path", "version", "major", "minor", "identity"]
    assert list(shown["formats"]) == ["demuxers", "muxers"]


def test_warm_detection_is_quick(tmp_path: Path) -> None:
    """Every start of the program pays for it."""
    chosen = settings(tmp_path, None)
    detect(chosen)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        detect(chosen)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.02
