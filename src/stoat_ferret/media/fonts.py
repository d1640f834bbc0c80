"""The fonts that titles can be drawn with: the bundled ones first, then those of the system.

Only outline fonts are offered: bitmap fonts open at one size only, and fail the render at any other.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from stoat_ferret.config import child_environment
from stoat_ferret.media.shelf import Shelf

__all__ = ["Font", "find_fonts"]

_SCHEMA = "stoat.fonts/2"
_MOST_FONTS = 300  # a machine with thousands would spend its first start on them
_LONGEST_RUN = 50_000
_SURROGATES = (0xD800, 0x800)  # where they begin, and how many there are
_ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
_STYLES = ("Regular", "Bold", "Italic", "Bold Italic", "Medium", "Light", "Black", "Thin")
_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Font:
    """One font file that ffmpeg can draw with at any size."""

    family: str
    """Such as `Roboto`."""
    style: str
    """Such as `Regular` or `Bold Italic`."""
    path: str
    """Absolute path of the file."""
    coverage: tuple[tuple[int, int], ...]
    """Ranges of the code points that it has a glyph for, both ends included, in order."""
    units: int
    """Units of the font in an em, which is as high as the font's size."""
    ascent: int
    """From the baseline up to the upper edge of a line, in units of the font."""
    descent: int
    """From the baseline down to the lower edge of a line, in units of the font."""
    gap: int
    """Between the lower edge of a line and the upper edge of the next one, in units of the font."""
    advances: str
    """How far each character of `coverage` moves the next one, in units of the font: runs of equal ones,
    the length of a run and then the advance, each as one character (see `_packed`)."""
    identity: str = ""
    """Size and time of the file: another as soon as the font is."""

    def to_json(self) -> dict[str, Any]:
        """The form that the compiler takes."""
        # `asdict` would copy every number of the coverage, thousands of them for each edit.
        return {
            "family": self.family,
            "style": self.style,
            "path": self.path,
            "coverage": self.coverage,
            "units": self.units,
            "ascent": self.ascent,
            "descent": self.descent,
            "gap": self.gap,
            "advances": self.advances,
            "identity": self.identity,
        }

    @classmethod
    def from_json(cls, shown: dict[str, Any]) -> Font:
        """Read what `to_json` wrote; `TypeError` or `KeyError` where it is something else."""
        coverage = tuple((int(first), int(last)) for first, last in shown["coverage"])
        return cls(
            family=shown["family"],
            style=shown["style"],
            path=shown["path"],
            coverage=coverage,
            units=shown["units"],
            ascent=shown["ascent"],
            descent=shown["descent"],
            gap=shown["gap"],
            advances=shown["advances"],
            identity=shown.get("identity", ""),
        )


def find_fonts(cache_dir: Path) -> tuple[Font, ...]:
    """All usable fonts; the first is the default. Found again until a folder that holds fonts changes."""
    shelf = Shelf(cache_dir, schema=_SCHEMA)
    bundled = _bundled_folder()
    key = f"fonts {bundled}"
    known = shelf.get(key)
    try:
        if known is not None and all(_state(folder) == state for folder, state in known["folders"].items()):
            return _identified(Font.from_json(font) for font in known["fonts"])
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    files = [*_font_files(bundled), *_system_files()]
    folders = dict.fromkeys([*map(_expanded, _FOLDERS), *(os.path.dirname(file) for file in files)])
    # Looked at before the files are read: what changes meanwhile is noticed the next time.
    states = {folder: _state(folder) for folder in folders}
    fonts = _read_all(files)
    shelf.put(key, {"folders": states, "fonts": [font.to_json() for font in fonts]})
    return _identified(fonts)


def _identified(fonts: Iterable[Font]) -> tuple[Font, ...]:
    """The fonts as their files are now, without those that are gone."""
    found = []
    for font in fonts:
        with contextlib.suppress(OSError):
            status = os.stat(font.path)
            found.append(replace(font, identity=f"{status.st_size}-{status.st_mtime_ns}"))
    return tuple(found)


def _bundled_folder() -> str | None:
    spec = find_spec("font_roboto")
    if spec is None or not spec.submodule_search_locations:
        return None
    return os.path.join(spec.submodule_search_locations[0], "files")


