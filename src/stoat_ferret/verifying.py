"""Is the finished file what the plan says? Measured by reading it as a player does.

What a header claims proves nothing.

What is exact and what is not:

- Frames are counted by packets, and each must be shown within half a frame of its place.
- Samples are counted by decoding, after the encoder's priming is skipped as the file asks for.
  PCM, FLAC, MP3 and Opus give the planned number exactly.
  AAC comes in blocks of 1024 samples: decoders give the last block whole or cut,
  so up to 1023 more are accepted; the length that the container states must be the planned one.
- The first frame, the last one and some in between, chosen by a seed, must decode.
- An animated WebP has one picture for frames that are alike and follow one another.
  Each begins where a frame does, and together they last as long as the film.
- Of a package of segments the playlist of HLS is read as a player does, and its times are added up; that of
  DASH has to name the same segments with the same times.
- Of a folder of pictures every one is counted and has the planned size; some are decoded, as of a film.
- Captions are read packet by packet: how many there are, when each is shown, and what it says.
- Where coded frames were joined, the film has the very same, byte for byte: copied ones are the source's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import queue
import random
import resource
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from stoat_ferret.errors import VerificationFailed
from stoat_ferret.manifests import Joined, Segments, dash, hls
from stoat_ferret.media.coded import CodedFrames
from stoat_ferret.media.webp import is_webp, read_animation
from stoat_ferret.model.plan import Expectation, ExpectedStream, Plan

SAMPLED_FRAMES = 3
"""Frames between the first and the last one that are decoded."""

_AAC_BLOCK = 1024

_KINDS = ("video", "audio", "subtitle")

_PRIMING = Fraction(10, 1000)
_MILLISECOND = Fraction(1, 1000)

_PLAYLIST, _MANIFEST, _OF_STREAM = "index.m3u8", "index.mpd", "media_{}.m3u8"
_LONGEST_SEGMENT = 7.0

_PICTURES = {"PNG": "png", "JPEG": "mjpeg", "TIFF": "tiff", "WEBP": "webp"}
"""Pillow's names of formats to ffmpeg's of codecs."""

_PATIENCE = 60.0
"""Seconds that reading may take at least; long files get a second for each of theirs."""

_TOGETHER = 2 << 20
"""Bytes of packets that are handed from one thread to the other at once."""

_MEMORY = 4 << 30
"""Bytes of address space of the process that reads."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was measured and is as planned."""

    what: str
    expected: Any
    measured: Any

    def to_json(self) -> dict[str, Any]:
        """The form in which reports show it."""
        return {"what": self.what, "expected": self.expected, "measured": self.measured}


class Reader:
    """A process that reads a finished file; it may be started before there is one: that takes time."""

    def __init__(self) -> None:
        self._starting: asyncio.Task[asyncio.subprocess.Process] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._starting is None:
            return
        with contextlib.suppress(Exception):
            process = await self._starting
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    def start(self) -> None:
        """Start the process, if that was not done."""
        self._starting = self._starting or asyncio.create_task(_reader())

    async def verify(self, finished: Path, plan: Plan, *, coded: str | None = None) -> list[Check]:
        """Measure the finished file and hold it against the plan; once.

        `coded`: what `CodedFrames` has to tell of its picture.
        Raises `VerificationFailed` when it is not what was planned, or cannot be read at all.
        """
        measured = await self._measured(
            finished, seed=plan.frames, seconds=_PATIENCE + plan.duration, coded=coded is not None
        )
        return compare(measured, plan.steps[-1].expect, plan.rate, coded=coded)

    async def _measured(self, finished: Path, *, seed: int, seconds: float, coded: bool) -> dict[str, Any]:
        self.start()
        assert self._starting is not None
        request = {"path": os.fsencode(finished).hex(), "seed": seed, "coded": coded}
        process = await self._starting
        try:
            async with asyncio.timeout(seconds):
                answer, log = await process.communicate(json.dumps(request).encode())
        except TimeoutError:
            raise VerificationFailed(detail=f"it could not be read within {seconds:.0f} s") from None
        if process.returncode != 0:
            lines = log.decode(errors="replace").strip().splitlines()
            reason = lines[-1] if lines else "its reader crashed"
            raise VerificationFailed(detail=f"it cannot be read: {reason}")
        measured: dict[str, Any] = json.loads(answer)
        return measured


async def _reader() -> asyncio.subprocess.Process:
    # The child imports this module too, and has no use for the settings.
    from stoat_ferret.config import child_environment

    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "stoat_ferret.verifying",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment(),
        start_new_session=True,
    )


