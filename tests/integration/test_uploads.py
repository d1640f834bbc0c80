"""Uploads: a file is there whole, under its name and in the library, or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from libraries import Place, placed, sound

from stoat_ferret.errors import Conflict, DatabaseFull, RequestError, StoatError
from stoat_ferret.library import bringing
from stoat_ferret.model.event import Claim, Context
from stoat_ferret.storage.database import Database
from stoat_ferret.testing.media import MediaMaker, Source

BY = Context(actor="person:ana")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with placed(tmp_path) as given:
        yield given


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


def test_an_upload_is_taken_in_with_its_picture(place: Place, media: MediaMaker) -> None:
    """The file lies in the first root under its name, is known at once, and to the next scan, too."""
    data = media.make(Source(frames=30)).read_bytes()
    body = upload(place, "C:\\films\\my film.mp4", data)
    assert ("my film.mp4", 1.0, "ready") == (body["filename"], body["duration"], body["status"])
    assert {"my film.mp4"} == left(place)
    assert data == (place.root / "my film.mp4").read_bytes()
    assert place.run(place.library.thumbnail(body["id"])).exists()
    assert 1 == place.scan().unchanged


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "upload.name"),
        ("..", "upload.name"),
        ("a/", "upload.name"),
        (".hidden.mp4", "upload.name"),
        ("a\nb.mp4", "upload.name"),
        ("\udce9.mp4", "upload.name"),
        ("x" * 250 + ".mp4", "upload.name"),
        ("virus.exe", "upload.ending"),
        ("mp4", "upload.ending"),
    ],
)
def test_names_that_are_none_are_refused(place: Place, name: str, code: str) -> None:
    """Nothing is written for a name that cannot be."""
    with pytest.raises(RequestError) as refused:
        upload(place, name, b"x")
    assert [code] == codes(refused)
    assert set() == left(place)


@pytest.mark.parametrize(("data", "code"), [(b"", "media.empty"), (b"no film" * 99, "media.not_media")])
def test_an_upload_that_is_no_media_leaves_nothing(place: Place, data: bytes, code: str) -> None:
    """It is refused by the name that the client gave, and the file goes."""
    with pytest.raises(RequestError) as refused:
        upload(place, "a.mp4", data)
    assert [code] == codes(refused)
    assert str(place.root) not in str(refused.value)
    assert set() == left(place)


def test_an_upload_has_a_largest_size(tmp_path: Path) -> None:
    """It is refused as soon as it is passed, and nothing stays."""
    with placed(tmp_path, max_upload_mib=1) as place:
        with pytest.raises(RequestError) as refused:
            upload(place, "a.wav", b"x" * (1024 * 1024 + 1))
        assert (["body.too_large"], set()) == (codes(refused), left(place))


def test_a_name_is_given_once(place: Place, tmp_path: Path) -> None:
    """A file that is there is never written over, not by two uploads at once either."""
    one = sound(tmp_path / "1.wav", 1).read_bytes()
    two = sound(tmp_path / "2.wav", 2).read_bytes()
    upload(place, "a.wav", one)
    with pytest.raises(Conflict) as refused:
        upload(place, "a.wav", two)
    assert ["upload.exists"] == codes(refused)
    assert one == (place.root / "a.wav").read_bytes()

    async def both() -> list[Any]:
        uploads = [place.library.upload("b.wav", sent(data), by=BY) for data in (one, two)]
        return await asyncio.gather(*uploads, return_exceptions=True)

    outcomes = place.run(both())
    assert 1 == sum(isinstance(outcome, Conflict) for outcome in outcomes)
    assert ({"a.wav", "b.wav"}, 2) == (left(place), len(place.rows()))


def test_an_upload_under_a_key_is_done_once(place: Place, tmp_path: Path) -> None:
    """Whoever lost the answer sends it again, and gets the same one."""
    data = sound(tmp_path / "1.wav", 1).read_bytes()
    by = Context(claim=Claim(key="k", fingerprint="f"))
    first = upload(place, "a.wav", data, by)
    again = place.run(place.library.upload("a.wav", sent(data), by=by))
    assert (True, first) == (again.replayed, again.body)
    assert 1 == len(place.rows())


@pytest.mark.parametrize("name", ["a.wav", "b.wav"])
def test_an_upload_takes_the_place_of_a_missing_video(place: Place, name: str) -> None:
    """By its name or its content: projects that use the video have it back."""
    path = sound(place.root / "a.wav", 1)
    data = path.read_bytes()
    place.scan()
    video_id = place.ids()["a.wav"]
    path.unlink()
    place.scan()
    body = upload(place, name, data)
    assert (video_id, "ready", name) == (body["id"], body["status"], body["filename"])
    assert {name: video_id} == place.ids()


def test_an_upload_that_is_broken_off_leaves_nothing(place: Place) -> None:
    """Called off or failing in the middle, nothing lies in the root."""

    async def torn() -> AsyncIterator[bytes]:
        yield b"RIFF" * 1000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        place.run(place.library.upload("a.wav", torn(), by=BY))
    assert set() == left(place)

    async def called_off() -> None:
        started = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"RIFF" * 1000
                started.set()

        uploading = asyncio.create_task(place.library.upload("a.wav", endless(), by=BY))
        await started.wait()
        uploading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await uploading

    place.run(called_off())
    assert set() == left(place)


def test_a_full_disk_refuses_an_upload(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named as such, and nothing stays."""
    data = sound(tmp_path / "1.wav", 1).read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoatError, match="no room left"):
        upload(place, "a.wav", data)
    assert set() == left(place)


def test_an_upload_that_cannot_be_noted_leaves_its_name_free(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database is full after the file has its name, it goes, and the upload can be sent again."""
    data = sound(tmp_path / "1.wav", 1).read_bytes()
    once = Database.once

    async def failing(database: Database, work: Callable[[Any], Any], *, by: Context) -> Any:
        def work_and_fail(change: Any) -> Any:
            work(change)
            raise DatabaseFull

        return await once(database, work_and_fail, by=by)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "once", failing)
        with pytest.raises(DatabaseFull):
            upload(place, "a.wav", data)
    assert (set(), {}) == (left(place), place.rows())
    assert "a.wav" == upload(place, "a.wav", data)["filename"]


def test_what_a_crash_left_of_uploads_goes(place: Place) -> None:
    """Old parts of uploads are cleared away at the start; those that may still grow stay."""
    for name, age in ((".stoat-upload-old.mp4", 7200), (".stoat-upload-new.mp4", 0), ("mine.mp4", 7200)):
        (place.root / name).write_bytes(b"x")
        os.utime(place.root / name, (time.time() - age,) * 2)
    bringing.sweep(place.settings)
    assert {".stoat-upload-new.mp4", "mine.mp4"} == left(place)
