"""What the ffmpeg at hand can do: asked, tried, and remembered by the program's identity."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from stoat_ferret.config import Settings, child_environment
from stoat_ferret.errors import FFmpegBroken, FFmpegMissing, FFmpegTooOld
from stoat_ferret.media.files import content_hash
from stoat_ferret.media.fonts import Font, find_fonts
from stoat_ferret.media.shelf import Shelf

__all__ = ["OLDEST", "Capabilities", "FFmpeg", "detect", "find_ffmpeg"]

OLDEST: Final = (5, 1)
"""The oldest version that works, major and minor."""

_SCHEMA = "stoat.capabilities/2"
_REMEMBERED_SECONDS = 60.0  # fonts may come and go
_SECONDS = 20.0  # far above what any of the questions takes
_VIDEO_ENCODERS: Final = (
    "libx264",
    "libx265",
    "libsvtav1",
    "libaom-av1",
    "libvpx-vp9",
    "libvpx",
    "prores_ks",
    "ffv1",
    "gif",
    "png",
    "mjpeg",
    "tiff",
    "libwebp",
    "libwebp_anim",
)
_AUDIO_ENCODERS: Final = (
    "aac",
    "libopus",
    "alac",
    "libmp3lame",
    "flac",
    "pcm_s16le",
    "pcm_s24le",
    "pcm_f32le",
    "libvorbis",
)
_HARDWARE: Final = re.compile(r"(h264|hevc|av1)_(nvenc|qsv|vaapi|amf|videotoolbox|vulkan|mf)")
_NUMBERED: Final = re.compile(r"n?(\d+)\.(\d+)")
_LIBAVCODEC: Final = re.compile(r"^libavcodec\s+(\d+)\.\s*(\d+)\.", re.MULTILINE)

_memory: dict[tuple[str, tuple[int, ...], str], tuple[float, Capabilities]] = {}
_asking = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class FFmpeg:
    """One ffmpeg program."""

    path: str
    """Absolute path."""
    version: str
    """`9.0.2`; for a build between releases what it calls itself."""
    major: int
    """9 in 9.0.2; of a build between releases, that of the release it leads to."""
    minor: int
    """0 in 9.0.2."""
    identity: str
    """Hash of the program and of what it says about its build: same identity, same pictures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What this machine can render."""

    ffmpeg: FFmpeg
    """The program that was asked."""
    filters: tuple[str, ...]
    """Names of its filters."""
    transitions: tuple[str, ...]
    """Names that its `xfade` knows, `custom` included."""
    encoders: tuple[str, ...]
    """Names of the encoders that encoded a picture or a sound here; being listed proves nothing."""
    demuxers: tuple[str, ...]
    """Names of the formats that it reads."""
    muxers: tuple[str, ...]
    """Names of the formats that it writes."""
    fonts: tuple[Font, ...]
    """The fonts that titles can be drawn with, the default first."""

    def to_json(self) -> dict[str, Any]:
        """The form that the compiler takes."""
        program = self.ffmpeg
        return {
            "ffmpeg": {
                "path": program.path,
                "version": program.version,
                "major": program.major,
                "minor": program.minor,
                "identity": program.identity,
            },
            "filters": list(self.filters),
            "transitions": list(self.transitions),
            "encoders": list(self.encoders),
            "formats": {"demuxers": list(self.demuxers), "muxers": list(self.muxers)},
            "fonts": [font.to_json() for font in self.fonts],
        }

    @classmethod
    def from_json(cls, shown: dict[str, Any]) -> Capabilities:
        """Read what `to_json` wrote; `TypeError` or `KeyError` where it is something else."""
        return cls(
            ffmpeg=FFmpeg(**shown["ffmpeg"]),
            filters=tuple(shown["filters"]),
            transitions=tuple(shown["transitions"]),
            encoders=tuple(shown["encoders"]),
            demuxers=tuple(shown["formats"]["demuxers"]),
            muxers=tuple(shown["formats"]["muxers"]),
            fonts=tuple(Font.from_json(font) for font in shown.get("fonts", ())),
        )


def find_ffmpeg(settings: Settings) -> Path:
    """The program to use: the setting's, else the one of `imageio-ffmpeg`, else the one on the PATH.

    Raises `FFmpegMissing`.
    """
    if settings.ffmpeg is not None:
        named = shutil.which(settings.ffmpeg)
        if named is None:
            raise FFmpegMissing(path=str(settings.ffmpeg))
        return Path(os.path.abspath(named))
    found = _packaged() or shutil.which("ffmpeg")
    if found is None:
        raise FFmpegMissing(path="the package imageio-ffmpeg or on the PATH")
    return Path(os.path.abspath(found))


def detect(settings: Settings) -> Capabilities:
    """What the ffmpeg of the settings can do; remembered in the cache folder, and for a while in memory.

    Raises `FFmpegMissing`, `FFmpegTooOld` or `FFmpegBroken`.
    """
    path = find_ffmpeg(settings)
    mark = (str(path), _stamp(path), str(settings.cache_dir))
    with _asking:
        known = _memory.get(mark)
        if known is None or time.monotonic() - known[0] > _REMEMBERED_SECONDS:
            known = time.monotonic(), _detect(path, settings)
            _memory.clear()
            _memory[mark] = known
        return known[1]


def _stamp(path: Path) -> tuple[int, ...]:
    """Changes when another program is put under the name."""
    try:
        status = path.stat()
    except OSError as error:
        raise FFmpegMissing(path=f"{path} ({error.strerror})") from None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _detect(path: Path, settings: Settings) -> Capabilities:
    shelf = Shelf(settings.cache_dir / "capabilities", schema=_SCHEMA)
    key, content = _key(path)
    known = shelf.get(key)
    if known is not None:
        try:
            capabilities = Capabilities.from_json(known)
        except (AttributeError, KeyError, TypeError):
            pass
        else:
            return replace(capabilities, fonts=find_fonts(settings.cache_dir))
    try:
        capabilities = _ask(path, content, settings)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FFmpegBroken(path=str(path), detail=str(error)) from None
    # Fonts come and go without the program, and are remembered by themselves.
    shelf.put(key, replace(capabilities, fonts=()).to_json())
    return capabilities


def _packaged() -> str | None:
    """The program in the `imageio-ffmpeg` package, found without importing it (which takes long)."""
    spec = find_spec("imageio_ffmpeg")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "binaries"
    programs = sorted(path for path in folder.glob("ffmpeg-*") if os.access(path, os.X_OK))
    return str(programs[-1]) if programs else None


def _key(path: Path) -> tuple[str, str]:
    """What the answers depend on, and the hash of the program's content."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            content = content_hash(descriptor, status.st_size) if stat.S_ISREG(status.st_mode) else ""
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FFmpegMissing(path=f"{path} ({error.strerror})") from None
    # A driver or library that comes or goes changes the linker's cache or the devices.
    machine = [_changed("/etc/ld.so.cache"), _changed("/dev/dri"), _changed("/dev/nvidiactl")]
    return f"{path} {status.st_size} {status.st_mtime_ns} {content} {machine}", content