def measure(path: str, seed: int, *, coded: bool = False) -> dict[str, Any]:
    """Read the whole file once, and decode some of its frames; plain data, so that a child process can do it.

    With `coded`, tell also which coded frames its picture has.
    Raises whatever PyAV raises when the file cannot be read.
    """
    playlist = Path(path) / _PLAYLIST
    if playlist.is_file():
        return _measure_package(playlist, seed)
    if Path(path).is_dir():
        return _measure_pictures(path, seed)
    if is_webp(Path(path)):
        return _measure_webp(path)
    import av

    with av.open(path, options={"protocol_whitelist": "file"}) as container:
        streams = [stream for stream in container.streams if stream.type in _KINDS]
        said: dict[int, list[tuple[int, int, str]]] = {
            stream.index: [] for stream in streams if stream.type == "subtitle"
        }
        packets: dict[int, list[tuple[int, int, bool]]] = {stream.index: [] for stream in streams}
        samples = {stream.index: 0 for stream in streams if stream.type == "audio"}
        frames = {stream.index: _Beside() for stream in streams if coded and stream.type == "video"}
        for packet in container.demux(streams):
            index = packet.stream.index
            if index in said and packet.size and packet.pts is not None:
                said[index].append((packet.pts, packet.duration or 0, _words(packet)))
            if packet.size and packet.pts is not None:
                packets[index].append((packet.pts, packet.duration or 0, packet.is_keyframe))
            if index in frames and packet.size:
                frames[index].take(packet)
            if index in samples:
                samples[index] += sum(
                    frame.samples for frame in packet.decode() if isinstance(frame, av.AudioFrame)
                )
        measured: dict[str, Any] = {
            "format": container.format.name,
            "size": Path(path).stat().st_size,
            "streams": [
                _video(stream, packets[stream.index])
                if stream.type == "video"
                else _captions(stream, said[stream.index])
                if stream.type == "subtitle"
                else _audio(stream, packets[stream.index], samples[stream.index])
                for stream in streams
            ],
        }
    for stream in measured["streams"]:
        if stream["index"] in frames:
            stream["coded"] = frames[stream["index"]].told()
        if stream["type"] == "video" and stream["frames"]:
            # Whoever seeks in a playlist of playlists may miss segments: what they name is read as one film.
            film: Any = _joined(Path(path)) if Path(path).name == _PLAYLIST else path
            index = stream["index"] if film is path else 0
            stream["decoded"] = _decode_some(film, index, packets[stream["index"]], seed)
    return measured


def _measure_package(playlist: Path, seed: int) -> dict[str, Any]:
    """As a player of HLS reads it, and what DASH says of the same segments."""
    measured = measure(str(playlist), seed)
    # The sound may be told first.
    streams = sorted(measured["streams"], key=lambda stream: str(stream["type"]), reverse=True)
    by_hls = [hls(playlist.with_name(_OF_STREAM.format(number))) for number in range(len(streams))]
    by_dash = dash(playlist.with_name(_MANIFEST))
    return {
        **measured,
        "streams": streams,
        "segments": [float(seconds) for seconds in by_hls[0].seconds],
        "agreed": _agree(by_hls, [by_dash.get(str(number)) for number in range(len(by_dash))]),
    }


def _agree(by_hls: Sequence[Segments], by_dash: Sequence[Segments | None]) -> bool:
    """Whether both name the same segments for the same times, which one of them rounds to a millionth."""
    return len(by_hls) == len(by_dash) and all(
        other is not None
        and (one.head, one.files) == (other.head, other.files)
        and all(abs(a - b) < Fraction(1, 500_000) for a, b in zip(one.seconds, other.seconds, strict=True))
        for one, other in zip(by_hls, by_dash, strict=True)
    )


def _joined(playlist: Path) -> Joined:
    of_pictures = hls(playlist.with_name(_OF_STREAM.format(0)))
    return Joined([playlist.with_name(name) for name in (of_pictures.head, *of_pictures.files)])