def _font_files(folder: str | None) -> list[str]:
    """The fonts below a folder, plain styles first."""
    if folder is None:
        return []
    found = [
        os.path.join(here, name)
        for here, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(_ENDINGS)
    ]
    return sorted(found, key=lambda path: (_style_rank(Path(path).stem.rpartition("-")[2]), path))


def _style_rank(style: str) -> int:
    plain = style.replace(" ", "").casefold()
    ranks = {name.replace(" ", "").casefold(): rank for rank, name in enumerate(_STYLES)}
    return ranks.get(plain, len(_STYLES))


def _system_files() -> list[str]:
    listed = _fontconfig_files()
    if listed is None:
        return [file for folder in _FOLDERS for file in _font_files(_expanded(folder))]
    return sorted(file for file in listed if file.lower().endswith(_ENDINGS))


def _fontconfig_files() -> list[str] | None:
    program = shutil.which("fc-list")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, ":scalable=true", "--format", "%{file}\n"],
            capture_output=True,
            check=True,
            timeout=10,
            stdin=subprocess.DEVNULL,
            env=child_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return list(dict.fromkeys(os.fsdecode(line) for line in done.stdout.splitlines() if line))


def _read_all(files: Sequence[str]) -> tuple[Font, ...]:
    fonts: dict[tuple[str, str], Font] = {}
    for file in files[:_MOST_FONTS]:
        font = _read(file)
        if font is not None:
            # Of two files with one name the first wins, which keeps the bundled ones.
            fonts.setdefault((font.family, font.style), font)
    return tuple(fonts.values())


def _read(file: str) -> Font | None:
    """The font in a file; none: it is damaged, a bitmap font, or has no Unicode table."""
    from fontTools.ttLib import TTFont

    try:
        # Opened here: a damaged file would otherwise stay open.
        with open(file, "rb") as data, TTFont(data, lazy=True, fontNumber=0) as font:
            if not {"glyf", "CFF ", "CFF2"} & set(font.keys()):
                return None
            characters = font.getBestCmap()
            names = font["name"]
            family, style = names.getBestFamilyName(), names.getBestSubFamilyName()
            units, lines, widths = font["head"].unitsPerEm, font["hhea"], font["hmtx"]
            ascent, descent, gap = lines.ascent, -lines.descent, lines.lineGap
            advances = _packed(widths[characters[code]][0] for code in sorted(characters or ()))
    except Exception:
        # Font files come from anywhere, and fontTools raises whatever a damaged table leads to.
        return None
    if not characters or not family:
        return None
    return Font(
        family=family,
        style=style or "Regular",
        path=os.path.abspath(file),
        coverage=_ranges(characters),
        units=units,
        ascent=ascent,
        descent=descent,
        gap=gap,
        advances=advances,
    )


def _packed(advances: Iterable[int]) -> str:
    """Runs of equal numbers: how many, and the number, as two characters of a text.

    A font has thousands of characters, and goes to the core with every edit: a text is read at once.
    """
    runs = ((len(list(run)), advance) for advance, run in groupby(advances))
    return "".join(
        _character(part) + _character(advance) for length, advance in runs for part in _parts(length)
    )


def _parts(length: int) -> list[int]:
    """A length as numbers that a character can say."""
    whole, rest = divmod(length, _LONGEST_RUN)
    return [_LONGEST_RUN] * whole + [rest] * (rest > 0)


def _character(number: int) -> str:
    """A character for a number: neither a control character nor half of a pair."""
    code = number + ord(" ")
    return chr(code if code < _SURROGATES[0] else code + _SURROGATES[1])


def _ranges(characters: Iterable[int]) -> tuple[tuple[int, int], ...]:
    ranges: list[tuple[int, int]] = []
    for character in sorted(characters):
        if ranges and ranges[-1][1] == character - 1:
            ranges[-1] = (ranges[-1][0], character)
        else:
            ranges.append((character, character))
    return tuple(ranges)


def _state(folder: str) -> int | None:
    """Changes when a file is added to or removed from the folder."""
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return None


def _expanded(folder: str) -> str:
    return os.path.expanduser(folder)
