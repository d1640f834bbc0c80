"""The typical edit: the product's render against the best single ffmpeg command written by hand.

Six clips with crossfades, a title, a logo over all, music that steps back for the speech.
Both sides run the same ffmpeg with the same encoder settings, in turns, at the same priority.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import font_roboto

from benchmarks.figures import Figure
from benchmarks.footage import CLIPS, Footage, Shape, ffmpeg, make_footage
from benchmarks.watching import Run, watch

__all__ = ["document", "environment", "figures", "handwritten", "product"]

FPS = 30
TITLE = {"start": 0.0, "duration": 4.0, "fade_in": 0.5, "fade_out": 0.5, "fontsize": 96}
SAMPLED = 12
"""Frames are compared one in so many."""


def in_point(number: int) -> float:
    """Where clip `number` starts in its footage, in seconds: on a frame, seldom on a key frame."""
    return round((5 + 5 * number) / FPS, 6)


def document(footage: Footage, shape: Shape) -> dict[str, Any]:
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
    clips[0]["effects"] = [{"type": "text_overlay", "params": {"text": "A typical edit", **TITLE}}]
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


def product(project: Path, output: Path, *more: str) -> list[str]:
    """The product's command."""
    options = ["--preset", "veryfast", "--crf", "23", "--audio-bitrate", "192k", "--overwrite", "--json"]
    stoat = str(Path(sys.executable).with_name("stoat"))
    return [stoat, "render", str(project), "-o", str(output), *options, *more]


ENCODED = ("-preset", "veryfast", "-crf", "23")
EXACT = ("-preset", "ultrafast", "-qp", "0")
"""The picture as it was composed."""


