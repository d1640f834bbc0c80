"""Sounds as loud as asked for, measured by a meter of our own, on every FFmpeg at hand."""

from __future__ import annotations

import json
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import Heard, decode_sound, loudness, true_peak

RATE = 48_000
Samples = NDArray[np.float64]


def _noise(decibels: float, seconds: float) -> Samples:
    """Make noise with little above 2 kHz: no coder takes anything of it away."""
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(round(seconds * RATE)))
    frequencies = np.linspace(0, RATE / 2, len(spectrum))
    made: Samples = np.fft.irfft(spectrum / (1 + (frequencies / 2000) ** 4), round(seconds * RATE))
    made *= 10 ** (decibels / 20) / np.sqrt(np.mean(made**2))
    return made


def _speech(seconds: float = 8) -> Samples:
    """Quiet noise in bursts, and now and then a sharp peak: what a gain for all lifts too high."""
    made = _noise(-44, seconds)
    for start in np.arange(0.2, seconds, 0.5):
        first = round(start * RATE)
        made[first : first + RATE // 4] *= 4
        made[first : first + 96] += 0.4 * np.hanning(96)
    return made


def _write(path: Path, samples: Samples) -> Path:
    steps = (samples.clip(-1, 1 - 1 / 32_768) * 32_768).round().astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.repeat(steps[:, None], 2, axis=1).tobytes())
    return path


