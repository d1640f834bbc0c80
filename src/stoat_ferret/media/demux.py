"""The process that looks into one file after another, and may crash: nothing of the application runs in it.

`main` reads requests from the socket that is its standard input:
one line of JSON `{"path", "identity", "seconds", "max_pixels", "memory", "thumbnail"}` with the open file
attached; `thumbnail` is the width of a small picture in pixels, 0 for none.
It says `ready` once, and answers each request with one line of JSON:
`{"facts": {…}, "thumbnail": base64 of a JPEG, or null}`, or `{"error": {"code", "message", "hint"}}`.
A request with `facts` and `wanted` in place of the last two is answered by `views`, and nothing is measured.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import signal
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from typing import Any, Final, Literal, cast

import av
from av.container import InputContainer
from PIL import Image

from stoat_ferret.errors import MediaRefused
from stoat_ferret.media import thumbnail, views
from stoat_ferret.media.facts import AudioFacts, Color, MediaFacts, VideoFacts
from stoat_ferret.media.magic import FORMATS, Sniffed, cut_off, sniff
from stoat_ferret.media.reel import Flipbook, Reel

__all__ = ["main", "measure"]

_ATTACHED: Final = 0x0400 | 0x0800  # dispositions `attached_pic` and `timed_thumbnails`
_DEFAULT: Final = 0x0001
_TRIES: Final = 250  # packets that may fail before a stream counts as undecodable
_SAMPLE: Final = 500  # packets that are read where the index is believed
_INDEX_FROM: Final = 256 * 1024 * 1024  # from this size on, an MP4's own index is believed
_STANDARD_RATES: Final = (
    *(Fraction(rate) for rate in (10, 12, 15, 24, 25, 30, 48, 50, 60, 100, 120, 240)),
    *(Fraction(rate * 1000, 1001) for rate in (15, 24, 30, 60, 120)),
)
_RANGES: Final = {1: "tv", 2: "pc"}
_SPACES: Final = {
    0: "gbr",
    1: "bt709",
    4: "fcc",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "ycgco",
    9: "bt2020nc",
    10: "bt2020c",
    11: "smpte2085",
    12: "chroma-derived-nc",
    13: "chroma-derived-c",
    14: "ictcp",
}
_PRIMARIES: Final = {
    1: "bt709",
    4: "bt470m",
    5: "bt470bg",
    6: "smpte170m",
    7: "smpte240m",
    8: "film",
    9: "bt2020",
    10: "smpte428",
    11: "smpte431",
    12: "smpte432",
    22: "ebu3213",
}
_TRANSFERS: Final = {
    1: "bt709",
    4: "gamma22",
    5: "gamma28",
    6: "smpte170m",
    7: "smpte240m",
    8: "linear",
    9: "log100",
    10: "log316",
    11: "iec61966-2-4",
    12: "bt1361e",
    13: "iec61966-2-1",
    14: "bt2020-10",
    15: "bt2020-12",
    16: "smpte2084",
    17: "smpte428",
    18: "arib-std-b67",
}
_TURNS: Final[tuple[Literal[0, 90, 180, 270], ...]] = (0, 90, 180, 270)
_LAYOUTS: Final = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_DAMAGED: Final = "It may be damaged: play it from start to end, or copy it again."
_CONVERT: Final = "Convert it to a common format, such as MP4 with H.264 and AAC."


def measure(descriptor: int, *, path: str, identity: str, seconds: float, max_pixels: int) -> MediaFacts:
    """Read everything that the compiler must know from the open file `descriptor`.

    Raises `MediaRefused` where the file cannot be a source.
    """
    asked = _Asked(path=path, identity=identity, seconds=seconds, max_pixels=max_pixels)
    return _measure(descriptor, asked)[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A request."""

    path: str
    identity: str
    seconds: float
    max_pixels: int
    thumbnail: int = 0
    """Width in pixels; 0: none."""


