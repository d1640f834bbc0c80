"""Every shape of a project document that its format allows gives the film that it describes."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, keyframes, track
from stoat_ferret.testing.measure import (
    decode_pictures,
    decode_sound,
    frame_checksums,
    frame_numbers,
    level,
    tone_level,
)
from stoat_ferret.testing.media import MUSIC_FREQUENCY, MediaMaker, Sound, Source

COLOUR = {"generator": "color", "color": "#204080"}


def _sums(stoat: Stoat, made: Document, to: Path) -> list[str]:
    return frame_checksums(stoat.render(made, to, quality="lossless"))


def test_the_document_of_the_format_page(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A document with everything in it: ids, names, dates, defaults written out, markers and metadata."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media/interview.mp4").write_bytes(
        media.make(Source(sound=Sound(kind="speech"))).read_bytes()
    )
    music = media.make(Source(codec=None, ending="wav", frames=150, sound=Sound(kind="music", codec="pcm")))
    whole = {
        "x": 0.5,
        "y": 0.5,
        "width": 1.0,
        "height": 1.0,
        "anchor": "center",
        "rotation": 0,
        "opacity": 1.0,
    }
    title = {"text": "Introduction", "position": "center", "fontsize": 24, "start": 0, "duration": 1}
    common: Document = {"fit": "contain", "volume": 1.0, "muted": False, "enabled": True, "name": "A clip"}
    made: Document = {
        "schema": "stoat.project/1",
        "id": "prj_1",
        "name": "My Video Project",
        "created_at": "2026-01-15T10:30:00Z",
        "modified_at": "2026-01-15T14:22:00Z",
        "output": {
            "width": 320,
            "height": 180,
            "fps": 30,
            "sample_rate": 48000,
            "channels": 2,
            "background": "#000000",
        },
        "tracks": [
            {
                "id": "video-main",
                "type": "video",
                "name": "Main",
                "muted": False,
                "hidden": False,
                "locked": False,
                "volume": 1.0,
                "effects": [],
                "clips": [
                    {
                        "id": "clip-1",
                        "source": "media/interview.mp4",
                        "in_point": 0.5,
                        "out_point": 2.5,
                        "timeline_start": 0,
                        "timeline_end": 2.0,
                        "transform": {**whole, "crop": None},
                        "effects": [
                            {
                                "id": "fx-1",
                                "type": "text_overlay",
                                "enabled": True,
                                "params": {**title, "fade_in": 0.25, "fade_out": 0.25},
                            }
                        ],
                        **common,
                    },
                    {
                        "id": "clip-2",
                        "source": "media/interview.mp4",
                        "in_point": 0,
                        "out_point": 2,
                        "timeline_start": 1.5,
                        "timeline_end": 3.5,
                        **common,
                    },
                ],
                "transitions": [
                    {
                        "id": "tr-1",
                        "type": "dissolve",
                        "duration": 0.5,
                        "from": "clip-1",
                        "to": "clip-2",
                        "audio": {"curve1": "tri", "curve2": "tri"},
                    }
                ],
            },
            {
                "id": "audio-music",
                "type": "audio",
                "clips": [
                    {
                        "id": "music-1",
                        "source": str(music),
                        "in_point": 0,
                        "out_point": 3.5,
                        "timeline_start": 0,
                        "volume": 0.3,
                    }
                ],
                "ducking": {
                    "under": ["video-main"],
                    "threshold": 0.02,
                    "ratio": 8,
                    "attack": 20,
                    "release": 300,
                },
            },
        ],
        "global_effects": [{"id": "fx-9", "type": "fade_out", "params": {"duration": 1.0}}],
        "markers": [{"id": "mk-1", "time": 1.0, "name": "Chapter 2", "chapter": True}],
        "metadata": {"title": "A title"},
    }
    out = stoat.render(made, tmp_path / "out.mp4")
    pictures = decode_pictures(out)
    assert 105 == len(pictures)
    numbers = frame_numbers(pictures)
    assert [*range(15, 60)] == numbers[:45]
    assert [*range(15, 30)] == numbers[60:75]
    assert pictures[104].max() < 40
    assert round(3.5 * 48000) == len(decode_sound(out).samples)
    with av.open(str(out)) as container:
        assert "A title" == container.metadata["title"]
        assert "Chapter 2" in [one["metadata"]["title"] for one in container.chapters()]


def test_defaults_may_be_left_out(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Clips without ids and times follow one another, whole."""
    path = str(media.make(Source(frames=30)))
    made: Document = {
        "output": {"width": 320, "height": 180, "fps": 30},
        "tracks": [{"type": "video", "clips": [{"source": path}, {"source": path, "in_point": 0.5}]}],
    }
    numbers = frame_numbers(decode_pictures(bundled_stoat.render(made, tmp_path / "out.mp4")))
    assert [*range(30), *range(15, 30)] == numbers


