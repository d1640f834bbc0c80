"""From JSON to edits, with everything that is wrong with all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import ValidationError

from stoat_ferret.edit.refusal import likely, meant, refuse
from stoat_ferret.edit.wording import told
from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model.edit import OPS, BaseEdit, Edit

MOST = 10_000
"""Edits of one batch."""


@dataclass(frozen=True, kw_only=True)
class Unsound:
    """An edit of a batch that is none: what is wrong with it, and what it seems to be about."""

    item: Any
    """As it came."""
    problems: tuple[Problem, ...]
    """Their paths start at the edit."""

    @property
    def op(self) -> str:
        """What it was to do, as far as it says so."""
        return str(self.item.get("op")) if isinstance(self.item, dict) else ""

    @property
    def names(self) -> frozenset[str]:
        """Whatever it says that may be an id."""
        return frozenset(_words(self.item))

    @property
    def made(self) -> frozenset[str]:
        """The id that it wanted to give."""
        made = self.item.get("id") if isinstance(self.item, dict) else None
        return frozenset({made}) if isinstance(made, str) else frozenset()

    @property
    def is_lost(self) -> bool:
        """Whether it does not say what it is about."""
        model = OPS.get(self.op)
        if model is None:
            return True
        needed = [
            field.alias or name
            for name, field in model.model_fields.items()
            if field.is_required() and (name.endswith("_id") or name in _ELEMENTS)
        ]
        return any(problem.path == f"/{name}" for problem in self.problems for name in needed)

    def to_json(self) -> Any:
        """As it came."""
        return self.item


_ELEMENTS = ("target", "from_", "to", "clip_ids")
"""Fields that name elements and do not end like it."""


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in (
        (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _words(one)


def parse_edits(data: Any) -> tuple[Edit, ...]:
    """The edits of a batch; raises `RequestError` with everything that is wrong with any of them."""
    edits = read_edits(data)
    problems = tuple(
        replace(problem, path=f"/edits/{number}{problem.path}")
        for number, edit in enumerate(edits)
        if isinstance(edit, Unsound)
        for problem in edit.problems
    )
    if problems:
        raise RequestError(problems=problems)
    return edits


def read_edits(data: Any) -> tuple[Edit, ...]:
    """The same, with those that are none as `Unsound`, so that what is wrong with the others is told, too.

    Raises `RequestError` for what is no batch.
    """
    if not isinstance(data, list) or not data:
        raise refuse("/edits", "edit.batch", "This is no list of edits.", "Give at least one edit.")
    if len(data) > MOST:
        raise refuse(
            "/edits",
            "edit.too_many",
            f"There are {len(data)} edits.",
            f"A batch has at most {MOST} edits.",
        )
    edits = []
    for item in data:
        problems: list[Problem] = []
        parsed = _parsed(item, problems)
        edits.append(Unsound(item=item, problems=tuple(problems)) if parsed is None else parsed)
    return cast("tuple[Edit, ...]", tuple(edits))


def _problem(code: str, path: str, message: str, hint: str, allowed: Sequence[Any] | None = None) -> Problem:
    told = None if allowed is None else tuple(allowed)
    return Problem(code=code, path=path, message=message, hint=hint, allowed=told)


def _parsed(item: Any, problems: list[Problem]) -> BaseEdit | None:
    if not isinstance(item, dict):
        problems.append(
            _problem("edit.field_invalid", "", "An edit is an object.", "Give an object with an op.")
        )
        return None
    op = item.get("op")
    if not isinstance(op, str):
        problems.append(
            _problem("edit.field_missing", "/op", "'op' is missing.", "Say what to do.", list(OPS))
        )
        return None
    if op not in OPS:
        problems.append(
            _problem(
                "edit.unknown_op",
                "/op",
                f"There is no edit {op!r}.",
                meant(op, list(OPS)),
                likely(op, list(OPS)),
            )
        )
        return None
    try:
        edit = OPS[op].model_validate(item)
    except ValidationError as error:
        problems.extend(told(OPS[op], item, error))
        return None
    problems.extend(_reserved(edit))
    return None if problems else edit


def _reserved(edit: BaseEdit) -> Iterator[Problem]:
    """Ids that could not be told from references."""
    effects = getattr(edit, "effects", ())
    named = [("/id", edit), *((f"/effects/{index}/id", one) for index, one in enumerate(effects))]
    for path, one in named:
        name = getattr(one, "id", None)
        if isinstance(name, str) and name.startswith("$"):
            yield _problem(
                "edit.id_reserved",
                path,
                f"{name!r} cannot be an id: with $ begins what names an earlier edit.",
                "Give another id, or leave it out.",
            )
