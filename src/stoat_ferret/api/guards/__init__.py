"""What stands around the routes: each guard is pure ASGI middleware; `install` folds them around an app.

From the outside in: a name for the request, what is told of it, headers, one place that answers refusals,
and then the refusals themselves, cheapest first. They see HTTP and WebSocket alike.
What a guard finds out, those behind it read from the scope, under the names in `state`.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from stoat_ferret.api.guards.access import Access
from stoat_ferret.api.guards.addresses import Addresses
from stoat_ferret.api.guards.authentication import Authentication, actor_of
from stoat_ferret.api.guards.body_limits import BodyLimits
from stoat_ferret.api.guards.content_types import ContentTypes
from stoat_ferret.api.guards.correlation import Correlation
from stoat_ferret.api.guards.failures import Failures
from stoat_ferret.api.guards.headers import Headers
from stoat_ferret.api.guards.heads import HEAD, Heads
from stoat_ferret.api.guards.hosts import Hosts
from stoat_ferret.api.guards.origins import Origins
from stoat_ferret.api.guards.ranges import Ranges
from stoat_ferret.api.guards.rates import Rates
from stoat_ferret.api.guards.scopes import Scopes, needed_scope
from stoat_ferret.api.guards.state import CORRELATION_HEADER, SEND, identity_of
from stoat_ferret.api.guards.templates import Templates
from stoat_ferret.api.problems import Problems
from stoat_ferret.api.problems import install as install_problems
from stoat_ferret.config import Settings
from stoat_ferret.operations.keys import Keyring
from stoat_ferret.operations.refusals import Refusals

__all__ = ["HEAD", "SEND", "actor_of", "guards", "identity_of", "install", "needed_scope"]


def install(
    app: Starlette, settings: Settings, keyring: Keyring | None = None, refusals: Refusals | None = None
) -> None:
    """Put every guard around an application, before it serves its first request.

    `keyring` knows the API keys; without one only STOAT_API_TOKEN, if it is set, opens the door.
    `refusals` are told who was refused.
    """
    templates = Templates(app)
    problems = install_problems(app, settings, methods=templates.methods)
    for guard in reversed(guards(settings, keyring, problems, templates, refusals)):
        app.add_middleware(guard.cls, *guard.args, **guard.kwargs)


def guards(
    settings: Settings,
    keyring: Keyring | None,
    problems: Problems,
    templates: Templates,
    refusals: Refusals | None,
) -> Sequence[Middleware]:
    """The guards, the outermost first."""
    return (
        Middleware(Correlation),
        Middleware(Access, templates=templates),
        Middleware(Headers),
        *_sharing(settings),
        Middleware(Failures, problems=problems),
        Middleware(Addresses),
        Middleware(Hosts, settings=settings),
        Middleware(Origins, allowed=settings.allowed_origins),
        Middleware(Authentication, settings=settings, keyring=keyring, refusals=refusals),
        Middleware(Rates, per_minute=settings.rate_limit),
        Middleware(Scopes, refusals=refusals),
        Middleware(ContentTypes),
        Middleware(Ranges, most=settings.max_ranges),
        Middleware(
            BodyLimits,
            largest=settings.max_body_bytes,
            largest_upload=settings.max_upload_bytes,
            stall=settings.body_stall_seconds,
            whole=settings.body_seconds,
        ),
        Middleware(Heads),
    )


def _sharing(settings: Settings) -> Sequence[Middleware]:
    """Pages of allowed origins may read what is answered; a browser asks for that first."""
    if not settings.allowed_origins:
        return ()
    return (
        Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"),
            allow_headers=(
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "Last-Event-ID",
                "Range",
                "X-Stoat-Actor",
                CORRELATION_HEADER,
            ),
            expose_headers=("ETag", "Location", "RateLimit", "Retry-After", CORRELATION_HEADER),
        ),
    )
