"""ffmpeg runs to its end, or is gone: on the packaged FFmpeg and on the system's."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import imageio_ffmpeg
import pytest

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
    MediaRefused,
    OutputUnwritable,
)
from stoat_ferret.media.ffmpeg import Command, Finished, Input, Limits, Token, classify, execute

PACKAGED = Path(imageio_ffmpeg.get_ffmpeg_exe())
PROGRAMS = [PACKAGED, *(path for path in [Path("/usr/bin/ffmpeg")] if path.exists())]
ENDLESS = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25", "-f", "null", "-")


@pytest.fixture(params=PROGRAMS, ids=lambda path: str(path.parent.name))
def program(request: pytest.FixtureRequest) -> Path:
    """Each ffmpeg that is here."""
    path = request.param
    assert isinstance(path, Path)
    return path


def run(
    program: Path,
    work: Path,
    tokens: Sequence[Token],
    *,
    inputs: Sequence[Input] = (),
    graph: str | None = None,
    output: Path | None = None,
    **options: object,
) -> Finished:
    """Run one command to its end."""
    command = Command(
        binary=program, tokens=tuple(tokens), inputs=tuple(inputs), graph=graph, output=output, work=work
    )
    return asyncio.run(execute(command, **options))  # type: ignore[arg-type]


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def running(mark: str) -> list[int]:
    """Processes whose command line has `mark` in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if mark.encode() in line and int(entry.name) != os.getpid():
                found.append(int(entry.name))
    return found


