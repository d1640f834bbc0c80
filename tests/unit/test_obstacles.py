"""What stands between a document and its render, tried in full and in parts."""

import json
from typing import Any

import pytest

from stoat_ferret import compile as core
from stoat_ferret.model.plan import Target

ABLE = json.dumps(
    {
        "ffmpeg": {"path": "/ffmpeg", "version": "9.0.2", "major": 9, "minor": 0, "identity": "x"},
        "filters": ["overlay", "xfade"],
        "transitions": ["fade"],
        "encoders": ["libx264", "aac"],
        "formats": {"demuxers": [], "muxers": ["mp4"]},
        "fonts": [],
    }
)
GROWS = {"keyframes": [{"time": 0, "value": 0.5}, {"time": 1, "value": 1.0}]}


def _document(**transform: Any) -> str:
    """Three clips of 2 s; the second one has the transform, which no check of the document refuses."""
    clips = [
        {
            "id": name,
            "source": {"generator": "testsrc"},
            "in_point": 0,
            "out_point": 2,
            "timeline_start": 2 * number,
        }
        for number, name in enumerate("abc")
    ]
    clips[1]["transform"] = transform
    return json.dumps({"id": "p", "output": {"fps": 30}, "tracks": [{"type": "video", "clips": clips}]})


def _found(document: str, parts: list[tuple[int, int]] | None) -> list[str]:
    found = core.obstacles(document, media={}, capabilities=ABLE, target=Target(format="mp4"), parts=parts)
    assert not found.wrong
    return [problem.code for problem in found.problems]


@pytest.mark.parametrize("parts", [None, [(60, 120)], [(0, 10), (59, 61)], [(-5, 10_000)]])
def test_filters_that_cannot_be_built_are_found_where_they_are_tried(
    parts: list[tuple[int, int]] | None,
) -> None:
    """The whole finds them, and so does every range that has a frame of theirs."""
    assert ["transform.unsupported"] == _found(_document(width=GROWS, rotation=10), parts)


@pytest.mark.parametrize("parts", [[], [(0, 60)], [(120, 180)], [(500, 600)], [(70, 70)]])
def test_only_the_parts_are_tried(parts: list[tuple[int, int]]) -> None:
    """Of what lies elsewhere it is known that it can be built."""
    assert [] == _found(_document(width=GROWS, rotation=10), parts)


def test_a_wrong_document_is_told_from_one_that_cannot_be_rendered() -> None:
    """The problems of the document itself are those of `check`, whatever the parts are."""
    document = _document(opacity=7)
    found = core.obstacles(document, media={}, capabilities=ABLE, target=Target(format="mp4"), parts=[])
    assert found.wrong
    assert core.check(document) == list(found.problems)
