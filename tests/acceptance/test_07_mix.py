"""The mix: ducking, volumes, fades, muting, and no clipping, measured in decibels."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import clip, document, keyframes, track
from stoat_ferret.testing.measure import Heard, decode_pictures, decode_sound, level, peak, tone_level
from stoat_ferret.testing.media import MUSIC_FREQUENCY, MediaMaker, Sound, SoundKind, Source


def _wav(media: MediaMaker, kind: SoundKind, seconds: int = 12, loudness: float = 0.25) -> Path:
    sound = Sound(kind=kind, codec="pcm", level=loudness)
    return media.make(Source(codec=None, ending="wav", frames=30 * seconds, sound=sound))


def _mix(stoat: Stoat, to: Path, *tracks: Any, **more: Any) -> Heard:
    made = document(track(clip({"generator": "color", "color": "#808080"}, 0, 0, 1)), *tracks, **more)
    return decode_sound(stoat.render(made, to / "mix.flac"))


def test_ducking_lowers_and_recovers(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Music is at least 6 dB lower while someone speaks and back within 1 dB in every pause."""
    speech = track(clip(_wav(media, "speech", loudness=0.5), 0, 0, 12), type="audio", id="speech")
    ducking = {"under": ["speech"], "threshold": 0.02, "ratio": 8, "attack": 20, "release": 300}
    music = track(clip(_wav(media, "music"), 0, 0, 12), type="audio", id="music", ducking=ducking)
    sound = _mix(stoat, tmp_path, speech, music)
    assert 12 * 48000 == len(sound.samples)
    full = 20 * -0.6021 - 3.0103
    for start in (0, 4, 8):
        assert tone_level(sound.between(start + 0.3, start + 1.9), MUSIC_FREQUENCY) < full - 6
        assert tone_level(sound.between(start + 3.2, start + 3.9), MUSIC_FREQUENCY) == pytest.approx(
            full, abs=1
        )


