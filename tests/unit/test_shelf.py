"""The shelf of measured facts: found again, never trusted when damaged, never growing without end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stoat_ferret.media import shelf
from stoat_ferret.media.shelf import Shelf


def test_a_value_is_found_again_under_its_key_and_schema_only(tmp_path: Path) -> None:
    Shelf(tmp_path, schema="a/1").put("clip", {"frames": 30})
    assert {"frames": 30} == Shelf(tmp_path, schema="a/1").get("clip")
    assert Shelf(tmp_path, schema="a/2").get("clip") is None
    assert Shelf(tmp_path, schema="a/1").get("other") is None


def test_a_damaged_value_is_not_there(tmp_path: Path) -> None:
    kept = Shelf(tmp_path, schema="a/1")
    kept.put("clip", 1)
    (path,) = tmp_path.iterdir()
    for damage in (b"", b"{", b"[]", b"\xff", path.read_bytes()[:-1]):
        path.write_bytes(damage)
        assert kept.get("clip") is None


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Shelf(tmp_path / "file" / "below", schema="a/1")
    kept.put("clip", 1)
    assert kept.get("clip") is None


def test_what_was_not_used_for_longest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_VALUES", 10)
    for number in range(12):
        Shelf(tmp_path, schema="a/1")._path(f"old-{number}").write_text("{}")
    used = [f"used-{number}" for number in range(4)]
    stale = Shelf(tmp_path, schema="a/1")
    stale._tidied = True
    for key in used:
        stale.put(key, "kept")
    # All are as old, but some are asked for again.
    for path in tmp_path.iterdir():
        os.utime(path, (1, 1))
    assert ["kept"] * 4 == [stale.get(key) for key in used]
    fresh = Shelf(tmp_path, schema="a/1")
    fresh.put("new", "kept")
    assert len(list(tmp_path.iterdir())) == 5
    assert ["kept"] * 5 == [fresh.get(key) for key in (*used, "new")]
