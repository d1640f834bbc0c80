"""Effects on sound, measured in levels, spectra, lengths and onsets, and what they must leave alone."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, keyframes, track
from stoat_ferret.testing.measure import Heard, decode_sound, frame_checksums, level, peak, tone_level

RATE = 48_000
SECONDS = 2
STEP = 1.01 / 32_768
"""A step of 16-bit sound, and a little."""
Samples = NDArray[np.float64]


def _clock(seconds: float = SECONDS) -> Samples:
    made: Samples = np.arange(round(seconds * RATE)) / RATE
    return made


def _tone(frequency: float, decibels: float, seconds: float = SECONDS) -> Samples:
    """Make a tone whose level (RMS) is so many decibels."""
    height: float = 10 ** (decibels / 20) * 2**0.5
    made: Samples = height * np.sin(2 * np.pi * frequency * _clock(seconds))
    return made


def _halves(first: Samples, second: Samples) -> Samples:
    half = SECONDS * RATE // 2
    return np.concatenate([first[:half], second[:half]])


def _clicks(*times: float) -> Samples:
    made = np.zeros(SECONDS * RATE)
    for time in times:
        made[round(time * RATE)] = 0.5
    return made


def _bursts(frequency: float, decibels: float, *times: float) -> Samples:
    made, tone = np.zeros(SECONDS * RATE), _tone(frequency, decibels, 0.1)
    for time in times:
        made[round(time * RATE) :][: len(tone)] = tone
    return made


def _noise(decibels: float, seconds: float = SECONDS, seed: int = 5) -> Samples:
    made: Samples = np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * 10 ** (decibels / 20)
    return made


def _pink(decibels: float) -> Samples:
    spectrum = np.fft.rfft(_noise(0))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    made: Samples = np.fft.irfft(spectrum)
    made *= 10 ** (decibels / 20) / np.sqrt(np.mean(made**2))
    return made


def _write(path: Path, *channels: Samples) -> Path:
    steps = np.stack(channels, axis=1).clip(-1, 1 - 1 / 32_768) * 32_768
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(steps.round().astype("<i2").tobytes())
    return path


def _effect(name: str, **params: Any) -> Document:
    return {"type": name, "params": params}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A sound and what is done to it."""

    left: Samples
    right: Samples | None = None
    effects: tuple[Document, ...] = ()


TONES = _tone(60, -24) + _tone(1000, -24) + _tone(8000, -24)
PASSED = _tone(50, -24) + _tone(200, -24) + _tone(2000, -24)
QUIET_AND_LOUD = _halves(_tone(500, -30), _tone(500, -8))
LEFT, RIGHT = _tone(500, -20), _tone(900, -20)
BURSTS = (0.25, 0.75, 1.25)