def _measure(descriptor: int, asked: _Asked) -> tuple[MediaFacts, bytes | None]:
    path, identity, max_pixels = asked.path, asked.identity, asked.max_pixels
    sniffed = sniff(descriptor)
    if sniffed.refused:
        code, what = sniffed.refused
        raise MediaRefused.because(code, f"It is {what}.", hint="Name a video, sound or picture file.")
    if sniffed.size:
        _require_pixels(*sniffed.size, max_pixels)
    missing_end = cut_off(descriptor)
    if missing_end:
        raise MediaRefused.because(
            "media.truncated", f"It is cut off: {missing_end}.", hint="Copy or download it again."
        )
    if sniffed.demuxer == "webp_anim":
        moving = _animated_webp(descriptor, path=path, identity=identity, max_pixels=max_pixels)
        return moving, _first_of_webp(descriptor, asked.thumbnail) if asked.thumbnail else None
    deadline = time.monotonic() + asked.seconds * 0.8
    size = os.fstat(descriptor).st_size
    with _within_memory(), _open(descriptor, sniffed) as container:
        facts = _Reading(
            container=container, sniffed=sniffed, size=size, deadline=deadline, max_pixels=max_pixels
        ).facts(path=path, identity=identity)
        return facts, _drawn(container, facts, asked.thumbnail) if asked.thumbnail else None


def _drawn(container: InputContainer, facts: MediaFacts, width: int) -> bytes | None:
    """The small picture; a file that none can be drawn of is still a source."""
    try:
        return thumbnail.draw(container, facts, width=width)
    except Exception:
        return None


def _first_of_webp(descriptor: int, width: int) -> bytes | None:
    try:
        with open(descriptor, "rb", closefd=False) as file, Image.open(file, formats=("WEBP",)) as image:
            return thumbnail.encode(image, width=width)
    except Exception:
        return None


def _open(descriptor: int, sniffed: Sniffed) -> InputContainer:
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)}
    try:
        return av.open(
            f"file:/proc/self/fd/{descriptor}",
            format=sniffed.demuxer,
            options=options,
            metadata_errors="replace",
        )
    except MemoryError:
        raise
    except (av.error.InvalidDataError, av.error.EOFError) as error:
        if sniffed.demuxer:
            raise _damaged(error) from None
        raise MediaRefused.because(
            "media.not_media",
            "It holds neither video nor sound nor a picture that can be read.",
            hint="Name a media file; if it is one, it may be damaged: copy it again.",
        ) from None
    except av.error.ArgumentError:
        # The allow-list of formats answers like this.
        raise MediaRefused.because(
            "media.unsupported", "It is of a format that is not accepted as a source.", hint=_CONVERT
        ) from None
    except Exception as error:
        raise _damaged(error) from None


@contextmanager
def _within_memory() -> Iterator[None]:
    try:
        yield
    except MemoryError:
        raise MediaRefused.because(
            "media.too_large", "It needs more memory than a source may.", hint="Make the picture smaller."
        ) from None


def _damaged(error: Exception) -> MediaRefused:
    return MediaRefused.because("media.unreadable", f"It cannot be read: {_words(error)}.", hint=_DAMAGED)


def _words(error: Exception) -> str:
    """What the library says, without its numbers and the names of its functions."""
    said = error.strerror if isinstance(error, OSError) else str(error)
    return (said or type(error).__name__)[:200]


