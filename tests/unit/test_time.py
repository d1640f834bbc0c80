"""Times, rates and timecodes as the Python library offers them."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoat_ferret_core import (
    arrangement,
    clip_frames,
    frame_at,
    frames_at,
    nearest_name,
    parse_rate,
    parse_time,
    samples_for,
    seconds_at,
    source_time,
    timecode,
)

RATES = st.sampled_from([24, 25, 30, 50, 60, 23.976, 29.97, 59.94, "30000/1001", 12.5])


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (30, (30, 1)),
        (29.97, (30000, 1001)),
        ("23.976", (24000, 1001)),
        (59.94, (60000, 1001)),
        (119.88, (120000, 1001)),
        ("30000/1001", (30000, 1001)),
        (12.5, (25, 2)),
    ],
)
def test_a_rate_is_an_exact_fraction(written: float | str, rate: tuple[int, int]) -> None:
    """Decimals of broadcast rates mean the 1000/1001 fractions."""
    assert rate == parse_rate(written)


@pytest.mark.parametrize("written", [0, -1, 1001, "fast", "1/0", math.nan, math.inf])
def test_what_is_no_rate_is_refused_with_a_hint(written: float | str) -> None:
    """Every refusal ends with what to write instead."""
    with pytest.raises(ValueError, match="\nhint: "):
        parse_rate(written)


@pytest.mark.parametrize("value", [True, None, [30], b"30"])
def test_another_type_is_a_type_error(value: object) -> None:
    """A truth value is no number here."""
    with pytest.raises(TypeError):
        parse_rate(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(12.5, 12.5), ("10s", 10.0), ("500ms", 0.5), ("1:30", 90.0), ("00:01:02:15", 62.5), ("315f", 10.5)],
)
def test_a_time_is_read_in_all_its_forms(written: float | str, seconds: float) -> None:
    """Seconds, clock times, timecodes and frames name the same moments."""
    assert seconds == parse_time(written, 30)


@pytest.mark.parametrize("written", ["soon", "00:00:00:30", "00:00:10;00", "1e3", math.nan, 1e300])
def test_what_is_no_time_is_refused_with_a_hint(written: float | str) -> None:
    """Every refusal ends with what to write instead."""
    with pytest.raises(ValueError, match="\nhint: "):
        parse_time(written, 30)


@given(frame=st.integers(-(10**8), 10**8), fps=RATES)
def test_a_frame_is_found_again_at_its_start(frame: int, fps: float | str) -> None:
    """Seconds on the wire keep the place of a frame."""
    assert frame == frame_at(seconds_at(frame, fps), fps)


@given(frame=st.integers(0, 10**7))
def test_drop_frame_timecode_reads_back(frame: int) -> None:
    """Each frame has one drop-frame label."""
    label = timecode(frame, 29.97, drop_frame=True)
    assert frame == frame_at(parse_time(label, 29.97), 29.97)


def test_drop_frame_needs_a_rate_that_has_it() -> None:
    """30 frames per second drift from no clock."""
    assert "00:01:00;02" == timecode(1800, 29.97, drop_frame=True)
    assert "00:01:00:00" == timecode(1800, 30)
    with pytest.raises(ValueError, match="no drop-frame timecode at 30"):
        timecode(1800, 30, drop_frame=True)


@given(frames=st.integers(0, 10**6), fps=RATES)
def test_samples_are_the_nearest_count(frames: int, fps: float | str) -> None:
    """Samples follow from frames by exact arithmetic."""
    num, den = parse_rate(fps)
    assert (2 * frames * 48000 * den + num) // (2 * num) == samples_for(frames, fps, 48000)


def test_many_moments_are_snapped_as_one_is() -> None:
    """The list's frames are those of its moments."""
    moments = [0.0, 0.016, 1.001, 59.94]
    assert [frame_at(moment, 29.97) for moment in moments] == frames_at(moments, 29.97)
    with pytest.raises(ValueError, match="finite"):
        frames_at([float("nan")], 30)


def test_a_clip_lasts_whole_frames() -> None:
    """Both edges are snapped on their own, and the speed divides the length."""
    assert (30, 45) == clip_frames(1.0, 0.0, 1.0, 30, speed=2.0)
    assert (30, 40) == clip_frames(1.01, 2.0, 2.32, 30)
    assert 3.0 == source_time(2.0, 15, 30, speed=2.0)


def test_the_arrangement_is_in_frames() -> None:
    """Clips and the transitions between them, or what is wrong with the document."""
    clips = [
        {"id": "a", "source": {"generator": "testsrc"}, "out_point": 2},
        {"id": "b", "source": {"generator": "testsrc"}, "out_point": 2},
        {"id": "off", "source": {"generator": "testsrc"}, "out_point": 2, "enabled": False},
    ]
    joined = [{"from": "a", "to": "b", "duration": 0.5}]
    document = {"tracks": [{"id": "t", "type": "video", "clips": clips, "transitions": joined}]}
    told = json.loads(arrangement(json.dumps(document)))
    assert 105 == told["frames"]
    assert [("a", 0, 60), ("b", 45, 105)] == [
        (one["id"], one["start"], one["end"]) for one in told["tracks"][0]["clips"]
    ]
    join = {"from": "a", "to": "b", "pointer": "/tracks/0/transitions/0", "start": 45, "end": 60}
    assert [join] == told["tracks"][0]["joins"]
    assert ["document.unknown_field"] == [
        one["code"] for one in json.loads(arrangement('{"x": 1}'))["problems"]
    ]


def test_the_nearest_name_is_the_one_that_was_meant() -> None:
    """Or none, where nothing is near."""
    assert "dissolve" == nearest_name("disolve", ["fade", "dissolve"])
    assert None is nearest_name("zebra", ["fade", "dissolve"])
