"""Presets do to picture and sound what they say, measured on what was rendered."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import Heard, decode_pictures, decode_sound, level, tone_level

RATE = 48_000
SECONDS = 3


def effects(stoat: Stoat, name: str) -> list[Document]:
    """The effects of a preset, as the command gives them to a program."""
    done = stoat.run("presets", name, "--json")
    assert 0 == done.code
    listed: list[Document] = done.answer["effects"]
    return listed


def test_cinematic_darkens_corners_and_warms_the_light(stoat: Stoat, tmp_path: Path) -> None:
    """On a grey picture: corners darker than the middle, more red than blue, and grain that moves."""
    grey = tmp_path / "grey.png"
    Image.new("RGB", (320, 180), (128, 128, 128)).save(grey)

    def rendered(name: str, listed: list[Document]) -> NDArray[np.float64]:
        project = document(track(clip(grey, 0, 0, 0.5, effects=listed)), width=320, height=180)
        film = stoat.render(project, tmp_path / f"{name}.mkv", quality="lossless")
        return np.asarray(decode_pictures(film, colour="rgb"), dtype=np.float64)

    before, after = rendered("before", []), rendered("after", effects(stoat, "cinematic"))
    middle = np.s_[:, 80:100, 140:180]
    for corner in (np.s_[:, :18, :32], np.s_[:, :18, -32:], np.s_[:, -18:, :32], np.s_[:, -18:, -32:]):
        assert after[corner].mean() < 0.8 * after[middle].mean()
        assert abs(before[corner].mean() - before[middle].mean()) < 1
    red, _, blue = after[middle].mean(axis=(0, 1, 2))
    assert red > blue + 4
    assert np.ptp(before[middle].mean(axis=(0, 1, 2))) < 2
    assert np.abs(after[1] - after[0]).mean() > 0.5 > np.abs(before[1] - before[0]).mean()


def voice(path: Path) -> Path:
    """Make a voice-like sound, loud and then quiet, over a hum of the mains and a hiss."""
    clock = np.arange(SECONDS * RATE) / RATE
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 3 * clock)
    spoken = np.sum([np.sin(2 * np.pi * 150 * part * clock) / part for part in range(1, 12)], axis=0)
    loud = np.where(clock < SECONDS / 2, 0.35, 0.06)
    hum = 0.02 * np.sin(2 * np.pi * 60 * clock)
    hiss = 0.002 * np.random.default_rng(3).standard_normal(len(clock))
    steps = np.clip(spoken * syllables * loud + hum + hiss, -1, 1) * 32_767
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(steps.round().astype("<i2").tobytes())
    return path


def test_podcast_voice_takes_hum_out_and_evens_the_voice(stoat: Stoat, tmp_path: Path) -> None:
    """60 Hz is more than 12 dB quieter, the voice is not, and its loud and quiet halves are nearer."""
    source = voice(tmp_path / "voice.wav")

    def rendered(name: str, listed: list[Document]) -> Path:
        project = document(track(clip(source, 0, 0, SECONDS, effects=listed), type="audio"))
        return stoat.render(project, tmp_path / f"{name}.wav")

    before = decode_sound(rendered("before", []))
    after = decode_sound(rendered("after", effects(stoat, "podcast_voice")))
    assert len(before.samples) == len(after.samples)
    # The quiet half is below the threshold: what comes of it there is not the compressor's doing.
    heard, cleaned = (sound.between(SECONDS / 2 + 0.3, SECONDS - 0.1) for sound in (before, after))
    assert tone_level(heard, 60) - tone_level(cleaned, 60) > 12
    assert tone_level(cleaned, 150) > tone_level(heard, 150) - 1
    assert _unevenness(before) - _unevenness(after) > 2


def _unevenness(sound: Heard) -> float:
    """Give how much louder the loud half is than the quiet one, dB."""
    half = SECONDS / 2
    return level(sound.between(0.2, half - 0.1)) - level(sound.between(half + 0.3, SECONDS - 0.1))