def _require_pixels(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise MediaRefused.because(
            "media.too_large",
            f"Its picture of {width} x {height} has more than {most} pixels.",
            hint="Make it smaller, or raise STOAT_MAX_PIXELS.",
        )


@dataclass(kw_only=True, slots=True)
class _Picture:
    """What the packets of the picture stream told."""

    stream: av.VideoStream
    times: list[int] = field(default_factory=list)
    """Presentation times of the shown frames, in ticks."""
    last_duration: int = 0
    """Of the packet that is shown last, in ticks; 0: unknown."""
    last_time: int | None = None
    frame: av.VideoFrame | None = None
    tried: int = 0
    failure: str = ""
    keyed: bool = False
    additional: bool = False
    """Some packet carries a second, transparent picture."""


@dataclass(kw_only=True, slots=True)
class _Sound:
    """What the packets of the sound stream told."""

    stream: av.AudioStream
    first: int | None = None
    end: int | None = None
    longest: int = 0
    """Duration of the longest packet, in ticks."""
    frame: av.AudioFrame | None = None
    tried: int = 0
    failure: str = ""


@dataclass(kw_only=True, slots=True)
class _Reading:
    """One pass over the packets of a file."""

    container: InputContainer
    sniffed: Sniffed
    size: int
    deadline: float
    max_pixels: int
    partial: bool = False
    """The pass ended before the file did; what the header states fills in."""

    def facts(self, *, path: str, identity: str) -> MediaFacts:
        picture, sound = self._choose()
        if picture is None and sound is None:
            raise self._no_streams()
        self._read(picture, sound)
        video = None if picture is None else self._video(picture)
        audio = None if sound is None else self._audio(sound)
        kind = "audio" if video is None else "image" if self._is_image(video) else "video"
        demuxer = self.sniffed.demuxer
        if kind == "image" and demuxer == "gif":
            demuxer = "gif_pipe"
        start = self._start(video, audio)
        ends = [part.start + part.duration for part in (video, audio) if part is not None]
        return MediaFacts(
            path=path,
            identity=identity,
            kind=kind,  # type: ignore[arg-type]
            format=self.container.format.name,
            demuxer=demuxer,
            start=start,
            duration=0.0 if kind == "image" else _seconds(max(ends) - start),
            video=video,
            audio=None if kind == "image" else audio,
            tags=_tags(self.container),
        )

    def _choose(self) -> tuple[_Picture | None, _Sound | None]:
        pictures = [
            stream for stream in self.container.streams.video if not stream.disposition.value & _ATTACHED
        ]
        sounds = list(self.container.streams.audio)
        for stream in [*pictures, *sounds]:
            if stream.codec_context is None:
                raise MediaRefused.because(
                    "media.unsupported",
                    f"Stream {stream.index} is coded in a way that cannot be decoded here.",
                    hint=_CONVERT,
                )
        pictures.sort(key=lambda s: (not s.disposition.value & _DEFAULT, -s.width * s.height, s.index))
        sounds.sort(key=lambda s: (not s.disposition.value & _DEFAULT, s.index))
        for stream in pictures[:1]:
            _require_pixels(stream.width, stream.height, self.max_pixels)
            stream.thread_type = "NONE"
        return (
            _Picture(stream=pictures[0]) if pictures else None,
            _Sound(stream=sounds[0]) if sounds else None,
        )

    def _no_streams(self) -> MediaRefused:
        kinds = sorted({stream.type for stream in self.container.streams})
        found = " and ".join(kinds) if kinds else "nothing"
        if self.container.streams.video:
            found = "no more than a cover picture"
        return MediaRefused.because(
            "media.no_streams",
            f"It holds neither moving pictures nor sound; there is {found} in it.",
            hint="Name a file with a video or sound stream.",
        )

    def _read(self, picture: _Picture | None, sound: _Sound | None) -> None:
        trust_index = self.size >= _INDEX_FROM and self._has_index()
        try:
            for number, packet in enumerate(self._packets(picture, sound)):
                if picture is not None and packet.stream_index == picture.stream.index:
                    _note_picture(picture, packet)
                elif sound is not None and packet.stream_index == sound.stream.index:
                    _note_sound(sound, packet)
                if trust_index and number > _SAMPLE and self._seen(picture, sound):
                    self.partial = True
                    return
                if number % 256 == 255 and time.monotonic() > self.deadline:
                    self.partial = True
                    return
        except MemoryError:
            raise
        except Exception as error:
            # Packets up to here are good; a file without any was refused before.
            if not (picture and picture.times) and not (sound and sound.end is not None):
                raise _damaged(error) from None
        for part in (picture, sound):
            if part is not None and part.frame is None:
                _flush(part)

    def _packets(self, picture: _Picture | None, sound: _Sound | None) -> Iterator[av.Packet[Any]]:
        streams = [part.stream for part in (picture, sound) if part is not None]
        for packet in self.container.demux(streams):
            if packet.size:
                yield packet

    @staticmethod
    def _seen(picture: _Picture | None, sound: _Sound | None) -> bool:
        # The frame that is shown first comes within the reach of the reordering, at most 16 frames.
        enough = picture is None or len(picture.times) > 16
        return enough and all(part is None or part.frame is not None for part in (picture, sound))

    def _has_index(self) -> bool:
        return "mp4" in self.container.format.name

    def _is_image(self, video: VideoFacts) -> bool:
        still = self.sniffed.image or self.container.format.name in ("gif", "apng")
        return video.frames == 1 and (
            still or self.container.metadata.get("major_brand") in ("avif", "heic", "mif1")
        )

    def _start(self, video: VideoFacts | None, audio: AudioFacts | None) -> float:
        # Its type says that there always is one; formats without times have none.
        stated = cast("int | None", self.container.start_time)
        if stated is not None:
            return _seconds(stated / av.time_base)
        return _seconds(min(part.start for part in (video, audio) if part is not None))

    def _video(self, picture: _Picture) -> VideoFacts:
        stream, frame = picture.stream, picture.frame
        if frame is None:
            raise MediaRefused.because(
                "media.unreadable",
                f"None of its pictures can be decoded{_because(picture.failure)}.",
                hint=_DAMAGED,
            )
        _require_pixels(frame.width, frame.height, self.max_pixels)
        base = stream.time_base or Fraction(1, av.time_base)
        times = sorted(picture.times) or [0]
        start = float(times[0] * base)
        indexed = _indexed(stream) if self.partial and self._has_index() else None
        times, frames = indexed or (times, len(times))
        rate, variable = _rate([stream.average_rate, stream.guessed_rate, stream.base_rate], times, base)
        if self.sniffed.image:
            duration = 0.0
        elif not variable:
            duration = float(frames / rate)
        else:
            last = picture.last_duration * base or 1 / rate
            duration = float((times[-1] - times[0]) * base + last)
        if self.partial and (variable or not indexed):
            counted = frames
            frames, duration = _stated(stream, self.container, frames, duration, rate)
            frames = counted if indexed else frames
        alpha = picture.additional and stream.codec.canonical_name in _ALPHA_DECODERS
        codec = stream.codec.canonical_name
        components = frame.format.components
        return VideoFacts(
            index=stream.index,
            codec=codec,
            decoder=_ALPHA_DECODERS[codec] if alpha else None,
            width=frame.width,
            height=frame.height,
            sar=_sar(stream),
            rotation=_rotation(frame),
            rate=(rate.numerator, rate.denominator),
            variable_rate=variable,
            frames=frames,
            start=_seconds(start),
            duration=_seconds(duration),
            pixel_format="yuva420p" if alpha else frame.format.name,
            bit_depth=max((component.bits for component in components), default=8),
            alpha=alpha or frame.format.name == "pal8" or any(component.is_alpha for component in components),
            color=_color(stream, frame),
        )

    def _audio(self, sound: _Sound) -> AudioFacts:
        stream, frame = sound.stream, sound.frame
        if frame is None:
            raise MediaRefused.because(
                "media.unreadable", f"Its sound cannot be decoded{_because(sound.failure)}.", hint=_DAMAGED
            )
        base = stream.time_base or Fraction(1, av.time_base)
        first = stream.start_time if stream.start_time is not None else sound.first or 0
        duration = float(max(0, (sound.end or 0) - first) * base)
        if self.partial:
            duration = _stated(stream, self.container, 0, duration, Fraction(1))[1]
        channels = frame.layout.nb_channels
        layout = frame.layout.name
        return AudioFacts(
            index=stream.index,
            codec=stream.codec.canonical_name,
            sample_rate=frame.sample_rate,
            channels=channels,
            layout=layout if layout and " " not in layout else _LAYOUTS.get(channels, f"{channels}c"),
            start=_seconds(float(first * base)),
            duration=_seconds(duration),
        )


def _note_picture(picture: _Picture, packet: av.Packet[Any]) -> None:
    # Only these codings have second pictures; to ask every packet takes time.
    coded = picture.stream.codec.canonical_name in _ALPHA_DECODERS
    if coded and not picture.additional and len(picture.times) < _TRIES:
        picture.additional = packet.has_sidedata("matroska_block_additional")
    _try_decode(picture, packet)
    picture.keyed = picture.keyed or packet.is_keyframe
    if not picture.keyed or packet.is_discard or _hidden(picture.stream, packet):
        return
    time_ = packet.pts if packet.pts is not None else packet.dts
    if time_ is None:
        time_ = len(picture.times) * _one_frame(picture.stream)
    picture.times.append(time_)
    if picture.last_time is None or time_ >= picture.last_time:
        picture.last_time, picture.last_duration = time_, packet.duration or 0


def _note_sound(sound: _Sound, packet: av.Packet[Any]) -> None:
    _try_decode(sound, packet)
    time_ = packet.pts if packet.pts is not None else packet.dts
    if packet.is_discard:
        return
    if time_ is None:
        time_ = sound.end or 0
    if sound.first is None:
        sound.first = time_
    length = packet.duration or 0
    sound.longest = max(sound.longest, length)
    dropped = _dropped(sound.stream, packet)
    # Some demuxers take what the decoder will drop off the packet's duration, and some do not.
    if length + dropped > sound.longest + 2:
        length -= dropped
    end = time_ + length
    sound.end = end if sound.end is None else max(sound.end, end)


def _dropped(stream: av.AudioStream, packet: av.Packet[Any]) -> int:
    """Ticks at the end of a packet that are padding and never heard."""
    rate = stream.codec_context.sample_rate
    if not packet.has_sidedata("skip_samples") or not rate or not stream.time_base:
        return 0
    data = bytes(packet.get_sidedata("skip_samples"))
    samples = int(struct.unpack_from("<II", data)[1]) if len(data) >= 8 else 0
    return round(Fraction(samples, rate) / stream.time_base)


def _try_decode(part: _Picture | _Sound, packet: av.Packet[Any]) -> None:
    if part.frame is not None or part.tried >= _TRIES:
        return
    part.tried += 1
    try:
        frames = packet.decode()
    except MemoryError:
        raise
    except Exception as error:
        part.failure = _words(error)
        return
    if frames:
        part.frame = frames[0]


def _flush(part: _Picture | _Sound) -> None:
    try:
        frames = part.stream.decode(None)
    except Exception as error:
        part.failure = part.failure or _words(error)
        return
    if frames:
        part.frame = frames[0]


def _hidden(stream: av.VideoStream, packet: av.Packet[Any]) -> bool:
    """VP8 codes reference pictures that are never shown as packets of their own."""
    return stream.codec_context.name in ("vp8", "libvpx") and not memoryview(packet)[0] & 0x10


def _one_frame(stream: av.VideoStream) -> int:
    rate = stream.guessed_rate or stream.average_rate or Fraction(25)
    return max(1, round(1 / rate / (stream.time_base or Fraction(1, av.time_base))))


def _rate(headers: Sequence[Fraction | None], times: list[int], base: Fraction) -> tuple[Fraction, bool]:
    """Frames per second and whether they vary: the simplest rate that every frame's time fits.

    `headers` are the rates that the file states, the most trusted first.
    """
    stated = [rate for rate in headers if rate and 0 < rate <= 1000]
    span = (times[-1] - times[0]) * base
    if len(times) < 2 or not span:
        return (stated[0] if stated else Fraction(25)), False
    mean = Fraction(len(times) - 1) / span
    near = sorted(_STANDARD_RATES, key=lambda rate: abs(rate - mean))[:4]
    whole = [Fraction(round(mean))] if mean >= 1 else []
    for rate in [*(rate for rate in stated if rate in _STANDARD_RATES), *near, *whole, *stated]:
        if _fits(times, float(1 / (rate * base))):
            return rate, False
    return mean.limit_denominator(100_000), True


def _fits(times: list[int], step: float) -> bool:
    """Every time is where an even spacing of `step` ticks puts it, rounding aside."""
    tolerance = max(1.01, 0.05 * step)
    first = times[0]
    return all(abs(time_ - first - index * step) <= tolerance for index, time_ in enumerate(times))


def _stated(
    stream: av.VideoStream | av.AudioStream,
    container: InputContainer,
    frames: int,
    duration: float,
    rate: Fraction,
) -> tuple[int, float]:
    """Frames and duration by the header, where the file is too long to read whole."""
    if stream.duration is not None and stream.time_base is not None:
        whole = float(stream.duration * stream.time_base)
    elif container.duration is not None:
        whole = container.duration / av.time_base
    else:
        raise MediaRefused.because(
            "media.too_large",
            "It does not say how long it is, and reading it to its end takes too long.",
            hint="Remux it (`ffmpeg -i IN -c copy OUT.mp4`), or raise STOAT_PROBE_SECONDS.",
        )
    whole = max(whole, duration)
    return max(frames, round(whole * rate)), whole


def _indexed(stream: av.VideoStream) -> tuple[list[int], int] | None:
    """Decoding times by the container's own index, as evenly spaced as the frames, and how many are shown."""
    entries = list(stream.index_entries)
    shown = sum(1 for entry in entries if not entry.is_discard)
    return ([entry.timestamp for entry in entries], shown) if shown else None


def _rotation(frame: av.VideoFrame) -> Literal[0, 90, 180, 270]:
    """The clockwise turn that the frame asks for."""
    return _TURNS[round(-frame.rotation / 90) % 4]


def _animated_webp(descriptor: int, *, path: str, identity: str, max_pixels: int) -> MediaFacts:
    """From the file's own structure: the libraries of this process do not decode this format yet."""
    head = os.pread(descriptor, 30, 0)
    width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27))
    _require_pixels(width, height, max_pixels)
    durations = []
    position, size = 12, os.fstat(descriptor).st_size
    while position + 8 <= size:
        chunk = os.pread(descriptor, 24, position)
        if chunk[:4] == b"ANMF" and len(chunk) == 24:
            durations.append(int.from_bytes(chunk[20:23], "little"))
        length = int(struct.unpack_from("<I", chunk, 4)[0])
        position += 8 + length + length % 2
    if not durations:
        raise MediaRefused.because("media.unreadable", "There is no picture in it.", hint=_DAMAGED)
    times = [0, *accumulate(durations)]
    steps = {step for step in durations[:-1] if step}
    stated = [Fraction(1000, step) for step in steps] if len(steps) == 1 else []
    rate, variable = _rate(stated, times[:-1], Fraction(1, 1000))
    seconds = times[-1] / 1000
    return MediaFacts(
        path=path,
        identity=identity,
        kind="video",
        format="webp_anim",
        demuxer="webp_anim",
        start=0.0,
        duration=seconds,
        video=VideoFacts(
            index=0,
            codec="webp",
            width=width,
            height=height,
            sar=(1, 1),
            rotation=0,
            rate=(rate.numerator, rate.denominator),
            variable_rate=variable,
            frames=len(durations),
            start=0.0,
            duration=seconds,
            pixel_format="argb",
            bit_depth=8,
            alpha=bool(head[20] & 0x10),
        ),
    )