def test_aliases_mean_the_same(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Names that people guess give the same pixels as the true ones."""
    true = {
        "text": "Hi",
        "fontsize": 30,
        "fontcolor": "#ff0000",
        "position": "center",
        "start": 0.2,
        "duration": 0.5,
    }
    guessed = {"text": "Hi", "font_size": 30, "font_color": "#ff0000", "position": "middle"}
    guessed |= {"start_time": 0.2, "length": 0.5}
    sums = [
        _sums(
            bundled_stoat,
            document(track(clip(COLOUR, 0, 0, 1, effects=[{"type": "text_overlay", "params": params}]))),
            tmp_path / f"{number}.mkv",
        )
        for number, params in enumerate((true, guessed))
    ]
    assert sums[0] == sums[1]
    assert 2 == len(set(sums[0]))


@pytest.mark.parametrize(
    "times",
    [("1s", "2s"), ("30f", "60f"), ("00:00:01:00", "00:00:02:00"), (1, 2)],
    ids=["seconds", "frames", "timecodes", "numbers"],
)
def test_ways_to_write_a_time(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, times: tuple[str | int, str | int]
) -> None:
    """Times in a document are numbers of seconds, frames or timecodes."""
    one: Document = {"source": str(media.make(Source())), "in_point": times[0], "out_point": times[1]}
    numbers = frame_numbers(decode_pictures(bundled_stoat.render(document(track(one)), tmp_path / "out.mp4")))
    assert [*range(30, 60)] == numbers


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (29.97, Fraction(30000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (25, 25),
    ],
    ids=str,
)
def test_ways_to_write_a_rate(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, fps: float | str, rate: Fraction
) -> None:
    """29.97 is 30000/1001, not 2997/100."""
    made = document(track(clip(media.make(Source()), 0, 0, 1.001)), fps=fps)
    with av.open(str(bundled_stoat.render(made, tmp_path / "out.mp4"))) as container:
        assert rate == container.streams.video[0].average_rate


def test_founding_names_of_transitions(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The effects `xfade` and `acrossfade` on a clip are the transition to the next one."""
    path = media.make(Source())

    def clips(**first: object) -> list[Document]:
        return [clip(path, 0, 0.1, 1.1, id="a", **first), clip(path, 0.6, 1.5, 2.5, id="b")]

    effects = [
        {"type": "xfade", "params": {"transition": "wipeleft", "duration": 0.4, "offset": 0.6}},
        {"type": "acrossfade", "params": {"duration": 0.4, "curve1": "qsin", "curve2": "qsin"}},
    ]
    edge = {"type": "wipeleft", "duration": 0.4, "from": "a", "to": "b"}
    edge["audio"] = {"curve1": "qsin", "curve2": "qsin"}
    old = stoat.render(document(track(*clips(effects=effects))), tmp_path / "old.mkv", quality="lossless")
    new = stoat.render(
        document(track(*clips(), transitions=[edge])), tmp_path / "new.mkv", quality="lossless"
    )
    assert 48 == len(frame_checksums(old))
    assert frame_checksums(new) == frame_checksums(old)
    assert np.array_equal(decode_sound(new).samples, decode_sound(old).samples)


def test_founding_name_of_ducking(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The effect `audio_ducking` on a music track is the track's ducking under the films."""
    speech = media.make(Source(frames=180, sound=Sound(kind="speech")))
    music = media.make(
        Source(codec=None, ending="wav", frames=180, sound=Sound(kind="music", codec="pcm", level=0.2))
    )
    effect = {
        "type": "audio_ducking",
        "params": {"threshold": 0.02, "ratio": 8, "attack": 20, "release": 300},
    }
    made = document(
        track(clip(speech, 0, 0, 6), id="speech"),
        track(clip(music, 0, 0, 6), type="audio", id="music", effects=[effect]),
    )
    sound = decode_sound(stoat.render(made, tmp_path / "out.flac"))
    ducked, free = (tone_level(sound.between(start, start + 0.7), MUSIC_FREQUENCY) for start in (1.0, 3.2))
    assert ducked < free - 6


def test_text_track(stoat: Stoat, tmp_path: Path) -> None:
    """A title on a text track shows for its time, over what lies below, in its place."""
    title = {
        "generator": "title",
        "text": "HELLO",
        "fontsize": 40,
        "fontcolor": "#ffffff",
        "position": "bottom_center",
    }
    made = document(track(clip(COLOUR, 0, 0, 2)), track(clip(title, 0.5, 0, 1), type="text"))
    pictures = decode_pictures(stoat.render(made, tmp_path / "out.mkv", quality="lossless")).astype(int)
    white = (pictures > 200).any(axis=(1, 2))
    assert [False] * 15 + [True] * 30 + [False] * 15 == white.tolist()
    rows = np.flatnonzero((pictures[30] > 200).any(axis=1))
    assert rows.min() > 90
    columns = np.flatnonzero((pictures[30] > 200).any(axis=0))
    assert abs((columns.min() + columns.max()) / 2 - 160) < 4


@pytest.mark.parametrize(
    ("position", "across", "down"),
    [
        ("top_left", "low", "low"),
        ("top_right", "high", "low"),
        ("bottom_left", "low", "high"),
        ("bottom_right", "high", "high"),
        ("center", "middle", "middle"),
        ({"x": 0.25, "y": 0.75}, "low", "high"),
        ({"x": "center", "y": 0.25}, "middle", "low"),
    ],
    ids=str,
)
def test_positions_of_a_text(
    bundled_stoat: Stoat, tmp_path: Path, position: object, across: str, down: str
) -> None:
    """Each position of a text lies in its part of the picture."""
    params = {"text": "OO", "fontsize": 24, "position": position}
    made = document(track(clip(COLOUR, 0, 0, 0.2, effects=[{"type": "text_overlay", "params": params}])))
    picture = decode_pictures(bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless"))[3]
    found = np.argwhere(picture > 200)
    y, x = (found.min(axis=0) + found.max(axis=0)) / 2 / (180, 320)
    for value, place in ((x, across), (y, down)):
        low, high = {"low": (0.0, 0.45), "middle": (0.45, 0.55), "high": (0.55, 1.0)}[place]
        assert low < value < high


def test_text_fades(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A text comes and goes over its fades, and is not there before and after."""
    params = {"text": "HHHH", "fontsize": 60, "start": 0.5, "duration": 2, "fade_in": 0.5, "fade_out": 0.5}
    dark = {"generator": "color", "color": "#000000"}
    made = document(track(clip(dark, 0, 0, 3, effects=[{"type": "text_overlay", "params": params}])))
    out = bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless")
    bright = decode_pictures(out).astype(int).max(axis=(1, 2))
    assert bright[:15].max() < 20
    assert bright[22] == pytest.approx(128, abs=30)
    assert bright[30:60].min() > 240
    assert bright[67] == pytest.approx(128, abs=30)
    assert bright[75:].max() < 20


def test_effect_keyframes(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """An effect's parameter moves through its keyframes."""
    grey = {"generator": "color", "color": "#808080"}
    effect = {"type": "color", "params": {"brightness": keyframes((0, -0.4), (1, 0.4))}}
    made = document(track(clip(grey, 0, 0, 1, effects=[effect])))
    middle = decode_pictures(bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless"))[:, 90, 160]
    steps = np.diff(middle.astype(int))
    assert (steps >= 0).all()
    assert middle[0] < 60
    assert middle[29] > 200
    assert middle[15] == pytest.approx(128, abs=8)


def test_track_effects(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """An effect of a track works on all of its clips and on no other track."""
    path = media.make(Source())
    grey = {"type": "color", "params": {"saturation": 0}}
    red = {"generator": "color", "color": "#ff0000"}
    small = {"x": 0.75, "y": 0.75, "width": 0.4, "height": 0.4}
    made = document(
        track(clip(red, 0, 0, 0.5), clip(red, 0.5, 0, 0.5), effects=[grey]),
        track(clip(red, 0, 0, 1, transform=small)),
        track(clip(path, 0, 0, 1), type="audio"),
    )
    pictures = decode_pictures(
        bundled_stoat.render(made, tmp_path / "out.mkv", quality="lossless"), colour="rgb"
    ).astype(int)
    assert np.ptp(pictures[:, 20, 20], axis=1).max() <= 4
    assert (pictures[:, 140, 240, 0] - pictures[:, 140, 240, 1]).min() > 200


def test_plan_is_explained_without_rendering(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """`--explain` says the steps and renders nothing; the same request gives the same plan."""
    made = document(track(clip(media.make(Source()), 0, 0, 1)))
    said = [bundled_stoat.try_render(made, tmp_path / "out.mp4", explain=True) for _ in range(2)]
    assert 0 == said[0].code
    assert said[0].output == said[1].output
    assert 30 == said[0].answer["frames"]
    assert said[0].answer["steps"]
    assert not (tmp_path / "out.mp4").exists()


def test_report_says_what_was_made(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """`--json` and `--report` tell the length, the frames and that the file was verified."""
    made = document(track(clip(media.make(Source()), 0, 0, 1)))
    done = bundled_stoat.try_render(made, tmp_path / "out.mp4", report=tmp_path / "report.json")
    answer = done.answer
    assert (30, 48000, 1.0, True) == tuple(
        answer[key] for key in ("frames", "samples", "duration", "verified")
    )
    assert (tmp_path / "out.mp4").stat().st_size == answer["size"]
    assert 30 == json.loads((tmp_path / "report.json").read_text())["frames"]


def test_quiet_tone_in_the_middle_of_nothing(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Silence, a test picture and a tone come from generators alone."""
    tone = {"generator": "tone", "frequency": 440, "amplitude": 0.5}
    made = document(
        track(clip({"generator": "testsrc"}, 0, 0, 2)),
        track(clip({"generator": "silence"}, 0, 0, 1), clip(tone, 1, 0, 1), type="audio"),
    )
    out = bundled_stoat.render(made, tmp_path / "out.mp4")
    pictures, sound = decode_pictures(out), decode_sound(out)
    assert 60 == len(pictures)
    assert pictures.std(axis=(1, 2)).min() > 20
    assert not np.array_equal(pictures[10], pictures[50])
    assert level(sound.between(0, 0.95)) < -90
    assert level(sound.between(1.05, 1.95)) == pytest.approx(-9.03, abs=0.5)