def handwritten(
    footage: Footage, shape: Shape, output: Path, quality: tuple[str, ...] = ENCODED
) -> list[str]:
    """One command for the same picture and sound, as somebody would write it who knows ffmpeg well.

    Only the frames of a transition pass through `xfade`; everything else stays in 4:2:0.
    """
    inputs: list[str] = []
    for number, path in enumerate(footage.clips):
        # Half a frame early: the seek then never misses the first frame.
        start = in_point(number) - 0.5 / FPS
        inputs += ["-ss", f"{start:.6f}", "-t", f"{shape.clip / FPS:.6f}", "-an", "-i", str(path)]
    inputs += ["-i", str(footage.logo), "-i", str(footage.music)]
    # Sound from inputs of its own: pictures then do not pile up while the mix waits for a later clip.
    for number, path in enumerate(footage.clips):
        start, length = in_point(number) - 0.5 / FPS, (shape.clip + 1) / FPS
        inputs += ["-ss", f"{start:.6f}", "-t", f"{length:.6f}", "-vn", "-i", str(path)]
    graph = [*_hand_pictures(shape), *_hand_sounds(shape)]
    encode = ["-c:v", "libx264", *quality, "-pix_fmt", "yuv420p"]
    tags = ["-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    sound = ["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart"]
    program = [ffmpeg(), "-v", "error", "-nostdin", "-y"]
    maps = ["-filter_complex", ";".join(graph), "-map", "[v]", "-map", "[a]"]
    return [*program, *inputs, *maps, *encode, *tags, *sound, str(output)]


def _hand_pictures(shape: Shape) -> list[str]:
    length, cross = shape.clip, shape.crossfade
    end, start, duration = TITLE["start"] + TITLE["duration"], TITLE["start"], cross / FPS
    alpha = f"min(clip((t-{start})/{TITLE['fade_in']},0,1),clip(({end}-t)/{TITLE['fade_out']},0,1))"
    title = (
        f",drawtext=expansion=none:text=A typical edit:fontfile={_font()}"
        f":fontsize={TITLE['fontsize']}:fontcolor=white"
        f":x=(w-text_w)/2:y=(h-text_h)/2:alpha='{alpha}':enable='between(t,{start},{end - 0.5 / FPS})'"
    )
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
    wide, high = shape.width // 5, shape.height // 5
    left, top = round(0.97 * shape.width) - wide, round(0.05 * shape.height) + (high - wide // 2) // 2
    graph.append("".join(order) + f"concat=n={len(order)}:v=1:a=0,format=yuv420p[joined]")
    graph.append(
        f"[{CLIPS}:v]scale={wide}:{wide // 2}:out_color_matrix=bt709:out_range=tv,format=yuva420p[logo]"
    )
    graph.append(f"[joined][logo]overlay={left}:{top}:format=yuv420[v]")
    return graph


def _hand_sounds(shape: Shape) -> list[str]:
    duration, total = shape.crossfade / FPS, shape.total / FPS
    trim = f"atrim=start={0.5 / FPS:.6f}:duration={shape.clip / FPS:.6f},asetpts=PTS-STARTPTS"
    graph = [f"[{CLIPS + 2 + number}:a]{trim}[a{number}]" for number in range(CLIPS)]
    before = "[a0]"
    for number in range(1, CLIPS):
        graph.append(f"{before}[a{number}]acrossfade=d={duration}:c1=tri:c2=tri[c{number}]")
        before = f"[c{number}]"
    speech = f"{before}apad,atrim=end={total:.6f},asplit[voice][key]"
    music = f"[{CLIPS + 1}:a]aresample=48000,atrim=end={total:.6f},volume=0.5[music]"
    duck = "[music][key]sidechaincompress=threshold=0.02:ratio=8:attack=20:release=300[low]"
    mix = "[voice][low]amix=inputs=2:normalize=0,alimiter=limit=0.95:level=0:latency=1[a]"
    return [*graph, speech, music, duck, mix]


def _font() -> str:
    return str(Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf")


def environment(data: Path) -> dict[str, str]:
    """What both sides find: the same ffmpeg, at the same priority."""
    given = {"STOAT_FFMPEG": ffmpeg(), "STOAT_DATA_DIR": str(data.absolute()), "STOAT_FFMPEG_NICE": "0"}
    return {**os.environ, **given}


def figures(folder: Path, work: Path, *, shape: Shape, repeats: int) -> list[Figure]:
    """Render the edit both ways, in turns; medians of the ratios within each turn."""
    footage = make_footage(folder, shape)
    project = work / "typical.json"
    project.write_text(json.dumps(document(footage, shape)))
    ours, theirs = work / "product.mp4", work / "handwritten.mp4"
    surroundings = environment(folder / "data")
    kept = work / "kept"
    commands = {
        "product": product(project, ours, "--cache-dir", str(kept)),
        "hand": handwritten(footage, shape, theirs),
    }
    runs: dict[str, list[Run]] = {"product": [], "hand": [], "word": []}
    for turn in range(repeats):
        # Nothing was made before.
        shutil.rmtree(kept, ignore_errors=True)
        # Whoever goes first may find the machine cooler or the disk emptier: take turns in that too.
        for side in sorted(commands, reverse=bool(turn % 2)):
            run = watch(commands[side], surroundings)
            runs[side].append(run)
            print(
                f"turn {turn + 1}, {side:7}: {run.wall:6.1f} s, {run.cpu:6.1f} s of CPU, {run.peak:5.0f} MiB",
                flush=True,
            )

        changed = document(footage, shape)
        changed["tracks"][0]["clips"][0]["effects"][0]["params"]["text"] = f"Another word {turn}"
        other = work / "changed.json"
        other.write_text(json.dumps(changed))
        run = watch(product(other, work / "changed.mp4", "--cache-dir", str(kept)), surroundings)
        runs["word"].append(run)
        print(f"turn {turn + 1}, another word in the title: {run.wall:6.1f} s", flush=True)

    def ratio(value: str) -> float:
        """Of the sides' medians."""
        product, hand = (median(getattr(run, value) for run in runs[side]) for side in ("product", "hand"))
        return product / hand

    faster = median(first.wall / word.wall for first, word in zip(runs["product"], runs["word"], strict=True))
    # Encoders decide anew at the start of every span: both sides are held against what they were to encode.
    exact = work / "exact.mp4"
    subprocess.run(handwritten(footage, shape, exact, EXACT), check=True, env=surroundings)
    mine, others = _length(ours), _length(theirs)
    measured = [
        Figure(what="wall time, product / hand-written", value=ratio("wall"), most=1.05),
        Figure(what="first render / render after one changed word", value=faster, least=12),
        Figure(what="peak memory, product / hand-written", value=ratio("peak"), most=0.35),
        Figure(what="processor time, product / hand-written", value=ratio("cpu")),
        Figure(what="size of file, product / hand-written", value=ratio_of_sizes(ours, theirs)),
        Figure(
            what="worst PSNR of sampled frames, hand-written less product, dB",
            value=_psnr(theirs, exact) - _psnr(ours, exact),
            most=0.5,
        ),
        Figure(what="difference in frames", value=abs(mine[0] - others[0]), most=0),
        Figure(what="difference in samples", value=abs(mine[1] - others[1]), most=1023),
        Figure(what="seconds of work, product", value=median(run.wall for run in runs["product"])),
        Figure(what="seconds of work, hand-written", value=median(run.wall for run in runs["hand"])),
    ]
    return [replace(figure, what=f"typical edit: {figure.what}") for figure in measured]


def ratio_of_sizes(one: Path, other: Path) -> float:
    """How many times as large one file is."""
    return one.stat().st_size / other.stat().st_size


def _psnr(one: Path, other: Path) -> float:
    """The worst PSNR of the sampled frames."""
    sample = f"select=not(mod(n\\,{SAMPLED}))"
    graph = f"[0:v]{sample}[a];[1:v]{sample}[b];[a][b]psnr=stats_file=-"
    done = subprocess.run(
        [
            ffmpeg(),
            "-v",
            "error",
            "-i",
            str(one),
            "-i",
            str(other),
            "-lavfi",
            graph,
            "-f",
            "null",
            "/dev/null",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    found = re.findall(r"psnr_avg:(\S+)", done.stdout)
    return min((99.0 if value == "inf" else float(value) for value in found), default=0.0)


def _length(path: Path) -> tuple[int, int]:
    """Frames, and samples as decoded."""
    import av

    with av.open(str(path)) as container:
        frames = sum(1 for packet in container.demux(video=0) if packet.size)
    with av.open(str(path)) as container:
        samples = sum(frame.samples for frame in container.decode(audio=0))
    return frames, samples
