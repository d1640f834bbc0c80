"""The process that looks into files, as its parent sees it: started when needed, and again after a crash."""

from __future__ import annotations

import base64
import json
import select
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stoat_ferret.config import Settings, child_environment
from stoat_ferret.errors import MediaRefused, ProbeBroken
from stoat_ferret.media.facts import MediaFacts

__all__ = ["DAMAGED", "Found", "OpenSource", "Reader"]

Found = MediaFacts | MediaRefused
"""The facts about a file, or why it cannot be a source."""

DAMAGED = "It may be damaged: play it from start to end, or copy it again."

_START_SECONDS = 30.0
_READ = "import sys; sys.path.append(sys.argv[1]); from stoat_ferret.media.demux import main; main()"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSource:
    """A file that is open, and waits to be looked at."""

    path: Path
    """Absolute; for messages only."""
    descriptor: int
    """Whoever opened it closes it."""
    identity: str
    """Names its content, as `files.identity` does."""


class Reader:
    """The process that looks into files, started when it is first needed and again after a crash."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._stopped = False

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next look starts another one."""
        self._end()

    def look(self, source: OpenSource, *, thumbnail: int = 0) -> tuple[Found, bytes | None]:
        """What is in the file and, if it is asked for with a width in pixels, a JPEG of it.

        A crash or a delay of the process is the file's fault; where the picture may be to blame,
        the file is looked at once more without it.
        """
        found, drawn = self._look(source, thumbnail)
        if thumbnail and not self.running and not self._stopped:
            return self._look(source, 0)
        return found, drawn

    @property
    def running(self) -> bool:
        """The process is there."""
        return self._process is not None

    def stop(self) -> None:
        """End the process from another thread, for good: who waits for its answer gets none."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def view(
        self, source: OpenSource, facts: MediaFacts, wanted: dict[str, Any], *, seconds: float
    ) -> dict[str, Any]:
        """What `views` makes of the file within so many seconds; raises `MediaRefused`."""
        # Its own limit is one of processor time, of which two threads take twice as much.
        asked = {"facts": {**facts.to_json(), "tags": {}}, "wanted": wanted, "seconds": 2 * seconds}
        answer = self._ask(source, seconds, asked)
        if isinstance(answer, MediaRefused):
            raise answer
        if "error" in answer:
            raise _refused(source.path, answer["error"])
        return answer

    def _look(self, source: OpenSource, thumbnail: int) -> tuple[Found, bytes | None]:
        asked = {"max_pixels": self._settings.max_pixels, "thumbnail": thumbnail}
        answer = self._ask(source, self._settings.probe_seconds, asked)
        if isinstance(answer, MediaRefused):
            return answer, None
        return _result(source.path, answer)

    def _ask(
        self, source: OpenSource, seconds: float, asked: dict[str, Any]
    ) -> dict[str, Any] | MediaRefused:
        """The other side's answer, or what its silence means."""
        if self._process is not None and self._process.poll() is not None:
            # It died between two looks, which is no file's fault.
            self._end()
        channel = self._channel or self._start()
        request = {
            "path": str(source.path),
            "identity": source.identity,
            "seconds": seconds,
            "memory": self._settings.probe_memory_mib * 1024 * 1024,
            **asked,
        }
        try:
            socket.send_fds(channel, [json.dumps(request).encode()], [source.descriptor])
            answer = _line(channel, seconds)
        except TimeoutError:
            self._end()
            return MediaRefused.because(
                "media.unreadable",
                f"{source.path}: looking at it took longer than {seconds:g} s.",
                hint="Copy it to a faster disk, or raise STOAT_PROBE_SECONDS.",
            )
        except OSError:
            answer = b""
        if not answer:
            self._end()
            return MediaRefused.because(
                "media.unreadable", f"{source.path}: it crashed the program that read it.", hint=DAMAGED
            )
        found: dict[str, Any] = json.loads(answer)
        return found

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as log:
            # -P keeps the current folder out of the module search: it may be anybody's.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _READ, str(Path(__file__).parents[2])],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                env=child_environment(),
            )
            theirs.close()
            self._channel = ours
            try:
                ready = _line(ours, _START_SECONDS)
            except OSError:
                ready = b""
            if ready != b"ready":
                self._end()
                log.seek(0)
                lines = log.read().decode(errors="replace").strip().splitlines()
                raise ProbeBroken(detail=lines[-1] if lines else "it ended without a word")
        return ours

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            # Nothing in it is worth an orderly end.
            self._process.kill()
            self._process.wait()
            self._process = None


def _line(channel: socket.socket, seconds: float) -> bytes:
    """The next line from the other side; empty: it is gone. Raises `TimeoutError`."""
    deadline = time.monotonic() + seconds
    parts = bytearray()
    while not parts.endswith(b"\n"):
        if not select.select([channel], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        data = channel.recv(65536)
        if not data:
            return b""
        parts += data
    return bytes(parts[:-1])


def _result(path: Path, answer: dict[str, Any]) -> tuple[Found, bytes | None]:
    if "error" in answer:
        return _refused(path, answer["error"]), None
    drawn = answer["thumbnail"]
    return MediaFacts.from_json(answer["facts"]), None if drawn is None else base64.b64decode(drawn)


def _refused(path: Path, error: dict[str, Any]) -> MediaRefused:
    message = error["message"]
    return MediaRefused.because(
        error["code"], f"{path}: {message[:1].lower()}{message[1:]}", hint=error.get("hint") or DAMAGED
    )
