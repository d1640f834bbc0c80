"""Texts stand where they should, in the lines and letters that they should have, with each ffmpeg."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filming import filmed
from fontTools.ttLib import TTFont
from numpy.typing import NDArray

from stoat_ferret.config import Settings
from stoat_ferret.media.fonts import find_fonts
from stoat_ferret_core import timecode

WIDTH, HEIGHT = 320, 180
WORDS = "The Hills Of Home Fall Behind Us All And Unbelievabilitydom Is Left To Tell"
SIZE = 20
Frames = NDArray[np.uint8]
Show = tuple[str, dict[str, Any]]


@pytest.fixture(scope="module")
def settings(ffmpeg: Path, shared_folder: Path) -> Settings:
    """Give the settings of a user with each ffmpeg."""
    return Settings(ffmpeg=str(ffmpeg), data_dir=shared_folder / "titles" / "data", render_cache_mib=0)


def _shown(
    settings: Settings,
    folder: Path,
    shows: Iterable[Show],
    *,
    frames: int = 1,
    ground: str = "#000000",
    fps: Any = 30,
) -> list[Frames]:
    """The frames of one film that shows these effects one after another, each for so many frames."""
    clips = [
        {
            "source": {"generator": "color", "color": ground},
            "in_point": 0,
            "out_point": f"{frames}f",
            "timeline_start": f"{frames * number}f",
            "effects": [{"type": effect, "params": params}],
        }
        for number, (effect, params) in enumerate(shows)
    ]
    film = filmed([{"type": "video", "clips": clips}], settings, folder, fps=fps)
    assert frames * len(clips) == len(film)
    return list(film.reshape(len(clips), frames, *film.shape[1:]))


def _text(text: str, **params: Any) -> Show:
    return "text_overlay", {"text": text, "fontsize": SIZE, "position": "top_left", "margin": 10, **params}


def _ink(frame: Frames) -> tuple[int, int, int, int]:
    """Left, upper, right and lower edge of what is drawn on black; the latter two outside."""
    rows, columns = (np.flatnonzero(frame.max(axis=2).max(axis=axis) > 60) for axis in (1, 0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _cut(frame: Frames) -> Frames:
    """What is drawn, without the black around it."""
    left, top, right, bottom = _ink(frame)
    return frame[top:bottom, left:right]


def _rows(frame: Frames) -> list[Frames]:
    """What is drawn, line by line."""
    inked = np.concatenate([[False], frame.max(axis=2).max(axis=1) > 60, [False]])
    turns = np.flatnonzero(np.diff(inked.astype(int)))
    return [frame[start:end] for start, end in turns.reshape(-1, 2)]


def _wrapped(text: str, room: float, folder: Path) -> list[str]:
    """The lines of a text, by the advances of the default font."""
    with TTFont(find_fonts(folder)[0].path) as font:
        names, widths, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm

        def wide(line: str) -> float:
            steps = [widths[names[ord(character)]][0] * SIZE / em for character in line]
            return max(sum(int(step + 0.5) for step in steps), float(np.ceil(sum(steps))))

        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if wide(longer) <= room:
                lines[-1] = longer
                continue
            lines += [word] if lines[-1] else []
            while wide(lines[-1]) > room:
                most = max(end for end in range(1, len(lines[-1])) if wide(lines[-1][:end]) <= room)
                lines[-1:] = [lines[-1][:most], lines[-1][most:]]
        return lines


def test_lines_are_broken_by_what_they_measure(settings: Settings, tmp_path: Path) -> None:
    """Each is as it is drawn alone, none is wider than asked, and they are aligned to the pixel."""
    lines = _wrapped(WORDS, 0.5 * WIDTH, tmp_path)
    assert "".join(WORDS.split()) == "".join("".join(lines).split())
    shows = [_text(WORDS, width=0.5, align=align) for align in ("left", "center", "right")]
    shows += [_text(line) for line in lines]
    (left,), (center,), (right,), *alone = _shown(settings, tmp_path, shows)
    for frame in (left, center, right):
        from_left, _, to_right, _ = _ink(frame)
        assert 0.5 * WIDTH >= to_right - from_left
        rows = _rows(frame)
        assert len(lines) == len(rows)
        for row, (line,) in zip(rows, alone, strict=True):
            assert np.array_equal(_cut(line), _cut(row))
    edges = [[_ink(row) for row in _rows(frame)] for frame in (left, center, right)]
    plain = [_ink(line) for (line,) in alone]
    assert [edge[0] for edge in plain] == [edge[0] for edge in edges[0]]
    middles = [(edge[0] + edge[2]) / 2 for edge in edges[1]]
    assert 2.5 >= max(middles) - min(middles)
    # Letters begin and end a little within their advance, each of them in its own way.
    assert 3 >= max(edge[2] for edge in edges[2]) - min(edge[2] for edge in edges[2])


def test_presets_keep_within_the_safe_area(settings: Settings, tmp_path: Path) -> None:
    """Wherever they stand, and however long the text is."""
    presets = ("top_left", "top_center", "top_right", "bottom_left", "bottom_center", "bottom_right")
    shows = [
        _text(text, position=preset, margin=0, safe_area=area, align="center")
        for text in ("Short", WORDS[:40])
        for area in ("action", "title")
        for preset in (*presets, "lower_third")
    ]
    part = {"action": 0.05, "title": 0.1}
    for (_, params), (frame,) in zip(shows, _shown(settings, tmp_path, shows), strict=True):
        left, top, right, bottom = _ink(frame)
        across, down = WIDTH * part[params["safe_area"]], HEIGHT * part[params["safe_area"]]
        assert across <= left < right <= WIDTH - across, params
        assert down <= top < bottom <= HEIGHT - down, params


def test_a_box_has_its_colour_behind_all_lines(settings: Settings, tmp_path: Path) -> None:
    """Behind one line and several, while it fades, on a picture and on what lies below a title."""
    box = {"box": True, "box_color": "red@0.4", "box_padding": 20, "align": "center", "position": "center"}
    shows = [_text(text, **box, fade_in=10 / 30) for text in ("One", "One\nTwo", "One\nTwo\nThree")]
    films = _shown(settings, tmp_path, shows, frames=12, ground="#ffffff")
    for frames in films:
        for number, opacity in ((0, 0), (5, 0.2), (11, 0.4)):
            found = frames[number][HEIGHT // 2, 126:136].reshape(-1, 3)
            assert np.abs(found - np.array([255, 255 - 255 * opacity, 255 - 255 * opacity])).max() <= 3
            assert (frames[number][:20] > 250).all()
    below = {"source": {"generator": "color", "color": "#ffffff"}, "in_point": 0, "out_point": 0.4}
    title = {"generator": "title", "text": "One\nTwo", "fontsize": SIZE, **box, "fade_in": 10 / 30}
    above = {"source": title, "in_point": 0, "out_point": 0.4}
    # A second effect on the canvas makes a transparent picture of the title.
    further = {**above, "effects": [{"type": "text_overlay", "params": {"text": " "}}]}
    made = [
        filmed([{"type": "video", "clips": [below]}, {"type": "video", "clips": [one]}], settings, tmp_path)
        for one in (above, further)
    ]
    beside_letters = np.s_[:, 60:120, 124:136]
    assert np.abs(made[0][beside_letters].astype(int) - made[1][beside_letters]).max() <= 5
    assert np.array_equal(films[1], made[0])


def test_letters_have_their_colours(settings: Settings, tmp_path: Path) -> None:
    """Their outlines, shadows and boxes as well, and what lies beside them stays as it is."""
    colors = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "#e8a33d": (232, 163, 61)}
    look = {"border_width": 12, "shadow_x": 24, "shadow_y": 24, "box": True, "box_padding": 6}
    names = list(colors)
    shows = []
    for turn in range(4):
        fill, outline, shadow, box = names[turn:] + names[:turn]
        text = _text("I", **look, fontcolor=fill, border_color=outline, shadow_color=shadow, box_color=box)
        shows.append((text[0], {**text[1], "fontsize": 150, "position": "center", "weight": "black"}))
    for frames in _shown(settings, tmp_path, shows, ground="#808080"):
        shown = frames[-1].reshape(-1, 3).astype(int)
        for color in (*colors.values(), (128, 128, 128)):
            assert (np.abs(shown - color).max(axis=1) <= 3).sum() > 100, color


def test_outlines_throw_shadows(settings: Settings, tmp_path: Path) -> None:
    """On a picture and on a clear canvas, half transparent ones evenly, before a box."""
    outline = {"border_width": 10, "border_color": "black", "box": True, "box_color": "white"}
    shadow = {"shadow_x": 60, "shadow_y": 0, "shadow_color": "red@0.5"}
    look = {"text": "O", "fontsize": 100, "position": "center", **outline, **shadow}
    (frames,) = _shown(settings, tmp_path, [("text_overlay", look)], ground="#808080")
    clear = {"source": {"generator": "title", **look}, "in_point": 0, "out_point": "1f"}
    ground = {"source": {"generator": "color", "color": "#808080"}, "in_point": 0, "out_point": "1f"}
    # A second effect on the canvas makes a transparent picture of the title.
    further = {**clear, "effects": [{"type": "text_overlay", "params": {"text": " "}}]}
    above = filmed(
        [{"type": "video", "clips": [ground]}, {"type": "video", "clips": [further]}], settings, tmp_path
    )
    for frame in (frames[0].astype(int), above[0].astype(int)):
        # Beside the box and the letter, half of the grey is red; in the middle of the O there is none.
        right = frame[:, WIDTH // 2 + 50 :]
        columns = np.flatnonzero((np.abs(right - [191, 64, 64]).max(axis=2) <= 8).any(axis=0))
        assert columns[-1] == pytest.approx(60 - 50 + 38, abs=3)
        assert np.abs(right[HEIGHT // 2, 10] - 128).max() <= 3
    # Newer versions cut off what of an outline is beside the box.
    tight = {**look, "text": "I", "box_padding": 0, "shadow_x": 0, "border_width": 24, "border_color": "blue"}
    boxed, bare = (
        frames[0].astype(int)
        for frames in _shown(
            settings,
            tmp_path,
            [("text_overlay", {**tight, "box": box}) for box in (True, False)],
            ground="#808080",
        )
    )
    blue = bare[..., 2] > 240
    assert np.abs(boxed - bare)[blue].max() <= 3


def test_effects_change_titles_and_captions(settings: Settings, tmp_path: Path) -> None:
    """The text alone, and not the background."""
    effects: list[list[dict[str, Any]]] = [
        [],
        [{"type": "hue", "params": {"degrees": 120}}],
        [{"type": "mask", "params": {"width": 0.5}}],
    ]
    for kind in ("title", "caption"):
        source = {"generator": kind, "text": "Mmmm", "fontsize": 60, "fontcolor": "red"}
        clips = [{"source": source, "in_point": 0, "out_point": "1f", "effects": some} for some in effects]
        plain, turned, masked = filmed(
            [{"type": "video", "clips": clips}], settings, tmp_path, background="#204060"
        ).astype(int)
        assert all(np.abs(frame[5, 5] - [32, 64, 96]).max() <= 3 for frame in (plain, turned, masked))
        assert np.abs(turned - plain).max() > 60
        half = WIDTH // 2
        assert np.abs(masked[:, half + 2 :] - [32, 64, 96]).max() <= 4
        assert np.abs(masked[:, : half - 2] - plain[:, : half - 2]).mean() < 2


def test_weights_are_those_of_the_family(settings: Settings, tmp_path: Path) -> None:
    """The bolder, the more ink."""
    weights = ("thin", "light", "regular", "medium", "bold", "black")
    frames = _shown(settings, tmp_path, [_text("Weight", weight=weight) for weight in weights])
    inks = [int(frame.sum()) for frame in frames]
    assert sorted(set(inks)) == inks


@pytest.mark.parametrize(
    ("way", "axis", "sign"),
    [("slide_left", 0, 1), ("slide_right", 0, -1), ("slide_up", 1, 1), ("slide_down", 1, -1)],
)
def test_slides_come_from_beyond_the_edge(
    settings: Settings, tmp_path: Path, way: str, axis: int, sign: int
) -> None:
    """And go on in the same direction: quickly first, quickly last, and at rest in between."""
    params = {"animation_in": way, "animation_out": way, "animation_duration": 10 / 30}
    shows = [
        _text("Slide", position="center", **params),
        _text("Two\nlines", align="right", width=0.9, **params),
    ]
    for frames in _shown(settings, tmp_path, shows, frames=40):
        assert not frames[0].max() > 60
        rest = _ink(frames[20])
        assert np.array_equal(frames[12], frames[29])
        start = (WIDTH, HEIGHT)[axis] - rest[axis] if sign > 0 else -rest[axis + 2]
        for number in (4, 6, 8):
            left = (1 - number / 10) ** 2
            seen = _ink(frames[number])
            edge = axis if sign > 0 else axis + 2
            assert abs(seen[edge] - rest[edge] - start * left) <= 14 * left + 1, number
        assert (
            np.sign(_ink(frames[33])[axis + 2 if sign < 0 else axis] - rest[axis + 2 if sign < 0 else axis])
            == -sign
        )


def test_letters_are_written_one_after_another(settings: Settings, tmp_path: Path) -> None:
    """Each stays where it is; in the end the text is there, and it goes the same way."""
    text, frames = "Hello\nWorld", 40
    ways = {"animation_in": "typewriter", "animation_out": "typewriter", "animation_duration": 10 / 30}
    typed, plain = _shown(
        settings,
        tmp_path,
        [_text(text, align="center", **ways), _text(text, align="center")],
        frames=frames,
    )
    inks = [int(frame.sum()) for frame in typed[:10]]
    assert sorted(set(inks)) == inks
    for before, after in pairwise(typed[:11]):
        assert (before <= after).all()
    assert 5 == sum(len(_rows(frame)) == 1 for frame in typed[:10])
    assert np.array_equal(typed[9], typed[29])
    for still, last in zip(_rows(plain[0]), _rows(typed[20]), strict=True):
        assert np.array_equal(_cut(still), _cut(last))
    assert [int(frame.sum()) for frame in typed[30:]] == sorted(
        (int(f.sum()) for f in typed[30:]), reverse=True
    )
    assert typed[39].max() > 60


def test_a_pop_grows_beyond_its_size_and_back(settings: Settings, tmp_path: Path) -> None:
    """Around its own centre."""
    ways = {"animation_in": "pop", "animation_duration": 10 / 30, "fontsize": 48}
    shows = [
        _text("Pop", **ways, position="center"),
        _text("Pop", fontsize=48, position="center"),
        _text("Two\nlines", align="center", **ways, position="center"),
        _text("Two\nlines", align="center", fontsize=48, position="center"),
    ]
    one, one_still, two, two_still = _shown(settings, tmp_path, shows, frames=14)
    for grown, still in ((one, one_still), (two, two_still)):
        boxes = [_ink(frame) for frame in grown[1:]]
        wide, whole = [box[2] - box[0] for box in boxes], _ink(still[0])
        assert abs(1.15 - wide[5] / (whole[2] - whole[0])) < 0.05
        assert wide[0] < wide[1] < wide[2] < wide[5] > wide[7] > wide[10]
        assert np.array_equal(still[12], grown[12])
        middle = (whole[0] + whole[2]) / 2
        assert all(abs((box[0] + box[2]) / 2 - middle) <= 3 for box in boxes)


def test_counters_show_what_a_text_would(settings: Settings, tmp_path: Path) -> None:
    """To the pixel: groups, signs, decimals and easings."""
    frames = 11
    plain = {"fontsize": SIZE, "position": "top_left", "margin": 10}
    cases: list[tuple[dict[str, Any], dict[int, str]]] = [
        ({"to": 100}, {0: "0", 3: "30", 10: "100"}),
        ({"from": 2, "to": -3, "decimals": 1, "suffix": " %"}, {0: "2.0 %", 5: "-0.5 %", 10: "-3.0 %"}),
        (
            {"from": 900, "to": 1_234_567, "grouping": "comma", "prefix": "$"},
            {0: "$900", 1: "$124,267", 10: "$1,234,567"},
        ),
        (
            {"to": -20_000, "grouping": "point", "decimals": 2, "decimal_mark": "comma", "easing": "ease_in"},
            {0: "0,00", 2: "-800,00", 5: "-5.000,00", 10: "-20.000,00"},
        ),
        ({"to": 9, "digits": 3, "count_duration": 5 / 30}, {0: "000", 2: "004", 5: "009", 9: "009"}),
    ]
    counted = _shown(
        settings, tmp_path, [("counter", {**plain, **params}) for params, _ in cases], frames=frames
    )
    texts = [text for _, expected in cases for text in expected.values()]
    written = iter(_shown(settings, tmp_path, [_text(text) for text in texts]))
    for (params, expected), film in zip(cases, counted, strict=True):
        for number in expected:
            assert np.array_equal(_cut(next(written)[0]), _cut(film[number])), (params, number)


@pytest.mark.parametrize(
    ("fps", "first", "drops"),
    [
        ("30000/1001", 17_980, True),
        ("60000/1001", 3_598, True),
        (25, 89_998, False),
        ("24000/1001", 20, False),
    ],
)
def test_timecodes_are_those_of_the_frames(
    settings: Settings, tmp_path: Path, fps: str | int, first: int, drops: bool
) -> None:
    """Also where labels are skipped, and where they are not on the tenth minute."""
    plain = {"fontsize": SIZE, "position": "top_left", "margin": 10, "box": False}
    labels = [timecode(first + number, fps, drop_frame=drops) for number in range(6)]
    (film,) = _shown(settings, tmp_path, [("timecode", {**plain, "first": f"{first}f"})], frames=6, fps=fps)
    written = _shown(settings, tmp_path, [_text(label) for label in labels], fps=fps)
    for number, (text,) in enumerate(written):
        assert np.array_equal(_cut(text), _cut(film[number])), labels[number]


def test_credits_roll_at_a_constant_speed(settings: Settings, tmp_path: Path) -> None:
    """From below the picture to above it."""
    frames = 60
    shows = [("credits", {"text": "First\n\nSecond and last", "fontsize": 20})]
    (film,) = _shown(settings, tmp_path, shows, frames=frames)
    assert not film[0].max() > 60
    tops = {number: _ink(film[number])[1] for number in range(10, 40)}
    steps = np.polyfit(list(tops), list(tops.values()), 1)
    lines = 3 * round(20 * 2400 / 2048)
    assert abs(steps[0] + (HEIGHT + lines) / frames) < 0.05
    assert max(abs(np.polyval(steps, number) - top) for number, top in tops.items()) <= 1
    assert not film[59][20:].max() > 60
    left, _, right, _ = _ink(film[30])
    assert abs((left + right) / 2 - WIDTH / 2) <= 2


def test_a_lower_third_slides_in_and_out(settings: Settings, tmp_path: Path) -> None:
    """Plate, bar and letters together, from the nearer side."""
    who = {"name": "Ada", "role": "Research", "fontsize": 24, "box_color": "#202060", "bar_color": "#ff0000"}
    who["margin"] = 0
    shows = [
        ("lower_third", {**who, "position": position, "animation_duration": 10 / 30})
        for position in ("bottom_left", "bottom_right")
    ]
    for frames, mirrored in zip(_shown(settings, tmp_path, shows, frames=40), (False, True), strict=True):
        assert not frames[0].max() > 60
        rest, bars = _ink(frames[20]), []
        assert (WIDTH * 0.1 <= rest[0]) and (rest[2] <= WIDTH * 0.9) and (rest[3] == HEIGHT * 0.9)
        for number in (5, 7, 20, 33):
            is_red = (frames[number][..., 0] > 150) & (frames[number][..., 2] < 60)
            bars.append(np.flatnonzero(is_red.any(axis=0)))
        shift = [int(bar[0] - bars[2][0]) if len(bar) else None for bar in bars]
        width = rest[2] - rest[0]
        far = WIDTH - rest[0] if mirrored else -(rest[0] + width)
        assert 0 == shift[2]
        for number, left, found in ((5, 0.25, shift[0]), (7, 0.09, shift[1]), (33, 0.09, shift[3])):
            if found is not None and bars[(5, 7, 20, 33).index(number)][0] > 0:
                assert abs(found - far * left) <= 1.5, number
        moved, still = frames[7], frames[20]
        by = round(far * 0.09)
        inside = slice(rest[1] + 4, rest[3] - 4)
        assert np.abs(np.roll(still, by, axis=1).astype(int) - moved)[inside, 60:260].mean() < 1.5


def test_a_range_has_the_frames_of_the_whole(settings: Settings, tmp_path: Path) -> None:
    """Of everything that moves, counts or is written."""
    ways = {"animation_duration": 10 / 30, "animation_out": "slide_down", "start": 2 / 30}
    effects: list[Show] = [
        _text(WORDS[:30], width=0.4, align="center", box=True, **ways, animation_in="pop"),
        _text("Typed\ntext", position="top_right", **ways, animation_in="typewriter"),
        ("counter", {"to": 1000, "fontsize": 20, "position": "bottom_center", "grouping": "comma"}),
        ("timecode", {"fontsize": 16, "position": "bottom_right"}),
        ("lower_third", {"name": "Ada", "role": "Research", "fontsize": 16}),
        ("credits", {"text": "One\nTwo\nThree", "fontsize": 16}),
    ]
    source = {"generator": "color", "color": "#305070"}
    clip = {"source": source, "in_point": 0, "out_point": "40f", "timeline_start": "5f"}
    clip["effects"] = [{"type": name, "params": params} for name, params in effects]
    tracks = [{"type": "video", "clips": [clip]}]
    whole = filmed(tracks, settings, tmp_path)
    for start, end in ((0, 9), (9, 17), (31, 45)):
        assert np.array_equal(whole[start:end], filmed(tracks, settings, tmp_path, f"{start}f:{end}f"))


def test_a_text_on_a_track_changes_no_frame_beside_it(settings: Settings, tmp_path: Path) -> None:
    """The track's own alpha is written on in RGB, and a way there and back rounds."""
    shown = {"source": {"generator": "testsrc"}, "in_point": 0, "out_point": "30f", "timeline_start": 0}
    tracks: list[dict[str, Any]] = [
        {"type": "video", "clips": [{**shown, "source": {"generator": "color", "color": "#305070"}}]},
        {"type": "video", "clips": [{**shown, "transform": {"opacity": 0.6}}]},
    ]
    without = filmed(tracks, settings, tmp_path)
    text = {"text": "Here", "start": "10f", "duration": "10f"}
    tracks[1]["effects"] = [{"type": "text_overlay", "params": text}]
    whole = filmed(tracks, settings, tmp_path)
    same = (whole == without).all(axis=(1, 2, 3))
    assert [True] * 10 + [False] * 10 + [True] * 10 == same.tolist()
    assert np.array_equal(whole[8:22], filmed(tracks, settings, tmp_path, "8f:22f"))


