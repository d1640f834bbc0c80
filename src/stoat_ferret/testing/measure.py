"""Measures files: decodes pictures and sound and reads the marks that `media` put there.

Pictures are arrays indexed `[frame, row, column]`, with a last axis for colour where there is one;
0 is black, 255 white.
Sound is an array indexed `[sample, channel]`, 1.0 is full scale.
A box is `(left, top, width, height)` in fractions of the picture: where a whole source picture lies in it.
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import imageio_ffmpeg
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from stoat_ferret.testing.media import BEEP_FREQUENCY, BEEP_SECONDS, Source, frame_times, marked_frames

__all__ = [
    "WHOLE",
    "Box",
    "DecodingError",
    "Heard",
    "beeps",
    "contained",
    "decode_pictures",
    "decode_sound",
    "flashes",
    "frame_checksums",
    "frame_numbers",
    "heard_beeps",
    "level",
    "loudness",
    "peak",
    "picture_lag",
    "picture_times",
    "psnr",
    "shown_frames",
    "shown_numbers",
    "streams",
    "tone_level",
    "true_peak",
    "wrong_frames",
]

Box = tuple[float, float, float, float]
Pictures = NDArray[np.uint8]

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
"""The box of a source that fills the picture."""
SILENCE_LEVEL = -200.0
"""Decibels that stand for no sound at all."""
LEAST_POWER = 1e-20
ROUNDING = 1e-9
COLOUR_AXES = 4


class DecodingError(RuntimeError):
    """A file could not be decoded from end to end; the message holds what the decoder said."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Decoded sound."""

    samples: NDArray[np.float32]
    """Indexed `[sample, channel]`."""
    rate: int
    """Samples per second."""

    def between(self, start: float, end: float) -> Heard:
        """Give the part from `start` to `end`, both in seconds."""
        cut = self.samples[round(start * self.rate) : round(end * self.rate)]
        return Heard(samples=cut, rate=self.rate)

    @property
    def mono(self) -> NDArray[np.float64]:
        """The mean of the channels."""
        return np.asarray(self.samples.mean(axis=1), dtype=np.float64)


def streams(path: Path) -> list[dict[str, Any]]:
    """Describe each stream: `type`, `codec` and what identifies its shape."""
    with av.open(str(path)) as container:
        described: list[dict[str, Any]] = []
        for stream in container.streams:
            entry: dict[str, Any] = {"type": stream.type, "codec": stream.codec_context.name}
            if isinstance(stream, av.VideoStream):
                entry |= {"width": stream.width, "height": stream.height, "pixels": stream.pix_fmt}
                entry |= {"rate": stream.average_rate, "sample_aspect": stream.sample_aspect_ratio}
            if isinstance(stream, av.AudioStream):
                entry |= {"sample_rate": stream.rate, "channels": stream.channels}
            described.append(entry)
        return described


def decode_pictures(
    path: Path,
    *,
    colour: Literal["grey", "rgb", "rgba"] = "grey",
    ffmpeg: Path | None = None,
    decoder: str | None = None,
) -> Pictures:
    """Decode every frame of the first true video stream, upright, none repeated or left out.

    Raises `DecodingError` when the file is damaged anywhere or holds no picture.
    """
    encoder, channels = {"grey": ("pgm", 1), "rgb": ("ppm", 3), "rgba": ("pam", 4)}[colour]
    before = ["-c:v", decoder] if decoder else []
    after = ["-map", "0:V:0", "-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", encoder]
    pixels = {"grey": "gray", "rgb": "rgb24", "rgba": "rgba"}[colour]
    data = _ffmpeg([*before, "-i", f"file:{path}", *after, "-pix_fmt", pixels, "pipe:1"], ffmpeg)
    width, height, header = _netpbm_header(data)
    each = header + width * height * channels
    if len(data) % each:
        raise DecodingError(f"{path}: pictures differ in size")
    frames = np.frombuffer(data, dtype=np.uint8).reshape(-1, each)[:, header:]
    shape = (len(frames), height, width) if channels == 1 else (len(frames), height, width, channels)
    return np.ascontiguousarray(frames).reshape(shape)


def _netpbm_header(data: bytes) -> tuple[int, int, int]:
    """Give width, height and length of the header of the first picture."""
    if data.startswith(b"P7"):
        end = data.index(b"ENDHDR\n") + len(b"ENDHDR\n")
        words = data[:end].split()
        return int(words[words.index(b"WIDTH") + 1]), int(words[words.index(b"HEIGHT") + 1]), end
    if not data.startswith((b"P5", b"P6")):
        raise DecodingError("no picture")
    first, size, depth, _ = data[:64].split(b"\n", 3)
    width, height = size.split()
    return int(width), int(height), len(first) + len(size) + len(depth) + 3


