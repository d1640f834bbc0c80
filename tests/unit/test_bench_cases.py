"""What the benchmarks render: edits that are sound, and the same for everyone."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks import copying, long, scaling, typical
from benchmarks.footage import Footage, Shape
from benchmarks.peers import melt
from benchmarks.peers.edit import Edit, font_configuration
from benchmarks.peers.known import PEERS
from benchmarks.peers.peer import Peer, version_in
from stoat_ferret.compile import check

SOURCES = tuple(Path(f"/media/film-{number}.mp4") for number in range(6))
FOOTAGE = Footage(clips=SOURCES, music=Path("/media/music.mp3"), logo=Path("/media/logo.png"))
CUTS = copying.Cuts(source=SOURCES[0], width=1280, height=720, distance=10)


def shown(document: dict[str, Any]) -> set[tuple[str, int]]:
    """Every frame of every source that a project of cuts shows; each may be shown once only."""
    frames = [
        (clip["source"], frame)
        for track in document["tracks"]
        for clip in track["clips"]
        for frame in range(round(clip["in_point"] * 30), round(clip["out_point"] * 30))
    ]
    assert len(frames) == len(set(frames))
    return set(frames)


@pytest.mark.parametrize(
    "document",
    [
        typical.document(FOOTAGE, Shape.FULL),
        CUTS.document(),
        long.document(SOURCES[:5], clips=200),
        scaling.document(SOURCES[:4], minutes=10, clips=2000),
    ],
    ids=["typical", "cuts", "long", "scale"],
)
def test_projects_are_sound(document: dict[str, Any]) -> None:
    """What the benchmarks render passes `check`."""
    assert [] == check(json.dumps(document))


@pytest.mark.parametrize("shape", Shape)
def test_the_edit_is_the_same_in_plain_numbers(shape: Shape) -> None:
    """Other editors are told the frames that the project shows."""
    edit = typical.plain(FOOTAGE, shape)

    clips = typical.document(FOOTAGE, shape)["tracks"][0]["clips"]
    assert shape.total == edit.total
    for number, clip in enumerate(clips):
        assert edit.in_points[number] == pytest.approx(clip["in_point"] * 30, abs=0.001)
        assert edit.start(number) == pytest.approx(clip["timeline_start"] * 30, abs=0.001)
        assert edit.length == pytest.approx((clip["out_point"] - clip["in_point"]) * 30, abs=0.001)


def test_an_edit_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Other editors' processes get the edit as a file."""
    edit = typical.plain(FOOTAGE, Shape.FULL)

    edit.write(tmp_path / "edit.json")

    assert edit == Edit.read(tmp_path / "edit.json")


def test_the_font_is_told_by_its_folder(tmp_path: Path) -> None:
    """An editor that knows fonts by name is told where this one lies."""
    edit = replace(typical.plain(FOOTAGE, Shape.FULL), font="/fonts & more/Roboto.ttf")

    configuration = ET.parse(font_configuration(edit, tmp_path))

    assert "/fonts & more" == configuration.findtext("dir")


def test_melt_shows_every_clip_in_its_place() -> None:
    """Each track of MLT is as long as its blanks and entries say, and clips lie where the edit has them."""
    edit = typical.plain(FOOTAGE, Shape.FULL)
    whole = ET.fromstring(melt.timeline(edit))

    found = {}
    for track in whole.findall("playlist"):
        at = 0
        for part in track:
            if part.tag == "blank":
                at += int(part.attrib["length"])
                continue
            first, last = int(part.attrib["in"]), int(part.attrib["out"])
            found[part.attrib["producer"]] = (at, first, last - first + 1)
            at += last - first + 1
    clips = {
        f"clip-{number}": (edit.start(number), edit.in_points[number], edit.length)
        for number in range(len(edit.clips))
    }
    title = (edit.title_start, 0, edit.title_end - edit.title_start)
    assert {**clips, "logo": (0, 0, edit.total), "title": title, "music": (0, 0, edit.total)} == found


def test_pieces_begin_on_no_key_frame_and_leave_frames_out() -> None:
    """Cuts are such that copying alone does not do."""
    pieces = CUTS.pieces

    assert [] == [start for start, _ in pieces if start % 60 == 0]
    assert {300} == {end - start for start, end in pieces}
    assert {copying.SKIPPED} == {after - end for (_, end), (after, _) in pairwise(pieces)}
    assert copying.SECONDS * 30 == len(shown(CUTS.document()))


def test_copied_spans_are_read_from_a_report() -> None:
    """A report of a render says how many spans were copied, and which frames."""
    steps = [
        {"outcome": "copied", "span": {"start": 10, "end": 40}},
        {"outcome": "rendered", "span": {"start": 0, "end": 10}},
        {"outcome": "rendered", "span": None},
    ]

    assert (1, 2, 30) == copying.copied({"spans": {"reused": 0, "copied": 1, "rendered": 1}, "steps": steps})
    assert (0, 0, 0) == copying.copied({"spans": None})


def test_one_word_of_one_title_changes() -> None:
    """Twenty titles, of which a changed word touches one; no two clips begin at one frame of a source."""
    before, after = (long.document(SOURCES[:5], clips=200, word=word) for word in ("harbour", "river"))

    clips = list(zip(before["tracks"][0]["clips"], after["tracks"][0]["clips"], strict=True))
    assert 20 == sum("effects" in one for one, _ in clips)
    assert 1 == sum(one != other for one, other in clips)
    assert 200 == len({(one["source"], one["in_point"]) for one, _ in clips})


@pytest.mark.parametrize(
    ("minutes", "clips"), [case for shape in Shape for case in scaling.cases(shape) if case[0] <= 10]
)
def test_growing_films_show_nothing_twice(minutes: int, clips: int) -> None:
    """What is shown twice would be found in the cache, and cost nothing."""
    document = scaling.document(SOURCES[:4], minutes=minutes, clips=clips)

    assert minutes * 60 * 30 == len(shown(document))


def test_every_editor_says_how_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is set wins, and a program that is not there has no version."""
    for name in ("name", "module", "variable"):
        assert len(PEERS) == len({getattr(peer, name) for peer in PEERS})
    for peer in PEERS:
        monkeypatch.setenv(peer.variable, "/no/such/program")
        assert "/no/such/program" == peer.chosen
        assert peer.version() is None
        assert peer.install


def test_a_version_is_found_in_what_a_program_says() -> None:
    """The first number with a point in it."""
    assert "7.12.0" == version_in("melt 7.12.0\nCopyright (C) 2002-2022 Meltytech, LLC\n")
    assert version_in("command not found") is None


def test_a_program_that_fails_is_not_installed() -> None:
    """A Python without the library says nothing on standard output, and fails."""
    peer = Peer(
        name="none",
        module="none",
        variable="BENCH_NONE",
        program="/bin/sh",
        question=("-c", "echo 1.2.3; exit 1"),
        install="",
    )

    assert peer.version() is None
    assert "1.2.3" == replace(peer, question=("-c", "echo 1.2.3")).version()
