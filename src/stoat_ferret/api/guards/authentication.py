"""Who sends a request: by its bearer token, or, on a machine of one's own, by what it says."""

from __future__ import annotations

import hmac
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stoat_ferret.api.guards.rates import Bucket, group
from stoat_ferret.api.guards.state import IDENTITY, OPEN, address_of, guarded, only
from stoat_ferret.config import Settings
from stoat_ferret.errors import Forbidden, Malformed, Unauthorised
from stoat_ferret.model.event import Context
from stoat_ferret.operations.keys import ADMINISTRATOR, LOCAL, SCOPES, Identity, Keyring, is_actor, key_id
from stoat_ferret.operations.refusals import UNKNOWN, Refusals
from stoat_ferret.telemetry import bound, correlation_id

ACTOR_HEADER: Final = "X-Stoat-Actor"
PROTOCOL: Final = "stoat.v1"
"""The WebSocket sub-protocol that is spoken; a browser offers it beside its token."""
TOKEN_PROTOCOL: Final = "stoat.token."  # noqa: S105 (the beginning of a name, no secret)

_ALL: Final = frozenset(SCOPES)


class Authentication:
    """Finds out who sends a request; without STOAT_API_TOKEN whoever shows none may do all."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, keyring: Keyring | None, refusals: Refusals | None
    ) -> None:
        self._app = app
        self._refusals = refusals
        self._secret = settings.api_token.get_secret_value().encode() if settings.api_token else None
        self._keyring = keyring
        self._failures = Bucket(settings.auth_failures)
        self._strangers = Bucket(settings.rate_limit) if settings.rate_limit else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leave the `Identity` in the scope, or refuse."""
        if not guarded(scope):
            await self._app(scope, receive, send)
            return
        identity = await self._identity(scope)
        scope[IDENTITY] = identity
        with bound(actor=identity.name):
            await self._app(scope, receive, send if scope["type"] == "http" else _agreeing(scope, send))

    async def _identity(self, scope: Scope) -> Identity:
        if scope["path"] in OPEN:
            return Identity(name=LOCAL, scopes=frozenset())
        address = address_of(scope)
        token = _token(scope)
        if token is None and self._secret is None:
            return Identity(name=await self._said(scope), scopes=_ALL)
        if token is None:
            if self._strangers is not None:
                self._strangers.take(address, "This address has sent all that it may for now.")
            raise _unauthorised("A token is needed.")
        # Before the token is looked at: who guesses learns nothing any more, not even from the right one.
        self._failures.require(address, "Too many refused tokens came from this address.")
        found = await self._holder(token)
        if found is None:
            self._failures.hit(address)
            self._note(address, token)
            raise _unauthorised("This token proves nothing.")
        return found

    def _note(self, address: str, token: str) -> None:
        if self._refusals is not None:
            self._refusals.note(
                "token.refused",
                who=group(address),
                key_id=key_id(token),
                by=Context(actor=UNKNOWN, correlation_id=correlation_id()),
                details={"address": address},
            )

    async def _said(self, scope: Scope) -> str:
        """Who the request says it is sent by; the name of a key is for those who prove it."""
        name = actor_of(scope)
        if name != LOCAL and self._keyring is not None and await self._keyring.names(name):
            raise Forbidden.because(
                "actor.is_key",
                "This is the name of a key, and nothing proves that you hold it.",
                hint=f"Send the key as `Authorization: Bearer KEY`, or another name in {ACTOR_HEADER}.",
                path=f"/header/{ACTOR_HEADER.lower()}",
            )
        return name

    async def _holder(self, token: str) -> Identity | None:
        if self._secret is not None and hmac.compare_digest(token.encode(), self._secret):
            return Identity(name=ADMINISTRATOR, scopes=_ALL)
        return None if self._keyring is None else await self._keyring.find(token)


def _token(scope: Scope) -> str | None:
    """The token that the request shows; none: it shows none. Never in the URL: URLs are written into logs."""
    header, twice = only(scope, "authorization")
    if twice:
        raise _unauthorised("There are two Authorization headers.")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthorised("The Authorization header is no bearer token.")
        return token.strip()
    if scope["type"] != "websocket":
        return None
    offered = [str(name) for name in scope.get("subprotocols", ())]
    tokens = [name.removeprefix(TOKEN_PROTOCOL) for name in offered if name.startswith(TOKEN_PROTOCOL)]
    # What is behind this guard answers with a name of a protocol, and never with a token.
    scope["subprotocols"] = [name for name in offered if not name.startswith(TOKEN_PROTOCOL)]
    return tokens[0] if tokens else None


def _agreeing(scope: Scope, send: Send) -> Send:
    """Browsers give up on a WebSocket that does not answer with one of the protocols that they offered."""

    async def agreed(message: Message) -> None:
        if message["type"] == "websocket.accept" and PROTOCOL in scope.get("subprotocols", ()):
            message = {**message, "subprotocol": message.get("subprotocol") or PROTOCOL}
        await send(message)

    return agreed


def actor_of(scope: Scope) -> str:
    """Who the request says it is sent by; raises `Malformed` for what cannot be a name."""
    raw, twice = only(scope, ACTOR_HEADER)
    if raw is None:
        return LOCAL
    name = raw.encode("latin-1").decode("utf-8", "replace")
    if twice or not is_actor(name) or "\ufffd" in name:
        raise Malformed.because(
            "actor.invalid",
            f"{ACTOR_HEADER} is not the name of an actor.",
            hint="Name yourself like agent:editor or person:ana, with 100 characters at most.",
            path=f"/header/{ACTOR_HEADER.lower()}",
        )
    return name


def _unauthorised(message: str) -> Unauthorised:
    return Unauthorised.because(
        "key.unknown",
        message,
        hint="Send `Authorization: Bearer TOKEN`; from a page, offer the WebSocket sub-protocols "
        "stoat.v1 and stoat.token.TOKEN.",
        path="/header/authorization",
    )
