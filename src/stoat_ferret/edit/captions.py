"""Captions: SRT, WebVTT and ASS as cues, and cues as titles on a text track."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.lane import Lane, Placed
from stoat_ferret.edit.placing import put
from stoat_ferret.edit.refusal import refuse
from stoat_ferret.edit.step import Step
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model import edit as model

MOST = 10_000
"""Cues of one file."""

_SRT_TIMES = re.compile(
    r"^(\d+):([0-5]\d):([0-5]\d)[,.](\d{3})\s*-->\s*(\d+):([0-5]\d):([0-5]\d)[,.](\d{3})(.*)$"
)
_VTT_TIMES = re.compile(
    r"^(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})[ \t]+-->[ \t]+(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})(.*)$"
)
_ASS_TIME = re.compile(r"^\s*(\d+):([0-5]\d):([0-5]\d)\.(\d{2})\s*$")
_TAGS = re.compile(r"</?[A-Za-z][^<>]*>|<\d[\d:.]*>")
_OVERRIDES = re.compile(r"\{[^{}]*\}")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": "\u00a0", "&lrm;": "", "&rlm;": ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """A caption."""

    start: float
    """Seconds from the start of the programme."""
    end: float
    """Seconds."""
    text: str
    """What is shown, styles left out."""
    styled: bool = False
    """Whether styles were left out."""


def import_captions(step: Step, edit: model.ImportCaptions) -> None:
    """Make a title of each caption."""
    draft = step.draft
    cues = cues_of(_text(draft, edit), edit.format or _format(draft, edit))
    lane = _lane(step, edit)
    placed = list(_frames(step, cues))
    for at, (start, due, cue) in enumerate(placed):
        following = placed[at + 1][0] if at + 1 < len(placed) else due
        if following < due:
            told = "Captions that overlap end where the next one begins."
            _tell(draft, "captions.overlap", told, cue.start)
        _title(step, lane, start, min(due, following), cue.text)
    if any(cue.styled for cue in cues):
        _tell(draft, "captions.styles", "Styles and tags of the captions are left out.")
    if any(step.grid.is_off(cue.start, start) for start, _, cue in placed):
        _tell(draft, "captions.snapped", "Captions start and end with the nearest frame.")


def _text(draft: Draft, edit: model.ImportCaptions) -> str:
    if (edit.text is None) == (edit.source is None):
        raise refuse("/text", "captions.one_of", "Give either text or source.", "Leave the other one out.")
    if edit.text is not None:
        return edit.text
    text = draft.captions.get(edit.source or "")
    if text is None:
        raise refuse(
            "/source",
            "captions.unread",
            f"{edit.source!r} was not read.",
            "Check the path; it has to lie below a media root. Or give the captions as text.",
        )
    if isinstance(text, Problem):
        raise RequestError(problems=(replace(text, path="/source"),))
    return text


def _format(draft: Draft, edit: model.ImportCaptions) -> str:
    ending = (edit.source or "").rpartition(".")[2].lower()
    if ending in {"srt", "vtt", "ass"}:
        return ending
    text = _text(draft, edit).lstrip("\ufeff \t\r\n")
    if text.startswith("WEBVTT"):
        return "vtt"
    return "ass" if text.startswith("[") else "srt"


def _lane(step: Step, edit: model.ImportCaptions) -> Lane:
    draft = step.draft
    if edit.track_id is None:
        step.id = draft.made("track", edit.id)
        draft.rename_home(step.id, track=step.id)
        draft.add_track({"id": step.id, "type": "text", "name": "Captions", "clips": []}, None)
        return draft.lane(step.id)
    lane = draft.lane(edit.track_id)
    if lane.fields["type"] != "text":
        raise refuse(
            "/track_id",
            "clip.wrong_track",
            f"Captions go on a text track; {lane.id!r} is of type {lane.fields['type']}.",
            "Name a text track, or leave it out to have one made.",
        )
    return lane


def _frames(step: Step, cues: list[Cue]) -> Iterator[tuple[int, int, Cue]]:
    """The cues on the grid, in order of time; those that start together as one."""
    ordered = sorted(cues, key=lambda cue: cue.start)
    merged: list[tuple[int, int, Cue]] = []
    for cue in ordered:
        start, end = step.grid.frame(cue.start), step.grid.frame(cue.end)
        together = cue
        if merged and merged[-1][0] == start:
            _, other_end, other = merged.pop()
            together = replace(cue, text=f"{other.text}\n{cue.text}")
            end = max(end, other_end)
        merged.append((start, max(end, start + 1), together))
    yield from merged


def _title(step: Step, lane: Lane, start: int, end: int, text: str) -> None:
    name = step.draft.made("clip", None, track=lane.id)
    clip: dict[str, Any] = {
        "id": name,
        "source": {"generator": "title", "text": text, "position": "bottom_center"},
        "in_point": 0.0,
        "out_point": step.grid.source(0.0, end - start, 1.0),
    }
    put(step.draft, lane, Placed(clip=clip, start=start, end=end), "place", "track_id")
    step.ids.append(name)


def _tell(draft: Draft, code: str, message: str, at: float | None = None) -> None:
    if any(notice.code == code for notice in draft.notices):
        return
    where = "" if at is None else f" The first is at {at:g} s."
    draft.notices.append(
        Problem(code=code, path="", message=message + where, hint="Change the titles that were made.")
    )


def cues_of(text: str, kind: str) -> list[Cue]:
    """The captions of a file; refused with the number of the line that is wrong."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = list({"srt": _srt, "vtt": _vtt, "ass": _ass}[kind](lines))
    if not found:
        raise refuse("/text", "captions.none", "There is no caption in it.", f"Is this {kind}?")
    if len(found) > MOST:
        raise refuse(
            "/text",
            "captions.too_many",
            f"There are {len(found)} captions.",
            f"At most {MOST} are read at once.",
        )
    return found


