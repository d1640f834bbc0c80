"""A project file is sound JSON, or refused by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stoat_ferret.errors import RequestError
from stoat_ferret.model.document import LARGEST, parse_document, read_document


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "document.duplicate_key"),
        ('{"b": {"a": 1, "a": 2}}', "document.duplicate_key"),
        ('{"a": NaN}', "document.number"),
        ('{"a": -Infinity}', "document.number"),
        ('{"a": 1e999}', "document.number"),
        ('{"a": ' + "9" * 5000 + "}", "document.number"),
        ('{"a": 18446744073709551616}', "document.number"),
        ('{"a": [-9223372036854775809]}', "document.number"),
        ('{"a": "\\ud800"}', "document.not_utf8"),
        ('{"a":' * 70 + "1" + "}" * 70, "document.too_deep"),
        ('{"a":' * 200_000, "document.too_deep"),
        ("[1]", "document.not_object"),
        ("null", "document.not_object"),
        ("", "document.not_json"),
        ('{"a": 1,}', "document.not_json"),
        ("{'a': 1}", "document.not_json"),
        (b'{"a": "\xff"}', "document.not_utf8"),
        (b"\xff\xfe{\x00}\x00", "document.not_utf8"),
    ],
)
def test_unsound_text_is_refused_by_name(text: str | bytes, code: str) -> None:
    """Each way to be no JSON object has its code, a message and a hint."""
    with pytest.raises(RequestError) as refused:
        parse_document(text, base=Path())
    (problem,) = refused.value.problems
    assert (code, 2) == (problem.code, refused.value.exit_code)
    assert problem.message and problem.hint


def test_sound_text_is_kept_as_it_is() -> None:
    """The core gets the very text, a byte order mark aside."""
    text = '{"name": "caf\\u00e9 \\ud83d\\ude00", "a": [1, 2.5, -1e-3]}'
    assert text == parse_document(b"\xef\xbb\xbf" + text.encode(), base=Path()).text


def test_relative_sources_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    """A project file knows where it lies."""
    file = tmp_path / "project.json"
    file.write_text("{}")
    assert tmp_path == read_document(file).base


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Missing files, folders, pipes without a writer and impossible names are refused at once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, tmp_path / "missing.json", pipe, Path("/dev/zero"), Path("a\0b"), Path("x" * 300)):
        with pytest.raises(RequestError) as refused:
            read_document(path)
        assert ["document.unreadable"] == [problem.code for problem in refused.value.problems]


def test_a_file_that_is_too_large_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    """A project file never holds media."""
    file = tmp_path / "large.json"
    with file.open("wb") as sparse:
        sparse.truncate(LARGEST * 100)
    with pytest.raises(RequestError) as refused:
        read_document(file)
    assert "document.too_large" == refused.value.problems[0].code
