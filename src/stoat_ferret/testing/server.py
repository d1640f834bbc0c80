"""A `stoat serve` of its own for a test: started, killed, started again on the same data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

__all__ = ["Server"]

_START_SECONDS = 60.0
_SERVE = ("-m", "stoat_ferret.cli", "serve")


class Server:
    """The service as a process, with a client to it."""

    def __init__(
        self,
        data_dir: Path,
        *,
        media_root: Path | None = None,
        program: Sequence[str] = _SERVE,
        environment: Mapping[str, str] | None = None,
        **settings: str,
    ) -> None:
        """`settings` are `STOAT_*` settings by their small names.

        `program`: what Python runs, `environment`: what else it finds there.
        """
        self._program = tuple(program)
        self.data_dir = data_dir
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STOAT_")},
            "STOAT_DATA_DIR": str(data_dir),
            "STOAT_PORT": "0",
            **({"STOAT_MEDIA_ROOTS": str(media_root)} if media_root else {}),
            **{f"STOAT_{name.upper()}": value for name, value in settings.items()},
            **(environment or {}),
        }
        """What the process finds there."""
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    @property
    def process(self) -> subprocess.Popen[str]:
        """The process that runs now."""
        assert self._process is not None
        return self._process

    def start(self) -> Self:
        """Start, and wait until it answers; raises `AssertionError` with its log when it does not."""
        self.launch()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("stoat serves "):
            self.kill()
            raise AssertionError(f"{line!r}\n{self.tail()}")
        self.url = line.removeprefix("stoat serves ").strip()
        return self

    def launch(self) -> None:
        """Start, and wait for nothing."""
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program],
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def client(self, headers: Mapping[str, str] | None = None) -> httpx.Client:
        """A client to `/api/v1`."""
        return httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, timeout=60.0)

    def kill(self) -> None:
        """End it as a crash does."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        return self._end(signal.SIGTERM)

    def fate(self) -> str:
        """Whether it runs still or how it ended (-9: killed, or no memory), and the end of its log."""
        code = self.process.poll()
        return f"{'it runs' if code is None else f'it ended with {code}'}\n{self.tail()}"

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-4000:]

    def _end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(_START_SECONDS)
        self._close()
        return code

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.kill()
        self._close()
