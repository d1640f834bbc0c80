"""Times on a command line become project frames."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stoat_ferret.errors import RequestError
from stoat_ferret.model.plan import FrameRange
from stoat_ferret.model.times import PATTERN, parse_frames, parse_range, parse_time, timecode

RATES = [Fraction(rate) for rate in (24, 25, 30, 50, 60)] + [Fraction(n * 1000, 1001) for n in (24, 30, 60)]


@given(frame=st.integers(0, 24 * 3600 * 60 - 1), rate=st.sampled_from(RATES))
def test_a_timecode_names_its_frame(frame: int, rate: Fraction) -> None:
    """Every frame has a timecode of its own, drop-frame or not."""
    assert frame == parse_time(timecode(frame, rate), rate)


@given(seconds=st.floats(0, 1e9, allow_subnormal=False), rate=st.sampled_from(RATES))
def test_seconds_are_read_as_programs_print_them(seconds: float, rate: Fraction) -> None:
    """Every number of seconds from zero on, in its shortest form, down to 10^-99."""
    assume(seconds == 0 or 1e-99 < seconds)
    assert Fraction(repr(seconds)) * rate == parse_frames(repr(seconds), rate)


def test_drop_frame_timecode_leaves_out_two_labels_a_minute_but_not_in_the_tenth() -> None:
    """29.97 frames per second keep pace with the clock."""
    rate = Fraction(30000, 1001)
    assert "00:01:00;02" == timecode(1800, rate)
    assert "00:10:00;00" == timecode(17982, rate)
    assert "01:00:00;00" == timecode(107892, rate)
    with pytest.raises(RequestError):
        parse_time("00:01:00;00", rate)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10s:20s", (300, 600)),
        ("30f:90f", (30, 90)),
        ("00:00:10:00:00:00:20:00", (300, 600)),
        ("1.5:00:00:20:00", (45, 600)),
        (":5", (0, 150)),
        ("5:", (150, 900)),
        (" 1s : 2s ", (30, 60)),
        ("0.0333s:0.0667", (1, 2)),
    ],
)
def test_a_range_is_two_times(text: str, expected: tuple[int, int]) -> None:
    """Seconds, frames and timecodes may be mixed; what is left out is the project's own end."""
    assert FrameRange(start=expected[0], end=expected[1]) == parse_range(text, Fraction(30), 900)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5:3", "range.empty"),
        ("5:5", "range.empty"),
        ("0:31", "range.outside"),
        ("a:b", "range.invalid"),
        ("", "range.invalid"),
        ("10s", "range.invalid"),
        ("1:2:3", "range.invalid"),
        ("-1:5", "range.invalid"),
        ("1e3:2e3", "range.invalid"),
        ("\u0663:\u0665", "range.invalid"),
        ("00:00:00:30:00:00:01:00", "time.invalid"),
    ],
)
def test_no_range_is_refused_by_name(text: str, code: str) -> None:
    """A range that holds nothing, or lies outside, is a problem of the request."""
    with pytest.raises(RequestError) as refused:
        parse_range(text, Fraction(30), 900)
    assert code == refused.value.problems[0].code


@given(text=st.from_regex(PATTERN).filter(lambda text: ";" not in text))
def test_what_fits_the_pattern_is_a_time(text: str) -> None:
    """A schema promises nothing that is refused, but for the frames that a second has."""
    assert 0 <= parse_time(text, Fraction(1000))


@given(
    text=st.text("0123456789.:;sf \t\u0663", max_size=14) | st.from_regex(PATTERN).map(lambda text: text[1:]),
    rate=st.sampled_from(RATES),
)
def test_what_is_a_time_fits_the_pattern(text: str, rate: Fraction) -> None:
    """Nothing is taken that a schema does not tell of."""
    try:
        parse_time(text, rate)
    except RequestError:
        assume(False)
    assert re.search(PATTERN, text)
