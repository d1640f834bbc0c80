"""The progress of a run as the Python library reads it."""

from hypothesis import given
from hypothesis import strategies as st

from stoat_ferret_core import ProgressParser

BLOCK = (
    "frame=42\nfps=21.10\nstream_0_0_q=28.0\nbitrate=  77.8kbits/s\ntotal_size=48\n"
    "out_time_us=1433333\nout_time_ms=1433333\nout_time=00:00:01.433333\ndup_frames=0\n"
    "drop_frames=0\nspeed=0.717x\nprogress=continue\n"
)


def test_a_block_is_read() -> None:
    """Both `out_time_us` and `out_time_ms` are microseconds."""
    progress = ProgressParser(frames=100).feed(BLOCK, 2.0)
    assert progress is not None
    assert (42, 21.1, 0.717, 1.433333, 42.0) == (
        progress.frame,
        progress.fps,
        progress.speed,
        progress.out_time,
        progress.percent,
    )
    assert 58 / 21 == progress.eta_seconds
    assert not progress.finished


def test_only_the_end_finishes() -> None:
    """All frames done is not yet a finished file."""
    parser = ProgressParser(frames=10)
    done = parser.feed("frame=10\nprogress=continue\n", 1.0)
    assert done is not None
    assert (100.0, False) == (done.percent, done.finished)
    ended = parser.feed("frame=11\nprogress=end\n", 1.5)
    assert ended is not None
    assert (100.0, True) == (ended.percent, ended.finished)
    assert ended == parser.latest


def test_sound_counts_seconds() -> None:
    """A run without pictures is measured by its time."""
    progress = ProgressParser(seconds=10).feed("out_time_us=2500000\nspeed=N/A\nprogress=continue\n", 1.0)
    assert progress is not None
    assert (25.0, 3.0, None) == (progress.percent, progress.eta_seconds, progress.speed)


@given(st.lists(st.tuples(st.text(), st.floats()), max_size=20))
def test_any_text_is_survived(pieces: list[tuple[str, float]]) -> None:
    """Whatever a process writes, progress stays within its bounds."""
    parser = ProgressParser(frames=100)
    for text, elapsed in pieces:
        parser.feed(text, elapsed)
    assert 0.0 <= parser.latest.percent <= 100.0
