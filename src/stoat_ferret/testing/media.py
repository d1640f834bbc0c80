"""Makes small sources whose pictures and sounds can be checked after any render.

Every frame carries its number as two rows of 16 blocks in the top third of the picture:
the first row is the number in binary, white for one, most significant bit first;
the second row is its complement.
The two rows make a reading that is impossible to mistake: where they do not differ, there is no number.
The lower two thirds move from frame to frame and turn white for one frame at every whole second,
and in the same instant a beep of 1 kHz starts.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BEEP_FREQUENCY",
    "BEEP_SECONDS",
    "MUSIC_FREQUENCY",
    "SPEECH_PERIOD",
    "VARIABLE_STEPS",
    "MakingError",
    "MediaMaker",
    "Sound",
    "Source",
    "VideoCodec",
    "frame_times",
    "marked_frames",
]

BEEP_FREQUENCY = 1000.0
"""Pitch of the beeps in hertz."""
BEEP_SECONDS = Fraction(1, 20)
"""How long a beep lasts, in seconds."""
MUSIC_FREQUENCY = 440.0
"""Pitch of the steady music in hertz; speech has nothing there."""
SPEECH_PERIOD = Fraction(4)
"""Seconds from the start of one burst of speech to the next: half of it sounds, half is a pause."""
VARIABLE_STEPS = (4, 5, 3, 8, 4, 30, 2, 4)
"""Lengths of successive frames of a source with a variable rate, in 1/120 s; the pattern repeats."""

VideoCodec = Literal[
    "h264", "h264-open-gop", "hevc", "vp9", "vp8", "prores", "mpeg2", "ffv1", "gif", "png", "jpeg"
]
Plane = NDArray[np.uint8]
SoundKind = Literal["beeps", "music", "speech", "noise", "silence"]
SoundCodec = Literal["aac", "mp3", "opus", "vorbis", "flac", "pcm"]

ENCODERS: dict[VideoCodec, str] = {
    "h264": "-c:v libx264 -preset veryfast -crf 18 -x264-params bframes=3:b-adapt=0:keyint=250:scenecut=0",
    "h264-open-gop": "-c:v libx264 -preset veryfast -crf 18 -x264-params "
    "bframes=3:b-adapt=0:keyint=24:min-keyint=24:scenecut=0:open-gop=1",
    "hevc": "-c:v libx265 -preset ultrafast -crf 18 -x265-params "
    "log-level=error:keyint=24:min-keyint=24:scenecut=0:open-gop=1:bframes=3",
    "vp9": "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -crf 20 -b:v 0 -g 60",
    "vp8": "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 2M -g 60 -threads 1",
    "prores": "-c:v prores_ks -profile:v standard -pix_fmt yuv422p10le",
    "mpeg2": "-c:v mpeg2video -g 15 -bf 2 -q:v 3",
    "ffv1": "-c:v ffv1 -level 3",
    "gif": "-c:v gif",
    "png": "-c:v png -pix_fmt rgb24 -update 1",
    "jpeg": "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p -update 1",
}
ALPHA_ENCODERS: dict[VideoCodec, str] = {
    "vp9": "-auto-alt-ref 0 -pix_fmt yuva420p",
    "vp8": "-auto-alt-ref 0 -pix_fmt yuva420p",
    "prores": "-profile:v 4444 -pix_fmt yuva444p10le",
    "ffv1": "-pix_fmt yuva420p",
    "png": "-pix_fmt rgba",
}
LOW_SAMPLE_RATE = 32000
STEREO = 2


class MakingError(RuntimeError):
    """ffmpeg could not make the source that was asked for; the message holds what it said."""


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What a source sounds like."""

    kind: SoundKind = "beeps"
    codec: SoundCodec = "aac"
    sample_rate: int = 48000
    """Samples per second and channel."""
    channels: int = 2
    """1 is mono, 2 stereo, 6 is 5.1; every channel carries the same signal."""
    level: float = 0.5
    """Largest sample value, 1.0 is full scale."""
    lead: Fraction = Fraction(0)
    """Seconds by which beeps precede their flashes: a fault made on purpose, zero for a good source."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source file: its picture, its sound and the oddities of its container.

    `width` and `height` are the stored picture's, before any turn and before the sample aspect is applied.
    """

    codec: VideoCodec | None = "h264"
    """How pictures are coded; None makes a file of sound only."""
    ending: str = "mp4"
    """File name ending, which chooses the container."""
    width: int = 320
    height: int = 180
    rate: Fraction = Fraction(30)
    """Frames per second; the mean rate of a variable source follows from `VARIABLE_STEPS` instead."""
    frames: int = 90
    first: int = 0
    """Number that the first frame carries, so that sources can be told apart by their numbers."""
    variable: bool = False
    """Whether frames last differently long."""
    rotation: int = 0
    """Clockwise turn in degrees that a player applies: 0, 90, 180 or 270."""
    sample_aspect: Fraction = Fraction(1)
    """Width of a sample divided by its height."""
    transfer: Literal["pq", "hlg"] | None = None
    """HDR transfer curve; the picture is then BT.2020 with 10 bits."""
    ten_bit: bool = False
    alpha: bool = False
    """Whether the lower left quarter is transparent and the lower right one half transparent."""
    cover: bool = False
    """Whether a cover picture is attached, a video stream that is no footage."""
    streamed: bool = False
    """Whether the file is written as a stream is: no duration in its header and no index."""
    coding: str | None = None
    """Parameters of x264 in place of the usual ones, such as `keyint=30:bframes=0`."""
    tint: tuple[int, int] = (128, 128)
    """Blue and red difference of the moving part, 128 is grey."""
    sound: Sound | None = Sound()

    @property
    def duration(self) -> Fraction:
        """Seconds from the start of the first frame to the end of the last."""
        if self.variable:
            steps = len(VARIABLE_STEPS)
            rounds, rest = divmod(self.frames, steps)
            return Fraction(rounds * sum(VARIABLE_STEPS) + sum(VARIABLE_STEPS[:rest]), 120)
        return self.frames / self.rate