def _srt(lines: list[str]) -> Iterator[Cue]:
    for number, block in _blocks(lines):
        at = 0
        if block[0].strip().isdigit() and len(block) > 1:
            at = 1
        if not (found := _SRT_TIMES.match(block[at].strip())):
            raise _wrong(number + at, "00:00:01,000 --> 00:00:03,500")
        yield from _cue(found, block[at + 1 :], number + at, bool(found[9].strip()))


def _vtt(lines: list[str]) -> Iterator[Cue]:
    if not re.match(r"^WEBVTT(?:[ \t].*)?$", lines[0]):
        raise _wrong(1, "WEBVTT")
    for number, block in _blocks(lines):
        if number == 1 or block[0].split(" ")[0] in {"NOTE", "STYLE", "REGION"}:
            continue
        at = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        if at is None or not (found := _VTT_TIMES.match(block[at].strip())):
            line = at or 0
            raise _wrong(number + line, "00:01.000 --> 00:03.500")
        for cue in _cue(found, block[at + 1 :], number + at, bool(found[9].strip())):
            text = cue.text
            for entity, letter in _ENTITIES.items():
                text = text.replace(entity, letter)
            yield replace(cue, text=text)


def _cue(found: re.Match[str], words: list[str], line: int, placed: bool) -> Iterator[Cue]:
    start, end = (_seconds(found.groups(default="0")[i : i + 4]) for i in (0, 4))
    if end <= start:
        raise _wrong(line, "an end after the start")
    raw = "\n".join(words)
    plain = _plain(_TAGS.sub("", _OVERRIDES.sub("", raw) if "{\\" in raw else raw))
    if plain:
        yield Cue(start=start, end=end, text=plain, styled=placed or plain != _plain(raw))


def _plain(text: str) -> str:
    kept = "".join(
        letter for letter in text if letter in "\n\t" or letter.isprintable() or letter == "\u00a0"
    )
    return "\n".join(line.strip() for line in kept.strip().split("\n"))


def _seconds(parts: tuple[str, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole + int(fraction) / float(10 ** len(fraction))


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines that stand together, with the number of the first."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _ass(lines: list[str]) -> Iterator[Cue]:
    columns = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
    section = ""
    for number, line in enumerate(lines, start=1):
        if line.startswith("["):
            section = line.strip().lower()
        elif section == "[events]" and line.startswith("Format:"):
            columns = [name.strip().lower() for name in line[7:].split(",")]
        elif section == "[events]" and line.startswith("Dialogue:"):
            yield from _dialogue(line, number, columns)


def _dialogue(line: str, number: int, columns: list[str]) -> Iterator[Cue]:
    values = line[9:].split(",", len(columns) - 1)
    fields = dict(zip(columns, values, strict=False))
    times = [_ASS_TIME.match(fields.get(name, "")) for name in ("start", "end")]
    start, end = (_seconds(found.groups()) if found else None for found in times)
    if start is None or end is None or end <= start or "text" not in fields:
        raise _wrong(number, "Dialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Words")
    raw = fields["text"]
    words = _OVERRIDES.sub("", raw)
    plain = _plain(words.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " "))
    if plain:
        yield Cue(start=start, end=end, text=plain, styled=words != raw)


def _wrong(number: int, expected: str) -> Exception:
    # What stands there is not told: it may come from a file that the client cannot read itself.
    return refuse(
        "/text",
        "captions.invalid",
        f"Line {number} cannot be read.",
        f"It should look like: {expected}",
    )
