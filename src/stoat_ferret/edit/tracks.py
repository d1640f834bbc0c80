"""Edits of tracks, and of how they sound together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stoat_ferret.edit.catalogue import animated
from stoat_ferret.edit.draft import PROJECT, Draft, Home
from stoat_ferret.edit.refusal import refuse
from stoat_ferret.edit.step import Step
from stoat_ferret.errors import Problem
from stoat_ferret.model import edit as model

Json = Mapping[str, Any]


def create_track(step: Step, edit: model.CreateTrack) -> None:
    """Make an empty track."""
    name = step.id = step.draft.made("track", edit.id)
    step.draft.rename_home(name, track=name)
    track: dict[str, Any] = {"id": name, "type": edit.type, "name": edit.name, "clips": []}
    step.draft.add_track({key: value for key, value in track.items() if value is not None}, edit.index)


def update_track(step: Step, edit: model.UpdateTrack) -> None:
    """Change a track's own fields."""
    unlocks = "locked" in edit.model_fields_set and not edit.locked
    if unlocks:
        step.draft.home(edit.track_id, "track", "/track_id")
    lane = step.draft.reading(edit.track_id) if unlocks else step.draft.lane(edit.track_id)
    for name, value in edit.to_json().items():
        if name in {"op", "track_id"}:
            continue
        if value is None:
            lane.fields.pop(name, None)
        else:
            lane.fields[name] = animated(value, step.grid)


def move_track(step: Step, edit: model.MoveTrack) -> None:
    """Move a track among the others."""
    draft = step.draft
    draft.lane(edit.track_id)
    tracks = draft.tracks()
    moved = next(track for track in tracks if track["id"] == edit.track_id)
    tracks.remove(moved)
    tracks.insert(edit.index, moved)
    draft.document["tracks"] = tracks


def remove_track(step: Step, edit: model.RemoveTrack) -> None:
    """Take a track off; others no longer step back for it."""
    draft = step.draft
    draft.lane(edit.track_id)
    draft.remove_track(edit.track_id)
    for track in draft.tracks():
        ducking = draft.reading(track["id"]).fields.get("ducking") if track.get("ducking") else None
        if ducking and edit.track_id in ducking["under"]:
            _step_forward(draft, track["id"], ducking, edit.track_id)


def _step_forward(draft: Draft, track_id: str, ducking: Json, gone: str) -> None:
    lane = draft.reading(track_id)
    under = [name for name in ducking["under"] if name != gone]
    if under:
        lane.fields["ducking"] = {**ducking, "under": under}
    else:
        lane.fields.pop("ducking")
    draft.written.add(track_id)
    draft.notices.append(
        Problem(
            code="ducking.gone",
            path="",
            message=f"{track_id!r} no longer steps back for {gone!r}, which is removed.",
            hint="Name another track with set_ducking.",
        )
    )


def set_ducking(step: Step, edit: model.SetDucking) -> None:
    """Lower a track while others sound, or no longer."""
    lane = step.draft.lane(edit.track_id)
    if edit.ducking is None:
        lane.fields.pop("ducking", None)
        return
    for index, name in enumerate(edit.ducking.under):
        step.draft.home(name, "track", f"/ducking/under/{index}")
    lane.fields["ducking"] = edit.to_json()["ducking"]


def set_audio_mix(step: Step, edit: model.SetAudioMix) -> None:
    """Set the volumes of tracks, and of the programme."""
    draft, told = step.draft, edit.to_json()
    if not edit.tracks and "master" not in told:
        raise refuse(
            "/tracks",
            "edit.nothing",
            "There is no volume to set.",
            "Name tracks with their volumes, or a master.",
        )
    for name, volume in told.get("tracks", {}).items():
        draft.lane(name, f"/tracks/{name}").fields["volume"] = animated(volume, step.grid)
    if "master" in told:
        _master(step, animated(told["master"], step.grid))


def _master(step: Step, volume: Any) -> None:
    """The programme's volume is an effect of the project."""
    draft = step.draft
    project = Home(kind="project")
    effects = draft.effects(project, PROJECT)
    index = next((i for i, one in enumerate(effects) if one["type"] == "volume"), None)
    if index is None:
        step.ids = [draft.made("effect", None)]
        effects.append({"id": step.ids[0], "type": "volume", "params": {"volume": volume}})
    else:
        one = effects[index]
        effects[index] = {**one, "params": {**one.get("params", {}), "volume": volume}}
        draft.written.add(one["id"])
    draft.write_effects(project, PROJECT, effects)
