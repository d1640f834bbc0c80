"""What routes are given: the studio, on whose behalf they act, and strict JSON."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from stoat_ferret.api.guards import actor_of, identity_of
from stoat_ferret.api.queries import WholeNumber
from stoat_ferret.errors import PreconditionMissing, RequestError
from stoat_ferret.model.event import Claim, Context
from stoat_ferret.storage.idempotency import Answer
from stoat_ferret.studio import Studio
from stoat_ferret.telemetry import correlation_id

__all__ = ["By", "IfMatch", "Limit", "NeededMatch", "Offset", "StudioOf", "answered", "entity_tags"]

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ETAG = re.compile(r'^(?:W/)?"?([1-9][0-9]{0,9})"?$')


async def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


async def _by(request: Request) -> Context:
    """Who asks, under which correlation id, and whether the request is to be done once."""
    given = request.headers.getlist("idempotency-key")
    key = given[0] if given else None
    # A key goes before it, and yet what is no name is refused, here as without a key.
    actor_of(request.scope)
    return Context(
        actor=identity_of(request.scope).name,
        correlation_id=correlation_id(),
        claim=None
        if key is None
        else Claim(key=_sound_key(key, twice=len(given) > 1), fingerprint=await _fingerprint(request)),
    )


async def _fingerprint(request: Request) -> str:
    sent = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    if request.headers.get("content-type", "").startswith("application/json"):
        sent.update(await request.body())
    else:
        sent.update(request.headers.get("content-length", "").encode())
    return sent.hexdigest()


def _sound_key(key: str, *, twice: bool) -> str:
    if not twice and _KEY.fullmatch(key):
        return key
    raise RequestError.because(
        "idempotency.key_invalid",
        "This is no key.",
        hint="Send 1 to 200 printable ASCII characters, once, such as a UUID.",
        path="/header/Idempotency-Key",
    )


def _revision(value: str) -> int:
    if found := _ETAG.match(value.strip()):
        return int(found[1])
    raise RequestError.because(
        "revision.invalid",
        "This names no revision.",
        hint='Send the ETag that you were given, such as "7".',
        path="/header/If-Match",
    )


async def _if_match(request: Request) -> int | None:
    value = request.headers.get("if-match")
    return None if value is None or value.strip() == "*" else _revision(value)


async def _needed_match(request: Request) -> int | None:
    if request.headers.get("if-match") is None:
        raise PreconditionMissing.because(
            "revision.required",
            "This replaces what others may have changed.",
            hint="Read the project, and send its ETag as If-Match.",
            path="/header/If-Match",
        )
    return await _if_match(request)


def entity_tags(header: str | None) -> set[str]:
    """The tags of an `If-None-Match`, weak ones as if they were strong: a revision never changes."""
    return {tag.strip().removeprefix("W/") for tag in (header or "").split(",")}


StudioOf = Annotated[Studio, Depends(_studio)]
By = Annotated[Context, Depends(_by)]
IfMatch = Annotated[int | None, Depends(_if_match)]
NeededMatch = Annotated[int | None, Depends(_needed_match)]
Limit = Annotated[WholeNumber, Query(ge=1, le=1000, description="The most items that are answered.")]
Offset = Annotated[WholeNumber, Query(ge=0, le=10_000_000, description="How many items are passed over.")]


def answered(answer: Answer) -> Response:
    """A use case's answer as a response."""
    headers = dict(answer.headers)
    if "Location" in headers:
        # Ids come from documents, too, and headers take no letters but ASCII's.
        headers["Location"] = quote(headers["Location"], safe="/")
    if answer.replayed:
        headers["Idempotency-Replayed"] = "true"
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    return OrjsonResponse(answer.body, status_code=answer.status, headers=headers)


class OrjsonResponse(JSONResponse):
    """JSON, quickly."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        import orjson

        return orjson.dumps(content)
