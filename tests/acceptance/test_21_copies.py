"""Frames that are a source's own are copied as they are coded: bit by bit the same, in a film that plays."""

from __future__ import annotations

import http.server
import json
import locale
import random
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest
from browsing import chromium, play, read, seek, until
from PIL import Image

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import (
    decode_pictures,
    decode_sound,
    frame_checksums,
    picture_times,
    psnr,
)
from stoat_ferret.testing.media import MediaMaker, Source

RATE = Fraction(25)
FRAMES = 400
CODINGS = {
    "no frame waits for a later one": "bframes=0:keyint=30:min-keyint=30:scenecut=0:ref=1",
    "frames wait for one": "bframes=2:b-pyramid=none:b-adapt=0:keyint=25:min-keyint=25:scenecut=0",
    "frames wait for two": "bframes=5:b-pyramid=normal:b-adapt=0:keyint=40:min-keyint=40:scenecut=0:ref=6",
    "baseline": "bframes=0:cabac=0:8x8dct=0:weightp=0:keyint=20:scenecut=0",
    "in slices": "slices=4:bframes=3:keyint=30:scenecut=0:aud=1:repeat-headers=1:nal-hrd=vbr:"
    "vbv-maxrate=900:vbv-bufsize=900",
}
NEAR = 34.0
"""Decibels that encoded frames keep at least."""


def _source(coding: str, **more: Any) -> Source:
    return Source(frames=FRAMES, rate=RATE, coding=coding, **more)


def _film(clips: list[Document], *above: Document, **options: Any) -> Document:
    start = 0.0
    for one in clips:
        one["timeline_start"] = start
        start = round((start + one["out_point"] - one["in_point"]) * 25) / 25
    return document(track(*clips), *above, width=320, height=180, fps=25, **options)


def _cuts(sources: list[Path], dice: random.Random, count: int = 6) -> list[Document]:
    clips = []
    for _ in range(count):
        begin, length = dice.randrange(0, FRAMES - 120), dice.randrange(4, 110)
        clips.append(clip(dice.choice(sources), 0, begin / 25, (begin + length) / 25))
    return clips


def _made(stoat: Stoat, made: Document, to: Path, **options: Any) -> dict[str, Any]:
    done = stoat.try_render(made, to, overwrite=True, no_cache=True, **options)
    assert done.code == 0, done.output + done.errors
    return done.answer


def _spans(report: dict[str, Any], outcome: str) -> list[range]:
    steps = [step for step in report["steps"] if step["span"] is not None and step["outcome"] == outcome]
    return [range(step["span"]["start"], step["span"]["end"]) for step in steps]


def _held(report: dict[str, Any], film: Path, exact: Path) -> int:
    """Hold a film against the same one without loss; how many frames of it were copied."""
    one, other = frame_checksums(film), frame_checksums(exact)
    assert report["frames"] == len(one) == len(other)
    assert picture_times(film) == [number / RATE for number in range(len(one))]
    copied = [number for span in _spans(report, "copied") for number in span]
    assert [] == [number for number in copied if one[number] != other[number]]
    encoded = [number for span in _spans(report, "rendered") for number in span]
    left, right = decode_pictures(film), decode_pictures(exact)
    worst = min((psnr(left[number], right[number]) for number in encoded), default=NEAR)
    assert worst >= NEAR
    heard = decode_sound(film)
    assert len(heard.samples) - 1024 < report["samples"] <= len(heard.samples)
    return len(copied)


@pytest.mark.parametrize("coding", CODINGS)
def test_copied_frames_are_those_of_the_source(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, coding: str
) -> None:
    """Cuts at arbitrary frames, however the source was encoded: counts, times, pictures, sound."""
    dice = random.Random(coding)
    source = media.make(_source(CODINGS[coding]))
    copied = 0
    for number in range(2):
        made = _film(_cuts([source], dice))
        report = _made(stoat, made, tmp_path / f"{number}.mp4")
        _made(stoat, made, tmp_path / f"{number}.mkv", quality="lossless")
        copied += _held(report, tmp_path / f"{number}.mp4", tmp_path / f"{number}.mkv")
        assert "" == _complaints(stoat, tmp_path / f"{number}.mp4")
    assert copied >= 100


