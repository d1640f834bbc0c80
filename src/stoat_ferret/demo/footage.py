"""The demonstration's footage: of mixed size, shape, rate, codec and sound, as that of real edits is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stoat_ferret.config import Settings
from stoat_ferret.media.capabilities import Capabilities
from stoat_ferret.media.ffmpeg import Command, Limits, Token, execute
from stoat_ferret.running import SIDE_BY_SIDE, at_once

__all__ = ["SECONDS", "film"]

SECONDS = 28
"""How long the programme is."""


@dataclass(frozen=True, kw_only=True)
class Disc:
    """A sun, a moon or a lantern."""

    radius: int
    """Pixels."""
    color: str
    """Six hexadecimal digits."""
    x: str
    """ffmpeg expression of the left edge over `t`; W and H are the picture's size."""
    y: str
    """The same of the upper edge."""
    soft: int = 3
    """Pixels over which its rim fades."""


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """A line of hills or waves that scrolls by; nearer ones scroll faster."""

    height: float
    """Where it lies, in fractions of the picture's height from above."""
    swing: float
    """How far it goes up and down, in the same unit."""
    period: int
    """Pixels after which it repeats; the picture's width is a multiple."""
    color: str
    """Six hexadecimal digits."""
    speed: int
    """Pixels per second to the left."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A piece of footage."""

    name: str
    """File name."""
    width: int
    height: int
    rate: str
    """Frames per second, as ffmpeg writes it."""
    seconds: float
    sky: tuple[str, str]
    """Colour above and colour below."""
    discs: tuple[Disc, ...] = ()
    ridges: tuple[Ridge, ...] = ()
    sound: str | None = None
    """ffmpeg's source of its sound; None: it has none."""
    codecs: tuple[str, ...] = ()
    """Encoder arguments."""

    def graph(self) -> str:
        """The filter graph that draws it."""
        first, last = self.sky
        held = f"loop=-1:1:0,setpts=N/({self.rate})/TB,fps={self.rate}"
        chains = [
            f"color=s={self.width}x{self.height}:r=1:d=1,format=rgb24,geq={_sky(first, last)},"
            f"trim=end_frame=1,format=yuv420p,{held}[0]"
        ]
        shapes = [(self._disc(disc), f"x='{disc.x}':y='{disc.y}'") for disc in self.discs]
        shapes += [
            (self._ridge(ridge), f"x='-mod({ridge.speed}*t,{self.width})':y={self._top(ridge)}")
            for ridge in self.ridges
        ]
        for number, (shape, place) in enumerate(shapes):
            chains.append(f"{shape},trim=end_frame=1,format=yuva420p,{held}[s{number}]")
            chains.append(f"[{number}][s{number}]overlay={place}:shortest=1[{number + 1}]")
        chains.append(f"[{len(shapes)}]trim=duration={self.seconds},format=yuv420p,setsar=1[v]")
        if self.sound:
            chains.append(f"{self.sound},atrim=duration={self.seconds},asetnsamples=960[a]")
        return ";\n".join(chains)

    @staticmethod
    def _disc(disc: Disc) -> str:
        r = disc.radius
        return (
            f"color=c=0x{disc.color}:s={2 * r}x{2 * r}:r=1:d=1,format=rgba,"
            f"geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='255*clip(({r}-hypot(X-{r},Y-{r}))/{disc.soft},0,1)'"
        )

    def _ridge(self, ridge: Ridge) -> str:
        # Twice as wide as the picture, and periodic, so that it can scroll for ever.
        wave = "+".join(f"{part}*sin(2*PI*X*{times}/{ridge.period}+{times})" for part, times in _WAVES)
        top = self._top(ridge)
        line = f"{self.height * ridge.height - top:g}+{self.height * ridge.swing:g}*({wave})"
        return (
            f"color=c=0x{ridge.color}:s={2 * self.width}x{self.height - top}:r=1:d=1,format=rgba,"
            f"geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='255*clip(Y-({line}),0,1)'"
        )

    def _top(self, ridge: Ridge) -> int:
        """The row above which there is nothing of it."""
        return int(self.height * (ridge.height - 2 * ridge.swing)) // 2 * 2

    def arguments(self) -> tuple[str, ...]:
        """ffmpeg's arguments between graph and output."""
        return ("-map", "[v]", *(("-map", "[a]") if self.sound else ()), *self.codecs)


