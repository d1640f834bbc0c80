"""`stoat serve`: the service, until it is asked to end."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import socket
import sys
import threading
from types import FrameType
from typing import Any

import uvicorn

from stoat_ferret.api.app import create
from stoat_ferret.api.wire import Speaking
from stoat_ferret.cli.answer import Answer
from stoat_ferret.config import Settings, load
from stoat_ferret.errors import RequestError
from stoat_ferret.operations import premises
from stoat_ferret.storage.exclusive import alone
from stoat_ferret.studio import Studio
from stoat_ferret.telemetry import logs, tracing

_HANG_UP_SECONDS = 3
_KEEP_ALIVE_SECONDS = 20
_LAST_SECONDS = 0.8
"""From the second signal to the end, whatever is still at work."""
_INSISTED = 1
"""Exit code of a service that was not let end in order."""
_LARGEST_MESSAGE = 64 * 1024
_OTHER_FILES = 512
"""Files that are open for other reasons than connections."""
_SWITCH_SECONDS = 0.0005
"""How long a thread that computes may keep the others waiting; Python's own 5 ms is felt in every answer."""
_COLLECTIONS = (10_000, 20, 20)
"""How much is made before the garbage collector looks at the youngest, the middle and the oldest objects."""


def serve(overrides: dict[str, Any], *, quiet: bool) -> Answer:
    """Serve until a signal comes; a second one ends it at once."""
    settings = load(**overrides)
    logs.set_up(settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    _make_room(settings.max_connections)
    end_tracing = tracing.set_up(settings)
    with alone(settings), _bound(settings) as listener:
        premises.require(settings)
        studio = Studio(settings)
        studio.database.open()
        studio.keeper.require_known()
        port = listener.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        url = f"http://{host}:{port}"
        server = _Server(_config(studio), studio, None if quiet else url)
        try:
            server.run(sockets=[listener])
        finally:
            end_tracing()
    return Answer(data={"url": url, "ended": True}, text=lambda _: None)


class _Server(uvicorn.Server):
    """Lets the studio know of signals at once, so that its work and its connections end side by side."""

    def __init__(self, config: uvicorn.Config, studio: Studio, url: str | None) -> None:
        super().__init__(config)
        self._studio = studio
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        _keep_what_stays()
        if self.started and self._url is not None:
            print(f"stoat serves {self._url}", flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal asks, the second one insists."""
        if self.should_exit:
            if not self.force_exit:
                # What hangs, hangs: everything that was acknowledged is durable, and children die with us.
                deadline = threading.Timer(_LAST_SECONDS, os._exit, (_INSISTED,))
                deadline.daemon = True
                deadline.start()
            self.force_exit = True
            self._loop.call_soon_threadsafe(self._studio.hurry)
        else:
            self._loop.call_soon_threadsafe(self._studio.leave)
        self.should_exit = True


def _make_room(connections: int) -> None:
    """Let so many connections be open beside the files of the work, as far as the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _keep_what_stays() -> None:
    """Spare the collector what is there for good: to look through it held up every answer for 0.1 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)


def _config(studio: Studio) -> uvicorn.Config:
    speaking = Speaking.of(studio.settings)
    return uvicorn.Config(
        create(studio),
        loop="uvloop",
        http=speaking.http,
        ws=speaking.sockets,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws_max_size=_LARGEST_MESSAGE,
        # Events are small, and browsers ask for it: each would be compressed anew for everybody who listens.
        ws_per_message_deflate=False,
        # Longer than clients keep a connection that nothing goes over: they hang up, and lose no request.
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_HANG_UP_SECONDS,
    )


def _bound(settings: Settings) -> socket.socket:
    """A listening socket; raises `RequestError` when the address is taken or is not this machine's."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise RequestError.because(
            "server.address",
            f"{settings.host}:{settings.port} cannot be served: {error.strerror}.",
            hint="Another server may run there: stop it, or choose another --port.",
            path="STOAT_PORT",
        ) from error
    listener.set_inheritable(False)
    return listener
