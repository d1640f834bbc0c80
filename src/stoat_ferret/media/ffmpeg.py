"""Running ffmpeg: one process, watched, limited, and gone when it should be.

Sources are opened here, under the path policy, and ffmpeg gets `file:/proc/self/fd/N`:
it reads what was checked, whatever stands under the name by then.
FFmpeg 5.1 and 9 read every accepted format like that, and a concat list whose entries are absolute.
Where there is no `/proc` (not Linux), and for inputs marked `by_name`, it gets the absolute path.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import secrets
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stoat_ferret.config import Settings, child_environment
from stoat_ferret.errors import (
    Cancelled,
    CodecMissing,
    DiskFull,
    FFmpegFailed,
    FFmpegKilled,
    FFmpegMissing,
    FFmpegStalled,
    FFmpegTimeout,
    GraphRefused,
    InputRefused,
    LimitReached,
    OutputUnwritable,
    StoatError,
)
from stoat_ferret.media.files import open_source, written
from stoat_ferret.telemetry import meters, span

__all__ = ["Command", "Finished", "Input", "Limits", "Token", "classify", "execute"]

Token = str | Mapping[str, Any]
"""A word of the command line, or `{"input": k}`, `{"graph": true}`, `{"output": true}` to be filled in."""

_log: Final = logging.getLogger("stoat_ferret.ffmpeg")

_LOG_BYTES: Final = 64 * 1024
_TICK_SECONDS: Final = 0.5
_PROGRESS: Final = ("-progress", "pipe:1", "-nostats", "-stats_period", "0.5")
_MOVING: Final = ("frame", "out_time_us", "total_size")

# It becomes ffmpeg. Setting these things between fork and exec of a process with threads may deadlock.
_BECOME: Final = """
import ctypes, json, os, resource, signal, sys
order = json.loads(sys.argv[1])
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != order["parent"]:
    os._exit(1)
for name, value in order["limits"].items():
    kind = getattr(resource, name)
    hard = resource.getrlimit(kind)[1]
    if value is None:
        value = hard
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, hard))
os.nice(order["nice"])
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
# Every thread of ffmpeg would keep a heap of its own with frames that it no longer needs.
os.environ.setdefault("MALLOC_ARENA_MAX", "2")
if order["same_memory"]:
    os.environ["MALLOC_PERTURB_"] = "1"
try:
    os.execv(sys.argv[2], sys.argv[2:])
