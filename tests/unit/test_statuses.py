"""Every error has a status, a documented code, and an answer that tells nothing of the server."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

from stoat_ferret import errors
from stoat_ferret.api.problems import Problems
from stoat_ferret.config import Settings
from stoat_ferret.discretion import Discretion
from stoat_ferret.errors import NotFound, Problem, RequestError, StoatError, WorkError
from stoat_ferret.statuses import TITLES, status_of, status_of_class, status_of_code

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "reference" / "problems.md").read_text()
ROWS = re.findall(r"^\| `([a-z0-9_.]+)` \|(?: (\d{3}) \|)?", DOCUMENTED, flags=re.MULTILINE)
KINDS = sorted(
    (kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, StoatError)),
    key=lambda kind: str(kind.__name__),
)


def sample(kind: type[StoatError], place: str) -> StoatError:
    """An error whose every text names a place on the server."""
    told = f"{place} did not work"
    found: dict[str, object] = {
        "problems": (Problem(code="media.missing", path="/source", message=told, hint=f"Look at {place}."),),
        "argv": ("ffmpeg", "-i", place),
        "status": 502,
        "returncode": 1,
        "signal": 9,
        "seconds": 1.0,
        "retry_after": 1.0,
        "host": "hooks.example",
        # What a client needs to resolve a conflict is made of what clients sent.
        "details": {},
    }
    names = inspect.signature(kind).parameters
    return kind(**{name: found.get(name, told) for name in names})


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_a_status(kind: type[StoatError]) -> None:
    """With words of its own; requests are answered with 4xx."""
    status = status_of_class(kind)
    assert status in TITLES
    assert not issubclass(kind, RequestError) or 400 <= status < 500


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if issubclass(kind, WorkError) and kind is not WorkError]
)
def test_every_failure_is_documented(kind: type[StoatError]) -> None:
    """With the status that it has."""
    assert str(status_of_class(kind)) == dict(ROWS)[kind.code]


def test_every_code_has_a_status() -> None:
    """In the document and in the table alike; nothing is documented with a status that has no words."""
    assert len(ROWS) > 150
    assert [] == [code for code, _ in ROWS if status_of_code(code) not in TITLES]
    assert [] == [(code, status) for code, status in ROWS if status and int(status) not in TITLES]


def test_the_class_decides_before_the_code() -> None:
    """A plain request error goes by its first code."""
    assert 404 == status_of(NotFound.because("project.not_found", "No.", hint="Look."))
    assert 422 == status_of(RequestError.because("clip.overlap", "No.", hint="Move it."))
    assert 409 == status_of(RequestError.because("output.exists", "No.", hint="Move it."))


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_names_a_place(kind: type[StoatError], tmp_path: Path) -> None:
    """Neither below our folders nor anywhere else on the machine."""
    problems = Problems(Settings(data_dir=tmp_path / "data"))
    for place in (
        f"{tmp_path}/data/secret/x.db",
        f"{tmp_path}/else/x",
        "/usr/lib/secret/x",
        f"file:{tmp_path}/y",
    ):
        response = problems.response(sample(kind, place))
        body = bytes(response.body).decode()
        assert status_of(sample(kind, place)) == response.status_code
        assert {"type", "title", "status", "detail", "code", "problems"} == set(json.loads(body))
        assert [] == [part for part in (str(tmp_path), "/usr", "-i") if part in body]


@pytest.mark.parametrize(
    "kind",
    [
        errors.DiskFull,
        errors.FFmpegBroken,
        errors.OutputUnwritable,
        errors.ProbeBroken,
        errors.DatabaseUnavailable,
    ],
)
def test_what_the_system_said_stays_in_the_log(kind: type[StoatError], tmp_path: Path) -> None:
    """The database's own words may hold SQL, and those of the system names of files."""
    response = Problems(Settings(data_dir=tmp_path)).response(sample(kind, "SELECT name FROM keys"))
    assert "SELECT" not in bytes(response.body).decode()


@pytest.mark.parametrize(
    "text",
    [
        "/tracks/0/clips/2/out_point is wrong.",
        "GET /api/v1/projects lists them.",
        "See https://edit.example/usr/share and a/usr/b.",
        "1/2 of 3 / 4",
        "GET /projects/{id}/media",
    ],
)
def test_pointers_and_routes_are_no_places(text: str, tmp_path: Path) -> None:
    """They stay as they are."""
    assert text == Discretion(Settings(data_dir=tmp_path)).text(text)


def test_places_below_our_folders_become_relative(tmp_path: Path) -> None:
    """What a client knows by that name, it can know again; names with spaces too."""
    (tmp_path / "my films").mkdir()
    discretion = Discretion(Settings(data_dir=tmp_path / "d", media_roots=(tmp_path / "my films",)))
    assert "There is no file a b/x.mp4." == discretion.text(
        f"There is no file {tmp_path}/my films/a b/x.mp4."
    )
    assert "… is a folder" == discretion.text(f"{tmp_path}/my films is a folder")
    assert "…/x.ttf: no" == discretion.text("/usr/share/fonts/x.ttf: no")


def test_what_is_taken_out_tells_nothing_of_the_disk(tmp_path: Path) -> None:
    """Paths that are there and paths that are not are told alike: nobody learns which folders there are."""
    discretion = Discretion(Settings(data_dir=tmp_path / "data"))

    def told(path: str) -> str:
        return discretion.text(f"{path} is no file, {path!r} neither.")

    folders = [str(Path.home()), str(Path.cwd()), str(tmp_path), "/root", "/etc", "/nonexistent", "/data"]
    assert {"… is no file, '…' neither."} == {
        told(f"/{folder.strip('/').split('/')[0]}") for folder in folders
    }
    assert {"…/x is no file, '…/x' neither."} == {told(f"{folder}/x") for folder in folders}
    assert {"…/x is no file, '…/x' neither."} == {told(f"{folder}/tracks/x") for folder in folders}


def test_names_with_spaces_below_our_folders_are_taken_out(tmp_path: Path) -> None:
    """A space ends a path only where nothing is known of it."""
    discretion = Discretion(Settings(data_dir=tmp_path / "my data"))
    assert "…/stoat.db is held" == discretion.text(f"{tmp_path}/my data/stoat.db is held")
    assert "see … for it" == discretion.text(f"see {tmp_path}/my data for it")