CASES: dict[str, Case] = {
    "before": Case(left=_pink(-20)),
    "compressor": Case(
        left=QUIET_AND_LOUD,
        effects=(_effect("compressor", threshold=-20, ratio=4, knee=0, attack=60, release=60),),
    ),
    "makeup": Case(left=_tone(500, -30), effects=(_effect("compressor", makeup=6),)),
    "limiter": Case(left=QUIET_AND_LOUD, effects=(_effect("limiter", ceiling=-12),)),
    "gate": Case(
        left=_halves(_tone(500, -50), _tone(500, -20)),
        effects=(_effect("gate", threshold=-35, reduction=20),),
    ),
    "peak": Case(left=TONES, effects=(_effect("equalizer", frequency=1000, gain=6, width=1),)),
    "low_shelf": Case(left=TONES, effects=(_effect("equalizer", kind="low_shelf", frequency=300, gain=-9),)),
    "high_shelf": Case(
        left=TONES, effects=(_effect("equalizer", kind="high_shelf", frequency=3000, gain=5),)
    ),
    "highpass": Case(left=PASSED, effects=(_effect("highpass", frequency=200),)),
    "steep highpass": Case(left=PASSED, effects=(_effect("highpass", frequency=200, slope="steep"),)),
    "lowpass": Case(left=PASSED, effects=(_effect("lowpass", frequency=200),)),
    "gentle lowpass": Case(left=PASSED, effects=(_effect("lowpass", frequency=200, slope="gentle"),)),
    "between": Case(left=_pink(-20)),
    "de_esser": Case(
        left=_tone(400, -20) + _halves(_tone(7000, -80), _tone(7000, -16)),
        effects=(_effect("de_esser", intensity=0.6, reduction=12),),
    ),
    "noise_reduction": Case(
        left=_noise(-50) + _bursts(1000, -14, *BURSTS),
        effects=(_effect("noise_reduction", reduction=15, floor=-50),),
    ),
    "late clicks": Case(
        left=_clicks(0.5, 1.99), effects=(_effect("noise_reduction", reduction=1, floor=-80),)
    ),
    "reverb": Case(left=_clicks(0.1), effects=(_effect("reverb", decay=1.2, amount=0.5, pre_delay=30),)),
    "echo": Case(left=_clicks(0.1), effects=(_effect("echo", delay=250, level=0.5, decay=0.5, repeats=4),)),
    "higher": Case(left=_bursts(600, -14, *BURSTS), effects=(_effect("pitch", semitones=12),)),
    "a little higher": Case(left=_bursts(600, -14, *BURSTS), effects=(_effect("pitch", semitones=4),)),
    "deeper": Case(left=_bursts(600, -14, *BURSTS), effects=(_effect("pitch", semitones=-5),)),
    "steady": Case(left=_tone(600, -14), effects=(_effect("pitch", semitones=12),)),
    "pan": Case(left=LEFT, right=RIGHT, effects=(_effect("pan", position=-0.5),)),
    "passing by": Case(left=LEFT, right=LEFT, effects=(_effect("pan", position=keyframes((0, -1), (2, 1))),)),
    "narrow": Case(left=LEFT, right=RIGHT, effects=(_effect("stereo_width", width=0),)),
    "wide": Case(left=LEFT, right=RIGHT, effects=(_effect("stereo_width", width=1.5),)),
    "mono": Case(left=LEFT, right=RIGHT, effects=(_effect("channel_map", mapping="mono"),)),
    "swap": Case(left=LEFT, right=RIGHT, effects=(_effect("channel_map", mapping="swap"),)),
    "left_to_both": Case(left=LEFT, right=RIGHT, effects=(_effect("channel_map", mapping="left_to_both"),)),
    "right_only": Case(left=LEFT, right=RIGHT, effects=(_effect("channel_map", mapping="right_only"),)),
    "invert_right": Case(left=LEFT, right=RIGHT, effects=(_effect("channel_map", mapping="invert_right"),)),
    "after": Case(left=_pink(-20)),
}

MEMORY: dict[str, Document] = {
    "compressor": _effect("compressor", threshold=-40, ratio=4, release=2000),
    "limiter": _effect("limiter", ceiling=-20, release=2000),
    "gate": _effect("gate", threshold=-20, release=2000),
    "equalizer": _effect("equalizer", frequency=60, gain=9, width=0.2),
    "highpass": _effect("highpass", frequency=20, slope="steep"),
    "lowpass": _effect("lowpass", frequency=300),
    "de_esser": _effect("de_esser", intensity=0.9),
    "noise_reduction": _effect("noise_reduction", reduction=20, floor=-30),
    "reverb": _effect("reverb", decay=4, amount=0.8),
    "echo": _effect("echo", delay=700, repeats=3),
    "pitch": _effect("pitch", semitones=-3),
}


@pytest.fixture(scope="module")
def gallery(stoat: Stoat, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Heard]:
    """Give the sound of every case: all of them are clips of one track, one after another."""
    folder = tmp_path_factory.mktemp("gallery")
    clips = []
    for number, case in enumerate(CASES.values()):
        right = case.left if case.right is None else case.right
        source = _write(folder / f"{number}.wav", case.left, right)
        clips.append(clip(source, number * SECONDS, 0, SECONDS, effects=list(case.effects)))
    sound = decode_sound(stoat.render(document(track(*clips, type="audio")), folder / "out.wav"))
    assert len(CASES) * SECONDS * RATE == len(sound.samples)
    return {
        name: sound.between(number * SECONDS, (number + 1) * SECONDS) for number, name in enumerate(CASES)
    }


def _side(sound: Heard, channel: int) -> Heard:
    return Heard(samples=sound.samples[:, channel : channel + 1], rate=sound.rate)


