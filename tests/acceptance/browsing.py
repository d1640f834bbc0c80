"""A film in a real browser: which frame it shows, and whether it plays to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from stoat_ferret.testing.measure import frame_numbers

__all__ = ["chromium", "play", "read", "seek", "until"]

_SEEK = """async (time) => {
    const film = document.getElementById('film');
    await new Promise((good, bad) => {
        film.onseeked = good;
        film.onerror = () => bad(film.error.message);
        film.currentTime = time;
    });
}"""

_DRAW = """() => {
    const film = document.getElementById('film');
    const canvas = window.canvas = window.canvas || new OffscreenCanvas(320, 180);
    const draw = canvas.getContext('2d', {willReadFrequently: true});
    draw.drawImage(film, 0, 0);
    return Array.from(draw.getImageData(0, 0, 320, 60).data);
}"""

_PLAY = """() => new Promise((good, bad) => {
    const film = document.getElementById('film');
    film.onerror = () => bad(film.error.message);
    film.onended = () => good([film.currentTime, film.getVideoPlaybackQuality().totalVideoFrames]);
    film.currentTime = 0;
    film.play().catch(bad);
})"""


@contextmanager
def chromium() -> Iterator[Page]:
    """A page of its own, which may do what its site forbids."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page(bypass_csp=True)
        browser.close()


def seek(page: Page, numbers: list[int], rate: Fraction, places: Iterable[int]) -> None:
    """Jump to places of the film on the page; each shows its number, in 320x180."""
    for place in places:
        page.evaluate(_SEEK, float((place + Fraction(1, 2)) / rate))

        def is_shown(place: int = place) -> bool:
            whole = Image.new("RGBA", (320, 180))
            whole.paste(Image.frombytes("RGBA", (320, 60), bytes(page.evaluate(_DRAW))), (0, 0))
            return [numbers[place]] == read([whole])

        # A busy browser has found the frame before it has painted it.
        until(is_shown)


def play(page: Page) -> tuple[float, int]:
    """Play the film on the page; the second at which it ended, and how many frames were shown."""
    ended, shown = page.evaluate(_PLAY)
    return ended, shown


def read(pictures: list[Image.Image]) -> list[int | None]:
    """The numbers that pictures show."""
    found: list[Any] = [np.asarray(picture.convert("RGB"), dtype=np.uint8) for picture in pictures]
    return frame_numbers(np.stack(found))


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what has to come about."""
    end = threading.Event()
    for _ in range(int(seconds * 50)):
        if holds():
            return
        end.wait(0.02)
    raise AssertionError("it did not come about")
