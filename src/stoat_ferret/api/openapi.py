"""The description of the API that an agent can work from alone: what FastAPI knows, and what it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from stoat_ferret.api import shapes
from stoat_ferret.api.catalogue import generator_schemas, parameter_schemas
from stoat_ferret.api.describe import MEANINGS, PROBLEM_TYPE
from stoat_ferret.api.examples import EXAMPLES, NOT_NOW, refusal
from stoat_ferret.api.guards.scopes import needed_scope
from stoat_ferret.api.guards.state import OPEN
from stoat_ferret.model.edit import OPS

__all__ = ["HEADERS", "TAGS", "describe"]

_DESCRIPTION: Final = """
A video editor that programs, agents and people drive together.

**How to work with it.** Read `GET /api/v1/effects` for what can be done to clips, `POST /api/v1/projects`,
send batches of typed edits to `POST /api/v1/projects/{project_id}/edits` (each done whole or not at all),
look at `GET /api/v1/projects/{project_id}/frame`, `POST /api/v1/render`,
wait at `GET /api/v1/jobs/{job_id}/wait`, download from `GET /api/v1/render/{job_id}/output`.

**Refusals** say what is wrong, where and how to mend it: `application/problem+json` (RFC 9457) with
`problems[]`; all that is wrong at once. The edits of a fix can be sent as they are.

**Times** are seconds as a number, a timecode `"00:01:02:15"` or frames `"315f"`; ranges are half-open.

**Twice is once:** every change takes an `Idempotency-Key`, for which its answer is kept for 24 hours.

**Others work, too:** a project's revision is its `ETag`; `If-Match` and `base_revision` say what you have
read. Edits that are based on an older revision are rebased where others changed other elements.

