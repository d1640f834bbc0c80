"""Steps that take no ffmpeg: copied frames, and the picture that is joined of them and of encoded ones."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stoat_ferret.apart import apart
from stoat_ferret.errors import CopyFailed, MediaRefused, StoatError
from stoat_ferret.media.joining import Part, join
from stoat_ferret.model.plan import Plan, Step

__all__ = ["copied_sources", "joined_to_pipe"]

_PIPE_BYTES = 1 << 20
"""What fits between who writes the picture and who reads it."""


def copied_sources(step: Step, plan: Plan) -> Sequence[str]:
    """The user's files of which a joined picture has frames, each once."""
    steps = {other.id: other for other in plan.steps}
    found = [path for name in step.needs if steps[name].kind == "copy" for path in steps[name].sources]
    return tuple(dict.fromkeys(found))


@asynccontextmanager
async def joined_to_pipe(
    step: Step, plan: Plan, folder: Path, roots: Sequence[Path], *, patience: float
) -> AsyncIterator[tuple[int, asyncio.Task[str]]]:
    """A pipe out of which the joined picture can be read in the block, and what will tell of its frames.

    Where both sides fail, the error is that of the one that failed first: `CopyFailed` of who writes, or else
    what the block raised. At the end of a block that failed, who writes is waited for `patience` seconds.
    """
    reader, writer = os.pipe()
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    writing = asyncio.create_task(_apart(step, plan, folder, roots, writer))
    try:
        try:
            # It begins now, or nobody would close its end of the pipe.
            await asyncio.sleep(0)
            yield reader, writing
        finally:
            # Who still writes learns that nobody reads.
            os.close(reader)
        await writing
    except BrokenPipeError:
        raise CopyFailed(detail="who read the picture did not read all of it") from None
    except StoatError:
        await asyncio.wait((writing,), timeout=patience)
        failed = writing.exception() if writing.done() else None
        if isinstance(failed, CopyFailed):
            raise failed from None
        raise
    finally:
        if not writing.done():
            writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def _apart(step: Step, plan: Plan, folder: Path, roots: Sequence[Path], output: int) -> str:
    """Join in a thread of its own; closes `output`."""
    stopped = threading.Event()

    def write() -> str:
        try:
            return _join(step, plan, folder, roots, output, stopped.is_set)
        finally:
            os.close(output)

    try:
        return await apart(write)
    finally:
        # Where it was called off, the thread ends soon.
        stopped.set()


def _join(
    step: Step, plan: Plan, folder: Path, roots: Sequence[Path], output: int, stopped: Callable[[], bool]
) -> str:
    """Raises `CopyFailed` or `OSError`."""
    steps = {other.id: other for other in plan.steps}

    def part(needed: Step) -> Part:
        assert needed.expect.frames is not None
        if needed.packets is None:
            return Part(path=folder / needed.output_name, frames=needed.expect.frames)
        return Part(
            path=Path(needed.sources[0]),
            roots=roots,
            packets=needed.packets,
            frames=needed.expect.frames,
        )

    try:
        return join([part(steps[name]) for name in step.needs], output, rate=plan.rate, stopped=stopped)
    except MediaRefused as refused:
        raise CopyFailed(detail=refused.reason.message) from None
