"""Scans: the library agrees with the folders, and whatever lies there, no file stops a scan."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from libraries import Place, placed, sound
from sqlalchemy import select

from stoat_ferret.errors import RequestError
from stoat_ferret.library import ScanProgress, ScanReport
from stoat_ferret.library.walking import Walk
from stoat_ferret.media import reader
from stoat_ferret.media.inspection import thumbnail_path
from stoat_ferret.model.event import Context
from stoat_ferret.storage.tables import audit_log, events
from stoat_ferret.testing.media import MediaMaker, Source

REAL = Path(__file__).parents[3] / "shared" / "media"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with placed(tmp_path) as given:
        yield given


def counts(report: ScanReport) -> dict[str, int]:
    """What a report counts, without what is zero."""
    return {name: count for name, count in report.to_json().items() if count and name != "errors"}


def codes(place: Place, report: ScanReport) -> dict[str, str]:
    """Why files could not be read, by path relative to the root."""
    return {error.path.removeprefix(f"{place.root}/"): error.code for error in report.errors}


def refused_code(place: Place, path: str) -> str:
    with pytest.raises(RequestError) as refused:
        place.scan(path)
    return refused.value.problems[0].code


def test_new_and_unchanged_files(place: Place) -> None:
    """The first scan takes files in, in all folders; the second finds them as they were."""
    sound(place.root / "a.wav", 1)
    sound(place.root / "deep" / "er" / "b.wav", 2)
    (place.root / "notes.txt").write_text("no media")
    first = place.scan()
    assert {"scanned": 2, "new": 2, "ignored": 1} == counts(first)
    assert {"a.wav", "deep/er/b.wav"} == set(place.rows())
    assert {"scanned": 2, "unchanged": 2, "ignored": 1} == counts(place.scan())


def test_a_scan_that_is_not_recursive_stays_in_its_folder(place: Place) -> None:
    """It neither takes in nor misses what lies deeper."""
    sound(place.root / "a.wav", 1)
    deep = sound(place.root / "deep" / "b.wav", 2)
    assert {"scanned": 1, "new": 1} == counts(place.scan(recursive=False))
    place.scan()
    deep.unlink()
    assert {"scanned": 1, "unchanged": 1} == counts(place.scan(recursive=False))
    assert {"scanned": 1, "unchanged": 1, "missing": 1} == counts(place.scan())


def test_a_changed_file_keeps_its_id(place: Place) -> None:
    """Another content under the same name is the same video, with what is in it now."""
    path = sound(place.root / "a.wav", 1, seconds=0.05)
    place.scan()
    before = place.rows()["a.wav"]
    sound(path, 2, seconds=0.25)
    assert {"scanned": 1, "updated": 1} == counts(place.scan())
    after = place.rows()["a.wav"]
    assert (before.id, 0.05, 0.25) == (after.id, before.duration, after.duration)


def test_a_touched_file_is_looked_into_again(place: Place) -> None:
    """A file with another time may differ where its hash does not look; what is known of it is of now."""
    path = sound(place.root / "a.wav", 1)
    place.scan()
    os.utime(path, ns=(1, 2_000_000_000))
    assert {"scanned": 1, "updated": 1} == counts(place.scan())
    row = place.rows()["a.wav"]
    assert "-2000000000-" in row.facts["identity"]
    assert {"scanned": 1, "unchanged": 1} == counts(place.scan())


def test_a_moved_file_keeps_id_tags_and_notes(place: Place) -> None:
    """The same content under another name, where the old one is gone, is the same video."""
    path = sound(place.root / "a.wav", 1)
    place.scan()
    video_id = place.ids()["a.wav"]
    by = Context(actor="person:ana")
    place.run(place.library.change(video_id, {"tags": ["rain"], "notes": "by the window"}, by=by))
    (place.root / "sorted").mkdir()
    path.rename(place.root / "sorted" / "window.wav")
    assert {"scanned": 1, "moved": 1} == counts(place.scan())
    row = place.rows()["sorted/window.wav"]
    assert (video_id, ["rain"], "by the window") == (row.id, row.tags, row.notes)
    assert "window.wav" == row.filename
    assert ["window.wav"] == [v["filename"] for v in place.run(place.library.page(q="rain"))["items"]]


def test_moved_folders_and_equal_files_find_their_own_rows(place: Place) -> None:
    """Of several lost files with one content, the one of the same name is meant."""
    for name in ("one", "two", "three"):
        sound(place.root / "old" / f"{name}.wav", 7)
    place.scan()
    before = place.ids()
    (place.root / "old").rename(place.root / "new")
    assert {"scanned": 3, "moved": 3} == counts(place.scan())
    after = place.ids()
    assert {path.removeprefix("old/"): name for path, name in before.items()} == {
        path.removeprefix("new/"): name for path, name in after.items()
    }


def test_a_copied_file_is_a_video_of_its_own(place: Place) -> None:
    """While the old place holds the file, the new one is another video."""
    path = sound(place.root / "a.wav", 1)
    place.scan()
    before = place.ids()["a.wav"]
    shutil.copy2(path, place.root / "b.wav")
    assert {"scanned": 2, "new": 1, "unchanged": 1} == counts(place.scan())
    after = place.ids()
    assert before == after["a.wav"]
    assert before != after["b.wav"]


def test_a_vanished_file_is_kept_as_missing_and_comes_back(place: Place, tmp_path: Path) -> None:
    """What is gone is missing once, and ready again with its id when it lies there again."""
    path = sound(place.root / "a.wav", 1)
    place.scan()
    video_id = place.ids()["a.wav"]
    away = path.rename(tmp_path / "away.wav")
    assert {"missing": 1} == counts(place.scan())
    assert ("missing", video_id) == (place.rows()["a.wav"].status, place.rows()["a.wav"].id)
    assert {} == counts(place.scan())
    away.rename(path)
    assert {"scanned": 1, "updated": 1} == counts(place.scan())
    assert ("ready", video_id) == (place.rows()["a.wav"].status, place.rows()["a.wav"].id)


def test_a_missing_file_that_comes_back_elsewhere_was_moved(place: Place, tmp_path: Path) -> None:
    """The disk was away, and is mounted under another name."""
    path = sound(place.root / "a.wav", 1)
    place.scan()
    video_id = place.ids()["a.wav"]
    away = path.rename(tmp_path / "away.wav")
    place.scan()
    away.rename(place.root / "b.wav")
    assert {"scanned": 1, "moved": 1} == counts(place.scan())
    assert {"b.wav": video_id} == place.ids()
    assert "ready" == place.rows()["b.wav"].status


def test_a_file_that_became_something_else_is_missing(place: Place) -> None:
    """A folder, a pipe or a dead link under the name is not the file."""
    for name in ("folder.wav", "pipe.wav", "link.wav"):
        sound(place.root / name, len(name))
    place.scan()
    for name in ("folder.wav", "pipe.wav", "link.wav"):
        (place.root / name).unlink()
    (place.root / "folder.wav").mkdir()
    os.mkfifo(place.root / "pipe.wav")
    (place.root / "link.wav").symlink_to("nowhere")
    report = place.scan()
    assert 3 == report.missing
    assert {"missing"} == {row.status for row in place.rows().values()}
    assert {"pipe.wav": "media.not_a_file", "link.wav": "media.missing"} == codes(place, report)


def test_a_file_that_broke_is_unreadable_and_heals(place: Place) -> None:
    """The row stays, says why, and is ready again after the file was mended."""
    path = sound(place.root / "a.wav", 1)
    place.scan()
    video_id = place.ids()["a.wav"]
    path.write_bytes(b"")
    report = place.scan()
    assert {"a.wav": "media.empty"} == codes(place, report)
    row = place.rows()["a.wav"]
    assert ("unreadable", "media.empty") == (row.status, row.problem["code"])
    sound(path, 1)
    assert {"scanned": 1, "updated": 1} == counts(place.scan())
    row = place.rows()["a.wav"]
    assert (video_id, "ready", None) == (row.id, row.status, row.problem)


def awkward(root: Path, film: Path, outside: Path) -> dict[str, str]:
    """Put files there that cannot be read, and say why each is refused."""
    (root / "zero.mp4").write_bytes(b"")
    (root / "cut.mp4").write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    (root / "text.mp4").write_text("this is no film\n" * 100)
    (root / "list.mp4").write_text("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n")
    os.mkfifo(root / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(root / "socket.mp4"))
    (root / "broken.mp4").symlink_to("nowhere.mp4")
    (root / "loop.mp4").symlink_to("loop.mp4")
    (root / "out.mp4").symlink_to(outside / "secret.wav")
    (root / "out").symlink_to(outside)
    (root / "no\nend.mp4").write_bytes(b"")
    return {
        "zero.mp4": "media.empty",
        "cut.mp4": "media.truncated",
        "text.mp4": "media.not_media",
        "list.mp4": "media.unsupported",
        "pipe.mp4": "media.not_a_file",
        "socket.mp4": "media.not_a_file",
        "broken.mp4": "media.missing",
        "loop.mp4": "media.missing",
        "out.mp4": "media.outside_roots",
        "out": "media.outside_roots",
        "no\nend.mp4": "media.empty",
    }


def test_every_unreadable_file_is_named_and_none_stops_a_scan(
    place: Place, media: MediaMaker, tmp_path: Path
) -> None:
    """Each has its reason in the result, twice over, and the good ones are taken in."""
    outside = tmp_path / "outside"
    sound(outside / "secret.wav", 9)
    film = media.make(Source(frames=30))
    expected = awkward(place.root, film, outside)
    shutil.copy(film, place.root / "good\n🎬 Ünïcode.mp4")
    sound(place.root / "inside.wav", 3)
    (place.root / "again.wav").symlink_to("inside.wav")
    (place.root / "self").symlink_to(".")
    bad = os.fsdecode(os.fsencode(place.root) + b"/caf\xe9.wav")
    shutil.copy(place.root / "inside.wav", bad)
    expected["caf\ufffd.wav"] = "media.name"
    for _ in range(2):
        report = place.scan()
        assert expected == codes(place, report)
        assert all(error.message for error in report.errors)
    assert {"good\n🎬 Ünïcode.mp4", "inside.wav"} == set(place.rows())
    assert {"path", "code", "message"} == set(report.to_json()["errors"][0])
    assert [error.path for error in report.errors] == sorted(error.path for error in report.errors)


def test_a_folder_that_cannot_be_read_is_named_and_its_files_are_not_missing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody could look at is neither found nor gone."""
    inside = sound(place.root / "locked" / "a.wav", 1)
    sound(place.root / "b.wav", 2)
    place.scan()
    inside.unlink()
    opening = os.open

    def denied(path: Any, flags: int, *arguments: Any, **more: Any) -> int:
        if path == "locked":
            raise PermissionError(13, "Permission denied")
        return opening(path, flags, *arguments, **more)

    # The administrator may read every folder: the refusal is played.
    monkeypatch.setattr(os, "open", denied)
    report = place.scan()
    assert {"scanned": 1, "unchanged": 1} == counts(report)
    assert {"locked": "media.unreadable"} == codes(place, report)
    assert "ready" == place.rows()["locked/a.wav"].status


