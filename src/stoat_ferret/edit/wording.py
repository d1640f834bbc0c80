"""What is said of an edit that cannot be read: one sentence about what was given, at its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from stoat_ferret.edit.refusal import likely, meant, token
from stoat_ferret.errors import Problem
from stoat_ferret.model import spelling
from stoat_ferret.model.edit import BaseEdit, Shift
from stoat_ferret.model.project import Decibels, Rate, Timecode

Details = Mapping[str, Any]

_TIME = "no time: write seconds (2.5), frames (75f) or a timecode (00:00:02:15)"


def _pattern(kind: Any) -> str:
    return next(str(one.pattern) for one in get_args(kind) if getattr(one, "pattern", None))


_SPELLED = {
    _pattern(Timecode): _TIME,
    _pattern(get_args(get_args(Shift)[0])[1]): _TIME,
    _pattern(Decibels): "no volume: write a number from 0 to 10, or decibels such as -6dB",
    _pattern(get_args(get_args(Rate)[0])[1]): "no rate: write a number (29.97) or a fraction (30000/1001)",
}
"""For the pattern of a text, what a text is not that does not keep to it."""

_TYPES = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "an object",
    "model_type": "keyframes",
    "string_type": "a text",
    "tuple_type": "a list",
}
"""What was expected, by pydantic's name of the error."""

_LIMITS = {
    "greater_than": "too small: it is more than {gt:g}",
    "greater_than_equal": "too small: it is at least {ge:g}",
    "less_than": "too large: it is less than {lt:g}",
    "less_than_equal": "too large: it is at most {le:g}",
    "multiple_of": "not a multiple of {multiple_of:g}",
}
"""What a number is that is not in its range, by pydantic's name of the error."""

_LISTS = ("expected", "expected_tags")
"""Where pydantic tells the words that are allowed."""


def told(model: type[BaseEdit], item: Mapping[str, Any], error: ValidationError) -> list[Problem]:
    """Everything that is wrong with an edit of this kind, each at its place in it."""
    places: dict[tuple[str, ...], list[Details]] = {}
    for one in error.errors(include_url=False):
        places.setdefault(_place(item, one), []).append(one)
    problems = []
    for place, found in places.items():
        within = any(other[: len(place)] == place != other for other in places)
        # Another branch of a choice knows more of a value that is of another type than this one wants.
        known = [one for one in found if one["type"] not in _TYPES]
        if known or not within:
            problems.append(_problem(model, place, known or found))
    return problems


def _place(item: Any, error: Mapping[str, Any]) -> tuple[str, ...]:
    """The way through the item to what is wrong; a location also names the branches of choices."""
    location = error["loc"]
    if error["type"] == "missing":
        return (*_steps(item, location[:-1]), str(location[-1]))
    found = _steps(item, location)
    return (*found, "generator") if error["type"].startswith("union_tag") else found


def _steps(item: Any, location: Sequence[int | str]) -> tuple[str, ...]:
    place: Any = item
    steps: list[str] = []
    tagged = False
    for step in location:
        if isinstance(place, dict) and not tagged and step == _tag(place):
            tagged = True
            continue
        member = isinstance(place, dict) and step in place
        item_of = isinstance(place, list) and isinstance(step, int) and step < len(place)
        if member or item_of:
            place, tagged = place[step], False
            steps.append(str(step))
    return tuple(steps)


def _tag(place: Mapping[str, Any]) -> Any:
    """The branch that a generator chooses by its name."""
    return spelling.word("generator", place.get("generator"))


def _problem(model: type[BaseEdit], place: tuple[str, ...], found: Sequence[Details]) -> Problem:
    path = "".join(f"/{token(step)}" for step in place)
    name, kinds = place[-1] if place else "", {one["type"] for one in found}
    if kinds & {"missing", "union_tag_not_found"}:
        return Problem(
            code="edit.field_missing",
            path=path,
            message=f"{name!r} is missing.",
            hint=f"Add {name!r} to this object.",
        )
    if "extra_forbidden" in kinds:
        return _unknown(model, place, path)
    if (words := _words(found)) and kinds <= {"literal_error", "union_tag_invalid"}:
        given = found[0]["input"]
        said = str(given.get("generator") if isinstance(given, dict) else given)
        what = f"There is no generator {said!r}." if "union_tag_invalid" in kinds else None
        return Problem(
            code="edit.field_invalid",
            path=path,
            message=what or f"{_shown(given)} is none of the words that are allowed here.",
            hint=meant(said, words),
            allowed=likely(said, words),
        )
    return Problem(
        code="edit.field_invalid", path=path, message=f"{_said(found)}.", hint=_meaning(model, place)
    )


def _words(found: Sequence[Details]) -> list[str]:
    """The words that are allowed."""
    told = [str((one.get("ctx") or {}).get(name) or "") for one in found for name in _LISTS]
    return [word.strip(" '") for words in told for word in words.replace(" or ", ", ").split(",") if word]


def _said(found: Sequence[Details]) -> str:
    """What is wrong with a value, in a sentence without its end."""
    given = _shown(found[0]["input"])
    if all(one["type"] in _TYPES for one in found):
        types = list(dict.fromkeys(_TYPES[one["type"]] for one in found))
        return f"{given} is not {' or '.join(types)}"
    first = next((one for one in found if one["type"] != "literal_error"), found[0])
    words = "".join(f", or {word!r}" for word in _words(found))
    context = first.get("ctx") or {}
    match first["type"]:
        case "string_pattern_mismatch":
            what = _SPELLED.get(context["pattern"], "written as it cannot be")
            return f"{given} is {what}{words}"
        case kind if kind in _LIMITS:
            return f"{given} is {_LIMITS[kind].format(**context)}"
        case "too_short":
            return f"At least {_counted(context['min_length'], 'item')} needed here"
        case "too_long":
            return f"At most {_counted(context['max_length'], 'item')} allowed here"
        case "string_too_short":
            least = context["min_length"]
            return f"This is too short: it has at least {least} character{'s' * (least != 1)}"
        case "string_too_long":
            return f"This is too long: it has at most {context['max_length']} characters"
    message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return message[:1].upper() + message[1:]


def _counted(count: int, what: str) -> str:
    return f"{count} {what} is" if count == 1 else f"{count} {what}s are"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _unknown(model: type[BaseEdit], place: tuple[str, ...], path: str) -> Problem:
    name, known = place[-1], None
    if len(place) == 1:
        known = [field.alias or field_name for field_name, field in model.model_fields.items()]
    return Problem(
        code="edit.field_unknown",
        path=path,
        message=f"{name!r} is not known here.",
        hint=meant(name, known) if known else "Remove it, or see the project format.",
        allowed=likely(name, known) if known else None,
    )


def _meaning(model: type[BaseEdit], place: tuple[str, ...]) -> str:
    """What the field is, for a hint."""
    for name, field in model.model_fields.items():
        if place and place[0] == (field.alias or name) and field.description:
            return field.description
    return "See the reference of edits."
