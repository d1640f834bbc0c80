"""Thumbnails, measured on their pixels."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import Place, placed, sound
from PIL import Image

from stoat_ferret.errors import NotFound
from stoat_ferret.testing.measure import decode_pictures
from stoat_ferret.testing.media import MediaMaker, Sound, Source


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with placed(tmp_path) as given:
        yield given


@pytest.fixture
def film(place: Place, media: MediaMaker) -> Path:
    """A film in the root that a scan has found."""
    path = place.root / "film.mp4"
    shutil.copy(media.make(Source(frames=30)), path)
    place.scan()
    return path


def thumbnail(place: Place, path: str) -> np.ndarray[Any, Any]:
    """The pixels of a video's thumbnail."""
    drawn = place.run(place.library.thumbnail(place.ids()[path]))
    return np.asarray(Image.open(io.BytesIO(drawn.read_bytes())).convert("RGB")).astype(int)


@pytest.mark.parametrize(
    ("source", "size"),
    [
        (Source(frames=30), (320, 180)),
        (Source(frames=30, width=640, height=360), (320, 180)),
        (Source(frames=30, width=160, height=90), (160, 90)),
        (Source(frames=30, rotation=90), (180, 320)),
        (Source(frames=30, rotation=180), (320, 180)),
        (Source(frames=30, rotation=270), (180, 320)),
        (Source(frames=30, width=180, height=180, sample_aspect=Fraction(16, 9)), (320, 180)),
    ],
    ids=["plain", "large", "small", "turned-90", "turned-180", "turned-270", "wide-samples"],
)
def test_thumbnails_look_as_a_player_shows_the_film(
    place: Place, media: MediaMaker, source: Source, size: tuple[int, int]
) -> None:
    """Turned, with square pixels, at most 320 wide: measured on the marks of the made footage."""
    shutil.copy(media.make(source), place.root / "film.mp4")
    place.scan()
    pixels = thumbnail(place, "film.mp4")
    assert size == (pixels.shape[1], pixels.shape[0])
    height, width = pixels.shape[:2]
    light = pixels.mean(axis=2)
    # A tenth into 30 frames is frame 3; its number stands in the top rows, and below its complement.
    centres = [round((n + 0.5) * width / 16) for n in range(16)]
    top, below = light[height // 12, centres] > 128, light[height // 4, centres] > 128
    assert (top != below).all()
    assert 3 == int("".join("01"[bit] for bit in top.astype(int)), 2)


def test_thumbnails_of_sound_and_pictures(place: Place, media: MediaMaker) -> None:
    """Sound shows its cover or nothing; a picture shows itself, and black where it is clear."""
    shutil.copy(
        media.make(Source(codec=None, ending="mp3", frames=30, cover=True, sound=Sound(codec="mp3"))),
        place.root / "cover.mp3",
    )
    sound(place.root / "plain.wav", 1)
    Image.new("RGBA", (1000, 400), (0, 200, 0, 255)).save(place.root / "green.png")
    Image.new("RGBA", (64, 64), (255, 255, 255, 0)).save(place.root / "clear.png")
    Image.new("RGB", (10, 4000), (0, 0, 200)).save(place.root / "tall.png")
    place.scan()
    cover = thumbnail(place, "cover.mp3")
    assert (200, 200) == cover.shape[:2]
    assert np.abs(cover.mean(axis=(0, 1)) - (254, 0, 0)).max() < 8
    with pytest.raises(NotFound):
        thumbnail(place, "plain.wav")
    green = thumbnail(place, "green.png")
    assert (128, 320) == green.shape[:2]
    assert np.abs(green.mean(axis=(0, 1)) - (0, 200, 0)).max() < 8
    assert thumbnail(place, "clear.png").max() < 8
    assert thumbnail(place, "tall.png").shape[0] <= 640


def test_a_thumbnail_that_was_deleted_is_drawn_anew(place: Place, film: Path) -> None:
    """The folder of pictures may be emptied at any time."""
    drawn = place.run(place.library.thumbnail(place.ids()["film.mp4"]))
    before = drawn.read_bytes()
    drawn.unlink()
    assert before == place.run(place.library.thumbnail(place.ids()["film.mp4"])).read_bytes()
    assert len(decode_pictures(film)) == 30
