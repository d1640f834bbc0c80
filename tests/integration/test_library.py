"""The library in use: lists, searches, tags, moved files, uploads, pictures, and what is refused."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from libraries import Place, placed, sound
from sqlalchemy import Executable, delete, insert, text, update

from stoat_ferret.edit import parse_edits
from stoat_ferret.errors import Conflict, MediaRefused, NotFound, RequestError, StoatError
from stoat_ferret.model.event import Context
from stoat_ferret.projects import EditRequest, Projects
from stoat_ferret.storage.database import Database
from stoat_ferret.storage.tables import videos
from stoat_ferret.testing.media import MediaMaker, Source

BY = Context(actor="person:ana")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with placed(tmp_path) as given:
        yield given


def row(path: str, **fields: Any) -> dict[str, Any]:
    """A row of `videos` that nobody looked at."""
    return {
        "id": f"vid_{path.replace('/', '_')}",
        "path": path,
        "filename": path.rpartition("/")[2],
        "status": "ready",
        "kind": "video",
        "duration": 1.0,
        "file_size": 100,
        "metadata": {},
        "tags": [],
        "notes": "",
        "facts": {},
        "content": path,
        "stamp": "",
        "created_at": "2026-01-01T00:00:00Z",
        "scanned_at": "2026-01-01T00:00:00Z",
        **fields,
    }


def fill(database: Database, rows: list[dict[str, Any]]) -> None:
    database.write_now(lambda change: change.connection.execute(insert(videos), rows))


def names(place: Place, **asked: Any) -> list[str]:
    """The file names of a page."""
    return [video["filename"] for video in place.run(place.library.page(**asked))["items"]]


def codes(error: pytest.ExceptionInfo[StoatError]) -> list[str]:
    assert isinstance(error.value, RequestError)
    return [problem.code for problem in error.value.problems]


async def sent(data: bytes, size: int = 65536) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def upload(place: Place, name: str, data: bytes, by: Context = BY) -> dict[str, Any]:
    answer = place.run(place.library.upload(name, sent(data), by=by))
    assert 201 == answer.status
    body: dict[str, Any] = answer.body
    return body


def left(place: Place) -> set[str]:
    """What lies in the root."""
    return set(os.listdir(place.root))


# Lists


def test_a_list_is_sorted_filtered_and_cut(place: Place) -> None:
    """Every order has its reverse, equal values keep an order, and a page is a part of the whole."""
    rows = [
        row(
            f"/m/{name}.mp4",
            duration=length,
            file_size=size,
            status=status,
            created_at=f"2026-01-0{n}T00:00:00Z",
        )
        for n, (name, length, size, status) in enumerate(
            [
                ("b", 3.0, 10, "ready"),
                ("a", 1.0, 30, "missing"),
                ("d", 2.0, 20, "ready"),
                ("c", 2.0, 20, "unreadable"),
            ],
            1,
        )
    ]
    fill(place.database, rows)
    assert ["c.mp4", "d.mp4", "a.mp4", "b.mp4"] == names(place)
    assert ["a.mp4", "b.mp4", "c.mp4", "d.mp4"] == names(place, sort="name") == names(place, sort="filename")
    assert ["a.mp4", "d.mp4", "c.mp4", "b.mp4"] == names(place, sort="duration")
    assert ["b.mp4", "d.mp4", "c.mp4", "a.mp4"] == names(place, sort="size")
    for sort in ("name", "duration", "size", "created_at", "scanned_at"):
        assert names(place, sort=sort) == names(place, sort=f"-{sort}")[::-1]
    assert ["d.mp4", "b.mp4"] == names(place, status="ready")
    assert ["c.mp4", "d.mp4"] == names(place, sort="name", limit=2, offset=2)
    page = place.run(place.library.page(sort="name", limit=2, offset=9))
    assert ([], 4, 2, 9) == (page["items"], page["total"], page["limit"], page["offset"])


def test_everything_that_is_wrong_with_a_page_is_told_at_once(place: Place) -> None:
    """Order, status, size and search are refused together."""
    with pytest.raises(RequestError) as refused:
        names(place, sort="colour", status="lost", limit=0, q="***")
    expected = ["library.unknown_sort", "library.unknown_status", "library.page", "search.empty"]
    assert expected == codes(refused)


def test_hits_are_ranked_and_filtered(place: Place) -> None:
    """A name counts more than a folder; status, tags, order and pages work on hits, too."""
    fill(
        place.database,
        [
            row("/rain/a.mp4"),
            row("/m/rain.mp4"),
            row("/m/b.mp4", notes="heavy rain", status="missing"),
            row("/m/c.mp4", metadata={"title": "Räin"}),
            row("/m/snow.mp4"),
        ],
    )
    assert ["rain.mp4", "b.mp4", "a.mp4", "c.mp4"] == names(place, q="rain")
    assert ["a.mp4", "b.mp4", "c.mp4", "rain.mp4"] == names(place, q="rain", sort="name")
    assert ["rain.mp4", "a.mp4", "c.mp4"] == names(place, q="rain", status="ready")
    assert ["b.mp4", "a.mp4"] == names(place, q="rain", limit=2, offset=1)
    assert 4 == place.run(place.library.page(q="rain", limit=1))["total"]
    assert ["b.mp4"] == names(place, q='"heavy rain"')
    assert ["rain.mp4", "a.mp4", "c.mp4"] == names(place, q="rain NOT heavy")
    assert {"snow.mp4", "b.mp4"} == set(names(place, q="snow OR heavy"))
    assert ["rain.mp4", "b.mp4", "a.mp4", "c.mp4"] == names(place, q="ra")


def test_more_hits_than_are_ranked_are_all_listed_once(place: Place) -> None:
    """Pages of a word that is everywhere do not overlap and leave nothing out."""
    rows = [row(f"/m/rain-{number}.mp4") for number in range(603)]
    rows += [row(f"/m/{number}.mp4", notes="rain") for number in range(600)]
    fill(place.database, rows)
    starts = range(0, 1300, 100)
    seen = [name for start in starts for name in names(place, q="rain", limit=100, offset=start)]
    named = [f"rain-{number}.mp4" for number in reversed(range(603))]
    assert [*named, *(f"{number}.mp4" for number in reversed(range(600)))] == seen
    across = names(place, q="rain", limit=100, offset=550)
    assert across == seen[550:650]


@given(st.text(max_size=40))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_upsets_the_database(place: Place, typed: str) -> None:
    """Whatever is searched for, filtered or named, the answer is a page or a refusal by name."""
    asked: list[Mapping[str, Any]] = [{"q": typed}, {"q": typed, "sort": "name"}, {"tags": (typed,)}]
    for one in asked:
        with contextlib.suppress(RequestError):
            assert [] == place.run(place.library.page(**one))["items"]


WORDS = st.sampled_from(["rain", "snow", "wind", "Über", "日本"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["insert", "update", "delete", "tag"]), st.integers(0, 5), WORDS, WORDS),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_index_says_what_the_rows_say(place: Place, steps: list[tuple[str, int, str, str]]) -> None:
    """Through any inserts, updates and deletions the full-text index finds exactly the rows with a word."""
    database, truth = place.database, dict[int, set[str]]()
    write(database, delete(videos))
    for what, number, one, two in steps:
        key = videos.c.number == number
        match what:
            case "insert" if number not in truth:
                fill(database, [row(f"/m/{number}", filename=f"{one}.mp4", notes=two, number=number)])
                truth[number] = {one, two}
            case "update" if number in truth:
                write(database, update(videos).where(key).values(filename=f"{one}.mp4", notes=two, tags=[]))
                truth[number] = {one, two}
            case "tag" if number in truth:
                write(database, update(videos).where(key).values(tags=[one], filename=f"{two}.mov", notes=""))
                truth[number] = {one, two}
            case "delete":
                write(database, delete(videos).where(key))
                truth.pop(number, None)
    for word, typed in {
        "rain": "rain",
        "snow": "SNOW",
        "wind": "wi*",
        "Über": "uber",
        "日本": "日本",
    }.items():
        wanted = {f"vid__m_{number}" for number, words in truth.items() if word in words}
        page = place.run(place.library.page(q=typed))
        assert wanted == {video["id"] for video in page["items"]}
    write(database, text("INSERT INTO videos_fts(videos_fts, rank) VALUES ('integrity-check', 1)"))


def write(database: Database, statement: Executable) -> None:
    database.write_now(lambda change: change.connection.execute(statement))


# Tags, notes, moved files, deletion


def test_tags_and_notes_are_kept_found_and_taken_away(place: Place) -> None:
    """Tags keep their order and are there once; each is filtered by and searched for."""
    sound(place.root / "a.wav", 1)
    sound(place.root / "b.wav", 2)
    place.scan()
    video_id = place.ids()["a.wav"]
    fields = {"tags": ["night", "rain", "night"], "notes": "Take 2"}
    body = place.run(place.library.change(video_id, fields, by=BY)).body
    assert (["night", "rain"], "Take 2") == (body["tags"], body["notes"])
    assert ["a.wav"] == names(place, tags=("night",)) == names(place, q="night") == names(place, q="take")
    assert ["a.wav"] == names(place, tags=("night", "rain"))
    assert [] == names(place, tags=("night", "snow"))
    place.run(place.library.change(video_id, {"tags": []}, by=BY))
    assert [] == names(place, tags=("night",)) == names(place, q="night")
    assert "Take 2" == place.run(place.library.get(video_id))["notes"]
    with pytest.raises(NotFound):
        place.run(place.library.change("vid_none", {"tags": ["x"]}, by=BY))


def test_a_moved_file_is_relinked_to_the_same_content_only(place: Place, tmp_path: Path) -> None:
    """Another content, another video's file and what lies outside are refused; the id stays."""
    path = sound(place.root / "a.wav", 1)
    other = sound(place.root / "b.wav", 2)
    place.scan()
    ids = place.ids()
    outside = sound(tmp_path / "outside" / "a.wav", 1)

    def relink(to: Path | str) -> Any:
        return place.run(place.library.change(ids["a.wav"], {"path": str(to)}, by=BY)).body

    with pytest.raises(Conflict) as refused:
        relink(other)
    assert ["video.path_taken"] == codes(refused)
    with pytest.raises(Conflict) as refused:
        relink(sound(place.root / "c.wav", 3))
    assert ["video.other_content"] == codes(refused)
    with pytest.raises(MediaRefused) as outer:
        relink(outside)
    assert ["media.outside_roots"] == codes(outer)
    with pytest.raises(MediaRefused) as gone:
        relink(place.root / "nothing.wav")
    assert ["media.missing"] == codes(gone)
    (place.root / "sub").mkdir()
    path.rename(place.root / "sub" / "a.wav")
    body = relink("sub/a.wav")
    assert (ids["a.wav"], str(place.root / "sub" / "a.wav"), "ready") == (
        body["id"],
        body["path"],
        body["status"],
    )
    assert 2 == place.scan().unchanged


