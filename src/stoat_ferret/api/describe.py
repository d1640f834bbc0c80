"""What a route tells OpenAPI: its answer, its headers, and the problems that it may answer with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

__all__ = ["MEANINGS", "MEDIA", "PLAYLISTS", "PROBLEM_TYPE", "Links", "binary", "told", "upload"]

PROBLEM_TYPE: Final = "application/problem+json"

MEANINGS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "A key is needed, or the one that was sent is not known.",
    403: "The key, or the page that sends this, may not do it.",
    404: "What the request names is not there.",
    405: "This address does not know this method; Allow names those that it knows.",
    408: "The body made no progress.",
    409: "It is there, but not as the request expects it.",
    412: "The revision that the request names is not the newest.",
    413: "The body is too large.",
    415: "The body is of a type that is not taken here.",
    416: "The ranges cannot be answered.",
    421: "The request is meant for another host.",
    422: "What is sent is wrong; all that is wrong is told.",
    428: "The request must say which revision it changes.",
    429: "Too many requests, or too much work waits; Retry-After says when to come back.",
    500: "A fault of the server; nothing was changed.",
    503: "The database or ffmpeg does not answer; nothing was changed.",
    504: "ffmpeg took too long.",
    507: "A disk is full; nothing was changed.",
}
"""What each status of a refusal means; the description of the API has one response for each."""

MEDIA: Final = ("video/*", "audio/*", "image/*", "application/octet-stream")
"""What media files are served as, by their endings."""

PLAYLISTS: Final = ("application/vnd.apple.mpegurl", "application/dash+xml")
"""What playlists of HLS and DASH are served as."""

Links = Mapping[str, Mapping[str, str]]
"""For operations that can follow, where their parameters are found in the answer."""

_ALWAYS: Final = (400, 401, 403, 416, 421, 422, 429, 500, 503)
_CHANGING: Final = (408, 413, 415, 507)


def told(
    answer: type[BaseModel] | None,
    summary: str,
    *problems: int,
    status: int = 200,
    example: Any = None,
    changes: bool = False,
    headers: tuple[str, ...] = (),
    links: Links | None = None,
    operation: str | None = None,
    otherwise: int | None = None,
) -> dict[str, Any]:
    """Arguments for a route's decorator: it answers `answer`, or one of the problems.

    `example` is a request's body, `headers` those of the answer, by the names of `openapi.HEADERS`;
    `operation` names a second route to the same function;
    `otherwise` is a status that says no in the same shape.
    """
    done: dict[str, Any] = {"description": f"{summary.rstrip('.?')}: done." if changes else summary}
    if answer is not None:
        done["model"] = answer
    replayed = ("Idempotency-Replayed",) if changes else ()
    done["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in (*headers, *replayed)}
    if links:
        done["links"] = {
            name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in links.items()
        }
    responses: dict[int | str, dict[str, Any]] = {status: done}
    for code in sorted({*_ALWAYS, *problems, *(_CHANGING if changes else ())}):
        responses[code] = _problem(code)
    if otherwise is not None:
        # Not as `content` alone: FastAPI fills in the schema of a model.
        responses[otherwise] = {"description": "Not now.", "model": answer}
    described: dict[str, Any] = {
        "summary": summary,
        "status_code": status,
        "responses": responses,
        "response_model": None,
        "openapi_extra": _extra(problems, example, changes=changes),
    }
    if operation is not None:
        described["operation_id"] = operation
    return described


def binary(
    summary: str, *problems: int, types: tuple[str, ...], ranges: bool = False, text: bool = False
) -> dict[str, Any]:
    """The same for a route that answers with a file."""
    schema = {"type": "string"} if text else {"type": "string", "format": "binary"}
    content = {kind: {"schema": schema} for kind in types}
    described = told(None, summary, *problems)
    described["responses"][200]["content"] = content
    if ranges:
        parts = {**content, "multipart/byteranges": {"schema": schema}}
        described["responses"][206] = {"description": "A part of the file, or parts.", "content": parts}
        described["openapi_extra"].setdefault("parameters", []).append(_parameter("Range"))
    from fastapi.responses import Response

    described["response_class"] = Response
    return described


def upload(answer: type[BaseModel], summary: str, *problems: int) -> dict[str, Any]:
    """The same for a route that takes a file, as it is or in a form."""
    described = told(answer, summary, *problems, status=201, changes=True)
    file = {"type": "string", "format": "binary"}
    form = {"type": "object", "properties": {"file": file}, "required": ["file"]}
    content = {"application/octet-stream": {"schema": file}, "multipart/form-data": {"schema": form}}
    described["openapi_extra"]["requestBody"] = {"required": True, "content": content}
    return described


def _extra(problems: tuple[int, ...], example: Any, *, changes: bool) -> dict[str, Any]:
    """What the route's signature does not say: headers that are read elsewhere, the example of its body."""
    names = [
        *(("IfMatchNeeded",) if 428 in problems else ("IfMatch",) if 412 in problems else ()),
        *(("IdempotencyKey", "Actor") if changes else ()),
    ]
    extra: dict[str, Any] = {}
    if names:
        extra["parameters"] = [_parameter(name) for name in names]
    if example is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": example}}}
    return extra


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _problem(code: int) -> dict[str, Any]:
    return {
        "description": MEANINGS[code],
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
