"""`stoat` on real projects and real ffmpeg, as people and programs call it."""

from __future__ import annotations

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
from PIL import Image

from stoat_ferret.cli.answer import run

SYSTEM = shutil.which("ffmpeg", path="/usr/bin:/usr/local/bin")


def document(**changes: Any) -> dict[str, Any]:
    """Two seconds of a test picture with a tone, then one of a red card."""
    value: dict[str, Any] = {
        "schema": "stoat.project/1",
        "name": "Small",
        "output": {"width": 320, "height": 180, "fps": 25},
        "tracks": [
            {
                "id": "v",
                "type": "video",
                "clips": [
                    {"id": "a", "source": {"generator": "testsrc"}, "out_point": 2, "timeline_start": 0},
                    {"id": "b", "source": {"generator": "color", "color": "#ff0000"}, "out_point": 1},
                ],
            },
            {"id": "s", "type": "audio", "clips": [{"source": {"generator": "tone"}, "out_point": 3}]},
        ],
    }
    return {**value, **changes}


@pytest.fixture(
    params=[None, *([SYSTEM] if SYSTEM else [])], ids=lambda path: path or "packaged", autouse=True
)
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    """Each ffmpeg at hand."""
    monkeypatch.setenv("STOAT_DATA_DIR", str(data))
    if request.param:
        monkeypatch.setenv("STOAT_FFMPEG", request.param)
    else:
        monkeypatch.delenv("STOAT_FFMPEG", raising=False)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all of them: a program is asked once what it can do."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project file in a folder of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    file = folder / "project.json"
    file.write_text(json.dumps(document()))
    return file


