"""What is worked out of tracks once, and the text of a document that is put together from it."""

from itertools import count
from typing import Any

from stoat_ferret.edit import apply, parse_edits
from stoat_ferret.edit.remembered import OfTracks
from stoat_ferret.model.document import canonical


def test_work_is_done_once_for_a_track_and_again_for_its_equal() -> None:
    """Tracks are told by identity; of too many, the one that was not asked for longest goes."""
    numbers = count(1)
    remembered = OfTracks(lambda track: next(numbers), most=2)
    first, equal, third = {"id": "a"}, {"id": "a"}, {"id": "b"}
    assert [1, 1, 2, 1, 3, 1, 4] == [
        remembered(track) for track in (first, first, equal, first, third, first, equal)
    ]


def test_the_text_of_an_edited_document_is_its_canonical_form() -> None:
    """However often a document is edited, and whatever it shares with those before, not a byte differs."""
    document: dict[str, Any] = {
        "schema": "stoat.project/1",
        "id": "p",
        "name": "Würfel",
        "tracks": [{"id": "one", "type": "video"}, {"id": "two", "type": "audio", "clips": []}],
        "markers": [{"id": "m", "time": 1e-7, "name": "ä"}],
    }
    for edits in (
        [{"op": "update_track", "track_id": "one", "name": "A"}],
        [
            {"op": "create_track", "id": "three", "type": "video"},
            {"op": "move_track", "track_id": "two", "index": 0},
        ],
        [{"op": "update_project", "name": "ü"}],
        [{"op": "remove_track", "track_id": name} for name in ("one", "two", "three")],
    ):
        applied = apply(document, parse_edits(edits), media={}, new_id=lambda kind: kind)
        assert canonical(applied.document) == applied.data
        document = applied.document
