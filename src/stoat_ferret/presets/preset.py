"""What a preset says, and the edits that put its effects where they are wanted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.errors import RequestError

__all__ = ["TARGETS", "Effect", "Preset", "read_preset"]

TARGETS = ("clip", "track", "project")
"""What a preset may be for."""

_FIELDS = ("description", "effects", "hint", "targets")
_MOST = 32
"""Effects of one preset."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One effect of a preset."""

    type: str
    """A name of the catalogue."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """As the catalogue declares them; what is left out has its default."""

    def to_json(self) -> dict[str, Any]:
        """The form in which a document has it."""
        return {"type": self.type, "params": dict(self.params)}


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Effects that belong together, in the order in which they work."""

    name: str
    description: str
    hint: str
    """When it suits, and what to change."""
    targets: tuple[str, ...]
    """What it may be put on: some of `TARGETS`."""
    effects: tuple[Effect, ...]

    def to_json(self) -> dict[str, Any]:
        """The form in which doors show it."""
        return {
            "name": self.name,
            "description": self.description,
            "hint": self.hint,
            "targets": list(self.targets),
            "effects": [effect.to_json() for effect in self.effects],
        }

    def require(self, kind: str) -> None:
        """Refuse to be put on what it is not for; raises `RequestError`."""
        if kind not in self.targets:
            raise RequestError.because(
                "preset.not_here",
                f"The preset {self.name} is not for a {kind}.",
                hint=f"Put it on a {' or a '.join(self.targets)}.",
                path="/preset",
            )

    def edits(self, target: str, index: int | None = None) -> list[dict[str, Any]]:
        """Edits that put its effects on a clip, a track or `project`, in their order.

        They come behind the effects that are there, or at `index`.
        Raises `RequestError` when it is not for the project, and that is the target.
        """
        if target == "project":
            self.require("project")
        return [
            {
                "op": "add_effect",
                "target": target,
                **effect.to_json(),
                **({} if index is None else {"index": index + number}),
            }
            for number, effect in enumerate(self.effects)
        ]


def read_preset(name: str, data: Mapping[str, Any]) -> Preset:
    """A preset from the values of its file; raises `ValueError` that says what is wrong, in a clause.

    Each of its effects is one that the core takes on every target that the file names.
    """
    if unknown := sorted(set(data) - set(_FIELDS)):
        raise ValueError(f"{unknown[0]} is no field of a preset; those are {', '.join(_FIELDS)}")
    if missing := [one for one in _FIELDS if one not in data]:
        raise ValueError(f"it has no {missing[0]}")
    made = Preset(
        name=name,
        description=_text("description", data["description"]),
        hint=_text("hint", data["hint"]),
        targets=_targets(data["targets"]),
        effects=_effects(data["effects"]),
    )
    for target in made.targets:
        _require_taken(made, target)
    return made


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 200 or not value.isprintable():
        raise ValueError(f"{name} is no text of at most 200 letters")
    return value


def _targets(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(one not in TARGETS for one in value):
        raise ValueError(f"targets is no list of some of {', '.join(TARGETS)}")
    return tuple(target for target in TARGETS if target in value)


def _effects(value: Any) -> tuple[Effect, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST:
        raise ValueError(f"effects is no list of 1 to {_MOST} tables")
    return tuple(_effect(f"/effects/{number}", one) for number, one in enumerate(value))


def _effect(place: str, value: Any) -> Effect:
    if not isinstance(value, Mapping) or set(value) - {"type", "params"} or "type" not in value:
        raise ValueError(f"{place} is no table of type and params")
    kind, params = value["type"], value.get("params", {})
    known = {entry["type"]: entry for entry in core.known_catalogue()["effects"]}
    if not isinstance(kind, str) or kind not in known:
        near = core.nearest(str(kind), list(known))
        raise ValueError(f"{place}/type is no effect" + (f"; did you mean {near}?" if near else ""))
    if not isinstance(params, Mapping):
        raise ValueError(f"{place}/params is no table")  # noqa: TRY004 - the file is wrong, not the caller
    for name, path in core.files_of_effect({"type": kind, "params": params}):
        if not PurePath(path).is_absolute():
            raise ValueError(
                f"{place}/params/{name} is a relative path, which is another file in every project; "
                "give an absolute one"
            )
    try:
        json.dumps(params, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}/params has a value that JSON does not have") from error
    return Effect(type=kind, params=params)


def _require_taken(preset: Preset, target: str) -> None:
    """Refuse what the core would refuse in a document with nothing else in it."""
    effects = [effect.to_json() for effect in preset.effects]
    clip: dict[str, Any] = {"source": {"generator": "testsrc"}, "out_point": 60}
    track: dict[str, Any] = {"type": "video", "clips": [clip]}
    document: dict[str, Any] = {"tracks": [track]}
    holder, name = {
        "clip": (clip, "effects"),
        "track": (track, "effects"),
        "project": (document, "global_effects"),
    }[target]
    holder[name] = effects
    if problems := core.check(json.dumps(document)):
        place = problems[0].path.partition(f"/{name}/")[2]
        message = problems[0].message.rstrip(".")
        raise ValueError(f"/effects/{place} cannot be on a {target}: {message}")
