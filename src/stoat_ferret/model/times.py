"""Times as people write them on a command line: seconds, frames and timecodes, as project frames."""

from __future__ import annotations

import re
from fractions import Fraction
from math import floor

from stoat_ferret.errors import RequestError
from stoat_ferret.model.plan import FrameRange

# As programs print them: a small one with an exponent, and 1/30 with 17 digits.
_SECONDS = re.compile(r"^(\d{1,12}(?:\.\d{1,30})?(?:[eE]-\d{1,2})?|\.\d{1,30})s?$", re.ASCII)
_FRAMES = re.compile(r"^(\d{1,12})f$", re.ASCII)
_TIMECODE = re.compile(r"^(\d{1,3}):([0-5]\d):([0-5]\d)([:;])(\d{2,3})$", re.ASCII)

PATTERN = (
    r"^\s*("
    r"[0-9]{1,12}(\.[0-9]{1,30})?([eE]-[0-9]{1,2})?s?|\.[0-9]{1,30}s?"
    r"|[0-9]{1,12}f"
    r"|[0-9]{1,3}:[0-5][0-9]:[0-5][0-9][:;][0-9]{2,3}"
    r")\s*$"
)
"""How a time is written, for schemas; which timecodes there are depends on the rate as well."""

FLICKS = 705_600_000
"""Flicks in a second: the unit in which times are whole numbers."""

_HINT = "Write seconds (10s, 2.5), frames (315f) or a timecode (00:00:10:15)."


def parse_time(text: str, rate: Fraction, *, path: str = "") -> int:
    """The project frame nearest to a time; raises `RequestError` at `path` when it is no time."""
    return floor(parse_frames(text, rate, path=path) + Fraction(1, 2))


def parse_frames(text: str, rate: Fraction, *, path: str = "") -> Fraction:
    """A time in project frames, parts included; raises `RequestError` at `path` when it is no time."""
    text = text.strip()
    if found := _FRAMES.match(text):
        return Fraction(found[1])
    if found := _SECONDS.match(text):
        return Fraction(found[1]) * rate
    if found := _TIMECODE.match(text):
        return Fraction(_timecode_frame(found, text, rate, path))
    raise _refuse("time.invalid", f"{text!r} is not a time.", path)


def parse_range(text: str, rate: Fraction, frames: int) -> FrameRange:
    """The project frames of `START:END`; an end that is left out is the project's own.

    Raises `RequestError` when it is no range, or a range outside of the project's `frames`.
    """
    halves = [(text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == ":"]
    fitting = [(start, end) for start, end in halves if _is_time_or_empty(start) and _is_time_or_empty(end)]
    if len(fitting) != 1:
        raise _refuse("range.invalid", f"{text!r} is not a range START:END.", "/range")
    start_text, end_text = fitting[0]
    start = parse_time(start_text, rate, path="/range") if start_text.strip() else 0
    end = parse_time(end_text, rate, path="/range") if end_text.strip() else frames
    if start >= end:
        raise _refuse(
            "range.empty", f"The range {text} holds no frame.", "/range", "Let it end after it starts."
        )
    if end > frames:
        seconds = f"{float(frames / rate):.3f}".rstrip("0").rstrip(".")
        raise _refuse(
            "range.outside",
            f"The range {text} goes beyond the project's end at frame {frames}.",
            "/range",
            f"End it at {frames}f ({seconds}s) or before; left out, the end is the project's own.",
        )
    return FrameRange(start=start, end=end)


def timecode(frame: int, rate: Fraction) -> str:
    """`HH:MM:SS:FF`; drop-frame, with `;` before the frames, where the rate is 29.97 or a multiple of it."""
    nominal = _nominal(rate)
    mark = ":"
    if _drops(rate):
        mark = ";"
        frame += _dropped_before(frame, nominal)
    seconds, left = divmod(frame, nominal)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{mark}{left:02}"


def to_flicks(seconds: float) -> int:
    """Seconds as whole flicks."""
    return round(seconds * FLICKS)


def _is_time_or_empty(text: str) -> bool:
    text = text.strip()
    return not text or any(form.match(text) for form in (_SECONDS, _FRAMES, _TIMECODE))


def _timecode_frame(found: re.Match[str], text: str, rate: Fraction, path: str) -> int:
    hours, minutes, seconds, left = int(found[1]), int(found[2]), int(found[3]), int(found[5])
    nominal = _nominal(rate)
    if left >= nominal:
        raise _refuse("time.invalid", f"{text!r}: a second has {nominal} frames here.", path)
    frame = ((hours * 60 + minutes) * 60 + seconds) * nominal + left
    if found[4] == ":":
        return frame
    if not _drops(rate):
        raise _refuse(
            "time.invalid",
            f"{text!r}: only 29.97 frames per second and its multiples have drop-frame timecode.",
            path,
            "Write : before the frames.",
        )
    drop = nominal // 15
    if minutes % 10 and not seconds and left < drop:
        raise _refuse("time.invalid", f"{text!r} is a timecode that drop-frame counting leaves out.", path)
    total = hours * 60 + minutes
    return frame - drop * (total - total // 10)


def _nominal(rate: Fraction) -> int:
    """Frames that a timecode counts in a second: the rate, rounded as the core rounds it."""
    return max(1, floor(rate + Fraction(1, 2)))


def _drops(rate: Fraction) -> bool:
    return rate.denominator == 1001 and rate.numerator % 30000 == 0


def _dropped_before(frame: int, nominal: int) -> int:
    """Timecode labels left out before a frame: two (or four) a minute, none in every tenth minute."""
    drop = nominal // 15
    minute = nominal * 60 - drop
    ten = minute * 10 + drop
    tens, left = divmod(frame, ten)
    return 9 * drop * tens + (drop * ((left - drop) // minute) if left >= drop else 0)


def _refuse(code: str, message: str, path: str, hint: str = _HINT) -> RequestError:
    return RequestError.because(code, message, hint=hint, path=path)
