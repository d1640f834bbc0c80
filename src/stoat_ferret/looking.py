"""Looking at a project: one of its frames, or many on a labelled sheet, exactly as a render shows them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, sqrt
from pathlib import Path
from typing import Any

from stoat_ferret.config import Settings
from stoat_ferret.errors import Problem, RequestError, VerificationFailed
from stoat_ferret.media.files import unwritable
from stoat_ferret.media.fonts import find_fonts
from stoat_ferret.model.document import Document
from stoat_ferret.model.plan import FrameRange, Notice, Plan, Target
from stoat_ferret.model.times import parse_frames, parse_time, timecode
from stoat_ferret.placing import place_problems, publish, work_folder
from stoat_ferret.rendering import Gathered, gather
from stoat_ferret.running import SIDE_BY_SIDE, at_once, run_steps
from stoat_ferret.sourcing import files_of

MOST_PICTURES = 100
"""Pictures of the largest sheet."""

MOST_PIXELS = 24_000_000
"""Pixels of the largest sheet."""

_WHOLE = Target(format="mp4")
"""Compiled only to learn how long the project is."""

_TILE_WIDTH = 384
_GAP = 16
_LABEL = 30
_GROUND = "#14161a"
_TEXT = "#f2efe9"
_FAINT = "#9aa0a8"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A frame of the project that is shown."""

    frame: int
    """Project frame."""
    seconds: float
    """Its time from the project's start."""
    timecode: str

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        return {"frame": self.frame, "time": self.seconds, "timecode": self.timecode}


@dataclass(frozen=True, kw_only=True)
class Sight:
    """The picture that was made."""

    output: Path
    moments: tuple[Moment, ...]
    """What it shows, row by row."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    notices: tuple[Notice, ...]
    """What the user should know, though it was made."""

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        return {
            "output": str(self.output),
            "width": self.width,
            "height": self.height,
            "frames": [moment.to_json() for moment in self.moments],
            "notices": [notice.to_json() for notice in self.notices],
        }


async def look_at(
    document: Document,
    at: str,
    *,
    output: Path,
    settings: Settings,
    size: tuple[int, int] | None = None,
    overwrite: bool = False,
) -> Sight:
    """One frame as a PNG.

    Raises `RequestError` with everything that is wrong, or a `WorkError`; then there is no picture.
    """
    output = _place(output, files_of(document, settings), overwrite=overwrite)
    gathered = await gather(document, settings)
    whole = gathered.compiled(_WHOLE)
    moments = [_moment(_frame(at, whole, "/at"), whole)]
    with work_folder(output) as folder:
        picture = (await _pictures(gathered, moments, size, folder, settings))[0]
        width, height = _size(picture)
        publish(picture, output, overwrite=overwrite)
    return Sight(output=output, moments=tuple(moments), width=width, height=height, notices=whole.notices)


async def contact_sheet(
    document: Document,
    *,
    output: Path,
    settings: Settings,
    every: str | None = None,
    times: Sequence[str] = (),
    columns: int | None = None,
    size: tuple[int, int] | None = None,
    overwrite: bool = False,
) -> Sight:
    """Many frames on one labelled PNG: one `every` so often, or those at `times`; `size` is each picture's.

    Raises `RequestError` with everything that is wrong, or a `WorkError`; then there is no picture.
    """
    output = _place(output, files_of(document, settings), overwrite=overwrite)
    gathered = await gather(document, settings)
    whole = gathered.compiled(_WHOLE)
    if every is not None:
        frames = _every(every, whole)
    else:
        frames = [_frame(time, whole, f"/times/{number}") for number, time in enumerate(times)]
    size = size or _tile(whole, len(frames))
    if not 0 < len(frames) <= MOST_PICTURES or len(frames) * size[0] * size[1] > MOST_PIXELS:
        raise _refuse(
            "look.too_large",
            f"{len(frames)} pictures of {size[0]}x{size[1]} are asked for; "
            f"a sheet holds 1 to {MOST_PICTURES} and {MOST_PIXELS // 1_000_000} million pixels.",
            "Ask for fewer or smaller pictures.",
        )
    moments = [_moment(frame, whole) for frame in frames]
    with work_folder(output) as folder:
        pictures = await _pictures(gathered, moments, size, folder, settings)
        sheet = folder / "sheet.png"
        columns = min(columns or ceil(sqrt(len(frames))), len(frames))
        width, height = _lay_out(pictures, moments, columns, sheet, _font(settings))
        publish(sheet, output, overwrite=overwrite)
    return Sight(output=output, moments=tuple(moments), width=width, height=height, notices=whole.notices)


async def _pictures(
    gathered: Gathered,
    moments: Sequence[Moment],
    size: tuple[int, int] | None,
    folder: Path,
    settings: Settings,
) -> list[Path]:
    """Each moment as a PNG in `folder`; a few at a time."""
    places = asyncio.Semaphore(SIDE_BY_SIDE)
    target = Target(format="png", size=size)

    async def one(number: int, moment: Moment) -> Path:
        plan = gathered.compiled(target, FrameRange(start=moment.frame, end=moment.frame + 1))
        place = folder / str(number)
        async with places:
            place.mkdir()
            await run_steps(plan, place, program=gathered.capabilities.ffmpeg.path, settings=settings)
        return place / plan.steps[-1].output_name

    # A frame that is asked for twice is made once.
    numbers = {moment.frame: number for number, moment in enumerate(moments)}
    made = await at_once([one(number, moments[number]) for number in numbers.values()])
    paths = dict(zip(numbers, made, strict=True))
    return [paths[moment.frame] for moment in moments]


def _place(output: Path, sources: Sequence[Path], *, overwrite: bool) -> Path:
    output = Path(os.path.abspath(output))
    problems = place_problems(output, overwrite=overwrite, sources=sources)
    if output.suffix.lower() != ".png":
        problems.append(
            Problem(
                code="output.format",
                path="/output",
                message=f"{output.name!r} does not end in .png.",
                hint="Pictures are written as PNG.",
                allowed=("png",),
            )
        )
    if problems:
        raise RequestError(problems=tuple(problems))
    return output


def _frame(text: str, whole: Plan, path: str) -> int:
    frame = parse_time(text, whole.rate, path=path)
    if frame >= whole.frames:
        last = timecode(whole.frames - 1, whole.rate)
        raise _refuse(
            "time.outside",
            f"{text} is after the last frame of the project.",
            f"The last frame is {whole.frames - 1}f, at {last}.",
            path,
        )
    return frame


def _every(text: str, whole: Plan) -> list[int]:
    step = parse_frames(text, whole.rate, path="/every")
    if step < 1:
        raise _refuse(
            "time.invalid", f"{text} is less than a frame.", "Ask for a frame every 1f or more.", "/every"
        )
    # Rounded one by one, so that what is rounded does not add up.
    count = ceil(whole.frames / step)
    return [min(floor(number * step + Fraction(1, 2)), whole.frames - 1) for number in range(count)]


def _moment(frame: int, whole: Plan) -> Moment:
    return Moment(frame=frame, seconds=float(frame / whole.rate), timecode=timecode(frame, whole.rate))


def _tile(whole: Plan, count: int) -> tuple[int, int]:
    """A picture's size on the sheet: the usual one, or smaller where there are many."""
    shape = whole.height / whole.width
    width = min(_TILE_WIDTH, sqrt(MOST_PIXELS / max(1, count) / shape), whole.width)
    return _even(width), _even(width * shape)


