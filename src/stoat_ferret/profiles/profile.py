"""What a delivery profile says, and what becomes of it beside what is asked for explicitly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import PurePath
from typing import Any

from stoat_ferret.errors import RequestError
from stoat_ferret.model.plan import CAPTIONS, Target
from stoat_ferret.model.sizes import parse_size
from stoat_ferret.rendering import FORMATS, target_format
from stoat_ferret.series import series_of

__all__ = ["Profile", "SafeArea", "captions_word", "delivered", "read_profile", "target_for"]

_WITHOUT_PICTURE = frozenset({"m4a", "mp3", "wav", "flac"})
_NEEDED = ("description", "format")
_BITRATE = re.compile(r"\d{1,7}(\.\d{1,3})?[kM]?", re.ASCII)
_QUALITIES = ("draft", "medium", "high", "lossless")
_RATES = (8_000, 192_000)


@dataclass(frozen=True, kw_only=True)
class SafeArea:
    """What of the picture no control of the platform covers: parts of it that stay clear of its edges."""

    left: float = 0.0
    """Of the width."""
    top: float = 0.0
    """Of the height."""
    right: float = 0.0
    """Of the width."""
    bottom: float = 0.0
    """Of the height."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Settings of a render that suit a platform."""

    name: str
    description: str
    format: str
    video_codec: str | None = None
    size: tuple[int, int] | None = None
    """Width and height in pixels."""
    max_fps: float | None = None
    """Frames per second that may be delivered at most."""
    captions: str | None = None
    """What becomes of captions."""
    quality: str | None = None
    crf: float | None = None
    bitrate: str | None = None
    """Video bits per second, such as `12M`."""
    audio_bitrate: str | None = None
    """Audio bits per second, such as `192k`."""
    sample_rate: int | None = None
    """Hertz."""
    loudness: float | None = None
    """LUFS that the platform plays at: the sound is brought to it."""
    true_peak: float | None = None
    """dBTP that no peak goes beyond then."""
    safe_area: SafeArea | None = None

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        size = None if self.size is None else f"{self.size[0]}x{self.size[1]}"
        return {**asdict(self), "size": size}

    def options(self, form: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a target in format `form` that the profile decides, beside those that are `given`."""
        left = set(given)
        if form != self.format:
            # Codecs and bit rates belong to a format.
            left |= {"video_codec", "crf", "bitrate", "audio_bitrate", "captions"}
        if form in _WITHOUT_PICTURE:
            left |= {"size", "quality"}
        if left & {"quality", "crf", "bitrate"}:
            # Each of them says how good the picture is to be.
            left |= {"quality", "crf", "bitrate"}
        if left & {"encoder", "video_codec"}:
            # The same factor means something else to another encoder.
            left |= {"video_codec", "crf"}
        if given.get("quality") == "lossless":
            left |= {"audio_bitrate"}
        wanted = {
            "video_codec": self.video_codec,
            "size": self.size,
            "captions": self.captions,
            "most_fps": self.max_fps,
            "quality": self.quality,
            "crf": self.crf,
            "bitrate": self.bitrate,
            "audio_bitrate": self.audio_bitrate,
            "sample_rate": self.sample_rate,
            "loudness": self.loudness,
            "true_peak": self.true_peak,
        }
        return {name: value for name, value in wanted.items() if value is not None and name not in left}


def target_for(form: str, profile: Profile | None, given: Mapping[str, Any]) -> Target:
    """The target in format `form`: what is `given`, the rest as the profile says; none is as if not given."""
    asked = {name: value for name, value in given.items() if value is not None}
    usual = {} if profile is None else profile.options(form, asked)
    return Target(format=form, **{**usual, **asked})


def captions_word(word: str | None) -> str | None:
    """What is to become of captions; raises `RequestError` when it is none of `CAPTIONS`."""
    if word is None or word in CAPTIONS:
        return word
    raise RequestError.because(
        "target.captions",
        f"Captions cannot be had as {word!r}.",
        hint="Choose one of " + ", ".join(CAPTIONS) + ".",
        path="/target/captions",
        allowed=CAPTIONS,
    )


def delivered(
    output: PurePath | None, chosen: str | None, profile: Profile | None, *, usual: str | None = None
) -> str:
    """The format that is written: the chosen one, else the profile's, else what the name ends in.

    Raises `RequestError` when none of them says, or when the name ends in what the profile does not make.
    """
    if output is None:
        output = PurePath(f"out.{profile.format if profile else usual}")
    if chosen is not None or profile is None:
        return target_format(output, chosen)
    series = series_of(output)
    named = series.format if series else FORMATS.get(output.suffix.removeprefix(".").lower(), profile.format)
    if named != profile.format:
        raise RequestError.because(
            "profile.format",
            f"The profile {profile.name} makes {profile.format}, and {output.name!r} is named as {named}.",
            hint=f"Let it end in .{profile.format}, or leave the profile out.",
            path="/output",
        )
    return profile.format


def read_profile(name: str, data: Mapping[str, Any]) -> Profile:
    """A profile from the values of its file; raises `ValueError` that says what is wrong, in a clause."""
    known = {field.name for field in fields(Profile)} - {"name"}
    if unknown := sorted(set(data) - known):
        raise ValueError(f"{unknown[0]} is no setting of a profile; those are {', '.join(sorted(known))}")
    if missing := [field for field in _NEEDED if field not in data]:
        raise ValueError(f"it has no {missing[0]}")
    values = {field: _READERS[field](field, value) for field, value in data.items()}
    made = Profile(name=name, **values)
    if made.format in _WITHOUT_PICTURE:
        for field in ("video_codec", "size", "max_fps", "crf", "bitrate", "safe_area"):
            if field in data:
                raise ValueError(f"{field} is of a picture, and {made.format} has none")
    if made.bitrate is not None and (made.crf is not None or made.quality is not None):
        raise ValueError("of bitrate and quality or crf it may have one")
    if made.true_peak is not None and made.loudness is None:
        raise ValueError("true_peak belongs to a loudness")
    return made


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 200 or not value.isprintable():
        raise ValueError(f"{field} is no text of at most 200 letters")
    return value


def _format(field: str, value: Any) -> str:
    if value not in FORMATS.values():
        raise ValueError(f"{field} is none of {', '.join(dict.fromkeys(FORMATS.values()))}")
    return str(value)


def _quality(field: str, value: Any) -> str:
    if value not in _QUALITIES:
        raise ValueError(f"{field} is none of {', '.join(_QUALITIES)}")
    return str(value)


def _captions(field: str, value: Any) -> str:
    if value not in CAPTIONS:
        raise ValueError(f"{field} is none of {', '.join(CAPTIONS)}")
    return str(value)


def _bitrate(field: str, value: Any) -> str:
    if not isinstance(value, str) or not _BITRATE.fullmatch(value):
        raise ValueError(f"{field} is no bit rate such as 4M or 192k")
    return value


def _size(field: str, value: Any) -> tuple[int, int]:
    try:
        size = parse_size(value) if isinstance(value, str) else None
    except RequestError:
        size = None
    if size is None or any(extent % 2 or not 16 <= extent <= 16_384 for extent in size):
        raise ValueError(f"{field} is no size such as 1280x720, even numbers from 16 to 16384")
    return size


def _sample_rate(field: str, value: Any) -> int:
    least, most = _RATES
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{field} is no whole number from {least} to {most}")
    return value


def _number(least: float, most: float) -> Any:
    def read(field: str, value: Any) -> float:
        if type(value) not in (int, float) or not least <= value <= most:
            raise ValueError(f"{field} is no number from {least:g} to {most:g}")
        return float(value)

    return read


def _safe_area(field: str, value: Any) -> SafeArea:
    sides = {side.name for side in fields(SafeArea)}
    if not isinstance(value, Mapping) or set(value) - sides:
        raise ValueError(f"{field} is no table of {', '.join(sorted(sides))}")
    read = _number(0, 0.9)
    area = SafeArea(**{side: read(f"{field}.{side}", part) for side, part in value.items()})
    if area.left + area.right >= 1 or area.top + area.bottom >= 1:
        raise ValueError(f"{field} leaves nothing of the picture")
    return area


_READERS: Mapping[str, Any] = {
    "description": _text,
    "format": _format,
    "video_codec": _text,
    "size": _size,
    "max_fps": _number(1, 1000),
    "captions": _captions,
    "quality": _quality,
    "crf": _number(0, 63),
    "bitrate": _bitrate,
    "audio_bitrate": _bitrate,
    "sample_rate": _sample_rate,
    "loudness": _number(-40, -5),
    "true_peak": _number(-9, 0),
    "safe_area": _safe_area,
}
