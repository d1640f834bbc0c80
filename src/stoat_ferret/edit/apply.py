"""Applying a batch of edits to a settled document: pure, atomic, with all that is wrong told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.edit import captions as captioning
from stoat_ferret.edit import clips, effects, project, tracks, transitions
from stoat_ferret.edit.changes import Changes, changes
from stoat_ferret.edit.draft import Draft, NewId
from stoat_ferret.edit.refusal import refuse
from stoat_ferret.edit.step import Step
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model.document import canonical
from stoat_ferret.model.edit import AddClip, BaseEdit, DuplicateClip, Edit, ImportCaptions, UpdateClip

Json = Mapping[str, Any]

Check = Callable[[str, Changes], Sequence[Problem]]
"""Tells what is wrong with a new document, given its text and what is different in it."""

HANDLERS: Mapping[str, Callable[[Step, Any], None]] = {
    "create_track": tracks.create_track,
    "update_track": tracks.update_track,
    "move_track": tracks.move_track,
    "remove_track": tracks.remove_track,
    "add_clip": clips.add_clip,
    "update_clip": clips.update_clip,
    "move_clip": clips.move_clip,
    "trim_clip": clips.trim_clip,
    "slip_clip": clips.slip_clip,
    "split_clip": clips.split_clip,
    "duplicate_clip": clips.duplicate_clip,
    "remove_clip": clips.remove_clip,
    "add_effect": effects.add_effect,
    "update_effect": effects.update_effect,
    "move_effect": effects.move_effect,
    "remove_effect": effects.remove_effect,
    "set_keyframes": effects.set_keyframes,
    "add_transition": transitions.add_transition,
    "update_transition": transitions.update_transition,
    "remove_transition": transitions.remove_transition,
    "apply_layout": project.apply_layout,
    "set_ducking": tracks.set_ducking,
    "set_audio_mix": tracks.set_audio_mix,
    "add_marker": project.add_marker,
    "update_marker": project.update_marker,
    "remove_marker": project.remove_marker,
    "update_project": project.update_project,
    "import_captions": captioning.import_captions,
}
"""What applies each op."""

_EARLIER = re.compile(r"\$(0|[1-9][0-9]{0,5})")
_REFERENCES = ("track_id", "clip_id", "effect_id", "transition_id", "marker_id", "target", "from_", "to")
"""Fields that name an element."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What a batch of edits made of a document."""

    document: dict[str, Any]
    """The new document; parts that did not change are the very same objects as before."""
    results: tuple[dict[str, Any], ...]
    """For each edit `{op, id?, ids?, snapped?}`."""
    changes: Changes
    """What is different now, by element."""
    touched: frozenset[str]
    """Ids of elements that were written or named; for the project itself its id."""
    appended: frozenset[str] = frozenset()
    """Clips that went to the end of their track, wherever that is."""
    rippled: Mapping[str, float] = field(default_factory=dict)
    """For each track the first moment from which its clips were to move together, if there were any."""
    notices: tuple[Problem, ...] = field(default=())
    """What the edits left out or did besides."""

    @cached_property
    def data(self) -> bytes:
        """The new document's canonical JSON."""
        return canonical(self.document)

    @property
    def spans(self) -> tuple[dict[str, float], ...]:
        """Ranges of the timeline that look or sound different now, in seconds, half open, in order."""
        return self.changes.spans


def apply(
    document: Json,
    edits: Sequence[Edit],
    *,
    media: Mapping[str, Json],
    new_id: NewId,
    captions: Mapping[str, str] | None = None,
    check: Check | None = lambda text, _: core.check(text),
    modified_at: str | None = None,
) -> Applied:
    """Apply a batch to a settled document, all of it or nothing.

    `media` has the facts of sources by their names, `captions` the texts of caption files; `new_id` makes
    ids; `check` may look at more than the document alone, where a look at both is cheaper than two; none:
    whether the new document is right is no matter. It is stamped with `modified_at`.
    Raises `RequestError` with every problem that does not follow from another one.
    """
    draft = Draft(document, media=media, new_id=new_id, captions=captions or {})
    batch = _Batch(draft)
    for number, edit in enumerate(edits):
        batch.step(number, edit)
    if batch.problems:
        raise RequestError(problems=tuple(batch.problems))
    draft.close_lanes()
    if modified_at is not None:
        draft.document["modified_at"] = modified_at
    difference = changes(document, draft.document)
    applied = Applied(
        document=draft.document,
        results=tuple(step.result() for step in batch.steps),
        changes=difference,
        touched=frozenset(difference.elements) | frozenset().union(*batch.written),
        appended=frozenset(batch.appended),
        rippled=draft.rippled,
        notices=tuple(draft.notices),
    )
    if check is not None and (problems := check(applied.data.decode(), difference)):
        raise RequestError(problems=tuple(batch.placed(problem) for problem in problems))
    return applied