def stub(folder: Path, body: str) -> Path:
    """A program that behaves as `body` says."""
    path = folder / "stub"
    path.write_text(f"#!{sys.executable}\n" + textwrap.dedent(body))
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of each format that finds its data in different ways."""
    folder = tmp_path_factory.mktemp("sources")
    base = [str(PACKAGED), "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.4"]
    sound = ["-f", "lavfi", "-i", "sine=d=0.4"]
    for name, extra in {
        "a.mp4": ["-c:v", "libx264"],
        "a.webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime"],
        "a.mkv": ["-c:v", "ffv1"],
        "a.ts": ["-c:v", "mpeg2video"],
        "a.avi": ["-c:v", "mpeg4"],
        "a.gif": [],
        "a.png": ["-frames:v", "1"],
        "a.jpg": ["-frames:v", "1"],
        "a.webp": ["-frames:v", "1"],
        "a.wav": ["-vn"],
        "a.mp3": ["-vn"],
        "a.flac": ["-vn"],
    }.items():
        used = sound if extra == ["-vn"] else []
        subprocess.run([*base, *used, *extra, str(folder / name)], check=True)
    return folder


FORMATS = {
    "a.mp4": [],
    "a.webm": [],
    "a.mkv": [],
    "a.ts": [],
    "a.avi": [],
    "a.gif": [],
    "a.wav": [],
    "a.mp3": [],
    "a.flac": [],
    "a.png": ["-f", "png_pipe"],
    "a.jpg": ["-f", "jpeg_pipe"],
    "a.webp": ["-f", "webp_pipe"],
}


@pytest.mark.parametrize("name", FORMATS)
def test_sources_are_read_by_descriptor(program: Path, sources: Path, tmp_path: Path, name: str) -> None:
    """Every format is read from `/proc/self/fd/N`, also when the name is gone meanwhile."""
    file = tmp_path / "odd 'name: %d.bin"
    file.write_bytes((sources / name).read_bytes())
    tokens: list[Token] = [
        *FORMATS[name],
        "-protocol_whitelist",
        "file",
        "-i",
        {"input": 0},
        "-f",
        "null",
        "-",
    ]
    done = run(program, tmp_path, tokens, inputs=[Input(path=file)])
    assert any(word.startswith("file:/proc/self/fd/") for word in done.argv)


def test_still_image_loops_by_descriptor(program: Path, sources: Path, tmp_path: Path) -> None:
    """A picture is repeated without a pattern in its name."""
    lines: list[str] = []
    tokens: list[Token] = ["-loop", "1", "-framerate", "25", "-t", "1", "-f", "png_pipe"]
    tokens += ["-i", {"input": 0}, "-f", "null", "-"]
    run(program, tmp_path, tokens, inputs=[Input(path=sources / "a.png")], on_progress=lines.append)
    assert [line for line in lines if line.startswith("frame=")][-1] == "frame=25"


def test_concat_list_by_descriptor(program: Path, sources: Path, tmp_path: Path) -> None:
    """A concat list with absolute entries needs no name of its own."""
    listing = tmp_path / "list.txt"
    listing.write_text("ffconcat version 1.0\n" + f"file '{sources / 'a.mp4'}'\n" * 2)
    lines: list[str] = []
    tokens: list[Token] = ["-f", "concat", "-safe", "0", "-i", {"input": 0}, "-c", "copy", "-f", "null", "-"]
    run(program, tmp_path, tokens, inputs=[Input(path=listing)], on_progress=lines.append)
    assert [line for line in lines if line.startswith("frame=")][-1] == "frame=20"


def graph_option(program: Path) -> str:
    """How this program takes a graph from a file."""
    return "-/filter_complex" if program == PACKAGED else "-filter_complex_script"


def test_graph_and_output(program: Path, sources: Path, tmp_path: Path) -> None:
    """Graph by private file, output by absolute name; the graph file does not stay."""
    output = tmp_path / "-odd: %d.mkv"
    tokens: list[Token] = ["-i", {"input": 0}, graph_option(program), {"graph": True}, "-map", "[v]"]
    tokens += ["-c:v", "ffv1", {"output": True}]
    lines: list[str] = []
    done = run(
        program,
        tmp_path,
        tokens,
        inputs=[Input(path=sources / "a.mp4")],
        graph="[0:v]hflip[v]",
        output=output,
        on_progress=lines.append,
    )
    assert output.stat().st_size > 0
    assert lines[-1] == "progress=end"
    assert done.seconds > 0
    assert list(tmp_path.iterdir()) == [output]


def test_graph_file_is_private(tmp_path: Path) -> None:
    """Only the user reads what a project says."""
    program = stub(
        tmp_path,
        """
        import os, sys
        sys.stderr.write(oct(os.stat(sys.argv[-1]).st_mode & 0o777) + open(sys.argv[-1]).read())
        print("progress=end")
        """,
    )
    assert run(program, tmp_path, [{"graph": True}], graph="nullsrc[v]").log == "0o600nullsrc[v]"


def test_a_graph_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is told by name, as is a folder that is gone; nothing was started."""
    with pytest.raises(OutputUnwritable):
        run(PACKAGED, tmp_path / "gone", [{"graph": True}], graph="nullsrc[v]")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(DiskFull):
        run(PACKAGED, tmp_path, [{"graph": True}], graph="nullsrc[v]")


def test_descriptors_are_shared_and_closed(sources: Path, tmp_path: Path) -> None:
    """A file that is used many times is opened once, and all are closed after the run."""
    before = len(os.listdir("/proc/self/fd"))
    used = [Input(path=sources / "a.mp4")] * 50
    program = stub(tmp_path, "import sys; sys.stderr.write(' '.join(sys.argv[-50:])); print('progress=end')")
    done = run(program, tmp_path, [{"input": k} for k in range(50)], inputs=used)
    assert len(set(done.argv[-50:])) == 1
    assert str(sources / "a.mp4") in done.log, "the log names the file, not the descriptor"
    assert len(os.listdir("/proc/self/fd")) == before


def test_source_outside_the_roots(sources: Path, tmp_path: Path) -> None:
    """The path policy holds at the run too."""
    with pytest.raises(MediaRefused, match="does not lie in"):
        run(
            PACKAGED,
            tmp_path,
            ["-i", {"input": 0}, "-f", "null", "-"],
            inputs=[Input(path=sources / "a.mp4", roots=(tmp_path,))],
        )


