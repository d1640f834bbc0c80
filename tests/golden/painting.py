"""The pictures that effects are defined on: painted by arithmetic, kept without loss.

Scenes of two seconds, 320 by 180 pixels.
`SCENE` has what effects act on: a green screen with a disc before it, every hue at every brightness, skin,
a grey ramp, fine lines, a chequerboard, grain, and a white square that moves.
`BELOW` is stripes: what shows through is told from what is black.
A third, a wall that a trembling hand films, is for what has to find out how a camera moved.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import sounding
from looks import LOOKS
from numpy.typing import NDArray

WIDTH, HEIGHT, RATE, FRAMES = 320, 180, 30, 60

Picture = NDArray[np.uint8]

SCREEN = (0, 177, 64)
"""Red, green and blue of the screen."""
DISC = (200, 60, 40)
"""Red, green and blue of what stands before it."""


def scene(number: int) -> Picture:
    """One frame of the scene, as RGB."""
    picture = np.zeros((HEIGHT, WIDTH, 3))
    picture[:, :120] = SCREEN
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    picture[(x - 60) ** 2 + (y - 90) ** 2 < 40**2] = DISC
    hue = np.linspace(0, 6, 100, endpoint=False)
    wheel = np.clip(np.abs((hue[:, None] + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    value = np.linspace(1, 0.05, 90)
    picture[:90, 120:220] = 255 * value[:, None, None] * wheel[None]
    picture[90:120, 120:170] = (224, 172, 140)
    picture[90:120, 170:220] = (110, 70, 50)
    picture[120:150, 120:220] = np.linspace(0, 255, 100)[None, :, None]
    picture[150:180, 120:220] = 255 * ((x[150:180, 120:220] // 2) % 2)[..., None]
    picture[:90, 220:] = np.where(((x // 12 + y // 12) % 2 == 0)[:90, 220:, None], 235, 20)
    grain = np.random.default_rng(7).normal(128, 25, (60, 100, 1))
    picture[90:150, 220:] = grain
    picture[150:, 220:] = (70, 90, 160)
    left = 220 + (number * 4) % 80
    picture[155:175, left : left + 20] = 255
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def below(number: int) -> Picture:
    """One frame of the stripes, as RGB; they move."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    stripe = ((x + y + 2 * number) // 16) % 2 == 0
    return np.where(stripe[..., None], (250, 220, 60), (60, 40, 120)).astype(np.uint8)


@cache
def _wall() -> Picture:
    """A wall with soft spots of all sizes, larger than what is seen of it."""
    height, width = HEIGHT + 60, WIDTH + 140
    spectrum = np.fft.rfft2(np.random.default_rng(3).normal(size=(height, width, 3)), axes=(0, 1))
    distance = np.hypot(*np.meshgrid(np.fft.rfftfreq(width), np.fft.fftfreq(height)))
    soft = np.fft.irfft2(spectrum / (0.01 + distance**2.2)[..., None], (height, width), axes=(0, 1))
    spots = 128 + 40 * (soft - soft.mean()) / soft.std()
    wall: Picture = np.clip(np.round(spots), 16, 235).astype(np.uint8)
    return wall


def shaken(number: int) -> Picture:
    """One frame of a still wall that a hand films: it trembles by five pixels and drifts to the right."""
    right, down = np.random.default_rng(number).integers(-5, 6, 2)
    left, top = 30 + number + right, 30 + down
    return _wall()[top : top + HEIGHT, left : left + WIDTH]


def planes(picture: Picture) -> NDArray[np.uint8]:
    """RGB as BT.709 in limited range with halved colour planes, one plane below the other."""
    red, green, blue = (picture[..., part] / 255 for part in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    halved = [
        difference.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean(axis=(1, 3))
        for difference in ((blue - luma) / 1.8556, (red - luma) / 1.5748)
    ]
    parts = [16 + 219 * luma, *(128 + 224 * plane for plane in halved)]
    whole = np.concatenate([part.ravel() for part in parts])
    return np.round(whole).astype(np.uint8).reshape(HEIGHT * 3 // 2, WIDTH)


@dataclass(frozen=True, kw_only=True)
class Footage:
    """The files that cases are made of."""

    scene: Path
    below: Path
    shaken: Path
    sound: Path

    @property
    def folder(self) -> Path:
        """Where they lie: what relative paths count from."""
        return self.scene.parent


def footage(folder: Path) -> Footage:
    """All of them in a folder of `folder`, made where they are missing: another one for other paintings."""
    painters = (Path(__file__), Path(sounding.__file__), Path(__file__).with_name("looks.py"))
    told = hashlib.sha256(b"".join(painter.read_bytes() for painter in painters)).hexdigest()
    folder = folder.absolute() / told[:12]
    folder.mkdir(parents=True, exist_ok=True)
    paths = Footage(
        scene=folder / "scene.mkv",
        below=folder / "below.mkv",
        shaken=folder / "shaken.mkv",
        sound=folder / "sound.wav",
    )
    _make(paths.scene, partial(_painted, paint=scene))
    _make(paths.below, partial(_painted, paint=below))
    _make(paths.shaken, partial(_painted, paint=shaken))
    _make(paths.sound, partial(sounding.written, samples=sounding.sound()))
    (folder / "looks").mkdir(exist_ok=True)
    for name, text in LOOKS.items():
        _make(folder / "looks" / f"{name}.cube", partial(Path.write_text, data=text))
    return paths


def _make(path: Path, make: Callable[[Path], Any]) -> None:
    """Complete or absent, whoever makes it at the same time."""
    if path.exists():
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        make(unfinished)
        # What is there stays: another process may be reading it.
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, path)


def _painted(path: Path, paint: Callable[[int], Picture]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=Fraction(RATE))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = stream.codec_context
        context.colorspace, context.color_range = 1, 1
        context.color_primaries, context.color_trc = 1, 1
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(planes(paint(number)), format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
