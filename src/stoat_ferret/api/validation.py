"""What FastAPI found wrong with a request, as problems: places as JSON pointers, the nearest known names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from stoat_ferret.errors import Malformed, Problem, RequestError

__all__ = ["refusal"]

_PARTS: Final = ("query", "path", "header", "cookie")
_MOST_SHOWN: Final = 80


def refusal(details: Sequence[Mapping[str, Any]], *, body: Any = None, schema: Any = None) -> RequestError:
    """All that pydantic said, as one error.

    `body` is what the client sent and `schema` the JSON Schema of what was expected, where they are known:
    the one tells places in the body from names of models, the other which names there are.
    """
    for detail in details:
        if detail["type"] == "json_invalid":
            return _not_json(detail)
    return RequestError(problems=tuple(_problem(detail, body, schema) for detail in details))


def _not_json(detail: Mapping[str, Any]) -> Malformed:
    place = detail["loc"][-1] if detail["loc"] else 0
    reason = str((detail.get("ctx") or {}).get("error") or "it cannot be read")
    return Malformed.because(
        "body.not_json",
        f"The body is not JSON: {reason[:1].lower()}{reason[1:].rstrip('.')} at character {place}.",
        hint="Send one JSON value, in UTF-8.",
    )


def _problem(detail: Mapping[str, Any], body: Any, schema: Any) -> Problem:
    where = tuple(detail["loc"])
    pointer = _pointer(where, body)
    context = detail.get("ctx") or {}
    kind = str(detail["type"])
    said = str(detail["msg"]).removeprefix("Value error, ").rstrip(".")
    said = said[:1].lower() + said[1:]
    match kind:
        case "missing":
            name = str(where[-1]) if len(where) > 1 else ""
            message = f"{name} is missing." if name else "The request needs a body."
            return Problem(code="request.missing", path=pointer, message=message, hint="Add it.")
        case "extra_forbidden":
            return _unknown(where, pointer, schema)
        case "literal_error" | "enum" | "union_tag_invalid":
            words = str(context.get("expected") or context.get("expected_tags") or "")
            allowed = tuple(
                word.strip(" '") for word in words.replace(" or ", ", ").split(", ") if word.strip(" '")
            )
            shown = _shown(context.get("tag", detail.get("input")))
            return Problem(
                code="request.not_allowed",
                path=pointer,
                message=f"{shown} is not one of the words that are allowed.",
                hint=_nearest(shown.strip("'"), allowed, otherwise=f"Allowed are {', '.join(allowed)}."),
                allowed=allowed,
            )
        case _ if kind.endswith(("_type", "_parsing")) or kind in ("int_from_float", "union_tag_not_found"):
            return Problem(
                code="request.wrong_type",
                path=pointer,
                message=f"{_shown(detail.get('input'))} does not fit: {said}.",
                hint="Give a value of the type that the documentation of the operation names.",
            )
        case _ if kind.startswith(("greater_", "less_", "too_", "string_too_", "multiple_")):
            return Problem(
                code="request.out_of_range",
                path=pointer,
                message=f"{_shown(detail.get('input'))} does not fit: {said}.",
                hint="Stay within the limits that the message names.",
            )
        case _:
            return Problem(
                code="request.invalid",
                path=pointer,
                message=f"{_shown(detail.get('input'))} cannot be used: {said}.",
                hint="The documentation of the operation shows an example.",
            )


def _unknown(where: tuple[Any, ...], pointer: str, schema: Any) -> Problem:
    names = sorted(_names(schema, where[1:-1])) if where and where[0] == "body" else []
    otherwise = f"Known are {', '.join(names)}." if names else "Take it away."
    return Problem(
        code="request.unknown_field",
        path=pointer,
        message=f"There is no field {_shown(str(where[-1]))} here.",
        hint=_nearest(str(where[-1]), names, otherwise=otherwise),
        allowed=tuple(names) or None,
    )


def _nearest(given: str, known: Sequence[str], *, otherwise: str) -> str:
    near = get_close_matches(given, known, n=1)
    return f"Did you mean {near[0]}?" if near else otherwise


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _pointer(where: tuple[Any, ...], body: Any) -> str:
    """The place in the body as a JSON pointer; parts of the request's head are `/query/NAME` and so on."""
    if not where:
        return ""
    head, *rest = where
    if head in _PARTS:
        return _joined(where)
    kept = []
    for number, part in enumerate(rest):
        last = number == len(rest) - 1
        if isinstance(body, Mapping) and (part in body or last):
            kept.append(part)
            body = body.get(part)
        elif isinstance(body, Sequence) and not isinstance(body, str) and isinstance(part, int):
            kept.append(part)
            body = body[part] if part < len(body) else None
        # What is left are pydantic's names for the models of a union.
    return _joined(kept)


def _joined(parts: Iterable[Any]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _names(schema: Any, where: Sequence[Any]) -> set[str]:
    """The names of fields that a JSON Schema has at a place."""
    root = schema if isinstance(schema, Mapping) else {}
    spots = [root]
    for part in where:
        spots = [further for spot in spots for further in _further(spot, part, root)]
    return {
        name for spot in spots for option in _options(spot, root) for name in option.get("properties", ())
    }


def _further(spot: Mapping[str, Any], part: Any, root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for option in _options(spot, root):
        if isinstance(part, int) and isinstance(option.get("items"), Mapping):
            found.append(option["items"])
        elif part in option.get("properties", {}):
            found.append(option["properties"][part])
        elif isinstance(option.get("additionalProperties"), Mapping):
            found.append(option["additionalProperties"])
    tagged = [option for option in _options(spot, root) if _is_tagged(option, part)]
    return found or tagged or [spot]


def _is_tagged(option: Mapping[str, Any], tag: Any) -> bool:
    """Whether a model of a union is the one that pydantic names by this tag."""
    constants = [
        value.get("const") for value in option.get("properties", {}).values() if isinstance(value, Mapping)
    ]
    return tag in constants or option.get("title") == tag


def _options(spot: Mapping[str, Any], root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The models that may stand at a place."""
    if "$ref" in spot:
        name = str(spot["$ref"]).rpartition("/")[2]
        return _options(root.get("$defs", {}).get(name, {}), root)
    branches = [*spot.get("anyOf", ()), *spot.get("oneOf", ()), *spot.get("allOf", ())]
    return [option for branch in branches for option in _options(branch, root)] or [spot]
