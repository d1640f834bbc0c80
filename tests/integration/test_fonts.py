"""Fonts for titles: outlines only, bundled first, with the characters that they can draw."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from stoat_ferret.media import fonts
from stoat_ferret.media.fonts import Font, find_fonts


def write_font(path: Path, family: str, characters: str, *, outlines: bool = True) -> Path:
    """A font with one shape for each of the characters."""
    names = {ord(character): f"glyph{ord(character)}" for character in characters}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((500, 0))
    pen.lineTo((500, 500))
    pen.closePath()
    glyph = pen.glyph()
    builder.setupGlyf(dict.fromkeys([".notdef", *names.values()], glyph))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    if not outlines:
        del builder.font["glyf"]
        del builder.font["loca"]
    builder.save(path)
    return path


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder with system fonts; no fontconfig."""
    folder = tmp_path / "fonts"
    folder.mkdir()
    monkeypatch.setattr(fonts, "_FOLDERS", (str(folder),))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    return folder


def families(found: tuple[Font, ...]) -> list[str]:
    """Names of the families in order, each once."""
    return list(dict.fromkeys(font.family for font in found))


def test_bundled_font_is_the_default(system: Path, tmp_path: Path) -> None:
    """A machine without fonts can draw titles."""
    found = find_fonts(tmp_path / "cache")
    assert [(font.family, font.style) for font in found[:2]] == [("Roboto", "Regular"), ("Roboto", "Bold")]
    assert all(Path(font.path).is_file() for font in found)
    assert any(first <= ord("ß") <= last for first, last in found[0].coverage)
    assert not any(first <= ord("漢") <= last for first, last in found[0].coverage)


def test_coverage(system: Path, tmp_path: Path) -> None:
    """Exactly the characters of the font, as ranges in order."""
    write_font(system / "own.ttf", "Own", "abcxyz漢😀")
    own = find_fonts(tmp_path / "cache")[-1]
    assert (own.family, own.style) == ("Own", "Regular")
    assert own.coverage == ((97, 99), (120, 122), (0x6F22, 0x6F22), (0x1F600, 0x1F600))


def test_measures(system: Path, tmp_path: Path) -> None:
    """Lines and characters in units of the font, equal neighbours as one run."""
    write_font(system / "own.ttf", "Own", "abcxyz漢😀")
    own = find_fonts(tmp_path / "cache")[-1]
    assert (1000, 800, 200, 0) == (own.units, own.ascent, own.descent, own.gap)
    assert [8, 600] == [ord(character) - ord(" ") for character in own.advances]
    assert "".join(map(chr, (49_999 + 33, 0xE001, 35, 0xE001))) == fonts._packed([0xD7E1] * 50_003)


def test_what_cannot_be_drawn_is_left_out(system: Path, tmp_path: Path) -> None:
    """Bitmap fonts, damaged files and files that only look like fonts."""
    write_font(system / "bitmap.ttf", "Bitmap", "ab", outlines=False)
    whole = write_font(system / "whole.ttf", "Whole", "ab").read_bytes()
    (system / "half.ttf").write_bytes(whole[: len(whole) // 2])
    (system / "words.otf").write_text("no font")
    (system / "empty.ttc").touch()
    assert families(find_fonts(tmp_path / "cache")) == ["Roboto", "Whole"]


def test_new_and_removed_fonts_are_noticed(system: Path, tmp_path: Path) -> None:
    """Until the folders change the answer is remembered, and then it is right."""
    cache = tmp_path / "cache"
    assert families(find_fonts(cache)) == ["Roboto"]
    own = write_font(system / "own.ttf", "Own", "ab")
    assert families(find_fonts(cache)) == ["Roboto", "Own"]
    own.unlink()
    assert families(find_fonts(cache)) == ["Roboto"]


def test_remembered(system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time no font is opened."""
    cache = tmp_path / "cache"
    first = find_fonts(cache)
    monkeypatch.setattr(fonts, "_read", lambda _: None)
    assert first == find_fonts(cache)


def test_fontconfig_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is one, it knows the fonts."""
    folder = tmp_path / "anywhere"
    folder.mkdir()
    own = write_font(folder / "own.ttf", "Own", "ab")
    program = tmp_path / "fc-list"
    program.write_text(f"#!/bin/sh\necho '{own}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    assert families(find_fonts(tmp_path / "cache")) == ["Roboto", "Own"]


def test_broken_fontconfig(system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders are searched instead."""
    write_font(system / "own.ttf", "Own", "ab")
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/false")
    assert families(find_fonts(tmp_path / "cache")) == ["Roboto", "Own"]


def test_survives_json(system: Path, tmp_path: Path) -> None:
    """What is stored is the whole value."""
    for font in find_fonts(tmp_path / "cache"):
        assert font == Font.from_json(font.to_json())
