"""Where an edit says what became a part of the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from stoat_ferret.edit.catalogue import kinds
from stoat_ferret.edit.refusal import token
from stoat_ferret.model import spelling

Json = Mapping[str, Any]


def field_of(edit: Json, places: Sequence[tuple[str, Sequence[str]]]) -> str | None:
    """The place in an edit of a place in the document; none where the edit does not say what is there.

    `places` are the ids of the elements on the way to it, each with the rest of the way.
    """
    for _, way in places:
        if (found := _keyframes(edit, way) or _walked(edit, way)) is not None:
            return "".join(f"/{token(part)}" for part in found)
    return None


def _walked(edit: Json, way: Sequence[str]) -> list[str] | None:
    """The way through the edit, under the names that it uses, at least as far as to what is missing."""
    place: Any = edit
    found: list[str] = []
    for part in way:
        name = _member(place, part)
        if name is None:
            return [*found, part] if found and isinstance(place, dict) else found or None
        place = place[int(name)] if isinstance(place, list) else place[name]
        found.append(name)
    return found or None


def _member(place: Any, part: str) -> str | None:
    if isinstance(place, list):
        return part if part.isdecimal() and int(part) < len(place) else None
    if not isinstance(place, dict):
        return None
    if part in place:
        return part
    return next((name for name in place if part in _meanings().get(name, ())), None)


def _keyframes(edit: Json, way: Sequence[str]) -> list[str] | None:
    """`set_keyframes` names the number whose keyframes it gives."""
    if edit["op"] != "set_keyframes":
        return None
    within = list(way[1:] if way and way[0] == "params" else way)
    param = edit["param"].split(".")
    return within[len(param) :] or ["param"] if within[: len(param)] == param else None


@cache
def _meanings() -> Mapping[str, frozenset[str]]:
    """What a name may stand for, of those that the document uses."""
    found: dict[str, set[str]] = {}
    for names in (*spelling.FIELDS.values(), *(kind.names for kind in kinds().values())):
        for other, name in names.items():
            found.setdefault(other, set()).add(name)
    return {other: frozenset(names) for other, names in found.items()}
