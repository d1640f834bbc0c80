"""`/docs`: the description of the API as one page, made here, that loads nothing from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

__all__ = ["page", "written"]

_METHODS: Final = ("get", "post", "patch", "put", "delete")
_STYLE: Final = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .75rem; background: color-mix(in srgb, currentColor 7%, transparent); }
details { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .35rem 0; }
summary { cursor: pointer; }
summary b { display: inline-block; width: 4.5rem; }
table { border-collapse: collapse; }
td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; }
"""


async def page(request: Request) -> HTMLResponse:
    """The page for this server."""
    return HTMLResponse(written(request.app.openapi()))


def written(schema: Mapping[str, Any]) -> str:
    """The page for an OpenAPI document."""
    info = schema["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>",
        f"<h1>{title}</h1>{_prose(info['description'])}",
        "<p>For programs: <a href=/openapi.json>openapi.json</a>.</p>",
    ]
    for tag in schema["tags"]:
        parts.append(f"<h2 id={tag['name']}>{tag['name']}</h2><p>{escape(tag['description'])}</p>")
        parts.extend(_operation(schema, *found) for found in _of(schema, tag["name"]))
    parts.append("<h2 id=shapes>shapes</h2>")
    parts.extend(
        f"<details id='{escape(name)}'><summary><code>{escape(name)}</code> "
        f"{escape(str(shape.get('description', '')).partition(chr(10))[0])}</summary>{_json(shape)}</details>"
        for name, shape in sorted(schema["components"]["schemas"].items())
    )
    return "".join(parts)


def _of(schema: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in schema["paths"].items():
        for method in _METHODS:
            if method in item and tag in item[method]["tags"]:
                yield method, path, item[method]


def _operation(schema: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> str:
    head = (
        f"<details id={escape(operation['operationId'])}><summary><b>{method.upper()}</b> "
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary>"
    )
    return "".join(
        (
            head,
            _prose(operation.get("description", "")),
            _parameters(schema, operation),
            _body(operation),
            _answers(schema, operation),
            "</details>",
        )
    )


def _parameters(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    rows = []
    for given in operation.get("parameters", ()):
        one = _resolved(schema, given)
        needed = "" if one.get("required") else "optional"
        rows.append(
            f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}<td>{needed}"
            f"<td>{escape(one.get('description', ''))}"
        )
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _body(operation: Mapping[str, Any]) -> str:
    parts = []
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body: <code>{escape(kind)}</code> {_name(media.get('schema', {}))}</p>")
        if "example" in media:
            parts.append(_json(media["example"]))
    return "".join(parts)


def _answers(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> str:
    rows, examples = [], []
    for code, given in operation["responses"].items():
        answer = _resolved(schema, given)
        content = answer.get("content", {})
        names = " ".join(
            f"{escape(kind)} {_name(media.get('schema', {}))}" for kind, media in content.items()
        )
        rows.append(f"<tr><td>{escape(code)}<td>{names}<td>{escape(answer['description'])}")
        if not code.startswith(("4", "5")):
            examples += [_json(media["example"]) for media in content.values() if "example" in media]
    return f"<table>{''.join(rows)}</table>{''.join(examples)}"


def _resolved(schema: Mapping[str, Any], given: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in given:
        return given
    _, kind, name = str(given["$ref"]).rsplit("/", 2)
    found: Mapping[str, Any] = schema["components"][kind][name]
    return found


def _name(shape: Mapping[str, Any]) -> str:
    name = escape(str(shape.get("$ref", "")).rpartition("/")[2])
    return f"<a href='#{name}'><code>{name}</code></a>" if name else ""


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=1, ensure_ascii=False))}</pre>"


def _prose(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part)