def _changed(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


def _ask(path: Path, content: str, settings: Settings) -> Capabilities:
    from concurrent.futures import ThreadPoolExecutor

    program = _identify(path, content)
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        encoders = pool.submit(_proven, path)
        questions = {
            option: pool.submit(_run, path, option) for option in ("-filters", "-demuxers", "-muxers")
        }
        xfade = pool.submit(_run, path, "-h", "filter=xfade")
        fonts = find_fonts(settings.cache_dir)
        answers = {option: future.result().stdout for option, future in questions.items()}
        return Capabilities(
            ffmpeg=program,
            filters=_names(answers["-filters"]),
            transitions=_transitions(xfade.result().stdout),
            encoders=encoders.result(),
            demuxers=_names(answers["-demuxers"]),
            muxers=_names(answers["-muxers"]),
            fonts=fonts,
        )


def _identify(path: Path, content: str) -> FFmpeg:
    said = _run(path, "-version")
    first = re.match(r"ffmpeg version (\S+)", said.stdout)
    if said.returncode != 0 or first is None:
        detail = (said.stderr or said.stdout).strip().splitlines()
        raise FFmpegBroken(path=str(path), detail=detail[-1] if detail else f"code {said.returncode}")
    version, major, minor = _version(first[1], said.stdout)
    if (major, minor) < OLDEST:
        raise FFmpegTooOld(path=str(path), version=version, oldest="{}.{}".format(*OLDEST))
    identity = hashlib.sha256(f"{content}\n{said.stdout}".encode()).hexdigest()[:32]
    return FFmpeg(path=str(path), version=version, major=major, minor=minor, identity=identity)


def _version(token: str, said: str) -> tuple[str, int, int]:
    numbered = _NUMBERED.match(token)
    if numbered:
        plain = re.match(r"n?(\d+(?:\.\d+)+)", token)
        return (plain[1] if plain else token), int(numbered[1]), int(numbered[2])
    library = _LIBAVCODEC.search(said)
    if library is None:
        return token, 0, 0
    # Builds between releases have no number; their libavcodec's major is 54 ahead, and 59.37 came with 5.1.
    major, minor = int(library[1]) - 54, int(library[2])
    return token, major, (1 if major == OLDEST[0] and minor >= 37 else 0)


def _names(listing: str) -> tuple[str, ...]:
    """The second column of a listing, below its legend; names joined by commas count apart."""
    names: set[str] = set()
    for line in listing.splitlines():
        columns = line.split()
        if len(columns) >= 3 and columns[1] != "=" and re.fullmatch(r"[A-Z.|d]+", columns[0]):
            names.update(columns[1].split(","))
    return tuple(sorted(names))


def _transitions(described: str) -> tuple[str, ...]:
    names: list[str] = []
    inside = False
    for line in described.splitlines():
        columns = line.split()
        if len(columns) < 2:
            continue
        if columns[1].startswith("<"):
            inside = columns[0] == "transition"
        elif inside and re.fullmatch(r"-?\d+", columns[1]):
            names.append(columns[0])
    return tuple(names)


def _proven(path: Path) -> tuple[str, ...]:
    listed = set(_names(_run(path, "-encoders").stdout))
    software: list[tuple[Callable[[Sequence[str]], list[str]], list[str]]] = [
        (_video_command, [name for name in _VIDEO_ENCODERS if name in listed]),
        (_audio_command, [name for name in _AUDIO_ENCODERS if name in listed]),
    ]
    proven: set[str] = set()
    for command, names in software:
        # All in one process; only where that fails is each tried by itself.
        if _works(path, command(names)):
            proven.update(names)
        else:
            proven.update(_each(path, names, partial(_alone, command)))
    hardware = sorted(name for name in listed if _HARDWARE.fullmatch(name))
    proven.update(_each(path, hardware, _hardware_command))
    return tuple(sorted(proven))


def _alone(command: Callable[[Sequence[str]], list[str]], name: str) -> list[str]:
    return command([name])


def _each(path: Path, names: Sequence[str], command: Callable[[str], list[str]]) -> list[str]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        results = list(pool.map(lambda name: _works(path, command(name)), names))
    return [name for name, works in zip(names, results, strict=True) if works]


def _video_command(names: Sequence[str]) -> list[str]:
    command = ["-f", "lavfi", "-i", "color=black:s=128x128:r=25:d=0.08"]
    for name in names:
        command += ["-map", "0:v", "-frames:v", "2", "-c:v", name]
        command += ["-cpu-used", "8"] if name == "libaom-av1" else []
        command += ["-f", "null", "-"]
    return command


def _audio_command(names: Sequence[str]) -> list[str]:
    command = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo:d=0.1"]
    for name in names:
        command += ["-map", "0:a", "-c:a", name, "-f", "null", "-"]
    return command


def _hardware_command(name: str) -> list[str]:
    family = name.rpartition("_")[2]
    device: list[str] = []
    upload: list[str] = []
    if family in ("vaapi", "vulkan"):
        device = ["-init_hw_device", f"{family}=hw", "-filter_hw_device", "hw"]
        upload = ["-vf", "format=nv12,hwupload"]
    # Hardware encoders refuse pictures that are much smaller.
    source = ["-f", "lavfi", "-i", "color=black:s=256x256:r=25:d=0.2"]
    return [*device, *source, *upload, "-frames:v", "2", "-c:v", name, "-f", "null", "-"]


def _works(path: Path, arguments: Sequence[str]) -> bool:
    if not arguments:
        return False
    try:
        return _run(path, "-v", "error", *arguments).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(path), "-nostdin", "-hide_banner", *arguments],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
        env=child_environment(),
        check=False,
    )