def _onsets(sound: Heard) -> list[float]:
    """Give the seconds at which bursts begin: where a tenth of the largest power is reached."""
    power = np.convolve(sound.mono**2, np.ones(96) / 96, "same")
    loud = np.flatnonzero(power > 0.1 * power.max())
    first = np.concatenate([[True], np.diff(loud) > RATE // 20])
    return [float(start) / RATE for start in loud[first]]


def _lag(before: Samples, after: Samples) -> float:
    """Give the seconds by which the power of a sound comes later than it did."""
    powers = [np.convolve(sound**2, np.ones(96) / 96, "same") for sound in (before, after)]
    spectra = [np.fft.rfft(power, 2 * len(before)) for power in powers]
    likeness = np.fft.irfft(spectra[1] * np.conj(spectra[0]))
    shift = int(likeness.argmax())
    return (shift if shift < len(before) else shift - 2 * len(before)) / RATE


@pytest.mark.parametrize("name", ["before", "between", "after"])
def test_clips_without_effects_are_left_alone(gallery: Mapping[str, Heard], name: str) -> None:
    """A clip beside others with effects has the samples of its source, each at its place."""
    source = np.stack([CASES[name].left] * 2, axis=1)
    assert np.abs(source - gallery[name].samples).max() < STEP


def test_compressor_divides_what_is_above_the_threshold(gallery: Mapping[str, Heard]) -> None:
    """12 dB above a threshold of -20 become 3 at a ratio of 4; what is below stays, makeup is added."""
    sound = gallery["compressor"]
    assert level(sound.between(0.2, 0.9)) == pytest.approx(-30, abs=0.1)
    assert level(sound.between(1.5, 1.9)) == pytest.approx(-17, abs=0.5)
    assert level(gallery["makeup"].between(0.2, 1.9)) == pytest.approx(-24, abs=0.1)


def test_limiter_holds_peaks(gallery: Mapping[str, Heard]) -> None:
    """No sample is beyond the ceiling, the loud part reaches it, and what is quieter stays to the sample."""
    sound = gallery["limiter"]
    assert peak(sound.between(1, 2)) == pytest.approx(-12, abs=0.02)
    assert level(sound.between(1.2, 1.9)) == pytest.approx(-15.01, abs=0.2)
    quiet = CASES["limiter"].left[: round(0.9 * RATE)]
    assert np.abs(quiet - sound.samples[: len(quiet), 0]).max() < STEP


def test_gate_turns_down_what_is_quiet(gallery: Mapping[str, Heard]) -> None:
    """Below the threshold it is quieter by the reduction, above it is as it was."""
    sound = gallery["gate"]
    assert level(sound.between(0.5, 0.95)) == pytest.approx(-70, abs=1)
    assert level(sound.between(1.2, 1.9)) == pytest.approx(-20, abs=0.1)


LEVELS: dict[str, dict[float, float]] = {
    "peak": {60: 0, 1000: 6, 8000: 0},
    "low_shelf": {60: -9, 1000: 0, 8000: 0},
    "high_shelf": {60: 0, 1000: 0, 8000: 5},
    "highpass": {50: -24.1, 200: -3, 2000: 0},
    "steep highpass": {50: -48.2, 200: -3, 2000: 0},
    "lowpass": {50: 0, 200: -3, 2000: -40.2},
    "gentle lowpass": {50: -0.3, 200: -3, 2000: -20.1},
}


@pytest.mark.parametrize("name", LEVELS)
def test_bands_have_their_gains(gallery: Mapping[str, Heard], name: str) -> None:
    """Tones within, at the edge of and outside a band are louder or quieter by what the filter says."""
    for frequency, gain in LEVELS[name].items():
        measured = tone_level(gallery[name].between(0.5, 1.5), frequency)
        assert measured + 24 == pytest.approx(gain, abs=0.5), frequency


def test_de_esser_takes_sharpness_only(gallery: Mapping[str, Heard]) -> None:
    """A strong 7 kHz loses at least 6 dB and no more than the reduction; the voice below hardly anything."""
    sound = gallery["de_esser"]
    assert -16 - 12.5 < tone_level(sound.between(1.2, 1.9), 7000) < -16 - 6
    assert tone_level(sound.between(0.2, 0.9), 400) == pytest.approx(-20, abs=0.1)
    assert tone_level(sound.between(1.2, 1.9), 400) == pytest.approx(-21, abs=1.5)


def test_noise_reduction_takes_noise_and_nothing_else(gallery: Mapping[str, Heard]) -> None:
    """Noise loses at least 8 dB; tones keep level and place, and so does a click at the very end."""
    sound = gallery["noise_reduction"]
    assert level(sound.between(1.5, 1.95)) < -50 - 8
    for start, onset in zip(BURSTS, _onsets(sound), strict=True):
        assert tone_level(sound.between(start + 0.01, start + 0.09), 1000) == pytest.approx(-14, abs=0.5)
        assert start == pytest.approx(onset, abs=0.002)
    clicks = np.abs(gallery["late clicks"].samples[:, 0])
    assert [24_000, 95_520] == np.flatnonzero(clicks > 0.4).tolist()


def test_reverb_adds_a_room_that_dies_away(gallery: Mapping[str, Heard]) -> None:
    """The sound itself stays; the room comes after the delay, is dense, differs by side and falls evenly."""
    sound = gallery["reverb"]
    start = round(0.1 * RATE)
    assert pytest.approx(0.5, abs=STEP) == sound.samples[start, 0]
    assert np.abs(sound.samples[: start + round(0.03 * RATE), 0]).argmax() == start
    assert level(_side(sound, 0).between(0.101, 0.129)) < -90
    levels = [level(_side(sound, 0).between(at, at + 0.2)) for at in (0.2, 0.5, 0.8)]
    # 60 dB in 1.2 seconds are 15 dB in 0.3.
    assert levels[0] - levels[1] == pytest.approx(15, abs=2)
    assert levels[1] - levels[2] == pytest.approx(15, abs=2)
    sides = sound.samples[start + 2400 : start + 24_000].T.astype(np.float64)
    together = sides[0] @ sides[1] / np.sqrt((sides[0] @ sides[0]) * (sides[1] @ sides[1]))
    assert abs(together) < 0.3
    room = np.abs(sound.between(0.2, 0.3).samples[:, 0])
    assert np.mean(room > room.max() / 30) > 0.3


def test_echoes_come_to_the_sample(gallery: Mapping[str, Heard]) -> None:
    """Every echo is where and as loud as its parameters say, and between them is silence."""
    expected = np.zeros(SECONDS * RATE)
    for number, height in enumerate([0.5, 0.25, 0.125, 0.0625, 0.03125]):
        expected[round((0.1 + 0.25 * number) * RATE)] = height
    assert np.abs(expected - gallery["echo"].samples[:, 0]).max() < STEP


@pytest.mark.parametrize(("name", "semitones"), [("higher", 12), ("a little higher", 4), ("deeper", -5)])
def test_pitch_moves_frequencies_and_nothing_else(
    gallery: Mapping[str, Heard], name: str, semitones: float
) -> None:
    """Bursts keep their places within 4 ms and sound at the new frequency."""
    sound = gallery[name]
    assert abs(_lag(CASES[name].left, sound.mono)) < 0.004
    for start, onset in zip(BURSTS, _onsets(sound), strict=True):
        assert start == pytest.approx(onset, abs=0.015)
        body = sound.between(start, start + 0.1).mono * np.hanning(4800)
        spectrum = np.abs(np.fft.rfft(body, 1 << 17))
        measured = float(spectrum.argmax()) * RATE / (1 << 17)
        assert 600 * 2 ** (semitones / 12) == pytest.approx(measured, rel=0.02)


def test_pitch_lasts_to_the_end(gallery: Mapping[str, Heard]) -> None:
    """A steady tone that is made higher sounds from the first moment to the last at its level."""
    sound, frequency = gallery["steady"], 1200
    for start, end in [(0.05, 0.15), (0.9, 1.1), (1.98, 2.0)]:
        assert tone_level(sound.between(start, end), frequency) == pytest.approx(-14, abs=1.5)


def _sides(sound: Heard) -> list[float]:
    """Give the levels of 500 Hz and 900 Hz on the left, then on the right."""
    body = sound.between(0.5, 1.5)
    return [tone_level(_side(body, channel), frequency) for channel in (0, 1) for frequency in (500, 900)]


MIXED: dict[str, list[float | None]] = {
    # Half way to the left: the right one keeps cos 45 degrees, and as much of it is on the left.
    "pan": [-20, -23.01, None, -23.01],
    "narrow": [-26.02, -26.02, -26.02, -26.02],
    "wide": [-20 + 1.938, -32.04, -32.04, -20 + 1.938],
    "mono": [-26.02, -26.02, -26.02, -26.02],
    "swap": [None, -20, -20, None],
    "left_to_both": [-20, None, -20, None],
    "right_only": [None, None, None, -20],
    "invert_right": [-20, None, None, -20],
}


@pytest.mark.parametrize("name", MIXED)
def test_left_and_right(gallery: Mapping[str, Heard], name: str) -> None:
    """Both sides hold of left and right what the effect says, and nothing of what it does not."""
    for expected, measured in zip(MIXED[name], _sides(gallery[name]), strict=True):
        if expected is None:
            assert measured < -80
        else:
            assert expected == pytest.approx(measured, abs=0.1)


def test_an_inverted_channel_has_the_opposite_sign(gallery: Mapping[str, Heard]) -> None:
    """Sample by sample."""
    right = gallery["invert_right"].samples[:, 1]
    assert np.abs(-RIGHT - right).max() < STEP


def test_a_sound_passes_by(gallery: Mapping[str, Heard]) -> None:
    """Keyframes carry it from all left over the middle to all right."""
    sound = gallery["passing by"]
    first, middle, last = sound.between(0, 0.02), sound.between(0.99, 1.01), sound.between(1.98, 2)
    assert level(_side(first, 0)) > level(_side(first, 1)) + 30
    assert level(_side(middle, 0)) == pytest.approx(level(_side(middle, 1)), abs=0.3)
    assert level(_side(last, 1)) > level(_side(last, 0)) + 30


Remembering = dict[str, tuple[Document, Heard, int]]


@pytest.fixture(scope="module")
def remembering(bundled_stoat: Stoat, tmp_path_factory: pytest.TempPathFactory) -> Remembering:
    """Give for each effect that remembers a document, its whole render, and the first frame of the clip.

    Those that never raise a peak are by themselves: no limiter has a range begin earlier there.
    """
    folder = tmp_path_factory.mktemp("memory")
    source = _write(folder / "noise.wav", _noise(-22), _noise(-22, seed=6))
    given: Remembering = {}
    lowering = ["compressor", "limiter", "gate"]
    for names in (lowering, [name for name in MEMORY if name not in lowering]):
        clips = [
            clip(source, number * SECONDS, 0, SECONDS, effects=[MEMORY[name]])
            for number, name in enumerate(names)
        ]
        made = document(track(*clips, type="audio"))
        whole = decode_sound(bundled_stoat.render(made, folder / f"{len(names)}.flac"))
        given |= {name: (made, whole, number * SECONDS * 30) for number, name in enumerate(names)}
    return given


@pytest.mark.parametrize("name", MEMORY)
def test_a_range_of_a_clip_remembers(
    bundled_stoat: Stoat, tmp_path: Path, remembering: Remembering, name: str
) -> None:
    """A range that begins and ends within a clip has the very samples that the whole has there."""
    made, whole, first = remembering[name]
    start, end = first + 31, first + 38
    part = decode_sound(bundled_stoat.render(made, tmp_path / "part.flac", range=f"{start}f:{end}f"))
    assert (whole.samples[start * 1600 : end * 1600] == part.samples).all()


def test_a_range_of_a_track_remembers(stoat: Stoat, tmp_path: Path) -> None:
    """The same where several effects stand on a track and on the project, one after another."""
    source = _write(tmp_path / "noise.wav", _noise(-22, 3), _noise(-22, 3, seed=6))
    # Of bands that have nothing in common nothing would be left.
    alone = {"lowpass", "gate", "noise_reduction"}
    effects = [effect for name, effect in MEMORY.items() if name not in alone]
    made = document(
        track(clip(source, 0, 0, 3), type="audio", effects=effects[::2]), global_effects=effects[1::2]
    )
    whole = decode_sound(stoat.render(made, tmp_path / "whole.wav"))
    part = decode_sound(stoat.render(made, tmp_path / "part.wav", range="41f:52f"))
    assert 3 * RATE == len(whole.samples)
    assert level(whole.between(1.4, 1.7)) > -60
    assert (whole.samples[41 * 1600 : 52 * 1600] == part.samples).all()


def test_what_rings_on(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """An echo on a clip ends with the clip; on its track it rings on after it."""
    source = _write(tmp_path / "click.wav", _clicks(0.4), _clicks(0.4))
    echo = _effect("echo", delay=300, level=0.5, repeats=1)
    heights = []
    for place in ("clip", "track"):
        effects = {"effects": [echo]}
        clips = [clip(source, 0, 0, 0.6, **(effects if place == "clip" else {})), clip(source, 1, 1, 1.5)]
        made = document(track(*clips, type="audio", **(effects if place == "track" else {})))
        sound = decode_sound(bundled_stoat.render(made, tmp_path / f"{place}.wav"))
        assert pytest.approx(0.5, abs=STEP) == sound.samples[round(0.4 * RATE), 0]
        heights.append(float(sound.samples[round(0.7 * RATE), 0]))
    assert [0, 0.25] == pytest.approx(heights, abs=STEP)


def test_echoes_that_come_late(stoat: Stoat, tmp_path: Path) -> None:
    """Twenty echoes five seconds apart are all heard, the last after a hundred seconds."""
    source = _write(tmp_path / "click.wav", _clicks(0.4), _clicks(0.4))
    echo = _effect("echo", delay=5000, level=1, decay=0.95, repeats=20)
    made = document(
        track(clip(source, 0, 0, 0.6), type="audio", effects=[echo]),
        track({"source": {"generator": "silence"}, "out_point": 102}, type="audio"),
        sample_rate=8000,
    )
    samples = decode_sound(stoat.render(made, tmp_path / "late.wav")).samples[:, 0]
    seconds = np.abs(samples.reshape(102, 8000)).max(axis=1)
    expected = np.zeros(102)
    expected[::5] = [seconds[0], *(seconds[0] * 0.95**number for number in range(20))]
    assert seconds[0] > 0.05
    assert np.abs(expected - seconds).max() < 2 * STEP


def test_long_programmes_in_parts_sound_the_same(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """Fifty clips, more than one run opens, each with its own echo: as computed, whole and in a range."""
    noise = _noise(-20, 10)
    source = _write(tmp_path / "noise.wav", noise, noise)
    length = RATE // 5
    echo = [_effect("echo", delay=50, level=0.5, repeats=1)]
    cuts = [Fraction(n, 5) for n in range(51)]
    clips = [clip(source, cuts[n], cuts[n], cuts[n + 1], effects=echo) for n in range(50)]
    made = document(track(*clips, type="audio"))
    parts = noise.reshape(50, length)
    echoes = np.pad(parts, ((0, 0), (2400, 0)))[:, :length] / 2
    expected = (parts + echoes).ravel()
    whole = decode_sound(bundled_stoat.render(made, tmp_path / "whole.wav"))
    assert 50 * length == len(whole.samples)
    assert np.abs(expected - whole.samples[:, 0]).max() < 2 * STEP
    part = decode_sound(bundled_stoat.render(made, tmp_path / "part.wav", range="3f:291f"))
    assert (whole.samples[3 * 1600 : 291 * 1600] == part.samples).all()


@pytest.mark.parametrize("channels", [1, 6])
def test_other_programmes_than_stereo(bundled_stoat: Stoat, tmp_path: Path, channels: int) -> None:
    """Every effect works in mono and in 5.1, keeps the length, and no channel is early or late."""
    source = _write(tmp_path / "burst.wav", *[_bursts(700, -14 - n, *BURSTS) for n in range(channels)])
    effects = [*MEMORY.values()]
    if channels > 1:
        effects += [_effect("pan", position=0.5), _effect("stereo_width", width=1.5)]
        effects += [_effect("pan", position=keyframes((0, 0), (2, 0.1)))]
        effects += [_effect("channel_map", mapping="mono")]
    clips = [clip(source, n * SECONDS, 0, SECONDS, effects=[effect]) for n, effect in enumerate(effects)]
    made = document(track(*clips, type="audio"), channels=channels)
    sound = decode_sound(bundled_stoat.render(made, tmp_path / "out.wav"))
    assert (len(effects) * SECONDS * RATE, channels) == sound.samples.shape
    for number, effect in enumerate(effects):
        part = sound.between(number * SECONDS, (number + 1) * SECONDS)
        for channel in range(channels):
            if channel != 3:
                onset = _onsets(_side(part, channel))[0]
                assert BURSTS[0] == pytest.approx(onset, abs=0.015), (effect, channel)


def test_sound_moves_in_five_point_one(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """All to the right takes the front, the centre and the surround with it; the deep channel stays."""
    frequencies = [300, 450, 620, 60, 800, 1000]
    source = _write(tmp_path / "six.wav", *[_tone(frequency, -26) for frequency in frequencies])
    moved = clip(source, 0, 0, SECONDS, effects=[_effect("pan", position=1)])
    made = document(track(moved, type="audio"), channels=6)
    sound = decode_sound(bundled_stoat.render(made, tmp_path / "out.wav")).between(0.5, 1.5)
    expected = [[], [300, 450, 620], [], [60], [], [800, 1000]]
    for channel, there in enumerate(expected):
        levels = {f: tone_level(_side(sound, channel), f) for f in frequencies}
        assert there == [f for f, measured in levels.items() if measured > -60]
        assert all(levels[f] == pytest.approx(-26, abs=0.1) for f in there)


@pytest.mark.parametrize(
    ("name", "params"),
    [("pan", {"position": 1}), ("stereo_width", {"width": 0}), ("channel_map", {"mapping": "swap"})],
)
def test_left_and_right_are_refused_in_mono(
    bundled_stoat: Stoat, tmp_path: Path, name: str, params: dict[str, Any]
) -> None:
    """An effect on left and right says that a programme of one channel has neither, and what to do."""
    source = _write(tmp_path / "tone.wav", _tone(500, -20))
    made = document(track(clip(source, 0, 0, 1, effects=[_effect(name, **params)]), type="audio"), channels=1)
    refused = bundled_stoat.try_render(made, tmp_path / "out.wav")
    assert 2 == refused.code
    problem = refused.problems[0]
    assert "effect.unsupported" == problem["code"]
    assert "/tracks/0/clips/0/effects/0" == problem["path"]
    assert "output.channels" in problem["hint"]


BOOSTS = [
    _effect("equalizer", frequency=997, gain=12),
    _effect("compressor", threshold=0, makeup=12),
    _effect("echo", delay=100, level=1, decay=0.9),
    _effect("reverb", amount=1, decay=4),
]


@pytest.mark.parametrize("boost", BOOSTS, ids=[boost["type"] for boost in BOOSTS])
def test_boosted_sound_does_not_clip(bundled_stoat: Stoat, tmp_path: Path, boost: Document) -> None:
    """What an effect raises above full scale meets the limiter, and comes out as a wave, not cut off."""
    tone = _tone(997, -3.1)
    source = _write(tmp_path / "tone.wav", tone, tone)
    made = document(track(clip(source, 0, 0, SECONDS, effects=[boost]), type="audio"))
    sound = decode_sound(bundled_stoat.render(made, tmp_path / "out.wav"))
    assert -1 < peak(sound) < -0.4
    body = sound.between(1, 1.9)
    assert tone_level(body, 997) == pytest.approx(level(body), abs=0.1)


def test_pictures_are_left_alone(bundled_stoat: Stoat, tmp_path: Path) -> None:
    """A film has the same frames whatever is done to its sound."""
    source = _write(tmp_path / "tone.wav", _tone(500, -20), _tone(500, -20))
    checksums = []
    for name, effects in {"with": [*MEMORY.values()], "without": []}.items():
        shown = track(clip({"generator": "testsrc"}, 0, 0, 1), effects=effects)
        made = document(shown, track(clip(source, 0, 0, 1, effects=effects), type="audio"))
        out = bundled_stoat.render(made, tmp_path / f"{name}.mkv", quality="lossless")
        assert RATE == len(decode_sound(out).samples)
        checksums.append(frame_checksums(out))
    assert 30 == len(checksums[0])
    assert checksums[0] == checksums[1]