def _measure_webp(path: str) -> dict[str, Any]:
    """PyAV knows the first picture at most: Pillow decodes all of them."""
    from PIL import Image

    told = read_animation(Path(path))
    starts = [sum(told.lasting[:number]) for number in range(len(told.lasting))]
    missing = []
    with Image.open(path) as pictures:
        for number in range(len(starts)):
            try:
                pictures.seek(number)
                pictures.load()
            except (EOFError, OSError):
                missing.append(["picture", number])
        width, height = pictures.size
    return {
        "format": "webp",
        "size": Path(path).stat().st_size,
        "streams": [
            {
                "type": "video",
                "index": 0,
                "codec": "webp",
                "width": width,
                "height": height,
                "frames": len(starts),
                "base": [1, 1000],
                "pts": starts,
                "lasts": sum(told.lasting),
                "decoded": {"tried": len(starts), "missing": missing},
            }
        ],
    }


def _measure_pictures(path: str, seed: int) -> dict[str, Any]:
    """The pictures of a folder, in order of their names."""
    from PIL import Image

    files = sorted(Path(path).iterdir())
    sizes: set[tuple[int, int]] = set()
    kinds: set[str] = set()
    for file in files:
        with Image.open(file) as picture:
            sizes.add(picture.size)
            kinds.add(picture.format or "")
    between = random.Random(seed).sample(range(len(files)), min(SAMPLED_FRAMES, len(files)))
    wanted = [0, *sorted(between), len(files) - 1] if files else []
    missing = []
    for number in wanted:
        try:
            with Image.open(files[number]) as picture:
                picture.load()
        except OSError:
            missing.append(["picture", number])
    width, height = next(iter(sizes)) if len(sizes) == 1 else (0, 0)
    return {
        "format": "pictures",
        "size": sum(file.stat().st_size for file in files),
        "streams": [
            {
                "type": "video",
                "index": 0,
                "codec": _PICTURES.get("".join(kinds), ", ".join(sorted(kinds))),
                "width": width,
                "height": height,
                "frames": len(files),
                "numbered": [int(file.stem) for file in files] == list(range(len(files))),
                "decoded": {"tried": len(wanted), "missing": missing},
            }
        ],
    }


class _Beside:
    """Coded frames are told apart in a thread of its own: to read and decode sound takes as long."""

    def __init__(self) -> None:
        self._frames = CodedFrames()
        self._packets: list[Any] = []
        self._bytes = 0
        # Few enough to fit in memory.
        self._full: queue.Queue[list[Any]] = queue.Queue(maxsize=4)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def take(self, packet: Any) -> None:
        """The next packet; it must not change any more."""
        self._packets.append(packet)
        self._bytes += packet.size
        if self._bytes > _TOGETHER:
            self._hand_over()

    def told(self) -> str:
        """What `CodedFrames` tells of all packets."""
        self._hand_over()
        self._hand_over()
        self._thread.join()
        return self._frames.told()

    def _hand_over(self) -> None:
        self._full.put(self._packets)
        self._packets, self._bytes = [], 0

    def _work(self) -> None:
        """Until there come none."""
        while packets := self._full.get():
            self._frames.sized(packet.size for packet in packets)
            # In one piece: at every single packet both threads would wait for one another.
            self._frames.read(b"".join(packets))


def _video(stream: Any, packets: Sequence[tuple[int, int, bool]]) -> dict[str, Any]:
    base = stream.time_base
    shown = sorted(packet[0] for packet in packets)
    return {
        "type": "video",
        "index": stream.index,
        "codec": stream.codec_context.codec.canonical_name,
        "width": stream.codec_context.width,
        "height": stream.codec_context.height,
        "frames": len(shown),
        "base": [base.numerator, base.denominator],
        "pts": shown,
    }


def _audio(stream: Any, packets: Sequence[tuple[int, int, bool]], samples: int) -> dict[str, Any]:
    rate = stream.codec_context.sample_rate
    stated = round(stream.duration * stream.time_base * rate) if stream.duration and rate else None
    return {
        "type": "audio",
        "index": stream.index,
        "codec": stream.codec_context.codec.canonical_name,
        "channels": stream.codec_context.channels,
        "sample_rate": rate,
        "samples": samples,
        "stated_samples": stated,
        "packets": len(packets),
    }


def _words(packet: Any) -> str:
    """What a caption says, as its file has it; empty where it only fills a gap."""
    data = bytes(packet)
    if packet.stream.codec_context.name == "mov_text":
        # Its length, the text, and boxes with styles.
        data = data[2 : 2 + int.from_bytes(data[:2], "big")]
    text = data.decode(errors="replace").replace("\r\n", "\n").rstrip("\n")
    if packet.stream.codec_context.name == "webvtt":
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text