except OSError as error:
    os.write(2, ("cannot start: " + error.strerror).encode())
    os._exit(127)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One file that ffmpeg reads."""

    path: Path
    """Where it is."""
    roots: tuple[Path, ...] = ()
    """Folders of which one must hold it; empty: anywhere."""
    by_name: bool = False
    """Give ffmpeg the path instead of a descriptor: for formats that look for neighbours of the file."""
    pipe: int | None = None
    """An open pipe that is read instead; `path` is what it is called in messages. The caller closes it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """One run of ffmpeg, as the plan has it."""

    binary: Path
    """The ffmpeg program."""
    tokens: tuple[Token, ...]
    """Its arguments; what is not text is filled in from the fields below."""
    inputs: tuple[Input, ...] = ()
    """What `{"input": k}` stands for."""
    graph: str | None = None
    """Text of the filter graph, written to a file in the work folder for `{"graph": true}`."""
    output: Path | None = None
    """What `{"output": true}` stands for."""
    numbered: bool = False
    """Whether the output is many files, and its name says where their numbers stand."""
    work: Path
    """An existing folder that belongs to this run, in which ffmpeg runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one ffmpeg process may use; none: as much as it likes."""

    memory_bytes: int | None = None
    """Address space."""
    cpu_seconds: int | None = None
    """Processor time over all threads."""
    file_bytes: int | None = None
    """Size of the largest file that it writes."""
    nice: int = 0
    """How far it stands back for other programs, 0 to 19."""
    same_memory: bool = False
    """Whether memory that it is given begins with the same bytes every time, and not with what was there."""

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that the settings name."""
        return cls(
            memory_bytes=settings.ffmpeg_memory_bytes,
            cpu_seconds=settings.ffmpeg_cpu_seconds,
            file_bytes=settings.ffmpeg_file_bytes,
            nice=settings.ffmpeg_nice,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """A run that succeeded: code 0, not cancelled, and it said that it reached the end."""

    argv: tuple[str, ...]
    """The command, as it was run."""
    log: str
    """The end of what it wrote to its error output, noise removed."""
    seconds: float
    """Wall time."""


async def execute(
    command: Command,
    *,
    limits: Limits | None = None,
    on_progress: Callable[[str], None] | None = None,
    cancel: asyncio.Event | None = None,
    timeout: float | None = None,
    stall: float = 60.0,
    grace: float = 5.0,
) -> Finished:
    """Run ffmpeg to its end.

    `on_progress` gets every line that `-progress` writes, such as `frame=12`.
    `timeout` ends a run that takes longer, `stall` one that makes no progress for so long (seconds).
    A run is ended by SIGTERM, and by SIGKILL `grace` seconds later, whole process group;
    when this process dies, the kernel kills ffmpeg.

    Raises `Cancelled` when `cancel` is set, `MediaRefused` for an input, and otherwise what `classify` gives.
    Cancelling the task ends ffmpeg before `CancelledError` goes on.
    An unfinished output is left to the caller.
    """
    run = _Run(
        command=command,
        limits=limits or Limits(),
        on_progress=on_progress,
        cancel=cancel,
        timeout=timeout,
        stall=stall,
        grace=grace,
    )
    with span("ffmpeg"), _told(run):
        return await run.run()


@contextlib.contextmanager
def _told(run: _Run) -> Iterator[None]:
    """Count, time and log the run in the block, however it ends."""
    started = time.monotonic()
    status = "completed"
    meters().ffmpeg_started()
    try:
        yield
    except StoatError as error:
        status = error.code
        raise
    except asyncio.CancelledError:
        status = Cancelled.code
        raise
    except BaseException:
        status = "internal"
        raise
    finally:
        seconds = time.monotonic() - started
        meters().ffmpeg_ended(status=status, seconds=seconds)
        _log.info("ffmpeg_ended", extra={"status": status, "seconds": round(seconds, 3)})
        _log.debug("ffmpeg_command", extra={"argv": run.argv})


def classify(
    returncode: int, log: str, *, argv: Sequence[str] = (), output: Path | None = None
) -> StoatError:
    """The typed error for a run that failed, from its code and its log."""
    signalled = re.search(r"received signal (\d+)", log)
    if signalled and int(signalled[1]) == signal.SIGXCPU:
        return _limit("processor time", "STOAT_FFMPEG_CPU_SECONDS", returncode, log, argv)
    if returncode < 0 or (signalled and returncode == 255):
        number = -returncode if returncode < 0 else int(signalled[1]) if signalled else 0
        if number == signal.SIGXFSZ:
            return _limit("file size", "STOAT_FFMPEG_FILE_MIB", returncode, log, argv)
        return FFmpegKilled(signal=number, log=log)
    if _says(log, r"No space left on device|Disk quota exceeded") or returncode == 228:
        return DiskFull(path=str(output.parent if output else "the work folder"))
    if _says(log, r"File too large") or returncode == 229:
        return _limit("file size", "STOAT_FFMPEG_FILE_MIB", returncode, log, argv)
    if _says(log, r"Cannot allocate memory|malloc of size \d+ failed|out of memory") or returncode == 244:
        return _limit("memory", "STOAT_FFMPEG_MEMORY_MIB", returncode, log, argv)
    refused = output and _says(
        log, rf"{re.escape(str(output))}.*(Permission denied|Read-only|No such file|Is a dir)"
    )
    if refused and output:
        return OutputUnwritable(path=str(output), detail=refused.rpartition(": ")[2])
    for kind, pattern in _KINDS:
        reason = _says(log, pattern)
        if reason:
            return kind(returncode=returncode, log=log, argv=tuple(argv), reason=reason)
    return FFmpegFailed(returncode=returncode, log=log, argv=tuple(argv), reason=_last(log))


_KINDS: Final[tuple[tuple[type[FFmpegFailed], str], ...]] = (
    (
        CodecMissing,
        r"Unknown (encoder|decoder)|(En|De)coder .*not found|Requested output format .* is not|"
        r"Unable to (find|choose) a(n suitable)? output format|Unknown input format",
    ),
    (
        GraphRefused,
        r"No such filter|Error (parsing|initializing|reinitializing) (complex )?filter|filter ?graph|"
        r"Failed to (configure|set value|parse expression)|Option .* not found|Error applying option|"
        r"Error (setting|linking) .*filter|matches no streams|First input link .* do not match",
    ),
    (
        InputRefused,
        r"Invalid data found when processing input|moov atom not found|Error opening input|"
        r"Error while decoding|End of file|not whitelisted|not on whitelist",
    ),
)


def _limit(limit: str, setting: str, returncode: int, log: str, argv: Sequence[str]) -> LimitReached:
    return LimitReached(
        returncode=returncode, log=log, argv=tuple(argv), reason=_last(log), limit=limit, setting=setting
    )


def _says(log: str, pattern: str) -> str | None:
    """The first line of the log in which the pattern occurs."""
    found = re.compile(pattern, re.IGNORECASE)
    return next((line.strip() for line in log.splitlines() if found.search(line)), None)


def _last(log: str) -> str:
    """The last line that says why: what follows it only says that it failed."""
    general = re.compile(
        r"Conversion failed|Exiting normally|Error opening output files|Terminating thread|"
        r"Task finished with|Error sending frames|Could not open encoder before|"
        r"Nothing was written|maybe incorrect parameters"
    )
    lines = [line.strip() for line in log.splitlines() if line.strip() and not general.search(line)]
    return lines[-1] if lines else "it gave no reason"


@dataclass(kw_only=True, slots=True)
class _Run:
    """One run and what is known of it so far."""

    command: Command
    limits: Limits
    on_progress: Callable[[str], None] | None
    cancel: asyncio.Event | None
    timeout: float | None
    stall: float
    grace: float
    argv: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    """What ffmpeg was given for a source, and the source's path: for readable messages."""
    log: bytearray = field(default_factory=bytearray)
    moved: float = 0.0
    """When it last made progress, by the monotonic clock."""
    state: dict[str, str] = field(default_factory=dict)
    """The last values by which progress is seen."""
    written: tuple[int, int] | None = None
    """Size and time of change of the output: a container may be rearranged after the last frame."""
    failure: Exception | None = None
    """What `on_progress` raised."""
    ended: bool = False
    """It wrote `progress=end`."""

    async def run(self) -> Finished:
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled
        started = self.moved = time.monotonic()
        with contextlib.ExitStack() as held:
            # Held open until the end: also for the messages, and nobody else gets the number meanwhile.
            descriptors = self._prepare(held)
            process = await asyncio.create_subprocess_exec(
                *self._wrapped(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=descriptors,
                cwd=self.command.work,
                env=child_environment(),
                start_new_session=True,
            )
            returncode = await self._watch(process, started)
        log = self._log()
        # FFmpeg 5.1 ends with code 0 although the last of the output did not fit on the disk.
        if returncode != 0 or not self.ended or _says(log, r"Error (writing trailer|closing file)"):
            raise self._failure(returncode, log)
        return Finished(argv=self.argv, log=log, seconds=time.monotonic() - started)

    def _prepare(self, held: contextlib.ExitStack) -> tuple[int, ...]:
        """Open the inputs, write the graph and complete the command line."""
        descriptors: dict[Path, int] = {}
        pipes = []
        inputs = []
        for item in self.command.inputs:
            if item.pipe is not None:
                pipes.append(item.pipe)
                inputs.append(f"pipe:{item.pipe}")
                self.names[inputs[-1]] = str(item.path)
                continue
            if item.by_name or sys.platform != "linux":
                os.close(open_source(item.path, item.roots))
                inputs.append(f"file:{os.path.abspath(item.path)}")
                continue
            if item.path not in descriptors:
                descriptors[item.path] = open_source(item.path, item.roots)
                held.callback(os.close, descriptors[item.path])
            shown = f"file:/proc/self/fd/{descriptors[item.path]}"
            self.names[shown.removeprefix("file:")] = str(item.path)
            inputs.append(shown)
        graph = None if self.command.graph is None else self._write_graph(self.command.graph, held)
        words = [self._word(token, inputs, graph) for token in self.command.tokens]
        first = [word for word in ("-nostdin", "-hide_banner") if word not in words]
        first += [] if "-progress" in words else list(_PROGRESS)
        binary = str(self.command.binary)
        # It runs in the work folder.
        self.argv = (os.path.abspath(binary) if os.sep in binary else binary, *first, *words)
        return (*descriptors.values(), *pipes)

    def _write_graph(self, text: str, held: contextlib.ExitStack) -> str:
        path = self.command.work / f"graph-{secrets.token_hex(8)}.txt"
        with written(path):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            held.callback(_remove, path)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        return os.path.abspath(path)

    def _word(self, token: Token, inputs: Sequence[str], graph: str | None) -> str:
        if isinstance(token, str):
            return token
        match dict(token):
            case {"input": int(number)} if 0 <= number < len(inputs):
                return inputs[number]
            case {"graph": True} if graph is not None:
                return graph
            case {"output": True} if self.command.output is not None:
                folder, name = os.path.split(os.path.abspath(self.command.output))
                # Of the folder's name nothing stands for a number.
                folder = folder.replace("%", "%%") if self.command.numbered else folder
                return f"file:{os.path.join(folder, name)}"
        raise ValueError(f"the command has nothing for {token!r}")

    def _wrapped(self) -> list[str]:
        """The command line of the small program that takes on the limits and then becomes ffmpeg."""
        limits: dict[str, int | None] = {"RLIMIT_CORE": 0, "RLIMIT_NOFILE": None}
        for name, value in (
            ("RLIMIT_AS", self.limits.memory_bytes),
            ("RLIMIT_CPU", self.limits.cpu_seconds),
            ("RLIMIT_FSIZE", self.limits.file_bytes),
        ):
            if value is not None:
                limits[name] = value
        order = {
            "parent": os.getpid(),
            "limits": limits,
            "nice": self.limits.nice,
            "same_memory": self.limits.same_memory,
        }
        return [sys.executable, "-I", "-S", "-c", _BECOME, json.dumps(order), *self.argv]

    async def _watch(self, process: asyncio.subprocess.Process, started: float) -> int:
        """Wait for the end, whatever comes first; returns the process's code."""
        async with _Tasks() as tasks:
            end = tasks.start(process.wait())
            needed = {end, tasks.start(self._read_progress(process)), tasks.start(self._read_log(process))}
            called_off = set() if self.cancel is None else {tasks.start(self.cancel.wait())}
            try:
                while running := {task for task in needed if not task.done()}:
                    await asyncio.wait(
                        running | {task for task in called_off if not task.done()},
                        timeout=_TICK_SECONDS,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    self._judge(process, started)
            finally:
                # The pipes are read until they end: a process that writes to a full one would not.
                await _end_surely(process, self.grace)
            return int(end.result())

    def _judge(self, process: asyncio.subprocess.Process, started: float) -> None:
        """Raise the reason why the process must be ended, if there is one."""
        if self.failure is not None:
            raise self.failure
        if process.returncode is not None:
            return
        now = time.monotonic()
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled
        if self.timeout is not None and now - started > self.timeout:
            raise FFmpegTimeout(seconds=self.timeout, log=self._log())
        if now - self.moved > self.stall and not self._output_moved(now):
            raise FFmpegStalled(seconds=self.stall, log=self._log())

    def _output_moved(self, now: float) -> bool:
        try:
            status = os.stat(self.command.output) if self.command.output else None
        except OSError:
            status = None
        written = None if status is None else (status.st_size, status.st_mtime_ns)
        if written == self.written:
            return False
        self.written, self.moved = written, now
        return True

    async def _read_progress(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while data := await process.stdout.read(8192):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[-1024:]  # no line is so long; a program that writes no ends must not fill the memory
            for raw in lines:
                self._note(raw.decode("utf-8", errors="replace").strip())

    def _note(self, line: str) -> None:
        """One line of progress."""
        name, _, value = line.partition("=")
        if name in _MOVING and self.state.get(name) != value:
            self.state[name] = value
            self.moved = time.monotonic()
        self.ended = self.ended or line == "progress=end"
        if self.on_progress is not None and self.failure is None:
            try:
                self.on_progress(line)
            except Exception as error:
                self.failure = error

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while data := await process.stderr.read(8192):
            self.log += data
            if len(self.log) > 2 * _LOG_BYTES:
                del self.log[:-_LOG_BYTES]

    def _log(self) -> str:
        text = bytes(self.log[-_LOG_BYTES:]).decode("utf-8", errors="replace")
        for shown, path in sorted(self.names.items(), key=lambda item: -len(item[0])):
            text = text.replace(shown, path)
        return "\n".join(line for line in text.replace("\r", "\n").splitlines() if not _NOISE.match(line))

    def _failure(self, returncode: int, log: str) -> StoatError:
        if returncode == 127 and log.startswith("cannot start: "):
            return FFmpegMissing(path=f"{self.command.binary} ({log.removeprefix('cannot start: ')})")
        if returncode == 0 and not self.ended:
            return FFmpegFailed(returncode=0, log=log, argv=self.argv, reason="it ended without saying so")
        return classify(returncode, log, argv=self.argv, output=self.command.output)


_NOISE: Final = re.compile(
    r"\s*$|ffmpeg stats and -progress period|Svt\[(info|warn)\]|x26[45] \[info\]|"
    r".*Last message repeated|\[swscaler .*deprecated pixel format"
)


class _Tasks:
    """Tasks that do not outlive the block."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[Any]] = []

    async def __aenter__(self) -> _Tasks:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine beside the others."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task


async def _end_surely(process: asyncio.subprocess.Process, grace: float) -> None:
    """End the process group, also while this task is being cancelled: a second time makes it quick."""
    if process.returncode is not None:
        return
    end = asyncio.create_task(_end(process, grace))
    while not end.done():
        try:
            await asyncio.shield(end)
        except asyncio.CancelledError:
            _signal(process, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process, grace: float) -> None:
    _signal(process, signal.SIGTERM)
    # A stopped process takes no SIGTERM.
    _signal(process, signal.SIGCONT)
    try:
        await asyncio.wait_for(process.wait(), grace)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
