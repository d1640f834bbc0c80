"""What the core's catalogue says of the parameters of effects, in the form that the engine asks for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.edit.grid import Grid
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model import spelling

_WORDS = {
    "position": "position",
    "transition": "transition",
    "fade_type": "fade_type",
    "curve": "curve",
    "curve1": "curve",
    "curve2": "curve",
}
"""Parameters whose words have other spellings, and the kind of word."""

_OF_SHAPE = ("document.", "time.")
"""How codes begin of what is wrong with a parameter wherever its effect stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectKind:
    """One effect of the catalogue."""

    type: str
    """Its name."""
    targets: tuple[str, ...]
    """`clip`, `track`, `project`."""
    animatable: tuple[str, ...]
    """Parameters that may change over time."""
    required: tuple[str, ...]
    """Parameters that must be given."""
    names: Mapping[str, str]
    """Other names of its parameters."""
    times: frozenset[str]
    """Parameters that are times."""

    def params(self, given: Mapping[str, Any], grid: Grid, *, null: bool = False) -> dict[str, Any]:
        """Parameters under canonical names, words and seconds; those that are null only on demand."""
        named = spelling.renamed(self.names, given)
        return {
            name: self._value(name, value, grid) for name, value in named.items() if null or value is not None
        }

    def checked(
        self, given: Mapping[str, Any], grid: Grid, *, derived: Collection[str] = ()
    ) -> dict[str, Any]:
        """The same, refused at the names that were given with all that the core says of them.

        `derived` may be missing: the place of the effect says them.
        """
        params = self.params(given, grid)
        missing = [name for name in self.required if name not in params and name not in derived]
        problems = [_missing(name) for name in missing]
        try:
            core.effect_filter(self.type, params)
        except RequestError as error:
            problems += [
                replace(problem, path="/params" + self._as_given(problem.path, given))
                for problem in error.problems
                if problem.path and problem.code.startswith(_OF_SHAPE)
            ]
        if problems:
            raise RequestError(problems=tuple(problems))
        return params

    def _as_given(self, pointer: str, given: Mapping[str, Any]) -> str:
        """A pointer into canonical parameters, with the name under which the parameter was given."""
        _, name, *rest = pointer.split("/")
        spelled = next((other for other in given if other == name or self.names.get(other) == name), name)
        return "/".join(("", spelled, *rest))

    def _value(self, name: str, value: Any, grid: Grid) -> Any:
        if name in self.times:
            return grid.time(value, f"/params/{name}") if isinstance(value, str) else value
        if name in _WORDS and isinstance(value, str):
            return spelling.word(_WORDS[name], value)
        if name == "position" and isinstance(value, dict):
            return {
                axis: spelling.word("position", at) if isinstance(at, str) else animated(at, grid)
                for axis, at in value.items()
            }
        return animated(value, grid)


def _missing(name: str) -> Problem:
    return Problem(
        code="document.missing",
        path=f"/params/{name}",
        message=f"{name!r} is missing.",
        hint=f"Add {name!r} to the params.",
    )


def animated(value: Any, grid: Grid) -> Any:
    """A number or keyframes, with their times in seconds and canonical easings."""
    value = spelling.animated(value)
    if not (isinstance(value, dict) and isinstance(value.get("keyframes"), list)):
        return value
    return {**value, "keyframes": [_keyframe(key, grid) for key in value["keyframes"]]}


def _keyframe(key: Any, grid: Grid) -> Any:
    if isinstance(key, dict) and isinstance(key.get("time"), str):
        return {**key, "time": grid.time(key["time"])}
    return key


@cache
def kinds() -> Mapping[str, EffectKind]:
    """Every effect by its name."""
    return {entry["type"]: _kind(entry) for entry in core.known_catalogue()["effects"]}


@cache
def generator_kinds() -> Mapping[str, EffectKind]:
    """Every generator by its name: its parameters are read as those of effects are."""
    return {
        name: _kind({**entry, "type": name, "targets": ("clip",)})
        for name, entry in core.generators().items()
    }


def generator_kind(source: Any) -> EffectKind | None:
    """The generator that a source is; none where it is a file, or no generator that is known."""
    name = source.get("generator") if isinstance(source, dict) else None
    return generator_kinds().get(name) if isinstance(name, str) else None


def _kind(entry: Mapping[str, Any]) -> EffectKind:
    properties = entry["parameter_schema"]["properties"]
    return EffectKind(
        type=entry["type"],
        targets=tuple(entry["targets"]),
        animatable=tuple(entry["animatable"]),
        required=tuple(entry["parameter_schema"]["required"]),
        names={alias: name for name, schema in properties.items() for alias in schema.get("x-aliases", ())},
        times=frozenset(name for name, schema in properties.items() if schema.get("x-unit") == "seconds"),
    )


@cache
def transition_names() -> tuple[str, ...]:
    """Every transition."""
    return tuple(entry["type"] for entry in core.known_catalogue()["transitions"])


@cache
def layout_names() -> tuple[str, ...]:
    """Every layout that has a name."""
    return tuple(entry["name"] for entry in core.known_catalogue()["layouts"])
