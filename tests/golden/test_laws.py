"""What effects do to pictures, by arithmetic: what a definition by pictures must agree with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from cases import Case
from filming import filmed
from looks import Colors, brighter, house, negative, turned
from numpy.typing import NDArray
from painting import DISC, HEIGHT, SCREEN, WIDTH, below
from seeing import FRAMES, Picture, Seer

from stoat_ferret.model.document import Document, parse_document

Frames = NDArray[np.float64]
See = Callable[..., Frames]

SCENE = np.s_[:, :, :120]
"""The green screen and the disc, in frames."""
GREY = np.s_[:, 92:118, 222:318]
"""Grain."""
CORNER = np.s_[:, :8, :8]


@pytest.fixture(scope="module")
def see(seer: Seer) -> See:
    """Give the frames of the scene with an effect: number, row, column, colour."""

    def frames(effect: str | None, **params: Any) -> Frames:
        case = Case(name="law", effect=effect or "blur", params=params)
        return _apart(seer.seen(case, without=effect is None))

    return frames


@pytest.fixture(scope="module")
def plain(see: See) -> Frames:
    """Give the frames as they are."""
    return see(None)


def _apart(picture: Picture) -> Frames:
    return np.stack(np.split(picture.astype(np.float64), len(FRAMES), axis=1))


def _luma(frames: Frames) -> Frames:
    luma: Frames = frames @ np.array([0.2126, 0.7152, 0.0722])
    return luma


def _off(left: Frames, right: Frames) -> float:
    return float(np.abs(left - right).mean())


@pytest.mark.parametrize(("direction", "axes"), [("horizontal", (2,)), ("vertical", (1,)), ("both", (1, 2))])
def test_flip_is_a_mirror(see: See, plain: Frames, direction: str, axes: tuple[int, ...]) -> None:
    """To the pixel: colour planes are halved, and turn with the rest."""
    assert _off(np.flip(plain, axes), see("flip", direction=direction)) < 1


def test_two_halves_of_a_turn_are_none(see: See, plain: Frames) -> None:
    """Half a turn is both mirrors; a quarter is as numpy turns it, fitted into the film's height."""
    assert _off(np.flip(plain, (1, 2)), see("rotate", turn="half")) < 1
    turned = see("rotate", turn="clockwise")
    # 180 high, 101 wide, in the middle; the disc of the left third is in the upper third.
    middle = turned[0, 30, WIDTH // 2]
    assert np.abs(middle - DISC).max() < 12
    assert np.abs(see("rotate", turn="counterclockwise")[0, HEIGHT - 30, WIDTH // 2] - DISC).max() < 12


def test_grayscale_leaves_the_luma(see: See, plain: Frames) -> None:
    """No colour is left, and brightness is what it was where it was not clipped."""
    gray = see("grayscale")
    assert np.ptp(gray, axis=3).max() <= 1
    assert _off(_luma(plain)[GREY], _luma(gray)[GREY]) < 1
    assert np.ptp(see("grayscale", amount=0.5), axis=3).max() > 20


def test_sepia_is_the_known_mixture(see: See, plain: Frames) -> None:
    """Each colour is a sum of all three, clipped."""
    rows = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
    expected = np.clip(plain @ rows.T, 0, 255)
    assert _off(expected[SCENE], see("sepia")[SCENE]) < 3
    half = np.clip(plain @ (0.5 * rows + 0.5 * np.eye(3)).T, 0, 255)
    assert _off(half[SCENE], see("sepia", amount=0.5)[SCENE]) < 3


def test_levels_are_their_formula(see: See, plain: Frames) -> None:
    """Black and white are where they are said to be, and gamma lies between them."""
    shown = see("levels", black=0.2, white=0.8, gamma=2)
    expected = 255 * np.clip((plain / 255 - 0.2) / 0.6, 0, 1) ** 0.5
    assert _off(expected[GREY], shown[GREY]) < 4
    negative = see("levels", output_black=1, output_white=0)
    assert _off(255 - plain[SCENE], negative[SCENE]) < 3


def test_curves_go_through_their_points(see: See, plain: Frames) -> None:
    """A straight line is the picture; a falling one is its negative; one colour alone is bent."""
    assert _off(plain[SCENE], see("curves", master=[[0, 0], [1, 1]])[SCENE]) < 2
    assert _off(255 - plain[SCENE], see("curves", master=[[0, 1], [1, 0]])[SCENE]) < 3
    red = see("curves", red=[[0, 1], [1, 1]])
    assert red[CORNER][..., 0].min() > 250
    assert _off(plain[CORNER][..., 1:], red[CORNER][..., 1:]) < 3


@pytest.mark.parametrize("interpolation", ["tetrahedral", "trilinear"])
def test_lut_leaves_what_its_table_leaves(see: See, interpolation: str) -> None:
    """To a rounding: the way through RGB and back changes as much without a table."""
    there_and_back = see("curves", master=[[0, 0], [1, 1]])
    same = see("lut", file="looks/same.cube", interpolation=interpolation)
    assert np.abs(there_and_back - same).max() <= 4
    assert _off(there_and_back, same) < 0.2


@pytest.mark.parametrize(
    ("file", "look"), [("turned", turned), ("negative", negative), ("brighter", brighter), ("house", house)]
)
def test_lut_is_its_table(see: See, plain: Frames, file: str, look: Callable[[Colors], Colors]) -> None:
    """What arithmetic makes of the colours, mixed by its strength; red changes first in a cube."""
    expected = 255 * np.clip(look(plain.reshape(-1, 3) / 255), 0, 1).reshape(plain.shape)
    flat = np.ones(plain.shape[:3], dtype=bool)
    for axis in (1, 2):
        # Colour planes are halved: at edges colours run into one another.
        for by in (-2, -1, 1, 2):
            flat &= np.abs(plain - np.roll(plain, by, axis=axis)).max(axis=3) < 6
    assert flat.sum() > 30_000
    assert _off(expected[flat], see("lut", file=f"looks/{file}.cube")[flat]) < 3
    half = see("lut", file=f"looks/{file}.cube", strength=0.5)
    # All is rounded on its way to RGB, in the mixture, and on its way back.
    assert _off((0.5 * expected + 0.5 * plain)[flat], half[flat]) < 3
    assert _off(expected[flat], half[flat]) > 3


def test_lut_finds_colours_between_others(see: See, plain: Frames) -> None:
    """Where all corners of a cube are black but the white one: by three lines, or within a tetrahedron."""
    least, product = plain.min(axis=3) / 255, plain.prod(axis=3) / 255**3
    for interpolation, level in (("tetrahedral", least), ("trilinear", product)):
        shown = see("lut", file="looks/corner.cube", interpolation=interpolation)
        assert _off(255 * level[..., None][GREY], shown[GREY]) < 4
    assert np.abs(least - product)[GREY].mean() > 0.3


def test_lut_keeps_alpha(pinned_seer: Seer, tmp_path: Path) -> None:
    """What a mask lets through is what lies below; what it shows has the look, full or half."""
    mask = {"type": "mask", "params": {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}}
    files = pinned_seer.footage
    looks = [
        {"file": str(files.folder / "looks" / "turned.cube")},
        {"file": str(files.folder / "looks" / "negative.cube"), "strength": 0.5},
    ]

    def seen(effects: list[dict[str, Any]]) -> Frames:
        times = {"in_point": 0, "out_point": 2, "timeline_start": 0}
        below, scene = ({"source": str(source), **times} for source in (files.below, files.scene))
        clips = [below, {**scene, "effects": effects}]
        tracks = [{"type": "video", "clips": [clip]} for clip in clips]
        return np.asarray(filmed(tracks, pinned_seer.settings, tmp_path), dtype=np.float64)

    outside = np.ones((HEIGHT, WIDTH), dtype=bool)
    outside[HEIGHT // 4 - 4 : -HEIGHT // 4 + 4, WIDTH // 4 - 4 : -WIDTH // 4 + 4] = False
    bare = seen([mask])
    for params in looks:
        shown = seen([mask, {"type": "lut", "params": params}])
        assert np.array_equal(bare[:, outside], shown[:, outside])
        assert _off(bare[:, ~outside], shown[:, ~outside]) > 20


def test_ranges_with_a_lut_are_those_of_the_whole(pinned_seer: Seer, tmp_path: Path) -> None:
    """On a clip, its track and the project at once."""
    file = pinned_seer.footage.folder / "looks" / "house.cube"
    look = [{"type": "lut", "params": {"file": str(file), "strength": 0.7}}]
    clip = {"source": str(pinned_seer.footage.scene), "in_point": 0, "out_point": 2, "timeline_start": 0}
    tracks = [{"type": "video", "clips": [{**clip, "effects": look}], "effects": look}]
    whole = filmed(tracks, pinned_seer.settings, tmp_path)
    part = filmed(tracks, pinned_seer.settings, tmp_path, "23f:31f")
    assert np.array_equal(whole[23:31], part)


def test_white_balance_keeps_grey_as_bright(see: See, plain: Frames) -> None:
    """Warm has more red than blue, cold less; tint takes green."""
    warm, cold, pink = (
        see("white_balance", **params)[GREY].mean(axis=(0, 1, 2))
        for params in ({"temperature": 9000}, {"temperature": 4500}, {"tint": 0.5})
    )
    assert warm[0] > warm[1] > warm[2]
    assert cold[0] < cold[1] < cold[2]
    assert pink[1] < pink[0]
    for colors in (warm, cold, pink):
        assert abs(_luma(colors) - _luma(plain[GREY]).mean()) < 2


def test_hue_turns_in_a_circle(see: See, plain: Frames) -> None:
    """A full turn is none; half of one swaps a colour for its opposite; grey stays."""
    assert _off(plain, see("hue", degrees=360)) < 1
    opposite = see("hue", degrees=180)
    assert _off(plain[GREY], opposite[GREY]) < 2
    assert opposite[CORNER][..., 1].mean() < opposite[CORNER][..., 0].mean()


def test_vignette_leaves_the_middle(see: See, plain: Frames) -> None:
    """The corner goes down by what was asked for, the middle stays."""
    shaded = see("vignette", strength=0.6, size=0.5)
    middle = np.s_[:, 80:100, 140:180]
    assert _off(plain[middle], shaded[middle]) < 2
    ratio = shaded[CORNER].mean() / plain[CORNER].mean()
    assert 0.38 < ratio < 0.5


def test_pixelate_has_squares_of_one_colour(see: See, plain: Frames) -> None:
    """Their colour is the mean of what they cover."""
    squares = see("pixelate", size=20)
    blocks = squares.reshape(2, 9, 20, 16, 20, 3)
    assert np.ptp(blocks, axis=(2, 4))[..., 1].max() <= 8
    means = plain.reshape(2, 9, 20, 16, 20, 3).mean(axis=(2, 4))
    assert _off(means, blocks.mean(axis=(2, 4))) < 4


@pytest.mark.parametrize("style", ["pixelate", "blur", "box"])
def test_censor_hides_its_rectangle_and_nothing_else(see: See, plain: Frames, style: str) -> None:
    """What lies outside is the very same; nothing of the detail inside is left."""
    shown = see("censor", style=style, x=0.7, y=0.1, width=0.2, height=0.3, size=30)
    top, bottom, left, right = 18, 72, 224, 288
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[top - 1 : bottom + 1, left - 1 : right + 1] = False
    assert np.array_equal(plain[:, outside], shown[:, outside])
    inside = np.s_[:, top + 2 : bottom - 2, left + 2 : right - 2]
    assert plain[inside].std() > 80
    assert shown[inside].std() < 20


def test_mask_shows_its_shape(see: See, plain: Frames) -> None:
    """Inside is the clip, outside is what lies below; inverted, the other way round."""
    stripes = np.stack([below(int(part * 60)) for part in FRAMES]).astype(np.float64)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot((x - 159.5) / 80, (y - 89.5) / 60)
    inside, outside = distance < 0.96, distance > 1.04
    place = {"shape": "ellipse", "x": 0.25, "y": 1 / 6, "width": 0.5, "height": 2 / 3}
    for invert, (kept, gone) in ((False, (inside, outside)), (True, (outside, inside))):
        shown = see("mask", **place, invert=invert)
        assert _off(plain[:, kept], shown[:, kept]) < 2
        assert _off(stripes[:, gone], shown[:, gone]) < 7
    soft = see("mask", **place, feather=40)
    assert _off(plain[:, inside & (distance > 0.9)], soft[:, inside & (distance > 0.9)]) > 10


def test_chroma_key_takes_the_screen_and_leaves_what_stands_before_it(see: See) -> None:
    """The screen shows what lies below, the disc is opaque and has its colour, greys stay."""
    stripes = np.stack([below(int(part * 60)) for part in FRAMES]).astype(np.float64)
    keyed = see("chroma_key", color="#{:02x}{:02x}{:02x}".format(*SCREEN))
    screen = np.s_[:, 4:40, 4:20]
    assert _off(stripes[screen], keyed[screen]) < 7
    assert np.abs(keyed[:, 90, 60] - DISC).max() < 15
    assert np.ptp(keyed[GREY], axis=3).mean() < 4


def test_chroma_key_takes_spill_off(see: See) -> None:
    """Green that is not taken for screen loses what it has more of than red and blue."""
    screen = [see("chroma_key", similarity=0.01, blend=0, spill=spill) for spill in (0.0, 1.0)]
    wheel = np.s_[:, 10:30, 150:158]
    assert screen[0][wheel][..., 1].mean() - screen[1][wheel][..., 1].mean() > 20


def test_color_key_takes_one_colour(see: See, plain: Frames) -> None:
    """White squares go, what is far from white stays."""
    stripes = np.stack([below(int(part * 60)) for part in FRAMES]).astype(np.float64)
    keyed = see("color_key", color="white", similarity=0.15)
    white = plain.min(axis=3) > 225
    white &= np.roll(white, 3, axis=2) & np.roll(white, -3, axis=2)
    white &= np.roll(white, 3, axis=1) & np.roll(white, -3, axis=1)
    assert white.sum() > 500
    assert _off(stripes[white], keyed[white]) < 6
    assert _off(plain[SCENE], keyed[SCENE]) < 3


def test_border_is_inside_of_the_picture(seer: Seer) -> None:
    """So wide, in its colour, on all four sides of the clip's box."""
    case = Case(name="law", effect="border", params={"width": 6, "color": "#ff0000"})
    framed, bare = _apart(seer.seen(case)), _apart(seer.seen(case, without=True))
    changed = np.abs(framed - bare).max(axis=3) > 60
    rows, columns = np.where(changed[0].any(axis=1))[0], np.where(changed[0].any(axis=0))[0]
    # The box of 192 by 108 pixels is at 48, 27.
    assert (27, 134) == pytest.approx((rows.min(), rows.max()), abs=1)
    assert (48, 239) == pytest.approx((columns.min(), columns.max()), abs=1)
    assert framed[0, 29, 60:220, 0].min() > 230
    inside = np.s_[:, 27 + 8 : 135 - 8, 48 + 8 : 240 - 8]
    assert _off(bare[inside], framed[inside]) < 1


def test_drop_shadow_falls_to_its_side(seer: Seer) -> None:
    """Below and to the right it is darker by its opacity; elsewhere nothing changes."""
    params = {"x": 12, "y": 8, "blur": 0, "opacity": 0.5}
    case = Case(name="law", effect="drop_shadow", params=params)
    fallen, bare = _apart(seer.seen(case)), _apart(seer.seen(case, without=True))
    right = np.s_[:, 45:130, 242:250]
    assert fallen[right].mean() == pytest.approx(bare[right].mean() * 0.5, rel=0.1)
    under = np.s_[:, 136:141, 70:230]
    assert fallen[under].mean() == pytest.approx(bare[under].mean() * 0.5, rel=0.1)
    for still in (np.s_[:, 30:130, 52:236], np.s_[:, :24, :], np.s_[:, :, :44], np.s_[:, 150:, :]):
        assert _off(bare[still], fallen[still]) < 4
    # What is beside the canvas throws no shadow.
    for edge in (np.s_[:, :8, :], np.s_[:, :, :12]):
        assert _off(bare[edge], fallen[edge]) < 1


def test_sharpen_and_denoise_are_opposites(see: See, plain: Frames) -> None:
    """One makes grain stronger, the other weaker; means stay."""
    sharp, smooth = see("sharpen", amount=2), see("denoise", strength=20)
    assert sharp[GREY].std() > 1.5 * plain[GREY].std()
    assert smooth[GREY].std() < 0.75 * plain[GREY].std()
    for frames in (sharp, smooth):
        assert frames[GREY].mean() == pytest.approx(plain[GREY].mean(), abs=3)
    edge = np.s_[:, 20:60, 100:140]
    assert _off(plain[edge], see("denoise", strength=4)[edge]) < 4


def test_denoise_temporal_calms_what_stays(seer: Seer, tmp_path: Path) -> None:
    """Grain flickers less than half as much; fine lines stay, and what moves; a range is as the whole."""
    clip = {"source": str(seer.footage.scene), "in_point": 0, "out_point": 1, "timeline_start": 0}
    grain = {"type": "film_grain", "params": {"amount": 0.2}}
    calm = {"type": "denoise_temporal", "params": {"strength": 30}}

    def made(*effects: dict[str, Any], frames: str | None = None) -> Frames:
        tracks = [{"type": "video", "clips": [{**clip, "effects": list(effects)}]}]
        return filmed(tracks, seer.settings, tmp_path, frames).astype(float)

    clean, noisy, calmed = made(), made(grain), made(grain, calm)
    screen = np.s_[10:, 5:40, 5:40]
    assert calmed[screen].std(axis=0).mean() < noisy[screen].std(axis=0).mean() / 2
    assert _off(clean, made(calm)) < 1
    for kept in (np.s_[:, 152:178, 122:218], np.s_[:, 150:, 220:]):
        assert _off(clean[kept], made(calm)[kept]) < 2
    assert np.array_equal(calmed[17:21], made(grain, calm, frames="17f:21f"))


def test_glow_only_adds_light(see: See, plain: Frames) -> None:
    """Nothing gets darker; what is dark beside what is bright gets brighter."""
    lit = see("glow", strength=1, radius=8, threshold=0.5)
    assert (_luma(lit) - _luma(plain)).min() > -8
    dark = plain.max(axis=3) < 40
    dark[:, 90:, :] = False
    dark[:, :, :225] = False
    assert lit[dark].mean() > plain[dark].mean() + 15


def test_film_grain_moves_and_leaves_the_mean(see: See, plain: Frames) -> None:
    """Every frame has other grain, without a colour of its own."""
    grain = see("film_grain", amount=0.5) - plain
    flat = np.s_[:, 4:40, 4:20]
    assert abs(grain[flat].mean()) < 4
    assert 4 < grain[flat].std() < 60
    first, last = (part[4:40, 4:20, 1].ravel() for part in grain)
    assert abs(np.corrcoef(first, last)[0, 1]) < 0.3


def test_lens_correction_leaves_the_middle(see: See, plain: Frames) -> None:
    """What is far from the middle moves along its radius, by the formula."""
    corrected = see("lens_correction", k1=-0.3)
    middle = np.s_[:, 84:96, 150:170]
    assert _off(plain[middle], corrected[middle]) < 12
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    across, down = (x - WIDTH / 2) / WIDTH, (y - HEIGHT / 2) / HEIGHT
    # Squares of the distance, 1 at the corners.
    squares = 4 * ((x - WIDTH / 2) ** 2 + (y - HEIGHT / 2) ** 2) / (WIDTH**2 + HEIGHT**2)
    factor = 1 - 0.3 * squares
    from_x = np.clip(np.round(across * factor * WIDTH + WIDTH / 2), 0, WIDTH - 1).astype(int)
    from_y = np.clip(np.round(down * factor * HEIGHT + HEIGHT / 2), 0, HEIGHT - 1).astype(int)
    assert _off(plain[:, from_y, from_x], corrected) < 0.35 * _off(plain, corrected)


def test_reframe_keeps_its_point_in_the_middle(see: See, plain: Frames) -> None:
    """A square around the middle of the disc, as high as the film."""
    square = see("reframe", aspect="1:1", x=0.4)
    shown = square[:, :, 70:250]
    left = round(0.4 * WIDTH) - 90
    assert _off(plain[:, :, left : left + 180], shown) < 2


def _square(frame: Frames) -> int:
    """Where the white square of a frame begins."""
    row = frame[165, 220:].min(axis=1) > 200
    return 220 + int(np.flatnonzero(row)[0])


def _square_of(number: int) -> int:
    return 220 + (number * 4) % 80


def test_reverse_shows_the_last_frame_first(see: See) -> None:
    """Frames 12 and 45 of sixty are 47 and 14."""
    first, last = see("reverse")
    assert [_square_of(47), _square_of(14)] == pytest.approx([_square(first), _square(last)], abs=1)


def test_reverse_takes_the_sound_along(seer: Seer) -> None:
    """Every sample, from the end on."""
    plain, turned = (
        seer.heard(_heard(seer, effects)) for effects in ([], [{"type": "reverse", "params": {}}])
    )
    assert plain.shape == turned.shape
    assert np.abs(plain[::-1] - turned).max() < 2**-14
    left = seer.heard(_heard(seer, [{"type": "reverse", "params": {"sound": False}}]))
    assert np.array_equal(plain, left)


def _heard(seer: Seer, effects: list[dict[str, Any]]) -> Document:
    clip = {"source": str(seer.footage.sound), "in_point": 0, "out_point": 2, "timeline_start": 0}
    track = {"type": "audio", "clips": [{**clip, "effects": effects}]}
    whole = {"schema": "stoat.project/1", "output": {"fps": 30}, "tracks": [track]}
    return parse_document(orjson.dumps(whole), base=Path())


@pytest.mark.parametrize(
    ("params", "held"),
    [
        ({"at": 0.5, "duration": 1.2}, [12, 15]),
        ({"at": 0.2}, [6, 6]),
        ({"at": 1.5, "duration": 0.1}, [12, 45]),
        ({"at": 0.3, "duration": 1}, [9, 45]),
    ],
)
def test_freeze_holds_its_frame_and_no_other(see: See, params: dict[str, Any], held: list[int]) -> None:
    """From its time on, as long as asked for."""
    assert [_square_of(number) for number in held] == pytest.approx(
        [_square(frame) for frame in see("freeze", **params)], abs=1
    )


def test_ken_burns_shows_its_parts(see: See, plain: Frames) -> None:
    """Each part lies between the first and the last, and is smaller by the same factor in the same time."""
    params = {"start_x": 0.2, "start_y": 0.9, "start_zoom": 1.5, "end_x": 0.7, "end_y": 0.4, "end_zoom": 2.5}
    shown = see("ken_burns", **params)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    for picture, moved, part in zip(plain, shown, FRAMES, strict=True):
        done = int(part * 60) / 59
        size = 1 / 1.5 * (1.5 / 2.5) ** done
        way = (size - 1 / 1.5) / (1 / 2.5 - 1 / 1.5)
        # The first part would reach out on the left and below, and stays within.
        left, top = (way * (0.7 - 0.2), (1 - way) * (1 - 1 / 1.5) + way * (0.4 - 0.2))
        columns = ((left + x / WIDTH * size) * WIDTH).astype(int)
        rows = ((top + y / HEIGHT * size) * HEIGHT).astype(int)
        nearest = picture[rows, columns]
        assert _off(nearest, moved) < 8
        beside = picture[rows, np.minimum(columns + 3, WIDTH - 1)]
        assert _off(beside, moved) > 1.5 * _off(nearest, moved)


def test_background_blur_fills_what_the_clip_leaves_free(seer: Seer) -> None:
    """With the middle of its own picture, as large as the film and as bright as asked; the clip stays."""
    bare = Case(name="law", effect="background_blur")
    without = _apart(seer.seen(bare, without=True))
    # The clip is 128 wide, from 96 on; what fills the film is 2.5 times larger.
    clip = np.s_[:, :, 98:222]
    sides = np.ones(WIDTH, bool)
    sides[94:226] = False
    larger = without[:, 54:126, 96:224].repeat(5, axis=1).repeat(5, axis=2)
    larger = larger.reshape(2, HEIGHT, 2, WIDTH, 2, 3).mean(axis=(2, 4))
    for brightness in (1.0, 0.5):
        params = {"radius": 0, "brightness": brightness}
        shown = _apart(seer.seen(Case(name="law", effect="background_blur", params=params)))
        assert np.array_equal(without[clip], shown[clip])
        assert _off(larger[:, :, sides] * brightness, shown[:, :, sides]) < 6
    soft = _apart(
        seer.seen(Case(name="law", effect="background_blur", params={"radius": 30, "brightness": 1}))
    )
    assert soft[:, :, :90].mean() == pytest.approx(larger[:, :, :90].mean(), rel=0.25)
    assert np.abs(np.diff(soft[:, :, sides], axis=1)).max() < 8


def _strong(one: Frames, light: Frames) -> Frames:
    """Twice multiplied where the light is dark, twice screened where it is bright."""
    return np.where(light < 0.5, 2 * one * light, 1 - 2 * (1 - one) * (1 - light))


MIXED: dict[str, Callable[[Frames, Frames], Frames]] = {
    "screen": lambda below, clip: 1 - (1 - below) * (1 - clip),
    "multiply": lambda below, clip: below * clip,
    "overlay": lambda below, clip: _strong(clip, below),
    "soft_light": lambda below, clip: (1 - 2 * clip) * below**2 + 2 * clip * below,
    "hard_light": _strong,
    "lighten": np.maximum,
    "darken": np.minimum,
    "difference": lambda below, clip: np.abs(below - clip),
    "addition": lambda below, clip: np.minimum(below + clip, 1),
}
"""What comes of colours from 0 to 1."""


@pytest.mark.parametrize("mode", MIXED)
def test_blend_is_its_formula(see: See, plain: Frames, mode: str) -> None:
    """For every colour by itself, of the clip and of what lies below it."""
    stripes = np.stack([below(int(part * 60)) for part in FRAMES]).astype(np.float64)
    # Colour planes are halved: beside an edge, no colour is its own.
    flat = np.ones(plain.shape[:3], bool)
    for frames in (plain, stripes):
        for axis in (1, 2):
            for by in (-2, -1, 1, 2):
                flat &= np.abs(np.roll(frames, by, axis) - frames).max(axis=3) < 12
    flat[:, :, 221:] = False
    expected = 255 * MIXED[mode](stripes / 255, plain / 255)
    shown = see("blend", mode=mode)
    assert flat.sum() > 4000
    # A soft light is multiplied in whole numbers, three times one after the other.
    assert _off(expected[flat], shown[flat]) < (5 if mode == "soft_light" else 3)
    for other in {*MIXED} - {mode}:
        assert _off(255 * MIXED[other](stripes / 255, plain / 255)[flat], shown[flat]) > 3


@pytest.mark.parametrize(("start", "end"), [(0, 1), (0, 3), (2, 5), (14, 16), (40, 50), (50, 60)])
def test_ranges_of_a_frozen_clip_are_those_of_the_whole(
    seer: Seer, tmp_path: Path, start: int, end: int
) -> None:
    """Also where a range ends with the frame that is held, or within what it is held for."""
    clip = {"source": str(seer.footage.scene), "in_point": 0, "out_point": 2, "timeline_start": 0}
    frozen = {"type": "freeze", "params": {"at": 2 / 30, "duration": 1.5}}
    tracks = [{"type": "video", "clips": [{**clip, "effects": [frozen], "transform": {"opacity": 0.6}}]}]
    whole = filmed(tracks, seer.settings, tmp_path)
    part = filmed(tracks, seer.settings, tmp_path, f"{start}f:{end}f")
    assert np.array_equal(whole[start:end], part)


@pytest.mark.parametrize(
    ("effect", "params"),
    [
        ("blur", {"radius": 0}),
        ("border", {"width": 0}),
        ("color", {}),
        ("curves", {}),
        ("denoise", {"strength": 0}),
        ("denoise_temporal", {"strength": 0}),
        ("drop_shadow", {"opacity": 0}),
        ("film_grain", {"amount": 0}),
        ("glow", {"strength": 0}),
        ("grayscale", {"amount": 0}),
        ("hue", {}),
        ("lens_correction", {}),
        ("ken_burns", {"end_zoom": 1}),
        ("levels", {}),
        ("lut", {"file": "looks/turned.cube", "strength": 0}),
        ("reframe", {"aspect": "16:9"}),
        ("sepia", {"amount": 0}),
        ("sharpen", {"amount": 0}),
        ("vignette", {"strength": 0}),
        ("white_balance", {}),
    ],
)
def test_what_does_nothing_changes_nothing(pinned_seer: Seer, effect: str, params: dict[str, Any]) -> None:
    """Not even by a way through other colours and back."""
    case = Case(name="law", effect=effect, params=params)
    assert np.array_equal(pinned_seer.seen(case, without=True), pinned_seer.seen(case))