def answered(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """The exit code and the one JSON object on standard output."""
    capsys.readouterr()
    code = run([*map(str, arguments), "--json"])
    shown = capsys.readouterr()
    assert (1, "") == (len(shown.out.splitlines()), shown.err)
    value: dict[str, Any] = json.loads(shown.out)
    return code, value


def measured(answer: dict[str, Any]) -> dict[str, Any]:
    return {check["what"]: check["measured"] for check in answer["checks"]}


@pytest.mark.parametrize("ending", ["mp4", "webm", "mov", "mkv", "gif", "m4a", "mp3", "wav", "flac"])
def test_every_format_is_rendered_and_verified(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path, ending: str
) -> None:
    """The format follows from the name, and the answer says what was measured."""
    output = tmp_path / f"out.{ending}"
    code, answer = answered(capsys, "render", project, "-o", output, "--quality", "draft")
    assert 0 == code, answer
    assert (True, str(output), ending) == (answer["verified"], answer["output"], answer["format"])
    assert answer["size"] == output.stat().st_size
    found = measured(answer)
    if ending in ("mp4", "webm", "mov", "mkv", "gif"):
        assert (75, 75) == (answer["frames"], found["frames"])
    if ending != "gif":
        assert (144000, True) == (answer["samples"], 144000 <= found["samples"] < 144000 + 1024)
    assert {output.name, "project"} == set(os.listdir(tmp_path))


def test_a_range_and_a_size_are_what_was_asked_for(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    """Seconds, frames and timecodes name the same frames."""
    for number, part in enumerate(("1s:2.2s", "25f:55f", "00:00:01:00:00:00:02:05")):
        code, answer = answered(
            capsys, "render", project, "-o", tmp_path / f"{number}.mp4", "--range", part, "--size", "160x90"
        )
        found = measured(answer)
        assert (0, 30, 57600, "160x90") == (
            code,
            found["frames"],
            found["stated samples"],
            found["picture size"],
        )


def test_a_file_that_exists_is_kept_unless_overwriting_is_asked_for(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    """Not a byte of it changes when the request is refused."""
    output = tmp_path / "out.wav"
    output.write_bytes(b"mine")
    code, answer = answered(capsys, "render", project, "-o", output)
    assert (2, "output.exists", b"mine") == (code, answer["problems"][0]["code"], output.read_bytes())
    code, answer = answered(
        capsys, "render", project, "-o", output, "--overwrite", "--report", tmp_path / "r.json"
    )
    assert (0, b"RIFF") == (code, output.read_bytes()[:4])
    report = json.loads((tmp_path / "r.json").read_text())
    assert (str(output), answer["checks"]) == (report["output"], report["checks"])


def test_what_belongs_to_the_project_is_never_replaced(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    """Neither its file nor its sources, not even when overwriting is asked for."""
    picture = project.parent / "still.png"
    Image.new("RGB", (64, 36), "blue").save(picture)
    value = document()
    value["tracks"][0]["clips"] += [{"source": "still.png", "out_point": 1}]
    project.write_text(json.dumps(value))
    before = {path: path.read_bytes() for path in (project, picture)}
    render = ("render", project, "--overwrite", "--format", "mp4")
    for arguments in (
        (*render, "-o", project),
        (*render, "-o", picture),
        (*render, "-o", tmp_path / "out.mp4", "--report", project),
        (*render, "-o", tmp_path / "out.mp4", "--report", picture),
        ("look", project, "--at", "0", "-o", picture, "--overwrite"),
    ):
        code, answer = answered(capsys, *arguments)
        assert (2, ["output.is_a_source"]) == (code, [problem["code"] for problem in answer["problems"]])
    assert before == {path: path.read_bytes() for path in (project, picture)}
    assert ["project"] == os.listdir(tmp_path)


def test_everything_wrong_is_told_at_once_and_nothing_is_made(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    """Document, sources, target and output in one answer, each with its pointer and a hint."""
    value = document()
    value["tracks"][0]["clips"] += [
        {"id": "c", "source": "missing.mp4", "out_point": 1},
        {
            "id": "d",
            "source": "~/missing.mp4",
            "out_point": 1,
            "effects": [{"type": "sparkle", "params": {}}],
        },
    ]
    project.write_text(json.dumps(value))
    code, answer = answered(capsys, "render", project, "-o", tmp_path / "no" / "out.mp4")
    told = {(problem["path"], problem["code"]) for problem in answer["problems"]}
    assert 2 == code
    assert {
        ("/output", "output.folder_missing"),
        ("/tracks/0/clips/3/effects/0/type", "effect.unknown"),
    } <= told
    assert all(problem["hint"] for problem in answer["problems"])
    value["tracks"][0]["clips"][3]["effects"] = []
    project.write_text(json.dumps(value))
    code, answer = answered(capsys, "check", project)
    told = {(problem["path"], problem["code"]) for problem in answer["problems"]}
    assert 2 == code
    assert {
        ("/tracks/0/clips/2/source", "media.missing"),
        ("/tracks/0/clips/3/source", "media.missing"),
    } <= told
    assert ["project"] == os.listdir(tmp_path)


def test_explaining_makes_nothing(capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path) -> None:
    """Every command in full, and the plan in words."""
    code, answer = answered(capsys, "render", project, "-o", tmp_path / "out.mp4", "--explain")
    assert (0, 75) == (code, answer["frames"])
    assert answer["explanation"] and all(step["why"] and len(step["argv"]) > 5 for step in answer["steps"])
    assert 0 == run(["render", str(project), "--explain"])
    assert "libx264" in capsys.readouterr().out
    assert ["project"] == os.listdir(tmp_path)


def test_a_frame_is_the_very_frame(capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path) -> None:
    """The last frame of the test picture and the first one of the red card."""
    for at, red in (("49f", False), ("50f", True), ("2s", True), ("00:00:02:24", True)):
        picture = tmp_path / "look.png"
        code, answer = answered(capsys, "look", project, "--at", at, "-o", picture, "--overwrite")
        assert (0, 320, 180) == (code, answer["width"], answer["height"])
        with Image.open(picture) as image:
            pixel = image.convert("RGB").getpixel((160, 90))
        assert isinstance(pixel, tuple)
        assert red == (pixel[0] > 240 and pixel[1] < 16 and pixel[2] < 16), (at, pixel)
    code, answer = answered(capsys, "look", project, "--at", "3s", "-o", tmp_path / "beyond.png")
    assert (2, "time.outside") == (code, answer["problems"][0]["code"])
    assert {"look.png", "project"} == set(os.listdir(tmp_path))


def test_a_look_tells_what_the_render_would_tell(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    """A glyph that the font does not have is no reason not to show the frame, but to say so."""
    film = json.loads(project.read_text())
    title = {"source": {"generator": "title", "text": "日本", "font": "Roboto"}, "out_point": 1}
    film["tracks"].append({"id": "titles", "type": "video", "clips": [{"timeline_start": 0, **title}]})
    project.write_text(json.dumps(film))
    code, answer = answered(capsys, "look", project, "--at", "0", "-o", tmp_path / "x.png")
    assert (0, ["text.missing_glyphs"]) == (code, [one["code"] for one in answer["notices"]])
    assert 0 == run(["look", str(project), "--at", "0", "-o", str(tmp_path / "y.png")])
    assert "note[text.missing_glyphs]" in capsys.readouterr().out


def test_a_contact_sheet_shows_and_labels_its_frames(
    capsys: pytest.CaptureFixture[str], project: Path, tmp_path: Path
) -> None:
    """A frame every half second, in rows; too many are refused."""
    sheet = tmp_path / "sheet.png"
    code, answer = answered(capsys, "look", project, "--every", "0.5s", "--columns", "3", "-o", sheet)
    assert (0, [0, 13, 25, 38, 50, 63]) == (code, [frame["frame"] for frame in answer["frames"]])
    assert "00:00:02:13" == answer["frames"][-1]["timecode"]
    with Image.open(sheet) as image:
        assert (answer["width"], answer["height"]) == image.size
        assert image.width < image.height * 3
    code, answer = answered(
        capsys, "look", project, "--times", "0,2.5", "--size", "64x36", "-o", sheet, "--overwrite"
    )
    assert (0, 2) == (code, len(answer["frames"]))
    code, answer = answered(
        capsys, "look", project, "--every", "1f", "--size", "1920x1080", "-o", tmp_path / "x.png"
    )
    assert (2, "look.too_large") == (code, answer["problems"][0]["code"])
    code, answer = answered(capsys, "look", project, "--at", "0", "-o", tmp_path / "x.jpg")
    assert (2, "output.format") == (code, answer["problems"][0]["code"])


def test_check_says_how_long_a_sound_project_is(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    """And in words without `--json`."""
    code, answer = answered(capsys, "check", project)
    assert (0, [], 75, 3.0) == (code, answer["problems"], answer["frames"], answer["duration"])
    assert 0 == run(["check", str(project)])
    assert "nothing wrong" in capsys.readouterr().out


def test_the_catalogue_and_the_doctor_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """Both in words and as data."""
    code, answer = answered(capsys, "effects")
    assert 0 == code
    assert answer["total"] == len(answer["items"]) and "text_overlay" in {
        item["type"] for item in answer["items"]
    }
    code, answer = answered(capsys, "effects", "text_overlay")
    assert (0, "text_overlay") == (code, answer["type"])
    code, answer = answered(capsys, "effects", "text_overly")
    assert (2, "text_overlay") == (code, answer["problems"][0]["allowed"][0])
    code, answer = answered(capsys, "doctor")
    assert (0, True) == (code, answer["ok"]), answer
    for arguments in (["effects"], ["effects", "blur"], ["doctor"]):
        assert 0 == run(arguments)
        assert capsys.readouterr().out


def test_the_doctor_says_how_to_mend_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, project: Path, tmp_path: Path
) -> None:
    """Without ffmpeg nothing can be rendered; a render says the same."""
    monkeypatch.setenv("STOAT_FFMPEG", str(tmp_path / "none"))
    code, answer = answered(capsys, "doctor")
    missing = [finding for finding in answer["findings"] if finding["status"] == "missing"]
    assert (1, False, ["ffmpeg"]) == (code, answer["ok"], [finding["name"] for finding in missing])
    assert "STOAT_FFMPEG" in missing[0]["mend"]
    code, answer = answered(capsys, "render", project, "-o", tmp_path / "out.mp4")
    assert (1, "ffmpeg.missing") == (code, answer["problems"][0]["code"])
    assert ["project"] == os.listdir(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_and_is_answered(project: Path, tmp_path: Path, number: signal.Signals) -> None:
    """Exit code 1, one object that says so, no file, no process."""
    value = document(output={"width": 1920, "height": 1080, "fps": 60})
    value["tracks"][0]["clips"][0]["out_point"] = 300
    project.write_text(json.dumps(value))
    place = tmp_path / "out"
    place.mkdir()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "stoat_ferret.cli",
            "render",
            str(project),
            "-o",
            str(place / "o.mp4"),
            "--json",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not list(place.glob(".*/*.mp4")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (1, "", ["cancelled"]) == (
        process.returncode,
        err,
        [problem["code"] for problem in json.loads(out)["problems"]],
    )
    assert [] == os.listdir(place)


def test_progress_is_told_on_standard_error_alone(project: Path, tmp_path: Path) -> None:
    """Where there is no terminal, in plain lines."""
    done = subprocess.run(
        [sys.executable, "-m", "stoat_ferret.cli", "render", str(project), "-o", str(tmp_path / "o.mp4")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode
    assert done.stdout.startswith(f"made {tmp_path / 'o.mp4'}")
    assert "75/75 frames" in done.stderr and "\x1b" not in done.stderr
