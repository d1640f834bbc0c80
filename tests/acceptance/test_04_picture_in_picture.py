"""Pictures over pictures: in their place, for their span, in their order, with their transparency."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import clip, document, keyframes, track
from stoat_ferret.testing.measure import (
    Box,
    contained,
    decode_pictures,
    frame_numbers,
    shown_numbers,
    wrong_frames,
)
from stoat_ferret.testing.media import MediaMaker, Source

MAIN = Source(sound=None)
INSET = Source(first=5000, rate=Fraction(25), sound=None)
BLUE, RED = {"generator": "color", "color": "#0000ff"}, {"generator": "color", "color": "#ff0000"}
LOWER_RIGHT = {"x": 0.7, "y": 0.7, "width": 0.5, "height": 0.5}


def _colours(path: Path) -> Any:
    return decode_pictures(path, colour="rgb").astype(int)


def test_inset_for_its_span_only(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The inset is there from its first to its last frame and no longer; the main picture runs on."""
    main = track(clip(media.make(MAIN), 0, 0, 3))
    inset = track(clip(media.make(INSET), Fraction(20, 30), 0.5, 0.5 + 40 / 30, transform=LOWER_RIGHT))
    out = stoat.render(document(main, inset), tmp_path / "out.mp4")
    pictures = decode_pictures(out)
    assert [*range(90)] == frame_numbers(pictures)
    box: Box = (0.45, 0.45, 0.5, 0.5)
    shown = frame_numbers(pictures, box)
    expected = shown_numbers(INSET, in_point=Fraction(1, 2), count=40, rate=Fraction(30))
    assert [] == wrong_frames(shown[20:60], expected)
    assert {None} == {*shown[:20], *shown[60:]}


