"""Comparing a measurement with a plan."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from stoat_ferret.errors import VerificationFailed
from stoat_ferret.media.coded import CodedFrames
from stoat_ferret.model.plan import Cue, Expectation, ExpectedStream
from stoat_ferret.verifying import compare, measure

EXPECT = Expectation(
    frames=3,
    samples=4800,
    streams=(
        ExpectedStream(type="video", codec="h264", width=320, height=180),
        ExpectedStream(type="audio", codec="aac", channels=2, sample_rate=48000),
    ),
)

MEASURED: dict[str, Any] = {
    "format": "mov,mp4",
    "size": 1,
    "streams": [
        {
            "type": "video",
            "index": 0,
            "codec": "h264",
            "width": 320,
            "height": 180,
            "frames": 3,
            "base": [1, 1000],
            "pts": [0, 33, 67],
            "decoded": {"tried": 3, "missing": []},
        },
        {
            "type": "audio",
            "index": 1,
            "codec": "aac",
            "channels": 2,
            "sample_rate": 48000,
            "samples": 5120,
            "stated_samples": 4800,
        },
    ],
}


def test_what_is_as_planned_is_listed() -> None:
    """The checks are the proof that a report shows."""
    checks = compare(MEASURED, EXPECT, Fraction(30))
    assert {"streams", "video codec", "picture size", "frames", "samples", "stated samples"} <= {
        check.what for check in checks
    }


@pytest.mark.parametrize(
    ("stream", "field", "value", "named"),
    [
        (0, "frames", 2, "frames: 3 planned, 2 measured"),
        (0, "codec", "hevc", "video codec: h264 planned, hevc measured"),
        (0, "width", 318, "picture size: 320x180 planned, 318x180 measured"),
        (0, "pts", [0, 33, 100], "frame times"),
        (0, "pts", [40, 73, 107], "start"),
        (0, "decoded", {"tried": 3, "missing": [["last", 67]]}, "frames that decode: 3 planned, 2 measured"),
        (1, "samples", 4799, "samples: 4800 planned, 4799 measured"),
        (1, "samples", 4800 + 1024, "samples"),
        (1, "stated_samples", 4600, "stated samples: 4800 planned, 4600 measured"),
        (1, "channels", 1, "channels: 2 planned, 1 measured"),
        (1, "sample_rate", 44100, "sample rate: 48000 planned, 44100 measured"),
        (1, "type", "video", "streams"),
    ],
)
def test_what_is_not_as_planned_is_named(stream: int, field: str, value: Any, named: str) -> None:
    """The error says what was planned and what was measured."""
    measured = copy.deepcopy(MEASURED)
    measured["streams"][stream][field] = value
    with pytest.raises(VerificationFailed) as failed:
        compare(measured, EXPECT, Fraction(30))
    assert named in failed.value.message


def test_other_coded_frames_than_were_joined_are_named() -> None:
    """A film whose picture was joined has the frames that were read, and a reader must have told so."""
    measured = copy.deepcopy(MEASURED)
    measured["streams"][0]["coded"] = "00ff"
    assert "00ff" in [check.measured for check in compare(measured, EXPECT, Fraction(30), coded="00ff")]
    for told in ("ff00", None):
        measured["streams"][0]["coded"] = told
        with pytest.raises(VerificationFailed) as failed:
            compare(measured, EXPECT, Fraction(30), coded="00ff")
        assert f"coded frames: 00ff planned, {told} measured" in failed.value.message


def test_coded_frames_are_told_by_bytes_sizes_and_order() -> None:
    """However the bytes come, and never what lies at another place or is cut elsewhere."""

    def told(sizes: Sequence[int], *blocks: bytes) -> str:
        frames = CodedFrames()
        frames.sized(sizes)
        for block in blocks:
            frames.read(block)
        return frames.told()

    whole = told((2, 3), b"abcde")
    assert whole == told((2, 3), b"abc", b"", b"de")
    assert len({whole, told((3, 2), b"abcde"), told((2, 3), b"abced"), told((5,), b"abcde")}) == 4


def test_opus_and_pcm_are_exact_to_the_sample() -> None:
    """Only AAC may give the rest of its last block."""
    measured = copy.deepcopy(MEASURED)
    sound = {
        "type": "audio",
        "index": 0,
        "codec": "opus",
        "channels": 2,
        "sample_rate": 48000,
        "samples": 4801,
    }
    measured["streams"] = [sound]
    expect = Expectation(frames=None, samples=4800, streams=(ExpectedStream(type="audio", codec="opus"),))
    with pytest.raises(VerificationFailed):
        compare(measured, expect, Fraction(30))
    sound["samples"] = 4800
    assert 4800 == compare(measured, expect, Fraction(30))[-1].measured


@pytest.mark.parametrize("last_is_needed", [True, False])
def test_the_last_frame_decodes_whether_others_need_it_or_not(tmp_path: Path, last_is_needed: bool) -> None:
    """Frames that no other needs are passed over on the way to it, and must not be missed for that."""
    film = tmp_path / "film.mp4"
    with av.open(str(film), "w") as container:
        stream = container.add_stream(
            "libx264", rate=30, options={"bf": "2", "x264-params": "b-pyramid=none:b-adapt=0:scenecut=0"}
        )
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        packets = []
        for number in range(12):
            frame = av.VideoFrame.from_ndarray(np.full((96, 64), 8 * number, np.uint8), format="yuv420p")
            frame.pts = number
            packets += stream.encode(frame)
        packets += stream.encode(None)
        if not last_is_needed:
            last = max(packet.pts or 0 for packet in packets)
            packets[-1].pts = last + 1
        container.mux(packets)
    (measured,) = measure(str(film), 0)["streams"]
    assert {"tried": 3, "missing": []} == measured["decoded"]


ANIMATION = Expectation(
    frames=30, samples=None, streams=(ExpectedStream(type="video", codec="webp", width=64, height=36),)
)


def animated(path: Path, lasting: Sequence[int]) -> dict[str, Any]:
    """What is measured of an animated WebP whose pictures last so many milliseconds each."""
    pictures = [Image.new("RGB", (64, 36), (number * 40, 0, 0)) for number in range(len(lasting))]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=list(lasting), loop=0)
    return measure(str(path), 1)


def test_an_animated_webp_is_held_against_its_film(tmp_path: Path) -> None:
    """Pictures begin where frames do, and last as long as the film; one that was cut off is no file."""
    path = tmp_path / "a.webp"
    good = animated(path, [333, 100, 567])
    checks = {check.what: check.measured for check in compare(good, ANIMATION, Fraction(30))}
    assert (3, "1.000 s", 3) == (checks["pictures"], checks["length"], checks["frames that decode"])
    for lasting, named in (([333, 117, 550], "picture times"), ([333, 100, 533], "length")):
        with pytest.raises(VerificationFailed, match=named):
            compare(animated(path, lasting), ANIMATION, Fraction(30))
    whole = path.read_bytes()
    for size in (len(whole) - 40, 40):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="whole"):
            measure(str(path), 1)
    path.write_bytes(whole[:-60] + bytes(60))
    with pytest.raises(OSError, match="decoder"):
        measure(str(path), 1)
    good["streams"][0]["decoded"]["missing"].append(["picture", 2])
    with pytest.raises(VerificationFailed, match="decode"):
        compare(good, ANIMATION, Fraction(30))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, None),
        ({"cues": [(0, 1000, "One")]}, "captions"),
        ({"cues": [(0, 1000, "One"), (1020, 2000, "Two")]}, "times of captions"),
        ({"cues": [(0, 1000, "One"), (1000, 2000, "Too")]}, "words of captions"),
        ({"language": "deu"}, "language of captions"),
        ({"default": False}, "captions shown unasked"),
    ],
)
def test_captions_are_what_was_planned(change: dict[str, Any], told: str | None) -> None:
    """How many there are, when each is shown, what it says, and for whom."""
    cues = (Cue(start=0, end=1000, text="One"), Cue(start=1000, end=2000, text="Two"))
    planned = ExpectedStream(type="subtitle", codec="subrip", language="eng", default=True, cues=cues)
    found: dict[str, Any] = {"type": "subtitle", "codec": "subrip", "language": "eng", "default": True}
    found |= {"cues": [(cue.start, cue.end, cue.text) for cue in cues], **change}
    expect = Expectation(frames=None, samples=None, streams=(planned,))
    if told is None:
        assert compare({"streams": [found]}, expect, Fraction(30))
        return
    with pytest.raises(VerificationFailed, match=f"^.*{told}: "):
        compare({"streams": [found]}, expect, Fraction(30))