@pytest.mark.parametrize(
    "effect", [("blur", {"radius": 6}), ("pixelate", {"size": 16})], ids=lambda it: it[0]
)
def test_what_is_clear_has_no_colour_to_give(settings: Settings, tmp_path: Path, effect: Show) -> None:
    """A red text that is mixed with what surrounds it turns to white, not to black, over white."""
    title = {"generator": "title", "text": "Red", "fontsize": 90, "fontcolor": "#c80000"}
    name, params = effect
    clip = {"in_point": 0, "out_point": "2f", "timeline_start": 0}
    effects = [{"type": name, "params": params}]
    tracks: list[dict[str, Any]] = [
        {"type": "video", "clips": [{**clip, "source": {"generator": "color", "color": "white"}}]},
        {"type": "video", "clips": [{**clip, "source": title, "effects": effects}]},
    ]
    shown = filmed(tracks, settings, tmp_path)[0].astype(int)
    # Colours are halved in size; in means over some pixels they are what they should be.
    red, green, _ = shown.reshape(9, 20, 16, 20, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
    assert green.min() < 150
    assert np.abs(red - (200 + 55 * green / 255)).max() <= 6


def test_a_timecode_begins_again_at_midnight(settings: Settings, tmp_path: Path) -> None:
    """As clocks do."""
    late, early = (
        _shown(settings, tmp_path, [("timecode", {"first": first, "fontsize": 30})], frames=8)[0]
        for first in ("23:59:59:27", 0)
    )
    assert np.array_equal(late[3:8], early[:5])
    assert not np.array_equal(late[2], early[2])