**Events** come by WebSocket at `/ws` (`?since=`, `?project_id=`, `?job_id=`, `?types=A,B`) as JSON:
`{event_id, type, time, correlation_id, project_id?, job_id?, revision?, actor?, data}`.
""".strip()

TAGS: Final[Mapping[str, str]] = {
    "library": "Media files: found by a scan or uploaded, searched, described.",
    "jobs": "Long work: watched, waited for, called off, started again.",
    "projects": "Documents, edits, revisions: the one way to change a project is a batch of edits.",
    "clips": "Clips and their effects: short forms of the edits of the same names.",
    "effects": "The catalogue of effects, generators and transitions, with the JSON Schema of parameters.",
    "compose": "Pictures side by side and within one another.",
    "render": "Finished files, single frames and contact sheets.",
    "operations": "API keys, webhooks, the audit log: for administrators.",
    "system": "Whether it is alive and able, what it is, what it does.",
}
"""What each group of operations is about."""

HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "X-Correlation-ID": {
        "description": "The name of the request; logs, events and the audit log know it under it.",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
        "example": "9f2c1d5e8a7b4c3d",
    },
    "ETag": {
        "description": "The project's revision, for If-Match.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[1-9][0-9]*"$'},
        "example": '"7"',
    },
    "Location": {
        "description": "Where the thing, or the job that makes it, can be read.",
        "required": True,
        "schema": {"type": "string", "pattern": "^/api/v1/"},
        "example": "/api/v1/jobs/job_0123456789abcdef0123",
    },
    "Retry-After": {
        "description": "Seconds to wait before the next attempt.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
        "example": 7,
    },
    "WWW-Authenticate": {
        "description": "How to show who you are.",
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer realm="stoat"',
    },
    "Idempotency-Replayed": {
        "description": "`true`: this answer was given before, and nothing was done again.",
        "schema": {"const": "true"},
    },
}
"""Headers of answers."""

_PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes a request that is sent twice be done once; a new one for every new request.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
        "example": "0192d3f4-6a7b-4c8d-9e0f-112233445566",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag that you read: refused with 412 when the project has moved on.",
        "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[1-9][0-9]{0,9}"|[1-9][0-9]{0,9})$'},
    },
    "IfMatchNeeded": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag that you read: refused with 412 when the project has moved on.",
        "schema": {"type": "string", "pattern": r'^((W/)?"[1-9][0-9]{0,9}"|[1-9][0-9]{0,9})$'},
        "example": '"1"',
    },
    "Actor": {
        "name": "X-Stoat-Actor",
        "in": "header",
        "description": "Who you are, where no key says it: `agent:editor`, `person:ana`. "
        "The name of a key goes before it.",
        "schema": {"type": "string", "maxLength": 100, "pattern": "^[!-~]([ -~]*[!-~])?$"},
        "example": "agent:editor",
    },
    "CorrelationId": {
        "name": "X-Correlation-ID",
        "in": "header",
        "description": "A name for the request, of letters, digits, `.`, `_`, `:` and `-`; "
        "one is made where none, or another, is sent.",
        "schema": {"type": "string"},
    },
    "Range": {
        "name": "Range",
        "in": "header",
        "description": "Bytes that are wanted, such as `bytes=0-499`; without it, all.",
        "schema": {"type": "string"},
        "example": "bytes=0-499",
    },
}

_VALUES: Final = ("default", "examples", "enum", "const")

_METHODS: Final = ("get", "post", "patch", "put", "delete")


def describe(app: FastAPI, *, token: bool) -> dict[str, Any]:
    """The OpenAPI document; `token` tells whether every request needs one."""
    schema = get_openapi(
        title=app.title,
        version=app.version,
        summary="A video editor behind one API.",
        description=_DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": meaning} for name, meaning in TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = schema["components"]
    components["schemas"].update(_schemas(shapes.ProblemShape, "Problem"))
    _splice(components["schemas"])
    components["parameters"] = {name: dict(value) for name, value in _PARAMETERS.items()}
    components["headers"] = {name: dict(value) for name, value in HEADERS.items()}
    components["responses"] = {f"Problem{code}": _refusal(code) for code in MEANINGS}
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "STOAT_API_TOKEN, or a key of `POST /api/v1/keys`. "
            "Its scopes (read, edit, render, admin) say what it may do; every operation names its own.",
        }
    }
    # Without a token of the administrator, whoever reaches the service may do all.
    free: list[dict[str, list[str]]] = [] if token else [{}]
    schema["security"] = [*free, {"bearer": []}]
    for path, item in schema["paths"].items():
        item["parameters"] = [{"$ref": "#/components/parameters/CorrelationId"}]
        for method in _METHODS:
            if operation := item.get(method):
                needed = {"bearer": [needed_scope(method.upper(), path)]}
                operation["security"] = [] if path in OPEN else [*free, needed]
                _finish(operation)
    return _plain(schema)


def _finish(operation: dict[str, Any]) -> None:
    for code, response in operation["responses"].items():
        if PROBLEM_TYPE in response.get("content", {}):
            operation["responses"][code] = {"$ref": f"#/components/responses/Problem{code}"}
            continue
        for media in response.get("content", {}).values():
            name = str(media.get("schema", {}).get("$ref", "")).rpartition("/")[2]
            known = EXAMPLES if code.startswith("2") else NOT_NOW
            if name in known:
                media["example"] = known[name]
        headers = response.setdefault("headers", {})
        headers["X-Correlation-ID"] = {"$ref": "#/components/headers/X-Correlation-ID"}


def _refusal(code: int) -> dict[str, Any]:
    more = {401: ("WWW-Authenticate",), 429: ("Retry-After",)}.get(code, ())
    return {
        "description": MEANINGS[code],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Correlation-ID", *more)},
        "content": {
            PROBLEM_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": refusal(code),
            }
        },
    }


def _schemas(model: type[shapes.Given], name: str) -> dict[str, Any]:
    """A model that no route names, with all that it needs."""
    found = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**found.pop("$defs", {}), name: found}


# Effects


def _splice(schemas: dict[str, Any]) -> None:
    """Say each effect's parameters, as the core declares them, wherever an effect is asked for."""
    # FastAPI leaves null out, which means something in an edit.
    for model in OPS.values():
        schemas[model.__name__]["examples"] = model.model_json_schema()["examples"]
    effects, generators = parameter_schemas(), generator_schemas()
    for name, parameters in effects.items():
        schemas[f"effect_{name}"] = _nullable(parameters)
    for name in _parts(schemas, ("EditBatch", "CreateClip", "PatchClip", "CreateProject", "PatchProject")):
        schemas[name] = _nullable(schemas[name])
    _choose(schemas, "AddEffect", effects, by="type", holding="params")
    _choose(schemas, "ClipEffect", effects, by="effect_type", holding="parameters")
    _choose(schemas, "PreviewEffect", effects, by="effect_type", holding="parameters")
    further = {"AddText": effects["text_overlay"]}
    further |= {
        name: generators[schema["properties"]["generator"]["const"]]
        for name, schema in schemas.items()
        if schema.get("additionalProperties") is True
        and "const" in schema.get("properties", {}).get("generator", {})
    }
    for name, parameters in further.items():
        own = schemas[name]["properties"]
        schemas[name]["properties"] = {**_nullable(parameters)["properties"], **own}
        schemas[name]["additionalProperties"] = False


