"""Applying a batch of edits to a settled document: pure, atomic, with all that is wrong told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from orjson import Fragment

from stoat_ferret import compile as core
from stoat_ferret.edit import captions as captioning
from stoat_ferret.edit import clips, effects, project, tracks, transitions
from stoat_ferret.edit.changes import Changes, changes
from stoat_ferret.edit.draft import Draft, Kind, NewId
from stoat_ferret.edit.lane import JOINING
from stoat_ferret.edit.mending import EARLIER, Mending, sure
from stoat_ferret.edit.parse import Unsound, read_edits
from stoat_ferret.edit.pointing import field_of
from stoat_ferret.edit.refusal import refuse
from stoat_ferret.edit.remembered import OfTracks
from stoat_ferret.edit.step import Step
from stoat_ferret.errors import Fix, Problem, RequestError
from stoat_ferret.model.document import canonical
from stoat_ferret.model.edit import (
    AddClip,
    AddEffect,
    BaseEdit,
    DuplicateClip,
    Edit,
    ImportCaptions,
    UpdateClip,
    UpdateEffect,
)

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
    "style_captions": captioning.style_captions,
}
"""What applies each op."""

SHAPES: Mapping[str, Callable[[Draft, Any], None]] = {
    "add_clip": clips.require_source,
    "update_clip": clips.require_source,
    "add_effect": effects.require_effect,
    "add_transition": transitions.require_type,
    "update_transition": transitions.require_type,
    "apply_layout": project.require_layout,
}
"""What refuses of an edit what is wrong whatever it is applied to."""

IN_PLACE = frozenset({"update_clip", "add_effect", "update_effect", "set_keyframes", "apply_layout"})
"""Edits to which it is no matter what else lies on the track, and where."""

_KINDS: Mapping[str, Kind] = {
    "track_id": "track",
    "clip_id": "clip",
    "effect_id": "effect",
    "transition_id": "transition",
    "marker_id": "marker",
    "from_": "clip",
    "to": "clip",
}
"""What the element is that a field names, where it can be of one kind alone."""

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
    placed: Callable[[Problem], Problem] = field(default=lambda problem: problem, repr=False, compare=False)
    """A problem of the new document at the edit that brought it."""

    @cached_property
    def data(self) -> bytes:
        """The new document's canonical JSON."""
        tracks = self.document.get("tracks")
        if not tracks:
            return canonical(self.document)
        return canonical({**self.document, "tracks": [_written(track) for track in tracks]})

    @property
    def spans(self) -> tuple[dict[str, float], ...]:
        """Ranges of the timeline that look or sound different now, in seconds, half open, in order."""
        return self.changes.spans


_written = OfTracks(lambda track: Fragment(canonical(track)))


def _sound(text: str, _: Changes) -> Sequence[Problem]:
    return core.check(text)


def apply(
    document: Json,
    edits: Sequence[Edit],
    *,
    media: Mapping[str, Json],
    new_id: NewId,
    captions: Mapping[str, str | Problem] | None = None,
    check: Check | None = _sound,
    modified_at: str | None = None,
) -> Applied:
    """Apply a batch to a settled document, all of it or nothing.

    `media` has the facts of sources by their names, `captions` the texts of caption files, or why they
    cannot be read; `new_id` makes ids; `check` may look at more than the document alone, where a look at both
    is cheaper than two; none: whether the new document is right is no matter. It is stamped with
    `modified_at`.
    Raises `RequestError` with every problem that does not follow from another one, and with fixes that would
    not be refused themselves.
    """
    again = partial(_applied, document, media=media, new_id=new_id, captions=captions)

    def tried(fix: Fix) -> Sequence[Problem]:
        try:
            again(read_edits([dict(edit) for edit in fix.edits]), check=_sound, modified_at=None)
        except RequestError as error:
            return error.problems
        return ()

    try:
        return again(edits, check=check, modified_at=modified_at)
    except RequestError as error:
        raise RequestError(problems=sure(error.problems, tried)) from None


