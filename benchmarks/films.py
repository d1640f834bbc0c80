"""Longer footage, as cameras and screens make it, for edits of many clips."""

from __future__ import annotations

from pathlib import Path

from benchmarks.footage import made

__all__ = ["camera", "small"]

PICTURES = (
    "testsrc2=s={s}:r=30",
    "testsrc2=s={s}:r=30,scroll=h=0.004:v=0.001,hue=h=120",
    "testsrc2=s={s}:r=30,hue=h=70",
    "testsrc2=s={s}:r=30,hflip,hue=h=200:s=0.7",
    "testsrc2=s={s}:r=30,vflip,scroll=h=-0.003,hue=h=300",
)
TAGGED = "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


def camera(folder: Path, number: int, *, width: int, height: int, frames: int) -> Path:
    """A noisy film of 30 frames a second with sound: a key frame every 2 s, and every group closed."""
    picture = f"{_picture(number, width, height)},noise=alls=4:allf=t"
    groups = "keyint=60:min-keyint=60:scenecut=0:open-gop=0"
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-x264-params", groups]
    return _film(folder, f"camera-{number}-{height}.mp4", picture, number, frames, encoder)


def small(folder: Path, number: int, *, frames: int) -> Path:
    """A film of 320x180 that costs little to make, to read and to encode."""
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "28", "-g", "60"]
    return _film(folder, f"small-{number}.mp4", _picture(number, 320, 180), number, frames, encoder)


def _picture(number: int, width: int, height: int) -> str:
    return PICTURES[number % len(PICTURES)].format(s=f"{width}x{height}")


def _film(folder: Path, name: str, picture: str, number: int, frames: int, encoder: list[str]) -> Path:
    voice = f"0.3*sin(2*PI*{170 + 20 * number}*t)*sin(2*PI*3*t)"
    return made(
        folder,
        name,
        [
            *["-f", "lavfi", "-i", picture],
            *["-f", "lavfi", "-i", f"aevalsrc=exprs='{voice}|{voice}':s=48000"],
            *["-t", f"{frames / 30:.6f}", "-vf", TAGGED],
            *[*encoder, "-c:a", "aac", "-b:a", "128k"],
        ],
    )