def _captions(stream: Any, said: Sequence[tuple[int, int, str]]) -> dict[str, Any]:
    base = stream.time_base
    return {
        "type": "subtitle",
        "index": stream.index,
        "codec": stream.codec_context.codec.canonical_name,
        "language": stream.language,
        "default": bool(stream.disposition & type(stream.disposition).default),
        "cues": [
            (round(pts * base * 1000), round((pts + lasts) * base * 1000), text)
            for pts, lasts, text in said
            if text
        ],
    }


def _decode_some(
    film: Any, index: int, packets: Sequence[tuple[int, int, bool]], seed: int
) -> dict[str, Any]:
    """Decode the first frame, the last one, and some that follow key frames closely."""
    import av

    shown = sorted(packet[0] for packet in packets)
    keys = [packet[0] for packet in packets if packet[2]]
    between = sorted(random.Random(seed).sample(keys, min(SAMPLED_FRAMES, len(keys))))
    wanted = [("first", shown[0]), *(("sampled", pts) for pts in between), ("last", shown[-1])]
    with av.open(film, options={"protocol_whitelist": "file"}) as container:
        stream: Any = container.streams[index]
        stream.thread_type = "AUTO"
        if container.format.name == "gif" or len(shown) == 1:
            # No index to seek by: what there is, is decoded from the start.
            count = sum(1 for _ in container.decode(stream))
            missing = [] if count == len(shown) else wanted[-1:]
        else:
            missing = [(name, pts) for name, pts in wanted[:-1] if not _reaches(container, stream, pts)]
            name, last = wanted[-1]
            if not (_reaches(container, stream, last, between=False) or _reaches(container, stream, last)):
                missing.append((name, last))
    return {"tried": len(wanted), "missing": [[name, pts] for name, pts in missing]}


def _reaches(container: Any, stream: Any, pts: int, *, between: bool = True) -> bool:
    """Whether the frame decodes; without those `between` that no other frame needs, which is quicker."""
    stream.codec_context.skip_frame = "DEFAULT" if between else "NONREF"
    container.seek(pts, stream=stream, backward=True)
    for frame in container.decode(stream):
        if frame.pts is not None and frame.pts >= pts:
            return bool(frame.pts == pts)
    return False


def compare(
    measured: dict[str, Any], expect: Expectation, rate: Fraction, *, coded: str | None = None
) -> list[Check]:
    """Hold the measurement against the plan, and against what is known of the coded frames of its picture.

    Raises `VerificationFailed` with the first thing that is not as planned.
    """
    checks: list[Check] = []

    def hold(what: str, expected: Any, found: Any, *, right: bool | None = None) -> None:
        if not (expected == found if right is None else right):
            raise VerificationFailed(detail=f"{what}: {expected} planned, {found} measured")
        checks.append(Check(what=what, expected=expected, measured=found))

    streams = measured["streams"]
    hold("streams", [stream.type for stream in expect.streams], [stream["type"] for stream in streams])
    for planned, found in zip(expect.streams, streams, strict=True):
        if planned.codec is not None:
            hold(f"{planned.type} codec", planned.codec, found["codec"])
        if planned.type == "video":
            _hold_video(hold, planned, found, expect.frames, rate)
            if coded is not None:
                hold("coded frames", coded, found.get("coded"))
        elif planned.type == "subtitle":
            _hold_captions(hold, planned, found)
        else:
            _hold_audio(hold, planned, found, expect.samples)
    if "segments" in measured and expect.frames is not None:
        longest, length = max(measured["segments"], default=0.0), float(expect.frames / rate)
        hold(
            "longest segment",
            f"at most {_LONGEST_SEGMENT:g} s",
            longest,
            right=0 < longest <= _LONGEST_SEGMENT,
        )
        together = round(sum(measured["segments"]), 3)
        hold("segments by DASH as by HLS", True, measured["agreed"])
        hold("segments together", round(length, 3), together, right=abs(together - length) < 1 / rate / 2)
    return checks


