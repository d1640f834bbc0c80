"""Queries that mean one thing: known names, each once, values in one spelling."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from stoat_ferret.errors import Problem, RequestError
from stoat_ferret.model.times import PATTERN

__all__ = ["Flag", "Number", "Time", "WholeNumber", "asked", "require_known", "require_nothing"]


def _spelled(kind: str, pattern: str, words: str) -> BeforeValidator:
    """Only this spelling: the same text must not be a number here and none elsewhere."""
    sound = re.compile(pattern)

    def check(value: Any) -> Any:
        if isinstance(value, str) and not sound.fullmatch(value):
            raise PydanticCustomError(kind, words)
        return value

    return BeforeValidator(check)


WholeNumber = Annotated[int, _spelled("int_parsing", r"-?[0-9]{1,18}", "a whole number is written in digits")]
"""A whole number in a path or query."""

Number = Annotated[
    float,
    _spelled(
        "float_parsing",
        r"-?[0-9]{1,18}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?",
        "a number is written like 1.5",
    ),
]
"""A number in a query."""

Flag = Annotated[bool, _spelled("bool_parsing", "true|false", "it is true or false")]
"""Yes or no in a query."""

Time = Annotated[
    str,
    Field(max_length=50),
    WithJsonSchema({"type": "string", "maxLength": 50, "pattern": PATTERN}),
]
"""Seconds, frames or a timecode in a query; who knows the rate refuses what is none."""


def require_known(given: Sequence[tuple[str, str]], known: Sequence[str]) -> None:
    """Refuse a query that says what nobody reads, or one thing twice; raises `RequestError`."""
    counts = Counter(name for name, _ in given)
    problems = [_unknown(name, known) for name in counts if name not in known]
    problems += [_twice(name) for name, times in counts.items() if name in known and times > 1]
    if problems:
        raise RequestError(problems=tuple(problems))


def require_nothing(body: Any) -> None:
    """Refuse what a body says where nobody reads it; raises `RequestError`."""
    if body in ({}, None):
        return
    hint = "Leave the body out, or send {}."
    if not isinstance(body, dict):
        raise RequestError.because("request.unexpected_body", "This address takes no body.", hint=hint)
    problems = [
        Problem(
            code="request.unknown_field",
            path=f"/{_token(name)}",
            message=f"There is no field {name[:80]!r} here: this address takes no body.",
            hint=hint,
        )
        for name in body
    ]
    raise RequestError(problems=tuple(problems))


@contextmanager
def asked(**names: str) -> Iterator[None]:
    """Tell what is wrong with a field of a use case at the parameter of the query that it came by."""

    def place(path: str) -> str:
        field = path.split("/")[1] if path else ""
        return f"/query/{names[field]}" if field in names else path

    try:
        yield
    except RequestError as error:
        raise error.placed(place) from None


def _unknown(name: str, known: Sequence[str]) -> Problem:
    near = get_close_matches(name, known, n=1)
    otherwise = f"Known are {', '.join(known)}." if known else "This address takes none."
    return Problem(
        code="request.unknown_field",
        path=f"/query/{_token(name)}",
        message=f"There is no parameter {name[:80]!r} here.",
        hint=f"Did you mean {near[0]}?" if near else otherwise,
        allowed=tuple(known) or None,
    )


def _twice(name: str) -> Problem:
    return Problem(
        code="request.repeated",
        path=f"/query/{_token(name)}",
        message=f"The parameter {name} is there more than once.",
        hint="Keep one of them.",
    )


def _token(name: str) -> str:
    return name[:80].replace("~", "~0").replace("/", "~1")
