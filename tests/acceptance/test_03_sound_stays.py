"""Effects on the picture leave the sound alone; where there is no sound or no clip, there is silence."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import clip, document, keyframes, track
from stoat_ferret.testing.measure import beeps, decode_pictures, decode_sound, frame_numbers, level, psnr
from stoat_ferret.testing.media import MediaMaker, Sound, Source

SECOND = Fraction(1)
PICTURE_EFFECTS: list[dict[str, Any]] = [
    {"type": "text_overlay", "params": {"text": "Title", "position": "center", "fontsize": 24}},
    {"type": "video_fade", "params": {"fade_type": "in", "duration": 0.5}},
    {"type": "video_fade", "params": {"fade_type": "out", "duration": 0.5, "color": "white"}},
    {"type": "blur", "params": {"radius": 6}},
    {"type": "crop", "params": {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}},
    {"type": "color", "params": {"brightness": 0.2, "contrast": 1.2, "saturation": 0.5, "gamma": 1.1}},
]


@pytest.mark.parametrize("effect", PICTURE_EFFECTS, ids=lambda effect: effect["type"])
def test_sound_of_a_clip_with_an_effect(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, effect: dict[str, Any]
) -> None:
    """The picture differs from the plain one, the sound is the same to the sample."""
    path = media.make(Source())
    plain = stoat.render(document(track(clip(path, 0, 0, 2))), tmp_path / "plain.mkv", quality="lossless")
    changed = stoat.render(
        document(track(clip(path, 0, 0, 2, effects=[effect]))), tmp_path / "changed.mkv", quality="lossless"
    )
    before, after = decode_pictures(plain), decode_pictures(changed)
    assert before.shape == after.shape
    # A fade touches only its half second.
    assert min(psnr(a, b) for a, b in zip(before, after, strict=True)) < 40
    assert np.array_equal(decode_sound(plain).samples, decode_sound(changed).samples)
    assert [0, 48000] == beeps(decode_sound(changed))


def test_effect_that_is_off_changes_nothing(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """An effect with `enabled` false is as if it were not there."""
    off = {"type": "blur", "enabled": False, "params": {"radius": 6}}
    clips = [clip(media.make(Source()), 0, 0, 1, effects=effects) for effects in ([], [off])]
    plain, same = (
        decode_pictures(bundled_stoat.render(document(track(one)), tmp_path / f"{n}.mkv", quality="lossless"))
        for n, one in enumerate(clips)
    )
    assert np.array_equal(plain, same)


def test_silent_source_beside_a_sounding_one(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A film without sound gives silence for its time, and the next clip's sound starts on its sample."""
    mute, loud = media.make(Source(sound=None, first=500)), media.make(Source())
    clips = [clip(mute, 0, 0, 1.5), clip(loud, 1.5, 0, 1.5), clip(mute, 3, 1, 2)]
    out = stoat.render(document(track(*clips)), tmp_path / "out.mkv", quality="lossless")
    sound = decode_sound(out)
    assert 4 * 48000 == len(sound.samples)
    assert level(sound.between(0, 1.499)) < -90
    assert level(sound.between(3.001, 4)) < -90
    assert [72000, 120000] == beeps(sound)


def test_only_silent_sources(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A project without any sound still has a silent stream of the right length."""
    mute = media.make(Source(sound=None))
    out = stoat.render(document(track(clip(mute, 0, 0, 2))), tmp_path / "out.mp4")
    sound = decode_sound(out)
    assert 2 * 48000 == len(sound.samples)
    assert level(sound) < -90


def test_gap_is_background_and_silence(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Before, between and (by a longer track) after clips lie background and silence, to the frame."""
    path = media.make(Source())
    music = media.make(Source(codec=None, ending="wav", frames=15, sound=Sound(kind="music", codec="pcm")))
    main = track(clip(path, 0.5, 0, 1), clip(path, 2.5, 1, 2))
    below = track(clip(music, 4, 0, 0.5), type="audio")
    made = document(main, below, background="#204060")
    out = stoat.render(made, tmp_path / "out.mkv", quality="lossless")

    pictures, sound = decode_pictures(out, colour="rgb"), decode_sound(out)
    shown = frame_numbers(pictures)
    assert [None] * 15 + [*range(30)] + [None] * 30 + [*range(30, 60)] + [None] * 30 == shown
    gaps = np.concatenate([pictures[:15], pictures[45:75], pictures[105:]]).reshape(-1, 3).astype(int)
    assert np.abs(gaps - [0x20, 0x40, 0x60]).max() <= 3
    assert round(4.5 * 48000) == len(sound.samples)
    for start, end in [(0, 0.499), (1.501, 2.499), (3.501, 3.999)]:
        assert level(sound.between(start, end)) < -90
    assert level(sound.between(4.01, 4.49)) > -20


def test_muted_hidden_and_disabled(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A muted clip shows without sounding; a hidden track and a disabled clip do not show."""
    path = media.make(Source())
    clips = [clip(path, 0, 0, 1, muted=True), clip(path, 1, 1, 2, enabled=False), clip(path, 2, 1, 2)]
    hidden = track(clip(media.make(Source(first=700, sound=None)), 0, 0, 3), hidden=True)
    out = stoat.render(document(track(*clips), hidden), tmp_path / "out.mkv", quality="lossless")
    assert [*range(30)] + [None] * 30 + [*range(30, 60)] == frame_numbers(decode_pictures(out))
    assert [2 * 48000] == beeps(decode_sound(out))


def test_opacity_does_not_fade_the_sound(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A clip that fades out of sight by its opacity sounds on."""
    fading = {"opacity": keyframes((0, 1.0), (2, 0.0))}
    faded = clip(media.make(Source()), 0, 0, 2, transform=fading)
    sound = decode_sound(
        bundled_stoat.render(document(track(faded)), tmp_path / "out.mkv", quality="lossless")
    )
    assert level(sound.between(0, 0.05)) == pytest.approx(level(sound.between(1, 1.05)), abs=0.3)