def project_with(place: Place, source: str) -> tuple[Projects, str]:
    """A project with one clip of the source."""
    projects = Projects(place.database, place.settings, place.library)
    made = place.run(projects.create(BY, name="Film", output={"width": 320, "height": 180, "fps": 30}))
    clip = {"op": "add_clip", "track_id": "$0", "source": source, "in_point": 0, "out_point": 0.5}
    edits = parse_edits([{"op": "create_track", "type": "video"}, clip])
    place.run(projects.edit(BY, made.body["id"], EditRequest(edits=edits)))
    return projects, made.body["id"]


@pytest.fixture
def film(place: Place, media: MediaMaker) -> Path:
    """A film in the root that a scan has found."""
    path = place.root / "film.mp4"
    shutil.copy(media.make(Source(frames=30)), path)
    place.scan()
    return path


@pytest.mark.parametrize("by", ["id", "path", "name"])
def test_a_used_video_is_not_forgotten(place: Place, film: Path, by: str) -> None:
    """A project may use it by id, by path or by its name in a root; without the project it goes."""
    video_id = place.ids()["film.mp4"]
    source = {"id": video_id, "path": str(film), "name": "film.mp4"}[by]
    projects, project_id = project_with(place, source)
    with pytest.raises(Conflict) as refused:
        place.run(place.library.delete(video_id, by=BY))
    problem = refused.value.problems[0]
    assert ("video.in_use", (project_id,)) == (problem.code, problem.allowed)
    assert "Film" in problem.message
    place.run(projects.delete(BY, project_id))
    assert 204 == place.run(place.library.delete(video_id, by=BY)).status
    assert film.exists()
    with pytest.raises(NotFound):
        place.run(place.library.get(video_id))
    assert [] == names(place, q="film")


