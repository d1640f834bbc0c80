"""`stoat effects` and `stoat presets`: what the core's catalogue offers, and what is made of it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any, TextIO

from stoat_ferret import compile as core
from stoat_ferret import config
from stoat_ferret.cli.answer import Answer
from stoat_ferret.errors import RequestError
from stoat_ferret.presets.shelf import find, shelf


def effects(name: str | None) -> Answer:
    """All effects, generators, transitions and layouts, or one effect or generator with its parameters."""
    catalogue = core.catalogue()
    items: list[dict[str, Any]] = catalogue["effects"]
    generators: list[dict[str, Any]] = catalogue["generators"]
    if name is None:
        data = {
            "items": items,
            "total": len(items),
            "generators": generators,
            "transitions": catalogue.get("transitions", []),
            "layouts": catalogue.get("layouts", []),
        }
        return Answer(data=data, text=lambda out: _write_all(data, out))
    found = next((item for item in (*items, *generators) if _name(item) == name), None)
    if found is None:
        raise _unknown(name, [_name(item) for item in (*items, *generators)])
    return Answer(data=found, text=lambda out: _write_one(found, out))


def presets(name: str | None, target: str | None) -> Answer:
    """All presets, or one with its effects, and with a target the edits that put it there."""
    settings = config.load()
    if name is None:
        if target is not None:
            raise RequestError.because(
                "usage",
                "--target needs a preset.",
                hint="stoat presets NAME --target ID",
                path="/target",
            )
        data = shelf(settings).to_json()
        return Answer(data=data, text=lambda out: _write_presets(data, out))
    found = find(name, settings)
    shown = found.to_json()
    if target is not None:
        shown["edits"] = found.edits(target)
    return Answer(data=shown, text=lambda out: _write_preset(shown, out))


def _write_presets(data: Mapping[str, Any], out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=out, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("preset", "what it does", "effects"):
        table.add_column(heading)
    for item in data["items"]:
        table.add_row(item["name"], item["description"], ", ".join(one["type"] for one in item["effects"]))
    console.print(table)
    for problem in data["problems"]:
        console.print(f"\n{problem['message']}\nhint: {problem['hint']}")


def _write_preset(item: Mapping[str, Any], out: TextIO) -> None:
    """In words, then as lines of JSON that a project or a request can take."""
    out.write(f"{item['name']}: {item['description']}\n{item['hint']}\n")
    out.write(f"For a {' or a '.join(item['targets'])}.\n\n")
    lines = [json.dumps(one, ensure_ascii=False) for one in item.get("edits", item["effects"])]
    out.write("[\n  " + ",\n  ".join(lines) + "\n]\n")


def _unknown(name: str, known: list[str]) -> RequestError:
    near = difflib.get_close_matches(name, known, n=len(known), cutoff=0.0)
    hint = (
        f"Did you mean {near[0]}?"
        if difflib.get_close_matches(name, known, n=1)
        else "stoat effects lists them."
    )
    return RequestError.because(
        "effect.unknown", f"There is no effect {name!r}.", hint=hint, allowed=tuple(near)
    )


def _write_all(data: Mapping[str, Any], out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=out, highlight=False, markup=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("effect", "what it does", "parameters"):
        table.add_column(heading)
    for item in data["items"]:
        names = item.get("parameter_schema", {}).get("properties", {})
        table.add_row(item["type"], item.get("description", ""), ", ".join(names))
    console.print(table)
    console.print("\ngenerators, as sources of clips:")
    for item in data["generators"]:
        console.print(f"{item['generator']}: {item['description']}")
    for heading in ("transitions", "layouts"):
        names = [_name(item) for item in data[heading]]
        if names:
            console.print(f"\n{heading}: {', '.join(names)}")


def _name(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(item.get("type") or item.get("generator") or item.get("name"))
    return str(item)


def _write_one(item: Mapping[str, Any], out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=out, highlight=False, markup=False)
    console.print(f"{_name(item)}: {item.get('description', '')}")
    schema = item.get("parameter_schema", {})
    required = set(schema.get("required", ()))
    table = Table(box=None, pad_edge=False)
    for heading in ("parameter", "type", "default", "meaning"):
        table.add_column(heading)
    for name, value in schema.get("properties", {}).items():
        default = "required" if name in required else str(value.get("default", ""))
        table.add_row(name, str(value.get("type", "")), default, str(value.get("description", "")))
    console.print(table)
    if hints := item.get("ai_hints"):
        console.print("\n" + "\n".join(hints.values()))
