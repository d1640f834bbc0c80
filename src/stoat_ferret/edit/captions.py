"""Captions of files as clips on a text track, and how they look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stoat_ferret.edit.catalogue import kinds
from stoat_ferret.edit.cues import Cue, cues_of
from stoat_ferret.edit.draft import Draft
from stoat_ferret.edit.lane import Lane, Placed
from stoat_ferret.edit.placing import put
from stoat_ferret.edit.refusal import refuse
from stoat_ferret.edit.step import Step
from stoat_ferret.edit.styles import LENGTHS, OF_THE_FILE, STYLES, Style
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model import edit as model

FLICKS = 705_600_000
"""Per second: times are kept to one of them."""
_USUAL_HEIGHT = 1080
_EM = 0.85
"""Of the height of a line, the size of the font that a title is given."""


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
        _clip(step, lane, (start, min(due, following)), cue, edit)
    if left_out := _left_out([cue for *_, cue in placed], edit):
        _tell(draft, "captions.styles", f"Of the captions, this is left out: {', '.join(left_out)}.")
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
        track = {"id": step.id, "type": "text", "name": "Captions", "captions": edit.language or "und"}
        draft.add_track({**track, "clips": []}, None)
        return draft.lane(step.id)
    lane = draft.lane(edit.track_id)
    if lane.fields["type"] != "text":
        raise refuse(
            "/track_id",
            "clip.wrong_track",
            f"Captions go on a text track; {lane.id!r} is of type {lane.fields['type']}.",
            "Name a text track, or leave it out to have one made.",
        )
    if edit.language is not None:
        lane.fields["captions"] = edit.language
    elif "captions" not in lane.fields:
        _tell(
            draft,
            "captions.unmarked",
            f"{lane.id!r} is not marked as holding captions: its texts are always part of the picture.",
            hint="Give a language, or set captions of the track, such as eng.",
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
            together = _together(other, cue)
            end = max(end, other_end)
        merged.append((start, max(end, start + 1), together))
    yield from merged


def _together(first: Cue, second: Cue) -> Cue:
    """Two captions that start at the same time, one below the other."""
    words = (*first.words, *second.words) if first.words and second.words else ()
    lost = {
        "own places of captions that start together": first.position != second.position,
        "own looks of captions that start together": first.look != second.look,
        "own ends of captions that start together": first.end != second.end,
    }
    return replace(
        first,
        text=f"{first.text}\n{second.text}",
        words=words if list(words) == sorted(words) else (),
        left_out=first.left_out | second.left_out | {name for name, is_lost in lost.items() if is_lost},
    )


def _clip(step: Step, lane: Lane, frames: tuple[int, int], cue: Cue, edit: model.ImportCaptions) -> None:
    start, end = frames
    name = step.draft.made("clip", None, track=lane.id)
    said = edit.style is None and "fontsize" in cue.look
    source = source_in(step, OF_THE_FILE if said else _style(edit), cue.text, edit.params)
    if edit.style is None:
        source |= {param: _length(step, param, value, 1.0) for param, value in cue.look.items()}
        if "fontsize" in cue.look:
            source["fontsize"] = round(source["fontsize"] * _EM, 1)
    if cue.position is not None:
        source["position"] = cue.position
    if source["generator"] == "title":
        source["align"] = _side(source["position"])
    if cue.words and source["generator"] == "caption":
        begin = step.grid.seconds(start)
        source["words"] = [round(max(time - begin, 0.0) * FLICKS) / FLICKS for time in cue.words]
    clip: dict[str, Any] = {
        "id": name,
        "source": {**source, **_given(step, edit.params, source["generator"])},
        "in_point": 0.0,
        "out_point": step.grid.source(0.0, end - start, 1.0),
    }
    put(step.draft, lane, Placed(clip=clip, start=start, end=end), "place", "track_id")
    step.ids.append(name)


def _style(edit: model.ImportCaptions | model.StyleCaptions) -> Style:
    """The style that was asked for; without one, what players usually show."""
    return STYLES[edit.style or "classic"]


def _side(position: Any) -> str:
    """How lines stand to one another that stand there."""
    side = position.rpartition("_")[2] if isinstance(position, str) else ""
    return side if side in {"left", "right"} else "center"


def source_in(step: Step, style: Style, text: str, params: Mapping[str, Any] | None) -> dict[str, Any]:
    """A text in a style: what the style gives as parts of the picture's height is in pixels."""
    look = {name: _length(step, name, value, 1.0) for name, value in style.params.items()}
    return {"generator": style.generator, "text": text, **look, **_given(step, params, style.generator)}


def _given(step: Step, params: Mapping[str, Any] | None, generator: str) -> dict[str, Any]:
    """Parameters of a style that were given instead, under canonical names."""
    kind = kinds()["caption" if generator == "caption" else "text_overlay"]
    given = kind.params(params or {}, step.grid)
    if wrong := sorted({"text", "words"} & set(given)):
        raise refuse(
            f"/params/{wrong[0]}",
            "captions.own",
            f"{wrong[0]!r} is each caption's own.",
            "Change it on the clip.",
        )
    return given


def _length(step: Step, name: str, value: Any, factor: float) -> Any:
    if name not in LENGTHS:
        return value
    output = step.draft.document.get("output") or {}
    return round(value * float(output.get("height", _USUAL_HEIGHT)) * factor, 1)


def _left_out(cues: list[Cue], edit: model.ImportCaptions) -> list[str]:
    """What the file says and the clips do not, by name."""
    found = {name for cue in cues for name in cue.left_out}
    if any(cue.words for cue in cues) and _style(edit).generator != "caption":
        found.add("times of words (the styles highlight and karaoke show them)")
    return sorted(found)


def style_captions(step: Step, edit: model.StyleCaptions) -> None:
    """Give all texts of a track another look; words keep their times, and captions their places."""
    lane = step.draft.lane(edit.track_id)
    if lane.fields["type"] != "text":
        raise refuse(
            "/track_id",
            "clip.wrong_track",
            f"Captions lie on a text track; {lane.id!r} is of type {lane.fields['type']}.",
            "Name a text track.",
        )
    style = _style(edit)
    lost = False
    for placed in list(lane.clips):
        source = placed.clip["source"]
        if not isinstance(source, dict) or source["generator"] not in {"title", "caption"}:
            continue
        look = source_in(step, style, source["text"], edit.params)
        kept = {"words": source["words"]} if source.get("words") and look["generator"] == "caption" else {}
        lost = lost or (bool(source.get("words")) and not kept)
        for name in ("start", "duration"):
            if name in source and look["generator"] == "title":
                kept[name] = source[name]
        lane.exchange(placed.with_fields(source={**look, **kept}))
    if lost:
        told = f"The style {edit.style} does not light words: their times are left out."
        _tell(step.draft, "captions.words_lost", told)


def _tell(
    draft: Draft,
    code: str,
    message: str,
    at: float | None = None,
    hint: str = "Change the titles that were made.",
) -> None:
    if any(notice.code == code for notice in draft.notices):
        return
    where = "" if at is None else f" The first is at {at:g} s."
    draft.notices.append(Problem(code=code, path="", message=message + where, hint=hint))
