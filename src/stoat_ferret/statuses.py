"""The one table from errors and codes to HTTP statuses, and the one shape in which they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from stoat_ferret import errors
from stoat_ferret.errors import Problem, RequestError, StoatError, WorkError

__all__ = ["TITLES", "document", "status_of", "status_of_class", "status_of_code"]

TITLES: Final[Mapping[int, str]] = {
    400: "The request cannot be read",
    401: "Who sends this is not known",
    403: "This is not allowed",
    404: "There is no such thing",
    405: "This method does not work here",
    408: "The request took too long",
    409: "This contradicts what is there",
    412: "This builds on an old state",
    413: "The request is too large",
    415: "The body is of the wrong kind",
    416: "These bytes cannot be served",
    421: "The request is meant for another host",
    422: "The request asks for what cannot be",
    428: "The request does not say on what it builds",
    429: "Too many requests",
    431: "The head of the request is too large",
    500: "The server made a mistake",
    502: "Another server did not do its part",
    503: "The service cannot do this now",
    504: "The work took too long",
    507: "There is no room left",
}
"""What each status means here, in words that do not change from one occurrence to the next."""

_READ: Final = 20
"""Messages in `detail`."""

_CLASSES: Final[Mapping[type[StoatError], int]] = {
    StoatError: 500,
    RequestError: 422,
    errors.Malformed: 400,
    errors.Unauthorised: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.BodyStalled: 408,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.BodyTooLarge: 413,
    errors.ContentTypeRefused: 415,
    errors.HeadTooLarge: 431,
    errors.RangeRefused: 416,
    errors.Misdirected: 421,
    errors.PreconditionMissing: 428,
    errors.TooManyRequests: 429,
    WorkError: 500,
    errors.Cancelled: 409,
    errors.CodecMissing: 503,
    errors.DatabaseCorrupt: 503,
    errors.DatabaseFull: 507,
    errors.DatabaseUnavailable: 503,
    errors.DiskFull: 507,
    errors.FFmpegBroken: 503,
    errors.FFmpegKilled: 503,
    errors.FFmpegMissing: 503,
    errors.FFmpegStalled: 504,
    errors.FFmpegTimeout: 504,
    errors.FFmpegTooOld: 503,
    errors.InputRefused: 422,
    errors.LimitReached: 422,
    errors.LeaseLost: 409,
    errors.OutboundFailed: 502,
    errors.OutputUnwritable: 503,
    errors.ProbeBroken: 503,
}
"""A class without a line of its own has that of its parent."""

_CODES: Final[Mapping[str, int]] = {
    "body.not_json": 400,
    "body.too_large": 413,
    "body.unreadable": 400,
    "bytes.outside": 416,
    "document.not_json": 400,
    "document.not_utf8": 400,
    "document.too_large": 413,
    "internal": 500,
    "media.changed": 409,
    "method.not_allowed": 405,
    "output.exists": 409,
    "request.refused": 400,
    "route.not_found": 404,
}
"""Codes of plain request errors that are not a matter of content."""


def document(status: int, problems: Sequence[Problem], *, instance: str | None) -> dict[str, Any]:
    """Everything that is wrong, as RFC 9457 has it; `instance` names the occurrence.

    `type` is `urn:stoat:problem:<code>`: a name that does not change with where the service runs,
    for the code that docs/reference/problems.md explains.
    """
    first = problems[0]
    shown: dict[str, Any] = {
        "type": f"urn:stoat:problem:{first.code}",
        "title": TITLES.get(status, "The request was refused"),
        "status": status,
        "detail": _detail([problem.message for problem in problems]),
        "code": first.code,
    }
    if instance is not None:
        shown["instance"] = instance
    return {**shown, "problems": [problem.to_json() for problem in problems]}


def _detail(messages: Sequence[str]) -> str:
    """All messages, each once, and as many as somebody reads; `problems` has them all."""
    told = list(dict.fromkeys(messages))
    more = len(told) - _READ
    return " ".join(told[:_READ]) + (f" And {more} more." if more > 0 else "")


def status_of(error: StoatError) -> int:
    """The status that answers an error: its class's, and for a plain request error its first code's."""
    found = status_of_class(type(error))
    problems = getattr(error, "problems", ())
    return status_of_code(problems[0].code) if found == _CLASSES[RequestError] and problems else found


def status_of_class(kind: type[StoatError]) -> int:
    """The status that answers a class of errors."""
    return next(_CLASSES[parent] for parent in kind.__mro__ if parent in _CLASSES)


def status_of_code(code: str) -> int:
    """The status that answers a request whose first problem has this code."""
    return _CODES.get(code, _CLASSES[RequestError])
