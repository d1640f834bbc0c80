"""`stoat doctor`: what this machine can do, what is missing, and how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO

from stoat_ferret import config
from stoat_ferret.cli.answer import DONE, FAILED, Answer
from stoat_ferret.config import Settings
from stoat_ferret.errors import StoatError
from stoat_ferret.media.capabilities import Capabilities, detect

TRANSITIONS = 59
"""Transitions of FFmpeg 9, `custom` included."""

FORMATS = {
    "mp4 (h264)": (("libx264",), "aac"),
    "mp4 (hevc)": (("libx265",), "aac"),
    "mp4 (av1)": (("libsvtav1", "libaom-av1"), "aac"),
    "webm (vp9)": (("libvpx-vp9",), "libopus"),
    "webm (av1)": (("libsvtav1", "libaom-av1"), "libopus"),
    "mov (prores)": (("prores_ks",), "pcm_s24le"),
    "mkv (ffv1)": (("ffv1",), "flac"),
    "gif": (("gif",), None),
    "webp": (("libwebp_anim",), None),
    "m4a": ((), "aac"),
    "mp3": ((), "libmp3lame"),
    "wav": ((), "pcm_s24le"),
    "flac": ((), "flac"),
}
"""Format to the video encoders that can make it, any of them, and the audio encoder."""

_OWN_FFMPEG = "Take STOAT_FFMPEG away to use the ffmpeg that comes with the package, which has everything."
_LOW_DISK = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    status: str
    """ok, limited (something cannot be done) or missing (nothing can be rendered)."""
    found: str
    mend: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The form of `--json`."""
        return {"name": self.name, "status": self.status, "found": self.found, "mend": self.mend}


def doctor() -> Answer:
    """Look at everything that rendering needs; exit code 1 where nothing can be rendered."""
    settings = config.load()
    able, program = _program(settings)
    findings = [
        _versions(),
        program,
        *(_abilities(able) if able else ()),
        _core(),
        _reader(),
        _cache(settings),
        _disk(Path.cwd(), "disk here"),
        _machine(),
    ]
    ok = all(finding.status != "missing" for finding in findings)
    data = {
        "ok": ok,
        "findings": [finding.to_json() for finding in findings],
        "ffmpeg": _ffmpeg_json(able) if able else None,
        "problems": [],
    }
    return Answer(data=data, text=lambda out: _write(findings, out), exit_code=DONE if ok else FAILED)


def _program(settings: Settings) -> tuple[Capabilities | None, Finding]:
    try:
        able = detect(settings)
    except StoatError as error:
        return None, Finding(name="ffmpeg", status="missing", found=error.message, mend=error.hint)
    return able, Finding(name="ffmpeg", status="ok", found=f"{able.ffmpeg.version} at {able.ffmpeg.path}")


def _ffmpeg_json(able: Capabilities) -> dict[str, Any]:
    shown = able.to_json()
    return {
        **shown["ffmpeg"],
        "encoders": shown["encoders"],
        "transitions": shown["transitions"],
        "filters": len(able.filters),
        "fonts": [{"family": font.family, "style": font.style, "path": font.path} for font in able.fonts],
    }


def _abilities(able: Capabilities) -> list[Finding]:
    lacking = [name for name, needs in FORMATS.items() if not _can(able, *needs)]
    made = [name for name in FORMATS if name not in lacking]
    hardware = [
        name
        for name in able.encoders
        if name.rpartition("_")[2] in ("nvenc", "qsv", "vaapi", "amf", "vulkan")
    ]
    return [
        Finding(
            name="formats",
            status="limited" if lacking else "ok",
            found=", ".join(made) + (f"; not {', '.join(lacking)}" if lacking else ""),
            mend=_OWN_FFMPEG if lacking else None,
        ),
        Finding(
            name="encoders",
            status="ok",
            found=f"{', '.join(sorted(able.encoders))} (each proven by a trial); "
            + (f"hardware: {', '.join(hardware)}" if hardware else "no hardware encoder works here"),
        ),
        Finding(
            name="transitions",
            status="ok" if len(able.transitions) >= TRANSITIONS else "limited",
            found=f"{len(able.transitions)} of {TRANSITIONS}",
            mend=None if len(able.transitions) >= TRANSITIONS else _OWN_FFMPEG,
        ),
        _titles(able),
    ]


def _can(able: Capabilities, video: Sequence[str], audio: str | None) -> bool:
    picture = not video or any(name in able.encoders for name in video)
    return picture and (audio is None or audio in able.encoders)


def _titles(able: Capabilities) -> Finding:
    if "drawtext" not in able.filters:
        return Finding(name="titles", status="limited", found="this ffmpeg has no drawtext", mend=_OWN_FFMPEG)
    if not able.fonts:
        return Finding(
            name="titles",
            status="limited",
            found="no fonts",
            mend="Install the package font-roboto, or any font.",
        )
    families = sorted({font.family for font in able.fonts})
    return Finding(
        name="titles",
        status="ok",
        found=f"{', '.join(families)}; {able.fonts[0].family} {able.fonts[0].style} by default",
    )


def _versions() -> Finding:
    return Finding(
        name="stoat",
        status="ok",
        found=f"{_installed('stoat-and-ferret') or 'from its source'}, Python {platform.python_version()}",
    )


def _core() -> Finding:
    return _tried(
        "core",
        _effects,
        "Install stoat-and-ferret again: its compiled part does not load.",
    )


def _reader() -> Finding:
    version = _installed("av")
    if version is None:
        return Finding(name="probing", status="missing", found="no PyAV", mend="Install the package av.")
    return Finding(name="probing", status="ok", found=f"PyAV {version}")


def _cache(settings: Settings) -> Finding:
    folder = settings.cache_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        writable = False
    if not writable:
        return Finding(
            name="cache",
            status="limited",
            found=f"{folder} cannot be written; every start looks at everything anew",
            mend="Name another folder in STOAT_DATA_DIR.",
        )
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Finding(name="cache", status="ok", found=f"{folder} ({size / 1e6:.1f} MB)")


def _disk(folder: Path, name: str) -> Finding:
    free = shutil.disk_usage(folder).free
    low = free < _LOW_DISK
    return Finding(
        name=name,
        status="limited" if low else "ok",
        found=f"{free / 1e9:.1f} GB free in {folder}",
        mend="Free some room, or write to another disk." if low else None,
    )


def _machine() -> Finding:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Finding(
        name="machine",
        status="ok",
        found=f"{os.cpu_count()} processors, {memory / 1e9:.0f} GB memory, {sys.platform}",
    )


def _tried(name: str, attempt: Callable[[], str], mend: str) -> Finding:
    try:
        return Finding(name=name, status="ok", found=attempt())
    except Exception as error:  # Whatever it is, it is the finding.
        return Finding(name=name, status="missing", found=f"{type(error).__name__}: {error}", mend=mend)


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _write(findings: Sequence[Finding], out: TextIO) -> None:
    marks = {"ok": "ok", "limited": "--", "missing": "!!"}
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        print(f"{marks[finding.status]:>2}  {finding.name:<{width}}  {finding.found}", file=out)
        if finding.mend:
            print(f"    {'':<{width}}  mend: {finding.mend}", file=out)


def _effects() -> str:
    from stoat_ferret import compile as core

    return f"{len(core.catalogue()['effects'])} effects"