def _effect(**params: Any) -> Document:
    return {"type": "loudness", "params": params}


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a quiet sound with high peaks."""
    return _write(tmp_path_factory.mktemp("speech") / "speech.wav", _speech())


@pytest.fixture(scope="module")
def voices(stoat: Stoat, speech: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Heard]:
    """Give clips of one track, each measured by itself."""
    folder = tmp_path_factory.mktemp("voices")
    quiet = _write(folder / "quiet.wav", np.concatenate([np.zeros(4 * RATE), _noise(-60, 0.3)]))
    effects = {
        "limited": [_effect(target=-18, true_peak=-3)],
        "kept": [_effect(target=-18, true_peak=-3, peaks="keep")],
        "lowered": [_effect(target=-38)],
        "after a gain": [{"type": "volume", "params": {"volume": "-20dB"}}, _effect(target=-30)],
    }
    clips = [clip(speech, 8 * number, 0, 8, effects=each) for number, each in enumerate(effects.values())]
    clips.append(clip(quiet, 32, 0, 4, effects=[_effect()]))
    clips.append(clip(quiet, 36, 4, 4.3, effects=[_effect()]))
    sound = decode_sound(stoat.render(document(track(*clips, type="audio")), folder / "out.flac"))
    given = {name: sound.between(8 * number, 8 * number + 8) for number, name in enumerate(effects)}
    return {**given, "silent": sound.between(32, 36), "short": sound.between(36, 36.3)}


def test_every_clip_is_as_loud_as_asked(voices: Mapping[str, Heard]) -> None:
    """Within three tenths, whatever comes before the effect, and with peaks held down."""
    assert pytest.approx(-18, abs=0.3) == loudness(voices["limited"])
    assert pytest.approx(-38, abs=0.1) == loudness(voices["lowered"])
    assert pytest.approx(-30, abs=0.1) == loudness(voices["after a gain"])
    assert -3.3 < true_peak(voices["limited"]) <= -3


def test_all_of_a_clip_is_measured(stoat: Stoat, tmp_path: Path) -> None:
    """What is louder later counts as much as what comes first, and less than a second is enough."""
    made = _noise(-50, 8)
    made[3 * RATE :] *= 10
    source = _write(tmp_path / "later.wav", made)
    effects = [_effect(target=-24)]
    clips = [clip(source, 0, 0, 8, effects=effects), clip(source, 8, 4, 4.6, effects=effects)]
    sound = decode_sound(stoat.render(document(track(*clips, type="audio")), tmp_path / "out.flac"))
    assert pytest.approx([-24, -24], abs=0.2) == [loudness(sound.between(*at)) for at in ((0, 8), (8, 8.6))]


def test_kept_peaks_keep_the_shape_of_the_sound(voices: Mapping[str, Heard], speech: Path) -> None:
    """One gain for all samples, as much as the highest peak allows."""
    before, after = decode_sound(speech).mono, voices["kept"].mono
    gain = float(np.dot(before, after) / np.dot(before, before))
    assert np.abs(after - gain * before).max() < 2 / 32_768
    assert pytest.approx(-3, abs=0.1) == true_peak(voices["kept"])
    assert loudness(voices["kept"]) < -18.5


def test_what_cannot_be_measured_stays_as_it_is(voices: Mapping[str, Heard]) -> None:
    """Silence, and less than 0.4 s."""
    assert 0 == np.abs(voices["silent"].samples).max()
    written = (_noise(-60, 0.3) * 32_768).round() / 32_768
    assert np.abs(voices["short"].mono - written).max() < 1.01 / 32_768


def _film(speech: Path, start: float = 0) -> Document:
    """Two voices of the same loudness, one with a picture, under a programme of a loudness of its own."""
    tracks = [
        track(clip({"generator": "testsrc"}, 0, 0, 6)),
        track(clip(speech, 0, start, start + 6, effects=[_effect(target=-24)]), type="audio", id="a"),
        track(clip(speech, 1, start + 2, start + 5), type="audio", id="b", effects=[_effect(target=-30)]),
    ]
    return document(*tracks, global_effects=[_effect(target=-20)])


def test_tracks_and_programmes_in_ranges(stoat: Stoat, speech: Path, tmp_path: Path) -> None:
    """A measurement of what was measured itself; a range has the samples and the gain of the whole."""
    made = _film(speech)
    whole = decode_sound(stoat.render(made, tmp_path / "whole.flac"))
    assert 6 * RATE == len(whole.samples)
    assert pytest.approx(-20, abs=0.3) == loudness(whole)
    part = decode_sound(stoat.render(made, tmp_path / "part.flac", range="41f:52f"))
    assert (whole.samples[41 * 1600 : 52 * 1600] == part.samples).all()


def test_what_was_measured_once_is_known(bundled_stoat: Stoat, speech: Path, tmp_path: Path) -> None:
    """Another picture measures nothing again; another target does, the programme only."""
    made, report = _film(speech, 1.5), tmp_path / "report.json"

    def measured(**options: Any) -> dict[str, str]:
        film = tmp_path / f"{len(list(tmp_path.iterdir()))}.mp4"
        bundled_stoat.render(made, film, report=report, **options)
        steps = json.loads(report.read_text())["steps"]
        report.unlink()
        return {step["id"]: step["outcome"] for step in steps if step["kind"] == "measure"}

    first = measured(quality="draft")
    assert {"rendered"} == set(first.values())
    assert 6 == len(first)
    assert dict.fromkeys(first, "reused") == measured(quality="draft", size="160x90")
    made["global_effects"] = [_effect(target=-21)]
    again = measured(quality="draft")
    assert ["reused"] * 4 + ["rendered"] * 2 == [again[name] for name in sorted(again)]


def test_renders_and_profiles_ask_for_it(bundled_stoat: Stoat, speech: Path, tmp_path: Path) -> None:
    """`--loudness`, a delivery profile, and a refusal by name; a stem has the gain of the mix."""
    made = document(track(clip(speech, 0, 0, 8), type="audio", id="voice"))
    asked = decode_sound(bundled_stoat.render(made, tmp_path / "asked.wav", loudness="-20", stems=True))
    assert pytest.approx(-20, abs=0.3) == loudness(asked)
    stem = decode_sound(tmp_path / "asked.voice.wav")
    assert np.abs(asked.samples - stem.samples).max() < 2 / 32_768
    podcast = bundled_stoat.render(made, tmp_path / "podcast.mp3", profile="podcast_audio")
    # The meter is one for 48 kHz, and MP3s of podcasts have another rate.
    again = document(track(clip(podcast, 0, 0, 8), type="audio"))
    heard = decode_sound(bundled_stoat.render(again, tmp_path / "again.wav"))
    # What a coder for 128 kbit/s leaves of sharp peaks is softer.
    assert pytest.approx(-16, abs=0.7) == loudness(heard)
    refused = bundled_stoat.try_render(made, tmp_path / "no.wav", loudness="-60")
    assert 2 == refused.code
    assert ["/target/loudness"] == [problem["path"] for problem in refused.problems]
