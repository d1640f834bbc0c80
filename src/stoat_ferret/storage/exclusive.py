"""One process at a time on a data folder."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from stoat_ferret.errors import RequestError

__all__ = ["alone"]


@contextlib.contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the data folder: two services on one would take each other's jobs.

    Raises `RequestError` while another process holds it; the system frees it with its process.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "server.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RequestError.because(
                "server.running",
                f"Another server works on {data_dir}.",
                hint="Stop it, or choose another --data-dir.",
                path="STOAT_DATA_DIR",
            ) from error
        yield
