"""What `look` shows is what `render` makes."""

import json
from pathlib import Path

import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import clip, document, track
from stoat_ferret.testing.measure import decode_pictures, frame_numbers, psnr
from stoat_ferret.testing.media import MediaMaker, Source


def _project(media: MediaMaker, folder: Path) -> Path:
    path = media.make(Source())
    clips = [clip(path, 0, 0, 1.5, id="a"), clip(path, 1, 1.5, 3, id="b")]
    edge = {"type": "wipeleft", "duration": 0.5, "from": "a", "to": "b"}
    small = {"x": 0.75, "y": 0.75, "width": 0.3, "height": 0.3, "opacity": 0.5}
    inset = clip(media.make(Source(first=900, sound=None)), 0.5, 0, 1, transform=small)
    project = folder / "film.project.json"
    project.write_text(json.dumps(document(track(*clips, transitions=[edge]), track(inset))))
    return project


@pytest.mark.parametrize("at", ["0", "0.5", "35f", "1.2s", "00:00:02:00", "74f"])
def test_one_frame(stoat: Stoat, media: MediaMaker, tmp_path: Path, at: str) -> None:
    """A frame that is looked at is the frame of the film, also within transitions."""
    project, picture, film = _project(media, tmp_path), tmp_path / "frame.png", tmp_path / "film.mkv"
    done = stoat.run("look", str(project), "--at", at, "-o", str(picture), "--json")
    assert 0 == done.code, done.output
    assert 0 == stoat.run("render", str(project), "-o", str(film), "--quality", "lossless", "--json").code
    number = {"0": 0, "0.5": 15, "35f": 35, "1.2s": 36, "00:00:02:00": 60, "74f": 74}[at]
    shown = decode_pictures(picture, colour="rgb")
    assert (1, 180, 320, 3) == shown.shape
    frames = decode_pictures(film, colour="rgb")
    assert psnr(frames[number], shown[0]) > 40
    assert all(
        psnr(frames[number], shown[0]) > psnr(frames[other], shown[0]) for other in {0, 20, 50} - {number}
    )


def test_sheet_and_size(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A contact sheet is one larger picture; a frame of another size is still the frame."""
    project = _project(media, tmp_path)
    sheet, small = tmp_path / "sheet.png", tmp_path / "small.png"
    assert 0 == bundled_stoat.run("look", str(project), "--every", "0.5", "-o", str(sheet), "--json").code
    assert decode_pictures(sheet).std() > 10
    words = ["look", str(project), "--at", "10f", "--size", "160x90", "-o", str(small), "--json"]
    assert 0 == bundled_stoat.run(*words).code
    assert (1, 90, 160) == decode_pictures(small).shape
    assert [10] == frame_numbers(decode_pictures(small))


@pytest.mark.parametrize("at", ["99s", "75f", "-1", "soon"])
def test_look_where_there_is_nothing(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, at: str
) -> None:
    """A time outside of the film is a wrong request; no picture is left."""
    project, picture = _project(media, tmp_path), tmp_path / "frame.png"
    done = bundled_stoat.run("look", str(project), f"--at={at}", "-o", str(picture), "--json")
    assert 2 == done.code
    assert done.problems[0]["hint"]
    assert not picture.exists()
