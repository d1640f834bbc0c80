"""Cases as pictures, and pictures held against one another."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sounding
from cases import CASES, Case
from numpy.typing import NDArray
from painting import footage
from PIL import Image

from stoat_ferret.config import Settings
from stoat_ferret.model.document import Document
from stoat_ferret.model.plan import FrameRange, Plan, Target
from stoat_ferret.rendering import Gathered, gather
from stoat_ferret.running import run_steps

Picture = NDArray[np.uint8]
Change = Callable[[Plan], Plan]

GOLDEN = Path(__file__).parent / "pictures"
"""The pictures that define, by the names of their cases."""

FRAMES = (0.2, 0.75)
"""Which frames of a case are shown, as parts of its length with the effect."""

AS_PINNED = 2
"""Levels of 255 by which a pixel may differ with the pinned ffmpeg: processors round differently."""

AS_OTHERS = 0.975
"""Structural similarity with any other ffmpeg, at least."""

LOOSER = {
    "blend": 0.97,
    "film_grain": 0.9,
    **dict.fromkeys(("counter", "credits", "lower_third", "text_overlay", "timecode"), 0.92),
}
"""The same for effects that another ffmpeg makes of other noise, of letters a little elsewhere, or of edges
with other roundings."""


class Seer:
    """Makes pictures of documents with one ffmpeg."""

    def __init__(self, ffmpeg: Path, folder: Path) -> None:
        """`folder` keeps the footage, and what is known of files and of the ffmpeg."""
        self.settings = Settings(ffmpeg=str(ffmpeg), data_dir=folder / "data")
        self.footage = footage(folder / "footage")

    def has(self, case: Case) -> bool:
        """Whether this ffmpeg has the transition that a case shows."""
        known = asyncio.run(self._gathered(CASES["blur"].document(self.footage))).capabilities.transitions
        return not case.is_transition or case.effect in known

    def seen(self, case: Case, *, without: bool = False, changed: Change | None = None) -> Picture:
        """The frames of a case side by side; with `changed`, of what that makes of its plans."""
        if case.is_sound:
            document = case.document(self.footage, without=without)
            return sounding.pictured(self.heard(document, changed=changed))
        document = case.document(self.footage, without=without)
        return asyncio.run(self._seen(document, self.frames(case), changed))

    def frames(self, case: Case) -> list[int]:
        """Which frames of a case are shown."""
        length = self._length(case.document(self.footage))
        return [int(part * length) for part in FRAMES]

    def heard(self, document: Document, *, changed: Change | None = None) -> sounding.Samples:
        """The samples of a document, a row each; with `changed`, of what that makes of its plan."""
        return asyncio.run(self._heard(document, changed))

    def plans(self, document: Document, frames: Sequence[int]) -> list[Plan]:
        """How single frames of a document are made."""
        return _plans(asyncio.run(self._gathered(document)), frames)

    def sound(self, document: Document) -> Plan:
        """How the sound of a document is made."""
        return asyncio.run(self._gathered(document)).compiled(Target(format="wav"))

    async def _gathered(self, document: Document) -> Gathered:
        return await gather(document, self.settings)

    async def _heard(self, document: Document, changed: Change | None) -> sounding.Samples:
        gathered = await self._gathered(document)
        plan = gathered.compiled(Target(format="wav"))
        plan = changed(plan) if changed else plan
        with tempfile.TemporaryDirectory(prefix="stoat-golden-") as work:
            program = gathered.capabilities.ffmpeg.path
            await run_steps(plan, Path(work), program=program, settings=self.settings)
            return sounding.read(Path(work) / plan.steps[-1].output_name)

    def _length(self, document: Document) -> int:
        return asyncio.run(self._gathered(document)).compiled(Target(format="mp4")).frames

    async def _seen(self, document: Document, frames: Sequence[int], changed: Change | None) -> Picture:
        gathered = await self._gathered(document)
        shown = []
        with tempfile.TemporaryDirectory(prefix="stoat-golden-") as work:
            for number, plan in enumerate(_plans(gathered, frames)):
                place = Path(work) / str(number)
                place.mkdir()
                one = changed(plan) if changed else plan
                program = gathered.capabilities.ffmpeg.path
                await run_steps(one, place, program=program, settings=self.settings)
                shown.append(opened(place / one.steps[-1].output_name))
        return np.concatenate(shown, axis=1)


def _plans(gathered: Gathered, frames: Sequence[int]) -> list[Plan]:
    target = Target(format="png")
    return [gathered.compiled(target, FrameRange(start=start, end=start + 1)) for start in frames]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How far a picture is from the one that defines it."""

    levels: int
    """Of the pixel that differs most, of 255; 256 where the sizes differ."""
    similarity: float
    """Structural, 1 for the same picture."""


def difference(golden: Picture, seen: Picture) -> Difference:
    """Hold a picture against another."""
    if golden.shape != seen.shape:
        return Difference(levels=256, similarity=0.0)
    levels = int(np.abs(golden.astype(int) - seen.astype(int)).max())
    return Difference(levels=levels, similarity=similarity(golden, seen))


def similarity(left: Picture, right: Picture) -> float:
    """The mean structural similarity of blocks of 8 by 8 pixels, over all three colours."""

    def blocks(picture: Picture) -> NDArray[np.float64]:
        height, width = (extent // 8 * 8 for extent in picture.shape[:2])
        cut = picture[:height, :width].astype(np.float64)
        return cut.reshape(height // 8, 8, width // 8, 8, 3).transpose(0, 2, 4, 1, 3).reshape(-1, 64)

    a, b = blocks(left), blocks(right)
    dark, flat = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    means = a.mean(axis=1), b.mean(axis=1)
    together = ((a - means[0][:, None]) * (b - means[1][:, None])).mean(axis=1)
    light = (2 * means[0] * means[1] + dark) / (means[0] ** 2 + means[1] ** 2 + dark)
    structure = (2 * together + flat) / (a.var(axis=1) + b.var(axis=1) + flat)
    return float((light * structure).mean())


def opened(path: Path) -> Picture:
    """A picture file as RGB."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def golden(name: str) -> Picture | None:
    """The picture that defines a case, where there is one."""
    path = GOLDEN / f"{name}.png"
    return opened(path) if path.exists() else None


def side_by_side(pictures: Sequence[Picture]) -> Picture:
    """Pictures below one another; what is missing is grey."""
    width = max(picture.shape[1] for picture in pictures)
    padded = [
        np.pad(picture, ((0, 4), (0, width - picture.shape[1]), (0, 0)), constant_values=96)
        for picture in pictures
    ]
    return np.concatenate(padded)


__all__ = ["CASES", "GOLDEN", "Difference", "Seer", "difference", "golden", "opened", "side_by_side"]
