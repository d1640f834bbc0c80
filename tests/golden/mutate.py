"""Break every effect on purpose, and see that the picture that defines it tells: `make mutate`.

What an effect adds to the graph of a frame is changed one thing at a time: a filter is left out,
a number is half as large again.
A change that no picture tells is one that the definition does not hold.
With `--write` the page docs/reference/mutation.md is written.
"""

from __future__ import annotations

import argparse
import re
import sys
import wave
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import imageio_ffmpeg
from cases import CASES, Case
from PIL import UnidentifiedImageError
from seeing import AS_PINNED, Seer, difference, golden

from stoat_ferret.errors import WorkError
from stoat_ferret.model.plan import Plan

PAGE = Path("docs/reference/mutation.md")
HARMLESS = (
    "color",
    "format",
    "setpts",
    "settb",
    "fps",
    "setsar",
    "setparams",
    "null",
    "trim",
    "tpad",
    "split",
)
"""Filters of the way to the effect: what they do is tested where they come from."""
MOST = 60
"""Changes of one case that are tried: where a text is written letter by letter there are many of a kind."""
LABEL = re.compile(r"s?\d+|v|\d+:\d+")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
FILTER = re.compile(r"(?:\\.|[^,;\[\]\\])+")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of one filter."""

    old: str
    """The filter as it is printed in a graph."""
    new: str
    """What stands in its place."""
    said: str
    """The change in few words."""

    def changed(self, plan: Plan) -> Plan:
        """The plan with the change, wherever the filter stands in it."""
        steps = tuple(
            replace(step, key=None, graph=step.graph and step.graph.replace(self.old, self.new))
            for step in plan.steps
        )
        return replace(plan, steps=steps)


def mutants(case: Case, seer: Seer) -> Iterator[Mutant]:
    """Every change of what a case adds to the ways of the frames that are shown."""
    whole, plain = (
        [
            _filters(plan)
            for plan in ([seer.sound(one)] if case.is_sound else seer.plans(one, seer.frames(case)))
        ]
        for one in (case.document(seer.footage, without=without) for without in (False, True))
    )
    added = (Counter(one) - Counter(other) for one, other in zip(whole, plain, strict=True))
    for text in dict.fromkeys(text for frame in added for text in frame.elements()):
        name = text.partition("=")[0]
        # What moves pictures in time is all that this one does.
        if name in HARMLESS and not (name == "setpts" and case.effect == "speed_control"):
            continue
        yield Mutant(old=text, new="null", said=f"{name} left out")
        for number in NUMBER.finditer(text):
            value = float(number[0])
            other = value * 1.5 if value else 0.5
            changed = f"{round(other) if '.' not in number[0] and value else other:g}"
            if changed != number[0]:
                start, end = number.span()
                around = f"{text[max(0, start - 12) : start]}{number[0]}→{changed}{text[end : end + 8]}"
                new = text[:start] + changed + text[end:]
                yield Mutant(old=text, new=new, said=f"{name}: …{around}…")


def _filters(plan: Plan) -> list[str]:
    found = [text for step in plan.steps for text in FILTER.findall(step.graph or "")]
    texts = (text.strip() for text in found)
    return [text for text in texts if text and not LABEL.fullmatch(text)]


def main() -> int:
    """Try every mutant of the cases that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="cases; all effects by default")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE}")
    given = parser.parse_args()
    seer = Seer(Path(imageio_ffmpeg.get_ffmpeg_exe()), Path("out/golden"))
    rows = []
    for name in given.names or [
        name for name, case in CASES.items() if not (case.is_transition or case.is_plain)
    ]:
        told, lived = _tried(CASES[name], seer)
        rows.append((name, told, lived))
        print(f"{name}: {told} of {told + len(lived)} told", *lived, sep="\n  ", flush=True)
    if given.write:
        PAGE.write_text(_page(rows))
    return 0


def _tried(case: Case, seer: Seer) -> tuple[int, list[str]]:
    """How many mutants the picture tells, and those that it does not."""
    defined, told, lived = golden(case.name), 0, []
    assert defined is not None, f"{case.name} is not defined; hint: make golden"
    every = list(dict.fromkeys(mutants(case, seer)))
    # One in so many, from the first to the last.
    for mutant in every[:: -(-len(every) // MOST) or 1]:
        try:
            seen = seer.seen(case, changed=mutant.changed)
        except (WorkError, wave.Error, UnidentifiedImageError):
            told += 1
            continue
        if difference(defined, seen).levels > AS_PINNED:
            told += 1
        else:
            lived.append(mutant.said)
    return told, lived


def _page(rows: list[tuple[str, int, list[str]]]) -> str:
    """The result as Markdown."""
    told, tried = sum(row[1] for row in rows), sum(row[1] + len(row[2]) for row in rows)
    lines = [
        "# Effects broken on purpose",
        "",
        "<!-- written by `make mutate OPTIONS=--write`: change tests/golden/mutate.py, not this page -->",
        "",
        "Every effect is defined by [pictures](../../tests/golden/pictures).",
        "Here each was broken in every way that `make mutate` knows:",
        "a filter is left out, a number is half as large again.",
        f"Where there are more than {MOST} such changes, they are an even selection.",
        f"The pictures told {told} of {tried} changes; those that they did not tell are listed.",
        "",
        "| effect | told | of | not told |",
        "| --- | --: | --: | --- |",
    ]
    for name, found, lived in rows:
        kept = "<br>".join(f"`{one}`" for one in lived).replace("|", "\\|").replace("\n", "↵")
        lines.append(f"| {name} | {found} | {found + len(lived)} | {kept} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