def _sar(stream: av.VideoStream) -> tuple[int, int]:
    ratio = stream.sample_aspect_ratio
    return (ratio.numerator, ratio.denominator) if ratio and ratio > 0 else (1, 1)


def _color(stream: av.VideoStream, frame: av.VideoFrame) -> Color:
    context = stream.codec_context
    return Color(
        range=_RANGES.get(int(frame.color_range)) or _RANGES.get(int(context.color_range)),
        space=_SPACES.get(int(frame.colorspace)) or _SPACES.get(int(context.colorspace)),
        primaries=_PRIMARIES.get(int(frame.color_primaries)) or _PRIMARIES.get(int(context.color_primaries)),
        transfer=_TRANSFERS.get(int(frame.color_trc)) or _TRANSFERS.get(int(context.color_trc)),
    )


def _tags(container: InputContainer) -> dict[str, str]:
    tags = {key.lower()[:100]: value[:1000] for key, value in container.metadata.items()}
    return dict(sorted(tags.items())[:64])


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _seconds(value: float) -> float:
    """Nine decimals: finer than any sample, and the same digits on every machine."""
    return round(value, 9) + 0.0


def _viewed(descriptor: int, request: dict[str, Any]) -> dict[str, Any]:
    """A look at a file whose facts are known."""
    facts, wanted = MediaFacts.from_json(request["facts"]), request["wanted"]
    sniffed = sniff(descriptor)
    if sniffed.demuxer == "webp_anim":
        with open(descriptor, "rb", closefd=False) as file, Image.open(file, formats=("WEBP",)) as image:
            return views.shown(Flipbook(image), facts, wanted)
    with _within_memory(), _open(descriptor, sniffed) as container:
        if wanted["view"] == "waveform":
            return views.heard(container, facts, wanted)
        return views.shown(Reel(container, facts), facts, wanted)