def test_a_folder_swapped_for_a_link_during_the_walk_leads_nowhere(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the walk and the look nothing outside of the roots gets in."""
    outside = tmp_path / "outside"
    sound(outside / "secret.wav", 9)
    inner = place.root / "inner"
    sound(inner / "secret.wav", 1)
    step = Walk.next

    def swapping(walk: Walk, most: int = 500) -> Any:
        batch = step(walk, most)
        if batch is not None and not inner.is_symlink():
            inner.rename(tmp_path / "away")
            inner.symlink_to(outside)
        return batch

    monkeypatch.setattr(Walk, "next", swapping)
    report = place.scan()
    assert {"inner/secret.wav": "media.unreadable"} == codes(place, report)
    assert {} == place.rows()


def test_a_folder_swapped_for_a_link_before_it_is_opened_leads_nowhere(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the sight of a folder and its opening, too."""
    sound(tmp_path / "outside" / "secret.wav", 9)
    inner = place.root / "inner"
    inner.mkdir()
    opening = os.open

    def swapping(path: Any, flags: int, *arguments: Any, **more: Any) -> int:
        if path == "inner" and not inner.is_symlink():
            inner.rmdir()
            inner.symlink_to(tmp_path / "outside")
        return opening(path, flags, *arguments, **more)

    monkeypatch.setattr(os, "open", swapping)
    report = place.scan()
    assert {"inner": "media.unreadable"} == codes(place, report)
    assert 0 == report.scanned


def test_only_folders_inside_the_roots_are_scanned(place: Place, tmp_path: Path) -> None:
    """Relative names count from a root; what leads out is refused, and what is not there."""
    sound(place.root / "in" / "a.wav", 1)
    outside = tmp_path / "outside"
    outside.mkdir()
    (place.root / "out").symlink_to(outside)
    assert {"scanned": 1, "new": 1} == counts(place.scan("in"))
    assert "media.outside_roots" == refused_code(place, "/etc")
    assert "media.outside_roots" == refused_code(place, "../outside")
    assert "media.outside_roots" == refused_code(place, "out")
    assert "media.outside_roots" == refused_code(place, "in\0")
    assert "library.no_folder" == refused_code(place, "nothing")
    assert "library.no_folder" == refused_code(place, "in/a.wav")


def test_without_media_roots_nothing_is_scanned(tmp_path: Path) -> None:
    """Nobody said where media may come from."""
    with placed(tmp_path, media_roots=()) as place:
        assert "media.outside_roots" == refused_code(place, "/")


def test_the_programs_own_folder_and_hidden_ones_are_passed_over(tmp_path: Path) -> None:
    """Thumbnails and renders of the service are no footage, even if they lie in a root."""
    with placed(tmp_path, data_dir=tmp_path / "media" / "data") as place:
        sound(place.root / "a.wav", 1)
        sound(place.root / "data" / "b.wav", 2)
        sound(place.root / ".trash" / "c.wav", 3)
        sound(place.root / ".d.wav", 4)
        assert {"scanned": 1, "new": 1} == counts(place.scan())


def test_a_file_that_crashes_its_reader_stops_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that reads dies; the file is named, the others are read by another process."""
    for number in range(6):
        sound(place.root / f"{number}.wav", number)
    look = reader.Reader._look

    def dying(mine: Any, source: Any, thumbnail: int) -> Any:
        if source.path.name == "3.wav":
            mine._channel = mine._channel or mine._start()
            # It dies when it has been asked: one that is dead before is no fault of the file.
            mine._process.send_signal(signal.SIGSTOP)
            threading.Timer(0.3, mine._process.kill).start()
        return look(mine, source, thumbnail)

    monkeypatch.setattr(reader.Reader, "_look", dying)
    report = place.scan()
    assert {"3.wav": "media.unreadable"} == codes(place, report)
    assert {"scanned": 6, "new": 5} == counts(report)


def test_progress_is_told_and_reaches_its_end(place: Place) -> None:
    """It never goes back once the whole is known, and ends at one."""
    for number in range(30):
        sound(place.root / f"{number}.wav", number)
    told: list[ScanProgress] = []
    place.run(place.library.scan(str(place.root), on_progress=told.append, job_id="job_1"))
    fractions = [one.fraction for one in told]
    assert fractions == sorted(fractions)
    assert (1.0, 30, 30) == (fractions[-1], told[-1].scanned, told[-1].total)

    def read(connection: Any) -> list[Any]:
        return list(connection.execute(select(events.c.type, events.c.job_id, events.c.data)))

    heard = place.database.read_now(read)
    assert ("SCAN_STARTED", "job_1") == (heard[0].type, heard[0].job_id)
    assert ("SCAN_COMPLETED", "job_1") == (heard[-1].type, heard[-1].job_id)
    assert 30 == heard[-1].data["new"]
    assert {"SCAN_STARTED", "SCAN_PROGRESS", "SCAN_COMPLETED"} >= {one.type for one in heard}
    noted = place.database.read_now(lambda c: list(c.execute(select(audit_log.c.event_type)).scalars()))
    assert ["library.scanned"] == noted


def test_a_scan_that_is_called_off_has_done_its_part_and_the_next_goes_on(place: Place) -> None:
    """What was stored is whole, no process stays, and together both scans take in everything once."""
    for number in range(700):
        sound(place.root / f"{number % 7}" / f"{number}.wav", number)
    threads = len(os.listdir("/proc/self/task"))

    async def called_off() -> int:
        stored = asyncio.Event()

        def progress(done: ScanProgress) -> None:
            if done.scanned:
                stored.set()

        scanning = asyncio.create_task(place.library.scan(str(place.root), on_progress=progress))
        await stored.wait()
        scanning.cancel()
        with pytest.raises(asyncio.CancelledError):
            await scanning
        return len(children())

    left = place.run(called_off())
    assert left <= (os.cpu_count() or 1) + 1
    stored = len(place.rows())
    assert 0 < stored < 700
    assert {"ready"} == {row.status for row in place.rows().values()}
    report = place.scan()
    assert {"scanned": 700, "new": 700 - stored, "unchanged": stored} == counts(report)
    assert 700 == len(place.rows())
    assert len(os.listdir("/proc/self/task")) <= threads + 8


def children() -> list[str]:
    """The processes that this one started."""
    return (Path("/proc/self/task") / str(os.getpid()) / "children").read_text().split()


def test_two_scans_at_once_take_every_file_in_once(place: Place) -> None:
    """Whoever comes second finds what the first has written."""
    for number in range(60):
        sound(place.root / f"{number}.wav", number)

    async def both() -> list[ScanReport]:
        one, two = place.library.scan(str(place.root)), place.library.scan(str(place.root))
        return list(await asyncio.gather(one, two))

    one, two = place.run(both())
    assert 60 == len(place.rows()) == one.new + two.new


def test_thumbnails_are_drawn_at_the_scan(place: Place, media: MediaMaker) -> None:
    """They lie where the library finds them, one for each content."""
    film = media.make(Source(frames=30))
    shutil.copy(film, place.root / "a.mp4")
    shutil.copy(film, place.root / "b.mp4")
    place.scan()
    contents = {row.content for row in place.rows().values()}
    assert 1 == len(contents)
    assert [f"{name}.jpg" for name in contents] == [p.name for p in place.settings.thumbnail_dir.iterdir()]
    assert thumbnail_path(place.settings, contents.pop()).stat().st_size > 500


def test_real_footage_is_taken_in(tmp_path: Path) -> None:
    """Files that nobody made for this program, where their folder is beside the repository."""
    names = {path.name for path in REAL.glob("*") if path.suffix != ".md"}
    with placed(tmp_path, media_roots=(REAL,) if names else (tmp_path,)) as place:
        report = place.scan()
        rows = place.rows()
        assert ({}, names) == (codes(place, report), set(rows))
        for name in names & {"with-attached-pic.mp3", "rain.mp3"}:
            assert "audio" == rows[name].kind
        for name in names & {"no_duration.webm", "chaplin.mp4"}:
            assert rows[name].duration > 1
            found = place.run(place.library.page(q=name[:4]))
            assert [name] == [video["filename"] for video in found["items"]]
