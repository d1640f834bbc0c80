"""Hard cuts of mixed size, rate and orientation are exact to the frame and the sample."""

from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import clip, document, track
from stoat_ferret.testing.measure import (
    WHOLE,
    beeps,
    contained,
    decode_pictures,
    decode_sound,
    frame_numbers,
    heard_beeps,
    picture_times,
    shown_numbers,
    streams,
    wrong_frames,
)
from stoat_ferret.testing.media import MediaMaker, Sound, Source

WIDE = Source(first=1000)
SMALL = Source(
    first=2000,
    codec="vp9",
    ending="webm",
    width=160,
    height=120,
    rate=Fraction(25),
    sound=Sound(codec="opus"),
)
UPRIGHT = Source(
    first=3000, rotation=90, rate=Fraction(60), frames=180, sound=Sound(sample_rate=44100, channels=1)
)
CUTS = [
    (WIDE, "0.3", 40, WHOLE),
    (SMALL, "0.56", 44, contained(4, 3)),
    (UPRIGHT, "0.25", 36, contained(9, 16)),
]
RATES = [Fraction(30), Fraction(25), Fraction(30000, 1001)]


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("kind", [("mp4", "medium"), ("mkv", "lossless")], ids=" ".join)
def test_three_hard_cuts(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, rate: Fraction, kind: tuple[str, str]
) -> None:
    """Count, every number, every sample and every beep are where the cuts put them."""
    starts = list(accumulate((count / rate for _, _, count, _ in CUTS), initial=Fraction(0)))
    clips = [
        clip(media.make(source), at, Fraction(begin), Fraction(begin) + count / rate)
        for (source, begin, count, _), at in zip(CUTS, starts, strict=False)
    ]
    out = stoat.render(document(track(*clips), fps=rate), tmp_path / f"out.{kind[0]}", quality=kind[1])

    pictures, sound = decode_pictures(out), decode_sound(out)
    assert (120, 180, 320) == pictures.shape
    assert [pytest.approx(float(n / rate), abs=0.0006) for n in range(120)] == picture_times(out)
    done = 0
    for source, begin, count, box in CUTS:
        expected = shown_numbers(source, in_point=Fraction(begin), count=count, rate=rate)
        assert [] == wrong_frames(frame_numbers(pictures[done : done + count], box), expected)
        done += count
    assert round(120 * 48000 / rate) == len(sound.samples)
    assert 0 <= len(decode_sound(out, by="av").samples) - len(sound.samples) < 1024
    due = [
        moment
        for (source, begin, count, _), at in zip(CUTS, starts, strict=False)
        for moment in heard_beeps(source, in_point=Fraction(begin), duration=count / rate, at=at)
    ]
    assert [pytest.approx(float(moment), abs=0.001) for moment in due] == [n / 48000 for n in beeps(sound)]


def test_streams_are_as_asked(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The finished file has one picture and one sound stream of the output's shape."""
    clips = [clip(media.make(WIDE), 0, 0, 1), clip(media.make(SMALL), 1, 0, 1)]
    out = stoat.render(document(track(*clips)), tmp_path / "out.mp4")
    video, audio = streams(out)
    assert ("h264", 320, 180, 30) == (video["codec"], video["width"], video["height"], video["rate"])
    assert ("aac", 48000, 2) == (audio["codec"], audio["sample_rate"], audio["channels"])


def test_bars_beside_a_small_picture_are_background(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """What a picture does not cover shows the background colour."""
    narrow = clip(media.make(UPRIGHT), 0, Fraction(1, 10), Fraction(3, 10))
    made = document(track(narrow), background="#800000")
    out = bundled_stoat.render(made, tmp_path / "out.mp4")
    left = decode_pictures(out, colour="rgb")[:, 20:160, 10:90].reshape(-1, 3).mean(axis=0)
    assert [pytest.approx(level, abs=6) for level in (128, 0, 0)] == list(left)


@pytest.mark.parametrize(("fit", "box"), [("cover", (0, -0.333 / 2, 1, 4 / 3)), ("stretch", WHOLE)])
def test_fit_of_another_shape(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, fit: str, box: tuple[float, float, float, float]
) -> None:
    """Cover fills the picture and cuts off what juts out; stretch fills it by pulling."""
    filled = clip(media.make(SMALL), 0, Fraction(1, 10), Fraction(7, 10), fit=fit)
    pictures = decode_pictures(bundled_stoat.render(document(track(filled)), tmp_path / "out.mp4"))
    assert (18, 180, 320) == pictures.shape
    assert pictures[:, 100:, :4].mean() > 20
    if fit == "stretch":
        expected = shown_numbers(SMALL, in_point=Fraction(1, 10), count=18, rate=Fraction(30))
        assert [] == wrong_frames(frame_numbers(pictures, box), expected)