def _sky(first: str, last: str) -> str:
    """Arguments of `geq` for a sky that goes from one colour above to another below."""
    parts = []
    for name, at in zip("rgb", (0, 2, 4), strict=True):
        above, below = int(first[at : at + 2], 16), int(last[at : at + 2], 16)
        parts.append(f"{name}='{above}+{below - above}*Y/H'")
    return ":".join(parts)


_WAVES = ((1.0, 1), (0.6, 3), (0.3, 7))

_BIRDS = (
    "aevalsrc='0.10*sin(2*PI*(2600+420*sin(2*PI*7*t))*t)*pow(max(0,sin(2*PI*0.9*t)),14)"
    "+0.07*sin(2*PI*(3300+260*sin(2*PI*11*t))*t)*pow(max(0,sin(2*PI*0.7*t+2)),18)':c=stereo:s=48000"
)
_WAVES_SOUND = "anoisesrc=c=brown:r=44100:a=0.6:seed=7,tremolo=f=0.25:d=0.7,lowpass=f=900"
_CRICKETS = (
    "aevalsrc='0.04*sin(2*PI*4200*t)*gt(sin(2*PI*22*t),0)*pow(max(0,sin(2*PI*1.6*t)),2)':c=mono:s=48000"
)
_CHIMES = (
    "aevalsrc='0.12*sin(2*PI*1174.7*t)*exp(-3*mod(t,1.5))+0.10*sin(2*PI*1568*t)*exp(-3*mod(t+0.75,1.5))'"
    ":c=stereo:s=32000"
)


