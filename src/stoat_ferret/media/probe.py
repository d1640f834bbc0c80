"""Looking at source files: what is in them, found by a process of its own that may crash without harm.

A file is opened here, under the path policy, and handed over as a descriptor; what was found is kept by the
file's identity, so that an unchanged file is looked at once.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from stoat_ferret.config import Settings
from stoat_ferret.errors import MediaRefused, ProbeBroken
from stoat_ferret.media.facts import MediaFacts
from stoat_ferret.media.files import identity, open_source
from stoat_ferret.media.shelf import Shelf

__all__ = ["Found", "probe", "probe_all"]

Found = MediaFacts | MediaRefused
"""The facts about a file, or why it cannot be a source."""

_SCHEMA = "stoat.facts/1"
_START_SECONDS = 30.0
_FILES_PER_PROCESS = 8  # below this, starting another process costs more than it saves
_READ = "import sys; sys.path.append(sys.argv[1]); from stoat_ferret.media.demux import main; main()"
_DAMAGED = "It may be damaged: play it from start to end, or copy it again."


def probe(path: Path, settings: Settings) -> MediaFacts:
    """Look at one file; raises `MediaRefused` with the reason where it cannot be a source."""
    found = probe_all([path], settings)[path]
    if isinstance(found, MediaRefused):
        raise found
    return found


def probe_all(paths: Iterable[Path], settings: Settings) -> dict[Path, Found]:
    """Look at many files, in parallel, each once; a file that crashes its reader harms no other."""
    shelf = Shelf(settings.cache_dir / "facts", schema=_SCHEMA)
    found: dict[Path, Found] = {}
    cold: list[_Task] = []
    try:
        for path in dict.fromkeys(paths):
            task = _prepare(path, settings, shelf)
            if isinstance(task, _Task):
                cold.append(task)
            else:
                found[path] = task
        found.update(_look(cold, settings, shelf))
    finally:
        for task in cold:
            os.close(task.descriptor)
    return found


class _Task:
    """One open file that must be looked at."""

    def __init__(self, asked: Path, path: Path, descriptor: int, key: str, name: str) -> None:
        self.asked = asked
        self.path = path
        self.descriptor = descriptor
        self.key = key
        self.identity = name


def _prepare(path: Path, settings: Settings, shelf: Shelf) -> Found | _Task:
    absolute = Path(os.path.abspath(path))
    try:
        descriptor = open_source(absolute, settings.media_roots)
    except MediaRefused as refused:
        return refused
    try:
        status = os.fstat(descriptor)
        name = identity(descriptor)
        key = f"{name}-{status.st_dev}-{status.st_ino}-{settings.max_pixels}"
        known = _known(shelf, key)
    except OSError as error:
        os.close(descriptor)
        return MediaRefused.because(
            "media.unreadable", f"{path} cannot be read: {error.strerror}.", hint=_DAMAGED
        )
    if known is None:
        return _Task(path, absolute, descriptor, key, name)
    os.close(descriptor)
    return replace(known, path=str(absolute))


def _known(shelf: Shelf, key: str) -> MediaFacts | None:
    value = shelf.get(key)
    try:
        return None if value is None else MediaFacts.from_json(value)
    except (KeyError, TypeError):
        return None


def _look(tasks: Sequence[_Task], settings: Settings, shelf: Shelf) -> dict[Path, Found]:
    if not tasks:
        return {}
    waiting: SimpleQueue[_Task] = SimpleQueue()
    for task in tasks:
        waiting.put(task)
    found: dict[Path, Found] = {}
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with _Reader(settings) as reader:
                while True:
                    task = waiting.get_nowait()
                    found[task.asked] = result = reader.look(task)
                    if isinstance(result, MediaFacts):
                        shelf.put(task.key, result.to_json())
        except Empty:
            return
        except BaseException as error:
            failures.append(error)

    count = min(os.cpu_count() or 1, 1 + len(tasks) // _FILES_PER_PROCESS, len(tasks))
    helpers = [threading.Thread(target=work, daemon=True) for _ in range(count - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if failures:
        raise failures[0]
    return found


class _Reader:
    """The process that looks into files, started when it is first needed and again after a crash."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def __enter__(self) -> _Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def look(self, task: _Task) -> Found:
        """What is in the file, by the process; its crash or delay is the file's fault."""
        seconds = self._settings.probe_seconds
        channel = self._channel or self._start()
        request = {
            "path": str(task.path),
            "identity": task.identity,
            "seconds": seconds,
            "max_pixels": self._settings.max_pixels,
            "memory": self._settings.probe_memory_mib * 1024 * 1024,
        }
        try:
            socket.send_fds(channel, [json.dumps(request).encode()], [task.descriptor])
            answer = _line(channel, seconds)
        except TimeoutError:
            self._end()
            return MediaRefused.because(
                "media.unreadable",
                f"{task.path}: looking at it took longer than {seconds:g} s.",
                hint="Copy it to a faster disk, or raise STOAT_PROBE_SECONDS.",
            )
        except OSError:
            answer = b""
        if not answer:
            self._end()
            return MediaRefused.because(
                "media.unreadable", f"{task.path}: it crashed the program that read it.", hint=_DAMAGED
            )
        return _result(task.path, json.loads(answer))

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


def _result(path: Path, answer: dict[str, Any]) -> Found:
    if "error" not in answer:
        return MediaFacts.from_json(answer)
    error = answer["error"]
    message = error["message"]
    return MediaRefused.because(
        error["code"], f"{path}: {message[:1].lower()}{message[1:]}", hint=error.get("hint") or _DAMAGED
    )
