"""The picture is made in spans: joined they are the picture made in one go, and each is made once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from random_projects import projects

from stoat_ferret.testing.command import Stoat
from stoat_ferret.testing.documents import Document, clip, document, track
from stoat_ferret.testing.measure import decode_sound, frame_checksums
from stoat_ferret.testing.media import MediaMaker, Source

SHORT = {"STOAT_SPAN_MIN_SECONDS": "0.1", "STOAT_SPAN_MAX_SECONDS": "0.4"}
SINGLE = {"STOAT_SPAN_MIN_SECONDS": "86400", "STOAT_SPAN_MAX_SECONDS": "86400"}
TITLE = range(195, 225)
"""Frames of the film that show its title."""
ALONE = {"STOAT_RENDER_CACHE_MIB": "0"}


def _like(stoat: Stoat, **environment: str) -> Stoat:
    """The same command with other settings."""
    data = Path(stoat.environment["STOAT_DATA_DIR"])
    return Stoat(ffmpeg=stoat.environment["STOAT_FFMPEG"], data=data, environment=environment)


def _made(stoat: Stoat, made: Document, to: Path, **options: Any) -> dict[str, Any]:
    """Render over what is there, and give the report."""
    done = stoat.try_render(made, to, overwrite=True, **options)
    assert done.code == 0, done.output + done.errors
    return done.answer


@pytest.mark.parametrize("part", range(200, 228))
def test_spans_joined_are_the_picture_made_in_one_go(
    bundled_stoat: Stoat, footage: tuple[list[Path], Path], tmp_path: Path, part: int
) -> None:
    """Random projects, without loss: frame by frame and sample by sample."""
    _random(bundled_stoat, footage, tmp_path, part)


@pytest.mark.parametrize("part", range(300, 302))
def test_the_same_with_the_older_ffmpeg(
    old_stoat: Stoat, footage: tuple[list[Path], Path], tmp_path: Path, part: int
) -> None:
    """The same law with the older ffmpeg."""
    _random(old_stoat, footage, tmp_path, part)


def _random(stoat: Stoat, footage: tuple[list[Path], Path], folder: Path, part: int) -> None:
    @seed(part)
    @settings(
        max_examples=10,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(projects(*footage))
    def holds(project: tuple[Document, int]) -> None:
        made, end = project
        note(f"{made}")
        _equal(stoat, made, folder, frames=end)

    run: Callable[[], None] = holds
    run()


def _equal(stoat: Stoat, made: Document, folder: Path, *, frames: int) -> None:
    """In short spans it is frame by frame, and sample by sample, what it is in one."""
    single, cut = _like(stoat, **SINGLE, **ALONE), _like(stoat, **SHORT, **ALONE)
    report = _made(single, made, folder / "whole.mkv", quality="lossless")
    assert {"reused": 0, "copied": 0, "rendered": 1} == report["spans"]
    spans = _made(cut, made, folder / "spans.mkv", quality="lossless")["spans"]
    assert spans["rendered"] > 1 or frames < 30, spans
    whole = frame_checksums(folder / "whole.mkv")
    assert frames == len(whole)
    assert whole == frame_checksums(folder / "spans.mkv")
    one, other = (decode_sound(folder / name).samples for name in ("whole.mkv", "spans.mkv"))
    assert one.shape == other.shape
    assert (one == other).all()


REAL = Path(__file__).parents[2].parent / "shared" / "media"


@pytest.mark.parametrize("start", [0.0, 4.7])
def test_the_same_on_real_footage(stoat: Stoat, tmp_path: Path, start: float) -> None:
    """Films of other codecs, sizes and rates, with crossfades, speed, a picture in the picture and music."""
    if not REAL.exists():
        return
    films = [REAL / name for name in ("talk.mp4", "chaplin.mp4", "bbb_0_30.webm", "talk.mp4")]
    clips = [
        clip(film, 1.5 * place, start + place / 7, start + place / 7 + 2, id=f"{place}")
        for place, film in enumerate(films)
    ]
    faster = {"type": "speed_control", "params": {"factor": 1.25}}
    clips[2] |= {"effects": [faster], "out_point": clips[2]["in_point"] + 2.5}
    fade = {"type": "fade", "duration": 0.5}
    fades = [fade | {"from": f"{place}", "to": f"{place + 1}"} for place in range(3)]
    small = {"x": 0.98, "y": 0.02, "width": 0.3, "height": 0.3, "anchor": "top_right"}
    over = clip(REAL / "h264-with-cover-png.mp4", 1, 0, 2, transform=small)
    made = document(
        track(*clips, transitions=fades),
        track(over),
        track(clip(REAL / "rain.mp3", 0, start, start + 6, volume=0.4), type="audio"),
    )
    _equal(stoat, made, tmp_path, frames=195)


FADE = {"type": "video_fade", "params": {"fade_type": "out", "duration": 0.5, "color": "white"}}
COME = {"type": "video_fade", "params": {"fade_type": "in", "duration": 0.7, "color": "#8040c0"}}


@pytest.mark.parametrize("place", ["clip", "track", "programme", "picture in picture", "track above"])
def test_fades_to_a_colour_change_no_frame_beside_them(
    stoat: Stoat, media: MediaMaker, tmp_path: Path, place: str
) -> None:
    """Their way through RGB is theirs alone: spans and ranges have the frames of the whole."""
    source = media.make(Source(frames=300))
    effects: dict[str, Any] = {"effects": [COME, FADE]}
    plain = clip(source, 0, 1, 5)
    small = {"x": 0.3, "y": 0.2, "width": 0.5, "height": 0.5}
    over = clip(source, 0.5, 2, 5.5, transform=small)
    fades = {
        "fade_in": {"duration": 0.7, "color": "white"},
        "fade_out": {"duration": 0.5, "color": "#402010"},
    }
    made = {
        "clip": lambda: document(track(plain | effects)),
        "track": lambda: document(track(plain, **effects)),
        "programme": lambda: document(
            track(plain), global_effects=[{"type": name, "params": given} for name, given in fades.items()]
        ),
        "picture in picture": lambda: document(track(plain), track(over | effects)),
        "track above": lambda: document(track(plain), track(over, **effects)),
    }[place]()
    _equal(stoat, made, tmp_path, frames=120)
    whole = frame_checksums(tmp_path / "whole.mkv")
    for start, end in ((0, 12), (10, 60), (40, 80), (70, 119)):
        _made(stoat, made, tmp_path / "part.mkv", quality="lossless", range=f"{start}f:{end}f")
        assert whole[start:end] == frame_checksums(tmp_path / "part.mkv"), (start, end)


def test_decoding_begins_late_enough_and_no_later(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Clips from key frames on, and from beside them, of a source whose frames are not quite on time."""
    source, odd = media.make(Source(frames=90, coding="keyint=20:scenecut=0")), tmp_path / "odd.mp4"
    late = ["-bsf:v", "setts=pts='PTS+if(mod(N,3)*gt(N,3)*lt(N,80),0.2/30/TB,0)'", "-c", "copy", str(odd)]
    subprocess.run([stoat.environment["STOAT_FFMPEG"], "-v", "error", "-i", str(source), *late], check=True)
    single = _like(stoat, **SINGLE, **ALONE)
    _made(single, document(track(clip(odd, 0, 0, 3))), tmp_path / "whole.mkv", quality="lossless")
    whole = frame_checksums(tmp_path / "whole.mkv")
    # Backwards, so that no two of them share an open file.
    firsts = [frame + by for frame in (60, 59, 40, 21, 20, 19) for by in (-0.19, -0.05, 0, 0.05, 0.19)]
    clips = [
        clip(odd, number / 2, first / 30, first / 30 + 0.5, id=f"{number}")
        for number, first in enumerate(firsts)
    ]
    report = _made(single, document(track(*clips)), tmp_path / "clips.mkv", quality="lossless")
    shown = [whole[frame] for first in firsts for frame in range(round(first), round(first) + 15)]
    assert shown == frame_checksums(tmp_path / "clips.mkv")
    words = [word for step in report["steps"] if step["kind"] == "video" for word in step["argv"]]
    seeks = [float(after) for word, after in pairwise(words) if word == "-ss"]
    keys = [round(first) // 20 * 20 for first in firsts]
    assert keys == [round(seek * 30 - 0.5) for seek in seeks]


def test_clips_that_share_an_open_file_are_as_if_they_did_not(
    stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """Jump cuts of two films, with gaps, crossfades, another speed, and a way back."""
    films = [
        media.make(Source(frames=240, coding="keyint=20:scenecut=0")),
        media.make(Source(frames=240, rate=Fraction(25), codec="hevc")),
    ]
    froms = [2.4 + later for later in (0.0, 0.1, 0.5, 0.5, 1.0, 1.3, 1.75, 2.0, 0.9, 2.9, 3.1, 3.4)]
    clips = [
        clip(films[number % 2], number / 3, start + 0.01, start + 1 / 3 + 0.01, id=f"{number}")
        for number, start in enumerate(froms)
    ]
    clips[4] |= {"effects": [{"type": "speed_control", "params": {"factor": 0.5}}], "out_point": 3.41 + 1 / 6}
    clips[5] |= {"effects": [{"type": "blur", "params": {"sigma": 4}}]}
    for end in (7, 10):
        clips[end]["out_point"] += 0.1
    fades = [{"type": "fade", "duration": 0.1, "from": f"{end}", "to": f"{end + 1}"} for end in (7, 10)]
    for late in (8, 9, 10, 11):
        clips[late]["timeline_start"] = round(clips[late]["timeline_start"] * 30) / 30
    made = document(track(*clips, transitions=fades))
    single, cut = _like(stoat, **SINGLE, **ALONE), _like(stoat, **SHORT, **ALONE)
    report = _made(single, made, tmp_path / "whole.mkv", quality="lossless")
    opened = [step["argv"].count("-i") for step in report["steps"] if step["kind"] == "video"]
    assert len(opened) == 1
    assert opened[0] < len(clips) / 2
    _made(cut, made, tmp_path / "spans.mkv", quality="lossless")
    whole = frame_checksums(tmp_path / "whole.mkv")
    assert len(whole) == report["frames"]
    assert whole == frame_checksums(tmp_path / "spans.mkv")


def _film(media: MediaMaker, text: str = "One", *, first: bool = False) -> Document:
    """Six clips of three seconds, a title over the third; and another clip before them all."""
    source = media.make(Source(frames=300))
    lengths = [2.5] * first + [3.0] * 6
    clips, start = [], 0.0
    for number, length in enumerate(lengths):
        begin = 0.5 + 0.3 * number - 0.3 * first
        clips.append(clip(source, start, begin, begin + length))
        start += length
    title = {"generator": "title", "text": text, "fontsize": 40}
    at = TITLE.start / 30 + (2.5 if first else 0)
    return document(track(*clips), track(clip(title, at, 0, len(TITLE) / 30), type="text"))


def _spans(report: dict[str, Any]) -> list[tuple[int, int, str]]:
    steps = [step for step in report["steps"] if step["span"] is not None]
    return [(step["span"]["start"], step["span"]["end"], step["outcome"]) for step in steps]


@pytest.fixture
def fresh(stoat: Stoat, tmp_path: Path) -> Stoat:
    """Give the command with a render cache that nobody else fills."""
    return _like(stoat, STOAT_RENDER_CACHE_DIR=str(tmp_path / "kept"))


def test_another_word_renders_only_its_spans(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The report names the spans; every other frame is bit by bit what it was, in a file with losses."""
    first = _made(fresh, _film(media), tmp_path / "first.mp4")
    made = first["spans"]["rendered"]
    assert made >= 5
    second = _made(fresh, _film(media, "Two"), tmp_path / "second.mp4")
    assert {"reused": made - 1, "copied": 0, "rendered": 1} == second["spans"]
    (start, end) = next((start, end) for start, end, outcome in _spans(second) if outcome == "rendered")
    assert start <= TITLE.start
    assert TITLE.stop <= end
    before, after = (frame_checksums(tmp_path / name) for name in ("first.mp4", "second.mp4"))
    changed = {number for number, (one, other) in enumerate(zip(before, after, strict=True)) if one != other}
    assert changed <= set(range(start, end))
    # White letters are not seen where the footage flashes.
    assert len(set(TITLE) & changed) >= len(TITLE) - 2
    heard = [decode_sound(tmp_path / name).samples for name in ("first.mp4", "second.mp4")]
    assert (heard[0] == heard[1]).all()
    assert "reused" == next(step["outcome"] for step in second["steps"] if step["id"] == "audio")


def test_a_clip_before_all_renders_no_later_span(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Spans are the same wherever they lie."""
    _made(fresh, _film(media), tmp_path / "first.mp4")
    longer = _made(fresh, _film(media, first=True), tmp_path / "longer.mp4")
    assert [(0, 75, "rendered")] == [span for span in _spans(longer) if span[2] != "reused"]
    before, after = (frame_checksums(tmp_path / name) for name in ("first.mp4", "longer.mp4"))
    assert before == after[75:]


def test_a_range_takes_the_spans_of_the_whole(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Only the spans that the range cuts in two are made anew."""
    _made(fresh, _film(media), tmp_path / "whole.mp4")
    report = _made(fresh, _film(media), tmp_path / "part.mp4", range="100f:400f")
    outcomes = [outcome for _, _, outcome in _spans(report)]
    assert ["rendered", "reused", "rendered"] == [outcomes[0], *set(outcomes[1:-1]), outcomes[-1]]


def test_a_damaged_part_is_made_again(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Damage of any kind is noticed before the part is used: the file is the same as ever."""
    first = _made(fresh, _film(media), tmp_path / "first.mp4")["spans"]["rendered"]
    kept = sorted((tmp_path / "kept" / "spans").glob("??/*.mp4"))
    middle, cut, empty = kept[:3]
    data = bytearray(middle.read_bytes())
    data[len(data) // 2] ^= 1
    middle.write_bytes(data)
    cut.write_bytes(cut.read_bytes()[:-100])
    empty.write_bytes(b"")
    again = _made(fresh, _film(media), tmp_path / "again.mp4")
    assert {"reused": first - 3, "copied": 0, "rendered": 3} == again["spans"]
    assert frame_checksums(tmp_path / "first.mp4") == frame_checksums(tmp_path / "again.mp4")
    third = _made(fresh, _film(media), tmp_path / "third.mp4")
    assert {"reused": first, "copied": 0, "rendered": 0} == third["spans"]


def test_what_a_killed_render_has_made_is_taken(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """kill -9 in the middle: the next render goes on from the finished spans, and makes the same file."""
    project = tmp_path / "film.json"
    project.write_text(json.dumps(_film(media)))
    words = fresh.command("render", str(project), "-o", str(tmp_path / "out.mp4"), "--json")
    running = subprocess.Popen(
        words,
        env=fresh.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    kept = tmp_path / "kept" / "spans"
    until = time.monotonic() + 60
    while len(list(kept.glob("??/*.mp4"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "out.mp4").exists()
    report = _made(fresh, _film(media), tmp_path / "out.mp4")
    assert report["spans"]["reused"] >= 2
    alone = _like(fresh, **ALONE)
    _made(alone, _film(media), tmp_path / "alone.mp4")
    assert frame_checksums(tmp_path / "alone.mp4") == frame_checksums(tmp_path / "out.mp4")
    assert not list((tmp_path / "kept" / "locks").iterdir())


def test_renders_side_by_side_make_each_span_once(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Two processes with the same project share the work, span by span."""
    running = []
    for name in ("one", "two"):
        project = tmp_path / f"{name}.json"
        project.write_text(json.dumps(_film(media)))
        words = fresh.command("render", str(project), "-o", str(tmp_path / f"{name}.mp4"), "--json")
        running.append(subprocess.Popen(words, env=fresh.environment, stdout=subprocess.PIPE))
    reports = [json.loads(one.communicate(timeout=300)[0]) for one in running]
    made, taken = (sum(report["spans"][how] for report in reports) for how in ("rendered", "reused"))
    assert made == taken == len(_spans(reports[0]))
    assert frame_checksums(tmp_path / "one.mp4") == frame_checksums(tmp_path / "two.mp4")


def test_the_cache_keeps_its_limit(stoat: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """What was used last stays; where nothing is to be kept, there is no folder."""
    kept = tmp_path / "kept"
    small = _like(stoat, STOAT_RENDER_CACHE_DIR=str(kept), STOAT_RENDER_CACHE_MIB="1")
    noise = {"generator": "testsrc"}
    clips = [clip(noise, 3 * number, 3 * number, 3 * number + 3) for number in range(6)]
    made = document(track(*clips), width=320, height=180)
    for name in ("first", "second"):
        _made(small, made, tmp_path / f"{name}.mp4", crf=1)
        size = sum(path.stat().st_size for path in kept.glob("spans/??/*"))
        assert 0 < size <= 1 << 20
    none = _like(stoat, STOAT_RENDER_CACHE_DIR=str(tmp_path / "none"), **ALONE)
    assert 0 == _made(none, made, tmp_path / "third.mp4")["spans"]["reused"]
    assert not (tmp_path / "none").exists()


def test_a_cache_that_cannot_be_written_stops_nothing(
    stoat: Stoat, media: MediaMaker, tmp_path: Path
) -> None:
    """A render whose parts cannot be kept is made all the same."""
    (tmp_path / "file").write_text("in the way")
    other = _like(stoat, STOAT_RENDER_CACHE_DIR=str(tmp_path / "file" / "kept"))
    spans = _made(other, _film(media), tmp_path / "out.mp4")["spans"]
    assert spans["rendered"] >= 5
    assert spans["reused"] == 0


def test_a_plan_tells_what_a_render_does(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Span by span, before, after, and after one changed word; nothing is rendered by asking."""
    project, out = tmp_path / "film.json", str(tmp_path / "out.mp4")

    def planned(text: str, *words: str) -> dict[str, Any]:
        project.write_text(json.dumps(_film(media, text)))
        return fresh.run("plan", str(project), "-o", out, "--json", *words).answer

    before = planned("One")
    assert {"render"} == {span["action"] for span in before["spans"]}
    assert not (tmp_path / "kept").exists()
    rendered = _made(fresh, _film(media), tmp_path / "out.mp4")
    assert [(first, last) for first, last, _ in _spans(rendered)] == [
        (span["first_frame"], span["first_frame"] + span["frames"]) for span in before["spans"]
    ]
    after = planned("One")
    assert (0.0, {"reuse": len(after["spans"]), "copy": 0, "render": 0}) == (after["cost"], after["summary"])
    assert all(step["kept"] for step in after["steps"] if step["key"])
    changed = planned("Two")
    assert 1 == changed["summary"]["render"]
    (span,) = (span for span in changed["spans"] if span["action"] == "render")
    assert span["start"] * 30 <= TITLE.start
    assert span["why"]
    assert span["cost"] == changed["cost"] > 0
    assert "libx264" == span["encoder"]
    assert 0 == planned("One", "--no-cache")["summary"]["reuse"]
    assert 0 == planned("One", "--cache-dir", str(tmp_path / "other"))["summary"]["reuse"]
    both = fresh.run("plan", str(project), "--no-cache", "--cache-dir", "x", "--json")
    assert (2, "/cache_dir") == (both.code, both.problems[0]["path"])


def test_spans_that_are_alike_are_made_once(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """The same three seconds, four times: one span is made, and the plan says so before."""
    source = media.make(Source(frames=300))
    made = document(track(*[clip(source, 3 * number, 1, 4) for number in range(4)]))
    project = tmp_path / "film.json"
    project.write_text(json.dumps(made))
    plan = fresh.run("plan", str(project), "-o", str(tmp_path / "out.mp4"), "--json").answer
    report = _made(fresh, made, tmp_path / "out.mp4")
    assert {"reuse": 3, "copy": 0, "render": 1} == plan["summary"]
    assert {"reused": 3, "copied": 0, "rendered": 1} == report["spans"]
    sums = frame_checksums(tmp_path / "out.mp4")
    assert sums[:90] * 4 == sums


def test_the_same_frames_become_the_same_packets(stoat: Stoat, tmp_path: Path) -> None:
    """However busy the machine is: else a render that goes on after a crash would make another film."""
    # Two seconds of which x264 makes one thing or another, as its memory was before.
    effects = [{"type": "color", "params": {"brightness": -0.15}}]
    made = clip({"generator": "testsrc"}, 0, 1, 3, effects=effects)
    clips = [made | {"timeline_start": 2.0 * place} for place in range(40)]
    # Nothing is kept: every one of them is made, two at a time.
    environment = ALONE | {"STOAT_SPAN_MIN_SECONDS": "1", "STOAT_SPAN_MAX_SECONDS": "2"}
    film = tmp_path / "film.mp4"
    report = _made(_like(stoat, **environment), document(track(*clips)), film)
    assert {"reused": 0, "copied": 0, "rendered": len(clips)} == report["spans"]
    with av.open(film) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert 60 * len(clips) == len(packets)
    spans = [packets[start : start + 60] for start in range(0, len(packets), 60)]
    assert [] == [place for place, span in enumerate(spans) if span != spans[0]]


def test_the_cache_can_be_looked_at(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """Its size, its damage, and what goes when it has to be smaller."""
    kept = tmp_path / "kept"
    _made(fresh, _film(media), tmp_path / "first.mp4")
    parts = sorted(kept.glob("spans/??/*"))
    size = fresh.run("cache", "size", "--json").answer
    assert (str(kept), len(parts)) == (size["folder"], size["entries"])
    assert sum(path.stat().st_size for path in parts) == size["size"]
    parts[0].write_bytes(b"damaged")
    found = fresh.run("cache", "verify", "--json")
    assert (1, [parts[0].name.rpartition("-")[0]]) == (found.code, found.answer["damaged"])
    assert 0 == fresh.run("cache", "verify").code
    pruned = fresh.run("cache", "prune", "--to", "0", "--json").answer
    assert (len(parts) - 1, 0) == (pruned["removed"], pruned["entries"])
    assert not list(kept.glob("spans/??/*"))
    (kept / "locks" / f"{'0' * 64}.lock").touch()
    fresh.run("cache", "prune")
    assert not list(kept.glob("locks/*"))


def test_a_part_that_cannot_be_taken_is_made(fresh: Stoat, media: MediaMaker, tmp_path: Path) -> None:
    """What lies in the cache under a key and is no file, nor can be removed, holds up no render."""
    made = _made(fresh, _film(media), tmp_path / "first.mp4")["spans"]["rendered"]
    part = min((tmp_path / "kept" / "spans").glob("??/*.mp4"))
    part.unlink()
    part.mkdir()
    (part / "in the way").touch()
    again = _made(fresh, _film(media), tmp_path / "again.mp4")
    assert {"reused": made - 1, "copied": 0, "rendered": 1} == again["spans"]
    assert frame_checksums(tmp_path / "first.mp4") == frame_checksums(tmp_path / "again.mp4")
    assert 1 == fresh.run("cache", "verify", "--json").code
