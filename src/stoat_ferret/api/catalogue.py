"""The core's catalogue as answers."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from stoat_ferret import compile as core
from stoat_ferret.errors import NotFound, RequestError

__all__ = [
    "effect",
    "effects",
    "generator_schemas",
    "generators",
    "layouts",
    "parameter_schemas",
    "preview",
    "rectangles",
    "transitions",
]


def effects() -> dict[str, Any]:
    """Every effect with its parameters."""
    return _page(_catalogue()["effects"])


def effect(name: str) -> dict[str, Any]:
    """One effect; raises `NotFound`."""
    for item in _catalogue()["effects"]:
        if item["type"] == name:
            return dict(item)
    names = [item["type"] for item in _catalogue()["effects"]]
    near = get_close_matches(name, names, n=len(names), cutoff=0.0)
    raise NotFound.named(
        "effect", name, path="/effect_type", hint="GET /api/v1/effects lists them.", near=near
    )


def require_picture(name: str) -> None:
    """Refuse to draw what is only heard; raises `RequestError`."""
    if not effect(name)["ports"]["video"]:
        raise RequestError.because(
            "effect.no_picture",
            f"{name} works on sound, which no picture shows.",
            hint="Leave image out.",
            path="/image",
        )


def generators() -> dict[str, Any]:
    """Every generator with its parameters."""
    return _page(_catalogue()["generators"])


def transitions() -> dict[str, Any]:
    """Every transition."""
    return _page(_catalogue()["transitions"])


def layouts() -> dict[str, Any]:
    """Every layout."""
    return _page([{**one, "rectangles": rectangles(one["name"])} for one in _catalogue()["layouts"]])


def rectangles(name: str) -> list[dict[str, float]]:
    """What a layout gives each of its clips, in fractions of the output."""
    sides = ("x", "y", "width", "height")
    return [dict(zip(sides, box, strict=True)) for box in core.layout(name)]


def preview(name: str, params: Mapping[str, Any], sent: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The filter that an effect makes; raises `NotFound`, or `RequestError` for wrong parameters.

    `sent` tells under which other name the request has the parameters.
    """
    effect(name)
    try:
        filter_string = core.effect_filter(name, params)
    except RequestError as error:
        holding = (sent or {}).get("params", "parameters")
        raise error.placed(lambda path: f"/{holding}{path}") from None
    return {"effect_type": name, "parameters": dict(params), "filter_string": filter_string}


def parameter_schemas() -> dict[str, Any]:
    """JSON Schema of each effect's parameters, by its type."""
    return {item["type"]: item["parameter_schema"] for item in _catalogue()["effects"]}


@cache
def generator_schemas() -> dict[str, Any]:
    """The JSON Schema of every generator's parameters."""
    return {item["generator"]: item["parameter_schema"] for item in _catalogue()["generators"]}


def _catalogue() -> dict[str, Any]:
    return core.catalogue()


def _page(items: list[Any]) -> dict[str, Any]:
    return {"items": items, "total": len(items), "limit": len(items), "offset": 0}