def test_ducking_under_a_short_track(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Music goes on when the speech that it steps back for has ended."""
    speech = track(clip(_wav(media, "speech", loudness=0.5), 0, 0, 2), type="audio", id="speech")
    music = track(
        clip(_wav(media, "music"), 0, 0, 8), type="audio", id="music", ducking={"under": ["speech"]}
    )
    sound = _mix(stoat, tmp_path, speech, music)
    assert 8 * 48000 == len(sound.samples)
    ducked = tone_level(sound.between(0.5, 1.5), MUSIC_FREQUENCY)
    assert tone_level(sound.between(5, 7.9), MUSIC_FREQUENCY) > ducked + 6


def test_ducking_takes_nothing_off_the_end(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Music that outlasts the film is heard to its end, and every time."""
    film = media.make(Source(frames=150, sound=Sound(kind="speech")))
    made = document(
        track(clip(film, 0, 0, 5), id="film"),
        track(clip(_wav(media, "music"), 0, 0, 8), type="audio", ducking={"under": ["film"]}),
    )
    heard = [decode_sound(stoat.render(made, tmp_path / "mix.wav", overwrite=True)) for _ in range(6)]
    for sound in heard:
        assert 8 * 48000 == len(sound.samples)
        assert (sound.samples == heard[0].samples).all()
        last = tone_level(sound.between(7.9, 8), MUSIC_FREQUENCY)
        assert last == pytest.approx(tone_level(sound.between(7.5, 7.7), MUSIC_FREQUENCY), abs=0.5)


def test_ducking_under_the_sound_of_a_film(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The sound of a video track ducks the music as well; a muted one does not."""
    film = media.make(Source(frames=240, sound=Sound(kind="speech")))
    levels = []
    for muted in (False, True):
        main = track(clip(film, 0, 0, 6), id="film", muted=muted)
        music = track(clip(_wav(media, "music"), 0, 0, 6), type="audio", ducking={"under": ["film"]})
        sound = _mix_only(stoat, tmp_path / f"{muted}.flac", main, music)
        levels.append(tone_level(sound.between(0.5, 1.8), MUSIC_FREQUENCY))
    assert levels[0] < levels[1] - 6


def _mix_only(stoat: Stoat, to: Path, *tracks: Any) -> Heard:
    return decode_sound(stoat.render(document(*tracks), to))


GAINS: dict[str, tuple[dict[str, Any], dict[str, Any], float]] = {
    "nothing": ({}, {}, 0),
    "clip volume": ({"volume": 0.5}, {}, -6.02),
    "track volume": ({}, {"volume": 0.25}, -12.04),
    "both": ({"volume": 0.5}, {"volume": 0.5}, -12.04),
    "louder": ({"volume": 2.0}, {}, 6.02),
    "effect, factor": ({"effects": [{"type": "volume", "params": {"volume": 0.1}}]}, {}, -20),
    "effect, decibels": ({"effects": [{"type": "volume", "params": {"volume": "-9dB"}}]}, {}, -9),
    "effect on the track": ({}, {"effects": [{"type": "volume", "params": {"volume": "-12dB"}}]}, -12),
}


@pytest.mark.parametrize("gain", GAINS.values(), ids=GAINS.keys())
def test_volume_in_decibels(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, gain: tuple[dict[str, Any], dict[str, Any], float]
) -> None:
    """Each volume, alone and with others, is what it says within half a decibel."""
    of_clip, of_track, expected = gain
    music = track(clip(_wav(media, "music"), 0, 0, 2, **of_clip), type="audio", **of_track)
    sound = _mix_only(stoat, tmp_path / "out.wav", music)
    assert level(sound.between(0.1, 1.9)) == pytest.approx(-15.05 + expected, abs=0.5)


def test_volume_keyframes(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A volume that moves is at its value of the moment, also between keyframes."""
    moving = keyframes((0, 1.0), (2, 0.0), (4, 1.0))
    music = track(clip(_wav(media, "music"), 0, 0, 4, volume=moving), type="audio")
    sound = _mix_only(stoat, tmp_path / "out.wav", music)
    for moment, share in [(0.5, -2.5), (1.0, -6.02), (1.5, -12.04), (3.0, -6.02)]:
        assert level(sound.between(moment - 0.02, moment + 0.02)) == pytest.approx(-15.05 + share, abs=0.6)
    assert level(sound.between(1.99, 2.01)) < -50


def test_mute_is_silence(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A muted clip, a muted track and a volume of zero leave no trace of sound."""
    music = _wav(media, "music")
    silent: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"muted": True}, {}),
        ({}, {"muted": True}),
        ({"volume": 0}, {}),
        ({}, {"volume": 0}),
        ({"enabled": False}, {}),
    ]
    tracks = [
        track(clip(music, 0, 0, 2, **of_clip), type="audio", **of_track) for of_clip, of_track in silent
    ]
    shown = track(clip({"generator": "color", "color": "#000000"}, 0, 0, 2))
    sound = _mix_only(stoat, tmp_path / "out.flac", shown, *tracks)
    assert 2 * 48000 == len(sound.samples)
    assert level(sound) < -90


def test_audio_fades(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A linear fade is 6 dB down half way; a fade out without a start ends with the clip."""
    fades = [
        {"type": "audio_fade", "params": {"fade_type": "in", "duration": 1}},
        {"type": "audio_fade", "params": {"fade_type": "out", "duration": 2}},
    ]
    music = track(clip(_wav(media, "music"), 0, 0, 6, effects=fades), type="audio")
    sound = _mix_only(stoat, tmp_path / "out.wav", music)
    for moment, share in [(0.5, -6.02), (2.5, 0), (5.0, -6.02), (5.5, -12.04)]:
        assert level(sound.between(moment - 0.02, moment + 0.02)) == pytest.approx(-15.05 + share, abs=0.5)
    assert level(sound.between(5.99, 6)) < -50


def test_fade_out_of_the_whole(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The global fades take picture and sound of all tracks, at the start and at the end."""
    fades = [
        {"type": "fade_in", "params": {"duration": 1}},
        {"type": "fade_out", "params": {"duration": 1}},
    ]
    music = track(clip(_wav(media, "music"), 0, 0, 4), type="audio")
    made = document(
        track(clip({"generator": "color", "color": "#ffffff"}, 0, 0, 4)), music, global_effects=fades
    )
    out = stoat.render(made, tmp_path / "out.mkv", quality="lossless")
    sound = decode_sound(out)
    for moment, share in [(0.5, -6.02), (2, 0), (3.5, -6.02)]:
        assert level(sound.between(moment - 0.02, moment + 0.02)) == pytest.approx(-15.05 + share, abs=0.5)
    middle = decode_pictures(out)[:, 90, 160].astype(int)
    assert middle[0] < 12
    assert middle[15] == pytest.approx(128, abs=10)
    assert middle[60] > 250
    assert middle[105] == pytest.approx(128, abs=10)
    assert middle[119] < 16


def test_loud_tracks_do_not_clip(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Four tracks at full scale together stay below full scale, without a flattened wave."""
    loud = _wav(media, "music", loudness=0.95)
    tracks = [track(clip(loud, 0, 0, 3), type="audio") for _ in range(4)]
    sound = _mix_only(stoat, tmp_path / "out.flac", *tracks)
    assert peak(sound) < -0.05
    body = sound.between(0.5, 2.5)
    assert tone_level(body, MUSIC_FREQUENCY) == pytest.approx(level(body), abs=0.1)


def test_one_clip_that_is_turned_up_does_not_clip(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A single clip at four times its level stays below full scale as well, without a flattened wave."""
    loud = track(clip(_wav(media, "music", loudness=0.95), 0, 0, 3, volume=4.0), type="audio")
    sound = _mix_only(stoat, tmp_path / "out.flac", loud)
    assert peak(sound) < -0.05
    body = sound.between(0.5, 2.5)
    assert tone_level(body, MUSIC_FREQUENCY) == pytest.approx(level(body), abs=0.1)


def test_quiet_mix_is_left_alone(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Two quiet tracks add up: no normalising, no limiting below full scale."""
    music = _wav(media, "music", loudness=0.1)
    tracks = [track(clip(music, 0, 0, 2), type="audio") for _ in range(2)]
    sound = _mix_only(stoat, tmp_path / "out.wav", *tracks)
    assert level(sound.between(0.1, 1.9)) == pytest.approx(-23.01 + 6.02, abs=0.3)


def test_tone_generator(stoat: Stoat, tmp_path: Path) -> None:
    """A made tone has its pitch and its amplitude, and lasts its samples."""
    tone = {"generator": "tone", "frequency": 700, "amplitude": 0.25}
    sound = _mix_only(stoat, tmp_path / "out.wav", track(clip(tone, Fraction(1, 2), 0, 2), type="audio"))
    assert round(2.5 * 48000) == len(sound.samples)
    assert level(sound.between(0, 0.49)) < -90
    body = sound.between(0.6, 2.4)
    assert tone_level(body, 700) == pytest.approx(-15.05, abs=0.3)
    assert level(body) == pytest.approx(-15.05, abs=0.3)


def test_mix_with_weights(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The project's mix weighs the tracks in their order."""
    music = _wav(media, "music", loudness=0.25)
    tracks = [
        track(clip(music, 0, 0, 2), type="audio"),
        track(clip(_wav(media, "silence"), 0, 0, 2), type="audio"),
    ]
    mix = {"type": "audio_mix", "params": {"inputs": 2, "weights": [0.5, 1.0], "normalize": False}}
    made = document(*tracks, global_effects=[mix])
    sound = decode_sound(bundled_stoat.render(made, tmp_path / "out.wav"))
    assert level(sound.between(0.1, 1.9)) == pytest.approx(-15.05 - 6.02, abs=0.5)
