"""The typical edit: as a project, as the best single ffmpeg command written by hand, and in plain numbers.

Six clips with crossfades, a title, a logo over all, music that steps back for the speech.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import font_roboto

from benchmarks.footage import CLIPS, Footage, Shape, ffmpeg
from benchmarks.peers.edit import Edit

__all__ = [
    "COLORS",
    "CRF",
    "ENCODED",
    "EXACT",
    "FPS",
    "PRESET",
    "SOUND",
    "chained",
    "document",
    "environment",
    "handwritten",
    "plain",
    "product",
]

FPS = 30
TEXT = "A typical edit"
TITLE = {"start": 0.0, "duration": 4.0, "fade_in": 0.5, "fade_out": 0.5, "fontsize": 96}
PRESET = "veryfast"
CRF = 23
AUDIO_KBITS = 192


def first_frame(number: int) -> int:
    """The frame of its footage at which clip `number` starts, seldom a key frame."""
    return 5 + 5 * number


def in_point(number: int) -> float:
    """The same in seconds."""
    return round(first_frame(number) / FPS, 6)


def document(footage: Footage, shape: Shape, text: str = TEXT) -> dict[str, Any]:
    """The edit as a project."""
    length, cross = shape.clip / FPS, shape.crossfade / FPS
    clips: list[dict[str, Any]] = [
        {
            "id": f"clip-{number}",
            "source": str(path),
            "in_point": in_point(number),
            "out_point": in_point(number) + length,
            "timeline_start": number * (shape.clip - shape.crossfade) / FPS,
        }
        for number, path in enumerate(footage.clips)
    ]
    clips[0]["effects"] = [{"type": "text_overlay", "params": {"text": text, **TITLE}}]
    fades = [
        {"type": "fade", "duration": cross, "from": f"clip-{number}", "to": f"clip-{number + 1}"}
        for number in range(CLIPS - 1)
    ]
    logo = {
        "source": str(footage.logo),
        "timeline_start": 0,
        "out_point": shape.total / FPS,
        "transform": {"x": 0.97, "y": 0.05, "width": 0.2, "height": 0.2, "anchor": "top_right"},
    }
    music = {"source": str(footage.music), "timeline_start": 0, "out_point": shape.total / FPS, "volume": 0.5}
    ducking = {"under": ["main"], "threshold": 0.02, "ratio": 8, "attack": 20, "release": 300}
    return {
        "schema": "stoat.project/1",
        "name": "Typical edit",
        "output": {"width": shape.width, "height": shape.height, "fps": FPS, "sample_rate": 48000},
        "tracks": [
            {"id": "main", "type": "video", "clips": clips, "transitions": fades},
            {"id": "logo", "type": "video", "clips": [logo]},
            {"id": "music", "type": "audio", "clips": [music], "ducking": ducking},
        ],
    }


def product(project: Path, output: Path, *more: str, preset: str = PRESET) -> list[str]:
    """The product's command."""
    quality = ["--preset", preset, "--crf", str(CRF), "--audio-bitrate", f"{AUDIO_KBITS}k"]
    options = [*quality, "--overwrite", "--json"]
    stoat = str(Path(sys.executable).with_name("stoat"))
    return [stoat, "render", str(project), "-o", str(output), *options, *more]


