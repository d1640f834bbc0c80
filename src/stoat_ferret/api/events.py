"""`/ws`: what happens, as it happens, and what was missed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from stoat_ferret.bus import Message
from stoat_ferret.model.event import EVENT_TYPES, Event
from stoat_ferret.studio import Studio

router = APIRouter()

_BAD_REQUEST = 1008
_GOING_AWAY = 1001


@router.websocket("/ws")
async def events(websocket: WebSocket) -> None:
    """Every event, or those that `?project_id=`, `?job_id=` and `?types=A,B` ask for.

    `?since=` or the header `Last-Event-ID` replays what came after that event, or answers `RESYNC`.
    """
    studio: Studio = websocket.app.state.studio
    try:
        wanted = _wanted(websocket)
    except ValueError as wrong:
        await websocket.accept()
        await websocket.close(_BAD_REQUEST, str(wrong))
        return
    await websocket.accept(subprotocol=websocket.scope.get("stoat.subprotocol"))
    listening = asyncio.create_task(_listen(websocket))
    telling = asyncio.create_task(_tell(websocket, studio, wanted))
    try:
        await asyncio.wait((listening, telling), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (listening, telling):
            task.cancel()
        await asyncio.gather(listening, telling, return_exceptions=True)
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close(_GOING_AWAY)


async def _tell(websocket: WebSocket, studio: Studio, wanted: dict[str, Any]) -> None:
    """The messages as they come, and a heartbeat whenever none came for so long."""
    heartbeat = studio.settings.ws_heartbeat_seconds
    with studio.bus.subscribe(**wanted) as subscription:
        while True:
            try:
                # No task for each message: with hundreds who listen, making them costs more than to send.
                async with asyncio.timeout(heartbeat):
                    message = await anext(subscription)
            except TimeoutError:
                message = Message.of(Event(type="HEARTBEAT"))
            except StopAsyncIteration:
                return
            await websocket.send({"type": "websocket.send", "text": message.text})


async def _listen(websocket: WebSocket) -> None:
    """Nothing that a client says means anything; that it has gone does."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await websocket.receive()


def _wanted(websocket: WebSocket) -> dict[str, Any]:
    query = websocket.query_params
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
