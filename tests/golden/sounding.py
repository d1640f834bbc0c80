"""The sounds that effects are defined on, and sounds as pictures.

Two seconds of what effects act on: a low hum under a tone, a loud tone on the left and a soft one
on the right, clicks over hiss, and sibilants over a low voice.
"""

from __future__ import annotations

import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
SECONDS = 2

Samples = NDArray[np.float64]
Picture = NDArray[np.uint8]

COLUMNS = 100
"""Moments of a picture."""
FLOOR = -72.0
"""Decibels that are black; 0 dB is white."""
BANDS = np.geomspace(40, 18_000, 41)
"""Limits of the bands that a picture shows, in hertz."""
WAVE = 41
"""Rows of a waveform."""


def sound() -> Samples:
    """Left and right, a row a sample."""
    clock = np.arange(RATE // 2) / RATE
    noise = np.random.default_rng(11).standard_normal((RATE // 2, 2))

    def tone(frequency: float, decibels: float) -> Samples:
        made: Samples = 10 ** (decibels / 20) * np.sin(2 * np.pi * frequency * clock)
        return made

    hum = tone(441, -18) + tone(60, -30)
    sides = np.stack([tone(997, -6), tone(3001, -20)], axis=1)
    quiet = noise * 10 ** (-50 / 20)
    quiet[RATE // 4 :: RATE // 20] = 0.5
    spectrum = np.fft.rfft(noise, axis=0)
    frequencies = np.fft.rfftfreq(RATE // 2, 1 / RATE)
    spectrum[(frequencies < 6000) | (frequencies > 9000)] = 0
    hiss = np.fft.irfft(spectrum, axis=0) * 0.25 + tone(207, -20)[:, None]
    return np.concatenate([np.stack([hum, hum], axis=1), sides, quiet, hiss])


def written(path: Path, samples: Samples) -> Path:
    """The samples as a WAV file of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples.clip(-1, 1 - 2**-15) * 2**15).round().astype("<i2").tobytes())
    return path


def read(path: Path) -> Samples:
    """The samples of a WAV file of 16 bits."""
    with wave.open(str(path), "rb") as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return raw.reshape(-1, file.getnchannels()) / 2**15


def pictured(samples: Samples) -> Picture:
    """Each channel, left above right: its wave, and its levels from high to low."""
    return np.concatenate([_channel(samples[:, number]) for number in range(samples.shape[1])])


def _channel(samples: Samples) -> Picture:
    length = len(samples) // COLUMNS
    columns = samples[: length * COLUMNS].reshape(COLUMNS, length)
    rows = np.arange(WAVE)[:, None]
    middle = WAVE // 2
    top, bottom = (np.round(middle - middle * edge(axis=1)) for edge in (columns.max, columns.min))
    shown = np.where((top <= rows) & (rows <= bottom), 200, 24)
    powers = np.abs(np.fft.rfft(columns * np.hanning(length), axis=1)) ** 2
    frequencies = np.fft.rfftfreq(length, 1 / RATE)
    full = (length / 4) ** 2
    levels = []
    for low, high in pairwise(BANDS):
        # A band that is narrower than the steps of the transform has the nearest one.
        within = (low <= frequencies) & (frequencies < high)
        within[np.abs(frequencies - (low * high) ** 0.5).argmin()] = True
        levels.append(10 * np.log10(powers[:, within].sum(axis=1) / full + 1e-12))
    grey = 255 * (1 - np.array(levels[::-1]) / FLOOR)
    whole = np.concatenate([shown, np.repeat(grey, 2, axis=0)])
    return np.repeat(np.round(whole.clip(0, 255)).astype(np.uint8)[..., None], 3, axis=2).repeat(3, axis=1)
