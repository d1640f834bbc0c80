"""Facts at hand: sources that nobody touched cost a look at their names, and never pass as something else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from libraries import Place, placed, sound
from PIL import Image

from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused
from stoat_ferret.media import probe
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.files import stamp
from stoat_ferret.media.probe import FactsCache, probe_all
from stoat_ferret.media.reader import Reader
from stoat_ferret.sourcing import facts_for, library_at_hand


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with placed(tmp_path) as given:
        yield given


def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, a file that is opened or looked into is a fault."""

    def opened(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(probe, "open_source", opened)
    monkeypatch.setattr(Reader, "look", opened)


def test_unchanged_files_cost_one_look_at_their_names(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is opened, and each is asked for its times once."""
    paths = [sound(place.root / f"{number}.wav", number) for number in range(100)]
    cache = FactsCache()
    first = probe_all(paths, place.settings, cache=cache)
    looks: list[Any] = []
    ask = os.stat

    def counted(path: Any, **more: Any) -> os.stat_result:
        looks.append(path)
        return ask(path, **more)

    with monkeypatch.context() as patch:
        nobody_looks(patch)
        patch.setattr(os, "stat", counted)
        again = probe_all(paths, place.settings, cache=cache)
    assert first == again
    assert paths == looks


def test_a_file_that_was_touched_is_looked_into_again(place: Place) -> None:
    """Another content, a deletion and another folder policy are noticed."""
    path = sound(place.root / "a.wav", 1, seconds=0.05)
    cache = FactsCache()

    def look(settings: Settings = place.settings) -> MediaFacts | MediaRefused:
        return probe_all([path], settings, cache=cache)[path]

    before = look()
    sound(path, 2, seconds=0.25)
    after = look()
    assert isinstance(before, MediaFacts)
    assert isinstance(after, MediaFacts)
    assert (0.05, 0.25) == (before.duration, after.duration)
    other = place.settings.model_copy(update={"media_roots": (place.root / "inner",)})
    refused = look(other)
    assert isinstance(refused, MediaRefused)
    assert "media.outside_roots" == refused.reason.code
    path.unlink()
    gone = look()
    assert isinstance(gone, MediaRefused)
    assert "media.missing" == gone.reason.code


def test_only_so_many_files_are_remembered(place: Place) -> None:
    """The one that nobody asked for longest goes first."""
    paths = [sound(place.root / f"{number}.wav", number) for number in range(3)]
    cache = FactsCache(most=2)
    probe_all(paths, place.settings, cache=cache)
    assert [False, True, True] == [cache.has(path, place.settings) for path in paths]


def test_what_the_scan_found_is_not_asked_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project's first edit looks into no file that the library knows as it is."""
    for number in range(5):
        sound(place.root / f"{number}.wav", number)
    place.scan()
    ids = list(place.ids().values())
    nobody_looks(monkeypatch)
    cache = FactsCache()
    paths = place.run(library_at_hand(ids, place.library, place.settings, cache))
    found = facts_for(ids, place.root, paths, place.settings, cache=cache)
    for name in ids:
        facts = found[name]
        assert isinstance(facts, MediaFacts)
        assert (str(paths[name]), 0.05) == (facts.path, facts.duration)


def test_what_was_kept_counts_only_for_the_very_file(place: Place) -> None:
    """Another inode, a narrower policy or a smaller largest picture: the file itself is asked."""
    path = place.root / "a.png"
    Image.new("RGB", (64, 64)).save(path)
    facts = probe_all([path], place.settings)[path]
    assert isinstance(facts, MediaFacts)
    seen = stamp(path.stat())

    def taken(settings: Settings, seen: str) -> bool:
        cache = FactsCache()
        cache.offer(path, settings, facts, seen)
        return cache.has(path, settings)

    assert taken(place.settings, seen)
    assert not taken(place.settings, f"{seen}0")
    assert not taken(place.settings.model_copy(update={"media_roots": (place.root / "b",)}), seen)
    assert not taken(place.settings.model_copy(update={"max_pixels": 64 * 63}), seen)


def test_a_refusal_names_the_id_that_was_given(place: Place) -> None:
    """Without a library, of an unknown id, and of a video whose file is gone."""

    def code(library: dict[str, Path] | None) -> tuple[str, bool]:
        found = facts_for(["vid_1"], place.root, library, place.settings)["vid_1"]
        assert isinstance(found, MediaRefused)
        return found.reason.code, "vid_1" in found.reason.message

    assert ("media.no_library", True) == code(None)
    assert ("media.unknown_video", True) == code({})
    assert ("media.missing", True) == code({"vid_1": place.root / "gone.wav"})