class _Batch:
    """The edits of a batch, as they go."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.written: list[set[str]] = []
        self.appended: list[str] = []
        self._failed: set[int] = set()
        self._doubtful: set[str] = set()
        """Elements that refused edits were about: what later edits do with them is not known."""

    def step(self, number: int, edit: Edit) -> None:
        """Apply one edit, or note why not."""
        draft = self.draft
        step = Step(draft, edit.op)
        draft.written = set()
        draft.edit = edit.to_json()
        try:
            resolved = self._resolved(number, edit)
            if resolved is None or self._names(resolved) & self._doubtful:
                self._give_up(number, resolved)
            else:
                draft.edit = resolved.to_json()
                HANDLERS[edit.op](step, resolved)
                step.close()
                self._note_append(step, resolved)
        except RequestError as error:
            place = f"/edits/{number}"
            self.problems.extend(
                Problem(
                    code=one.code,
                    path=place + one.path,
                    message=one.message,
                    hint=one.hint,
                    allowed=one.allowed,
                    fixes=one.fixes,
                )
                for one in error.problems
            )
            self._give_up(number, edit)
        self.steps.append(step)
        self.written.append(draft.written)

    def _give_up(self, number: int, edit: BaseEdit | None) -> None:
        self._failed.add(number)
        self._doubtful |= self.draft.written
        if edit is not None:
            self._doubtful |= self._names(edit)
            made = getattr(edit, "id", None)
            self._doubtful |= {made} if made else set()

    def _names(self, edit: BaseEdit) -> set[str]:
        """Elements that an edit is about, and their tracks."""
        named = {getattr(edit, name, None) for name in _REFERENCES} | set(getattr(edit, "clip_ids", ()))
        named |= set(getattr(edit, "tracks", ()))
        found = {name for name in named if isinstance(name, str)}
        return found | {track for name in found if (track := self.draft.track_of(name))}

    def _note_append(self, step: Step, edit: BaseEdit) -> None:
        if isinstance(edit, AddClip | DuplicateClip) and edit.at == "end" and step.id is not None:
            self.appended.append(step.id)

    def _resolved(self, number: int, edit: Edit) -> BaseEdit | None:
        """The edit with ids in place of `$k`; none when it refers to an edit that was refused."""
        changed: dict[str, Any] = {}
        for name in _REFERENCES:
            value = getattr(edit, name, None)
            if isinstance(value, str) and _EARLIER.fullmatch(value):
                changed[name] = self._id_of(value, number, f"/{name.rstrip('_')}")
        if isinstance(names := getattr(edit, "clip_ids", None), tuple):
            changed |= self._each("clip_ids", names, number)
        if isinstance(volumes := getattr(edit, "tracks", None), dict) and any(
            map(_EARLIER.fullmatch, volumes)
        ):
            names = {
                self._id_of(name, number, f"/tracks/{name}") if _EARLIER.fullmatch(name) else name: volume
                for name, volume in volumes.items()
            }
            changed["tracks"] = None if None in names else names
        if (ducking := getattr(edit, "ducking", None)) is not None:
            under = self._each("under", ducking.under, number, "/ducking")
            if under:
                changed["ducking"] = ducking.model_copy(update=under) if under["under"] is not None else None
        if any(value is None for value in changed.values()):
            return None
        return edit.model_copy(update=changed) if changed else edit

    def _each(self, field_name: str, names: tuple[str, ...], number: int, within: str = "") -> dict[str, Any]:
        if not any(map(_EARLIER.fullmatch, names)):
            return {}
        resolved = tuple(
            self._id_of(name, number, f"{within}/{field_name}/{index}") if _EARLIER.fullmatch(name) else name
            for index, name in enumerate(names)
        )
        return {field_name: None if None in resolved else resolved}

    def _id_of(self, reference: str, number: int, path: str) -> str | None:
        """The id that an earlier edit made; none when that edit was refused."""
        earlier = int(reference[1:])
        if earlier >= number:
            raise refuse(
                path,
                "edit.reference",
                f"{reference} is not an earlier edit of this batch: this one is ${number}.",
                "`$k` stands for what edit k made, counted from 0.",
                allowed=[f"${index}" for index, step in enumerate(self.steps) if step.id],
            )
        if earlier in self._failed:
            return None
        if self.steps[earlier].id is None:
            raise refuse(
                path,
                "edit.reference",
                f"{reference} is {self.steps[earlier].op}, which makes nothing that could be meant.",
                "Refer to an edit that makes an element, or name its id.",
                allowed=[f"${index}" for index, step in enumerate(self.steps) if step.id],
            )
        return self.steps[earlier].id

    def placed(self, problem: Problem) -> Problem:
        """A problem of the finished document at the edit that brought it, as far as that can be told."""
        named = self._elements(problem.path)
        later = range(len(self.written) - 1, -1, -1)
        wrote = [index for name in named for index in later if name in self.written[index]]
        number = wrote[0] if wrote else 0 if len(self.steps) == 1 else None
        where = f" (at {problem.path} of the document)" if problem.path else ""
        return Problem(
            code=problem.code,
            path="/edits" if number is None else f"/edits/{number}",
            message=problem.message.removesuffix(".") + where + ".",
            hint=problem.hint,
            allowed=problem.allowed,
            fixes=problem.fixes,
        )

    def _elements(self, pointer: str) -> list[str]:
        """Ids of the elements that a JSON pointer leads through, the innermost first."""
        place: Any = self.draft.document
        named: list[str] = [str(place.get("id"))]
        for part in pointer.split("/")[1:]:
            try:
                place = place[int(part)] if isinstance(place, list) else place[part]
            except (KeyError, IndexError, ValueError, TypeError):
                break
            if isinstance(place, dict) and isinstance(place.get("id"), str):
                named.insert(0, place["id"])
        return named


def sources_of(edits: Sequence[Edit], document: Json | None = None) -> set[str]:
    """The files whose facts a batch needs: those that it names; with a document, those of its clips, too."""
    found = {
        edit.source
        for edit in edits
        if isinstance(edit, AddClip | UpdateClip) and isinstance(edit.source, str)
    }
    if document is not None:
        named = {getattr(edit, name, None) for edit in edits for name in ("clip_id", "from_", "to")}
        sources = (
            clip["source"]
            for track in document.get("tracks", ())
            for clip in track.get("clips", ())
            if clip["id"] in named
        )
        found |= {source for source in sources if isinstance(source, str)}
    return found


def captions_of(edits: Sequence[Edit]) -> set[str]:
    """The caption files that a batch names."""
    return {edit.source for edit in edits if isinstance(edit, ImportCaptions) and edit.source is not None}