def _complaints(stoat: Stoat, film: Path) -> str:
    """What ffmpeg says when it decodes all of it."""
    ffmpeg = stoat.environment["STOAT_FFMPEG"]
    words = [ffmpeg, "-v", "warning", "-i", str(film), "-map", "0", "-f", "null", "-"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stderr


@pytest.mark.parametrize("ending", ["mov", "mkv"])
def test_other_containers_hold_them_too(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, ending: str
) -> None:
    """Both parameter sets stand in what MOV and Matroska know of a track."""
    source = media.make(_source(CODINGS["frames wait for two"]))
    made = _film(_cuts([source], random.Random(ending)))
    film, exact = tmp_path / f"film.{ending}", tmp_path / "exact.mkv"
    report = _made(bundled_stoat, made, film, codec="h264")
    _made(bundled_stoat, made, exact, quality="lossless")
    assert report["spans"]["copied"]
    one, other = frame_checksums(film), frame_checksums(exact)
    assert len(one) == len(other)
    for span in _spans(report, "copied"):
        assert one[span.start : span.stop] == other[span.start : span.stop]


def test_mixed_sources_are_copied_where_they_can_be(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Of two encoders one's frames are copied; the rest is encoded, and the plan says why."""
    usual, other = (media.make(_source(CODINGS[name])) for name in list(CODINGS)[:2])
    open_group = media.make(Source(frames=FRAMES, rate=RATE, codec="h264-open-gop"))
    small = media.make(_source(CODINGS["baseline"], width=160, height=90))
    clips = [clip(path, 0, 0.52, 5.52) for path in (usual, other, usual, open_group, small)]
    title = clip({"generator": "title", "text": "Here", "fontsize": 30}, 2, 0, 1)
    made = _film(clips, track(title, type="text"))
    report = _made(stoat, made, tmp_path / "film.mp4")
    _made(stoat, made, tmp_path / "exact.mkv", quality="lossless")
    assert _held(report, tmp_path / "film.mp4", tmp_path / "exact.mkv") >= 150
    assert all(span.stop <= 125 or 250 <= span.start < span.stop <= 375 for span in _spans(report, "copied"))
    assert all(span.stop <= 50 or span.start >= 75 for span in _spans(report, "copied"))
    project = tmp_path / "film.mp4.project.json"
    plan = stoat.run("plan", str(project), "--no-cache", "--json").answer
    assert report["spans"]["copied"] == plan["summary"]["copy"]
    told = " ".join(span["why"] for span in plan["spans"])
    assert "other parameter sets" in told
    assert "Nothing changes these frames of the source" in told


def test_what_was_copied_can_be_copied_again(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A film with parameter sets of two numbers is a source like any other."""
    source = media.make(_source(CODINGS["frames wait for two"]))
    _made(stoat, _film([clip(source, 0, 0.2, 8.2), clip(source, 0, 1, 7)]), tmp_path / "first.mp4")
    made = _film([clip(tmp_path / "first.mp4", 0, 1, 12.48), clip(source, 0, 3, 4)])
    report = _made(stoat, made, tmp_path / "film.mp4")
    _made(stoat, made, tmp_path / "exact.mkv", quality="lossless")
    assert _held(report, tmp_path / "film.mp4", tmp_path / "exact.mkv") >= 100


def test_nothing_is_copied_where_that_is_asked_for(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """`--no-copy`, and a range that holds no key frame."""
    made = _film([clip(media.make(_source(CODINGS["frames wait for one"])), 0, 0, 10)])
    assert 1 == _made(bundled_stoat, made, tmp_path / "film.mp4")["spans"]["copied"]
    assert 0 == _made(bundled_stoat, made, tmp_path / "film.mp4", no_copy=True)["spans"]["copied"]
    short = _made(bundled_stoat, made, tmp_path / "film.mp4", range="30f:49f")
    assert {"reused": 0, "copied": 0, "rendered": 1} == short["spans"]


@pytest.mark.parametrize("start", [1.25, 1.37, 1.5, 1.53, 1.61])
def test_an_edit_that_begins_between_two_frames(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, start: float
) -> None:
    """A source that was trimmed without encoding it anew: its first whole frame is shown at 0."""
    source = media.make(_source(CODINGS["frames wait for two"], sound=None))
    cut = _remade(source, tmp_path / "cut.mp4", before=("-ss", f"{start}"))
    made = _film([clip(cut, 0, 0.2, 6), clip(cut, 0, 0.6, 4)])
    report = _made(stoat, made, tmp_path / "film.mp4")
    _made(stoat, made, tmp_path / "exact.mkv", quality="lossless")
    assert _held(report, tmp_path / "film.mp4", tmp_path / "exact.mkv") >= 100


def test_a_plan_tells_why_frames_are_not_copied(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Colours that are converted."""
    tags = "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m:"
    source = media.make(_source(tags + CODINGS["baseline"]))
    project = tmp_path / "film.json"
    project.write_text(json.dumps(_film([clip(source, 0, 1, 5)])))
    spans = stoat.run("plan", str(project), "-o", str(tmp_path / "film.mp4"), "--json").answer["spans"]
    assert [] == [span["why"] for span in spans if "colours" not in span["why"]]


def test_real_footage_is_copied(stoat: Stoat, tmp_path: Path) -> None:
    """A recorded talk: what is copied is bit by bit what it was."""
    talk = Path(__file__).parents[2].parent / "shared" / "media" / "talk.mp4"
    if not talk.exists():
        return
    clips = [clip(talk, 0, 1.3, 9.1), clip(talk, 0, 11, 19.5), clip(talk, 0, 30, 33.7)]
    made = document(track(*clips), width=1280, height=720, fps=30)
    start = 0.0
    for one in clips:
        one["timeline_start"] = start
        start += one["out_point"] - one["in_point"]
    report = _made(stoat, made, tmp_path / "film.mp4")
    _made(stoat, made, tmp_path / "exact.mkv", quality="lossless")
    film, exact = (frame_checksums(tmp_path / name) for name in ("film.mp4", "exact.mkv"))
    assert len(film) == len(exact) == report["frames"]
    copied = [number for span in _spans(report, "copied") for number in span]
    assert len(copied) > 300
    assert [] == [number for number in copied if film[number] != exact[number]]


@pytest.fixture(scope="module")
def joined(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[int]]:
    """Make a film of copied and encoded frames, with the number that each of its frames shows."""
    dice = random.Random(21)
    clips = _cuts([media.make(_source(CODINGS["frames wait for two"]))], dice, count=8)
    film = tmp_path_factory.mktemp("copies") / "film.mp4"
    report = _made(bundled_stoat, _film(clips), film)
    assert report["spans"]["copied"] >= 3
    assert report["spans"]["rendered"] >= 3
    return film, [
        number for one in clips for number in range(round(one["in_point"] * 25), round(one["out_point"] * 25))
    ]


def test_it_plays_in_av(joined: tuple[Path, list[int]]) -> None:
    """Each frame in turn, and found from anywhere."""
    film, numbers = joined
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        base = stream.time_base or Fraction(0)
        assert numbers == read([_picture(frame) for frame in container.decode(stream)])
        dice = random.Random(4)
        for wanted in dice.sample(range(len(numbers)), 40):
            container.seek(round(wanted / RATE / base), stream=stream)
            found = next(
                frame
                for frame in container.decode(stream)
                if frame.pts is not None and round(frame.pts * base * RATE) >= wanted
            )
            assert [numbers[wanted]] == read([_picture(found)])


def _picture(frame: av.VideoFrame) -> Image.Image:
    return Image.fromarray(frame.to_ndarray(format="rgb24"))


PAGE = """<!doctype html><video id="film" muted></video>"""

LOAD = """async () => {
    const film = document.getElementById('film');
    const data = await (await fetch('film.mp4')).blob();
    await new Promise((good, bad) => {
        film.oncanplaythrough = good;
        film.onerror = () => bad(film.error.message);
        film.src = URL.createObjectURL(data);
    });
}"""


def test_it_plays_in_a_browser(joined: tuple[Path, list[int]]) -> None:
    """Chromium seeks to every join and shows the frame that is meant, and plays from start to end."""
    film, numbers = joined
    (film.parent / "page.html").write_text(PAGE)
    with _served(film.parent) as address, chromium() as page:
        page.goto(f"{address}/page.html")
        page.evaluate(LOAD)
        jumps = [place for place in range(1, len(numbers)) if numbers[place] != numbers[place - 1] + 1]
        dice = random.Random(9)
        wanted = {place + by for place in jumps for by in (-1, 0)} | set(dice.sample(range(len(numbers)), 20))
        seek(page, numbers, RATE, sorted(wanted - {0}))
        ended, shown = play(page)
        assert abs(ended - len(numbers) / 25) < 0.1
        assert shown > 0


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """An address that answers with the files of a folder."""

    class Files(http.server.SimpleHTTPRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_it_plays_in_mpv(joined: tuple[Path, list[int]]) -> None:
    """libmpv finds every frame that is asked for, and has nothing to complain about."""
    locale.setlocale(locale.LC_NUMERIC, "C")
    import mpv

    film, numbers = joined
    complaints: list[str] = []
    player = mpv.MPV(
        vo="null",
        ao="null",
        config=False,
        terminal=False,
        pause=True,
        keep_open=True,
        log_handler=lambda level, part, text: complaints.append(f"{level} {part} {text}"),
        loglevel="warn",
    )
    try:
        player.play(str(film))
        player.wait_for_property("time-pos", lambda at: at is not None, timeout=20)
        dice = random.Random(5)
        for place in dice.sample(range(len(numbers)), 30):
            player.seek(place / 25, "absolute", "exact")

            def is_shown(place: int = place) -> bool:
                try:
                    picture = player.screenshot_raw()
                except SystemError:
                    # There is no picture while it seeks.
                    return False
                return picture is not None and [numbers[place]] == read([picture])

            # A seek goes on when the call has ended.
            until(is_shown)
    finally:
        player.terminate()
    assert [] == complaints


def _remade(source: Path, to: Path, *options: str, before: tuple[str, ...] = ()) -> Path:
    """The same packets in a file that says something else of them."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    words = [ffmpeg, "-v", "error", "-y", *before, "-i", str(source), "-c", "copy", *options, str(to)]
    subprocess.run(words, check=True)
    return to


@pytest.mark.parametrize("turn", ["180", "hflip"])
def test_what_players_turn_is_encoded(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path, turn: str
) -> None:
    """A turned picture is shown turned: its packets alone would not be."""
    way = ("-display_hflip",) if turn == "hflip" else ("-display_rotation", turn)
    source = media.make(_source(CODINGS["frames wait for one"]))
    turned = _remade(source, tmp_path / "turned.mp4", before=way)
    assert 0 == _made(bundled_stoat, _film([clip(turned, 0, 1, 6)]), tmp_path / "film.mp4")["spans"]["copied"]


def test_what_is_between_frames_is_encoded(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A picture that starts late and a cut between frames: whichever is nearest shows, as in any render."""
    source = media.make(_source(CODINGS["frames wait for one"]))
    late = _remade(source, tmp_path / "late.mp4", "-map", "0", before=("-itsoffset", "0.008"))
    for begin in (1.0, 1.008, 1.016, 1.024):
        made = _film([clip(late, 0, begin, begin + 5)])
        report = _made(bundled_stoat, made, tmp_path / "film.mp4")
        _made(bundled_stoat, made, tmp_path / "exact.mkv", quality="lossless")
        _held(report, tmp_path / "film.mp4", tmp_path / "exact.mkv")


def test_what_an_edit_list_cuts_away_is_not_copied(
    bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """Frames behind the end of the list are in the file, and no player shows them."""
    data = bytearray(media.make(_source(CODINGS["frames wait for one"], sound=None)).read_bytes())
    place = data.index(b"elst") + 12
    data[place : place + 4] = (5000).to_bytes(4, "big")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data)
    made = _film([clip(cut, 0, 0.52, 4.9)])
    report = _made(bundled_stoat, made, tmp_path / "film.mp4")
    assert 0 == report["spans"]["copied"]


def test_damaged_packets_are_encoded(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Where a packet cannot be decoded, the frame before it shows on, as in any render: none is missing."""
    source = media.make(_source(CODINGS["frames wait for one"], sound=None))
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        places = [packet.pos for packet in packets[62:200:41] if packet.pos is not None]
    data = bytearray(source.read_bytes())
    for place in places:
        data[place : place + 4] = b"\x7f\xff\xff\xff"
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(data)
    report = _made(bundled_stoat, _film([clip(damaged, 0, 0.52, 9)]), tmp_path / "film.mp4")
    assert 0 == report["spans"]["copied"]
    assert report["frames"] == len(frame_checksums(tmp_path / "film.mp4"))
    assert ["render.copy_failed"] == [notice["code"] for notice in report["notices"]]


def test_other_colours_are_encoded(bundled_stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """A film has one kind of colours: a player would show every cut."""
    source = media.make(_source(CODINGS["frames wait for one"]))
    tags = "h264_metadata=colour_primaries=6:transfer_characteristics=6:matrix_coefficients=1"
    other = _remade(source, tmp_path / "other.mp4", "-bsf:v", tags)
    assert 0 == _made(bundled_stoat, _film([clip(other, 0, 1, 6)]), tmp_path / "film.mp4")["spans"]["copied"]
