"""`/ws`: what happens, as it happens, and what was missed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from stoat_ferret.api.guards import SEND, identity_of
from stoat_ferret.api.queries import require_known
from stoat_ferret.bus import Message, Subscription
from stoat_ferret.errors import RequestError
from stoat_ferret.model.event import EVENT_TYPES, Event
from stoat_ferret.studio import Studio

router = APIRouter()

_POLICY_VIOLATION = 1008
_GOING_AWAY = 1001
_LONGEST_REASON = 123
"""Bytes of a reason that a closing frame has room for."""
_PARAMETERS = ("job_id", "project_id", "since", "types")


@router.websocket("/ws")
async def events(websocket: WebSocket) -> None:
    """Every event, or those that `?project_id=`, `?job_id=` and `?types=A,B` ask for.

    `?since=` or the header `Last-Event-ID` replays what came after that event, or answers `RESYNC`.
    """
    studio: Studio = websocket.app.state.studio
    try:
        wanted = _wanted(websocket)
    except RequestError as wrong:
        await websocket.accept()
        await websocket.close(_POLICY_VIOLATION, _brief(wrong.problems[0].message))
        return
    except ValueError as wrong:
        await websocket.accept()
        await websocket.close(_POLICY_VIOLATION, _brief(str(wrong)))
        return
    await websocket.accept(subprotocol=websocket.scope.get("stoat.subprotocol"))
    listening = asyncio.create_task(_listen(websocket))
    telling = asyncio.create_task(_tell(websocket, studio, wanted))
    with studio.keys.holders.holding(identity_of(websocket.scope)) as ended:
        try:
            await asyncio.wait((listening, telling, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (listening, telling):
                task.cancel()
            await asyncio.gather(listening, telling, return_exceptions=True)
    code, why = (_POLICY_VIOLATION, ended.result()) if ended.done() else (_GOING_AWAY, None)
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close(code, why)


async def _tell(websocket: WebSocket, studio: Studio, wanted: dict[str, Any]) -> None:
    """The messages as they come, and a heartbeat whenever none came for so long."""
    send = websocket.scope[SEND]
    with studio.bus.subscribe(**wanted) as subscription:
        heart = _Heart(subscription, studio.settings.ws_heartbeat_seconds)
        try:
            async for message in subscription:
                heart.rest()
                await send({"type": "websocket.send", "text": message.text})
        finally:
            heart.stop()


class _Heart:
    """Puts a heartbeat in a queue that nothing went through for so long.

    One timer for a connection, not for each message: with hundreds who listen, those would cost more than
    to send.
    """

    def __init__(self, subscription: Subscription, seconds: float) -> None:
        self._subscription = subscription
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(seconds, self._beat)
        self.rest()

    def rest(self) -> None:
        """Something is sent now."""
        self._last = self._loop.time()

    def stop(self) -> None:
        """Beat no more."""
        self._timer.cancel()

    def _beat(self) -> None:
        due = self._last + self._seconds
        if due <= self._loop.time():
            beat = Message.of(Event(type="HEARTBEAT"), after=self._subscription.passed)
            self._subscription.tell(beat)
            due = self._loop.time() + self._seconds
        self._timer = self._loop.call_at(due, self._beat)


async def _listen(websocket: WebSocket) -> None:
    """Nothing that a client says means anything; that it has gone does."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.receive()


def _wanted(websocket: WebSocket) -> dict[str, Any]:
    query = websocket.query_params
    require_known(query.multi_items(), _PARAMETERS)
    since = query.get("since") or websocket.headers.get("last-event-id")
    if since is not None and not (since.isascii() and since.isdigit() and len(since) < 19):
        raise ValueError("since names no event")
    types = frozenset(part for part in query.get("types", "").split(",") if part)
    if unknown := types - set(EVENT_TYPES):
        raise ValueError(f"there is no event type {min(unknown)[:40]}")
    return {
        "since": None if since is None else int(since),
        "types": types,
        "project_id": query.get("project_id"),
        "job_id": query.get("job_id"),
    }


def _brief(reason: str) -> str:
    """As much of a reason as a closing frame holds; what a client sent may be any text."""
    return reason.encode("ascii", "replace")[:_LONGEST_REASON].decode()
