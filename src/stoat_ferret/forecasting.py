"""What a render would do, span by span, told without where things lie on the server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from stoat_ferret.config import Settings
from stoat_ferret.explaining import explain
from stoat_ferret.media.fonts import Font
from stoat_ferret.model.plan import Plan, Step, StepInput
from stoat_ferret.rendering import Prepared

__all__ = ["forecast"]

_WORK = Path("work")
"""The folder that commands are shown to work in."""


def forecast(prepared: Prepared, name: str, settings: Settings) -> dict[str, Any]:
    """The plan of a file of this name in words and commands, each span with its own; nothing is run.

    Sources are named from their media root; fonts and programs by their names alone. Blocks.
    """
    told = explain(_discreet(prepared, settings), Path(name), settings=settings, folder=_WORK)
    commands = {step["id"]: step["argv"] for step in told["steps"]}
    spans = [{**span, "argv": commands[span["step"]]} for span in told["spans"]]
    return {**told, "spans": spans}


def _discreet(prepared: Prepared, settings: Settings) -> Prepared:
    """The same with names in the place of paths; the keys under which steps are kept stay.

    They are taken out here and not from the finished text, where a title may show what looks like a path.
    """
    able = prepared.capabilities
    program = replace(able.ffmpeg, path=PurePath(able.ffmpeg.path).name)
    plan = _without_places(prepared.plan, _font_folders(able.fonts), settings.media_roots)
    return replace(prepared, plan=plan, capabilities=replace(able, ffmpeg=program))


def _without_places(plan: Plan, fonts: re.Pattern[str], roots: Sequence[Path]) -> Plan:
    def step(one: Step) -> Step:
        graph = None if one.graph is None else fonts.sub("", one.graph)
        return replace(one, graph=graph, inputs=tuple(map(source, one.inputs)))

    def source(one: StepInput) -> StepInput:
        return one if one.path is None else replace(one, path=_from_root(Path(one.path), roots))

    return replace(plan, steps=tuple(map(step, plan.steps)))


def _from_root(path: Path, roots: Sequence[Path]) -> str:
    """As clients name the file; one that a link leads to by its name alone."""
    return next((str(path.relative_to(root)) for root in roots if path.is_relative_to(root)), path.name)


def _font_folders(fonts: Iterable[Font]) -> re.Pattern[str]:
    """Finds the folder of each font that a graph names."""
    folders = {PurePath(font.path).parent for font in fonts}
    # A folder before those that it lies in. Graphs have backslashes before what is special to ffmpeg.
    longest_first = sorted(map(str, folders), key=len, reverse=True)
    spelled = ("".join(rf"\\*{re.escape(letter)}" for letter in folder) for folder in longest_first)
    any_folder = f"(?:{'|'.join(spelled)})"
    # In a text the colon has a backslash before it.
    return re.compile(rf"(?<=fontfile=){any_folder}/|(?<=[^\\]:fontsdir=){any_folder}")