def _measured(descriptor: int, request: dict[str, Any]) -> dict[str, Any]:
    """The facts of a file, and its thumbnail."""
    asked = _Asked(
        path=request["path"],
        identity=request["identity"],
        seconds=request["seconds"],
        max_pixels=request["max_pixels"],
        thumbnail=request["thumbnail"],
    )
    facts, drawn = _measure(descriptor, asked)
    picture = None if drawn is None else base64.b64encode(drawn).decode()
    return {"facts": facts.to_json(), "thumbnail": picture}


def _answer(descriptor: int, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return (_viewed if "wanted" in request else _measured)(descriptor, request)
    except MediaRefused as refused:
        return refused.to_json()
    except Exception as error:
        return _damaged(error).to_json()


def main() -> None:
    """Serve requests until the other end of the socket is closed."""
    av.logging.set_level(None)
    channel = socket.socket(fileno=0)
    channel.sendall(b"ready\n")
    while True:
        data, descriptors, _, _ = socket.recv_fds(channel, 65536, 1)
        if not data:
            return
        request = json.loads(data)
        used = resource.getrusage(resource.RUSAGE_SELF)
        processor = int(used.ru_utime + used.ru_stime + request["seconds"]) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (processor, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # The parent ends a process that takes too long; this ends one whose parent is gone.
        signal.setitimer(signal.ITIMER_REAL, request["seconds"] + 5)
        answer = _answer(descriptors[0], request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.close(descriptors[0])
        channel.sendall(json.dumps(answer).encode() + b"\n")