def _applied(
    document: Json,
    edits: Sequence[Edit],
    *,
    media: Mapping[str, Json],
    new_id: NewId,
    captions: Mapping[str, str | Problem] | None,
    check: Check | None,
    modified_at: str | None,
) -> Applied:
    draft = Draft(document, media=media, new_id=new_id, captions=captions or {})
    batch = Batch(draft, edits)
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
        placed=batch.placed,
    )
    if check is not None and (problems := check(applied.data.decode(), difference)):
        raise RequestError(problems=tuple(batch.placed(problem) for problem in problems))
    return applied


class Batch:
    """The edits of a batch, as they go."""

    def __init__(self, draft: Draft, whole: Sequence[Edit] = ()) -> None:
        """`whole` are all the edits, for fixes that carry the others."""
        self.draft = draft
        self._whole = whole
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self.written: list[set[str]] = []
        self.appended: list[str] = []
        self._mending = Mending(draft, whole)
        self._failed: set[int] = set()
        self._doubtful: set[str] = set()
        """Elements that refused edits were about: what later edits do with them is not known."""
        self._lost = False
        """Whether an edit was refused of which it is not known what it is about."""

    def step(self, number: int, edit: Edit) -> None:
        """Apply one edit, or note why not."""
        step = Step(self.draft, edit.op)
        self.draft.written = set()
        self.draft.edit = edit.to_json()
        if isinstance(edit, Unsound):
            self.problems.extend(replace(one, path=f"/edits/{number}{one.path}") for one in edit.problems)
            self._lost = self._lost or edit.is_lost
            self._doubt(number, edit.names & self.draft.known | edit.made)
        else:
            self._try(number, edit, step)
        self.steps.append(step)
        self.written.append(self.draft.written)

    def _try(self, number: int, edit: Edit, step: Step) -> None:
        resolved: BaseEdit | None = None
        try:
            resolved = self._resolved(number, edit)
            if resolved is not None and not self._lost and not self._names(resolved) & self._doubtful:
                HANDLERS[edit.op](step, resolved)
                step.close()
                self._note_append(step, resolved)
                return
            found: tuple[Problem, ...] = ()
        except RequestError as error:
            found = error.problems
        told = (*found, *self._besides(resolved or edit, {one.path for one in found}))
        place, made = f"/edits/{number}", [step.id for step in self.steps]
        self.problems.extend(
            replace(one, path=place + one.path, fixes=self._mending.instead(number, made, one.fixes))
            for one in told
        )
        self._give_up(number, resolved or edit)

    def _besides(self, edit: BaseEdit, told: set[str]) -> list[Problem]:
        """What else is wrong with an edit that is not applied, whatever became of those before it."""
        checks: list[Callable[[], object]] = []
        if (shape := SHAPES.get(getattr(edit, "op", ""))) is not None:
            checks.append(lambda: shape(self.draft, edit))
        named = [(getattr(edit, name, None), kind, f"/{name.rstrip('_')}") for name, kind in _KINDS.items()]
        named += [(name, "clip", f"/clip_ids/{at}") for at, name in enumerate(getattr(edit, "clip_ids", ()))]
        for name, kind, path in named:
            if isinstance(name, str) and name not in self._doubtful and not EARLIER.fullmatch(name):
                checks.append(partial(self.draft.home, name, kind, path))
        found: list[Problem] = []
        for check in checks:
            try:
                check()
            except RequestError as error:
                found += [one for one in error.problems if one.path not in told]
        return found

    def meant(self, name: str) -> str | None:
        """The id that a reference stands for, as far as edits have been applied; none: of none."""
        if not EARLIER.fullmatch(name):
            return name
        earlier = int(name[1:])
        return self.steps[earlier].id if earlier < len(self.steps) else None

    def _give_up(self, number: int, edit: BaseEdit) -> None:
        made = getattr(edit, "id", None)
        self._doubt(number, self._names(edit) | ({made} if made else set()))

    def _doubt(self, number: int, names: set[str] | frozenset[str]) -> None:
        """What an edit was about that is not applied is not known to those that follow."""
        self._failed.add(number)
        self._doubtful |= self.draft.written | names | self._on_tracks(names)

    def _names(self, edit: BaseEdit) -> set[str]:
        """Elements that an edit depends on: those that it names, and mostly their tracks."""
        named = {getattr(edit, name, None) for name in _REFERENCES} | set(getattr(edit, "clip_ids", ()))
        named |= set(getattr(edit, "tracks", ()))
        found = {name for name in named if isinstance(name, str)}
        in_place = getattr(edit, "op", None) in IN_PLACE and getattr(edit, "type", None) not in JOINING
        return found if in_place else found | self._on_tracks(found)

    def _on_tracks(self, names: set[str] | frozenset[str]) -> set[str]:
        return {track for name in names if (track := self.draft.track_of(name))}

    def _note_append(self, step: Step, edit: BaseEdit) -> None:
        if isinstance(edit, AddClip | DuplicateClip) and edit.at == "end" and step.id is not None:
            self.appended.append(step.id)

    def _resolved(self, number: int, edit: Edit) -> BaseEdit | None:
        """The edit with ids in place of `$k`; none when it refers to an edit that was refused."""
        changed: dict[str, Any] = {}
        for name in _REFERENCES:
            value = getattr(edit, name, None)
            if isinstance(value, str) and EARLIER.fullmatch(value):
                changed[name] = self._id_of(value, number, f"/{name.rstrip('_')}")
        if isinstance(names := getattr(edit, "clip_ids", None), tuple):
            changed |= self._each("clip_ids", names, number)
        if isinstance(volumes := getattr(edit, "tracks", None), dict) and any(
            map(EARLIER.fullmatch, volumes)
        ):
            names = {
                self._id_of(name, number, f"/tracks/{name}") if EARLIER.fullmatch(name) else name: volume
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
        if not any(map(EARLIER.fullmatch, names)):
            return {}
        resolved = tuple(
            self._id_of(name, number, f"{within}/{field_name}/{index}") if EARLIER.fullmatch(name) else name
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
        wrote = [index for name, _ in named for index in later if name in self.written[index]]
        number = wrote[0] if wrote else 0 if len(self.steps) == 1 else None
        field_path = None if number is None else field_of(self._whole[number].to_json(), named)
        where = f" (at {problem.path} of the document)" if problem.path and field_path is None else ""
        return replace(
            problem,
            path="/edits" if number is None else f"/edits/{number}{field_path or ''}",
            message=problem.message.removesuffix(".") + where + ".",
            fixes=self._mending.behind([step.id for step in self.steps], problem.fixes),
        )

    def _elements(self, pointer: str) -> list[tuple[str, list[str]]]:
        """Ids of the elements that a JSON pointer leads through, each with the way on, innermost first."""
        place: Any = self.draft.document
        parts = pointer.split("/")[1:]
        named: list[tuple[str, list[str]]] = [(str(place.get("id")), parts)]
        for count, part in enumerate(parts, start=1):
            try:
                place = place[int(part)] if isinstance(place, list) else place[part]
            except (KeyError, IndexError, ValueError, TypeError):
                break
            if isinstance(place, dict) and isinstance(place.get("id"), str):
                named.insert(0, (place["id"], parts[count:]))
        return named


def sources_of(edits: Sequence[Edit], document: Json | None = None) -> set[str]:
    """The files whose facts a batch needs: those that it names; with a document, those of its clips, too."""
    found = {
        edit.source
        for edit in edits
        if isinstance(edit, AddClip | UpdateClip) and isinstance(edit.source, str)
    }
    for edit in edits:
        found.update(_files_of_effects(edit))
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


def _files_of_effects(edit: Edit) -> Iterator[str]:
    """The files that the effects of an edit name."""
    match edit:
        case AddEffect():
            yield from (path for _, path in core.files_of_effect({"type": edit.type, "params": edit.params}))
        case UpdateEffect(params=dict(params)):
            # It does not say which effect it is of: what is no path there is refused all the same.
            for kind in core.file_params():
                yield from (path for _, path in core.files_of_effect({"type": kind, "params": params}))
        case AddClip():
            for effect in edit.effects:
                named = {"type": effect.type, "params": effect.params}
                yield from (path for _, path in core.files_of_effect(named))


def captions_of(edits: Sequence[Edit]) -> set[str]:
    """The caption files that a batch names."""
    return {edit.source for edit in edits if isinstance(edit, ImportCaptions) and edit.source is not None}