ENCODED = ("-preset", PRESET, "-crf", str(CRF))
EXACT = ("-preset", "ultrafast", "-qp", "0")
"""The picture as it was composed."""
COLORS = ("-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
SOUND = ("-c:a", "aac", "-b:a", f"{AUDIO_KBITS}k", "-movflags", "+faststart")


def handwritten(
    footage: Footage,
    shape: Shape,
    output: Path,
    quality: tuple[str, ...] = ENCODED,
    text: str = TEXT,
) -> list[str]:
    """One command for the same picture and sound, as somebody would write it who knows ffmpeg well.

    Only the frames of a transition pass through `xfade`; everything else stays in 4:2:0.
    """
    inputs = _clips(footage, shape.clip, "-an")
    inputs += ["-i", str(footage.logo), "-i", str(footage.music)]
    # Sound from inputs of its own: pictures then do not pile up while the mix waits for a later clip.
    inputs += _clips(footage, shape.clip + 1, "-vn")
    return _command(inputs, [*_hand_pictures(shape, text), *_hand_sounds(shape, CLIPS + 2)], quality, output)


def chained(footage: Footage, shape: Shape, output: Path) -> list[str]:
    """One command as the manual of ffmpeg suggests it: every clip joins what is there through `xfade`."""
    inputs = _clips(footage, shape.clip + 1)
    inputs += ["-i", str(footage.logo), "-i", str(footage.music)]
    graph = []
    for number in range(CLIPS):
        drawn = _title(TEXT) if number == 0 else ""
        end = f",trim=end_frame={shape.clip}"
        graph.append(f"[{number}:v]setpts=N/{FPS}/TB,settb=1/{FPS}{drawn}{end},format=yuv420p[v{number}]")
    before, duration = "[v0]", shape.crossfade / FPS
    for number in range(1, CLIPS):
        offset = number * (shape.clip - shape.crossfade) / FPS
        graph.append(f"{before}[v{number}]xfade=duration={duration}:offset={offset:.6f}[x{number}]")
        before = f"[x{number}]"
    graph.append(f"{before}format=yuv420p[joined]")
    return _command(inputs, [*graph, *_hand_logo(shape), *_hand_sounds(shape, 0)], ENCODED, output)


def _clips(footage: Footage, frames: int, *less: str) -> list[str]:
    """The clips as inputs; `less` says which streams are left out."""
    inputs: list[str] = []
    for number, path in enumerate(footage.clips):
        # Half a frame early: the seek then never misses the first frame.
        start = in_point(number) - 0.5 / FPS
        inputs += ["-ss", f"{start:.6f}", "-t", f"{frames / FPS:.6f}", *less, "-i", str(path)]
    return inputs


def _command(inputs: list[str], graph: list[str], quality: tuple[str, ...], output: Path) -> list[str]:
    encode = ["-c:v", "libx264", *quality, "-pix_fmt", "yuv420p"]
    program = [ffmpeg(), "-v", "error", "-nostdin", "-y"]
    maps = ["-filter_complex", ";".join(graph), "-map", "[v]", "-map", "[a]"]
    return [*program, *inputs, *maps, *encode, *COLORS, *SOUND, str(output)]


def _title(text: str) -> str:
    start, end = TITLE["start"], TITLE["start"] + TITLE["duration"]
    alpha = f"min(clip((t-{start})/{TITLE['fade_in']},0,1),clip(({end}-t)/{TITLE['fade_out']},0,1))"
    return (
        f",drawtext=expansion=none:text={text}:fontfile={_font()}"
        f":fontsize={TITLE['fontsize']}:fontcolor=white"
        f":x=(w-text_w)/2:y=(h-text_h)/2:alpha='{alpha}':enable='between(t,{start},{end - 0.5 / FPS})'"
    )


def _hand_pictures(shape: Shape, text: str) -> list[str]:
    length, cross, duration = shape.clip, shape.crossfade, shape.crossfade / FPS
    title = _title(text)
    graph, order = [], []
    for number in range(CLIPS):
        first, last = number == 0, number == CLIPS - 1
        begin = 0 if first else cross
        stop = length if last else length - cross
        parts = ([] if first else [f"[i{number}]"]) + [f"[b{number}]"] + ([] if last else [f"[o{number}]"])
        drawn = title if first else ""
        graph.append(
            f"[{number}:v]setpts=N/{FPS}/TB{drawn},format=yuv420p,split={len(parts)}" + "".join(parts)
        )
        graph.append(
            f"[b{number}]trim=start_frame={begin}:end_frame={stop},setpts=PTS-STARTPTS,format=yuv420p[body{number}]"
        )
        if not first:
            graph.append(f"[i{number}]trim=end_frame={cross},setpts=PTS-STARTPTS,format=yuv444p[in{number}]")
            graph.append(
                f"[out{number - 1}][in{number}]xfade=duration={duration}:offset=0,format=yuv420p[x{number}]"
            )
            order.append(f"[x{number}]")
        if not last:
            last_frames = f"trim=start_frame={length - cross},setpts=PTS-STARTPTS,format=yuv444p"
            graph.append(f"[o{number}]{last_frames}[out{number}]")
        order.append(f"[body{number}]")
    graph.append("".join(order) + f"concat=n={len(order)}:v=1:a=0,format=yuv420p[joined]")
    return [*graph, *_hand_logo(shape)]


def _hand_logo(shape: Shape) -> list[str]:
    left, top, wide, high = _logo_place(shape)
    return [
        f"[{CLIPS}:v]scale={wide}:{high}:out_color_matrix=bt709:out_range=tv,format=yuva420p[logo]",
        f"[joined][logo]overlay={left}:{top}:format=yuv420[v]",
    ]


def _hand_sounds(shape: Shape, first: int) -> list[str]:
    """The sound, where the clips' sounds are the inputs from `first` on."""
    duration, total = shape.crossfade / FPS, shape.total / FPS
    trim = f"atrim=start={0.5 / FPS:.6f}:duration={shape.clip / FPS:.6f},asetpts=PTS-STARTPTS"
    graph = [f"[{first + number}:a]{trim}[a{number}]" for number in range(CLIPS)]
    before = "[a0]"
    for number in range(1, CLIPS):
        graph.append(f"{before}[a{number}]acrossfade=d={duration}:c1=tri:c2=tri[c{number}]")
        before = f"[c{number}]"
    speech = f"{before}apad,atrim=end={total:.6f},asplit[voice][key]"
    music = f"[{CLIPS + 1}:a]aresample=48000,atrim=end={total:.6f},volume=0.5[music]"
    duck = "[music][key]sidechaincompress=threshold=0.02:ratio=8:attack=20:release=300[low]"
    mix = "[voice][low]amix=inputs=2:normalize=0,alimiter=limit=0.95:level=0:latency=1[a]"
    return [*graph, speech, music, duck, mix]


def _logo_place(shape: Shape) -> tuple[int, int, int, int]:
    """Left, top, width and height in pixels: twice as wide as high, within a fifth of the picture."""
    wide, high = shape.width // 5, shape.height // 5
    return (
        round(0.97 * shape.width) - wide,
        round(0.05 * shape.height) + (high - wide // 2) // 2,
        wide,
        wide // 2,
    )


def plain(footage: Footage, shape: Shape) -> Edit:
    """The edit for other editors."""
    left, top, wide, high = _logo_place(shape)
    start = round(TITLE["start"] * FPS)
    return Edit(
        width=shape.width,
        height=shape.height,
        rate=FPS,
        clips=tuple(str(path) for path in footage.clips),
        in_points=tuple(first_frame(number) for number in range(CLIPS)),
        length=shape.clip,
        crossfade=shape.crossfade,
        text=TEXT,
        font=_font(),
        text_size=round(TITLE["fontsize"]),
        title_start=start,
        title_end=start + round(TITLE["duration"] * FPS),
        title_fade=round(TITLE["fade_in"] * FPS),
        logo=str(footage.logo),
        logo_left=left,
        logo_top=top,
        logo_width=wide,
        logo_height=high,
        music=str(footage.music),
        music_volume=0.5,
        preset=PRESET,
        crf=CRF,
        audio_kbits=AUDIO_KBITS,
    )


def _font() -> str:
    return str(Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf")


def environment(data: Path) -> dict[str, str]:
    """What both sides find: the same ffmpeg, at the same priority."""
    given = {"STOAT_FFMPEG": ffmpeg(), "STOAT_DATA_DIR": str(data.absolute()), "STOAT_FFMPEG_NICE": "0"}
    return {**os.environ, **given}