def _ffmpeg(arguments: Sequence[str], ffmpeg: Path | None) -> bytes:
    binary = str(ffmpeg or imageio_ffmpeg.get_ffmpeg_exe())
    command = [binary, "-nostdin", "-hide_banner", "-v", "error", "-xerror", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=600, check=False)
    # A file that ends too soon decodes with status 0; only the log tells.
    if done.returncode != 0 or done.stderr:
        raise DecodingError(done.stderr.decode(errors="replace").strip())
    return done.stdout


def picture_times(path: Path) -> list[Fraction]:
    """Give the presentation time of every frame in seconds, in order, as the container states it."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        base = stream.time_base
        stamps = [packet.pts for packet in container.demux(stream) if packet.pts is not None]
    if base is None:
        raise DecodingError(f"{path}: no time base")
    return sorted(stamp * base for stamp in stamps)


def picture_lag(path: Path) -> Fraction:
    """Give how long after the start of the file its first picture appears, in seconds.

    Times in a source count from the start of the file: transport streams often start with sound alone.
    """
    first = picture_times(path)[0]
    with av.open(str(path)) as container:
        return first - Fraction(container.start_time or 0, av.time_base)


def frame_numbers(pictures: Pictures, box: Box = WHOLE, *, contrast: float = 60) -> list[int | None]:
    """Read the number that each frame shows in `box`; None where there is none to be sure of.

    `contrast` is the least difference, of 255, between a block and its complement.
    """
    grey = _grey(pictures)
    height, width = grey.shape[1:3]
    left, top, across, down = box
    if min(left, top) < -ROUNDING or max(left + across, top + down / 3) > 1 + ROUNDING:
        return [None] * len(grey)
    differences = np.empty((len(grey), 16))
    for bit in range(16):
        columns = _middle(left + across * bit / 16, across / 16, width)
        upper = grey[:, _middle(top, down / 6, height), columns]
        lower = grey[:, _middle(top + down / 6, down / 6, height), columns]
        differences[:, bit] = upper.mean(axis=(1, 2)) - lower.mean(axis=(1, 2))
    values = (differences > 0) @ (1 << np.arange(15, -1, -1))
    certain = np.abs(differences).min(axis=1) >= contrast
    return [int(value) if sure else None for value, sure in zip(values, certain, strict=True)]


def _middle(start: float, length: float, pixels: int) -> slice:
    """Give the pixels of the middle part of an interval, at least one."""
    first = math.floor((start + 0.3 * length) * pixels + 0.5)
    last = math.floor((start + 0.7 * length) * pixels + 0.5)
    first = min(max(first, 0), pixels - 1)
    return slice(first, max(first + 1, min(last, pixels)))


def _grey(pictures: Pictures) -> Pictures:
    if pictures.ndim < COLOUR_AXES:
        return pictures
    weights = np.array([0.2126, 0.7152, 0.0722])
    return np.asarray((pictures[..., :3] @ weights).round(), dtype=np.uint8)


def flashes(pictures: Pictures, box: Box = WHOLE, *, threshold: float = 190) -> list[int]:
    """Give the positions of the frames whose lower two thirds within `box` are white."""
    grey = _grey(pictures)
    height, width = grey.shape[1:3]
    left, top, across, down = box
    rows = _inside(top + down * 0.45, top + down * 0.95, height)
    columns = _inside(left + across * 0.05, left + across * 0.95, width)
    darkest = np.percentile(grey[:, rows, columns].reshape(len(grey), -1), 10, axis=1)
    return [int(position) for position in np.flatnonzero(darkest >= threshold)]


def _inside(start: float, end: float, pixels: int) -> slice:
    first = min(max(round(start * pixels), 0), pixels - 1)
    return slice(first, max(first + 1, min(round(end * pixels), pixels)))


def shown_frames(
    times: Sequence[Fraction],
    *,
    in_point: Fraction,
    count: int,
    rate: Fraction,
    speed: Fraction = Fraction(1),
    slack: Fraction = Fraction(1, 50_000),
) -> list[set[int]]:
    """Say which source frames a clip must show: for each of its `count` project frames, those allowed.

    Project frame k shows the frame nearest to `in_point + k / rate * speed`; where two are equally near,
    within `slack` seconds (the rounding of containers), both are allowed.
    `times` are the source's frame times.
    """
    expected = []
    for number in range(count):
        wanted = in_point + number / rate * speed
        nearest = min(abs(time - wanted) for time in times)
        expected.append({n for n, time in enumerate(times) if abs(time - wanted) <= nearest + slack})
    return expected


def shown_numbers(
    source: Source, *, in_point: Fraction, count: int, rate: Fraction, speed: Fraction = Fraction(1)
) -> list[set[int]]:
    """Say which numbers a clip of `source` must show: `shown_frames` with its container's rounding."""
    slack = Fraction(1, 1000) if source.ending in {"webm", "mkv", "gif"} else Fraction(1, 20_000)
    frames = shown_frames(
        frame_times(source), in_point=in_point, count=count, rate=rate, speed=speed, slack=slack
    )
    return [{source.first + frame for frame in allowed} for allowed in frames]