def test_inset_leaves_the_rest_untouched(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Outside of the inset's box and span not one pixel changes."""
    main = track(clip(media.make(MAIN), 0, 0, 2))
    placed = {"x": 0.75, "y": 0.75, "width": 0.25, "height": 0.25}
    inset = track(clip(media.make(INSET), Fraction(10, 30), 0, 1, transform=placed))
    plain = bundled_stoat.render(document(main), tmp_path / "plain.mkv", quality="lossless")
    both = bundled_stoat.render(document(main, inset), tmp_path / "both.mkv", quality="lossless")
    before, after = decode_pictures(plain), decode_pictures(both)
    changed = before != after
    assert not changed[:10].any()
    assert not changed[40:].any()
    assert changed[10:40, 115:155, 205:275].any(axis=(1, 2)).all()
    changed[10:40, 111:159, 198:282] = False
    assert not changed.any()


def test_z_order_is_track_order(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The later track lies over the earlier one; exchanged, it lies under it."""
    first = track(clip(media.make(MAIN), 0, 0, 1))
    second = track(
        clip(media.make(INSET), 0, 0, 1, transform={"x": 0.5, "y": 0.5, "width": 0.6, "height": 0.6})
    )
    third = track(
        clip(media.make(Source(first=9000, sound=None)), 0, 0, 1, transform={"width": 0.4, "height": 0.4})
    )
    boxes: list[Box] = [(0.2, 0.2, 0.6, 0.6), (0.3, 0.3, 0.4, 0.4)]
    upper = decode_pictures(stoat.render(document(first, second, third), tmp_path / "upper.mp4"))
    lower = decode_pictures(stoat.render(document(first, third, second), tmp_path / "lower.mp4"))
    assert [*range(9000, 9030)] == frame_numbers(upper, boxes[1])
    assert [5000] == frame_numbers(lower, boxes[0])[:1]
    assert {None} == set(frame_numbers(lower, boxes[1]))


@pytest.mark.parametrize(
    "source",
    [
        Source(codec="vp9", ending="webm", alpha=True, sound=None),
        Source(codec="vp8", ending="webm", alpha=True, sound=None),
        Source(codec="prores", ending="mov", alpha=True, sound=None),
        Source(codec="png", ending="png", alpha=True, frames=1, first=77, sound=None),
    ],
    ids=lambda source: source.codec,
)
def test_transparent_source(stoat: Stoat, media: MediaMaker, tmp_path: Path, source: Source) -> None:
    """What is transparent shows the track below, what is half so shows half of it."""
    over = track(clip(media.make(source), 0, 0, 1))
    made = document(track(clip({"generator": "color", "color": "#ff0000"}, 0, 0, 1)), over)
    pictures = _colours(stoat.render(made, tmp_path / "out.mkv", quality="lossless"))[1:29]
    numbers = [77] * 28 if source.codec == "png" else [*range(1, 29)]
    assert numbers == frame_numbers(pictures.astype(np.uint8))
    clear, half, full = (
        pictures[:, 130:170, 20:140],
        pictures[:, 130:170, 180:300],
        pictures[:, 70:110, 180:300],
    )
    assert np.abs(clear.reshape(-1, 3).mean(axis=0) - [255, 0, 0]).max() < 8
    below, above = np.array([255, 0, 0]), full.reshape(-1, 3).mean(axis=0)
    assert np.abs(half.reshape(-1, 3).mean(axis=0) - (below + above) / 2).max() < 24


def test_opacity_keyframes_survive_flattening(stoat: Stoat, tmp_path: Path) -> None:
    """A red picture that fades over a blue one passes through every mixture in between."""
    fading = {"opacity": keyframes((0, 0.0), (1, 1.0), (2, 1.0), (3, 0.25))}
    made = document(track(clip(BLUE, 0, 0, 3)), track(clip(RED, 0, 0, 3, transform=fading)))
    middle = _colours(stoat.render(made, tmp_path / "out.mkv", quality="lossless"))[:, 90, 160]
    for number, (red, green, blue) in enumerate(middle):
        time = number / 30
        share = time if time < 1 else 1.0 if time < 2 else 1 - 0.75 * (time - 2)
        assert (red, green, blue) == pytest.approx((255 * share, 0, 255 * (1 - share)), abs=8), number


def test_opacity_over_nothing_shows_the_background(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Half of a red picture on the lowest track shows half of the background."""
    made = document(track(clip(RED, 0, 0, 1, transform={"opacity": 0.5})), background="#00ff00")
    middle = _colours(bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless"))[:, 90, 160]
    assert np.abs(middle - [128, 128, 0]).max() <= 6


@pytest.mark.parametrize(
    ("easing", "halfway"),
    [("linear", 0.5), ("hold", 0.0), ("ease", 0.5), ("ease_in", 0.25), ("ease_out", 0.75)],
)
def test_easing(bundled_stoat: Stoat, tmp_path: Path, easing: str, halfway: float) -> None:
    """Each easing starts and ends at its values and lies on its side of the line in between."""
    fading = {"opacity": keyframes((0, 0.0), (1, 1.0), easing=easing)}
    made = document(track(clip(BLUE, 0, 0, 1.5)), track(clip(RED, 0, 0, 1.5, transform=fading)))
    red = _colours(bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless"))[:, 90, 160, 0] / 255
    assert red[0] == pytest.approx(0, abs=0.03)
    assert red[30] == pytest.approx(1, abs=0.03)
    assert all(later >= earlier - 0.01 for earlier, later in pairwise(red))
    assert red[15] == pytest.approx(halfway, abs=0.2 if easing.startswith("ease_") else 0.03)
    if easing.startswith("ease_"):
        assert (red[15] < 0.47) == (easing == "ease_in")


def test_position_keyframes(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """An inset that moves can be read along its path."""
    moving = {"x": keyframes((0, 0.25), (2, 0.75)), "y": 0.5, "width": 0.4, "height": 0.4}
    made = document(
        track(clip(BLUE, 0, 0, 2)), track(clip(media.make(Source(first=600)), 0, 0, 2, transform=moving))
    )
    pictures = decode_pictures(stoat.render(made, tmp_path / "out.mp4"))
    for number in range(60):
        left = 0.25 + number / 30 * 0.25 - 0.2
        assert [600 + number] == frame_numbers(pictures[number : number + 1], (left, 0.3, 0.4, 0.4))


def test_size_keyframes(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """An inset that grows can be read at its size of the moment."""
    growing = {"width": keyframes((0, 0.4), (2, 0.9)), "height": keyframes((0, 0.4), (2, 0.9))}
    made = document(
        track(clip(BLUE, 0, 0, 2)), track(clip(media.make(Source(first=600)), 0, 0, 2, transform=growing))
    )
    pictures = decode_pictures(stoat.render(made, tmp_path / "out.mp4"))
    for number in range(60):
        size = 0.4 + number / 30 * 0.25
        edge = (1 - size) / 2
        assert [600 + number] == frame_numbers(pictures[number : number + 1], (edge, edge, size, size))


def test_rotation_keeps_the_whole_picture(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A half turn puts the numbers upside down at the bottom; a quarter turn stands them up."""
    path = media.make(Source(first=300))
    for angle, turns in [(180, 2), (90, 1)]:
        turned = {"width": 0.5, "height": 0.5, "rotation": angle}
        made = document(track(clip(path, 0, 0, 1, transform=turned)))
        pictures = decode_pictures(stoat.render(made, tmp_path / f"{angle}.mp4"))
        inside = pictures[:, 45:135, 80:240] if angle == 180 else pictures[:, 10:170, 115:205]
        # Clockwise on the screen: turning back is anticlockwise.
        assert [*range(300, 330)] == frame_numbers(np.ascontiguousarray(np.rot90(inside, turns, axes=(1, 2))))


def test_rotation_keyframes(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A picture that turns is upright at the start and upside down half a turn later."""
    turning = {"width": 0.5, "height": 0.5, "rotation": keyframes((0, 0), (1, 180), (2, 180))}
    made = document(track(clip(media.make(Source(first=300)), 0, 0, 2, transform=turning)))
    inside = decode_pictures(bundled_stoat.render(made, tmp_path / "out.mp4"))[:, 45:135, 80:240]
    assert [300] == frame_numbers(inside[:1])
    assert [*range(330, 360)] == frame_numbers(np.ascontiguousarray(inside[30:, ::-1, ::-1]))


@pytest.mark.parametrize(
    ("anchor", "place"),
    [
        ("center", (0.5, 0.5)),
        ("top_left", (0.3, 0.3)),
        ("top_right", (0.7, 0.3)),
        ("bottom_left", (0.3, 0.7)),
        ("bottom_right", (0.7, 0.7)),
    ],
)
def test_anchor(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, anchor: str, place: tuple[float, float]
) -> None:
    """The anchor is the point of the box that x and y place."""
    x, y = place
    placed = {"x": x, "y": y, "width": 0.4, "height": 0.4, "anchor": anchor}
    made = document(track(clip(media.make(Source(first=300)), 0, 0, 0.5, transform=placed)))
    pictures = decode_pictures(bundled_stoat.render(made, tmp_path / "out.mp4"))
    assert [*range(300, 315)] == frame_numbers(pictures, (0.3, 0.3, 0.4, 0.4))


def test_crop_of_the_source(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A crop shows its part of the source alone, filling the box."""
    upper = {"crop": {"x": 0, "y": 0, "width": 1, "height": 0.5}}
    made = document(track(clip(media.make(Source(first=300)), 0, 0, 0.5, transform=upper, fit="stretch")))
    pictures = decode_pictures(bundled_stoat.render(made, tmp_path / "out.mp4"))
    assert [*range(300, 315)] == frame_numbers(pictures, (0, 0, 1, 2))


def test_inset_keeps_its_shape(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """An upright film in a wide box stands in its middle, transparent at its sides."""
    upright = Source(first=800, rotation=90, sound=None)
    placed = {"x": 0.5, "y": 0.5, "width": 0.8, "height": 0.8}
    made = document(track(clip(RED, 0, 0, 1)), track(clip(media.make(upright), 0, 0, 1, transform=placed)))
    pictures = decode_pictures(
        bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless"), colour="rgb"
    )
    left, top, width, height = contained(9, 16)
    box: Box = (0.1 + left * 0.8, 0.1 + top * 0.8, width * 0.8, height * 0.8)
    assert [*range(800, 830)] == frame_numbers(pictures, box)
    beside = pictures[:, 30:150, 40:100].reshape(-1, 3).astype(int)
    assert np.abs(beside - [255, 0, 0]).max() <= 6


def test_fade_to_transparency(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A fade with `alpha` shows the track below instead of a colour."""
    fade = {"type": "video_fade", "params": {"fade_type": "in", "duration": 1, "alpha": True}}
    made = document(track(clip(BLUE, 0, 0, 1.5)), track(clip(RED, 0, 0, 1.5, effects=[fade])))
    middle = _colours(bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless"))[:, 90, 160]
    assert np.abs(middle[0] - [0, 0, 255]).max() <= 12
    assert np.abs(middle[15] - [128, 0, 128]).max() <= 16
    assert np.abs(middle[40] - [255, 0, 0]).max() <= 6


@pytest.mark.parametrize(
    "way", ["drawn on what lies below", "blurred", "on a track with effects", "joined", "on a clear clip"]
)
def test_half_transparent_texts_whichever_way_they_go(stoat: Stoat, tmp_path: Path, way: str) -> None:
    """A half black box on light grey is middle grey, whether it is drawn there or on a canvas of its own."""
    box = {"text": "HHH", "box": True, "box_color": "#000000@0.5", "box_padding": 60, "fontsize": 20}
    title: dict[str, Any] = {
        "id": "t",
        "source": {"generator": "title", **box},
        "timeline_start": 0,
        "out_point": 2,
    }
    more: dict[str, Any] = {}
    clips = [title]
    if way == "blurred":
        title["effects"] = [{"type": "blur", "params": {"radius": 0.01}}]
    elif way == "on a track with effects":
        more["effects"] = [{"type": "color", "params": {"gamma": 1.0001}}]
    elif way == "joined":
        clips.append({**title, "id": "u", "timeline_start": 1.5})
        more["transitions"] = [{"type": "fade", "duration": 0.5, "from": "t", "to": "u"}]
    elif way == "on a clear clip":
        title["source"] = {"generator": "color", "color": "#00000000"}
        title["effects"] = [{"type": "text_overlay", "params": box}]
    grey = {"source": {"generator": "color", "color": "#c0c0c0"}, "timeline_start": 0, "out_point": 2}
    made = document(track(grey), track(*clips, **more))
    shown = _colours(stoat.render(made, tmp_path / "out.mkv", quality="lossless", range="6f:9f"))
    height, width = shown.shape[1:3]
    inside = shown[:, height // 2 - 40 : height // 2 - 30, width // 2 - 20 : width // 2 + 20]
    assert abs(inside - 96).max() <= 3, inside.mean()
    assert abs(shown[:, :5] - 192).max() <= 2