def frame_times(source: Source) -> list[Fraction]:
    """Give the time in seconds at which each frame of `source` appears, before its container rounds it."""
    if not source.variable:
        return [number / source.rate for number in range(source.frames)]
    times, ticks = [], 0
    for number in range(source.frames):
        times.append(Fraction(ticks, 120))
        ticks += VARIABLE_STEPS[number % len(VARIABLE_STEPS)]
    return times


def marked_frames(source: Source) -> list[int]:
    """Give the positions, from 0, of the frames that flash: the nearest frame to every whole second."""
    times = frame_times(source)
    return sorted(
        {
            min(range(len(times)), key=lambda number: abs(times[number] - second))
            for second in range(int(source.duration) + 1)
            if second < source.duration
        }
    )


class MediaMaker:
    """Makes sources in a folder and keeps them: the same source is made once.

    Several processes may share a folder; a file is complete or absent.
    """

    def __init__(self, folder: Path, *, ffmpeg: Path | None = None) -> None:
        self._folder = folder
        self._ffmpeg = ffmpeg or Path(imageio_ffmpeg.get_ffmpeg_exe())

    def make(self, source: Source) -> Path:
        """Return the path of `source`, making it if it is not there. Raises `MakingError`."""
        name = hashlib.sha256(repr(source).encode()).hexdigest()[:16]
        path = self._folder / f"{source.codec or 'sound'}-{name}.{source.ending}"
        if path.exists():
            return path
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as work:
            made = Path(work) / f"made.{source.ending}"
            self._write(source, Path(work), made)
            # Another process may have made it meanwhile, and read it by now: what is there stays.
            with contextlib.suppress(FileExistsError):
                os.link(made, path)
        return path

    def _write(self, source: Source, work: Path, made: Path) -> None:
        arguments: list[str] = []
        pixels = b""
        if source.codec is not None:
            pixels = _raw_pictures(source)
            stored = f"{source.width}x{source.height}"
            arguments += ["-f", "rawvideo", "-pix_fmt", _raw_format(source), "-video_size", stored]
            arguments += ["-framerate", str(source.rate), "-i", "pipe:0"]
        if source.sound is not None:
            raw = work / "sound.f32"
            raw.write_bytes(_raw_sound(source, source.sound))
            rate, channels = source.sound.sample_rate, source.sound.channels
            layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
            arguments += ["-f", "f32le", "-ar", str(rate), "-ch_layout", layout, "-i", f"file:{raw}"]
        arguments += _picture_arguments(source) + _sound_arguments(source)
        plain = work / f"plain.{source.ending}"
        if source.streamed:
            container = {"webm": "webm", "mkv": "matroska"}[source.ending]
            plain.write_bytes(self._run([*arguments, "-f", container, "pipe:1"], pixels))
        else:
            self._run([*arguments, f"file:{plain}"], pixels)
        if source.rotation:
            self._turn(source.rotation, plain)
        if source.cover:
            self._attach_cover(plain, work, pictures=source.codec is not None)
        plain.replace(made)

    def _turn(self, rotation: int, plain: Path) -> None:
        turned = plain.with_stem("turned")
        anticlockwise = str(-rotation)
        self._run(["-display_rotation", anticlockwise, "-i", f"file:{plain}", "-c", "copy", f"file:{turned}"])
        turned.replace(plain)

    def _attach_cover(self, plain: Path, work: Path, *, pictures: bool) -> None:
        cover, attached = work / "cover.png", plain.with_stem("attached")
        self._run(["-f", "lavfi", "-i", "color=red:s=200x200", "-frames:v", "1", f"file:{cover}"])
        inputs = ["-i", f"file:{plain}", "-i", f"file:{cover}", "-map", "0", "-map", "1:v", "-c", "copy"]
        self._run([*inputs, f"-disposition:v:{int(pictures)}", "attached_pic", f"file:{attached}"])
        attached.replace(plain)

    def _run(self, arguments: Sequence[str], data: bytes = b"") -> bytes:
        command = [str(self._ffmpeg), "-hide_banner", "-v", "error", "-y", *arguments]
        done = subprocess.run(command, input=data, capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            raise MakingError(done.stderr.decode(errors="replace").strip())
        return done.stdout


def _raw_format(source: Source) -> str:
    if source.transfer is not None or source.ten_bit:
        return "yuv420p10le"
    return "yuva420p" if source.alpha else "yuv420p"


def _raw_pictures(source: Source) -> bytes:
    """Draw every frame as planar 4:2:0 in the stored orientation, one after the other."""
    turned = source.rotation in {90, 270}
    width, height = (source.height, source.width) if turned else (source.width, source.height)
    luma = _luma(source, width, height)
    planes = [luma, *_chroma(source, width, height)]
    if source.alpha:
        planes.append(np.broadcast_to(_alpha(width, height), luma.shape))
    turns = source.rotation // 90
    stored = [np.rot90(plane, turns, axes=(1, 2)) for plane in planes]
    if source.transfer is not None or source.ten_bit:
        stored = [_ten_bits(plane, source.transfer, chroma=index > 0) for index, plane in enumerate(stored)]
    flat = [np.ascontiguousarray(plane).reshape(source.frames, -1) for plane in stored]
    return np.concatenate(flat, axis=1).tobytes()


def _luma(source: Source, width: int, height: int) -> Plane:
    numbers = np.arange(source.first, source.first + source.frames)
    columns, rows = np.arange(width), np.arange(height)
    moving = np.abs((columns[None, :] + 3 * numbers[:, None]) % 64 - 32)[:, None, :]
    slope = (rows * 40 // height)[None, :, None]
    luma: Plane = (56 + moving + slope).astype(np.uint8)
    bits = (numbers[:, None] >> np.arange(15, -1, -1)[None, :]) & 1
    blocks = np.repeat(bits, np.diff(np.round(np.arange(17) * width / 16).astype(int)), axis=1)
    marks = np.where(blocks == 1, 235, 16).astype(np.uint8)
    middle, bottom = round(height / 6), round(height / 3)
    luma[:, :middle, :] = marks[:, None, :]
    luma[:, middle:bottom, :] = 251 - marks[:, None, :]
    luma[marked_frames(source), bottom:, :] = 235
    return luma


def _chroma(source: Source, width: int, height: int) -> list[Plane]:
    shape = (source.frames, (height + 1) // 2, (width + 1) // 2)
    planes = [np.full(shape, level, dtype=np.uint8) for level in source.tint]
    marks = (round(height / 3) + 1) // 2
    for plane in planes:
        plane[:, :marks, :] = 128
        plane[marked_frames(source)] = 128
    return planes


def _alpha(width: int, height: int) -> Plane:
    plane = np.full((height, width), 255, dtype=np.uint8)
    top = round(height * 2 / 3)
    plane[top:, : width // 2] = 0
    plane[top:, width // 2 :] = 128
    return plane


def _ten_bits(plane: Plane, transfer: str | None, *, chroma: bool) -> NDArray[np.uint16]:
    """Widen to 10 bits; under an HDR curve white becomes diffuse white, 203 cd/m2."""
    diffuse_white = {"pq": 0.5807, "hlg": 0.75, None: 1.0}[transfer]
    if chroma:
        return np.round(512 + (plane.astype(float) - 128) * 4 * diffuse_white).astype("<u2")
    return np.round(64 + (plane.astype(float) - 16) * 4 * diffuse_white).astype("<u2")


def _raw_sound(source: Source, sound: Sound) -> bytes:
    duration = source.duration
    count = round(duration * sound.sample_rate)
    clock = np.arange(count) / sound.sample_rate
    match sound.kind:
        case "beeps":
            signal = _beeps(source, sound, count)
        case "music":
            signal = np.sin(2 * np.pi * MUSIC_FREQUENCY * clock)
        case "speech":
            signal = _speech(clock)
        case "noise":
            signal = np.random.default_rng(7).uniform(-1, 1, count)
        case "silence":
            signal = np.zeros(count)
    loud = (signal * sound.level).astype("<f4")
    return np.repeat(loud[:, None], sound.channels, axis=1).tobytes()


def _beeps(source: Source, sound: Sound, count: int) -> NDArray[np.float64]:
    signal = np.zeros(count)
    length = round(BEEP_SECONDS * sound.sample_rate)
    # A cosine starts at full strength, which makes the first sample of a beep plain to find.
    beep = np.cos(2 * np.pi * BEEP_FREQUENCY * np.arange(length) / sound.sample_rate)
    times = frame_times(source)
    for number in marked_frames(source):
        start = max(0, round((times[number] - sound.lead) * sound.sample_rate))
        part = signal[start : start + length]
        part[:] = beep[: len(part)]
    return signal


def _speech(clock: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speak five syllables a second for half of every period; harmonics of 130 Hz keep clear of the music."""
    voice = sum(np.sin(2 * np.pi * 130 * harmonic * clock) / harmonic for harmonic in (1, 2, 5, 7))
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 5 * clock)
    speaking = clock % float(SPEECH_PERIOD) < float(SPEECH_PERIOD) / 2
    return np.asarray(voice * syllables * speaking / 1.85)


def _picture_arguments(source: Source) -> list[str]:
    if source.codec is None:
        return []
    filters = [f"setsar={source.sample_aspect.numerator}/{source.sample_aspect.denominator}"]
    arguments = ["-map", "0:v"]
    if source.variable:
        filters += ["settb=1/120", f"setpts='{_variable_clock()}'"]
        arguments += ["-fps_mode", "passthrough", "-enc_time_base:v", "1/120"]
        if source.ending in {"mp4", "mov"}:
            arguments += ["-video_track_timescale", "12000"]
    if source.transfer is not None:
        curve = {"pq": "smpte2084", "hlg": "arib-std-b67"}[source.transfer]
        filters += [f"setparams=range=tv:color_primaries=bt2020:color_trc={curve}:colorspace=bt2020nc"]
    elif source.codec not in {"gif", "png", "jpeg"}:
        filters += ["setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"]
    return [*arguments, "-vf", ",".join(filters), *_codec_arguments(source)]


def _variable_clock() -> str:
    """Write the frame's tick as an expression of its number, for the filter that sets times."""
    steps, period, tick = len(VARIABLE_STEPS), sum(VARIABLE_STEPS), 0
    terms = [f"floor(N/{steps})*{period}"]
    for position, step in enumerate(VARIABLE_STEPS):
        terms.append(f"eq(mod(N,{steps}),{position})*{tick}")
        tick += step
    return "+".join(terms)


def _codec_arguments(source: Source) -> list[str]:
    if source.codec is None:
        return []
    arguments = ENCODERS[source.codec].split()
    if source.coding is not None:
        arguments[-1] = source.coding
    if source.codec == "hevc" and source.ending in {"mp4", "mov"}:
        arguments += ["-tag:v", "hvc1"]
    if source.transfer is not None or source.ten_bit:
        arguments += ["-pix_fmt", "yuv420p10le"]
    elif source.alpha:
        arguments += ALPHA_ENCODERS[source.codec].split()
    return arguments


def _sound_arguments(source: Source) -> list[str]:
    if source.sound is None:
        return []
    number = 0 if source.codec is None else 1
    encoders: dict[SoundCodec, list[str]] = {
        "aac": ["aac", "-b:a", "160k"],
        "mp3": ["libmp3lame", "-b:a", "160k"],
        "opus": ["libopus", "-b:a", "128k"],
        "vorbis": ["libvorbis", "-b:a", "160k"],
        "flac": ["flac"],
        "pcm": ["pcm_s16le"],
    }
    encoder = encoders[source.sound.codec]
    # Low rates cannot carry these bit rates; the encoder's own choice is right there.
    if source.sound.sample_rate < LOW_SAMPLE_RATE:
        encoder = encoder[:1]
    if source.sound.channels > STEREO and source.sound.codec in {"aac", "opus"}:
        encoder = [encoder[0], "-b:a", "384k"]
    return ["-map", f"{number}:a", "-c:a", *encoder]