def test_a_document_names_a_video_by_its_id_wherever_it_lies(place: Place, film: Path) -> None:
    """After a move the same id means the new place, and facts and a document are found."""
    video_id = place.ids()["film.mp4"]
    projects, project_id = project_with(place, video_id)
    film.rename(place.root / "other.mp4")
    found = place.run(projects.validate(project_id))
    assert ["media.missing"] == [problem["code"] for problem in found["problems"]]
    assert video_id in found["problems"][0]["message"]
    place.run(place.library.change(video_id, {"path": "other.mp4"}, by=BY))
    assert place.run(projects.validate(project_id))["valid"]
    document = place.run(projects.document(project_id))
    assert {video_id: place.root / "other.mp4"} == document.library


def test_an_id_that_no_video_has_is_named(place: Place, film: Path) -> None:
    """A document may not name what the library does not know."""
    with pytest.raises(RequestError) as refused:
        project_with(place, "vid_nobody")
    assert ["media.unknown_video"] == codes(refused)


# Folders


def test_folders_inside_the_roots_are_browsed(place: Place, tmp_path: Path) -> None:
    """Media and folders with the ids that are known; nothing hidden, linked or outside."""
    sound(place.root / "in" / "a.wav", 1)
    place.scan()
    sound(place.root / "in" / "b.wav", 2)
    (place.root / "in" / "notes.txt").write_text("x")
    (place.root / "in" / ".hidden").mkdir()
    (place.root / "in" / "deep").mkdir()
    (place.root / "in" / "out").symlink_to(tmp_path)
    shutil.copy(place.root / "in" / "a.wav", os.fsdecode(os.fsencode(place.root) + b"/in/\xe9.wav"))

    def browse(path: str | None) -> Any:
        return place.run(place.library.browse(path))

    top = browse(None)
    assert ([str(place.root)], None) == ([one["path"] for one in top["folders"]], top["parent"])
    inner = browse("in")
    assert (str(place.root / "in"), str(place.root)) == (inner["path"], inner["parent"])
    assert ["deep"] == [one["name"] for one in inner["folders"]]
    known = {one["name"]: one["video_id"] for one in inner["files"]}
    assert {"a.wav": place.ids()["in/a.wav"], "b.wav": None} == known
    assert browse(str(place.root))["parent"] is None
    for path in ("/", "..", "in/out", "in/../..", str(tmp_path), "/proc/self/root"):
        with pytest.raises(MediaRefused) as refused:
            browse(path)
        assert ["media.outside_roots"] == codes(refused)
    for path in ("nothing", "in/a.wav"):
        with pytest.raises(RequestError) as missing:
            browse(path)
        assert ["library.no_folder"] == codes(missing)