def _scenes() -> list[Scene]:
    return [
        Scene(
            name="dawn.mp4",
            width=1920,
            height=1080,
            rate="30",
            seconds=7.5,
            sky=("f3a683", "fbe6c6"),
            discs=(Disc(radius=110, color="fff6df", x="W*0.60", y="H*0.50-24*t"),),
            ridges=(
                Ridge(height=0.60, swing=0.030, period=960, color="d98f83", speed=20),
                Ridge(height=0.70, swing=0.035, period=1920, color="a8647a", speed=45),
                Ridge(height=0.84, swing=0.030, period=960, color="5c3d63", speed=90),
            ),
            sound=_BIRDS,
            codecs=("-c:v", "libx264", "-preset", "ultrafast", "-crf", "16", "-c:a", "aac", "-b:a", "128k"),
        ),
        Scene(
            name="sea.mp4",
            width=960,
            height=720,
            rate="24",
            seconds=7,
            sky=("f7d9c4", "f4efe2"),
            discs=(Disc(radius=48, color="ffffff", x="W*0.68", y="H*0.14"),),
            ridges=(
                Ridge(height=0.42, swing=0.006, period=480, color="8ec5c9", speed=30),
                Ridge(height=0.52, swing=0.010, period=320, color="5ba3b0", speed=45),
                Ridge(height=0.66, swing=0.014, period=480, color="35788f", speed=70),
                Ridge(height=0.82, swing=0.018, period=960, color="1f506b", speed=110),
            ),
            sound=_WAVES_SOUND,
            codecs=(
                *("-c:v", "libx265", "-preset", "ultrafast", "-crf", "18", "-x265-params", "log-level=none"),
                *("-tag:v", "hvc1", "-c:a", "aac", "-b:a", "128k"),
            ),
        ),
        Scene(
            name="lanterns.mkv",
            width=720,
            height=1280,
            rate="60",
            seconds=5.5,
            sky=("10222e", "2d5560"),
            discs=(
                Disc(radius=34, color="ffb45e", x="W*0.16+18*sin(t)", y="H*0.95-92*t", soft=18),
                Disc(radius=52, color="ff9d5c", x="W*0.40+22*sin(t+1)", y="H*0.72-110*t", soft=24),
                Disc(radius=26, color="ffd58a", x="W*0.63+14*sin(t+2)", y="H*0.88-74*t", soft=14),
                Disc(radius=44, color="ffc06e", x="W*0.78+20*sin(t+3)", y="H*0.60-66*t", soft=22),
                Disc(radius=30, color="ffe0a8", x="W*0.28+16*sin(t+4)", y="H*0.48-54*t", soft=16),
            ),
            ridges=(Ridge(height=0.93, swing=0.010, period=360, color="0b161e", speed=24),),
            sound=_CHIMES,
            codecs=("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-crf", "18", "-c:a", "flac"),
        ),
        Scene(
            name="lights.mov",
            width=640,
            height=360,
            rate="24000/1001",
            seconds=8.5,
            sky=("5b3a78", "e2739a"),
            discs=(
                Disc(
                    radius=70,
                    color="ffd9c7",
                    x="W*0.5+W*0.34*sin(1.3*t)",
                    y="H*0.5+H*0.20*cos(1.7*t)-70",
                    soft=60,
                ),
                Disc(
                    radius=50,
                    color="ffc56e",
                    x="W*0.4+W*0.30*cos(1.9*t)",
                    y="H*0.5+H*0.24*sin(1.1*t)-50",
                    soft=44,
                ),
                Disc(
                    radius=36,
                    color="fff1df",
                    x="W*0.5+W*0.38*cos(0.9*t+2)",
                    y="H*0.4+H*0.30*sin(1.5*t)",
                    soft=32,
                ),
                Disc(
                    radius=58,
                    color="9ad0e0",
                    x="W*0.3+W*0.26*sin(0.8*t+4)",
                    y="H*0.4+H*0.26*cos(2.1*t)",
                    soft=50,
                ),
            ),
            codecs=("-c:v", "prores_ks", "-profile:v", "0"),
        ),
        Scene(
            name="night.webm",
            width=1280,
            height=720,
            rate="25",
            seconds=7,
            sky=("0b1130", "33436f"),
            discs=(Disc(radius=58, color="eceff7", x="W*0.24+8*t", y="H*0.16"),),
            ridges=(
                Ridge(height=0.62, swing=0.035, period=640, color="1f2a54", speed=15),
                Ridge(height=0.74, swing=0.030, period=1280, color="151d3d", speed=35),
                Ridge(height=0.87, swing=0.025, period=640, color="0a0f24", speed=70),
            ),
            sound=_CRICKETS,
            codecs=(
                *("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "20", "-b:v", "0"),
                *("-row-mt", "1", "-c:a", "libopus", "-b:a", "96k"),
            ),
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A sound, or a picture that stands still."""

    name: str
    graph: str
    """Ends in `[o]`."""
    arguments: tuple[str, ...]


_CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63), (196.0, 261.63, 329.63), (196.0, 246.94, 293.66))


def _recordings(font: str | None) -> list[Recording]:
    return [
        Recording(name="music.mp3", graph=_music(), arguments=("-c:a", "libmp3lame", "-b:a", "160k")),
        Recording(name="voice.flac", graph=_voice(), arguments=("-c:a", "flac")),
        Recording(
            name="badge.png", graph=_badge(font), arguments=("-frames:v", "1", "-c:v", "png", "-f", "image2")
        ),
    ]


def _music() -> str:
    """Four slow chords, over and over, with a bell on every beat."""
    chords = "+".join(
        f"between(mod(t,16),{4 * at},{4 * at + 4})*min(1,(mod(t,4))*2)*min(1,(4-mod(t,4))*3)*("
        + "+".join(f"sin(2*PI*{note}*t)+0.4*sin(2*PI*{2 * note}*t+0.3)" for note in chord)
        + ")"
        for at, chord in enumerate(_CHORDS)
    )
    bells = "+".join(
        f"between(mod(t,16),{4 * at},{4 * at + 4})*sin(2*PI*{4 * chord[number % 3]}*t)*exp(-5*mod(t,1))"
        f"*eq(mod(floor(t),3),{number})"
        for at, chord in enumerate(_CHORDS)
        for number in range(3)
    )
    return (
        f"aevalsrc='0.16*({chords})+0.11*({bells})':c=stereo:s=44100:d={SECONDS + 4},"
        "lowpass=f=5000,aecho=0.8:0.6:90|170:0.25|0.18[o]"
    )


def _voice() -> str:
    """Not words, but with the pitch, the vowels and the pauses of speech."""
    pitch = "(118+14*sin(2*PI*0.45*t)+6*sin(2*PI*2.3*t))"
    syllables = "pow(max(0,sin(2*PI*2.1*t)*0.6+sin(2*PI*3.3*t+1)*0.5),0.7)"
    phrase = "gt(mod(t,4.2),0.25)*lt(mod(t,4.2),3.3)"
    source = f"aevalsrc='0.5*(2*mod({pitch}*t,1)-1)*{syllables}*{phrase}':c=mono:s=48000:d=16"
    vowels = (
        "[n1]bandpass=f=620:width_type=h:w=160[f1];[n2]bandpass=f=1250:width_type=h:w=220,volume=0.7[f2];"
        "[n3]bandpass=f=2500:width_type=h:w=320,volume=0.35[f3]"
    )
    return (
        f"{source},asplit=3[n1][n2][n3];{vowels};"
        "[f1][f2][f3]amix=inputs=3:normalize=0,highpass=f=90,volume=2.2,alimiter=limit=0.7:level=0[o]"
    )


def _badge(font: str | None) -> str:
    """A round badge with a transparent ground."""
    disc = (
        "color=c=0x1d2733:s=256x256:r=1:d=1,format=rgba,geq=r='if(lt(hypot(X-128,Y-128),112),29,251)':"
        "g='if(lt(hypot(X-128,Y-128),112),39,230)':b='if(lt(hypot(X-128,Y-128),112),51,198)':"
        "a='255*clip(122-hypot(X-128,Y-128),0,1)'"
    )
    if font is None or not font.replace("/", "").replace("-", "").replace("_", "").replace(".", "").isalnum():
        return f"{disc}[o]"
    letters = f"drawtext=fontfile={font}:text='s&f':fontsize=92:fontcolor=0xfbe6c6:x=(w-tw)/2:y=(h-th)/2-4"
    return f"{disc},{letters}[o]"


async def film(
    media: Path, able: Capabilities, settings: Settings, *, say: Callable[[str], None] = lambda _: None
) -> list[Path]:
    """Make every scene and recording in the folder `media`, a few at a time; `say` is told what is made."""
    font = next((font.path for font in able.fonts if font.style == "Bold"), None)
    places = asyncio.Semaphore(SIDE_BY_SIDE)
    option = "-/filter_complex" if able.ffmpeg.major >= 7 else "-filter_complex_script"

    async def draw(name: str, graph: str, arguments: Sequence[Token]) -> Path:
        async with places:
            await execute(
                Command(
                    binary=Path(able.ffmpeg.path),
                    tokens=("-hide_banner", option, {"graph": True}, *arguments, "-y", {"output": True}),
                    graph=graph,
                    output=media / name,
                    work=media,
                ),
                limits=Limits.of(settings),
                stall=settings.stall_seconds,
                grace=settings.kill_grace_seconds,
            )
        say(f"  media/{name}")
        return media / name

    films = [draw(scene.name, scene.graph(), scene.arguments()) for scene in _scenes()]
    sounds = [draw(one.name, one.graph, ("-map", "[o]", *one.arguments)) for one in _recordings(font)]
    return await at_once([*films, *sounds])