def _hold_video(
    hold: Any, planned: ExpectedStream, found: dict[str, Any], frames: int | None, rate: Fraction
) -> None:
    if planned.width is not None:
        hold("picture size", f"{planned.width}x{planned.height}", f"{found['width']}x{found['height']}")
    if "numbered" in found:
        hold("frames", frames, found["frames"])
        hold("numbers without a gap", True, found["numbered"])
        _hold_decoded(hold, found)
        return
    base = Fraction(*found["base"])
    if found["codec"] == "webp" and frames is not None:
        _hold_animation(hold, found, frames, rate)
        return
    if frames is not None:
        hold("frames", frames, found["frames"])
    start = abs(found["pts"][0] * base) if found["pts"] else Fraction(0)
    # Opus has to be primed before zero, and some muxers move the picture with it.
    hold("start", "0 s", f"{float(start):.6f} s", right=start <= max(1 / rate / 2, _PRIMING))
    furthest = _furthest(found["pts"], base, rate)
    hold(
        "frame times",
        "within half a frame",
        f"at most {float(furthest * 1000):.3f} ms off",
        right=furthest * 2 <= 1 / rate,
    )
    _hold_decoded(hold, found)


def _hold_animation(hold: Any, found: dict[str, Any], frames: int, rate: Fraction) -> None:
    hold("pictures", f"1 to {frames}", found["frames"], right=1 <= found["frames"] <= frames)
    starts = [Fraction(start, 1000) for start in found["pts"]]
    off = max(abs(start - round(start * rate) / rate) for start in starts)
    # Times are whole milliseconds, and round up to one each.
    hold(
        "picture times",
        "those of frames",
        f"at most {float(off * 1000):.3f} ms off",
        right=off <= _MILLISECOND,
    )
    length, lasts = frames / rate, Fraction(found["lasts"], 1000)
    # What stands still has no time at all.
    right = found["frames"] == 1 or abs(lasts - length) <= 2 * _MILLISECOND
    hold("length", f"{float(length):.3f} s", f"{float(lasts):.3f} s", right=right)
    _hold_decoded(hold, found)


def _hold_decoded(hold: Any, found: dict[str, Any]) -> None:
    decoded = found.get("decoded") or {"tried": 0, "missing": ["none"]}
    hold(
        "frames that decode",
        decoded["tried"],
        decoded["tried"] - len(decoded["missing"]),
    )


def _furthest(shown: Sequence[int], base: Fraction, rate: Fraction) -> Fraction:
    """How far a frame is from its place after the first one at worst, in seconds."""
    first = shown[0] if shown else 0
    return max(
        (abs((pts - first) * base - index / rate) for index, pts in enumerate(shown)), default=Fraction(0)
    )


def _hold_audio(hold: Any, planned: ExpectedStream, found: dict[str, Any], samples: int | None) -> None:
    if planned.channels is not None:
        hold("channels", planned.channels, found["channels"])
    if planned.sample_rate is not None:
        hold("sample rate", planned.sample_rate, found["sample_rate"])
    if samples is None:
        return
    if found["codec"] != "aac":
        hold("samples", samples, found["samples"])
        return
    hold("samples", samples, found["samples"], right=samples <= found["samples"] < samples + _AAC_BLOCK)
    if found["stated_samples"] is not None:
        # Containers state lengths in their own time base, which may round by a sample.
        hold(
            "stated samples",
            samples,
            found["stated_samples"],
            right=abs(found["stated_samples"] - samples) <= 1,
        )


def _hold_captions(hold: Any, planned: ExpectedStream, found: dict[str, Any]) -> None:
    # Containers that know no language say nothing of one that is not known.
    language = None if planned.language == "und" else planned.language
    hold("language of captions", language, None if found["language"] == "und" else found["language"])
    hold("captions shown unasked", planned.default, found["default"])
    hold("captions", len(planned.cues), len(found["cues"]))
    # A file that begins with the priming of its sound shows everything a few milliseconds later.
    off = max(
        (
            max(abs(cue.start - start), abs(cue.end - end))
            for cue, (start, end, _) in zip(planned.cues, found["cues"], strict=True)
        ),
        default=0,
    )
    hold("times of captions", "within 10 ms", f"at most {off} ms off", right=off <= _PRIMING * 1000)
    # Signs of markup are told by each format in its own way.
    plain = [number for number, cue in enumerate(planned.cues) if not set(cue.text) & set("<>{}\\&")]
    hold(
        "words of captions",
        [planned.cues[number].text for number in plain],
        [found["cues"][number][2] for number in plain],
    )


def _serve() -> None:
    """Measure the file that standard input names and write the answer as JSON."""
    _die_with(int(sys.argv[1]))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    # Ready before there is something to read.
    import av  # noqa: F401

    request = json.loads(sys.stdin.read())
    path = os.fsdecode(bytes.fromhex(request["path"]))
    json.dump(measure(path, request["seed"], coded=request["coded"]), sys.stdout)


def _die_with(parent: int) -> None:
    """End when the process that asked is gone."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    _serve()
