"""The typical edit by all who can make it: hand-written ffmpeg, the product, and other editors.

All make it from the same sources, with x264 at the same settings, in one run, at the same priority;
the product and the hand-written command take turns.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from benchmarks import pictures
from benchmarks.figures import Figure
from benchmarks.footage import Footage, Shape, make_footage
from benchmarks.peers.known import PEERS
from benchmarks.section import Bar, Section
from benchmarks.typical import EXACT, chained, document, environment, handwritten, plain, product
from benchmarks.watching import CommandFailedError, Run, watch

__all__ = ["HAND", "HEAD", "Side", "bar", "compared", "last_line", "row"]

HAND = "hand-written ffmpeg"
CHAIN = "hand-written ffmpeg, a chain of xfade"
COLD = "stoat, first render"
WORD = "stoat, one word of the title changed"
WORDS = "Another word {}"

PATIENCE = 20
"""An editor may take so many times as long as the hand-written command, and a minute, until it is stopped."""

HEAD = ("", "wall time", "seconds", "processor time", "peak memory, MiB", "size", "SSIM", "frames", "")


@dataclass(kw_only=True)
class Side:
    """One way to make an edit, and what came of it."""

    name: str
    output: Path
    runs: list[Run] = field(default_factory=list)
    ssim: float = 0.0
    frames: int = 0
    samples: int = 0
    ours: bool = False
    note: str = ""
    """What is to be known of its result, or why there is none."""

    def middle(self, value: str) -> float:
        """The median over the turns of what a run took: `wall`, `cpu` or `peak`."""
        return float(median(getattr(run, value) for run in self.runs))

    def look(self, reference: Path) -> None:
        """Hold the result against the reference."""
        self.ssim = pictures.ssim(self.output, reference)
        self.frames, self.samples = pictures.lengths(self.output)


def row(side: Side, hand: Side) -> tuple[str, ...]:
    """A side's line of the table; ratios are to the hand-written command."""
    if not side.runs:
        return (side.name, *[""] * (len(HEAD) - 2), side.note)
    wall, cpu = (side.middle(value) / hand.middle(value) for value in ("wall", "cpu"))
    return (
        side.name,
        f"{wall:.2f}",
        f"{side.middle('wall'):.1f}",
        f"{cpu:.2f}",
        f"{side.middle('peak'):.0f}",
        f"{side.output.stat().st_size / hand.output.stat().st_size:.2f}",
        f"{side.ssim:.4f}",
        str(side.frames),
        side.note,
    )


def bar(side: Side, hand: Side) -> Bar:
    """A side's bar: the ratio of the wall times."""
    if not side.runs:
        return Bar(what=side.name, value=None, note=side.note.partition(":")[0])
    return Bar(what=side.name, value=side.middle("wall") / hand.middle("wall"), ours=side.ours)


def compared(folder: Path, work: Path, *, shape: Shape, repeats: int) -> Section:
    """Render the edit in every way that is installed, `repeats` times."""
    footage = make_footage(folder, shape)
    surroundings = environment(folder / "data")
    hand = Side(name=HAND, output=work / "handwritten.mp4")
    cold = Side(name=COLD, output=work / "product.mp4", ours=True)
    word = Side(name=WORD, output=work / "changed.mp4", ours=True)
    for turn in range(repeats):
        _our_turn(turn, (hand, cold, word), footage, shape, work, surroundings)
    chain = Side(name=CHAIN, output=work / "chained.mp4")
    chain.runs.append(watch(chained(footage, shape, chain.output), surroundings))
    _say(0, chain)
    peers = _peers(work, footage, shape, repeats, hand)
    changed, exact = work / "exact-changed.mp4", work / "exact.mp4"
    subprocess.run(handwritten(footage, shape, exact, EXACT), check=True, env=surroundings)
    text = WORDS.format(repeats - 1)
    subprocess.run(handwritten(footage, shape, changed, EXACT, text), check=True, env=surroundings)
    word.look(changed)
    for side in (hand, chain, cold, *(peer for peer in peers if peer.runs)):
        side.look(exact)
    sides = (hand, chain, cold, word, *peers)
    return Section(
        title="The typical edit",
        words=_words(shape, repeats),
        head=HEAD,
        rows=tuple(row(side, hand) for side in sides),
        bars=tuple(bar(side, hand) for side in sides),
        figures=_figures(hand, chain, cold, word, exact),
    )