def wrong_frames(
    numbers: Sequence[int | None], expected: Sequence[set[int]]
) -> list[tuple[int, int | None, set[int]]]:
    """List the frames that show what they must not: position, number shown, numbers allowed.

    A file that is too short or too long has wrong frames at its end.
    """
    length = max(len(numbers), len(expected))
    shown = [*numbers, *[None] * (length - len(numbers))]
    allowed = [*expected, *[set[int]()] * (length - len(expected))]
    return [(n, shown[n], allowed[n]) for n in range(length) if shown[n] not in allowed[n]]


def heard_beeps(
    source: Source, *, in_point: Fraction, duration: Fraction, at: Fraction, speed: Fraction = Fraction(1)
) -> list[Fraction]:
    """Say when the beeps of a clip start that lie within its `duration`, in seconds on the timeline."""
    times = frame_times(source)
    sounding = [times[number] - in_point for number in marked_frames(source)]
    return [at + time / speed for time in sounding if 0 <= time / speed < duration]


def contained(width: float, height: float, within: tuple[float, float] = (16, 9)) -> Box:
    """Give the box of a picture of `width` by `height` that is fitted whole and centred into a larger one."""
    scale = min(within[0] / width, within[1] / height)
    across, down = width * scale / within[0], height * scale / within[1]
    return ((1 - across) / 2, (1 - down) / 2, across, down)


def decode_sound(path: Path, *, by: Literal["ffmpeg", "av"] = "ffmpeg", ffmpeg: Path | None = None) -> Heard:
    """Decode the first audio stream as a player does: the encoder's priming and padding are left out.

    The two decoders are independent readers of the container. Raises `DecodingError`.
    """
    with av.open(str(path)) as container:
        if not container.streams.audio:
            raise DecodingError(f"{path}: no sound")
        stream = container.streams.audio[0]
        rate, channels = stream.rate, stream.channels
        if by == "av":
            return Heard(samples=_decode_with_av(container, stream), rate=rate)
    arguments = ["-i", f"file:{path}", "-map", "0:a:0", "-f", "f32le", "-c:a", "pcm_f32le", "pipe:1"]
    data = _ffmpeg(arguments, ffmpeg)
    return Heard(samples=np.frombuffer(data, dtype="<f4").reshape(-1, channels), rate=rate)


def _decode_with_av(container: InputContainer, stream: av.AudioStream) -> NDArray[np.float32]:
    resampler = av.AudioResampler(format="fltp")
    parts = [
        part.to_ndarray() for frame in [*container.decode(stream), None] for part in resampler.resample(frame)
    ]
    if not parts:
        return np.zeros((0, stream.channels), dtype=np.float32)
    return np.asarray(np.concatenate(parts, axis=1).T, dtype=np.float32)