def _choose(schemas: dict[str, Any], name: str, effects: Mapping[str, Any], *, by: str, holding: str) -> None:
    """Make of one shape a choice of shapes, one for each effect."""
    whole = schemas[name]
    mapping = {}
    for kind, parameters in effects.items():
        needed = [holding] if parameters.get("required") else []
        properties = {
            **whole["properties"],
            by: {"const": kind},
            holding: {"$ref": f"#/components/schemas/effect_{kind}"},
        }
        one = {**whole, "title": f"{name}, {kind}", "properties": properties}
        one["required"] = list(dict.fromkeys([*whole.get("required", ()), *needed]))
        one.pop("examples", None)
        schemas[f"{name}_{kind}"] = one
        mapping[kind] = f"#/components/schemas/{name}_{kind}"
    schemas[name] = {
        "title": name,
        "description": whole.get("description", ""),
        "oneOf": [{"$ref": reference} for reference in mapping.values()],
        "discriminator": {"propertyName": by, "mapping": mapping},
        **({"examples": whole["examples"]} if "examples" in whole else {}),
    }


def _parts(schemas: Mapping[str, Any], names: Iterable[str]) -> set[str]:
    """The shapes that these are made of."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for node in _nodes(schemas[name]):
            if isinstance(reference := node.get("$ref"), str):
                waiting.append(reference.rpartition("/")[2])
    return found


def _nullable(shape: Any) -> Any:
    """The shape with null for whatever may be left out: documents and edits take both for the same."""
    if isinstance(shape, list):
        return [_nullable(one) for one in shape]
    if not isinstance(shape, dict):
        return shape
    inner = {name: value if name in _VALUES else _nullable(value) for name, value in shape.items()}
    if not isinstance(shape.get("properties"), dict):
        return inner
    needed = shape.get("required", ())
    properties = {
        name: one if name in needed or _takes_null(one) else _or_null(one)
        for name, one in inner["properties"].items()
    }
    return {**inner, "properties": properties}


def _takes_null(shape: Mapping[str, Any]) -> bool:
    return {"type": "null"} in shape.get("anyOf", ())


def _or_null(shape: Mapping[str, Any]) -> dict[str, Any]:
    said = ("title", "description", "default", "x-aliases", "x-unit")
    inner = {name: value for name, value in shape.items() if name not in said}
    return {**{name: shape[name] for name in said if name in shape}, "anyOf": [inner, {"type": "null"}]}


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The document as JSON readers have it, with constraints under the names of JSON Schema."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(schema))
    for node in _nodes(plain):
        # pydantic leaves these as they are behind a validator of our own.
        for ours, known in (("ge", "minimum"), ("le", "maximum"), ("gt", "exclusiveMinimum")):
            if node.get("type") in ("integer", "number") and ours in node:
                node[known] = node.pop(ours)
    return plain


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)