def test_cancel_by_event(program: Path, tmp_path: Path) -> None:
    """A partial file that ffmpeg calls finished is still a cancelled run."""
    output = tmp_path / "out.mkv"

    async def main() -> None:
        cancel = asyncio.Event()
        await execute(
            Command(
                binary=program,
                tokens=(
                    "-re",
                    "-f",
                    "lavfi",
                    "-i",
                    "testsrc2=s=64x64:r=25",
                    "-c:v",
                    "ffv1",
                    {"output": True},
                ),
                output=output,
                work=tmp_path,
            ),
            on_progress=lambda line: cancel.set() if line == "progress=continue" else None,
            cancel=cancel,
        )

    with pytest.raises(Cancelled):
        asyncio.run(main())
    assert running(str(output)) == []


def test_cancelled_before_the_start(tmp_path: Path) -> None:
    """No process is started for work that was called off."""

    async def main() -> None:
        cancel = asyncio.Event()
        cancel.set()
        await execute(Command(binary=Path("/none"), tokens=(), work=tmp_path), cancel=cancel)

    with pytest.raises(Cancelled):
        asyncio.run(main())


def test_cancelling_the_task(program: Path, tmp_path: Path) -> None:
    """ffmpeg is gone before the cancellation goes on."""
    output = tmp_path / "out.mkv"
    command = Command(
        binary=program,
        tokens=("-re", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25", "-c:v", "ffv1", {"output": True}),
        output=output,
        work=tmp_path,
    )

    async def main() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(execute(command, on_progress=lambda _: started.set()))
        await started.wait()
        assert len(running(str(output))) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert running(str(output)) == []

    asyncio.run(main())


def test_stubborn_process_is_killed(tmp_path: Path) -> None:
    """One that takes no SIGTERM gets SIGKILL, whatever it writes meanwhile."""
    program = stub(
        tmp_path,
        """
        import signal, sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            print("frame=1" + " " * 5000, file=sys.stderr)
        """,
    )
    started = time.monotonic()
    with pytest.raises(FFmpegTimeout):
        run(program, tmp_path, [], timeout=0.5, grace=0.5)
    assert time.monotonic() - started < 30


def test_timeout(program: Path, tmp_path: Path) -> None:
    """A run may be bounded as a whole."""
    with pytest.raises(FFmpegTimeout) as caught:
        run(program, tmp_path, ["-re", *ENDLESS], timeout=0.6)
    assert caught.value.seconds == 0.6


def test_stall_of_a_program_that_hangs(tmp_path: Path) -> None:
    """The same numbers over and over are no progress."""
    program = stub(
        tmp_path,
        """
        import time
        while True:
            print("frame=7", "out_time_us=1", "progress=continue", sep="\\n", flush=True)
            time.sleep(0.1)
        """,
    )
    with pytest.raises(FFmpegStalled) as caught:
        run(program, tmp_path, [], stall=1.0, grace=1.0)
    assert caught.value.seconds == 1.0


def test_stall_of_ffmpeg_itself(program: Path, tmp_path: Path) -> None:
    """An input that never comes."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    keep = os.open(fifo, os.O_RDWR)
    try:
        with pytest.raises(FFmpegStalled):
            run(program, tmp_path, ["-i", f"file:{fifo}", "-f", "null", "-"], stall=1.0, grace=2.0)
    finally:
        os.close(keep)


def test_growing_output_is_progress(tmp_path: Path) -> None:
    """A container that is rearranged after the last frame moves its file, not its numbers."""
    program = stub(
        tmp_path,
        """
        import sys, time
        for k in range(25):
            open(sys.argv[-1].removeprefix("file:"), "a").write("x")
            time.sleep(0.15)
        print("progress=end")
        """,
    )
    run(program, tmp_path, [{"output": True}], output=tmp_path / "out", stall=2.0)


PARENT = """
import asyncio, sys
from pathlib import Path
from stoat_ferret.media.ffmpeg import Command, execute
asyncio.run(execute(Command(
    binary=Path(sys.argv[1]),
    tokens=("-re", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25", "-c:v", "ffv1", {"output": True}),
    output=Path(sys.argv[2]), work=Path(sys.argv[3]))))
"""


@pytest.fixture
def parent(program: Path, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process that runs ffmpeg, and a mark on ffmpeg's command line."""
    mark = str(tmp_path / "final.mkv")
    process = subprocess.Popen([sys.executable, "-c", PARENT, str(program), mark, str(tmp_path)])
    try:
        # Two: the parent itself has the mark on its command line as well.
        until(lambda: len(running(mark)) == 2 and (tmp_path / "final.mkv").exists())
        yield process, mark
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_ffmpeg_dies_with_its_parent(parent: tuple[subprocess.Popen[bytes], str], number: int) -> None:
    """Also when the parent has no chance to do anything about it."""
    process, mark = parent
    process.send_signal(number)
    process.wait()
    until(lambda: running(mark) == [])


def test_killed_from_outside(tmp_path: Path) -> None:
    """A signal from elsewhere (the kernel, out of memory) is told apart from a failure."""
    program = stub(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(FFmpegKilled) as caught:
        run(program, tmp_path, [])
    assert caught.value.signal == signal.SIGKILL


def test_full_disk(program: Path, tmp_path: Path) -> None:
    """`/dev/full` is a disk without room."""
    tokens: list[Token] = ["-y", *ENDLESS[:4], "-t", "1", "-f", "mpegts", {"output": True}]
    with pytest.raises(DiskFull) as caught:
        run(program, tmp_path, tokens, output=Path("/dev/full"))
    assert caught.value.path == "/dev"


def test_limit_on_file_size(program: Path, tmp_path: Path) -> None:
    """A render that grows without end is stopped."""
    tokens: list[Token] = [*ENDLESS[:4], "-t", "20", "-c:v", "rawvideo", {"output": True}]
    with pytest.raises(LimitReached) as caught:
        run(program, tmp_path, tokens, output=tmp_path / "out.nut", limits=Limits(file_bytes=100_000))
    assert caught.value.limit == "file size"


def test_limit_on_memory(program: Path, tmp_path: Path) -> None:
    """A picture too large for the limit ends the run, not the machine."""
    tokens = [
        "-f",
        "lavfi",
        "-i",
        "color=s=12000x12000:d=1",
        "-vf",
        "hflip,format=gbrpf32le",
        "-f",
        "null",
        "-",
    ]
    with pytest.raises((LimitReached, FFmpegFailed)) as caught:
        run(program, tmp_path, tokens, limits=Limits(memory_bytes=1200 * 1024 * 1024))
    assert isinstance(caught.value, LimitReached), caught.value.log
    assert caught.value.limit == "memory"


def test_limit_on_processor_time(program: Path, tmp_path: Path) -> None:
    """A loop without end is stopped."""
    tokens = ["-f", "lavfi", "-i", "mandelbrot=s=640x480", "-f", "null", "-"]
    with pytest.raises(LimitReached) as caught:
        run(program, tmp_path, tokens, limits=Limits(cpu_seconds=1))
    assert caught.value.limit == "processor time"


def test_limits_and_niceness_reach_the_process(tmp_path: Path) -> None:
    """What was asked for is what holds; core dumps never."""
    program = stub(
        tmp_path,
        """
        import os, resource, sys
        limits = [resource.getrlimit(kind)[0] for kind in
                  (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_CORE)]
        sys.stderr.write(f"{limits} {os.nice(0)} {os.getpgid(0) == os.getpid()}")
        print("progress=end")
        """,
    )
    nice = os.nice(0)
    limits = Limits(memory_bytes=2**32, file_bytes=2**20, cpu_seconds=99, nice=3)
    done = run(program, tmp_path, [], limits=limits)
    assert done.log == f"[{2**32}, {2**20}, 99, 0] {nice + 3} True"


def test_missing_program(tmp_path: Path) -> None:
    """A program that vanished between detection and run."""
    with pytest.raises(FFmpegMissing):
        run(tmp_path / "none", tmp_path, [])


def test_typed_failures(program: Path, sources: Path, tmp_path: Path) -> None:
    """What ffmpeg says becomes the error that a person can act on."""
    source = ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=0.2"]
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(bytes(3000))
    with pytest.raises(CodecMissing, match="nosuch"):
        run(program, tmp_path, [*source, "-c:v", "nosuch", "-f", "null", "-"])
    tokens: list[Token] = [*source, graph_option(program), {"graph": True}, "-f", "null", "-"]
    with pytest.raises(GraphRefused, match="nosuch"):
        run(program, tmp_path, tokens, graph="[0:v]nosuch[v]")
    with pytest.raises(InputRefused, match="Invalid data"):
        run(program, tmp_path, ["-i", {"input": 0}, "-f", "null", "-"], inputs=[Input(path=broken)])
    with pytest.raises(OutputUnwritable):
        run(program, tmp_path, [*source, {"output": True}], output=tmp_path / "no" / "out.mkv")


def test_callback_that_fails(program: Path, tmp_path: Path) -> None:
    """A fault of the caller ends ffmpeg too."""
    output = tmp_path / "out.mkv"

    def fail(_: str) -> None:
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        run(program, tmp_path, ["-re", *ENDLESS[:4], {"output": True}], output=output, on_progress=fail)
    assert running(str(output)) == []


def test_log_is_short(tmp_path: Path) -> None:
    """The end is kept, the noise is not."""
    program = stub(
        tmp_path,
        """
        import sys
        for k in range(20000):
            print(f"line {k}", "  Last message repeated 3 times", "Svt[info]: x", sep="\\n", file=sys.stderr)
        print("progress=end")
        """,
    )
    log = run(program, tmp_path, []).log
    assert len(log) <= 64 * 1024
    assert log.splitlines()[-1] == "line 19999"
    assert "Svt" not in log
    assert "repeated" not in log


def test_end_without_saying_so(tmp_path: Path) -> None:
    """Code 0 alone is no success."""
    with pytest.raises(FFmpegFailed, match="without saying so"):
        run(stub(tmp_path, ""), tmp_path, [])


def test_tokens_need_something_to_stand_for(tmp_path: Path) -> None:
    """A plan that names what it does not bring is a fault of the program."""
    with pytest.raises(ValueError, match="nothing for"):
        run(PACKAGED, tmp_path, [{"input": 0}])


@pytest.mark.parametrize(
    ("returncode", "log", "expected"),
    [
        (228, "", DiskFull),
        (1, "av_interleaved_write_frame(): No space left on device", DiskFull),
        (-9, "", FFmpegKilled),
        (255, "Exiting normally, received signal 15.", FFmpegKilled),
        (255, "Exiting normally, received signal 24.", LimitReached),
        (1, "x: File too large", LimitReached),
        (244, "Error: Cannot allocate memory", LimitReached),
        (8, "Unknown encoder 'x'", CodecMissing),
        (8, "[AVFilterGraph] No such filter: 'x'", GraphRefused),
        (183, "x: Invalid data found when processing input", InputRefused),
        (1, "something new", FFmpegFailed),
    ],
)
def test_classify(returncode: int, log: str, expected: type[Exception]) -> None:
    """One table from what ffmpeg says to what it means."""
    assert type(classify(returncode, log)) is expected


def test_the_reason_is_not_what_follows_from_it() -> None:
    """The line that says why, among those that only say that it failed."""
    log = """[flac @ 0x1] invalid block size: 1
[enc:flac @ 0x2] Error while opening encoder - maybe incorrect parameters
[af#0:0 @ 0x3] Error sending frames to consumers: Invalid argument
[af#0:0 @ 0x3] Task finished with error code: -22 (Invalid argument)
[af#0:0 @ 0x3] Terminating thread with return code -22 (Invalid argument)
[enc:flac @ 0x2] Could not open encoder before EOF
[out#0/flac @ 0x4] Nothing was written into output file, because of no packets."""
    assert "invalid block size: 1" in str(classify(234, log))


def test_stub_is_executable(tmp_path: Path) -> None:
    """The tests' own double can be run."""
    assert stub(tmp_path, "").stat().st_mode & stat.S_IXUSR
