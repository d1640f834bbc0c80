"""The command line answers everything, wrong command lines included, in one form."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stoat_ferret.cli.answer import run


def answered(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """The exit code and the one JSON object on standard output."""
    code = run([*map(str, arguments), "--json"])
    shown = capsys.readouterr()
    assert 1 == len(shown.out.splitlines())
    value = json.loads(shown.out)
    assert isinstance(value, dict)
    return code, value


def codes(answer: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in answer["problems"]]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["render"],
        ["render", "p.json", "-o"],
        ["render", "p.json", "-o", "x.mp4", "--crf", "many"],
        ["render", "p.json", "-o", "x.mp4", "--no-such-option"],
        ["render", "p.json", "-o", "x.mp4", "extra"],
        ["render", "p.json", "-o", "x.mp4", "--threads", "0"],
        ["render", "p.json", "-o", "x.mp4", "--crf", "9x"],
        ["look", "p.json", "-o", "x.png"],
        ["look", "p.json", "-o", "x.png", "--at", "1", "--every", "2"],
        ["--no-such-option"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_a_problem_of_the_request(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Exit code 2, one JSON object, and words that say what is wrong; without `--json` on standard error."""
    code, answer = answered(capsys, *arguments)
    assert (2, ["usage"]) == (code, codes(answer))
    assert answer["problems"][0]["message"]
    assert 2 == run(arguments)
    shown = capsys.readouterr()
    assert "" == shown.out and shown.err.startswith("error[usage]")


def test_json_counts_wherever_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    """Before the command, too; but not after a `--`, where names of files are."""
    assert 2 == run(["--json", "render"])
    assert json.loads(capsys.readouterr().out)["problems"]
    assert 2 == run(["check", "--", "--json"])
    assert "" == capsys.readouterr().out


def test_help_and_version_are_answers_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Even they are one object when asked for with `--json`."""
    code, answer = answered(capsys, "--version")
    assert (0, ["version"]) == (code, list(answer))
    for command in ("render", "check", "look", "effects", "doctor", "demo"):
        code, answer = answered(capsys, command, "--help")
        assert (0, ["help"]) == (code, list(answer))
        assert "--json" in answer["help"]


def test_everything_about_a_request_is_reported_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Project, output, size and report are judged together."""
    code, answer = answered(
        capsys,
        *("render", tmp_path / "no.json", "-o", tmp_path / "no" / "x.xyz", "--size", "big"),
        *("--report", tmp_path / "gone" / "r.json"),
    )
    assert 2 == code
    assert {"document.unreadable", "output.format", "usage", "output.folder_missing"} == set(codes(answer))
    assert {"/report", "/output", "/size"} <= {problem["path"] for problem in answer["problems"]}


def test_the_name_of_a_picture_is_shown_how_to_be_many(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A render makes no single picture, but one for each frame."""
    code, answer = answered(capsys, "render", tmp_path / "no.json", "-o", tmp_path / "shot.png")
    assert 2 == code
    hints = [problem["hint"] for problem in answer["problems"] if problem["code"] == "output.format"]
    assert ["A file for each frame has a number in its name: shot-%05d.png."] == hints


@pytest.mark.parametrize("command", ["render", "check", "look"])
def test_an_unsound_project_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    """Every command that reads one answers alike."""
    project = tmp_path / "project.json"
    project.write_text('{"name": 1, "name": 2}')
    more: dict[str, list[str | Path]] = {
        "render": ["-o", tmp_path / "x.mp4"],
        "look": ["-o", tmp_path / "x.png", "--at", "0"],
        "check": [],
    }
    code, answer = answered(capsys, command, project, *more[command])
    assert (2, ["document.duplicate_key"]) == (code, codes(answer))
    assert ["project.json"] == os.listdir(tmp_path)


def test_a_wrong_setting_is_refused_by_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A setting is part of the request."""
    monkeypatch.setenv("STOAT_STALL_SECONDS", "soon")
    code, answer = answered(capsys, "check", tmp_path / "p.json")
    assert (2, "STOAT_STALL_SECONDS") == (code, answer["problems"][0]["path"])


def test_what_a_terminal_would_obey_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """A name of a file may hold escape sequences."""
    assert 2 == run(["check", "\x1b[31mred\x07.json"])
    shown = capsys.readouterr().err
    assert "\x1b" not in shown and "\x07" not in shown and "red" in shown


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    """`stoat … | head` may close the pipe at any time."""
    program = "import sys, time; time.sleep(0.3); from stoat_ferret.cli import main; main(['--version'])"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert b"" == process.stderr.read()
    assert 1 == process.returncode


def test_an_answer_that_cannot_be_written_is_no_traceback() -> None:
    """The disk that the answer goes to may be full."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "stoat_ferret.cli", "effects", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert 1 == done.returncode
    assert done.stderr.startswith(b"error[output.unheard]") and b"Traceback" not in done.stderr


def test_the_words_that_are_allowed_are_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A hint to use one of the allowed names is of use where they stand below."""
    project = tmp_path / "p.json"
    project.write_text(json.dumps({"tracks": [{"type": "film"}]}))
    assert 2 == run(["check", str(project)])
    assert "allowed: video, audio, text" in capsys.readouterr().err


def test_the_module_runs_as_the_program() -> None:
    """`python -m stoat_ferret.cli` is `stoat`."""
    done = subprocess.run(
        [sys.executable, "-m", "stoat_ferret.cli", "--json"], capture_output=True, check=False
    )
    assert (2, b"") == (done.returncode, done.stderr)
    assert "problems" in json.loads(done.stdout)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_work_is_answered_in_json(number: signal.Signals) -> None:
    """Ctrl-C while still looking at the request."""
    program = (
        "import sys, time\n"
        "from stoat_ferret.cli import answer, rendering\n"
        "def slow(*_):\n"
        "    print('ready', file=sys.stderr, flush=True)\n"
        "    time.sleep(30)\n"
        "rendering.read_document = slow\n"
        "answer.main(['check', 'x.json', '--json'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "ready" == process.stderr.readline().strip()
    time.sleep(0.05)
    process.send_signal(number)
    out, _ = process.communicate(timeout=10)
    assert (1, ["cancelled"]) == (process.returncode, codes(json.loads(out)))
