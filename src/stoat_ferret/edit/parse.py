"""From JSON to edits, with everything that is wrong with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from pydantic import ValidationError

from stoat_ferret.edit.refusal import likely, meant, token
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model.edit import OPS, BaseEdit, Edit

MOST = 10_000
"""Edits of one batch."""


def parse_edits(data: Any) -> tuple[Edit, ...]:
    """The edits of a batch; raises `RequestError` with everything that is wrong with any of them."""
    problems: list[Problem] = []
    edits: list[BaseEdit] = []
    if not isinstance(data, list) or not data:
        problems.append(
            _problem("edit.batch", "/edits", "This is no list of edits.", "Give at least one edit.")
        )
    elif len(data) > MOST:
        problems.append(
            _problem(
                "edit.too_many",
                "/edits",
                f"There are {len(data)} edits.",
                f"A batch has at most {MOST} edits.",
            )
        )
    else:
        for number, item in enumerate(data):
            edits.extend(_parsed(item, f"/edits/{number}", problems))
    if problems:
        raise RequestError(problems=tuple(problems))
    return cast("tuple[Edit, ...]", tuple(edits))


def _problem(code: str, path: str, message: str, hint: str, allowed: Sequence[Any] | None = None) -> Problem:
    told = None if allowed is None else tuple(allowed)
    return Problem(code=code, path=path, message=message, hint=hint, allowed=told)


def _parsed(item: Any, path: str, problems: list[Problem]) -> list[BaseEdit]:
    if not isinstance(item, dict):
        problems.append(
            _problem("edit.field_invalid", path, "An edit is an object.", "Give an object with an op.")
        )
        return []
    op = item.get("op")
    if not isinstance(op, str):
        problems.append(
            _problem("edit.field_missing", f"{path}/op", "'op' is missing.", "Say what to do.", list(OPS))
        )
        return []
    if op not in OPS:
        problems.append(
            _problem(
                "edit.unknown_op",
                f"{path}/op",
                f"There is no edit {op!r}.",
                meant(op, list(OPS)),
                likely(op, list(OPS)),
            )
        )
        return []
    try:
        return [OPS[op].model_validate(item)]
    except ValidationError as error:
        problems.extend(_told(OPS[op], item, error, path))
        return []


def _told(model: type[BaseEdit], item: dict[str, Any], error: ValidationError, path: str) -> list[Problem]:
    found: dict[str, Problem] = {}
    for one in error.errors(include_url=False, include_context=False):
        where, steps = _pointer(item, one["loc"])
        place = path + where
        if one["type"] == "missing":
            name = str(one["loc"][-1])
            place = f"{place}/{token(name)}"
            problem = _problem(
                "edit.field_missing", place, f"{name!r} is missing.", f"Add {name!r} to this object."
            )
        elif one["type"] == "extra_forbidden":
            problem = _unknown(model, str(one["loc"][-1]), place, steps)
        else:
            problem = _problem("edit.field_invalid", place, f"{one['msg']}.", _meaning(model, steps))
        if place not in found:
            found[place] = problem
        elif problem.message not in found[place].message:
            message = f"{found[place].message.removesuffix('.')}; or: {problem.message}"
            found[place] = _problem(found[place].code, place, message, found[place].hint or "")
    return list(found.values())


def _pointer(item: Any, location: Sequence[int | str]) -> tuple[str, list[str]]:
    """The JSON pointer of an error, whose location also names the branches of choices that were tried."""
    place: Any = item
    steps: list[str] = []
    for step in location:
        member = isinstance(place, dict) and step in place
        item_of = isinstance(place, list) and isinstance(step, int) and step < len(place)
        if not (member or item_of):
            continue
        place = place[step]
        steps.append(str(step))
    return "".join(f"/{token(step)}" for step in steps), steps


def _unknown(model: type[BaseEdit], name: str, place: str, steps: list[str]) -> Problem:
    if len(steps) <= 1:
        known = [field.alias or field_name for field_name, field in model.model_fields.items()]
        return _problem(
            "edit.field_unknown",
            place,
            f"{name!r} is not known here.",
            meant(name, known),
            likely(name, known),
        )
    return _problem(
        "edit.field_unknown", place, f"{name!r} is not known here.", "Remove it, or see the project format."
    )


def _meaning(model: type[BaseEdit], steps: list[str]) -> str:
    """What the field is, for a hint."""
    for name, field in model.model_fields.items():
        if steps and steps[0] == (field.alias or name) and field.description:
            return field.description
    return "See the reference of edits."
