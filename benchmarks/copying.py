"""Cuts alone: a camera's film without what nobody wants, against a hand-written command that encodes it.

The source is of the kind that can be copied: H.264 with closed groups, of the project's own size and rate.
How many spans were copied is what the render reports; a product that copies none encodes them all.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from itertools import product as product_of
from pathlib import Path
from typing import Any

from benchmarks import pictures
from benchmarks.comparing import HAND, HEAD, Side, bar, row
from benchmarks.figures import Figure
from benchmarks.films import camera
from benchmarks.footage import Shape, ffmpeg
from benchmarks.section import Bar, Section
from benchmarks.typical import COLORS, CRF, FPS, PRESET, SOUND, environment, product
from benchmarks.watching import watch

__all__ = ["Cuts", "copied", "figures_of", "measured"]

SECONDS = 200
"""Of the programme."""
FIRST = 13
"""The frame of the source with which the programme begins: no key frame."""
SKIPPED = 17
"""Frames that are left out at every cut."""
DISTANCES = {10: 6, 100: 20}
"""Seconds from one cut to the next, and how many times faster than encoding the programme is to be."""
PRESETS = ("medium", PRESET)
"""The one that a render has unless it is told another, and that of the typical edit, which is quick."""


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """One programme of pieces of one source."""

    source: Path
    width: int
    height: int
    distance: int
    """Seconds of each piece."""

    @property
    def pieces(self) -> tuple[tuple[int, int], ...]:
        """The first frame of each piece in the source, and the one after its last."""
        length = self.distance * FPS
        starts = (FIRST + number * (length + SKIPPED) for number in range(SECONDS // self.distance))
        return tuple((start, start + length) for start in starts)

    def document(self) -> dict[str, Any]:
        """The programme as a project."""
        clips = [
            {
                "id": f"piece-{number}",
                "source": str(self.source),
                "in_point": round(start / FPS, 6),
                "out_point": round(end / FPS, 6),
                "timeline_start": number * self.distance,
            }
            for number, (start, end) in enumerate(self.pieces)
        ]
        return {
            "schema": "stoat.project/1",
            "name": "Cuts only",
            "output": {"width": self.width, "height": self.height, "fps": FPS, "sample_rate": 48000},
            "tracks": [{"id": "main", "type": "video", "clips": clips}],
        }

    def name(self, preset: str) -> str:
        """What it is called beside others."""
        return f"cuts every {self.distance} s, {preset}"

    def inputs(self) -> list[str]:
        """The pieces as inputs of ffmpeg."""
        # Half a frame early: the seek then never misses the first frame.
        given = ((start - 0.5) / FPS for start, _ in self.pieces)
        one = (["-ss", f"{start:.6f}", "-t", f"{self.distance}", "-i", str(self.source)] for start in given)
        return [word for words in one for word in words]

    def joined(self, first: int) -> str:
        """A graph that shows the pieces one after another, where they are the inputs from `first` on."""
        count = len(self.pieces)
        numbered = [f"[{first + number}:v]setpts=N/{FPS}/TB[v{number}]" for number in range(count)]
        return ";".join([*numbered, "".join(f"[v{n}]" for n in range(count)) + f"concat=n={count}"])

    def handwritten(self, output: Path, preset: str) -> list[str]:
        """One command that encodes the programme with a preset of x264."""
        count = len(self.pieces)
        parts = []
        trim = f"atrim=start={0.5 / FPS:.6f}:duration={self.distance},asetpts=PTS-STARTPTS"
        for number in range(count):
            sound = f"{trim},apad,atrim=end={self.distance}"
            parts += [f"[{number}:v]setpts=N/{FPS}/TB[v{number}]", f"[{number}:a]{sound}[a{number}]"]
        joined = "".join(f"[v{n}][a{n}]" for n in range(count)) + f"concat=n={count}:v=1:a=1[v][a]"
        graph = ";".join([*parts, joined])
        program = [ffmpeg(), "-v", "error", "-nostdin", "-y", *self.inputs()]
        maps = ["-filter_complex", graph, "-map", "[v]", "-map", "[a]"]
        quality = ["-preset", preset, "-crf", str(CRF)]
        encode = ["-c:v", "libx264", *quality, "-pix_fmt", "yuv420p", *COLORS, *SOUND]
        return [*program, *maps, *encode, str(output)]


def copied(report: dict[str, Any]) -> tuple[int, int, int]:
    """Of a render's report: spans that were copied, all spans, and the frames of those that were copied."""
    spans = report.get("spans") or {}
    steps = report.get("steps") or ()
    of = [step["span"] for step in steps if step.get("outcome") == "copied" and step.get("span")]
    return spans.get("copied", 0), sum(spans.values()), sum(span["end"] - span["start"] for span in of)