def beeps(sound: Heard, *, threshold_db: float = -40) -> list[int]:
    """Find the sample at which each beep starts.

    An onset is where the energy of the next few milliseconds exceeds that of the last by most,
    where what follows is louder than `threshold_db` and has the pitch of a beep.
    Exact to the sample in lossless sound, well within a millisecond in coded sound.
    """
    signal, window = sound.mono, sound.rate // 200
    energy = np.concatenate([[0.0] * window, signal**2, [0.0] * window])
    total = np.concatenate([[0.0], np.cumsum(energy)])
    after = total[2 * window :] - total[window:-window]
    before = total[window:-window] - total[: -2 * window]
    step = (after - before)[: len(signal)]
    floor = window * 10 ** (threshold_db / 10)
    reach = round(float(BEEP_SECONDS) * sound.rate * 0.8)
    onsets: list[int] = []
    for start in np.flatnonzero(step > floor):
        steepest = step[start] == step[max(0, start - window) : start + window].max()
        # Coding makes a beep swell a little after its start, never by half.
        foremost = step[start] >= step[max(0, start - reach) : start + reach].max() / 2
        known = bool(onsets) and start - onsets[-1] <= reach
        if steepest and foremost and not known and _is_beep(signal[start : start + reach // 2], sound.rate):
            onsets.append(int(start))
    return onsets


def _is_beep(signal: NDArray[np.float64], rate: int) -> bool:
    energy = float(np.mean(signal**2)) if len(signal) else 0.0
    return energy > 0 and _tone_power(signal, rate, BEEP_FREQUENCY) > 0.5 * energy


def _tone_power(signal: NDArray[np.float64], rate: int, frequency: float) -> float:
    turning = np.exp(-2j * np.pi * frequency * np.arange(len(signal)) / rate)
    amplitude = 2 * abs(np.mean(signal * turning)) if len(signal) else 0.0
    return float(amplitude**2 / 2)


def tone_level(sound: Heard, frequency: float) -> float:
    """Give the level in dB (RMS, of full scale) of one frequency, whatever else sounds."""
    signal = sound.mono
    window = np.hanning(len(signal))
    return _decibels(_tone_power(signal * window / window.mean(), sound.rate, frequency))


def level(sound: Heard) -> float:
    """Give the RMS level of all channels in dB of full scale; silence is -200."""
    return _decibels(float(np.mean(sound.samples.astype(np.float64) ** 2)) if sound.samples.size else 0.0)


def peak(sound: Heard) -> float:
    """Give the largest sample in dB of full scale; silence is -200."""
    return _decibels(float(np.max(np.abs(sound.samples), initial=0.0)) ** 2)


def loudness(sound: Heard) -> float:
    """Integrated loudness of one or two channels in LUFS, by ITU-R BS.1770-4; minus infinity: silence.

    Channels are filtered as a whole, by the response of the two filters that the standard gives for 48 kHz.
    """
    if sound.rate != _LOUDNESS_RATE:
        raise ValueError(f"the filters are those of {_LOUDNESS_RATE} Hz, not of {sound.rate} Hz")
    samples = sound.samples.astype(np.float64)
    length = 2 * len(samples)
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(length))
    weights = np.ones(len(turn), complex)
    for ahead, back in _WEIGHTING:
        weights *= np.polyval(ahead[::-1], turn) / np.polyval(back[::-1], turn)
    heard = np.fft.irfft(np.fft.rfft(samples, length, axis=0) * weights[:, None], length, axis=0)
    block, hop = round(0.4 * sound.rate), round(0.1 * sound.rate)
    starts = range(0, len(samples) - block + 1, hop)
    powers = np.array([np.mean(heard[start : start + block] ** 2, axis=0).sum() for start in starts])
    powers = powers[powers > 10 ** ((-70 - _LOUDNESS_OFFSET) / 10)]
    if not len(powers):
        return -math.inf
    powers = powers[powers > powers.mean() / 10]
    return _LOUDNESS_OFFSET + _decibels(float(powers.mean()))


_LOUDNESS_RATE = 48_000
_LOUDNESS_OFFSET = -0.691
_WEIGHTING = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
"""The shelf and the high pass, each what goes in and what comes back."""


def true_peak(sound: Heard) -> float:
    """The highest peak in dBTP, also between samples: eight times as many are looked at."""
    spectrum = np.fft.rfft(sound.samples.astype(np.float64), axis=0)
    finer = np.fft.irfft(spectrum, 8 * len(sound.samples), axis=0) * 8
    return _decibels(float(np.abs(finer).max()) ** 2)


def _decibels(power: float) -> float:
    return 10 * math.log10(power) if power > LEAST_POWER else SILENCE_LEVEL


def psnr(left: Pictures, right: Pictures) -> float:
    """Compare two pictures of one shape: peak signal to noise in dB, infinite when they are equal."""
    if left.shape != right.shape:
        raise ValueError(f"pictures of different shapes: {left.shape} and {right.shape}")
    error = float(np.mean((left.astype(np.float64) - right.astype(np.float64)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def frame_checksums(path: Path, *, ffmpeg: Path | None = None) -> list[str]:
    """Give a checksum of the decoded pixels of every frame: equal only where every pixel is."""
    arguments = [
        "-i",
        f"file:{path}",
        "-map",
        "0:V:0",
        "-fps_mode",
        "passthrough",
        "-f",
        "framemd5",
        "pipe:1",
    ]
    lines = _ffmpeg(arguments, ffmpeg).decode().splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]
