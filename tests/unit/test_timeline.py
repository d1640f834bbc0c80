"""Clips in a row as the Python library places them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoat_ferret_core import ClipInput, TimeRangeError, calculate_clip_positions, validate_time_range


def test_positions_are_sequential() -> None:
    """Clips follow one another by cuts."""
    first, second = calculate_clip_positions([ClipInput(0.0, 10.0), ClipInput(5.0, 15.0)])
    assert (0.0, 10.0) == (first.timeline_start, first.timeline_end)
    assert (10.0, 20.0) == (second.timeline_start, second.timeline_end)
    assert ClipInput(5.0, 15.0) == second.clip


def test_transitions_pull_clips_together_and_gaps_push_them_apart() -> None:
    """Total = sum of clips - sum of transitions + gaps."""
    clips = [ClipInput(0, 10), ClipInput(5, 15, transition=1.0), ClipInput(0, 0.1, gap=0.2)]
    placed = [(clip.timeline_start, clip.timeline_end) for clip in calculate_clip_positions(clips)]
    assert [(0.0, 10.0), (9.0, 19.0), (19.2, 19.3)] == placed


@given(st.lists(st.integers(1, 10_000), max_size=30))
def test_each_clip_starts_where_the_last_one_ends(hundredths: list[int]) -> None:
    """No rounding piles up along a track."""
    placed = calculate_clip_positions([ClipInput(0.0, length / 100) for length in hundredths])
    ends = [0.0] + [clip.timeline_end for clip in placed]
    assert ends[:-1] == [clip.timeline_start for clip in placed]
    assert sum(hundredths) / 100 == ends[-1]


@pytest.mark.parametrize(
    ("in_point", "out_point", "message"),
    [
        (-1.0, 2.0, "before the start"),
        (2.0, 2.0, "does not lie after"),
        (0.0, 12.0, "beyond the end of the source at 10 s"),
        (0.0, float("nan"), "not a finite number"),
    ],
)
def test_a_range_outside_of_the_source_is_refused(in_point: float, out_point: float, message: str) -> None:
    """The message says which end is wrong."""
    with pytest.raises(TimeRangeError, match=message):
        validate_time_range(in_point, out_point, 10.0)


def test_a_range_within_the_source_passes() -> None:
    """Half-open: the end of the source may be the out point."""
    validate_time_range(0.0, 10.0, 10.0)


def test_a_clip_that_runs_backwards_is_refused() -> None:
    """Nothing is placed where it cannot be."""
    with pytest.raises(TimeRangeError):
        calculate_clip_positions([ClipInput(3.0, 2.0)])


def test_a_clip_shows_itself() -> None:
    """The representation is the expression that makes it."""
    assert "ClipInput(0.0, 1.5, gap=0.0, transition=0.25)" == repr(ClipInput(0, 1.5, transition=0.25))