def measured(folder: Path, work: Path, *, shape: Shape) -> Section:
    """Make the programme with few cuts and with many, once each."""
    width, height = shape.width, shape.height
    frames = SECONDS * FPS + FIRST + SKIPPED * SECONDS // min(DISTANCES)
    source = camera(folder, 0, width=width, height=height, frames=frames + FPS)
    rows: list[tuple[str, ...]] = []
    bars: list[Bar] = []
    figures: list[Figure] = []
    for distance, preset in product_of(DISTANCES, PRESETS):
        cuts = Cuts(source=source, width=width, height=height, distance=distance)
        hand, ours, report = _both(cuts, folder, work, preset)
        rows += [row(hand, hand), row(ours, hand)]
        # All hand-written commands are the measure, and one bar is enough for it.
        bars += [bar(ours, hand)] if bars else [replace(bar(hand, hand), what=HAND), bar(ours, hand)]
        figures += figures_of(cuts.name(preset), hand, ours, report, least=DISTANCES[distance])
    return Section(
        title="Cuts only",
        words=(
            f"{SECONDS} s out of one H.264 film of {width}x{height} from a camera's kind of encoder, "
            "with a key frame every 2 s: nothing but cuts, and no piece begins on a key frame.\n"
            f"The hand-written command encodes everything anew, with x264 at crf {CRF}: "
            "with its usual preset and with that of the typical edit, which is quick; one turn.\n"
            "SSIM is beside the source's own frames."
        ),
        head=HEAD,
        rows=tuple(rows),
        bars=tuple(bars),
        figures=tuple(figures),
    )


def _both(cuts: Cuts, folder: Path, work: Path, preset: str) -> tuple[Side, Side, dict[str, Any]]:
    surroundings = environment(folder / "data")
    name = cuts.name(preset)
    hand = Side(name=f"{HAND}, {name}", output=work / f"cuts-hand-{cuts.distance}.mp4")
    ours = Side(name=f"stoat, {name}", output=work / f"cuts-{cuts.distance}.mp4", ours=True)
    project, told, kept = (work / f"cuts-{cuts.distance}.{name}" for name in ("json", "report", "kept"))
    project.write_text(json.dumps(cuts.document()))
    commands = (
        (hand, cuts.handwritten(hand.output, preset)),
        (ours, product(project, ours.output, "--cache-dir", str(kept), "--report", str(told), preset=preset)),
    )
    for side, command in commands:
        side.runs.append(watch(command, surroundings))
        print(f"{side.name}: {side.runs[-1].wall:.1f} s, {side.runs[-1].cpu:.1f} s of CPU", flush=True)
        side.ssim = pictures.ssim_of(side.output, cuts.inputs(), cuts.joined(1))
        side.frames, side.samples = pictures.lengths(side.output)
    report: dict[str, Any] = json.loads(told.read_text())
    some, every_span, frames = copied(report)
    ours.note = f"{some} of {every_span} spans copied, {frames} frames"
    shutil.rmtree(kept, ignore_errors=True)
    return hand, ours, report


def figures_of(
    name: str, hand: Side, ours: Side, report: dict[str, Any], *, least: float | None = None
) -> list[Figure]:
    """The figures of one programme; `least`: how many times faster than encoding it is to be."""
    some, every_span, _ = copied(report)
    return [
        Figure(
            what=f"{name}: hand-written / product",
            value=hand.middle("wall") / ours.middle("wall"),
            least=least,
        ),
        Figure(what=f"{name}: spans copied, of {every_span}", value=some),
        Figure(what=f"{name}: difference in frames", value=abs(hand.frames - ours.frames), most=0),
        Figure(what=f"{name}: SSIM, product less hand-written", value=ours.ssim - hand.ssim),
    ]
