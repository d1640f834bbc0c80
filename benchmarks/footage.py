"""Footage for the typical edit: noisy, moving, with sound, so that encoders have work as in real life."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import imageio_ffmpeg

__all__ = ["Footage", "Shape", "ffmpeg", "made", "make_footage"]

CLIPS = 6


class Shape(Enum):
    """Size of the edit: width, height, frames of a clip, frames of a transition."""

    FULL = (1920, 1080, 325, 30)
    SHORT = (1280, 720, 120, 24)

    @property
    def width(self) -> int:
        """Pixels."""
        return self.value[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self.value[1]

    @property
    def clip(self) -> int:
        """Frames that the edit shows of each clip."""
        return self.value[2]

    @property
    def crossfade(self) -> int:
        """Frames of a transition."""
        return self.value[3]

    @property
    def total(self) -> int:
        """Frames of the edit."""
        return CLIPS * self.clip - (CLIPS - 1) * self.crossfade


@dataclass(frozen=True, kw_only=True)
class Footage:
    """What the edit is made of."""

    clips: tuple[Path, ...]
    music: Path
    logo: Path


def ffmpeg() -> str:
    """The ffmpeg that both sides run."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def make_footage(folder: Path, shape: Shape) -> Footage:
    """Make the footage, or find what an earlier run made."""
    seconds = (shape.clip + 36) / 30
    pictures = [
        "testsrc2=s={s}:r=30,noise=alls=4:allf=t",
        "mandelbrot=s={s}:r=30:maxiter=200,noise=alls=4:allf=t",
        "testsrc2=s={s}:r=30,scroll=h=0.004:v=0.001,hue=h=70,noise=alls=4:allf=t",
        "gradients=s={s}:r=30:n=6:seed=7:speed=0.002,noise=alls=4:allf=t",
        "testsrc2=s={s}:r=30,hflip,scroll=h=-0.003,hue=h=200:s=0.7,noise=alls=4:allf=t",
        "cellauto=s={s}:r=30:rule=110:scroll=1,boxblur=2,hue=h=30,noise=alls=4:allf=t",
    ]
    clips = []
    for number, picture in enumerate(pictures):
        voice = f"0.4*sin(2*PI*{170 + 20 * number}*t)*sin(2*PI*3*t)*lt(mod(t,4),2)"
        sound = f"aevalsrc=exprs='{voice}|{voice}':s=48000"
        clips.append(
            made(
                folder,
                f"clip-{number}.mp4",
                [
                    *["-f", "lavfi", "-i", picture.format(s=f"{shape.width}x{shape.height}")],
                    *["-f", "lavfi", "-i", sound, "-t", f"{seconds:.6f}"],
                    *["-vf", "format=yuv420p,setparams=range=tv:color_primaries=bt709"
                      ":color_trc=bt709:colorspace=bt709"],
                    *["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "60"],
                    *["-c:a", "aac", "-b:a", "160k"],
                ],
            )
        )  # fmt: skip
    music = "0.3*sin(2*PI*330*t)+0.2*sin(2*PI*440*t)+0.1*sin(2*PI*(550+5*sin(t))*t)"
    tune = ["-f", "lavfi", "-i", f"aevalsrc=exprs='{music}|{music}':s=44100:d={shape.total / 30 + 2:.6f}"]
    badge = f"color=c=0xe04020@0.8:s={shape.height // 5 * 2}x{shape.height // 5},format=rgba"
    shine = "geq=r='r(X,Y)':g='40+100*X/W':b='60*Y/H':a='235*lt(hypot((X-W/2)/2,Y-H/2),H/2.2)'"
    return Footage(
        clips=tuple(clips),
        music=made(folder, "music.mp3", [*tune, "-c:a", "libmp3lame", "-b:a", "192k"]),
        logo=made(folder, "logo.png", ["-f", "lavfi", "-i", f"{badge},{shine}", "-frames:v", "1"]),
    )


def made(folder: Path, name: str, arguments: Sequence[str]) -> Path:
    """The file that these arguments make, named after them."""
    key = hashlib.sha256("\0".join(arguments).encode()).hexdigest()[:12]
    path = folder / f"{key}-{name}"
    if not path.exists():
        print(f"making {name} ...", flush=True)
        temporary = path.with_name(f".{path.name}")
        command = [ffmpeg(), "-v", "error", "-nostdin", "-y", *arguments, f"file:{temporary.absolute()}"]
        subprocess.run([*command[:-1], "-f", _muxer(path), command[-1]], check=True)
        temporary.replace(path)
    return path.absolute()


def _muxer(path: Path) -> str:
    return {".mp4": "mp4", ".mp3": "mp3", ".png": "image2pipe"}[path.suffix]