def _even(pixels: float) -> int:
    return max(16, int(pixels) // 2 * 2)


def _font(settings: Settings) -> str | None:
    fonts = find_fonts(settings.cache_dir)
    return fonts[0].path if fonts else None


def _size(picture: Path) -> tuple[int, int]:
    """The picture's size, after all of it was decoded."""
    from PIL import Image

    try:
        with Image.open(picture) as image:
            image.load()
            return image.size
    except OSError as error:
        raise VerificationFailed(detail=f"the picture cannot be read: {error}") from error


def _lay_out(
    pictures: Sequence[Path], moments: Sequence[Moment], columns: int, sheet: Path, font: str | None
) -> tuple[int, int]:
    """Write the pictures, row by row, each with its timecode and seconds below it."""
    from PIL import Image, ImageDraw, ImageFont

    width, height = _size(pictures[0])
    rows = -(-len(pictures) // columns)
    row = height + _LABEL + _GAP
    whole = (columns * (width + _GAP) + _GAP, rows * row + _GAP)
    image = Image.new("RGB", whole, _GROUND)
    draw = ImageDraw.Draw(image)
    letters = ImageFont.truetype(font, 15) if font else ImageFont.load_default()
    for number, (path, moment) in enumerate(zip(pictures, moments, strict=True)):
        left, top = _GAP + number % columns * (width + _GAP), _GAP + number // columns * row
        with Image.open(path) as picture:
            image.paste(picture.convert("RGB"), (left, top))
        below = top + height + 6
        draw.text((left, below), moment.timecode, fill=_TEXT, font=letters)
        seconds = f"{moment.seconds:.3f} s"
        draw.text(
            (left + width - draw.textlength(seconds, font=letters), below), seconds, fill=_FAINT, font=letters
        )
    try:
        image.save(sheet)
    except OSError as error:
        raise unwritable(sheet.parent.parent / sheet.name, error) from error
    return whole


def _refuse(code: str, message: str, hint: str, path: str = "") -> RequestError:
    return RequestError.because(code, message, hint=hint, path=path)
