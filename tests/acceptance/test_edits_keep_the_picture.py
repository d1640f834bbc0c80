"""Edits that are to change nothing that is seen change nothing that is seen."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stoat_ferret import edit
from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, keyframes, track
from stoat_ferret.testing.measure import decode_pictures
from stoat_ferret.testing.media import MediaMaker, Source

FOOTAGE = Source(frames=300)

ROUNDING = 2
"""Levels of 255: opacities of texts are computed from other times in the right part."""

TEXT = {
    "type": "text_overlay",
    "params": {"text": "Hello", "start": 0.4, "duration": 2, "fade_in": 0.8, "fade_out": 0.3},
}
ZOOM = {
    "x": keyframes((0.2, 0.3), (2.6, 0.7), easing="ease"),
    "opacity": keyframes((0, 0.2), (1.5, 1), easing="ease_in"),
}
LOUD = {"type": "color", "params": {"saturation": keyframes((0, 0), (3, 2), easing="ease_out")}}
IN = {"type": "video_fade", "params": {"fade_type": "in", "duration": 0.5}}
OUT = {"type": "video_fade", "params": {"fade_type": "out", "duration": 0.5, "start_time": 2.4}}


def farthest(one: Path, other: Path) -> int:
    """The greatest difference of any pixel of any frame of two films of one length."""
    left, right = decode_pictures(one), decode_pictures(other)
    assert left.shape == right.shape
    return int(np.abs(left.astype(np.int16) - right.astype(np.int16)).max())


def settled(path: Path, **more: Any) -> tuple[Document, dict[str, Any]]:
    """One clip of three seconds, and what is known of its source."""
    media = {str(path): {"path": str(path), "kind": "video", "duration": 10.0, "audio": {}}}
    speed = {"type": "speed_control", "params": {"factor": 1.5}}
    shown = clip(path, 0.5, 1.1, 5.6, id="shown", effects=[speed, *more.pop("effects", [])], **more)
    return edit.settle(document(track(shown)), media), media


def applied(base: Document, media: dict[str, Any], *edits: Document) -> Document:
    """What edits make of a project."""
    ids = iter(f"new-{number}" for number in range(99))
    batch = edit.parse_edits(list(edits))
    return edit.apply(base, batch, media=media, new_id=lambda _: next(ids)).document


@pytest.mark.parametrize("at", [1.5, 2.1, 2.5])
@pytest.mark.parametrize(
    "more",
    [{"effects": [TEXT, IN, OUT]}, {"transform": ZOOM, "effects": [LOUD]}],
    ids=["text and fades", "keyframes"],
)
def test_a_cut_is_not_seen(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, at: float, more: dict[str, Any]
) -> None:
    """A clip at another speed, with a text, fades and keyframes, shows the same pictures when it is split."""
    base, facts = settled(media.make(FOOTAGE), **more)
    cut = applied(base, facts, {"op": "split_clip", "clip_id": "shown", "at": at})
    assert 2 == len(cut["tracks"][0]["clips"])
    whole = bundled_stoat.render(base, tmp_path / "whole.mkv", quality="lossless")
    parts = bundled_stoat.render(cut, tmp_path / "parts.mkv", quality="lossless")
    assert farthest(whole, parts) <= ROUNDING


def test_edits_of_a_ramp_are_not_seen(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A clip whose speed changes, split within the change and trimmed at both ends, shows what it showed."""
    path = media.make(FOOTAGE)
    facts = {str(path): {"path": str(path), "kind": "video", "duration": 10.0, "audio": {}}}
    curve = {"type": "speed_control", "params": {"factor": keyframes((0.5, 0.5), (2.5, 2.5), easing="ease")}}
    base = edit.settle(document(track(clip(path, 0, 1.1, 6.1, id="shown", effects=[curve]))), facts)
    cut = applied(
        base,
        facts,
        {"op": "split_clip", "clip_id": "shown", "at": 1.5, "id": "right"},
        {"op": "trim_clip", "clip_id": "shown", "in_point": 1.35},
        {"op": "trim_clip", "clip_id": "right", "out_point": 5.1},
    )
    (left, right) = cut["tracks"][0]["clips"]
    assert (0.5, 1.5) == (left["timeline_start"], right["timeline_start"])
    first, last = 15, round(right["timeline_end"] * 30)
    whole = decode_pictures(bundled_stoat.render(base, tmp_path / "whole.mkv", quality="lossless"))
    parts = decode_pictures(bundled_stoat.render(cut, tmp_path / "parts.mkv", quality="lossless"))
    assert last == len(parts)
    assert np.array_equal(whole[first:last], parts[first:last])


def test_a_cut_of_a_title_is_not_seen(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A title that comes, grows and goes over the picture below."""
    base, facts = settled(media.make(FOOTAGE))
    title = {
        "generator": "title",
        "text": "Chapter",
        "start": 0.2,
        "fade_in": 1,
        "fade_out": 0.5,
        "fontsize": keyframes((0, 20), (2, 40)),
    }
    added = {"op": "add_clip", "track_id": "$0", "source": title, "out_point": 3, "at": 0, "id": "title"}
    base = applied(base, facts, {"op": "create_track", "type": "text"}, added)
    cut = applied(base, facts, {"op": "split_clip", "clip_id": "title", "at": 1.1, "id": "right"})
    whole = bundled_stoat.render(base, tmp_path / "whole.mkv", quality="lossless")
    parts = bundled_stoat.render(cut, tmp_path / "parts.mkv", quality="lossless")
    assert farthest(whole, parts) <= ROUNDING


def test_settling_is_not_seen(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A document that leaves times out and lies off the grid shows the same when it is settled."""
    path = media.make(FOOTAGE)
    facts = {str(path): {"path": str(path), "kind": "video", "duration": 10.0, "audio": {}}}
    loose = document(
        track(
            {"id": "a", "source": str(path), "in": 1.234, "out": 3.1, "start": 0.013},
            {"source": str(path), "in": "40f", "out": 4.777, "effects": [{"effect_type": "blur"}]},
            transitions=[
                {"length": 0.512, "from": "a", "to": "/tracks/0/clips/1", "transition": "crossfade"}
            ],
        )
    )
    before = bundled_stoat.render(loose, tmp_path / "before.mkv", quality="lossless")
    after = bundled_stoat.render(edit.settle(loose, facts), tmp_path / "after.mkv", quality="lossless")
    assert 0 == farthest(before, after)
