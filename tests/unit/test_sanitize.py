"""The gate for text and paths as the Python library offers it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoat_ferret_core import PathValidationError, sanitize_text, validate_path


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A media root with one file, beside a folder that is not allowed."""
    for name in ("media/a b'c.mp4", "media-private/secret.mp4"):
        file = tmp_path / name
        file.parent.mkdir()
        file.write_bytes(b"x")
    return tmp_path / "media"


def test_a_file_below_a_root_passes_resolved(media: Path) -> None:
    """Relative paths are looked for below the roots."""
    expected = (media / "a b'c.mp4").resolve()
    assert expected == validate_path(media / "a b'c.mp4", [media])
    assert expected == validate_path("a b'c.mp4", [str(media)])


def test_what_leads_out_is_refused(media: Path) -> None:
    """Dots, links and folders of a like name lead nowhere."""
    (media / "link.mp4").symlink_to(media.parent / "media-private" / "secret.mp4")
    for path in (
        "../media-private/secret.mp4",
        "link.mp4",
        str(media.parent / "media-private" / "secret.mp4"),
    ):
        with pytest.raises(PathValidationError, match=r"outside of the allowed folders\nhint: "):
            validate_path(path, [media])


@pytest.mark.parametrize("path", ["none.mp4", "a\0b", "http://example.com/a.mp4", "."])
def test_what_is_no_file_is_refused(media: Path, path: str) -> None:
    """The refusal is a ValueError with a hint."""
    with pytest.raises(PathValidationError, match="\nhint: ") as refusal:
        validate_path(path, [media])
    assert isinstance(refusal.value, ValueError)


def test_line_breaks_become_one_kind() -> None:
    """Tabs and line breaks stay."""
    assert "a\nb\tc" == sanitize_text("a\r\nb\tc")


@pytest.mark.parametrize("text", ["a\0", "\x1b[0m", "a\rb", "\x85"])
def test_control_characters_are_refused(text: str) -> None:
    """They have no picture, and NUL ends a text early."""
    with pytest.raises(ValueError, match="control character"):
        sanitize_text(text)


def test_a_long_text_is_refused() -> None:
    """The limit counts characters."""
    assert "äö" == sanitize_text("äö", limit=2)
    with pytest.raises(ValueError, match="at most 2"):
        sanitize_text("äöü", limit=2)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
def test_printable_text_passes_unchanged(text: str) -> None:
    """Quotes, percent signs and backslashes are for the printer to escape."""
    assert text == sanitize_text(text)