def _our_turn(
    turn: int,
    sides: tuple[Side, Side, Side],
    footage: Footage,
    shape: Shape,
    work: Path,
    surroundings: Mapping[str, str],
) -> None:
    hand, cold, word = sides
    kept = work / "kept"
    # Nothing was made before.
    shutil.rmtree(kept, ignore_errors=True)
    first, other = work / "typical.json", work / "changed.json"
    first.write_text(json.dumps(document(footage, shape)))
    other.write_text(json.dumps(document(footage, shape, WORDS.format(turn))))
    commands = {
        cold.name: product(first, cold.output, "--cache-dir", str(kept)),
        hand.name: handwritten(footage, shape, hand.output),
        word.name: product(other, word.output, "--cache-dir", str(kept)),
    }
    # Whoever goes first may find the machine cooler or the disk emptier: take turns in that too.
    for side in ((hand, cold, word), (cold, hand, word))[turn % 2]:
        side.runs.append(watch(commands[side.name], surroundings))
        _say(turn, side)


def _peers(work: Path, footage: Footage, shape: Shape, repeats: int, hand: Side) -> list[Side]:
    edit = work / "edit.json"
    plain(footage, shape).write(edit)
    sides = []
    for peer in PEERS:
        version = peer.version()
        side = Side(
            name=f"{peer.name} {version}" if version else peer.name,
            output=work / f"{peer.module}.mp4",
            note=peer.lacks if version else f"not installed: {peer.install}",
        )
        sides.append(side)
        if version is None:
            print(f"{peer.name} is not installed: {peer.install}", flush=True)
            continue
        limit = 60 + PATIENCE * hand.middle("wall")
        try:
            for turn in range(repeats):
                run = watch(peer.command(edit, side.output), peer.environment(), seconds=limit)
                side.runs.append(run)
                _say(turn, side)
        except CommandFailedError as error:
            side.runs.clear()
            side.note = f"failed: {last_line(str(error))}"
            print(f"{side.name} failed:\n{error}", flush=True)
    return sides


def last_line(text: str) -> str:
    """The last line that says something; one that is long is cut."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:120] if lines else "it said nothing"


def _say(turn: int, side: Side) -> None:
    run = side.runs[-1]
    print(
        f"turn {turn + 1}, {side.name}: {run.wall:.1f} s, {run.cpu:.1f} s of CPU, {run.peak:.0f} MiB",
        flush=True,
    )


def _words(shape: Shape, repeats: int) -> str:
    return (
        f"Six clips of {shape.width}x{shape.height} with crossfades, a title, a logo over everything "
        f"and music, {shape.total / 30:.0f} s long, with x264 veryfast at crf 23 and AAC.\n"
        f"Wall time, processor time and size in relation to the hand-written command; "
        f"{'one turn' if repeats == 1 else f'medians of {repeats} turns'}.\n"
        "Memory is the greatest sum of the resident memory of all processes of a side.\n"
        "SSIM is the mean over all frames, paired by number, beside the same edit without loss; "
        "1 is the same picture.\n"
        "Frames are counted by decoding all of them."
    )


def _figures(hand: Side, chain: Side, cold: Side, word: Side, exact: Path) -> tuple[Figure, ...]:
    def ratio(value: str) -> float:
        return cold.middle(value) / hand.middle(value)

    faster = median(first.wall / second.wall for first, second in zip(cold.runs, word.runs, strict=True))
    # Encoders decide anew at the start of every span: both sides are held against what they were to encode.
    loss = pictures.psnr(hand.output, exact) - pictures.psnr(cold.output, exact)
    measured: Sequence[Figure] = [
        Figure(what="wall time, product / hand-written", value=ratio("wall"), most=1.05),
        Figure(what="first render / render after one changed word", value=faster, least=12),
        Figure(what="peak memory, product / hand-written", value=ratio("peak"), most=0.35),
        Figure(what="peak memory, product, MiB", value=cold.middle("peak"), most=1024),
        Figure(
            what="peak memory, product / a chain of xfade",
            value=cold.middle("peak") / chain.middle("peak"),
            most=0.35,
        ),
        Figure(what="processor time, product / hand-written", value=ratio("cpu")),
        Figure(
            what="size of file, product / hand-written",
            value=cold.output.stat().st_size / hand.output.stat().st_size,
        ),
        Figure(what="worst PSNR of sampled frames, hand-written less product, dB", value=loss, most=0.5),
        Figure(what="difference in frames", value=abs(cold.frames - hand.frames), most=0),
        Figure(what="difference in samples", value=abs(cold.samples - hand.samples), most=1023),
        Figure(what="seconds of work, product", value=cold.middle("wall")),
        Figure(what="seconds of work, hand-written", value=hand.middle("wall")),
    ]
    return tuple(replace(figure, what=f"typical edit: {figure.what}") for figure in measured)
